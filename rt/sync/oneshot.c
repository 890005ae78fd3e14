// SPDX-License-Identifier: Apache-2.0
// Oneshot: a word that says whose everything is; no lock.
//
// Invariants (C1):
//   O1  the value is received xor destroyed with the channel xor stays with the caller of a send
//       that answers CLOSED, once
//   O2  a waker slot has one owner at any time (below), so a waker is woken or dropped, once
//   O3  the block is freed by whichever of COMPLETE and RX_GONE is set last
//   O4  the sender's last access is the one compare-and-swap that completes: nothing is left to do
//       in the block, so the receiver, who may learn of the value by it, frees the block at once
// Bits, set by one side only and, but for the two wakers', never cleared:
//   COMPLETE   sender: sent or gave up, and does not touch the block any more; VALUE with it: there
//              is a value
//   CLOSED     receiver: takes no value from now on
//   RX_GONE    receiver: does not touch the block any more
//   RX_WAKER   receiver: its slot has a waker. It is the receiver's to take back while COMPLETE is
//              clear; COMPLETE over RX_WAKER gives the waker to the sender, which has read the slot
//              before and wakes what it read. TURN counts the wakers that the receiver put there:
//              what was read was not replaced meanwhile if the word is still the same (O2)
//   TX_WAKER   sender: its slot has a waker. The sender's while CLOSED is clear; CLOSED over
//              TX_WAKER before COMPLETE hands it to the receiver, which wakes it
// Slots that changed hands are read, not written: their old owner may still compare them.
// Every write of the word releases and every read acquires: value and slots are published and
// seen with it. The sender may read the receiver's slot while that is replaced, hence relaxed
// atomics; it then has to read it again: RX_WAKER was cleared before, so its compare-and-swap
// fails. `taken` is the receiver's own.
#include "rt/sync/oneshot.h"

#include "rt/base/assert.h"
#include "rt/base/copy.h"
#include "rt/base/kept.h"

#include <stddef.h>

enum {
    COMPLETE = 1 << 0,
    VALUE = 1 << 1,
    CLOSED = 1 << 2,
    RX_GONE = 1 << 3,
    RX_WAKER = 1 << 4,
    TX_WAKER = 1 << 5,
    TURN = 1 << 8,
};

/// The receiver's waker.
typedef struct shared_waker {
    trt_atomic_ptr vtable, data;
} shared_waker;

struct tmlrt_oneshot {
    trt_atomic_u64 word;
    uint64_t value_len;
    void (*drop_value)(void*);
    bool taken; ///< the receiver's: the value was moved out
    shared_waker rx_waker;
    tmlrt_waker tx_waker;
    _Alignas(16) unsigned char value[];
};

trt_oneshot* trt_oneshot_new(uint64_t value_len, void (*drop_value)(void*)) {
    uint64_t size;
    if (__builtin_add_overflow(value_len, sizeof(trt_oneshot), &size)) {
        return NULL;
    }
    trt_oneshot* self = trt_kept_alloc(size);
    if (self != NULL) { // the wakers are written before their bits are set
        trt_atomic_init(&self->word, 0);
        self->value_len = value_len;
        self->drop_value = drop_value;
        self->taken = false;
    }
    return self;
}

static uint64_t load(const trt_oneshot* self) {
    return trt_atomic_load(&self->word, TRT_ACQUIRE_ORDER); // pairs with every write of the word
}

static void free_block(trt_oneshot* self) {
    trt_kept_free(self, sizeof(trt_oneshot) + self->value_len);
}

static tmlrt_waker get(const shared_waker* slot) {
    return (tmlrt_waker){trt_atomic_load(&slot->vtable, TRT_RELAXED),
                         trt_atomic_load(&slot->data, TRT_RELAXED)};
}

static void put(shared_waker* slot, const tmlrt_waker* waker) {
    trt_atomic_store(&slot->vtable, (void*)waker->vtable, TRT_RELAXED);
    trt_atomic_store(&slot->data, waker->data, TRT_RELAXED);
}

