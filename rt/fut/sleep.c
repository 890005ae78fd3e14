// SPDX-License-Identifier: Apache-2.0
// Sleep: one timer embedded in the leaf, armed at the first poll on the timers of the worker that
// polls it (outside of a worker: on the default runtime's). The deadline counts from that poll.
// May be dropped on any thread: the timer knows its driver. Allocates nothing.
#include <tmlrt/abi/functions.h>

#include "rt/exec/coop.h"
#include "rt/exec/leaf.h"
#include "rt/exec/worker.h"
#include "rt/fut/deadline.h"

#include <stdalign.h>

typedef struct sleep_leaf {
    tmlrt_frame head;
    uint64_t duration_ns;
    trt_timer timer;
    trt_leaf leaf;
} sleep_leaf;

_Static_assert(sizeof(sleep_leaf) <= TMLRT_LEAF_SIZE, "sleep fits a leaf");
_Static_assert(alignof(sleep_leaf) <= TMLRT_LEAF_ALIGN, "sleep fits a leaf");

enum { WAITING = 1 };

void tmlrt_sleep_init(void* leaf, uint64_t duration_ns) {
    *(sleep_leaf*)leaf = (sleep_leaf){.duration_ns = duration_ns};
}

static void sleep_unlink(trt_leaf* leaf) {
    trt_timer_cancel(&TRT_CONTAINER_OF(leaf, sleep_leaf, leaf)->timer);
}

static tmlrt_poll sleep_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    sleep_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(&tmlrt_sleep_desc, frame);
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = TMLRT_PENDING;
    if (self->head.state == TMLRT_FRAME_UNSTARTED) {
        if (self->duration_ns == 0) {
            answer = TMLRT_READY;
        } else {
            trt_timer_driver* timers = trt_current_timers();
            trt_timer_arm(&self->timer, timers, trt_deadline_after(timers, self->duration_ns),
                          cx->waker);
            self->head.state = WAITING;
        }
    } else {
        answer = trt_timer_poll(&self->timer, cx->waker);
    }
    if (answer == TMLRT_READY) {
        trt_leaf_unregister(&self->leaf);
        self->head.state = TMLRT_FRAME_DONE;
    } else {
        trt_coop_refund(cx);
        trt_leaf_register(&self->leaf, sleep_unlink);
    }
    return answer;
}

static void sleep_drop(void* frame) {
    sleep_leaf* self = frame;
    if (self->head.state == WAITING) {
        trt_leaf_unregister(&self->leaf);
        trt_timer_cancel(&self->timer);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

const tmlrt_future_desc tmlrt_sleep_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = sleep_poll,
    .drop = sleep_drop,
    .frame_size = sizeof(sleep_leaf),
    .frame_align = alignof(sleep_leaf),
    .out_align = 1,
    .name = "sleep",
    .num_states = 2,
};
