// SPDX-License-Identifier: Apache-2.0
// A waker for tests that counts its wakes and its live clones.
#ifndef TESTS_SUPPORT_WAKER_H
#define TESTS_SUPPORT_WAKER_H

#include <tmlrt/abi/context.h>

#include "rt/base/atomic.h"

/// test_waker is the counter behind a waker; all-zero is ready. `waker` and `context` are filled by
/// test_waker_context.
typedef struct test_waker {
    trt_atomic_u32 refs, wakes;
    tmlrt_waker waker;
    tmlrt_context context;
} test_waker;

/// test_waker_context returns a context that lends this waker, with a full budget and no task.
tmlrt_context* test_waker_context(test_waker* w);
/// test_waker_wakes returns how often it was woken; test_waker_refs how many clones live.
uint32_t test_waker_wakes(test_waker* w);
uint32_t test_waker_refs(test_waker* w);

#endif
