// SPDX-License-Identifier: Apache-2.0
// TLS for compiled code: the leaf futures accept and connect, a handshake and its deadline, and
// what a connection tells about itself. The deadline counts from the first poll, on the timers of
// the worker that makes it.
#include <tmlrt/tls.h>

#include "rt/base/alloc.h"
#include "rt/base/log.h"
#include "rt/exec/drivers.h"
#include "rt/fut/deadline.h"
#include "rt/io/leaf.h"
#include "rt/tls/stream.h"

#include <string.h>

typedef struct tls_leaf {
    trt_io_leaf base;
    tmlrt_status status;   ///< of the making
    tmlrt_tls_stream* tls; ///< until the end
    uint64_t timeout_ns;
    trt_timer timer;
} tls_leaf;

static void init(tls_leaf* self, tmlrt_tls_config* config, tmlrt_stream* owned_stream, int32_t role,
                 const char* host, int32_t timeout_ms) {
    *self = (tls_leaf){.status = TMLRT_E_INVAL};
    self->timeout_ns = (timeout_ms > 0 ? (uint64_t)timeout_ms : TMLRT_TLS_DEADLINE_MS) * 1000000;
    if (config->options.role == role) {
        self->status = trt_tls_new(&self->tls, config, owned_stream->io, host);
    }
    if (self->status != TMLRT_OK) {
        trt_stream_close(owned_stream->io, true);
    }
}

void tmlrt_tls_accept_init(void* leaf, tmlrt_tls_config* config, tmlrt_stream* owned_stream,
                           int32_t timeout_ms) {
    init(leaf, config, owned_stream, TMLRT_TLS_SERVER, NULL, timeout_ms);
}

void tmlrt_tls_connect_init(void* leaf, tmlrt_tls_config* config, tmlrt_stream* owned_stream,
                            const char* host, int32_t timeout_ms) {
    init(leaf, config, owned_stream, TMLRT_TLS_CLIENT, host, timeout_ms);
}

static void tls_unlink(trt_leaf* leaf) {
    tls_leaf* self = TRT_CONTAINER_OF(leaf, tls_leaf, base.leaf);
    trt_timer_cancel(&self->timer);
    if (self->tls != NULL) {
        trt_stream_close(self->tls->base.io, true);
        self->tls = NULL;
    }
}

static void tls_drop(void* frame) {
    trt_io_leaf_drop_held(frame, tls_unlink);
}

// READY: the deadline has passed.
static tmlrt_poll poll_deadline(tls_leaf* self, tmlrt_context* cx) {
    if (self->base.head.state != TMLRT_FRAME_UNSTARTED) {
        return trt_timer_poll(&self->timer, cx->waker);
    }
    trt_timer_driver* timers = trt_current_timers();
    trt_timer_arm(&self->timer, timers, trt_deadline_after(timers, self->timeout_ns), cx->waker);
    return TMLRT_PENDING;
}

// Why, in memory that the program frees; NULL without memory.
static char* tell(const tls_leaf* self, tmlrt_status status) {
    const char* text = self->tls != NULL ? trt_tls_told(self->tls) : "";
    text = *text != '\0' ? text : tmlrt_status_text(status);
    size_t len = strlen(text);
    char* told = trt_libc_alloc(len + 1);
    if (told != NULL) {
        memcpy(told, text, len + 1);
    }
    return told;
}

static tmlrt_poll end(tls_leaf* self, tmlrt_status status, tmlrt_tls_opened* out) {
    if (status != TMLRT_OK) {
        *out = (tmlrt_tls_opened){status, NULL, tell(self, status)};
    } else {
        *out = (tmlrt_tls_opened){TMLRT_OK, self->tls, NULL};
        self->tls = NULL;
    }
    tls_unlink(&self->base.leaf);
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

static tmlrt_poll poll_leaf(tls_leaf* self, tmlrt_context* cx, tmlrt_tls_opened* out) {
    tmlrt_status status = self->status;
    if (status != TMLRT_OK || trt_tls_poll_handshake(self->tls, cx, &status) == TMLRT_READY) {
        return end(self, status, out);
    }
    if (poll_deadline(self, cx) == TMLRT_READY) {
        return end(self, TMLRT_E_TIMEDOUT, out);
    }
    return trt_io_leaf_end(&self->base, TMLRT_PENDING, tls_unlink);
}

static tmlrt_poll tls_accept_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_io_leaf_begin(frame, &tmlrt_tls_accept_desc);
    return poll_leaf(frame, cx, out);
}

static tmlrt_poll tls_connect_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_io_leaf_begin(frame, &tmlrt_tls_connect_desc);
    return poll_leaf(frame, cx, out);
}

static void opened_drop(void* out) {
    tmlrt_tls_opened* opened = out;
    tmlrt_tls_stream_free(opened->stream);
    trt_libc_free(opened->told);
}

// ---- what a connection is -----------------------------------------------------------------------

tmlrt_stream* tmlrt_tls_as_stream(tmlrt_tls_stream* stream) {
    return &stream->base;
}

void tmlrt_tls_stream_free(tmlrt_tls_stream* stream) {
    if (stream != NULL) {
        trt_stream_close(stream->base.io, false);
    }
}

const char* tmlrt_tls_alpn(const tmlrt_tls_stream* stream) {
    return stream->engine->alpn;
}

int32_t tmlrt_tls_version(const tmlrt_tls_stream* stream) {
    return trt_tls_engine_version(stream->engine);
}

int32_t tmlrt_tls_resumed(const tmlrt_tls_stream* stream) {
    return trt_tls_engine_resumed(stream->engine);
}

int64_t tmlrt_tls_server_name(const tmlrt_tls_stream* stream, char* out, uint64_t cap) {
    const char* name = trt_tls_engine_server_name(stream->engine);
    size_t len = name != NULL ? strlen(name) : 0;
    if (cap == 0) {
        return 0;
    }
    len = len < cap ? len : (size_t)cap - 1;
    if (len != 0) {
        memcpy(out, name, len);
    }
    out[len] = '\0';
    return (int64_t)len;
}

int64_t tmlrt_tls_peer_name(const tmlrt_tls_stream* stream, char* out, uint64_t cap) {
    return (int64_t)trt_tls_engine_peer_name(stream->engine, out, cap);
}

int64_t tmlrt_tls_peer_cert(const tmlrt_tls_stream* stream, void* out, uint64_t cap) {
    return (int64_t)trt_tls_engine_peer_cert(stream->engine, out, cap);
}

#define tls_accept_drop  tls_drop
#define tls_connect_drop tls_drop
TRT_IO_LEAF_DESC(tls_accept, tls_leaf, tmlrt_tls_opened, opened_drop)
TRT_IO_LEAF_DESC(tls_connect, tls_leaf, tmlrt_tls_opened, opened_drop)
