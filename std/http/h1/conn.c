// SPDX-License-Identifier: Apache-2.0
// The life of a connection: IDLE -> HEAD -> BODY | CHUNKS -> ANSWER -> IDLE ..., FINISHED at the
// end (entered on any error, on close, and when the answered message was the last), RAW from ANSWER
// when another protocol takes over.
//
// One deadline covers every phase of reading. Idle and head have a fixed one. That of a body starts
// at body_grace_ns and each byte moves it by 1/body_rate, at most body_idle_ns ahead of now: so a
// peer that is slower than the rate after the grace, and one that sends nothing, both run into it,
// and a fast start buys no long silence.
//
// Called by the server's connection task; not thread-safe, owns nothing.
#include "std/http/h1/conn.h"

#include "rt/base/assert.h"

#include <string.h>

// seed 0..UINT32_MAX becomes -spread..+spread per cent.
uint64_t trt_h1_spread_age(const trt_http_limits* limits, uint32_t seed) {
    uint64_t width = limits->conn_age_ns / 100 * limits->conn_age_spread_percent;
    return limits->conn_age_ns - width + (width >> 16) * 2 * (seed >> 16);
}

void trt_h1_conn_init(trt_h1_conn* conn, const trt_http_limits* limits, uint64_t now_ns,
                      uint32_t seed) {
    *conn = (trt_h1_conn){.limits = limits,
                          .deadline_ns = now_ns + limits->head_timeout_ns,
                          .last_message_ns = now_ns + trt_h1_spread_age(limits, seed),
                          .first = true,
                          .keep_alive = true};
}

static void finish(trt_h1_conn* conn) {
    conn->state = TRT_H1_FINISHED;
    conn->keep_alive = false;
    conn->deadline_ns = UINT64_MAX;
}

static void refuse(trt_h1_conn* conn, trt_h1_result* out, int status, const char* why) {
    finish(conn);
    out->events |= TRT_H1_EV_ERROR;
    out->status = (uint32_t)status;
    out->why = why;
}

static void complete(trt_h1_conn* conn, trt_h1_result* out) {
    conn->state = TRT_H1_ANSWER;
    conn->first = false;
    conn->deadline_ns = UINT64_MAX;
    out->events |= TRT_H1_EV_COMPLETE;
}

static void credit_body(trt_h1_conn* conn, uint64_t bytes, uint64_t now_ns) {
    const trt_http_limits* limits = conn->limits;
    uint64_t latest = now_ns + limits->body_idle_ns;
    uint64_t moved = conn->deadline_ns + bytes * (TRT_S / limits->body_rate);
    conn->deadline_ns = moved < latest ? moved : latest;
}

// The head is complete: where does the message end?
static void begin_body(trt_h1_conn* conn, trt_h1_result* out, tmlrt_request* request,
                       uint64_t now_ns) {
    const trt_h1_head* head = &conn->head;
    uint16_t flags = head->flags;
    conn->http10 = head->version == 10;
    conn->keep_alive = (flags & TRT_H1_CLOSE) == 0 &&
                       (!conn->http10 || (flags & TRT_H1_KEEP_ALIVE) != 0) &&
                       now_ns < conn->last_message_ns;
    out->consumed = head->scan;
    bool chunked = (flags & TRT_H1_CHUNKED) != 0;
    uint64_t own = 0;
    if (conn->body_limit != NULL && (chunked || head->content_length != 0)) {
        own = conn->body_limit(conn->body_limit_self, request);
    }
    uint64_t limit = own != 0 ? own : conn->limits->body_bytes;
    if (head->content_length > limit) {
        refuse(conn, out, 413,
               own != 0 ? "the body is larger than this route takes"
                        : "the body is larger than this server takes");
        return;
    }
    const uint16_t upgrade = TRT_H1_MAY_UPGRADE | TRT_H1_HAS_UPGRADE;
    out->events =
        (flags & upgrade) == upgrade ? TRT_H1_EV_HEAD | TRT_H1_EV_UPGRADE : TRT_H1_EV_HEAD;
    conn->chunked.text_len = 0; // no trailers of the message before
    if (!chunked && head->content_length == 0) {
        complete(conn, out);
        return;
    }
    conn->state = chunked ? TRT_H1_CHUNKS : TRT_H1_BODY;
    conn->body_left = head->content_length;
    conn->chunked = (trt_h1_chunked){.data_limit = limit};
    conn->deadline_ns = now_ns + conn->limits->body_grace_ns;
    if ((flags & TRT_H1_EXPECT) != 0) {
        out->events |= TRT_H1_EV_CONTINUE;
    }
}

