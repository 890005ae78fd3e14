// SPDX-License-Identifier: Apache-2.0
// An exchange with streams or interim answers, over HTTP/1.1: phase STREAM. One step polls the
// service, moves body bytes from the socket to request.stream while it wants them, and sends what
// trt_exchange_next says. Who makes progress wakes this task (both ends of a body are woken by the
// other), so a step does each of the three once.
//
// The socket is read only while the handler reads: the peer's time (h1) runs then and stands still
// else. Output that waits has the stall deadline. The handler's time runs until its head is out,
// from the last body bytes it was given, and again when its answer is out before it has returned;
// a time of the route's own runs through.
//
// Behind an answer that takes another protocol (conn_switch.c) each byte either way begins
// upgrade_idle_ns anew, in place of the handler's time.
//
// Thread: the connection's worker.
#include "std/http/server/conn_step.h"

#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/coop.h"
#include "std/http/core/method.h"
#include "std/http/server/body.h"
#include "std/http/server/exchange_poll.h"
#include "std/http/server/lease.h"
#include "std/http/server/watch_call.h"

enum { OUT_ROOM_MIN = 1024 };

static bool in_body(const trt_http_conn* conn) {
    return conn->h1.state == TRT_H1_BODY || conn->h1.state == TRT_H1_CHUNKS;
}

static bool has_switched(const trt_http_conn* conn) {
    return conn->h1.state == TRT_H1_RAW;
}

void trt_conn_renew_time(trt_http_conn* conn, uint64_t now_ns) {
    const trt_http_limits* limits = &conn->link.shard->server->limits;
    uint64_t own_ns = conn->ws->exchange.timeout_ns;
    uint64_t span_ns = has_switched(conn) ? limits->upgrade_idle_ns : limits->handler_ns;
    if (conn->handler_until_ns == UINT64_MAX || own_ns == 0) {
        conn->handler_until_ns = now_ns + (own_ns != 0 ? own_ns : span_ns);
    }
}

enum trt_conn_step trt_conn_begin_stream(trt_http_conn* conn, bool polled, uint64_t now_ns) {
    conn->phase = TRT_CONN_STREAM;
    conn->polled = polled;
    conn->framing = TRT_H1_FRAMED_WHOLE;
    conn->paused_ns = now_ns;
    conn->handler_until_ns = UINT64_MAX;
    trt_stall_clear(&conn->stall);
    return TRT_STEP_ON;
}

bool trt_conn_wants_stream(trt_http_conn* conn, bool expects) {
    const trt_service* service = conn->link.shard->server->service;
    tmlrt_request* request = &conn->ws->exchange.request;
    return (service->streams_body != NULL && service->streams_body(service->self, request)) ||
           (expects && service->needs_no_body != NULL &&
            service->needs_no_body(service->self, request));
}

enum trt_conn_step trt_conn_stream_body(trt_http_conn* conn, bool expects, uint64_t now_ns) {
    trt_exchange* exchange = &conn->ws->exchange;
    if (trt_http_is_full(conn->link.shard)) { // its body has not been read: the connection ends
        return trt_conn_refuse(conn, now_ns, 503, "the server has too much to do");
    }
    uint64_t length = conn->h1.state == TRT_H1_BODY ? conn->h1.body_left : TRT_BODY_UNKNOWN;
    if (length == TRT_BODY_UNKNOWN) {
        char* text = trt_arena_alloc(exchange->request.arena,
                                     trt_h1_trailer_room(&conn->link.shard->server->limits), 1);
        if (text == NULL) {
            return trt_conn_no_memory(conn, now_ns);
        }
        trt_h1_conn_keep_trailers(&conn->h1, text);
    }
    if (trt_exchange_stream_body(exchange, length) != TMLRT_OK) {
        return trt_conn_no_memory(conn, now_ns);
    }
    exchange->request.flags |= expects ? TRT_REQUEST_EXPECTS : 0;
    return trt_conn_begin_stream(conn, false, now_ns);
}

