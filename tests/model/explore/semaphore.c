// SPDX-License-Identifier: Apache-2.0
// Semaphore (rt/sync/semaphore.c): C3, permits are conserved, given in order, passed on by a
// cancelled waiter; what a holder wrote is seen by the next.
#include "rt/sync/semaphore.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM = 3 };

static trt_semaphore s_semaphore;
static trt_semaphore_waiter s_waiters[NUM];
static rig_waker s_wakers[NUM];
static unsigned s_permits, s_inside, s_data, s_closed;
static bool s_exclusive;

static void begin(unsigned permits) {
    s_permits = permits;
    s_exclusive = permits == 1;
    s_inside = s_data = s_closed = 0;
    trt_semaphore_init(&s_semaphore, permits);
    for (unsigned i = 0; i < NUM; i++) {
        s_waiters[i] = (trt_semaphore_waiter){.got = 0};
        s_wakers[i] = (rig_waker){0, 0};
    }
    model_name(&s_semaphore.word, 8, "word");
    model_name(&s_semaphore.lock, 4, "lock");
}
static void setup_one(void) {
    begin(1);
}
static void setup_two(void) {
    begin(2);
}
static void setup_none(void) {
    begin(0);
}

static tmlrt_status acquire(unsigned number, uint64_t num) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[number]);
    tmlrt_status status;
    while (trt_semaphore_poll(&s_semaphore, &s_waiters[number], num, &waker, &status) ==
           TMLRT_PENDING) {
        rig_wait(&s_wakers[number]);
    }
    return status;
}
static void release(uint64_t num) {
    MODEL_CHECK(trt_semaphore_release(&s_semaphore, num) == TMLRT_OK);
}
// With one permit: plain memory that two holders would race for.
static void hold(unsigned number, uint64_t num) {
    tmlrt_status status = acquire(number, num);
    if (status != TMLRT_OK) {
        MODEL_CHECK(status == TMLRT_E_CLOSED);
        return;
    }
    if (s_exclusive) {
        MODEL_CHECK(s_inside++ == 0 && "one holder");
        s_data++;
        s_inside--;
    }
    release(num);
}
static void hold_0(void) {
    hold(0, 1);
}
static void hold_1(void) {
    hold(1, 1);
}
static void hold_2(void) {
    hold(2, 1);
}
static void hold_both(void) {
    hold(0, 2);
}
static void try_and_hold(void) {
    if (trt_semaphore_try_acquire(&s_semaphore, 1) == TMLRT_OK) {
        if (s_exclusive) {
            s_data++;
        }
        release(1);
    }
}
static void poll_and_cancel(void) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[2]);
    tmlrt_status status;
    if (trt_semaphore_poll(&s_semaphore, &s_waiters[2], 1, &waker, &status) == TMLRT_READY) {
        if (status == TMLRT_OK) {
            release(1);
        }
    } else {
        trt_semaphore_cancel(&s_semaphore, &s_waiters[2]);
    }
}
static void poll_both_and_cancel(void) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[2]);
    tmlrt_status status;
    if (trt_semaphore_poll(&s_semaphore, &s_waiters[2], 2, &waker, &status) == TMLRT_READY) {
        release(2);
    } else {
        trt_semaphore_cancel(&s_semaphore, &s_waiters[2]);
    }
}
// Polled again without having been woken, by another task: the waker changes while permits come.
static void hold_after_change(void) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[2]);
    tmlrt_status status;
    if (trt_semaphore_poll(&s_semaphore, &s_waiters[0], 1, &waker, &status) == TMLRT_PENDING) {
        hold(0, 1);
    } else {
        release(1);
    }
}
static void acquire_0(void) {
    MODEL_CHECK(acquire(0, 1) == TMLRT_OK);
}
static void acquire_1(void) {
    MODEL_CHECK(acquire(1, 1) == TMLRT_OK);
}
static void release_two(void) {
    s_permits = 2;
    release(2);
}
static void close(void) {
    trt_semaphore_close(&s_semaphore);
    MODEL_CHECK(trt_semaphore_closed(&s_semaphore));
}
static void acquire_or_closed(void) {
    s_closed += acquire(0, 1) == TMLRT_E_CLOSED;
}
// Settled: closed and everybody has given back; then what they wrote is seen.
static void close_and_settle(void) {
    trt_semaphore_close(&s_semaphore);
    if (trt_semaphore_settled(&s_semaphore, 1)) {
        s_data++;
    }
}
// Readers of `closed` without a lock see what came before the close.
static void mark_and_close(void) {
    s_data = 7;
    trt_semaphore_close(&s_semaphore);
}
static void see_closed(void) {
    if (trt_semaphore_closed(&s_semaphore)) {
        MODEL_CHECK(s_data == 7);
    }
}
// As a barrier over all permits: whoever sees them all free sees what their holders wrote.
static void see_available(void) {
    if (trt_semaphore_available(&s_semaphore) == 1) {
        MODEL_CHECK(s_data == 7);
    }
}
static void mark_and_release(void) {
    s_permits = 1;
    s_data = 7;
    release(1);
}

static void finish(void) {
    MODEL_CHECK(trt_semaphore_available(&s_semaphore) == s_permits && "C3: permits are conserved");
    for (unsigned i = 0; i < NUM; i++) {
        MODEL_CHECK(s_wakers[i].live == 0 && "W1: wakers are given back");
    }
    trt_semaphore_fini(&s_semaphore);
}
static void finish_taken(void) {
    s_permits -= 2;
    finish();
}
static void finish_closed(void) {
    MODEL_CHECK(s_closed == 1 && "closed");
    finish();
}

static const model_case s_cases[] = {
    {"exclusive", "C3", setup_one, {hold_0, hold_1, hold_2}, finish, 0, false},
    {"try", "C3", setup_one, {hold_0, try_and_hold}, finish, 0, false},
    {"waker_change", "C3", setup_one, {hold_after_change, hold_1}, finish, 0, false},
    {"cancel", "C3", setup_one, {hold_0, hold_1, poll_and_cancel}, finish, 0, false},
    {"two", "C3", setup_two, {hold_both, hold_1, hold_2}, finish, 0, false},
    {"cancel_part", "C3", setup_two, {hold_1, poll_both_and_cancel, hold_0}, finish, 0, false},
    {"release", "C3", setup_none, {acquire_0, acquire_1, release_two}, finish_taken, 0, false},
    {"close", "C3", setup_none, {acquire_or_closed, close}, finish_closed, 0, false},
    {"close_holders", "C3", setup_one, {hold_0, hold_1, close}, finish, 0, false},
    {"settled", "C2", setup_one, {hold_0, close_and_settle}, finish, 0, false},
    {"closed", "C3", setup_none, {see_closed, mark_and_close}, finish, 0, false},
    {"available", "C3", setup_none, {see_available, mark_and_release}, finish, 0, false},
};
MODEL_STRUCTURE("semaphore", s_cases);
