// SPDX-License-Identifier: Apache-2.0
// Sizes, counts and times: at the limit a message passes, one past it the named status comes, at
// the same byte whether the input is whole or arrives byte by byte.
#include "std/http/h1/conn.h"

#include "tests/support/h1_transcript.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

static char s_a[H1_TRANSCRIPT_CAP], s_b[H1_TRANSCRIPT_CAP];
static char s_input[1 << 20];
static size_t s_len;

static void begin(void) {
    s_len = 0;
}
static void text(const char* bytes) {
    size_t len = strlen(bytes);
    memcpy(s_input + s_len, bytes, len);
    s_len += len;
}
static void fill(char byte, size_t num) {
    memset(s_input + s_len, byte, num);
    s_len += num;
}

static trt_http_limits defaults(void) {
    trt_http_limits limits = {0};
    trt_http_limits_resolve(&limits);
    return limits;
}

// The status of s_input, which must not depend on how it is cut.
static uint32_t verdict(size_t step) {
    trt_http_limits limits = defaults();
    h1_transcript whole = {.text = s_a}, cut = {.text = s_b};
    h1_transcript_run(&whole, &limits, s_input, s_len, 0, s_len, false, false);
    h1_transcript_run(&cut, &limits, s_input, s_len, 0, step, false, false);
    EXPECT_EQ(whole.status, cut.status);
    EXPECT_EQ(whole.num_answered, cut.num_answered);
    EXPECT(whole.len == cut.len && memcmp(whole.text, cut.text, whole.len) == 0);
    return whole.status != 0 ? whole.status : whole.num_answered;
}