// The request cannot be completed: told to the peer if nothing else was yet.
static enum trt_conn_step refuse(trt_http_conn* conn, tmlrt_cancel_reason reason, uint32_t status,
                                 const char* why, uint64_t now_ns) {
    trt_exchange_cancel(&conn->ws->exchange, reason);
    return conn->ws->exchange.sent == TRT_SENT_NOTHING ? trt_conn_refuse(conn, now_ns, status, why)
                                                       : TRT_STEP_RESET;
}

// ---- the request's body -------------------------------------------------------------------------

// More of it into `in`, behind the head. ON: there is some.
static enum trt_conn_step receive(trt_http_conn* conn, tmlrt_context* cx) {
    trt_workspace* ws = conn->ws;
    trt_io_result result;
    ws->at = ws->in_end = ws->body_start;
    if (trt_stream_poll_read(conn->link.stream, cx, ws->in + ws->in_end, ws->in_cap - ws->in_end,
                             &result) == TMLRT_PENDING) {
        return TRT_STEP_WAIT;
    }
    if (result.status != TMLRT_OK) {
        return TRT_STEP_RESET;
    }
    if (result.len == 0) {
        return TRT_STEP_CLOSE;
    }
    ws->in_end += (uint32_t)result.len;
    trt_conn_spend_bytes(cx, result.len);
    return TRT_STEP_ON;
}

static tmlrt_status end_body(trt_http_conn* conn, tmlrt_body* body) {
    trt_header field;
    uint32_t at = 0;
    while (trt_h1_conn_trailer(&conn->h1, &at, &field)) {
        TRT_TRY(trt_body_trailer(body, field.name, field.value));
    }
    return trt_body_end(body);
}

// What the codec found goes to the body.
static tmlrt_status deliver(trt_http_conn* conn, tmlrt_body* body, const trt_h1_result* result) {
    tmlrt_status status = TMLRT_OK;
    if ((result->events & (TRT_H1_EV_BODY | TRT_H1_EV_RAW)) != 0) {
        size_t taken = 0;
        status = trt_body_put(body, result->body.data, (size_t)result->body.len, &taken);
        if (status == TMLRT_OK && taken != result->body.len) {
            status = TMLRT_E_NOMEM; // the ring could not grow to what there was room for
        }
    }
    if (status == TMLRT_OK && (result->events & TRT_H1_EV_COMPLETE) != 0) {
        status = end_body(conn, body);
    }
    return status;
}

// Some of a body has come without the codec.
static void went_straight(trt_http_conn* conn, tmlrt_body* body, const trt_h1_result* result,
                          uint64_t now_ns) {
    if ((result->events & TRT_H1_EV_COMPLETE) != 0) {
        (void)!end_body(conn, body); // one that has failed meanwhile says so to its reader
    }
    trt_conn_renew_time(conn, now_ns);
}

// Feeds what is held, as much as the body has room for. WAIT: this poll has done enough.
static enum trt_conn_step feed(trt_http_conn* conn, tmlrt_body* body, tmlrt_context* cx,
                               uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    size_t len = ws->in_end - ws->at, room = trt_body_room(body);
    trt_h1_result result;
    trt_h1_conn_feed(&conn->h1, &result, &ws->exchange.request, ws->in + ws->at,
                     len < room ? len : room, now_ns);
    ws->at += (uint32_t)result.consumed;
    if (result.events & TRT_H1_EV_ERROR) {
        trt_http_count(conn->link.shard->server, TRT_HTTP_COUNT_refused);
        return refuse(conn, TMLRT_CANCEL_ABORT, result.status, result.why, now_ns);
    }
    if (deliver(conn, body, &result) == TMLRT_E_NOMEM) {
        trt_http_count(conn->link.shard->server, TRT_HTTP_COUNT_no_memory);
        return refuse(conn, TMLRT_CANCEL_ABORT, 503, "out of memory", now_ns);
    }
    if (result.events & (TRT_H1_EV_BODY | TRT_H1_EV_RAW)) {
        trt_conn_renew_time(conn, now_ns);
    }
    return trt_conn_is_small_piece(&result) && !trt_coop_spend(cx) ? TRT_STEP_WAIT : TRT_STEP_ON;
}

