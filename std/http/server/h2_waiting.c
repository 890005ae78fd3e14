// SPDX-License-Identifier: Apache-2.0
// Answers that wait for their peer's window. Of an exchange whose handler is over and whose answer
// is whole nothing is needed but the bytes that are still to be sent: they are copied into a block
// of their size and the exchange ends, so that a peer which opens no window makes the server hold a
// tenth of it. The access log has the answer then, as over HTTP/1.1, where a short answer is over
// when it is copied to the output. Behind a GOAWAY of ours that ends the connection nothing is
// sent, and nothing kept: who is sent away for a thousand requests leaves no hundred of them.
//
// The stream goes on to count for the connection's 100 until it is closed, and is reset when the
// peer takes nothing for write_stall. Long answers keep their exchange: most of what that holds is
// the answer. Called by the connection's task behind its turn, when nothing but windows holds
// output back. Thread: the connection's worker.
#include "std/http/server/h2_conn.h"

#include "rt/base/kept.h"

#include <string.h>

enum { COPIED_MAX = 8192 };

static trt_budget* budget_of(const trt_http2_conn* conn) {
    return &conn->link.shard->server->budget;
}

static bool is_ready(const trt_http2_exchange* ex, tmlrt_slice* out_rest) {
    return ex->answered && !ex->to_run && !ex->switched && trt_http2_is_over(ex) &&
           trt_h2_stream_may_keep(ex->stream, out_rest) && out_rest->len <= COPIED_MAX;
}

static void set_aside(trt_http2_exchange* ex, tmlrt_slice rest) {
    trt_http2_conn* conn = ex->conn;
    trt_h2_stream* stream = ex->stream;
    size_t len = (size_t)rest.len, size = sizeof(trt_http2_waiting) + len;
    trt_http2_waiting* waiting = trt_kept_alloc(size);
    if (waiting == NULL) {
        return;
    }
    *waiting = (trt_http2_waiting){.conn = conn,
                                   .stream = stream,
                                   .until_ns = len != 0 ? ex->send_until_ns : UINT64_MAX,
                                   .unsent = len,
                                   .size = size};
    if (len != 0 && waiting->until_ns == UINT64_MAX) { // answered before it was ever run
        waiting->until_ns = conn->now_ns + trt_http2_server_of(ex)->limits.write_stall_ns;
    }
    memcpy(waiting->bytes, rest.data, len);
    trt_budget_charge(budget_of(conn), size);
    trt_list_push_back(&conn->waiting, &waiting->node);
    conn->num_exchanges++;
    stream->user = waiting;
    trt_h2_stream_keep(stream, (tmlrt_slice){waiting->bytes, len});
    ex->stream = NULL; // it is not done
    trt_http2_finish(ex);
}

void trt_http2_set_aside(trt_http2_conn* conn) {
    if (!trt_h2_conn_waits(conn->h2)) {
        return;
    }
    for (trt_list_node *node = conn->exchanges.head.next, *next; node != &conn->exchanges.head;
         node = next) {
        next = node->next;
        trt_http2_exchange* ex = TRT_CONTAINER_OF(node, trt_http2_exchange, node);
        tmlrt_slice rest;
        if (is_ready(ex, &rest)) {
            set_aside(ex, rest);
        }
    }
}

void trt_http2_waiting_end(trt_http2_waiting* waiting) {
    trt_http2_conn* conn = waiting->conn;
    trt_list_remove(&waiting->node);
    conn->num_exchanges--;
    trt_budget_give(budget_of(conn), waiting->size);
    trt_h2_stream_done(waiting->stream);
    trt_kept_free(waiting, waiting->size);
}

static void expire(trt_http2_waiting* waiting) {
    const trt_http2_conn* conn = waiting->conn;
    trt_http_server* server = conn->link.shard->server;
    uint64_t unsent = waiting->stream->body.len;
    if (unsent != waiting->unsent) {
        waiting->unsent = unsent;
        waiting->until_ns = conn->now_ns + server->limits.write_stall_ns;
        return;
    }
    trt_http_count(server, TRT_HTTP_COUNT_stalled);
    waiting->until_ns = UINT64_MAX;
    trt_h2_stream_reset(waiting->stream, TRT_H2_CANCEL);
}

void trt_http2_waiting_expire(trt_http2_conn* conn) {
    for (trt_list_node* node = conn->waiting.head.next; node != &conn->waiting.head;
         node = node->next) {
        trt_http2_waiting* waiting = TRT_CONTAINER_OF(node, trt_http2_waiting, node);
        if (conn->now_ns >= waiting->until_ns) {
            expire(waiting);
        }
    }
}

uint64_t trt_http2_waiting_deadline(const trt_http2_conn* conn) {
    uint64_t until = UINT64_MAX;
    for (const trt_list_node* node = conn->waiting.head.next; node != &conn->waiting.head;
         node = node->next) {
        uint64_t own = TRT_CONTAINER_OF(node, trt_http2_waiting, node)->until_ns;
        until = own < until ? own : until;
    }
    return until;
}
