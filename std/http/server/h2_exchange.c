// SPDX-License-Identifier: Apache-2.0
// One stream of an HTTP/2 connection: from the codec to the service and back.
//
//   open -> head -> (data)* -> end      the codec tells; a body is collected, or is a stream
//   run                                 polls the service, gives its answer to the codec
//   closed                              nothing goes either way any more
//
// An exchange ends when its stream is closed and its handler is over; until then it counts for the
// connection's 100. A handler whose stream was reset is dropped when its method is safe, and
// finishes otherwise. The peer's window of a collected body is credited as it comes, unless the
// process holds too much; that of a streamed one as the handler takes it.
//
// The codec calls in the middle of feed and output: what it tells is noted here, and the service is
// called afterwards (trt_http2_run). Thread: the connection's worker.
#include "std/http/server/h2_conn.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/base/waker.h"
#include "std/http/core/method.h"
#include "std/http/core/problem.h"
#include "std/http/core/response.h"
#include "std/http/server/body.h"
#include "std/http/server/exchange_poll.h"
#include "std/http/server/lease.h"
#include "std/http/server/watch_call.h"

#include <string.h>

enum {
    POOLED_MAX = 128,   ///< per shard
    BODY_FIRST = 4096,  ///< of a collected body
    CHARGED_MIN = 8192, ///< answers below this are not worth counting
};

static trt_http_server* server_of(const trt_http2_exchange* ex) {
    return ex->conn->link.shard->server;
}

static tmlrt_waker waker_of(trt_http2_exchange* ex) {
    return trt_wake_port_waker(&ex->port);
}

static bool is_over(const trt_http2_exchange* ex) {
    return ex->exchange.done || ex->given_up;
}

// ---- memory -------------------------------------------------------------------------------------

static void release(trt_http2_exchange* ex) {
    tmlrt_arena_fini(&ex->frames);
    trt_arena_fini(&ex->arena);
    trt_free(ex, sizeof(trt_http2_exchange));
}

static void free_port(trt_wake_port* port) {
    release(TRT_CONTAINER_OF(port, trt_http2_exchange, port));
}

static trt_http2_exchange* take(trt_http2_conn* conn) {
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

static void finish(trt_http2_exchange* ex) {
    trt_http2_conn* conn = ex->conn;
    if (ex->to_run) {
        unqueue(ex);
    }
    trt_http_server* server = server_of(ex);
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
        trt_exchange_release(exchange);
    }
    trt_budget_forget(&server->budget, &ex->waiter);
    if (ex->body != NULL) {
        trt_free(ex->body, (size_t)ex->body_cap);
    }
    if (ex->body_cap + ex->charged != 0) {
        trt_budget_give(&server->budget, ex->body_cap + ex->charged);
    }
    if (ex->stream != NULL) {
        trt_h2_stream_done(ex->stream);
    }
    trt_list_remove(&ex->node);
    conn->num_exchanges--;
    give(ex);
}

// ---- answers ------------------------------------------------------------------------------------

static void begin_send(trt_http2_exchange* ex, const tmlrt_response* response) {
    ex->answered = true;
    if (response->body.len >= CHARGED_MIN) {
        ex->charged = response->body.len;
        trt_budget_charge(&server_of(ex)->budget, ex->charged);
    }
}

static const char* date_of(trt_http2_exchange* ex) {
    return trt_http_date(ex->conn->link.shard, ex->conn->now_ns);
}

// An answer of the server's own, instead of the service's, which is not polled any more.
static void answer_own(trt_http2_exchange* ex, uint32_t status, const char* why) {
    trt_problem problem = {.status = (int32_t)status, .detail = why};
    tmlrt_response* response = trt_problem_response(&ex->arena, &problem);
    ex->given_up = true;
    ex->exchange.own_status = (uint16_t)status;
    if (response != NULL && status == 503) {
        (void)!trt_response_add_static(response, TRT_SLICE("retry-after"), TRT_SLICE("1"));
    }
    if (response == NULL || trt_h2_stream_answer(ex->stream, response, date_of(ex)) != TMLRT_OK) {
        trt_h2_stream_reset(ex->stream, TRT_H2_INTERNAL_ERROR);
        return;
    }
    begin_send(ex, response);
}

static void could_not(trt_http2_exchange* ex, tmlrt_status status) {
    trt_log(TMLRT_LOG_ERROR, "http", "an answer could not be encoded: %s",
            tmlrt_status_text(status));
    answer_own(ex, 500, NULL);
}

