// SPDX-License-Identifier: Apache-2.0
// Mpsc: a list of blocks of slots. Senders append under a lock; the receiver takes without one.
//
// Invariants (C2):
//   Q1  values in the channel + room reserved <= capacity: room is a permit of `room`, taken before
//       a value goes in and given back after it came out. What comes out is first counted in `owed`
//       and given back many at a time: `room` is a line that both ends write, and that is what a
//       value between two cores costs most. Anybody may give back what is owed, and a sender that
//       finds no room does, so no room is hidden (Q6)
//   Q2  slots of a block are written once, in order; `ready` counts them and is stored (release)
//       after the slot. `next` is stored (release) when the block is full, never before
//   Q3  a block behind the receiver is full and not the tail: senders, who touch the tail only,
//       cannot see it any more; one is kept as a spare
//   Q4  the receiver's waker is set under the lock, after a look that found nothing; whatever ends
//       its waiting happens before or under the same lock, and then takes the waker out. So no
//       wake-up is lost
//   Q5  with rx_gone (set under the lock) nothing goes in: what drop_receiver destroys after it is
//       all there is
//   Q6  a sender that waits for room leaves WANTED behind it, then gives back what is owed; the
//       receiver adds to `owed`, then looks at `wanted`. One of the two sees the other, so nobody
//       waits for room that is only owed. The receiver clears `wanted` before it looks who still
//       waits, and then sets it again
// No allocation, waker or destructor under the lock.
#include "rt/sync/mpsc.h"

#include "rt/base/alloc.h"
#include "rt/base/copy.h"

#include <stddef.h>

enum {
    BLOCK_SLOTS = 32,
    BLOCK_BYTES = 4096,
    LOT = 32,
    SENDER_GONE = 1,
    RECEIVER_GONE = 2,
    LINE = 64
};

typedef struct block {
    trt_atomic_u32 ready; ///< slots that were written
    trt_atomic_ptr next;
    _Alignas(16) unsigned char slots[];
} block;

// One cache line each: what is only read, what senders write with every value, the room, which both
// ends write, and what the receiver alone does.
struct tmlrt_mpsc { // NOLINT: padded on purpose
    uint64_t value_len, capacity;
    uint32_t block_slots;
    trt_atomic_u32 gone; ///< SENDER_GONE, RECEIVER_GONE: whoever is second frees
    void (*drop_value)(void*);
    trt_atomic_ptr first; ///< the first block there ever was
    trt_atomic_u64 senders;

    _Alignas(LINE) trt_mutex lock;
    uint32_t tail_len;     ///< under lock: slots used of the tail
    block *tail, *spare;   ///< under lock
    tmlrt_waker rx_waker;  ///< under lock
    bool rx_gone, tx_gone; ///< under lock
    bool closed;           ///< under lock; by the receiver

    _Alignas(LINE) trt_semaphore room; ///< bounded only

    _Alignas(LINE) block* head; ///< the receiver's, as `index` and `seen`
    uint32_t index, seen;       ///< in head: the next slot, and how many are known to be ready
    uint32_t lot;               ///< constant: so much that is owed is given back in any case
    trt_atomic_u32 owed;        ///< room of values that came out, not yet back in `room`
    trt_atomic_u32 wanted;      ///< somebody may wait for room
};

static bool bounded(const trt_mpsc* self) {
    return self->capacity != TRT_MPSC_UNBOUNDED;
}

static uint64_t block_size(const trt_mpsc* self) {
    return sizeof(block) + self->value_len * self->block_slots;
}

tmlrt_status trt_mpsc_new(trt_mpsc** out, uint64_t value_len, uint64_t capacity,
                          void (*drop_value)(void*)) {
    if (capacity == 0 || (capacity > TRT_SEMAPHORE_MAX && capacity != TRT_MPSC_UNBOUNDED)) {
        return TMLRT_E_INVAL;
    }
    if (value_len > UINT32_MAX) {
        return TMLRT_E_OVERFLOW;
    }
    trt_mpsc* self = trt_alloc_aligned(sizeof(*self), LINE);
    if (self == NULL) {
        return TMLRT_E_NOMEM;
    }
    *self = (trt_mpsc){0};
    uint64_t fit = value_len == 0 ? BLOCK_SLOTS : BLOCK_BYTES / value_len;
    self->block_slots = fit == 0 ? 1 : fit > BLOCK_SLOTS ? BLOCK_SLOTS : (uint32_t)fit;
    self->value_len = value_len;
    self->capacity = capacity;
    self->drop_value = drop_value;
    self->lot = capacity < LOT ? (uint32_t)capacity : LOT;
    trt_atomic_init(&self->first, NULL);
    trt_atomic_init(&self->senders, 1);
    trt_semaphore_init(&self->room, bounded(self) ? capacity : 0);
    *out = self;
    return TMLRT_OK;
}

