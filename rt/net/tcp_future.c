// SPDX-License-Identifier: Apache-2.0
// TCP for compiled code: listeners and streams as handles on the heap, and the leaf futures accept,
// connect, read and write over the polled functions of tcp.h.
//
// A leaf is WAITING from its first PENDING on. While it waits it is registered with the guard of
// the poll, so that a panic, which runs no drop, takes its waker out of the reactor; a drop does
// the same. The handle a leaf works on must outlive it. Polled by one thread at a time, which may
// be another one each time: the reactor and the timers of a handle stay those it was made with. The
// budget is spent by tcp.h.
#include <tmlrt/net.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/exec/leaf.h"
#include "rt/exec/worker.h"
#include "rt/net/tcp.h"

#include <assert.h>
#include <stdalign.h>

struct tmlrt_tcp_listener {
    trt_tcp_listener listener;
};
struct tmlrt_tcp_stream {
    trt_tcp tcp;
};

enum { WAITING = 1 };

// The head of every leaf here.
typedef struct net_leaf {
    tmlrt_frame head;
    trt_leaf leaf;
} net_leaf;

typedef struct accept_leaf {
    net_leaf base;
    tmlrt_tcp_listener* listener;
} accept_leaf;

typedef struct connect_leaf {
    net_leaf base;
    tmlrt_status status; ///< of the address
    trt_addr addr;
    tmlrt_tcp_stream* stream; ///< while connecting
} connect_leaf;

typedef struct read_leaf {
    net_leaf base;
    tmlrt_tcp_stream* stream;
    void* out;
    uint64_t cap;
} read_leaf;

typedef struct write_leaf {
    net_leaf base;
    tmlrt_tcp_stream* stream;
    const char* data;
    uint64_t len, written;
} write_leaf;

static_assert(sizeof(connect_leaf) <= TMLRT_LEAF_SIZE, "the largest leaf fits");
static_assert(sizeof(write_leaf) <= TMLRT_LEAF_SIZE, "the largest leaf fits");
static_assert(alignof(connect_leaf) <= TMLRT_LEAF_ALIGN, "leaves are aligned");

static void begin_poll(net_leaf* base, const tmlrt_future_desc* desc) {
    if (base->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(desc, base);
    }
}

static tmlrt_poll end_poll(net_leaf* base, tmlrt_poll answer, void (*unlink)(trt_leaf*)) {
    if (answer == TMLRT_READY) {
        trt_leaf_unregister(&base->leaf);
        base->head.state = TMLRT_FRAME_DONE;
    } else {
        trt_leaf_register(&base->leaf, unlink);
        base->head.state = WAITING;
    }
    return answer;
}

static void drop_leaf(net_leaf* base, void (*unlink)(trt_leaf*)) {
    if (base->head.state == WAITING) {
        trt_leaf_unregister(&base->leaf);
        unlink(&base->leaf);
    }
    base->head.state = TMLRT_FRAME_DONE;
}

// ---- listener and accept
// ---------------------------------------------------------------------------

// The literal, with `port` where it names none.
static tmlrt_status parse(trt_addr* out, const char* address, int32_t port) {
    if (address == NULL || port < 0 || port > UINT16_MAX) {
        return TMLRT_E_INVAL;
    }
    return trt_addr_parse(out, address, (uint16_t)port);
}

int32_t tmlrt_tcp_listen(tmlrt_tcp_listener** out, const char* address, int32_t port) {
    trt_addr addr;
    TRT_TRY(parse(&addr, address, port));
    tmlrt_tcp_listener* listener = trt_alloc_zero(sizeof(*listener));
    if (listener == NULL) {
        return TMLRT_E_NOMEM;
    }
    tmlrt_status status = trt_tcp_listen(&listener->listener, trt_current_reactor(),
                                         trt_current_timers(), &addr, NULL);
    if (status != TMLRT_OK) {
        trt_free(listener, sizeof(*listener));
        return status;
    }
    *out = listener;
    return TMLRT_OK;
}

int32_t tmlrt_tcp_listener_port(const tmlrt_tcp_listener* listener) {
    return listener->listener.bound.port;
}

