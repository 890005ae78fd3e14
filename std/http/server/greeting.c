// SPDX-License-Identifier: Apache-2.0
// The beginning of a connection: what does it speak? On a listener that only speaks HTTP/1.1 in the
// clear that is known, and its task is spawned at once. Else a task of its own finds out and hands
// the connection on:
//
//   TLS      the handshake, at most tls_handshake_ns, at most num_half_open at once; ALPN chooses.
//            A peer that speaks HTTP in the clear gets a 400.
//   h2c      the first bytes: HTTP/2's preface, or something else, which is HTTP/1.1's
//
// Thread: the worker that accepted.
#include "std/http/server/conn_step.h"
#include "std/http/server/h2_conn.h"

#include "rt/base/log.h"

#include <stdalign.h>
#include <string.h>

enum greeting_step { STEP_HANDSHAKE, STEP_PREFACE, STEP_TELL_PLAIN, STEP_LINGER };

/// greeting is the frame of the task.
typedef struct greeting {
    tmlrt_frame head;
    trt_http_link link;
    trt_stream plain; ///< TELL_PLAIN, LINGER: the transport under the handshake that failed
    trt_timer timer;
    uint64_t until_ns, linger_left;
    enum greeting_step step;
    bool half_open; ///< counted
    uint8_t early_len;
    char early[TRT_H2_PREFACE_LEN];
} greeting;

static const char s_told_plain[] =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 62\r\n"
    "Connection: close\r\n\r\n"
    "this port speaks TLS: use https:// instead of http:// with it\n";

// What was read already is the beginning of the input.
static void spawn_http1(trt_http_link* link, const char* early, uint32_t early_len) {
    trt_http_conn conn;
    trt_http_conn_open(&conn, link);
    if (early_len != 0 && !trt_http_park_early(&conn, early, early_len)) {
        trt_http_count(conn.link.shard->server, TRT_HTTP_COUNT_no_memory);
        trt_http_conn_close(&conn, true);
        return;
    }
    // The frame moves into the task; without memory it is dropped, which closes the connection.
    tmlrt_task_detach(tmlrt_spawn_local(&trt_http_conn_desc, &conn, sizeof conn));
}

static void spawn_http2(trt_http_link* link, const char* early, size_t early_len) {
    trt_http2_conn conn;
    trt_http2_conn_open(&conn, link, early, early_len);
    tmlrt_task_detach(tmlrt_spawn_local(&trt_http2_conn_desc, &conn, sizeof conn));
}

// ---- the end ------------------------------------------------------------------------------------

static void stop_counting(greeting* self) {
    if (self->half_open) {
        self->half_open = false;
        trt_atomic_sub(&self->link.shard->server->num_half_open, 1, TRT_RELAXED);
    }
    trt_timer_cancel(&self->timer);
    self->head.state = TMLRT_FRAME_DONE;
}

static tmlrt_poll close_greeting(greeting* self, bool abortive) {
    if (self->head.state == TMLRT_FRAME_DONE) {
        return TMLRT_READY;
    }
    stop_counting(self);
    if (self->plain.vtable != NULL) {
        trt_stream_close(self->plain, abortive);
    }
    trt_http_link_leave(&self->link, abortive);
    return TMLRT_READY;
}

static tmlrt_poll hand_to_http2(greeting* self) {
    stop_counting(self);
    spawn_http2(&self->link, self->early, self->early_len);
    return TMLRT_READY;
}

static tmlrt_poll hand_to_http1(greeting* self) {
    stop_counting(self);
    spawn_http1(&self->link, self->early, self->early_len);
    return TMLRT_READY;
}

// ---- TLS ----------------------------------------------------------------------------------------

// The transport moves under a TLS connection.   Errors: NOMEM.
static tmlrt_status begin_tls(trt_http_link* link) {
    tmlrt_tls_stream* tls = NULL;
    tmlrt_tcp_stream* tcp = trt_tcp_handle_new(&link->tcp);
    if (tcp == NULL) {
        return TMLRT_E_NOMEM;
    }
    link->tcp = (trt_tcp){0};
    tmlrt_tls_config* config = tmlrt_tls_holder_get(link->spoken->tls);
    tmlrt_status status = trt_tls_new(&tls, config, tcp->base.io, NULL);
    tmlrt_tls_config_unref(config);
    if (status != TMLRT_OK) {
        trt_stream_close(tcp->base.io, true);
        return status;
    }
    link->tls = tls;
    return TMLRT_OK;
}

