// SPDX-License-Identifier: Apache-2.0
// Waiting for a signal: the subscription's handle in the reactor of the worker that polls first.
// The slot is registered at the first poll and gone at the end, so a drop on any thread is fine.
#include "rt/fut/signal.h"

#include <tmlrt/abi/functions.h>

#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/exec/leaf.h"

#include <stdalign.h>

typedef struct signal_leaf {
    tmlrt_frame head;
    trt_signal* subscription;
    uint32_t* out_bits;
    trt_reactor* reactor;
    trt_io_slot* slot;
    trt_leaf leaf;
} signal_leaf;

_Static_assert(sizeof(signal_leaf) <= TMLRT_LEAF_SIZE, "signal fits a leaf");
_Static_assert(alignof(signal_leaf) <= TMLRT_LEAF_ALIGN, "signal fits a leaf");

enum { WAITING = 1 };

void trt_signal_wait_init(void* leaf, trt_signal* subscription, uint32_t* out_bits) {
    *(signal_leaf*)leaf = (signal_leaf){.subscription = subscription, .out_bits = out_bits};
}

static void release(signal_leaf* self) {
    if (self->slot != NULL) {
        trt_reactor_deregister(self->reactor, self->slot);
        self->slot = NULL;
    }
}

static void signal_unlink(trt_leaf* leaf) {
    release(TRT_CONTAINER_OF(leaf, signal_leaf, leaf));
}

static tmlrt_poll finish(signal_leaf* self, void* out, tmlrt_status status) {
    trt_leaf_unregister(&self->leaf);
    release(self);
    self->head.state = TMLRT_FRAME_DONE;
    *(tmlrt_status*)out = status;
    return TMLRT_READY;
}

static tmlrt_poll signal_poll(void* frame, tmlrt_context* cx, void* out) {
    signal_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(&trt_signal_wait_desc, frame);
    }
    if (self->head.state == TMLRT_FRAME_UNSTARTED) {
        self->reactor = trt_current_reactor();
        tmlrt_status status =
            trt_reactor_register(self->reactor, self->subscription->handle, &self->slot);
        if (status != TMLRT_OK) {
            return finish(self, out, status);
        }
        self->head.state = WAITING;
        trt_leaf_register(&self->leaf, signal_unlink);
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    uint32_t tick = 0;
    while (trt_io_poll_ready(self->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        uint32_t bits = trt_signal_take(self->subscription);
        if (bits != 0) {
            *self->out_bits = bits;
            return finish(self, out, TMLRT_OK);
        }
        trt_io_clear_ready(self->slot, TRT_DIR_READ, tick);
    }
    trt_coop_refund(cx);
    return TMLRT_PENDING;
}

static void signal_drop(void* frame) {
    signal_leaf* self = frame;
    if (self->head.state == WAITING) {
        trt_leaf_unregister(&self->leaf);
        release(self);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

const tmlrt_future_desc trt_signal_wait_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = signal_poll,
    .drop = signal_drop,
    .frame_size = sizeof(signal_leaf),
    .frame_align = alignof(signal_leaf),
    .out_size = sizeof(tmlrt_status),
    .out_align = alignof(tmlrt_status),
    .name = "signal",
    .num_states = 2,
};
