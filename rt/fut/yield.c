// SPDX-License-Identifier: Apache-2.0
// Yield: PENDING once, with the task woken, so that it goes to the end of its run queue.
#include <tmlrt/abi/functions.h>

#include "rt/base/waker.h"

#include <stdalign.h>

enum { YIELDED = 1 };

void tmlrt_yield_init(void* leaf) {
    *(tmlrt_frame*)leaf = (tmlrt_frame){TMLRT_FRAME_UNSTARTED, 0};
}

static tmlrt_poll yield_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    tmlrt_frame* self = frame;
    switch (self->state) {
    case TMLRT_FRAME_UNSTARTED:
        self->state = YIELDED;
        trt_waker_wake_ref(cx->waker);
        return TMLRT_PENDING;
    case YIELDED:
        self->state = TMLRT_FRAME_DONE;
        return TMLRT_READY;
    default:
        tmlrt_poll_after_done(&tmlrt_yield_desc, frame);
    }
}

static void yield_drop(void* frame) {
    ((tmlrt_frame*)frame)->state = TMLRT_FRAME_DONE;
}

const tmlrt_future_desc tmlrt_yield_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = yield_poll,
    .drop = yield_drop,
    .frame_size = sizeof(tmlrt_frame),
    .frame_align = alignof(tmlrt_frame),
    .out_align = 1,
    .name = "yield",
    .num_states = 2,
};
