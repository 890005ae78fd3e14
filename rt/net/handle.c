// SPDX-License-Identifier: Apache-2.0
// Handles that cross the border of the process: streams of inherited or received ones, and giving
// and taking them over Unix sockets. Called by compiled code.
//
// A handle is sent with bytes, at least one, and arrives with the first of them; so a giver that
// waits has sent neither, and one that was dropped half way has sent the handles and a part of the
// bytes. Whoever reads these bytes with a plain read gets them without the handles, which the
// kernel then closes. A taken handle belongs to nobody until the output is read: whatever drops the
// output closes it.
#include <tmlrt/net.h>

#include "rt/base/assert.h"
#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/io/leaf.h"
#include "rt/io/pipe.h"
#include "rt/net/tcp.h"
#include "rt/os/unix.h"

#include <string.h>

// ---- streams of handles -------------------------------------------------------------------------

// Owns: the handle moves in, on success only.
static tmlrt_status stream_of(tmlrt_stream** out, trt_handle handle, trt_handle_kind kind) {
    trt_tcp tcp = {0};
    if (kind != TRT_KIND_STREAM_SOCKET) {
        return kind == TRT_KIND_OTHER_SOCKET ? TMLRT_E_UNSUPPORTED
                                             : trt_pipe_stream_new(out, handle, kind);
    }
    TRT_TRY(trt_tcp_open(&tcp, trt_current_reactor(), handle));
    tmlrt_tcp_stream* made = trt_tcp_handle_new(&tcp);
    if (made == NULL) {
        trt_reactor_deregister(tcp.reactor, tcp.slot);
        return TMLRT_E_NOMEM;
    }
    *out = tmlrt_tcp_as_stream(made);
    return TMLRT_OK;
}

int32_t tmlrt_stream_of_handle(tmlrt_stream** out, int32_t owned_handle) {
    trt_handle_kind kind;
    TRT_TRY(trt_handle_adopt(owned_handle, &kind));
    return stream_of(out, owned_handle, kind);
}

int32_t tmlrt_stdio_open(tmlrt_stream** out, int32_t which) {
    trt_handle handle = TRT_HANDLE_NONE;
    trt_handle_kind kind;
    TRT_TRY(trt_handle_of_stdio(&handle, which, &kind));
    tmlrt_status status = stream_of(out, handle, kind);
    if (status != TMLRT_OK) {
        trt_handle_close(handle);
    }
    return status;
}

int32_t tmlrt_stream_handle(const tmlrt_stream* stream) {
    trt_handle handle = trt_tcp_stream_handle(stream);
    return (int32_t)(handle != TRT_HANDLE_NONE ? handle : trt_pipe_stream_handle(stream));
}

void tmlrt_handle_close(int32_t owned_handle) {
    if (owned_handle >= 0) {
        trt_handle_close(owned_handle);
    }
}

// ---- giving -------------------------------------------------------------------------------------

typedef struct give_leaf {
    trt_io_leaf base;
    tmlrt_tcp_stream* stream;
    const char* data;
    uint64_t len, done;
    int32_t num;
    int32_t handles[TMLRT_MAX_HANDLES]; ///< copies of the numbers; the handles are the caller's
} give_leaf;

void tmlrt_unix_give_init(void* leaf, tmlrt_tcp_stream* stream, const void* data, uint64_t len,
                          const int32_t* handles, int32_t num) {
    give_leaf* self = leaf;
    *self = (give_leaf){.stream = stream, .data = data, .len = len, .num = num};
    if (num >= 1 && num <= TMLRT_MAX_HANDLES) {
        memcpy(self->handles, handles, (size_t)num * sizeof(*handles));
    }
}

static void give_unlink(trt_leaf* leaf) {
    give_leaf* self = TRT_CONTAINER_OF(leaf, give_leaf, base.leaf);
    trt_io_cancel(self->stream->tcp.slot, TRT_DIR_WRITE);
}

static void unix_give_drop(void* frame) {
    trt_io_leaf_drop(frame, give_unlink);
}

