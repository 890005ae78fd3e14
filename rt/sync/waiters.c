// SPDX-License-Identifier: Apache-2.0
// Waiter queue: intrusive nodes under the owner's lock. Invariants:
//   W1  a linked waiter has a waker; an idle or answered one has none
//   W2  whoever answers takes the node off and the waker out in one critical section, so that a
//       node may be freed as soon as unlink (or a poll that saw the answer) returned
//   W3  before the lock is taken only `queued` says whether a waiter is idle: answers are written
//   by
//       other threads, under it
//   W4  no waker function runs under the lock
#include "rt/sync/waiters.h"

void trt_wake_batch_wake(trt_wake_batch* batch) {
    for (uint32_t i = 0; i < batch->num; i++) {
        trt_waker_wake(&batch->wakers[i]);
    }
    batch->num = 0;
}

void trt_waiters_push(trt_waiters* waiters, trt_waiter* waiter, tmlrt_waker* owned_waker) {
    TRT_ASSERT(waiter->state == TRT_WAITER_IDLE);
    if (waiters->queue.head.next == NULL) {
        trt_list_init(&waiters->queue);
    }
    waiter->waker = *owned_waker;
    *owned_waker = (tmlrt_waker){NULL, NULL};
    waiter->state = TRT_WAITER_WAITING;
    waiter->queued = true;
    trt_list_push_back(&waiters->queue, &waiter->node);
}

void trt_waiter_renew(trt_waiter* waiter, tmlrt_waker* waker) {
    TRT_ASSERT(waiter->state == TRT_WAITER_WAITING);
    if (!trt_waker_same(&waiter->waker, waker)) {
        tmlrt_waker old = waiter->waker;
        waiter->waker = *waker;
        *waker = old;
    }
}

void trt_waiter_answer(trt_waiter* waiter, uint32_t answer, trt_wake_batch* batch) {
    TRT_ASSERT(waiter->state == TRT_WAITER_WAITING && !trt_wake_batch_full(batch));
    trt_list_remove(&waiter->node);
    batch->wakers[batch->num++] = waiter->waker;
    waiter->waker = (tmlrt_waker){NULL, NULL};
    waiter->state = answer;
}

uint32_t trt_waiter_unlink(trt_waiter* waiter, tmlrt_waker* out_waker) {
    uint32_t state = waiter->state;
    *out_waker = (tmlrt_waker){NULL, NULL};
    if (state == TRT_WAITER_WAITING) {
        trt_list_remove(&waiter->node);
        *out_waker = waiter->waker;
    }
    trt_waiter_init(waiter);
    return state;
}

void trt_waiters_answer_all(trt_waiters* waiters, trt_mutex* lock, uint32_t answer) {
    // The list is this frame's, its nodes are still the lock's: a waiter that is dropped between
    // two batches takes itself out of it.
    trt_waiters leaving;
    trt_wake_batch batch = {.num = 0};
    trt_list_init(&leaving.queue);
    trt_list_splice(&leaving.queue, &waiters->queue);
    for (;;) {
        trt_waiter* first;
        while (!trt_wake_batch_full(&batch) && (first = trt_waiters_first(&leaving)) != NULL) {
            trt_waiter_answer(first, answer, &batch);
        }
        bool more = !trt_waiters_empty(&leaving);
        trt_mutex_unlock(lock);
        trt_wake_batch_wake(&batch);
        if (!more) {
            return;
        }
        trt_mutex_lock(lock);
    }
}
