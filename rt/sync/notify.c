// SPDX-License-Identifier: Apache-2.0
// Notify: one word, {round of notify_all, state}, and a FIFO queue under a lock.
//
// Invariants (C3):
//   N1  at most one permit is stored, and only while the queue is empty
//   N2  a notify_one reaches exactly one wait that ends READY, or is stored: a waiter that was
//       given one and is cancelled passes it on
//   N3  notify_all ends exactly the waits that had begun before it
// States: EMPTY, WAITING (the queue is not empty), STORED (a permit). Transitions:
//   EMPTY|STORED -> STORED   notify_one            by anybody
//   STORED -> EMPTY          poll takes it         by anybody
//   EMPTY -> WAITING         poll queues           under the lock
//   WAITING -> EMPTY         the last one leaves   under the lock
//   round + 1                notify_all            under the lock
#include "rt/sync/notify.h"

enum { EMPTY = 0, WAITING = 1, STORED = 2, STATE = 3, SHIFT = 2 };
enum { BY_ONE = TRT_WAITER_ANSWERED, BY_ALL };
#define ROUND (UINT64_C(1) << SHIFT)

void trt_notify_fini(trt_notify* notify) {
    TRT_CHECK(trt_waiters_empty(&notify->waiters)); // freed while a task waits for it
}

void trt_notify_begin(trt_notify* notify, trt_notify_waiter* waiter) {
    // Acquire pairs with the release of trt_notify_all: a wait of this round sees what was before.
    uint64_t word = trt_atomic_load(&notify->word, TRT_ACQUIRE_ORDER);
    waiter->round = word >> SHIFT;
    trt_waiter_init(&waiter->base);
}

// The queue has become empty.   Under the lock.
static void rest(trt_notify* notify) {
    // Acq_rel, like every change of state: the word stays a chain of releases.
    trt_atomic_and(&notify->word, ~(uint64_t)STATE, TRT_ACQ_REL);
}

// ---- waiting ------------------------------------------------------------------------------------

// Ends the wait without queueing if it can.   With or without the lock.
static bool take(trt_notify* notify, const trt_notify_waiter* waiter, uint64_t* word) {
    // Acquire pairs with the release of trt_notify_all.
    *word = trt_atomic_load(&notify->word, TRT_ACQUIRE_ORDER);
    while (*word >> SHIFT == waiter->round) {
        if ((*word & STATE) != STORED) {
            return false;
        }
        // Acquire pairs with the release of store.
        if (trt_atomic_cas_weak(&notify->word, word, *word & ~(uint64_t)STATE, TRT_ACQ_REL,
                                TRT_ACQUIRE_ORDER)) {
            return true;
        }
    }
    return true;
}

// Ends the wait, or queues it.   Under the lock.
static bool take_or_queue(trt_notify* notify, trt_notify_waiter* waiter, tmlrt_waker* owned_waker) {
    uint64_t word;
    do {
        if (take(notify, waiter, &word)) {
            return true;
        }
        if ((word & STATE) == WAITING) {
            break;
        }
        // Acq_rel, like every change of state: the word stays a chain of releases.
    } while (!trt_atomic_cas_weak(&notify->word, &word, word | WAITING, TRT_ACQ_REL, TRT_RELAXED));
    trt_waiters_push(&notify->waiters, &waiter->base, owned_waker);
    return false;
}

// Takes the waiter out, and WAITING when it was the last.   Under the lock.
static uint32_t leave(trt_notify* notify, trt_notify_waiter* waiter, tmlrt_waker* out_waker) {
    uint32_t state = trt_waiter_unlink(&waiter->base, out_waker);
    if (state == TRT_WAITER_WAITING && trt_waiters_empty(&notify->waiters) &&
        (trt_atomic_load(&notify->word, TRT_RELAXED) & STATE) == WAITING) {
        rest(notify);
    }
    return state;
}

tmlrt_poll trt_notify_poll(trt_notify* notify, trt_notify_waiter* waiter,
                           const tmlrt_waker* waker) {
    tmlrt_waker fresh, old = {NULL, NULL};
    uint64_t word;
    bool ready = true;
    if (!waiter->base.queued && take(notify, waiter, &word)) {
        return TMLRT_READY;
    }
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&notify->lock);
    if (!waiter->base.queued) {
        ready = take_or_queue(notify, waiter, &fresh);
    } else if (waiter->base.state == TRT_WAITER_WAITING &&
               trt_atomic_load(&notify->word, TRT_RELAXED) >> SHIFT == waiter->round) {
        trt_waiter_renew(&waiter->base, &fresh);
        ready = false;
    } else {
        leave(notify, waiter, &old);
    }
    trt_mutex_unlock(&notify->lock);
    trt_waker_drop(&fresh);
    trt_waker_drop(&old);
    return ready ? TMLRT_READY : TMLRT_PENDING;
}

void trt_notify_cancel(trt_notify* notify, trt_notify_waiter* waiter) {
    tmlrt_waker old;
    trt_mutex_lock(&notify->lock);
    uint32_t state = leave(notify, waiter, &old);
    trt_mutex_unlock(&notify->lock);
    trt_waker_drop(&old);
    if (state == BY_ONE) {
        trt_notify_one(notify); // N2
    }
}

// ---- telling ------------------------------------------------------------------------------------

// Stores a permit unless somebody waits.   With or without the lock.
static bool store(trt_notify* notify) {
    uint64_t word = trt_atomic_load(&notify->word, TRT_RELAXED);
    while ((word & STATE) != WAITING) {
        // Release pairs with the acquire of take, also when a permit is stored already: whoever
        // takes it sees what was written before each notify_one.
        if (trt_atomic_cas_weak(&notify->word, &word, (word & ~(uint64_t)STATE) | STORED,
                                TRT_RELEASE_ORDER, TRT_RELAXED)) {
            return true;
        }
    }
    return false;
}

void trt_notify_one(trt_notify* notify) {
    trt_wake_batch batch = {.num = 0};
    if (store(notify)) {
        return;
    }
    trt_mutex_lock(&notify->lock);
    if (!store(notify)) { // the last waiter may have left meanwhile
        trt_waiter_answer(trt_waiters_first(&notify->waiters), BY_ONE, &batch);
        if (trt_waiters_empty(&notify->waiters)) {
            rest(notify);
        }
    }
    trt_mutex_unlock(&notify->lock);
    trt_wake_batch_wake(&batch);
}

void trt_notify_all(trt_notify* notify) {
    trt_mutex_lock(&notify->lock);
    // Release pairs with the acquire of take and trt_notify_begin.
    uint64_t word = trt_atomic_add(&notify->word, ROUND, TRT_ACQ_REL);
    if ((word & STATE) == WAITING) {
        rest(notify);
    }
    trt_waiters_answer_all(&notify->waiters, &notify->lock, BY_ALL);
}
