// SPDX-License-Identifier: Apache-2.0
// The request of an HTTP/2 exchange, as the codec tells it: head, body, end. A body is collected,
// or is a stream that the handler reads. The peer's window of a collected body is credited as it
// comes, unless the process holds too much; that of a streamed one as the handler takes it.
//
// The codec calls in the middle of feed and output: what it tells is noted here, and the service is
// called afterwards (trt_http2_run). Thread: the connection's worker.
#include "std/http/server/h2_conn.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/server/body.h"
#include "std/http/server/lease.h"
#include "std/http/server/watch_call.h"

#include <string.h>

enum { BODY_FIRST = 4096, BODY_SMALL = 2048 }; ///< of a collected body

void trt_http2_refuse(trt_http2_exchange* ex, tmlrt_cancel_reason reason, uint32_t status,
                      const char* why) {
    trt_exchange_cancel(&ex->exchange, reason);
    ex->body_until_ns = UINT64_MAX;
    if (status == 413) {
        trt_http_count(trt_http2_server_of(ex), TRT_HTTP_COUNT_refused);
    }
    if (ex->answered) {
        ex->given_up = true;
        trt_h2_stream_reset(ex->stream, TRT_H2_CANCEL);
    } else {
        trt_http2_answer_own(ex, status, why);
    }
}

static const char* too_long(const trt_http2_exchange* ex) {
    return ex->own_limit ? "the body is larger than this route takes"
                         : "the body is larger than this server takes";
}

void trt_http2_no_memory(trt_http2_exchange* ex) {
    trt_http_count(trt_http2_server_of(ex), TRT_HTTP_COUNT_no_memory);
    trt_http2_refuse(ex, TMLRT_CANCEL_ABORT, 503, "out of memory");
}

// The peer's window has back what was kept of a collected body, unless too much is held.
static void credit_collected(trt_http2_exchange* ex) {
    trt_budget* budget = &trt_http2_server_of(ex)->budget;
    size_t owed = (size_t)(ex->body_len - ex->credited);
    if (trt_budget_full(budget)) {
        tmlrt_waker waker = trt_http2_waker(ex);
        trt_budget_wait(budget, &ex->waiter, 1, &waker);
        if (trt_budget_full(budget)) {
            if (!ex->held) {
                ex->held = true;
                ex->body_until_ns = ex->conn->now_ns + trt_http2_server_of(ex)->limits.held_wait_ns;
            }
            return;
        }
    }
    if (ex->held) {
        ex->held = false;
        ex->body_until_ns = ex->conn->now_ns + trt_http2_server_of(ex)->limits.body_idle_ns;
    }
    trt_budget_forget(budget, &ex->waiter);
    ex->credited = ex->body_len;
    trt_h2_stream_read(ex->stream, owed);
}

static void credit_taken(trt_http2_exchange* ex) {
    tmlrt_waker waker = trt_http2_waker(ex);
    uint64_t taken = trt_body_watch_taken(ex->exchange.request.stream, &waker);
    size_t owed = (size_t)(taken - ex->credited);
    if (owed != 0) {
        ex->credited = taken;
        trt_h2_stream_read(ex->stream, owed);
        if (!ex->stream->whole && !ex->switched) {
            ex->body_until_ns = ex->conn->now_ns + trt_http2_server_of(ex)->limits.body_idle_ns;
        }
    }
}

void trt_http2_credit(trt_http2_exchange* ex) {
    if (ex->exchange.request.stream != NULL) {
        credit_taken(ex);
    } else if (ex->credited != ex->body_len) {
        credit_collected(ex);
    }
}

// A small one whose length is told has room among what else is the request's.
static bool lies_in_arena(trt_http2_exchange* ex, uint64_t told) {
    if (ex->body_cap != 0 || told > BODY_SMALL) {
        return false;
    }
    ex->body = trt_arena_alloc(&ex->arena, (size_t)told, 1);
    if (ex->body == NULL) {
        return false;
    }
    trt_budget_charge(&trt_http2_server_of(ex)->budget, told);
    ex->body_in_arena = true;
    ex->body_cap = told;
    return true;
}

