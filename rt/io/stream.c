// SPDX-License-Identifier: Apache-2.0
// Streams for compiled code: a stream on the heap, and the leaf futures over one. Every leaf
// borrows its stream, which must outlive it; one that reads and one that writes may wait at once,
// in two tasks. The budget is spent by the stream.
#include "rt/io/stream.h"

#include "rt/base/alloc.h"
#include "rt/exec/coop.h"
#include "rt/io/duplex.h"
#include "rt/io/leaf.h"

typedef struct stream_leaf {
    trt_io_leaf base;
    tmlrt_stream* stream;
    char* data; ///< of a read; of a write, which only reads it
    uint64_t len, done;
} stream_leaf;

typedef struct vector_leaf {
    trt_io_leaf base;
    tmlrt_stream* stream;
    const tmlrt_slice* slices;
    uint32_t num;
} vector_leaf;

static void unlink_reader(trt_leaf* leaf) {
    trt_stream_cancel(TRT_CONTAINER_OF(leaf, stream_leaf, base.leaf)->stream->io, TMLRT_IO_READ);
}

static void unlink_writer(trt_leaf* leaf) {
    trt_stream_cancel(TRT_CONTAINER_OF(leaf, stream_leaf, base.leaf)->stream->io, TMLRT_IO_WRITE);
}

static void drop_reader(void* frame) {
    trt_io_leaf_drop(frame, unlink_reader);
}

static void drop_writer(void* frame) {
    trt_io_leaf_drop(frame, unlink_writer);
}

static tmlrt_poll moved(stream_leaf* self, void* out, tmlrt_status status) {
    *(tmlrt_io_moved*)out = (tmlrt_io_moved){status, self->done};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

// ---- reading ------------------------------------------------------------------------------------

void tmlrt_stream_read_init(void* leaf, tmlrt_stream* stream, void* out, uint64_t cap) {
    *(stream_leaf*)leaf = (stream_leaf){.stream = stream, .data = out, .len = cap};
}

static tmlrt_poll stream_read_poll(void* frame, tmlrt_context* cx, void* out) {
    stream_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_stream_read_desc);
    if (TRT_UNLIKELY(self->len == 0)) {
        return moved(self, out, TMLRT_E_INVAL);
    }
    tmlrt_poll answer =
        trt_stream_poll_read(self->stream->io, cx, self->data, self->len, (trt_io_result*)out);
    return trt_io_leaf_end(&self->base, answer, unlink_reader);
}

void tmlrt_stream_read_exact_init(void* leaf, tmlrt_stream* stream, void* out, uint64_t len) {
    tmlrt_stream_read_init(leaf, stream, out, len);
}

static tmlrt_poll stream_read_exact_poll(void* frame, tmlrt_context* cx, void* out) {
    stream_leaf* self = frame;
    tmlrt_status status = TMLRT_OK;
    trt_io_leaf_begin(&self->base, &tmlrt_stream_read_exact_desc);
    while (status == TMLRT_OK && self->done < self->len) {
        trt_io_result result = {0};
        if (trt_stream_poll_read(self->stream->io, cx, self->data + self->done,
                                 self->len - self->done, &result) == TMLRT_PENDING) {
            return trt_io_leaf_end(&self->base, TMLRT_PENDING, unlink_reader);
        }
        status = result.status == TMLRT_OK && result.len == 0 ? TMLRT_E_EOF : result.status;
        self->done += result.len;
    }
    return moved(self, out, status);
}

void tmlrt_stream_readable_init(void* leaf, tmlrt_stream* stream) {
    *(stream_leaf*)leaf = (stream_leaf){.stream = stream};
}

static tmlrt_poll stream_readable_poll(void* frame, tmlrt_context* cx, void* out) {
    stream_leaf* self = frame;
    (void)out;
    trt_io_leaf_begin(&self->base, &tmlrt_stream_readable_desc);
    if (!trt_coop_spend(cx)) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, unlink_reader);
    }
    tmlrt_poll answer = trt_stream_poll_readable(self->stream->io, cx);
    if (answer == TMLRT_PENDING) {
        trt_coop_refund(cx);
    }
    return trt_io_leaf_end(&self->base, answer, unlink_reader);
}

tmlrt_poll trt_stream_poll_readv(trt_stream stream, tmlrt_context* cx, const tmlrt_slice* slices,
                                 uint32_t num, trt_io_result* result) {
    uint32_t first = 0;
    while (first < num && slices[first].len == 0) {
        first++;
    }
    if (first == num) {
        *result = (trt_io_result){.status = TMLRT_E_INVAL};
        return TMLRT_READY;
    }
    if (stream.vtable->poll_readv != NULL) {
        return stream.vtable->poll_readv(stream.self, cx, slices, num, result);
    }
    return trt_stream_poll_read(stream, cx, (void*)slices[first].data, slices[first].len, result);
}

