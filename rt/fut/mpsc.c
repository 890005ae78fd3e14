// SPDX-License-Identifier: Apache-2.0
// Mpsc for compiled code: the exported functions and the leaves send, reserve and recv.
//
// Dropped leaves: a recv loses no value and a reserve no room (what it was given passes on); a send
// leaves the value with the caller, who lends it until READY.
#include <tmlrt/sync.h>

#include "rt/fut/sync_leaf.h"
#include "rt/sync/mpsc.h"

#include <stdalign.h>

int32_t tmlrt_mpsc_new(tmlrt_mpsc** out, uint64_t value_len, uint64_t capacity,
                       void (*drop_value)(void*)) {
    return trt_mpsc_new(out, value_len, capacity, drop_value);
}

void tmlrt_mpsc_sender_ref(tmlrt_mpsc* sender) {
    trt_mpsc_ref_sender(sender);
}

void tmlrt_mpsc_sender_free(tmlrt_mpsc* owned_sender) {
    if (owned_sender != NULL) {
        trt_mpsc_unref_sender(owned_sender);
    }
}

int32_t tmlrt_mpsc_try_send(tmlrt_mpsc* sender, const void* value) {
    return trt_mpsc_try_send(sender, value);
}

int32_t tmlrt_mpsc_send_reserved(tmlrt_mpsc* sender, const void* value) {
    return trt_mpsc_send_reserved(sender, value);
}

void tmlrt_mpsc_unreserve(tmlrt_mpsc* sender) {
    trt_mpsc_unreserve(sender);
}

int32_t tmlrt_mpsc_is_closed(tmlrt_mpsc* mpsc) {
    return trt_mpsc_closed(mpsc);
}

int32_t tmlrt_mpsc_try_recv(tmlrt_mpsc* receiver, void* out) {
    return trt_mpsc_try_recv(receiver, out);
}

void tmlrt_mpsc_close(tmlrt_mpsc* receiver) {
    trt_mpsc_close(receiver);
}

void tmlrt_mpsc_receiver_free(tmlrt_mpsc* owned_receiver) {
    if (owned_receiver != NULL) {
        trt_mpsc_drop_receiver(owned_receiver);
    }
}

// ---- send and reserve: the same wait ------------------------------------------------------------

typedef struct mpsc_reserve_leaf {
    trt_sync_leaf base;
    tmlrt_mpsc* sender;
    const void* value; ///< of send
    trt_semaphore_waiter waiter;
} mpsc_reserve_leaf;
typedef mpsc_reserve_leaf mpsc_send_leaf;

static void send_init(void* leaf, tmlrt_mpsc* sender, const void* value) {
    mpsc_send_leaf* self = leaf;
    trt_sync_init(&self->base);
    trt_waiter_init(&self->waiter.base);
    self->sender = sender;
    self->value = value;
}

void tmlrt_mpsc_reserve_init(void* leaf, tmlrt_mpsc* sender) {
    send_init(leaf, sender, NULL);
}

void tmlrt_mpsc_send_init(void* leaf, tmlrt_mpsc* sender, const void* value) {
    send_init(leaf, sender, value);
}

static void reserve_unlink(trt_leaf* leaf) {
    mpsc_reserve_leaf* self = TRT_CONTAINER_OF(leaf, mpsc_reserve_leaf, base.leaf);
    trt_mpsc_cancel_reserve(self->sender, &self->waiter);
}

static tmlrt_poll mpsc_reserve_poll(void* frame, tmlrt_context* cx, void* out) {
    mpsc_reserve_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_mpsc_reserve_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_mpsc_poll_reserve(self->sender, &self->waiter, cx->waker, out);
    return trt_sync_end(&self->base, cx, answer, reserve_unlink);
}

static tmlrt_poll mpsc_send_poll(void* frame, tmlrt_context* cx, void* out) {
    mpsc_send_leaf* self = frame;
    tmlrt_status* status = out;
    if (!trt_sync_begin(&self->base, &tmlrt_mpsc_send_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_mpsc_poll_reserve(self->sender, &self->waiter, cx->waker, status);
    if (answer == TMLRT_READY && *status == TMLRT_OK) {
        *status = trt_mpsc_send_reserved(self->sender, self->value);
        if (*status == TMLRT_E_NOMEM) {
            trt_mpsc_unreserve(self->sender);
        }
    }
    return trt_sync_end(&self->base, cx, answer, reserve_unlink);
}

static void mpsc_reserve_drop(void* frame) {
    trt_sync_drop(frame, reserve_unlink);
}

static void mpsc_send_drop(void* frame) {
    trt_sync_drop(frame, reserve_unlink);
}

TRT_SYNC_DESC(mpsc_reserve, tmlrt_status);
TRT_SYNC_DESC(mpsc_send, tmlrt_status);

// ---- recv ---------------------------------------------------------------------------------------

typedef struct mpsc_recv_leaf {
    trt_sync_leaf base;
    tmlrt_mpsc* receiver;
    void* out_value;
} mpsc_recv_leaf;

void tmlrt_mpsc_recv_init(void* leaf, tmlrt_mpsc* receiver, void* out_value) {
    mpsc_recv_leaf* self = leaf;
    trt_sync_init(&self->base);
    self->receiver = receiver;
    self->out_value = out_value;
}

static void mpsc_recv_unlink(trt_leaf* leaf) {
    trt_mpsc_forget_waker(TRT_CONTAINER_OF(leaf, mpsc_recv_leaf, base.leaf)->receiver);
}

static tmlrt_poll mpsc_recv_poll(void* frame, tmlrt_context* cx, void* out) {
    mpsc_recv_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_mpsc_recv_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_mpsc_poll_recv(self->receiver, cx->waker, self->out_value, out);
    return trt_sync_end(&self->base, cx, answer, mpsc_recv_unlink);
}

static void mpsc_recv_drop(void* frame) {
    trt_sync_drop(frame, mpsc_recv_unlink);
}

TRT_SYNC_DESC(mpsc_recv, tmlrt_status);
