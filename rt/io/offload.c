// SPDX-License-Identifier: Apache-2.0
// Offload: a job of the blocking pool whose frame is one counted pointer. References: the leaf's
// from the beginning, the job's from start until its frame has run or was dropped by the pool.
// Called by the leaf futures of files and of name resolution.
#include "rt/io/offload.h"

#include "rt/base/assert.h"
#include "rt/exec/coop.h"
#include "rt/exec/handle.h"
#include "rt/exec/runtime.h"

#include <stdalign.h>

typedef struct offload_frame {
    tmlrt_frame head;
    trt_offload* op;
} offload_frame;

// Release orders this side's use of the block before the other's fini, acquire the other's before
// ours.
static void unref(trt_offload* op) {
    if (trt_atomic_sub(&op->refs, 1, TRT_ACQ_REL) == 1) {
        op->fini(op);
    }
}

// The job is over, made or not.
static void job_ends(trt_offload* op) {
    if (op->ended != NULL) {
        op->ended(op);
    }
    unref(op);
}

static tmlrt_poll offload_poll(void* frame, tmlrt_context* cx, void* out) {
    offload_frame* self = frame;
    (void)cx, (void)out;
    self->op->run(self->op);
    self->head.state = TMLRT_FRAME_DONE;
    job_ends(self->op);
    return TMLRT_READY;
}

static void offload_drop(void* frame) {
    offload_frame* self = frame;
    if (self->head.state != TMLRT_FRAME_DONE) {
        self->head.state = TMLRT_FRAME_DONE;
        job_ends(self->op);
    }
}

static const tmlrt_future_desc s_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = offload_poll,
    .drop = offload_drop,
    .frame_size = sizeof(offload_frame),
    .frame_align = alignof(offload_frame),
    .out_align = 1,
    .name = "blocking call",
    .num_states = 1,
};

trt_blocking* trt_offload_pool(tmlrt_status* out_status) {
    trt_worker* me = trt_current_worker();
    tmlrt_runtime* runtime = me != NULL ? me->core : trt_runtime_get_default(out_status);
    return runtime != NULL ? runtime->blocking : NULL;
}

void trt_offload_start(trt_offload* op) {
    tmlrt_status status = TMLRT_OK;
    trt_blocking* pool = trt_offload_pool(&status);
    if (pool != NULL) {
        trt_offload_start_on(op, pool);
    } else {
        op->task = trt_task_failed(status);
    }
}

void trt_offload_start_on(trt_offload* op, trt_blocking* pool) {
    offload_frame frame = {.op = op};
    trt_atomic_store(&op->refs, 2, TRT_RELAXED); // nobody else knows it yet
    op->task = trt_blocking_submit_future(pool, &s_desc, &frame, sizeof(frame));
}

tmlrt_poll trt_offload_poll(trt_offload* op, tmlrt_context* cx, tmlrt_status* out_status) {
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    if (trt_handle_poll(op->task, cx->waker) == TMLRT_PENDING) {
        trt_coop_refund(cx);
        return TMLRT_PENDING;
    }
    *out_status = trt_handle_take(op->task, NULL);
    op->task = NULL;
    return TMLRT_READY;
}

void trt_offload_leave(trt_offload* op) {
    if (op == NULL) {
        return;
    }
    tmlrt_task* task = op->task;
    op->task = NULL;
    if (task != NULL) {
        tmlrt_task_abort(task);
        (void)!trt_handle_abandon(task); // no output: nothing that could fail
    }
    if (trt_atomic_load(&op->refs, TRT_RELAXED) == 0) { // never started
        op->fini(op);
    } else {
        unref(op);
    }
}
