// SPDX-License-Identifier: Apache-2.0
// Slots: readiness words, wakers, generations, and the table.
//
// Who writes the readiness word (ready.h):
//   deliver      ORs flags in and advances the tick of each direction it makes ready (CAS)
//   clear        takes one direction's READY away if that direction's tick is still the one that
//                was seen before the operation that found nothing (CAS): an edge that came in
//                between stays (invariant R2)
//   take         sets both READY, before the handle is watched
// A direction is ready exactly when its READY flag is set. RDHUP makes reading ready, HUP and ERR
// make both ready (R4); they also stay as facts: after one of them a short read does not mean that
// the socket is drained, because the end of the stream has been reported already.
//
// Waiting: poll_ready looks at the word without a lock; if it is not ready it takes the slot's
// lock, looks again, and only then leaves a waker. deliver changes the word and takes the wakers
// under the lock. So either the waiter sees the readiness or deliver sees the waiter. The lock is a
// spin: it is held for a dozen instructions, by one waiter per direction, by the turn and by who
// helps.
//
// Generations (R1): deliver compares the token's generation under the lock, give_back advances it
// under the lock. After deregister returned no event touches the slot on behalf of its old owner; a
// waker that a turn had already taken may still be called once, it is a reference of its own.
// Wakers are cloned before and dropped or woken after the lock: a turn calls what it took when all
// its events are delivered, so that what each waker looks at is on its way into the cache.
#include "rt/reactor/slot.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <assert.h>

enum { // the bits of an event are flags as they come
    READ_READY = TRT_EV_READ,
    WRITE_READY = TRT_EV_WRITE,
    SEEN_RDHUP = TRT_EV_RDHUP,
    SEEN_HUP = TRT_EV_HUP,
    SEEN_ERR = TRT_EV_ERR,
};

static_assert(sizeof(trt_io_slot) == 64, "one cache line");

static uint64_t next_tick(uint64_t word, int direction) {
    unsigned shift = TRT_FLAG_BITS + (unsigned)direction * TRT_TICK_BITS;
    uint64_t field = (uint64_t)TRT_TICK_MASK << shift;
    return (word & ~field) | ((word + (1ull << shift)) & field);
}

static void drop_waker(const tmlrt_waker* waker) {
    if (waker->vtable != NULL) {
        waker->vtable->drop(waker->data);
    }
}

static tmlrt_waker take_waker(trt_io_slot* slot, int direction) {
    tmlrt_waker waker = slot->wakers[direction];
    slot->wakers[direction].vtable = NULL; // its data means nothing without
    return waker;
}

// ---- the table ----------------------------------------------------------------------------------

// Under the table's lock.
static tmlrt_status add_chunk(trt_slot_table* table) {
    uint32_t at = table->num_slots / TRT_SLOT_CHUNK;
    if (at == TRT_SLOT_CHUNKS) {
        return TMLRT_E_MFILE;
    }
    size_t size = sizeof(trt_io_slot) * TRT_SLOT_CHUNK;
    trt_io_slot* chunk = trt_alloc_aligned(size, sizeof(trt_io_slot));
    if (chunk == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = TRT_SLOT_CHUNK; i-- > 0;) {
        uint32_t index = table->num_slots + i;
        chunk[i] = (trt_io_slot){.index = index, .next_free = table->free_head};
        table->free_head = index + 1;
    }
    table->num_slots += TRT_SLOT_CHUNK;
    trt_atomic_store(&table->chunks[at], chunk, TRT_RELEASE_ORDER);
    return TMLRT_OK;
}

tmlrt_status trt_slot_table_take(trt_slot_table* table, trt_handle handle, trt_io_slot** out) {
    tmlrt_status status = TMLRT_OK;
    trt_io_slot* slot = NULL;
    trt_mutex_lock(&table->lock);
    if (table->free_head == 0) {
        status = add_chunk(table);
    }
    if (status == TMLRT_OK) {
        slot = trt_slot_table_at(table, table->free_head - 1);
        table->free_head = slot->next_free;
        trt_atomic_add(&table->num_used, 1, TRT_RELAXED);
    }
    trt_mutex_unlock(&table->lock);
    if (status != TMLRT_OK) {
        return status;
    }
    slot->handle = handle;
    // Relaxed: whoever else learns of the slot learns of it from the owner.
    trt_atomic_store(&slot->ready, READ_READY | WRITE_READY, TRT_RELAXED);
    *out = slot;
    return TMLRT_OK;
}

void trt_slot_table_give_back(trt_slot_table* table, trt_io_slot* slot) {
    trt_spin_lock(&slot->lock);
    slot->generation++;
    tmlrt_waker reader = take_waker(slot, TRT_DIR_READ);
    tmlrt_waker writer = take_waker(slot, TRT_DIR_WRITE);
    trt_spin_unlock(&slot->lock);
    trt_mutex_lock(&table->lock);
    slot->next_free = table->free_head;
    table->free_head = slot->index + 1;
    trt_atomic_sub(&table->num_used, 1, TRT_RELAXED);
    trt_mutex_unlock(&table->lock);
    drop_waker(&reader);
    drop_waker(&writer);
}

