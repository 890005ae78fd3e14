// SPDX-License-Identifier: Apache-2.0
// What the codec tells besides head and body: trailer fields, an offer of other protocols, what
// follows a 101. Every input is fed whole and byte by byte.
#include "std/http/h1/conn.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"

#include <string.h>

#define P   "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHK P "Transfer-Encoding: chunked\r\n\r\n"

enum { ROOM = 8192 };

typedef struct seen {
    trt_http_limits limits;
    trt_h1_conn conn;
    uint32_t events;
    size_t used; ///< bytes consumed when the message was complete
    char input[ROOM], trailers[ROOM];
} seen;

static tmlrt_request s_request;
static trt_header s_headers[100];

// Feeds until the message is complete, in pieces of `step`.
static void run(seen* s, const char* text, size_t step, bool keep) {
    size_t len = strlen(text), from = 0;
    memset(s, 0, sizeof *s);
    trt_http_limits_resolve(&s->limits);
    trt_h1_conn_init(&s->conn, &s->limits, 0, 0);
    s_request = (tmlrt_request){.headers = s_headers};
    memcpy(s->input, text, len);
    EXPECT(trt_h1_trailer_room(&s->limits) <= sizeof s->trailers);
    for (size_t to = step; (s->events & (TRT_H1_EV_COMPLETE | TRT_H1_EV_ERROR)) == 0;) {
        trt_h1_result result;
        to = to < len ? to : len;
        trt_h1_conn_feed(&s->conn, &result, &s_request, s->input + from, to - from, 0);
        if (keep && (result.events & TRT_H1_EV_HEAD) != 0) {
            trt_h1_conn_keep_trailers(&s->conn, s->trailers);
        }
        s->events |= result.events;
        from += result.consumed;
        if (result.consumed == 0 && result.events == 0) {
            if (to == len) {
                break;
            }
            to += step;
        }
    }
    s->used = from;
}

static void expect_trailer(const seen* s, uint32_t* at, const char* name, const char* value) {
    trt_header field = {0};
    EXPECT(trt_h1_conn_trailer(&s->conn, at, &field));
    EXPECT(field.name.len == strlen(name) && memcmp(field.name.data, name, field.name.len) == 0);
    EXPECT(field.value.len == strlen(value) &&
           memcmp(field.value.data, value, field.value.len) == 0);
}

static void expect_no_more(const seen* s, uint32_t* at) {
    trt_header field;
    EXPECT(!trt_h1_conn_trailer(&s->conn, at, &field));
}

TEST(h1_conn__trailer_fields__handed_out_trimmed_and_in_order) {
    static const char text[] = CHK "2\r\nab\r\n0\r\nX-Sum: \t 1a: b \r\nEmpty:\r\nx-sum:2\r\n\r\n";
    static seen s;
    for (size_t step = 1; step <= sizeof text; step++) {
        uint32_t at = 0;
        run(&s, text, step, true);
        EXPECT((s.events & TRT_H1_EV_COMPLETE) != 0);
        expect_trailer(&s, &at, "X-Sum", "1a: b");
        expect_trailer(&s, &at, "Empty", "");
        expect_trailer(&s, &at, "x-sum", "2");
        expect_no_more(&s, &at);
    }
}

TEST(h1_conn__trailer_fields_that_must_come_before_the_body__are_passed_over) {
    static seen s;
    uint32_t at = 0;
    run(&s,
        CHK "0\r\nContent-Length: 9\r\nHOST: b\r\nAuthorization: x\r\nA: 1\r\nCookie: c\r\n"
            "Transfer-Encoding: x\r\nTE: x\r\nContent-Type: x\r\nB: 2\r\nIf-Match: x\r\n\r\n",
        1, true);
    EXPECT((s.events & TRT_H1_EV_COMPLETE) != 0);
    expect_trailer(&s, &at, "A", "1");
    expect_trailer(&s, &at, "B", "2");
    expect_no_more(&s, &at);
}