static void answer(trt_http2_exchange* ex, const tmlrt_response* response) {
    if (response == NULL) {
        answer_own(ex, 500, NULL);
        return;
    }
    tmlrt_status status = trt_h2_stream_answer(ex->stream, response, date_of(ex));
    if (status != TMLRT_OK) {
        could_not(ex, status);
        return;
    }
    begin_send(ex, response);
}

static void answer_head(trt_http2_exchange* ex, const trt_wire* wire) {
    tmlrt_status status =
        trt_h2_stream_stream(ex->stream, wire->response, date_of(ex), wire->length);
    if (status != TMLRT_OK) {
        trt_body_discard(wire->response->stream);
        could_not(ex, status);
        return;
    }
    begin_send(ex, wire->response);
}

static void interim(trt_http2_exchange* ex, const tmlrt_response* response) {
    tmlrt_status status = trt_h2_stream_interim(ex->stream, response);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http", "an interim answer could not be encoded: %s",
                tmlrt_status_text(status));
    }
}

static void abort_answer(trt_http2_exchange* ex) {
    ex->given_up = true;
    trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_ABORT);
    trt_h2_stream_reset(ex->stream, TRT_H2_INTERNAL_ERROR);
}

// What the exchange sends up to its head; the body is pulled.
static void put_wire(trt_http2_exchange* ex) {
    trt_exchange* exchange = &ex->exchange;
    tmlrt_waker waker = waker_of(ex);
    trt_wire wire;
    char unused;
    while (exchange->sent == TRT_SENT_NOTHING && !ex->given_up) {
        trt_exchange_next(exchange, &waker, &unused, 1, &wire);
        switch (wire.kind) {
        case TRT_WIRE_INTERIM:
            interim(ex, wire.response);
            break;
        case TRT_WIRE_WHOLE:
            answer(ex, wire.response);
            break;
        case TRT_WIRE_HEAD:
            answer_head(ex, &wire);
            break;
        default:
            return;
        }
    }
    if (exchange->sent == TRT_SENT_HEAD) {
        trt_h2_stream_resume(ex->stream);
    } else if (exchange->sent == TRT_SENT_ALL && exchange->done &&
               exchange->committed != exchange->response) {
        abort_answer(ex); // what was begun was then answered otherwise
    }
}

static void put_output(trt_http2_exchange* ex) {
    if (ex->given_up) {
        return;
    }
    if (ex->exchange.wire) {
        put_wire(ex);
    } else if (ex->exchange.done && !ex->answered) {
        answer(ex, ex->exchange.response);
    }
}

// ---- the request's body -------------------------------------------------------------------------

static void refuse(trt_http2_exchange* ex, tmlrt_cancel_reason reason, uint32_t status,
                   const char* why) {
    trt_exchange_cancel(&ex->exchange, reason);
    ex->body_until_ns = UINT64_MAX;
    if (ex->answered) {
        ex->given_up = true;
        trt_h2_stream_reset(ex->stream, TRT_H2_CANCEL);
    } else {
        answer_own(ex, status, why);
    }
}

static const char* too_long(const trt_http2_exchange* ex) {
    return ex->own_limit ? "the body is larger than this route takes"
                         : "the body is larger than this server takes";
}

static void no_memory(trt_http2_exchange* ex) {
    trt_http_count(server_of(ex), TRT_HTTP_COUNT_no_memory);
    refuse(ex, TMLRT_CANCEL_ABORT, 503, "out of memory");
}

// The peer's window has back what was kept of a collected body, unless too much is held.
static void credit_collected(trt_http2_exchange* ex) {
    trt_budget* budget = &server_of(ex)->budget;
    size_t owed = (size_t)(ex->body_len - ex->credited);
    if (trt_budget_full(budget)) {
        tmlrt_waker waker = waker_of(ex);
        trt_budget_wait(budget, &ex->waiter, 1, &waker);
        if (trt_budget_full(budget)) {
            if (!ex->held) {
                ex->held = true;
                ex->body_until_ns = ex->conn->now_ns + server_of(ex)->limits.held_wait_ns;
            }
            return;
        }
    }
    if (ex->held) {
        ex->held = false;
        ex->body_until_ns = ex->conn->now_ns + server_of(ex)->limits.body_idle_ns;
    }
    trt_budget_forget(budget, &ex->waiter);
    ex->credited = ex->body_len;
    trt_h2_stream_read(ex->stream, owed);
}

static void credit_taken(trt_http2_exchange* ex) {
    tmlrt_waker waker = waker_of(ex);
    uint64_t taken = trt_body_watch_taken(ex->exchange.request.stream, &waker);
    size_t owed = (size_t)(taken - ex->credited);
    if (owed != 0) {
        ex->credited = taken;
        trt_h2_stream_read(ex->stream, owed);
        if (!ex->stream->whole) {
            ex->body_until_ns = ex->conn->now_ns + server_of(ex)->limits.body_idle_ns;
        }
    }
}

