// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/task_state.h"

#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <signal.h>

static uint64_t word(trt_task_state* state) {
    return trt_state_load(state);
}

enum { SPARE = TRT_TASK_SPARE, REFS = 3 + SPARE }; ///< life, claim, handle

TEST(state_wake__queued_running_idle_complete__pushes_only_when_idle) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    EXPECT(!trt_state_wake(&state)); // queued: noted
    EXPECT((word(&state) & TRT_TASK_NOTIFIED) != 0);
    EXPECT_EQ(trt_state_start(&state), TRT_START_POLL); // and taken note of
    EXPECT_EQ(word(&state) & (TRT_TASK_CLAIMED | TRT_TASK_NOTIFIED), TRT_TASK_CLAIMED);
    EXPECT(!trt_state_wake(&state)); // running: noted
    EXPECT((word(&state) & TRT_TASK_NOTIFIED) != 0);
    EXPECT_EQ(trt_state_suspend(&state, SPARE), TRT_SUSPEND_REQUEUE);
    EXPECT_EQ(trt_state_refs(word(&state)), REFS);
    EXPECT_EQ(trt_state_start(&state), TRT_START_POLL);
    EXPECT_EQ(trt_state_suspend(&state, SPARE), TRT_SUSPEND_IDLE);
    EXPECT_EQ(trt_state_refs(word(&state)), 2);
    EXPECT(trt_state_wake(&state)); // idle: the caller pushes
    EXPECT_EQ(trt_state_refs(word(&state)), REFS);
    EXPECT_EQ(trt_state_start(&state), TRT_START_POLL);
    trt_state_complete(&state, 0);
    EXPECT(!trt_state_wake(&state));
    EXPECT_EQ(word(&state) & (TRT_TASK_CLAIMED | TRT_TASK_NOTIFIED), 0);
}

TEST(state_start__nothing_came__writes_nothing) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    uint64_t before = word(&state);
    EXPECT_EQ(trt_state_start(&state), TRT_START_POLL);
    EXPECT_EQ(trt_state_yield(&state), TRT_SUSPEND_REQUEUE);
    EXPECT_EQ(word(&state), before);
}

TEST(state_wake_owned__each_state__reference_moves_or_goes) {
    trt_task_state state;
    bool last = false;
    trt_state_init(&state, REFS + 1);
    EXPECT(!trt_state_wake_owned(&state, &last)); // queued: given back
    EXPECT_EQ(trt_state_refs(word(&state)), REFS);
    trt_state_start(&state);
    trt_state_suspend(&state, SPARE);
    EXPECT_EQ(trt_state_refs(word(&state)), 2);
    EXPECT(trt_state_wake_owned(&state, &last)); // idle: moved to the claim
    EXPECT_EQ(trt_state_refs(word(&state)), 2 + SPARE);
    trt_state_start(&state);
    trt_state_complete(&state, 0);
    EXPECT(!trt_state_unref(&state, 1 + SPARE));
    EXPECT(!trt_state_wake_owned(&state, &last));
    EXPECT(last);
}

TEST(state_suspend__some_of_the_spare_used__the_others_go_with_the_claim) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    trt_state_start(&state);
    EXPECT_EQ(trt_state_suspend(&state, SPARE - 2), TRT_SUSPEND_IDLE);
    EXPECT_EQ(trt_state_refs(word(&state)), 4); // life, handle and two that were used
}

TEST(state_complete__handle_that_does_not_wait__references_go_in_the_same_transition) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    trt_state_start(&state);
    uint64_t at_end = trt_state_complete(&state, REFS - 1);
    EXPECT(trt_state_nobody_waits(at_end));
    EXPECT_EQ(word(&state), TRT_TASK_COMPLETE | TRT_TASK_JOIN_INTEREST | TRT_TASK_REF);
    EXPECT(trt_state_join_end(&state)); // the last

    trt_state_init(&state, REFS);
    trt_state_start(&state);
    trt_state_join_arm(&state);
    at_end = trt_state_complete(&state, REFS - 1); // the waker is to be called first
    EXPECT(!trt_state_nobody_waits(at_end));
    EXPECT_EQ(trt_state_refs(word(&state)), REFS);

    trt_state_init(&state, REFS);
    trt_state_start(&state);
    EXPECT(trt_state_detach(&state));
    at_end = trt_state_complete(&state, REFS - 1); // the output is to be dropped first
    EXPECT(!trt_state_nobody_waits(at_end));
    EXPECT_EQ(trt_state_refs(word(&state)), REFS - 1);
}