TEST(h1_conn__trailers_nobody_asked_for__are_dropped) {
    static seen s;
    uint32_t at = 0;
    run(&s, CHK "0\r\nA: 1\r\n\r\n", 7, false);
    EXPECT((s.events & TRT_H1_EV_COMPLETE) != 0);
    expect_no_more(&s, &at);
}

TEST(h1_conn__longest_trailer_section__fits_the_room_it_asks_for) {
    static char text[ROOM];
    static seen s;
    trt_http_limits limits = {0};
    trt_http_limits_resolve(&limits);
    size_t len = (size_t)(stpcpy(text, CHK "0\r\n") - text);
    size_t left = (size_t)limits.trailer_bytes;
    for (uint64_t i = 0; i < limits.num_trailers; i++) {
        size_t line = i + 1 == limits.num_trailers ? left : 100;
        memset(text + len, 'a', line);
        text[len + 1] = ':';
        memcpy(text + len + line, "\r\n", 2);
        len += line + 2;
        left -= line;
    }
    memcpy(text + len, "\r\n", 3);
    run(&s, text, 1, true);
    EXPECT((s.events & TRT_H1_EV_COMPLETE) != 0);
    EXPECT_EQ(s.conn.chunked.text_len, trt_h1_trailer_room(&limits));
    uint32_t num = 0, at = 0;
    for (trt_header field; trt_h1_conn_trailer(&s.conn, &at, &field);) {
        num++;
    }
    EXPECT_EQ(num, limits.num_trailers);
}

TEST(h1_conn__next_message__has_no_trailers_of_the_one_before) {
    static seen s;
    uint32_t at = 0;
    trt_h1_result result;
    char next[64] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    run(&s, CHK "0\r\nA: 1\r\n\r\n", 4, true);
    EXPECT(trt_h1_conn_next(&s.conn, 0));
    s_request = (tmlrt_request){.headers = s_headers};
    trt_h1_conn_feed(&s.conn, &result, &s_request, next, strlen(next), 0);
    EXPECT((result.events & TRT_H1_EV_COMPLETE) != 0);
    expect_no_more(&s, &at);
}

static bool offers(const char* text) {
    static seen s;
    run(&s, text, 1, false);
    uint32_t events = s.events;
    run(&s, text, strlen(text), false);
    EXPECT_EQ(s.events, events);
    EXPECT((events & TRT_H1_EV_COMPLETE) != 0);
    return (events & TRT_H1_EV_UPGRADE) != 0;
}

TEST(h1_conn__upgrade__offered_by_field_and_connection_option_together) {
#define G "GET / HTTP/1.1\r\nHost: a\r\n"
    EXPECT(offers(G "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"));
    EXPECT(offers(G "Upgrade: h2c, a/1.0\r\nConnection: upgrade\r\n\r\n"));
    EXPECT(!offers(G "Upgrade: websocket\r\n\r\n"));
    EXPECT(!offers(G "Connection: upgrade\r\n\r\n"));
    EXPECT(!offers(G "Connection: upgrade\r\nUpgrade: ,\r\n\r\n"));
    EXPECT(!offers("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"));
}

TEST(h1_conn__after_101__input_is_handed_over_as_it_is) {
    static seen s;
    static const char head[] = G "Connection: upgrade\r\nUpgrade: x\r\n\r\n";
    trt_h1_result result;
    char rest[] = "\x81\r\nGET / HTTP/1.1\r\n\r\n";
    run(&s, head, 5, false);
    EXPECT_EQ(s.used, sizeof head - 1);
    trt_h1_conn_upgrade(&s.conn);
    EXPECT_EQ(trt_h1_conn_deadline(&s.conn), UINT64_MAX);
    trt_h1_conn_feed(&s.conn, &result, &s_request, rest, sizeof rest - 1, 0);
    EXPECT_EQ(result.events, TRT_H1_EV_RAW);
    EXPECT_EQ(result.consumed, sizeof rest - 1);
    EXPECT(result.body.data == rest && result.body.len == sizeof rest - 1);
    trt_h1_conn_eof(&s.conn, &result);
    EXPECT_EQ(result.events, TRT_H1_EV_CLOSE);
}
