// SPDX-License-Identifier: Apache-2.0
// Cancellation tokens (rt/sync/cancel.c): the first reason stays, a wait is not left behind, a
// token lives as long as what is below it.
#include "rt/sync/cancel.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM = 2 };

static trt_cancel *s_top, *s_child;
static trt_waiter s_waiters[NUM];
static rig_waker s_wakers[NUM], s_other;
static unsigned s_data, s_fired;

// Threads that use a token hold it: the top one by themselves or by the child.
static void setup(void) {
    s_data = s_fired = 0;
    s_other = (rig_waker){0, 0};
    for (unsigned i = 0; i < NUM; i++) {
        trt_waiter_init(&s_waiters[i]);
        s_wakers[i] = (rig_waker){0, 0};
    }
    s_top = trt_cancel_new(NULL);
    s_child = trt_cancel_new(s_top);
    model_name(&s_top->reason, 4, "reason");
    model_name(&s_child->reason, 4, "child");
    model_name(&s_top->lock, 4, "lock");
}
static void setup_shared(void) {
    setup();
    trt_cancel_ref(s_child);
}

static tmlrt_poll poll_as(trt_cancel* token, unsigned number, rig_waker* which) {
    const tmlrt_waker waker = rig_waker_of(which);
    return trt_cancel_poll(token, &s_waiters[number], &waker);
}
static void wait_for(trt_cancel* token, unsigned number) {
    while (poll_as(token, number, &s_wakers[number]) == TMLRT_PENDING) {
        rig_wait(&s_wakers[number]);
    }
}

// ---- who cancels ------------------------------------------------------------------------------

static void fire_top_and_leave(void) {
    s_data = 1;
    MODEL_CHECK(trt_cancel_fire(s_top, TMLRT_CANCEL_SHUTDOWN));
    trt_cancel_unref(s_top);
}
static MODEL_UNSEEN void count_fired(void) {
    s_fired++;
}
static void fire_as(trt_cancel* token, tmlrt_cancel_reason reason) {
    if (trt_cancel_fire(token, reason)) {
        count_fired();
    }
    MODEL_CHECK(trt_cancel_reason_of(token) != TMLRT_CANCEL_NONE);
}
static void fire_child_and_leave(void) {
    fire_as(s_child, TMLRT_CANCEL_CLIENT_GONE);
    trt_cancel_unref(s_child);
}
static void fire_child_again_and_leave(void) {
    fire_as(s_child, TMLRT_CANCEL_DEADLINE);
    trt_cancel_unref(s_child);
}
static void leave_top(void) {
    trt_cancel_unref(s_top);
}

// ---- who waits --------------------------------------------------------------------------------

static void wait_child_and_leave(void) {
    wait_for(s_child, 0);
    MODEL_CHECK(s_data == 1 && "K3: what came before the cancel is seen");
    trt_cancel_unref(s_child);
}
static void wait_child_with_change(void) {
    if (poll_as(s_child, 0, &s_other) == TMLRT_PENDING) {
        wait_for(s_child, 0);
    }
    trt_cancel_unref(s_child);
}
static void give_up_and_leave(void) {
    (void)poll_as(s_child, 1, &s_wakers[1]);
    trt_cancel_forget(s_child, &s_waiters[1]);
    trt_cancel_unref(s_child);
}
// One look without waiting, as code that checks between two steps.
static void look_and_leave(void) {
    if (trt_cancel_reason_of(s_child) != TMLRT_CANCEL_NONE) {
        MODEL_CHECK(s_data == 1 && "K3: what came before the cancel is seen");
    }
    trt_cancel_unref(s_child);
}
static void make_below_and_leave(void) {
    trt_cancel* below = trt_cancel_new(s_child);
    trt_cancel_unref(s_child);
    rig_waker mine = {0, 0};
    const tmlrt_waker waker = rig_waker_of(&mine);
    trt_waiter waiter;
    trt_waiter_init(&waiter);
    while (trt_cancel_poll(below, &waiter, &waker) == TMLRT_PENDING) {
        rig_wait(&mine);
    }
    MODEL_CHECK(trt_cancel_reason_of(below) == TMLRT_CANCEL_SHUTDOWN && s_data == 1 &&
                "K2: told, or born so");
    MODEL_CHECK(mine.live == 0);
    trt_cancel_unref(below);
}

static void finish(void) {
    for (unsigned i = 0; i < NUM; i++) {
        MODEL_CHECK(s_wakers[i].live == 0 && "wakers are given back");
    }
    MODEL_CHECK(s_other.live == 0);
}
static void finish_fired(void) {
    finish();
    MODEL_CHECK(s_fired == 1 && "K1: one of them was the first");
}

static const model_case s_cases[] = {
    {"wait", "K3,K4", setup, {wait_child_and_leave, fire_top_and_leave}, finish, 0, false},
    {"waker_change", "K3", setup, {wait_child_with_change, fire_top_and_leave}, finish, 0, false},
    {"give_up",
     "K3,K4",
     setup_shared,
     {wait_child_and_leave, give_up_and_leave, fire_top_and_leave},
     finish,
     2,
     false},
    {"look", "K3,K4", setup, {look_and_leave, fire_top_and_leave}, finish, 0, false},
    {"below", "K2,K4", setup, {make_below_and_leave, fire_top_and_leave}, finish, 0, false},
    {"twice",
     "K1,K4",
     setup_shared,
     {fire_child_and_leave, fire_child_again_and_leave, leave_top},
     finish_fired,
     2,
     false},
};
MODEL_STRUCTURE("cancel", s_cases);