void tmlrt_tcp_listener_free(tmlrt_tcp_listener* listener) {
    if (listener != NULL) {
        trt_tcp_listener_close(&listener->listener);
        trt_free(listener, sizeof(*listener));
    }
}

void tmlrt_tcp_accept_init(void* leaf, tmlrt_tcp_listener* listener) {
    *(accept_leaf*)leaf = (accept_leaf){.listener = listener};
}

static void accept_unlink(trt_leaf* leaf) {
    accept_leaf* self = TRT_CONTAINER_OF(leaf, accept_leaf, base.leaf);
    trt_tcp_listener_cancel(&self->listener->listener);
}

static void accept_drop(void* frame) {
    drop_leaf(frame, accept_unlink);
}

static tmlrt_poll accept_poll(void* frame, tmlrt_context* cx, void* out) {
    accept_leaf* self = frame;
    trt_tcp tcp;
    trt_addr peer;
    tmlrt_status status;
    begin_poll(&self->base, &tmlrt_tcp_accept_desc);
    if (trt_tcp_poll_accept(&self->listener->listener, cx, &tcp, &peer, &status) == TMLRT_PENDING) {
        return end_poll(&self->base, TMLRT_PENDING, accept_unlink);
    }
    tmlrt_tcp_stream* stream = NULL;
    if (status == TMLRT_OK) {
        stream = trt_alloc(sizeof(*stream));
        if (stream == NULL) {
            trt_tcp_close(&tcp, true);
            status = TMLRT_E_NOMEM;
        } else {
            stream->tcp = tcp;
        }
    }
    *(tmlrt_tcp_opened*)out = (tmlrt_tcp_opened){status, stream};
    return end_poll(&self->base, TMLRT_READY, accept_unlink);
}

static void opened_drop(void* out) {
    tmlrt_tcp_stream_free(((tmlrt_tcp_opened*)out)->stream);
}

// ---- stream and connect
// ----------------------------------------------------------------------------

void tmlrt_tcp_shutdown(tmlrt_tcp_stream* stream) {
    trt_tcp_shutdown_write(&stream->tcp);
}

void tmlrt_tcp_stream_free(tmlrt_tcp_stream* stream) {
    if (stream != NULL) {
        trt_tcp_close(&stream->tcp, false);
        trt_free(stream, sizeof(*stream));
    }
}

void tmlrt_tcp_connect_init(void* leaf, const char* address, int32_t port) {
    connect_leaf* self = leaf;
    *self = (connect_leaf){0};
    self->status = parse(&self->addr, address, port);
}

static void connect_unlink(trt_leaf* leaf) {
    connect_leaf* self = TRT_CONTAINER_OF(leaf, connect_leaf, base.leaf);
    tmlrt_tcp_stream_free(self->stream);
    self->stream = NULL;
}

static void connect_drop(void* frame) {
    drop_leaf(frame, connect_unlink);
}

// Starts connecting, on the reactor of the worker that polls first.
static tmlrt_status connect_start(connect_leaf* self) {
    TRT_TRY(self->status);
    tmlrt_tcp_stream* stream = trt_alloc_zero(sizeof(*stream));
    if (stream == NULL) {
        return TMLRT_E_NOMEM;
    }
    tmlrt_status status = trt_tcp_connect(&stream->tcp, trt_current_reactor(), &self->addr);
    if (status != TMLRT_OK) {
        trt_free(stream, sizeof(*stream));
        return status;
    }
    self->stream = stream;
    return TMLRT_OK;
}

static tmlrt_poll connect_poll(void* frame, tmlrt_context* cx, void* out) {
    connect_leaf* self = frame;
    tmlrt_status status = TMLRT_OK;
    begin_poll(&self->base, &tmlrt_tcp_connect_desc);
    if (self->base.head.state == TMLRT_FRAME_UNSTARTED) {
        status = connect_start(self);
    }
    if (status == TMLRT_OK &&
        trt_tcp_poll_connect(&self->stream->tcp, cx, &status) == TMLRT_PENDING) {
        return end_poll(&self->base, TMLRT_PENDING, connect_unlink);
    }
    if (status != TMLRT_OK) {
        connect_unlink(&self->base.leaf);
    }
    *(tmlrt_tcp_opened*)out = (tmlrt_tcp_opened){status, self->stream};
    return end_poll(&self->base, TMLRT_READY, connect_unlink);
}

