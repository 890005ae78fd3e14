// SPDX-License-Identifier: Apache-2.0
// An HTTP/2 connection's task: bytes to the codec, its output to the transport, and the exchanges
// that were woken in between.
//
// One poll: deadlines; exchanges that were woken; then read, feed, run, send, until nothing comes.
// What all streams have to say in a turn is one send. Nothing is read while a send waits, and that
// is not the peer's silence then. Idle it holds this frame, the codec's and the hub; the input is
// the worker's.
//
//   open    -> drained      GOAWAY: idle, old, stop
//   drained -> lingering    the codec has finished and its output is out
//   any     -> gone         reset, end of input: handlers that may not be dropped finish
//   lingering, gone -> closed
//
// Exchanges are in h2_exchange.c. Thread: the connection's worker; wakers anywhere (wake_hub.c).
#include "std/http/server/h2_conn.h"

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/coop.h"
#include "std/http/server/conn_step.h"
#include "std/http/server/lease.h"
#include "std/http/server/watch_call.h"

#include <stdalign.h>
#include <string.h>

enum { BYTES_PER_UNIT = 1024 }; ///< a poll takes 128 KiB of input, then others run

void trt_http2_conn_open(trt_http2_conn* conn, trt_http_link* link, const char* early,
                         size_t early_len) {
    *conn = (trt_http2_conn){.armed_ns = UINT64_MAX, .early_len = (uint8_t)early_len};
    if (early_len != 0) {
        memcpy(conn->early, early, early_len);
    }
    trt_http_link_move(&conn->link, link);
}

static const trt_http_limits* limits_of(const trt_http2_conn* conn) {
    return &conn->link.shard->server->limits;
}

static bool start(trt_http2_conn* conn, const tmlrt_context* cx) {
    trt_http_shard* shard = conn->link.shard;
    const trt_http_limits* limits = limits_of(conn);
    conn->head.state = 1;
    trt_http_link_enter(&conn->link, cx->waker);
    trt_http_conn_speaks(shard, true, conn->link.tls != NULL);
    trt_list_init(&conn->exchanges);
    trt_list_init(&conn->waiting);
    trt_stall_clear(&conn->stall);
    shard->seed = shard->seed * 1664525u + 1013904223u;
    conn->until_ns = conn->now_ns + limits->head_timeout_ns;
    conn->age_until_ns = conn->now_ns + trt_h1_spread_age(limits, shard->seed);
    conn->hub = trt_wake_hub_new(&conn->link.waker);
    trt_h2_handler handler = trt_http2_handler(conn);
    trt_h2_options options = {.limits = limits,
                              .security = trt_http_link_security(&conn->link),
                              .spare = &shard->h2_spare,
                              .pushes = (uint32_t)limits->h2_pushes,
                              .connect_protocol = true};
    return conn->hub != NULL &&
           trt_h2_conn_new(&conn->h2, &handler, &options, conn->now_ns) == TMLRT_OK &&
           trt_h2_conn_feed(conn->h2, conn->early, conn->early_len, conn->now_ns) == TMLRT_OK;
}

static enum trt_conn_step no_memory(trt_http2_conn* conn) {
    trt_http_count(conn->link.shard->server, TRT_HTTP_COUNT_no_memory);
    return TRT_STEP_RESET;
}

// ---- exchanges that were woken ------------------------------------------------------------------

static trt_http2_exchange* next_to_run(trt_http2_conn* conn) {
    trt_http2_exchange* ex = conn->to_run;
    if (ex != NULL) {
        conn->to_run = ex->next;
        ex->to_run = false;
        return ex;
    }
    trt_wake_port* port = trt_wake_hub_next(conn->hub);
    return port != NULL ? TRT_CONTAINER_OF(port, trt_http2_exchange, port) : NULL;
}

// False: this poll has done enough; the task was woken for the rest.
static bool run_woken(trt_http2_conn* conn, tmlrt_context* cx) {
    trt_http2_exchange* ex;
    while ((ex = next_to_run(conn)) != NULL) {
        if (!trt_coop_spend(cx)) {
            trt_http2_queue(ex);
            return false;
        }
        trt_http2_run(ex, cx, conn->now_ns);
    }
    return true;
}

// ---- input and output ---------------------------------------------------------------------------

// The peer's address is remembered, however the connection ends.
static void note_abuse(trt_http2_conn* conn) {
    trt_http_server* server = conn->link.shard->server;
    if (trt_h2_conn_abused(conn->h2)) {
        trt_mutex_lock(&server->offenders_lock);
        trt_offenders_closed(server->offenders, conn->link.source.family, conn->link.source.bits,
                             conn->now_ns);
        trt_mutex_unlock(&server->offenders_lock);
        trt_http_count(server, TRT_HTTP_COUNT_abused);
    }
}

