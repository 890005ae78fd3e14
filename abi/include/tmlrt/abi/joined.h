// SPDX-License-Identifier: Apache-2.0
// What the next task of a join set gave.
#ifndef TMLRT_ABI_JOINED_H
#define TMLRT_ABI_JOINED_H

#include <stdint.h>

/// tmlrt_joined is the output of the leaves next of a join set and of a scope.
typedef struct tmlrt_joined {
    int32_t status; ///< the task's, as a join handle tells it
    uint64_t id;    ///< tmlrt_task_id; 0: no task is left, UINT64_MAX: it could not be started
} tmlrt_joined;

/// TMLRT_SCOPE_*: options of tmlrt_scope_new.
enum {
    TMLRT_SCOPE_COLLECTS = 1u << 0, ///< a failure does not abort the other children
};

#endif
