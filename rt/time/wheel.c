// SPDX-License-Identifier: Apache-2.0
// Hierarchical timer wheel (Varghese & Lauck 1987): 8 levels of 64 slots, one tick is 1 ms. Pure:
// no clock, lock or allocation. Called by rt/time/driver.c under its lock.
//
// A deadline tick is eight digits of six bits. An entry lies on the level of the highest digit in
// which its deadline differs from now_tick, in the slot of that digit. Invariants (docs/design/
// timers.md, W1-W5):
//   W1 deadline_tick >= now_tick for every entry (a past deadline is moved up to now_tick).
//   W2 On level 0 occupied slots are at or above now's digit, on higher levels strictly above it.
//      So slots never wrap: the lowest occupied level's lowest occupied slot is always next. All
//      ticks of 64-bit nanoseconds are below 2^45, so the top level (2^42 and up) never wraps.
//   W3 A bit of `occupied` is set exactly when its slot is not empty.
//   W4 Time moves only in pop, which stops at the start of every occupied slot on its way: a level
//      0 slot becomes `due`, another one `dealing`, which is dealt out to lower levels before time
//      goes on (each entry at most 7 times).
//   W5 A linked entry is in one list; whichever it is, removing needs only its neighbours.
// A tick is over when now >= tick * TRT_TICK_NS, and deadlines are rounded up: never early, and
// less than one tick late if pop is called in time.
#include "rt/time/wheel.h"

#include "rt/base/assert.h"

#define NO_TICK UINT64_MAX

static unsigned digit_of(uint64_t tick, unsigned level) {
    return (unsigned)(tick >> (level * TRT_WHEEL_BITS)) % TRT_WHEEL_SLOTS;
}

void trt_wheel_init(trt_wheel* wheel, uint64_t now_ns) {
    wheel->now_tick = now_ns / TRT_TICK_NS;
    wheel->num_entries = 0;
    for (unsigned level = 0; level < TRT_WHEEL_LEVELS; level++) {
        wheel->occupied[level] = 0;
        for (unsigned slot = 0; slot < TRT_WHEEL_SLOTS; slot++) {
            trt_list_init(&wheel->slots[level][slot]);
        }
    }
    trt_list_init(&wheel->dealing);
    trt_list_init(&wheel->due);
}

// The first tick at which a slot is to be taken, and on which level.
static uint64_t next_stop(const trt_wheel* wheel, unsigned* out_level) {
    for (unsigned level = 0; level < TRT_WHEEL_LEVELS; level++) {
        if (wheel->occupied[level] != 0) {
            unsigned shift = level * TRT_WHEEL_BITS;
            uint64_t slot = (uint64_t)__builtin_ctzll(wheel->occupied[level]);
            uint64_t above = wheel->now_tick >> shift >> TRT_WHEEL_BITS << TRT_WHEEL_BITS << shift;
            *out_level = level;
            return above | slot << shift;
        }
    }
    *out_level = 0;
    return NO_TICK;
}

// Moves time to the start of an occupied slot and takes its entries out.
static void stop_at(trt_wheel* wheel, uint64_t tick, unsigned level) {
    unsigned slot = digit_of(tick, level);
    wheel->now_tick = tick;
    wheel->occupied[level] &= ~(1ull << slot);
    trt_list_splice(level == 0 ? &wheel->due : &wheel->dealing, &wheel->slots[level][slot]);
}

static void deal_out(trt_wheel* wheel, uint32_t* budget) {
    trt_list_node* node;
    while (*budget != 0 && (node = trt_list_pop_front(&wheel->dealing)) != NULL) {
        trt_wheel_place(wheel, TRT_CONTAINER_OF(node, trt_timer_entry, node));
        --*budget;
    }
}

trt_timer_entry* trt_wheel_pop(trt_wheel* wheel, uint64_t now_ns, uint32_t* budget) {
    uint64_t until_tick = now_ns / TRT_TICK_NS;
    if (until_tick < wheel->now_tick) {
        until_tick = wheel->now_tick;
    }
    for (;;) {
        trt_list_node* node = trt_list_pop_front(&wheel->due);
        if (node != NULL) {
            wheel->num_entries--;
            return TRT_CONTAINER_OF(node, trt_timer_entry, node);
        }
        deal_out(wheel, budget);
        if (!trt_list_empty(&wheel->dealing)) {
            return NULL;
        }
        unsigned level;
        uint64_t stop = next_stop(wheel, &level);
        if (stop > until_tick) {
            wheel->now_tick = until_tick;
            return NULL;
        }
        stop_at(wheel, stop, level);
    }
}

uint64_t trt_wheel_next_ns(const trt_wheel* wheel) {
    unsigned level;
    uint64_t stop = next_stop(wheel, &level), next_ns;
    if (!trt_list_empty(&wheel->due) || !trt_list_empty(&wheel->dealing)) {
        stop = wheel->now_tick;
    } else if (level > 0) {
        // A lone entry is waited for directly, so that one long sleep is one wake-up.
        const trt_list* slot = &wheel->slots[level][digit_of(stop, level)];
        if (slot->head.next == slot->head.prev) {
            stop = TRT_CONTAINER_OF(slot->head.next, trt_timer_entry, node)->deadline_tick;
        }
    }
    return __builtin_mul_overflow(stop, TRT_TICK_NS, &next_ns) ? UINT64_MAX : next_ns;
}

// ---- checking -----------------------------------------------------------------------------------

// `level`, `slot`: where the entries must belong; TRT_WHEEL_LEVELS: anywhere.
static uint64_t validate_list(const trt_wheel* wheel, const trt_list* list, unsigned level,
                              unsigned slot) {
    uint64_t num = 0;
    for (const trt_list_node* node = list->head.next; node != &list->head; node = node->next) {
        const trt_timer_entry* entry = TRT_CONTAINER_OF(node, trt_timer_entry, node);
        uint64_t tick = entry->deadline_tick, above = wheel->now_tick ^ tick;
        TRT_CHECK(node->next->prev == node);
        TRT_CHECK(tick >= wheel->now_tick);
        if (level < TRT_WHEEL_LEVELS) {
            TRT_CHECK(above >> (level * TRT_WHEEL_BITS) >> TRT_WHEEL_BITS == 0);
            TRT_CHECK(level == 0 || above >> (level * TRT_WHEEL_BITS) != 0);
            TRT_CHECK(digit_of(tick, level) == slot);
        }
        num++;
    }
    return num;
}

void trt_wheel_validate(const trt_wheel* wheel) {
    uint64_t num = validate_list(wheel, &wheel->dealing, TRT_WHEEL_LEVELS, 0) +
                   validate_list(wheel, &wheel->due, TRT_WHEEL_LEVELS, 0);
    for (unsigned level = 0; level < TRT_WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < TRT_WHEEL_SLOTS; slot++) {
            uint64_t here = validate_list(wheel, &wheel->slots[level][slot], level, slot);
            TRT_CHECK((here != 0) == (wheel->occupied[level] >> slot & 1));
            num += here;
        }
    }
    TRT_CHECK(num == wheel->num_entries);
}