// ON: go on with the output; else what the step answers (or, phase left, ON as well).
static enum trt_conn_step take_input(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    tmlrt_body* body = ws->exchange.request.stream;
    while (body != NULL && (in_body(conn) || has_switched(conn)) && trt_body_wants(body)) {
        if (conn->paused_ns != 0) {
            trt_h1_conn_defer(&conn->h1, now_ns - conn->paused_ns);
            conn->paused_ns = 0;
        }
        trt_h1_result straight;
        enum trt_conn_step step = trt_conn_read_straight(conn, cx, &straight, now_ns);
        if (step == TRT_STEP_ON && straight.events != 0) {
            went_straight(conn, body, &straight, now_ns);
            continue;
        }
        if (step == TRT_STEP_ON && ws->at == ws->in_end) {
            step = receive(conn, cx);
        }
        if (step == TRT_STEP_CLOSE && has_switched(conn)) {
            (void)!trt_body_end(body); // the peer's side has; one that failed says so to its reader
            break;
        }
        if (step == TRT_STEP_CLOSE) {
            return refuse(conn, TMLRT_CANCEL_CLIENT_GONE, 400,
                          "the connection ended inside the request", now_ns);
        }
        if (step == TRT_STEP_ON) {
            step = feed(conn, body, cx, now_ns);
        }
        if (step == TRT_STEP_WAIT) {
            return TRT_STEP_ON;
        }
        if (step != TRT_STEP_ON || conn->phase != TRT_CONN_STREAM) {
            return step;
        }
    }
    if (conn->paused_ns == 0) {
        conn->paused_ns = now_ns;
    }
    return TRT_STEP_ON;
}

// The answer is there before the body is: what has come of it is passed over.
static void pass_over(trt_http_conn* conn, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    while (in_body(conn) && ws->at != ws->in_end) {
        trt_h1_result result;
        trt_h1_conn_feed(&conn->h1, &result, &ws->exchange.request, ws->in + ws->at,
                         ws->in_end - ws->at, now_ns);
        ws->at += (uint32_t)result.consumed;
        if (result.consumed == 0 || (result.events & TRT_H1_EV_ERROR) != 0) {
            break;
        }
    }
}

// ---- the answer ---------------------------------------------------------------------------------

static void put_head(trt_http_conn* conn, const trt_wire* wire, uint64_t now_ns) {
    conn->framing = wire->length != TRT_BODY_UNKNOWN ? TRT_H1_FRAMED_LENGTH
                    : conn->h1.http10                ? TRT_H1_FRAMED_CLOSE
                                                     : TRT_H1_FRAMED_CHUNKS;
    if (conn->framing == TRT_H1_FRAMED_CLOSE) {
        conn->h1.keep_alive = false;
    }
    if (!trt_http_put_stream_head(conn, wire->response, conn->framing, wire->length, now_ns)) {
        conn->framing = TRT_H1_FRAMED_WHOLE; // a 500 in its place: nothing follows
        trt_body_discard(wire->response->stream);
    } else if (wire->no_body) {
        conn->framing = TRT_H1_FRAMED_WHOLE;
    }
}

static void put_whole(trt_http_conn* conn, uint64_t now_ns) {
    pass_over(conn, now_ns);
    if (in_body(conn)) {
        conn->h1.keep_alive = false;
    }
    conn->answering = !trt_http_answer(conn, now_ns);
}

