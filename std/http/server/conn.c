// SPDX-License-Identifier: Apache-2.0
// A connection's task: bytes -> codec -> service -> output, one message at a time.
//
//   READ -> (complete) -> HANDLE -> answer -> READ      answers wait in the output while input is
//   READ, HANDLE -> WRITE -> READ | HANDLE | LINGER     left, and go out together in one send
//   READ -> HOLD -> READ | (503)                        the process holds as much as it may
//   any -> closed
//
// Idle, it holds a slot of the reactor and this frame: the workspace is taken when a read may find
// something and given back when the last answer is out, or while a message is slow (park.c). One
// timer serves every deadline: it is armed only when a deadline lies before the time it will fire
// at, and re-armed when it fires too early, so a request on a busy connection does not touch it.
//
// Thread: the worker the connection was accepted on, for all of its life.
#include "std/http/server/shard.h"

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/coop.h"
#include "std/http/core/method.h"

#include <stdalign.h>
#include <string.h>

#define FIRST_REQUEST_NS TRT_S ///< for a connection made while the server drains
#define HELD_WHY         "the server holds as many request and answer bytes as it may"

enum { BODY_BYTES_PER_UNIT = 256 }; ///< a poll takes 32 KiB of a body, then others run

/// What a step of the task answers.
enum step {
    STEP_ON,    ///< go on with the phase that is set now
    STEP_WAIT,  ///< a waker was kept
    STEP_CLOSE, ///< end in order
    STEP_RESET, ///< end at once
};

void trt_http_conn_open(trt_http_conn* conn, trt_http_shard* shard, trt_tcp tcp,
                        const trt_addr* peer) {
    *conn = (trt_http_conn){.shard = shard,
                            .tcp = tcp,
                            .source = trt_source_key_of(peer),
                            .armed_ns = UINT64_MAX,
                            .deadline_ns = UINT64_MAX};
    char text[64];
    size_t len = trt_addr_format(peer, text, sizeof text);
    const char* from = text[0] == '[' ? text + 1 : text;
    const char* end = memrchr(text, peer->family == 6 ? ']' : ':', len);
    conn->peer_len = (uint8_t)(end - from < 45 ? end - from : 45);
    memcpy(conn->peer, from, conn->peer_len);
}

static void start(trt_http_conn* conn, const tmlrt_context* cx, uint64_t now_ns) {
    trt_http_shard* shard = conn->shard;
    conn->head.state = 1;
    conn->stream = trt_tcp_stream(&conn->tcp);
    trt_waker_clone(cx->waker, &conn->waker);
    trt_list_push_back(&shard->conns, &conn->node);
    shard->seed = shard->seed * 1664525u + 1013904223u;
    trt_h1_conn_init(&conn->h1, &shard->server->limits, now_ns, shard->seed);
}

