// SPDX-License-Identifier: Apache-2.0
// Link: what a worker knows of one connection, whatever it speaks: the transport, who the peer is,
// and its places in the worker's lists. The first of every connection's frame; it moves from the
// greeting's (greeting.c) to that of the protocol which was agreed on. Private to std/http/server.
#ifndef TRT_HTTP_SERVER_LINK_H
#define TRT_HTTP_SERVER_LINK_H

#include "rt/base/list.h"
#include "rt/net/tcp.h"
#include "rt/tls/stream.h"
#include "std/http/core/message.h"
#include "std/http/server/server.h"
#include "std/http/server/sources.h"

typedef struct trt_http_shard trt_http_shard;

/// trt_http_link is one connection. Touched by its worker only.
typedef struct trt_http_link {
    trt_http_shard* shard;
    const trt_http_spoken* spoken; ///< of the listener
    trt_tcp tcp;                   ///< of a plain connection
    tmlrt_tls_stream* tls;         ///< NULL: plain; else it has the socket
    trt_stream stream;             ///< over either; vtable NULL: not entered yet
    trt_list_node node;            ///< in shard->conns
    trt_list_node idle_node;       ///< in shard->idle while idle
    tmlrt_waker waker;             ///< of the connection's task
    uint64_t idle_began_ns;        ///< while in shard->idle
    char* certificate;             ///< of the peer, DER; NULL: it has shown none
    uint32_t certificate_len;      ///< bytes
    trt_handle handle;             ///< the socket's: what it has not sent yet is asked by it
    trt_source_key source;
    bool shed; ///< to be closed as soon as it is idle: handles are short
    uint8_t peer_len;
    char peer[46]; ///< literal address
} trt_http_link;

/// trt_http_link_open makes the link of a connection that was accepted and counted.
/// Owns:    moves the connection in.
void trt_http_link_open(trt_http_link* link, trt_http_shard* shard, const trt_http_spoken* spoken,
                        const trt_tcp* owned_tcp, const trt_addr* peer);
/// trt_http_link_enter is called by the task's first poll: from then on the shard knows it.
void trt_http_link_enter(trt_http_link* link, const tmlrt_waker* waker);
/// trt_http_link_move hands the connection to another frame, which enters it anew.
void trt_http_link_move(trt_http_link* to, trt_http_link* from);
/// trt_http_link_leave closes the transport and gives back what the connection counted for.
void trt_http_link_leave(trt_http_link* link, bool abortive);
/// trt_http_link_learn keeps the peer's verified certificate.   Errors: NOMEM.
tmlrt_status trt_http_link_learn(trt_http_link* link);
/// trt_http_link_answers_for tells whether a request for this host may come here: its certificate
/// is for it (RFC 9110 7.4), or there is none.
bool trt_http_link_answers_for(const trt_http_link* link, tmlrt_slice authority);
/// trt_http_link_tell puts into a request what the connection knows of its peer.
static inline void trt_http_link_tell(const trt_http_link* link, tmlrt_request* request) {
    request->peer_ip = (tmlrt_slice){link->peer, link->peer_len};
    request->peer_certificate = (tmlrt_slice){link->certificate, link->certificate_len};
    request->flags = link->tls != NULL ? TRT_REQUEST_SECURE : 0;
}

#endif
