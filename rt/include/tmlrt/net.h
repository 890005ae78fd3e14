// SPDX-License-Identifier: Apache-2.0
// Networking for C programs: the functions are those of compiled code (abi/functions.def, "TCP",
// "names and addresses", "UDP", "Unix sockets"); here are the C forms of their outputs and options.
// A future is awaited by polling its descriptor, or blocked on:
//     char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
//     tmlrt_tcp_connect_init(leaf, "example.com", 80);
//     tmlrt_block_on_future(&tmlrt_tcp_connect_desc, leaf, &opened);
#ifndef TMLRT_NET_H
#define TMLRT_NET_H

#include <tmlrt/abi/functions.h>

/// tmlrt_addr is an IPv4 or IPv6 address and port: family 4 or 6 (all-zero: none), bytes in
/// network order, port in host order. Plain data of 24 bytes.
struct tmlrt_addr {
    uint8_t family;
    uint8_t ip[16];
    uint16_t port;
    uint32_t scope_id;
};

/// tmlrt_tcp_opened is the output of the accept and connect futures.
/// Owns:    the stream is the caller's, tmlrt_tcp_stream_free; NULL unless status is 0.
typedef struct tmlrt_tcp_opened {
    tmlrt_status status;
    tmlrt_tcp_stream* stream;
} tmlrt_tcp_opened;

/// tmlrt_tcp_moved is the output of the read and write futures; `len` counts also when a write
/// failed half way.
typedef struct tmlrt_tcp_moved {
    tmlrt_status status;
    uint64_t len;
} tmlrt_tcp_moved;

/// tmlrt_tcp_dialed is the output of tmlrt_tcp_dial: as tmlrt_tcp_opened, and when it failed a line
/// about every address that was tried.
/// Owns:    `told` is the caller's, NUL-terminated, libc's free; NULL when status is 0 or without
///          memory.
typedef struct tmlrt_tcp_dialed {
    tmlrt_status status;
    tmlrt_tcp_stream* stream;
    char* told;
} tmlrt_tcp_dialed;

/// tmlrt_resolved is the output of tmlrt_resolve.   Owns: `list` is the caller's,
/// tmlrt_addr_list_free; NULL unless status is 0.
typedef struct tmlrt_resolved {
    tmlrt_status status;
    tmlrt_addr_list* list;
} tmlrt_resolved;

/// Options of tmlrt_socket_set_option and _get_option; values are never renumbered. The value is a
/// 64-bit number: 0 or 1 for a switch, else in the unit named.
enum {
    TMLRT_SOCK_NODELAY = 1,              ///< switch; on for every socket the library makes
    TMLRT_SOCK_KEEPALIVE = 2,            ///< switch
    TMLRT_SOCK_KEEPALIVE_IDLE = 3,       ///< seconds of silence before the first probe
    TMLRT_SOCK_KEEPALIVE_INTERVAL = 4,   ///< seconds between probes
    TMLRT_SOCK_KEEPALIVE_COUNT = 5,      ///< probes before the connection is given up
    TMLRT_SOCK_LINGER = 6,               ///< seconds a close may take; 0 resets; -1: off
    TMLRT_SOCK_RECV_BUFFER = 7,          ///< bytes; the system may round, Linux doubles
    TMLRT_SOCK_SEND_BUFFER = 8,          ///< bytes
    TMLRT_SOCK_TTL = 9,                  ///< hops, 1 to 255
    TMLRT_SOCK_TOS = 10,                 ///< traffic class, 0 to 255
    TMLRT_SOCK_USER_TIMEOUT = 11,        ///< milliseconds that sent data may stay unacknowledged
    TMLRT_SOCK_REUSE_PORT = 12,          ///< switch; before bind
    TMLRT_SOCK_V6ONLY = 13,              ///< switch; before bind
    TMLRT_SOCK_DEFER_ACCEPT = 14,        ///< seconds a listener waits for the first bytes
    TMLRT_SOCK_FASTOPEN = 15,            ///< connections in a listener's fast-open queue
    TMLRT_SOCK_FASTOPEN_CONNECT = 16,    ///< switch; before connect
    TMLRT_SOCK_BROADCAST = 17,           ///< switch
    TMLRT_SOCK_MULTICAST_TTL = 18,       ///< hops, 0 to 255
    TMLRT_SOCK_MULTICAST_LOOP = 19,      ///< switch
    TMLRT_SOCK_MULTICAST_INTERFACE = 20, ///< interface index; write only on IPv4
    TMLRT_SOCK_QUICKACK = 21,            ///< switch
    TMLRT_SOCK_NOTSENT_LOWAT = 22,       ///< bytes
    TMLRT_SOCK_UDP_JOIN = 23,            ///< switch; see tmlrt_udp_recv_segments_init
};

