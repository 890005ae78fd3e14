// SPDX-License-Identifier: Apache-2.0
// Buffered reader: a growing block in front of a stream, and the leaf futures over it.
//
// Invariants: data[start, start + len) is what was read and not yet taken; `ended` is set once the
// stream has answered 0 bytes, after which it is not asked again. What read_until and fill lend is
// already taken (or taken by consume) but stays where it is until the next use. A read_until or
// fill that is dropped while it waits loses nothing: what came is in the buffer. A failed read
// leaves what was there before it. Used by one task at a time; the stream is borrowed.
#include <tmlrt/io.h>

#include "rt/base/alloc.h"
#include "rt/exec/coop.h"
#include "rt/io/leaf.h"
#include "rt/io/stream.h"

#include <string.h>

enum { DEFAULT_CAP = 8192 };

struct tmlrt_reader {
    tmlrt_stream* stream;
    char* data;
    size_t cap, start, len;
    bool ended;
};

typedef struct reader_leaf {
    trt_io_leaf base;
    tmlrt_reader* reader;
    char* out;
    uint64_t len, done; ///< of `out`; read_until: the limit and what was searched
    int32_t byte;
} reader_leaf;

tmlrt_reader* tmlrt_reader_new(tmlrt_stream* stream, uint64_t cap) {
    tmlrt_reader* reader = trt_alloc_zero(sizeof(*reader));
    if (reader == NULL) {
        return NULL;
    }
    reader->stream = stream;
    reader->cap = cap == 0 ? DEFAULT_CAP : cap;
    reader->data = trt_alloc(reader->cap);
    if (reader->data == NULL) {
        trt_free(reader, sizeof(*reader));
        return NULL;
    }
    return reader;
}

void tmlrt_reader_free(tmlrt_reader* reader) {
    if (reader != NULL) {
        trt_free(reader->data, reader->cap);
        trt_free(reader, sizeof(*reader));
    }
}

void tmlrt_reader_consume(tmlrt_reader* reader, uint64_t len) {
    size_t step = len < reader->len ? len : reader->len;
    reader->start += step;
    reader->len -= step;
}

uint64_t tmlrt_reader_buffered(const tmlrt_reader* reader) {
    return reader->len;
}

// ---- the buffer ---------------------------------------------------------------------------------

// Makes room behind what is there, growing up to `max` bytes.   Errors: NOMEM - unchanged.
static tmlrt_status make_room(tmlrt_reader* r, size_t max) {
    if (r->len == 0) {
        r->start = 0;
    }
    if (r->start + r->len < r->cap) {
        return TMLRT_OK;
    }
    if (r->start != 0) {
        memmove(r->data, r->data + r->start, r->len);
        r->start = 0;
        return TMLRT_OK;
    }
    size_t cap = r->cap > max / 2 ? max : r->cap * 2;
    char* data = cap > r->cap ? trt_realloc(r->data, r->cap, cap) : NULL;
    if (data == NULL) {
        return TMLRT_E_NOMEM;
    }
    r->data = data;
    r->cap = cap;
    return TMLRT_OK;
}

