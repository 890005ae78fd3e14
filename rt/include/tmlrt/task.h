// SPDX-License-Identifier: Apache-2.0
// Tasks for C programs. The functions that compiled code uses (spawn, abort, join, ...) are in
// <tmlrt/abi/functions.h>, included here; a future is a frame and a descriptor
// (<tmlrt/abi/future.h>).
//
// A future in C: a struct whose first member is a tmlrt_frame, and a static tmlrt_future_desc with
// `poll` and `drop`. poll keeps its place in `state`, stores clones of cx->waker where the event
// will come from, and returns TMLRT_PENDING; or writes `out`, sets TMLRT_FRAME_DONE and returns
// TMLRT_READY.
#ifndef TMLRT_TASK_H
#define TMLRT_TASK_H

#include <tmlrt/abi/functions.h>

TMLRT_EXTERN_C_BEGIN

/// tmlrt_block_on_future polls a future on this thread until it is READY, parking in between.
/// Timers and I/O in it are driven by the default runtime.
/// Errors:  NESTED - called on a worker: use await; the frame was dropped.
/// Owns:    the frame stays the caller's storage and is DONE afterwards.   Thread: not a worker.
TMLRT_EXPORT TMLRT_NODISCARD tmlrt_status tmlrt_block_on_future(const tmlrt_future_desc* desc,
                                                                void* frame, void* out);

/// tmlrt_local_set_block_on is tmlrt_block_on_future of a run of the set: its tasks are polled on
/// this thread until the future is READY; tasks that have not ended stay in the set.
/// Errors:  NESTED - called on a worker: await the run there; the frame was dropped.
/// Owns:    as tmlrt_block_on_future.   Thread: the set's.
TMLRT_EXPORT TMLRT_NODISCARD tmlrt_status tmlrt_local_set_block_on(tmlrt_local_set* set,
                                                                   const tmlrt_future_desc* desc,
                                                                   void* frame, void* out);

/// tmlrt_task_join waits on this thread for a task's end and takes its output (NULL: none).
/// Errors:  the task's status; NESTED - called on a worker: the handle was detached.
/// Owns:    moves the handle in.   Thread: not a worker.
TMLRT_EXPORT TMLRT_NODISCARD tmlrt_status tmlrt_task_join(tmlrt_task* owned_task, void* out);

TMLRT_EXTERN_C_END

#endif
