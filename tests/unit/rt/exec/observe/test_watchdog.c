// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/observe/watchdog.h"

#include <tmlrt/log.h>
#include <tmlrt/task.h>

#include "rt/base/sanitize.h"
#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/exec/worker.h"
#include "rt/os/pipe.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define MS UINT64_C(1000000)

static test_probe s_probe;
static trt_watchdog s_dog; ///< without a thread: the tests take its steps
static uint64_t s_now_ns;
static char s_message[512];
static uint32_t s_num_messages, s_num_frames;

static void hear(void* arg, int32_t level, const char* module, const char* message) {
    (void)arg;
    EXPECT(level == TMLRT_LOG_WARN || level == TMLRT_LOG_INFO); // INFO: no CPU for all that time
    EXPECT_STR(module, "watchdog");
    if (strncmp(message, "worker 0 is at #", 16) == 0) {
        s_num_frames++;
        return;
    }
    snprintf(s_message, sizeof(s_message), "%s", message);
    s_num_messages++;
}

static void begin(tmlrt_runtime* runtime) {
    REQUIRE(runtime != NULL);
    s_dog = (trt_watchdog){.core = NULL};
    s_now_ns = 1000 * MS;
    s_num_messages = s_num_frames = 0;
    tmlrt_log_set(hear, NULL);
    tmlrt_log_set_level(TMLRT_LOG_INFO);
    REQUIRE(trt_watchdog_init(&s_dog, runtime, 100) == TMLRT_OK);
}

static void end(tmlrt_runtime* runtime) {
    trt_watchdog_fini(&s_dog);
    tmlrt_log_set(NULL, NULL);
    tmlrt_log_set_level(TMLRT_LOG_WARN);
    tmlrt_runtime_free(runtime);
}

static uint64_t step_after(uint64_t ms) {
    s_now_ns += ms * MS;
    return trt_watchdog_step(&s_dog, s_now_ns);
}

static uint64_t num_slow(void) {
    return trt_atomic_load(&s_dog.num_slow, TRT_RELAXED);
}

static void run(tmlrt_runtime* runtime, test_step step) {
    test_future frame = {.step = step, .probe = &s_probe, .left = 1};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), 0);
}

// ---- long polls ---------------------------------------------------------------------------------

// One poll of 5 s, after one that is over before the next look.
static tmlrt_poll step_long(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->left == 1) {
        step_after(0);
        return test_step_yield(self, cx, out);
    }
    EXPECT_EQ(step_after(50), 5 * MS); // another poll
    step_after(9);
    EXPECT_EQ(num_slow(), 0);
    step_after(1);
    EXPECT_EQ(num_slow(), 1);
    step_after(89);
    EXPECT_EQ(s_num_messages, 0);
    step_after(1);
    EXPECT_EQ(s_num_messages, 1);
    EXPECT_EQ(s_num_frames, 0);
    EXPECT(strstr(s_message, " test has kept worker 0 in one poll for 100 ms, ") != NULL);
    EXPECT(strncmp(s_message, "task ", 5) == 0);
    step_after(899);
    EXPECT_EQ(s_num_messages, 1);
    step_after(1);
    EXPECT_EQ(s_num_messages, 2);
    EXPECT(s_num_frames >= 2 || TRT_SANITIZED);
    EXPECT(strstr(s_message, " in one poll for 1000 ms, ") != NULL);
    step_after(4000);
    EXPECT_EQ(s_num_messages, 2);
    EXPECT_EQ(num_slow(), 1);
    EXPECT_EQ(trt_atomic_load(&s_dog.num_long, TRT_RELAXED), 1);
    return test_step_yield(self, cx, out);
}

TEST(watchdog__a_poll_of_seconds__counted_and_told_at_each_bound_once) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    begin(runtime);
    run(runtime, step_long);
    end(runtime);
}

// A handler that does not come back: the poll is its connection's.
static tmlrt_poll step_serving(test_future* self, tmlrt_context* cx, int64_t* out) {
    static const tmlrt_meta_route route = {.cls = "Users", .name = "find", .method = "GET"};
    trt_atomic_ptr* doing = &trt_current_worker()->figures.doing;
    step_after(0);
    step_after(10);
    trt_atomic_store(doing, (void*)(uintptr_t)&route, TRT_RELAXED);
    step_after(90);
    trt_atomic_store(doing, NULL, TRT_RELAXED);
    return test_step_ready(self, cx, out);
}

TEST(watchdog__code_of_a_route_for_too_long__the_route_is_named) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    begin(runtime);
    run(runtime, step_serving);
    EXPECT_EQ(s_num_messages, 1);
    EXPECT(strstr(s_message, " test for GET Users.find has kept worker 0 in one poll for ") !=
           NULL);
    end(runtime);
}

