// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/handle.h"

#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <signal.h>

static tmlrt_runtime* make(void) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

// Runs everything that is queued: a task that yields for longer than a beat.
static void settle(tmlrt_runtime* runtime) {
    test_probe probe = {0};
    test_future frame = {.step = test_step_yield, .probe = &probe, .left = 3 * TRT_BEAT};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
}

static tmlrt_task* spawn(tmlrt_runtime* runtime, test_probe* probe, test_step step) {
    test_future frame = {.step = step, .probe = probe, .left = 5};
    return tmlrt_runtime_spawn(runtime, &test_future_desc, &frame, sizeof(frame));
}

static uint32_t dropped_outputs(void) {
    return trt_atomic_load(&test_counted_probe.outputs_dropped, TRT_RELAXED);
}

TEST(handle__output_unread__dropped_once_whoever_is_last) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    uint32_t before = dropped_outputs();
    tmlrt_task_detach(spawn(runtime, &probe, test_step_ready)); // before it ran: by the runner
    settle(runtime);
    EXPECT_EQ(dropped_outputs(), before + 1);
    tmlrt_task* done = spawn(runtime, &probe, test_step_ready); // after it ran: by the handle
    settle(runtime);
    EXPECT(tmlrt_task_is_finished(done));
    EXPECT_EQ(dropped_outputs(), before + 1);
    tmlrt_task_detach(done);
    EXPECT_EQ(dropped_outputs(), before + 2);
    int64_t out = 0;
    done = spawn(runtime, &probe, test_step_ready); // read: by nobody
    settle(runtime);
    EXPECT_EQ(tmlrt_task_join(done, &out), TMLRT_OK);
    EXPECT_EQ(out, 5);
    EXPECT_EQ(dropped_outputs(), before + 2);
    tmlrt_task_detach(NULL);
    tmlrt_runtime_free(runtime);
}

TEST(join__dropped_unstarted_waiting_and_done__handle_given_up_once) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_waker waker = {0};
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    tmlrt_status status = 1;
    for (int polls = 0; polls < 3; polls++) {
        tmlrt_task* task = spawn(runtime, &probe, test_step_ready);
        tmlrt_join_init(leaf, task, NULL);
        for (int i = 0; i < polls; i++) {
            tmlrt_context* cx = test_waker_context(&waker);
            EXPECT_EQ(tmlrt_join_desc.poll(leaf, cx, &status), TMLRT_PENDING);
        }
        EXPECT_EQ(test_waker_refs(&waker), polls != 0);
        tmlrt_join_desc.drop(leaf);
        tmlrt_join_desc.drop(leaf);
        EXPECT_EQ(test_waker_refs(&waker), 0);
    }
    settle(runtime);
    tmlrt_join_init(leaf, spawn(runtime, &probe, test_step_ready), NULL);
    EXPECT_EQ(tmlrt_join_desc.poll(leaf, test_waker_context(&waker), &status), TMLRT_PENDING);
    settle(runtime);
    EXPECT_EQ(test_waker_wakes(&waker), 1);
    EXPECT_EQ(tmlrt_join_desc.poll(leaf, test_waker_context(&waker), &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_OK);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_runtime_free(runtime);
}

TEST(join__waker_changes_between_polls__only_the_last_is_woken) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_waker first = {0}, second = {0};
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    tmlrt_status status = 1;
    tmlrt_join_init(leaf, spawn(runtime, &probe, test_step_ready), NULL);
    EXPECT_EQ(tmlrt_join_desc.poll(leaf, test_waker_context(&first), &status), TMLRT_PENDING);
    EXPECT_EQ(tmlrt_join_desc.poll(leaf, test_waker_context(&second), &status), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&first), 0);
    settle(runtime);
    EXPECT_EQ(test_waker_wakes(&first), 0);
    EXPECT_EQ(test_waker_wakes(&second), 1);
    tmlrt_join_desc.drop(leaf);
    tmlrt_runtime_free(runtime);
}

