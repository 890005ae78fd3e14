// SPDX-License-Identifier: Apache-2.0
// Broadcast: a ring of cells. Senders and subscribers take one lock; a receiver takes a value that
// is there with two atomic operations and no lock.
//
// Invariants:
//   B1  values have numbers; value n lies in ring[n % capacity] while n + capacity >= tail
//   B2  a cell's `unseen` counts the receivers that are to see its value: those whose next number
//   is
//       not behind it. `pins` counts those that are copying it, which runs the program's code
//   B3  a value is moved out or destroyed once: by the receiver that was the last to see it, by the
//       last pin of a DEAD one, or, without pins, by the sender that overwrites it or the receiver
//       that goes without having seen it
//   B4  a receiver's `next` only grows: by one per value, or past what was overwritten (lagged)
//   B5  the channel lives while a sender or a receiver does; `refs` counts both. Cells are freed
//   with
//       it and never before, so a word may be read late; its number says whose it is
// A cell's word is number << 32 | unseen << 16 | DEAD | pins, number being the low half:
//   take     unseen - 1, pins + 1   by a receiver, while the number is its next and DEAD is clear
//   unpin    pins - 1               by that receiver. Before, if nobody else can come, it destroys
//   bury     DEAD                   by a sender that needs the place of a cell that was not empty
//   refill   number, unseen         by a sender, over an empty word (no unseen, no pins)
//   skip     unseen - 1             by a receiver that goes; pins + 1 when it is to destroy the
//   value share    unseen + 1             by a receiver that has not seen it, for its duplicate
// The last four, and `tail`, are written under the lock. Orders: a refill releases the value to
// those who see it; an unpin releases the reads of a copy to who destroys, moves or refills.
// A receiver that sleeps between the look at `tail` and the look at the cell while 2^32 values are
// sent takes a wrong one.
// A copy that panics leaves its pin behind: the cell is leaked, the channel goes on.
#include "rt/sync/broadcast.h"

#include "rt/base/alloc.h"
#include "rt/base/copy.h"

#include <stddef.h>

typedef struct cell {
    trt_atomic_u64 word;
    struct cell* next; ///< of the spares, or of those whose value is to be destroyed
    _Alignas(16) unsigned char value[];
} cell;

struct tmlrt_broadcast {
    // What never changes.
    uint64_t value_len, capacity;
    void (*clone)(void* to, const void* from);
    void (*drop)(void* value);

    trt_mutex lock;
    trt_atomic_u64 refs;
    trt_atomic_u64 tail; ///< the number of the next value; written under lock
    uint64_t place;      ///< under lock, like what follows: tail % capacity
    cell* spare;
    trt_waiters waiters;
    uint64_t senders, receivers;
    trt_atomic_ptr ring[]; ///< of cells, NULL until first used; written under lock
};

struct tmlrt_broadcast_receiver {
    trt_broadcast* channel;
    uint64_t next, place; ///< place: next % capacity, without a division per value
};

enum { WOKEN = TRT_WAITER_ANSWERED };
enum { PIN = 1, PINS = 0x7FFF, DEAD = 0x8000, SHIFT_UNSEEN = 16, SHIFT_NUMBER = 32 };
#define ONE_UNSEEN (UINT64_C(1) << SHIFT_UNSEEN)
#define UNSEEN     (UINT64_C(0xFFFF) << SHIFT_UNSEEN)

static uint64_t channel_size(uint64_t capacity) {
    return sizeof(trt_broadcast) + capacity * sizeof(trt_atomic_ptr);
}

static uint64_t cell_size(const trt_broadcast* self) {
    return sizeof(cell) + self->value_len;
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
    trt_broadcast* self = trt_alloc_zero(channel_size(capacity));
    if (self == NULL) {
        return TMLRT_E_NOMEM;
    }
    trt_atomic_init(&self->refs, 1);
    self->value_len = value_len;
    self->capacity = capacity;
    self->clone = clone;
    self->drop = drop_value;
    self->senders = 1;
    *out = self;
    return TMLRT_OK;
}

static cell* cell_in(trt_broadcast* self, uint64_t place) {
    // Acquire pairs with the release of fill.
    return trt_atomic_load(&self->ring[place], TRT_ACQUIRE_ORDER);
}

static cell* cell_at(trt_broadcast* self, uint64_t number) {
    return cell_in(self, number % self->capacity);
}

