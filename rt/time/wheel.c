// SPDX-License-Identifier: Apache-2.0
// Hierarchical timer wheel (Varghese & Lauck 1987): 6 levels of 64 slots, one tick is 1 ms, the top
// level spans 2^36 ms (2.2 years). Pure: no clock, lock or allocation. Called by rt/time/driver.c.
// Thread: owner.
//
// A deadline tick is six digits of six bits below a block number. An entry lies on the level of the
// highest digit in which its deadline differs from now_tick, in the slot of that digit; deadlines
// of another block lie in `overflow`. Invariants:
//   - deadline_tick >= now_tick for every entry (a past deadline is moved up to now_tick).
//   - On level 0 occupied slots are at or above now's digit, on higher levels strictly above it.
//     So slots never wrap: the lowest occupied level's lowest occupied slot is always next.
//   - Time moves only by trt_wheel_advance, which stops at the start of every occupied slot on its
//     way: level 0 slots are due, others are dealt out again to lower levels (each entry at most 5
//     times); the overflow is dealt out when time enters the block of its earliest entry.
//   - Therefore an entry's level and slot follow from its deadline and now_tick alone, which is how
//     trt_wheel_remove finds the bit to clear.
// A tick is over when now >= tick * TRT_TICK_NS, and deadlines are rounded up: never early, and
// less than one tick late if advance is called in time.
#include "rt/time/wheel.h"

#include "rt/base/assert.h"

enum { DIGIT_BITS = 6, SLOT_MASK = TRT_WHEEL_SLOTS - 1, BLOCK_BITS = TRT_WHEEL_LEVELS * 6 };

#define NO_TICK UINT64_MAX

static unsigned digit_of(uint64_t tick, unsigned level) {
    return (unsigned)(tick >> (level * DIGIT_BITS)) & SLOT_MASK;
}

// The level of a deadline seen from `now`; TRT_WHEEL_LEVELS means the overflow list.
static unsigned level_of(uint64_t now, uint64_t tick) {
    uint64_t differing = (now ^ tick) | SLOT_MASK;
    unsigned level = (unsigned)(63 - __builtin_clzll(differing)) / DIGIT_BITS;
    return level < TRT_WHEEL_LEVELS ? level : TRT_WHEEL_LEVELS;
}

static uint64_t deadline_to_tick(uint64_t deadline_ns) {
    if (deadline_ns == UINT64_MAX) {
        return NO_TICK; // beyond every time that advance can be given
    }
    return deadline_ns / TRT_TICK_NS + (deadline_ns % TRT_TICK_NS != 0);
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
    trt_list_init(&wheel->overflow);
}

// Links an entry whose deadline_tick is at or after now_tick.
static void place(trt_wheel* wheel, trt_timer_entry* entry) {
    unsigned level = level_of(wheel->now_tick, entry->deadline_tick);
    if (level == TRT_WHEEL_LEVELS) {
        trt_list_push_back(&wheel->overflow, &entry->node);
        return;
    }
    unsigned slot = digit_of(entry->deadline_tick, level);
    trt_list_push_back(&wheel->slots[level][slot], &entry->node);
    wheel->occupied[level] |= 1ull << slot;
}

void trt_wheel_insert(trt_wheel* wheel, trt_timer_entry* entry, uint64_t deadline_ns) {
    TRT_ASSERT(!trt_list_linked(&entry->node));
    uint64_t tick = deadline_to_tick(deadline_ns);
    entry->deadline_tick = tick < wheel->now_tick ? wheel->now_tick : tick;
    place(wheel, entry);
    wheel->num_entries++;
}

void trt_wheel_remove(trt_wheel* wheel, trt_timer_entry* entry) {
    if (!trt_list_linked(&entry->node)) {
        return;
    }
    trt_list_remove(&entry->node);
    wheel->num_entries--;
    unsigned level = level_of(wheel->now_tick, entry->deadline_tick);
    if (level < TRT_WHEEL_LEVELS) {
        unsigned slot = digit_of(entry->deadline_tick, level);
        if (trt_list_empty(&wheel->slots[level][slot])) {
            wheel->occupied[level] &= ~(1ull << slot);
        }
    }
}

// The first tick at which something is to be done, and on which level.
static uint64_t next_stop(const trt_wheel* wheel, unsigned* out_level) {
    for (unsigned level = 0; level < TRT_WHEEL_LEVELS; level++) {
        if (wheel->occupied[level] != 0) {
            unsigned shift = level * DIGIT_BITS;
            uint64_t slot = (uint64_t)__builtin_ctzll(wheel->occupied[level]);
            uint64_t above = wheel->now_tick >> (shift + DIGIT_BITS) << (shift + DIGIT_BITS);
            *out_level = level;
            return above | slot << shift;
        }
    }
    *out_level = TRT_WHEEL_LEVELS;
    if (trt_list_empty(&wheel->overflow)) {
        return NO_TICK;
    }
    return ((wheel->now_tick >> BLOCK_BITS) + 1) << BLOCK_BITS;
}

