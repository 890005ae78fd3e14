// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/cancel.h"

#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <stdlib.h>

// One wait, polled by hand.
typedef struct wait {
    trt_waiter waiter;
    test_waker waker;
} wait;

static tmlrt_poll poll(trt_cancel* token, wait* w) {
    return trt_cancel_poll(token, &w->waiter, test_waker_context(&w->waker)->waker);
}

TEST(cancel_fire__each_reason__the_first_one_stays) {
    for (tmlrt_cancel_reason reason = TMLRT_CANCEL_CLIENT_GONE; reason <= TMLRT_CANCEL_ABORT;
         reason++) {
        trt_cancel* token = trt_cancel_new(NULL);
        EXPECT_EQ(trt_cancel_reason_of(token), TMLRT_CANCEL_NONE);
        EXPECT(trt_cancel_fire(token, reason));
        EXPECT_EQ(trt_cancel_reason_of(token), reason);
        EXPECT(!trt_cancel_fire(token, TMLRT_CANCEL_ABORT));
        EXPECT(!trt_cancel_fire(token, TMLRT_CANCEL_CLIENT_GONE));
        EXPECT_EQ(trt_cancel_reason_of(token), reason);
        trt_cancel_unref(token);
    }
}

// The tree of the next tests, by parent:   0 -> 1, 2, 3;  1 -> 4, 5;  5 -> 6;  3 -> 7
enum { NUM = 8 };
static const int s_parent[NUM] = {-1, 0, 0, 0, 1, 1, 5, 3};

static void make_tree(trt_cancel* tokens[NUM]) {
    for (int i = 0; i < NUM; i++) {
        tokens[i] = trt_cancel_new(s_parent[i] < 0 ? NULL : tokens[s_parent[i]]);
    }
}
static void drop_tree(trt_cancel* tokens[NUM]) {
    for (int i = 0; i < NUM; i++) { // parents first: the children hold them
        trt_cancel_unref(tokens[i]);
    }
}
static bool is_below(int token, int top) {
    while (token >= 0 && token != top) {
        token = s_parent[token];
    }
    return token == top;
}

TEST(cancel_fire__each_token_of_a_tree__what_is_below_and_nothing_else) {
    for (int top = 0; top < NUM; top++) {
        trt_cancel* tokens[NUM];
        wait waits[NUM] = {0};
        make_tree(tokens);
        for (int i = 0; i < NUM; i++) {
            EXPECT_EQ(poll(tokens[i], &waits[i]), TMLRT_PENDING);
        }
        EXPECT(trt_cancel_fire(tokens[top], TMLRT_CANCEL_SHUTDOWN));
        for (int i = 0; i < NUM; i++) {
            bool hit = is_below(i, top);
            EXPECT_EQ(trt_cancel_reason_of(tokens[i]),
                      hit ? TMLRT_CANCEL_SHUTDOWN : TMLRT_CANCEL_NONE);
            EXPECT_EQ(test_waker_wakes(&waits[i].waker), hit);
            EXPECT_EQ(poll(tokens[i], &waits[i]), hit ? TMLRT_READY : TMLRT_PENDING);
            if (!hit) {
                trt_cancel_forget(tokens[i], &waits[i].waiter);
            }
            EXPECT_EQ(test_waker_refs(&waits[i].waker), 0);
        }
        drop_tree(tokens);
    }
}

TEST(cancel_fire__part_of_the_tree_was_cancelled_before__keeps_its_reason) {
    for (int first = 1; first < NUM; first++) {
        trt_cancel* tokens[NUM];
        make_tree(tokens);
        EXPECT(trt_cancel_fire(tokens[first], TMLRT_CANCEL_DEADLINE));
        EXPECT(trt_cancel_fire(tokens[0], TMLRT_CANCEL_ABORT));
        for (int i = 0; i < NUM; i++) {
            EXPECT_EQ(trt_cancel_reason_of(tokens[i]),
                      is_below(i, first) ? TMLRT_CANCEL_DEADLINE : TMLRT_CANCEL_ABORT);
        }
        drop_tree(tokens);
    }
}

