// SPDX-License-Identifier: Apache-2.0
// Unix sockets for compiled code. A stream connection is a tmlrt_tcp_stream over another handle and
// a listener a tmlrt_tcp_listener: reads, writes, accepts and closing are TCP's. Here are
// listening, connecting and datagrams.
//
// A full queue: the kernel answers AGAIN to a connect whose listener's backlog is full, and to a
// datagram for a receiver that is behind, and tells nobody when there is room (readiness of the own
// socket says nothing about the other's queue). Such a leaf tries again by its timer, after 1 ms
// and twice as long each time up to 64 ms; a connected datagram socket is also woken by its slot.
#include "rt/os/unix.h"
#include "rt/base/alloc.h"
#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/io/leaf.h"
#include "rt/net/listener.h"

enum { MIN_RETRY_MS = 1, MAX_RETRY_MS = 64 };

struct tmlrt_unix_dgram {
    trt_tcp socket;
    trt_unix_addr path;
    trt_unix_file file;
};

// ---- trying again -------------------------------------------------------------------------------

typedef struct retry {
    trt_timer timer;
    uint32_t ms; ///< of the last wait
} retry;

// PENDING: not yet time for another try.
static tmlrt_poll retry_poll(retry* self, tmlrt_context* cx) {
    return self->timer.driver == NULL ? TMLRT_READY : trt_timer_poll(&self->timer, cx->waker);
}

static void retry_arm(retry* self, tmlrt_context* cx) {
    trt_timer_driver* timers = trt_current_timers();
    self->ms = self->ms == 0 ? MIN_RETRY_MS : self->ms < MAX_RETRY_MS ? self->ms * 2 : self->ms;
    uint64_t now_ns = timers->now_ns(timers->clock);
    trt_timer_arm(&self->timer, timers, now_ns + self->ms * 1000000ull, cx->waker);
}

// ---- listening ----------------------------------------------------------------------------------

int32_t tmlrt_unix_listen(tmlrt_tcp_listener** out, const char* path, int32_t backlog) {
    trt_unix_addr addr;
    trt_handle handle;
    if (path == NULL || backlog < 0) {
        return TMLRT_E_INVAL;
    }
    TRT_TRY(trt_unix_addr_parse(&addr, path));
    tmlrt_tcp_listener* made = trt_alloc_zero(sizeof(*made));
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    made->path = addr;
    tmlrt_status status = trt_unix_listen(&handle, &made->file, &addr, (uint32_t)backlog);
    if (status == TMLRT_OK) {
        status = trt_tcp_listener_open(&made->listener, trt_current_reactor(), trt_current_timers(),
                                       handle);
        if (status != TMLRT_OK) {
            trt_unix_unlink(&addr, &made->file);
            trt_socket_close(handle, false);
        }
    }
    if (status != TMLRT_OK) {
        trt_free(made, sizeof(*made));
        return status;
    }
    made->listener.spreads = true;
    *out = made;
    return TMLRT_OK;
}

int32_t tmlrt_unix_peer_of(const tmlrt_tcp_stream* stream, tmlrt_unix_peer* out) {
    return trt_unix_peer(stream->tcp.handle, out);
}

// The handle's stream; the handle is closed when it cannot be made.
static tmlrt_status wrap(trt_handle owned_handle, tmlrt_tcp_stream** out) {
    trt_tcp tcp = {0};
    tmlrt_status status = trt_tcp_open(&tcp, trt_current_reactor(), owned_handle);
    if (status != TMLRT_OK) {
        trt_socket_close(owned_handle, false);
        return status;
    }
    *out = trt_tcp_handle_new(&tcp);
    if (*out == NULL) {
        trt_tcp_close(&tcp, false);
        return TMLRT_E_NOMEM;
    }
    return TMLRT_OK;
}

int32_t tmlrt_unix_pair(tmlrt_tcp_stream** out_a, tmlrt_tcp_stream** out_b) {
    trt_handle two[2];
    tmlrt_tcp_stream *a = NULL, *b = NULL;
    TRT_TRY(trt_unix_pair(two, false));
    tmlrt_status status = wrap(two[0], &a);
    if (status != TMLRT_OK) {
        trt_socket_close(two[1], false);
        return status;
    }
    status = wrap(two[1], &b);
    if (status != TMLRT_OK) {
        tmlrt_tcp_stream_free(a);
        return status;
    }
    *out_a = a;
    *out_b = b;
    return TMLRT_OK;
}

// ---- connecting ---------------------------------------------------------------------------------