// The codec gives no more than was told.
static bool grow_body(trt_http2_exchange* ex, size_t len) {
    uint64_t cap = ex->body_cap == 0 ? BODY_FIRST : ex->body_cap;
    uint64_t told = ex->stream->content_length;
    if (ex->body_in_arena || lies_in_arena(ex, told)) {
        TRT_CHECK(len <= ex->body_cap - ex->body_len);
        return true;
    }
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
    trt_budget_charge(&trt_http2_server_of(ex)->budget, cap - ex->body_cap);
    ex->body = grown;
    ex->body_cap = cap;
    return true;
}

static void collect(trt_http2_exchange* ex, tmlrt_slice piece) {
    if (piece.len > ex->body_limit - ex->body_len) {
        ex->credited = ex->body_len; // what is owed is lost with the request
        trt_http2_refuse(ex, TMLRT_CANCEL_ABORT, 413, too_long(ex));
        return;
    }
    if (!grow_body(ex, (size_t)piece.len)) {
        trt_http2_no_memory(ex);
        return;
    }
    memcpy(ex->body + ex->body_len, piece.data, (size_t)piece.len);
    ex->body_len += piece.len;
    credit_collected(ex);
}

static void stream_piece(trt_http2_exchange* ex, tmlrt_body* body, tmlrt_slice piece) {
    size_t taken = 0;
    tmlrt_status status = trt_body_put(body, piece.data, (size_t)piece.len, &taken);
    if (status == TMLRT_E_NOMEM || (status == TMLRT_OK && taken != piece.len)) {
        trt_http2_no_memory(ex); // the ring holds a window, if it can grow to it
    } else if (status != TMLRT_OK) {
        trt_h2_stream_read(ex->stream, (size_t)piece.len); // nobody wants it any more
        return;
    }
    ex->body_until_ns = UINT64_MAX; // the handler's turn
    if (TRT_UNLIKELY(ex->switched)) {
        trt_http2_switched_moved(ex);
    } else if (ex->handler_until_ns != UINT64_MAX && ex->exchange.timeout_ns == 0) {
        ex->handler_until_ns = ex->conn->now_ns + trt_http2_server_of(ex)->limits.handler_ns;
    }
}

// As in h1/conn.c: each byte moves the deadline by 1/body_rate, at most body_idle_ns ahead of now.
static void credit_time(trt_http2_exchange* ex, uint64_t bytes) {
    const trt_http_limits* limits = &trt_http2_server_of(ex)->limits;
    uint64_t latest = ex->conn->now_ns + limits->body_idle_ns;
    uint64_t moved = ex->body_until_ns + bytes * (TRT_S / limits->body_rate);
    ex->body_until_ns = moved < latest ? moved : latest;
}

// ---- what the codec tells -----------------------------------------------------------------------