// Adds `bits`, which are clear, unless one of `unless` is set. Returns the word before.
static uint64_t add_unless(trt_oneshot* self, uint64_t bits, uint64_t unless) {
    uint64_t word = load(self);
    while ((word & unless) == 0 &&
           !trt_atomic_cas_weak(&self->word, &word, word + bits, TRT_ACQ_REL, TRT_ACQUIRE_ORDER)) {
    }
    return word;
}

// Clears `bit` unless one of `unless` is set. Returns the word before.
static uint64_t clear_unless(trt_oneshot* self, uint64_t bit, uint64_t unless) {
    uint64_t word = load(self);
    while ((word & unless) == 0 &&
           !trt_atomic_cas_weak(&self->word, &word, word & ~bit, TRT_ACQ_REL, TRT_ACQUIRE_ORDER)) {
    }
    return word;
}

// ---- the sender ---------------------------------------------------------------------------------

// Completes, with a value when it may; gives the sender up.
static __attribute__((noinline)) tmlrt_status finish(trt_oneshot* self, bool with_value) {
    uint64_t word = load(self), next;
    tmlrt_waker receiver = {NULL, NULL}, own = {NULL, NULL};
    do {
        next = word | COMPLETE;
        if (with_value && (word & CLOSED) == 0) {
            next |= VALUE;
        }
        if (word & RX_WAKER) {
            receiver = get(&self->rx_waker);
        }
        if (TRT_UNLIKELY((word & (TX_WAKER | CLOSED)) == TX_WAKER)) {
            own = self->tx_waker;
        }
    } while (!trt_atomic_cas_weak(&self->word, &word, next, TRT_ACQ_REL, TRT_ACQUIRE_ORDER));
    if (TRT_UNLIKELY((word & RX_GONE) != 0)) {
        free_block(self);
    }
    if (TRT_UNLIKELY((word & (TX_WAKER | CLOSED)) == TX_WAKER)) {
        trt_waker_drop(&own);
    }
    if (word & RX_WAKER) {
        trt_waker_wake(&receiver);
    }
    return (next & VALUE) != 0 || !with_value ? TMLRT_OK : TMLRT_E_CLOSED;
}

tmlrt_status trt_oneshot_send(trt_oneshot* owned_sender, const void* value) {
    // The cell is the sender's until VALUE says otherwise; without VALUE nobody looks at it.
    trt_copy_tagged(owned_sender->value, value, owned_sender->value_len);
    // What finish does when the receiver is there, with a waker or without, and nothing else is.
    uint64_t word = load(owned_sender);
    if (TRT_LIKELY((word & (COMPLETE | CLOSED | RX_GONE | TX_WAKER)) == 0)) {
        tmlrt_waker receiver = {NULL, NULL};
        if (word & RX_WAKER) {
            receiver = get(&owned_sender->rx_waker);
        }
        // The word was acquired when it was loaded.
        if (trt_atomic_cas_weak(&owned_sender->word, &word, word | COMPLETE | VALUE,
                                TRT_RELEASE_ORDER, TRT_RELAXED)) {
            trt_waker_wake(&receiver);
            return TMLRT_OK;
        }
    }
    return finish(owned_sender, true);
}

void trt_oneshot_drop_sender(trt_oneshot* owned_sender) {
    (void)!finish(owned_sender, false); // without a value it cannot fail
}

bool trt_oneshot_closed(const trt_oneshot* oneshot) {
    return (load(oneshot) & CLOSED) != 0;
}

tmlrt_poll trt_oneshot_poll_closed(trt_oneshot* oneshot, const tmlrt_waker* waker) {
    uint64_t word = load(oneshot);
    if (word & CLOSED) {
        return TMLRT_READY;
    }
    if (word & TX_WAKER) {
        if (trt_waker_same(&oneshot->tx_waker, waker)) {
            return TMLRT_PENDING;
        }
        if (clear_unless(oneshot, TX_WAKER, CLOSED) & CLOSED) {
            return TMLRT_READY;
        }
        trt_waker_drop(&oneshot->tx_waker);
    }
    trt_waker_clone(waker, &oneshot->tx_waker);
    if (add_unless(oneshot, TX_WAKER, CLOSED) & CLOSED) {
        trt_waker_drop(&oneshot->tx_waker);
        return TMLRT_READY;
    }
    return TMLRT_PENDING;
}

