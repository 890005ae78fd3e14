// SPDX-License-Identifier: Apache-2.0
#include <tmlrt/task.h>

#include "rt/exec/drivers.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

static tmlrt_status run_sleep(tmlrt_runtime* runtime, uint64_t duration_ns) {
    test_probe probe = {0};
    int64_t out = 0;
    test_future frame = {.step = test_step_sleep, .probe = &probe, .left = (int64_t)duration_ns};
    return tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out);
}

TEST(sleep__many_durations__never_early_at_most_one_tick_late) {
    static const uint64_t durations[] = {0,
                                         1,
                                         999999,
                                         1000000,
                                         1000001,
                                         63000000,
                                         64000000,
                                         65000000,
                                         4096000000ull,
                                         3600ull * 1000000000ull,
                                         400ull * 24 * 3600 * 1000000000ull};
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        uint64_t from = clock.now_ns;
        EXPECT_EQ(run_sleep(runtime, durations[i]), TMLRT_OK);
        uint64_t took = clock.now_ns - from;
        EXPECT(took >= durations[i]);
        EXPECT(took <= durations[i] + 2 * TRT_TICK_NS);
    }
    tmlrt_runtime_free(runtime);
}

TEST(sleep__many_tasks__end_in_order_of_their_deadlines) {
    enum { NUM = 100 };
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    tmlrt_task* tasks[NUM];
    for (int i = 0; i < NUM; i++) {
        test_future frame = {
            .step = test_step_sleep, .probe = &probe, .left = (i * 37 % NUM + 1) * 5000000};
        tasks[i] = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    }
    EXPECT_EQ(run_sleep(runtime, 252000000), TMLRT_OK);
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(tmlrt_task_is_finished(tasks[i]), (i * 37 % NUM + 1) * 5 <= 252);
        tmlrt_task_detach(tasks[i]);
    }
    tmlrt_runtime_free(runtime);
}

// Sleeps, compares the time that a poll is told with the clock's, and takes 30 ms.
static tmlrt_poll step_told(test_future* self, tmlrt_context* cx, int64_t* out) {
    test_clock* clock = self->user;
    bool is_right = trt_timer_driver_poll_ns(trt_current_timers()) == clock->now_ns;
    trt_atomic_add(&self->probe->value, is_right, TRT_RELAXED);
    clock->now_ns += 30000000;
    return test_step_sleep(self, cx, out);
}

TEST(timer_driver_poll_ns__tasks_behind_each_other__each_is_told_its_own_time) {
    enum { NUM = 5 };
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    test_probe probe = {0};
    test_future frame = {.step = step_told, .probe = &probe, .user = &clock, .left = 900000000};
    for (int i = 0; i < NUM; i++) {
        tmlrt_task_detach(tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame)));
    }
    EXPECT_EQ(run_sleep(runtime, 2000000000), TMLRT_OK);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), 2 * NUM);
    EXPECT_EQ(trt_atomic_load(&probe.value, TRT_RELAXED), 2 * NUM);
    tmlrt_runtime_free(runtime);
}

TEST(sleep__dropped_in_every_state__timer_gone) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(trt_runtime_install_default(runtime) == TMLRT_OK);
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    test_waker waker = {0};
    tmlrt_sleep_init(leaf, 1000000000);
    tmlrt_sleep_desc.drop(leaf);
    tmlrt_sleep_init(leaf, 1000000000);
    EXPECT_EQ(tmlrt_sleep_desc.poll(leaf, test_waker_context(&waker), NULL), TMLRT_PENDING);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 1);
    tmlrt_sleep_desc.drop(leaf);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_sleep_desc.drop(leaf);
    tmlrt_sleep_init(leaf, UINT64_MAX);
    EXPECT_EQ(tmlrt_sleep_desc.poll(leaf, test_waker_context(&waker), NULL), TMLRT_PENDING);
    tmlrt_sleep_desc.drop(leaf);
    trt_runtime_reset_default();
}

TEST(sleep__budget_spent__yields_without_arming) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    test_waker waker = {0};
    tmlrt_context* cx = test_waker_context(&waker);
    cx->budget = 0;
    tmlrt_sleep_init(leaf, 0);
    EXPECT_EQ(tmlrt_sleep_desc.poll(leaf, cx, NULL), TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&waker), 1);
    cx->budget = 1;
    EXPECT_EQ(tmlrt_sleep_desc.poll(leaf, cx, NULL), TMLRT_READY);
    EXPECT_EQ(cx->budget, 0);
    tmlrt_runtime_free(runtime);
}

// ---- sleep_until --------------------------------------------------------------------------------

static tmlrt_poll step_sleep_until(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->leaf_desc == NULL) {
        tmlrt_sleep_until_init(self->leaf, (uint64_t)self->left);
        self->leaf_desc = &tmlrt_sleep_until_desc;
    }
    if (self->leaf_desc->poll(self->leaf, cx, NULL) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    *out = 0;
    return TMLRT_READY;
}

TEST(sleep_until__past_and_future__that_time_and_no_other) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    const uint64_t deadlines[] = {0,
                                  1,
                                  clock.now_ns,
                                  clock.now_ns + 1,
                                  clock.now_ns + 70000000,
                                  clock.now_ns + 3600ull * 1000000000ull};
    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
        uint64_t from = clock.now_ns;
        test_probe probe = {0};
        int64_t out = 0;
        test_future frame = {
            .step = step_sleep_until, .probe = &probe, .left = (int64_t)deadlines[i]};
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out),
                  TMLRT_OK);
        EXPECT(clock.now_ns >= deadlines[i]);
        EXPECT(deadlines[i] <= from ? clock.now_ns == from
                                    : clock.now_ns <= deadlines[i] + TRT_TICK_NS);
    }
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    tmlrt_runtime_free(runtime);
}
