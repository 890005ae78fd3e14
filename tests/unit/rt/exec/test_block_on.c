// SPDX-License-Identifier: Apache-2.0
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/waker.h"
#include "rt/exec/runtime.h"
#include "rt/os/thread.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

TEST(block_on__ready_at_once__no_allocation_no_runtime) {
    test_probe probe = {0};
    test_future frame = {.step = test_step_ready, .probe = &probe, .left = 9};
    int64_t out = 0;
    uint64_t calls = test_allocator_calls();
    EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &frame, &out), TMLRT_OK);
    EXPECT_EQ(out, 9);
    EXPECT_EQ(test_allocator_calls(), calls);
}

TEST(block_on__wakes_itself__polled_again) {
    test_probe probe = {0};
    test_future frame = {.step = test_step_yield, .probe = &probe, .left = 100};
    int64_t out = 0;
    EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &frame, &out), TMLRT_OK);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), 101);
}

static void wake_when_armed(void* arg) {
    test_slot_wait_armed(arg);
    test_slot_wake(arg);
}

TEST(block_on__woken_by_another_thread__ends) {
    for (int i = 0; i < 50; i++) {
        test_slot slot = {0};
        test_probe probe = {0};
        trt_thread thread;
        EXPECT_EQ(trt_thread_start(&thread, "waker", 0, wake_when_armed, &slot), TMLRT_OK);
        test_future frame = {.step = test_step_park, .probe = &probe, .user = &slot};
        int64_t out = 0;
        EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &frame, &out), TMLRT_OK);
        EXPECT_EQ(out, 3);
        trt_thread_join(&thread);
    }
}

// Keeps a clone of the waker in user, which outlives the thread.
static tmlrt_poll step_keep_clone(test_future* self, tmlrt_context* cx, int64_t* out) {
    trt_waker_clone(cx->waker, self->user);
    return test_step_ready(self, cx, out);
}

static void block_once(void* arg) {
    test_probe probe = {0};
    test_future frame = {.step = step_keep_clone, .probe = &probe, .user = arg};
    int64_t out;
    EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &frame, &out), TMLRT_OK);
}

TEST(block_on_waker__clone_outlives_its_thread__still_callable) {
    tmlrt_waker clone = {NULL, NULL};
    trt_thread thread;
    EXPECT_EQ(trt_thread_start(&thread, "short", 0, block_once, &clone), TMLRT_OK);
    trt_thread_join(&thread);
    trt_waker_wake_ref(&clone);
    trt_waker_wake(&clone);
}

// Blocks on an inner future inside the poll: the inner one takes the parker's token.
static tmlrt_poll step_nested(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->left-- == 0) {
        return test_step_ready(self, cx, out);
    }
    trt_waker_wake_ref(cx->waker);
    test_future inner = {.step = test_step_yield, .probe = self->user, .left = 3};
    int64_t ignored;
    EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &inner, &ignored), TMLRT_OK);
    return TMLRT_PENDING;
}

TEST(block_on__inside_the_poll_of_another__outer_wake_is_not_lost) {
    test_probe probe = {0}, inner = {0};
    test_future frame = {.step = step_nested, .probe = &probe, .user = &inner, .left = 5};
    int64_t out;
    EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &frame, &out), TMLRT_OK);
}

TEST(block_on__sleeps_on_a_plain_thread__driven_by_the_default_runtime) {
    test_probe probe = {0};
    test_future frame = {.step = test_step_sleep, .probe = &probe, .left = 3000000};
    int64_t out = 0;
    EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &frame, &out), TMLRT_OK);
    EXPECT_EQ(out, 7);
    trt_runtime_reset_default();
}

TEST(block_on__each_allocation_fails__ends_all_the_same) {
    for (uint64_t n = 1; n <= 2; n++) {
        test_probe probe = {0};
        test_future frame = {.step = test_step_yield, .probe = &probe, .left = 2};
        int64_t out = 0;
        test_allocator_fail_at(n);
        EXPECT_EQ(tmlrt_block_on_future(&test_plain_desc, &frame, &out), TMLRT_OK);
        test_allocator_fail_at(0);
        EXPECT_EQ(out, 1);
    }
}
