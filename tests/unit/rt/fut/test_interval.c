// SPDX-License-Identifier: Apache-2.0
#include <tmlrt/task.h>
#include <tmlrt/time.h>

#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

enum { MS = 1000000, MAX_TICKS = 16 };

// A task that ticks, and takes `busy_ns` of virtual time behind every tick.
typedef struct ticker {
    test_clock* clock;
    tmlrt_interval interval;
    int num, want;
    uint64_t busy_ns;
    uint64_t due_ns[MAX_TICKS], at_ns[MAX_TICKS];
} ticker;

static tmlrt_poll step_tick(test_future* self, tmlrt_context* cx, int64_t* out) {
    ticker* t = self->user;
    while (t->num < t->want) {
        if (self->leaf_desc == NULL) {
            tmlrt_interval_tick_init(self->leaf, &t->interval);
            self->leaf_desc = &tmlrt_interval_tick_desc;
        }
        if (self->leaf_desc->poll(self->leaf, cx, &t->due_ns[t->num]) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        self->leaf_desc = NULL;
        t->at_ns[t->num++] = t->clock->now_ns;
        t->clock->now_ns += t->busy_ns;
    }
    *out = 0;
    return TMLRT_READY;
}

// Ticks `want` times every 100 ms, from 50 ms on.
static void run(ticker* t, test_clock* clock, uint32_t missed, int want, uint64_t busy_ms) {
    tmlrt_runtime* runtime = test_clock_runtime(clock);
    REQUIRE(runtime != NULL);
    *t = (ticker){.clock = clock, .want = want, .busy_ns = busy_ms * MS};
    EXPECT_EQ(tmlrt_interval_set(&t->interval, clock->now_ns + 50 * MS, 100 * MS, missed),
              TMLRT_OK);
    test_probe probe = {0};
    int64_t out;
    test_future frame = {.step = step_tick, .probe = &probe, .user = t};
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    tmlrt_runtime_free(runtime);
}

static uint64_t ms(uint64_t ns) {
    return ns / MS - 1000; // the clock begins at 1 s
}

TEST(interval__quick_work__ticks_on_the_beat) {
    for (uint32_t missed = TMLRT_MISSED_BURST; missed <= TMLRT_MISSED_SKIP; missed++) {
        test_clock clock;
        ticker t;
        run(&t, &clock, missed, 5, 30);
        for (int i = 0; i < 5; i++) {
            EXPECT_EQ(ms(t.due_ns[i]), 50 + 100 * (uint64_t)i);
            EXPECT(t.at_ns[i] >= t.due_ns[i] && t.at_ns[i] <= t.due_ns[i] + MS);
        }
    }
}

TEST(interval__slow_work__burst_takes_every_tick_at_once) {
    test_clock clock;
    ticker t;
    run(&t, &clock, TMLRT_MISSED_BURST, 5, 250);
    for (int i = 0; i < 5; i++) {
        EXPECT_EQ(ms(t.due_ns[i]), 50 + 100 * (uint64_t)i);
        EXPECT_EQ(ms(t.at_ns[i]), 50 + 250 * (uint64_t)i);
    }
}

TEST(interval__slow_work__delay_counts_from_when_the_tick_was_taken) {
    test_clock clock;
    ticker t;
    run(&t, &clock, TMLRT_MISSED_DELAY, 4, 250);
    // Due at 150, taken at 300: the next is due at 400, and taken at 550.
    EXPECT_EQ(ms(t.due_ns[1]), 150);
    EXPECT_EQ(ms(t.at_ns[1]), 300);
    EXPECT_EQ(ms(t.due_ns[2]), 400);
    EXPECT_EQ(ms(t.due_ns[3]), 650);
}

TEST(interval__slow_work__skip_goes_to_the_next_original_time) {
    test_clock clock;
    ticker t;
    run(&t, &clock, TMLRT_MISSED_SKIP, 4, 250);
    EXPECT_EQ(ms(t.due_ns[1]), 150);
    EXPECT_EQ(ms(t.at_ns[1]), 300);
    EXPECT_EQ(ms(t.due_ns[2]), 350);
    EXPECT_EQ(ms(t.at_ns[2]), 550);
    EXPECT_EQ(ms(t.due_ns[3]), 650);
}

TEST(interval_set__bad_arguments__refused_and_nothing_changed) {
    tmlrt_interval interval = {.next_ns = 1, .period_ns = 2};
    EXPECT_EQ(tmlrt_interval_set(&interval, 5, 0, TMLRT_MISSED_BURST), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_interval_set(&interval, 5, 1, 3), TMLRT_E_INVAL);
    EXPECT_EQ(interval.next_ns, 1);
    EXPECT_EQ(interval.period_ns, 2);
}

TEST(interval_tick__dropped_in_every_state__timer_gone_and_no_tick_lost) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(trt_runtime_install_default(runtime) == TMLRT_OK);
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    test_waker waker = {0};
    tmlrt_interval interval;
    uint64_t due_ns = clock.now_ns + 1000 * MS;
    EXPECT_EQ(tmlrt_interval_set(&interval, due_ns, 100 * MS, TMLRT_MISSED_BURST), TMLRT_OK);
    tmlrt_interval_tick_init(leaf, &interval);
    tmlrt_interval_tick_desc.drop(leaf);
    tmlrt_interval_tick_init(leaf, &interval);
    EXPECT_EQ(tmlrt_interval_tick_desc.poll(leaf, test_waker_context(&waker), &due_ns),
              TMLRT_PENDING);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 1);
    tmlrt_interval_tick_desc.drop(leaf);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_interval_tick_desc.drop(leaf);
    EXPECT_EQ(interval.next_ns, due_ns);
    trt_runtime_reset_default();
}
