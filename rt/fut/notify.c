// SPDX-License-Identifier: Apache-2.0
// Notify for compiled code: the exported functions and the leaf notified.
#include <tmlrt/sync.h>

#include "rt/base/alloc.h"
#include "rt/fut/sync_leaf.h"
#include "rt/sync/notify.h"

#include <stdalign.h>

struct tmlrt_notify {
    trt_notify notify;
};

tmlrt_notify* tmlrt_notify_new(void) {
    return trt_alloc_zero(sizeof(tmlrt_notify));
}

void tmlrt_notify_free(tmlrt_notify* notify) {
    if (notify != NULL) {
        trt_notify_fini(&notify->notify);
        trt_free(notify, sizeof(*notify));
    }
}

void tmlrt_notify_one(tmlrt_notify* notify) {
    trt_notify_one(&notify->notify);
}

void tmlrt_notify_waiters(tmlrt_notify* notify) {
    trt_notify_all(&notify->notify);
}

typedef struct notify_notified_leaf {
    trt_sync_leaf base;
    tmlrt_notify* notify;
    trt_notify_waiter waiter;
} notify_notified_leaf;

void tmlrt_notify_notified_init(void* leaf, tmlrt_notify* notify) {
    notify_notified_leaf* self = leaf;
    trt_sync_init(&self->base);
    self->notify = notify;
    trt_notify_begin(&notify->notify, &self->waiter);
}

static void notified_unlink(trt_leaf* leaf) {
    notify_notified_leaf* self = TRT_CONTAINER_OF(leaf, notify_notified_leaf, base.leaf);
    trt_notify_cancel(&self->notify->notify, &self->waiter);
}

static tmlrt_poll notify_notified_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    notify_notified_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_notify_notified_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_notify_poll(&self->notify->notify, &self->waiter, cx->waker);
    return trt_sync_end(&self->base, cx, answer, notified_unlink);
}

static void notify_notified_drop(void* frame) {
    trt_sync_drop(frame, notified_unlink);
}

TRT_SYNC_DESC_VOID(notify_notified);
