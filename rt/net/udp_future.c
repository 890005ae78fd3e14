// SPDX-License-Identifier: Apache-2.0
// UDP for compiled code: sockets as handles on the heap and the leaf futures over udp.h. The socket
// belongs to the reactor of the worker that bound it and must outlive the leaves that wait on it;
// one that sends and one that receives may wait at once.
#include "rt/net/udp.h"

#include "rt/base/alloc.h"
#include "rt/exec/drivers.h"
#include "rt/io/leaf.h"

typedef struct udp_leaf {
    trt_io_leaf base;
    tmlrt_udp* udp;
    void* data; ///< what is sent, where it is received
    uint64_t len;
    trt_addr to; ///< family 0: the connected peer
    uint64_t segment, done;
} udp_leaf;

int32_t tmlrt_udp_bind(tmlrt_udp** out, const char* address, int32_t port,
                       const tmlrt_udp_options* options) {
    trt_addr addr;
    if (address == NULL || port < 0 || port > UINT16_MAX ||
        (options != NULL && (options->recv_buffer < 0 || options->send_buffer < 0))) {
        return TMLRT_E_INVAL;
    }
    TRT_TRY(trt_addr_parse(&addr, address, (uint16_t)port));
    tmlrt_udp* udp = trt_alloc(sizeof(*udp));
    if (udp == NULL) {
        return TMLRT_E_NOMEM;
    }
    tmlrt_status status = trt_udp_bind(udp, trt_current_reactor(), &addr, options);
    if (status != TMLRT_OK) {
        trt_free(udp, sizeof(*udp));
        return status;
    }
    *out = udp;
    return TMLRT_OK;
}

void tmlrt_udp_free(tmlrt_udp* udp) {
    if (udp != NULL) {
        trt_tcp_close(&udp->socket, false);
        trt_free(udp, sizeof(*udp));
    }
}

void tmlrt_udp_local_addr(const tmlrt_udp* udp, tmlrt_addr* out) {
    *out = udp->bound;
}

int32_t tmlrt_udp_connect(tmlrt_udp* udp, const tmlrt_addr* peer) {
    TRT_TRY(trt_udp_connect(udp->socket.handle, peer));
    // What was bound to every address has one of its own now.
    return trt_socket_local(udp->socket.handle, &udp->bound);
}

int32_t tmlrt_udp_set_option(tmlrt_udp* udp, int32_t option, int64_t value) {
    return trt_socket_set_option(udp->socket.handle, option, value);
}

int32_t tmlrt_udp_get_option(const tmlrt_udp* udp, int32_t option, int64_t* out) {
    return trt_socket_get_option(udp->socket.handle, option, out);
}

int32_t tmlrt_udp_membership(tmlrt_udp* udp, const tmlrt_addr* group, int32_t interface,
                             int32_t join) {
    return interface < 0
               ? TMLRT_E_INVAL
               : trt_udp_member(udp->socket.handle, group, (uint32_t)interface, join != 0);
}

// ---- the leaves ---------------------------------------------------------------------------------

static void reader_unlink(trt_leaf* leaf) {
    trt_io_cancel(TRT_CONTAINER_OF(leaf, udp_leaf, base.leaf)->udp->socket.slot, TRT_DIR_READ);
}

static void writer_unlink(trt_leaf* leaf) {
    trt_io_cancel(TRT_CONTAINER_OF(leaf, udp_leaf, base.leaf)->udp->socket.slot, TRT_DIR_WRITE);
}

static void drop_reader(void* frame) {
    trt_io_leaf_drop(frame, reader_unlink);
}

static void drop_writer(void* frame) {
    trt_io_leaf_drop(frame, writer_unlink);
}

void tmlrt_udp_send_init(void* leaf, tmlrt_udp* udp, const void* data, uint64_t len,
                         const tmlrt_addr* to) {
    udp_leaf* self = leaf;
    *self = (udp_leaf){.udp = udp, .data = (void*)data, .len = len};
    if (to != NULL) {
        self->to = *to;
    }
}

static tmlrt_poll udp_send_poll(void* frame, tmlrt_context* cx, void* out) {
    udp_leaf* self = frame;
    const tmlrt_slice bytes = {self->data, self->len};
    trt_io_result result;
    trt_io_leaf_begin(&self->base, &tmlrt_udp_send_desc);
    if (trt_udp_poll_send(self->udp, cx, &bytes, 1, self->to.family != 0 ? &self->to : NULL,
                          &result) == TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, writer_unlink);
    }
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){result.status, result.len};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