static block* new_block(const trt_mpsc* self) {
    block* made = trt_alloc(block_size(self));
    if (made != NULL) {
        trt_atomic_init(&made->ready, 0);
        trt_atomic_init(&made->next, NULL);
    }
    return made;
}

static void free_block(const trt_mpsc* self, block* old) {
    trt_free(old, block_size(self));
}

static void* slot(const trt_mpsc* self, block* of, uint32_t index) {
    return of->slots + self->value_len * index;
}

// Both ends are gone.
static void free_all(trt_mpsc* self) {
    if (self->head == NULL) {
        self->head = trt_atomic_load(&self->first, TRT_RELAXED);
    }
    for (block* next; self->head != NULL; self->head = next) {
        next = trt_atomic_load(&self->head->next, TRT_RELAXED);
        free_block(self, self->head);
    }
    if (self->spare != NULL) {
        free_block(self, self->spare);
    }
    trt_semaphore_fini(&self->room);
    trt_free_aligned(self, sizeof(*self), LINE);
}

static void leave(trt_mpsc* self, uint32_t gone) {
    // Acq_rel pairs with the other end's: it is done with the channel.
    if (trt_atomic_or(&self->gone, gone, TRT_ACQ_REL) != 0) {
        free_all(self);
    }
}

// Takes the receiver's waker out.   Under the lock.
static tmlrt_waker take_waker(trt_mpsc* self) {
    tmlrt_waker waker = self->rx_waker;
    self->rx_waker = (tmlrt_waker){NULL, NULL};
    return waker;
}

static void wake_receiver(trt_mpsc* self) {
    trt_mutex_lock(&self->lock);
    tmlrt_waker waker = take_waker(self);
    trt_mutex_unlock(&self->lock);
    trt_waker_wake(&waker);
}

// ---- room ---------------------------------------------------------------------------------------

// Gives back what is owed; false: nothing is.
static bool give_back(trt_mpsc* self) {
    // Release pairs with the acquire of owe; acquire, with the release of another one who gave
    // back.
    uint32_t owed = trt_atomic_xchg(&self->owed, 0, TRT_ACQ_REL);
    if (owed == 0) {
        return false;
    }
    (void)!trt_semaphore_release(&self->room, owed); // was out of it, so it fits
    return true;
}

static void give_back_wanted(trt_mpsc* self) {
    // Acquire pairs with the release of wait_for_room: who set what is cleared here is seen below.
    (void)trt_atomic_xchg(&self->wanted, 0, TRT_ACQUIRE_ORDER);
    (void)give_back(self);
    if (trt_semaphore_has_waiters(&self->room)) {
        trt_atomic_store(&self->wanted, 1, TRT_RELAXED);
    }
}

// One value came out.
static void owe(trt_mpsc* self) {
    // Acquire pairs with the release of give_back: who gave back before this left WANTED before.
    uint32_t owed = trt_atomic_add(&self->owed, 1, TRT_ACQUIRE_ORDER) + 1;
    if (TRT_UNLIKELY(trt_atomic_load(&self->wanted, TRT_RELAXED) != 0)) {
        give_back_wanted(self);
    } else if (owed >= self->lot) {
        (void)give_back(self);
    }
}

static tmlrt_poll wait_for_room(trt_mpsc* self, trt_semaphore_waiter* waiter,
                                const tmlrt_waker* waker, tmlrt_status* out_status) {
    tmlrt_poll poll = trt_semaphore_wait(&self->room, waiter, 1, waker, out_status);
    if (poll == TMLRT_PENDING) {
        trt_atomic_store(&self->wanted, 1, TRT_RELEASE_ORDER);
        (void)give_back(self); // perhaps to this waiter, which is woken then
    }
    return poll;
}

static tmlrt_status try_take_room(trt_mpsc* self) {
    tmlrt_status status = trt_semaphore_try_acquire(&self->room, 1);
    if (status == TMLRT_E_AGAIN && give_back(self)) {
        status = trt_semaphore_try_acquire(&self->room, 1);
    }
    return status;
}

// ---- senders ------------------------------------------------------------------------------------

void trt_mpsc_ref_sender(trt_mpsc* mpsc) {
    trt_atomic_add(&mpsc->senders, 1, TRT_RELAXED);
}

void trt_mpsc_unref_sender(trt_mpsc* owned_sender) {
    // Acq_rel: the last one sees that the others are done.
    if (trt_atomic_sub(&owned_sender->senders, 1, TRT_ACQ_REL) != 1) {
        return;
    }
    trt_mutex_lock(&owned_sender->lock);
    owned_sender->tx_gone = true;
    tmlrt_waker waker = take_waker(owned_sender);
    trt_mutex_unlock(&owned_sender->lock);
    leave(owned_sender, SENDER_GONE);
    trt_waker_wake(&waker);
}