void tmlrt_stream_readv_init(void* leaf, tmlrt_stream* stream, const tmlrt_slice* slices,
                             int32_t num) {
    *(vector_leaf*)leaf =
        (vector_leaf){.stream = stream, .slices = slices, .num = num > 0 ? (uint32_t)num : 0};
}

static tmlrt_poll stream_readv_poll(void* frame, tmlrt_context* cx, void* out) {
    vector_leaf* self = frame;
    trt_io_result result = {0};
    trt_io_leaf_begin(&self->base, &tmlrt_stream_readv_desc);
    if (trt_stream_poll_readv(self->stream->io, cx, self->slices, self->num, &result) ==
        TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, unlink_reader);
    }
    *(tmlrt_io_moved*)out = result;
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

// ---- writing ------------------------------------------------------------------------------------

void tmlrt_stream_write_init(void* leaf, tmlrt_stream* stream, const void* data, uint64_t len) {
    *(stream_leaf*)leaf = (stream_leaf){.stream = stream, .data = (char*)data, .len = len};
}

static tmlrt_poll stream_write_poll(void* frame, tmlrt_context* cx, void* out) {
    stream_leaf* self = frame;
    tmlrt_status status = TMLRT_OK;
    trt_io_leaf_begin(&self->base, &tmlrt_stream_write_desc);
    while (status == TMLRT_OK && self->done < self->len) {
        tmlrt_slice rest = {self->data + self->done, self->len - self->done};
        trt_io_result result;
        if (trt_stream_poll_writev(self->stream->io, cx, &rest, 1, &result) == TMLRT_PENDING) {
            return trt_io_leaf_end(&self->base, TMLRT_PENDING, unlink_writer);
        }
        // A stream that takes nothing and says it went well would be asked for ever.
        status = result.status == TMLRT_OK && result.len == 0 ? TMLRT_E_PIPE : result.status;
        self->done += result.len;
    }
    return moved(self, out, status);
}

void tmlrt_stream_writev_init(void* leaf, tmlrt_stream* stream, const tmlrt_slice* slices,
                              int32_t num) {
    tmlrt_stream_readv_init(leaf, stream, slices, num);
}

static bool all_empty(const tmlrt_slice* slices, uint32_t num) {
    for (uint32_t i = 0; i < num; i++) {
        if (slices[i].len != 0) {
            return false;
        }
    }
    return true;
}

static tmlrt_poll stream_writev_poll(void* frame, tmlrt_context* cx, void* out) {
    vector_leaf* self = frame;
    trt_io_result result = {0};
    trt_io_leaf_begin(&self->base, &tmlrt_stream_writev_desc);
    if (!all_empty(self->slices, self->num) &&
        trt_stream_poll_writev(self->stream->io, cx, self->slices, self->num, &result) ==
            TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, unlink_writer);
    }
    *(tmlrt_io_moved*)out = result;
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

// What flush and shutdown are: a step of the stream whose output is a status, written at the end
// only.
static tmlrt_poll poll_step(stream_leaf* self, tmlrt_context* cx, void* out,
                            tmlrt_poll (*step)(trt_stream, tmlrt_context*, tmlrt_status*)) {
    tmlrt_status status = TMLRT_OK;
    if (!trt_coop_spend(cx)) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, unlink_writer);
    }
    if (step(self->stream->io, cx, &status) == TMLRT_PENDING) {
        trt_coop_refund(cx);
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, unlink_writer);
    }
    *(tmlrt_status*)out = status;
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

void tmlrt_stream_flush_init(void* leaf, tmlrt_stream* stream) {
    tmlrt_stream_readable_init(leaf, stream);
}

static tmlrt_poll stream_flush_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_io_leaf_begin(frame, &tmlrt_stream_flush_desc);
    return poll_step(frame, cx, out, trt_stream_poll_flush);
}

void tmlrt_stream_shutdown_init(void* leaf, tmlrt_stream* stream) {
    tmlrt_stream_readable_init(leaf, stream);
}

static tmlrt_poll stream_shutdown_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_io_leaf_begin(frame, &tmlrt_stream_shutdown_desc);
    return poll_step(frame, cx, out, trt_stream_poll_shutdown);
}

// ---- streams of other kinds ---------------------------------------------------------------------

// A stream whose carrier has no place for the head: the head stands in front of it.
typedef struct wrapped {
    tmlrt_stream head;
    trt_stream inner;
} wrapped;

