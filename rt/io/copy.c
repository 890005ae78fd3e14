// SPDX-License-Identifier: Apache-2.0
// Copying between streams, one way or both, as leaf futures.
//
// Backpressure: a direction has one block; it is filled only when it is empty, so a receiver that
// does not take bytes stops the sender from being read. Half-close: the end of one side is told to
// the other (what is left is written and flushed, then its writing direction is shut down) while
// the other direction goes on; both ends finish the copy. An error of either direction finishes it
// at once; the streams stay the caller's. What was read and not yet written when a copy is dropped
// is lost. The block is there from the first poll to the end, one allocation. Nothing is held back
// while a side is waited for: written bytes are flushed before the leaf waits for more.
#include <tmlrt/io.h>

#include "rt/base/alloc.h"
#include "rt/exec/leaf.h"
#include "rt/io/leaf.h"
#include "rt/io/stream.h"

enum { BLOCK = 16384 };

enum { COPYING, FLUSHING, SHUTTING, FINISHED };

typedef struct one_way {
    tmlrt_stream *from, *to;
    uint64_t moved;
    size_t start, len;
    int32_t phase;
    bool shuts;     ///< the end of `from` is told to `to`
    bool unflushed; ///< bytes were written since the last flush
    char block[BLOCK];
} one_way;

typedef struct copy_leaf {
    trt_io_leaf base;
    tmlrt_stream *a, *b;
    one_way* ways;
    uint32_t num;
    uint32_t turn; ///< which direction goes first: a busy one must not spend the whole budget
} copy_leaf;

static tmlrt_status write_status(const trt_io_result* result) {
    return result->status == TMLRT_OK && result->len == 0 ? TMLRT_E_PIPE : result->status;
}

