// SPDX-License-Identifier: Apache-2.0
// TLS over a stream: moves bytes between the engine's two buffers and the transport, and nothing
// else. Handshake by one task, then one that reads and one that writes, maybe on two threads.
//
// Invariants:
// - the engine is used under the lock, by a job alone while there is one;
// - the transport is polled without the lock: the reader alone reads from it and fills `in`; who
//   writes to it has set `flushing`, which keeps out[at, end) where it is;
// - a write is answered when its bytes are with the transport: nothing is kept back, so that a
//   program needs no flush. Asked again before that, it must be with the same bytes, or cancelled;
// - whoever waits for the transport's room has left a waker in `waiting`: the transport knows only
//   the last who asked, who wakes the other with any progress, and when it gives up.
#include "rt/tls/stream_io.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/coop.h"

#include <string.h>

enum { GATHERED = 8192 }; // bytes of small slices that become one record

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

static bool is_empty(const trt_tls_bytes* bytes) {
    return bytes->at == bytes->end;
}

// Moves what it holds to a block of `cap` bytes. False without memory, and nothing has moved.
static bool resize(trt_tls_bytes* bytes, size_t cap) {
    size_t len = bytes->end - bytes->at;
    char* data = trt_alloc(cap);
    if (data == NULL) {
        return false;
    }
    if (len != 0) {
        memcpy(data, bytes->data + bytes->at, len);
    }
    trt_free(bytes->data, bytes->cap);
    *bytes = (trt_tls_bytes){.data = data, .end = len, .cap = cap};
    return true;
}

// A buffer that was given back while nothing came or went, or cut.
static bool ensure(trt_tls_bytes* bytes, size_t cap) {
    return bytes->cap >= cap || resize(bytes, cap);
}

static void release(trt_tls_bytes* bytes) {
    if (is_empty(bytes)) {
        trt_free(bytes->data, bytes->cap);
        *bytes = (trt_tls_bytes){0};
    }
}

// The buffer of output; while somebody flushes it stays where it is, and may have no room.   Under
// the lock.
bool trt_tls_ensure_out(tmlrt_tls_stream* s) {
    return s->flushing || ensure(&s->engine->out, TRT_TLS_OUT_CAP);
}

// The transport takes nothing: what waits for it does so in a block of its size.
static void cut_out(tmlrt_tls_stream* s) {
    trt_mutex_lock(&s->lock);
    trt_tls_bytes* out = &s->engine->out;
    size_t len = out->end - out->at;
    if (!s->flushing && len != 0 && out->cap - len >= TRT_TLS_OUT_CAP / 4) {
        (void)resize(out, len);
    }
    trt_mutex_unlock(&s->lock);
}

tmlrt_status trt_tls_fail(tmlrt_tls_stream* s, tmlrt_status status, const char* text) {
    const trt_tls_why why = trt_tls_engine_why(s->engine);
    s->engine->status = status;
    return trt_tls_explain(&why, status, "%s", text);
}

// ---- the transport ------------------------------------------------------------------------------

// Leaves the waker while somebody else flushes. False: nobody does any more.
static bool wait_for_other(tmlrt_tls_stream* s, tmlrt_context* cx, int32_t direction) {
    tmlrt_waker fresh = clone(cx);
    trt_mutex_lock(&s->lock);
    bool waits = s->flushing;
    if (waits) {
        fresh = swap(&s->waiting[direction], fresh);
    }
    trt_mutex_unlock(&s->lock);
    drop(fresh);
    return waits;
}

