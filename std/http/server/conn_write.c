// SPDX-License-Identifier: Apache-2.0
// A connection's output: what waits is sent, first the copied answers, then a long head and body
// from where they lie. When the peer takes no more, what is left is packed (park.c). Of a peer that
// has not acknowledged much of what it was sent, little is worked on ahead: so little is left when
// its socket is full. Thread: the connection's worker.
#include "std/http/server/conn_step.h"

#include "rt/base/assert.h"

static inline __attribute__((always_inline)) void advance_output(trt_workspace* ws, size_t len) {
    uint32_t out = ws->out_end - ws->out_at;
    uint32_t from_out = len < out ? (uint32_t)len : out;
    ws->out_at += from_out;
    len -= from_out;
    for (int i = 0; i < 2 && TRT_UNLIKELY(len != 0); i++) {
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

// Inline where most answers pass, and again where the others do.
static inline __attribute__((always_inline)) enum trt_conn_step
flush(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    while (trt_http_output_pending(ws)) {
        trt_io_result result;
        uint32_t num = 1;
        tmlrt_slice slices[3];
        slices[0] = (tmlrt_slice){ws->out + ws->out_at, ws->out_end - ws->out_at};
        if (ws->tail[0].len + ws->tail[1].len != 0) {
            slices[1] = ws->tail[0];
            slices[2] = ws->tail[1];
            num = 3;
        }
        if (trt_stream_poll_writev(conn->link.stream, cx, slices, num, &result) == TMLRT_PENDING) {
            return TRT_STEP_WAIT;
        }
        if (result.status != TMLRT_OK) {
            return TRT_STEP_RESET;
        }
        if (conn->phase == TRT_CONN_WRITE || conn->phase == TRT_CONN_STREAM) {
            trt_stall_sent(&conn->stall, &conn->link.shard->server->limits, result.len, now_ns);
        }
        if (num == 1 && result.len == slices[0].len) { // as most often
            ws->out_at = ws->out_end = 0;
            return TRT_STEP_ON;
        }
        advance_output(ws, result.len);
    }
    return TRT_STEP_ON;
}

enum trt_conn_step trt_conn_flush(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    return flush(conn, cx, now_ns);
}

static enum trt_conn_step flush_parked(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    tmlrt_slice left;
    while (conn->parked != NULL && (left = trt_http_parked_output(conn)).len != 0) {
        trt_io_result result;
        if (trt_stream_poll_writev(conn->link.stream, cx, &left, 1, &result) == TMLRT_PENDING) {
            return TRT_STEP_WAIT;
        }
        if (result.status != TMLRT_OK) {
            return TRT_STEP_RESET;
        }
        trt_http_parked_sent(conn, result.len);
        trt_stall_sent(&conn->stall, &conn->link.shard->server->limits, result.len, now_ns);
    }
    return TRT_STEP_ON;
}

// How much is answered ahead of a peer that has sent more requests already, or was slow.
static void set_batch(trt_http_conn* conn) {
    const trt_workspace* ws = conn->ws;
    if (conn->batch != TRT_CONN_WHOLE_BATCH || (ws != NULL && ws->at != ws->in_end)) {
        bool slow = conn->link.shard->is_crowded ||
                    trt_socket_unsent(conn->link.handle) > TRT_WS_SLOW_UNSENT;
        conn->batch = slow ? TRT_WS_SLOW_BATCH : TRT_CONN_WHOLE_BATCH;
    }
}

static enum trt_conn_step wait_for_peer(trt_http_conn* conn, const tmlrt_context* cx,
                                        uint64_t now_ns) {
    trt_http_server* server = conn->link.shard->server;
    conn->blocked_ns = conn->stall.deadline_ns == UINT64_MAX ? now_ns : conn->blocked_ns;
    trt_stall_block(&conn->stall, &server->limits, now_ns);
    if (conn->ws != NULL) {
        trt_workspace_charge(conn->ws, server);
        if (cx->budget != 0 || conn->link.shard->is_crowded) {
            trt_http_park_output(conn);
        }
    }
    return TRT_STEP_WAIT;
}

enum trt_conn_step trt_conn_step_write(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    enum trt_conn_step step =
        TRT_LIKELY(conn->ws != NULL) ? flush(conn, cx, now_ns) : flush_parked(conn, cx, now_ns);
    if (step != TRT_STEP_ON) {
        return step == TRT_STEP_WAIT ? wait_for_peer(conn, cx, now_ns) : step;
    }
    set_batch(conn);
    if (conn->stall.deadline_ns != UINT64_MAX) {
        trt_h1_conn_defer(&conn->h1, now_ns - conn->blocked_ns); // nothing of it was read meanwhile
    }
    conn->phase = conn->after;
    conn->deadline_ns = UINT64_MAX;
    if (conn->ending) {
        conn->ending = false;
        trt_http_end_exchange(conn);
    }
    if (conn->answering) {
        conn->answering = false;
        return trt_conn_answered(conn, now_ns);
    }
    if (conn->after == TRT_CONN_LINGER) {
        tmlrt_status ignored;
        if (conn->ws != NULL) {
            trt_workspace_give(conn->link.shard, conn->ws);
            conn->ws = NULL;
        }
        trt_http_drop_parked(conn);
        (void)trt_stream_poll_shutdown(conn->link.stream, cx, &ignored);
        trt_conn_begin_linger(conn, now_ns);
    }
    return TRT_STEP_ON;
}
