// SPDX-License-Identifier: Apache-2.0
// One stream of an HTTP/2 connection: from the codec to the service and back.
//
//   open -> head -> (data)* -> end      the codec tells; a body is collected, or is a stream
//   run                                 polls the service, gives its answer to the codec
//   closed                              nothing goes either way any more
//
// h2_request.c has what the codec tells, h2_answer.c what it is given; here an exchange is made,
// run and ended. It ends when its stream is closed and its handler is over (or only a short rest of
// its answer waits for a window: h2_waiting.c); until then it counts for the connection's 100. A
// handler whose stream was reset is dropped when its method is safe, and finishes otherwise.
// Thread: the connection's worker.
#include "std/http/server/h2_conn.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/core/method.h"
#include "std/http/core/response.h"
#include "std/http/server/body.h"
#include "std/http/server/exchange_poll.h"
#include "std/http/server/lease.h"
#include "std/http/server/watch_call.h"

#include <string.h>

enum { POOLED_MAX = 128 }; ///< per shard

// ---- memory -------------------------------------------------------------------------------------

static void release(trt_http2_exchange* ex) {
    tmlrt_arena_fini(&ex->frames);
    trt_arena_fini(&ex->arena);
    trt_free(ex, sizeof(trt_http2_exchange));
}

static void free_port(trt_wake_port* port) {
    release(TRT_CONTAINER_OF(port, trt_http2_exchange, port));
}

trt_http2_exchange* trt_http2_take(trt_http2_conn* conn) {
    trt_http_shard* shard = conn->link.shard;
    trt_http2_exchange* ex = shard->h2_pool;
    if (ex != NULL) {
        shard->h2_pool = ex->next;
        shard->num_h2_pooled--;
    } else {
        ex = trt_alloc(sizeof(trt_http2_exchange));
        if (ex == NULL) {
            return NULL;
        }
        trt_arena_init(&ex->arena, (size_t)shard->server->limits.request_arena_bytes);
        ex->frames = (tmlrt_arena){NULL, NULL, NULL, NULL, NULL};
    }
    trt_arena arena = ex->arena;
    tmlrt_arena frames = ex->frames;
    memset(ex, 0, offsetof(trt_http2_exchange, headers));
    ex->arena = arena;
    ex->frames = frames;
    trt_wake_port_init(&ex->port, conn->hub, free_port);
    ex->conn = conn;
    ex->exchange.budget = &shard->server->budget;
    ex->body_until_ns = ex->handler_until_ns = ex->send_until_ns = UINT64_MAX;
    return ex;
}

static void give(trt_http2_exchange* ex) {
    trt_http_shard* shard = ex->conn->link.shard;
    trt_arena_reset(&ex->arena);
    if (ex->frames.cur != ex->frames.base) { // a handler that was dropped in the middle
        tmlrt_arena_fini(&ex->frames);
    }
    if (!trt_wake_port_end(&ex->port)) {
        return;
    }
    if (shard->num_h2_pooled >= POOLED_MAX) {
        release(ex);
        return;
    }
    ex->next = shard->h2_pool;
    shard->h2_pool = ex;
    shard->num_h2_pooled++;
}

void trt_http2_pool_fini(trt_http_shard* shard) {
    while (shard->h2_pool != NULL) {
        trt_http2_exchange* ex = shard->h2_pool;
        shard->h2_pool = ex->next;
        release(ex);
    }
    shard->num_h2_pooled = 0;
    trt_h2_spare_fini(&shard->h2_spare);
}

static void unqueue(trt_http2_exchange* ex) {
    trt_http2_conn* conn = ex->conn;
    trt_http2_exchange *before = NULL, *at = conn->to_run;
    while (at != ex) {
        before = at;
        at = at->next;
    }
    *(before != NULL ? &before->next : &conn->to_run) = ex->next;
    conn->last_to_run = conn->last_to_run == ex ? before : conn->last_to_run;
    ex->to_run = false;
}

// What dumps say of the connection while its task waits.
static void tell_handlers(trt_http2_conn* conn) {
    const trt_http2_exchange* oldest = conn->oldest_waited;
    const trt_service* service = conn->link.shard->server->service;
    trt_serving_set(&conn->serving,
                    oldest != NULL ? trt_exchange_record(&oldest->exchange, service) : NULL,
                    oldest != NULL ? conn->num_waited - 1 : 0);
}

static void handler_waits(trt_http2_exchange* ex) {
    trt_http2_conn* conn = ex->conn;
    ex->waited = true;
    conn->num_waited++;
    if (conn->oldest_waited == NULL) {
        conn->oldest_waited = ex;
    }
    tell_handlers(conn);
}

