// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/observe/metrics.h"

#include <tmlrt/task.h>

#include "rt/exec/coop.h"
#include "rt/exec/runtime.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static tmlrt_metrics read_total(tmlrt_runtime* runtime) {
    tmlrt_metrics metrics;
    memset(&metrics, 0xAA, sizeof(metrics));
    EXPECT_EQ(tmlrt_runtime_metrics(runtime, TMLRT_METRICS_TOTAL, &metrics, sizeof(metrics)),
              TMLRT_OK);
    return metrics;
}

static test_probe s_probe;

static tmlrt_task* spawn(tmlrt_runtime* runtime, test_step step, int64_t left) {
    test_future frame = {.step = step, .probe = &s_probe, .left = left};
    return tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
}

static void run(tmlrt_runtime* runtime, test_step step, int64_t left) {
    test_future frame = {.step = step, .probe = &s_probe, .left = left};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
}

TEST(metrics__tasks_end_in_every_way__each_is_counted_once) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    tmlrt_task* tasks[] = {spawn(runtime, test_step_ready, 0), spawn(runtime, test_step_panic, 0),
                           spawn(runtime, test_step_never, 0), spawn(runtime, test_step_never, 0)};
    EXPECT_EQ(read_total(runtime).alive, 4);
    run(runtime, test_step_yield, 500); // on each beat one of the others runs
    tmlrt_task_abort(tasks[2]);
    run(runtime, test_step_yield, 500);
    tmlrt_metrics metrics = read_total(runtime);
    EXPECT_EQ(metrics.spawned, 6);
    EXPECT_EQ(metrics.alive, 1);
    EXPECT_EQ(metrics.completed, 3);
    EXPECT_EQ(metrics.cancelled, 1);
    EXPECT_EQ(metrics.panicked, 1);
    EXPECT_EQ(metrics.polls, 4 + 501 + 501 + 1); // the four, two mains, one drop
    for (int i = 0; i < 4; i++) {
        tmlrt_task_detach(tasks[i]);
    }
    tmlrt_runtime_free(runtime);
}

// Spawns two children and a job of the pool, sleeps, and is ready.
static tmlrt_poll step_mixed(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->leaf_desc == NULL) {
        for (int i = 0; i < 2; i++) {
            test_future child = {.step = test_step_yield, .probe = &s_probe, .left = i};
            tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
        }
        EXPECT_EQ(tmlrt_now_ns(), 1000000000);
    }
    return test_step_sleep(self, cx, out);
}

TEST(metrics__sleeps_and_children__timers_parks_and_queues) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    run(runtime, step_mixed, 5000000);
    tmlrt_metrics metrics = read_total(runtime);
    EXPECT_EQ(metrics.spawned, 3);
    EXPECT_EQ(metrics.completed, 3);
    EXPECT_EQ(metrics.timers_armed, 0);
    EXPECT_EQ(metrics.timers_fired, 1);
    EXPECT_EQ(metrics.parks, 1);
    EXPECT_EQ(metrics.local_len, 0);
    EXPECT_EQ(metrics.up_ns, 5000000);
    EXPECT_EQ(metrics.parked_ns, 5000000); // on this clock nothing else takes time
    EXPECT_EQ(metrics.io_handles, 0);
    tmlrt_runtime_free(runtime);
}

TEST(metrics__of_one_worker_and_of_another_size__as_asked) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    run(runtime, test_step_ready, 0);
    union {
        tmlrt_metrics metrics;
        unsigned char bytes[sizeof(tmlrt_metrics) + 8];
    } out;
    memset(&out, 0xAA, sizeof(out));
    EXPECT_EQ(tmlrt_runtime_metrics(runtime, 0, &out.metrics, 16), TMLRT_OK);
    EXPECT_EQ(out.bytes[16], 0xAA);
    EXPECT_EQ(tmlrt_runtime_metrics(runtime, 0, &out.metrics, sizeof(out)), TMLRT_OK);
    EXPECT_EQ(out.bytes[sizeof(tmlrt_metrics) + 7], 0);
    EXPECT_EQ(out.metrics.completed, 1);
    EXPECT_EQ(out.metrics.alive, 0); // of all workers only
    EXPECT_EQ(tmlrt_runtime_metrics(runtime, 1, &out.metrics, sizeof(out)), TMLRT_E_INVAL);
    tmlrt_runtime_free(runtime);
}

// A clock that moves on by 3 us at every look.
static uint64_t step_clock(void* self) {
    return *(uint64_t*)self += 3000;
}

