// SPDX-License-Identifier: Apache-2.0
// Semaphore: one word for permits, WAITERS and CLOSED, and a FIFO queue under a lock.
//
// Invariants (C3):
//   M1  WAITERS is set while the queue is not empty; then no permit is free in the word: what a
//       waiter finds when it queues, and what is released later, is given to the oldest waiter
//       first, in part if need be. So nobody overtakes, however few permits he wants.
//   M2  permits in the word + given to waiters + in the hands of release and cancel + out =
//   constant M3  a waiter that was given permits and is cancelled passes them on
// Word transitions:
//   acquire   permits -= n            by anybody, when that many are free and it is not CLOSED
//   release   permits += n            by anybody, while WAITERS is clear
//   queue     permits = 0, WAITERS    under the lock, when fewer than n were free
//   settle    permits += n, !WAITERS  under the lock, when the queue has become empty
//   close     CLOSED                  under the lock
// What needs no lock is in semaphore.h. A release that sees WAITERS works under the lock. It cannot
// miss a waiter: queueing and releasing write the same word.
#include "rt/sync/semaphore.h"

enum {
    CLOSED = TRT_SEMAPHORE_CLOSED,
    WAITERS = TRT_SEMAPHORE_WAITERS,
    SHIFT = TRT_SEMAPHORE_SHIFT
};
enum { GRANTED = TRT_WAITER_ANSWERED, REFUSED };
#define ONE TRT_SEMAPHORE_ONE

void trt_semaphore_init(trt_semaphore* semaphore, uint64_t permits) {
    TRT_CHECK(permits <= TRT_SEMAPHORE_MAX);
    *semaphore = (trt_semaphore){.waiters = {{{NULL, NULL}}}};
    trt_atomic_init(&semaphore->word, permits * ONE);
    trt_list_init(&semaphore->waiters.queue);
}

void trt_semaphore_fini(trt_semaphore* semaphore) {
    TRT_CHECK(trt_waiters_empty(&semaphore->waiters)); // freed while a task waits for it
}

static trt_semaphore_waiter* first_waiter(trt_semaphore* semaphore) {
    trt_waiter* first = trt_waiters_first(&semaphore->waiters);
    return first == NULL ? NULL : TRT_CONTAINER_OF(first, trt_semaphore_waiter, base);
}

// ---- taking -------------------------------------------------------------------------------------

// Takes what is free; with fewer than `num` queues the waiter with it and returns false.
// Under the lock.
static bool take_or_queue(trt_semaphore* semaphore, trt_semaphore_waiter* waiter, uint64_t num,
                          tmlrt_waker* owned_waker, tmlrt_status* out_status) {
    uint64_t word = trt_atomic_load(&semaphore->word, TRT_RELAXED), take, next;
    do {
        if (word & CLOSED) {
            *out_status = TMLRT_E_CLOSED;
            return true;
        }
        take = word >> SHIFT < num ? word >> SHIFT : num;
        next = word - take * ONE;
        if (take < num) {
            next |= WAITERS;
        }
        // Acquire pairs with the release of trt_semaphore_release and settle.
    } while (!trt_atomic_cas_weak(&semaphore->word, &word, next, TRT_ACQUIRE_ORDER, TRT_RELAXED));
    *out_status = TMLRT_OK;
    if (take == num) {
        return true;
    }
    waiter->missing = num - take;
    waiter->got = take;
    trt_waiters_push(&semaphore->waiters, &waiter->base, owned_waker);
    return false;
}

// One that still waits gets the new waker, and false is returned; else the waiter becomes idle:
// its waker, if close has not come to it yet, and permits it was given in part go back after the
// lock.   Under the lock.
static bool look_again(trt_semaphore* semaphore, trt_semaphore_waiter* waiter, tmlrt_waker* waker,
                       tmlrt_waker* out_old, uint64_t* out_back, tmlrt_status* out_status) {
    bool closed = (trt_atomic_load(&semaphore->word, TRT_RELAXED) & CLOSED) != 0;
    if (waiter->base.state == TRT_WAITER_WAITING && !closed) {
        trt_waiter_renew(&waiter->base, waker);
        return false;
    }
    bool granted = trt_waiter_unlink(&waiter->base, out_old) == GRANTED;
    *out_status = granted ? TMLRT_OK : TMLRT_E_CLOSED;
    *out_back = granted ? 0 : waiter->got;
    waiter->got = 0;
    return true;
}

