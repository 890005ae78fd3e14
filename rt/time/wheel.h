// SPDX-License-Identifier: Apache-2.0
// Hierarchical timer wheel, pure over `now`: no clock, no lock, no allocation. What every armed
// timer pays (insert and remove) is inline.
#ifndef TRT_TIME_WHEEL_H
#define TRT_TIME_WHEEL_H

#include "rt/base/list.h"

#include <stdint.h>

/// TRT_TICK_NS is the wheel's resolution: 1 ms. Deadlines are rounded up, so nothing fires early.
#define TRT_TICK_NS 1000000ull

/// Eight digits of six bits: every 64-bit time in nanoseconds is below 2^45 ticks, so no deadline
/// lies beyond the top level, whose slots are never used twice.
enum { TRT_WHEEL_LEVELS = 8, TRT_WHEEL_BITS = 6, TRT_WHEEL_SLOTS = 1 << TRT_WHEEL_BITS };

/// trt_timer_entry is one armed timer, embedded in its owner; all-zero is idle.
typedef struct trt_timer_entry {
    trt_list_node node;
    uint64_t deadline_tick; ///< rounded up; not below the wheel's now_tick when it was armed
} trt_timer_entry;

typedef struct trt_wheel {
    uint64_t now_tick; ///< everything due before it has left the wheel
    uint64_t num_entries;
    uint64_t occupied[TRT_WHEEL_LEVELS]; ///< one bit per non-empty slot
    trt_list slots[TRT_WHEEL_LEVELS][TRT_WHEEL_SLOTS];
    trt_list dealing; ///< taken out of a slot at now_tick, on the way to lower levels
    trt_list due;     ///< taken out of the level 0 slot at now_tick, to be popped
} trt_wheel;

/// trt_wheel_init makes an empty wheel whose time is `now_ns`.
void trt_wheel_init(trt_wheel* wheel, uint64_t now_ns);

/// trt_wheel_tick returns the tick at which a deadline is over, rounded up. UINT64_MAX is after
/// every time that the wheel can be given.
static inline uint64_t trt_wheel_tick(uint64_t deadline_ns) {
    uint64_t tick = deadline_ns / TRT_TICK_NS;
    return tick + (tick * TRT_TICK_NS != deadline_ns);
}

/// trt_wheel_place links an entry whose deadline_tick is at or after now_tick; for the wheel only.
static inline void trt_wheel_place(trt_wheel* wheel, trt_timer_entry* entry) {
    uint64_t tick = entry->deadline_tick;
    // The highest digit in which deadline and now differ; none: level 0.
    uint64_t differing = (wheel->now_tick ^ tick) | (TRT_WHEEL_SLOTS - 1);
    unsigned level = (unsigned)(63 - __builtin_clzll(differing)) / TRT_WHEEL_BITS;
    unsigned slot = (unsigned)(tick >> (level * TRT_WHEEL_BITS)) % TRT_WHEEL_SLOTS;
    trt_list_push_back(&wheel->slots[level][slot], &entry->node);
    wheel->occupied[level] |= 1ull << slot;
}

/// trt_wheel_insert_tick arms an idle entry; a tick in the past fires at the next pop.  Cost: O(1).
static inline void trt_wheel_insert_tick(trt_wheel* wheel, trt_timer_entry* entry, uint64_t tick) {
    TRT_ASSERT(!trt_list_linked(&entry->node));
    entry->deadline_tick = tick < wheel->now_tick ? wheel->now_tick : tick;
    trt_wheel_place(wheel, entry);
    wheel->num_entries++;
}

/// trt_wheel_insert arms an idle entry; a deadline in the past fires at the next pop.
/// Units:   deadline_ns: same clock as now_ns; UINT64_MAX never fires.   Cost: O(1).
static inline void trt_wheel_insert(trt_wheel* wheel, trt_timer_entry* entry,
                                    uint64_t deadline_ns) {
    trt_wheel_insert_tick(wheel, entry, trt_wheel_tick(deadline_ns));
}

/// trt_wheel_remove disarms an armed entry.   Cost: O(1).
static inline void trt_wheel_remove(trt_wheel* wheel, trt_timer_entry* entry) {
    trt_list_node* next = entry->node.next;
    bool alone = next == entry->node.prev; // both are the list's sentinel
    trt_list_remove(&entry->node);
    wheel->num_entries--;
    if (alone) {
        // Which list: its address says so; `dealing` and `due` have no bit.
        uint64_t index = ((uintptr_t)next - (uintptr_t)wheel->slots) / sizeof(trt_list);
        if (index < (uint64_t)TRT_WHEEL_LEVELS * TRT_WHEEL_SLOTS) {
            wheel->occupied[index / TRT_WHEEL_SLOTS] &= ~(1ull << index % TRT_WHEEL_SLOTS);
        }
    }
}

/// trt_wheel_pop unlinks and returns an entry that is due at `now_ns`, earliest slot first. NULL:
/// none is left, the wheel's time is now_ns; or, with *budget 0, there was more to deal out than
/// the caller had time for: call again.
/// Shape:   budget: entries to deal out to lower levels at most, counted down.
/// Units:   now_ns: a time before an earlier one counts as that one.
/// Owns:    the entry stays the caller's.   Cost: amortised O(1) per entry, 7 deals at most.
trt_timer_entry* trt_wheel_pop(trt_wheel* wheel, uint64_t now_ns, uint32_t* budget);
/// trt_wheel_next_ns returns a time not later than the first deadline, at which pop must be called
/// (it may be an earlier slot to deal out), UINT64_MAX when empty.   Cost: O(levels).
uint64_t trt_wheel_next_ns(const trt_wheel* wheel);
/// trt_wheel_validate checks every invariant (debug tests).
void trt_wheel_validate(const trt_wheel* wheel);

#endif