// ---- read and write
// --------------------------------------------------------------------------------

void tmlrt_tcp_read_init(void* leaf, tmlrt_tcp_stream* stream, void* out, uint64_t cap) {
    *(read_leaf*)leaf = (read_leaf){.stream = stream, .out = out, .cap = cap};
}

static void read_unlink(trt_leaf* leaf) {
    read_leaf* self = TRT_CONTAINER_OF(leaf, read_leaf, base.leaf);
    trt_io_cancel(self->stream->tcp.slot, TRT_DIR_READ);
}

static void read_drop(void* frame) {
    drop_leaf(frame, read_unlink);
}

static tmlrt_poll read_poll(void* frame, tmlrt_context* cx, void* out) {
    read_leaf* self = frame;
    trt_io_result result = {.status = TMLRT_E_INVAL};
    begin_poll(&self->base, &tmlrt_tcp_read_desc);
    if (self->cap != 0 &&
        trt_tcp_poll_read(&self->stream->tcp, cx, self->out, self->cap, &result) == TMLRT_PENDING) {
        return end_poll(&self->base, TMLRT_PENDING, read_unlink);
    }
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){result.status, result.len};
    return end_poll(&self->base, TMLRT_READY, read_unlink);
}

void tmlrt_tcp_write_init(void* leaf, tmlrt_tcp_stream* stream, const void* data, uint64_t len) {
    *(write_leaf*)leaf = (write_leaf){.stream = stream, .data = data, .len = len};
}

static void write_unlink(trt_leaf* leaf) {
    write_leaf* self = TRT_CONTAINER_OF(leaf, write_leaf, base.leaf);
    trt_io_cancel(self->stream->tcp.slot, TRT_DIR_WRITE);
}

static void write_drop(void* frame) {
    drop_leaf(frame, write_unlink);
}

static tmlrt_poll write_poll(void* frame, tmlrt_context* cx, void* out) {
    write_leaf* self = frame;
    tmlrt_status status = TMLRT_OK;
    begin_poll(&self->base, &tmlrt_tcp_write_desc);
    while (status == TMLRT_OK && self->written < self->len) {
        tmlrt_slice rest = {self->data + self->written, self->len - self->written};
        trt_io_result result;
        if (trt_tcp_poll_writev(&self->stream->tcp, cx, &rest, 1, &result) == TMLRT_PENDING) {
            return end_poll(&self->base, TMLRT_PENDING, write_unlink);
        }
        status = result.status;
        self->written += result.len;
    }
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){status, self->written};
    return end_poll(&self->base, TMLRT_READY, write_unlink);
}

// ---- descriptors
// -----------------------------------------------------------------------------------

#define LEAF_DESC(op, output, output_drop)                                                         \
    const tmlrt_future_desc tmlrt_tcp_##op##_desc = {                                              \
        .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,                                            \
        .flags = TMLRT_FUTURE_LEAF,                                                                \
        .poll = op##_poll,                                                                         \
        .drop = op##_drop,                                                                         \
        .drop_output = (output_drop),                                                              \
        .frame_size = sizeof(op##_leaf),                                                           \
        .frame_align = alignof(op##_leaf),                                                         \
        .out_size = sizeof(output),                                                                \
        .out_align = alignof(output),                                                              \
        .name = "tcp_" #op,                                                                        \
        .num_states = 2,                                                                           \
    };
LEAF_DESC(accept, tmlrt_tcp_opened, opened_drop)
LEAF_DESC(connect, tmlrt_tcp_opened, opened_drop)
LEAF_DESC(read, tmlrt_tcp_moved, NULL)
LEAF_DESC(write, tmlrt_tcp_moved, NULL)