// A child in its first poll is in no list: it has no number.
static tmlrt_poll step_unlisted(test_future* self, tmlrt_context* cx, int64_t* out) {
    step_after(0);
    step_after(10);
    step_after(90);
    return test_step_ready(self, cx, out);
}

static tmlrt_poll step_parent(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->left == 1) {
        test_future child = {.step = step_unlisted, .probe = self->user};
        tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
    }
    return test_step_yield(self, cx, out);
}

TEST(watchdog__a_first_poll__told_by_its_name) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    begin(runtime);
    test_probe child = {0};
    test_future frame = {.step = step_parent, .probe = &s_probe, .user = &child, .left = 1};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), 0);
    EXPECT_EQ(s_num_messages, 1);
    EXPECT(strncmp(s_message, "task test has kept", 18) == 0);
    end(runtime);
}

// ---- going to sleep -----------------------------------------------------------------------------

static tmlrt_poll step_busy(test_future* self, tmlrt_context* cx, int64_t* out) {
    EXPECT_EQ(step_after(50), 5 * MS);
    return test_step_ready(self, cx, out);
}

TEST(watchdog__nothing_runs__looks_less_and_less_often_then_sleeps) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    begin(runtime);
    for (int round = 0; round < 2; round++) {
        run(runtime, step_busy);
        static const uint64_t s_waits[] = {10, 20, 40, 80, 80};
        uint64_t wait_ns = 5 * MS;
        for (int i = 0; i < 5; i++) {
            wait_ns = step_after(wait_ns / MS);
            EXPECT_EQ(wait_ns, s_waits[i] * MS);
        }
        EXPECT_EQ((int64_t)step_after(80), -1); // nothing for 2 limits since the first look
        EXPECT_EQ(step_after(100000), 5 * MS);
        while (step_after(100) != UINT64_MAX) {
        }
    }
    EXPECT_EQ(s_num_messages, 0);
    end(runtime);
}

TEST(watchdog__worker_comes_back_from_a_sleep__thread_starts_unless_it_is_off) {
    static const uint32_t s_options[] = {0, 5000, TMLRT_WATCHDOG_OFF};
    for (int i = 0; i < 3; i++) {
        const tmlrt_runtime_options options = {.workers = 1, .watchdog_ms = s_options[i]};
        tmlrt_runtime* runtime = NULL;
        REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
        const trt_watchdog* dog = &runtime->observe.watchdog;
        run(runtime, test_step_yield);
        EXPECT(!trt_watchdog_has_thread(dog));
        run(runtime, test_step_sleep);
        EXPECT_EQ(trt_watchdog_has_thread(dog), s_options[i] != TMLRT_WATCHDOG_OFF);
        tmlrt_runtime_free(runtime);
    }
}

TEST(watchdog_cares__each_end_of_a_sleep__not_for_a_timer_after_a_long_one) {
    static const struct {
        bool by_time;
        uint64_t slept_ns;
        bool cares;
    } s_rows[] = {
        {false, 0, true},
        {false, TRT_WATCHDOG_LONG_SLEEP_NS, true}, // I/O, or a task from outside
        {true, 10000000, true},                    // a ticker
        {true, TRT_WATCHDOG_LONG_SLEEP_NS - 1, true},
        {true, TRT_WATCHDOG_LONG_SLEEP_NS, false}, // the beat of an idle server
        {true, UINT64_MAX, false},
    };
    for (size_t i = 0; i < sizeof(s_rows) / sizeof(s_rows[0]); i++) {
        EXPECT_EQ(trt_watchdog_cares(s_rows[i].by_time, s_rows[i].slept_ns), s_rows[i].cares);
    }
}

TEST(watchdog__virtual_clock__there_is_none) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    run(runtime, test_step_sleep);
    EXPECT(runtime->observe.watchdog.watches == NULL);
    tmlrt_runtime_free(runtime);
}

// ---- what lies on a stuck worker ----------------------------------------------------------------

// Whether it sleeps, and nobody has woken it: it registers, looks a last time, then sleeps.
static bool sleeps(const trt_worker* worker) {
    return (trt_atomic_load(worker->idle_word, TRT_SEQ_CST) & worker->idle_bit) != 0 &&
           trt_atomic_load(&worker->figures.parks, TRT_RELAXED) != 0 &&
           trt_atomic_load(&worker->figures.parked_since_ns, TRT_RELAXED) != 0;
}

// Queues a child quietly, as the worker does with what it would run next.
static void queue_child(trt_worker* me, test_probe* ran) {
    test_future child = {.step = test_step_ready, .probe = ran};
    tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
    tmlrt_task* task = me->lifo;
    me->lifo = NULL;
    trt_schedule_quietly(me, task);
}

