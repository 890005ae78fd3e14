// SPDX-License-Identifier: Apache-2.0
// Cancellation tokens: one word each, and one lock per tree.
//
// Invariants:
//   K1  a reason is written once: the first one stays (all writes under the tree's lock)
//   K2  below a token with a reason every token has one; a token that is made there is born with it
//       and is a root of its own, since nothing above can tell it anything
//   K3  a wait that is READY sees what was written before the cancel; a wait is never left behind:
//       who queues looks at the word under the lock, who cancels takes the waiters out under it
//   K4  a token lives while anybody holds it or a token below it; its waiters borrow it
// A token that lost its last reference and waits for the lock, to leave its parent's list, may
// still be cancelled: nobody can tell.
// The reason is read without the lock by anybody; the rest of a token belongs to the lock of the
// root. A tree of tokens that many threads change at once shares that lock: it is held for as long
// as a cancel walks, and a cancel happens once. No waker runs under it.
#include "rt/sync/cancel.h"

#include "rt/base/alloc.h"

static bool is_cancelled(const trt_cancel* token) {
    return trt_cancel_reason_of(token) != TMLRT_CANCEL_NONE;
}

// ---- life ---------------------------------------------------------------------------------------

trt_cancel* trt_cancel_new(trt_cancel* parent) {
    trt_cancel* token = trt_alloc_zero(sizeof(*token));
    if (token == NULL) {
        return NULL;
    }
    trt_atomic_init(&token->refs, 1);
    trt_list_init(&token->children);
    token->root = token;
    tmlrt_cancel_reason reason = TMLRT_CANCEL_NONE;
    if (parent != NULL) {
        trt_mutex_lock(&parent->root->lock);
        reason = trt_cancel_reason_of(parent);
        if (reason == TMLRT_CANCEL_NONE) {
            trt_cancel_ref(parent);
            token->root = parent->root;
            token->parent = parent;
            trt_list_push_back(&parent->children, &token->sibling);
        }
        trt_mutex_unlock(&parent->root->lock);
        if (reason != TMLRT_CANCEL_NONE) {
            trt_atomic_init(&token->reason, (uint32_t)reason); // K2; nobody else has it yet
        }
    }
    return token;
}

void trt_cancel_ref(trt_cancel* token) {
    trt_atomic_add(&token->refs, 1, TRT_RELAXED);
}

void trt_cancel_unref(trt_cancel* token) {
    // Acquire and release: the last holder frees after every other use.
    while (token != NULL && trt_atomic_sub(&token->refs, 1, TRT_ACQ_REL) == 1) {
        trt_cancel* parent = token->parent;
        trt_mutex* lock = &token->root->lock;
        if (parent != NULL) {
            trt_mutex_lock(lock);
            trt_list_remove(&token->sibling);
        }
        TRT_CHECK(trt_waiters_empty(&token->waiters)); // freed while a task waits for it
        if (parent != NULL) {
            trt_mutex_unlock(lock);
        }
        trt_free(token, sizeof(*token));
        token = parent; // which this one held
    }
}

// ---- cancelling ---------------------------------------------------------------------------------

static trt_cancel* token_of(trt_list_node* node) {
    return TRT_CONTAINER_OF(node, trt_cancel, sibling);
}

// Gives the reason to a token that has none and collects who waits for it.   Under the lock.
static void mark(trt_cancel* token, tmlrt_cancel_reason reason, trt_waiters* leaving) {
    // Release pairs with the acquire of trt_cancel_reason_of.
    trt_atomic_store(&token->reason, (uint32_t)reason, TRT_RELEASE_ORDER);
    trt_list_splice(&leaving->queue, &token->waiters.queue);
}

// The token behind `at` in a walk through what is below `top`, parents first; NULL: the end. What
// is below a token that was cancelled before is not entered (K2).   Under the lock.
static trt_cancel* next_below(trt_cancel* top, trt_cancel* at, bool enter) {
    if (enter && !trt_list_empty(&at->children)) {
        return token_of(at->children.head.next);
    }
    while (at != top) {
        if (at->sibling.next != &at->parent->children.head) {
            return token_of(at->sibling.next);
        }
        at = at->parent;
    }
    return NULL;
}

bool trt_cancel_fire(trt_cancel* token, tmlrt_cancel_reason reason) {
    TRT_ASSERT(reason != TMLRT_CANCEL_NONE);
    if (is_cancelled(token)) {
        return false;
    }
    trt_waiters leaving;
    trt_list_init(&leaving.queue);
    trt_mutex* lock = &token->root->lock;
    trt_mutex_lock(lock);
    if (is_cancelled(token)) {
        trt_mutex_unlock(lock);
        return false;
    }
    for (trt_cancel* at = token; at != NULL;) {
        bool is_new = !is_cancelled(at);
        if (is_new) {
            mark(at, reason, &leaving);
        }
        at = next_below(token, at, is_new);
    }
    // Who gives its wait up meanwhile takes itself out of the list that it is in.
    trt_waiters_answer_all(&leaving, lock, TRT_WAITER_ANSWERED);
    return true;
}

// ---- waiting ------------------------------------------------------------------------------------

tmlrt_poll trt_cancel_poll(trt_cancel* token, trt_waiter* waiter, const tmlrt_waker* waker) {
    if (!waiter->queued && is_cancelled(token)) {
        return TMLRT_READY;
    }
    tmlrt_waker fresh, old = {NULL, NULL};
    trt_mutex* lock = &token->root->lock;
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(lock);
    bool ready = is_cancelled(token);
    if (ready) {
        trt_waiter_unlink(waiter, &old);
    } else if (waiter->queued) {
        trt_waiter_renew(waiter, &fresh);
    } else {
        trt_waiters_push(&token->waiters, waiter, &fresh);
    }
    trt_mutex_unlock(lock);
    trt_waker_drop(&fresh);
    trt_waker_drop(&old);
    return ready ? TMLRT_READY : TMLRT_PENDING;
}

void trt_cancel_forget(trt_cancel* token, trt_waiter* waiter) {
    tmlrt_waker old;
    trt_mutex* lock = &token->root->lock;
    trt_mutex_lock(lock);
    trt_waiter_unlink(waiter, &old);
    trt_mutex_unlock(lock);
    trt_waker_drop(&old);
}
