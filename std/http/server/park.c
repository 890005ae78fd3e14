// SPDX-License-Identifier: Apache-2.0
// A connection that waits inside a message (a slow head, a slow body) does not keep a workspace:
// what came so far is packed into a block of just its size, and unpacked into another workspace
// when more is there. Without memory for the block it keeps the workspace. What is packed is
// copied, at most PARKED_MAX bytes each time, so a peer that sends single bytes makes the server
// copy no more than its own kernel does per packet.
//
// So does one whose peer does not take its answers: the rest of the answers lies behind what has
// come of the next messages, and is sent from there; no exchange is running then. A socket that
// was full takes more only when a good part of its buffer is empty, so that is copied seldom.
// Thread: the connection's worker.
#include "std/http/server/watch_call.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <string.h>

enum { PARKED_MAX = 8192 }; ///< bytes of a message; who sent more keeps the workspace

struct trt_parked {
    size_t size;           ///< of this block
    tmlrt_request request; ///< its slices point to where the message lay
    char* body;
    uint64_t body_cap;
    uint64_t began_ns;        ///< of its exchange; 0: the head is not complete
    uint32_t num_fields, len; ///< what follows: fields, then bytes of the message
    uint32_t at, body_start;  ///< counted from its first byte
    uint32_t out_at, out_end; ///< of what follows those: bytes that are still to be sent
    trt_header fields[];
};

static char* bytes_of(trt_parked* parked) {
    return (char*)(parked->fields + parked->num_fields);
}

// A place in `in`, counted from `from`; 0: nobody asks for it.
static uint32_t behind(uint32_t at, uint32_t from) {
    return at > from ? at - from : 0;
}

// Packs what came from `from` on and what is to be sent, and gives the workspace back.
static void pack(trt_http_conn* conn, uint32_t from, uint32_t num) {
    trt_workspace* ws = conn->ws;
    trt_http_server* server = conn->link.shard->server;
    uint32_t len = ws->in_end - from, out_len = ws->out_end - ws->out_at;
    size_t size = sizeof(trt_parked) + num * sizeof(trt_header) + len + out_len;
    trt_parked* parked = trt_alloc(size);
    if (parked == NULL) {
        return;
    }
    *parked = (trt_parked){.size = size,
                           .request = ws->exchange.request,
                           .body = ws->body,
                           .body_cap = ws->body_cap,
                           .num_fields = num,
                           .len = len,
                           .out_end = out_len,
                           .at = behind(ws->at, from),
                           .body_start = behind(ws->body_start, from)};
    parked->began_ns = trt_http_exchange_set_aside(conn->link.shard, &ws->exchange);
    memcpy(parked->fields, ws->headers, num * sizeof(trt_header));
    memcpy(bytes_of(parked), ws->in + from, len);
    memcpy(bytes_of(parked) + len, ws->out + ws->out_at, out_len);
    ws->body = NULL;
    ws->body_cap = 0;
    trt_workspace_end_message(ws, server);
    trt_workspace_give(conn->link.shard, ws);
    conn->ws = NULL;
    conn->parked = parked;
}

// From the first byte of the message on. Of fields one more than is complete: the one that is being
// scanned.
static void pack_message(trt_http_conn* conn) {
    const trt_workspace* ws = conn->ws;
    TRT_CHECK(conn->h1.head.base >= ws->in && conn->h1.head.base <= ws->in + ws->at);
    uint32_t from = (uint32_t)(conn->h1.head.base - ws->in);
    uint32_t num = ws->exchange.request.num_headers;
    num += num < TRT_ARRAY_LEN(ws->headers);
    if (ws->in_end - from <= PARKED_MAX) {
        pack(conn, from, num);
    }
}

void trt_http_park(trt_http_conn* conn) {
    if (!trt_http_output_pending(conn->ws)) {
        pack_message(conn);
    }
}

void trt_http_park_output(trt_http_conn* conn) {
    const trt_workspace* ws = conn->ws;
    bool is_running = conn->answering || conn->ending || conn->after == TRT_CONN_HANDLE;
    if (is_running || ws->tail[0].len + ws->tail[1].len != 0) {
        return;
    }
    if (conn->after == TRT_CONN_LINGER) {
        pack(conn, ws->in_end, 0); // nothing more is looked at
    } else if (conn->h1.state == TRT_H1_IDLE && ws->in_end - ws->at <= TRT_WS_IN_CAP) {
        pack(conn, ws->at, 0);
    } else if (conn->h1.state == TRT_H1_HEAD && ws->in_end - ws->at == conn->h1.head.scan) {
        pack_message(conn);
    }
}

tmlrt_slice trt_http_parked_output(const trt_http_conn* conn) {
    trt_parked* parked = conn->parked;
    return (tmlrt_slice){bytes_of(parked) + parked->len + parked->out_at,
                         parked->out_end - parked->out_at};
}

void trt_http_parked_sent(trt_http_conn* conn, size_t len) {
    trt_parked* parked = conn->parked;
    parked->out_at += (uint32_t)len;
    if (parked->out_at == parked->out_end && parked->len == 0) {
        trt_http_drop_parked(conn);
    }
}

bool trt_http_unpark(trt_http_conn* conn) {
    trt_parked* parked = conn->parked;
    trt_workspace* ws = trt_workspace_take(conn->link.shard);
    if (ws == NULL) {
        return false;
    }
    tmlrt_request* request = &ws->exchange.request;
    const char* former = conn->h1.head.base; // NULL: between two messages
    TRT_ASSERT(parked->len <= ws->in_cap - TRT_WS_RESERVE && parked->out_at == parked->out_end);
    memcpy(ws->headers, parked->fields, parked->num_fields * sizeof(trt_header));
    memcpy(ws->in, bytes_of(parked), parked->len);
    ws->at = parked->at;
    ws->in_end = parked->len;
    ws->body_start = parked->body_start;
    ws->body = parked->body;
    ws->body_cap = parked->body_cap;
    *request = parked->request;
    request->arena = &ws->arena;
    request->headers = ws->headers;
    trt_http_exchange_resume(conn->link.shard, &ws->exchange, parked->began_ns);
    if (former != NULL) {
        trt_h1_head_move(&conn->h1.head, request, ws->in);
    }
    if (ws->body == NULL && request->body.len != 0) {
        request->body.data = ws->in + (request->body.data - former);
    }
    conn->ws = ws;
    conn->parked = NULL;
    trt_free(parked, parked->size);
    return true;
}

void trt_http_drop_parked(trt_http_conn* conn) {
    trt_parked* parked = conn->parked;
    if (parked == NULL) {
        return;
    }
    if (parked->body != NULL) {
        trt_budget_give(&conn->link.shard->server->budget, parked->body_cap);
        trt_free(parked->body, (size_t)parked->body_cap);
    }
    conn->parked = NULL;
    trt_free(parked, parked->size);
}
