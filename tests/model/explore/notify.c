// SPDX-License-Identifier: Apache-2.0
// Notify (rt/sync/notify.c): C3, at most one stored permit, a permit that a waiter was given and
// did not use passes on, notify_all ends the waits that had begun.
#include "rt/sync/notify.h"

#include "rt/base/atomic.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM = 2 };

static trt_notify s_notify;
static trt_notify_waiter s_waiters[NUM];
static rig_waker s_wakers[NUM], s_other;
static trt_atomic_u32 s_flags[NUM];
static unsigned s_ready, s_data;

static void setup(void) {
    s_notify = (trt_notify){.word = {0}};
    s_ready = s_data = 0;
    s_other = (rig_waker){0, 0};
    for (unsigned i = 0; i < NUM; i++) {
        s_waiters[i] = (trt_notify_waiter){.round = 0};
        s_wakers[i] = (rig_waker){0, 0};
        trt_atomic_init(&s_flags[i], 0);
    }
    model_name(&s_notify.word, 8, "word");
    model_name(&s_notify.lock, 4, "lock");
    model_name(s_flags, sizeof(s_flags), "flags");
}
// For notify_all: both waits have begun before it.
static void setup_begun(void) {
    setup();
    trt_notify_begin(&s_notify, &s_waiters[0]);
    trt_notify_begin(&s_notify, &s_waiters[1]);
}

static tmlrt_poll poll_as(unsigned number, rig_waker* which) {
    const tmlrt_waker waker = rig_waker_of(which);
    return trt_notify_poll(&s_notify, &s_waiters[number], &waker);
}
static void wait_from_here(unsigned number) {
    while (poll_as(number, &s_wakers[number]) == TMLRT_PENDING) {
        rig_wait(&s_wakers[number]);
    }
}
static void wait(unsigned number) {
    trt_notify_begin(&s_notify, &s_waiters[number]);
    wait_from_here(number);
}

// ---- one waiter: the flag is set (relaxed) before the notify ------------------------------------

static bool is_set(unsigned number) {
    return trt_atomic_load(&s_flags[number], TRT_RELAXED) != 0;
}
static void set_and_notify(unsigned number) {
    trt_atomic_store(&s_flags[number], 1, TRT_RELAXED);
    trt_notify_one(&s_notify);
}
static void notify_0(void) {
    set_and_notify(0);
}
static void notify_1(void) {
    set_and_notify(1);
}
static void wait_for_0(void) {
    while (!is_set(0)) {
        wait(0);
    }
}
static void wait_for_both(void) {
    while (!is_set(0) || !is_set(1)) {
        wait(0);
    }
}
static void wait_for_0_with_change(void) {
    trt_notify_begin(&s_notify, &s_waiters[0]);
    if (poll_as(0, &s_other) == TMLRT_PENDING) {
        wait_from_here(0);
    }
    MODEL_CHECK(is_set(0) && "what came before the notify is seen");
}

// ---- two waiters ------------------------------------------------------------------------------

static void wait_0(void) {
    wait(0);
}
static void wait_1(void) {
    wait(1);
}
// Waits until the first permit is used up: two would be one while they are stored.
static MODEL_UNSEEN bool one_is_ready(void* unused) {
    (void)unused;
    return s_ready > 0;
}
static MODEL_UNSEEN void count_ready(void) {
    s_ready++;
}
static void wait_and_count_0(void) {
    wait_0();
    model_post();
    count_ready();
}
static void wait_and_count_1(void) {
    wait_1();
    model_post();
    count_ready();
}
static void notify_twice(void) {
    trt_notify_one(&s_notify);
    model_await(one_is_ready, NULL);
    trt_notify_one(&s_notify);
}

// One of two waiters gives up; the permit that it was given must reach the other.
static void poll_and_cancel_1(void) {
    trt_notify_begin(&s_notify, &s_waiters[1]);
    if (poll_as(1, &s_wakers[1]) == TMLRT_PENDING) {
        trt_notify_cancel(&s_notify, &s_waiters[1]);
    } else {
        trt_notify_one(&s_notify); // it used one up: hand it on
    }
}
static void notify(void) {
    trt_notify_one(&s_notify);
}