// Links `fresh` as the new tail.   Under the lock.
static void append(trt_mpsc* self, block* fresh) {
    trt_atomic_ptr* link = self->tail == NULL ? &self->first : &self->tail->next;
    // Release pairs with the acquire of head_ready.
    trt_atomic_store(link, fresh, TRT_RELEASE_ORDER);
    self->tail = fresh;
    self->tail_len = 0;
}

// Makes room for one slot in the tail, from *fresh or the spare; false: there is no block for it.
// Under the lock.
static bool extend(trt_mpsc* self, block** fresh) {
    if (self->tail != NULL && self->tail_len < self->block_slots) {
        return true;
    }
    block** from = *fresh != NULL ? fresh : &self->spare;
    if (*from == NULL) {
        return false;
    }
    append(self, *from);
    *from = NULL;
    return true;
}

// Gives back a block that turned out not to be needed.   Under the lock; what it returns (may be
// NULL) is to be freed after it.
static block* keep_spare(trt_mpsc* self, block* unneeded) {
    if (unneeded == NULL || self->spare != NULL) {
        return unneeded;
    }
    self->spare = unneeded;
    return NULL;
}

static tmlrt_status push(trt_mpsc* self, const void* value) {
    block* fresh = NULL;
    tmlrt_waker waker = {NULL, NULL};
    tmlrt_status status = TMLRT_OK;
    trt_mutex_lock(&self->lock);
    while (!self->rx_gone && !extend(self, &fresh)) {
        trt_mutex_unlock(&self->lock);
        fresh = new_block(self);
        if (fresh == NULL) {
            return TMLRT_E_NOMEM;
        }
        trt_mutex_lock(&self->lock);
    }
    if (self->rx_gone || (self->closed && !bounded(self))) {
        status = TMLRT_E_CLOSED;
    } else {
        trt_copy_tagged(slot(self, self->tail, self->tail_len++), value, self->value_len);
        // Release pairs with the acquire of head_ready.
        trt_atomic_store(&self->tail->ready, self->tail_len, TRT_RELEASE_ORDER);
        waker = take_waker(self);
    }
    block* unneeded = keep_spare(self, fresh);
    trt_mutex_unlock(&self->lock);
    if (unneeded != NULL) {
        free_block(self, unneeded);
    }
    trt_waker_wake(&waker);
    return status;
}

tmlrt_poll trt_mpsc_poll_reserve(trt_mpsc* mpsc, trt_semaphore_waiter* waiter,
                                 const tmlrt_waker* waker, tmlrt_status* out_status) {
    if (!bounded(mpsc)) {
        *out_status = trt_mpsc_closed(mpsc) ? TMLRT_E_CLOSED : TMLRT_OK;
        return TMLRT_READY;
    }
    if (!waiter->base.queued) {
        *out_status = try_take_room(mpsc);
        if (TRT_LIKELY(*out_status != TMLRT_E_AGAIN)) {
            return TMLRT_READY;
        }
    }
    return wait_for_room(mpsc, waiter, waker, out_status);
}

void trt_mpsc_cancel_reserve(trt_mpsc* mpsc, trt_semaphore_waiter* waiter) {
    trt_semaphore_cancel(&mpsc->room, waiter);
    if (trt_semaphore_closed(&mpsc->room)) {
        wake_receiver(mpsc); // the room that came back may have been the last
    }
}

void trt_mpsc_unreserve(trt_mpsc* mpsc) {
    if (!bounded(mpsc)) {
        return;
    }
    (void)!trt_semaphore_release(&mpsc->room, 1); // was out of it, so it fits
    // One word: when the receiver closed before, this sees it; when it closes later it sees the
    // room.
    if (trt_semaphore_closed(&mpsc->room)) {
        wake_receiver(mpsc);
    }
}

tmlrt_status trt_mpsc_send_reserved(trt_mpsc* mpsc, const void* value) {
    tmlrt_status status = push(mpsc, value);
    if (status == TMLRT_E_CLOSED) {
        trt_mpsc_unreserve(mpsc);
    }
    return status;
}

tmlrt_status trt_mpsc_try_send(trt_mpsc* mpsc, const void* value) {
    if (bounded(mpsc)) {
        TRT_TRY(try_take_room(mpsc));
    }
    tmlrt_status status = push(mpsc, value);
    if (status != TMLRT_OK) {
        trt_mpsc_unreserve(mpsc);
    }
    return status;
}

bool trt_mpsc_closed(const trt_mpsc* mpsc) {
    return trt_semaphore_closed(&mpsc->room);
}

// ---- the receiver -------------------------------------------------------------------------------

