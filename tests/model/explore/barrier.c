// SPDX-License-Identifier: Apache-2.0
// Barrier (rt/sync/barrier.c): a round has one leader and ends for everybody in it, what was
// written before an arrival is seen after the round, a cancelled waiter has not arrived.
#include "rt/sync/barrier.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM = 3 };

static trt_barrier s_barrier;
static trt_barrier_waiter s_waiters[NUM];
static rig_waker s_wakers[NUM];
static unsigned s_data[NUM], s_leaders[NUM], s_passed[NUM];

static void begin(uint64_t num) {
    trt_barrier_init(&s_barrier, num);
    for (unsigned i = 0; i < NUM; i++) {
        trt_waiter_init(&s_waiters[i].base);
        s_wakers[i] = (rig_waker){0, 0};
        s_data[i] = s_leaders[i] = s_passed[i] = 0;
    }
    model_name(&s_barrier.lock, 4, "lock");
}
static void setup_three(void) {
    begin(3);
}
static void setup_two(void) {
    begin(2);
}

static bool poll(unsigned number) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[number]);
    bool leader;
    if (trt_barrier_poll(&s_barrier, &s_waiters[number], &waker, &leader) == TMLRT_PENDING) {
        return false;
    }
    s_passed[number]++;
    s_leaders[number] += leader;
    return true;
}
static void pass(unsigned number) {
    while (!poll(number)) {
        rig_wait(&s_wakers[number]);
    }
}

// Everybody writes, passes, and reads what the others wrote.
static void meet(unsigned number) {
    s_data[number] = 1;
    pass(number);
    for (unsigned i = 0; i < s_barrier.num; i++) {
        MODEL_CHECK(s_data[i] == 1 && "what came before an arrival is seen");
    }
}
static void meet_0(void) {
    meet(0);
}
static void meet_1(void) {
    meet(1);
}
static void meet_2(void) {
    meet(2);
}
// Two rounds of the same two.
static void meet_twice_0(void) {
    pass(0);
    pass(0);
}
static void meet_twice_1(void) {
    pass(1);
    pass(1);
}
// One of three arrives and leaves at once: of a barrier of two, the others do or do not meet it.
static void poll_0(void) {
    (void)poll(0);
}
static void poll_1(void) {
    (void)poll(1);
}
static void poll_and_cancel_2(void) {
    if (!poll(2)) {
        trt_barrier_cancel(&s_barrier, &s_waiters[2]);
    }
}

static unsigned sum(const unsigned* values) {
    return values[0] + values[1] + values[2];
}
static void finish(void) {
    for (unsigned i = 0; i < NUM; i++) {
        MODEL_CHECK(s_wakers[i].live == 0 && "W1: wakers are given back");
    }
    MODEL_CHECK(sum(s_leaders) == s_barrier.rounds && "one leader per round");
    trt_barrier_fini(&s_barrier);
}
static void finish_three(void) {
    MODEL_CHECK(sum(s_passed) == 3 && s_barrier.rounds == 1);
    finish();
}
static void finish_twice(void) {
    MODEL_CHECK(sum(s_passed) == 4 && s_barrier.rounds == 2);
    finish();
}
// Whoever still waits is in a round that has not ended, and counted in it.
static void finish_left(void) {
    unsigned waiting = 0;
    for (unsigned i = 0; i < 2; i++) {
        if (s_passed[i] == 0 && !poll(i)) {
            waiting++;
            trt_barrier_cancel(&s_barrier, &s_waiters[i]);
            MODEL_CHECK(s_barrier.there == 0 && "R1: who has left is not counted");
        }
    }
    MODEL_CHECK(waiting <= 1 && s_barrier.there == 0 && "R1: two of a round of two do not wait");
    finish();
}

static const model_case s_cases[] = {
    {"three", "barrier:R1,R2", setup_three, {meet_0, meet_1, meet_2}, finish_three, 0, false},
    {"rounds", "barrier:R2", setup_two, {meet_twice_0, meet_twice_1}, finish_twice, 0, false},
    {"cancel",
     "barrier:R1,R2",
     setup_two,
     {poll_0, poll_1, poll_and_cancel_2},
     finish_left,
     0,
     false},
};
MODEL_STRUCTURE("barrier", s_cases);
