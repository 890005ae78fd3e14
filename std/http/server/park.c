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
//
// So does, where the workspaces and what is parked come to TRT_WS_CROWD_BYTES, one that only waits
// for its next turn: ten thousand peers that send requests without end would each hold a workspace
// otherwise. Of a crowd little is read at once, so that little is packed.
// Thread: the connection's worker.
#include "std/http/server/conn_step.h"
#include "std/http/server/watch_call.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/bytes.h"

#include <string.h>

enum {
    PARKED_MAX = 8192,       ///< bytes of a message; who sent more keeps the workspace
    PARKED_TAIL_MAX = 65536, ///< of a long answer; one that has more left keeps it, too
};

struct trt_parked {
    size_t size;           ///< of this block
    tmlrt_request request; ///< its slices point to where the message lay
    char* body;
    uint64_t body_cap;
    uint64_t began_ns;        ///< of its exchange; 0: the head is not complete
    uint32_t num_fields, len; ///< what follows: fields, then bytes of the message
    uint32_t at, body_start;  ///< counted from its first byte
    uint32_t out_at, out_end; ///< of what follows those: bytes that are still to be sent
    uint32_t charged;         ///< of the latter, as the budget knows them: of a long answer
    trt_header fields[];
};

static char* bytes_of(trt_parked* parked) {
    return (char*)(parked->fields + parked->num_fields);
}

// A place in `in`, counted from `from`; 0: nobody asks for it.
static uint32_t behind(uint32_t at, uint32_t from) {
    return at > from ? at - from : 0;
}

static trt_parked* take_block(trt_http_shard* shard, trt_parked counts) {
    trt_parked* parked = trt_alloc(counts.size);
    if (parked != NULL) {
        *parked = counts;
        shard->parked_bytes += parked->size - parked->charged;
        trt_workspace_crowd(shard);
        trt_budget_charge(&shard->server->budget, parked->charged);
    }
    return parked;
}

static void free_block(trt_http_shard* shard, trt_parked* parked) {
    shard->parked_bytes -= parked->size - parked->charged;
    trt_workspace_crowd(shard);
    trt_budget_give(&shard->server->budget, parked->charged);
    trt_free(parked, parked->size);
}

// What is to be sent, one behind the other.
static void copy_output(char* to, const trt_workspace* ws) {
    memcpy(to, ws->out + ws->out_at, ws->out_end - ws->out_at);
    to += ws->out_end - ws->out_at;
    for (int i = 0; i < 2; i++) {
        to = trt_bytes_copy(to, ws->tail[i].data, (size_t)ws->tail[i].len);
    }
}

// Packs what came from `from` on and what is to be sent, and gives the workspace back. An exchange
// that had only to be sent ends here.
static void pack(trt_http_conn* conn, uint32_t from, uint32_t num) {
    trt_workspace* ws = conn->ws;
    trt_http_shard* shard = conn->link.shard;
    uint32_t tail = (uint32_t)(ws->tail[0].len + ws->tail[1].len);
    trt_parked counts = {.num_fields = num,
                         .len = ws->in_end - from,
                         .out_end = ws->out_end - ws->out_at + tail,
                         .at = behind(ws->at, from),
                         .body_start = behind(ws->body_start, from),
                         .charged = tail};
    counts.size =
        sizeof(trt_parked) + num * sizeof(trt_header) + counts.len + (size_t)counts.out_end;
    trt_parked* parked = take_block(shard, counts);
    if (parked == NULL) {
        return;
    }
    memcpy(parked->fields, ws->headers, num * sizeof(trt_header));
    memcpy(bytes_of(parked), ws->in + from, parked->len);
    copy_output(bytes_of(parked) + parked->len, ws);
    if (conn->ending) {
        conn->ending = false;
        trt_http_end_exchange(conn);
    }
    parked->request = ws->exchange.request;
    parked->body = ws->body;
    parked->body_cap = ws->body_cap;
    parked->began_ns = trt_http_exchange_set_aside(shard, &ws->exchange);
    ws->body = NULL;
    ws->body_cap = 0;
    trt_workspace_end_message(ws, shard->server);
    trt_workspace_give(shard, ws);
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
    if (ws->in_end - from <= (conn->link.shard->is_crowded ? TRT_WS_IN_CAP : PARKED_MAX)) {
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
    uint64_t tail = ws->tail[0].len + ws->tail[1].len;
    bool is_running = conn->answering || conn->after == TRT_CONN_HANDLE;
    if (is_running || tail > PARKED_TAIL_MAX || (tail != 0 && !conn->ending)) {
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

void trt_http_park_turn(trt_http_conn* conn) {
    const trt_workspace* ws = conn->ws;
    if (conn->h1.state != TRT_H1_IDLE) {
        trt_http_park(conn);
    } else if (ws->in_end - ws->at <= TRT_WS_IN_CAP && ws->tail[0].len + ws->tail[1].len == 0) {
        if (trt_http_output_pending(ws)) {
            (void)trt_conn_begin_write(conn, TRT_CONN_READ);
        }
        pack(conn, ws->at, 0);
    }
}

bool trt_http_park_early(trt_http_conn* conn, const char* data, uint32_t len) {
    trt_parked* parked =
        take_block(conn->link.shard, (trt_parked){.size = sizeof(trt_parked) + len, .len = len});
    if (parked != NULL) {
        memcpy(bytes_of(parked), data, len);
    }
    conn->parked = parked;
    return parked != NULL;
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

// All of a head that was begun was looked at; of the next one, nothing.
bool trt_http_parked_waits(const trt_http_conn* conn) {
    return conn->h1.state == TRT_H1_HEAD ||
           (conn->h1.state != TRT_H1_IDLE && conn->parked->at == conn->parked->len);
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
    free_block(conn->link.shard, parked);
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
    free_block(conn->link.shard, parked);
}
