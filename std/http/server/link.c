// SPDX-License-Identifier: Apache-2.0
// The beginning and the end of every connection, and its places in the worker's lists.
//
// Invariants: a link that was opened is counted (sources, num_conns of server and shard, a
// reference to the server) until leave, once; it is in shard->conns between enter and leave or
// move. Thread: the connection's worker; who frees a task that never ran is on it, too.
#include "std/http/server/link.h"

#include "rt/base/alloc.h"
#include "rt/base/waker.h"
#include "rt/tls/names.h"
#include "std/http/server/shard.h"

#include <string.h>

void trt_http_link_open(trt_http_link* link, trt_http_shard* shard, const trt_http_spoken* spoken,
                        const trt_tcp* owned_tcp, const trt_addr* peer) {
    *link = (trt_http_link){.shard = shard,
                            .spoken = spoken,
                            .tcp = *owned_tcp,
                            .handle = owned_tcp->handle,
                            .source = trt_source_key_of(peer)};
    char text[64];
    if (peer->family == 0) { // of a Unix socket
        link->peer_len = sizeof "unix" - 1;
        memcpy(link->peer, "unix", link->peer_len);
        return;
    }
    size_t len = trt_addr_format(peer, text, sizeof text);
    const char* from = text[0] == '[' ? text + 1 : text;
    const char* end = memrchr(text, peer->family == 6 ? ']' : ':', len);
    link->peer_len = (uint8_t)(end - from < 45 ? end - from : 45);
    memcpy(link->peer, from, link->peer_len);
}

void trt_http_link_enter(trt_http_link* link, const tmlrt_waker* waker) {
    link->stream = link->tls != NULL ? link->tls->base.io : trt_tcp_stream(&link->tcp);
    trt_waker_clone(waker, &link->waker);
    trt_list_push_back(&link->shard->conns, &link->node);
}

void trt_http_link_move(trt_http_link* to, trt_http_link* from) {
    if (trt_list_linked(&from->node)) {
        trt_list_remove(&from->node);
    }
    trt_waker_drop(&from->waker);
    from->stream = (trt_stream){0};
    *to = *from;
    to->node = (trt_list_node){NULL, NULL};
    to->waker = (tmlrt_waker){NULL, NULL};
}

static void close_transport(trt_http_link* link, bool abortive) {
    if (link->tls != NULL) {
        trt_stream_close(link->tls->base.io, abortive);
    } else {
        trt_tcp_close(&link->tcp, abortive);
    }
}

void trt_http_link_leave(trt_http_link* link, bool abortive) {
    trt_http_shard* shard = link->shard;
    trt_http_server* server = shard->server;
    if (link->stream.vtable != NULL) {
        trt_list_remove(&link->node);
        trt_http_note_idle(link, false);
    }
    close_transport(link, abortive);
    trt_free(link->certificate, link->certificate_len);
    trt_waker_drop(&link->waker);
    trt_sources_leave(&server->sources, link->source);
    trt_atomic_sub(&server->num_conns, 1, TRT_RELAXED);
    shard->num_conns--;
    if (trt_http_server_phase(server) != TRT_HTTP_RUNNING) {
        trt_waker_wake_ref(&shard->acceptor); // it may have been waiting for the last one
    }
    trt_http_server_unref(server);
}

tmlrt_status trt_http_link_learn(trt_http_link* link) {
    int64_t len = tmlrt_tls_peer_cert(link->tls, NULL, 0);
    if (len <= 0) {
        return TMLRT_OK;
    }
    link->certificate = trt_alloc((size_t)len);
    if (link->certificate == NULL) {
        return TMLRT_E_NOMEM;
    }
    link->certificate_len = (uint32_t)len;
    (void)tmlrt_tls_peer_cert(link->tls, link->certificate, (uint64_t)len);
    return TMLRT_OK;
}

bool trt_http_link_answers_for(const trt_http_link* link, tmlrt_slice authority) {
    char host[TRT_TLS_NAME_MAX + 1];
    if (link->tls == NULL) {
        return true;
    }
    size_t len = (size_t)authority.len;
    const char* colon = memrchr(authority.data, ':', len);
    if (colon != NULL && (len == 0 || authority.data[len - 1] != ']')) {
        len = (size_t)(colon - authority.data);
    }
    if (len == 0 || len >= sizeof host || authority.data[0] == '[') {
        return true; // addresses: certificates are seldom for them
    }
    memcpy(host, authority.data, len);
    host[len] = '\0';
    return trt_tls_answers_for(link->tls, host);
}
