// SPDX-License-Identifier: Apache-2.0
// Duplex: one block with a lock, two rings and two ends; freed when both ends are closed. Polled by
// one reader and one writer per end, on any threads. Wakers are cloned before the lock is taken and
// woken or dropped after it was released.
//
// Direction i is written by end i and read by end 1-i. `fin` is set by its writer, `reader_gone` by
// its reader's close, `reset` by either end's abortive close, on both directions.
#include "rt/io/duplex.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/exec/coop.h"
#include "rt/os/thread.h"

#include <string.h>

enum { DEFAULT_CAP = 65536 };

typedef struct duplex_pipe {
    char* data;
    size_t head, len; ///< len bytes from head on, wrapping at the capacity
    bool fin, reader_gone, reset;
    tmlrt_waker reader, writer;
} duplex_pipe;

typedef struct duplex duplex;
typedef struct duplex_end {
    duplex* both;
    uint32_t side;
} duplex_end;

struct duplex {
    trt_mutex lock; ///< guards what follows
    size_t cap, max_step;
    uint32_t open_ends;
    duplex_pipe pipes[2];
    duplex_end ends[2];
};

static const tmlrt_waker s_no_waker;

static void wake(tmlrt_waker waker) {
    if (waker.vtable != NULL) {
        waker.vtable->wake(waker.data);
    }
}

static void drop(tmlrt_waker waker) {
    if (waker.vtable != NULL) {
        waker.vtable->drop(waker.data);
    }
}

static tmlrt_waker swap(tmlrt_waker* at, tmlrt_waker waker) {
    tmlrt_waker old = *at;
    *at = waker;
    return old;
}

static tmlrt_waker clone(tmlrt_context* cx) {
    tmlrt_waker fresh;
    cx->waker->vtable->clone(cx->waker, &fresh);
    return fresh;
}

static duplex_pipe* in_of(duplex_end* end) {
    return &end->both->pipes[1 - end->side];
}

static duplex_pipe* out_of(duplex_end* end) {
    return &end->both->pipes[end->side];
}