uint32_t trt_slot_table_in_use(trt_slot_table* table) {
    return trt_atomic_load(&table->num_used, TRT_RELAXED);
}

void trt_slot_table_fini(trt_slot_table* table) {
    TRT_CHECK(trt_slot_table_in_use(table) == 0);
    for (uint32_t i = 0; i < table->num_slots / TRT_SLOT_CHUNK; i++) {
        trt_io_slot* chunk = trt_atomic_load(&table->chunks[i], TRT_RELAXED);
        trt_free_aligned(chunk, sizeof(trt_io_slot) * TRT_SLOT_CHUNK, sizeof(trt_io_slot));
    }
    table->num_slots = table->free_head = 0;
}

// ---- events -------------------------------------------------------------------------------------

uint64_t trt_slot_token(const trt_io_slot* slot) {
    return (uint64_t)slot->generation << 32 | slot->index;
}

// What an event makes ready and what it tells.
static uint64_t flags_of(uint32_t bits) {
    uint64_t flags = bits & (READ_READY | WRITE_READY | SEEN_RDHUP | SEEN_HUP | SEEN_ERR);
    if (flags & (SEEN_RDHUP | SEEN_HUP | SEEN_ERR)) {
        flags |= flags & (SEEN_HUP | SEEN_ERR) ? READ_READY | WRITE_READY : READ_READY;
    }
    return flags;
}

// Sets the flags and advances the tick of each direction made ready.
static void set_ready(trt_io_slot* slot, uint64_t flags) {
    uint64_t word = trt_atomic_load(&slot->ready, TRT_RELAXED), wanted;
    do {
        wanted = word | flags;
        wanted = flags & READ_READY ? next_tick(wanted, TRT_DIR_READ) : wanted;
        wanted = flags & WRITE_READY ? next_tick(wanted, TRT_DIR_WRITE) : wanted;
        // Release pairs with the acquire loads of is_ready and hung_up: an operation that follows
        // finds what the event told of.
    } while (!trt_atomic_cas_weak(&slot->ready, &word, wanted, TRT_RELEASE_ORDER, TRT_RELAXED));
}

uint32_t trt_slot_deliver(trt_io_slot* slot, uint64_t token, uint32_t bits,
                          tmlrt_waker* out_wakers) {
    uint64_t flags = flags_of(bits);
    uint32_t taken = 0;
    trt_spin_lock(&slot->lock);
    if (TRT_LIKELY(slot->generation == (uint32_t)(token >> 32))) {
        set_ready(slot, flags);
        if ((flags & READ_READY) && slot->wakers[TRT_DIR_READ].vtable != NULL) {
            out_wakers[taken++] = take_waker(slot, TRT_DIR_READ);
        }
        if ((flags & WRITE_READY) && slot->wakers[TRT_DIR_WRITE].vtable != NULL) {
            out_wakers[taken++] = take_waker(slot, TRT_DIR_WRITE);
        }
    }
    trt_spin_unlock(&slot->lock);
    return taken;
}

// ---- waiting ------------------------------------------------------------------------------------

tmlrt_poll trt_io_poll_hangup(trt_io_slot* slot, const tmlrt_context* cx) {
    if (trt_io_hung_up(slot)) {
        return TMLRT_READY;
    }
    tmlrt_waker fresh, old;
    cx->waker->vtable->clone(cx->waker, &fresh);
    trt_spin_lock(&slot->lock);
    bool gone = trt_io_hung_up(slot);
    if (gone) {
        old = fresh;
    } else {
        old = slot->wakers[TRT_DIR_READ];
        slot->wakers[TRT_DIR_READ] = fresh;
    }
    trt_spin_unlock(&slot->lock);
    drop_waker(&old);
    return gone ? TMLRT_READY : TMLRT_PENDING;
}

tmlrt_poll trt_io_wait_ready(trt_io_slot* slot, int direction, const tmlrt_context* cx,
                             uint32_t* out_tick) {
    tmlrt_waker fresh, old;
    cx->waker->vtable->clone(cx->waker, &fresh);
    trt_spin_lock(&slot->lock);
    bool ready = trt_ready_look(slot, direction, out_tick);
    if (TRT_UNLIKELY(ready)) {
        old = fresh;
    } else {
        old = slot->wakers[direction];
        slot->wakers[direction] = fresh;
    }
    trt_spin_unlock(&slot->lock);
    drop_waker(&old);
    return ready ? TMLRT_READY : TMLRT_PENDING;
}

void trt_io_cancel(trt_io_slot* slot, int direction) {
    trt_spin_lock(&slot->lock);
    tmlrt_waker waker = take_waker(slot, direction);
    trt_spin_unlock(&slot->lock);
    drop_waker(&waker);
}

bool trt_io_hung_up(const trt_io_slot* slot) {
    return trt_atomic_load(&slot->ready, TRT_ACQUIRE_ORDER) & (SEEN_HUP | SEEN_ERR);
}
