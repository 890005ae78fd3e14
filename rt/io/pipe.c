// SPDX-License-Identifier: Apache-2.0
// Pipes as streams: anonymous pipes, FIFOs, terminals and devices, a process's standard handles.
//
// A pipe carries bytes one way; the other direction's operations fail as the system says. Every
// operation is that of rt/net/tcp.c: wait for readiness and note its tick, call, on AGAIN forget
// the readiness of that tick. A short read or write of a pipe forgets it as well; not of a
// terminal, which gives one line at a time. What cannot be watched has no slot and never waits.
//
// Shutting down is closing where that is how a pipe's reader learns of the end: the handle goes,
// the stream stays until it is freed. Thread: as every stream, one reader and one writer; a
// shutdown is the writer's.
#include "rt/io/pipe.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/os/signal.h"
#include "rt/reactor/reactor.h"

enum { MAX_SLICES = 64 };

typedef struct pipe_stream {
    tmlrt_stream base;
    trt_reactor* reactor;
    trt_io_slot* slot; ///< NULL: it never waits, or it was shut down
    trt_handle handle; ///< NONE: shut down
    trt_handle_kind kind;
} pipe_stream;

static tmlrt_poll wait_for(pipe_stream* self, int direction, tmlrt_context* cx, uint32_t* tick) {
    *tick = 0;
    return self->slot == NULL ? TMLRT_READY : trt_io_poll_ready(self->slot, direction, cx, tick);
}

// The call has answered AGAIN, or moved less than asked.
static void note(pipe_stream* self, int direction, uint32_t tick, tmlrt_status status,
                 bool is_short) {
    if (self->slot != NULL && status == TMLRT_E_AGAIN) {
        trt_io_clear_ready(self->slot, direction, tick);
    } else if (self->slot != NULL && status == TMLRT_OK && is_short &&
               self->kind != TRT_KIND_OTHER) {
        trt_io_drained(self->slot, direction, tick);
    }
}

