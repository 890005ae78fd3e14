// SPDX-License-Identifier: Apache-2.0
// Sleep: one timer embedded in the leaf, armed at the first poll on the timers of the worker that
// polls it (outside of a worker: on the default runtime's). A duration counts from that poll.
// May be dropped on any thread: the timer knows its driver. Allocates nothing.
#include <tmlrt/abi/functions.h>

#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/exec/leaf.h"
#include "rt/fut/deadline.h"

#include <stdalign.h>

typedef struct sleep_leaf {
    tmlrt_frame head;
    uint64_t ns; ///< a duration; for sleep_until the deadline
    bool is_deadline;
    trt_timer timer;
    trt_leaf leaf;
} sleep_leaf;

_Static_assert(sizeof(sleep_leaf) <= TMLRT_LEAF_SIZE, "sleep fits a leaf");
_Static_assert(alignof(sleep_leaf) <= TMLRT_LEAF_ALIGN, "sleep fits a leaf");

enum { WAITING = 1 };

void tmlrt_sleep_init(void* leaf, uint64_t duration_ns) {
    *(sleep_leaf*)leaf = (sleep_leaf){.ns = duration_ns};
}

void tmlrt_sleep_until_init(void* leaf, uint64_t deadline_ns) {
    *(sleep_leaf*)leaf = (sleep_leaf){.ns = deadline_ns, .is_deadline = true};
}

// Arms the timer unless there is nothing to wait for.
static tmlrt_poll begin(sleep_leaf* self, const tmlrt_context* cx) {
    if (self->ns == 0) {
        return TMLRT_READY;
    }
    trt_timer_driver* timers = trt_current_timers();
    if (self->is_deadline && self->ns <= trt_timers_now(timers)) {
        return TMLRT_READY;
    }
    uint64_t deadline_ns = self->is_deadline ? self->ns : trt_deadline_after(timers, self->ns);
    trt_timer_arm(&self->timer, timers, deadline_ns, cx->waker);
    self->head.state = WAITING;
    return TMLRT_PENDING;
}

static void sleep_unlink(trt_leaf* leaf) {
    trt_timer_cancel(&TRT_CONTAINER_OF(leaf, sleep_leaf, leaf)->timer);
}

static tmlrt_poll sleep_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    sleep_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(self->is_deadline ? &tmlrt_sleep_until_desc : &tmlrt_sleep_desc,
                              frame);
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = self->head.state == TMLRT_FRAME_UNSTARTED
                            ? begin(self, cx)
                            : trt_timer_poll(&self->timer, cx->waker);
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

const tmlrt_future_desc tmlrt_sleep_until_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = sleep_poll,
    .drop = sleep_drop,
    .frame_size = sizeof(sleep_leaf),
    .frame_align = alignof(sleep_leaf),
    .out_align = 1,
    .name = "sleep_until",
    .num_states = 2,
};
