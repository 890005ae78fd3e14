// SPDX-License-Identifier: Apache-2.0
// Timeout: an inner future and a timer. The inner future is polled first, with the task's own
// waker; a result that is there at the deadline wins. On expiry the inner future is dropped, then
// the answer is TIMEDOUT.
//
// The leaf owns the inner future from init on, not its storage. It is panic-safe: whenever compiled
// code runs (the inner's poll or drop), the timer is either linked and registered, or neither.
#include <tmlrt/abi/functions.h>

#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/exec/leaf.h"
#include "rt/fut/deadline.h"

#include <stdalign.h>

typedef struct timeout_leaf {
    tmlrt_frame head;
    void* inner;
    const tmlrt_future_desc* desc;
    void* out_value;
    uint64_t ns; ///< a duration; for timeout_at the deadline
    bool is_deadline;
    trt_timer timer;
    trt_leaf leaf;
} timeout_leaf;

_Static_assert(sizeof(timeout_leaf) <= TMLRT_LEAF_SIZE, "timeout fits a leaf");
_Static_assert(alignof(timeout_leaf) <= TMLRT_LEAF_ALIGN, "timeout fits a leaf");

enum { WAITING = 1 };

void tmlrt_timeout_init(void* leaf, void* frame, const tmlrt_future_desc* desc, void* out_value,
                        uint64_t duration_ns) {
    *(timeout_leaf*)leaf = (timeout_leaf){
        .inner = frame,
        .desc = desc,
        .out_value = out_value,
        .ns = duration_ns,
    };
}

void tmlrt_timeout_at_init(void* leaf, void* frame, const tmlrt_future_desc* desc, void* out_value,
                           uint64_t deadline_ns) {
    tmlrt_timeout_init(leaf, frame, desc, out_value, deadline_ns);
    ((timeout_leaf*)leaf)->is_deadline = true;
}

static void timeout_unlink(trt_leaf* leaf) {
    trt_timer_cancel(&TRT_CONTAINER_OF(leaf, timeout_leaf, leaf)->timer);
}

static void disarm(timeout_leaf* self) {
    trt_leaf_unregister(&self->leaf);
    trt_timer_cancel(&self->timer);
}

static tmlrt_poll finish(timeout_leaf* self, void* out, tmlrt_status status) {
    disarm(self);
    self->head.state = TMLRT_FRAME_DONE;
    if (status == TMLRT_E_TIMEDOUT) {
        self->desc->drop(self->inner);
    }
    *(tmlrt_status*)out = status;
    return TMLRT_READY;
}

// A duration counts from the first poll, before the inner future's.
static void arm(timeout_leaf* self, const tmlrt_context* cx) {
    trt_timer_driver* timers = trt_current_timers();
    uint64_t deadline_ns = self->is_deadline ? self->ns : trt_deadline_after(timers, self->ns);
    trt_timer_arm(&self->timer, timers, deadline_ns, cx->waker);
    trt_leaf_register(&self->leaf, timeout_unlink);
    self->head.state = WAITING;
}

static tmlrt_poll timeout_poll(void* frame, tmlrt_context* cx, void* out) {
    timeout_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(self->is_deadline ? &tmlrt_timeout_at_desc : &tmlrt_timeout_desc,
                              frame);
    }
    if (self->head.state == TMLRT_FRAME_UNSTARTED) {
        arm(self, cx);
    }
    if (self->desc->poll(self->inner, cx, self->out_value) == TMLRT_READY) {
        return finish(self, out, TMLRT_OK);
    }
    // Not charged to the budget: an inner future that spends it all must still time out. A deadline
    // that had passed when it was armed needs no trip through the wheel.
    if (trt_timer_poll(&self->timer, cx->waker) == TMLRT_READY ||
        (self->is_deadline && self->ns <= trt_timers_now(self->timer.driver))) {
        return finish(self, out, TMLRT_E_TIMEDOUT);
    }
    return TMLRT_PENDING;
}

static void timeout_drop(void* frame) {
    timeout_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    disarm(self);
    self->head.state = TMLRT_FRAME_DONE;
    self->desc->drop(self->inner);
}

const tmlrt_future_desc tmlrt_timeout_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = timeout_poll,
    .drop = timeout_drop,
    .frame_size = sizeof(timeout_leaf),
    .frame_align = alignof(timeout_leaf),
    .out_size = sizeof(tmlrt_status),
    .out_align = alignof(tmlrt_status),
    .name = "timeout",
    .num_states = 2,
};

const tmlrt_future_desc tmlrt_timeout_at_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = timeout_poll,
    .drop = timeout_drop,
    .frame_size = sizeof(timeout_leaf),
    .frame_align = alignof(timeout_leaf),
    .out_size = sizeof(tmlrt_status),
    .out_align = alignof(tmlrt_status),
    .name = "timeout_at",
    .num_states = 2,
};