static void credit(trt_http2_exchange* ex) {
    if (ex->exchange.request.stream != NULL) {
        credit_taken(ex);
    } else if (ex->credited != ex->body_len) {
        credit_collected(ex);
    }
}

static bool grow_body(trt_http2_exchange* ex, size_t len) {
    uint64_t cap = ex->body_cap == 0 ? BODY_FIRST : ex->body_cap;
    uint64_t told = ex->stream->content_length;
    if (ex->body_cap == 0 && told != UINT64_MAX && told > cap) {
        cap = told; // at most body_limit
    }
    while (cap < ex->body_len + len) {
        cap *= 2;
    }
    if (cap == ex->body_cap) {
        return true;
    }
    char* grown = trt_realloc(ex->body, (size_t)ex->body_cap, (size_t)cap);
    if (grown == NULL) {
        return false;
    }
    trt_budget_charge(&server_of(ex)->budget, cap - ex->body_cap);
    ex->body = grown;
    ex->body_cap = cap;
    return true;
}

static void collect(trt_http2_exchange* ex, tmlrt_slice piece) {
    if (piece.len > ex->body_limit - ex->body_len) {
        ex->credited = ex->body_len; // what is owed is lost with the request
        refuse(ex, TMLRT_CANCEL_ABORT, 413, too_long(ex));
        return;
    }
    if (!grow_body(ex, (size_t)piece.len)) {
        no_memory(ex);
        return;
    }
    memcpy(ex->body + ex->body_len, piece.data, (size_t)piece.len);
    ex->body_len += piece.len;
    credit_collected(ex);
}

static void stream_piece(trt_http2_exchange* ex, tmlrt_slice piece) {
    size_t taken = 0;
    tmlrt_status status =
        trt_body_put(ex->exchange.request.stream, piece.data, (size_t)piece.len, &taken);
    if (status == TMLRT_E_NOMEM || (status == TMLRT_OK && taken != piece.len)) {
        no_memory(ex); // the ring holds a window, if it can grow to it
    } else if (status != TMLRT_OK) {
        trt_h2_stream_read(ex->stream, (size_t)piece.len); // nobody wants it any more
        return;
    }
    ex->body_until_ns = UINT64_MAX; // the handler's turn
    if (ex->handler_until_ns != UINT64_MAX && ex->exchange.timeout_ns == 0) {
        ex->handler_until_ns = ex->conn->now_ns + server_of(ex)->limits.handler_ns;
    }
}

// As in h1/conn.c: each byte moves the deadline by 1/body_rate, at most body_idle_ns ahead of now.
static void credit_time(trt_http2_exchange* ex, uint64_t bytes) {
    const trt_http_limits* limits = &server_of(ex)->limits;
    uint64_t latest = ex->conn->now_ns + limits->body_idle_ns;
    uint64_t moved = ex->body_until_ns + bytes * (TRT_S / limits->body_rate);
    ex->body_until_ns = moved < latest ? moved : latest;
}

// ---- what the codec tells -----------------------------------------------------------------------

static tmlrt_request* on_open(void* self, trt_h2_stream* stream) {
    trt_http2_conn* conn = self;
    trt_http2_exchange* ex = take(conn);
    if (ex == NULL) {
        trt_http_count(conn->link.shard->server, TRT_HTTP_COUNT_no_memory);
        return NULL;
    }
    stream->user = ex;
    ex->stream = stream;
    trt_list_push_back(&conn->exchanges, &ex->node);
    conn->num_exchanges++;
    conn->had_one = true;
    conn->until_ns = UINT64_MAX;
    trt_http_note_idle(&conn->link, false);
    tmlrt_request* request = &ex->exchange.request;
    request->arena = &ex->arena;
    request->headers = ex->headers;
    trt_http_link_tell(&conn->link, request);
    return request;
}

