// SPDX-License-Identifier: Apache-2.0
// The wheel alone; against a sorted oracle: test_oracle.c.
#include "rt/time/wheel.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"

#include <stdlib.h>

#define MS TRT_TICK_NS

typedef struct probe {
    trt_timer_entry entry;
    uint64_t deadline_ns, fired_ns; // fired_ns: 0 while armed
    bool cancelled;
} probe;

static uint64_t s_seed;

static uint64_t next_random(void) {
    s_seed += 0x9E3779B97F4A7C15ull;
    uint64_t z = s_seed;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

// Advances and marks what fired; checks T1: not early, once.
static uint32_t advance(trt_wheel* wheel, uint64_t now_ns) {
    trt_timer_entry* entry;
    uint32_t num = 0;
    for (uint32_t budget = UINT32_MAX; (entry = trt_wheel_pop(wheel, now_ns, &budget)) != NULL;
         num++) {
        probe* p = TRT_CONTAINER_OF(entry, probe, entry);
        EXPECT(p->fired_ns == 0 && !p->cancelled);
        EXPECT(p->deadline_ns <= now_ns);
        p->fired_ns = now_ns == 0 ? 1 : now_ns;
    }
    return num;
}

static void arm(trt_wheel* wheel, probe* p, uint64_t deadline_ns) {
    p->deadline_ns = deadline_ns;
    p->fired_ns = 0;
    p->cancelled = false;
    trt_wheel_insert(wheel, &p->entry, deadline_ns);
}

TEST(wheel_pop__entry_on_every_slot_boundary__fires_once_at_its_tick) {
    static trt_wheel wheel;
    trt_wheel_init(&wheel, 0);
    for (unsigned bit = 0; bit < 44; bit++) {
        for (int off = -1; off <= 1; off++) {
            uint64_t tick = (1ull << bit) + (uint64_t)off;
            if (tick <= wheel.now_tick || tick * MS / MS != tick) {
                continue;
            }
            probe p = {0};
            arm(&wheel, &p, tick * MS);
            trt_wheel_validate(&wheel);
            EXPECT_EQ(advance(&wheel, tick * MS - 1), 0);
            trt_wheel_validate(&wheel);
            EXPECT_EQ(advance(&wheel, tick * MS), 1);
            EXPECT_EQ(wheel.num_entries, 0);
        }
    }
}

TEST(wheel_insert__deadline_now_past_and_between_ticks__next_advance_or_rounded_up) {
    static trt_wheel wheel;
    trt_wheel_init(&wheel, 1000 * MS + 7);
    probe now = {0}, past = {0}, between = {0};
    arm(&wheel, &now, 1000 * MS + 7);
    arm(&wheel, &past, 3);
    arm(&wheel, &between, 1000 * MS + 8);
    EXPECT(trt_wheel_next_ns(&wheel) <= 1000 * MS + 7);
    EXPECT_EQ(advance(&wheel, 1000 * MS + 7), 1); // the past one
    EXPECT(past.fired_ns != 0);
    EXPECT_EQ(trt_wheel_next_ns(&wheel), 1001 * MS);
    EXPECT_EQ(advance(&wheel, 1001 * MS - 1), 0);
    EXPECT_EQ(advance(&wheel, 1001 * MS), 2);
    EXPECT_EQ(trt_wheel_next_ns(&wheel), UINT64_MAX);
}

TEST(wheel_insert__never__never_fires) {
    static trt_wheel wheel;
    trt_wheel_init(&wheel, 0);
    probe never = {0}, last = {0};
    arm(&wheel, &never, UINT64_MAX);
    arm(&wheel, &last, UINT64_MAX - 1);
    EXPECT_EQ(advance(&wheel, UINT64_MAX), 0); // rounded up, the last tick is beyond the clock
    trt_wheel_validate(&wheel);
    trt_wheel_remove(&wheel, &never.entry);
    trt_wheel_remove(&wheel, &last.entry);
    EXPECT_EQ(wheel.num_entries, 0);
    EXPECT_EQ(trt_wheel_next_ns(&wheel), UINT64_MAX);
}

TEST(wheel_next__one_long_timer__is_waited_for_directly) {
    static trt_wheel wheel;
    trt_wheel_init(&wheel, 12345 * MS);
    uint64_t deadlines[] = {12346, 12400, 20000, 3000000, 200000000};
    for (size_t i = 0; i < TRT_ARRAY_LEN(deadlines); i++) {
        probe p = {0};
        arm(&wheel, &p, deadlines[i] * MS);
        EXPECT_EQ(trt_wheel_next_ns(&wheel), deadlines[i] * MS);
        trt_wheel_remove(&wheel, &p.entry);
    }
}

TEST(wheel_pop__clock_jumps_over_everything__all_fire_in_slot_order) {
    static trt_wheel wheel;
    static probe probes[3000];
    s_seed = 7;
    trt_wheel_init(&wheel, 0);
    for (size_t i = 0; i < TRT_ARRAY_LEN(probes); i++) {
        arm(&wheel, &probes[i], (next_random() >> (next_random() % 44) >> 4) / MS * MS);
    }
    trt_timer_entry* entry;
    uint64_t last = 0, num = 0;
    for (uint32_t budget = UINT32_MAX;
         (entry = trt_wheel_pop(&wheel, UINT64_MAX >> 4, &budget)) != NULL; num++) {
        uint64_t deadline = TRT_CONTAINER_OF(entry, probe, entry)->deadline_ns;
        EXPECT(deadline >= last);
        last = deadline;
    }
    EXPECT_EQ(num, TRT_ARRAY_LEN(probes));
    trt_wheel_validate(&wheel);
}

TEST(wheel_pop__a_slot_larger_than_the_budget__goes_on_where_it_stopped) {
    static trt_wheel wheel;
    static probe probes[1000];
    trt_wheel_init(&wheel, 0);
    memset(probes, 0, sizeof(probes));
    for (uint64_t i = 0; i < TRT_ARRAY_LEN(probes); i++) {
        arm(&wheel, &probes[i], (4096 + i) * MS);
    }
    uint32_t calls = 0, budget = 0;
    for (; budget == 0; calls++) {
        budget = 300;
        EXPECT(trt_wheel_pop(&wheel, 4095 * MS + MS, &budget) ==
               (calls == 3 ? &probes[0].entry : NULL));
        trt_wheel_validate(&wheel);
        EXPECT_EQ(trt_wheel_next_ns(&wheel), calls == 3 ? 4097 * MS : 4096 * MS);
    }
    EXPECT_EQ(calls, 4);
    // Entries may leave from the list that is being dealt out.
    probe late = {0};
    arm(&wheel, &late, 9000 * MS);
    EXPECT_EQ(advance(&wheel, 6000 * MS), TRT_ARRAY_LEN(probes) - 1);
    trt_wheel_remove(&wheel, &late.entry);
    trt_wheel_validate(&wheel);
    EXPECT_EQ(wheel.num_entries, 0);
}

TEST(wheel_remove__from_a_list_that_is_being_dealt_out__stays_valid) {
    static trt_wheel wheel;
    static probe probes[8];
    trt_wheel_init(&wheel, 0);
    memset(probes, 0, sizeof(probes));
    for (uint64_t i = 0; i < TRT_ARRAY_LEN(probes); i++) {
        arm(&wheel, &probes[i], (1ull << 32) * MS + i % 2 * MS);
    }
    uint32_t budget = 5;
    EXPECT(trt_wheel_pop(&wheel, (1ull << 32) * MS, &budget) == NULL);
    EXPECT_EQ(budget, 0);
    for (uint64_t i = 0; i < TRT_ARRAY_LEN(probes); i++) {
        trt_wheel_remove(&wheel, &probes[i].entry);
        trt_wheel_validate(&wheel);
    }
    EXPECT_EQ(trt_wheel_next_ns(&wheel), UINT64_MAX);
}

TEST(wheel_pop__clock_steps_back__nothing_fires_and_time_stays) {
    static trt_wheel wheel;
    probe p = {0};
    trt_wheel_init(&wheel, 100 * MS);
    arm(&wheel, &p, 150 * MS);
    EXPECT_EQ(advance(&wheel, 120 * MS), 0);
    EXPECT_EQ(advance(&wheel, 50 * MS), 0);
    EXPECT_EQ(wheel.now_tick, 120);
    EXPECT_EQ(advance(&wheel, 150 * MS), 1);
}

// A deadline from `now`, of a random magnitude up to 2^40 ms.
static uint64_t random_deadline(uint64_t now_ns) {
    uint64_t span_ms = next_random() & ((1ull << (next_random() % 41)) - 1);
    return now_ns + span_ms * MS + next_random() % MS;
}

TEST(wheel_remove__random_inserts_and_removes__stays_valid) {
    static trt_wheel wheel;
    static probe probes[200];
    s_seed = 99;
    uint64_t now_ns = 0;
    trt_wheel_init(&wheel, 0);
    memset(probes, 0, sizeof(probes));
    for (int i = 0; i < 20000; i++) {
        probe* p = &probes[next_random() % TRT_ARRAY_LEN(probes)];
        if (trt_list_linked(&p->entry.node)) {
            trt_wheel_remove(&wheel, &p->entry);
        } else {
            arm(&wheel, p, random_deadline(now_ns));
        }
        if (i % 16 == 0) {
            now_ns += next_random() >> (next_random() % 40 + 16);
            advance(&wheel, now_ns);
        }
        if (i % 8 == 0) {
            trt_wheel_validate(&wheel);
        }
    }
}