void trt_oneshot_forget_sender_waker(trt_oneshot* oneshot) {
    if ((clear_unless(oneshot, TX_WAKER, CLOSED) & (TX_WAKER | CLOSED)) == TX_WAKER) {
        trt_waker_drop(&oneshot->tx_waker);
    }
}

// ---- the receiver -------------------------------------------------------------------------------

// What the word says about the value; AGAIN: nothing yet.
static inline tmlrt_status take(trt_oneshot* self, uint64_t word, void* out) {
    if ((word & VALUE) != 0 && !self->taken) {
        self->taken = true;
        trt_copy_short(out, self->value, self->value_len);
        return TMLRT_OK;
    }
    return (word & (COMPLETE | CLOSED)) != 0 ? TMLRT_E_CLOSED : TMLRT_E_AGAIN;
}

tmlrt_status trt_oneshot_try_recv(trt_oneshot* oneshot, void* out) {
    return take(oneshot, load(oneshot), out);
}

// Registers `waker` as the receiver's; READY when COMPLETE was set meanwhile. `word` was just read.
static __attribute__((noinline)) tmlrt_poll wait(trt_oneshot* self, const tmlrt_waker* waker,
                                                 uint64_t word) {
    tmlrt_waker kept;
    if (word & RX_WAKER) {
        kept = get(&self->rx_waker);
        if (trt_waker_same(&kept, waker)) {
            return TMLRT_PENDING;
        }
        if (clear_unless(self, RX_WAKER, COMPLETE) & COMPLETE) {
            return TMLRT_READY;
        }
        trt_waker_drop(&kept);
    }
    trt_waker_clone(waker, &kept);
    put(&self->rx_waker, &kept);
    if (add_unless(self, RX_WAKER + TURN, COMPLETE) & COMPLETE) {
        trt_waker_drop(&kept);
        return TMLRT_READY;
    }
    return TMLRT_PENDING;
}

tmlrt_poll trt_oneshot_poll(trt_oneshot* oneshot, const tmlrt_waker* waker, void* out,
                            tmlrt_status* out_status) {
    uint64_t word = load(oneshot);
    tmlrt_status status = take(oneshot, word, out);
    if (status == TMLRT_E_AGAIN) {
        if (wait(oneshot, waker, word) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        status = take(oneshot, load(oneshot), out);
    }
    *out_status = status;
    return TMLRT_READY;
}

void trt_oneshot_forget_receiver_waker(trt_oneshot* oneshot) {
    if ((clear_unless(oneshot, RX_WAKER, COMPLETE) & (RX_WAKER | COMPLETE)) == RX_WAKER) {
        tmlrt_waker kept = get(&oneshot->rx_waker);
        trt_waker_drop(&kept);
    }
}

void trt_oneshot_close(trt_oneshot* oneshot) {
    uint64_t word = add_unless(oneshot, CLOSED, CLOSED);
    if ((word & (CLOSED | COMPLETE | TX_WAKER)) == TX_WAKER) {
        tmlrt_waker sender = oneshot->tx_waker; // the bits handed it over
        trt_waker_wake(&sender);
    }
}

void trt_oneshot_drop_receiver(trt_oneshot* owned_receiver) {
    uint64_t word = load(owned_receiver);
    if ((word & COMPLETE) == 0) {
        trt_oneshot_forget_receiver_waker(owned_receiver);
        trt_oneshot_close(owned_receiver);
        word = load(owned_receiver);
    }
    if ((word & VALUE) != 0 && !owned_receiver->taken && owned_receiver->drop_value != NULL) {
        owned_receiver->drop_value(owned_receiver->value);
    }
    // Acquire pairs with the sender's release: it is done with the block.
    if ((word & COMPLETE) != 0 ||
        (trt_atomic_or(&owned_receiver->word, RX_GONE, TRT_ACQ_REL) & COMPLETE) != 0) {
        free_block(owned_receiver);
    }
}
