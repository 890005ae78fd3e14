// SPDX-License-Identifier: Apache-2.0
// Late runtimes: one worker, driven by the thread that waits in tmlrt_runtime_run, then by its own.
#include <tmlrt/log.h>
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/exec/group/local_set.h"
#include "rt/exec/runtime.h"
#include "rt/os/thread.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdlib.h>

#define MS 1000000

static tmlrt_runtime* make(void) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    EXPECT_EQ(trt_runtime_new_late(&runtime, &options), TMLRT_OK);
    return runtime;
}

static tmlrt_poll step_where(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx;
    *out = (int64_t)trt_thread_id();
    return TMLRT_READY;
}

static tmlrt_status run(tmlrt_runtime* runtime, test_step step, void* user, int64_t left,
                        int64_t* out) {
    test_probe probe = {0};
    test_future frame = {.step = step, .probe = &probe, .user = user, .left = left};
    tmlrt_status status = tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), out);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), status == TMLRT_OK ? 0 : 1);
    return status;
}

static int64_t where(tmlrt_runtime* runtime) {
    test_probe probe = {0};
    int64_t out = 0;
    EXPECT_EQ(tmlrt_task_join(test_spawn_on(runtime, step_where, &probe, NULL, 0), &out), TMLRT_OK);
    return out;
}

// ---- who drives ---------------------------------------------------------------------------------

TEST(late_run__first__drives_here_then_on_a_thread) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    int64_t out = 0;
    tmlrt_task* before = test_spawn_on(runtime, test_step_sleep, &probe, NULL, MS);
    tmlrt_task* after = test_spawn_on(runtime, test_step_sleep, &probe, NULL, 20 * MS);
    EXPECT_EQ(run(runtime, test_step_sleep, NULL, 5 * MS, &out), TMLRT_OK);
    EXPECT_EQ(out, 7);
    EXPECT(tmlrt_task_is_finished(before));
    EXPECT(trt_runtime_has_threads(runtime));
    EXPECT_EQ(tmlrt_task_join(before, &out), TMLRT_OK);
    EXPECT_EQ(tmlrt_task_join(after, &out), TMLRT_OK);
    int64_t other = where(runtime);
    EXPECT(other != (int64_t)trt_thread_id());
    EXPECT_EQ(run(runtime, step_where, NULL, 0, &out), TMLRT_OK);
    EXPECT_EQ(out, other);
    tmlrt_runtime_free(runtime);
}

TEST(late_run__here__its_task_is_on_this_thread) {
    tmlrt_runtime* runtime = make();
    int64_t out = 0;
    EXPECT_EQ(run(runtime, step_where, NULL, 0, &out), TMLRT_OK);
    EXPECT_EQ(out, (int64_t)trt_thread_id());
    tmlrt_runtime_free(runtime);
}

TEST(late_run__started_before__waits_for_the_thread) {
    tmlrt_runtime* runtime = make();
    int64_t out = 0;
    EXPECT_EQ(trt_runtime_start_late(runtime), TMLRT_OK);
    EXPECT_EQ(trt_runtime_start_late(runtime), TMLRT_OK);
    EXPECT_EQ(run(runtime, step_where, NULL, 0, &out), TMLRT_OK);
    EXPECT(out != (int64_t)trt_thread_id());
    tmlrt_runtime_free(runtime);
}

TEST(late_run__panic__status_and_a_thread_all_the_same) {
    tmlrt_runtime* runtime = make();
    int64_t out = 0;
    test_probe probe = {0};
    test_future frame = {.step = test_step_panic, .probe = &probe};
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out),
              TMLRT_E_PANIC);
    EXPECT(where(runtime) != (int64_t)trt_thread_id());
    tmlrt_runtime_free(runtime);
}

TEST(late__two_workers__threads_at_once) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 2};
    EXPECT_EQ(trt_runtime_new_late(&runtime, &options), TMLRT_OK);
    EXPECT(trt_runtime_has_threads(runtime));
    EXPECT(where(runtime) != (int64_t)trt_thread_id());
    tmlrt_runtime_free(runtime);
}

