// SPDX-License-Identifier: Apache-2.0
// Once for compiled code: who makes a value that is made once. A semaphore of one permit: its
// holder makes the value, and closes it when it is there, so that everybody else finds it closed;
// or gives the permit to the next when it could not. The value itself is kept by the caller.
#include <tmlrt/sync.h>

#include "rt/base/alloc.h"
#include "rt/fut/sync_leaf.h"
#include "rt/sync/semaphore.h"

#include <stdalign.h>

struct tmlrt_once {
    trt_semaphore turn;
};

tmlrt_once* tmlrt_once_new(void) {
    tmlrt_once* made = trt_alloc(sizeof(*made));
    if (made != NULL) {
        trt_semaphore_init(&made->turn, 1);
    }
    return made;
}

void tmlrt_once_free(tmlrt_once* once) {
    if (once != NULL) {
        trt_semaphore_fini(&once->turn);
        trt_free(once, sizeof(*once));
    }
}

int32_t tmlrt_once_is_set(tmlrt_once* once) {
    return trt_semaphore_closed(&once->turn);
}

int32_t tmlrt_once_try_begin(tmlrt_once* once) {
    return trt_semaphore_try_acquire(&once->turn, 1);
}

void tmlrt_once_set(tmlrt_once* once) {
    trt_semaphore_close(&once->turn);
}

void tmlrt_once_abandon(tmlrt_once* once) {
    TRT_CHECK(trt_semaphore_available(&once->turn) == 0); // abandoned without a turn
    (void)!trt_semaphore_release(&once->turn, 1);         // was out of it, so it fits
}

// ---- begin --------------------------------------------------------------------------------------

typedef struct once_begin_leaf {
    trt_sync_leaf base;
    tmlrt_once* once;
    trt_semaphore_waiter waiter;
} once_begin_leaf;

void tmlrt_once_begin_init(void* leaf, tmlrt_once* once) {
    once_begin_leaf* self = leaf;
    trt_sync_init(&self->base);
    trt_waiter_init(&self->waiter.base);
    self->once = once;
}

static void once_begin_unlink(trt_leaf* leaf) {
    once_begin_leaf* self = TRT_CONTAINER_OF(leaf, once_begin_leaf, base.leaf);
    trt_semaphore_cancel(&self->once->turn, &self->waiter);
}

static tmlrt_poll once_begin_poll(void* frame, tmlrt_context* cx, void* out) {
    once_begin_leaf* self = frame;
    tmlrt_status status;
    if (!trt_sync_begin(&self->base, &tmlrt_once_begin_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = trt_semaphore_poll(&self->once->turn, &self->waiter, 1, cx->waker, &status);
    if (answer == TMLRT_READY) {
        // Nobody closes it while this one has the turn. Closed: this acquires the value, too.
        *(int32_t*)out = !trt_semaphore_closed(&self->once->turn);
    }
    return trt_sync_end(&self->base, cx, answer, once_begin_unlink);
}

static void once_begin_drop(void* frame) {
    trt_sync_drop(frame, once_begin_unlink);
}

TRT_SYNC_DESC(once_begin, int32_t);
