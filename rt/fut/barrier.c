// SPDX-License-Identifier: Apache-2.0
// Barrier for compiled code: the exported functions and the leaf wait.
#include <tmlrt/sync.h>

#include "rt/base/alloc.h"
#include "rt/fut/sync_leaf.h"
#include "rt/sync/barrier.h"

#include <stdalign.h>

struct tmlrt_barrier {
    trt_barrier barrier;
};

tmlrt_barrier* tmlrt_barrier_new(uint64_t num) {
    tmlrt_barrier* made = trt_alloc(sizeof(*made));
    if (made != NULL) {
        trt_barrier_init(&made->barrier, num);
    }
    return made;
}

void tmlrt_barrier_free(tmlrt_barrier* barrier) {
    if (barrier != NULL) {
        trt_barrier_fini(&barrier->barrier);
        trt_free(barrier, sizeof(*barrier));
    }
}

typedef struct barrier_wait_leaf {
    trt_sync_leaf base;
    tmlrt_barrier* barrier;
    trt_barrier_waiter waiter;
} barrier_wait_leaf;

void tmlrt_barrier_wait_init(void* leaf, tmlrt_barrier* barrier) {
    barrier_wait_leaf* self = leaf;
    trt_sync_init(&self->base);
    trt_waiter_init(&self->waiter.base);
    self->barrier = barrier;
}

static void barrier_wait_unlink(trt_leaf* leaf) {
    barrier_wait_leaf* self = TRT_CONTAINER_OF(leaf, barrier_wait_leaf, base.leaf);
    trt_barrier_cancel(&self->barrier->barrier, &self->waiter);
}

static tmlrt_poll barrier_wait_poll(void* frame, tmlrt_context* cx, void* out) {
    barrier_wait_leaf* self = frame;
    bool leader;
    if (!trt_sync_begin(&self->base, &tmlrt_barrier_wait_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer =
        trt_barrier_poll(&self->barrier->barrier, &self->waiter, cx->waker, &leader);
    if (answer == TMLRT_READY) {
        *(int32_t*)out = leader;
    }
    return trt_sync_end(&self->base, cx, answer, barrier_wait_unlink);
}

static void barrier_wait_drop(void* frame) {
    trt_sync_drop(frame, barrier_wait_unlink);
}

TRT_SYNC_DESC(barrier_wait, int32_t);