// Reads once into the room behind what is there. READY with *out_status; `ended` may be set.
static tmlrt_poll read_more(tmlrt_reader* r, tmlrt_context* cx, size_t max,
                            tmlrt_status* out_status) {
    trt_io_result result = {0};
    *out_status = make_room(r, max);
    if (*out_status != TMLRT_OK) {
        return TMLRT_READY;
    }
    size_t tail = r->start + r->len;
    if (trt_stream_poll_read(r->stream->io, cx, r->data + tail, r->cap - tail, &result) ==
        TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *out_status = result.status;
    if (result.status == TMLRT_OK) {
        r->len += result.len;
        r->ended = result.len == 0;
    }
    return TMLRT_READY;
}

static size_t take_bytes(tmlrt_reader* r, char* out, size_t cap) {
    size_t step = cap < r->len ? cap : r->len;
    memcpy(out, r->data + r->start, step);
    tmlrt_reader_consume(r, step);
    return step;
}

// ---- the leaves ---------------------------------------------------------------------------------

static void reader_unlink(trt_leaf* leaf) {
    reader_leaf* self = TRT_CONTAINER_OF(leaf, reader_leaf, base.leaf);
    trt_stream_cancel(self->reader->stream->io, TMLRT_IO_READ);
}

static void reader_drop(void* frame) {
    trt_io_leaf_drop(frame, reader_unlink);
}

static tmlrt_poll wait(reader_leaf* self) {
    return trt_io_leaf_end(&self->base, TMLRT_PENDING, reader_unlink);
}

static tmlrt_poll found(reader_leaf* self, void* out, tmlrt_status status, size_t len) {
    tmlrt_reader* r = self->reader;
    *(tmlrt_io_found*)out = (tmlrt_io_found){status, r->data + r->start, len};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

static tmlrt_poll moved(reader_leaf* self, void* out, tmlrt_status status) {
    *(tmlrt_io_moved*)out = (tmlrt_io_moved){status, self->done};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

void tmlrt_reader_fill_init(void* leaf, tmlrt_reader* reader) {
    *(reader_leaf*)leaf = (reader_leaf){.reader = reader};
}

static tmlrt_poll reader_fill_poll(void* frame, tmlrt_context* cx, void* out) {
    reader_leaf* self = frame;
    tmlrt_reader* r = self->reader;
    tmlrt_status status = TMLRT_OK;
    trt_io_leaf_begin(&self->base, &tmlrt_reader_fill_desc);
    if (r->len != 0) {
        if (!trt_coop_spend(cx)) {
            return wait(self);
        }
    } else if (!r->ended && read_more(r, cx, r->cap, &status) == TMLRT_PENDING) {
        return wait(self);
    }
    return found(self, out, status, r->len);
}

void tmlrt_reader_until_init(void* leaf, tmlrt_reader* reader, int32_t byte, uint64_t limit) {
    *(reader_leaf*)leaf = (reader_leaf){.reader = reader, .byte = byte, .len = limit};
}

// What read_until has: the bytes up to and with `byte`, or everything at the end. 0: not yet.
static size_t scan(reader_leaf* self) {
    const tmlrt_reader* r = self->reader;
    const char* from = r->data + r->start;
    const char* hit = self->byte >= 0 && r->len > self->done
                          ? memchr(from + self->done, self->byte, r->len - self->done)
                          : NULL;
    self->done = r->len;
    return hit != NULL ? (size_t)(hit - from) + 1 : r->ended ? r->len : 0;
}

static tmlrt_poll reader_until_poll(void* frame, tmlrt_context* cx, void* out) {
    reader_leaf* self = frame;
    tmlrt_reader* r = self->reader;
    trt_io_leaf_begin(&self->base, &tmlrt_reader_until_desc);
    bool has_read = false;
    for (;;) {
        size_t len = scan(self);
        if (len > self->len || (len == 0 && r->len > self->len)) {
            return found(self, out, TMLRT_E_OVERFLOW, 0);
        }
        if (len != 0 || r->ended) {
            if (!has_read && !trt_coop_spend(cx)) {
                self->done = 0;
                return wait(self);
            }
            tmlrt_poll answer = found(self, out, TMLRT_OK, len);
            tmlrt_reader_consume(r, len);
            return answer;
        }
        tmlrt_status status;
        // One byte beyond the limit tells whether the stream ends at it.
        size_t max = self->len < SIZE_MAX ? self->len + 1 : SIZE_MAX;
        if (read_more(r, cx, max > r->cap ? max : r->cap, &status) == TMLRT_PENDING) {
            return wait(self);
        }
        has_read = true;
        if (status != TMLRT_OK) {
            return found(self, out, status, 0);
        }
    }
}

void tmlrt_reader_read_init(void* leaf, tmlrt_reader* reader, void* out, uint64_t cap) {
    *(reader_leaf*)leaf = (reader_leaf){.reader = reader, .out = out, .len = cap};
}

// One read: from the buffer; large ones past an empty buffer.   READY with *out.
static tmlrt_poll read_some(tmlrt_reader* r, tmlrt_context* cx, char* to, size_t cap,
                            trt_io_result* result) {
    *result = (trt_io_result){0};
    if (r->len == 0 && !r->ended && cap >= r->cap) {
        tmlrt_poll answer = trt_stream_poll_read(r->stream->io, cx, to, cap, result);
        if (answer == TMLRT_READY && result->status == TMLRT_OK) {
            r->ended = result->len == 0;
        }
        return answer;
    }
    if (r->len != 0) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
    } else if (!r->ended && read_more(r, cx, r->cap, &result->status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    result->len = take_bytes(r, to, cap);
    return TMLRT_READY;
}

static tmlrt_poll reader_read_poll(void* frame, tmlrt_context* cx, void* out) {
    reader_leaf* self = frame;
    trt_io_result result = {.status = TMLRT_E_INVAL};
    trt_io_leaf_begin(&self->base, &tmlrt_reader_read_desc);
    if (self->len != 0 &&
        read_some(self->reader, cx, self->out, self->len, &result) == TMLRT_PENDING) {
        return wait(self);
    }
    self->done = result.len;
    return moved(self, out, result.status);
}

void tmlrt_reader_exact_init(void* leaf, tmlrt_reader* reader, void* out, uint64_t len) {
    tmlrt_reader_read_init(leaf, reader, out, len);
}

static tmlrt_poll reader_exact_poll(void* frame, tmlrt_context* cx, void* out) {
    reader_leaf* self = frame;
    tmlrt_status status = TMLRT_OK;
    trt_io_leaf_begin(&self->base, &tmlrt_reader_exact_desc);
    while (status == TMLRT_OK && self->done < self->len) {
        trt_io_result result;
        if (read_some(self->reader, cx, self->out + self->done, self->len - self->done, &result) ==
            TMLRT_PENDING) {
            return wait(self);
        }
        status = result.status == TMLRT_OK && result.len == 0 ? TMLRT_E_EOF : result.status;
        self->done += result.len;
    }
    return moved(self, out, status);
}

#define reader_fill_drop  reader_drop
#define reader_until_drop reader_drop
#define reader_read_drop  reader_drop
#define reader_exact_drop reader_drop
TRT_IO_LEAF_DESC(reader_fill, reader_leaf, tmlrt_io_found, NULL)
TRT_IO_LEAF_DESC(reader_until, reader_leaf, tmlrt_io_found, NULL)
TRT_IO_LEAF_DESC(reader_read, reader_leaf, tmlrt_io_moved, NULL)
TRT_IO_LEAF_DESC(reader_exact, reader_leaf, tmlrt_io_moved, NULL)
