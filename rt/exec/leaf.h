// SPDX-License-Identifier: Apache-2.0
// Leaf registration: every future written in C that something outside its frame points at (a timer
// wheel, a reactor slot, another task) registers itself while it waits, so that a panic, which runs
// no destructor, can still take it out of there before the frame is freed.
#ifndef TRT_EXEC_LEAF_H
#define TRT_EXEC_LEAF_H

#include "rt/exec/guard.h"

#include <stddef.h>

/// trt_leaf is one waiting leaf, embedded in its frame; all-zero is not registered.
/// No lock: only the thread that polls or drops the task touches the list.
struct trt_leaf {
    trt_leaf* next;
    trt_leaf** link; ///< what points at this leaf; NULL: not registered
    /// unlink makes everybody outside forget the leaf. Called after a panic, with the node already
    /// off the list; must not call compiled code and leaves nothing that needs a drop.
    void (*unlink)(trt_leaf* leaf);
};

/// trt_leaf_register links the leaf to the guard of the running poll; does nothing when it is
/// linked or when no guard is active (block_on: a panic there ends the process).   Cost: O(1).
static inline void trt_leaf_register(trt_leaf* leaf, void (*unlink)(trt_leaf*)) {
    trt_guard_scope* scope = trt_tls_guard;
    if (scope == NULL || scope->guard == NULL || leaf->link != NULL) {
        return;
    }
    leaf->unlink = unlink;
    trt_leaf* first = scope->guard->leaves;
    leaf->next = first;
    leaf->link = &scope->guard->leaves;
    if (first != NULL) {
        first->link = &leaf->next;
    }
    scope->guard->leaves = leaf;
}
/// trt_leaf_unregister unlinks; a leaf that is not registered is left alone.   Cost: O(1).
static inline void trt_leaf_unregister(trt_leaf* leaf) {
    if (leaf->link != NULL) {
        *leaf->link = leaf->next;
        if (leaf->next != NULL) {
            leaf->next->link = leaf->link;
        }
        leaf->next = NULL;
        leaf->link = NULL;
    }
}
/// trt_leaf_near tells what the running task looks at first when it is woken: fetched into the
/// cache while the task before it runs. A hint: never read through, so it may dangle.   Cost: O(1).
static inline void trt_leaf_near(const void* object) {
    trt_guard_scope* scope = trt_tls_guard;
    if (scope != NULL && scope->guard != NULL) {
        scope->guard->near = object;
    }
}

#endif