// Does not end before the child has run elsewhere. `left` 0: takes the watchdog's steps, which has
// no thread.
static tmlrt_poll step_hold(test_future* self, tmlrt_context* cx, int64_t* out) {
    trt_worker* me = trt_current_worker();
    test_probe* ran = self->user;
    while (!sleeps(&me->core->workers[1 - me->index])) {
        sched_yield();
    }
    queue_child(me, ran);
    if (self->left == 0) {
        EXPECT_EQ(trt_atomic_load(&ran->polls, TRT_RELAXED), 0);
        step_after(0);
        step_after(10);
    }
    while (trt_atomic_load(&ran->polls, TRT_ACQUIRE_ORDER) == 0) {
        sched_yield();
    }
    return test_step_ready(self, cx, out);
}

TEST(watchdog__task_lies_on_a_stuck_worker__a_sleeper_is_woken_for_it) {
    const tmlrt_runtime_options options = {.workers = 2, .watchdog_ms = TMLRT_WATCHDOG_OFF};
    tmlrt_runtime* runtime = NULL;
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    begin(runtime);
    test_probe ran = {0};
    test_future frame = {.step = step_hold, .probe = &s_probe, .user = &ran};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), 0);
    end(runtime);
}

// Who sleeps beside a handle is woken through another one, which the watchdog's thread must have.
TEST(watchdog__its_thread_wakes_a_sleeper_that_watches_handles__it_runs) {
    const tmlrt_runtime_options options = {.workers = 2, .watchdog_ms = TRT_WATCHDOG_LEAST_MS};
    tmlrt_runtime* runtime = NULL;
    trt_handle pipes[2];
    trt_io_slot* slots[2];
    test_probe ran = {0};
    test_future frame = {.step = step_hold, .probe = &s_probe, .user = &ran, .left = 1};
    int64_t out;
    tmlrt_log_set_level(TMLRT_LOG_ERROR); // that the poll is long is not news
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    REQUIRE(trt_pipe_open(&pipes[0], &pipes[1]) == TMLRT_OK);
    for (uint32_t i = 0; i < 2; i++) {
        REQUIRE(trt_reactor_register(runtime->workers[i].reactor, pipes[i], &slots[i]) == TMLRT_OK);
    }
    trt_watchdog_wake(&runtime->observe.watchdog); // nobody may have come back from a sleep yet
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), 0);
    for (uint32_t i = 0; i < 2; i++) {
        trt_reactor_deregister(runtime->workers[i].reactor, slots[i]);
        trt_handle_close(pipes[i]);
    }
    tmlrt_log_set_level(TMLRT_LOG_WARN);
    tmlrt_runtime_free(runtime);
}

// ---- configuration ------------------------------------------------------------------------------

TEST(observe_configure__watchdog__option_then_variable_or_an_error) {
    static const struct {
        const char* text;
        uint32_t option;
        tmlrt_status status;
        uint32_t ms;
    } s_rows[] = {
        {NULL, 0, TMLRT_OK, 100},
        {"", 0, TMLRT_OK, 100},
        {"0", 0, TMLRT_OK, 0},
        {"250", 0, TMLRT_OK, 250},
        {"250", 30, TMLRT_OK, 30},
        {"250", TMLRT_WATCHDOG_OFF, TMLRT_OK, 0},
        {"9", 0, TMLRT_E_INVAL, 0},
        {"600001", 0, TMLRT_E_INVAL, 0},
        {"-1", 0, TMLRT_E_INVAL, 0},
        {"1s", 0, TMLRT_E_INVAL, 0},
        {"x", 30, TMLRT_E_INVAL, 0},
        {NULL, 9, TMLRT_E_INVAL, 0},
        {NULL, 600001, TMLRT_E_INVAL, 0},
        {"99999999999999999999", 0, TMLRT_E_INVAL, 0},
    };
    for (size_t i = 0; i < sizeof(s_rows) / sizeof(s_rows[0]); i++) {
        trt_runtime_config config;
        const tmlrt_runtime_options options = {.watchdog_ms = s_rows[i].option};
        unsetenv("TMLRT_WATCHDOG_MS");
        if (s_rows[i].text != NULL) {
            setenv("TMLRT_WATCHDOG_MS", s_rows[i].text, 1);
        }
        EXPECT_EQ(trt_runtime_configure(&config, &options), s_rows[i].status);
        EXPECT_EQ(s_rows[i].status == TMLRT_OK ? config.observe.watchdog_ms : 0, s_rows[i].ms);
    }
    unsetenv("TMLRT_WATCHDOG_MS");
}
