// SPDX-License-Identifier: Apache-2.0
// The cooperative budget: every operation of a leaf that succeeds spends one unit, so that a chain
// of always-ready operations yields after TMLRT_BUDGET of them.
#ifndef TRT_EXEC_COOP_H
#define TRT_EXEC_COOP_H

#include <tmlrt/abi/functions.h>

#include "rt/base/assert.h"

#include <stdbool.h>

/// trt_coop_spend takes one unit. False: the budget is spent, the task has been woken, and the leaf
/// answers PENDING without having done anything.   Thread: the poll's.
static inline bool trt_coop_spend(tmlrt_context* cx) {
    if (TRT_UNLIKELY(cx->budget == 0)) {
        tmlrt_coop_yield(cx);
        return false;
    }
    cx->budget--;
    return true;
}
/// trt_coop_refund gives the unit back: the operation turned out to wait.
static inline void trt_coop_refund(tmlrt_context* cx) {
    cx->budget++;
}

#endif
