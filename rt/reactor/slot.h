// SPDX-License-Identifier: Apache-2.0
// Slots of a reactor: what is kept per registered handle, and the table they live in. Private to
// rt/reactor.
#ifndef TRT_REACTOR_SLOT_H
#define TRT_REACTOR_SLOT_H

#include "rt/os/thread.h"
#include "rt/reactor/reactor.h"

enum { TRT_SLOT_CHUNK = 256, TRT_SLOT_CHUNKS = 4096 };

/// trt_slot_table hands out slots. All-zero is empty.
typedef struct trt_slot_table {
    trt_mutex lock;          ///< guards what follows, but the chunk pointers are read without it
    uint32_t num_slots;      ///< ever made
    trt_atomic_u32 num_used; ///< changed under the lock
    uint32_t free_head;      ///< index + 1, 0: none
    trt_atomic_ptr chunks[TRT_SLOT_CHUNKS];
} trt_slot_table;

/// trt_slot_table_take returns a slot, ready in both directions, for `handle`.
/// Errors:  NOMEM; MFILE - a million handles are registered.   Thread: any.
tmlrt_status trt_slot_table_take(trt_slot_table* table, trt_handle handle, trt_io_slot** out);
/// trt_slot_table_give_back ends the slot's generation, drops its wakers and makes it free.
/// Thread: any.   Cost: allocates nothing.
void trt_slot_table_give_back(trt_slot_table* table, trt_io_slot* slot);
/// trt_slot_table_fini frees the chunks; no slot may be in use.
void trt_slot_table_fini(trt_slot_table* table);
/// trt_slot_table_in_use returns how many slots are taken.   Thread: any.
uint32_t trt_slot_table_in_use(trt_slot_table* table);
/// trt_slot_table_at returns the slot a token names, whatever its generation is now.
static inline trt_io_slot* trt_slot_table_at(trt_slot_table* table, uint64_t token) {
    uint32_t index = (uint32_t)token;
    // Acquire pairs with the release store of add_chunk.
    trt_io_slot* chunk = trt_atomic_load(&table->chunks[index / TRT_SLOT_CHUNK], TRT_ACQUIRE_ORDER);
    return chunk + index % TRT_SLOT_CHUNK;
}

/// trt_slot_token is {generation, index} of a taken slot.   Thread: its owner.
uint64_t trt_slot_token(const trt_io_slot* slot);
/// trt_slot_deliver adds the bits of an event and takes the wakers of whom it concerns, unless
/// `token` is of an earlier generation. Returns how many it took.   Shape: out_wakers: 2.
/// Owns: they are the caller's, to be called with no lock held.   Thread: any.
uint32_t trt_slot_deliver(trt_io_slot* slot, uint64_t token, uint32_t bits,
                          tmlrt_waker* out_wakers);

/// trt_wakers_call calls wakers that deliver took, which ends them.   Thread: any, with no lock
/// held.
static inline void trt_wakers_call(const tmlrt_waker* wakers, uint32_t num) {
    for (uint32_t i = 0; i < num; i++) {
        wakers[i].vtable->wake(wakers[i].data);
    }
}

#endif
