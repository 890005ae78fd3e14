// SPDX-License-Identifier: Apache-2.0
// A connection's task: bytes -> codec -> service -> output, one message at a time.
//
//   READ -> (complete) -> HANDLE -> answer -> READ      answers wait in the output while input is
//   READ, HANDLE -> WRITE -> READ | HANDLE | LINGER     left, and go out together in one send
//   READ -> HOLD -> READ | (503)                        the process holds as much as it may
//   READ, HANDLE -> STREAM -> READ | LINGER             bodies that come or go in pieces
//   any -> closed
//
// Idle, it holds a slot of the reactor and this frame: the workspace is taken when a read may find
// something and given back when the last answer is out, or while a message is slow (park.c). One
// timer serves every deadline: it is armed only when a deadline lies before the time it will fire
// at, and re-armed when it fires too early, so a request on a busy connection does not touch it.
//
// Here is the task and its reading; conn_exchange.c has the service and its answer, conn_stream.c
// streams, conn_write.c the output, conn_close.c deadlines and the end.
//
// Thread: the worker the connection was accepted on, for all of its life.
#include "std/http/server/conn_step.h"

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/coop.h"
#include "std/http/server/lease.h"
#include "std/http/server/watch_call.h"

#include <stdalign.h>
#include <string.h>

#define FIRST_REQUEST_NS TRT_S ///< for a connection made while the server drains

// ---- reading ------------------------------------------------------------------------------------

static void prepare_request(trt_http_conn* conn) {
    tmlrt_request* request = &conn->ws->exchange.request;
    request->arena = &conn->ws->arena;
    request->headers = conn->ws->headers;
    trt_http_link_tell(&conn->link, request);
}

// A complete request goes to the service.
static enum trt_conn_step dispatch(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    conn->phase = TRT_CONN_HANDLE;
    conn->deadline_ns = UINT64_MAX;
    if (trt_http_is_full(conn->link.shard)) {
        conn->turned_away = true; // answered as any other: its connection stays
        return trt_conn_answered(conn, now_ns);
    }
    return trt_conn_step_handle(conn, cx, now_ns);
}

// The peer waits for 100 before it sends the body, or offers another protocol.
static __attribute__((noinline)) void take_offer(trt_http_conn* conn, const trt_h1_result* result) {
    trt_workspace* ws = conn->ws;
    if ((result->events & TRT_H1_EV_CONTINUE) && ws->at == ws->in_end &&
        ws->out_end + sizeof(TRT_H1_CONTINUE) <= TRT_WS_OUT_CAP) {
        memcpy(ws->out + ws->out_end, TRT_H1_CONTINUE, sizeof(TRT_H1_CONTINUE) - 1);
        ws->out_end += sizeof(TRT_H1_CONTINUE) - 1;
    }
    if ((result->events & TRT_H1_EV_UPGRADE) && (result->events & TRT_H1_EV_COMPLETE)) {
        trt_conn_note_upgrade(conn);
    }
}

static enum trt_conn_step take_events(trt_http_conn* conn, tmlrt_context* cx,
                                      const trt_h1_result* result, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    ws->at += (uint32_t)result->consumed;
    if (result->events & TRT_H1_EV_ERROR) {
        trt_http_count(conn->link.shard->server, TRT_HTTP_COUNT_refused);
        return trt_conn_refuse(conn, now_ns, result->status, result->why);
    }
    if (result->events & TRT_H1_EV_HEAD) {
        ws->body_start = ws->at;
        trt_http_exchange_begin(conn->link.shard, &ws->exchange, now_ns);
        if ((result->events & TRT_H1_EV_COMPLETE) == 0) {
            bool expects = (result->events & TRT_H1_EV_CONTINUE) != 0 && ws->at == ws->in_end;
            if (trt_conn_wants_stream(conn, expects)) {
                return trt_conn_stream_body(conn, expects, now_ns);
            }
        }
        if (TRT_UNLIKELY(result->events & (TRT_H1_EV_CONTINUE | TRT_H1_EV_UPGRADE))) {
            take_offer(conn, result);
        }
    }
    if (result->events & TRT_H1_EV_BODY) {
        trt_workspace_add_body(ws, result->body);
    }
    return result->events & TRT_H1_EV_COMPLETE ? dispatch(conn, cx, now_ns) : TRT_STEP_ON;
}

static bool in_head(const trt_http_conn* conn) {
    return conn->h1.state == TRT_H1_IDLE || conn->h1.state == TRT_H1_HEAD;
}

// Where the bytes end that may be looked at: behind a head there is always room for a read.
static uint32_t end_of_input(const trt_http_conn* conn) {
    const trt_workspace* ws = conn->ws;
    uint32_t end = in_head(conn) ? ws->in_cap - TRT_WS_RESERVE : ws->in_cap;
    return ws->in_end < end ? ws->in_end : end;
}

