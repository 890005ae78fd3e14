// SPDX-License-Identifier: Apache-2.0
// Leaf registration: every future written in C that something outside its frame points at (a timer
// wheel, a reactor slot, another task) registers itself while it waits, so that a panic, which runs
// no destructor, can still take it out of there before the frame is freed.
#ifndef TRT_EXEC_LEAF_H
#define TRT_EXEC_LEAF_H

#include "rt/base/list.h"
#include "rt/exec/guard.h"

/// trt_leaf is one waiting leaf, embedded in its frame; all-zero is not registered.
/// No lock: only the thread that polls or drops the task touches the list.
struct trt_leaf {
    trt_list_node node;
    /// unlink makes everybody outside forget the leaf. Called after a panic, with the node already
    /// off the list; must not call compiled code and leaves nothing that needs a drop.
    void (*unlink)(trt_leaf* leaf);
};

/// trt_leaf_register links the leaf to the guard of the running poll; does nothing when it is
/// linked or when no guard is active (block_on: a panic there ends the process).   Cost: O(1).
static inline void trt_leaf_register(trt_leaf* leaf, void (*unlink)(trt_leaf*)) {
    trt_guard_scope* scope = trt_tls_guard;
    if (scope == NULL || scope->guard == NULL || trt_list_linked(&leaf->node)) {
        return;
    }
    leaf->unlink = unlink;
    if (scope->guard->leaves.head.next == NULL) {
        trt_list_init(&scope->guard->leaves);
    }
    trt_list_push_front(&scope->guard->leaves, &leaf->node);
}
/// trt_leaf_unregister unlinks; a leaf that is not registered is left alone.   Cost: O(1).
static inline void trt_leaf_unregister(trt_leaf* leaf) {
    if (trt_list_linked(&leaf->node)) {
        trt_list_remove(&leaf->node);
    }
}

#endif
