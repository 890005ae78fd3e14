// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/runtime.h"

#include "rt/base/assert.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static tmlrt_runtime* make(uint32_t workers) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = workers};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

static tmlrt_status run(tmlrt_runtime* runtime, test_step step, int64_t left, int64_t* out) {
    test_probe probe = {0};
    test_future frame = {.step = step, .probe = &probe, .left = left};
    tmlrt_status status = tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), out);
    EXPECT_EQ(trt_atomic_load(&probe.overlaps, TRT_RELAXED), 0);
    return status;
}

static void with_each_flavour(void (*check)(tmlrt_runtime* runtime)) {
    static const uint32_t workers[] = {1, 2, 8};
    for (size_t i = 0; i < TRT_ARRAY_LEN(workers); i++) {
        tmlrt_runtime* runtime = make(workers[i]);
        REQUIRE(runtime != NULL);
        EXPECT_EQ(tmlrt_runtime_num_workers(runtime), workers[i]);
        check(runtime);
        tmlrt_runtime_free(runtime);
    }
}

static void check_outputs(tmlrt_runtime* runtime) {
    int64_t out = 0;
    EXPECT_EQ(run(runtime, test_step_ready, 42, &out), TMLRT_OK);
    EXPECT_EQ(out, 42);
    EXPECT_EQ(run(runtime, test_step_yield, 1000, &out), TMLRT_OK);
    EXPECT_EQ(out, 1);
    EXPECT_EQ(run(runtime, test_step_sleep, 2000000, &out), TMLRT_OK);
    EXPECT_EQ(out, 7);
    EXPECT_EQ(run(runtime, test_step_panic, 0, &out), TMLRT_E_PANIC);
}

TEST(runtime_run__ready_yielding_sleeping_panicking__status_and_output) {
    with_each_flavour(check_outputs);
}

// A task that spawns a child, aborts or awaits it.
static tmlrt_poll step_join_child(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->leaf_desc == NULL) {
        test_future child = {.step = test_step_yield, .probe = self->user, .left = self->left};
        tmlrt_task* task = tmlrt_spawn(&test_plain_desc, &child, sizeof(child));
        tmlrt_join_init(self->leaf, task, &self->left);
        self->leaf_desc = &tmlrt_join_desc;
    }
    tmlrt_status status;
    if (tmlrt_join_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    *out = status == TMLRT_OK ? self->left : status;
    return TMLRT_READY;
}

static void check_join(tmlrt_runtime* runtime) {
    for (int i = 0; i < 200; i++) {
        test_probe probe = {0}, child = {0};
        test_future frame = {
            .step = step_join_child, .probe = &probe, .user = &child, .left = i % 5};
        int64_t out = 0;
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), 0);
        EXPECT_EQ(out, 1);
        EXPECT_EQ(trt_atomic_load(&child.polls, TRT_RELAXED), i % 5 + 1);
    }
}

TEST(runtime_run__task_awaits_its_child__output_arrives) {
    with_each_flavour(check_join);
}

static void check_spawn_from_outside(tmlrt_runtime* runtime) {
    enum { NUM = 64 };
    test_probe probes[NUM] = {0};
    tmlrt_task* tasks[NUM];
    for (int i = 0; i < NUM; i++) {
        test_future frame = {.step = test_step_never, .probe = &probes[i]};
        tasks[i] = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
        EXPECT(tmlrt_task_id(tasks[i]) != 0);
        if (i % 3 == 0) {
            tmlrt_task_abort(tasks[i]);
        }
    }
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 1000), TMLRT_OK);
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(trt_atomic_load(&probes[i].drops, TRT_RELAXED), 1);
        EXPECT(tmlrt_task_is_finished(tasks[i]));
        EXPECT_EQ(tmlrt_task_join(tasks[i], NULL), TMLRT_E_CANCELLED);
    }
}

TEST(runtime_shutdown__with_pending_and_aborted_tasks__every_frame_dropped_once) {
    with_each_flavour(check_spawn_from_outside);
}

static void check_spawn_after_shutdown(tmlrt_runtime* runtime) {
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 1000), TMLRT_OK);
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 1000), TMLRT_OK);
    test_probe probe = {0};
    test_future frame = {.step = test_step_ready, .probe = &probe};
    tmlrt_task* task = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    EXPECT(tmlrt_task_is_finished(task));
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_SHUTDOWN);
    EXPECT_EQ(run(runtime, test_step_ready, 1, &(int64_t){0}), TMLRT_E_SHUTDOWN);
}