// This poll has done enough: what comes next has its turn with the next one.
static __attribute__((noinline)) enum trt_conn_step wait_for_turn(trt_http_conn* conn) {
    if (conn->link.shard->is_crowded && conn->phase == TRT_CONN_READ) {
        trt_http_park_turn(conn);
    }
    return TRT_STEP_WAIT;
}

// Feeds what is held until it is used up (or the phase changes). *out_starved: more is needed, or
// more room.
static enum trt_conn_step parse(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns,
                                bool* out_starved) {
    trt_workspace* ws = conn->ws;
    enum trt_conn_step step = TRT_STEP_ON;
    *out_starved = false;
    while (step == TRT_STEP_ON && conn->phase == TRT_CONN_READ) {
        trt_h1_result result;
        uint32_t end = end_of_input(conn);
        if (ws->at >= end) {
            *out_starved = true;
            return TRT_STEP_ON;
        }
        if (conn->h1.state == TRT_H1_IDLE) {
            if (TRT_UNLIKELY(!trt_http_may_begin(conn->link.shard->server))) {
                return trt_conn_hold_back(conn, now_ns);
            }
            // A tail: the exchange it belongs to is not over.
            if (ws->tail[0].len + ws->tail[1].len != 0 || ws->out_end >= conn->batch) {
                return trt_conn_begin_write(conn, TRT_CONN_READ);
            }
            if (!trt_coop_spend(cx)) {
                return wait_for_turn(conn);
            }
            if (TRT_UNLIKELY(trt_gather_has_mark(&conn->gather))) {
                trt_conn_end_gather(conn); // the body before was given up
            }
            prepare_request(conn);
        }
        trt_h1_conn_feed(&conn->h1, &result, &ws->exchange.request, ws->in + ws->at, end - ws->at,
                         now_ns);
        if (result.events == 0 && result.consumed == 0) {
            *out_starved = true;
            return TRT_STEP_ON;
        }
        step = take_events(conn, cx, &result, now_ns);
        if (step == TRT_STEP_ON && trt_conn_is_small_piece(&result) && !trt_coop_spend(cx)) {
            return wait_for_turn(conn);
        }
    }
    return step;
}

// Nothing is held and nothing is on its way: give everything back and wait.
static enum trt_conn_step wait_idle(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    if (conn->ws != NULL) {
        trt_workspace_give(conn->link.shard, conn->ws);
        conn->ws = NULL;
    }
    if (trt_stream_poll_readable(conn->link.stream, cx) == TMLRT_READY) {
        return TRT_STEP_ON;
    }
    if (conn->link.shed || trt_budget_level(&conn->link.shard->server->budget) == TRT_MEMORY_HARD) {
        return TRT_STEP_CLOSE;
    }
    if (trt_http_server_phase(conn->link.shard->server) >= TRT_HTTP_DRAINING) {
        if (!conn->h1.first) {
            return TRT_STEP_CLOSE;
        }
        // Whoever has just connected is about to ask: the answer closes.
        trt_h1_conn_hasten(&conn->h1, now_ns + FIRST_REQUEST_NS);
    }
    if (!trt_list_linked(&conn->link.idle_node)) {
        conn->link.idle_began_ns = now_ns;
        trt_http_note_idle(&conn->link, true);
    }
    return TRT_STEP_WAIT;
}

static enum trt_conn_step take_eof(trt_http_conn* conn, uint64_t now_ns) {
    trt_h1_result result;
    trt_h1_conn_eof(&conn->h1, &result);
    return result.events & TRT_H1_EV_ERROR
               ? trt_conn_refuse(conn, now_ns, result.status, result.why)
               : TRT_STEP_CLOSE;
}

static enum trt_conn_step make_room(trt_http_conn* conn, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    trt_http_server* server = conn->link.shard->server;
    if (conn->h1.state == TRT_H1_BODY || conn->h1.state == TRT_H1_CHUNKS) {
        uint64_t wanted = 0, left = trt_h1_conn_body_left(&conn->h1);
        tmlrt_status status = trt_workspace_body_room(ws, server, left, &wanted);
        if (status == TMLRT_E_FULL) {
            return trt_conn_begin_hold(conn, wanted, now_ns);
        }
        return status == TMLRT_OK ? TRT_STEP_ON : trt_conn_no_memory(conn, now_ns);
    }
    tmlrt_status status = trt_workspace_make_room(ws, server);
    if (status == TMLRT_E_FULL) {
        trt_http_count(server, TRT_HTTP_COUNT_held);
        return trt_conn_refuse(conn, now_ns, 503, TRT_CONN_HELD_WHY);
    }
    if (conn->h1.state == TRT_H1_HEAD) { // it may lie elsewhere now, and be set aside before a scan
        trt_h1_head_move(&conn->h1.head, &ws->exchange.request, ws->in + ws->at);
    }
    return status == TMLRT_OK ? TRT_STEP_ON : trt_conn_no_memory(conn, now_ns);
}

