// SPDX-License-Identifier: Apache-2.0
// The heartbeat on a virtual clock: a comment when nothing was sent for 15 s, never inside of an
// event, never after the end; events are put whole.
#include "std/http/server/beat.h"

#include <tmlrt/time.h>

#include "std/http/core/limits.h"
#include "std/http/core/response.h"
#include "std/http/server/body.h"
#include "std/http/server/service.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_NS (15 * TRT_S)

// What a task does: one letter per step. A number waits so many tenths of a second, `e` puts an
// event, `t` takes what is there, `s` stops as a server does, `x` detaches. What it saw is text.
typedef struct script {
    const char* at;
    tmlrt_body* body;
    char saw[256];
} script;

static void take(script* s) {
    char out[256];
    size_t len = 0;
    tmlrt_status status;
    test_waker w = {0};
    (void)test_waker_context(&w);
    tmlrt_poll polled = trt_body_poll_take(s->body, &w.waker, out, sizeof out, &len, &status);
    size_t used = strlen(s->saw);
    snprintf(s->saw + used, sizeof s->saw - used, "[%.*s]%s", (int)len, out,
             polled == TMLRT_PENDING ? ""
             : status != TMLRT_OK    ? "!"
             : len == 0              ? "."
                                     : "");
    trt_body_watch(s->body, &(tmlrt_waker){NULL, NULL});
}

static void put(script* s) {
    trt_sse_event event = {.data = TRT_SLICE("e"), .retry_ms = TRT_SSE_NO_RETRY};
    bool waits;
    EXPECT_EQ(trt_body_put_event(s->body, &event, &waits), TMLRT_OK);
    EXPECT(!waits);
}

static tmlrt_poll step_script(test_future* self, tmlrt_context* cx, int64_t* out) {
    script* s = self->user;
    if (s->body == NULL) {
        s->body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
        EXPECT_EQ(trt_beat_start(s->body, EVERY_NS), TMLRT_OK);
    }
    for (; *s->at != '\0'; s->at++) {
        if (*s->at >= '0' && *s->at <= '9') {
            char* end;
            if (self->leaf_desc == NULL) {
                tmlrt_sleep_init(self->leaf, strtoull(s->at, &end, 10) * 100 * TRT_MS);
                self->leaf_desc = &tmlrt_sleep_desc;
            }
            if (self->leaf_desc->poll(self->leaf, cx, NULL) == TMLRT_PENDING) {
                return TMLRT_PENDING;
            }
            self->leaf_desc = NULL;
            strtoull(s->at, &end, 10);
            s->at = end - 1;
        } else if (*s->at == 't') {
            take(s);
        } else if (*s->at == 'e') {
            put(s);
        } else if (*s->at == 's') {
            trt_events_stop(s->body);
        } else if (*s->at == 'x') {
            trt_body_detach(s->body);
        }
    }
    trt_body_detach(s->body);
    trt_body_unref(s->body);
    *out = 0;
    return TMLRT_READY;
}

TEST(beat__a_table_of_times__comments_where_it_was_quiet) {
    static const struct {
        const char *does, *saw;
    } rows[] = {
        {"149t", "[]"},
        {"151t", "[: \n\n]"},
        {"151t148t4t", "[: \n\n][][: \n\n]"},
        {"100et140t12t", "[data: e\n\n][][: \n\n]"},
        {"100et149t2t", "[data: e\n\n][][: \n\n]"},
        // What waits is not added to, however long it does.
        {"1e1000t", "[data: e\n\n]"},
        {"1000t", "[: \n\n]"},
        {"1e1000t151t", "[data: e\n\n][: \n\n]"},
        {"x1000t", "[]!"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_clock clock;
        tmlrt_runtime* runtime = test_clock_runtime(&clock);
        REQUIRE(runtime != NULL);
        script s = {.at = rows[i].does};
        test_probe probe = {0};
        int64_t out;
        test_future frame = {.step = step_script, .probe = &probe, .user = &s};
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out),
                  TMLRT_OK);
        EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
        tmlrt_runtime_free(runtime);
        if (strcmp(s.saw, rows[i].saw) != 0) {
            test_fail(__FILE__, __LINE__, "'%s' saw\n%s\ninstead of\n%s", rows[i].does, s.saw,
                      rows[i].saw);
        }
    }
}