static bool can_read(const duplex_pipe* p) {
    return p->len != 0 || p->fin || p->reset;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// Moves up to `len` bytes out of the ring.   Under the lock.
static size_t take_bytes(duplex* d, duplex_pipe* p, char* out, size_t len) {
    size_t total = 0;
    len = least(len, least(p->len, d->max_step));
    while (total < len) {
        size_t run = least(len - total, d->cap - p->head);
        memcpy(out + total, p->data + p->head, run);
        p->head = (p->head + run) % d->cap;
        total += run;
    }
    p->len -= total;
    return total;
}

// Moves up to `len` bytes into the ring.   Under the lock.
static size_t put_bytes(duplex* d, duplex_pipe* p, const char* data, size_t len) {
    size_t total = 0;
    len = least(len, d->cap - p->len);
    while (total < len) {
        size_t tail = (p->head + p->len) % d->cap;
        size_t run = least(len - total, d->cap - tail);
        memcpy(p->data + tail, data + total, run);
        p->len += run;
        total += run;
    }
    return total;
}

static tmlrt_poll duplex_poll_read(void* self, tmlrt_context* cx, void* out, size_t cap,
                                   trt_io_result* result) {
    duplex_end* end = self;
    duplex_pipe* p = in_of(end);
    TRT_ASSERT(cap != 0);
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_waker fresh = clone(cx), writer = s_no_waker;
    trt_mutex_lock(&end->both->lock);
    bool ready = can_read(p);
    if (ready) {
        *result = (trt_io_result){.status = p->reset ? TMLRT_E_CONNRESET : TMLRT_OK};
        if (!p->reset) {
            result->len = take_bytes(end->both, p, out, cap);
        }
        writer = swap(&p->writer, s_no_waker);
    } else {
        fresh = swap(&p->reader, fresh);
    }
    trt_mutex_unlock(&end->both->lock);
    drop(fresh);
    wake(writer);
    if (!ready) {
        trt_coop_refund(cx);
    }
    return ready ? TMLRT_READY : TMLRT_PENDING;
}

static tmlrt_poll duplex_poll_readable(void* self, tmlrt_context* cx) {
    duplex_end* end = self;
    duplex_pipe* p = in_of(end);
    tmlrt_waker fresh = clone(cx);
    trt_mutex_lock(&end->both->lock);
    bool ready = can_read(p);
    if (!ready) {
        fresh = swap(&p->reader, fresh);
    }
    trt_mutex_unlock(&end->both->lock);
    drop(fresh);
    return ready ? TMLRT_READY : TMLRT_PENDING;
}

// Writes what fits. False: nothing does, the writer waits.   Under the lock.
static bool write_some(duplex* d, duplex_pipe* p, const tmlrt_slice* slices, uint32_t num,
                       trt_io_result* result) {
    *result = (trt_io_result){.status = TMLRT_OK};
    if (p->reset || p->reader_gone || p->fin) {
        result->status = p->reset ? TMLRT_E_CONNRESET : TMLRT_E_PIPE;
        return true;
    }
    for (uint32_t i = 0; i < num && result->len < d->max_step; i++) {
        size_t len = least(slices[i].len, d->max_step - result->len);
        result->len += put_bytes(d, p, slices[i].data, len);
    }
    return result->len != 0;
}

static tmlrt_poll duplex_poll_writev(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                                     uint32_t num, trt_io_result* result) {
    duplex_end* end = self;
    duplex_pipe* p = out_of(end);
    trt_io_result done;
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_waker fresh = clone(cx), reader = s_no_waker;
    trt_mutex_lock(&end->both->lock);
    bool ready = write_some(end->both, p, slices, num, &done);
    if (ready) {
        reader = swap(&p->reader, s_no_waker);
    } else {
        fresh = swap(&p->writer, fresh);
    }
    trt_mutex_unlock(&end->both->lock);
    drop(fresh);
    wake(reader);
    if (!ready) {
        trt_coop_refund(cx);
        return TMLRT_PENDING;
    }
    *result = done;
    return TMLRT_READY;
}

static tmlrt_poll duplex_poll_shutdown(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    duplex_end* end = self;
    (void)cx;
    trt_mutex_lock(&end->both->lock);
    out_of(end)->fin = true;
    tmlrt_waker reader = swap(&out_of(end)->reader, s_no_waker);
    trt_mutex_unlock(&end->both->lock);
    wake(reader);
    *out_status = TMLRT_OK;
    return TMLRT_READY;
}

// Under the lock.
static bool is_hung_up(const duplex* d) {
    return d->pipes[0].reset || (d->pipes[0].fin && d->pipes[1].fin);
}

static bool duplex_hung_up(const void* self) {
    duplex* d = ((const duplex_end*)self)->both;
    trt_mutex_lock(&d->lock);
    bool gone = is_hung_up(d);
    trt_mutex_unlock(&d->lock);
    return gone;
}

static tmlrt_poll duplex_poll_hangup(void* self, tmlrt_context* cx) {
    duplex_end* end = self;
    tmlrt_waker fresh = clone(cx);
    trt_mutex_lock(&end->both->lock);
    bool gone = is_hung_up(end->both);
    if (!gone) {
        fresh = swap(&in_of(end)->reader, fresh);
    }
    trt_mutex_unlock(&end->both->lock);
    drop(fresh);
    return gone ? TMLRT_READY : TMLRT_PENDING;
}

static void duplex_close(void* self, bool abortive) {
    duplex_end* end = self;
    duplex* d = end->both;
    duplex_pipe *in = in_of(end), *out = out_of(end);
    trt_mutex_lock(&d->lock);
    out->fin = true;
    in->reader_gone = true;
    if (abortive) {
        in->reset = out->reset = true;
    }
    tmlrt_waker mine[] = {swap(&in->reader, s_no_waker), swap(&out->writer, s_no_waker)};
    tmlrt_waker others[] = {swap(&out->reader, s_no_waker), swap(&in->writer, s_no_waker)};
    bool last = --d->open_ends == 0;
    trt_mutex_unlock(&d->lock);
    for (int i = 0; i < 2; i++) {
        drop(mine[i]);
        wake(others[i]);
    }
    if (last) {
        trt_free(d, sizeof(*d) + 2 * d->cap);
    }
}

static void duplex_cancel(void* self, int32_t direction) {
    duplex_end* end = self;
    trt_mutex_lock(&end->both->lock);
    tmlrt_waker waker =
        swap(direction == TMLRT_IO_READ ? &in_of(end)->reader : &out_of(end)->writer, s_no_waker);
    trt_mutex_unlock(&end->both->lock);
    drop(waker);
}

static const trt_stream_vtable s_vtable = {
    .poll_read = duplex_poll_read,
    .poll_readable = duplex_poll_readable,
    .poll_writev = duplex_poll_writev,
    .poll_shutdown = duplex_poll_shutdown,
    .hung_up = duplex_hung_up,
    .poll_hangup = duplex_poll_hangup,
    .close = duplex_close,
    .cancel = duplex_cancel,
};

tmlrt_status trt_duplex_new(trt_stream* out_ends, const trt_duplex_options* options) {
    size_t cap = options != NULL && options->cap_bytes != 0 ? options->cap_bytes : DEFAULT_CAP;
    size_t max_step = options != NULL && options->max_step != 0 ? options->max_step : SIZE_MAX;
    size_t size;
    if (__builtin_mul_overflow(cap, 2, &size) ||
        __builtin_add_overflow(size, sizeof(duplex), &size)) {
        return TMLRT_E_OVERFLOW;
    }
    duplex* d = trt_alloc(size);
    if (d == NULL) {
        return TMLRT_E_NOMEM;
    }
    *d = (duplex){.cap = cap, .max_step = max_step, .open_ends = 2};
    for (uint32_t side = 0; side < 2; side++) {
        d->pipes[side].data = (char*)(d + 1) + side * cap;
        d->ends[side] = (duplex_end){d, side};
        out_ends[side] = (trt_stream){&s_vtable, &d->ends[side]};
    }
    return TMLRT_OK;
}
