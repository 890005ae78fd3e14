// SPDX-License-Identifier: Apache-2.0
// A stream of events whose client is gone: its producer ends at most 10 ms later, on a virtual
// clock. That clock stands still while anybody has something to do and then goes on to the next
// timer, so the bound says that no timer is waited for: neither the heartbeat (15 s) nor a write
// that fails.
//
// The same ends over TCP, without a clock: the rows "events: ..." of test_service.c.
#include <tmlrt/time.h>

#include "std/http/core/response.h"
#include "std/http/server/beat.h"
#include "std/http/server/body.h"
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"
#include "tests/support/memory_server.h"

#include <stdio.h>

#define BOUND_NS (10 * TRT_MS)
#define BEAT_NS  (15 * TRT_S)

/// What the handler does when its client goes.
enum busy_with {
    GUARD,     ///< it has not begun the stream: something before it waits
    SETUP,     ///< the head is out, no event is
    QUIET,     ///< an event is out, the next one is far away
    PRODUCING, ///< an event every 0.4 s
    CHILD,     ///< a task of its scope produces
};

enum leaves_by { BY_RESET, BY_CLOSE, BY_SHUTDOWN, BY_RST_STREAM };

typedef struct gone_row {
    const char* name;
    bool http2;
    enum busy_with busy;
    enum leaves_by by;
} gone_row;

typedef struct scene {
    const gone_row* row;
    memory_server ms;
    test_future child; ///< of CHILD
    test_probe child_probe;
    int act; ///< of the client
    uint64_t gone_ns, ended_ns, child_ended_ns;
    int reason;
    size_t heard; ///< bytes that the client got
    char bytes[H2_BYTES];
} scene;

static scene s_scene;

// ---- the producer -------------------------------------------------------------------------------

static void put_event(tmlrt_body* body) {
    trt_sse_event event = {.data = TRT_SLICE("e"), .retry_ms = TRT_SSE_NO_RETRY};
    bool waits;
    EXPECT_EQ(trt_body_put_event(body, &event, &waits), TMLRT_OK);
}

static void child_dropped(test_future* child) {
    scene* s = child->user;
    s->child_ended_ns = s->ms.clock.now_ns;
}

static void start_child(scene* s, trt_exchange* exchange) {
    s->child = (test_future){.step = test_step_sleep,
                             .probe = &s->child_probe,
                             .user = s,
                             .left = (int64_t)(60 * TRT_S),
                             .on_drop = child_dropped};
    tmlrt_scope* scope = tmlrt_request_scope(&exchange->request);
    EXPECT_EQ(tmlrt_scope_add(scope, tmlrt_spawn(&test_plain_desc, &s->child, sizeof s->child)),
              TMLRT_OK);
}

// The handler's only state is a sleep, in the request's arena.
static void begin_sleep(scene* s, trt_exchange* exchange) {
    tmlrt_sleep_init(exchange->call, s->row->busy == PRODUCING ? 400 * TRT_MS : 60 * TRT_S);
}

static tmlrt_poll handler_poll(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    while (tmlrt_sleep_desc.poll(exchange->call, cx, NULL) == TMLRT_READY) {
        if (s->row->busy != PRODUCING) {
            return TMLRT_READY;
        }
        put_event(exchange->events->stream);
        begin_sleep(s, exchange);
    }
    return TMLRT_PENDING;
}

static tmlrt_poll handler_start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    exchange->call = trt_arena_alloc(exchange->request.arena, TMLRT_LEAF_SIZE, TMLRT_LEAF_ALIGN);
    begin_sleep(s, exchange);
    if (s->row->busy != GUARD) {
        EXPECT_EQ(trt_exchange_begin_events(exchange, cx, BEAT_NS), TMLRT_OK);
    }
    if (s->row->busy == QUIET) {
        put_event(exchange->events->stream);
    }
    if (s->row->busy == CHILD) {
        start_child(s, exchange);
    }
    return handler_poll(self, exchange, cx);
}

