// SPDX-License-Identifier: Apache-2.0
// A connection's exchange: a complete request to the service, its answer to the output, refusals,
// and waiting while the process holds as many bytes as it may. Thread: the connection's worker.
#include "std/http/server/conn_step.h"

#include "rt/base/assert.h"
#include "std/http/core/method.h"
#include "std/http/server/exchange_poll.h"
#include "std/http/server/lease.h"

// The answer is in the output: what is next?
static enum trt_conn_step after_answer(trt_http_conn* conn, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    bool more = conn->h1.state == TRT_H1_ANSWER && trt_h1_conn_next(&conn->h1, now_ns);
    enum trt_conn_phase next = more ? TRT_CONN_READ : TRT_CONN_LINGER;
    conn->late = conn->turned_away = false;
    if (ws->tail[0].len + ws->tail[1].len != 0) {
        conn->ending = true; // what is sent lies in the exchange's arena
        return trt_conn_begin_write(conn, next);
    }
    trt_http_end_exchange(conn);
    if (!more) {
        return trt_conn_begin_write(conn, next);
    }
    conn->phase = TRT_CONN_READ;
    return TRT_STEP_ON;
}

static inline enum trt_conn_step answered(trt_http_conn* conn, uint64_t now_ns) {
    if (trt_http_answer(conn, now_ns)) {
        return after_answer(conn, now_ns);
    }
    conn->answering = true;
    return trt_conn_begin_write(conn, TRT_CONN_HANDLE);
}

enum trt_conn_step trt_conn_after_answer(trt_http_conn* conn, uint64_t now_ns) {
    return after_answer(conn, now_ns);
}

enum trt_conn_step trt_conn_answered(trt_http_conn* conn, uint64_t now_ns) {
    return answered(conn, now_ns);
}

enum trt_conn_step trt_conn_refuse(trt_http_conn* conn, uint64_t now_ns, uint32_t status,
                                   const char* why) {
    trt_http_refuse(conn, now_ns, status, why);
    return after_answer(conn, now_ns);
}

enum trt_conn_step trt_conn_begin_hold(trt_http_conn* conn, uint64_t bytes, uint64_t now_ns) {
    conn->phase = TRT_CONN_HOLD;
    conn->ws->waiter.bytes = bytes;
    conn->hold_began_ns = now_ns;
    conn->deadline_ns = now_ns + conn->link.shard->server->limits.held_wait_ns;
    return TRT_STEP_ON;
}

enum trt_conn_step trt_conn_no_memory(trt_http_conn* conn, uint64_t now_ns) {
    trt_http_count(conn->link.shard->server, TRT_HTTP_COUNT_no_memory);
    return trt_conn_refuse(conn, now_ns, 503, "out of memory");
}

enum trt_conn_step trt_conn_hold_back(trt_http_conn* conn, uint64_t now_ns) {
    trt_http_server* server = conn->link.shard->server;
    if (trt_http_output_pending(conn->ws)) {
        return trt_conn_begin_write(conn, TRT_CONN_READ);
    }
    if (trt_budget_level(&server->budget) == TRT_MEMORY_OK) {
        return trt_conn_begin_hold(conn, 1, now_ns);
    }
    trt_http_count(server, TRT_HTTP_COUNT_overloaded);
    return trt_conn_refuse(conn, now_ns, 503, "the server is short of memory");
}

enum trt_conn_step trt_conn_step_hold(trt_http_conn* conn, const tmlrt_context* cx,
                                      uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    trt_http_server* server = conn->link.shard->server;
    uint64_t wanted = ws->waiter.bytes;
    tmlrt_status status = TMLRT_OK;
    trt_budget_wait(&server->budget, &ws->waiter, wanted, cx->waker); // first, then try
    if (conn->h1.state != TRT_H1_IDLE) {
        status = trt_workspace_body_room(ws, server, trt_h1_conn_body_left(&conn->h1), &wanted);
    } else if (trt_budget_full(&server->budget)) {
        status = TMLRT_E_FULL;
    }
    if (status == TMLRT_E_FULL) {
        return TRT_STEP_WAIT;
    }
    trt_budget_forget(&server->budget, &ws->waiter);
    conn->phase = TRT_CONN_READ;
    trt_h1_conn_defer(&conn->h1, now_ns - conn->hold_began_ns); // the peer has not been slow
    return status == TMLRT_OK ? TRT_STEP_ON : trt_conn_no_memory(conn, now_ns);
}

static inline tmlrt_poll call_service(trt_http_conn* conn, tmlrt_context* cx) {
    trt_exchange* exchange = &conn->ws->exchange;
    if (TRT_UNLIKELY(trt_http_server_phase(conn->link.shard->server) >= TRT_HTTP_DRAINING)) {
        trt_exchange_cancel(exchange, TMLRT_CANCEL_SHUTDOWN);
    }
    return trt_exchange_call(exchange, conn->link.shard->server->service, &conn->started, cx);
}

tmlrt_poll trt_conn_call_service(trt_http_conn* conn, tmlrt_context* cx) {
    return call_service(conn, cx);
}

void trt_conn_waits(trt_http_conn* conn) {
    const trt_service* service = conn->link.shard->server->service;
    trt_serving_set(&conn->serving, trt_exchange_record(&conn->ws->exchange, service), 0);
}

enum trt_conn_step trt_conn_step_handle(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    tmlrt_poll answer = call_service(conn, cx);
    if (TRT_UNLIKELY(conn->ws->exchange.wire)) {
        conn->ws->exchange.done = answer == TMLRT_READY;
        if (answer != TMLRT_READY) {
            trt_conn_waits(conn);
        }
        return trt_conn_begin_stream(conn, true, now_ns);
    }
    if (answer == TMLRT_READY) {
        return answered(conn, now_ns);
    }
    trt_conn_waits(conn);
    if (conn->deadline_ns == UINT64_MAX) {
        uint64_t own_ns = conn->ws->exchange.timeout_ns;
        conn->deadline_ns =
            now_ns + (own_ns != 0 ? own_ns : conn->link.shard->server->limits.handler_ns);
    }
    // Answers that were ready do not wait for a handler that is not.
    if (trt_http_output_pending(conn->ws) && trt_conn_flush(conn, cx, now_ns) == TRT_STEP_RESET) {
        conn->gone = true;
    }
    if (!conn->gone && trt_stream_poll_hangup(conn->link.stream, cx) == TMLRT_READY) {
        conn->gone = true;
    }
    if (conn->gone) {
        trt_exchange_cancel(&conn->ws->exchange, TMLRT_CANCEL_CLIENT_GONE);
    }
    bool safe = trt_method_is_safe((enum trt_method)conn->ws->exchange.request.method);
    return conn->gone && safe ? TRT_STEP_RESET : TRT_STEP_WAIT;
}