static tmlrt_request* on_open(void* self, trt_h2_stream* stream) {
    trt_http2_conn* conn = self;
    trt_http2_exchange* ex = trt_http2_take(conn);
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

// A body of which the peer may send so much before it is read.
uint32_t trt_http2_room_for_window(const trt_http2_exchange* ex) {
    uint64_t window = trt_http2_server_of(ex)->limits.h2_window_max_bytes;
    uint32_t cap = TRT_BODY_CAP;
    while (cap < window) {
        cap *= 2;
    }
    return cap;
}

static bool wants_stream(trt_http2_exchange* ex) {
    const trt_service* service = trt_http2_server_of(ex)->service;
    tmlrt_request* request = &ex->exchange.request;
    return (service->streams_body != NULL && service->streams_body(service->self, request)) ||
           (ex->stream->expects_continue && service->needs_no_body != NULL &&
            service->needs_no_body(service->self, request));
}

static void begin_body(trt_http2_exchange* ex) {
    static const tmlrt_response s_continue = {.status = 100};
    trt_http_server* server = trt_http2_server_of(ex);
    const trt_service* service = server->service;
    tmlrt_request* request = &ex->exchange.request;
    uint64_t own = service->body_limit != NULL ? service->body_limit(service->self, request) : 0;
    uint64_t told = ex->stream->content_length;
    ex->own_limit = own != 0;
    ex->body_limit = own != 0 ? own : server->limits.body_bytes;
    if (told != UINT64_MAX && told > ex->body_limit) {
        trt_http2_refuse(ex, TMLRT_CANCEL_ABORT, 413, too_long(ex));
        return;
    }
    ex->body_until_ns = ex->conn->now_ns + server->limits.body_grace_ns;
    if (!wants_stream(ex)) {
        if (ex->stream->expects_continue) {
            trt_http2_interim(ex, &s_continue);
        }
        return;
    }
    if (trt_exchange_stream_body(&ex->exchange, told) != TMLRT_OK) {
        trt_http2_no_memory(ex);
        return;
    }
    request->stream->cap_max = trt_http2_room_for_window(ex);
    request->flags |= ex->stream->expects_continue ? TRT_REQUEST_EXPECTS : 0;
    trt_http2_queue(ex);
}

static void on_head(void* self, trt_h2_stream* stream, bool ended) {
    trt_http2_conn* conn = self;
    trt_http2_exchange* ex = stream->user;
    trt_http_server* server = trt_http2_server_of(ex);
    trt_http_exchange_begin(conn->link.shard, &ex->exchange, conn->now_ns);
    if (TRT_UNLIKELY(!trt_http_may_begin(server))) {
        trt_http_count(server, TRT_HTTP_COUNT_overloaded);
        trt_http2_answer_own(ex, 503, "the server is short of memory");
    } else if (trt_http_is_full(conn->link.shard)) {
        trt_http2_answer_own(ex, 503, "the server has too much to do");
    } else if (TRT_UNLIKELY(
                   !trt_http_link_answers_for(&conn->link, ex->exchange.request.authority))) {
        trt_http2_answer_own(ex, 421, "this connection's certificate is not for that host");
    } else if (TRT_UNLIKELY(stream->protocol.len != 0)) {
        trt_http2_begin_protocol(ex, ended);
    } else if (ended) {
        trt_http2_queue(ex);
    } else {
        begin_body(ex);
    }
}

// What the codec did not let through is answered in the form of every other answer.
static void on_refused(void* self, trt_h2_stream* stream, uint32_t status) {
    trt_http2_conn* conn = self;
    const char* why = status == 405   ? "TRACE is not served"
                      : status == 414 ? "the path is too long"
                      : status == 417 ? "an expectation other than 100-continue"
                      : status == 431 ? "the header fields are too long or too many"
                      : status == 501 ? "CONNECT is not served"
                                      : NULL;
    trt_http_count(conn->link.shard->server,
                   status == 503 ? TRT_HTTP_COUNT_no_memory : TRT_HTTP_COUNT_refused);
    trt_http2_answer_own(stream->user, status, why);
}

// Where what comes is put; NULL: it is collected.
static tmlrt_body* stream_of(const trt_http2_exchange* ex) {
    tmlrt_body* body = ex->exchange.request.stream;
    return body != NULL ? body : ex->exchange.offered;
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
    tmlrt_body* body = stream_of(ex);
    if (body != NULL) {
        stream_piece(ex, body, piece);
    } else {
        collect(ex, piece);
    }
}

static void on_end(void* self, trt_h2_stream* stream, const trt_header* trailers, uint32_t num) {
    (void)self;
    trt_http2_exchange* ex = stream->user;
    tmlrt_body* body = stream_of(ex);
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
    (void)self;
    if (TRT_UNLIKELY(stream->kept)) {
        trt_http2_waiting_end(stream->user);
        return;
    }
    trt_http2_exchange* ex = stream->user;
    trt_exchange* exchange = &ex->exchange;
    if (exchange->began_ns == 0 && exchange->own_status == 0 && code == TRT_H2_PROTOCOL_ERROR) {
        exchange->own_status = 400; // malformed: the reset is what HTTP/1.1 answers with 400
        trt_http_count(trt_http2_server_of(ex), TRT_HTTP_COUNT_refused);
    }
    bool sent = exchange->wire ? exchange->sent == TRT_SENT_ALL : ex->answered;
    ex->closed = true;
    ex->gone = code != TRT_H2_NO_ERROR || !sent; // else the handler may go on behind its answer
    ex->body_until_ns = ex->send_until_ns = UINT64_MAX;
    if (ex->gone && !trt_http2_is_over(ex)) {
        trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_CLIENT_GONE);
    }
    if (exchange->request.stream != NULL && !stream->whole) {
        trt_body_fail(exchange->request.stream, TMLRT_E_CONNRESET);
    }
    if (trt_http2_is_over(ex)) {
        trt_http2_finish(ex); // no further turn for what is all done
    } else {
        trt_http2_queue(ex);
    }
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
                            .refused = on_refused,
                            .data = on_data,
                            .end = on_end,
                            .pull = trt_http2_pull,
                            .closed = on_closed,
                            .grow = on_grow};
}
