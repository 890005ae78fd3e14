// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 connection, server side, without I/O and without a clock: bytes and `now_ns` in, events
// and deadlines out. The caller owns the buffer and the socket.
#ifndef TRT_HTTP_H1_CONN_H
#define TRT_HTTP_H1_CONN_H

#include "std/http/h1/chunked.h"
#include "std/http/h1/head.h"

enum trt_h1_event {
    TRT_H1_EV_HEAD = 1u << 0,     ///< the request is filled but for its body
    TRT_H1_EV_CONTINUE = 1u << 1, ///< with HEAD: the peer waits for 100 Continue
    TRT_H1_EV_BODY = 1u << 2,     ///< result.body is the next piece
    TRT_H1_EV_COMPLETE = 1u << 3, ///< the message ended; answer it, then trt_h1_conn_next
    TRT_H1_EV_ERROR = 1u << 4,    ///< answer result.status, then close
    TRT_H1_EV_CLOSE = 1u << 5,    ///< close without an answer
    TRT_H1_EV_UPGRADE = 1u << 6,  ///< with HEAD: the peer offers other protocols in Upgrade
    TRT_H1_EV_RAW = 1u << 7,      ///< result.body is input of the other protocol
};

enum trt_h1_state {
    TRT_H1_IDLE,     ///< before the first byte of a message
    TRT_H1_HEAD,     ///< inside a head
    TRT_H1_BODY,     ///< inside a body of known length
    TRT_H1_CHUNKS,   ///< inside a chunked body
    TRT_H1_ANSWER,   ///< complete, being answered
    TRT_H1_FINISHED, ///< takes no more messages
    TRT_H1_RAW,      ///< another protocol has begun
};

/// trt_h1_result is what one call found.
typedef struct trt_h1_result {
    uint32_t events; ///< enum trt_h1_event, any combination that makes sense
    uint32_t status; ///< ERROR
    const char* why; ///< ERROR: static text
    size_t consumed; ///< bytes the caller may drop (with HEAD: when the request is answered)
    tmlrt_slice body;
} trt_h1_result;

/// trt_h1_conn is one connection. Ends with nothing to free.
typedef struct trt_h1_conn {
    const trt_http_limits* limits;
    trt_h1_head head;
    trt_h1_chunked chunked;
    uint64_t body_left;
    uint64_t deadline_ns;
    uint64_t last_message_ns; ///< no new message is taken after this
    uint8_t state;            ///< enum trt_h1_state
    bool first;               ///< no message was complete yet
    bool keep_alive;          ///< another message may follow the one being answered
    bool http10;              ///< the peer has to be told that the connection stays open
    /// Set after init by who has another limit than limits->body_bytes for some requests: asked
    /// when the head of one with a body is complete; 0: limits->body_bytes. NULL: nobody.
    uint64_t (*body_limit)(void* self, tmlrt_request* request);
    void* body_limit_self;
} trt_h1_conn;

/// trt_h1_spread_age returns how old a connection may become, of any version: conn_age_ns, more or
/// less by a share that `seed` chooses.
uint64_t trt_h1_spread_age(const trt_http_limits* limits, uint32_t seed);
/// trt_h1_conn_init makes a connection that was accepted at `now_ns`.
/// Shape:   limits: resolved, outlives the connection; `seed` spreads the connection's age.
void trt_h1_conn_init(trt_h1_conn* conn, const trt_http_limits* limits, uint64_t now_ns,
                      uint32_t seed);

