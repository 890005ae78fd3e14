// SPDX-License-Identifier: Apache-2.0
// Hierarchical timer wheel, pure over `now`: no clock, no lock, no allocation.
#ifndef TRT_TIME_WHEEL_H
#define TRT_TIME_WHEEL_H

#include "rt/base/list.h"

#include <stdint.h>

/// TRT_TICK_NS is the wheel's resolution: 1 ms. Deadlines are rounded up, so nothing fires early.
#define TRT_TICK_NS 1000000ull

enum { TRT_WHEEL_LEVELS = 6, TRT_WHEEL_SLOTS = 64 };

/// trt_timer_entry is one armed timer, embedded in its owner; all-zero is idle.
typedef struct trt_timer_entry {
    trt_list_node node;
    uint64_t deadline_tick; ///< rounded up; not below the wheel's now_tick when it was armed
} trt_timer_entry;

typedef struct trt_wheel {
    uint64_t now_tick;                   ///< everything due before it has left the wheel
    uint64_t occupied[TRT_WHEEL_LEVELS]; ///< one bit per non-empty slot
    trt_list slots[TRT_WHEEL_LEVELS][TRT_WHEEL_SLOTS];
    trt_list overflow; ///< beyond the top level
    uint64_t num_entries;
} trt_wheel;

/// trt_wheel_init makes an empty wheel whose time is `now_ns`.
void trt_wheel_init(trt_wheel* wheel, uint64_t now_ns);
/// trt_wheel_insert arms an idle entry; a deadline in the past fires at the next advance.
/// Units:   deadline_ns: same clock as now_ns; UINT64_MAX never fires.   Cost: O(1).
void trt_wheel_insert(trt_wheel* wheel, trt_timer_entry* entry, uint64_t deadline_ns);
/// trt_wheel_remove disarms; an idle entry is left alone. Not for an entry that advance has moved
/// to an out_due list: that is no longer the wheel's.   Cost: O(1).
void trt_wheel_remove(trt_wheel* wheel, trt_timer_entry* entry);
/// trt_wheel_advance moves every entry due at or before `now_ns` to `out_due`, earliest slot first.
/// Owns:    entries stay the caller's, linked in out_due.   Cost: amortised O(1) per entry.
void trt_wheel_advance(trt_wheel* wheel, uint64_t now_ns, trt_list* out_due);
/// trt_wheel_next_ns returns a time not later than the first deadline at which advance must be
/// called (it may be an earlier cascade), UINT64_MAX when empty.   Cost: O(levels).
uint64_t trt_wheel_next_ns(const trt_wheel* wheel);
/// trt_wheel_validate checks every invariant (debug tests).
void trt_wheel_validate(const trt_wheel* wheel);

#endif
