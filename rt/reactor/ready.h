// SPDX-License-Identifier: Apache-2.0
// The readiness word of a slot, and what every operation does with it: look, and forget. Inline,
// since a read that finds nothing to read does little else. Included by reactor.h, which says what
// the functions are for; slot.c has the other half, and who writes the word and why that is right.
//
//     {write tick : 28, read tick : 28, flags : 8}      flags: the bits of an event, as they come
#ifndef TRT_REACTOR_READY_H
#define TRT_REACTOR_READY_H

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/poll.h>

#include "rt/os/poller.h"
#include "rt/os/thread.h"

enum { TRT_DIR_READ = 0, TRT_DIR_WRITE = 1 };
enum { TRT_TICK_BITS = 28, TRT_TICK_MASK = (1 << TRT_TICK_BITS) - 1, TRT_FLAG_BITS = 8 };

_Static_assert(TRT_EV_READ == 1u << TRT_DIR_READ && TRT_EV_WRITE == 1u << TRT_DIR_WRITE,
               "a direction is the number of its flag");

/// trt_io_slot is one registered handle. One cache line. The storage is never freed before the
/// table, so an event of an earlier owner may read it at any time.
typedef struct trt_io_slot {
    trt_atomic_u64 ready;
    trt_spin lock;         ///< guards generation and wakers, for a few instructions at a time
    uint32_t generation;   ///< moves on when the slot is given back
    tmlrt_waker wakers[2]; ///< by direction
    trt_handle handle;     ///< of the owner
    uint32_t index;        ///< constant
    uint32_t next_free;    ///< under the table's lock; index + 1, 0 ends the list
} trt_io_slot;

/// trt_ready_tick returns the tick of one direction in a readiness word.
static inline uint32_t trt_ready_tick(uint64_t word, int direction) {
    return (uint32_t)(word >> (TRT_FLAG_BITS + direction * TRT_TICK_BITS)) & TRT_TICK_MASK;
}

/// trt_ready_look tells whether the direction is ready, and then its tick.
static inline bool trt_ready_look(trt_io_slot* slot, int direction, uint32_t* out_tick) {
    // Acquire pairs with the release of deliver: an operation that follows finds what the event
    // told of.
    uint64_t word = trt_atomic_load(&slot->ready, TRT_ACQUIRE_ORDER);
    *out_tick = trt_ready_tick(word, direction);
    return (word & 1u << direction) != 0;
}

/// trt_io_wait_ready is trt_io_poll_ready of a direction that was not ready a moment ago.
tmlrt_poll trt_io_wait_ready(trt_io_slot* slot, int direction, const tmlrt_context* cx,
                             uint32_t* out_tick);

static inline tmlrt_poll trt_io_poll_ready(trt_io_slot* slot, int direction,
                                           const tmlrt_context* cx, uint32_t* out_tick) {
    if (trt_ready_look(slot, direction, out_tick)) {
        return TMLRT_READY;
    }
    return trt_io_wait_ready(slot, direction, cx, out_tick);
}

/// trt_ready_clear takes READY away unless the tick moved or one of `unless` was seen.
static inline void trt_ready_clear(trt_io_slot* slot, int direction, uint32_t tick,
                                   uint64_t unless) {
    // Relaxed: it tells nobody anything, and passes on what the event before it released.
    uint64_t word = trt_atomic_load(&slot->ready, TRT_RELAXED);
    do {
        if (trt_ready_tick(word, direction) != tick || (word & unless)) {
            return;
        }
    } while (!trt_atomic_cas_weak(&slot->ready, &word, word & ~(uint64_t)(1u << direction),
                                  TRT_RELAXED, TRT_RELAXED));
}

static inline void trt_io_clear_ready(trt_io_slot* slot, int direction, uint32_t tick) {
    trt_ready_clear(slot, direction, tick, 0);
}

static inline void trt_io_drained(trt_io_slot* slot, int direction, uint32_t tick) {
    trt_ready_clear(slot, direction, tick, TRT_EV_RDHUP | TRT_EV_HUP | TRT_EV_ERR);
}

#endif
