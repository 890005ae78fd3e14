// SPDX-License-Identifier: Apache-2.0
// The join handle: one counted reference with JOIN_INTEREST. It is given up exactly once, by take
// or by detach; whichever of handle and runner comes last drops an unread output (E6).
//
// The join waker's field belongs to the handle while JOIN_WAKER is clear; a task that completes
// with it set keeps the field for its runner (E7). Static handles answer without being written.
// Thread: one owner at a time; abort, id and is_finished may also be called beside it.
#include "rt/exec/handle.h"

#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/group/local_set.h"
#include "rt/exec/schedule.h"
#include "rt/exec/worker.h"

// ---- finished handles that need no memory -------------------------------------------------------

#define FAILED_STATUSES(X)                                                                         \
    X(NOMEM)                                                                                       \
    X(INVAL) X(PERM) X(OS) X(AGAIN) X(MFILE) X(SHUTDOWN) X(CANCELLED) X(PANIC) X(NESTED) X(COPIES)

static const tmlrt_task s_failed[] = {
#define FAILED_TASK(name)                                                                          \
    {.state = {TRT_TASK_STATIC | TRT_TASK_COMPLETE | TRT_TASK_REF},                                \
     .id = UINT64_MAX,                                                                             \
     .status = TMLRT_E_##name},
    FAILED_STATUSES(FAILED_TASK)
#undef FAILED_TASK
};

tmlrt_task* trt_task_failed(tmlrt_status status) {
    const tmlrt_task* other = NULL;
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_failed); i++) {
        if (s_failed[i].status == status) {
            return (tmlrt_task*)&s_failed[i];
        }
        if (s_failed[i].status == TMLRT_E_OS) {
            other = &s_failed[i];
        }
    }
    return (tmlrt_task*)other;
}

static bool is_static(const tmlrt_task* task) {
    return (trt_atomic_load(&task->state, TRT_RELAXED) & TRT_TASK_STATIC) != 0;
}

// ---- giving the handle up -----------------------------------------------------------------------

// `output_taken`: nothing is left to drop. Returns the failure of a destructor that panicked; the
// reference was given back all the same.
static tmlrt_status leave(tmlrt_task* task, bool output_taken) {
    uint64_t word = trt_state_load(&task->state);
    bool left = false;
    if ((word & TRT_TASK_COMPLETE) == 0) {
        word = trt_state_join_leave(&task->state);
        left = true;
    }
    bool complete = (word & TRT_TASK_COMPLETE) != 0;
    if (!complete || (word & TRT_TASK_JOIN_WAKER) == 0) {
        trt_waker_drop(&task->join_waker);
    }
    tmlrt_status failure = TMLRT_OK;
    if (complete && !output_taken && task->status == TMLRT_OK) {
        failure = trt_task_drop_output(task);
    }
    if (left ? trt_state_unref(&task->state, 1) : trt_state_join_end(&task->state)) {
        trt_task_free(task);
    }
    return failure;
}

tmlrt_status trt_handle_abandon(tmlrt_task* task) {
    const uint64_t over = TRT_TASK_COMPLETE | TRT_TASK_JOIN_INTEREST | TRT_TASK_REF;
    uint64_t word = trt_state_load(&task->state);
    if (word & TRT_TASK_STATIC) {
        return TMLRT_OK;
    }
    // Ended before anybody waited, and this is all that refers to it.
    if ((word & ~TRT_TASK_CANCELLED) == over && task->join_waker.vtable == NULL &&
        (task->desc->drop_output == NULL || task->status != TMLRT_OK)) {
        trt_task_free(task);
        return TMLRT_OK;
    }
    // Mostly nothing waits and the task is not over: then there is nothing to drop either.
    if (task->join_waker.vtable == NULL && trt_state_detach(&task->state)) {
        return TMLRT_OK;
    }
    return leave(task, false);
}

void tmlrt_task_detach(tmlrt_task* task) {
    tmlrt_status failure = task == NULL ? TMLRT_OK : trt_handle_abandon(task);
    if (failure != TMLRT_OK) {
        trt_guard_fail(failure); // the panic goes on in whoever dropped the handle
    }
}

static __attribute__((noinline)) tmlrt_status take_any(tmlrt_task* task, void* out_value) {
    tmlrt_status status = task->status;
    if (is_static(task)) {
        return status;
    }
    TRT_ASSERT((trt_state_load(&task->state) & TRT_TASK_COMPLETE) != 0);
    bool take = status == TMLRT_OK && (out_value != NULL || task->out_size == 0);
    if (take) {
        trt_copy_short(out_value, trt_task_output(task), task->out_size);
    }
    tmlrt_status failure = leave(task, take);
    if (failure != TMLRT_OK) {
        trt_guard_fail(failure);
    }
    return status;
}

tmlrt_status trt_handle_take(tmlrt_task* task, void* out_value) {
    uint64_t word = trt_state_load(&task->state);
    // The common end: it was waited for, so the waker is the runner's, and it went well.
    if (TRT_UNLIKELY((word & (TRT_TASK_STATIC | TRT_TASK_JOIN_WAKER)) != TRT_TASK_JOIN_WAKER ||
                     task->status != TMLRT_OK || out_value == NULL)) {
        return take_any(task, out_value);
    }
    TRT_ASSERT((word & TRT_TASK_COMPLETE) != 0);
    trt_copy_short(out_value, trt_task_output(task), task->out_size);
    if (trt_state_join_end(&task->state)) {
        trt_task_free(task);
    }
    return TMLRT_OK;
}

// ---- waiting ------------------------------------------------------------------------------------

tmlrt_poll trt_handle_poll(tmlrt_task* task, const tmlrt_waker* waker) {
    uint64_t word = trt_state_load(&task->state);
    if (word & TRT_TASK_COMPLETE) {
        return TMLRT_READY;
    }
    if (word & TRT_TASK_JOIN_WAKER) {
        if (trt_waker_same(&task->join_waker, waker)) {
            return TMLRT_PENDING;
        }
        if (!trt_state_join_disarm(&task->state)) {
            return TMLRT_READY;
        }
    }
    trt_waker_drop(&task->join_waker);
    trt_waker_clone(waker, &task->join_waker);
    return trt_state_join_arm(&task->state) ? TMLRT_PENDING : TMLRT_READY;
}

// ---- the rest of the handle ---------------------------------------------------------------------

void tmlrt_task_abort(tmlrt_task* task) {
    if (!trt_state_abort(&task->state)) {
        return;
    }
    tmlrt_local_set* set = trt_task_set(task);
    if (TRT_UNLIKELY(set != NULL)) {
        trt_local_set_push(set, task);
    } else {
        trt_schedule(task);
    }
}

int32_t tmlrt_task_is_finished(tmlrt_task* task) {
    return (trt_state_load(&task->state) & TRT_TASK_COMPLETE) != 0;
}

uint64_t tmlrt_task_id(tmlrt_task* task) {
    return task->id;
}
