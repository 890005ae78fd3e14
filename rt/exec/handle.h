// SPDX-License-Identifier: Apache-2.0
// Join handles inside the runtime: reading and leaving a task.
#ifndef TRT_EXEC_HANDLE_H
#define TRT_EXEC_HANDLE_H

#include "rt/exec/task.h"

/// trt_handle_poll answers READY when the task is COMPLETE; else it keeps a clone of `waker` as the
/// join waker and answers PENDING.   Thread: the handle's owner.
tmlrt_poll trt_handle_poll(tmlrt_task* task, const tmlrt_waker* waker);
/// trt_handle_take moves the output of a COMPLETE task to `out_value` (NULL: it is dropped) when
/// its status is 0, and gives the handle up. Returns the status.
tmlrt_status trt_handle_take(tmlrt_task* owned_task, void* out_value);
/// trt_handle_abandon gives the handle up like tmlrt_task_detach, but returns the failure of an
/// output's destructor instead of passing it on.
tmlrt_status trt_handle_abandon(tmlrt_task* owned_task);

#endif