TEST(cancel_new__below_a_cancelled_one__born_with_the_reason) {
    trt_cancel* token = trt_cancel_new(NULL);
    trt_cancel_fire(token, TMLRT_CANCEL_CLIENT_GONE);
    trt_cancel* child = trt_cancel_new(token);
    trt_cancel* below = trt_cancel_new(child);
    wait w = {0};
    trt_cancel_unref(token);
    EXPECT_EQ(trt_cancel_reason_of(child), TMLRT_CANCEL_CLIENT_GONE);
    EXPECT_EQ(trt_cancel_reason_of(below), TMLRT_CANCEL_CLIENT_GONE);
    EXPECT_EQ(poll(below, &w), TMLRT_READY);
    EXPECT_EQ(test_waker_refs(&w.waker), 0);
    trt_cancel_unref(child);
    trt_cancel_unref(below);
}

TEST(cancel_fire__many_wait__each_is_woken_once) {
    enum { WAITS = 3 * TRT_WAKE_BATCH + 1 };
    trt_cancel *token = trt_cancel_new(NULL), *child = trt_cancel_new(token);
    static wait waits[WAITS];
    memset(waits, 0, sizeof(waits));
    for (int i = 0; i < WAITS; i++) {
        EXPECT_EQ(poll(i % 2 ? token : child, &waits[i]), TMLRT_PENDING);
    }
    trt_cancel_fire(token, TMLRT_CANCEL_ABORT);
    for (int i = 0; i < WAITS; i++) {
        EXPECT_EQ(test_waker_wakes(&waits[i].waker), 1);
        trt_cancel_forget(i % 2 ? token : child, &waits[i].waiter); // without a look
        EXPECT_EQ(test_waker_refs(&waits[i].waker), 0);
    }
    trt_cancel_unref(child);
    trt_cancel_unref(token);
}

TEST(cancel_poll__the_waker_changes__the_last_one_is_woken) {
    trt_cancel* token = trt_cancel_new(NULL);
    trt_waiter waiter = {.state = TRT_WAITER_IDLE};
    test_waker first = {0}, second = {0};
    const tmlrt_waker* wakers[] = {test_waker_context(&first)->waker,
                                   test_waker_context(&second)->waker};
    EXPECT_EQ(trt_cancel_poll(token, &waiter, wakers[0]), TMLRT_PENDING);
    EXPECT_EQ(trt_cancel_poll(token, &waiter, wakers[1]), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&first), 0);
    trt_cancel_fire(token, TMLRT_CANCEL_ABORT);
    EXPECT_EQ(test_waker_wakes(&first), 0);
    EXPECT_EQ(test_waker_wakes(&second), 1);
    EXPECT_EQ(trt_cancel_poll(token, &waiter, wakers[0]), TMLRT_READY);
    EXPECT_EQ(test_waker_refs(&first) + test_waker_refs(&second), 0);
    trt_cancel_unref(token);
}

// A chain as deep as it is long to walk: no recursion.
TEST(cancel__a_chain_of_a_hundred_thousand__told_and_freed) {
    enum { DEPTH = 100000 };
    trt_cancel *top = trt_cancel_new(NULL), *last = top;
    trt_cancel_ref(top);
    for (int i = 0; i < DEPTH; i++) {
        trt_cancel* next = trt_cancel_new(last);
        REQUIRE(next != NULL);
        trt_cancel_unref(last);
        last = next;
    }
    trt_cancel_fire(top, TMLRT_CANCEL_SHUTDOWN);
    EXPECT_EQ(trt_cancel_reason_of(last), TMLRT_CANCEL_SHUTDOWN);
    trt_cancel_unref(top);
    trt_cancel_unref(last);
}

TEST(cancel_new__no_memory__nothing_made) {
    trt_cancel* token = trt_cancel_new(NULL);
    uint64_t live = test_allocator_live();
    test_allocator_fail_at(1);
    EXPECT(trt_cancel_new(token) == NULL);
    test_allocator_fail_at(0);
    EXPECT_EQ(test_allocator_live(), live);
    trt_cancel_unref(token);
}

static void free_while_waiting(void) {
    trt_cancel* token = trt_cancel_new(NULL);
    wait w = {0};
    (void)poll(token, &w);
    trt_cancel_unref(token);
}
TEST(cancel_unref__somebody_waits__checked) {
    char text[512];
    EXPECT(test_child(free_while_waiting, text, sizeof(text)) != 0);
}