static tmlrt_poll wrapped_poll_read(void* self, tmlrt_context* cx, void* out, size_t cap,
                                    trt_io_result* result) {
    return trt_stream_poll_read(((wrapped*)self)->inner, cx, out, cap, result);
}
static tmlrt_poll wrapped_poll_readable(void* self, tmlrt_context* cx) {
    return trt_stream_poll_readable(((wrapped*)self)->inner, cx);
}
static tmlrt_poll wrapped_poll_writev(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                                      uint32_t num, trt_io_result* result) {
    return trt_stream_poll_writev(((wrapped*)self)->inner, cx, slices, num, result);
}
static tmlrt_poll wrapped_poll_shutdown(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    return trt_stream_poll_shutdown(((wrapped*)self)->inner, cx, out_status);
}
static bool wrapped_hung_up(const void* self) {
    return trt_stream_hung_up(((const wrapped*)self)->inner);
}
static tmlrt_poll wrapped_poll_hangup(void* self, tmlrt_context* cx) {
    return trt_stream_poll_hangup(((wrapped*)self)->inner, cx);
}
static void wrapped_close(void* self, bool abortive) {
    trt_stream_close(((wrapped*)self)->inner, abortive);
    trt_free(self, sizeof(wrapped));
}
static void wrapped_cancel(void* self, int32_t direction) {
    trt_stream_cancel(((wrapped*)self)->inner, direction);
}
static tmlrt_poll wrapped_poll_readv(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                                     uint32_t num, trt_io_result* result) {
    return trt_stream_poll_readv(((wrapped*)self)->inner, cx, slices, num, result);
}
static tmlrt_poll wrapped_poll_flush(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    return trt_stream_poll_flush(((wrapped*)self)->inner, cx, out_status);
}

static const trt_stream_vtable s_wrapped = {
    wrapped_poll_read,  wrapped_poll_readable, wrapped_poll_writev, wrapped_poll_shutdown,
    wrapped_hung_up,    wrapped_poll_hangup,   wrapped_close,       wrapped_cancel,
    wrapped_poll_readv, wrapped_poll_flush,
};

tmlrt_status tmlrt_stream_new(tmlrt_stream** out, const tmlrt_stream_vtable* vtable,
                              void* owned_self) {
    wrapped* made = trt_alloc(sizeof(*made));
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    *made = (wrapped){.head.io = {&s_wrapped, made}, .inner = {vtable, owned_self}};
    *out = &made->head;
    return TMLRT_OK;
}

void tmlrt_stream_free(tmlrt_stream* stream) {
    if (stream != NULL) {
        trt_stream_close(stream->io, false);
    }
}

int32_t tmlrt_duplex_new(tmlrt_stream** out_a, tmlrt_stream** out_b, uint64_t cap) {
    const trt_duplex_options options = {.cap_bytes = cap};
    trt_stream ends[2];
    tmlrt_stream *a = NULL, *b = NULL;
    TRT_TRY(trt_duplex_new(ends, &options));
    tmlrt_status status = tmlrt_stream_new(&a, ends[0].vtable, ends[0].self);
    if (status != TMLRT_OK) {
        trt_stream_close(ends[0], false);
        trt_stream_close(ends[1], false);
        return status;
    }
    status = tmlrt_stream_new(&b, ends[1].vtable, ends[1].self);
    if (status != TMLRT_OK) {
        tmlrt_stream_free(a);
        trt_stream_close(ends[1], false);
        return status;
    }
    *out_a = a;
    *out_b = b;
    return TMLRT_OK;
}

#define stream_read_drop       drop_reader
#define stream_read_exact_drop drop_reader
#define stream_readable_drop   drop_reader
#define stream_readv_drop      drop_reader
#define stream_write_drop      drop_writer
#define stream_writev_drop     drop_writer
#define stream_flush_drop      drop_writer
#define stream_shutdown_drop   drop_writer
// The two frames begin alike up to the stream, which is all that unlinking looks at.
_Static_assert(offsetof(stream_leaf, stream) == offsetof(vector_leaf, stream), "one unlink");

TRT_IO_LEAF_DESC(stream_read, stream_leaf, tmlrt_io_moved, NULL)
TRT_IO_LEAF_DESC(stream_read_exact, stream_leaf, tmlrt_io_moved, NULL)
TRT_IO_LEAF_DESC(stream_readv, vector_leaf, tmlrt_io_moved, NULL)
TRT_IO_LEAF_DESC(stream_write, stream_leaf, tmlrt_io_moved, NULL)
TRT_IO_LEAF_DESC(stream_writev, vector_leaf, tmlrt_io_moved, NULL)
TRT_IO_LEAF_DESC(stream_flush, stream_leaf, tmlrt_status, NULL)
TRT_IO_LEAF_DESC(stream_shutdown, stream_leaf, tmlrt_status, NULL)

const tmlrt_future_desc tmlrt_stream_readable_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = stream_readable_poll,
    .drop = drop_reader,
    .frame_size = sizeof(stream_leaf),
    .frame_align = alignof(stream_leaf),
    .out_align = 1,
    .name = "stream_readable",
    .num_states = 2,
};
