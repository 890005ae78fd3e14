// SPDX-License-Identifier: Apache-2.0
// Watch: one cell, replaced under a lock, and its version. Invariants:
//   H1  `version` grows by one with every value; a receiver has a change to see while its `seen` is
//       another one. Only a poll that answers READY, and get, write `seen`
//   H2  the value of a cell that was replaced is destroyed when nobody copies it any more
//   H3  the channel lives while a sender or a receiver does; `refs` counts both
#include "rt/sync/watch.h"

#include "rt/base/alloc.h"
#include "rt/sync/cells.h"

#include <stddef.h>

struct tmlrt_watch {
    trt_mutex lock;
    trt_atomic_u64 refs;
    trt_atomic_u64 version; ///< written under the lock
    trt_cells cells;        ///< under lock, like the rest
    trt_cell* latest;
    trt_waiters waiters;
    uint64_t senders, receivers;
};

struct tmlrt_watch_receiver {
    trt_watch* channel;
    uint64_t seen;
};

enum { WOKEN = TRT_WAITER_ANSWERED };

tmlrt_status trt_watch_new(trt_watch** out, uint64_t value_len, const void* value,
                           void (*clone)(void* to, const void* from), void (*drop_value)(void*)) {
    if (value_len > UINT32_MAX) {
        return TMLRT_E_OVERFLOW;
    }
    trt_watch* self = trt_alloc_zero(sizeof(*self));
    if (self == NULL) {
        return TMLRT_E_NOMEM;
    }
    self->cells = (trt_cells){.value_len = value_len, .clone = clone, .drop = drop_value};
    self->latest = trt_cells_new(&self->cells);
    if (self->latest == NULL) {
        trt_free(self, sizeof(*self));
        return TMLRT_E_NOMEM;
    }
    trt_cells_fill(&self->cells, self->latest, value);
    trt_atomic_init(&self->refs, 1);
    trt_atomic_init(&self->version, 0);
    self->senders = 1;
    *out = self;
    return TMLRT_OK;
}

static void unref(trt_watch* self) {
    // Acq_rel: the last one sees that the others are done.
    if (trt_atomic_sub(&self->refs, 1, TRT_ACQ_REL) != 1) {
        return;
    }
    TRT_CHECK(trt_waiters_empty(&self->waiters)); // freed while a task waits for it
    trt_cell* last = NULL;
    trt_cells_retire(self->latest, &last);
    trt_cells_destroy(&self->cells, &self->lock, last);
    trt_cells_fini(&self->cells);
    trt_free(self, sizeof(*self));
}

// ---- senders ------------------------------------------------------------------------------------

void trt_watch_ref(trt_watch* watch) {
    trt_atomic_add(&watch->refs, 1, TRT_RELAXED);
    trt_mutex_lock(&watch->lock);
    watch->senders++;
    trt_mutex_unlock(&watch->lock);
}

void trt_watch_unref(trt_watch* owned_sender) {
    trt_mutex_lock(&owned_sender->lock);
    if (--owned_sender->senders == 0) {
        trt_waiters_answer_all(&owned_sender->waiters, &owned_sender->lock, WOKEN);
    } else {
        trt_mutex_unlock(&owned_sender->lock);
    }
    unref(owned_sender);
}

tmlrt_status trt_watch_send(trt_watch* watch, const void* value) {
    trt_cell* old = NULL;
    trt_mutex_lock(&watch->lock);
    trt_cell* cell = trt_cells_take(&watch->cells);
    if (cell == NULL) {
        trt_mutex_unlock(&watch->lock);
        cell = trt_cells_new(&watch->cells);
        if (cell == NULL) {
            return TMLRT_E_NOMEM;
        }
        trt_mutex_lock(&watch->lock);
    }
    trt_cells_fill(&watch->cells, cell, value);
    trt_cells_retire(watch->latest, &old);
    watch->latest = cell;
    // Release pairs with the acquire of trt_watch_changed.
    trt_atomic_add(&watch->version, 1, TRT_RELEASE_ORDER);
    trt_waiters_answer_all(&watch->waiters, &watch->lock, WOKEN);
    trt_cells_destroy(&watch->cells, &watch->lock, old);
    return TMLRT_OK;
}

void trt_watch_peek(trt_watch* watch, void* out) {
    trt_mutex_lock(&watch->lock);
    trt_cells_clone(&watch->cells, &watch->lock, watch->latest, out);
}