// Of those that are left the one that was opened first is named: it may have begun to wait after
// others, when its body came slowly.
static const trt_http2_exchange* first_waited(const trt_http2_conn* conn) {
    for (const trt_list_node* node = conn->exchanges.head.next; node != &conn->exchanges.head;
         node = node->next) {
        const trt_http2_exchange* ex = TRT_CONTAINER_OF(node, trt_http2_exchange, node);
        if (ex->waited) {
            return ex;
        }
    }
    return NULL;
}

static void handler_ended(trt_http2_exchange* ex) {
    trt_http2_conn* conn = ex->conn;
    ex->waited = false;
    conn->num_waited--;
    if (conn->oldest_waited == ex) {
        conn->oldest_waited = conn->num_waited != 0 ? first_waited(conn) : NULL;
    }
    tell_handlers(conn);
}

void trt_http2_finish(trt_http2_exchange* ex) {
    trt_http2_conn* conn = ex->conn;
    if (ex->to_run) {
        unqueue(ex);
    }
    trt_http_server* server = trt_http2_server_of(ex);
    trt_exchange* exchange = &ex->exchange;
    trt_http_exchange_over(conn->link.shard, exchange,
                           (tmlrt_slice){conn->link.peer, conn->link.peer_len});
    if (ex->started) {
        tmlrt_response* response = exchange->response;
        server->service->drop(server->service->self, exchange);
        trt_exchange_settle(exchange);
        trt_response_free(response);
    }
    if (exchange->wire) {
        trt_http_exchange_returns(conn->link.shard, exchange);
        trt_exchange_release(exchange);
    }
    trt_budget_forget(&server->budget, &ex->waiter);
    if (ex->body != NULL && !ex->body_in_arena) {
        trt_free(ex->body, (size_t)ex->body_cap);
    }
    if (ex->body_cap + ex->charged != 0) {
        trt_budget_give(&server->budget, ex->body_cap + ex->charged);
    }
    if (ex->stream != NULL) {
        trt_h2_stream_done(ex->stream);
    }
    if (ex->waited) {
        handler_ended(ex);
    }
    trt_list_remove(&ex->node);
    conn->num_exchanges--;
    give(ex);
}

// ---- running ------------------------------------------------------------------------------------

void trt_http2_queue(trt_http2_exchange* ex) {
    trt_http2_conn* conn = ex->conn;
    if (!ex->to_run) {
        ex->to_run = true;
        ex->next = NULL;
        *(conn->to_run != NULL ? &conn->last_to_run->next : &conn->to_run) = ex;
        conn->last_to_run = ex;
    }
}

static bool may_be_dropped(const trt_http2_exchange* ex) {
    return !ex->started || trt_http2_is_over(ex) ||
           (ex->gone && trt_method_is_safe((enum trt_method)ex->exchange.request.method));
}

static void call(trt_http2_exchange* ex, tmlrt_context* cx) {
    trt_http_server* server = trt_http2_server_of(ex);
    tmlrt_context own = *cx;
    tmlrt_waker waker = trt_http2_waker(ex);
    own.arena = &ex->frames;
    own.waker = &waker;
    if (TRT_UNLIKELY(trt_http_server_phase(server) >= TRT_HTTP_DRAINING)) {
        trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_SHUTDOWN);
    }
    tmlrt_poll polled = trt_exchange_call(&ex->exchange, server->service, &ex->started, &own);
    cx->budget = own.budget;
    ex->exchange.done = polled == TMLRT_READY;
    if (polled != TMLRT_READY && !ex->waited) {
        handler_waits(ex);
    }
}

// The handler's time runs until its head is out, and again when the peer is gone; one of the
// route's own runs through.
static void set_handler_time(trt_http2_exchange* ex, uint64_t now_ns) {
    const trt_exchange* exchange = &ex->exchange;
    bool timed = ex->started && !trt_http2_is_over(ex) &&
                 (ex->closed || exchange->sent != TRT_SENT_HEAD || exchange->timeout_ns != 0);
    if (!timed) {
        ex->handler_until_ns = UINT64_MAX;
    } else if (ex->handler_until_ns == UINT64_MAX) {
        uint64_t own_ns = exchange->timeout_ns;
        ex->handler_until_ns =
            now_ns + (own_ns != 0 ? own_ns : trt_http2_server_of(ex)->limits.handler_ns);
    }
}

// How much of the answer is still to be sent, or was: whatever changes when the peer takes some.
static uint64_t send_mark(const trt_http2_exchange* ex) {
    return ex->num_pulled + ex->stream->body.len;
}

static void set_send_time(trt_http2_exchange* ex, uint64_t now_ns) {
    bool waits = ex->answered && !ex->closed && !ex->stream->deferred;
    if (!waits) {
        ex->send_until_ns = UINT64_MAX;
    } else if (ex->send_until_ns == UINT64_MAX) {
        ex->send_until_ns = now_ns + trt_http2_server_of(ex)->limits.write_stall_ns;
        ex->unsent = send_mark(ex);
    }
}

