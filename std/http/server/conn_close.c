// SPDX-License-Identifier: Apache-2.0
// How a connection ends: what a deadline that passed means, lingering after the last answer, and
// giving everything back. Thread: the connection's worker.
#include "std/http/server/conn_step.h"

#include "rt/base/waker.h"
#include "std/http/server/lease.h"

enum trt_conn_step trt_conn_expire(trt_http_conn* conn, uint64_t now_ns) {
    trt_http_server* server = conn->link.shard->server;
    trt_h1_result result;
    switch (conn->phase) {
    case TRT_CONN_READ:
        trt_h1_conn_expire(&conn->h1, &result, now_ns);
        if (result.events & TRT_H1_EV_ERROR) {
            trt_http_count(server, TRT_HTTP_COUNT_timed_out);
            if (conn->parked != NULL && !trt_http_unpark(conn)) {
                return TRT_STEP_RESET;
            }
            return trt_conn_refuse(conn, now_ns, result.status, result.why);
        }
        trt_http_count(server, TRT_HTTP_COUNT_silent);
        return TRT_STEP_CLOSE;
    case TRT_CONN_HANDLE:
        trt_http_count(server, TRT_HTTP_COUNT_late);
        conn->late = true;
        trt_exchange_cancel(&conn->ws->exchange, TMLRT_CANCEL_DEADLINE);
        return trt_conn_answered(conn, now_ns);
    case TRT_CONN_STREAM:
        return trt_conn_expire_stream(conn, now_ns);
    case TRT_CONN_HOLD:
        trt_budget_forget(&server->budget, &conn->ws->waiter);
        trt_http_count(server, TRT_HTTP_COUNT_held);
        return trt_conn_refuse(conn, now_ns, 503, TRT_CONN_HELD_WHY);
    case TRT_CONN_WRITE:
        if (!trt_stall_expire(&conn->stall, &server->limits, trt_socket_unsent(conn->link.handle),
                              now_ns)) {
            return TRT_STEP_ON;
        }
        trt_http_count(server, TRT_HTTP_COUNT_stalled);
        return TRT_STEP_RESET;
    default:
        return TRT_STEP_CLOSE;
    }
}

void trt_conn_begin_linger(trt_http_conn* conn, uint64_t now_ns) {
    const trt_http_limits* limits = &conn->link.shard->server->limits;
    conn->phase = TRT_CONN_LINGER;
    conn->linger_left = limits->linger_bytes;
    conn->deadline_ns = now_ns + limits->linger_ns;
}

enum trt_conn_step trt_conn_step_linger(trt_http_conn* conn, tmlrt_context* cx) {
    trt_http_shard* shard = conn->link.shard;
    trt_io_result result;
    while (trt_stream_poll_read(conn->link.stream, cx, shard->scratch, sizeof shard->scratch,
                                &result) == TMLRT_READY) {
        if (result.status != TMLRT_OK || result.len == 0 || result.len > conn->linger_left) {
            return TRT_STEP_CLOSE;
        }
        conn->linger_left -= result.len;
    }
    return TRT_STEP_WAIT;
}

void trt_http_conn_close(trt_http_conn* conn, bool abortive) {
    trt_http_shard* shard = conn->link.shard;
    trt_http_server* server = shard->server;
    if (conn->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    if (conn->ws != NULL) {
        if (conn->phase == TRT_CONN_HOLD) {
            trt_budget_forget(&server->budget, &conn->ws->waiter);
        }
        bool stopping = trt_http_server_phase(server) != TRT_HTTP_RUNNING;
        trt_exchange_cancel(&conn->ws->exchange,
                            stopping ? TMLRT_CANCEL_SHUTDOWN : TMLRT_CANCEL_CLIENT_GONE);
        trt_http_end_exchange(conn);
        trt_workspace_give(shard, conn->ws);
        conn->ws = NULL;
    }
    trt_http_drop_parked(conn);
    trt_timer_cancel(&conn->timer);
    conn->head.state = TMLRT_FRAME_DONE;
    trt_http_link_leave(&conn->link, abortive);
}
