// SPDX-License-Identifier: Apache-2.0
// Bodies of a length between the socket and the rings of their streams, without another copy: the
// socket is read into the ring, and sent from it. Framed bytes (chunks), the first bytes behind a
// head and short rests go by way of the workspace (conn_stream.c, which calls this).
//
// A piece of a ring is lent for one call to the socket: what that does not take stays in the ring,
// so output that waits is counted there and not charged again.
//
// A body that comes fast is gathered (gather.h): conn.c ends that when the time of the mark is
// over, in whatever phase, and before the next request. Thread: the connection's worker.
#include "std/http/server/conn_step.h"

#include "rt/exec/coop.h"
#include "std/http/server/body.h"

enum {
    STRAIGHT_MIN = 4096,  // bytes: less is not worth a call of its own
    STRAIGHT_MAX = 32768, // the room that is asked for one read
    BYTES_PER_READ_UNIT = 256,
    BYTES_PER_SEND_UNIT = 16384,
};

_Static_assert(TRT_GATHER_LEFT_MIN >= TRT_GATHER_MARK + TRT_TLS_IN_WIDE + TRT_TLS_RECORD,
               "what TLS has read ahead is not still to come");

static void spend_bytes(tmlrt_context* cx, uint64_t len, uint32_t per_unit) {
    uint64_t units = len / per_unit;
    cx->budget -= units < cx->budget ? (uint32_t)units : cx->budget;
}

// Without a mark the socket wakes at its next byte; what is below the mark now is an event.
static void set_mark(trt_http_conn* conn) {
    bool has = trt_gather_has_mark(&conn->gather);
    if (!trt_socket_wake_at(conn->link.handle, has ? TRT_GATHER_MARK : 1)) {
        trt_gather_clear(&conn->gather);
    }
}

void trt_conn_end_gather(trt_http_conn* conn) {
    trt_gather_clear(&conn->gather);
    set_mark(conn);
}

enum trt_conn_step trt_conn_read_straight(trt_http_conn* conn, tmlrt_context* cx,
                                          trt_h1_result* out, uint64_t now_ns) {
    const trt_workspace* ws = conn->ws;
    tmlrt_body* body = ws->exchange.request.stream;
    trt_io_result result = {0};
    *out = (trt_h1_result){0};
    if (ws->at != ws->in_end || conn->h1.state != TRT_H1_BODY ||
        trt_h1_conn_body_left(&conn->h1) < STRAIGHT_MIN) {
        return TRT_STEP_ON;
    }
    uint64_t left = trt_h1_conn_body_left(&conn->h1);
    tmlrt_slice room =
        trt_body_lend_room(body, left < STRAIGHT_MAX ? (size_t)left : (size_t)STRAIGHT_MAX);
    if (room.len == 0) {
        return TRT_STEP_ON;
    }
    tmlrt_poll answer = trt_stream_poll_read(conn->link.stream, cx, (char*)(uintptr_t)room.data,
                                             (size_t)room.len, &result);
    bool got = answer == TMLRT_READY && result.status == TMLRT_OK;
    // A body that has failed meanwhile is asked for nothing more; its bytes are passed over.
    (void)!trt_body_commit(body, got ? result.len : 0);
    if (answer == TMLRT_PENDING) {
        return TRT_STEP_WAIT;
    }
    if (!got || result.len == 0) {
        return got ? TRT_STEP_CLOSE : TRT_STEP_RESET;
    }
    trt_h1_conn_took(&conn->h1, out, result.len, now_ns);
    if (trt_gather_took(&conn->gather, result.len, left - result.len, now_ns)) {
        set_mark(conn);
    }
    spend_bytes(cx, result.len, BYTES_PER_READ_UNIT);
    return TRT_STEP_ON;
}

bool trt_conn_sends_lent(const trt_http_conn* conn) {
    bool bare = conn->framing == TRT_H1_FRAMED_LENGTH || conn->framing == TRT_H1_FRAMED_CLOSE;
    return bare && conn->ws->exchange.sent == TRT_SENT_HEAD && !conn->answering &&
           !trt_http_output_pending(conn->ws);
}

enum trt_conn_step trt_conn_send_lent(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    trt_exchange* exchange = &conn->ws->exchange;
    const trt_http_limits* limits = &conn->link.shard->server->limits;
    do {
        tmlrt_slice pieces[2];
        trt_wire wire;
        trt_io_result result = {0};
        trt_exchange_lend(exchange, cx->waker, pieces, &wire);
        if (wire.kind != TRT_WIRE_DATA) {
            return wire.kind == TRT_WIRE_ABORT ? TRT_STEP_RESET : TRT_STEP_WAIT;
        }
        tmlrt_poll answer = trt_stream_poll_writev(conn->link.stream, cx, pieces,
                                                   pieces[1].len != 0 ? 2 : 1, &result);
        bool took = answer == TMLRT_READY && result.status == TMLRT_OK;
        trt_body_return(exchange->committed->stream, took ? result.len : 0);
        if (answer == TMLRT_PENDING) {
            trt_stall_block(&conn->stall, limits, now_ns);
            return TRT_STEP_WAIT;
        }
        if (!took) {
            conn->gone = true;
            return TRT_STEP_WAIT;
        }
        if (result.len < wire.len) {
            trt_stall_sent(&conn->stall, limits, result.len, now_ns);
        } else {
            trt_stall_clear(&conn->stall);
        }
        trt_exchange_flushed(exchange);
        if (conn->h1.state == TRT_H1_RAW) {
            trt_conn_renew_time(conn, now_ns);
        }
        spend_bytes(cx, result.len, BYTES_PER_SEND_UNIT);
    } while (trt_coop_spend(cx));
    return TRT_STEP_WAIT;
}
