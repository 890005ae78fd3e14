// SPDX-License-Identifier: Apache-2.0
// A connection's output: what waits is sent, first the copied answers, then a long head and body
// from where they lie. Thread: the connection's worker.
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
        advance_output(ws, result.len);
        if (conn->phase == TRT_CONN_WRITE || conn->phase == TRT_CONN_STREAM) {
            trt_stall_sent(&conn->stall, &conn->link.shard->server->limits, result.len, now_ns);
        }
    }
    return TRT_STEP_ON;
}

enum trt_conn_step trt_conn_flush(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    return flush(conn, cx, now_ns);
}

enum trt_conn_step trt_conn_step_write(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    enum trt_conn_step step = flush(conn, cx, now_ns);
    if (step != TRT_STEP_ON) {
        if (step == TRT_STEP_WAIT) {
            trt_stall_block(&conn->stall, &conn->link.shard->server->limits, now_ns);
            trt_workspace_charge(conn->ws, conn->link.shard->server);
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
        return trt_conn_answered(conn, now_ns);
    }
    if (conn->after == TRT_CONN_LINGER) {
        tmlrt_status ignored;
        trt_workspace_give(conn->link.shard, conn->ws);
        conn->ws = NULL;
        (void)trt_stream_poll_shutdown(conn->link.stream, cx, &ignored);
        trt_conn_begin_linger(conn, now_ns);
    }
    return TRT_STEP_ON;
}