// There is no workspace to answer from: a text that is always there, then as after every last
// answer.
static enum trt_conn_step refuse_without_memory(trt_http_conn* conn, tmlrt_context* cx,
                                                uint64_t now_ns) {
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                               "Content-Length: 0\r\nConnection: close\r\n\r\n";
    tmlrt_slice slice = {text, sizeof text - 1};
    trt_io_result result;
    tmlrt_status ignored;
    trt_http_count(conn->link.shard->server, TRT_HTTP_COUNT_no_memory);
    if (trt_stream_poll_writev(conn->link.stream, cx, &slice, 1, &result) == TMLRT_PENDING ||
        result.status != TMLRT_OK || result.len != slice.len) {
        return TRT_STEP_RESET;
    }
    (void)trt_stream_poll_shutdown(conn->link.stream, cx, &ignored);
    trt_conn_begin_linger(conn, now_ns);
    return TRT_STEP_ON;
}

static enum trt_conn_step receive(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    if (conn->h1.state != TRT_H1_IDLE || ws->in_end != 0) { // else it is empty
        enum trt_conn_step step = make_room(conn, now_ns);
        if (step != TRT_STEP_ON || conn->phase != TRT_CONN_READ) {
            return step;
        }
    }
    bool head = in_head(conn);
    uint32_t end = head ? ws->in_cap - TRT_WS_RESERVE : ws->in_cap;
    trt_io_result result;
    if (head && ws->in_end - ws->at != conn->h1.head.scan) {
        return TRT_STEP_ON; // what is there could not be looked at for want of room
    }
    uint32_t room = end - ws->in_end;
    if (TRT_UNLIKELY(conn->link.shard->is_crowded)) {
        conn->batch = TRT_WS_SLOW_BATCH;
    }
    if (head && conn->batch == TRT_WS_SLOW_BATCH && room > TRT_WS_SLOW_BATCH) {
        room = TRT_WS_SLOW_BATCH; // what a slow peer sends ahead waits in its socket
    }
    if (trt_stream_poll_read(conn->link.stream, cx, ws->in + ws->in_end, room, &result) ==
        TMLRT_PENDING) {
        if (conn->h1.state != TRT_H1_IDLE) {
            if (cx->budget != 0 || conn->link.shard->is_crowded) {
                trt_http_park(conn);
            }
            return TRT_STEP_WAIT;
        }
        trt_workspace_give(conn->link.shard, ws);
        conn->ws = NULL;
        return cx->budget == 0 ? TRT_STEP_WAIT : TRT_STEP_ON; // once more, now without a workspace
    }
    if (result.status != TMLRT_OK) {
        return TRT_STEP_CLOSE;
    }
    if (result.len == 0) {
        return take_eof(conn, now_ns);
    }
    ws->in_end += (uint32_t)result.len;
    if (!head) {
        trt_conn_spend_bytes(cx, result.len);
    }
    return TRT_STEP_ON;
}

static enum trt_conn_step step_read(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    if (conn->parked != NULL) {
        if (trt_http_parked_waits(conn) &&
            trt_stream_poll_readable(conn->link.stream, cx) == TMLRT_PENDING) {
            return TRT_STEP_WAIT;
        }
        if (!trt_http_unpark(conn)) {
            return refuse_without_memory(conn, cx, now_ns);
        }
    }
    if (conn->ws != NULL && conn->ws->at != conn->ws->in_end) {
        bool starved;
        enum trt_conn_step step = parse(conn, cx, now_ns, &starved);
        if (step != TRT_STEP_ON || !starved) {
            return step;
        }
    }
    if (conn->ws != NULL && trt_http_output_pending(conn->ws)) {
        return trt_conn_begin_write(conn, TRT_CONN_READ);
    }
    if (conn->h1.state == TRT_H1_IDLE && (conn->ws == NULL || conn->ws->at == conn->ws->in_end)) {
        if (!conn->woken) {
            enum trt_conn_step step = wait_idle(conn, cx, now_ns);
            if (step != TRT_STEP_ON) {
                return step;
            }
        }
        conn->woken = false;
        trt_http_note_idle(&conn->link, false);
        if (conn->ws == NULL && (conn->ws = trt_workspace_take(conn->link.shard)) == NULL) {
            return refuse_without_memory(conn, cx, now_ns);
        }
    }
    TRT_ASSERT(conn->ws != NULL); // inside a message there is one, or it was parked
    return receive(conn, cx, now_ns);
}

// ---- the task -----------------------------------------------------------------------------------

