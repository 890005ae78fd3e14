// SPDX-License-Identifier: Apache-2.0
// What every leaf future over I/O does alike. A leaf is WAITING from its first PENDING on; while it
// waits it is registered with the guard of the poll, so that a panic, which runs no drop, takes its
// waker out of whatever holds it; a drop does the same through the same `unlink`.
#ifndef TRT_IO_LEAF_H
#define TRT_IO_LEAF_H

#include <tmlrt/abi/functions.h>

#include "rt/base/assert.h"
#include "rt/exec/leaf.h"

#include <stdalign.h>

enum { TRT_IO_LEAF_WAITING = 1 };

/// trt_io_leaf is the head of the leaf's frame.
typedef struct trt_io_leaf {
    tmlrt_frame head;
    trt_leaf leaf;
} trt_io_leaf;

/// trt_io_leaf_begin refuses to poll a finished leaf.
static inline void trt_io_leaf_begin(trt_io_leaf* base, const tmlrt_future_desc* desc) {
    if (base->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(desc, base);
    }
}
/// trt_io_leaf_end registers or unregisters the leaf by its answer, which it returns.
static inline tmlrt_poll trt_io_leaf_end(trt_io_leaf* base, tmlrt_poll answer,
                                         void (*unlink)(trt_leaf*)) {
    if (answer == TMLRT_READY) {
        trt_leaf_unregister(&base->leaf);
        base->head.state = TMLRT_FRAME_DONE;
    } else {
        trt_leaf_register(&base->leaf, unlink);
        base->head.state = TRT_IO_LEAF_WAITING;
    }
    return answer;
}
/// trt_io_leaf_drop is the drop of a leaf that holds nothing before it waits.
static inline void trt_io_leaf_drop(trt_io_leaf* base, void (*unlink)(trt_leaf*)) {
    if (base->head.state == TRT_IO_LEAF_WAITING) {
        trt_leaf_unregister(&base->leaf);
        unlink(&base->leaf);
    }
    base->head.state = TMLRT_FRAME_DONE;
}
/// trt_io_leaf_drop_held is the drop of a leaf that holds something from init on.
static inline void trt_io_leaf_drop_held(trt_io_leaf* base, void (*unlink)(trt_leaf*)) {
    if (base->head.state != TMLRT_FRAME_DONE) {
        trt_leaf_unregister(&base->leaf);
        unlink(&base->leaf);
    }
    base->head.state = TMLRT_FRAME_DONE;
}

/// TRT_IO_LEAF_DESC defines tmlrt_NAME_desc over NAME_poll and NAME_drop.
#define TRT_IO_LEAF_DESC(op, frame, output, output_drop)                                           \
    _Static_assert(sizeof(frame) <= TMLRT_LEAF_SIZE, "the leaf fits");                             \
    _Static_assert(alignof(frame) <= TMLRT_LEAF_ALIGN, "the leaf is aligned");                     \
    const tmlrt_future_desc tmlrt_##op##_desc = {                                                  \
        .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,                                            \
        .flags = TMLRT_FUTURE_LEAF,                                                                \
        .poll = op##_poll,                                                                         \
        .drop = op##_drop,                                                                         \
        .drop_output = (output_drop),                                                              \
        .frame_size = sizeof(frame),                                                               \
        .frame_align = alignof(frame),                                                             \
        .out_size = sizeof(output),                                                                \
        .out_align = alignof(output),                                                              \
        .name = #op,                                                                               \
        .num_states = 2,                                                                           \
    };

#endif