// One write to the transport, by whoever has set `flushing`; gives that up.
static tmlrt_poll flush_once(tmlrt_tls_stream* s, tmlrt_context* cx, int32_t direction,
                             const tmlrt_slice* slice) {
    trt_io_result result = {0};
    tmlrt_waker mine = s_no_waker, other = s_no_waker;
    tmlrt_poll answer = trt_stream_poll_writev(s->inner, cx, slice, 1, &result);
    if (answer == TMLRT_PENDING) {
        mine = clone(cx);
    }
    trt_mutex_lock(&s->lock);
    s->flushing = false;
    mine = swap(&s->waiting[direction], mine);
    if (answer == TMLRT_READY) {
        other = swap(&s->waiting[1 - direction], s_no_waker);
        s->engine->out.at += result.len;
        if (result.status != TMLRT_OK || result.len == 0) {
            s->broken = result.status != TMLRT_OK ? result.status : TMLRT_E_PIPE;
        }
    }
    trt_mutex_unlock(&s->lock);
    drop(mine);
    wake(other);
    return answer;
}

// READY: all of `out` is with the transport, or *out_status says why it never will be.
tmlrt_poll trt_tls_flush(tmlrt_tls_stream* s, tmlrt_context* cx, int32_t direction,
                         tmlrt_status* out_status) {
    for (;;) {
        trt_mutex_lock(&s->lock);
        trt_tls_bytes* out = &s->engine->out;
        tmlrt_slice slice = {NULL, out->end - out->at};
        if (slice.len != 0) {
            slice.data = out->data + out->at;
        }
        bool others = s->flushing, ends = s->broken != TMLRT_OK || slice.len == 0;
        *out_status = s->broken;
        if (!others && ends) {
            out->at = out->end = 0;
        }
        s->flushing = others || !ends;
        trt_mutex_unlock(&s->lock);
        if (others) {
            if (wait_for_other(s, cx, direction)) {
                return TMLRT_PENDING;
            }
        } else if (ends) {
            return TMLRT_READY;
        } else if (flush_once(s, cx, direction, &slice) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
    }
}

// Gives the wide buffer back when it is empty: who reads on takes the same memory again, and who
// has read all that he wants holds none.   By the reader.
static void narrow(tmlrt_tls_stream* s) {
    if (s->engine->in.cap > TRT_TLS_IN_CAP) {
        release(&s->engine->in);
    }
}

// Fills `in`, which is empty.   READY: with 0, or *out_status.   By the reader, without the lock.
// Who sends faster than it is read fills more than a record: the next read takes what several need,
// in a buffer that is there no longer than there are bytes in it.
tmlrt_poll trt_tls_fill(tmlrt_tls_stream* s, tmlrt_context* cx, tmlrt_status* out_status) {
    trt_tls_bytes* in = &s->engine->in;
    trt_io_result result = {0};
    in->at = in->end = 0;
    if (!(s->wide && ensure(in, TRT_TLS_IN_WIDE)) && !ensure(in, TRT_TLS_IN_CAP)) {
        *out_status = TMLRT_E_NOMEM;
        return TMLRT_READY;
    }
    size_t cap = s->wide ? in->cap : TRT_TLS_IN_CAP;
    if (trt_stream_poll_read(s->inner, cx, in->data, cap, &result) == TMLRT_PENDING) {
        narrow(s);
        return TMLRT_PENDING;
    }
    in->end = result.len;
    s->wide = result.len == cap || result.len >= TRT_TLS_IN_WIDE / 2;
    *out_status =
        result.status == TMLRT_OK && result.len == 0 ? TMLRT_E_TLS_TRUNCATED : result.status;
    return TMLRT_READY;
}

// ---- reading ------------------------------------------------------------------------------------

// The library's own answers to the peer (a new key), when no writer takes them along.
static bool flush_answers(tmlrt_tls_stream* s, tmlrt_context* cx) {
    tmlrt_status status;
    trt_mutex_lock(&s->lock);
    bool mine = !is_empty(&s->engine->out) && s->waiting[TMLRT_IO_WRITE].vtable == NULL;
    trt_mutex_unlock(&s->lock);
    return !mine || trt_tls_flush(s, cx, TMLRT_IO_READ, &status) == TMLRT_READY;
}

static trt_tls_step read_step(tmlrt_tls_stream* s, void* out, size_t cap, trt_io_result* result) {
    size_t len = 0;
    trt_mutex_lock(&s->lock);
    trt_tls_step step = TRT_TLS_FAILED;
    if (s->engine->status == TMLRT_OK) {
        step = trt_tls_engine_read(s->engine, out, cap, &len);
        narrow(s);
    }
    *result = (trt_io_result){step == TRT_TLS_FAILED ? s->engine->status : TMLRT_OK, len};
    trt_mutex_unlock(&s->lock);
    return step;
}

// The library has something to say and no room for it.
static tmlrt_poll make_room(tmlrt_tls_stream* s, tmlrt_context* cx, tmlrt_status* out_status) {
    if (trt_tls_flush(s, cx, TMLRT_IO_READ, out_status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    trt_mutex_lock(&s->lock);
    if (*out_status == TMLRT_OK && !trt_tls_ensure_out(s)) {
        *out_status = TMLRT_E_NOMEM;
    }
    trt_mutex_unlock(&s->lock);
    return TMLRT_READY;
}

static tmlrt_poll read_some(tmlrt_tls_stream* s, tmlrt_context* cx, void* out, size_t cap,
                            trt_io_result* result) {
    tmlrt_poll answer = TMLRT_READY;
    while (answer == TMLRT_READY) {
        trt_tls_step step = read_step(s, out, cap, result);
        if (step != TRT_TLS_WANTS_INPUT && step != TRT_TLS_WANTS_ROOM) {
            (void)flush_answers(s, cx);
            return TMLRT_READY;
        }
        if (step == TRT_TLS_WANTS_ROOM) {
            answer = make_room(s, cx, &result->status);
        } else {
            (void)flush_answers(s, cx);
            answer = trt_tls_fill(s, cx, &result->status);
        }
        if (answer == TMLRT_READY && result->status != TMLRT_OK) {
            return TMLRT_READY;
        }
    }
    return TMLRT_PENDING;
}

static tmlrt_poll tls_poll_read(void* self, tmlrt_context* cx, void* out, size_t cap,
                                trt_io_result* result) {
    tmlrt_tls_stream* s = self;
    if (!s->is_open) {
        *result = (trt_io_result){.status = TMLRT_E_NOTCONN};
        return TMLRT_READY;
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = read_some(s, cx, out, cap, result);
    if (answer == TMLRT_PENDING) {
        trt_coop_refund(cx);
    }
    return answer;
}

static tmlrt_poll tls_poll_readable(void* self, tmlrt_context* cx) {
    tmlrt_tls_stream* s = self;
    trt_mutex_lock(&s->lock);
    bool ready = s->engine->status != TMLRT_OK || trt_tls_engine_has_plain(s->engine);
    if (!ready) { // nothing comes for a while: the buffers go
        s->wide = false;
        release(&s->engine->in);
        if (!s->flushing) {
            release(&s->engine->out);
        }
    }
    trt_mutex_unlock(&s->lock);
    if (!ready) {
        (void)flush_answers(s, cx);
    }
    return ready ? TMLRT_READY : trt_stream_poll_readable(s->inner, cx);
}

// ---- writing ------------------------------------------------------------------------------------

// The next bytes of the slices from `done` on: small ones gathered, so that head and body of an
// answer are one record.
static size_t next_bytes(const tmlrt_slice* slices, uint32_t num, size_t done, char* room,
                         const char** out) {
    size_t len = 0;
    for (uint32_t i = 0; i < num; i++) {
        if (done >= slices[i].len) {
            done -= slices[i].len;
            continue;
        }
        const char* data = slices[i].data + done;
        size_t left = slices[i].len - done;
        if (len == 0 && (left >= GATHERED || i + 1 == num)) {
            *out = data;
            return left < TRT_TLS_RECORD ? left : TRT_TLS_RECORD;
        }
        left = left < GATHERED - len ? left : GATHERED - len;
        memcpy(room + len, data, left);
        len += left;
        done = 0;
        if (len == GATHERED) {
            break;
        }
    }
    *out = room;
    return len;
}

// Encrypts as much as `out` takes.   Under the lock.
static tmlrt_status encrypt(tmlrt_tls_stream* s, const tmlrt_slice* slices, uint32_t num) {
    char room[GATHERED];
    const char* data;
    size_t len;
    if (s->engine->status != TMLRT_OK || s->shut) {
        return s->engine->status != TMLRT_OK ? s->engine->status : TMLRT_E_PIPE;
    }
    if (!trt_tls_ensure_out(s)) {
        return TMLRT_E_NOMEM;
    }
    while ((len = next_bytes(slices, num, s->accepted, room, &data)) != 0) {
        trt_tls_step step = trt_tls_engine_write(s->engine, data, len);
        if (step == TRT_TLS_FAILED) {
            return s->engine->status;
        }
        if (step != TRT_TLS_DONE) {
            break;
        }
        s->accepted += len;
    }
    return TMLRT_OK;
}

static tmlrt_poll write_some(tmlrt_tls_stream* s, tmlrt_context* cx, const tmlrt_slice* slices,
                             uint32_t num, trt_io_result* result) {
    tmlrt_status status = TMLRT_OK;
    while (s->accepted == 0 && status == TMLRT_OK) { // twice only after a flood of answers
        if (trt_tls_flush(s, cx, TMLRT_IO_WRITE, &status) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        if (status == TMLRT_OK) {
            trt_mutex_lock(&s->lock);
            status = encrypt(s, slices, num);
            trt_mutex_unlock(&s->lock);
        }
    }
    if (status == TMLRT_OK && trt_tls_flush(s, cx, TMLRT_IO_WRITE, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *result = (trt_io_result){status, status == TMLRT_OK ? s->accepted : 0};
    s->accepted = 0;
    return TMLRT_READY;
}

static tmlrt_poll tls_poll_writev(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                                  uint32_t num, trt_io_result* result) {
    tmlrt_tls_stream* s = self;
    if (!s->is_open) {
        *result = (trt_io_result){.status = TMLRT_E_NOTCONN};
        return TMLRT_READY;
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer = write_some(s, cx, slices, num, result);
    if (answer == TMLRT_PENDING) {
        trt_coop_refund(cx);
        cut_out(s);
    }
    return answer;
}

static tmlrt_poll tls_poll_flush(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    tmlrt_tls_stream* s = self;
    tmlrt_poll answer = trt_tls_flush(s, cx, TMLRT_IO_WRITE, out_status);
    return answer == TMLRT_PENDING ? answer : trt_stream_poll_flush(s->inner, cx, out_status);
}

// Puts our end behind what was written. False: no room yet.
static bool put_end(tmlrt_tls_stream* s) {
    trt_tls_step step = TRT_TLS_FAILED;
    trt_mutex_lock(&s->lock);
    s->shut = true;
    if (s->is_open && trt_tls_ensure_out(s)) {
        step = trt_tls_engine_close(s->engine);
    }
    trt_mutex_unlock(&s->lock);
    return step != TRT_TLS_WANTS_ROOM;
}

static tmlrt_poll tls_poll_shutdown(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    tmlrt_tls_stream* s = self;
    bool put = false;
    *out_status = TMLRT_OK;
    do {
        put = put_end(s);
        if (trt_tls_flush(s, cx, TMLRT_IO_WRITE, out_status) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
    } while (!put && *out_status == TMLRT_OK);
    if (*out_status != TMLRT_OK) {
        return TMLRT_READY;
    }
    return trt_stream_poll_shutdown(s->inner, cx, out_status);
}

// ---- the rest of the stream ---------------------------------------------------------------------

static bool tls_hung_up(const void* self) {
    return trt_stream_hung_up(((const tmlrt_tls_stream*)self)->inner);
}

static tmlrt_poll tls_poll_hangup(void* self, tmlrt_context* cx) {
    return trt_stream_poll_hangup(((tmlrt_tls_stream*)self)->inner, cx);
}

static void tls_cancel(void* self, int32_t direction) {
    tmlrt_tls_stream* s = self;
    trt_mutex_lock(&s->lock);
    tmlrt_waker mine = swap(&s->waiting[direction], s_no_waker);
    if (direction == TMLRT_IO_WRITE) {
        s->accepted = 0; // the bytes are sent with whatever comes next
    }
    trt_mutex_unlock(&s->lock);
    trt_stream_cancel(s->inner, direction);
    if (direction == TMLRT_IO_READ && mine.vtable != NULL) {
        trt_stream_cancel(s->inner, TMLRT_IO_WRITE);
    }
    // The other's waker may be the one that the transport forgot: it asks again.
    trt_mutex_lock(&s->lock);
    tmlrt_waker other = swap(&s->waiting[1 - direction], s_no_waker);
    trt_mutex_unlock(&s->lock);
    drop(mine);
    wake(other);
}

static void idle_clone(const tmlrt_waker* waker, tmlrt_waker* out) {
    *out = *waker;
}
static void idle_wake(void* data) {
    (void)data;
}

// The end of TLS, if the transport takes it at once: nobody waits for a close.
static void send_end(tmlrt_tls_stream* s) {
    static const tmlrt_waker_vtable s_idle = {
        .clone = idle_clone, .wake = idle_wake, .wake_by_ref = idle_wake, .drop = idle_wake};
    const tmlrt_waker waker = {.vtable = &s_idle};
    tmlrt_context cx = {.waker = &waker, .budget = 2};
    tmlrt_status status;
    (void)put_end(s);
    if (trt_tls_flush(s, &cx, TMLRT_IO_WRITE, &status) == TMLRT_PENDING) {
        trt_stream_cancel(s->inner, TMLRT_IO_WRITE);
    }
}

static void tls_close(void* self, bool abortive) {
    tmlrt_tls_stream* s = self;
    if (s->job != NULL) {
        s->job->owns_engine = true;
        trt_offload_leave(&s->job->op);
        s->engine = NULL;
    } else if (s->is_open && !abortive && s->broken == TMLRT_OK) {
        send_end(s);
    }
    for (int i = 0; i < 2; i++) {
        drop(swap(&s->waiting[i], s_no_waker));
    }
    trt_tls_engine_free(s->engine);
    if (s->inner.vtable != NULL) {
        trt_stream_close(s->inner, abortive);
    }
    trt_free(s, sizeof(*s));
}

static const trt_stream_vtable s_vtable = {
    .poll_read = tls_poll_read,
    .poll_readable = tls_poll_readable,
    .poll_writev = tls_poll_writev,
    .poll_shutdown = tls_poll_shutdown,
    .hung_up = tls_hung_up,
    .poll_hangup = tls_poll_hangup,
    .close = tls_close,
    .cancel = tls_cancel,
    .poll_flush = tls_poll_flush,
};

tmlrt_status trt_tls_new(tmlrt_tls_stream** out, tmlrt_tls_config* config, trt_stream owned_inner,
                         const char* host) {
    tmlrt_tls_stream* s = trt_alloc_zero(sizeof(*s));
    if (s == NULL) {
        return TMLRT_E_NOMEM;
    }
    tmlrt_status status = trt_tls_engine_new(&s->engine, config, host);
    if (status != TMLRT_OK) {
        trt_free(s, sizeof(*s));
        return status;
    }
    s->base.io = (trt_stream){&s_vtable, s};
    s->inner = owned_inner;
    *out = s;
    return TMLRT_OK;
}

const char* trt_tls_told(const tmlrt_tls_stream* s) {
    const trt_tls_engine* engine = s->engine;
    return engine->told != NULL         ? engine->told
           : engine->status != TMLRT_OK ? tmlrt_status_text(engine->status)
                                        : "";
}

trt_stream trt_tls_take_inner(tmlrt_tls_stream* s) {
    trt_stream inner = s->inner;
    TRT_CHECK(!s->is_open && s->job == NULL);
    s->inner = (trt_stream){0};
    return inner;
}

bool trt_tls_answers_for(tmlrt_tls_stream* tls, const char* host) {
    trt_mutex_lock(&tls->lock);
    bool answers = trt_tls_engine_answers_for(tls->engine, host);
    trt_mutex_unlock(&tls->lock);
    return answers;
}