/// trt_h1_conn_feed takes input.
/// Shape:   data: every byte not consumed yet, from the first on (a head that is not complete is
///          not consumed, so it is given again, longer; it may have moved). TRT_CHARS_SPARE bytes
///          behind them can be read (chars.h), whatever they are. data is written to: NULs behind
///          the request's slices. `request` is zeroed but for headers, which has room
///          for limits->num_fields, and arena; it is the same until COMPLETE.
///          *out: HEAD comes once per message, BODY any number of times, COMPLETE once; nothing
///          (events 0) means that more bytes are needed. Call again while bytes are left.
/// Cost:    linear in the bytes, however they are cut.   Source: RFC 9112.
void trt_h1_conn_feed(trt_h1_conn* conn, trt_h1_result* out, tmlrt_request* request, char* data,
                      size_t len, uint64_t now_ns);

/// trt_h1_conn_took is trt_h1_conn_feed of `len` bytes of a body with a length (state BODY, at most
/// trt_h1_conn_body_left) that the caller has read elsewhere.
void trt_h1_conn_took(trt_h1_conn* conn, trt_h1_result* out, size_t len, uint64_t now_ns);

/// trt_h1_conn_eof tells that the peer sends no more: ERROR 400 inside a message, CLOSE between
/// two, nothing while one is being answered (which will be the last).
void trt_h1_conn_eof(trt_h1_conn* conn, trt_h1_result* out);

/// trt_h1_conn_next ends the message that was answered. Returns false when the connection must now
/// be closed.
bool trt_h1_conn_next(trt_h1_conn* conn, uint64_t now_ns);

/// trt_h1_conn_abandon ends a message whose body was not read to its end: it was the last one.
void trt_h1_conn_abandon(trt_h1_conn* conn);

/// trt_h1_conn_upgrade ends the message that was answered with 101: what follows is another
/// protocol's, which feed hands over as it is (RAW), without a deadline.
/// Shape:   its head came with UPGRADE and it is COMPLETE.   Source: RFC 9110 7.8.
void trt_h1_conn_upgrade(trt_h1_conn* conn);

/// trt_h1_conn_keep_trailers has the trailer fields of the message kept in `text`, of
/// trt_h1_trailer_room bytes that live until the message ends. Without it they are checked and
/// dropped.   Shape: called after HEAD, before its body is fed.
static inline void trt_h1_conn_keep_trailers(trt_h1_conn* conn, char* text) {
    conn->chunked.text = text;
}
/// trt_h1_conn_trailer takes the next trailer field, once the message is COMPLETE: fields that may
/// not stand there are passed over.   Shape: *at: 0 the first time.   Returns false at the end.
static inline bool trt_h1_conn_trailer(const trt_h1_conn* conn, uint32_t* at, trt_header* out) {
    return trt_h1_trailer_next(&conn->chunked, at, out);
}

/// trt_h1_conn_deadline returns when trt_h1_conn_expire will have something to say; UINT64_MAX
/// while a message is being answered.
static inline uint64_t trt_h1_conn_deadline(const trt_h1_conn* conn) {
    return conn->deadline_ns;
}
/// trt_h1_conn_hasten brings the deadline forward to at most `deadline_ns`.
static inline void trt_h1_conn_hasten(trt_h1_conn* conn, uint64_t deadline_ns) {
    conn->deadline_ns = deadline_ns < conn->deadline_ns ? deadline_ns : conn->deadline_ns;
}
/// trt_h1_conn_defer moves the deadline of a message back: for `span_ns` nothing was read.
static inline void trt_h1_conn_defer(trt_h1_conn* conn, uint64_t span_ns) {
    conn->deadline_ns += conn->deadline_ns < UINT64_MAX - span_ns ? span_ns : 0;
}
/// trt_h1_conn_body_left returns how many body bytes can come at most, inside a body.
static inline uint64_t trt_h1_conn_body_left(const trt_h1_conn* conn) {
    return conn->state == TRT_H1_BODY ? conn->body_left : UINT64_MAX;
}
/// trt_h1_conn_expire applies the deadline: ERROR 408 inside a message, CLOSE between two or before
/// the first byte, nothing when it is not reached.
void trt_h1_conn_expire(trt_h1_conn* conn, trt_h1_result* out, uint64_t now_ns);

#endif