void tmlrt_udp_recv_init(void* leaf, tmlrt_udp* udp, void* out, uint64_t cap) {
    *(udp_leaf*)leaf = (udp_leaf){.udp = udp, .data = out, .len = cap};
}

static tmlrt_poll udp_recv_poll(void* frame, tmlrt_context* cx, void* out) {
    udp_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_udp_recv_desc);
    return trt_io_leaf_end(
        &self->base, trt_udp_poll_recv(self->udp, cx, self->data, self->len, out), reader_unlink);
}

void tmlrt_udp_send_batch_init(void* leaf, tmlrt_udp* udp, const tmlrt_datagram* batch,
                               int32_t num) {
    *(udp_leaf*)leaf =
        (udp_leaf){.udp = udp, .data = (void*)batch, .len = num > 0 ? (uint64_t)num : 0};
}

static tmlrt_poll udp_send_batch_poll(void* frame, tmlrt_context* cx, void* out) {
    udp_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_udp_send_batch_desc);
    return trt_io_leaf_end(
        &self->base, trt_udp_poll_send_batch(self->udp, cx, self->data, (uint32_t)self->len, out),
        writer_unlink);
}

void tmlrt_udp_recv_batch_init(void* leaf, tmlrt_udp* udp, tmlrt_datagram* batch, int32_t num) {
    tmlrt_udp_send_batch_init(leaf, udp, batch, num);
}

static tmlrt_poll udp_recv_batch_poll(void* frame, tmlrt_context* cx, void* out) {
    udp_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_udp_recv_batch_desc);
    return trt_io_leaf_end(
        &self->base, trt_udp_poll_recv_batch(self->udp, cx, self->data, (uint32_t)self->len, out),
        reader_unlink);
}

void tmlrt_udp_send_segments_init(void* leaf, tmlrt_udp* udp, const void* data, uint64_t len,
                                  uint64_t segment, const tmlrt_addr* to) {
    tmlrt_udp_send_init(leaf, udp, data, len, to);
    ((udp_leaf*)leaf)->segment = segment;
}

static tmlrt_poll udp_send_segments_poll(void* frame, tmlrt_context* cx, void* out) {
    udp_leaf* self = frame;
    tmlrt_status status = self->len == 0 || self->segment == 0 ? TMLRT_E_INVAL : TMLRT_OK;
    trt_io_leaf_begin(&self->base, &tmlrt_udp_send_segments_desc);
    while (status == TMLRT_OK && self->done < self->len) {
        tmlrt_slice rest = {(char*)self->data + self->done, self->len - self->done};
        trt_io_result result = {0};
        if (trt_udp_poll_send_segments(self->udp, cx, rest, self->segment,
                                       self->to.family != 0 ? &self->to : NULL,
                                       &result) == TMLRT_PENDING) {
            return trt_io_leaf_end(&self->base, TMLRT_PENDING, writer_unlink);
        }
        status = result.status;
        self->done += result.len;
    }
    *(tmlrt_tcp_moved*)out = (tmlrt_tcp_moved){status, self->done};
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

void tmlrt_udp_recv_segments_init(void* leaf, tmlrt_udp* udp, void* out, uint64_t cap) {
    tmlrt_udp_recv_init(leaf, udp, out, cap);
}

static tmlrt_poll udp_recv_segments_poll(void* frame, tmlrt_context* cx, void* out) {
    udp_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_udp_recv_segments_desc);
    return trt_io_leaf_end(&self->base,
                           trt_udp_poll_recv_segments(self->udp, cx, self->data, self->len, out),
                           reader_unlink);
}

#define udp_send_segments_drop drop_writer
#define udp_recv_segments_drop drop_reader
#define udp_send_drop          drop_writer
#define udp_recv_drop          drop_reader
#define udp_send_batch_drop    drop_writer
#define udp_recv_batch_drop    drop_reader
TRT_IO_LEAF_DESC(udp_send, udp_leaf, tmlrt_tcp_moved, NULL)
TRT_IO_LEAF_DESC(udp_recv, udp_leaf, tmlrt_udp_received, NULL)
TRT_IO_LEAF_DESC(udp_send_batch, udp_leaf, tmlrt_batched, NULL)
TRT_IO_LEAF_DESC(udp_recv_batch, udp_leaf, tmlrt_batched, NULL)
TRT_IO_LEAF_DESC(udp_send_segments, udp_leaf, tmlrt_tcp_moved, NULL)
TRT_IO_LEAF_DESC(udp_recv_segments, udp_leaf, tmlrt_udp_segments, NULL)
