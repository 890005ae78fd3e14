// SPDX-License-Identifier: Apache-2.0
// Local sets inside the runtime: what schedules, frees and spawns their tasks.
#ifndef TRT_EXEC_LOCAL_SET_H
#define TRT_EXEC_LOCAL_SET_H

#include "rt/exec/task.h"

/// trt_tls_local_set is the set whose tasks, or whose run future, this thread polls; NULL: none.
extern __thread tmlrt_local_set* trt_tls_local_set __attribute__((tls_model("initial-exec")));

/// trt_task_set returns the local set of a task, NULL for others. A task's `shard` with its lowest
/// bit set is not a worker but the set.
static inline tmlrt_local_set* trt_task_set(const tmlrt_task* task) {
    uintptr_t shard = (uintptr_t)task->shard;
    return (shard & 1) != 0 ? (tmlrt_local_set*)(shard - 1) : NULL; // NOLINT: tagged
}
/// trt_local_set_push queues a task of the set whose state word says that the caller must push it,
/// and wakes whoever runs the set.   Owns: the queue's reference moves in.   Thread: any that holds
/// a reference to the task. Allocates nothing.
void trt_local_set_push(tmlrt_local_set* set, tmlrt_task* task);
/// trt_local_set_release gives the reference of a freed task back; `shard` is the task's.
void trt_local_set_release(trt_worker* shard);

/// trt_local_set_enter checks that the set may be polled here by `runner` and makes `waker` the one
/// that pushes wake. Panics when it may not.   Thread: the poll's.
void trt_local_set_enter(tmlrt_local_set* set, const void* runner, const tmlrt_waker* waker);
/// trt_local_set_turn polls queued tasks, at most `max`. Returns whether some are left.
bool trt_local_set_turn(tmlrt_local_set* set, uint32_t max);
/// trt_local_set_leave ends the poll that enter began; `done`: the runner runs it no more, nobody
/// is woken any longer.
void trt_local_set_leave(tmlrt_local_set* set, bool done);

#endif
