// SPDX-License-Identifier: Apache-2.0
// Broadcast: a ring of the last values under one lock. Invariants:
//   B1  values have numbers; value n lies in ring[n % capacity] while n + capacity >= tail
//   B2  a place's `unseen` counts the receivers that are to see its value: those whose next number
//       is not behind it. At 0 the value is gone: moved to the last one that saw it, or retired
//   B3  a receiver's `next` only grows: by one per value, or past what was overwritten (lagged)
//   B4  the channel lives while a sender or a receiver does; `refs` counts both
// The lock guards everything but `refs`, the receivers' `next` too (a receiver is used by one
// task, but `unseen` must agree with it).
#include "rt/sync/broadcast.h"

#include "rt/base/alloc.h"
#include "rt/sync/cells.h"

#include <stddef.h>

typedef struct place {
    trt_cell* cell; ///< NULL: nothing to see
    uint64_t unseen;
} place;

struct tmlrt_broadcast {
    trt_mutex lock;
    trt_atomic_u64 refs;
    trt_cells cells;
    trt_waiters waiters;
    uint64_t capacity, tail; ///< tail: the number of the next value
    uint64_t senders, receivers;
    place ring[];
};

struct tmlrt_broadcast_receiver {
    trt_broadcast* channel;
    uint64_t next;
};

enum { WOKEN = TRT_WAITER_ANSWERED };

static uint64_t size_of(uint64_t capacity) {
    return sizeof(trt_broadcast) + capacity * sizeof(place);
}

tmlrt_status trt_broadcast_new(trt_broadcast** out, uint64_t value_len, uint64_t capacity,
                               void (*clone)(void* to, const void* from),
                               void (*drop_value)(void*)) {
    if (capacity == 0 || capacity > TRT_BROADCAST_MAX) {
        return TMLRT_E_INVAL;
    }
    if (value_len > UINT32_MAX) {
        return TMLRT_E_OVERFLOW;
    }
    trt_broadcast* self = trt_alloc_zero(size_of(capacity));
    if (self == NULL) {
        return TMLRT_E_NOMEM;
    }
    trt_atomic_init(&self->refs, 1);
    self->cells = (trt_cells){.value_len = value_len, .clone = clone, .drop = drop_value};
    self->capacity = capacity;
    self->senders = 1;
    *out = self;
    return TMLRT_OK;
}

// With the last reference nobody is left to see a value: all were retired.
static void unref(trt_broadcast* self) {
    // Acq_rel: the last one sees that the others are done.
    if (trt_atomic_sub(&self->refs, 1, TRT_ACQ_REL) != 1) {
        return;
    }
    TRT_CHECK(trt_waiters_empty(&self->waiters)); // freed while a task waits for it
    trt_cells_fini(&self->cells);
    trt_free(self, size_of(self->capacity));
}

static place* place_of(trt_broadcast* self, uint64_t number) {
    return &self->ring[number % self->capacity];
}

// ---- senders ------------------------------------------------------------------------------------

void trt_broadcast_ref(trt_broadcast* broadcast) {
    trt_atomic_add(&broadcast->refs, 1, TRT_RELAXED);
    trt_mutex_lock(&broadcast->lock);
    broadcast->senders++;
    trt_mutex_unlock(&broadcast->lock);
}

void trt_broadcast_unref(trt_broadcast* owned_sender) {
    trt_mutex_lock(&owned_sender->lock);
    if (--owned_sender->senders == 0) {
        trt_waiters_answer_all(&owned_sender->waiters, &owned_sender->lock, WOKEN);
    } else {
        trt_mutex_unlock(&owned_sender->lock);
    }
    unref(owned_sender);
}

// A cell for one more value, NULL without memory. Called with the lock, which it may release for a
// while.
static trt_cell* obtain(trt_broadcast* self) {
    trt_cell* cell = trt_cells_take(&self->cells);
    if (cell == NULL) {
        trt_mutex_unlock(&self->lock);
        cell = trt_cells_new(&self->cells);
        trt_mutex_lock(&self->lock);
    }
    return cell;
}

tmlrt_status trt_broadcast_send(trt_broadcast* broadcast, const void* value,
                                uint64_t* out_receivers) {
    trt_cell *overwritten = NULL, *cell;
    trt_mutex_lock(&broadcast->lock);
    cell = obtain(broadcast);
    if (cell == NULL || broadcast->receivers == 0) {
        if (cell != NULL) {
            trt_cells_put(&broadcast->cells, cell);
        }
        trt_mutex_unlock(&broadcast->lock);
        return cell == NULL ? TMLRT_E_NOMEM : TMLRT_E_CLOSED;
    }
    place* at = place_of(broadcast, broadcast->tail++);
    if (at->cell != NULL) {
        trt_cells_retire(at->cell, &overwritten);
    }
    trt_cells_fill(&broadcast->cells, cell, value);
    *at = (place){.cell = cell, .unseen = broadcast->receivers};
    *out_receivers = broadcast->receivers;
    trt_waiters_answer_all(&broadcast->waiters, &broadcast->lock, WOKEN);
    trt_cells_destroy(&broadcast->cells, &broadcast->lock, overwritten);
    return TMLRT_OK;
}

uint64_t trt_broadcast_receivers(trt_broadcast* broadcast) {
    trt_mutex_lock(&broadcast->lock);
    uint64_t receivers = broadcast->receivers;
    trt_mutex_unlock(&broadcast->lock);
    return receivers;
}

// ---- receivers ----------------------------------------------------------------------------------

