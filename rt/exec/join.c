// SPDX-License-Identifier: Apache-2.0
// Awaiting a join handle: the leaf future behind tmlrt_join_init.
//
// The leaf owns the handle from init on. Drop, in any state before the end, detaches it. Runs on
// the thread that polls the awaiting task.
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/exec/coop.h"
#include "rt/exec/handle.h"
#include "rt/exec/leaf.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct join_leaf {
    tmlrt_frame head;
    tmlrt_task* task;
    void* out_value;
    trt_leaf leaf;
} join_leaf;

_Static_assert(sizeof(join_leaf) <= TMLRT_LEAF_SIZE, "join fits a leaf");
_Static_assert(alignof(join_leaf) <= TMLRT_LEAF_ALIGN, "join fits a leaf");

void tmlrt_join_init(void* leaf, tmlrt_task* task, void* out_value) {
    bool is_static = (trt_state_load(&task->state) & TRT_TASK_STATIC) != 0;
    if (!is_static && task->awaited++ != 0) {
        fprintf(stderr, "tmlrt: the handle of task %" PRIu64 " is awaited twice\n", task->id);
        abort();
    }
    *(join_leaf*)leaf = (join_leaf){.task = task, .out_value = out_value};
}

static void join_unlink(trt_leaf* leaf) {
    join_leaf* self = TRT_CONTAINER_OF(leaf, join_leaf, leaf);
    (void)!trt_handle_abandon(self->task); // a second panic was reported, and ends here
}

static tmlrt_poll join_poll(void* frame, tmlrt_context* cx, void* out) {
    join_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(&tmlrt_join_desc, frame);
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    if (trt_handle_poll(self->task, cx->waker) == TMLRT_PENDING) {
        trt_coop_refund(cx);
        trt_leaf_register(&self->leaf, join_unlink);
        self->head.state = 1;
        return TMLRT_PENDING;
    }
    trt_leaf_unregister(&self->leaf);
    self->head.state = TMLRT_FRAME_DONE;
    *(tmlrt_status*)out = trt_handle_take(self->task, self->out_value);
    return TMLRT_READY;
}

static void join_drop(void* frame) {
    join_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    self->head.state = TMLRT_FRAME_DONE;
    trt_leaf_unregister(&self->leaf);
    tmlrt_task_detach(self->task);
}

const tmlrt_future_desc tmlrt_join_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = join_poll,
    .drop = join_drop,
    .frame_size = sizeof(join_leaf),
    .frame_align = alignof(join_leaf),
    .out_size = sizeof(tmlrt_status),
    .out_align = alignof(tmlrt_status),
    .name = "join",
    .num_states = 2,
};

tmlrt_status tmlrt_task_join(tmlrt_task* task, void* out) {
    join_leaf leaf;
    tmlrt_status status = TMLRT_OK;
    tmlrt_join_init(&leaf, task, out);
    tmlrt_status nested = tmlrt_block_on_future(&tmlrt_join_desc, &leaf, &status);
    return nested != TMLRT_OK ? nested : status;
}
