// SPDX-License-Identifier: Apache-2.0
// The server's budget of held bytes (std/http/server/budget.c): no more is held than may be, and a
// connection that waits for bytes is woken when they are given back: a wake that is lost is a
// deadlock. Connections wait as conn.c does: note it, try again, sleep.
#include "std/http/server/budget.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM = 2, HELD_MAX = 2 };

static trt_budget s_budget;
static trt_budget_waiter s_waiters[NUM];
static rig_waker s_wakers[NUM];

static void begin(uint64_t held) {
    s_budget = (trt_budget){.held_max = HELD_MAX};
    trt_list_init(&s_budget.waiters);
    model_name(&s_budget.held, 8, "held");
    model_name(&s_budget.num_waiting, 4, "num_waiting");
    model_name(&s_budget.lock, 4, "lock");
    for (unsigned i = 0; i < NUM; i++) {
        s_waiters[i] = (trt_budget_waiter){.bytes = 0};
        s_wakers[i] = (rig_waker){0, 0};
    }
    MODEL_CHECK(trt_budget_take(&s_budget, held) == TMLRT_OK);
}
static void setup_full(void) {
    begin(HELD_MAX);
}
static void setup_free(void) {
    begin(0);
}

static void hold(unsigned number, uint64_t bytes) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[number]);
    while (trt_budget_take(&s_budget, bytes) != TMLRT_OK) {
        trt_budget_wait(&s_budget, &s_waiters[number], bytes, &waker);
        if (trt_budget_take(&s_budget, bytes) == TMLRT_OK) {
            break;
        }
        rig_wait(&s_wakers[number]);
    }
    trt_budget_forget(&s_budget, &s_waiters[number]);
    MODEL_CHECK(trt_atomic_load(&s_budget.held, TRT_RELAXED) <= HELD_MAX);
    trt_budget_give(&s_budget, bytes);
}
static void hold_one_as_0(void) {
    hold(0, 1);
}
static void hold_all_as_0(void) {
    hold(0, 2);
}
static void hold_all_as_1(void) {
    hold(1, 2);
}
static void hold_one_as_1(void) {
    hold(1, 1);
}
static void give_all(void) {
    trt_budget_give(&s_budget, HELD_MAX);
}
static void give_both(void) {
    trt_budget_give(&s_budget, 1);
    trt_budget_give(&s_budget, 1);
}
static void give_one(void) {
    trt_budget_give(&s_budget, 1);
}
// Its peer is gone while it waits: what it was woken for is for the next.
static void wait_and_leave_1(void) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[1]);
    trt_budget_wait(&s_budget, &s_waiters[1], 1, &waker);
    trt_budget_forget(&s_budget, &s_waiters[1]);
}

static void finish(void) {
    MODEL_CHECK(trt_atomic_load(&s_budget.held, TRT_RELAXED) == 0 && "everything is given back");
    MODEL_CHECK(trt_atomic_load(&s_budget.num_waiting, TRT_RELAXED) == 0 &&
                trt_list_empty(&s_budget.waiters) && "nobody waits");
    for (unsigned i = 0; i < NUM; i++) {
        MODEL_CHECK(s_wakers[i].live == 0 && "wakers are given back");
    }
}

static void finish_one_held(void) {
    trt_budget_give(&s_budget, 1);
    finish();
}

static const model_case s_cases[] = {
    {"one", "no lost wake", setup_full, {hold_all_as_0, give_both}, finish, 0, false},
    {"two", "no lost wake", setup_full, {hold_one_as_0, hold_one_as_1, give_all}, finish, 0, false},
    {"parts",
     "no lost wake",
     setup_full,
     {hold_all_as_0, hold_one_as_1, give_both},
     finish,
     2,
     false},
    {"free", "held <= max", setup_free, {hold_all_as_0, hold_all_as_1}, finish, 0, false},
    {"leave",
     "no lost wake",
     setup_full,
     {hold_one_as_0, wait_and_leave_1, give_one},
     finish_one_held,
     0,
     false},
};
MODEL_STRUCTURE("budget", s_cases);