// A peer that leaves in the middle is often no client at all (a probe of the port): that is told at
// another level, and is counted apart, so that it hides nothing.
static bool has_left(tmlrt_status status) {
    return status == TMLRT_E_TLS_TRUNCATED || status == TMLRT_E_CONNRESET ||
           status == TMLRT_E_PIPE || status == TMLRT_E_TIMEDOUT;
}

// Peers fail as often as they like: a line in ten seconds at most, which says how many others there
// were.
static void tell_failed(const trt_http_link* link, tmlrt_status status, const char* why) {
    bool left = has_left(status);
    int32_t level = left ? TMLRT_LOG_INFO : TMLRT_LOG_WARN;
    trt_http_told* told = &link->shard->server->handshakes[left];
    uint64_t now_ns = trt_shard_now_ns(link->shard);
    uint64_t others;
    if (!trt_http_told_may(told, now_ns, &others)) {
        return;
    }
    if (others == 0) {
        trt_log(level, "http", "%.*s: no TLS: %s", link->peer_len, link->peer, why);
    } else {
        trt_log(level, "http", "%.*s: no TLS: %s; %llu others failed since the last line",
                link->peer_len, link->peer, why, (unsigned long long)others);
    }
}

static tmlrt_poll handshake(greeting* self, tmlrt_context* cx) {
    trt_http_server* server = self->link.shard->server;
    tmlrt_tls_stream* tls = self->link.tls;
    tmlrt_status status;
    if (trt_tls_poll_handshake(tls, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    if (status == TMLRT_E_TLS_PLAIN) {
        tell_failed(&self->link, status, tmlrt_status_text(status));
        self->plain = trt_tls_take_inner(tls);
        self->step = STEP_TELL_PLAIN;
        return TMLRT_READY;
    }
    if (status != TMLRT_OK) {
        tell_failed(&self->link, status, trt_tls_told(tls));
        trt_http_count(server, TRT_HTTP_COUNT_handshakes_failed);
        return close_greeting(self, false);
    }
    if (trt_http_link_learn(&self->link) != TMLRT_OK) {
        trt_http_count(server, TRT_HTTP_COUNT_no_memory);
        return close_greeting(self, true);
    }
    return strcmp(tmlrt_tls_alpn(tls), "h2") == 0 ? hand_to_http2(self) : hand_to_http1(self);
}

static tmlrt_poll tell_plain(greeting* self, tmlrt_context* cx, uint64_t now_ns) {
    const trt_http_limits* limits = &self->link.shard->server->limits;
    tmlrt_slice text = {s_told_plain, sizeof s_told_plain - 1};
    trt_io_result result;
    tmlrt_status ignored;
    trt_http_count(self->link.shard->server, TRT_HTTP_COUNT_handshakes_failed);
    // Nothing was sent before: it is taken whole, or there is something wrong.
    if (trt_stream_poll_writev(self->plain, cx, &text, 1, &result) == TMLRT_PENDING ||
        result.status != TMLRT_OK || result.len != text.len) {
        return close_greeting(self, true);
    }
    (void)trt_stream_poll_shutdown(self->plain, cx, &ignored);
    self->step = STEP_LINGER;
    self->linger_left = limits->linger_bytes;
    self->until_ns = now_ns + limits->linger_ns;
    trt_timer_arm(&self->timer, self->link.shard->timers, self->until_ns, cx->waker);
    return TMLRT_READY;
}

static tmlrt_poll linger(greeting* self, tmlrt_context* cx) {
    trt_http_shard* shard = self->link.shard;
    trt_io_result result;
    while (trt_stream_poll_read(self->plain, cx, shard->scratch, sizeof shard->scratch, &result) ==
           TMLRT_READY) {
        if (result.status != TMLRT_OK || result.len == 0 || result.len > self->linger_left) {
            return close_greeting(self, false);
        }
        self->linger_left -= result.len;
    }
    return TMLRT_PENDING;
}

// ---- the first bytes ----------------------------------------------------------------------------

static tmlrt_poll preface(greeting* self, tmlrt_context* cx) {
    trt_io_result result;
    int is_http2 = 0;
    while (is_http2 == 0) {
        if (trt_stream_poll_read(self->link.stream, cx, self->early + self->early_len,
                                 sizeof self->early - self->early_len, &result) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        if (result.status != TMLRT_OK || result.len == 0) {
            return close_greeting(self, false);
        }
        self->early_len += (uint8_t)result.len;
        is_http2 = trt_h2_preface(self->early, self->early_len);
    }
    return is_http2 > 0 ? hand_to_http2(self) : hand_to_http1(self);
}

// ---- the task -----------------------------------------------------------------------------------

static bool start(greeting* self, const tmlrt_context* cx, uint64_t now_ns) {
    trt_http_server* server = self->link.shard->server;
    bool tls = self->link.spoken->tls != NULL;
    self->head.state = 1;
    if (tls && begin_tls(&self->link) != TMLRT_OK) {
        trt_http_count(server, TRT_HTTP_COUNT_no_memory);
        return false;
    }
    trt_http_link_enter(&self->link, cx->waker);
    self->step = tls ? STEP_HANDSHAKE : STEP_PREFACE;
    self->until_ns =
        now_ns + (tls ? server->limits.tls_handshake_ns : server->limits.head_timeout_ns);
    trt_timer_arm(&self->timer, self->link.shard->timers, self->until_ns, cx->waker);
    if (tls) {
        // A count that several workers may overshoot by one each.
        self->half_open = true;
        if (trt_atomic_add(&server->num_half_open, 1, TRT_RELAXED) >=
            server->limits.num_half_open) {
            trt_http_count(server, TRT_HTTP_COUNT_half_open);
            return false;
        }
    }
    return true;
}

static tmlrt_poll greeting_poll(void* frame, tmlrt_context* cx, void* out) {
    greeting* self = frame;
    trt_http_shard* shard = self->link.shard;
    uint64_t now_ns = trt_shard_now_ns(shard);
    (void)out;
    if (self->head.state == TMLRT_FRAME_UNSTARTED && !start(self, cx, now_ns)) {
        return close_greeting(self, true);
    }
    if (trt_http_server_phase(shard->server) == TRT_HTTP_ABORTING) {
        return close_greeting(self, true);
    }
    if (now_ns >= self->until_ns) {
        if (self->step != STEP_LINGER) {
            trt_http_count(shard->server, TRT_HTTP_COUNT_silent);
        }
        if (self->step == STEP_HANDSHAKE) {
            tell_failed(&self->link, TMLRT_E_TIMEDOUT, "the handshake took too long");
        }
        return close_greeting(self, self->step == STEP_HANDSHAKE);
    }
    tmlrt_poll polled = TMLRT_READY;
    while (polled == TMLRT_READY && self->head.state != TMLRT_FRAME_DONE) {
        switch (self->step) {
        case STEP_HANDSHAKE:
            polled = handshake(self, cx);
            break;
        case STEP_PREFACE:
            polled = preface(self, cx);
            break;
        case STEP_TELL_PLAIN:
            polled = tell_plain(self, cx, now_ns);
            break;
        default:
            polled = linger(self, cx);
            break;
        }
    }
    return polled;
}

static void greeting_drop(void* frame) {
    (void)close_greeting(frame, true);
}

static const tmlrt_future_desc s_greeting_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = greeting_poll,
    .drop = greeting_drop,
    .frame_size = sizeof(greeting),
    .frame_align = alignof(greeting),
    .out_align = 1,
    .name = "http_greeting",
    .num_states = 2,
};

void trt_http_greet(trt_http_link* link) {
    const trt_http_spoken* spoken = link->spoken;
    if (spoken->tls == NULL && !spoken->h2c) {
        spawn_http1(link, NULL, 0);
        return;
    }
    if (spoken->tls == NULL && spoken->only_h2) {
        spawn_http2(link, NULL, 0);
        return;
    }
    greeting self = {.until_ns = UINT64_MAX};
    trt_http_link_move(&self.link, link);
    tmlrt_task_detach(tmlrt_spawn_local(&s_greeting_desc, &self, sizeof self));
}
