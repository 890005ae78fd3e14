// SPDX-License-Identifier: Apache-2.0
// Counting tasks that are alike: same function, same place where they wait.
#ifndef TRT_EXEC_TALLY_H
#define TRT_EXEC_TALLY_H

#include <tmlrt/runtime.h>

#include "rt/exec/task.h"

#include <stdbool.h>

/// trt_tally is the list of kinds of a report. All-zero is empty; it allocates nothing: what has no
/// room is counted in num_others.
typedef struct trt_tally {
    tmlrt_shutdown_kind kinds[TMLRT_SHUTDOWN_KINDS];
    uint32_t num_kinds;
    uint64_t num_others;
} trt_tally;

/// trt_tally_add counts one task.
/// Shape:   waits: nobody polls or drops it meanwhile, so its frame says where it waits; else the
///          line is its function's.   Thread: who has the tally; the task cannot end meanwhile.
void trt_tally_add(trt_tally* tally, tmlrt_task* task, bool waits);
/// trt_tally_add_stuck counts the task that worker `index` polls, of descriptor `desc` (NULL: none
/// yet) and number `id` (0: not known).
void trt_tally_add_stuck(trt_tally* tally, const tmlrt_future_desc* desc, uint64_t id,
                         uint32_t index);

#endif
