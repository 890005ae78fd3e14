// SPDX-License-Identifier: Apache-2.0
// Notify: tasks wait to be told that something happened; what happened is kept elsewhere.
#ifndef TRT_SYNC_NOTIFY_H
#define TRT_SYNC_NOTIFY_H

#include <tmlrt/abi/poll.h>

#include "rt/sync/waiters.h"

/// trt_notify: all-zero is ready, nothing stored. Not movable while somebody waits.
typedef struct trt_notify {
    trt_atomic_u64 word; ///< round << 2 | WAITING or STORED
    trt_mutex lock;
    trt_waiters waiters; ///< under lock
} trt_notify;

/// trt_notify_waiter is one wait, made by trt_notify_begin.
typedef struct trt_notify_waiter {
    trt_waiter base;
    uint64_t round; ///< of notify_waiters, when the wait began
} trt_notify_waiter;

/// trt_notify_begin starts a wait: from here on notify_waiters counts for it. Nothing is linked
/// before the first poll.   Thread: any.
void trt_notify_begin(trt_notify* notify, trt_notify_waiter* waiter);
/// trt_notify_poll answers READY when there was a notify_waiters since begin, takes the stored
/// permit, or queues the waiter with a clone of `waker`.   Thread: any, one at a time per waiter.
tmlrt_poll trt_notify_poll(trt_notify* notify, trt_notify_waiter* waiter, const tmlrt_waker* waker);
/// trt_notify_cancel takes a waiter out; a notify_one that it was given and did not see passes to
/// the next one, or is stored. Afterwards nobody touches the waiter.   Thread: any.
void trt_notify_cancel(trt_notify* notify, trt_notify_waiter* waiter);
/// trt_notify_one wakes the waiter that came first; without one the permit is stored, at most one,
/// for whoever waits next.   Thread: any.   Cost: without waiters a compare-and-swap.
void trt_notify_one(trt_notify* notify);
/// trt_notify_all wakes everybody whose wait has begun; stores nothing.   Thread: any.
void trt_notify_all(trt_notify* notify);
/// trt_notify_fini checks that nobody waits.
void trt_notify_fini(trt_notify* notify);

#endif