static void handler_drop(void* self, trt_exchange* exchange) {
    scene* s = self;
    tmlrt_sleep_desc.drop(exchange->call);
    s->ended_ns = s->ms.clock.now_ns;
    s->reason = exchange->request.cancelled;
}

// ---- the client ---------------------------------------------------------------------------------

static void client_write(scene* s, tmlrt_context* cx, const void* data, size_t len) {
    EXPECT_EQ(memory_server_send(&s->ms, cx, data, len), len);
}

static void ask(scene* s, tmlrt_context* cx) {
    static const char request[] = "GET /events HTTP/1.1\r\nHost: a.test\r\n\r\n";
    static char block_bytes[65536];
    if (!s->row->http2) {
        client_write(s, cx, request, sizeof request - 1);
        return;
    }
    h2_bytes out = {.data = s->bytes}, block = {.data = block_bytes};
    h2_start(&out);
    h2_literal(&block, ":method", "GET");
    h2_literal(&block, ":scheme", "https");
    h2_literal(&block, ":authority", "a.test");
    h2_literal(&block, ":path", "/events");
    h2_headers(&out, 1, H2_END_STREAM, &block);
    client_write(s, cx, out.data, out.len);
}

// Whether the head of the answer has come.
static bool has_head(const scene* s) {
    const uint8_t* bytes = (const uint8_t*)s->bytes;
    if (!s->row->http2) {
        return strncmp(s->bytes, "HTTP/1.1 200", 12) == 0;
    }
    for (size_t at = 0; at + 9 <= s->heard;) {
        if (bytes[at + 3] == H2_HEADERS) {
            return true;
        }
        at += 9 + ((size_t)bytes[at] << 16 | (size_t)bytes[at + 1] << 8 | bytes[at + 2]);
    }
    return false;
}

static void listen(scene* s, tmlrt_context* cx) {
    bool at_end = false;
    s->heard += memory_server_read(&s->ms, cx, s->bytes + s->heard, sizeof s->bytes - 1 - s->heard,
                                   &at_end);
    s->bytes[s->heard] = '\0';
    EXPECT_EQ(has_head(s), s->row->busy != GUARD);
}

static void leave(scene* s, tmlrt_context* cx) {
    trt_stream stream = s->ms.rig.client->base.io;
    tmlrt_status status = TMLRT_OK;
    s->gone_ns = s->ms.clock.now_ns;
    if (s->row->by == BY_SHUTDOWN) {
        EXPECT_EQ(trt_stream_poll_shutdown(stream, cx, &status), TMLRT_READY);
        return;
    }
    if (s->row->by == BY_RST_STREAM) {
        h2_bytes out = {.data = s->bytes};
        char code[4];
        h2_u32(code, 8); // CANCEL
        h2_frame(&out, 4, H2_RST, 0, 1, code);
        client_write(s, cx, out.data, out.len);
        return;
    }
    trt_stream_close(stream, s->row->by == BY_RESET);
    s->ms.rig.client = NULL;
}

// Connects and asks, listens 3 s later, leaves 0.1 s after that, and looks 5 s later, which is
// before the next heartbeat.
static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    static const uint64_t pauses_ns[] = {3 * TRT_S, 100 * TRT_MS, 5 * TRT_S};
    scene* s = self->user;
    for (;;) {
        if (!memory_server_slept(self, cx)) {
            return TMLRT_PENDING;
        }
        switch (s->act) {
        case 0:
            memory_server_connect(&s->ms, s->row->http2);
            ask(s, cx);
            break;
        case 1:
            listen(s, cx);
            break;
        case 2:
            EXPECT_EQ(s->ended_ns, 0);
            leave(s, cx);
            break;
        default:
            *out = 0;
            return TMLRT_READY;
        }
        memory_server_sleep(self, pauses_ns[s->act++]);
    }
}

