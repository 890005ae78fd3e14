// SPDX-License-Identifier: Apache-2.0
// TCP for compiled code: listeners and streams as handles on the heap, and the leaf futures accept,
// connect, dial, read, write and peek over the polled functions of tcp.h and dial.h.
//
// The handle a leaf works on must outlive it. Polled by one thread at a time, which may be another
// one each time: the reactor and the timers of a handle stay those it was made with. The budget is
// spent by tcp.h.
#include <tmlrt/net.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/exec/drivers.h"
#include "rt/io/leaf.h"
#include "rt/net/dial.h"
#include "rt/net/listener.h"
#include "rt/net/tcp.h"

#include <string.h>

typedef struct accept_leaf {
    trt_io_leaf base;
    tmlrt_tcp_listener* listener;
} accept_leaf;

typedef struct connect_leaf {
    trt_io_leaf base;
    tmlrt_status status; ///< of the target
    trt_dial* dial;      ///< until the end
} connect_leaf;

typedef struct read_leaf {
    trt_io_leaf base;
    tmlrt_tcp_stream* stream;
    void* out;
    uint64_t cap;
} read_leaf;

typedef struct write_leaf {
    trt_io_leaf base;
    tmlrt_tcp_stream* stream;
    const char* data;
    uint64_t len, written;
} write_leaf;

// ---- listener and accept ------------------------------------------------------------------------

// The literal, with `port` where it names none.
static tmlrt_status parse(trt_addr* out, const char* address, int32_t port) {
    if (address == NULL || port < 0 || port > UINT16_MAX) {
        return TMLRT_E_INVAL;
    }
    return trt_addr_parse(out, address, (uint16_t)port);
}

int32_t tmlrt_tcp_listen_with(tmlrt_tcp_listener** out, const char* address, int32_t port,
                              const tmlrt_listen_options* asked) {
    trt_addr addr;
    TRT_TRY(parse(&addr, address, port));
    if (asked->backlog < 0 || asked->defer_accept_s < 0 || asked->fastopen < 0 ||
        asked->recv_buffer < 0 || asked->send_buffer < 0 || asked->keepalive_s < 0) {
        return TMLRT_E_INVAL;
    }
    const trt_listen_options options = {
        .backlog = (uint32_t)asked->backlog,
        .reuse_port = asked->reuse_port != 0,
        .v6_only = asked->v6_only != 0,
        .defer_accept_s = asked->defer_accept_s,
        .fastopen = asked->fastopen,
        .recv_buffer = asked->recv_buffer,
        .send_buffer = asked->send_buffer,
        .keepalive_s = asked->keepalive_s,
    };
    tmlrt_tcp_listener* listener = trt_alloc_zero(sizeof(*listener));
    if (listener == NULL) {
        return TMLRT_E_NOMEM;
    }
    tmlrt_status status = trt_tcp_listen(&listener->listener, trt_current_reactor(),
                                         trt_current_timers(), &addr, &options);
    if (status != TMLRT_OK) {
        trt_free(listener, sizeof(*listener));
        return status;
    }
    listener->listener.spreads = true;
    *out = listener;
    return TMLRT_OK;
}

int32_t tmlrt_tcp_listen(tmlrt_tcp_listener** out, const char* address, int32_t port) {
    static const tmlrt_listen_options s_defaults;
    return tmlrt_tcp_listen_with(out, address, port, &s_defaults);
}

int32_t tmlrt_tcp_listener_addr(const tmlrt_tcp_listener* listener, tmlrt_addr* out) {
    return trt_socket_local(listener->listener.socket.handle, out);
}

int32_t tmlrt_tcp_listener_set_option(tmlrt_tcp_listener* listener, int32_t option, int64_t value) {
    return trt_socket_set_option(listener->listener.socket.handle, option, value);
}

int32_t tmlrt_tcp_listener_port(const tmlrt_tcp_listener* listener) {
    return listener->listener.bound.port;
}

