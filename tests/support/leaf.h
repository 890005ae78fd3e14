// SPDX-License-Identifier: Apache-2.0
// Leaf futures in tests: storage for one, waiting for one on this thread, polling one by hand.
#ifndef TESTS_SUPPORT_LEAF_H
#define TESTS_SUPPORT_LEAF_H

#include <tmlrt/task.h>

#include "tests/support/waker.h"

typedef struct test_leaf {
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char bytes[TMLRT_LEAF_SIZE];
} test_leaf;

/// test_leaf_wait blocks on the leaf; the default runtime drives what it waits for.
static inline tmlrt_status test_leaf_wait(const tmlrt_future_desc* desc, test_leaf* leaf,
                                          void* out) {
    return tmlrt_block_on_future(desc, leaf, out);
}
/// test_leaf_poll polls once with a full budget.
static inline tmlrt_poll test_leaf_poll(const tmlrt_future_desc* desc, test_leaf* leaf,
                                        test_waker* waker, void* out) {
    return desc->poll(leaf, test_waker_context(waker), out);
}
/// test_leaf_poll_broke polls once with `budget` units.
static inline tmlrt_poll test_leaf_poll_broke(const tmlrt_future_desc* desc, test_leaf* leaf,
                                              test_waker* waker, uint32_t budget, void* out) {
    tmlrt_context* cx = test_waker_context(waker);
    cx->budget = budget;
    return desc->poll(leaf, cx, out);
}

#endif