static void request_line(size_t line_len) {
    begin();
    text("GET /");
    fill('a', line_len - 14);
    text(" HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST(h1_limits__request_line__8192_pass_8193_are_414) {
    request_line(8192);
    EXPECT_EQ(verdict(1), 1);
    request_line(8193);
    EXPECT_EQ(verdict(1), 414);
    request_line(65536);
    EXPECT_EQ(verdict(7), 414); // RL19
}

TEST(h1_limits__bad_byte_behind_the_limit__is_still_414) {
    begin();
    text("GET /");
    fill('a', 9000);
    text("\x01 HTTP/1.1\r\n");
    EXPECT_EQ(verdict(1), 414);
}

static void one_field(size_t field_len) {
    begin();
    text("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    fill('v', field_len - 3);
    text("\r\n\r\n");
}

TEST(h1_limits__one_field__8192_pass_8193_are_431) {
    one_field(8192);
    EXPECT_EQ(verdict(1), 1);
    one_field(8193);
    EXPECT_EQ(verdict(1), 431);
    one_field(131072);
    EXPECT_EQ(verdict(1000), 431); // HD14
    begin();
    text("GET / HTTP/1.1\r\nHost: a\r\n");
    fill('n', 9000);
    EXPECT_EQ(verdict(1), 431); // a name without an end
    begin();
    text("GET / HTTP/1.1\r\nHost: a\r\nX:");
    fill(' ', 9000);
    EXPECT_EQ(verdict(1), 431);
}

static void fields(size_t num, size_t value_len) {
    begin();
    text("GET / HTTP/1.1\r\nHost: a\r\n");
    for (size_t i = 1; i < num; i++) {
        text("X: ");
        fill('v', value_len);
        text("\r\n");
    }
    text("\r\n");
}

TEST(h1_limits__number_of_fields__100_pass_101_are_431) {
    fields(100, 1);
    EXPECT_EQ(verdict(1), 1);
    fields(101, 1);
    EXPECT_EQ(verdict(1), 431);
    fields(5000, 1);
    EXPECT_EQ(verdict(3), 431); // HD13
}

TEST(h1_limits__all_fields__32_kib_with_the_charge) {
    // Host is charged 7 + 32; each other 3 + 461 + 32 = 496: 65 of them are 32,240, in all 32,279.
    fields(66, 461);
    EXPECT_EQ(verdict(1), 1);
    fields(67, 461); // 32,775
    EXPECT_EQ(verdict(1), 431);
}

static void chunked(const char* rest) {
    begin();
    text("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    text(rest);
}

TEST(h1_limits__chunk_extension__256_bytes_pass_257_are_400) {
    chunked("1;");
    fill('e', 255);
    text("\r\nx\r\n0\r\n\r\n");
    EXPECT_EQ(verdict(1), 1);
    chunked("1;");
    fill('e', 256);
    text("\r\nx\r\n0\r\n\r\n");
    EXPECT_EQ(verdict(1), 400);
    chunked("1;");
    fill('e', 65536);
    EXPECT_EQ(verdict(1), 400); // CH18
}

static void chunk_row(size_t num, const char* chunk) {
    chunked("");
    for (size_t i = 0; i < num; i++) {
        text(chunk);
    }
    text("0\r\n\r\n");
}

TEST(h1_limits__chunk_extensions_of_a_body__16_kib) {
    chunk_row(1638, "1;eeeeeeeee\r\nx\r\n"); // 10 bytes each: 16,380
    EXPECT_EQ(verdict(11), 1);
    chunk_row(1639, "1;eeeeeeeee\r\nx\r\n");
    EXPECT_EQ(verdict(11), 400);
}

TEST(h1_limits__chunk_overhead__ten_times_the_data_and_100_kb) {
    chunk_row(50000, "1\r\nx\r\n"); // 5 bytes of framing each
    EXPECT_EQ(verdict(1000), 1);
    chunk_row(9000, "000000000000001\r\nx\r\n"); // 19: 171,000 are under 90,000 + 100,000
    EXPECT_EQ(verdict(1000), 1);
    chunk_row(12000, "000000000000001\r\nx\r\n"); // 228,000 are over 120,000 + 100,000
    EXPECT_EQ(verdict(1000), 400);
}

// The sum is at the limit in the middle of a size's digits, behind it, and one byte later.
TEST(h1_limits__chunk_overhead_is_used_up_anywhere__same_verdict_however_cut) {
    for (uint64_t max = 1; max < 40; max++) {
        trt_http_limits limits = {.chunk_overhead_bytes = max, .chunk_overhead_ratio = 1};
        h1_transcript whole = {.text = s_a}, cut = {.text = s_b};
        trt_http_limits_resolve(&limits);
        chunked("0002\r\nxy\r\n00000001\r\nz\r\n0\r\n\r\n");
        h1_transcript_run(&whole, &limits, s_input, s_len, 0, s_len, false, false);
        h1_transcript_run(&cut, &limits, s_input, s_len, 0, 1, false, false);
        EXPECT(whole.len == cut.len && memcmp(whole.text, cut.text, whole.len) == 0);
        EXPECT_EQ(whole.status, max < 21 ? 400 : 0); // 24 of them count, 3 bytes of data give 3
    }
}

TEST(h1_limits__chunk_overhead_ratio_of_any_size__allows_that_much) {
    trt_http_limits limits = {.chunk_overhead_bytes = 9, .chunk_overhead_ratio = 1ull << 63};
    h1_transcript whole = {.text = s_a};
    trt_http_limits_resolve(&limits);
    chunked("2\r\nxy\r\n2\r\nxy\r\n0\r\n\r\n");
    h1_transcript_run(&whole, &limits, s_input, s_len, 0, s_len, false, false);
    EXPECT_EQ(whole.status, 0);
    EXPECT_EQ(whole.num_answered, 1);
}

TEST(h1_limits__trailers__4_kib) {
    chunked("0\r\n");
    text("X:");
    fill('v', 4094);
    text("\r\n\r\n");
    EXPECT_EQ(verdict(1), 1);
    chunked("0\r\n");
    text("X:");
    fill('v', 4095);
    text("\r\n\r\n");
    EXPECT_EQ(verdict(1), 400);
}

// The most that an operator may ask for is the most that is counted: nothing wraps.
TEST(h1_limits__more_than_is_counted__refused_at_what_is) {
    trt_http_limits limits = {.num_trailers = 1000,
                              .trailer_bytes = 8192,
                              .chunk_ext_bytes = 1 << 20,
                              .body_ext_bytes = 1ull << 40};
    h1_transcript t = {.text = s_a};
    trt_http_limits_resolve(&limits);
    chunked("0\r\n");
    for (int i = 0; i < 4000; i++) {
        text("a:\r\n"); // each keeps a line's end more than trailer_bytes counts
    }
    text("\r\n");
    h1_transcript_run(&t, &limits, s_input, s_len, 0, 1000, false, false);
    EXPECT_EQ(t.status, 400);
    chunked("1;");
    fill('e', 70000);
    text("\r\nx\r\n0\r\n\r\n");
    t = (h1_transcript){.text = s_a};
    h1_transcript_run(&t, &limits, s_input, s_len, 0, 1000, false, false);
    EXPECT_EQ(t.status, 400);
}

TEST(h1_limits__ten_thousand_requests_in_one_write__all_answered) {
    begin();
    for (int i = 0; i < 10000; i++) {
        text("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    trt_http_limits limits = defaults();
    h1_transcript t = {.text = s_a};
    h1_transcript_run(&t, &limits, s_input, s_len, 0, 16384, false, false);
    EXPECT_EQ(t.num_answered, 10000);
    EXPECT_EQ(t.status, 0);
}

// ---- time ---------------------------------------------------------------------------------------

typedef struct timed {
    trt_http_limits limits;
    trt_h1_conn conn;
    tmlrt_request request;
    trt_header headers[100];
    char bytes[512];
    size_t len;
    trt_h1_result result;
} timed;

static timed* timed_begin(void) {
    static timed t;
    memset(&t, 0, sizeof t);
    t.limits = defaults();
    t.request.headers = t.headers;
    trt_h1_conn_init(&t.conn, &t.limits, 0, 1u << 31);
    return &t;
}

static uint32_t timed_feed(timed* t, const char* bytes, uint64_t now_ns) {
    memcpy(t->bytes + t->len, bytes, strlen(bytes));
    t->len += strlen(bytes);
    uint32_t events = 0;
    do {
        trt_h1_conn_feed(&t->conn, &t->result, &t->request, t->bytes, t->len, now_ns);
        memmove(t->bytes, t->bytes + t->result.consumed, t->len - t->result.consumed);
        t->len -= t->result.consumed;
        events |= t->result.events;
    } while (t->result.events != 0 && t->len != 0 && t->conn.state != TRT_H1_ANSWER);
    return events;
}

static uint32_t timed_expire(timed* t, uint64_t now_ns) {
    trt_h1_conn_expire(&t->conn, &t->result, now_ns);
    return t->result.events;
}

TEST(h1_time__one_head_byte_every_five_seconds__408_at_ten) { // SQ08
    timed* t = timed_begin();
    EXPECT_EQ(timed_feed(t, "G", 0), 0);
    EXPECT_EQ(timed_feed(t, "E", 5 * TRT_S), 0);
    EXPECT_EQ(trt_h1_conn_deadline(&t->conn), 10 * TRT_S);
    EXPECT_EQ(timed_expire(t, 10 * TRT_S - 1), 0);
    EXPECT_EQ(timed_expire(t, 10 * TRT_S), TRT_H1_EV_ERROR);
    EXPECT_EQ(t->result.status, 408);
    EXPECT_EQ(trt_h1_conn_deadline(&t->conn), UINT64_MAX);
}

TEST(h1_time__no_byte_after_accept__closed_silently_at_ten_seconds) {
    timed* t = timed_begin();
    EXPECT_EQ(timed_expire(t, 10 * TRT_S), TRT_H1_EV_CLOSE);
}

TEST(h1_time__idle_between_messages__75_seconds_then_a_new_head_gets_ten) {
    timed* t = timed_begin();
    EXPECT(timed_feed(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", TRT_S) & TRT_H1_EV_COMPLETE);
    EXPECT_EQ(trt_h1_conn_deadline(&t->conn), UINT64_MAX);
    EXPECT(trt_h1_conn_next(&t->conn, 2 * TRT_S));
    EXPECT_EQ(trt_h1_conn_deadline(&t->conn), 77 * TRT_S);
    t->request = (tmlrt_request){.headers = t->headers};
    timed_feed(t, "G", 60 * TRT_S);
    EXPECT_EQ(trt_h1_conn_deadline(&t->conn), 70 * TRT_S);
    EXPECT_EQ(timed_expire(t, 70 * TRT_S), TRT_H1_EV_ERROR);
}

TEST(h1_time__body_of_one_byte_per_second__408_after_the_grace) { // SQ09
    timed* t = timed_begin();
    timed_feed(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", 0);
    uint64_t now = 0;
    while (timed_expire(t, now) == 0 && now < 60 * TRT_S) {
        timed_feed(t, "x", now);
        now += TRT_S;
    }
    EXPECT_EQ(t->result.status, 408);
    EXPECT_EQ(now, 6 * TRT_S);
}

TEST(h1_time__fast_start_then_silence__408_after_thirty_seconds) {
    timed* t = timed_begin();
    t->limits.body_rate = 1; // so that few bytes buy a long time
    timed_feed(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", 0);
    char burst[301];
    memset(burst, 'x', 300);
    burst[300] = '\0';
    timed_feed(t, burst, TRT_S);
    EXPECT_EQ(trt_h1_conn_deadline(&t->conn), 31 * TRT_S);
    EXPECT_EQ(timed_expire(t, 31 * TRT_S), TRT_H1_EV_ERROR);
}

TEST(h1_time__old_connection__answers_with_close) {
    timed* t = timed_begin();
    EXPECT(timed_feed(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 3601 * TRT_S) & TRT_H1_EV_COMPLETE);
    EXPECT(!t->conn.keep_alive);
    EXPECT(!trt_h1_conn_next(&t->conn, 3601 * TRT_S));
}

TEST(h1_time__connection_age__is_spread_by_ten_per_cent) {
    trt_http_limits limits = defaults();
    static const uint32_t seeds[] = {0, 1u << 31, UINT32_MAX};
    static const uint64_t low[] = {3240, 3599, 3959}, high[] = {3240, 3600, 3960};
    for (size_t i = 0; i < 3; i++) {
        trt_h1_conn conn;
        trt_h1_conn_init(&conn, &limits, 0, seeds[i]);
        EXPECT(conn.last_message_ns >= low[i] * TRT_S && conn.last_message_ns <= high[i] * TRT_S);
    }
}
