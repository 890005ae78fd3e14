// SPDX-License-Identifier: Apache-2.0
// Cancellation tokens: a tree. What cancels a token cancels everything below it, nothing above.
#ifndef TRT_SYNC_CANCEL_H
#define TRT_SYNC_CANCEL_H

#include <tmlrt/abi/cancel.h>
#include <tmlrt/abi/poll.h>

#include "rt/sync/waiters.h"

/// trt_cancel is one counted token.
typedef struct tmlrt_cancel_token trt_cancel;

/// tmlrt_cancel_token: one lock for a whole tree, that of its root.
struct tmlrt_cancel_token {
    trt_atomic_u32 reason;     ///< tmlrt_cancel_reason; written once, under the root's lock
    trt_mutex lock;            ///< a root's only
    trt_atomic_u64 refs;       ///< holders and children
    trt_cancel *root, *parent; ///< constant; a root is its own root and has no parent
    trt_list children;         ///< under the lock
    trt_list_node sibling;     ///< under the lock: in the parent's children
    trt_waiters waiters;       ///< under the lock
};

/// trt_cancel_new makes a token below `parent` (NULL: a root), with one reference; below one that
/// is cancelled it is cancelled already. NULL without memory.   Thread: any that holds `parent`.
trt_cancel* trt_cancel_new(trt_cancel* parent);
/// trt_cancel_ref adds a reference.   Thread: any.
void trt_cancel_ref(trt_cancel* token);
/// trt_cancel_unref gives one back; takes NULL. Nobody may wait for a token without references.
void trt_cancel_unref(trt_cancel* token);
/// trt_cancel_fire cancels the token and all below it that are not cancelled yet. False: it was
/// cancelled before, nothing done.   Thread: any.   Cost: O(tokens below + waiters); allocates no.
bool trt_cancel_fire(trt_cancel* token, tmlrt_cancel_reason reason);
/// trt_cancel_reason_of returns why it was cancelled, TMLRT_CANCEL_NONE while it is not. What the
/// canceller wrote before is seen then.   Thread: any.   Cost: one load.
static inline tmlrt_cancel_reason trt_cancel_reason_of(const trt_cancel* token) {
    // Acquire pairs with the release of mark.
    return (tmlrt_cancel_reason)trt_atomic_load(&token->reason, TRT_ACQUIRE_ORDER);
}
/// trt_cancel_poll answers READY once the token is cancelled; else the waiter is queued with a
/// clone of `waker`.   Thread: any, one at a time per waiter.
tmlrt_poll trt_cancel_poll(trt_cancel* token, trt_waiter* waiter, const tmlrt_waker* waker);
/// trt_cancel_forget takes a waiter out. Afterwards nobody touches it.   Thread: any.
void trt_cancel_forget(trt_cancel* token, trt_waiter* waiter);

#endif