uint64_t trt_watch_receivers(trt_watch* watch) {
    trt_mutex_lock(&watch->lock);
    uint64_t receivers = watch->receivers;
    trt_mutex_unlock(&watch->lock);
    return receivers;
}

// ---- receivers ----------------------------------------------------------------------------------

// A receiver that has seen `*seen`, or the value there is.
static trt_watch_rx* add_receiver(trt_watch* self, const uint64_t* seen) {
    trt_watch_rx* made = trt_alloc(sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    trt_atomic_add(&self->refs, 1, TRT_RELAXED);
    trt_mutex_lock(&self->lock);
    self->receivers++;
    uint64_t version = trt_atomic_load(&self->version, TRT_RELAXED);
    *made = (trt_watch_rx){.channel = self, .seen = seen == NULL ? version : *seen};
    trt_mutex_unlock(&self->lock);
    return made;
}

trt_watch_rx* trt_watch_subscribe(trt_watch* watch) {
    return add_receiver(watch, NULL);
}

trt_watch_rx* trt_watch_rx_dup(trt_watch_rx* receiver) {
    return add_receiver(receiver->channel, &receiver->seen);
}

void trt_watch_rx_free(trt_watch_rx* owned_receiver) {
    trt_watch* channel = owned_receiver->channel;
    trt_mutex_lock(&channel->lock);
    channel->receivers--;
    trt_mutex_unlock(&channel->lock);
    trt_free(owned_receiver, sizeof(*owned_receiver));
    unref(channel);
}

void trt_watch_get(trt_watch_rx* receiver, void* out) {
    trt_watch* channel = receiver->channel;
    trt_mutex_lock(&channel->lock);
    receiver->seen = trt_atomic_load(&channel->version, TRT_RELAXED);
    trt_cells_clone(&channel->cells, &channel->lock, channel->latest, out);
}

// Under the lock.
static tmlrt_status changed_locked(const trt_watch_rx* self) {
    if (trt_atomic_load(&self->channel->version, TRT_RELAXED) != self->seen) {
        return TMLRT_OK;
    }
    return self->channel->senders == 0 ? TMLRT_E_CLOSED : TMLRT_E_AGAIN;
}

tmlrt_status trt_watch_changed(trt_watch_rx* receiver) {
    // Acquire pairs with the release of trt_watch_send: what was written before it is seen.
    if (trt_atomic_load(&receiver->channel->version, TRT_ACQUIRE_ORDER) != receiver->seen) {
        return TMLRT_OK;
    }
    trt_mutex_lock(&receiver->channel->lock);
    tmlrt_status status = changed_locked(receiver);
    trt_mutex_unlock(&receiver->channel->lock);
    return status;
}

tmlrt_poll trt_watch_poll_changed(trt_watch_rx* receiver, trt_waiter* waiter,
                                  const tmlrt_waker* waker, tmlrt_status* out_status) {
    trt_watch* channel = receiver->channel;
    tmlrt_waker fresh, old = {NULL, NULL};
    // Acquire pairs with the release of trt_watch_send: what was written before it is seen.
    uint64_t version = trt_atomic_load(&channel->version, TRT_ACQUIRE_ORDER);
    if (!waiter->queued && version != receiver->seen) {
        receiver->seen = version;
        *out_status = TMLRT_OK;
        return TMLRT_READY;
    }
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&channel->lock);
    tmlrt_status status = changed_locked(receiver);
    if (waiter->state == WOKEN || status != TMLRT_E_AGAIN) {
        trt_waiter_unlink(waiter, &old);
    }
    if (status == TMLRT_OK) {
        receiver->seen = trt_atomic_load(&channel->version, TRT_RELAXED);
    } else if (status == TMLRT_E_AGAIN && waiter->state == TRT_WAITER_WAITING) {
        trt_waiter_renew(waiter, &fresh);
    } else if (status == TMLRT_E_AGAIN) {
        trt_waiters_push(&channel->waiters, waiter, &fresh);
    }
    trt_mutex_unlock(&channel->lock);
    trt_waker_drop(&fresh);
    trt_waker_drop(&old);
    *out_status = status;
    return status == TMLRT_E_AGAIN ? TMLRT_PENDING : TMLRT_READY;
}

void trt_watch_cancel(trt_watch_rx* receiver, trt_waiter* waiter) {
    tmlrt_waker old;
    trt_mutex_lock(&receiver->channel->lock);
    trt_waiter_unlink(waiter, &old);
    trt_mutex_unlock(&receiver->channel->lock);
    trt_waker_drop(&old);
}