// Takes the list of the slot at now_tick on `level`.
static void take_slot(trt_wheel* wheel, unsigned level, trt_list* out) {
    unsigned slot = digit_of(wheel->now_tick, level);
    wheel->occupied[level] &= ~(1ull << slot);
    trt_list_splice(out, &wheel->slots[level][slot]);
}

static void cascade(trt_wheel* wheel, unsigned level) {
    trt_list entries;
    trt_list_init(&entries);
    take_slot(wheel, level, &entries);
    for (trt_list_node* node; (node = trt_list_pop_front(&entries)) != NULL;) {
        place(wheel, TRT_CONTAINER_OF(node, trt_timer_entry, node));
    }
}

static void fire(trt_wheel* wheel, trt_list* out_due) {
    trt_list entries;
    trt_list_init(&entries);
    take_slot(wheel, 0, &entries);
    for (trt_list_node* node = entries.head.next; node != &entries.head; node = node->next) {
        wheel->num_entries--;
    }
    trt_list_splice(out_due, &entries);
}

// Time has reached the end of the block with every level empty: goes on to the block of the
// earliest overflow entry, if that has begun, and deals its entries out. Returns false if not.
static bool enter_block(trt_wheel* wheel, uint64_t until_tick) {
    uint64_t earliest = NO_TICK;
    trt_list_node* head = &wheel->overflow.head;
    for (trt_list_node* node = head->next; node != head; node = node->next) {
        uint64_t tick = TRT_CONTAINER_OF(node, trt_timer_entry, node)->deadline_tick;
        earliest = tick < earliest ? tick : earliest;
    }
    uint64_t start = earliest >> BLOCK_BITS << BLOCK_BITS;
    if (earliest == NO_TICK || start > until_tick) {
        return false;
    }
    wheel->now_tick = start;
    for (trt_list_node *node = head->next, *next; node != head; node = next) {
        trt_timer_entry* entry = TRT_CONTAINER_OF(node, trt_timer_entry, node);
        next = node->next;
        if (entry->deadline_tick >> BLOCK_BITS == start >> BLOCK_BITS) {
            trt_list_remove(node);
            place(wheel, entry);
        }
    }
    return true;
}

void trt_wheel_advance(trt_wheel* wheel, uint64_t now_ns, trt_list* out_due) {
    uint64_t until_tick = now_ns / TRT_TICK_NS;
    if (until_tick < wheel->now_tick) {
        until_tick = wheel->now_tick;
    }
    for (;;) {
        unsigned level;
        uint64_t stop = next_stop(wheel, &level);
        if (stop > until_tick) {
            break;
        }
        if (level == 0) {
            wheel->now_tick = stop;
            fire(wheel, out_due);
        } else if (level < TRT_WHEEL_LEVELS) {
            wheel->now_tick = stop;
            cascade(wheel, level);
        } else if (!enter_block(wheel, until_tick)) {
            break;
        }
    }
    wheel->now_tick = until_tick;
}

uint64_t trt_wheel_next_ns(const trt_wheel* wheel) {
    unsigned level;
    uint64_t stop = next_stop(wheel, &level), next_ns;
    if (level > 0 && level < TRT_WHEEL_LEVELS) {
        // A lone entry is waited for directly, so that one long sleep is one wake-up.
        const trt_list* slot = &wheel->slots[level][digit_of(stop, level)];
        if (slot->head.next == slot->head.prev) {
            stop = TRT_CONTAINER_OF(slot->head.next, trt_timer_entry, node)->deadline_tick;
        }
    }
    return __builtin_mul_overflow(stop, TRT_TICK_NS, &next_ns) ? UINT64_MAX : next_ns;
}

static uint64_t validate_list(const trt_wheel* wheel, const trt_list* list, unsigned level,
                              unsigned slot) {
    uint64_t num = 0;
    for (const trt_list_node* node = list->head.next; node != &list->head; node = node->next) {
        const trt_timer_entry* entry = TRT_CONTAINER_OF(node, trt_timer_entry, node);
        TRT_CHECK(node->next->prev == node);
        TRT_CHECK(entry->deadline_tick >= wheel->now_tick);
        TRT_CHECK(level_of(wheel->now_tick, entry->deadline_tick) == level);
        TRT_CHECK(level == TRT_WHEEL_LEVELS || digit_of(entry->deadline_tick, level) == slot);
        num++;
    }
    return num;
}

void trt_wheel_validate(const trt_wheel* wheel) {
    uint64_t num = validate_list(wheel, &wheel->overflow, TRT_WHEEL_LEVELS, 0);
    for (unsigned level = 0; level < TRT_WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < TRT_WHEEL_SLOTS; slot++) {
            uint64_t here = validate_list(wheel, &wheel->slots[level][slot], level, slot);
            TRT_CHECK((here != 0) == (wheel->occupied[level] >> slot & 1));
            num += here;
        }
    }
    TRT_CHECK(num == wheel->num_entries);
}
