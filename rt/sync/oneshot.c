// SPDX-License-Identifier: Apache-2.0
// Oneshot: a word that says whose everything is; no lock.
//
// Invariants (C1):
//   O1  the value is received xor destroyed with the channel xor stays with the caller of a send
//       that answers CLOSED, once
//   O2  a waker slot has one owner at any time (below), so a waker is woken or dropped, once
//   O3  the block is freed by whichever of TX_GONE and RX_GONE is set last
// Bits, set by one side only and, but for the two wakers', never cleared:
//   COMPLETE   sender: sent or gave up; VALUE with it: there is a value
//   TX_GONE    sender: does not touch the block any more
//   CLOSED     receiver: takes no value from now on
//   RX_GONE    receiver: does not touch the block any more
//   RX_WAKER   receiver: its slot has a waker. It is the receiver's to take back while COMPLETE is
//              clear; COMPLETE over RX_WAKER hands the slot to the sender, which wakes it
//   TX_WAKER   sender: its slot has a waker. The sender's while CLOSED is clear; CLOSED over
//              TX_WAKER before COMPLETE hands it to the receiver, which wakes it
// Slots that changed hands are read, not written: their old owner may still compare them.
// Every write of the word is acq_rel and every read acquires: value and slots are published and
// seen with it. `taken` is the receiver's own.
#include "rt/sync/oneshot.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <stddef.h>
#include <string.h>

enum {
    COMPLETE = 1 << 0,
    VALUE = 1 << 1,
    TX_GONE = 1 << 2,
    CLOSED = 1 << 3,
    RX_GONE = 1 << 4,
    RX_WAKER = 1 << 5,
    TX_WAKER = 1 << 6,
};

struct tmlrt_oneshot {
    trt_atomic_u32 word;
    bool taken; ///< the receiver's: the value was moved out
    uint64_t value_len;
    void (*drop_value)(void*);
    tmlrt_waker rx_waker, tx_waker;
    _Alignas(16) unsigned char value[];
};

trt_oneshot* trt_oneshot_new(uint64_t value_len, void (*drop_value)(void*)) {
    uint64_t size;
    if (__builtin_add_overflow(value_len, sizeof(trt_oneshot), &size)) {
        return NULL;
    }
    trt_oneshot* self = trt_alloc(size);
    if (self != NULL) {
        *self = (trt_oneshot){.value_len = value_len, .drop_value = drop_value};
        trt_atomic_init(&self->word, 0);
    }
    return self;
}

static uint32_t load(const trt_oneshot* self) {
    return trt_atomic_load(&self->word, TRT_ACQUIRE_ORDER); // pairs with every write of the word
}

static void free_block(trt_oneshot* self) {
    trt_free(self, sizeof(trt_oneshot) + self->value_len);
}

// Sets TX_GONE or RX_GONE; whoever is second frees.
static void leave(trt_oneshot* self, uint32_t gone) {
    // Acquire pairs with the other side's release here: it is done with the block.
    if (trt_atomic_or(&self->word, gone, TRT_ACQ_REL) & (TX_GONE | RX_GONE)) {
        free_block(self);
    }
}

// Sets `bit` unless one of `unless` is set. Returns the word before.
static uint32_t set_unless(trt_oneshot* self, uint32_t bit, uint32_t unless) {
    uint32_t word = load(self);
    while ((word & unless) == 0 &&
           !trt_atomic_cas_weak(&self->word, &word, word | bit, TRT_ACQ_REL, TRT_ACQUIRE_ORDER)) {
    }
    return word;
}

// Clears `bit` unless one of `unless` is set. Returns the word before.
static uint32_t clear_unless(trt_oneshot* self, uint32_t bit, uint32_t unless) {
    uint32_t word = load(self);
    while ((word & unless) == 0 &&
           !trt_atomic_cas_weak(&self->word, &word, word & ~bit, TRT_ACQ_REL, TRT_ACQUIRE_ORDER)) {
    }
    return word;
}

// Registers `waker` in a slot of the caller's; READY when one of `over` was set, and then it has
// no waker. `word` was just read.
static tmlrt_poll keep_waker(trt_oneshot* self, tmlrt_waker* slot, uint32_t bit, uint32_t over,
                             const tmlrt_waker* waker, uint32_t word) {
    if (word & bit) {
        if (trt_waker_same(slot, waker)) {
            return TMLRT_PENDING;
        }
        if (clear_unless(self, bit, over) & over) {
            return TMLRT_READY;
        }
        trt_waker_drop(slot);
    }
    trt_waker_clone(waker, slot);
    if (set_unless(self, bit, over) & over) {
        trt_waker_drop(slot);
        return TMLRT_READY;
    }
    return TMLRT_PENDING;
}