TEST(state_is_sole__with_and_without_a_handle__told_by_the_count) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    EXPECT(!trt_state_is_sole(&state, REFS - 1));
    EXPECT(trt_state_detach(&state));
    EXPECT(trt_state_is_sole(&state, REFS - 1));
}

TEST(state_detach__complete_or_waited_for__nothing_else_one_transition) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    EXPECT(trt_state_detach(&state));
    EXPECT_EQ(word(&state), TRT_TASK_CLAIMED | (REFS - 1) * TRT_TASK_REF);
    trt_state_init(&state, REFS);
    EXPECT(trt_state_join_arm(&state));
    uint64_t before = word(&state);
    EXPECT(!trt_state_detach(&state));
    EXPECT_EQ(word(&state), before);
    EXPECT(trt_state_join_disarm(&state));
    trt_state_start(&state);
    trt_state_complete(&state, 0);
    before = word(&state);
    EXPECT(!trt_state_detach(&state)); // the output is to be dropped first
    EXPECT_EQ(word(&state), before);
}

TEST(state_yield__running__requeued_once_or_cancelled) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    trt_state_start(&state);
    EXPECT_EQ(trt_state_yield(&state), TRT_SUSPEND_REQUEUE);
    EXPECT_EQ(word(&state) & (TRT_TASK_CLAIMED | TRT_TASK_NOTIFIED), TRT_TASK_CLAIMED);
    EXPECT_EQ(trt_state_refs(word(&state)), REFS); // the claim goes to the queue
    trt_state_start(&state);
    EXPECT(!trt_state_wake(&state)); // by somebody else as well
    EXPECT_EQ(trt_state_yield(&state), TRT_SUSPEND_REQUEUE);
    EXPECT_EQ(trt_state_refs(word(&state)), REFS);
    trt_state_start(&state);
    EXPECT(!trt_state_abort(&state));
    EXPECT_EQ(trt_state_yield(&state), TRT_SUSPEND_CANCEL);
    EXPECT((word(&state) & TRT_TASK_CLAIMED) != 0);
}

TEST(state_abort__each_state__marks_and_pushes_once) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    EXPECT(!trt_state_abort(&state)); // queued: whoever pops it drops it
    EXPECT_EQ(trt_state_start(&state), TRT_START_CANCEL);
    trt_state_complete(&state, 0);
    EXPECT(!trt_state_abort(&state));

    trt_state_init(&state, REFS);
    trt_state_start(&state);
    EXPECT(!trt_state_abort(&state)); // running: the runner drops it
    EXPECT_EQ(trt_state_suspend(&state, SPARE), TRT_SUSPEND_CANCEL);

    trt_state_init(&state, REFS);
    trt_state_start(&state);
    trt_state_suspend(&state, SPARE);
    EXPECT(trt_state_abort(&state)); // idle
    EXPECT(!trt_state_abort(&state));
    EXPECT(!trt_state_wake(&state));
    EXPECT_EQ(trt_state_start(&state), TRT_START_CANCEL);
}

TEST(state_join__waker_handed_over_and_back__owner_is_always_one) {
    trt_task_state state;
    trt_state_init(&state, REFS);
    trt_state_start(&state);
    EXPECT(trt_state_join_arm(&state));
    EXPECT(trt_state_join_disarm(&state));
    EXPECT(trt_state_join_arm(&state));
    uint64_t at_end = trt_state_complete(&state, 0);
    EXPECT((at_end & TRT_TASK_JOIN_WAKER) != 0 && (at_end & TRT_TASK_JOIN_INTEREST) != 0);
    EXPECT(!trt_state_join_disarm(&state));
    // The handle leaves while the runner calls the waker: it stays the runner's.
    uint64_t before = trt_state_join_leave(&state);
    EXPECT((before & TRT_TASK_COMPLETE) != 0 && (before & TRT_TASK_JOIN_WAKER) != 0);

    trt_state_init(&state, REFS);
    trt_state_start(&state);
    trt_state_join_arm(&state);
    before = trt_state_join_leave(&state); // before COMPLETE: the waker is the handle's again
    EXPECT((before & TRT_TASK_COMPLETE) == 0);
    EXPECT_EQ(trt_state_complete(&state, 0) & TRT_TASK_JOIN_WAKER, 0);
}

TEST(state_join_end__complete_task__handle_and_reference_go_at_once) {
    trt_task_state state;
    trt_state_init(&state, 2);
    trt_state_start(&state);
    trt_state_complete(&state, 0);
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