// ---- all --------------------------------------------------------------------------------------

static void wait_begun_0(void) {
    wait_from_here(0);
    MODEL_CHECK(s_data == 1 && "N3: what came before notify_all is seen");
}
static void wait_begun_1(void) {
    wait_from_here(1);
    MODEL_CHECK(s_data == 1 && "N3: what came before notify_all is seen");
}
static void notify_all(void) {
    s_data = 1;
    trt_notify_all(&s_notify);
}
static void wait_begun_by_any(void) {
    wait_from_here(0);
}
static void cancel_begun_1(void) {
    (void)poll_as(1, &s_wakers[1]);
    trt_notify_cancel(&s_notify, &s_waiters[1]);
}
// A wait that begins after the round moved on sees what was before; it needs a permit of its own.
static void begin_and_look(void) {
    uint64_t before = s_waiters[0].round;
    trt_notify_begin(&s_notify, &s_waiters[0]);
    if (s_waiters[0].round != before) {
        MODEL_CHECK(s_data == 1);
    }
}

// A permit is stored and notify_all comes beside the poll: if the permit is still there afterwards
// it was the round that ended the wait, and what came before it is seen.
static void setup_stored(void) {
    setup();
    trt_notify_one(&s_notify);
    trt_notify_begin(&s_notify, &s_waiters[0]);
}
static void take_or_round(void) {
    MODEL_CHECK(poll_as(0, &s_wakers[0]) == TMLRT_READY);
    if ((trt_atomic_load(&s_notify.word, TRT_RELAXED) & 3) != 0) {
        MODEL_CHECK(s_data == 1 && "N3: what came before notify_all is seen");
    }
}

static void finish(void) {
    for (unsigned i = 0; i < NUM; i++) {
        MODEL_CHECK(s_wakers[i].live == 0 && "W1: wakers are given back");
    }
    MODEL_CHECK(s_other.live == 0);
    trt_notify_fini(&s_notify);
}
// A permit is left if nobody used it up, and not more than one.
static void finish_stored(void) {
    finish();
    trt_notify_begin(&s_notify, &s_waiters[0]);
    if (poll_as(0, &s_wakers[0]) == TMLRT_READY) {
        trt_notify_begin(&s_notify, &s_waiters[0]);
        MODEL_CHECK(poll_as(0, &s_wakers[0]) == TMLRT_PENDING && "N1: one permit at most");
    }
    trt_notify_cancel(&s_notify, &s_waiters[0]);
}

static const model_case s_cases[] = {
    {"one", "C3", setup, {wait_for_0, notify_0}, finish, 0, false},
    {"two_notifiers", "C3", setup, {wait_for_both, notify_0, notify_1}, finish_stored, 0, false},
    {"waker_change", "C3", setup, {wait_for_0_with_change, notify_0}, finish, 0, false},
    {"two_waiters",
     "C3",
     setup,
     {wait_and_count_0, wait_and_count_1, notify_twice},
     finish,
     0,
     false},
    {"cancel", "C3", setup, {wait_0, poll_and_cancel_1, notify}, finish_stored, 0, false},
    {"all", "C3", setup_begun, {wait_begun_0, wait_begun_1, notify_all}, finish, 0, false},
    {"all_cancel", "C3", setup_begun, {wait_begun_0, cancel_begun_1, notify_all}, finish, 0, false},
    {"all_begin", "C3", setup, {begin_and_look, notify_all}, finish, 0, false},
    {"all_stored", "C3", setup_stored, {take_or_round, notify_all}, finish_stored, 0, false},
    {"all_and_one",
     "C3",
     setup_begun,
     {wait_begun_by_any, notify_all, notify},
     finish_stored,
     0,
     false},
};
MODEL_STRUCTURE("notify", s_cases);