TEST(spawn__each_allocation_fails__finished_nomem_handle_and_dropped_arguments) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_allocator_fail_at(1);
    tmlrt_task* task = spawn(runtime, &probe, test_step_ready);
    EXPECT(test_allocator_hit());
    test_allocator_fail_at(0);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT(tmlrt_task_is_finished(task));
    EXPECT(tmlrt_task_id(task) != 0);
    tmlrt_task_abort(task);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_NOMEM);
    tmlrt_task_detach(task);
    uint64_t calls = test_allocator_calls();
    task = spawn(runtime, &probe, test_step_ready);
    EXPECT_EQ(test_allocator_calls() - calls, 1); // header, frame and output are one allocation
    tmlrt_task_detach(task);
    tmlrt_runtime_free(runtime);
}

TEST(abort__before_the_first_poll__cancelled_and_never_polled) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_task* task = spawn(runtime, &probe, test_step_never);
    tmlrt_task_abort(task);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 0); // never by the caller
    settle(runtime);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), 0);
    tmlrt_task_abort(task);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_CANCELLED);
    tmlrt_runtime_free(runtime);
}

static tmlrt_poll step_abort_self(test_future* self, tmlrt_context* cx, int64_t* out) {
    tmlrt_task_abort(cx->task);
    return self->left == 0 ? TMLRT_PENDING : test_step_ready(self, cx, out);
}

TEST(abort__inside_its_own_poll__ready_wins_pending_is_dropped) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_future pending = {.step = step_abort_self, .probe = &probe};
    int64_t out = 0;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &pending, sizeof(pending), &out),
              TMLRT_E_CANCELLED);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    test_future ready = {.step = step_abort_self, .probe = &probe, .left = 4};
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &ready, sizeof(ready), &out), TMLRT_OK);
    EXPECT_EQ(out, 4);
    tmlrt_runtime_free(runtime);
}

// The destructor wakes its own task through a clone it holds (E9).
static void wake_in_drop(test_future* self) {
    test_slot_wake(self->user);
}

TEST(wake__from_the_frames_destructor__no_second_run) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_slot slot = {0};
    test_future frame = {
        .step = test_step_park, .probe = &probe, .user = &slot, .on_drop = wake_in_drop};
    tmlrt_task* task = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    settle(runtime);
    tmlrt_task_abort(task);
    settle(runtime);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), 1);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_CANCELLED);
    tmlrt_runtime_free(runtime);
}

static void await_twice(void) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    char one[TMLRT_LEAF_SIZE], two[TMLRT_LEAF_SIZE];
    tmlrt_task* task = spawn(runtime, &probe, test_step_never);
    tmlrt_join_init(one, task, NULL);
    tmlrt_join_init(two, task, NULL);
}

TEST(join_init__same_handle_twice__aborts_with_a_message) {
    char text[256];
    EXPECT_EQ(test_child(await_twice, text, sizeof(text)), 1000 + SIGABRT);
    EXPECT(strstr(text, "awaited twice") != NULL);
}

typedef struct wide {
    tmlrt_frame head;
    char bytes[200];
} wide;

static bool s_aligned;

static tmlrt_poll wide_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)cx;
    s_aligned = (uintptr_t)frame % 256 == 0 && (uintptr_t)out % 512 == 0;
    memset(out, 7, 1024);
    ((wide*)frame)->head.state = TMLRT_FRAME_DONE;
    return TMLRT_READY;
}

static void wide_drop(void* frame) {
    (void)frame;
}

TEST(spawn__wide_alignments_and_output__honoured) {
    static const tmlrt_future_desc desc = {.poll = wide_poll,
                                           .drop = wide_drop,
                                           .frame_size = sizeof(wide),
                                           .frame_align = 256,
                                           .out_size = 1024,
                                           .out_align = 512,
                                           .name = "wide",
                                           .num_states = 1};
    tmlrt_runtime* runtime = make();
    wide frame = {{0, 0}, {0}};
    char out[1024] = {0};
    EXPECT_EQ(tmlrt_runtime_run(runtime, &desc, &frame, sizeof(frame), out), TMLRT_OK);
    EXPECT(s_aligned);
    EXPECT(out[0] == 7 && out[1023] == 7);
    tmlrt_runtime_free(runtime);
}
