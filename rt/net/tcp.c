// SPDX-License-Identifier: Apache-2.0
// TCP connections: system calls tried only while the slot says ready.
//
// Every operation follows one protocol: wait for readiness and note its tick; make the system call;
// on AGAIN clear the readiness of that tick and wait again (an edge that came in between keeps the
// direction ready, and the call is tried once more); on a short read or write clear it as well,
// since the kernel's buffer is then empty or full (not after the peer finished: then the end is
// still to be read and no edge will come). A peer's urgent data can end a read early too: such a
// peer may wait for its answer until it sends more, or runs into a timeout.
//
// Called by connection tasks, by the futures in rt/net, by rt/net/listener.c. A connection's
// two directions may be polled by two tasks, each by one at a time.
#include "rt/net/tcp.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/exec/coop.h"
#include "rt/exec/leaf.h"

enum { MAX_SLICES = 64 };

tmlrt_status trt_tcp_open(trt_tcp* out, trt_reactor* reactor, trt_handle owned_handle) {
    trt_tcp tcp = {.reactor = reactor, .handle = owned_handle};
    TRT_TRY(trt_reactor_register(reactor, owned_handle, &tcp.slot));
    *out = tcp;
    return TMLRT_OK;
}

tmlrt_status trt_tcp_connect(trt_tcp* out, trt_reactor* reactor, const trt_addr* addr) {
    return trt_tcp_connect_from(out, reactor, addr, NULL, false);
}

tmlrt_status trt_tcp_connect_from(trt_tcp* out, trt_reactor* reactor, const trt_addr* addr,
                                  const trt_addr* from, bool fastopen) {
    trt_handle handle;
    TRT_TRY(trt_socket_connect_from(&handle, addr, from, fastopen));
    tmlrt_status status = trt_tcp_open(out, reactor, handle);
    if (status != TMLRT_OK) {
        trt_socket_close(handle, true);
        return status;
    }
    // A new slot is ready for a first try, but here only an event tells that it is connected.
    trt_io_clear_ready(out->slot, TRT_DIR_WRITE, 0);
    return TMLRT_OK;
}

tmlrt_poll trt_tcp_poll_connect(trt_tcp* tcp, tmlrt_context* cx, tmlrt_status* out_status) {
    uint32_t tick;
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    if (trt_io_poll_ready(tcp->slot, TRT_DIR_WRITE, cx, &tick) == TMLRT_PENDING) {
        trt_coop_refund(cx);
        return TMLRT_PENDING;
    }
    *out_status = trt_socket_error(tcp->handle);
    return TMLRT_READY;
}

// The connection is what its task looks at first when it goes on.
static inline tmlrt_poll pending_at(const trt_tcp* tcp) {
    trt_leaf_near(tcp);
    return TMLRT_PENDING;
}