static tmlrt_poll pipe_poll_read(void* object, tmlrt_context* cx, void* out, size_t cap,
                                 trt_io_result* result) {
    pipe_stream* self = object;
    uint32_t tick;
    while (wait_for(self, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        size_t len = 0;
        tmlrt_status status = self->handle == TRT_HANDLE_NONE
                                  ? TMLRT_OK
                                  : trt_pipe_read(self->handle, out, cap, &len);
        note(self, TRT_DIR_READ, tick, status, len != 0 && len < cap);
        if (status != TMLRT_E_AGAIN || self->slot == NULL) {
            *result = (trt_io_result){status, len};
            return TMLRT_READY;
        }
        trt_coop_refund(cx);
    }
    return TMLRT_PENDING;
}

static tmlrt_poll pipe_poll_readable(void* object, tmlrt_context* cx) {
    uint32_t tick;
    return wait_for(object, TRT_DIR_READ, cx, &tick);
}

static size_t total_of(const tmlrt_slice* slices, uint32_t num) {
    size_t total = 0;
    for (uint32_t i = 0; i < num; i++) {
        total += slices[i].len;
    }
    return total;
}

static tmlrt_poll pipe_poll_writev(void* object, tmlrt_context* cx, const tmlrt_slice* slices,
                                   uint32_t num, trt_io_result* result) {
    pipe_stream* self = object;
    uint32_t tick;
    num = num < MAX_SLICES ? num : MAX_SLICES;
    while (wait_for(self, TRT_DIR_WRITE, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        size_t len = 0;
        tmlrt_status status = self->handle == TRT_HANDLE_NONE
                                  ? TMLRT_E_PIPE
                                  : trt_pipe_writev(self->handle, slices, num, &len);
        note(self, TRT_DIR_WRITE, tick, status, len < total_of(slices, num));
        if (status != TMLRT_E_AGAIN || self->slot == NULL) {
            *result = (trt_io_result){status, len};
            return TMLRT_READY;
        }
        trt_coop_refund(cx);
    }
    return TMLRT_PENDING;
}

static void give_up_handle(pipe_stream* self) {
    if (self->slot != NULL) {
        trt_reactor_deregister(self->reactor, self->slot); // the open file may have other handles
        self->slot = NULL;
    }
    if (self->handle != TRT_HANDLE_NONE) {
        trt_handle_close(self->handle);
        self->handle = TRT_HANDLE_NONE;
    }
}

static tmlrt_poll pipe_poll_shutdown(void* object, tmlrt_context* cx, tmlrt_status* out_status) {
    pipe_stream* self = object;
    (void)cx;
    if (self->kind == TRT_KIND_PIPE_WRITER) {
        give_up_handle(self);
    }
    *out_status = TMLRT_OK;
    return TMLRT_READY;
}

static bool pipe_hung_up(const void* object) {
    const pipe_stream* self = object;
    return self->slot != NULL && trt_io_hung_up(self->slot);
}

static tmlrt_poll pipe_poll_hangup(void* object, tmlrt_context* cx) {
    pipe_stream* self = object;
    if (self->slot == NULL) { // a file has no peer that could go
        return self->handle == TRT_HANDLE_NONE ? TMLRT_READY : TMLRT_PENDING;
    }
    return trt_io_poll_hangup(self->slot, cx);
}

static void pipe_close(void* object, bool abortive) {
    (void)abortive;
    give_up_handle(object);
    trt_free(object, sizeof(pipe_stream));
}

static void pipe_cancel(void* object, int32_t direction) {
    pipe_stream* self = object;
    if (self->slot != NULL) {
        trt_io_cancel(self->slot, direction == TMLRT_IO_READ ? TRT_DIR_READ : TRT_DIR_WRITE);
    }
}

static const trt_stream_vtable s_pipe = {
    .poll_read = pipe_poll_read,
    .poll_readable = pipe_poll_readable,
    .poll_writev = pipe_poll_writev,
    .poll_shutdown = pipe_poll_shutdown,
    .hung_up = pipe_hung_up,
    .poll_hangup = pipe_poll_hangup,
    .close = pipe_close,
    .cancel = pipe_cancel,
};

tmlrt_status trt_pipe_stream_new(tmlrt_stream** out, trt_handle owned_handle,
                                 trt_handle_kind kind) {
    trt_reactor* reactor = trt_current_reactor();
    pipe_stream* made = trt_alloc_zero(sizeof(*made));
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    *made = (pipe_stream){
        .base.io = {&s_pipe, made}, .reactor = reactor, .handle = owned_handle, .kind = kind};
    tmlrt_status status = trt_reactor_register(reactor, owned_handle, &made->slot);
    if (status != TMLRT_OK && status != TMLRT_E_PERM) { // PERM: not to be watched
        trt_free(made, sizeof(*made));
        return status;
    }
    *out = &made->base;
    return TMLRT_OK;
}

trt_handle trt_pipe_stream_handle(const tmlrt_stream* stream) {
    return stream->io.vtable == &s_pipe ? ((const pipe_stream*)stream->io.self)->handle
                                        : TRT_HANDLE_NONE;
}

// ---- for compiled code --------------------------------------------------------------------------

int32_t tmlrt_pipe_new(tmlrt_stream** out_reader, tmlrt_stream** out_writer) {
    trt_handle ends[2];
    tmlrt_stream *reader = NULL, *writer = NULL;
    TRT_TRY(trt_pipe_open(&ends[0], &ends[1]));
    trt_signal_ignore_broken_pipes();
    tmlrt_status status = trt_pipe_stream_new(&reader, ends[0], TRT_KIND_PIPE);
    if (status != TMLRT_OK) {
        trt_handle_close(ends[0]);
        trt_handle_close(ends[1]);
        return status;
    }
    status = trt_pipe_stream_new(&writer, ends[1], TRT_KIND_PIPE_WRITER);
    if (status != TMLRT_OK) {
        trt_handle_close(ends[1]);
        tmlrt_stream_free(reader);
        return status;
    }
    *out_reader = reader;
    *out_writer = writer;
    return TMLRT_OK;
}
