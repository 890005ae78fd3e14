// SPDX-License-Identifier: Apache-2.0
// Life of a task: made by spawn, run by workers, completed once, freed with its last reference.
//
// Invariants (reliability ids): one runner at a time (E2: RUNNING); the frame is dropped at most
// once and only by a runner (E6); the output is moved to the handle or dropped here, once; a task
// that completed is in no owned list and its wakers are no-ops that touch no scheduler (E9).
// A task keeps its shard, and with it the runtime's core, alive until it is freed: a waker that
// pushed a task may still look at the core after the task ran.
// Threads: run and finish by the runner; wakers by anybody.
#include "rt/exec/task.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/exec/worker.h"

#include <stdalign.h>
#include <string.h>

enum { ID_BLOCK = 1024 };
static trt_atomic_u64 s_last_id;

uint64_t trt_task_next_id(void) {
    trt_worker* me = trt_current_worker();
    if (me == NULL) {
        return trt_atomic_add(&s_last_id, 1, TRT_RELAXED) + 1;
    }
    if (me->num_ids == 0) {
        me->last_id = trt_atomic_add(&s_last_id, ID_BLOCK, TRT_RELAXED);
        me->num_ids = ID_BLOCK;
    }
    me->num_ids--;
    return ++me->last_id;
}

// ---- memory -------------------------------------------------------------------------------------

static bool align_up(uint64_t* size, uint64_t align) {
    uint64_t padded;
    if (__builtin_add_overflow(*size, align - 1, &padded)) {
        return false;
    }
    *size = padded & ~(align - 1);
    return true;
}

tmlrt_task* trt_task_new(const tmlrt_future_desc* desc, const void* frame, uint64_t frame_len,
                         uint64_t out_size, uint64_t out_align, uint64_t refs) {
    uint64_t align = alignof(max_align_t);
    align = desc->frame_align > align ? desc->frame_align : align;
    align = out_align > align ? out_align : align;
    uint64_t frame_offset = sizeof(tmlrt_task), out_offset, size;
    if (align > UINT32_MAX / 2 || !align_up(&frame_offset, desc->frame_align) ||
        __builtin_add_overflow(frame_offset, desc->frame_size, &out_offset) ||
        !align_up(&out_offset, out_align) || __builtin_add_overflow(out_offset, out_size, &size) ||
        size > SIZE_MAX / 2) {
        return NULL;
    }
    tmlrt_task* task = trt_alloc_aligned(size, align);
    if (task == NULL) {
        return NULL;
    }
    // Field by field: a zeroed struct of this size costs more than the rest of this function.
    trt_state_init(&task->state, refs);
    task->queue_next = NULL;
    task->shard = NULL;
    task->desc = desc;
    task->owned = (trt_list_node){NULL, NULL};
    task->join_waker = (tmlrt_waker){NULL, NULL};
    task->status = TMLRT_OK;
    task->home = TRT_HOME_NONE;
    task->frame_offset = (uint32_t)frame_offset;
    task->align = (uint32_t)align;
    task->awaited = 0;
    task->out_offset = out_offset;
    task->out_size = out_size;
    task->alloc_size = size;
    task->guard = (trt_guard){{{NULL, NULL}}};
    task->arena = (tmlrt_arena){NULL, NULL, NULL, NULL, NULL};
    task->id = trt_task_next_id();
    TRT_CHECK(frame_len <= desc->frame_size);
    if (frame_len != 0) {
        memcpy(trt_task_frame(task), frame, frame_len);
    }
    return task;
}

void trt_task_free(tmlrt_task* task) {
    trt_worker* shard = task->shard;
    trt_free_aligned(task, task->alloc_size, task->align);
    if (shard != NULL) {
        trt_worker_release(shard);
    }
}

void trt_task_unref(tmlrt_task* task, uint64_t num) {
    if (trt_state_unref(&task->state, num)) {
        trt_task_free(task);
    }
}

// ---- the waker ----------------------------------------------------------------------------------

static void waker_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    tmlrt_task* task = waker->data;
    trt_state_ref(&task->state);
    *out_waker = *waker;
}

