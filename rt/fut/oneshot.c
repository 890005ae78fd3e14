// SPDX-License-Identifier: Apache-2.0
// Oneshot for compiled code: the exported functions and the leaves recv and closed.
//
// Both leaves borrow their end. A recv that is dropped loses nothing: the value is moved out in the
// poll that answers READY, so the next recv of the same receiver gets it.
#include <tmlrt/sync.h>

#include "rt/fut/sync_leaf.h"
#include "rt/sync/oneshot.h"

#include <stdalign.h>

tmlrt_oneshot* tmlrt_oneshot_new(uint64_t value_len, void (*drop_value)(void*)) {
    return trt_oneshot_new(value_len, drop_value);
}

int32_t tmlrt_oneshot_send(tmlrt_oneshot* owned_sender, const void* value) {
    return trt_oneshot_send(owned_sender, value);
}

void tmlrt_oneshot_sender_free(tmlrt_oneshot* owned_sender) {
    if (owned_sender != NULL) {
        trt_oneshot_drop_sender(owned_sender);
    }
}

int32_t tmlrt_oneshot_is_closed(tmlrt_oneshot* sender) {
    return trt_oneshot_closed(sender);
}

int32_t tmlrt_oneshot_try_recv(tmlrt_oneshot* receiver, void* out) {
    return trt_oneshot_try_recv(receiver, out);
}

void tmlrt_oneshot_close(tmlrt_oneshot* receiver) {
    trt_oneshot_close(receiver);
}

void tmlrt_oneshot_receiver_free(tmlrt_oneshot* owned_receiver) {
    if (owned_receiver != NULL) {
        trt_oneshot_drop_receiver(owned_receiver);
    }
}

// ---- recv ---------------------------------------------------------------------------------------

typedef struct oneshot_recv_leaf {
    trt_sync_leaf base;
    tmlrt_oneshot* receiver;
    void* out_value;
} oneshot_recv_leaf;

void tmlrt_oneshot_recv_init(void* leaf, tmlrt_oneshot* receiver, void* out_value) {
    oneshot_recv_leaf* self = leaf;
    trt_sync_init(&self->base);
    self->receiver = receiver;
    self->out_value = out_value;
}

static void oneshot_recv_unlink(trt_leaf* leaf) {
    trt_oneshot_forget_receiver_waker(
        TRT_CONTAINER_OF(leaf, oneshot_recv_leaf, base.leaf)->receiver);
}

static tmlrt_poll oneshot_recv_poll(void* frame, tmlrt_context* cx, void* out) {
    oneshot_recv_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_oneshot_recv_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_oneshot_poll(self->receiver, cx->waker, self->out_value, out);
    return trt_sync_end(&self->base, cx, answer, oneshot_recv_unlink);
}

static void oneshot_recv_drop(void* frame) {
    trt_sync_drop(frame, oneshot_recv_unlink);
}

TRT_SYNC_DESC(oneshot_recv, tmlrt_status);

// ---- closed -------------------------------------------------------------------------------------

typedef struct oneshot_closed_leaf {
    trt_sync_leaf base;
    tmlrt_oneshot* sender;
} oneshot_closed_leaf;

void tmlrt_oneshot_closed_init(void* leaf, tmlrt_oneshot* sender) {
    oneshot_closed_leaf* self = leaf;
    trt_sync_init(&self->base);
    self->sender = sender;
}

static void oneshot_closed_unlink(trt_leaf* leaf) {
    trt_oneshot_forget_sender_waker(TRT_CONTAINER_OF(leaf, oneshot_closed_leaf, base.leaf)->sender);
}

static tmlrt_poll oneshot_closed_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    oneshot_closed_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_oneshot_closed_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_oneshot_poll_closed(self->sender, cx->waker);
    return trt_sync_end(&self->base, cx, answer, oneshot_closed_unlink);
}

static void oneshot_closed_drop(void* frame) {
    trt_sync_drop(frame, oneshot_closed_unlink);
}

TRT_SYNC_DESC_VOID(oneshot_closed);