// Keeps a block that was read to its end, or frees it.
static void retire(trt_mpsc* self, block* old) {
    trt_atomic_store(&old->ready, 0, TRT_RELAXED); // published with the link that leads to it again
    trt_atomic_store(&old->next, NULL, TRT_RELAXED);
    trt_mutex_lock(&self->lock);
    block* unneeded = keep_spare(self, old);
    trt_mutex_unlock(&self->lock);
    if (unneeded != NULL) {
        free_block(self, unneeded);
    }
}

// Tells whether slot `index` of the head can be read, moving on to the next block when needed.
static bool head_ready(trt_mpsc* self) {
    if (self->head == NULL || self->index == self->block_slots) {
        block* old = self->head;
        // Acquire pairs with the release of append.
        block* next = trt_atomic_load(old == NULL ? &self->first : &old->next, TRT_ACQUIRE_ORDER);
        if (next == NULL) {
            return false;
        }
        self->head = next;
        self->index = self->seen = 0;
        if (old != NULL) {
            retire(self, old);
        }
    }
    if (self->index == self->seen) {
        // Acquire pairs with the release of push: the slots up to there were written.
        self->seen = trt_atomic_load(&self->head->ready, TRT_ACQUIRE_ORDER);
    }
    return self->index != self->seen;
}

static bool pop(trt_mpsc* self, void* out) {
    if (!head_ready(self)) {
        return false;
    }
    trt_copy_short(out, slot(self, self->head, self->index++), self->value_len);
    if (bounded(self)) {
        owe(self);
    }
    return true;
}

// Tells whether no value can come any more; those that are in are not looked at, and nothing is
// owed.   Under the lock.
static bool ended(const trt_mpsc* self) {
    if (self->tx_gone) {
        return true;
    }
    return bounded(self) ? trt_semaphore_settled(&self->room, self->capacity) : self->closed;
}

tmlrt_status trt_mpsc_try_recv(trt_mpsc* mpsc, void* out) {
    if (pop(mpsc, out)) {
        return TMLRT_OK;
    }
    (void)give_back(mpsc);
    trt_mutex_lock(&mpsc->lock);
    bool over = ended(mpsc);
    trt_mutex_unlock(&mpsc->lock);
    if (pop(mpsc, out)) { // whoever ended it may have sent before
        return TMLRT_OK;
    }
    return over ? TMLRT_E_CLOSED : TMLRT_E_AGAIN;
}

tmlrt_poll trt_mpsc_poll_recv(trt_mpsc* mpsc, const tmlrt_waker* waker, void* out,
                              tmlrt_status* out_status) {
    tmlrt_waker fresh, old = {NULL, NULL};
    *out_status = TMLRT_OK;
    if (pop(mpsc, out)) {
        return TMLRT_READY;
    }
    (void)give_back(mpsc);
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&mpsc->lock);
    bool over = ended(mpsc);
    // Values go in under the lock; moving on to another block would take it, so only `ready` and
    // `next` are looked at.
    block* at = mpsc->head;
    bool more = at == NULL         ? mpsc->tail != NULL
                : mpsc->tail == at ? mpsc->tail_len != mpsc->index
                                   : true;
    if (!over && !more) {
        old = mpsc->rx_waker;
        mpsc->rx_waker = fresh;
        fresh = (tmlrt_waker){NULL, NULL};
    }
    trt_mutex_unlock(&mpsc->lock);
    trt_waker_drop(&fresh);
    trt_waker_drop(&old);
    if (!over && !more) {
        return TMLRT_PENDING;
    }
    *out_status = pop(mpsc, out) ? TMLRT_OK : TMLRT_E_CLOSED;
    return TMLRT_READY;
}

void trt_mpsc_forget_waker(trt_mpsc* mpsc) {
    trt_mutex_lock(&mpsc->lock);
    tmlrt_waker waker = take_waker(mpsc);
    trt_mutex_unlock(&mpsc->lock);
    trt_waker_drop(&waker);
}

static void close_as(trt_mpsc* self, bool gone) {
    trt_mutex_lock(&self->lock);
    self->closed = true;
    self->rx_gone = self->rx_gone || gone;
    trt_mutex_unlock(&self->lock);
    trt_semaphore_close(&self->room);
}

void trt_mpsc_close(trt_mpsc* mpsc) {
    close_as(mpsc, false);
}

void trt_mpsc_drop_receiver(trt_mpsc* owned_receiver) {
    trt_mpsc_forget_waker(owned_receiver);
    close_as(owned_receiver, true);
    while (head_ready(owned_receiver)) {
        void* value = slot(owned_receiver, owned_receiver->head, owned_receiver->index++);
        if (owned_receiver->drop_value != NULL) {
            owned_receiver->drop_value(value);
        }
    }
    leave(owned_receiver, RECEIVER_GONE);
}