// The last poll of the one that is waited for: the next allocation is that of the new thread.
static tmlrt_poll step_no_memory(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx;
    *out = 1;
    test_allocator_fail_at(1);
    return TMLRT_READY;
}

TEST(late_run__no_thread_at_first__asked_for_again) {
    tmlrt_runtime* runtime = make();
    int64_t out = 0;
    EXPECT_EQ(run(runtime, step_no_memory, NULL, 0, &out), TMLRT_OK);
    EXPECT(test_allocator_hit());
    test_allocator_fail_at(0);
    EXPECT(trt_runtime_has_threads(runtime));
    EXPECT(where(runtime) != (int64_t)trt_thread_id());
    tmlrt_runtime_free(runtime);
}

// ---- other threads meanwhile --------------------------------------------------------------------

static void run_too(void* arg) {
    int64_t out = 0;
    EXPECT_EQ(run(arg, test_step_sleep, NULL, MS, &out), TMLRT_OK);
    EXPECT_EQ(out, 7);
}

TEST(late_run__many_threads_at_once__each_gets_its_output) {
    for (int round = 0; round < 20; round++) {
        tmlrt_runtime* runtime = make();
        trt_thread threads[3];
        for (int i = 0; i < 3; i++) {
            EXPECT_EQ(trt_thread_start(&threads[i], "user", 0, run_too, runtime), TMLRT_OK);
        }
        run_too(runtime);
        for (int i = 0; i < 3; i++) {
            trt_thread_join(&threads[i]);
        }
        tmlrt_runtime_free(runtime);
    }
}

TEST(late_default__used_by_a_plain_thread__has_a_thread) {
    tmlrt_status status;
    setenv("TMLRT_THREADS", "1", 1);
    tmlrt_runtime* runtime = trt_runtime_get_default_late(&status);
    REQUIRE(runtime != NULL);
    EXPECT(!trt_runtime_has_threads(runtime));
    EXPECT(trt_runtime_get_default_late(&status) == runtime);
    EXPECT(!trt_runtime_has_threads(runtime));
    EXPECT(tmlrt_runtime_default() == runtime);
    EXPECT(trt_runtime_has_threads(runtime));
    test_probe probe = {0};
    test_future frame = {.step = test_step_sleep, .probe = &probe, .left = MS};
    int64_t out = 0;
    EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &frame, &out), TMLRT_OK);
    EXPECT_EQ(out, 7);
    trt_runtime_reset_default();
    unsetenv("TMLRT_THREADS");
}

// ---- shutdown -----------------------------------------------------------------------------------

TEST(late_free__never_run__tasks_are_dropped) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_task* task = test_spawn_on(runtime, test_step_never, &probe, NULL, 0);
    tmlrt_runtime_free(runtime);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_CANCELLED);
}

TEST(late_run__after_shutdown__refused) {
    tmlrt_runtime* runtime = make();
    int64_t out = 0;
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 1000), TMLRT_OK);
    EXPECT_EQ(trt_runtime_start_late(runtime), TMLRT_OK);
    EXPECT(!trt_runtime_has_threads(runtime));
    EXPECT_EQ(run(runtime, test_step_ready, NULL, 1, &out), TMLRT_E_SHUTDOWN);
    tmlrt_runtime_free(runtime);
}

typedef struct stopping {
    tmlrt_runtime* runtime;
    uint32_t spins, drain_ms;
} stopping;

static void stop_soon(void* arg) {
    stopping* self = arg;
    trt_atomic_u32 spun;
    trt_atomic_init(&spun, 0);
    while (trt_atomic_add(&spun, 1, TRT_RELAXED) < self->spins) {
    }
    tmlrt_shutdown_report report;
    EXPECT_EQ(tmlrt_runtime_shutdown_within(self->runtime, &report, self->drain_ms, 10000),
              TMLRT_OK);
    EXPECT_EQ(report.workers_stuck, 0);
    tmlrt_runtime_free(self->runtime);
}

