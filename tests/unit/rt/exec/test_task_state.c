// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/task_state.h"

#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <signal.h>

static uint64_t word(trt_task_state* state) {
    return trt_state_load(state);
}

TEST(state_wake__queued_running_idle_complete__pushes_only_when_idle) {
    trt_task_state state;
    trt_state_init(&state, 3);
    EXPECT(!trt_state_wake(&state)); // queued
    EXPECT_EQ(trt_state_start(&state), TRT_START_POLL);
    EXPECT(!trt_state_wake(&state)); // running: noted
    EXPECT((word(&state) & TRT_TASK_NOTIFIED) != 0);
    EXPECT_EQ(trt_state_suspend(&state), TRT_SUSPEND_REQUEUE);
    EXPECT_EQ(trt_state_start(&state), TRT_START_POLL);
    EXPECT_EQ(trt_state_suspend(&state), TRT_SUSPEND_IDLE);
    EXPECT_EQ(trt_state_refs(word(&state)), 2);
    EXPECT(trt_state_wake(&state)); // idle: the caller pushes
    EXPECT_EQ(trt_state_refs(word(&state)), 3);
    EXPECT_EQ(trt_state_start(&state), TRT_START_POLL);
    trt_state_complete(&state);
    EXPECT(!trt_state_wake(&state));
    EXPECT_EQ(word(&state) & (TRT_TASK_RUNNING | TRT_TASK_NOTIFIED), 0);
}

TEST(state_wake_owned__each_state__reference_moves_or_goes) {
    trt_task_state state;
    bool last = false;
    trt_state_init(&state, 4);
    EXPECT(!trt_state_wake_owned(&state, &last)); // queued: given back
    EXPECT_EQ(trt_state_refs(word(&state)), 3);
    trt_state_start(&state);
    trt_state_suspend(&state);
    EXPECT_EQ(trt_state_refs(word(&state)), 2);
    EXPECT(trt_state_wake_owned(&state, &last)); // idle: moved to the queue
    EXPECT_EQ(trt_state_refs(word(&state)), 2);
    trt_state_start(&state);
    trt_state_complete(&state);
    EXPECT(!trt_state_unref(&state, 1));
    EXPECT(!trt_state_wake_owned(&state, &last));
    EXPECT(last);
}

TEST(state_detach__complete_or_waited_for__nothing_else_one_transition) {
    trt_task_state state;
    trt_state_init(&state, 3);
    EXPECT(trt_state_detach(&state));
    EXPECT_EQ(word(&state), TRT_TASK_NOTIFIED | 2 * TRT_TASK_REF);
    trt_state_init(&state, 3);
    EXPECT(trt_state_join_arm(&state));
    uint64_t before = word(&state);
    EXPECT(!trt_state_detach(&state));
    EXPECT_EQ(word(&state), before);
    EXPECT(trt_state_join_disarm(&state));
    trt_state_start(&state);
    trt_state_complete(&state);
    before = word(&state);
    EXPECT(!trt_state_detach(&state)); // the output is to be dropped first
    EXPECT_EQ(word(&state), before);
}

TEST(state_yield__running__requeued_once_or_cancelled) {
    trt_task_state state;
    trt_state_init(&state, 3);
    trt_state_start(&state);
    EXPECT_EQ(trt_state_yield(&state), TRT_SUSPEND_REQUEUE);
    EXPECT_EQ(word(&state) & (TRT_TASK_RUNNING | TRT_TASK_NOTIFIED), TRT_TASK_NOTIFIED);
    EXPECT_EQ(trt_state_refs(word(&state)), 3); // the runner's became the queue's
    trt_state_start(&state);
    EXPECT(!trt_state_wake(&state)); // by somebody else as well
    EXPECT_EQ(trt_state_yield(&state), TRT_SUSPEND_REQUEUE);
    EXPECT_EQ(trt_state_refs(word(&state)), 3);
    trt_state_start(&state);
    EXPECT(!trt_state_abort(&state));
    EXPECT_EQ(trt_state_yield(&state), TRT_SUSPEND_CANCEL);
    EXPECT((word(&state) & TRT_TASK_RUNNING) != 0);
}

TEST(state_abort__each_state__marks_and_pushes_once) {
    trt_task_state state;
    trt_state_init(&state, 3);
    EXPECT(!trt_state_abort(&state)); // queued: whoever pops it drops it
    EXPECT_EQ(trt_state_start(&state), TRT_START_CANCEL);
    trt_state_complete(&state);
    EXPECT(!trt_state_abort(&state));

    trt_state_init(&state, 3);
    trt_state_start(&state);
    EXPECT(!trt_state_abort(&state)); // running: the runner drops it
    EXPECT_EQ(trt_state_suspend(&state), TRT_SUSPEND_CANCEL);

    trt_state_init(&state, 3);
    trt_state_start(&state);
    trt_state_suspend(&state);
    EXPECT(trt_state_abort(&state)); // idle
    EXPECT(!trt_state_abort(&state));
    EXPECT(!trt_state_wake(&state));
    EXPECT_EQ(trt_state_start(&state), TRT_START_CANCEL);
}

TEST(state_join__waker_handed_over_and_back__owner_is_always_one) {
    trt_task_state state;
    trt_state_init(&state, 3);
    trt_state_start(&state);
    EXPECT(trt_state_join_arm(&state));
    EXPECT(trt_state_join_disarm(&state));
    EXPECT(trt_state_join_arm(&state));
    uint64_t at_end = trt_state_complete(&state);
    EXPECT((at_end & TRT_TASK_JOIN_WAKER) != 0 && (at_end & TRT_TASK_JOIN_INTEREST) != 0);
    EXPECT(!trt_state_join_disarm(&state));
    // The handle leaves while the runner calls the waker: it stays the runner's.
    uint64_t before = trt_state_join_leave(&state);
    EXPECT((before & TRT_TASK_COMPLETE) != 0 && (before & TRT_TASK_JOIN_WAKER) != 0);

    trt_state_init(&state, 3);
    trt_state_start(&state);
    trt_state_join_arm(&state);
    before = trt_state_join_leave(&state); // before COMPLETE: the waker is the handle's again
    EXPECT((before & TRT_TASK_COMPLETE) == 0);
    EXPECT_EQ(trt_state_complete(&state) & TRT_TASK_JOIN_WAKER, 0);
}

TEST(state_join_end__complete_task__handle_and_reference_go_at_once) {
    trt_task_state state;
    trt_state_init(&state, 2);
    trt_state_start(&state);
    trt_state_complete(&state);
    EXPECT(!trt_state_join_end(&state));
    EXPECT_EQ(word(&state), TRT_TASK_COMPLETE | TRT_TASK_REF);
    EXPECT(trt_state_unref(&state, 1));
}

static void overflow(void) {
    trt_task_state state;
    trt_state_init(&state, TRT_TASK_REF_MAX);
    trt_state_ref(&state);
}

TEST(state_ref__at_the_maximum__aborts) {
    char text[256];
    EXPECT_EQ(test_child(overflow, text, sizeof(text)), 1000 + SIGABRT);
    EXPECT(strstr(text, "too many wakers") != NULL);
}