typedef struct connect_leaf {
    trt_io_leaf base;
    retry again;
    tmlrt_status status;
    const char* path; ///< the caller's
} connect_leaf;

void tmlrt_unix_connect_init(void* leaf, const char* path) {
    connect_leaf* self = leaf;
    trt_unix_addr addr;
    *self = (connect_leaf){.path = path};
    self->status = path != NULL ? trt_unix_addr_parse(&addr, path) : TMLRT_E_INVAL;
}

static void connect_unlink(trt_leaf* leaf) {
    trt_timer_cancel(&TRT_CONTAINER_OF(leaf, connect_leaf, base.leaf)->again.timer);
}

static void unix_connect_drop(void* frame) {
    trt_io_leaf_drop(frame, connect_unlink);
}

// One try.   Errors: AGAIN - later.
static tmlrt_status connect_once(const connect_leaf* self, tmlrt_tcp_stream** out) {
    trt_unix_addr addr;
    trt_handle handle;
    TRT_TRY(trt_unix_addr_parse(&addr, self->path));
    TRT_TRY(trt_unix_connect(&handle, &addr));
    return wrap(handle, out);
}

static tmlrt_poll unix_connect_poll(void* frame, tmlrt_context* cx, void* out) {
    connect_leaf* self = frame;
    tmlrt_tcp_opened opened = {.status = self->status};
    trt_io_leaf_begin(&self->base, &tmlrt_unix_connect_desc);
    if (!trt_coop_spend(cx)) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, connect_unlink);
    }
    bool waits = retry_poll(&self->again, cx) == TMLRT_PENDING;
    if (!waits && opened.status == TMLRT_OK) {
        opened.status = connect_once(self, &opened.stream);
        waits = opened.status == TMLRT_E_AGAIN;
        if (waits) {
            retry_arm(&self->again, cx);
        }
    }
    if (waits) {
        trt_coop_refund(cx);
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, connect_unlink);
    }
    connect_unlink(&self->base.leaf);
    *(tmlrt_tcp_opened*)out = opened;
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

static void opened_drop(void* out) {
    tmlrt_tcp_stream_free(((tmlrt_tcp_opened*)out)->stream);
}

// ---- datagrams ----------------------------------------------------------------------------------

static tmlrt_status dgram_new(tmlrt_unix_dgram** out, trt_handle owned_handle) {
    tmlrt_unix_dgram* made = trt_alloc_zero(sizeof(*made));
    tmlrt_status status = made == NULL
                              ? TMLRT_E_NOMEM
                              : trt_tcp_open(&made->socket, trt_current_reactor(), owned_handle);
    if (status != TMLRT_OK) {
        trt_free(made, sizeof(*made));
        trt_socket_close(owned_handle, false);
        return status;
    }
    *out = made;
    return TMLRT_OK;
}

int32_t tmlrt_unix_dgram_bind(tmlrt_unix_dgram** out, const char* path) {
    trt_unix_addr addr = {0};
    trt_unix_file file = {0};
    trt_handle handle;
    if (path != NULL) {
        TRT_TRY(trt_unix_addr_parse(&addr, path));
    }
    TRT_TRY(trt_unix_bind(&handle, &file, path != NULL ? &addr : NULL));
    tmlrt_status status = dgram_new(out, handle);
    if (status != TMLRT_OK) {
        trt_unix_unlink(&addr, &file);
        return status;
    }
    (*out)->path = addr;
    (*out)->file = file;
    return TMLRT_OK;
}

void tmlrt_unix_dgram_free(tmlrt_unix_dgram* dgram) {
    if (dgram != NULL) {
        trt_unix_unlink(&dgram->path, &dgram->file);
        trt_tcp_close(&dgram->socket, false);
        trt_free(dgram, sizeof(*dgram));
    }
}

int32_t tmlrt_unix_dgram_connect(tmlrt_unix_dgram* dgram, const char* path) {
    trt_unix_addr addr;
    if (path == NULL) {
        return TMLRT_E_INVAL;
    }
    TRT_TRY(trt_unix_addr_parse(&addr, path));
    return trt_unix_set_peer(dgram->socket.handle, &addr);
}

typedef struct dgram_leaf {
    trt_io_leaf base;
    retry again; ///< of a send
    tmlrt_unix_dgram* dgram;
    void* data;
    uint64_t len;
    char* name; ///< send: to whom, NULL: the connected peer; recv: 110 bytes for from whom, or NULL
} dgram_leaf;