/// tmlrt_listen_options: all-zero is every default.
struct tmlrt_listen_options {
    int32_t backlog;        ///< connections that wait to be accepted; 0: 4096
    int32_t reuse_port;     ///< 1: others may listen on the same port
    int32_t v6_only;        ///< 1: an IPv6 listener takes no IPv4 peers
    int32_t defer_accept_s; ///< wait for the first bytes, so many seconds; 0: off
    int32_t fastopen;       ///< length of the fast-open queue; 0: off
    int32_t recv_buffer;    ///< bytes, inherited by what is accepted; 0: the system's
    int32_t send_buffer;    ///< as recv_buffer
    int32_t keepalive_s;    ///< idle seconds before keep-alive probes, inherited; 0: off
};

/// tmlrt_dial_options: all-zero is every default.
struct tmlrt_dial_options {
    int32_t resolve_ms; ///< how long the name may take; 0: 10,000
    int32_t stagger_ms; ///< head start of an address before the next one; 0: 250 (RFC 8305)
    int32_t connect_ms; ///< how long connecting may take in all, behind the name; 0: 30,000
    int32_t family;     ///< 4 or 6: addresses of that family only; 0: both
    int32_t fastopen;   ///< 1: the first bytes may travel with the SYN
    int32_t reserved;   ///< 0
    tmlrt_addr local;   ///< where to connect from; family 0: the system's choice
};

/// tmlrt_udp_options: all-zero is every default.
struct tmlrt_udp_options {
    int32_t reuse_port, v6_only, broadcast; ///< switches
    int32_t recv_buffer, send_buffer;       ///< bytes; 0: the system's
    int32_t reuse_addr; ///< 1: others may bind the port too (multicast receivers)
};

/// tmlrt_datagram is one datagram of a batch.
/// Shape:   sending: data and len, `addr` of family 0 goes to the connected peer. Receiving: cap
///          bytes at `data`; len, addr and truncated are written.
struct tmlrt_datagram {
    char* data;
    uint64_t len, cap;
    tmlrt_addr addr;
    int32_t truncated; ///< 1: it was longer than cap, the rest is lost
    int32_t reserved;
};

/// tmlrt_udp_received is the output of tmlrt_udp_recv.
typedef struct tmlrt_udp_received {
    tmlrt_status status;
    int32_t truncated; ///< 1: it was longer than the buffer, the rest is lost
    uint64_t len;
    tmlrt_addr from;
} tmlrt_udp_received;

/// tmlrt_udp_segments is the output of tmlrt_udp_recv_segments: one datagram, or several of one
/// sender behind each other, each of `segment` bytes and the last one of what is left.
typedef struct tmlrt_udp_segments {
    tmlrt_status status;
    int32_t truncated; ///< 1: they were longer than the buffer, the rest is lost
    uint64_t len;      ///< bytes in all
    uint64_t segment;  ///< equal to `len` when it is one datagram
    tmlrt_addr from;
} tmlrt_udp_segments;

/// tmlrt_batched is the output of the batch futures: how many datagrams were moved, at least 1
/// when status is 0.
typedef struct tmlrt_batched {
    tmlrt_status status;
    int32_t num;
} tmlrt_batched;

enum { TMLRT_MAX_HANDLES = 16 }; ///< that travel with one message

/// tmlrt_unix_taken is the output of tmlrt_unix_take: the bytes that came, and the handles that
/// came along.   Owns: `num` handles are the taker's; a future that is dropped closes them.
typedef struct tmlrt_unix_taken {
    tmlrt_status status;
    int32_t num;
    uint64_t len;
    int32_t lost; ///< 1: there were more than 16, or no free number for one; they are closed
    int32_t handles[TMLRT_MAX_HANDLES];
    int32_t reserved;
} tmlrt_unix_taken;

/// tmlrt_unix_peer is who is at the other end of a Unix socket, told by the kernel.
struct tmlrt_unix_peer {
    int64_t pid; ///< -1: not known
    int64_t uid, gid;
};

#endif