// Nobody is there any more: what may be dropped is.
static enum trt_conn_step lose_peer(trt_http2_conn* conn) {
    note_abuse(conn);
    trt_h2_conn_free(conn->h2);
    conn->h2 = NULL;
    trt_http2_lose_streams(conn);
    trt_stall_clear(&conn->stall);
    conn->until_ns = conn->age_until_ns = UINT64_MAX;
    return TRT_STEP_ON;
}

// ON: the output is empty; WAIT: the socket is full.
static enum trt_conn_step flush(trt_http2_conn* conn, tmlrt_context* cx) {
    for (;;) {
        tmlrt_slice out;
        trt_io_result result;
        if (trt_h2_conn_output(conn->h2, &out, conn->now_ns) != TMLRT_OK) {
            return no_memory(conn);
        }
        if (out.len == 0) {
            trt_stall_clear(&conn->stall);
            if (conn->any_pulled) {
                trt_http2_flushed(conn);
            }
            return TRT_STEP_ON;
        }
        if (trt_stream_poll_writev(conn->link.stream, cx, &out, 1, &result) == TMLRT_PENDING) {
            trt_stall_block(&conn->stall, limits_of(conn), conn->now_ns);
            if (cx->budget != 0) { // else it may not be full
                trt_h2_conn_pack(conn->h2);
            }
            return TRT_STEP_WAIT;
        }
        if (result.status != TMLRT_OK) {
            return lose_peer(conn);
        }
        trt_h2_conn_sent(conn->h2, (size_t)result.len);
        trt_stall_sent(&conn->stall, limits_of(conn), result.len, conn->now_ns);
    }
}

static enum trt_conn_step receive(trt_http2_conn* conn, tmlrt_context* cx) {
    trt_http_shard* shard = conn->link.shard;
    trt_io_result result;
    if (trt_stream_poll_read(conn->link.stream, cx, shard->scratch, sizeof shard->scratch,
                             &result) == TMLRT_PENDING) {
        return TRT_STEP_WAIT;
    }
    if (result.status != TMLRT_OK || result.len == 0) {
        return lose_peer(conn);
    }
    uint32_t units = (uint32_t)result.len / BYTES_PER_UNIT;
    cx->budget -= units < cx->budget ? units : cx->budget;
    if (trt_h2_conn_feed(conn->h2, shard->scratch, (size_t)result.len, conn->now_ns) != TMLRT_OK) {
        return no_memory(conn);
    }
    return TRT_STEP_ON;
}

// Nothing more comes or goes: handlers that still work behind their answers finish.
static enum trt_conn_step end_linger(trt_http2_conn* conn) {
    if (conn->num_exchanges == 0) {
        return TRT_STEP_CLOSE;
    }
    conn->lingering = false;
    return lose_peer(conn);
}

static enum trt_conn_step linger(trt_http2_conn* conn, tmlrt_context* cx) {
    trt_http_shard* shard = conn->link.shard;
    trt_io_result result;
    while (trt_stream_poll_read(conn->link.stream, cx, shard->scratch, sizeof shard->scratch,
                                &result) == TMLRT_READY) {
        if (result.status != TMLRT_OK || result.len == 0 || result.len > conn->linger_left) {
            return end_linger(conn);
        }
        conn->linger_left -= result.len;
    }
    return TRT_STEP_WAIT;
}

// Our last bytes are out: what the peer still sends is thrown away, so that it can read them.
static enum trt_conn_step begin_linger(trt_http2_conn* conn, tmlrt_context* cx) {
    tmlrt_status ignored;
    conn->lingering = true;
    conn->linger_left = limits_of(conn)->linger_bytes;
    conn->until_ns = conn->now_ns + limits_of(conn)->linger_ns;
    conn->age_until_ns = UINT64_MAX;
    (void)trt_stream_poll_shutdown(conn->link.stream, cx, &ignored);
    return linger(conn, cx);
}

// ---- deadlines ----------------------------------------------------------------------------------

static void drain(trt_http2_conn* conn) {
    if (!conn->drained) {
        conn->drained = true;
        conn->age_until_ns = UINT64_MAX;
        trt_h2_conn_drain(conn->h2, conn->now_ns);
    }
}

// Handlers learn of a stop when they are polled.
static void tell_stop(trt_http2_conn* conn) {
    conn->stop_told = true;
    for (trt_list_node* node = conn->exchanges.head.next; node != &conn->exchanges.head;
         node = node->next) {
        trt_http2_queue(TRT_CONTAINER_OF(node, trt_http2_exchange, node));
    }
}