static bool put_end(trt_http_conn* conn, const trt_wire* wire) {
    trt_workspace* ws = conn->ws;
    size_t len;
    if (conn->framing != TRT_H1_FRAMED_CHUNKS) {
        return true;
    }
    tmlrt_status status =
        trt_h1_encode_last_chunk(ws->out + ws->out_end, TRT_WS_OUT_CAP - ws->out_end, &len,
                                 wire->trailers, wire->num_trailers);
    if (status == TMLRT_OK) {
        ws->out_end += (uint32_t)len;
    } else if (status == TMLRT_E_FULL) {
        size_t bound = 8;
        for (uint32_t i = 0; i < wire->num_trailers; i++) {
            bound += (size_t)(wire->trailers[i].name.len + wire->trailers[i].value.len) + 4;
        }
        char* text = trt_arena_alloc(&ws->arena, bound, 1);
        if (text == NULL || trt_h1_encode_last_chunk(text, bound, &len, wire->trailers,
                                                     wire->num_trailers) != TMLRT_OK) {
            return false;
        }
        ws->tail[0] = (tmlrt_slice){text, len};
    }
    return status == TMLRT_OK || status == TMLRT_E_FULL;
}

static void put_data(trt_http_conn* conn, size_t len, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    if (has_switched(conn)) {
        trt_conn_renew_time(conn, now_ns);
    }
    ws->out_end += conn->framing == TRT_H1_FRAMED_CHUNKS
                       ? (uint32_t)trt_h1_encode_chunk(ws->out + ws->out_end, len)
                       : (uint32_t)len;
}

// Appends what is there to the output. ON: flush and come again; WAIT: there is no more for now;
// RESET: the answer is cut off.
static enum trt_conn_step fill(trt_http_conn* conn, const tmlrt_context* cx, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    for (;;) {
        uint32_t room = TRT_WS_OUT_CAP - ws->out_end;
        if (conn->answering && ws->out_end == 0) {
            conn->answering = !trt_http_answer(conn, now_ns);
        }
        if (room < OUT_ROOM_MIN || conn->answering || ws->tail[0].len + ws->tail[1].len != 0) {
            return TRT_STEP_ON;
        }
        bool chunks = conn->framing == TRT_H1_FRAMED_CHUNKS;
        uint32_t head = chunks ? TRT_H1_CHUNK_HEAD : 0;
        trt_wire wire;
        trt_exchange_next(&ws->exchange, cx->waker, ws->out + ws->out_end + head,
                          room - head - TRT_H1_CHUNK_TAIL, &wire);
        switch (wire.kind) {
        case TRT_WIRE_INTERIM:
            trt_http_put_interim(conn, wire.response);
            break;
        case TRT_WIRE_WHOLE:
            put_whole(conn, now_ns);
            break;
        case TRT_WIRE_HEAD:
            put_head(conn, &wire, now_ns);
            break;
        case TRT_WIRE_SWITCH:
            if (!trt_conn_put_switch(conn, &wire)) {
                return TRT_STEP_RESET;
            }
            trt_conn_renew_time(conn, now_ns);
            break;
        case TRT_WIRE_DATA:
            put_data(conn, wire.len, now_ns);
            break;
        case TRT_WIRE_END:
            if (!put_end(conn, &wire)) {
                return TRT_STEP_RESET;
            }
            break;
        case TRT_WIRE_ABORT:
            return TRT_STEP_RESET;
        default:
            return TRT_STEP_WAIT;
        }
    }
}

// WAIT: nothing more can be done now; RESET: the connection ends.
static enum trt_conn_step give_output(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    trt_http_server* server = conn->link.shard->server;
    for (;;) {
        bool lent = trt_conn_sends_lent(conn);
        enum trt_conn_step filled =
            lent ? trt_conn_send_lent(conn, cx, now_ns) : fill(conn, cx, now_ns);
        if (lent && filled == TRT_STEP_WAIT) {
            return TRT_STEP_WAIT;
        }
        if (filled == TRT_STEP_RESET) {
            trt_exchange_cancel(&conn->ws->exchange, TMLRT_CANCEL_ABORT);
            return TRT_STEP_RESET;
        }
        enum trt_conn_step step = trt_conn_flush(conn, cx, now_ns);
        if (step == TRT_STEP_WAIT) {
            trt_stall_block(&conn->stall, &server->limits, now_ns);
            trt_workspace_charge(conn->ws, server);
            return TRT_STEP_WAIT;
        }
        if (step == TRT_STEP_RESET) {
            conn->gone = true;
            return TRT_STEP_WAIT;
        }
        trt_stall_clear(&conn->stall);
        trt_exchange_flushed(&conn->ws->exchange);
        if (filled == TRT_STEP_WAIT || !trt_coop_spend(cx)) {
            return TRT_STEP_WAIT;
        }
    }
}

