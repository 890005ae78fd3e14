// SPDX-License-Identifier: Apache-2.0
// Barrier: a count and a round under a lock. Invariants:
//   R1  `there` waiters of this round are queued, fewer than `num`
//   R2  the last to arrive ends the round: every waiter of it is answered, and none of the next,
//       however their polls and cancels fall between the batches of its wakes
#include "rt/sync/barrier.h"

enum { PASSED = TRT_WAITER_ANSWERED };

void trt_barrier_init(trt_barrier* barrier, uint64_t num) {
    *barrier = (trt_barrier){.num = num == 0 ? 1 : num};
}

void trt_barrier_fini(trt_barrier* barrier) {
    TRT_CHECK(trt_waiters_empty(&barrier->waiters)); // freed while a task waits for it
}

// The first poll. Returns true, without the lock, when the round ended with it.
static bool arrive(trt_barrier* barrier, trt_barrier_waiter* waiter, tmlrt_waker* owned_waker) {
    if (barrier->there + 1 == barrier->num) {
        barrier->there = 0;
        barrier->rounds++;
        trt_waiters_answer_all(&barrier->waiters, &barrier->lock, PASSED);
        return true;
    }
    barrier->there++;
    waiter->round = barrier->rounds;
    trt_waiters_push(&barrier->waiters, &waiter->base, owned_waker);
    trt_mutex_unlock(&barrier->lock);
    return false;
}

// A later poll. Returns true when the round has ended.   Under the lock.
static bool look_again(trt_barrier* barrier, trt_barrier_waiter* waiter, tmlrt_waker* waker,
                       tmlrt_waker* out_old) {
    if (waiter->round == barrier->rounds) {
        trt_waiter_renew(&waiter->base, waker);
        return false;
    }
    trt_waiter_unlink(&waiter->base, out_old); // its wake-up may still be on the way
    return true;
}

tmlrt_poll trt_barrier_poll(trt_barrier* barrier, trt_barrier_waiter* waiter,
                            const tmlrt_waker* waker, bool* out_leader) {
    tmlrt_waker fresh, old = {NULL, NULL};
    bool ready;
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&barrier->lock);
    if (!waiter->base.queued) {
        ready = arrive(barrier, waiter, &fresh);
        *out_leader = ready;
    } else {
        ready = look_again(barrier, waiter, &fresh, &old);
        *out_leader = false;
        trt_mutex_unlock(&barrier->lock);
    }
    trt_waker_drop(&fresh);
    trt_waker_drop(&old);
    return ready ? TMLRT_READY : TMLRT_PENDING;
}

void trt_barrier_cancel(trt_barrier* barrier, trt_barrier_waiter* waiter) {
    tmlrt_waker old;
    trt_mutex_lock(&barrier->lock);
    uint32_t state = trt_waiter_unlink(&waiter->base, &old);
    if (state == TRT_WAITER_WAITING && waiter->round == barrier->rounds) {
        barrier->there--;
    }
    trt_mutex_unlock(&barrier->lock);
    trt_waker_drop(&old);
}
