// SPDX-License-Identifier: Apache-2.0
// Waiter queue: the FIFO of waiting tasks behind every primitive of rt/sync. A node lives in the
// leaf future that waits: waiting allocates nothing, and a leaf may be dropped on any thread.
//
// The queue has no lock of its own: everything here runs under the lock of the structure that owns
// it, except waking and dropping wakers, which runs after that lock was released. So a waker is
// cloned before the lock is taken, and wakers come out through a trt_wake_batch.
#ifndef TRT_SYNC_WAITERS_H
#define TRT_SYNC_WAITERS_H

#include "rt/base/assert.h"
#include "rt/base/list.h"
#include "rt/base/waker.h"
#include "rt/os/thread.h"

/// trt_waiters is the queue, oldest first; all-zero is empty. Not movable while somebody waits.
typedef struct trt_waiters {
    trt_list queue;
} trt_waiters;

/// Answers of a waiter; a structure may use numbers from TRT_WAITER_ANSWERED on as it likes.
enum { TRT_WAITER_IDLE = 0, TRT_WAITER_WAITING = 1, TRT_WAITER_ANSWERED = 2 };

/// trt_waiter is one waiting task. Under the structure's lock from push until an answer was read or
/// it was unlinked. States:
///   IDLE       not linked; nothing but `state` and `queued` is looked at
///   WAITING    linked, waker set
///   answered   not linked, no waker: whoever answered has taken the waker out
typedef struct trt_waiter {
    trt_list_node node;
    tmlrt_waker waker;
    uint32_t state;
    bool queued; ///< its poller's own: pushed and not unlinked since, so `state` needs the lock
} trt_waiter;

/// trt_wake_batch collects wakers under a lock, to be woken after it. All-zero is empty.
enum { TRT_WAKE_BATCH = 16 };
typedef struct trt_wake_batch {
    uint32_t num;
    tmlrt_waker wakers[TRT_WAKE_BATCH];
} trt_wake_batch;

/// trt_waiter_init makes a waiter idle.
static inline void trt_waiter_init(trt_waiter* waiter) {
    waiter->state = TRT_WAITER_IDLE;
    waiter->queued = false;
}

static inline bool trt_wake_batch_full(const trt_wake_batch* batch) {
    return batch->num == TRT_WAKE_BATCH;
}
/// trt_wake_batch_wake wakes what was collected, oldest first, and empties it.   Without a lock.
void trt_wake_batch_wake(trt_wake_batch* batch);

static inline bool trt_waiters_empty(const trt_waiters* waiters) {
    return trt_list_empty(&waiters->queue);
}
/// trt_waiters_first returns the oldest waiter, NULL when nobody waits.
static inline trt_waiter* trt_waiters_first(const trt_waiters* waiters) {
    return trt_waiters_empty(waiters)
               ? NULL
               : TRT_CONTAINER_OF(waiters->queue.head.next, trt_waiter, node);
}
/// trt_waiters_push links an idle waiter behind the others.   Owns: moves the waker in.   Thread:
/// its poller's.
void trt_waiters_push(trt_waiters* waiters, trt_waiter* waiter, tmlrt_waker* owned_waker);
/// trt_waiter_renew gives a linked waiter this waker; *waker is then what is to be dropped after
/// the lock.
void trt_waiter_renew(trt_waiter* waiter, tmlrt_waker* waker);
/// trt_waiter_answer unlinks a linked waiter, leaves `answer` with it and moves its waker to
/// `batch`, which is not full.
void trt_waiter_answer(trt_waiter* waiter, uint32_t answer, trt_wake_batch* batch);
/// trt_waiter_unlink makes a waiter idle; its waker, if any, goes to *out_waker and is to be
/// dropped after the lock. Returns the state it had.   Thread: its poller's, or who drops it.
uint32_t trt_waiter_unlink(trt_waiter* waiter, tmlrt_waker* out_waker);
/// trt_waiters_answer_all answers everybody who waits now, in batches between which it releases
/// `lock`; those who come meanwhile are not among them. Called with `lock` held, returns without.
void trt_waiters_answer_all(trt_waiters* waiters, trt_mutex* lock, uint32_t answer);

#endif