void trt_http_conn_close(trt_http_conn* conn, bool abortive) {
    trt_http_shard* shard = conn->shard;
    trt_http_server* server = shard->server;
    if (conn->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    if (conn->ws != NULL) {
        if (conn->phase == TRT_CONN_HOLD) {
            trt_budget_forget(&server->budget, &conn->ws->waiter);
        }
        trt_http_end_exchange(conn);
        trt_workspace_give(shard, conn->ws);
        conn->ws = NULL;
    }
    trt_http_drop_parked(conn);
    trt_timer_cancel(&conn->timer);
    if (conn->head.state != TMLRT_FRAME_UNSTARTED) {
        trt_list_remove(&conn->node);
        trt_http_note_idle(conn, false);
        trt_stream_close(conn->stream, abortive);
    } else {
        trt_tcp_close(&conn->tcp, abortive);
    }
    conn->head.state = TMLRT_FRAME_DONE;
    trt_waker_drop(&conn->waker);
    trt_sources_leave(&server->sources, conn->source);
    trt_atomic_sub(&server->num_conns, 1, TRT_RELAXED);
    shard->num_conns--;
    if (trt_http_server_phase(server) != TRT_HTTP_RUNNING) {
        trt_waker_wake_ref(&shard->acceptor); // it may have been waiting for the last one
    }
    trt_http_server_unref(server);
}

// ---- output -------------------------------------------------------------------------------------

static void advance_output(trt_workspace* ws, size_t len) {
    uint32_t out = ws->out_end - ws->out_at;
    uint32_t from_out = len < out ? (uint32_t)len : out;
    ws->out_at += from_out;
    len -= from_out;
    for (int i = 0; i < 2; i++) {
        uint64_t taken = len < ws->tail[i].len ? len : ws->tail[i].len;
        if (taken != 0) {
            ws->tail[i].data += taken;
            ws->tail[i].len -= taken;
            len -= taken;
        }
    }
    if (ws->out_at == ws->out_end) {
        ws->out_at = ws->out_end = 0;
    }
}

// Sends until the output is empty (STEP_ON) or the socket is full.
static enum step flush(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    while (trt_http_output_pending(ws)) {
        tmlrt_slice slices[3] = {
            {ws->out + ws->out_at, ws->out_end - ws->out_at}, ws->tail[0], ws->tail[1]};
        uint32_t num = ws->tail[0].len + ws->tail[1].len != 0 ? 3 : 1;
        trt_io_result result;
        if (trt_stream_poll_writev(conn->stream, cx, slices, num, &result) == TMLRT_PENDING) {
            return STEP_WAIT;
        }
        if (result.status != TMLRT_OK) {
            return STEP_RESET;
        }
        advance_output(ws, result.len);
        if (conn->phase == TRT_CONN_WRITE) {
            trt_stall_sent(&conn->stall, &conn->shard->server->limits, result.len, now_ns);
        }
    }
    return STEP_ON;
}

// Output first, then `after`.
static enum step begin_write(trt_http_conn* conn, enum trt_conn_phase after) {
    conn->phase = TRT_CONN_WRITE;
    conn->after = (uint8_t)after;
    trt_stall_clear(&conn->stall);
    return STEP_ON;
}

static void begin_linger(trt_http_conn* conn, uint64_t now_ns) {
    const trt_http_limits* limits = &conn->shard->server->limits;
    conn->phase = TRT_CONN_LINGER;
    conn->linger_left = limits->linger_bytes;
    conn->deadline_ns = now_ns + limits->linger_ns;
}

static enum step answered(trt_http_conn* conn, uint64_t now_ns);

static enum step step_write(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    enum step step = flush(conn, cx, now_ns);
    if (step != STEP_ON) {
        if (step == STEP_WAIT) {
            trt_stall_block(&conn->stall, &conn->shard->server->limits, now_ns);
            trt_workspace_charge(conn->ws, conn->shard->server);
        }
        return step;
    }
    conn->phase = conn->after;
    conn->deadline_ns = UINT64_MAX;
    if (conn->ending) {
        conn->ending = false;
        trt_http_end_exchange(conn);
    }
    if (conn->answering) {
        conn->answering = false;
        return answered(conn, now_ns);
    }
    if (conn->after == TRT_CONN_LINGER) {
        tmlrt_status ignored;
        trt_workspace_give(conn->shard, conn->ws);
        conn->ws = NULL;
        (void)trt_stream_poll_shutdown(conn->stream, cx, &ignored);
        begin_linger(conn, now_ns);
    }
    return STEP_ON;
}

// After the last answer: reads and throws away, so that the peer's unread bytes do not turn into a
// reset that takes the answer with it.
static enum step step_linger(trt_http_conn* conn, tmlrt_context* cx) {
    trt_http_shard* shard = conn->shard;
    trt_io_result result;
    while (trt_stream_poll_read(conn->stream, cx, shard->scratch, sizeof shard->scratch, &result) ==
           TMLRT_READY) {
        if (result.status != TMLRT_OK || result.len == 0 || result.len > conn->linger_left) {
            return STEP_CLOSE;
        }
        conn->linger_left -= result.len;
    }
    return STEP_WAIT;
}

// ---- the exchange -------------------------------------------------------------------------------

// The answer is in the output: what is next?
static enum step after_answer(trt_http_conn* conn, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    bool more = conn->h1.state == TRT_H1_ANSWER && trt_h1_conn_next(&conn->h1, now_ns);
    enum trt_conn_phase next = more ? TRT_CONN_READ : TRT_CONN_LINGER;
    conn->late = false;
    if (ws->tail[0].len + ws->tail[1].len != 0) {
        conn->ending = true; // what is sent lies in the exchange's arena
        return begin_write(conn, next);
    }
    trt_http_end_exchange(conn);
    if (!more) {
        return begin_write(conn, next);
    }
    conn->phase = TRT_CONN_READ;
    return STEP_ON;
}

static enum step answered(trt_http_conn* conn, uint64_t now_ns) {
    if (trt_http_answer(conn, now_ns)) {
        return after_answer(conn, now_ns);
    }
    conn->answering = true;
    return begin_write(conn, TRT_CONN_HANDLE);
}

// The last answer, the server's own.
static enum step refuse(trt_http_conn* conn, uint64_t now_ns, uint32_t status, const char* why) {
    trt_http_refuse(conn, now_ns, status, why);
    return after_answer(conn, now_ns);
}

// Waits until the process holds `bytes` less; nothing is read meanwhile.
static enum step begin_hold(trt_http_conn* conn, uint64_t bytes, uint64_t now_ns) {
    conn->phase = TRT_CONN_HOLD;
    conn->ws->waiter.bytes = bytes;
    conn->hold_began_ns = now_ns;
    conn->deadline_ns = now_ns + conn->shard->server->limits.held_wait_ns;
    return STEP_ON;
}

static enum step no_memory(trt_http_conn* conn, uint64_t now_ns) {
    trt_http_count(conn->shard->server, TRT_HTTP_COUNT_no_memory);
    return refuse(conn, now_ns, 503, "out of memory");
}

// A new request when nothing new is begun.
static enum step hold_back(trt_http_conn* conn, uint64_t now_ns) {
    trt_http_server* server = conn->shard->server;
    if (trt_http_output_pending(conn->ws)) {
        return begin_write(conn, TRT_CONN_READ);
    }
    if (trt_budget_level(&server->budget) == TRT_MEMORY_OK) {
        return begin_hold(conn, 1, now_ns);
    }
    trt_http_count(server, TRT_HTTP_COUNT_overloaded);
    return refuse(conn, now_ns, 503, "the server is short of memory");
}

static enum step step_hold(trt_http_conn* conn, const tmlrt_context* cx, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    trt_http_server* server = conn->shard->server;
    uint64_t wanted = ws->waiter.bytes;
    tmlrt_status status = TMLRT_OK;
    trt_budget_wait(&server->budget, &ws->waiter, wanted, cx->waker); // first, then try
    if (conn->h1.state != TRT_H1_IDLE) {
        status = trt_workspace_body_room(ws, server, trt_h1_conn_body_left(&conn->h1), &wanted);
    } else if (trt_budget_full(&server->budget)) {
        status = TMLRT_E_FULL;
    }
    if (status == TMLRT_E_FULL) {
        return STEP_WAIT;
    }
    trt_budget_forget(&server->budget, &ws->waiter);
    conn->phase = TRT_CONN_READ;
    trt_h1_conn_defer(&conn->h1, now_ns - conn->hold_began_ns); // the peer has not been slow
    return status == TMLRT_OK ? STEP_ON : no_memory(conn, now_ns);
}

static tmlrt_poll call_service(trt_http_conn* conn, tmlrt_context* cx) {
    const trt_service* service = conn->shard->server->service;
    trt_exchange* exchange = &conn->ws->exchange;
    trt_exchange_context ecx = {.base = *cx, .exchange = exchange};
    ecx.base.flags |= TMLRT_CX_EXCHANGE;
    tmlrt_poll answer;
    if (conn->started) {
        answer = service->poll(service->self, exchange, &ecx.base);
    } else {
        conn->started = true;
        answer = service->start(service->self, exchange, &ecx.base);
    }
    cx->budget = ecx.base.budget;
    return answer;
}

static enum step step_handle(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    if (call_service(conn, cx) == TMLRT_READY) {
        return answered(conn, now_ns);
    }
    if (conn->deadline_ns == UINT64_MAX) {
        conn->deadline_ns = now_ns + conn->shard->server->limits.handler_ns;
    }
    // Answers that were ready do not wait for a handler that is not.
    if (trt_http_output_pending(conn->ws) && flush(conn, cx, now_ns) == STEP_RESET) {
        conn->gone = true;
    }
    if (!conn->gone && trt_stream_poll_hangup(conn->stream, cx) == TMLRT_READY) {
        conn->gone = true;
    }
    bool safe = trt_method_is_safe((enum trt_method)conn->ws->exchange.request.method);
    return conn->gone && safe ? STEP_RESET : STEP_WAIT;
}

static enum step dispatch(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    if (!trt_coop_spend(cx)) {
        conn->phase = TRT_CONN_HANDLE; // complete, not started: the next poll does
        conn->deadline_ns = UINT64_MAX;
        return STEP_WAIT;
    }
    conn->phase = TRT_CONN_HANDLE;
    conn->deadline_ns = UINT64_MAX;
    return step_handle(conn, cx, now_ns);
}

// ---- input --------------------------------------------------------------------------------------

static void prepare_request(trt_http_conn* conn) {
    tmlrt_request* request = &conn->ws->exchange.request;
    request->arena = &conn->ws->arena;
    request->headers = conn->ws->headers;
    request->peer_ip = (tmlrt_slice){conn->peer, conn->peer_len};
}

static enum step take_events(trt_http_conn* conn, tmlrt_context* cx, const trt_h1_result* result,
                             uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    ws->at += (uint32_t)result->consumed;
    if (result->events & TRT_H1_EV_ERROR) {
        trt_http_count(conn->shard->server, TRT_HTTP_COUNT_refused);
        return refuse(conn, now_ns, result->status, result->why);
    }
    if (result->events & TRT_H1_EV_HEAD) {
        ws->body_start = ws->at;
        if ((result->events & TRT_H1_EV_CONTINUE) && ws->at == ws->in_end &&
            ws->out_end + sizeof(TRT_H1_CONTINUE) <= TRT_WS_OUT_CAP) {
            memcpy(ws->out + ws->out_end, TRT_H1_CONTINUE, sizeof(TRT_H1_CONTINUE) - 1);
            ws->out_end += sizeof(TRT_H1_CONTINUE) - 1;
        }
    }
    if (result->events & TRT_H1_EV_BODY) {
        trt_workspace_add_body(ws, result->body);
    }
    return result->events & TRT_H1_EV_COMPLETE ? dispatch(conn, cx, now_ns) : STEP_ON;
}

static bool in_head(const trt_http_conn* conn) {
    return conn->h1.state == TRT_H1_IDLE || conn->h1.state == TRT_H1_HEAD;
}

// Where the bytes end that may be looked at: behind a head there is always room for a read.
static uint32_t end_of_input(const trt_http_conn* conn) {
    const trt_workspace* ws = conn->ws;
    uint32_t end = in_head(conn) ? ws->in_cap - TRT_WS_RESERVE : ws->in_cap;
    return ws->in_end < end ? ws->in_end : end;
}

// Feeds what is held until it is used up (or the phase changes). *out_starved: more is needed, or
// more room.
static enum step parse(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns, bool* out_starved) {
    trt_workspace* ws = conn->ws;
    enum step step = STEP_ON;
    *out_starved = false;
    while (step == STEP_ON && conn->phase == TRT_CONN_READ) {
        trt_h1_result result;
        uint32_t end = end_of_input(conn);
        if (ws->at >= end) {
            *out_starved = true;
            return STEP_ON;
        }
        if (conn->h1.state == TRT_H1_IDLE) {
            if (TRT_UNLIKELY(!trt_http_may_begin(conn->shard->server))) {
                return hold_back(conn, now_ns);
            }
            if (ws->tail[0].len + ws->tail[1].len != 0) {
                return begin_write(conn, TRT_CONN_READ); // the exchange it belongs to is not over
            }
            prepare_request(conn);
        }
        trt_h1_conn_feed(&conn->h1, &result, &ws->exchange.request, ws->in + ws->at, end - ws->at,
                         now_ns);
        if (result.events == 0 && result.consumed == 0) {
            *out_starved = true;
            return STEP_ON;
        }
        step = take_events(conn, cx, &result, now_ns);
    }
    return step;
}

// Nothing is held and nothing is on its way: give everything back and wait.
static enum step wait_idle(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    if (conn->ws != NULL) {
        trt_workspace_give(conn->shard, conn->ws);
        conn->ws = NULL;
    }
    if (trt_stream_poll_readable(conn->stream, cx) == TMLRT_READY) {
        return STEP_ON;
    }
    if (conn->shed || trt_budget_level(&conn->shard->server->budget) == TRT_MEMORY_HARD) {
        return STEP_CLOSE;
    }
    if (trt_http_server_phase(conn->shard->server) >= TRT_HTTP_DRAINING) {
        if (!conn->h1.first) {
            return STEP_CLOSE;
        }
        // Whoever has just connected is about to ask: the answer closes.
        trt_h1_conn_hasten(&conn->h1, now_ns + FIRST_REQUEST_NS);
    }
    if (!trt_list_linked(&conn->idle_node)) {
        conn->idle_began_ns = now_ns;
        trt_http_note_idle(conn, true);
    }
    return STEP_WAIT;
}

static enum step take_eof(trt_http_conn* conn, uint64_t now_ns) {
    trt_h1_result result;
    trt_h1_conn_eof(&conn->h1, &result);
    return result.events & TRT_H1_EV_ERROR ? refuse(conn, now_ns, result.status, result.why)
                                           : STEP_CLOSE;
}

static enum step make_room(trt_http_conn* conn, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    trt_http_server* server = conn->shard->server;
    if (conn->h1.state == TRT_H1_BODY || conn->h1.state == TRT_H1_CHUNKS) {
        uint64_t wanted = 0, left = trt_h1_conn_body_left(&conn->h1);
        tmlrt_status status = trt_workspace_body_room(ws, server, left, &wanted);
        if (status == TMLRT_E_FULL) {
            return begin_hold(conn, wanted, now_ns);
        }
        return status == TMLRT_OK ? STEP_ON : no_memory(conn, now_ns);
    }
    tmlrt_status status = trt_workspace_make_room(ws, server);
    if (status == TMLRT_E_FULL) {
        trt_http_count(server, TRT_HTTP_COUNT_held);
        return refuse(conn, now_ns, 503, HELD_WHY);
    }
    if (conn->h1.state == TRT_H1_HEAD) { // it may lie elsewhere now, and be set aside before a scan
        trt_h1_head_move(&conn->h1.head, &ws->exchange.request, ws->in + ws->at);
    }
    return status == TMLRT_OK ? STEP_ON : no_memory(conn, now_ns);
}

// There is no workspace to answer from: a text that is always there, then as after every last
// answer.
static enum step refuse_without_memory(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                               "Content-Length: 0\r\nConnection: close\r\n\r\n";
    tmlrt_slice slice = {text, sizeof text - 1};
    trt_io_result result;
    tmlrt_status ignored;
    trt_http_count(conn->shard->server, TRT_HTTP_COUNT_no_memory);
    if (trt_stream_poll_writev(conn->stream, cx, &slice, 1, &result) == TMLRT_PENDING ||
        result.status != TMLRT_OK || result.len != slice.len) {
        return STEP_RESET;
    }
    (void)trt_stream_poll_shutdown(conn->stream, cx, &ignored);
    begin_linger(conn, now_ns);
    return STEP_ON;
}

static enum step receive(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    enum step step = make_room(conn, now_ns);
    if (step != STEP_ON || conn->phase != TRT_CONN_READ) {
        return step;
    }
    trt_workspace* ws = conn->ws;
    bool head = in_head(conn);
    uint32_t end = head ? ws->in_cap - TRT_WS_RESERVE : ws->in_cap;
    trt_io_result result;
    if (head && ws->in_end - ws->at != conn->h1.head.scan) {
        return STEP_ON; // what is there could not be looked at for want of room
    }
    if (trt_stream_poll_read(conn->stream, cx, ws->in + ws->in_end, end - ws->in_end, &result) ==
        TMLRT_PENDING) {
        if (conn->h1.state != TRT_H1_IDLE) {
            if (cx->budget != 0) {
                trt_http_park(conn);
            }
            return STEP_WAIT;
        }
        trt_workspace_give(conn->shard, ws);
        conn->ws = NULL;
        return cx->budget == 0 ? STEP_WAIT : STEP_ON; // once more, now without a workspace
    }
    if (result.status != TMLRT_OK) {
        return STEP_CLOSE;
    }
    if (result.len == 0) {
        return take_eof(conn, now_ns);
    }
    ws->in_end += (uint32_t)result.len;
    if (!head) {
        // A body may come in one-byte chunks: what a poll works through is counted in bytes too.
        uint32_t units = (uint32_t)result.len / BODY_BYTES_PER_UNIT;
        cx->budget -= units < cx->budget ? units : cx->budget;
    }
    return STEP_ON;
}

static enum step step_read(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    if (conn->parked != NULL) {
        if (trt_stream_poll_readable(conn->stream, cx) == TMLRT_PENDING) {
            return STEP_WAIT;
        }
        if (!trt_http_unpark(conn)) {
            return refuse_without_memory(conn, cx, now_ns);
        }
    }
    if (conn->ws != NULL && conn->ws->at != conn->ws->in_end) {
        bool starved;
        enum step step = parse(conn, cx, now_ns, &starved);
        if (step != STEP_ON || !starved) {
            return step;
        }
    }
    if (conn->ws != NULL && trt_http_output_pending(conn->ws)) {
        return begin_write(conn, TRT_CONN_READ);
    }
    if (conn->h1.state == TRT_H1_IDLE && (conn->ws == NULL || conn->ws->at == conn->ws->in_end)) {
        if (!conn->woken) {
            enum step step = wait_idle(conn, cx, now_ns);
            if (step != STEP_ON) {
                return step;
            }
        }
        conn->woken = false;
        trt_http_note_idle(conn, false);
        if (conn->ws == NULL && (conn->ws = trt_workspace_take(conn->shard)) == NULL) {
            return refuse_without_memory(conn, cx, now_ns);
        }
    }
    TRT_ASSERT(conn->ws != NULL); // inside a message there is one, or it was parked
    return receive(conn, cx, now_ns);
}

// ---- deadlines ----------------------------------------------------------------------------------

static uint64_t deadline_of(const trt_http_conn* conn) {
    return conn->phase == TRT_CONN_READ    ? trt_h1_conn_deadline(&conn->h1)
           : conn->phase == TRT_CONN_WRITE ? conn->stall.deadline_ns
                                           : conn->deadline_ns;
}

static enum step expire(trt_http_conn* conn, uint64_t now_ns) {
    trt_http_server* server = conn->shard->server;
    trt_h1_result result;
    switch (conn->phase) {
    case TRT_CONN_READ:
        trt_h1_conn_expire(&conn->h1, &result, now_ns);
        if (result.events & TRT_H1_EV_ERROR) {
            trt_http_count(server, TRT_HTTP_COUNT_timed_out);
            if (conn->parked != NULL && !trt_http_unpark(conn)) {
                return STEP_RESET;
            }
            return refuse(conn, now_ns, result.status, result.why);
        }
        trt_http_count(server, TRT_HTTP_COUNT_silent);
        return STEP_CLOSE;
    case TRT_CONN_HANDLE:
        trt_http_count(server, TRT_HTTP_COUNT_late);
        conn->late = true;
        return answered(conn, now_ns);
    case TRT_CONN_HOLD:
        trt_budget_forget(&server->budget, &conn->ws->waiter);
        trt_http_count(server, TRT_HTTP_COUNT_held);
        return refuse(conn, now_ns, 503, HELD_WHY);
    case TRT_CONN_WRITE:
        if (!trt_stall_expire(&conn->stall, &server->limits, trt_socket_unsent(conn->tcp.handle),
                              now_ns)) {
            return STEP_ON;
        }
        trt_http_count(server, TRT_HTTP_COUNT_stalled);
        return STEP_RESET;
    default:
        return STEP_CLOSE;
    }
}

static void arm_timer(trt_http_conn* conn, const tmlrt_context* cx, uint64_t now_ns) {
    uint64_t deadline = deadline_of(conn);
    if (conn->armed_ns <= now_ns) {
        conn->armed_ns = UINT64_MAX;
    }
    if (deadline < conn->armed_ns) {
        trt_timer_arm(&conn->timer, conn->shard->timers, deadline, cx->waker);
        conn->armed_ns = deadline;
    }
}

// ---- the task -----------------------------------------------------------------------------------

static enum step run(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    enum step step = STEP_ON;
    if (trt_http_server_phase(conn->shard->server) == TRT_HTTP_ABORTING) {
        return STEP_RESET;
    }
    if (now_ns >= deadline_of(conn)) {
        step = expire(conn, now_ns);
    }
    while (step == STEP_ON) {
        TRT_ASSERT(conn->ws != NULL || conn->phase == TRT_CONN_READ ||
                   conn->phase == TRT_CONN_LINGER);
        switch (conn->phase) {
        case TRT_CONN_READ:
            step = step_read(conn, cx, now_ns);
            break;
        case TRT_CONN_HANDLE:
            step = step_handle(conn, cx, now_ns);
            break;
        case TRT_CONN_HOLD:
            step = step_hold(conn, cx, now_ns);
            break;
        case TRT_CONN_WRITE:
            step = step_write(conn, cx, now_ns);
            break;
        default:
            step = step_linger(conn, cx);
            break;
        }
    }
    return step;
}

static tmlrt_poll conn_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_http_conn* conn = frame;
    (void)out;
    uint64_t now_ns = trt_shard_now_ns(conn->shard);
    if (conn->head.state == TMLRT_FRAME_UNSTARTED) {
        start(conn, cx, now_ns);
    }
    conn->woken = conn->ws == NULL;
    enum step step = run(conn, cx, now_ns);
    if (step == STEP_WAIT) {
        arm_timer(conn, cx, now_ns);
        return TMLRT_PENDING;
    }
    trt_http_conn_close(conn, step == STEP_RESET);
    return TMLRT_READY;
}

static void conn_drop(void* frame) {
    trt_http_conn_close(frame, true);
}

const tmlrt_future_desc trt_http_conn_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = conn_poll,
    .drop = conn_drop,
    .frame_size = sizeof(trt_http_conn),
    .frame_align = alignof(trt_http_conn),
    .out_align = 1,
    .name = "http_connection",
    .num_states = 2,
};