// Readiness is looked at before the budget: who has to wait spends nothing, and needs nothing.
tmlrt_poll trt_tcp_poll_read(trt_tcp* tcp, tmlrt_context* cx, void* out, size_t cap,
                             trt_io_result* result) {
    TRT_ASSERT(cap != 0);
    uint32_t tick;
    while (trt_io_poll_ready(tcp->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        size_t len = 0;
        tmlrt_status status = trt_socket_recv(tcp->handle, out, cap, &len);
        if (TRT_UNLIKELY(status == TMLRT_E_AGAIN)) {
            trt_io_clear_ready(tcp->slot, TRT_DIR_READ, tick);
            trt_coop_refund(cx);
            continue;
        }
        if (len != 0 && len < cap) {
            trt_io_drained(tcp->slot, TRT_DIR_READ, tick);
        }
        *result = (trt_io_result){status, len};
        return TMLRT_READY;
    }
    return pending_at(tcp);
}

tmlrt_poll trt_tcp_poll_readable(trt_tcp* tcp, tmlrt_context* cx) {
    uint32_t tick;
    tmlrt_poll answer = trt_io_poll_ready(tcp->slot, TRT_DIR_READ, cx, &tick);
    return answer == TMLRT_PENDING ? pending_at(tcp) : answer;
}

tmlrt_poll trt_tcp_poll_peek(trt_tcp* tcp, tmlrt_context* cx, void* out, size_t cap,
                             trt_io_result* result) {
    uint32_t tick;
    while (trt_io_poll_ready(tcp->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        size_t len = 0;
        tmlrt_status status = trt_socket_peek(tcp->handle, out, cap, &len);
        if (status != TMLRT_E_AGAIN) { // the bytes are still there: readiness stays
            *result = (trt_io_result){status, len};
            return TMLRT_READY;
        }
        trt_io_clear_ready(tcp->slot, TRT_DIR_READ, tick);
        trt_coop_refund(cx);
    }
    return pending_at(tcp);
}

static size_t total_of(const tmlrt_slice* slices, uint32_t num) {
    size_t total = 0;
    for (uint32_t i = 0; i < num; i++) {
        total += slices[i].len;
    }
    return total;
}

tmlrt_poll trt_tcp_poll_readv(trt_tcp* tcp, tmlrt_context* cx, const tmlrt_slice* slices,
                              uint32_t num, trt_io_result* result) {
    uint32_t tick;
    num = num < MAX_SLICES ? num : MAX_SLICES;
    while (trt_io_poll_ready(tcp->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        size_t len = 0;
        tmlrt_status status = trt_socket_recvv(tcp->handle, slices, num, &len);
        if (TRT_UNLIKELY(status == TMLRT_E_AGAIN)) {
            trt_io_clear_ready(tcp->slot, TRT_DIR_READ, tick);
            trt_coop_refund(cx);
            continue;
        }
        if (len != 0 && len < total_of(slices, num)) {
            trt_io_drained(tcp->slot, TRT_DIR_READ, tick);
        }
        *result = (trt_io_result){status, len};
        return TMLRT_READY;
    }
    return pending_at(tcp);
}

tmlrt_poll trt_tcp_poll_writev(trt_tcp* tcp, tmlrt_context* cx, const tmlrt_slice* slices,
                               uint32_t num, trt_io_result* result) {
    uint32_t tick;
    num = num < MAX_SLICES ? num : MAX_SLICES;
    while (trt_io_poll_ready(tcp->slot, TRT_DIR_WRITE, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        size_t len = 0;
        tmlrt_status status = trt_socket_sendv(tcp->handle, slices, num, &len);
        if (TRT_UNLIKELY(status == TMLRT_E_AGAIN)) {
            trt_io_clear_ready(tcp->slot, TRT_DIR_WRITE, tick);
            trt_coop_refund(cx);
            continue;
        }
        if (TRT_LIKELY(status == TMLRT_OK) &&
            TRT_UNLIKELY(len < (num == 1 ? slices->len : total_of(slices, num)))) {
            trt_io_drained(tcp->slot, TRT_DIR_WRITE, tick);
        }
        *result = (trt_io_result){status, len};
        return TMLRT_READY;
    }
    return pending_at(tcp);
}

bool trt_tcp_hung_up(const trt_tcp* tcp) {
    return trt_io_hung_up(tcp->slot);
}

tmlrt_poll trt_tcp_poll_hangup(trt_tcp* tcp, tmlrt_context* cx) {
    return trt_io_poll_hangup(tcp->slot, cx);
}

void trt_tcp_cancel(trt_tcp* tcp) {
    trt_io_cancel(tcp->slot, TRT_DIR_READ);
    trt_io_cancel(tcp->slot, TRT_DIR_WRITE);
}

void trt_tcp_shutdown_write(trt_tcp* tcp) {
    trt_socket_shutdown_write(tcp->handle);
}

void trt_tcp_close(trt_tcp* tcp, bool abortive) {
    if (tcp->slot == NULL) {
        return;
    }
    trt_reactor_forget(tcp->reactor, tcp->slot);
    trt_socket_close(tcp->handle, abortive);
    *tcp = (trt_tcp){0};
}

// ---- as a stream --------------------------------------------------------------------------------

static tmlrt_poll stream_poll_read(void* self, tmlrt_context* cx, void* out, size_t cap,
                                   trt_io_result* result) {
    return trt_tcp_poll_read(self, cx, out, cap, result);
}

static tmlrt_poll stream_poll_readable(void* self, tmlrt_context* cx) {
    return trt_tcp_poll_readable(self, cx);
}

static tmlrt_poll stream_poll_writev(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                                     uint32_t num, trt_io_result* result) {
    return trt_tcp_poll_writev(self, cx, slices, num, result);
}

static tmlrt_poll stream_poll_shutdown(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    (void)cx;
    trt_tcp_shutdown_write(self);
    *out_status = TMLRT_OK;
    return TMLRT_READY;
}

static bool stream_hung_up(const void* self) {
    return trt_tcp_hung_up(self);
}

static tmlrt_poll stream_poll_hangup(void* self, tmlrt_context* cx) {
    return trt_tcp_poll_hangup(self, cx);
}

static void stream_close(void* self, bool abortive) {
    trt_tcp_close(self, abortive);
}

static void stream_cancel(void* self, int32_t direction) {
    trt_io_cancel(((trt_tcp*)self)->slot,
                  direction == TMLRT_IO_READ ? TRT_DIR_READ : TRT_DIR_WRITE);
}

static tmlrt_poll stream_poll_readv(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                                    uint32_t num, trt_io_result* result) {
    return trt_tcp_poll_readv(self, cx, slices, num, result);
}

static void handle_close(void* self, bool abortive) {
    trt_tcp_close(self, abortive);
    trt_free(TRT_CONTAINER_OF(self, tmlrt_tcp_stream, tcp), sizeof(tmlrt_tcp_stream));
}

#define STREAM_VTABLE(close_fn)                                                                    \
    {                                                                                              \
        .poll_read = stream_poll_read,                                                             \
        .poll_readable = stream_poll_readable,                                                     \
        .poll_writev = stream_poll_writev,                                                         \
        .poll_shutdown = stream_poll_shutdown,                                                     \
        .hung_up = stream_hung_up,                                                                 \
        .poll_hangup = stream_poll_hangup,                                                         \
        .close = (close_fn),                                                                       \
        .cancel = stream_cancel,                                                                   \
        .poll_readv = stream_poll_readv,                                                           \
    }
static const trt_stream_vtable s_stream = STREAM_VTABLE(stream_close);
static const trt_stream_vtable s_handle = STREAM_VTABLE(handle_close);

trt_stream trt_tcp_stream(trt_tcp* tcp) {
    return (trt_stream){&s_stream, tcp};
}

tmlrt_tcp_stream* trt_tcp_handle_new(const trt_tcp* owned_tcp) {
    tmlrt_tcp_stream* made = trt_alloc(sizeof(*made));
    if (made != NULL) {
        *made = (tmlrt_tcp_stream){.base.io = {&s_handle, &made->tcp}, .tcp = *owned_tcp};
    }
    return made;
}

trt_handle trt_tcp_stream_handle(const tmlrt_stream* stream) {
    return stream->io.vtable == &s_handle ? ((const trt_tcp*)stream->io.self)->handle
                                          : TRT_HANDLE_NONE;
}