void trt_http_conn_open(trt_http_conn* conn, trt_http_link* link) {
    *conn = (trt_http_conn){
        .armed_ns = UINT64_MAX, .deadline_ns = UINT64_MAX, .batch = TRT_CONN_WHOLE_BATCH};
    trt_gather_clear(&conn->gather);
    trt_http_link_move(&conn->link, link);
}

static void start(trt_http_conn* conn, const tmlrt_context* cx, uint64_t now_ns) {
    trt_http_shard* shard = conn->link.shard;
    conn->head.state = 1;
    trt_http_link_enter(&conn->link, cx->waker);
    trt_http_conn_speaks(shard, false, conn->link.tls != NULL);
    shard->seed = shard->seed * 1664525u + 1013904223u;
    trt_h1_conn_init(&conn->h1, &shard->server->limits, now_ns, shard->seed);
    conn->h1.body_limit = shard->server->service->body_limit;
    conn->h1.body_limit_self = shard->server->service->self;
}

static uint64_t deadline_of(const trt_http_conn* conn) {
    return conn->phase == TRT_CONN_READ    ? trt_h1_conn_deadline(&conn->h1)
           : conn->phase == TRT_CONN_WRITE ? conn->stall.deadline_ns
                                           : conn->deadline_ns;
}

static void arm_timer(trt_http_conn* conn, const tmlrt_context* cx, uint64_t now_ns) {
    uint64_t deadline = deadline_of(conn);
    deadline = conn->gather.until_ns < deadline ? conn->gather.until_ns : deadline;
    if (conn->armed_ns <= now_ns) {
        conn->armed_ns = UINT64_MAX;
    }
    if (deadline < conn->armed_ns) {
        trt_timer_arm(&conn->timer, conn->link.shard->timers, deadline, cx->waker);
        conn->armed_ns = deadline;
    }
}

static enum trt_conn_step run(trt_http_conn* conn, tmlrt_context* cx, uint64_t now_ns) {
    enum trt_conn_step step = TRT_STEP_ON;
    if (trt_http_server_phase(conn->link.shard->server) == TRT_HTTP_ABORTING) {
        return TRT_STEP_RESET;
    }
    if (TRT_UNLIKELY(now_ns >= conn->gather.until_ns)) {
        trt_conn_end_gather(conn);
    }
    if (now_ns >= deadline_of(conn)) {
        step = trt_conn_expire(conn, now_ns);
    }
    while (step == TRT_STEP_ON) {
        TRT_ASSERT(conn->ws != NULL || conn->phase == TRT_CONN_READ ||
                   conn->phase == TRT_CONN_LINGER ||
                   (conn->phase == TRT_CONN_WRITE && conn->parked != NULL));
        if (conn->phase == TRT_CONN_READ) { // most often, then this
            step = step_read(conn, cx, now_ns);
            continue;
        }
        if (conn->phase == TRT_CONN_WRITE) {
            step = trt_conn_step_write(conn, cx, now_ns);
            continue;
        }
        switch (conn->phase) {
        case TRT_CONN_HANDLE:
            step = trt_conn_step_handle(conn, cx, now_ns);
            break;
        case TRT_CONN_STREAM:
            step = trt_conn_step_stream(conn, cx, now_ns);
            break;
        case TRT_CONN_HOLD:
            step = trt_conn_step_hold(conn, cx, now_ns);
            break;
        default:
            step = trt_conn_step_linger(conn, cx);
            break;
        }
    }
    return step;
}

static tmlrt_poll conn_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_http_conn* conn = frame;
    (void)out;
    uint64_t now_ns = trt_timer_driver_poll_ns(conn->link.shard->timers);
    if (conn->head.state == TMLRT_FRAME_UNSTARTED) {
        start(conn, cx, now_ns);
    }
    conn->woken = conn->ws == NULL;
    enum trt_conn_step step = run(conn, cx, now_ns);
    if (step == TRT_STEP_WAIT) {
        arm_timer(conn, cx, now_ns);
        return TMLRT_PENDING;
    }
    trt_http_conn_close(conn, step == TRT_STEP_RESET);
    return TMLRT_READY;
}

// The runtime ends: nobody else drops a connection.
static void conn_drop(void* frame) {
    trt_http_conn* conn = frame;
    if (conn->head.state != TMLRT_FRAME_DONE && conn->ws != NULL) {
        trt_exchange_cancel(&conn->ws->exchange, TMLRT_CANCEL_SHUTDOWN);
    }
    trt_http_conn_close(conn, true);
}

_Static_assert(offsetof(trt_http_conn, serving) == offsetof(trt_serving_frame, serving),
               "a frame that serves");

const tmlrt_future_desc trt_http_conn_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF | TRT_FUTURE_SERVES,
    .poll = conn_poll,
    .drop = conn_drop,
    .frame_size = sizeof(trt_http_conn),
    .frame_align = alignof(trt_http_conn),
    .out_align = 1,
    .name = "http_connection",
    .num_states = 2,
};
