// SPDX-License-Identifier: Apache-2.0
// Watch for compiled code: the exported functions and the leaf changed.
//
// The leaf borrows the receiver. Dropped before its READY it has marked nothing as seen.
#include <tmlrt/sync.h>

#include "rt/fut/sync_leaf.h"
#include "rt/sync/watch.h"

#include <stdalign.h>

int32_t tmlrt_watch_new(tmlrt_watch** out, uint64_t value_len, const void* value,
                        void (*clone)(void*, const void*), void (*drop_value)(void*)) {
    return trt_watch_new(out, value_len, value, clone, drop_value);
}

void tmlrt_watch_sender_ref(tmlrt_watch* sender) {
    trt_watch_ref(sender);
}

void tmlrt_watch_sender_free(tmlrt_watch* owned_sender) {
    if (owned_sender != NULL) {
        trt_watch_unref(owned_sender);
    }
}

int32_t tmlrt_watch_send(tmlrt_watch* sender, const void* value) {
    return trt_watch_send(sender, value);
}

void tmlrt_watch_peek(tmlrt_watch* sender, void* out) {
    trt_watch_peek(sender, out);
}

uint64_t tmlrt_watch_receivers(tmlrt_watch* sender) {
    return trt_watch_receivers(sender);
}

tmlrt_watch_receiver* tmlrt_watch_subscribe(tmlrt_watch* sender) {
    return trt_watch_subscribe(sender);
}

tmlrt_watch_receiver* tmlrt_watch_receiver_dup(tmlrt_watch_receiver* receiver) {
    return trt_watch_rx_dup(receiver);
}

void tmlrt_watch_receiver_free(tmlrt_watch_receiver* owned_receiver) {
    if (owned_receiver != NULL) {
        trt_watch_rx_free(owned_receiver);
    }
}

void tmlrt_watch_get(tmlrt_watch_receiver* receiver, void* out) {
    trt_watch_get(receiver, out);
}

int32_t tmlrt_watch_has_changed(tmlrt_watch_receiver* receiver) {
    return trt_watch_changed(receiver);
}

// ---- changed ------------------------------------------------------------------------------------

typedef struct watch_changed_leaf {
    trt_sync_leaf base;
    tmlrt_watch_receiver* receiver;
    trt_waiter waiter;
} watch_changed_leaf;

void tmlrt_watch_changed_init(void* leaf, tmlrt_watch_receiver* receiver) {
    watch_changed_leaf* self = leaf;
    trt_sync_init(&self->base);
    trt_waiter_init(&self->waiter);
    self->receiver = receiver;
}

static void watch_changed_unlink(trt_leaf* leaf) {
    watch_changed_leaf* self = TRT_CONTAINER_OF(leaf, watch_changed_leaf, base.leaf);
    trt_watch_cancel(self->receiver, &self->waiter);
}

static tmlrt_poll watch_changed_poll(void* frame, tmlrt_context* cx, void* out) {
    watch_changed_leaf* self = frame;
    tmlrt_status status;
    if (!trt_sync_begin(&self->base, &tmlrt_watch_changed_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_watch_poll_changed(self->receiver, &self->waiter, cx->waker, &status);
    if (answer == TMLRT_READY) {
        *(tmlrt_status*)out = status;
    }
    return trt_sync_end(&self->base, cx, answer, watch_changed_unlink);
}

static void watch_changed_drop(void* frame) {
    trt_sync_drop(frame, watch_changed_unlink);
}

TRT_SYNC_DESC(watch_changed, tmlrt_status);
