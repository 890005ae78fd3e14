// SPDX-License-Identifier: Apache-2.0
// Counting tasks that are alike, in a table of fixed size: called by a shutdown, under the lock of
// a shard's list, so it neither allocates nor looks at more than the table.
#include "rt/exec/observe/tally.h"

static void add(trt_tally* tally, const tmlrt_shutdown_kind* kind) {
    for (uint32_t i = 0; i < tally->num_kinds; i++) {
        tmlrt_shutdown_kind* known = &tally->kinds[i];
        if (known->name == kind->name && known->file == kind->file && known->line == kind->line &&
            known->worker == kind->worker) {
            known->num += kind->num;
            return;
        }
    }
    if (tally->num_kinds == TMLRT_SHUTDOWN_KINDS) {
        tally->num_others += kind->num;
        return;
    }
    tally->kinds[tally->num_kinds++] = *kind;
}

static uint32_t line_of(tmlrt_task* task, bool waits) {
    const tmlrt_future_desc* desc = task->desc;
    if (!waits || desc->state_lines == NULL) {
        return desc->line;
    }
    uint32_t state = ((const tmlrt_frame*)trt_task_frame(task))->state;
    return state < desc->num_states ? desc->state_lines[state] : desc->line;
}

void trt_tally_add(trt_tally* tally, tmlrt_task* task, bool waits) {
    const tmlrt_shutdown_kind kind = {
        .name = task->desc->name,
        .file = task->desc->file,
        .line = line_of(task, waits),
        .worker = TMLRT_NO_WORKER,
        .num = 1,
    };
    add(tally, &kind);
}

void trt_tally_add_stuck(trt_tally* tally, const tmlrt_future_desc* desc, uint64_t id,
                         uint32_t index) {
    const tmlrt_shutdown_kind kind = {
        .name = desc == NULL ? "" : desc->name,
        .file = desc == NULL ? NULL : desc->file,
        .line = desc == NULL ? 0 : desc->line,
        .worker = index,
        .task_id = id,
        .num = 1,
    };
    add(tally, &kind);
}
