// SPDX-License-Identifier: Apache-2.0
// Cancellation tokens for compiled code: the exported functions and the leaf cancelled.
#include <tmlrt/sync.h>

#include "rt/fut/sync_leaf.h"
#include "rt/sync/cancel.h"

#include <stdalign.h>

tmlrt_cancel_token* tmlrt_cancel_token_new(tmlrt_cancel_token* parent) {
    return trt_cancel_new(parent);
}

void tmlrt_cancel_token_ref(tmlrt_cancel_token* token) {
    trt_cancel_ref(token);
}

void tmlrt_cancel_token_free(tmlrt_cancel_token* owned_token) {
    trt_cancel_unref(owned_token);
}

int32_t tmlrt_cancel_token_cancel(tmlrt_cancel_token* token, int32_t reason) {
    if (reason < TMLRT_CANCEL_CLIENT_GONE || reason > TMLRT_CANCEL_ABORT) {
        return TMLRT_E_INVAL;
    }
    return trt_cancel_fire(token, (tmlrt_cancel_reason)reason) ? TMLRT_OK : TMLRT_E_EXISTS;
}

int32_t tmlrt_cancel_token_reason(tmlrt_cancel_token* token) {
    return (int32_t)trt_cancel_reason_of(token);
}

typedef struct cancel_token_cancelled_leaf {
    trt_sync_leaf base;
    tmlrt_cancel_token* token;
    trt_waiter waiter;
} cancel_token_cancelled_leaf;

void tmlrt_cancel_token_cancelled_init(void* leaf, tmlrt_cancel_token* token) {
    cancel_token_cancelled_leaf* self = leaf;
    trt_sync_init(&self->base);
    self->token = token;
    trt_waiter_init(&self->waiter);
}

static void cancelled_unlink(trt_leaf* leaf) {
    cancel_token_cancelled_leaf* self =
        TRT_CONTAINER_OF(leaf, cancel_token_cancelled_leaf, base.leaf);
    trt_cancel_forget(self->token, &self->waiter);
}

static tmlrt_poll cancel_token_cancelled_poll(void* frame, tmlrt_context* cx, void* out) {
    cancel_token_cancelled_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_cancel_token_cancelled_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_cancel_poll(self->token, &self->waiter, cx->waker);
    if (answer == TMLRT_READY) {
        *(int32_t*)out = (int32_t)trt_cancel_reason_of(self->token);
    }
    return trt_sync_end(&self->base, cx, answer, cancelled_unlink);
}

static void cancel_token_cancelled_drop(void* frame) {
    trt_sync_drop(frame, cancelled_unlink);
}

TRT_SYNC_DESC(cancel_token_cancelled, int32_t);
