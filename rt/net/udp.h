// SPDX-License-Identifier: Apache-2.0
// UDP over reactor slots, polled: for C code above the runtime (a QUIC endpoint). Compiled code
// uses the futures of functions.def, which stand on this.
#ifndef TRT_NET_UDP_H
#define TRT_NET_UDP_H

#include "rt/net/tcp.h"
#include "rt/os/udp.h"

/// tmlrt_udp is a bound datagram socket; `socket` is opened and closed as a connection's is.
struct tmlrt_udp {
    trt_tcp socket;
    trt_addr bound;
};

/// trt_udp_bind opens a socket on `addr` (port 0 picks one) that belongs to `reactor`.
/// Errors:  as trt_udp_open; NOMEM, MFILE of the reactor - nothing opened.
tmlrt_status trt_udp_bind(tmlrt_udp* out, trt_reactor* reactor, const trt_addr* addr,
                          const tmlrt_udp_options* options);
/// trt_udp_poll_send sends one datagram to `to` (NULL: the connected peer); a datagram is sent
/// whole or not at all. Result errors: as trt_udp_send but AGAIN.   Cost: one unit per datagram.
tmlrt_poll trt_udp_poll_send(tmlrt_udp* udp, tmlrt_context* cx, const tmlrt_slice* slices,
                             uint32_t num, const trt_addr* to, trt_io_result* result);
/// trt_udp_poll_recv takes one datagram into out[0, cap); what is longer is cut and told.
/// Result errors: CONNREFUSED - one that was sent before was refused. OS.   Cost: as send.
tmlrt_poll trt_udp_poll_recv(tmlrt_udp* udp, tmlrt_context* cx, void* out, size_t cap,
                             tmlrt_udp_received* result);
/// trt_udp_poll_send_batch and trt_udp_poll_recv_batch move 1 to 32 of `num` datagrams with one
/// system call. Cost: one unit per call.
tmlrt_poll trt_udp_poll_send_batch(tmlrt_udp* udp, tmlrt_context* cx, const tmlrt_datagram* batch,
                                   uint32_t num, tmlrt_batched* result);
tmlrt_poll trt_udp_poll_recv_batch(tmlrt_udp* udp, tmlrt_context* cx, tmlrt_datagram* batch,
                                   uint32_t num, tmlrt_batched* result);
/// trt_udp_poll_send_segments sends once what trt_udp_send_segments does.   Cost: one unit per
/// call.
tmlrt_poll trt_udp_poll_send_segments(tmlrt_udp* udp, tmlrt_context* cx, tmlrt_slice bytes,
                                      size_t segment, const trt_addr* to, trt_io_result* result);
/// trt_udp_poll_recv_segments takes what trt_udp_recv_segments does.   Cost: one unit.
tmlrt_poll trt_udp_poll_recv_segments(tmlrt_udp* udp, tmlrt_context* cx, void* out, size_t cap,
                                      tmlrt_udp_segments* result);

#endif
