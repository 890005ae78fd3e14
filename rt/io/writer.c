// SPDX-License-Identifier: Apache-2.0
// Buffered writer: small writes are collected, a write that does not fit goes out together with
// what was collected, in one vectored write. What was collected and not flushed is lost when the
// writer is freed. Used by one task at a time; the stream is borrowed.
//
// data[start, start + len) is what is still to be sent, in order before anything new. A write that
// is dropped while it waits has taken a part of its bytes that the caller does not learn.
#include <tmlrt/io.h>

#include "rt/base/alloc.h"
#include "rt/exec/coop.h"
#include "rt/io/leaf.h"
#include "rt/io/stream.h"

#include <string.h>

enum { DEFAULT_CAP = 8192 };

struct tmlrt_writer {
    tmlrt_stream* stream;
    char* data;
    size_t cap, start, len;
};

typedef struct writer_leaf {
    trt_io_leaf base;
    tmlrt_writer* writer;
    const char* data;
    uint64_t len, done;
    bool is_flushed;
} writer_leaf;

tmlrt_writer* tmlrt_writer_new(tmlrt_stream* stream, uint64_t cap) {
    tmlrt_writer* writer = trt_alloc_zero(sizeof(*writer));
    if (writer == NULL) {
        return NULL;
    }
    writer->stream = stream;
    writer->cap = cap == 0 ? DEFAULT_CAP : cap;
    writer->data = trt_alloc(writer->cap);
    if (writer->data == NULL) {
        trt_free(writer, sizeof(*writer));
        return NULL;
    }
    return writer;
}

void tmlrt_writer_free(tmlrt_writer* writer) {
    if (writer != NULL) {
        trt_free(writer->data, writer->cap);
        trt_free(writer, sizeof(*writer));
    }
}

uint64_t tmlrt_writer_buffered(const tmlrt_writer* writer) {
    return writer->len;
}

// ---- the buffer ---------------------------------------------------------------------------------

static void keep(tmlrt_writer* w, const char* data, size_t len) {
    if (w->start + w->len + len > w->cap) {
        memmove(w->data, w->data + w->start, w->len);
        w->start = 0;
    }
    memcpy(w->data + w->start + w->len, data, len);
    w->len += len;
}

// One vectored write of what was collected and of `len` more bytes; *out_taken of those.
static tmlrt_poll send_once(tmlrt_writer* w, tmlrt_context* cx, const char* data, size_t len,
                            size_t* out_taken, tmlrt_status* out_status) {
    const tmlrt_slice both[] = {{w->data + w->start, w->len}, {data, len}};
    uint32_t first = w->len == 0, num = len == 0 ? 1 : 2;
    trt_io_result result = {0};
    if (trt_stream_poll_writev(w->stream->io, cx, both + first, num - first, &result) ==
        TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *out_status = result.status == TMLRT_OK && result.len == 0 ? TMLRT_E_PIPE : result.status;
    size_t old = result.len < w->len ? result.len : w->len;
    w->start = w->len == old ? 0 : w->start + old;
    w->len -= old;
    *out_taken = result.len - old;
    return TMLRT_READY;
}

// ---- the leaves ---------------------------------------------------------------------------------

static void writer_unlink(trt_leaf* leaf) {
    writer_leaf* self = TRT_CONTAINER_OF(leaf, writer_leaf, base.leaf);
    trt_stream_cancel(self->writer->stream->io, TMLRT_IO_WRITE);
}

static void writer_drop(void* frame) {
    trt_io_leaf_drop(frame, writer_unlink);
}

static tmlrt_poll wait(writer_leaf* self) {
    return trt_io_leaf_end(&self->base, TMLRT_PENDING, writer_unlink);
}

void tmlrt_writer_write_init(void* leaf, tmlrt_writer* writer, const void* data, uint64_t len) {
    *(writer_leaf*)leaf = (writer_leaf){.writer = writer, .data = data, .len = len};
}

static tmlrt_poll writer_write_poll(void* frame, tmlrt_context* cx, void* out) {
    writer_leaf* self = frame;
    tmlrt_writer* w = self->writer;
    tmlrt_status status = TMLRT_OK;
    trt_io_leaf_begin(&self->base, &tmlrt_writer_write_desc);
    // Sent until the rest fits beside what is still collected.
    while (status == TMLRT_OK && self->len - self->done > w->cap - w->len) {
        size_t taken = 0;
        if (send_once(w, cx, self->data + self->done, self->len - self->done, &taken, &status) ==
            TMLRT_PENDING) {
            return wait(self);
        }
        self->done += taken;
    }
    if (status == TMLRT_OK && self->done < self->len) {
        if (!trt_coop_spend(cx)) {
            return wait(self);
        }
        keep(w, self->data + self->done, self->len - self->done);
        self->done = self->len;
    }
    *(tmlrt_io_moved*)out = (tmlrt_io_moved){status, self->done};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

// Sends what was collected and flushes the stream.
static tmlrt_poll flush(writer_leaf* self, tmlrt_context* cx, tmlrt_status* out_status) {
    tmlrt_writer* w = self->writer;
    *out_status = TMLRT_OK;
    while (*out_status == TMLRT_OK && w->len != 0) {
        size_t none;
        if (send_once(w, cx, NULL, 0, &none, out_status) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
    }
    return *out_status == TMLRT_OK ? trt_stream_poll_flush(w->stream->io, cx, out_status)
                                   : TMLRT_READY;
}

void tmlrt_writer_flush_init(void* leaf, tmlrt_writer* writer) {
    *(writer_leaf*)leaf = (writer_leaf){.writer = writer};
}

// Ends the leaf with the status as its output, which is written only then.
static tmlrt_poll finish(writer_leaf* self, void* out, tmlrt_status status) {
    *(tmlrt_status*)out = status;
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

static tmlrt_poll writer_flush_poll(void* frame, tmlrt_context* cx, void* out) {
    writer_leaf* self = frame;
    tmlrt_status status;
    trt_io_leaf_begin(&self->base, &tmlrt_writer_flush_desc);
    if (flush(self, cx, &status) == TMLRT_PENDING) {
        return wait(self);
    }
    return finish(self, out, status);
}

void tmlrt_writer_shutdown_init(void* leaf, tmlrt_writer* writer) {
    tmlrt_writer_flush_init(leaf, writer);
}

static tmlrt_poll writer_shutdown_poll(void* frame, tmlrt_context* cx, void* out) {
    writer_leaf* self = frame;
    tmlrt_status status = TMLRT_OK;
    trt_io_leaf_begin(&self->base, &tmlrt_writer_shutdown_desc);
    if (!self->is_flushed && flush(self, cx, &status) == TMLRT_PENDING) {
        return wait(self);
    }
    self->is_flushed = status == TMLRT_OK;
    if (self->is_flushed &&
        trt_stream_poll_shutdown(self->writer->stream->io, cx, &status) == TMLRT_PENDING) {
        return wait(self);
    }
    return finish(self, out, status);
}

#define writer_write_drop    writer_drop
#define writer_flush_drop    writer_drop
#define writer_shutdown_drop writer_drop
TRT_IO_LEAF_DESC(writer_write, writer_leaf, tmlrt_io_moved, NULL)
TRT_IO_LEAF_DESC(writer_flush, writer_leaf, tmlrt_status, NULL)
TRT_IO_LEAF_DESC(writer_shutdown, writer_leaf, tmlrt_status, NULL)