// With the last reference nobody is left to see a value: the cells are empty.
static void unref(trt_broadcast* self) {
    // Acq_rel: the last one sees that the others are done.
    if (trt_atomic_sub(&self->refs, 1, TRT_ACQ_REL) != 1) {
        return;
    }
    TRT_CHECK(trt_waiters_empty(&self->waiters)); // freed while a task waits for it
    for (uint64_t i = 0; i < self->capacity; i++) {
        trt_free(cell_in(self, i), cell_size(self));
    }
    for (cell* next; self->spare != NULL; self->spare = next) {
        next = self->spare->next;
        trt_free(self->spare, cell_size(self));
    }
    trt_free(self, channel_size(self->capacity));
}

static void destroy(const trt_broadcast* self, cell* of) {
    if (self->drop != NULL) {
        self->drop(of->value);
    }
}

// Gives a DEAD cell without value and pins back.   Without the lock.
static void put_spare(trt_broadcast* self, cell* empty) {
    trt_mutex_lock(&self->lock);
    empty->next = self->spare;
    self->spare = empty;
    trt_mutex_unlock(&self->lock);
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

static bool is_empty(cell* of) {
    // Acquire pairs with the release of unpin. It stays empty: nobody is to see it.
    return (trt_atomic_load(&of->word, TRT_ACQUIRE_ORDER) & (UNSEEN | PINS)) == 0;
}

// Takes a cell out of its place. Returns it when the caller is to destroy its value; one that has
// become empty meanwhile is a spare, one with pins is left to the last of them.   Under the lock.
static cell* bury(trt_broadcast* self, cell* old) {
    // Acq_rel pairs with unpin: whoever of both is second has the value to himself.
    uint64_t word = trt_atomic_or(&old->word, DEAD, TRT_ACQ_REL);
    if ((word & (UNSEEN | PINS)) == 0) {
        old->next = self->spare;
        self->spare = old;
        return NULL;
    }
    return (word & PINS) == 0 ? old : NULL;
}

// The cell for the next value: the one in its place when that is empty, a spare, or *fresh. NULL: a
// fresh one is needed.   Under the lock.
static cell* choose(trt_broadcast* self, cell** fresh) {
    cell* there = cell_in(self, self->place);
    if (there != NULL && is_empty(there)) {
        return there;
    }
    cell** from = self->spare != NULL ? &self->spare : fresh;
    cell* chosen = *from;
    if (chosen != NULL) {
        *from = chosen->next;
    }
    return chosen;
}

// Puts the value into the chosen cell and that into its place. Returns as bury.   Under the lock.
static cell* fill(trt_broadcast* self, cell* chosen, const void* value) {
    uint64_t number = trt_atomic_load(&self->tail, TRT_RELAXED);
    cell *there = cell_in(self, self->place), *unseen = NULL;
    if (there != NULL && there != chosen) {
        unseen = bury(self, there);
    }
    trt_copy_tagged(chosen->value, value, self->value_len);
    // Release pairs with the acquire of trt_broadcast_take.
    trt_atomic_store(&chosen->word, number << SHIFT_NUMBER | self->receivers << SHIFT_UNSEEN,
                     TRT_RELEASE_ORDER);
    trt_atomic_store(&self->ring[self->place], chosen, TRT_RELEASE_ORDER);
    self->place = self->place + 1 == self->capacity ? 0 : self->place + 1;
    trt_atomic_store(&self->tail, number + 1, TRT_RELEASE_ORDER);
    return unseen;
}

tmlrt_status trt_broadcast_send(trt_broadcast* broadcast, const void* value,
                                uint64_t* out_receivers) {
    cell *fresh = NULL, *chosen = NULL, *unseen = NULL;
    trt_mutex_lock(&broadcast->lock);
    while (broadcast->receivers != 0 && (chosen = choose(broadcast, &fresh)) == NULL) {
        trt_mutex_unlock(&broadcast->lock);
        fresh = trt_alloc(cell_size(broadcast));
        if (fresh == NULL) {
            return TMLRT_E_NOMEM;
        }
        fresh->next = NULL;
        trt_mutex_lock(&broadcast->lock);
    }
    if (fresh != NULL) {
        fresh->next = broadcast->spare;
        broadcast->spare = fresh;
    }
    if (chosen == NULL) {
        trt_mutex_unlock(&broadcast->lock);
        return TMLRT_E_CLOSED;
    }
    *out_receivers = broadcast->receivers;
    unseen = fill(broadcast, chosen, value);
    trt_waiters_answer_all(&broadcast->waiters, &broadcast->lock, WOKEN);
    if (unseen != NULL) {
        destroy(broadcast, unseen);
        put_spare(broadcast, unseen);
    }
    return TMLRT_OK;
}

uint64_t trt_broadcast_receivers(trt_broadcast* broadcast) {
    trt_mutex_lock(&broadcast->lock);
    uint64_t receivers = broadcast->receivers;
    trt_mutex_unlock(&broadcast->lock);
    return receivers;
}

// ---- receivers come and go ----------------------------------------------------------------------

// The first number from `next` on that is still kept.   Under the lock.
static uint64_t first_kept(const trt_broadcast* self, uint64_t next) {
    uint64_t tail = trt_atomic_load(&self->tail, TRT_RELAXED);
    return tail - next > self->capacity ? tail - self->capacity : next;
}

// A receiver whose next value is `*next`, or the next one sent.
static trt_broadcast_rx* add_receiver(trt_broadcast* self, const uint64_t* next) {
    trt_broadcast_rx* made = trt_alloc(sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    trt_mutex_lock(&self->lock);
    if (self->receivers == TRT_BROADCAST_RECEIVERS) {
        trt_mutex_unlock(&self->lock);
        trt_free(made, sizeof(*made));
        return NULL;
    }
    uint64_t tail = trt_atomic_load(&self->tail, TRT_RELAXED);
    *made = (trt_broadcast_rx){.channel = self, .next = next == NULL ? tail : *next};
    made->place = made->next % self->capacity;
    self->receivers++;
    trt_atomic_add(&self->refs, 1, TRT_RELAXED);
    for (uint64_t i = first_kept(self, made->next); i < tail; i++) {
        // Acq_rel: the word stays a chain of releases. The receiver at *next has not seen it.
        trt_atomic_add(&cell_at(self, i)->word, ONE_UNSEEN, TRT_ACQ_REL);
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

// Counts a value that this receiver will not see. Returns whether it is to destroy it; then it is
// pinned.   Under the lock.
static bool skip(cell* of) {
    uint64_t word = trt_atomic_load(&of->word, TRT_RELAXED), next;
    do {
        next = word - ONE_UNSEEN;
        if ((next & (UNSEEN | PINS)) == 0) {
            next += PIN;
        }
        // Acq_rel pairs with unpin: whoever is second has the value to himself.
    } while (!trt_atomic_cas_weak(&of->word, &word, next, TRT_ACQ_REL, TRT_RELAXED));
    return (next & UNSEEN) == 0 && (word & PINS) == 0;
}

// Gives up the last pin of a cell whose value is gone.
static void unpin_last(trt_broadcast* self, cell* of) {
    // Acq_rel: pairs with is_empty and bury.
    if (trt_atomic_sub(&of->word, PIN, TRT_ACQ_REL) & DEAD) {
        put_spare(self, of);
    }
}

void trt_broadcast_rx_free(trt_broadcast_rx* owned_receiver) {
    trt_broadcast* channel = owned_receiver->channel;
    cell* left = NULL;
    trt_mutex_lock(&channel->lock);
    uint64_t tail = trt_atomic_load(&channel->tail, TRT_RELAXED);
    for (uint64_t i = first_kept(channel, owned_receiver->next); i < tail; i++) {
        cell* at = cell_at(channel, i);
        if (skip(at)) {
            at->next = left;
            left = at;
        }
    }
    channel->receivers--;
    trt_mutex_unlock(&channel->lock);
    trt_free(owned_receiver, sizeof(*owned_receiver));
    for (cell* next; left != NULL; left = next) {
        next = left->next;
        destroy(channel, left);
        unpin_last(channel, left);
    }
    unref(channel);
}

// ---- receiving ----------------------------------------------------------------------------------

// After a copy: destroys the value when nobody else can come to it. `word` is what take wrote: a
// guess that spares a look, and never the last pin.
static void unpin(trt_broadcast* self, cell* of, uint64_t word) {
    for (;;) {
        if ((word & PINS) == PIN && ((word & UNSEEN) == 0 || (word & DEAD) != 0)) {
            destroy(self, of); // the acquire below pairs with the unpins of the others
            unpin_last(self, of);
            return;
        }
        // Release pairs with the acquire of is_empty, bury, skip and the last unpin.
        if (trt_atomic_cas_weak(&of->word, &word, word - PIN, TRT_ACQ_REL, TRT_ACQUIRE_ORDER)) {
            return;
        }
    }
}

bool trt_broadcast_take(trt_broadcast_rx* receiver, void* out) {
    trt_broadcast* channel = receiver->channel;
    // Acquire pairs with the release of fill.
    uint64_t tail = trt_atomic_load(&channel->tail, TRT_ACQUIRE_ORDER);
    if (receiver->next == tail || tail - receiver->next > channel->capacity) {
        return false;
    }
    cell* at = cell_in(channel, receiver->place);
    uint64_t word = trt_atomic_load(&at->word, TRT_RELAXED), next;
    do {
        if (word >> SHIFT_NUMBER != (receiver->next & UINT32_MAX) || (word & DEAD) != 0) {
            return false; // overwritten since
        }
        next = word - ONE_UNSEEN + PIN;
        // Acquire pairs with the release of fill, and with the unpins before for who moves it out.
    } while (!trt_atomic_cas_weak(&at->word, &word, next, TRT_ACQUIRE_ORDER, TRT_RELAXED));
    receiver->next++;
    receiver->place = receiver->place + 1 == channel->capacity ? 0 : receiver->place + 1;
    if ((next & UNSEEN) == 0 && (next & PINS) == PIN) {
        trt_copy_short(out, at->value, channel->value_len); // the last one: moved
        unpin_last(channel, at);
        return true;
    }
    if (channel->clone != NULL) {
        channel->clone(out, at->value);
    } else {
        trt_copy_short(out, at->value, channel->value_len);
    }
    unpin(channel, at, next);
    return true;
}

// OK: a value was there, to be taken without the lock.   Under the lock.
static tmlrt_status look(trt_broadcast_rx* self, uint64_t* out_missed) {
    trt_broadcast* channel = self->channel;
    uint64_t kept = first_kept(channel, self->next);
    if (kept != self->next) {
        *out_missed = kept - self->next;
        self->next = kept;
        self->place = kept % channel->capacity;
        return TMLRT_E_LAGGED;
    }
    if (self->next != trt_atomic_load(&channel->tail, TRT_RELAXED)) {
        return TMLRT_OK;
    }
    return channel->senders == 0 ? TMLRT_E_CLOSED : TMLRT_E_AGAIN;
}

tmlrt_status trt_broadcast_try_recv(trt_broadcast_rx* receiver, void* out, uint64_t* out_missed) {
    while (!trt_broadcast_take(receiver, out)) {
        trt_mutex_lock(&receiver->channel->lock);
        tmlrt_status status = look(receiver, out_missed);
        trt_mutex_unlock(&receiver->channel->lock);
        if (status != TMLRT_OK) {
            return status;
        }
    }
    return TMLRT_OK;
}

tmlrt_poll trt_broadcast_poll_recv(trt_broadcast_rx* receiver, trt_waiter* waiter,
                                   const tmlrt_waker* waker, void* out, uint64_t* out_missed,
                                   tmlrt_status* out_status) {
    trt_broadcast* channel = receiver->channel;
    tmlrt_waker fresh, old = {NULL, NULL};
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&channel->lock);
    tmlrt_status status = look(receiver, out_missed);
    if (waiter->state == WOKEN || status != TMLRT_E_AGAIN) {
        trt_waiter_unlink(waiter, &old); // if it was waiting, its wake-up is on the way
    }
    if (status == TMLRT_E_AGAIN && waiter->state == TRT_WAITER_WAITING) {
        trt_waiter_renew(waiter, &fresh);
    } else if (status == TMLRT_E_AGAIN) {
        trt_waiters_push(&channel->waiters, waiter, &fresh);
    }
    trt_mutex_unlock(&channel->lock);
    trt_waker_drop(&fresh);
    trt_waker_drop(&old);
    if (status == TMLRT_E_AGAIN) {
        return TMLRT_PENDING;
    }
    *out_status = status == TMLRT_OK ? trt_broadcast_try_recv(receiver, out, out_missed) : status;
    return TMLRT_READY;
}

void trt_broadcast_cancel(trt_broadcast_rx* receiver, trt_waiter* waiter) {
    tmlrt_waker old;
    trt_mutex_lock(&receiver->channel->lock);
    trt_waiter_unlink(waiter, &old);
    trt_mutex_unlock(&receiver->channel->lock);
    trt_waker_drop(&old);
}