static void expire_exchanges(trt_http2_conn* conn) {
    for (trt_list_node* node = conn->exchanges.head.next; node != &conn->exchanges.head;
         node = node->next) {
        trt_http2_exchange* ex = TRT_CONTAINER_OF(node, trt_http2_exchange, node);
        if (conn->now_ns >= trt_http2_deadline(ex)) {
            trt_http2_expire(ex, conn->now_ns);
        }
    }
    if (TRT_UNLIKELY(!trt_list_empty(&conn->waiting))) {
        trt_http2_waiting_expire(conn);
    }
}

// Whether what the peer sends is read: only then may it be told that it was silent for too long.
static bool listens(const trt_http2_conn* conn) {
    return !conn->lingering && conn->stall.deadline_ns == UINT64_MAX;
}

static enum trt_conn_step expire(trt_http2_conn* conn) {
    trt_http_server* server = conn->link.shard->server;
    expire_exchanges(conn);
    if (conn->h2 == NULL) {
        return TRT_STEP_ON;
    }
    if (conn->now_ns >= conn->stall.deadline_ns &&
        trt_stall_expire(&conn->stall, &server->limits, trt_socket_unsent(conn->link.handle),
                         conn->now_ns)) {
        trt_http_count(server, TRT_HTTP_COUNT_stalled);
        return TRT_STEP_RESET;
    }
    if (conn->now_ns >= conn->until_ns) {
        if (conn->lingering) {
            return end_linger(conn);
        }
        trt_http_count(server, TRT_HTTP_COUNT_silent);
        conn->until_ns = UINT64_MAX;
        drain(conn);
    }
    if (conn->now_ns >= conn->age_until_ns) {
        drain(conn);
    }
    if (listens(conn) && conn->now_ns >= trt_h2_conn_deadline(conn->h2) &&
        !trt_h2_conn_expire(conn->h2, conn->now_ns)) {
        trt_http_count(server, TRT_HTTP_COUNT_silent);
        return lose_peer(conn);
    }
    return TRT_STEP_ON;
}

static uint64_t deadline_of(const trt_http2_conn* conn) {
    uint64_t until = conn->until_ns < conn->age_until_ns ? conn->until_ns : conn->age_until_ns;
    until = conn->stall.deadline_ns < until ? conn->stall.deadline_ns : until;
    if (conn->h2 != NULL && listens(conn)) {
        uint64_t codec = trt_h2_conn_deadline(conn->h2);
        until = codec < until ? codec : until;
    }
    for (trt_list_node* node = conn->exchanges.head.next; node != &conn->exchanges.head;
         node = node->next) {
        uint64_t own = trt_http2_deadline(TRT_CONTAINER_OF(node, trt_http2_exchange, node));
        until = own < until ? own : until;
    }
    if (TRT_UNLIKELY(!trt_list_empty(&conn->waiting))) {
        uint64_t waiting = trt_http2_waiting_deadline(conn);
        until = waiting < until ? waiting : until;
    }
    return until;
}

static void arm_timer(trt_http2_conn* conn, const tmlrt_context* cx) {
    uint64_t deadline = deadline_of(conn);
    if (conn->armed_ns <= conn->now_ns) {
        conn->armed_ns = UINT64_MAX;
    }
    if (deadline < conn->armed_ns) {
        trt_timer_arm(&conn->timer, conn->link.shard->timers, deadline, cx->waker);
        conn->armed_ns = deadline;
    }
}

// ---- the task -----------------------------------------------------------------------------------

// Nothing runs and nothing is on its way. CLOSE: handles or memory are short.
static enum trt_conn_step wait_idle(trt_http2_conn* conn, tmlrt_context* cx) {
    trt_http_link* link = &conn->link;
    if (trt_stream_poll_readable(link->stream, cx) == TMLRT_READY) {
        return TRT_STEP_ON; // TLS gives its buffers back when there is nothing
    }
    if (link->shed || trt_budget_level(&link->shard->server->budget) == TRT_MEMORY_HARD) {
        return TRT_STEP_CLOSE;
    }
    if (conn->had_one && conn->until_ns == UINT64_MAX && !conn->drained) {
        conn->until_ns = conn->now_ns + limits_of(conn)->keep_alive_ns;
    }
    if (!trt_list_linked(&link->idle_node)) {
        link->idle_began_ns = conn->now_ns;
        trt_http_note_idle(link, true);
    }
    return TRT_STEP_WAIT;
}