// The oldest number that is still kept.   Under the lock.
static uint64_t oldest(const trt_broadcast* self) {
    return self->tail > self->capacity ? self->tail - self->capacity : 0;
}

// A receiver whose next value is `*next`, or the next one sent.
static trt_broadcast_rx* add_receiver(trt_broadcast* self, const uint64_t* next) {
    trt_broadcast_rx* made = trt_alloc(sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    trt_atomic_add(&self->refs, 1, TRT_RELAXED);
    trt_mutex_lock(&self->lock);
    *made = (trt_broadcast_rx){.channel = self, .next = next == NULL ? self->tail : *next};
    self->receivers++;
    uint64_t from = made->next < oldest(self) ? oldest(self) : made->next;
    for (uint64_t i = from; i < self->tail; i++) {
        place_of(self, i)->unseen++; // the receiver at *next has not seen them: they are there
    }
    trt_mutex_unlock(&self->lock);
    return made;
}

trt_broadcast_rx* trt_broadcast_subscribe(trt_broadcast* broadcast) {
    return add_receiver(broadcast, NULL);
}

trt_broadcast_rx* trt_broadcast_rx_dup(trt_broadcast_rx* receiver) {
    return add_receiver(receiver->channel, &receiver->next);
}

void trt_broadcast_rx_free(trt_broadcast_rx* owned_receiver) {
    trt_broadcast* channel = owned_receiver->channel;
    trt_cell* unseen = NULL;
    trt_mutex_lock(&channel->lock);
    uint64_t from = owned_receiver->next < oldest(channel) ? oldest(channel) : owned_receiver->next;
    for (uint64_t i = from; i < channel->tail; i++) {
        place* at = place_of(channel, i);
        if (--at->unseen == 0) {
            trt_cells_retire(at->cell, &unseen);
            at->cell = NULL;
        }
    }
    channel->receivers--;
    trt_mutex_unlock(&channel->lock);
    trt_free(owned_receiver, sizeof(*owned_receiver));
    trt_cells_destroy(&channel->cells, &channel->lock, unseen);
    unref(channel);
}

// Takes the value at the receiver's next number. Called with the lock, returns without.
static void see(trt_broadcast_rx* self, void* out) {
    trt_broadcast* channel = self->channel;
    place* at = place_of(channel, self->next++);
    trt_cell* cell = at->cell;
    bool last = --at->unseen == 0;
    if (last) {
        at->cell = NULL;
    }
    if (last && cell->pins == 0) {
        trt_cells_move(&channel->cells, out, cell);
        trt_cells_put(&channel->cells, cell);
        trt_mutex_unlock(&channel->lock);
        return;
    }
    cell->retired = last; // then the last pin destroys it; this one is about to come
    trt_cells_clone(&channel->cells, &channel->lock, cell, out);
}

// AGAIN returns with the lock held, everything else without.
static tmlrt_status recv_locked(trt_broadcast_rx* self, void* out, uint64_t* out_missed) {
    trt_broadcast* channel = self->channel;
    if (self->next < oldest(channel)) {
        *out_missed = oldest(channel) - self->next;
        self->next = oldest(channel);
        trt_mutex_unlock(&channel->lock);
        return TMLRT_E_LAGGED;
    }
    if (self->next != channel->tail) {
        see(self, out);
        return TMLRT_OK;
    }
    if (channel->senders == 0) {
        trt_mutex_unlock(&channel->lock);
        return TMLRT_E_CLOSED;
    }
    return TMLRT_E_AGAIN;
}

tmlrt_status trt_broadcast_try_recv(trt_broadcast_rx* receiver, void* out, uint64_t* out_missed) {
    trt_mutex_lock(&receiver->channel->lock);
    tmlrt_status status = recv_locked(receiver, out, out_missed);
    if (status == TMLRT_E_AGAIN) {
        trt_mutex_unlock(&receiver->channel->lock);
    }
    return status;
}

tmlrt_poll trt_broadcast_poll_recv(trt_broadcast_rx* receiver, trt_waiter* waiter,
                                   const tmlrt_waker* waker, void* out, uint64_t* out_missed,
                                   tmlrt_status* out_status) {
    trt_broadcast* channel = receiver->channel;
    tmlrt_waker fresh, old = {NULL, NULL};
    if (!waiter->queued) {
        *out_status = trt_broadcast_try_recv(receiver, out, out_missed);
        if (*out_status != TMLRT_E_AGAIN) {
            return TMLRT_READY;
        }
    }
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&channel->lock);
    bool ready = receiver->next != channel->tail || channel->senders == 0;
    if (waiter->state == WOKEN || ready) { // ready and waiting: its wake-up is on the way
        trt_waiter_unlink(waiter, &old);
    }
    tmlrt_status status = recv_locked(receiver, out, out_missed);
    if (status == TMLRT_E_AGAIN) {
        if (waiter->state == TRT_WAITER_WAITING) {
            trt_waiter_renew(waiter, &fresh);
        } else {
            trt_waiters_push(&channel->waiters, waiter, &fresh);
        }
        trt_mutex_unlock(&channel->lock);
    }
    trt_waker_drop(&fresh);
    trt_waker_drop(&old);
    *out_status = status;
    return status == TMLRT_E_AGAIN ? TMLRT_PENDING : TMLRT_READY;
}

void trt_broadcast_cancel(trt_broadcast_rx* receiver, trt_waiter* waiter) {
    tmlrt_waker old;
    trt_mutex_lock(&receiver->channel->lock);
    trt_waiter_unlink(waiter, &old);
    trt_mutex_unlock(&receiver->channel->lock);
    trt_waker_drop(&old);
}