// ---- the step -----------------------------------------------------------------------------------

static enum trt_conn_step end_stream(trt_http_conn* conn, uint64_t now_ns) {
    pass_over(conn, now_ns);
    if (in_body(conn)) { // the peer goes on with a body that nobody wants: this was the last answer
        trt_h1_conn_abandon(&conn->h1);
    }
    return trt_conn_after_answer(conn, now_ns);
}

static void set_deadline(trt_http_conn* conn, uint64_t now_ns) {
    const trt_exchange* exchange = &conn->ws->exchange;
    bool timed = has_switched(conn) ||
                 (!exchange->done &&
                  (conn->gone || exchange->sent != TRT_SENT_HEAD || exchange->timeout_ns != 0));
    if (timed && conn->handler_until_ns == UINT64_MAX) {
        trt_conn_renew_time(conn, now_ns);
    } else if (!timed && exchange->timeout_ns == 0) {
        conn->handler_until_ns = UINT64_MAX; // counted anew when it is again
    }
    uint64_t until = timed ? conn->handler_until_ns : UINT64_MAX;
    if (conn->paused_ns == 0 && in_body(conn)) {
        uint64_t body = trt_h1_conn_deadline(&conn->h1);
        until = body < until ? body : until;
    }
    until = conn->stall.deadline_ns < until ? conn->stall.deadline_ns : until;
    conn->deadline_ns = until;
}

static enum trt_conn_step client_gone(trt_http_conn* conn, uint64_t now_ns) {
    trt_exchange* exchange = &conn->ws->exchange;
    trt_exchange_cancel(exchange, TMLRT_CANCEL_CLIENT_GONE);
    if (exchange->done || trt_method_is_safe((enum trt_method)exchange->request.method)) {
        return TRT_STEP_RESET;
    }
    trt_stall_clear(&conn->stall);
    conn->paused_ns = now_ns;
    set_deadline(conn, now_ns);
    return TRT_STEP_WAIT;
}

// Who listens to events says nothing more: the end of its side means that it left. What it sends
// all the same, a next request, is kept, and its end is found when that is read.
static bool listener_left(trt_http_conn* conn, tmlrt_context* cx) {
    trt_workspace* ws = conn->ws;
    trt_io_result result;
    if (ws->exchange.events == NULL || in_body(conn) || ws->at != ws->in_end ||
        ws->in_end == ws->in_cap ||
        trt_stream_poll_read(conn->link.stream, cx, ws->in + ws->in_end, ws->in_cap - ws->in_end,
                             &result) == TMLRT_PENDING) {
        return false;
    }
    if (result.status != TMLRT_OK || result.len == 0) {
        return true;
    }
    ws->in_end += (uint32_t)result.len;
    return false;
}

// Our side of another protocol has ended, and the handler goes on: a FIN says so.
static void end_our_side(trt_http_conn* conn, tmlrt_context* cx) {
    tmlrt_status ignored; // a peer that is gone is found by reading
    if (has_switched(conn) && conn->ws->exchange.sent == TRT_SENT_ALL && !conn->shut &&
        !trt_http_output_pending(conn->ws)) {
        conn->shut = trt_stream_poll_shutdown(conn->link.stream, cx, &ignored) == TMLRT_READY;
    }
}

// Whoever reads may be another task: it wakes this one when it first asks, or takes of a full ring.
static bool reader_asks(trt_http_conn* conn, const tmlrt_context* cx) {
    tmlrt_body* body = conn->ws->exchange.request.stream;
    if (body == NULL || conn->paused_ns == 0 || !(in_body(conn) || has_switched(conn))) {
        return false; // the socket wakes it
    }
    (void)trt_body_watch_taken(body, cx->waker);
    return trt_body_wants(body); // meanwhile
}