static void begin_body(trt_http2_exchange* ex) {
    static const tmlrt_response s_continue = {.status = 100};
    trt_http_server* server = server_of(ex);
    const trt_service* service = server->service;
    tmlrt_request* request = &ex->exchange.request;
    uint64_t own = service->body_limit != NULL ? service->body_limit(service->self, request) : 0;
    uint64_t told = ex->stream->content_length;
    ex->own_limit = own != 0;
    ex->body_limit = own != 0 ? own : server->limits.body_bytes;
    if (told != UINT64_MAX && told > ex->body_limit) {
        refuse(ex, TMLRT_CANCEL_ABORT, 413, too_long(ex));
        return;
    }
    ex->body_until_ns = ex->conn->now_ns + server->limits.body_grace_ns;
    if (service->streams_body == NULL || !service->streams_body(service->self, request)) {
        if (ex->stream->expects_continue) {
            interim(ex, &s_continue);
        }
        return;
    }
    if (trt_exchange_stream_body(&ex->exchange, told) != TMLRT_OK) {
        no_memory(ex);
        return;
    }
    request->stream->cap_max = TRT_H2_WINDOW_LIMIT;
    request->flags |= ex->stream->expects_continue ? TRT_REQUEST_EXPECTS : 0;
    trt_http2_queue(ex);
}

static void on_head(void* self, trt_h2_stream* stream, bool ended) {
    trt_http2_conn* conn = self;
    trt_http2_exchange* ex = stream->user;
    trt_http_server* server = server_of(ex);
    trt_http_exchange_begin(conn->link.shard, &ex->exchange, conn->now_ns);
    if (TRT_UNLIKELY(!trt_http_may_begin(server))) {
        trt_http_count(server, TRT_HTTP_COUNT_overloaded);
        answer_own(ex, 503, "the server is short of memory");
    } else if (TRT_UNLIKELY(
                   !trt_http_link_answers_for(&conn->link, ex->exchange.request.authority))) {
        answer_own(ex, 421, "this connection's certificate is not for that host");
    } else if (ended) {
        trt_http2_queue(ex);
    } else {
        begin_body(ex);
    }
}

static void on_data(void* self, trt_h2_stream* stream, tmlrt_slice piece) {
    (void)self;
    trt_http2_exchange* ex = stream->user;
    if (ex->given_up) {
        trt_h2_stream_read(stream, (size_t)piece.len);
        return;
    }
    if (ex->body_until_ns != UINT64_MAX && !ex->held) {
        credit_time(ex, piece.len);
    }
    if (ex->exchange.request.stream != NULL) {
        stream_piece(ex, piece);
    } else {
        collect(ex, piece);
    }
}

static void on_end(void* self, trt_h2_stream* stream, const trt_header* trailers, uint32_t num) {
    (void)self;
    trt_http2_exchange* ex = stream->user;
    tmlrt_body* body = ex->exchange.request.stream;
    ex->body_until_ns = UINT64_MAX;
    if (ex->given_up) {
        return;
    }
    if (body == NULL) {
        ex->exchange.request.body = (tmlrt_slice){ex->body != NULL ? ex->body : "", ex->body_len};
        trt_http2_queue(ex);
        return;
    }
    tmlrt_status status = TMLRT_OK;
    for (uint32_t i = 0; i < num && status == TMLRT_OK; i++) {
        status = trt_body_trailer(body, trailers[i].name, trailers[i].value);
    }
    if (status == TMLRT_E_NOMEM) {
        trt_body_fail(body, status);
    } else {
        (void)!trt_body_end(body); // one that failed says so to its reader
    }
}

static void on_closed(void* self, trt_h2_stream* stream, uint32_t code) {
    (void)self, (void)code;
    trt_http2_exchange* ex = stream->user;
    ex->closed = true;
    ex->body_until_ns = ex->send_until_ns = UINT64_MAX;
    if (!is_over(ex)) {
        trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_CLIENT_GONE);
    }
    if (ex->exchange.request.stream != NULL && !stream->whole) {
        trt_body_fail(ex->exchange.request.stream, TMLRT_E_CONNRESET);
    }
    trt_http2_queue(ex);
}

static void on_pull(void* self, trt_h2_stream* stream, char* out, size_t cap,
                    trt_h2_pulled* pulled) {
    trt_http2_conn* conn = self;
    trt_http2_exchange* ex = stream->user;
    tmlrt_waker waker = waker_of(ex);
    trt_wire wire;
    trt_exchange_next(&ex->exchange, &waker, out, cap, &wire);
    *pulled = (trt_h2_pulled){.len = wire.kind == TRT_WIRE_DATA ? wire.len : 0,
                              .end = wire.kind == TRT_WIRE_END,
                              .abort = wire.kind == TRT_WIRE_ABORT};
    if (pulled->end) {
        pulled->trailers = wire.trailers;
        pulled->num_trailers = wire.num_trailers;
    } else if (pulled->abort) {
        ex->given_up = true;
    }
    ex->num_pulled += pulled->len;
    ex->pulled = conn->any_pulled = true;
}