TEST(metrics__many_polls__one_in_976_is_timed_and_a_probe_queued) {
    const tmlrt_runtime_options options = {.workers = 1};
    trt_runtime_config config;
    tmlrt_runtime* runtime = NULL;
    uint64_t now_ns = 1000000000;
    REQUIRE(trt_runtime_configure(&config, &options) == TMLRT_OK);
    config.clock = (trt_clock){step_clock, NULL, &now_ns};
    REQUIRE(trt_runtime_new(&runtime, &config) == TMLRT_OK);
    enum { POLLS = TRT_BEAT * TRT_SAMPLE_BEATS * 10 };
    run(runtime, test_step_yield, POLLS);
    tmlrt_metrics metrics = read_total(runtime);
    EXPECT_EQ(metrics.polls, POLLS + 1);  // probes are not counted
    EXPECT_EQ(metrics.poll_time[11], 10); // 3 us
    uint64_t delays = 0;
    for (int i = 0; i < TMLRT_METRICS_BUCKETS; i++) {
        delays += metrics.schedule_delay[i];
    }
    EXPECT_EQ(delays, 10);
    tmlrt_runtime_free(runtime);
}

// Spends its budget over and over, `left` times.
static tmlrt_poll step_spend(test_future* self, tmlrt_context* cx, int64_t* out) {
    while (trt_coop_spend(cx)) {
    }
    *out = 0;
    return --self->left == 0 ? TMLRT_READY : TMLRT_PENDING;
}

TEST(metrics__budgets_used_up__forced_yields) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    run(runtime, step_spend, 3);
    EXPECT_EQ(read_total(runtime).forced_yields, 3);
    tmlrt_runtime_free(runtime);
}

static void double_it(void* arg) {
    *(int32_t*)arg *= 2;
}

// Waits for a job of the pool: asks for its figures through the call that compiled code has.
static tmlrt_poll step_job(test_future* self, tmlrt_context* cx, int64_t* out) {
    int32_t value = 21;
    if (self->leaf_desc == NULL) {
        tmlrt_join_init(self->leaf, tmlrt_spawn_blocking(double_it, &value, sizeof(value)),
                        &self->left);
        self->leaf_desc = &tmlrt_join_desc;
    }
    tmlrt_status status;
    if (tmlrt_join_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    tmlrt_metrics metrics;
    tmlrt_metrics_read(&metrics, sizeof(metrics));
    EXPECT_EQ(metrics.blocking_jobs, 1);
    EXPECT_EQ(metrics.blocking_threads, 1);
    EXPECT_EQ(metrics.alive, 1);
    *out = (int32_t)self->left;
    return TMLRT_READY;
}

TEST(metrics__job_of_the_pool_on_two_workers__counted_with_what_woke_its_task) {
    const tmlrt_runtime_options options = {.workers = 2};
    tmlrt_runtime* runtime = NULL;
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    run(runtime, step_job, 0);
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 10000), TMLRT_OK);
    tmlrt_metrics total = read_total(runtime), sum = {0}, one;
    for (uint32_t i = 0; i < 2; i++) {
        EXPECT_EQ(tmlrt_runtime_metrics(runtime, i, &one, sizeof(one)), TMLRT_OK);
        sum.completed += one.completed;
        sum.polls += one.polls;
        sum.spawned += one.spawned;
        EXPECT(one.parked_ns <= one.up_ns);
    }
    EXPECT_EQ(sum.completed, total.completed);
    EXPECT_EQ(sum.polls, total.polls);
    EXPECT_EQ(sum.spawned, 0); // it came from outside
    EXPECT_EQ(total.spawned, 1);
    EXPECT_EQ(total.blocking_jobs, 1);
    EXPECT_EQ(total.blocking_threads, 0); // ended with the runtime
    tmlrt_runtime_free(runtime);
}

static void print(tmlrt_runtime* runtime, char* text, size_t cap) {
    FILE* file = tmpfile();
    REQUIRE(file != NULL);
    trt_metrics_print(runtime, file);
    rewind(file);
    text[fread(text, 1, cap - 1, file)] = '\0';
    fclose(file);
}

TEST(metrics_print__one_and_two_workers__a_line_each_and_a_total) {
    char text[4096];
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    run(runtime, test_step_ready, 0);
    print(runtime, text, sizeof(text));
    EXPECT_STR(text, "tmlrt: metrics: total busy=0% spawned=1 completed=1 polls=1\n");
    tmlrt_runtime_free(runtime);
    const tmlrt_runtime_options options = {.workers = 2};
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    print(runtime, text, sizeof(text));
    EXPECT(strstr(text, "tmlrt: metrics: worker=0 busy=") == text);
    EXPECT(strstr(text, "\ntmlrt: metrics: worker=1 busy=") != NULL);
    EXPECT(strstr(text, "\ntmlrt: metrics: total busy=") != NULL);
    tmlrt_runtime_free(runtime);
}

TEST(observe_configure__metrics_switch__1_0_or_an_error) {
    trt_runtime_config config;
    setenv("TMLRT_METRICS", "1", 1);
    EXPECT_EQ(trt_runtime_configure(&config, NULL), TMLRT_OK);
    EXPECT(config.observe.prints_metrics);
    setenv("TMLRT_METRICS", "yes", 1);
    EXPECT_EQ(trt_runtime_configure(&config, NULL), TMLRT_E_INVAL);
    setenv("TMLRT_METRICS", "", 1);
    EXPECT_EQ(trt_runtime_configure(&config, NULL), TMLRT_OK);
    EXPECT(!config.observe.prints_metrics);
    unsetenv("TMLRT_METRICS");
}
