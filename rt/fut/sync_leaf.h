// SPDX-License-Identifier: Apache-2.0
// What every leaf over rt/sync has in common: its states, the budget, and registration with the
// guard while it waits, so that a panic, which runs no drop, takes its waiter out all the same.
// The primitive a leaf waits for is borrowed and must outlive it.
#ifndef TRT_FUT_SYNC_LEAF_H
#define TRT_FUT_SYNC_LEAF_H

#include "rt/exec/coop.h"
#include "rt/exec/leaf.h"

/// trt_sync_leaf is the head of such a leaf.
typedef struct trt_sync_leaf {
    tmlrt_frame head;
    trt_leaf leaf;
} trt_sync_leaf;

/// TRT_SYNC_WAITING is its state from the first PENDING that left something behind.
enum { TRT_SYNC_WAITING = 1 };

/// trt_sync_init makes it unstarted. The inits of leaves write their fields one by one: clearing
/// the whole leaf would cost more than an uncontended lock.
static inline void trt_sync_init(trt_sync_leaf* self) {
    self->head = (tmlrt_frame){TMLRT_FRAME_UNSTARTED, 0};
    self->leaf.link = NULL; // not registered
}
/// trt_sync_begin starts a poll. False: the budget is spent, the poll answers PENDING.
static inline bool trt_sync_begin(trt_sync_leaf* self, const tmlrt_future_desc* desc,
                                  tmlrt_context* cx) {
    if (TRT_UNLIKELY(self->head.state == TMLRT_FRAME_DONE)) {
        tmlrt_poll_after_done(desc, self);
    }
    return trt_coop_spend(cx);
}
/// trt_sync_end ends it with `answer`; `unlink` takes the waiter out.
static inline tmlrt_poll trt_sync_end(trt_sync_leaf* self, tmlrt_context* cx, tmlrt_poll answer,
                                      void (*unlink)(trt_leaf*)) {
    if (answer == TMLRT_READY) {
        trt_leaf_unregister(&self->leaf);
        self->head.state = TMLRT_FRAME_DONE;
    } else {
        trt_coop_refund(cx);
        trt_leaf_register(&self->leaf, unlink);
        self->head.state = TRT_SYNC_WAITING;
    }
    return answer;
}
/// trt_sync_drop is the drop of such a leaf.
static inline void trt_sync_drop(trt_sync_leaf* self, void (*unlink)(trt_leaf*)) {
    bool waiting = self->head.state == TRT_SYNC_WAITING;
    self->head.state = TMLRT_FRAME_DONE;
    if (waiting) {
        trt_leaf_unregister(&self->leaf);
        unlink(&self->leaf);
    }
}

/// TRT_SYNC_DESC defines the descriptor tmlrt_`x`_desc of a leaf of type `x`_leaf with an output of
/// that type (TRT_SYNC_DESC_VOID: without one).
#define TRT_SYNC_DESC_HEAD(x)                                                                      \
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR, .flags = TMLRT_FUTURE_LEAF, .poll = x##_poll,  \
    .drop = x##_drop, .frame_size = sizeof(x##_leaf), .frame_align = alignof(x##_leaf),            \
    .name = #x, .num_states = 2
#define TRT_SYNC_DESC(x, out)                                                                      \
    _Static_assert(sizeof(x##_leaf) <= TMLRT_LEAF_SIZE, "fits a leaf");                            \
    _Static_assert(alignof(x##_leaf) <= TMLRT_LEAF_ALIGN, "fits a leaf");                          \
    const tmlrt_future_desc tmlrt_##x##_desc = {TRT_SYNC_DESC_HEAD(x), .out_size = sizeof(out),    \
                                                .out_align = alignof(out)}
#define TRT_SYNC_DESC_VOID(x)                                                                      \
    _Static_assert(sizeof(x##_leaf) <= TMLRT_LEAF_SIZE, "fits a leaf");                            \
    _Static_assert(alignof(x##_leaf) <= TMLRT_LEAF_ALIGN, "fits a leaf");                          \
    const tmlrt_future_desc tmlrt_##x##_desc = {TRT_SYNC_DESC_HEAD(x), .out_align = 1}

#endif