// One turn: what was woken, then the output, then more input. ON: once more.
static enum trt_conn_step turn(trt_http2_conn* conn, tmlrt_context* cx) {
    bool more = !run_woken(conn, cx);
    if (conn->h2 == NULL) {
        return more || conn->num_exchanges != 0 ? TRT_STEP_WAIT : TRT_STEP_RESET;
    }
    enum trt_conn_step sent = flush(conn, cx);
    if (sent == TRT_STEP_RESET || conn->h2 == NULL) {
        return sent;
    }
    if (sent == TRT_STEP_ON && trt_h2_conn_finished(conn->h2)) {
        return begin_linger(conn, cx);
    }
    if (!more && conn->to_run != NULL) {
        return TRT_STEP_ON; // what this output ended makes room for the streams that come next
    }
    if (more || sent == TRT_STEP_WAIT) {
        return TRT_STEP_WAIT;
    }
    enum trt_conn_step got = receive(conn, cx);
    if (got != TRT_STEP_WAIT || conn->to_run != NULL) {
        return got == TRT_STEP_WAIT ? TRT_STEP_ON : got;
    }
    return conn->num_exchanges == 0 && sent == TRT_STEP_ON && cx->budget != 0 ? wait_idle(conn, cx)
                                                                              : TRT_STEP_WAIT;
}

static enum trt_conn_step run(trt_http2_conn* conn, tmlrt_context* cx) {
    enum trt_http_phase phase = trt_http_server_phase(conn->link.shard->server);
    if (phase == TRT_HTTP_ABORTING) {
        return TRT_STEP_RESET;
    }
    enum trt_conn_step step = expire(conn);
    if (step != TRT_STEP_ON) {
        return step;
    }
    if (conn->lingering) {
        (void)run_woken(conn, cx);
        step = linger(conn, cx);
        if (step != TRT_STEP_ON) {
            return step;
        }
    }
    if (phase != TRT_HTTP_RUNNING && conn->h2 != NULL) {
        drain(conn);
    }
    if (phase >= TRT_HTTP_DRAINING && !conn->stop_told) {
        tell_stop(conn);
    }
    while (step == TRT_STEP_ON) {
        step = turn(conn, cx);
    }
    return step;
}

static void close_conn(trt_http2_conn* conn, tmlrt_cancel_reason reason, bool abortive) {
    if (conn->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    if (conn->h2 != NULL) {
        lose_peer(conn);
    }
    if (conn->head.state != TMLRT_FRAME_UNSTARTED) {
        trt_http2_drop_all(conn, reason);
    }
    if (conn->hub != NULL) {
        trt_wake_hub_close(conn->hub);
    }
    trt_timer_cancel(&conn->timer);
    conn->head.state = TMLRT_FRAME_DONE;
    trt_http_link_leave(&conn->link, abortive);
}

static tmlrt_poll conn_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_http2_conn* conn = frame;
    (void)out;
    if (conn->h2 != NULL) {
        trt_h2_conn_fetch(conn->h2); // while the kernel copies what has come
    }
    conn->now_ns = trt_shard_now_ns(conn->link.shard);
    enum trt_conn_step step = TRT_STEP_ON;
    if (conn->head.state == TMLRT_FRAME_UNSTARTED && !start(conn, cx)) {
        step = no_memory(conn);
    }
    if (step == TRT_STEP_ON) {
        step = run(conn, cx);
    }
    if (step == TRT_STEP_WAIT) {
        if (conn->h2 != NULL && !trt_list_empty(&conn->exchanges)) {
            trt_http2_set_aside(conn);
        }
        arm_timer(conn, cx);
        return TMLRT_PENDING;
    }
    bool stopping = trt_http_server_phase(conn->link.shard->server) != TRT_HTTP_RUNNING;
    close_conn(conn, stopping ? TMLRT_CANCEL_SHUTDOWN : TMLRT_CANCEL_CLIENT_GONE,
               step == TRT_STEP_RESET);
    return TMLRT_READY;
}

// The runtime ends: nobody else drops a connection.
static void conn_drop(void* frame) {
    close_conn(frame, TMLRT_CANCEL_SHUTDOWN, true);
}

_Static_assert(offsetof(trt_http2_conn, serving) == offsetof(trt_serving_frame, serving),
               "a frame that serves");

const tmlrt_future_desc trt_http2_conn_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF | TRT_FUTURE_SERVES,
    .poll = conn_poll,
    .drop = conn_drop,
    .frame_size = sizeof(trt_http2_conn),
    .frame_align = alignof(trt_http2_conn),
    .out_align = 1,
    .name = "http2_connection",
    .num_states = 2,
};