static void waker_wake_by_ref(void* data) {
    tmlrt_task* task = data;
    if (trt_state_wake(&task->state)) {
        trt_schedule(task);
    }
}

// On a worker of the task's own runtime the core cannot go away under us, so the waker's reference
// may become the queue's. Elsewhere it is kept until the push, and the look at the idle workers
// that follows it, are over.
static void waker_wake(void* data) {
    tmlrt_task* task = data;
    if (!trt_worker_is_mine(task->shard)) {
        waker_wake_by_ref(task);
        trt_task_unref(task, 1);
        return;
    }
    bool last = false;
    if (trt_state_wake_owned(&task->state, &last)) {
        trt_schedule(task);
    } else if (last) {
        trt_task_free(task);
    }
}

static void waker_drop(void* data) {
    trt_task_unref(data, 1);
}

const tmlrt_waker_vtable trt_task_waker_vtable = {
    .clone = waker_clone,
    .wake = waker_wake,
    .wake_by_ref = waker_wake_by_ref,
    .drop = waker_drop,
};

// ---- completion ---------------------------------------------------------------------------------

tmlrt_status trt_task_drop_output(tmlrt_task* task) {
    if (task->desc->drop_output == NULL) {
        return TMLRT_OK;
    }
    return trt_guard_call(NULL, "task", task->id, task->desc->drop_output, trt_task_output(task));
}

void trt_task_finish(tmlrt_task* task, tmlrt_status status) {
    task->status = status;
    uint64_t word = trt_state_complete(&task->state);
    if ((word & TRT_TASK_JOIN_INTEREST) == 0) {
        if (status == TMLRT_OK) {
            // A failing destructor of an output that nobody reads was reported; the task has ended.
            (void)!trt_task_drop_output(task);
        }
        return;
    }
    if (word & TRT_TASK_JOIN_WAKER) {
        // A copy: the handle may still be comparing the field, which stays the runner's for good.
        tmlrt_waker waker = task->join_waker;
        trt_waker_wake(&waker);
    }
}

// Ends a task of an owned list: its frame is gone (completed, dropped or abandoned by a panic).
static void end(trt_worker* worker, tmlrt_task* task, tmlrt_status status) {
    if (task->arena.slabs != NULL || task->arena.reserved != NULL) {
        tmlrt_arena_fini(&task->arena);
    }
    trt_task_finish(task, status);
    trt_worker_disown(worker, task);
    trt_task_unref(task, 2); // the owned list's and the runner's
}

static void cancel(trt_worker* worker, tmlrt_task* task) {
    tmlrt_status failure =
        trt_guard_call(&task->guard, "task", task->id, task->desc->drop, trt_task_frame(task));
    end(worker, task, failure == TMLRT_OK ? TMLRT_E_CANCELLED : failure);
}

// ---- one run ------------------------------------------------------------------------------------

static tmlrt_status poll_once(tmlrt_task* task) {
    const tmlrt_waker waker = {&trt_task_waker_vtable, task};
    tmlrt_context cx = {
        .arena = &task->arena,
        .waker = &waker,
        .task = task,
        .budget = TMLRT_BUDGET,
    };
    return trt_guard_poll(&task->guard, "task", task->id, task->desc, trt_task_frame(task), &cx,
                          trt_task_output(task));
}

void trt_task_run(trt_worker* worker, tmlrt_task* task) {
    switch (trt_state_start(&task->state)) {
    case TRT_START_STALE:
        trt_task_unref(task, 1);
        return;
    case TRT_START_CANCEL:
        cancel(worker, task);
        return;
    case TRT_START_POLL:
        break;
    }
    tmlrt_status answer = poll_once(task);
    if (answer != TMLRT_PENDING) {
        end(worker, task, answer); // READY is 0 is TMLRT_OK
        return;
    }
    switch (trt_state_suspend(&task->state)) {
    case TRT_SUSPEND_IDLE:
        return; // the task may be gone already
    case TRT_SUSPEND_REQUEUE:
        trt_requeue(worker, task);
        return;
    case TRT_SUSPEND_CANCEL:
        cancel(worker, task);
        return;
    }
}