static void keep_silent(void* arg, int32_t level, const char* module, const char* message) {
    (void)arg, (void)level, (void)module, (void)message;
}

// The stopper comes before the run, in it, while the thread is started, or later.
TEST(late_shutdown__at_any_point_of_a_run__every_frame_dropped_once) {
    tmlrt_log_set(keep_silent, NULL);
    for (uint32_t round = 0; round < 400; round++) {
        stopping stop = {make(), round * 61 % 400 * 100, round % 3};
        test_probe probes[4] = {0};
        tmlrt_task* tasks[4];
        trt_thread thread;
        for (int i = 0; i < 4; i++) {
            tasks[i] = test_spawn_on(stop.runtime, i % 2 == 0 ? test_step_never : test_step_yield,
                                     &probes[i], NULL, 20);
        }
        trt_atomic_add(&stop.runtime->refs, 1, TRT_RELAXED); // run looks at it to begin with
        EXPECT_EQ(trt_thread_start(&thread, "stopper", 0, stop_soon, &stop), TMLRT_OK);
        test_probe probe = {0};
        test_future frame = {.step = test_step_yield, .probe = &probe, .left = round % 50};
        int64_t out = 0;
        tmlrt_status status =
            tmlrt_runtime_run(stop.runtime, &test_plain_desc, &frame, sizeof(frame), &out);
        EXPECT(status == TMLRT_OK || status == TMLRT_E_SHUTDOWN || status == TMLRT_E_CANCELLED);
        EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), status == TMLRT_OK ? 0 : 1);
        trt_thread_join(&thread);
        trt_runtime_unref(stop.runtime);
        for (int i = 0; i < 4; i++) {
            status = tmlrt_task_join(tasks[i], &out);
            EXPECT(status == TMLRT_E_CANCELLED || (i % 2 == 1 && status == TMLRT_OK));
            EXPECT_EQ(trt_atomic_load(&probes[i].overlaps, TRT_RELAXED), 0);
            EXPECT_EQ(trt_atomic_load(&probes[i].drops, TRT_RELAXED), status == TMLRT_OK ? 0 : 1);
        }
    }
    tmlrt_log_set(NULL, NULL);
}

// ---- local sets ---------------------------------------------------------------------------------

typedef struct keeper {
    test_slot slot;
    test_probe probe;
    tmlrt_local_set* set;
} keeper;

// Makes a set with a task that waits for the slot, and runs the set until it is empty.
static tmlrt_poll step_keep(test_future* self, tmlrt_context* cx, int64_t* out) {
    keeper* kept = self->user;
    if (kept->set == NULL) {
        test_future child = {.step = test_step_park, .probe = &kept->probe, .user = &kept->slot};
        kept->set = tmlrt_local_set_new();
        tmlrt_task_detach(
            tmlrt_local_set_spawn(kept->set, &test_plain_desc, &child, sizeof(child)));
        tmlrt_local_set_wait_init(self->leaf, kept->set);
    }
    if (tmlrt_local_set_wait_desc.poll(self->leaf, cx, out) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    tmlrt_local_set_free(kept->set);
    return TMLRT_READY;
}

TEST(late_run__a_task_has_a_local_set__goes_on_when_the_thread_is_another) {
    tmlrt_runtime* runtime = make();
    keeper kept = {0};
    test_probe probe = {0};
    int64_t out = 0;
    test_future frame = {.step = step_keep, .probe = &probe, .user = &kept};
    tmlrt_task* task = trt_spawn_on(runtime, 0, &test_plain_desc, &frame, sizeof(frame));
    EXPECT_EQ(run(runtime, test_step_sleep, NULL, MS, &out), TMLRT_OK);
    EXPECT_EQ(trt_atomic_load(&kept.probe.polls, TRT_RELAXED), 1);
    test_slot_wake(&kept.slot);
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_OK);
    EXPECT_EQ(trt_atomic_load(&kept.probe.polls, TRT_RELAXED), 2);
    tmlrt_runtime_free(runtime);
}
