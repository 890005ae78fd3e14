// SPDX-License-Identifier: Apache-2.0
// One tick of an interval: a timer armed at the first poll for the tick that is due next. The
// interval itself is the caller's data (rt/time/interval.h moves it on), and is touched only when
// the tick is taken. May be dropped on any thread. Allocates nothing.
#include <tmlrt/abi/functions.h>

#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/exec/leaf.h"
#include "rt/fut/deadline.h"
#include "rt/time/interval.h"

#include <stdalign.h>

typedef struct tick_leaf {
    tmlrt_frame head;
    tmlrt_interval* interval;
    trt_timer timer;
    trt_leaf leaf;
} tick_leaf;

_Static_assert(sizeof(tick_leaf) <= TMLRT_LEAF_SIZE, "tick fits a leaf");
_Static_assert(alignof(tick_leaf) <= TMLRT_LEAF_ALIGN, "tick fits a leaf");

enum { WAITING = 1 };

int32_t tmlrt_interval_set(tmlrt_interval* interval, uint64_t first_ns, uint64_t period_ns,
                           uint32_t missed) {
    if (period_ns == 0 || missed > TMLRT_MISSED_SKIP) {
        return TMLRT_E_INVAL;
    }
    *interval = (tmlrt_interval){.next_ns = first_ns, .period_ns = period_ns, .missed = missed};
    return TMLRT_OK;
}

void tmlrt_interval_tick_init(void* leaf, tmlrt_interval* interval) {
    *(tick_leaf*)leaf = (tick_leaf){.interval = interval};
}

static void tick_unlink(trt_leaf* leaf) {
    trt_timer_cancel(&TRT_CONTAINER_OF(leaf, tick_leaf, leaf)->timer);
}

static tmlrt_poll begin(tick_leaf* self, const tmlrt_context* cx, trt_timer_driver* timers) {
    if (self->interval->next_ns <= trt_timers_now(timers)) {
        return TMLRT_READY;
    }
    trt_timer_arm(&self->timer, timers, self->interval->next_ns, cx->waker);
    trt_leaf_register(&self->leaf, tick_unlink);
    self->head.state = WAITING;
    return TMLRT_PENDING;
}

static tmlrt_poll tick_poll(void* frame, tmlrt_context* cx, void* out) {
    tick_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(&tmlrt_interval_tick_desc, frame);
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    bool is_first = self->head.state == TMLRT_FRAME_UNSTARTED;
    trt_timer_driver* timers = is_first ? trt_current_timers() : self->timer.driver;
    tmlrt_poll answer =
        is_first ? begin(self, cx, timers) : trt_timer_poll(&self->timer, cx->waker);
    if (answer == TMLRT_PENDING) {
        trt_coop_refund(cx);
        return TMLRT_PENDING;
    }
    trt_leaf_unregister(&self->leaf);
    self->head.state = TMLRT_FRAME_DONE;
    *(uint64_t*)out = trt_interval_take(self->interval, trt_timers_now(timers));
    return TMLRT_READY;
}

static void tick_drop(void* frame) {
    tick_leaf* self = frame;
    if (self->head.state == WAITING) {
        trt_leaf_unregister(&self->leaf);
        trt_timer_cancel(&self->timer);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

const tmlrt_future_desc tmlrt_interval_tick_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = tick_poll,
    .drop = tick_drop,
    .frame_size = sizeof(tick_leaf),
    .frame_align = alignof(tick_leaf),
    .out_size = sizeof(uint64_t),
    .out_align = alignof(uint64_t),
    .name = "interval_tick",
    .num_states = 2,
};
