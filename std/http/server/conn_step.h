// SPDX-License-Identifier: Apache-2.0
// The steps of a connection's task: what conn.c runs, phase by phase, until one waits or ends.
// Private to conn*.c.
#ifndef TRT_HTTP_SERVER_CONN_STEP_H
#define TRT_HTTP_SERVER_CONN_STEP_H

#include "std/http/server/shard.h"

#define TRT_CONN_HELD_WHY "the server holds as many request and answer bytes as it may"

/// trt_http_conn.batch of a peer that takes what it is sent: the next answer most likely fits, so
/// that none waits for room with its exchange.
#define TRT_CONN_WHOLE_BATCH (TRT_WS_OUT_CAP - 2048)

/// What a step answers.
enum trt_conn_step {
    TRT_STEP_ON,    ///< go on with the phase that is set now
    TRT_STEP_WAIT,  ///< a waker was kept
    TRT_STEP_CLOSE, ///< end in order
    TRT_STEP_RESET, ///< end at once
};

/// Bytes of a body that cost a unit of a poll's budget: 32 KiB, then others run.
enum { TRT_CONN_BYTES_PER_UNIT = 256 };

/// trt_conn_spend_bytes takes what was read of a body from the budget.
static inline void trt_conn_spend_bytes(tmlrt_context* cx, size_t len) {
    uint32_t units = (uint32_t)len / TRT_CONN_BYTES_PER_UNIT;
    cx->budget -= units < cx->budget ? units : cx->budget;
}
/// trt_conn_is_small_piece tells whether the codec found a piece of a body that costs a unit of its
/// own: one-byte chunks are as much work as long ones.
static inline bool trt_conn_is_small_piece(const trt_h1_result* result) {
    return (result->events & TRT_H1_EV_BODY) != 0 && result->body.len < TRT_CONN_BYTES_PER_UNIT;
}

// ---- conn_exchange.c ----------------------------------------------------------------------------

/// trt_conn_step_handle starts or polls the service.
enum trt_conn_step trt_conn_step_handle(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns);
/// trt_conn_call_service starts or polls the service, which has not answered yet.
tmlrt_poll trt_conn_call_service(trt_http_conn* conn, tmlrt_context* cx);
/// trt_conn_waits notes for dumps that the service waits.
void trt_conn_waits(trt_http_conn* conn);
/// trt_conn_after_answer goes on when the answer is in the output.
enum trt_conn_step trt_conn_after_answer(trt_http_conn* conn, uint64_t now_ns);
/// trt_conn_answered encodes the service's answer, as soon as the output has room for it.
enum trt_conn_step trt_conn_answered(trt_http_conn* conn, uint64_t now_ns);
/// trt_conn_refuse answers for the last time, the server's own.
enum trt_conn_step trt_conn_refuse(trt_http_conn* conn, uint64_t now_ns, uint32_t status,
                                   const char* why);
/// trt_conn_no_memory is a refusal for want of memory, counted.
enum trt_conn_step trt_conn_no_memory(trt_http_conn* conn, uint64_t now_ns);
/// trt_conn_begin_hold waits until the process holds `bytes` less; nothing is read meanwhile.
enum trt_conn_step trt_conn_begin_hold(trt_http_conn* conn, uint64_t bytes, uint64_t now_ns);
/// trt_conn_hold_back is for a new request when nothing new is begun.
enum trt_conn_step trt_conn_hold_back(trt_http_conn* conn, uint64_t now_ns);
/// trt_conn_step_hold looks whether the process holds less now.
enum trt_conn_step trt_conn_step_hold(trt_http_conn* conn, const tmlrt_context* cx,
                                      uint64_t now_ns);

// ---- conn_stream.c ------------------------------------------------------------------------------

/// trt_conn_wants_stream asks the service whether the body of this request is a stream. `expects`:
/// the peer waits for 100 before it sends it.
bool trt_conn_wants_stream(trt_http_conn* conn, bool expects);
/// trt_conn_stream_body begins such a request, whose head is complete and whose body is not.
/// `expects`: the peer waits for 100 Continue.
enum trt_conn_step trt_conn_stream_body(trt_http_conn* conn, bool expects, uint64_t now_ns);
/// trt_conn_begin_stream enters phase STREAM. `polled`: the service was, just now.
enum trt_conn_step trt_conn_begin_stream(trt_http_conn* conn, bool polled, uint64_t now_ns);
/// trt_conn_step_stream moves bytes both ways.
enum trt_conn_step trt_conn_step_stream(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns);
/// trt_conn_expire_stream does what the deadline that passed asks for.
enum trt_conn_step trt_conn_expire_stream(trt_http_conn* conn, uint64_t now_ns);
/// trt_conn_renew_time begins the time of a handler anew, unless it is the route's own; of another
/// protocol, the time of silence.
void trt_conn_renew_time(trt_http_conn* conn, uint64_t now_ns);

// ---- conn_straight.c ----------------------------------------------------------------------------

/// trt_conn_read_straight reads into the request's ring, where that is right. ON: *out says what
/// came, no events: it is to be read by way of the workspace. CLOSE: the peer has ended.
enum trt_conn_step trt_conn_read_straight(trt_http_conn* conn, tmlrt_context* cx,
                                          trt_h1_result* out, uint64_t now_ns);
/// trt_conn_end_gather lets the socket wake the connection at its next byte again.
void trt_conn_end_gather(trt_http_conn* conn);
/// trt_conn_sends_lent tells whether the answer's next bytes can be sent from its ring.
bool trt_conn_sends_lent(const trt_http_conn* conn);
/// trt_conn_send_lent sends them. WAIT: nothing more can be done now; RESET: the answer is cut off.
enum trt_conn_step trt_conn_send_lent(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns);

// ---- conn_switch.c ------------------------------------------------------------------------------

/// trt_conn_note_upgrade notes what protocols a request without content asks for.
void trt_conn_note_upgrade(trt_http_conn* conn);
/// trt_conn_put_switch encodes the head that takes one behind the pending output; bytes are the
/// protocol's from then on. False: it could not be, it was logged.
bool trt_conn_put_switch(trt_http_conn* conn, const trt_wire* wire);

// ---- conn_write.c -------------------------------------------------------------------------------

/// trt_conn_begin_write sends the output first; `after` is the phase that follows.
static inline enum trt_conn_step trt_conn_begin_write(trt_http_conn* conn,
                                                      enum trt_conn_phase after) {
    conn->phase = TRT_CONN_WRITE;
    conn->after = (uint8_t)after;
    trt_stall_clear(&conn->stall);
    return TRT_STEP_ON;
}
/// trt_conn_flush sends until the output is empty (ON) or the socket is full (WAIT).
enum trt_conn_step trt_conn_flush(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns);
/// trt_conn_step_write sends and then enters the phase that follows.
enum trt_conn_step trt_conn_step_write(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns);

// ---- conn_close.c -------------------------------------------------------------------------------

/// trt_conn_expire does what the phase's deadline, which has passed, asks for.
enum trt_conn_step trt_conn_expire(trt_http_conn* conn, uint64_t now_ns);
/// trt_conn_begin_linger sets the limits of the last phase.
void trt_conn_begin_linger(trt_http_conn* conn, uint64_t now_ns);
/// trt_conn_step_linger reads and throws away, so that the peer's unread bytes do not turn into a
/// reset that takes the last answer with it.
enum trt_conn_step trt_conn_step_linger(trt_http_conn* conn, tmlrt_context* cx);

#endif