// With both sides ended in order the system says the same as of a peer that is gone.
static bool peer_left(trt_http_conn* conn, tmlrt_context* cx) {
    return listener_left(conn, cx) ||
           (!(has_switched(conn) && conn->shut) &&
            trt_stream_poll_hangup(conn->link.stream, cx) == TMLRT_READY);
}

enum trt_conn_step trt_conn_step_stream(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    trt_exchange* exchange = &conn->ws->exchange;
    bool was_http = !has_switched(conn);
    if (!conn->polled && !exchange->done) {
        exchange->done = trt_conn_call_service(conn, cx) == TMLRT_READY;
        if (!exchange->done) {
            trt_conn_waits(conn);
        }
    }
    conn->polled = false;
    if (!conn->gone) {
        enum trt_conn_step step = take_input(conn, cx, now_ns);
        if (step == TRT_STEP_RESET) {
            conn->gone = true;
        } else if (step != TRT_STEP_ON || conn->phase != TRT_CONN_STREAM) {
            return step;
        }
    }
    if (!conn->gone && give_output(conn, cx, now_ns) == TRT_STEP_RESET) {
        return TRT_STEP_RESET;
    }
    if (was_http && has_switched(conn) && !conn->gone) {
        conn->polled = true; // what the handler may have asked for can be read now
        return TRT_STEP_ON;
    }
    bool over = exchange->done && exchange->sent == TRT_SENT_ALL && !conn->answering;
    if (!conn->gone && over && !trt_http_output_pending(conn->ws)) {
        return end_stream(conn, now_ns);
    }
    if (!conn->gone) {
        end_our_side(conn, cx);
        conn->gone = peer_left(conn, cx);
    }
    if (conn->gone) {
        return client_gone(conn, now_ns);
    }
    if (reader_asks(conn, cx)) {
        conn->polled = true;
        return TRT_STEP_ON;
    }
    set_deadline(conn, now_ns);
    return TRT_STEP_WAIT;
}

enum trt_conn_step trt_conn_expire_stream(trt_http_conn* conn, uint64_t now_ns) {
    trt_http_server* server = conn->link.shard->server;
    trt_exchange* exchange = &conn->ws->exchange;
    conn->polled = true; // nobody has woken the handler
    if (now_ns >= conn->stall.deadline_ns) {
        if (!trt_stall_expire(&conn->stall, &server->limits, trt_socket_unsent(conn->link.handle),
                              now_ns)) {
            return TRT_STEP_ON;
        }
        trt_http_count(server, TRT_HTTP_COUNT_stalled);
        trt_exchange_cancel(exchange, TMLRT_CANCEL_CLIENT_GONE);
        return TRT_STEP_RESET;
    }
    if (conn->paused_ns == 0 && in_body(conn) && now_ns >= trt_h1_conn_deadline(&conn->h1)) {
        trt_h1_result result;
        trt_h1_conn_expire(&conn->h1, &result, now_ns);
        trt_http_count(server, TRT_HTTP_COUNT_timed_out);
        return refuse(conn, TMLRT_CANCEL_CLIENT_GONE, result.status, result.why, now_ns);
    }
    bool silent = has_switched(conn) && exchange->timeout_ns == 0;
    trt_http_count(server, silent ? TRT_HTTP_COUNT_silent : TRT_HTTP_COUNT_late);
    trt_exchange_cancel(exchange, TMLRT_CANCEL_DEADLINE);
    if (conn->gone || exchange->sent == TRT_SENT_HEAD) {
        return TRT_STEP_RESET;
    }
    if (exchange->sent == TRT_SENT_ALL) {
        return end_stream(conn, now_ns);
    }
    conn->late = true;
    conn->h1.keep_alive = conn->h1.keep_alive && !in_body(conn);
    return trt_conn_answered(conn, now_ns);
}