void trt_http2_run(trt_http2_exchange* ex, tmlrt_context* cx, uint64_t now_ns) {
    bool ready = ex->stream == NULL || ex->stream->whole || ex->exchange.request.stream != NULL ||
                 ex->exchange.offered != NULL;
    if (ex->exchange.began_ns != 0 && ready && !trt_http2_is_over(ex) &&
        !(ex->closed && may_be_dropped(ex))) {
        call(ex, cx);
    }
    if (!ex->closed) {
        trt_http2_put_output(ex);
        if (!ex->given_up) {
            trt_http2_credit(ex);
        }
    }
    if (ex->closed && may_be_dropped(ex)) {
        trt_http2_finish(ex);
        return;
    }
    if (TRT_UNLIKELY(ex->switched)) {
        trt_http2_tend_switched(ex);
        if (ex->exchange.sent == TRT_SENT_ALL) { // the peer has nothing more to take
            ex->send_until_ns = UINT64_MAX;
            return;
        }
    } else {
        set_handler_time(ex, now_ns);
    }
    set_send_time(ex, now_ns);
}

static void expire_handler(trt_http2_exchange* ex) {
    bool silent = ex->switched && ex->exchange.timeout_ns == 0;
    trt_http_count(trt_http2_server_of(ex), silent ? TRT_HTTP_COUNT_silent : TRT_HTTP_COUNT_late);
    ex->handler_until_ns = UINT64_MAX;
    trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_DEADLINE);
    if (!ex->closed && !ex->answered) {
        trt_http2_answer_own(ex, 503, "the handler took too long");
        return;
    }
    ex->given_up = true;
    if (!ex->closed && ex->exchange.sent != TRT_SENT_ALL) {
        trt_h2_stream_reset(ex->stream, TRT_H2_INTERNAL_ERROR);
    }
}

static void expire_body(trt_http2_exchange* ex) {
    trt_http_server* server = trt_http2_server_of(ex);
    if (ex->held) {
        trt_http_count(server, TRT_HTTP_COUNT_held);
        trt_http2_refuse(ex, TMLRT_CANCEL_ABORT, 503,
                         "the server holds as many request and answer bytes as it may");
        return;
    }
    trt_http_count(server, TRT_HTTP_COUNT_timed_out);
    trt_http2_refuse(ex, TMLRT_CANCEL_CLIENT_GONE, 408, "the request body came too slowly");
}

static void expire_send(trt_http2_exchange* ex, uint64_t now_ns) {
    if (send_mark(ex) != ex->unsent) {
        ex->unsent = send_mark(ex);
        ex->send_until_ns = now_ns + trt_http2_server_of(ex)->limits.write_stall_ns;
        return;
    }
    trt_http_count(trt_http2_server_of(ex), TRT_HTTP_COUNT_stalled);
    ex->send_until_ns = UINT64_MAX;
    trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_CLIENT_GONE);
    ex->given_up = true;
    trt_h2_stream_reset(ex->stream, TRT_H2_CANCEL);
}

uint64_t trt_http2_deadline(const trt_http2_exchange* ex) {
    uint64_t until = ex->body_until_ns < ex->send_until_ns ? ex->body_until_ns : ex->send_until_ns;
    return ex->handler_until_ns < until ? ex->handler_until_ns : until;
}

void trt_http2_expire(trt_http2_exchange* ex, uint64_t now_ns) {
    if (now_ns >= ex->handler_until_ns) {
        expire_handler(ex);
    }
    if (now_ns >= ex->body_until_ns) {
        expire_body(ex);
    }
    if (now_ns >= ex->send_until_ns) {
        expire_send(ex, now_ns);
    }
    trt_http2_queue(ex);
}

void trt_http2_flushed(trt_http2_conn* conn) {
    conn->any_pulled = false;
    for (trt_list_node* node = conn->exchanges.head.next; node != &conn->exchanges.head;
         node = node->next) {
        trt_http2_exchange* ex = TRT_CONTAINER_OF(node, trt_http2_exchange, node);
        if (ex->pulled) {
            ex->pulled = false;
            trt_exchange_flushed(&ex->exchange);
        }
    }
}

void trt_http2_lose_streams(trt_http2_conn* conn) {
    for (trt_list_node* node = conn->exchanges.head.next; node != &conn->exchanges.head;
         node = node->next) {
        TRT_CONTAINER_OF(node, trt_http2_exchange, node)->stream = NULL;
    }
}

void trt_http2_drop_all(trt_http2_conn* conn, tmlrt_cancel_reason reason) {
    while (!trt_list_empty(&conn->exchanges)) {
        trt_http2_exchange* ex =
            TRT_CONTAINER_OF(conn->exchanges.head.next, trt_http2_exchange, node);
        trt_exchange_cancel(&ex->exchange, reason);
        trt_http2_finish(ex);
    }
}
