// SPDX-License-Identifier: Apache-2.0
// Non-blocking datagram sockets over IPv4 and IPv6. Closed by trt_socket_close; options and
// addresses are those of rt/os/socket.h.
#ifndef TRT_OS_UDP_H
#define TRT_OS_UDP_H

#include "rt/os/socket.h"

enum { TRT_UDP_BATCH = 32 }; ///< most datagrams that one call of a batch moves

/// trt_udp_open makes a socket bound to `addr` (port 0 picks one, *out_bound tells).
/// Errors:  ADDRINUSE, ADDRNOTAVAIL, PERM, MFILE, NOMEM, UNSUPPORTED, INVAL, OS - nothing opened.
tmlrt_status trt_udp_open(trt_handle* out, trt_addr* out_bound, const trt_addr* addr,
                          const tmlrt_udp_options* options);
/// trt_udp_connect sets the peer: sends go there, others' datagrams are not received.
/// Errors:  HOSTUNREACH, INVAL, PERM, OS.   Cost: one system call, never waits.
tmlrt_status trt_udp_connect(trt_handle handle, const trt_addr* peer);
/// trt_udp_send sends one datagram from up to 64 slices to `to`, NULL: the connected peer.
/// Errors:  AGAIN, MSGSIZE, CONNREFUSED (an earlier one was), HOSTUNREACH, NOTCONN - no `to` and no
///          peer. NOMEM - no room in the system's queue. PERM, INVAL, OS.
tmlrt_status trt_udp_send(trt_handle handle, const tmlrt_slice* slices, uint32_t num,
                          const trt_addr* to, size_t* out_len);
/// trt_udp_recv takes one datagram; *out_truncated: it was longer than `cap`, the rest is lost.
/// Errors:  AGAIN, CONNREFUSED (one sent before was refused), OS.
tmlrt_status trt_udp_recv(trt_handle handle, void* out, size_t cap, trt_addr* out_from,
                          size_t* out_len, bool* out_truncated);
/// trt_udp_send_batch sends up to TRT_UDP_BATCH datagrams in order and tells how many were taken,
/// at least 1. Errors:  as trt_udp_send, of the first one.   Cost: one system call where there is
/// sendmmsg.
tmlrt_status trt_udp_send_batch(trt_handle handle, const tmlrt_datagram* batch, uint32_t num,
                                uint32_t* out_num);
/// trt_udp_recv_batch takes up to TRT_UDP_BATCH datagrams that are there, at least 1.
/// Errors:  as trt_udp_recv.   Cost: one system call where there is recvmmsg.
tmlrt_status trt_udp_recv_batch(trt_handle handle, tmlrt_datagram* batch, uint32_t num,
                                uint32_t* out_num);
/// trt_udp_send_segments sends `len` > 0 bytes as datagrams of `segment` > 0 bytes, the last one of
/// what is left. *out_len: the bytes of those that were taken, at least one datagram's; up to 64 go
/// with one call. Errors:  as trt_udp_send, of the first one.
/// Cost:    one system call where the system cuts them itself.
tmlrt_status trt_udp_send_segments(trt_handle handle, const void* data, size_t len, size_t segment,
                                   const trt_addr* to, size_t* out_len);
/// trt_udp_recv_segments takes one datagram, or with TMLRT_SOCK_UDP_JOIN several of one sender and
/// length that came behind each other; `status` of the result is left alone.
/// Errors:  as trt_udp_recv.   Cost: one system call.
tmlrt_status trt_udp_recv_segments(trt_handle handle, void* out, size_t cap,
                                   tmlrt_udp_segments* result);
/// trt_udp_member joins or leaves a multicast group on an interface (index; 0: the system chooses).
/// Errors:  INVAL - not a multicast address, or not a member. ADDRINUSE - a member already.
/// NOTFOUND
///          - no such interface. NOMEM, OS.
tmlrt_status trt_udp_member(trt_handle handle, const trt_addr* group, uint32_t interface,
                            bool join);

#endif
