// SPDX-License-Identifier: Apache-2.0
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/exec/runtime.h"
#include "rt/os/thread.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdlib.h>

// Children first: they fork before this process has started threads.

typedef struct main_frame {
    tmlrt_frame head;
    _Alignas(16) unsigned char leaf[TMLRT_LEAF_SIZE];
} main_frame;

// Async main: sleeps, awaits a job of the pool, returns what the job made of 20.
static void double_it(void* arg) {
    *(int32_t*)arg *= 2;
}

static tmlrt_poll main_poll(void* frame, tmlrt_context* cx, void* out) {
    main_frame* self = frame;
    tmlrt_status status = TMLRT_OK;
    if (self->head.state == 0) {
        tmlrt_sleep_init(self->leaf, 1000000);
        self->head.state = 1;
    }
    if (self->head.state == 1) {
        if (tmlrt_sleep_desc.poll(self->leaf, cx, NULL) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        int32_t value = 20;
        tmlrt_join_init(self->leaf, tmlrt_spawn_blocking(double_it, &value, sizeof(value)), out);
        self->head.state = 2;
    }
    if (tmlrt_join_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->head.state = TMLRT_FRAME_DONE;
    return TMLRT_READY;
}

static void main_drop(void* frame) {
    (void)frame;
}

static const tmlrt_future_desc s_main = {.poll = main_poll,
                                         .drop = main_drop,
                                         .frame_size = sizeof(main_frame),
                                         .frame_align = 16,
                                         .out_size = 4,
                                         .out_align = 4,
                                         .name = "main",
                                         .num_states = 3};

static void run_main(void) {
    exit(tmlrt_main(0, NULL, &s_main));
}

TEST(main__on_1_2_and_8_workers__sleeps_and_returns_its_code) {
    static const char* const threads[] = {"1", "2", "8"};
    char text[512];
    for (int i = 0; i < 3; i++) {
        setenv("TMLRT_THREADS", threads[i], 1);
        EXPECT_EQ(test_child(run_main, text, sizeof(text)), 40);
        EXPECT_STR(text, "");
    }
    unsetenv("TMLRT_THREADS");
    EXPECT_EQ(test_child(run_main, text, sizeof(text)), 40);
}

TEST(main__bad_thread_count__says_what_to_set) {
    static const char* const bad[] = {"0", "x", "-1", "4 ", "1025", "99999999999999999999", "0x4"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[512];
        setenv("TMLRT_THREADS", bad[i], 1);
        EXPECT_EQ(test_child(run_main, text, sizeof(text)), 1);
        EXPECT(strstr(text, "TMLRT_THREADS is '") != NULL);
        EXPECT(strstr(text, "from 1 to 1024") != NULL);
    }
    setenv("TMLRT_THREADS", "zero", 1);
    test_probe probe = {0};
    test_future frame = {.step = test_step_ready, .probe = &probe};
    tmlrt_task* task = tmlrt_spawn(&test_plain_desc, &frame, sizeof(frame));
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_INVAL);
    unsetenv("TMLRT_THREADS");
}

static void spawn_and_join(void* arg) {
    test_probe* probe = arg;
    for (int i = 0; i < 50; i++) {
        test_future frame = {.step = test_step_yield, .probe = probe, .left = i % 4};
        int64_t out = 0;
        tmlrt_task* task = i % 2 == 0 ? tmlrt_spawn(&test_plain_desc, &frame, sizeof(frame))
                                      : tmlrt_spawn_local(&test_plain_desc, &frame, sizeof(frame));
        EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_OK);
        EXPECT_EQ(out, 1);
    }
}

TEST(default__first_used_by_many_threads__one_runtime) {
    enum { NUM = 6 };
    trt_thread threads[NUM];
    test_probe probes[NUM] = {0};
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(trt_thread_start(&threads[i], "user", 0, spawn_and_join, &probes[i]), TMLRT_OK);
    }
    for (int i = 0; i < NUM; i++) {
        trt_thread_join(&threads[i]);
    }
    EXPECT(tmlrt_runtime_default() != NULL);
    tmlrt_runtime* other = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    EXPECT_EQ(tmlrt_runtime_new(&other, &options), TMLRT_OK);
    EXPECT_EQ(trt_runtime_install_default(other), TMLRT_E_EXISTS);
    trt_runtime_reset_default();
    EXPECT_EQ(trt_runtime_install_default(other), TMLRT_OK);
    EXPECT(tmlrt_runtime_default() == other);
    trt_runtime_reset_default();
}

TEST(default__used_after_its_shutdown__handles_answer_shutdown) {
    EXPECT_EQ(tmlrt_runtime_shutdown(tmlrt_runtime_default(), 1000), TMLRT_OK);
    test_probe probe = {0};
    test_future frame = {.step = test_step_ready, .probe = &probe};
    EXPECT_EQ(tmlrt_task_join(tmlrt_spawn(&test_plain_desc, &frame, sizeof(frame)), NULL),
              TMLRT_E_SHUTDOWN);
    int32_t value = 1;
    EXPECT_EQ(tmlrt_task_join(tmlrt_spawn_blocking(double_it, &value, 4), NULL), TMLRT_E_SHUTDOWN);
    trt_runtime_reset_default();
}