static void send_unlink(trt_leaf* leaf) {
    dgram_leaf* self = TRT_CONTAINER_OF(leaf, dgram_leaf, base.leaf);
    trt_timer_cancel(&self->again.timer);
    trt_io_cancel(self->dgram->socket.slot, TRT_DIR_WRITE);
}

static void unix_send_drop(void* frame) {
    trt_io_leaf_drop(frame, send_unlink);
}

void tmlrt_unix_send_init(void* leaf, tmlrt_unix_dgram* dgram, const void* data, uint64_t len,
                          const char* path) {
    *(dgram_leaf*)leaf =
        (dgram_leaf){.dgram = dgram, .data = (void*)data, .len = len, .name = (char*)path};
}

static tmlrt_status send_once(const dgram_leaf* self, size_t* out_len) {
    trt_unix_addr addr;
    if (self->name != NULL) {
        TRT_TRY(trt_unix_addr_parse(&addr, self->name));
    }
    return trt_unix_send(self->dgram->socket.handle, self->data, self->len,
                         self->name != NULL ? &addr : NULL, out_len);
}

static tmlrt_poll unix_send_poll(void* frame, tmlrt_context* cx, void* out) {
    dgram_leaf* self = frame;
    trt_io_slot* slot = self->dgram->socket.slot;
    uint32_t tick;
    size_t len = 0;
    trt_io_leaf_begin(&self->base, &tmlrt_unix_send_desc);
    if (!trt_coop_spend(cx)) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, send_unlink);
    }
    // The slot's readiness is taken when it comes, the timer otherwise.
    bool is_due = trt_io_poll_ready(slot, TRT_DIR_WRITE, cx, &tick) == TMLRT_READY;
    is_due = retry_poll(&self->again, cx) == TMLRT_READY || is_due;
    tmlrt_status status = is_due ? send_once(self, &len) : TMLRT_E_AGAIN;
    if (is_due && status == TMLRT_E_AGAIN) {
        retry_arm(&self->again, cx);
        uint32_t again;
        if (trt_io_poll_ready(slot, TRT_DIR_WRITE, cx, &again) == TMLRT_READY) {
            trt_io_clear_ready(slot, TRT_DIR_WRITE, again);
        }
    }
    if (status == TMLRT_E_AGAIN) {
        trt_coop_refund(cx);
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, send_unlink);
    }
    send_unlink(&self->base.leaf);
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){status, len};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

static void recv_unlink(trt_leaf* leaf) {
    trt_io_cancel(TRT_CONTAINER_OF(leaf, dgram_leaf, base.leaf)->dgram->socket.slot, TRT_DIR_READ);
}

static void unix_recv_drop(void* frame) {
    trt_io_leaf_drop(frame, recv_unlink);
}

void tmlrt_unix_recv_init(void* leaf, tmlrt_unix_dgram* dgram, void* out, uint64_t cap,
                          char* out_name) {
    *(dgram_leaf*)leaf = (dgram_leaf){.dgram = dgram, .data = out, .len = cap, .name = out_name};
}

static tmlrt_poll unix_recv_poll(void* frame, tmlrt_context* cx, void* out) {
    dgram_leaf* self = frame;
    trt_io_slot* slot = self->dgram->socket.slot;
    trt_io_leaf_begin(&self->base, &tmlrt_unix_recv_desc);
    if (!trt_coop_spend(cx)) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, recv_unlink);
    }
    uint32_t tick;
    while (trt_io_poll_ready(slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        trt_unix_addr from = {0};
        size_t len = 0;
        bool truncated = false;
        tmlrt_status status = trt_unix_recv(self->dgram->socket.handle, self->data, self->len,
                                            &from, &len, &truncated);
        if (status == TMLRT_E_AGAIN) {
            trt_io_clear_ready(slot, TRT_DIR_READ, tick);
            continue;
        }
        if (self->name != NULL) {
            trt_unix_addr_format(&from, self->name, TRT_UNIX_NAME_CAP + 2);
        }
        *(tmlrt_udp_received*)out = (tmlrt_udp_received){status, truncated, len, {0}};
        return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
    }
    trt_coop_refund(cx);
    return trt_io_leaf_end(&self->base, TMLRT_PENDING, recv_unlink);
}

TRT_IO_LEAF_DESC(unix_connect, connect_leaf, tmlrt_tcp_opened, opened_drop)
TRT_IO_LEAF_DESC(unix_send, dgram_leaf, tmlrt_tcp_moved, NULL)
TRT_IO_LEAF_DESC(unix_recv, dgram_leaf, tmlrt_udp_received, NULL)