// Waits for more to copy: meanwhile nothing may be kept back.
static tmlrt_poll wait_for_more(one_way* w, tmlrt_context* cx, tmlrt_status* out_status) {
    if (w->unflushed) {
        if (trt_stream_poll_flush(w->to->io, cx, out_status) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        w->unflushed = false;
        if (*out_status != TMLRT_OK) {
            return TMLRT_READY;
        }
    }
    return TMLRT_PENDING;
}

// One read or one write. READY: it moved something, or *out_status says why not.
static tmlrt_poll step(one_way* w, tmlrt_context* cx, tmlrt_status* out_status) {
    trt_io_result result = {0};
    if (w->len == 0) {
        if (trt_stream_poll_read(w->from->io, cx, w->block, BLOCK, &result) == TMLRT_PENDING) {
            return wait_for_more(w, cx, out_status);
        }
        *out_status = result.status;
        w->start = 0;
        w->len = result.status == TMLRT_OK ? result.len : 0;
        w->phase = w->len == 0 ? FLUSHING : COPYING;
        return TMLRT_READY;
    }
    const tmlrt_slice rest = {w->block + w->start, w->len};
    if (trt_stream_poll_writev(w->to->io, cx, &rest, 1, &result) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *out_status = write_status(&result);
    if (*out_status == TMLRT_OK) {
        w->start += result.len;
        w->len -= result.len;
        w->moved += result.len;
        w->unflushed = true;
    }
    return TMLRT_READY;
}

// READY when the direction has finished or failed.
static tmlrt_poll poll_way(one_way* w, tmlrt_context* cx, tmlrt_status* out_status) {
    *out_status = TMLRT_OK;
    while (*out_status == TMLRT_OK && w->phase != FINISHED) {
        tmlrt_poll answer;
        switch (w->phase) {
        case COPYING:
            answer = step(w, cx, out_status);
            break;
        case FLUSHING:
            answer = trt_stream_poll_flush(w->to->io, cx, out_status);
            w->phase = answer == TMLRT_PENDING ? FLUSHING : w->shuts ? SHUTTING : FINISHED;
            break;
        default:
            answer = trt_stream_poll_shutdown(w->to->io, cx, out_status);
            w->phase = answer == TMLRT_PENDING ? SHUTTING : FINISHED;
            break;
        }
        if (answer == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
    }
    return TMLRT_READY;
}

// ---- the leaves ---------------------------------------------------------------------------------

static void finish(copy_leaf* self) {
    trt_free(self->ways, self->num * sizeof(one_way));
    self->ways = NULL;
}

static void copy_unlink(trt_leaf* leaf) {
    copy_leaf* self = TRT_CONTAINER_OF(leaf, copy_leaf, base.leaf);
    trt_stream_cancel(self->a->io, TMLRT_IO_READ);
    trt_stream_cancel(self->b->io, TMLRT_IO_WRITE);
    if (self->num == 2) {
        trt_stream_cancel(self->b->io, TMLRT_IO_READ);
        trt_stream_cancel(self->a->io, TMLRT_IO_WRITE);
    }
    finish(self);
}

static void copy_leaf_drop(void* frame) {
    trt_io_leaf_drop(frame, copy_unlink);
}

// What is waited for besides the direction that ended the copy.
static void forget_others(copy_leaf* self) {
    if (self->base.head.state == TRT_IO_LEAF_WAITING || self->num == 2) {
        copy_unlink(&self->base.leaf);
    } else {
        finish(self);
    }
}

static tmlrt_status start(copy_leaf* self) {
    if (self->ways != NULL) {
        return TMLRT_OK;
    }
    self->ways = trt_alloc(self->num * sizeof(one_way));
    if (self->ways == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < self->num; i++) { // the block itself is left as it is
        one_way* w = &self->ways[i];
        w->from = i == 0 ? self->a : self->b;
        w->to = i == 0 ? self->b : self->a;
        w->moved = w->start = w->len = 0;
        w->phase = COPYING;
        w->shuts = self->num == 2;
        w->unflushed = false;
    }
    return TMLRT_OK;
}

void tmlrt_copy_init(void* leaf, tmlrt_stream* from, tmlrt_stream* to) {
    *(copy_leaf*)leaf = (copy_leaf){.a = from, .b = to, .num = 1};
}

static tmlrt_poll copy_poll(void* frame, tmlrt_context* cx, void* out) {
    copy_leaf* self = frame;
    tmlrt_io_moved moved = {0};
    trt_io_leaf_begin(&self->base, &tmlrt_copy_desc);
    moved.status = start(self);
    if (moved.status == TMLRT_OK) {
        if (poll_way(&self->ways[0], cx, &moved.status) == TMLRT_PENDING) {
            return trt_io_leaf_end(&self->base, TMLRT_PENDING, copy_unlink);
        }
        moved.len = self->ways[0].moved;
        forget_others(self);
    }
    *(tmlrt_io_moved*)out = moved;
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

void tmlrt_copy_both_init(void* leaf, tmlrt_stream* a, tmlrt_stream* b) {
    *(copy_leaf*)leaf = (copy_leaf){.a = a, .b = b, .num = 2};
}

static tmlrt_poll copy_both_poll(void* frame, tmlrt_context* cx, void* out) {
    copy_leaf* self = frame;
    tmlrt_io_copied copied = {0};
    trt_io_leaf_begin(&self->base, &tmlrt_copy_both_desc);
    copied.status = start(self);
    if (copied.status == TMLRT_OK) {
        uint32_t first = self->turn++ & 1;
        bool waits = false;
        for (uint32_t i = 0; i < 2 && copied.status == TMLRT_OK; i++) {
            waits |= poll_way(&self->ways[first ^ i], cx, &copied.status) == TMLRT_PENDING;
        }
        if (copied.status == TMLRT_OK && waits) {
            return trt_io_leaf_end(&self->base, TMLRT_PENDING, copy_unlink);
        }
        copied.a_to_b = self->ways[0].moved;
        copied.b_to_a = self->ways[1].moved;
        forget_others(self);
    }
    *(tmlrt_io_copied*)out = copied;
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

#define copy_drop      copy_leaf_drop
#define copy_both_drop copy_leaf_drop
TRT_IO_LEAF_DESC(copy, copy_leaf, tmlrt_io_moved, NULL)
TRT_IO_LEAF_DESC(copy_both, copy_leaf, tmlrt_io_copied, NULL)
