// SPDX-License-Identifier: Apache-2.0
// The queue that work is stolen from: a bounded ring with one owner, who pushes at the tail and
// pops at the head, and any number of thieves, who take the older half at the head. Items are
// pointers that are not NULL. A pure structure over rt/base/atomic.h; rt/exec/runq.c has who uses
// it and how.
//
// `head` and `tail` count from the beginning and never wrap (64 bits), so a compare-and-swap that
// succeeds on `head` knows that nothing was taken meanwhile (D2: no ABA). Invariants:
//   head <= tail <= head + TRT_DEQUE_CAP; items are in [head, tail), item i in slot i % CAP
//   tail   written by the owner only        head   only ever moved up, by compare-and-swap
//   slot i % CAP is overwritten only by the owner, and only after the item in it has left
// Taking, by anybody: read the slots first, then move `head` past them in ONE compare-and-swap. If
// it succeeds, `head` did not move since it was read, so none of those slots was overwritten and
// each item is this taker's alone (D1). If it fails, what was read is thrown away; slots are atomic
// because such a doomed read may meet the owner's write.
//
// Orders and their pairs; everything else is relaxed:
//   P  push stores `tail` (release)      -> thieves load `tail` (acquire): the slot, and what the
//                                           item points at, were written before
//   S  thieves CAS `head` (release)      -> push and steal (for its own ring) load `head`
//   (acquire):
//                                           the thief read the slot before it is overwritten
//   A  push_announced stores `tail` and empty loads it (both sequentially consistent): parking's
//      "push, then look for sleepers" against "register, then look at the queues" (park.h)
//   Q  pop's CAS of `head` (release)     -> empty loads it: who sees that an item was popped sees
//                                           those that were pushed before it was, announced or not
// Else the owner's pops need no order: it reads its own slots, and its read-modify-writes of `head`
// continue the release sequences of S. A thief's `head` may be stale or even ahead of the `tail` it
// sees; the distance is then out of range and it looks again.
#ifndef TRT_EXEC_DEQUE_H
#define TRT_EXEC_DEQUE_H

#include "rt/base/atomic.h"

#include <stddef.h>

/// TRT_DEQUE_CAP is a power of two; a model build sets a small one.
#ifndef TRT_DEQUE_CAP
#define TRT_DEQUE_CAP 256
#endif
enum { TRT_DEQUE_HALF = TRT_DEQUE_CAP / 2 };

/// trt_deque is one such queue. All-zero is empty.
typedef struct trt_deque {
    _Alignas(64) trt_atomic_u64 head;
    _Alignas(64) trt_atomic_u64 tail;
    trt_atomic_ptr slots[TRT_DEQUE_CAP];
} trt_deque;

/// trt_deque_slot returns the slot of item number `index`.
static inline trt_atomic_ptr* trt_deque_slot(trt_deque* deque, uint64_t index) {
    return &deque->slots[index % TRT_DEQUE_CAP];
}

/// trt_deque_len returns how many items there are, as the owner sees it: thieves may take some at
/// any time.   Thread: owner.
static inline uint64_t trt_deque_len(const trt_deque* deque) {
    return trt_atomic_load(&deque->tail, TRT_RELAXED) - trt_atomic_load(&deque->head, TRT_RELAXED);
}

/// trt_deque_len_seen returns about how many items there are.   Thread: any.
static inline uint64_t trt_deque_len_seen(const trt_deque* deque) {
    uint64_t head = trt_atomic_load(&deque->head, TRT_RELAXED);
    uint64_t len = trt_atomic_load(&deque->tail, TRT_RELAXED) - head;
    return len <= TRT_DEQUE_CAP ? len : 0; // the two are not of one moment
}

/// trt_deque_empty tells whether there is nothing to take. Never says so while an announced item is
/// there (A).   Thread: any.
static inline bool trt_deque_empty(const trt_deque* deque) {
    uint64_t head = trt_atomic_load(&deque->head, TRT_SEQ_CST);
    return (int64_t)(trt_atomic_load(&deque->tail, TRT_SEQ_CST) - head) <= 0;
}

/// trt_deque_reserve writes `item` behind the last one without publishing it. False: full, nothing
/// done.   Thread: owner.
static inline bool trt_deque_reserve(trt_deque* deque, uint64_t tail, void* item) {
    if (tail - trt_atomic_load(&deque->head, TRT_ACQUIRE_ORDER) >= TRT_DEQUE_CAP) { // S
        return false;
    }
    trt_atomic_store(trt_deque_slot(deque, tail), item, TRT_RELAXED);
    return true;
}

/// trt_deque_push appends. False: full, nothing done.   Thread: owner.
static inline bool trt_deque_push(trt_deque* deque, void* item) {
    uint64_t tail = trt_atomic_load(&deque->tail, TRT_RELAXED);
    if (!trt_deque_reserve(deque, tail, item)) {
        return false;
    }
    trt_atomic_store(&deque->tail, tail + 1, TRT_RELEASE_ORDER); // P
    return true;
}

/// trt_deque_push_announced is trt_deque_push for a caller that looks for sleepers afterwards.
/// Thread: owner.
static inline bool trt_deque_push_announced(trt_deque* deque, void* item) {
    uint64_t tail = trt_atomic_load(&deque->tail, TRT_RELAXED);
    if (!trt_deque_reserve(deque, tail, item)) {
        return false;
    }
    trt_atomic_store(&deque->tail, tail + 1, TRT_SEQ_CST); // P, A
    return true;
}

/// trt_deque_pop takes the oldest item; NULL when there is none.   Thread: owner.
static inline void* trt_deque_pop(trt_deque* deque) {
    uint64_t tail = trt_atomic_load(&deque->tail, TRT_RELAXED);
    uint64_t head = trt_atomic_load(&deque->head, TRT_RELAXED);
    while (head != tail) {
        void* item = trt_atomic_load(trt_deque_slot(deque, head), TRT_RELAXED);
        if (trt_atomic_cas(&deque->head, &head, head + 1, TRT_RELEASE_ORDER, TRT_RELAXED)) { // Q
            return item;
        }
    }
    return NULL;
}

/// trt_deque_peek returns the item that the next pop would take, NULL when there is none. A thief
/// may take it at any time: only good as a hint.   Thread: owner.
static inline void* trt_deque_peek(trt_deque* deque) {
    uint64_t head = trt_atomic_load(&deque->head, TRT_RELAXED);
    if (head == trt_atomic_load(&deque->tail, TRT_RELAXED)) {
        return NULL;
    }
    return trt_atomic_load(trt_deque_slot(deque, head), TRT_RELAXED);
}

/// trt_deque_take_half takes the older half of a full queue, oldest first.
/// Shape:   out_items: TRT_DEQUE_HALF. Returns false when it is not full any more; nothing taken.
/// Thread:  owner.
bool trt_deque_take_half(trt_deque* deque, void** out_items);

/// trt_deque_steal takes the older half (at least one) of `from`, returns the oldest and appends
/// the others to `own`, in order. NULL: there was nothing. Thread:  the owner of `own`, which is
/// another queue than `from` and has room for TRT_DEQUE_HALF.
void* trt_deque_steal(trt_deque* from, trt_deque* own);

#endif