TEST(runtime_spawn__after_shutdown__finished_handle_and_dropped_arguments) {
    with_each_flavour(check_spawn_after_shutdown);
}

TEST(runtime_free__waker_and_handle_outlive_it__freed_with_them) {
    tmlrt_runtime* runtime = make(2);
    test_slot slot = {0};
    test_probe probe = {0};
    test_future frame = {.step = test_step_park, .probe = &probe, .user = &slot};
    tmlrt_task* task = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    test_slot_wait_armed(&slot);
    tmlrt_runtime_free(runtime);
    test_slot_wake(&slot); // E9: no scheduler is there any more
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_CANCELLED);
}

TEST(runtime_new__each_allocation_fails__status_and_nothing_left) {
    for (uint32_t workers = 1; workers <= 2; workers++) {
        const tmlrt_runtime_options options = {.workers = workers};
        uint64_t n = 1;
        for (; n < 100; n++) {
            tmlrt_runtime* runtime = NULL;
            test_allocator_fail_at(n);
            tmlrt_status status = tmlrt_runtime_new(&runtime, &options);
            bool hit = test_allocator_hit();
            test_allocator_fail_at(0);
            EXPECT(status == TMLRT_OK ? !hit : status == TMLRT_E_NOMEM);
            tmlrt_runtime_free(runtime);
            if (!hit) {
                break;
            }
        }
        EXPECT(n > 2 && n < 100);
    }
}

TEST(runtime_new__too_many_workers__inval) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = TMLRT_MAX_WORKERS + 1};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_E_INVAL);
}

// A child without standard handles: what it opens next must not be one.
static int open_without_stdio(void) {
    tmlrt_runtime* runtime;
    tmlrt_runtime_options options = {.workers = 1};
    for (int fd = 0; fd <= 2; fd++) {
        close(fd);
    }
    if (tmlrt_runtime_new(&runtime, &options) != TMLRT_OK) {
        return 1;
    }
    for (int fd = 0; fd <= 2; fd++) {
        struct stat info;
        if (fstat(fd, &info) != 0 || !S_ISCHR(info.st_mode)) {
            return 2;
        }
    }
    tmlrt_runtime_free(runtime);
    return 0;
}

TEST(runtime_new__standard_handles_are_closed__they_are_taken) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(open_without_stdio());
    }
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

// ---- tasks that no list has yet -----------------------------------------------------------------

enum { NUM_FRESH = 5 };

static tmlrt_task* s_fresh[NUM_FRESH];

static tmlrt_poll step_spawn_fresh(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    for (int i = 0; i < NUM_FRESH; i++) {
        test_future child = {.step = test_step_never, .probe = self->user};
        s_fresh[i] = i % 2 == 0 ? tmlrt_spawn(&test_plain_desc, &child, sizeof(child))
                                : tmlrt_spawn_local(&test_plain_desc, &child, sizeof(child));
    }
    *out = 0;
    return TMLRT_READY;
}

TEST(runtime_free__spawned_by_a_worker_and_never_run__dropped_unpolled) {
    tmlrt_runtime* runtime = make(1);
    test_probe probe = {0}, children = {0};
    test_future frame = {.step = step_spawn_fresh, .probe = &probe, .user = &children};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
    EXPECT_EQ(trt_atomic_load(&children.polls, TRT_RELAXED), 0);
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 1000), TMLRT_OK);
    EXPECT_EQ(trt_atomic_load(&children.polls, TRT_RELAXED), 0);
    EXPECT_EQ(trt_atomic_load(&children.drops, TRT_RELAXED), NUM_FRESH);
    for (int i = 0; i < NUM_FRESH; i++) {
        EXPECT_EQ(tmlrt_task_join(s_fresh[i], &out), TMLRT_E_CANCELLED);
    }
    tmlrt_runtime_free(runtime);
}

static void check_fresh(tmlrt_runtime* runtime) {
    test_probe probe = {0}, children = {0};
    test_future frame = {.step = step_spawn_fresh, .probe = &probe, .user = &children};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 1000), TMLRT_OK);
    EXPECT(trt_atomic_load(&children.polls, TRT_RELAXED) <= NUM_FRESH);
    EXPECT_EQ(trt_atomic_load(&children.drops, TRT_RELAXED), NUM_FRESH);
    for (int i = 0; i < NUM_FRESH; i++) {
        EXPECT_EQ(tmlrt_task_join(s_fresh[i], &out), TMLRT_E_CANCELLED);
    }
}

TEST(runtime_shutdown__children_in_their_first_poll__each_dropped_once) {
    for (int round = 0; round < 20; round++) {
        with_each_flavour(check_fresh);
    }
}