static void feed_head(trt_h1_conn* conn, trt_h1_result* out, tmlrt_request* request, char* data,
                      size_t len, uint64_t now_ns) {
    if (conn->state == TRT_H1_IDLE) {
        conn->state = TRT_H1_HEAD;
        if (!conn->first) {
            conn->deadline_ns = now_ns + conn->limits->head_timeout_ns;
        }
    }
    int step = trt_h1_head_scan(&conn->head, request, conn->limits, data, len);
    if (step == TRT_H1_DONE) {
        begin_body(conn, out, request, now_ns);
    } else if (step != TRT_H1_MORE) {
        refuse(conn, out, step, conn->head.why);
    }
}

static void feed_length(trt_h1_conn* conn, trt_h1_result* out, const char* data, size_t len,
                        uint64_t now_ns) {
    size_t taken = conn->body_left < len ? (size_t)conn->body_left : len;
    conn->body_left -= taken;
    out->consumed = taken;
    out->body = (tmlrt_slice){data, taken};
    out->events |= TRT_H1_EV_BODY;
    credit_body(conn, taken, now_ns);
    if (conn->body_left == 0) {
        complete(conn, out);
    }
}

static void feed_chunks(trt_h1_conn* conn, trt_h1_result* out, const char* data, size_t len,
                        uint64_t now_ns) {
    int step =
        trt_h1_chunked_feed(&conn->chunked, &out->consumed, &out->body, conn->limits, data, len);
    if (out->body.len != 0) {
        out->events |= TRT_H1_EV_BODY;
        credit_body(conn, out->body.len, now_ns);
    }
    if (step == TRT_H1_DONE) {
        complete(conn, out);
    } else if (step != TRT_H1_MORE) {
        refuse(conn, out, step, conn->chunked.why);
    }
}

void trt_h1_conn_feed(trt_h1_conn* conn, trt_h1_result* out, tmlrt_request* request, char* data,
                      size_t len, uint64_t now_ns) {
    *out = (trt_h1_result){0};
    if (len == 0) {
        return;
    }
    if (TRT_LIKELY(conn->state == TRT_H1_IDLE || conn->state == TRT_H1_HEAD)) {
        feed_head(conn, out, request, data, len, now_ns);
        return;
    }
    switch (conn->state) {
    case TRT_H1_BODY:
        feed_length(conn, out, data, len, now_ns);
        return;
    case TRT_H1_CHUNKS:
        feed_chunks(conn, out, data, len, now_ns);
        return;
    case TRT_H1_RAW:
        out->events = TRT_H1_EV_RAW;
        out->body = (tmlrt_slice){data, len};
        out->consumed = len;
        return;
    default:
        return;
    }
}

void trt_h1_conn_took(trt_h1_conn* conn, trt_h1_result* out, size_t len, uint64_t now_ns) {
    TRT_ASSERT(conn->state == TRT_H1_BODY && len <= conn->body_left);
    *out = (trt_h1_result){0};
    feed_length(conn, out, NULL, len, now_ns);
}

void trt_h1_conn_eof(trt_h1_conn* conn, trt_h1_result* out) {
    *out = (trt_h1_result){0};
    switch (conn->state) {
    case TRT_H1_ANSWER:
        conn->keep_alive = false;
        return;
    case TRT_H1_HEAD:
    case TRT_H1_BODY:
    case TRT_H1_CHUNKS:
        refuse(conn, out, 400, "the connection ended inside the request");
        return;
    default:
        finish(conn);
        out->events = TRT_H1_EV_CLOSE;
    }
}

void trt_h1_conn_abandon(trt_h1_conn* conn) {
    finish(conn);
}

void trt_h1_conn_upgrade(trt_h1_conn* conn) {
    TRT_ASSERT(conn->state == TRT_H1_ANSWER && (conn->head.flags & TRT_H1_HAS_UPGRADE) != 0);
    conn->state = TRT_H1_RAW;
    conn->keep_alive = false;
    conn->deadline_ns = UINT64_MAX;
}

bool trt_h1_conn_next(trt_h1_conn* conn, uint64_t now_ns) {
    TRT_ASSERT(conn->state == TRT_H1_ANSWER || conn->state == TRT_H1_FINISHED);
    if (!conn->keep_alive) {
        finish(conn);
        return false;
    }
    conn->state = TRT_H1_IDLE;
    conn->head = (trt_h1_head){0};
    conn->deadline_ns = now_ns + conn->limits->keep_alive_ns;
    return true;
}

void trt_h1_conn_expire(trt_h1_conn* conn, trt_h1_result* out, uint64_t now_ns) {
    *out = (trt_h1_result){0};
    if (now_ns < conn->deadline_ns) {
        return;
    }
    if (conn->state == TRT_H1_IDLE) {
        finish(conn);
        out->events = TRT_H1_EV_CLOSE;
    } else if (conn->state != TRT_H1_FINISHED) {
        refuse(conn, out, 408,
               conn->state == TRT_H1_HEAD ? "the request head took too long"
                                          : "the request body came too slowly");
    }
}
