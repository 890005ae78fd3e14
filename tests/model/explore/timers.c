// SPDX-License-Identifier: Apache-2.0
// The timer driver (rt/time/driver.c over the real wheel): advance by the owner against cancel,
// poll and arm on another thread. Timers are heap memory that is freed as soon as the interface
// allows it.
#include "rt/base/alloc.h"
#include "rt/time/driver.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { MS = 1000000 };

static trt_timer_driver s_driver;
static trt_timer* s_timers[2];
static rig_waker s_wakers[2];
static trt_atomic_u64 s_clock_ms;
static bool s_cancelled[2];

static uint64_t now(void* unused) {
    (void)unused;
    return trt_atomic_load(&s_clock_ms, TRT_RELAXED) * MS;
}
static void unpark(void* unused) {
    (void)unused;
}

static void begin(unsigned num_timers, uint64_t start_ms) {
    trt_atomic_init(&s_clock_ms, start_ms);
    trt_timer_driver_init(&s_driver, unpark, NULL, now, NULL);
    for (unsigned i = 0; i < 2; i++) {
        s_wakers[i] = (rig_waker){0, 0};
        s_cancelled[i] = false;
        s_timers[i] = NULL;
    }
    for (unsigned i = 0; i < num_timers; i++) {
        s_timers[i] = trt_alloc_zero(sizeof(trt_timer));
        const tmlrt_waker waker = rig_waker_of(&s_wakers[i]);
        trt_timer_arm(s_timers[i], &s_driver, (start_ms + 5) * MS, &waker);
        model_name(s_timers[i], sizeof(trt_timer), i == 0 ? "timer 0" : "timer 1");
    }
    trt_atomic_init(&s_clock_ms, start_ms + 5);
    model_name(&s_driver.lock, sizeof(s_driver.lock), "driver lock");
}
static void setup_one(void) {
    begin(1, 0);
}
static void setup_two(void) {
    begin(2, 0);
}
static void setup_at_wrap(void) {
    begin(2, (1ull << 32) - 3);
}

static void advance(void) {
    (void)trt_timer_driver_prepare_sleep(&s_driver);
    (void)trt_timer_driver_advance(&s_driver);
}
static void cancel_and_free(unsigned number) {
    s_cancelled[number] = trt_timer_cancel(s_timers[number]);
    trt_free(s_timers[number], sizeof(trt_timer));
}
static void cancel_0(void) {
    cancel_and_free(0);
}
static void cancel_1(void) {
    cancel_and_free(1);
}
// A sleeping leaf: polls; when it fired the leaf may be freed at once, else waits or is dropped.
static void poll_and_free(unsigned number) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[number]);
    while (trt_timer_poll(s_timers[number], &waker) == TMLRT_PENDING) {
        rig_wait(&s_wakers[number]);
    }
    trt_free(s_timers[number], sizeof(trt_timer));
}
static void poll_until_fired(void) {
    poll_and_free(0);
}
static void poll_until_fired_1(void) {
    poll_and_free(1);
}
static void poll_with_another_waker(void) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[1]);
    while (trt_timer_poll(s_timers[0], &waker) == TMLRT_PENDING) {
        rig_wait(&s_wakers[1]);
    }
    trt_free(s_timers[0], sizeof(trt_timer));
}
static void rearm_and_cancel(void) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[1]);
    trt_timer_arm(s_timers[0], &s_driver, 1000ull * MS, &waker);
    s_cancelled[1] = trt_timer_cancel(s_timers[0]);
    trt_free(s_timers[0], sizeof(trt_timer));
}

// Keeps the waker, so the timer is moved if it has not fired.
static void move_and_cancel(void) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[0]);
    trt_timer_arm(s_timers[0], &s_driver, 1000ull * MS, &waker);
    MODEL_CHECK(trt_timer_cancel(s_timers[0]) && "T2: the later deadline never came");
    trt_free(s_timers[0], sizeof(trt_timer));
}

static void finish(void) {
    for (unsigned i = 0; i < 2; i++) {
        MODEL_CHECK(s_wakers[i].live == 0 && "T1: a waker is called or dropped, once");
        MODEL_CHECK(!(s_cancelled[i] && s_wakers[i].woken) && "T2: cancelled is not woken");
    }
    MODEL_CHECK(s_driver.wheel.num_entries == 0);
}
static void finish_rearmed(void) {
    finish();
    MODEL_CHECK(s_cancelled[1] && s_wakers[1].woken == 0 && "T2: the later deadline never came");
}

static const model_case s_cases[] = {
    {"cancel", "T1,T2", setup_one, {advance, cancel_0}, finish, 0, false},
    {"cancel_two", "T1,T2", setup_two, {advance, cancel_0, cancel_1}, finish, 0, false},
    {"cancel_at_wrap", "T2,T4", setup_at_wrap, {advance, cancel_0, cancel_1}, finish, 0, false},
    {"poll", "T1", setup_one, {advance, poll_until_fired}, finish, 0, false},
    {"poll_other_waker", "T1", setup_one, {advance, poll_with_another_waker}, finish, 0, false},
    {"poll_cancel", "T1,T2", setup_two, {advance, poll_until_fired, cancel_1}, finish, 0, false},
    {"poll_second", "T1,T2", setup_two, {advance, cancel_0, poll_until_fired_1}, finish, 0, false},
    {"move", "T1,T2", setup_one, {advance, move_and_cancel}, finish, 0, false},
    {"rearm", "T2", setup_one, {advance, rearm_and_cancel}, finish_rearmed, 0, false},
};
MODEL_STRUCTURE("timers", s_cases);