TEST(beat__a_server_that_stops__retry_then_the_end) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    script s = {.at = "est1000t"};
    test_probe probe = {0};
    int64_t out;
    test_future frame = {.step = step_script, .probe = &probe, .user = &s};
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
    tmlrt_runtime_free(runtime);
    EXPECT(strncmp(s.saw, "[data: e\n\nretry: ", 17) == 0);
    EXPECT(strspn(s.saw + 17, "0123456789") == 4);
    EXPECT_STR(s.saw + 21, "\n\n][].");
}

// ---- events without a beat ----------------------------------------------------------------------

TEST(body_put_event__no_room__waits_and_is_put_whole_later) {
    static char filler[TRT_BODY_CAP - 5], out[TRT_BODY_CAP];
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    test_waker w = {0};
    trt_sse_event event = {.data = TRT_SLICE("12345"), .retry_ms = TRT_SSE_NO_RETRY};
    tmlrt_status status;
    size_t len;
    (void)test_waker_context(&w);
    EXPECT_EQ(trt_body_put(body, filler, sizeof filler, &len), TMLRT_OK);
    EXPECT_EQ(trt_body_poll_put_event(body, &w.waker, &event, &status), TMLRT_PENDING);
    EXPECT_EQ(trt_body_put_bytes(body), sizeof filler);
    tmlrt_waker none = {NULL, NULL};
    EXPECT_EQ(trt_body_poll_take(body, &none, out, 100, &len, &status), TMLRT_READY);
    EXPECT_EQ(test_waker_wakes(&w), 1);
    EXPECT_EQ(trt_body_poll_put_event(body, &w.waker, &event, &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_OK);
    EXPECT_EQ(trt_body_put_bytes(body), sizeof filler + 13);
    trt_body_unref(body);
}

TEST(body_put_event__too_long__refused_and_the_stream_goes_on) {
    static char text[TRT_BODY_CAP];
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    trt_sse_event event = {.data = {text, sizeof text}, .retry_ms = TRT_SSE_NO_RETRY};
    bool waits;
    memset(text, 'a', sizeof text);
    EXPECT_EQ(trt_body_put_event(body, &event, &waits), TMLRT_E_OVERFLOW);
    event.data.len -= 8;
    EXPECT_EQ(trt_body_put_event(body, &event, &waits), TMLRT_OK);
    EXPECT(!waits);
    EXPECT_EQ(trt_body_put_bytes(body), TRT_BODY_CAP);
    EXPECT_EQ(trt_body_end(body), TMLRT_OK);
    EXPECT_EQ(trt_body_put_event(body, &event, &waits), TMLRT_E_CLOSED);
    trt_body_unref(body);
}

TEST(body_put_event__without_memory__nomem_and_the_stream_goes_on) {
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    trt_sse_event event = {.data = TRT_SLICE("a"), .retry_ms = TRT_SSE_NO_RETRY};
    bool waits;
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_body_put_event(body, &event, &waits), TMLRT_E_NOMEM);
    EXPECT(test_allocator_hit() && !waits);
    test_allocator_fail_at(0);
    EXPECT_EQ(trt_body_put_event(body, &event, &waits), TMLRT_OK);
    trt_body_unref(body);
}

// ---- beginning one, an allocation failing -------------------------------------------------------

static tmlrt_poll step_begin(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    bool hit = true;
    for (uint64_t nth = 1; hit && nth < 20; nth++) {
        trt_arena arena;
        trt_exchange exchange = {.request.arena = &arena};
        trt_exchange_context own = {.base = {.flags = TMLRT_CX_EXCHANGE}, .exchange = &exchange};
        trt_arena_init(&arena, 1 << 20);
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_exchange_begin_events(&exchange, &own.base, EVERY_NS);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        EXPECT((exchange.events != NULL) == !hit);
        tmlrt_events_free(tmlrt_request_events(&own.base));
        EXPECT(tmlrt_request_events(&own.base) == NULL);
        trt_exchange_release(&exchange);
        trt_arena_fini(&arena);
    }
    EXPECT(!hit);
    *(bool*)self->user = true;
    *out = 0;
    return TMLRT_READY;
}

TEST(events_begin__every_allocation_fails_once__nomem_and_no_leak) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    REQUIRE(runtime != NULL);
    bool done = false;
    test_probe probe = {0};
    int64_t out;
    test_future frame = {.step = step_begin, .probe = &probe, .user = &done};
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
    EXPECT(done);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    tmlrt_runtime_free(runtime);
}