// ---- the sender ---------------------------------------------------------------------------------

// Completes, with a value when it may; gives the sender up.
static tmlrt_status finish(trt_oneshot* self, bool with_value) {
    uint32_t word = load(self), next;
    do {
        next = word | COMPLETE;
        if (with_value && (word & CLOSED) == 0) {
            next |= VALUE;
        }
        if ((word & (RX_WAKER | TX_WAKER)) == 0) {
            next |= TX_GONE; // nothing left to do here
        }
    } while (!trt_atomic_cas_weak(&self->word, &word, next, TRT_ACQ_REL, TRT_ACQUIRE_ORDER));
    tmlrt_status status = (next & VALUE) != 0 || !with_value ? TMLRT_OK : TMLRT_E_CLOSED;
    if (next & TX_GONE) {
        if (word & RX_GONE) {
            free_block(self);
        }
        return status;
    }
    tmlrt_waker receiver = {NULL, NULL}, own = {NULL, NULL};
    if (word & RX_WAKER) {
        receiver = self->rx_waker;
    }
    if ((word & (TX_WAKER | CLOSED)) == TX_WAKER) {
        own = self->tx_waker;
    }
    leave(self, TX_GONE);
    trt_waker_drop(&own);
    trt_waker_wake(&receiver);
    return status;
}

tmlrt_status trt_oneshot_send(trt_oneshot* owned_sender, const void* value) {
    // The cell is the sender's until VALUE says otherwise; without VALUE nobody looks at it.
    if (owned_sender->value_len != 0) {
        memcpy(owned_sender->value, value, owned_sender->value_len);
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
    uint32_t word = load(oneshot);
    if (word & CLOSED) {
        return TMLRT_READY;
    }
    return keep_waker(oneshot, &oneshot->tx_waker, TX_WAKER, CLOSED, waker, word);
}

void trt_oneshot_forget_sender_waker(trt_oneshot* oneshot) {
    if ((clear_unless(oneshot, TX_WAKER, CLOSED) & (TX_WAKER | CLOSED)) == TX_WAKER) {
        trt_waker_drop(&oneshot->tx_waker);
    }
}

// ---- the receiver -------------------------------------------------------------------------------

// What the word says about the value; AGAIN: nothing yet.
static tmlrt_status take(trt_oneshot* self, uint32_t word, void* out) {
    if ((word & VALUE) != 0 && !self->taken) {
        self->taken = true;
        if (self->value_len != 0) {
            memcpy(out, self->value, self->value_len);
        }
        return TMLRT_OK;
    }
    return (word & (COMPLETE | CLOSED)) != 0 ? TMLRT_E_CLOSED : TMLRT_E_AGAIN;
}

tmlrt_status trt_oneshot_try_recv(trt_oneshot* oneshot, void* out) {
    return take(oneshot, load(oneshot), out);
}

tmlrt_poll trt_oneshot_poll(trt_oneshot* oneshot, const tmlrt_waker* waker, void* out,
                            tmlrt_status* out_status) {
    uint32_t word = load(oneshot);
    tmlrt_status status = take(oneshot, word, out);
    if (status == TMLRT_E_AGAIN) {
        if (keep_waker(oneshot, &oneshot->rx_waker, RX_WAKER, COMPLETE, waker, word) ==
            TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        status = take(oneshot, load(oneshot), out);
    }
    *out_status = status;
    return TMLRT_READY;
}

void trt_oneshot_forget_receiver_waker(trt_oneshot* oneshot) {
    if ((clear_unless(oneshot, RX_WAKER, COMPLETE) & (RX_WAKER | COMPLETE)) == RX_WAKER) {
        trt_waker_drop(&oneshot->rx_waker);
    }
}

void trt_oneshot_close(trt_oneshot* oneshot) {
    uint32_t word = set_unless(oneshot, CLOSED, CLOSED);
    if ((word & (CLOSED | COMPLETE | TX_WAKER)) == TX_WAKER) {
        tmlrt_waker sender = oneshot->tx_waker; // the bits handed it over
        trt_waker_wake(&sender);
    }
}

void trt_oneshot_drop_receiver(trt_oneshot* owned_receiver) {
    uint32_t word = load(owned_receiver);
    if ((word & COMPLETE) == 0) {
        trt_oneshot_forget_receiver_waker(owned_receiver);
        trt_oneshot_close(owned_receiver);
        word = load(owned_receiver);
    }
    if ((word & VALUE) != 0 && !owned_receiver->taken && owned_receiver->drop_value != NULL) {
        owned_receiver->drop_value(owned_receiver->value);
    }
    if (word & TX_GONE) {
        free_block(owned_receiver); // the sender is done with it, and said so before
    } else {
        leave(owned_receiver, RX_GONE);
    }
}
