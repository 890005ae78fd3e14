// SPDX-License-Identifier: Apache-2.0
// UDP sockets: system calls tried only while the slot says ready, by the protocol of tcp.c. A
// datagram socket has no short reads: readiness is cleared only by AGAIN. An error that the network
// reported for an earlier datagram (CONNREFUSED) is the answer of the next operation and does not
// close the socket.
#include "rt/net/udp.h"

#include "rt/base/assert.h"
#include "rt/exec/coop.h"

tmlrt_status trt_udp_bind(tmlrt_udp* out, trt_reactor* reactor, const trt_addr* addr,
                          const tmlrt_udp_options* options) {
    static const tmlrt_udp_options s_defaults;
    tmlrt_udp udp = {{0}, {0}};
    trt_handle handle;
    TRT_TRY(trt_udp_open(&handle, &udp.bound, addr, options != NULL ? options : &s_defaults));
    tmlrt_status status = trt_tcp_open(&udp.socket, reactor, handle);
    if (status != TMLRT_OK) {
        trt_socket_close(handle, false);
        return status;
    }
    *out = udp;
    return TMLRT_OK;
}

/// One operation as it is tried: `arg` says what, the answer is a status.
typedef tmlrt_status (*try_fn)(trt_handle handle, void* arg);

// Waits for readiness and tries until the answer is not AGAIN.
static tmlrt_poll attempt(tmlrt_udp* udp, tmlrt_context* cx, int direction, try_fn try_once,
                          void* arg, tmlrt_status* out_status) {
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    uint32_t tick;
    while (trt_io_poll_ready(udp->socket.slot, direction, cx, &tick) == TMLRT_READY) {
        tmlrt_status status = try_once(udp->socket.handle, arg);
        if (status != TMLRT_E_AGAIN) {
            *out_status = status;
            return TMLRT_READY;
        }
        trt_io_clear_ready(udp->socket.slot, direction, tick);
    }
    trt_coop_refund(cx);
    return TMLRT_PENDING;
}

// ---- one datagram -------------------------------------------------------------------------------

typedef struct one {
    const tmlrt_slice* slices;
    uint32_t num;
    const trt_addr* to;
    void* out;
    size_t cap, len;
    trt_addr from;
    bool truncated;
} one;

static tmlrt_status try_send(trt_handle handle, void* arg) {
    one* it = arg;
    return trt_udp_send(handle, it->slices, it->num, it->to, &it->len);
}

tmlrt_poll trt_udp_poll_send(tmlrt_udp* udp, tmlrt_context* cx, const tmlrt_slice* slices,
                             uint32_t num, const trt_addr* to, trt_io_result* result) {
    one it = {.slices = slices, .num = num, .to = to};
    tmlrt_status status;
    if (attempt(udp, cx, TRT_DIR_WRITE, try_send, &it, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *result = (trt_io_result){status, it.len};
    return TMLRT_READY;
}

static tmlrt_status try_recv(trt_handle handle, void* arg) {
    one* it = arg;
    return trt_udp_recv(handle, it->out, it->cap, &it->from, &it->len, &it->truncated);
}

tmlrt_poll trt_udp_poll_recv(tmlrt_udp* udp, tmlrt_context* cx, void* out, size_t cap,
                             tmlrt_udp_received* result) {
    one it = {.out = out, .cap = cap};
    tmlrt_status status;
    if (attempt(udp, cx, TRT_DIR_READ, try_recv, &it, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *result = (tmlrt_udp_received){status, it.truncated, it.len, it.from};
    return TMLRT_READY;
}

// ---- batches ------------------------------------------------------------------------------------

typedef struct many {
    tmlrt_datagram* batch;
    uint32_t num, moved;
} many;

static tmlrt_status try_send_batch(trt_handle handle, void* arg) {
    many* it = arg;
    return trt_udp_send_batch(handle, it->batch, it->num, &it->moved);
}

static tmlrt_status try_recv_batch(trt_handle handle, void* arg) {
    many* it = arg;
    return trt_udp_recv_batch(handle, it->batch, it->num, &it->moved);
}

static tmlrt_poll move_batch(tmlrt_udp* udp, tmlrt_context* cx, int direction, many* it,
                             tmlrt_batched* result) {
    tmlrt_status status = TMLRT_E_INVAL;
    if (it->num != 0 &&
        attempt(udp, cx, direction, direction == TRT_DIR_READ ? try_recv_batch : try_send_batch, it,
                &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *result = (tmlrt_batched){status, (int32_t)it->moved};
    return TMLRT_READY;
}

tmlrt_poll trt_udp_poll_send_batch(tmlrt_udp* udp, tmlrt_context* cx, const tmlrt_datagram* batch,
                                   uint32_t num, tmlrt_batched* result) {
    many it = {.batch = (tmlrt_datagram*)batch, .num = num};
    return move_batch(udp, cx, TRT_DIR_WRITE, &it, result);
}

tmlrt_poll trt_udp_poll_recv_batch(tmlrt_udp* udp, tmlrt_context* cx, tmlrt_datagram* batch,
                                   uint32_t num, tmlrt_batched* result) {
    many it = {.batch = batch, .num = num};
    return move_batch(udp, cx, TRT_DIR_READ, &it, result);
}

// ---- segments -----------------------------------------------------------------------------------

typedef struct segments {
    tmlrt_slice bytes;
    const trt_addr* to;
    void* out;
    size_t cap, segment, moved;
    tmlrt_udp_segments got;
} segments;

static tmlrt_status try_send_segments(trt_handle handle, void* arg) {
    segments* it = arg;
    return trt_udp_send_segments(handle, it->bytes.data, it->bytes.len, it->segment, it->to,
                                 &it->moved);
}

tmlrt_poll trt_udp_poll_send_segments(tmlrt_udp* udp, tmlrt_context* cx, tmlrt_slice bytes,
                                      size_t segment, const trt_addr* to, trt_io_result* result) {
    segments it = {.bytes = bytes, .segment = segment, .to = to};
    tmlrt_status status;
    if (attempt(udp, cx, TRT_DIR_WRITE, try_send_segments, &it, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *result = (trt_io_result){status, it.moved};
    return TMLRT_READY;
}

static tmlrt_status try_recv_segments(trt_handle handle, void* arg) {
    segments* it = arg;
    return trt_udp_recv_segments(handle, it->out, it->cap, &it->got);
}

tmlrt_poll trt_udp_poll_recv_segments(tmlrt_udp* udp, tmlrt_context* cx, void* out, size_t cap,
                                      tmlrt_udp_segments* result) {
    segments it = {.out = out, .cap = cap};
    tmlrt_status status;
    if (attempt(udp, cx, TRT_DIR_READ, try_recv_segments, &it, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *result = it.got;
    result->status = status;
    return TMLRT_READY;
}