// Windows grow while the process may hold that much.
static bool on_grow(void* self, int64_t bytes) {
    trt_http2_conn* conn = self;
    trt_budget* budget = &conn->link.shard->server->budget;
    if (bytes < 0) {
        trt_budget_give(budget, (uint64_t)-bytes);
        return true;
    }
    return trt_budget_take(budget, (uint64_t)bytes) == TMLRT_OK;
}

trt_h2_handler trt_http2_handler(trt_http2_conn* conn) {
    return (trt_h2_handler){.self = conn,
                            .open = on_open,
                            .head = on_head,
                            .data = on_data,
                            .end = on_end,
                            .pull = on_pull,
                            .closed = on_closed,
                            .grow = on_grow};
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
    return !ex->started || is_over(ex) ||
           trt_method_is_safe((enum trt_method)ex->exchange.request.method);
}

static void call(trt_http2_exchange* ex, tmlrt_context* cx) {
    trt_http_server* server = server_of(ex);
    tmlrt_context own = *cx;
    tmlrt_waker waker = waker_of(ex);
    own.arena = &ex->frames;
    own.waker = &waker;
    if (TRT_UNLIKELY(trt_http_server_phase(server) >= TRT_HTTP_DRAINING)) {
        trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_SHUTDOWN);
    }
    tmlrt_poll polled = trt_exchange_call(&ex->exchange, server->service, &ex->started, &own);
    cx->budget = own.budget;
    ex->exchange.done = polled == TMLRT_READY;
}

// The handler's time runs until its head is out, and again when the peer is gone; one of the
// route's own runs through.
static void set_handler_time(trt_http2_exchange* ex, uint64_t now_ns) {
    const trt_exchange* exchange = &ex->exchange;
    bool timed = ex->started && !is_over(ex) &&
                 (ex->closed || exchange->sent != TRT_SENT_HEAD || exchange->timeout_ns != 0);
    if (!timed) {
        ex->handler_until_ns = UINT64_MAX;
    } else if (ex->handler_until_ns == UINT64_MAX) {
        uint64_t own_ns = exchange->timeout_ns;
        ex->handler_until_ns = now_ns + (own_ns != 0 ? own_ns : server_of(ex)->limits.handler_ns);
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
        ex->send_until_ns = now_ns + server_of(ex)->limits.write_stall_ns;
        ex->unsent = send_mark(ex);
    }
}

void trt_http2_run(trt_http2_exchange* ex, tmlrt_context* cx, uint64_t now_ns) {
    bool ready = ex->stream == NULL || ex->stream->whole || ex->exchange.request.stream != NULL;
    if (ex->exchange.began_ns != 0 && ready && !is_over(ex) &&
        !(ex->closed && may_be_dropped(ex))) {
        call(ex, cx);
    }
    if (!ex->closed) {
        put_output(ex);
        if (!ex->given_up) {
            credit(ex);
        }
    }
    if (ex->closed && may_be_dropped(ex)) {
        finish(ex);
        return;
    }
    set_handler_time(ex, now_ns);
    set_send_time(ex, now_ns);
}

static void expire_handler(trt_http2_exchange* ex) {
    trt_http_count(server_of(ex), TRT_HTTP_COUNT_late);
    ex->handler_until_ns = UINT64_MAX;
    trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_DEADLINE);
    if (ex->closed) {
        ex->given_up = true;
    } else if (!ex->answered) {
        answer_own(ex, 503, "the handler took too long");
    } else if (ex->exchange.sent != TRT_SENT_ALL) {
        ex->given_up = true;
        trt_h2_stream_reset(ex->stream, TRT_H2_INTERNAL_ERROR);
    } else {
        ex->given_up = true;
    }
}

static void expire_body(trt_http2_exchange* ex) {
    trt_http_server* server = server_of(ex);
    if (ex->held) {
        trt_http_count(server, TRT_HTTP_COUNT_held);
        refuse(ex, TMLRT_CANCEL_ABORT, 503,
               "the server holds as many request and answer bytes as it may");
        return;
    }
    trt_http_count(server, TRT_HTTP_COUNT_timed_out);
    refuse(ex, TMLRT_CANCEL_CLIENT_GONE, 408, "the request body came too slowly");
}

static void expire_send(trt_http2_exchange* ex, uint64_t now_ns) {
    if (send_mark(ex) != ex->unsent) {
        ex->unsent = send_mark(ex);
        ex->send_until_ns = now_ns + server_of(ex)->limits.write_stall_ns;
        return;
    }
    trt_http_count(server_of(ex), TRT_HTTP_COUNT_stalled);
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
        finish(ex);
    }
}
