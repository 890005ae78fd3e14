// SPDX-License-Identifier: Apache-2.0
// Broadcast for compiled code: the exported functions and the leaf recv.
//
// The leaf borrows the receiver. Dropped before its READY it has taken nothing.
#include <tmlrt/sync.h>

#include "rt/fut/sync_leaf.h"
#include "rt/sync/broadcast.h"

#include <stdalign.h>

int32_t tmlrt_broadcast_new(tmlrt_broadcast** out, uint64_t value_len, uint64_t capacity,
                            void (*clone)(void*, const void*), void (*drop_value)(void*)) {
    return trt_broadcast_new(out, value_len, capacity, clone, drop_value);
}

void tmlrt_broadcast_sender_ref(tmlrt_broadcast* sender) {
    trt_broadcast_ref(sender);
}

void tmlrt_broadcast_sender_free(tmlrt_broadcast* owned_sender) {
    if (owned_sender != NULL) {
        trt_broadcast_unref(owned_sender);
    }
}

int32_t tmlrt_broadcast_send(tmlrt_broadcast* sender, const void* value) {
    uint64_t receivers;
    return trt_broadcast_send(sender, value, &receivers);
}

uint64_t tmlrt_broadcast_receivers(tmlrt_broadcast* sender) {
    return trt_broadcast_receivers(sender);
}

tmlrt_broadcast_receiver* tmlrt_broadcast_subscribe(tmlrt_broadcast* sender) {
    return trt_broadcast_subscribe(sender);
}

tmlrt_broadcast_receiver* tmlrt_broadcast_receiver_dup(tmlrt_broadcast_receiver* receiver) {
    return trt_broadcast_rx_dup(receiver);
}

void tmlrt_broadcast_receiver_free(tmlrt_broadcast_receiver* owned_receiver) {
    if (owned_receiver != NULL) {
        trt_broadcast_rx_free(owned_receiver);
    }
}

int32_t tmlrt_broadcast_try_recv(tmlrt_broadcast_receiver* receiver, void* out,
                                 uint64_t* out_missed) {
    return trt_broadcast_try_recv(receiver, out, out_missed);
}

// ---- recv ---------------------------------------------------------------------------------------

typedef struct broadcast_recv_leaf {
    trt_sync_leaf base;
    tmlrt_broadcast_receiver* receiver;
    void* out_value;
    trt_waiter waiter;
} broadcast_recv_leaf;

typedef struct recv_output {
    tmlrt_status status;
    uint64_t missed;
} recv_output;

void tmlrt_broadcast_recv_init(void* leaf, tmlrt_broadcast_receiver* receiver, void* out_value) {
    broadcast_recv_leaf* self = leaf;
    trt_sync_init(&self->base);
    trt_waiter_init(&self->waiter);
    self->receiver = receiver;
    self->out_value = out_value;
}

static void broadcast_recv_unlink(trt_leaf* leaf) {
    broadcast_recv_leaf* self = TRT_CONTAINER_OF(leaf, broadcast_recv_leaf, base.leaf);
    trt_broadcast_cancel(self->receiver, &self->waiter);
}

static tmlrt_poll broadcast_recv_poll(void* frame, tmlrt_context* cx, void* out) {
    broadcast_recv_leaf* self = frame;
    recv_output got = {.status = TMLRT_OK};
    if (!trt_sync_begin(&self->base, &tmlrt_broadcast_recv_desc, cx)) {
        return TMLRT_PENDING;
    }
    if (!self->waiter.queued && trt_broadcast_take(self->receiver, self->out_value)) {
        *(recv_output*)out = got;
        return trt_sync_end(&self->base, cx, TMLRT_READY, broadcast_recv_unlink);
    }
    tmlrt_poll answer = trt_broadcast_poll_recv(self->receiver, &self->waiter, cx->waker,
                                                self->out_value, &got.missed, &got.status);
    if (answer == TMLRT_READY) {
        *(recv_output*)out = got;
    }
    return trt_sync_end(&self->base, cx, answer, broadcast_recv_unlink);
}

static void broadcast_recv_drop(void* frame) {
    trt_sync_drop(frame, broadcast_recv_unlink);
}

TRT_SYNC_DESC(broadcast_recv, recv_output);
