// SPDX-License-Identifier: Apache-2.0
// The scheduler around the tasks of a model: one queue and runners. Compiled without
// instrumentation, so it is no part of what is checked; a push is one step that releases, a pop one
// that acquires (as the lock of a real queue).
#ifndef TESTS_MODEL_EXPLORE_RIG_H
#define TESTS_MODEL_EXPLORE_RIG_H

#include "rt/exec/runtime.h"
#include "rt/exec/task.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

/// rig_reset begins an execution: empty queue, no task.
void rig_reset(void);
/// rig_worker is the worker that owns every task of the rig.
trt_worker* rig_worker(void);
/// rig_spawn makes and queues a task; its handle is the caller's.
tmlrt_task* rig_spawn(const tmlrt_future_desc* desc, const void* frame, uint64_t frame_len);
/// rig_spawn_unlisted is rig_spawn as a worker does it for itself: the task is in no list until it
/// has to wait.
tmlrt_task* rig_spawn_unlisted(const tmlrt_future_desc* desc, const void* frame,
                               uint64_t frame_len);
/// rig_run pops and runs tasks until `num_tasks` have completed; as_worker: the thread is a worker.
void rig_run(unsigned num_tasks, bool as_worker);
/// rig_drain runs what is left in the queue, for the end of a case.
void rig_drain(void);
/// rig_ended tells the rig that a task's frame has ended: that no run of it will follow.
void rig_ended(void);
/// rig_completed returns how many tasks have ended.
unsigned rig_completed(void);
/// rig_become_worker makes the calling thread a worker of the tasks' runtime.
void rig_become_worker(void);

#endif