tmlrt_poll trt_semaphore_wait(trt_semaphore* semaphore, trt_semaphore_waiter* waiter, uint64_t num,
                              const tmlrt_waker* waker, tmlrt_status* out_status) {
    tmlrt_waker fresh, old = {NULL, NULL};
    bool ready;
    uint64_t back = 0;
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&semaphore->lock);
    if (!waiter->base.queued) {
        ready = take_or_queue(semaphore, waiter, num, &fresh, out_status);
    } else {
        ready = look_again(semaphore, waiter, &fresh, &old, &back, out_status);
    }
    trt_mutex_unlock(&semaphore->lock);
    trt_waker_drop(&fresh);
    trt_waker_drop(&old);
    if (back != 0) {
        (void)!trt_semaphore_release(semaphore, back); // were out of it, so they fit into it
    }
    return ready ? TMLRT_READY : TMLRT_PENDING;
}

// ---- giving -------------------------------------------------------------------------------------

// The queue is empty: `num` permits become free.   Under the lock.
static void settle(trt_semaphore* semaphore, uint64_t num) {
    uint64_t word = trt_atomic_load(&semaphore->word, TRT_RELAXED);
    // Release pairs with the acquire of the takers.
    while (!trt_atomic_cas_weak(&semaphore->word, &word, (word & ~(uint64_t)WAITERS) + num * ONE,
                                TRT_RELEASE_ORDER, TRT_RELAXED)) {
    }
}

// Gives `num` permits to the oldest waiters until the batch is full. Returns what is left to give.
// Under the lock.
static uint64_t grant(trt_semaphore* semaphore, uint64_t num, trt_wake_batch* batch) {
    trt_semaphore_waiter* first;
    while (num != 0 && !trt_wake_batch_full(batch) && (first = first_waiter(semaphore)) != NULL) {
        uint64_t part = num < first->missing ? num : first->missing;
        first->missing -= part;
        first->got += part;
        num -= part;
        if (first->missing == 0) {
            trt_waiter_answer(&first->base, GRANTED, batch);
        }
    }
    if (trt_waiters_empty(&semaphore->waiters)) {
        settle(semaphore, num);
        return 0;
    }
    return num;
}

void trt_semaphore_hand_out(trt_semaphore* semaphore, uint64_t num) {
    trt_wake_batch batch = {.num = 0};
    do {
        trt_mutex_lock(&semaphore->lock);
        num = grant(semaphore, num, &batch);
        trt_mutex_unlock(&semaphore->lock);
        trt_wake_batch_wake(&batch);
    } while (num != 0);
}

void trt_semaphore_cancel(trt_semaphore* semaphore, trt_semaphore_waiter* waiter) {
    tmlrt_waker old;
    trt_mutex_lock(&semaphore->lock);
    uint32_t state = trt_waiter_unlink(&waiter->base, &old);
    uint64_t back = state == TRT_WAITER_IDLE ? 0 : waiter->got;
    waiter->got = 0;
    if (state == TRT_WAITER_WAITING && trt_waiters_empty(&semaphore->waiters)) {
        settle(semaphore, back);
        back = 0;
    }
    trt_mutex_unlock(&semaphore->lock);
    trt_waker_drop(&old);
    if (back != 0) {
        (void)!trt_semaphore_release(semaphore, back); // M3; they were out of it, so they fit
    }
}

// Refuses waiters of `leaving` until the batch is full; what they were given in part becomes free.
// Under the lock.
static void refuse(trt_semaphore* semaphore, trt_waiters* leaving, trt_wake_batch* batch) {
    uint64_t back = 0;
    trt_waiter* first;
    while (!trt_wake_batch_full(batch) && (first = trt_waiters_first(leaving)) != NULL) {
        trt_semaphore_waiter* waiter = TRT_CONTAINER_OF(first, trt_semaphore_waiter, base);
        back += waiter->got;
        waiter->got = 0;
        trt_waiter_answer(first, REFUSED, batch);
    }
    settle(semaphore, back);
}

void trt_semaphore_close(trt_semaphore* semaphore) {
    trt_waiters leaving;
    trt_wake_batch batch = {.num = 0};
    trt_list_init(&leaving.queue);
    trt_mutex_lock(&semaphore->lock);
    // Release pairs with the acquire of trt_semaphore_closed and trt_semaphore_settled.
    trt_atomic_or(&semaphore->word, CLOSED, TRT_RELEASE_ORDER);
    trt_list_splice(&leaving.queue, &semaphore->waiters.queue);
    for (bool more = true; more;) {
        refuse(semaphore, &leaving, &batch);
        more = !trt_waiters_empty(&leaving);
        trt_mutex_unlock(&semaphore->lock);
        trt_wake_batch_wake(&batch);
        if (more) {
            trt_mutex_lock(&semaphore->lock);
        }
    }
}

// ---- looking ------------------------------------------------------------------------------------

bool trt_semaphore_settled(const trt_semaphore* semaphore, uint64_t permits) {
    // Acquire pairs with the release of trt_semaphore_release and settle.
    uint64_t word = trt_atomic_load(&semaphore->word, TRT_ACQUIRE_ORDER);
    return (word & CLOSED) != 0 && word >> SHIFT == permits;
}