void tmlrt_tcp_listener_free(tmlrt_tcp_listener* listener) {
    if (listener != NULL) {
        trt_unix_unlink(&listener->path, &listener->file);
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

static void tcp_accept_drop(void* frame) {
    trt_io_leaf_drop(frame, accept_unlink);
}

static tmlrt_poll tcp_accept_poll(void* frame, tmlrt_context* cx, void* out) {
    accept_leaf* self = frame;
    trt_tcp tcp;
    trt_addr peer;
    tmlrt_status status;
    trt_io_leaf_begin(&self->base, &tmlrt_tcp_accept_desc);
    if (trt_tcp_poll_accept(&self->listener->listener, cx, &tcp, &peer, &status) == TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, accept_unlink);
    }
    tmlrt_tcp_stream* stream = NULL;
    if (status == TMLRT_OK) {
        stream = trt_tcp_handle_new(&tcp);
        if (stream == NULL) {
            trt_tcp_close(&tcp, true);
            status = TMLRT_E_NOMEM;
        }
    }
    *(tmlrt_tcp_opened*)out = (tmlrt_tcp_opened){status, stream};
    return trt_io_leaf_end(&self->base, TMLRT_READY, accept_unlink);
}

static void opened_drop(void* out) {
    tmlrt_tcp_stream_free(((tmlrt_tcp_opened*)out)->stream);
}

// ---- stream and connect -------------------------------------------------------------------------

void tmlrt_tcp_shutdown(tmlrt_tcp_stream* stream) {
    trt_tcp_shutdown_write(&stream->tcp);
}

void tmlrt_tcp_stream_free(tmlrt_tcp_stream* stream) {
    if (stream != NULL) {
        trt_tcp_close(&stream->tcp, false);
        trt_free(stream, sizeof(*stream));
    }
}

tmlrt_stream* tmlrt_tcp_as_stream(tmlrt_tcp_stream* stream) {
    return &stream->base;
}

int32_t tmlrt_tcp_set_option(tmlrt_tcp_stream* stream, int32_t option, int64_t value) {
    return trt_socket_set_option(stream->tcp.handle, option, value);
}

int32_t tmlrt_tcp_get_option(const tmlrt_tcp_stream* stream, int32_t option, int64_t* out) {
    return trt_socket_get_option(stream->tcp.handle, option, out);
}

int32_t tmlrt_tcp_local_addr(const tmlrt_tcp_stream* stream, tmlrt_addr* out) {
    return trt_socket_local(stream->tcp.handle, out);
}

int32_t tmlrt_tcp_peer_addr(const tmlrt_tcp_stream* stream, tmlrt_addr* out) {
    return trt_socket_peer(stream->tcp.handle, out);
}

int32_t tmlrt_tcp_hung_up(const tmlrt_tcp_stream* stream) {
    return trt_tcp_hung_up(&stream->tcp);
}

int32_t tmlrt_addr_parse(tmlrt_addr* out, const char* text, int32_t default_port) {
    return parse(out, text, default_port);
}

int64_t tmlrt_addr_format(const tmlrt_addr* addr, char* out, uint64_t cap) {
    return (int64_t)trt_addr_format(addr, out, cap);
}

void tmlrt_tcp_dial_init(void* leaf, const char* host, int32_t port,
                         const tmlrt_dial_options* options) {
    connect_leaf* self = leaf;
    trt_target target;
    *self = (connect_leaf){0};
    self->status = trt_target_parse(&target, host, port);
    if (self->status == TMLRT_OK) {
        self->dial = trt_dial_new(&target, options);
        self->status = self->dial == NULL ? TMLRT_E_NOMEM : TMLRT_OK;
    }
}

void tmlrt_tcp_connect_init(void* leaf, const char* host, int32_t port) {
    tmlrt_tcp_dial_init(leaf, host, port, NULL);
}

static void connect_unlink(trt_leaf* leaf) {
    connect_leaf* self = TRT_CONTAINER_OF(leaf, connect_leaf, base.leaf);
    trt_dial_free(self->dial);
    self->dial = NULL;
}

static void connect_drop(void* frame) {
    trt_io_leaf_drop_held(frame, connect_unlink);
}

// READY: a stream, or self->status; the dial is still there to be told about.
static tmlrt_poll connect_step(connect_leaf* self, tmlrt_context* cx, tmlrt_tcp_stream** out) {
    trt_tcp tcp;
    *out = NULL;
    if (self->status != TMLRT_OK) {
        return TMLRT_READY;
    }
    if (trt_dial_poll(self->dial, cx, &tcp, &self->status) == TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, connect_unlink);
    }
    if (self->status == TMLRT_OK) {
        *out = trt_tcp_handle_new(&tcp);
        if (*out == NULL) {
            trt_tcp_close(&tcp, true);
            self->status = TMLRT_E_NOMEM;
        }
    }
    return TMLRT_READY;
}

