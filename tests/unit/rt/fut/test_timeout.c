// SPDX-License-Identifier: Apache-2.0
#include <tmlrt/task.h>

#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

typedef struct scenario {
    test_future inner;
    uint64_t duration_ns;
    bool is_deadline;
    tmlrt_status status;
    int64_t value;
} scenario;

static tmlrt_poll step_timeout(test_future* self, tmlrt_context* cx, int64_t* out) {
    scenario* s = self->user;
    if (self->leaf_desc == NULL) {
        (s->is_deadline ? tmlrt_timeout_at_init : tmlrt_timeout_init)(
            self->leaf, &s->inner, &test_plain_desc, &s->value, s->duration_ns);
        self->leaf_desc = s->is_deadline ? &tmlrt_timeout_at_desc : &tmlrt_timeout_desc;
    }
    if (self->leaf_desc->poll(self->leaf, cx, &s->status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    *out = 0;
    return TMLRT_READY;
}

static tmlrt_status run(tmlrt_runtime* runtime, scenario* s) {
    test_probe probe = {0};
    int64_t out;
    test_future frame = {.step = step_timeout, .probe = &probe, .user = s};
    return tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out);
}

TEST(timeout__inner_ready_in_time__its_output) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    scenario s = {.inner = {.step = test_step_sleep, .probe = &probe, .left = 5000000},
                  .duration_ns = 50000000};
    EXPECT_EQ(run(runtime, &s), TMLRT_OK);
    EXPECT_EQ(s.status, TMLRT_OK);
    EXPECT_EQ(s.value, 7);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    scenario at_once = {.inner = {.step = test_step_ready, .probe = &probe, .left = 4}};
    EXPECT_EQ(run(runtime, &at_once), TMLRT_OK);
    EXPECT_EQ(at_once.status, TMLRT_OK);
    EXPECT_EQ(at_once.value, 4);
    tmlrt_runtime_free(runtime);
}

TEST(timeout__expires__inner_dropped_then_timed_out) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    uint64_t from = clock.now_ns;
    scenario s = {.inner = {.step = test_step_sleep, .probe = &probe, .left = 3600000000000},
                  .duration_ns = 50000000};
    EXPECT_EQ(run(runtime, &s), TMLRT_OK);
    EXPECT_EQ(s.status, TMLRT_E_TIMEDOUT);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT(clock.now_ns - from >= 50000000 && clock.now_ns - from <= 52000000);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    tmlrt_runtime_free(runtime);
}

TEST(timeout__inner_always_yields__still_expires) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    test_probe probe = {0};
    scenario s = {.inner = {.step = test_step_yield, .probe = &probe, .left = INT64_MAX},
                  .duration_ns = 2000000};
    EXPECT_EQ(run(runtime, &s), TMLRT_OK);
    EXPECT_EQ(s.status, TMLRT_E_TIMEDOUT);
    tmlrt_runtime_free(runtime);
}

static void panic_in_drop(test_future* self) {
    (void)self;
    tmlrt_panic("inner drop");
}

TEST(timeout__inner_panics_in_poll_or_drop__join_error_and_no_timer_left) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    scenario s = {.inner = {.step = test_step_panic, .probe = &probe}, .duration_ns = 50000000};
    EXPECT_EQ(run(runtime, &s), TMLRT_E_PANIC);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    scenario t = {.inner = {.step = test_step_never, .probe = &probe, .on_drop = panic_in_drop},
                  .duration_ns = 50000000};
    EXPECT_EQ(run(runtime, &t), TMLRT_E_PANIC);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    tmlrt_runtime_free(runtime);
}

TEST(timeout__dropped_while_waiting__inner_dropped) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0}, outer = {0};
    scenario s = {.inner = {.step = test_step_never, .probe = &probe}, .duration_ns = UINT64_MAX};
    test_future frame = {.step = step_timeout, .probe = &outer, .user = &s};
    tmlrt_task_detach(tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame)));
    scenario wait = {.inner = {.step = test_step_never, .probe = &outer}, .duration_ns = 5000000};
    EXPECT_EQ(run(runtime, &wait), TMLRT_OK);
    tmlrt_runtime_free(runtime);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
}

TEST(timeout_at__before_and_behind_the_deadline__output_or_timed_out) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    uint64_t from = clock.now_ns;
    scenario s = {.inner = {.step = test_step_sleep, .probe = &probe, .left = 5000000},
                  .duration_ns = from + 50000000,
                  .is_deadline = true};
    EXPECT_EQ(run(runtime, &s), TMLRT_OK);
    EXPECT_EQ(s.status, TMLRT_OK);
    scenario late = {.inner = {.step = test_step_sleep, .probe = &probe, .left = 3600000000000},
                     .duration_ns = from + 50000000,
                     .is_deadline = true};
    EXPECT_EQ(run(runtime, &late), TMLRT_OK);
    EXPECT_EQ(late.status, TMLRT_E_TIMEDOUT);
    EXPECT(clock.now_ns >= from + 50000000 && clock.now_ns <= from + 52000000);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    tmlrt_runtime_free(runtime);
}

TEST(timeout_at__deadline_in_the_past__inner_is_polled_once) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    scenario ready = {.inner = {.step = test_step_ready, .probe = &probe, .left = 4},
                      .duration_ns = 1,
                      .is_deadline = true};
    EXPECT_EQ(run(runtime, &ready), TMLRT_OK);
    EXPECT_EQ(ready.status, TMLRT_OK);
    EXPECT_EQ(ready.value, 4);
    uint64_t from = clock.now_ns;
    scenario waits = {
        .inner = {.step = test_step_never, .probe = &probe}, .duration_ns = 1, .is_deadline = true};
    EXPECT_EQ(run(runtime, &waits), TMLRT_OK);
    EXPECT_EQ(waits.status, TMLRT_E_TIMEDOUT);
    EXPECT_EQ(clock.now_ns, from);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    tmlrt_runtime_free(runtime);
}