// ---- the cases ----------------------------------------------------------------------------------

static void check_end(const scene* s, uint64_t ended_ns, const char* what) {
    if (ended_ns == 0 || ended_ns < s->gone_ns || ended_ns - s->gone_ns > BOUND_NS) {
        test_fail(__FILE__, __LINE__, "%s: %s %s, %.3f s after its client", s->row->name, what,
                  ended_ns == 0 ? "has not ended" : "ended",
                  ended_ns == 0 ? 0.0 : ((double)ended_ns - (double)s->gone_ns) / TRT_S);
    }
}

static void run_row(const gone_row* row) {
    scene* s = &s_scene;
    memset(s, 0, sizeof *s);
    s->row = row;
    const trt_service service = {
        .self = s, .start = handler_start, .poll = handler_poll, .drop = handler_drop};
    REQUIRE(memory_server_start(&s->ms, NULL, &service));
    memory_server_run(&s->ms, step_client, s);
    memory_server_stop(&s->ms);
    check_end(s, s->ended_ns, "the handler");
    EXPECT_EQ(s->reason, TMLRT_CANCEL_CLIENT_GONE);
    if (row->busy == CHILD) {
        check_end(s, s->child_ended_ns, "the task of its scope");
    }
}

static void run_rows(const gone_row* rows, size_t num) {
    memory_server_begin();
    for (size_t i = 0; i < num; i++) {
        run_row(&rows[i]);
    }
    memory_server_end();
}

void test_before_all(void) {
    tls_rig_warm_up();
}

TEST(events_gone__over_http1__the_producer_ends_within_10_ms) {
    static const gone_row rows[] = {
        {"HTTP/1.1, before the stream, reset", false, GUARD, BY_RESET},
        {"HTTP/1.1, setting up, reset", false, SETUP, BY_RESET},
        {"HTTP/1.1, setting up, closed", false, SETUP, BY_CLOSE},
        {"HTTP/1.1, setting up, its side closed", false, SETUP, BY_SHUTDOWN},
        {"HTTP/1.1, between events, reset", false, QUIET, BY_RESET},
        {"HTTP/1.1, between events, closed", false, QUIET, BY_CLOSE},
        {"HTTP/1.1, between events, its side closed", false, QUIET, BY_SHUTDOWN},
        {"HTTP/1.1, producing, closed", false, PRODUCING, BY_CLOSE},
        {"HTTP/1.1, a task produces, reset", false, CHILD, BY_RESET},
        {"HTTP/1.1, a task produces, closed", false, CHILD, BY_CLOSE},
    };
    run_rows(rows, sizeof rows / sizeof *rows);
}

TEST(events_gone__over_http2__the_producer_ends_within_10_ms) {
    static const gone_row rows[] = {
        {"HTTP/2, before the stream, reset", true, GUARD, BY_RESET},
        {"HTTP/2, before the stream, RST_STREAM", true, GUARD, BY_RST_STREAM},
        {"HTTP/2, setting up, reset", true, SETUP, BY_RESET},
        {"HTTP/2, setting up, closed", true, SETUP, BY_CLOSE},
        {"HTTP/2, setting up, RST_STREAM", true, SETUP, BY_RST_STREAM},
        {"HTTP/2, between events, reset", true, QUIET, BY_RESET},
        {"HTTP/2, between events, closed", true, QUIET, BY_CLOSE},
        {"HTTP/2, between events, RST_STREAM", true, QUIET, BY_RST_STREAM},
        {"HTTP/2, producing, RST_STREAM", true, PRODUCING, BY_RST_STREAM},
        {"HTTP/2, a task produces, closed", true, CHILD, BY_CLOSE},
        {"HTTP/2, a task produces, RST_STREAM", true, CHILD, BY_RST_STREAM},
    };
    run_rows(rows, sizeof rows / sizeof *rows);
}