// The first bytes, with the handles.
static tmlrt_poll give_first(give_leaf* self, tmlrt_context* cx, trt_io_result* result) {
    trt_tcp* tcp = &self->stream->tcp;
    uint32_t tick;
    while (trt_io_poll_ready(tcp->slot, TRT_DIR_WRITE, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        size_t len = 0;
        tmlrt_status status = trt_unix_give(tcp->handle, self->data, self->len, self->handles,
                                            (uint32_t)self->num, &len);
        if (status != TMLRT_E_AGAIN) {
            *result = (trt_io_result){status, len};
            return TMLRT_READY;
        }
        trt_io_clear_ready(tcp->slot, TRT_DIR_WRITE, tick);
        trt_coop_refund(cx);
    }
    return TMLRT_PENDING;
}

static tmlrt_poll give_some(give_leaf* self, tmlrt_context* cx, trt_io_result* result) {
    if (self->done == 0) {
        return give_first(self, cx, result);
    }
    tmlrt_slice rest = {self->data + self->done, self->len - self->done};
    return trt_tcp_poll_writev(&self->stream->tcp, cx, &rest, 1, result);
}

static tmlrt_poll unix_give_poll(void* frame, tmlrt_context* cx, void* out) {
    give_leaf* self = frame;
    bool fits = self->len != 0 && self->num >= 1 && self->num <= TMLRT_MAX_HANDLES;
    tmlrt_status status = fits ? TMLRT_OK : TMLRT_E_INVAL;
    trt_io_leaf_begin(&self->base, &tmlrt_unix_give_desc);
    while (status == TMLRT_OK && self->done < self->len) {
        trt_io_result result = {0};
        if (give_some(self, cx, &result) == TMLRT_PENDING) {
            return trt_io_leaf_end(&self->base, TMLRT_PENDING, give_unlink);
        }
        status = result.status;
        self->done += result.len;
    }
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){status, self->done};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

// ---- taking -------------------------------------------------------------------------------------

typedef struct take_leaf {
    trt_io_leaf base;
    tmlrt_tcp_stream* stream;
    void* out;
    uint64_t cap;
} take_leaf;

void tmlrt_unix_take_init(void* leaf, tmlrt_tcp_stream* stream, void* out, uint64_t cap) {
    *(take_leaf*)leaf = (take_leaf){.stream = stream, .out = out, .cap = cap};
}

static void take_unlink(trt_leaf* leaf) {
    take_leaf* self = TRT_CONTAINER_OF(leaf, take_leaf, base.leaf);
    trt_io_cancel(self->stream->tcp.slot, TRT_DIR_READ);
}

static void unix_take_drop(void* frame) {
    trt_io_leaf_drop(frame, take_unlink);
}

static tmlrt_poll take_once(take_leaf* self, tmlrt_context* cx, tmlrt_unix_taken* out) {
    trt_tcp* tcp = &self->stream->tcp;
    uint32_t tick;
    while (trt_io_poll_ready(tcp->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        tmlrt_unix_taken taken = {0};
        size_t len = 0;
        taken.status = trt_unix_take(tcp->handle, self->out, self->cap, taken.handles, &taken.num,
                                     &taken.lost, &len);
        if (taken.status != TMLRT_E_AGAIN) { // a read ends at handles: a short one says nothing
            taken.len = len;
            *out = taken;
            return TMLRT_READY;
        }
        trt_io_clear_ready(tcp->slot, TRT_DIR_READ, tick);
        trt_coop_refund(cx);
    }
    return TMLRT_PENDING;
}

static tmlrt_poll unix_take_poll(void* frame, tmlrt_context* cx, void* out) {
    take_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_unix_take_desc);
    if (self->cap == 0) {
        *(tmlrt_unix_taken*)out = (tmlrt_unix_taken){.status = TMLRT_E_INVAL};
        return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
    }
    return trt_io_leaf_end(&self->base, take_once(self, cx, out), take_unlink);
}

static void taken_drop(void* out) {
    tmlrt_unix_taken* taken = out;
    for (int32_t i = 0; i < taken->num; i++) {
        trt_handle_close(taken->handles[i]);
    }
}

TRT_IO_LEAF_DESC(unix_give, give_leaf, tmlrt_tcp_moved, NULL)
TRT_IO_LEAF_DESC(unix_take, take_leaf, tmlrt_unix_taken, taken_drop)