static tmlrt_poll connect_end(connect_leaf* self) {
    connect_unlink(&self->base.leaf);
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

static tmlrt_poll tcp_connect_poll(void* frame, tmlrt_context* cx, void* out) {
    connect_leaf* self = frame;
    tmlrt_tcp_stream* stream;
    trt_io_leaf_begin(&self->base, &tmlrt_tcp_connect_desc);
    if (connect_step(self, cx, &stream) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *(tmlrt_tcp_opened*)out = (tmlrt_tcp_opened){self->status, stream};
    return connect_end(self);
}

// What went wrong, in memory that the program frees; NULL without memory.
static char* tell(const connect_leaf* self) {
    static const char s_no_target[] = "neither an address nor a host name, or not a port";
    size_t len = sizeof(s_no_target) - 1;
    if (self->dial != NULL) {
        len = trt_dial_tell(self->dial, NULL, 0);
    }
    char* told = trt_libc_alloc(len + 1);
    if (told != NULL && self->dial != NULL) {
        trt_dial_tell(self->dial, told, len + 1);
    } else if (told != NULL) {
        memcpy(told, s_no_target, sizeof(s_no_target));
    }
    return told;
}

static tmlrt_poll tcp_dial_poll(void* frame, tmlrt_context* cx, void* out) {
    connect_leaf* self = frame;
    tmlrt_tcp_stream* stream;
    trt_io_leaf_begin(&self->base, &tmlrt_tcp_dial_desc);
    if (connect_step(self, cx, &stream) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    char* told = self->status == TMLRT_OK || self->status == TMLRT_E_NOMEM ? NULL : tell(self);
    *(tmlrt_tcp_dialed*)out = (tmlrt_tcp_dialed){self->status, stream, told};
    return connect_end(self);
}

static void dialed_drop(void* out) {
    tmlrt_tcp_dialed* dialed = out;
    tmlrt_tcp_stream_free(dialed->stream);
    trt_libc_free(dialed->told);
}

// ---- read and write -----------------------------------------------------------------------------

void tmlrt_tcp_read_init(void* leaf, tmlrt_tcp_stream* stream, void* out, uint64_t cap) {
    *(read_leaf*)leaf = (read_leaf){.stream = stream, .out = out, .cap = cap};
}

static void read_unlink(trt_leaf* leaf) {
    read_leaf* self = TRT_CONTAINER_OF(leaf, read_leaf, base.leaf);
    trt_io_cancel(self->stream->tcp.slot, TRT_DIR_READ);
}

static void tcp_read_drop(void* frame) {
    trt_io_leaf_drop(frame, read_unlink);
}

static tmlrt_poll tcp_read_poll(void* frame, tmlrt_context* cx, void* out) {
    read_leaf* self = frame;
    trt_io_result result = {.status = TMLRT_E_INVAL};
    trt_io_leaf_begin(&self->base, &tmlrt_tcp_read_desc);
    if (self->cap != 0 &&
        trt_tcp_poll_read(&self->stream->tcp, cx, self->out, self->cap, &result) == TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, read_unlink);
    }
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){result.status, result.len};
    return trt_io_leaf_end(&self->base, TMLRT_READY, read_unlink);
}

void tmlrt_tcp_peek_init(void* leaf, tmlrt_tcp_stream* stream, void* out, uint64_t cap) {
    tmlrt_tcp_read_init(leaf, stream, out, cap);
}

static tmlrt_poll tcp_peek_poll(void* frame, tmlrt_context* cx, void* out) {
    read_leaf* self = frame;
    trt_io_result result = {.status = TMLRT_E_INVAL};
    trt_io_leaf_begin(&self->base, &tmlrt_tcp_peek_desc);
    if (self->cap != 0 &&
        trt_tcp_poll_peek(&self->stream->tcp, cx, self->out, self->cap, &result) == TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, read_unlink);
    }
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){result.status, result.len};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

void tmlrt_tcp_write_init(void* leaf, tmlrt_tcp_stream* stream, const void* data, uint64_t len) {
    *(write_leaf*)leaf = (write_leaf){.stream = stream, .data = data, .len = len};
}

static void write_unlink(trt_leaf* leaf) {
    write_leaf* self = TRT_CONTAINER_OF(leaf, write_leaf, base.leaf);
    trt_io_cancel(self->stream->tcp.slot, TRT_DIR_WRITE);
}

static void tcp_write_drop(void* frame) {
    trt_io_leaf_drop(frame, write_unlink);
}

static tmlrt_poll tcp_write_poll(void* frame, tmlrt_context* cx, void* out) {
    write_leaf* self = frame;
    tmlrt_status status = TMLRT_OK;
    trt_io_leaf_begin(&self->base, &tmlrt_tcp_write_desc);
    while (status == TMLRT_OK && self->written < self->len) {
        tmlrt_slice rest = {self->data + self->written, self->len - self->written};
        trt_io_result result;
        if (trt_tcp_poll_writev(&self->stream->tcp, cx, &rest, 1, &result) == TMLRT_PENDING) {
            return trt_io_leaf_end(&self->base, TMLRT_PENDING, write_unlink);
        }
        status = result.status;
        self->written += result.len;
    }
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){status, self->written};
    return trt_io_leaf_end(&self->base, TMLRT_READY, write_unlink);
}

#define tcp_connect_drop connect_drop
#define tcp_dial_drop    connect_drop
#define tcp_peek_drop    tcp_read_drop
TRT_IO_LEAF_DESC(tcp_accept, accept_leaf, tmlrt_tcp_opened, opened_drop)
TRT_IO_LEAF_DESC(tcp_connect, connect_leaf, tmlrt_tcp_opened, opened_drop)
TRT_IO_LEAF_DESC(tcp_dial, connect_leaf, tmlrt_tcp_dialed, dialed_drop)
TRT_IO_LEAF_DESC(tcp_read, read_leaf, tmlrt_tcp_moved, NULL)
TRT_IO_LEAF_DESC(tcp_peek, read_leaf, tmlrt_tcp_moved, NULL)
TRT_IO_LEAF_DESC(tcp_write, write_leaf, tmlrt_tcp_moved, NULL)
