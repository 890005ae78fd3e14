// SPDX-License-Identifier: Apache-2.0
// Where a runnable task goes: the one place that chooses a queue and wakes a worker for it.
#ifndef TRT_EXEC_SCHEDULE_H
#define TRT_EXEC_SCHEDULE_H

#include "rt/exec/task.h"

/// trt_schedule queues a task whose state word says that the caller must push it, and wakes at most
/// one worker.   Owns: the queue's reference moves in.   Thread: any. Allocates nothing.
void trt_schedule(tmlrt_task* task);
/// trt_requeue puts a task that was woken while it ran behind the others. Wakes nobody: this worker
/// looks at its queues next.   Thread: the worker that ran it.
void trt_requeue(trt_worker* worker, tmlrt_task* task);

#endif
