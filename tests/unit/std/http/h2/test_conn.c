// SPDX-License-Identifier: Apache-2.0
// The HTTP/2 codec as a server drives it: requests in, answers out, under every cut.
#include "std/http/h2/conn.h"

#include "rt/base/kept.h"
#include "rt/base/sanitize.h"

#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

static char s_data[H2_BYTES], s_block[65536];

static h2_bytes request(const char* method, const char* path) {
    h2_bytes block = {s_block, 0};
    h2_request(&block, method, path);
    return block;
}

TEST(h2__preface__told_apart_at_the_first_byte_that_differs) {
    EXPECT_EQ(trt_h2_preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24), 1);
    EXPECT_EQ(trt_h2_preface("PRI * HT", 8), 0);
    EXPECT_EQ(trt_h2_preface("PUT", 3), -1);
}

TEST(h2__new_connection__settings_as_the_limits_say) {
    h2_rig rig = {.options.connect_protocol = true};
    h2_rig_start(&rig);
    h2_rig_take(&rig);
    h2_seen seen;
    EXPECT(h2_find(&rig, H2_SETTINGS, 0, 0, &seen));
    EXPECT_EQ(seen.len, 30);
    static const uint8_t expected[30] = {0, 3,   0, 0, 0, 100, 0, 4, 0, 1, 0, 0, 0, 6, 0,
                                         0, 128, 0, 0, 9, 0,   0, 0, 1, 0, 8, 0, 0, 0, 1};
    EXPECT(memcmp(seen.payload, expected, 30) == 0);
    EXPECT(h2_find(&rig, H2_WINDOW, 0, 0, &seen)); // the connection's window is larger at once
    h2_rig_stop(&rig);
}

TEST(h2__connections_of_a_thread__what_the_idle_one_gave_back_has_the_busy_one) {
    static h2_rig rigs[2];
    trt_h2_spare spare = {0};
    h2_bytes b = h2_fresh(s_data);
    h2_bytes block = request("GET", "/");
    h2_headers(&b, 1, H2_END_STREAM, &block);
    for (int i = 0; i < 2; i++) {
        rigs[i] = (h2_rig){.options.spare = &spare, .answer = true};
        h2_rig_start(&rigs[i]);
        EXPECT(TRT_SANITIZED || i == 0 || spare.blocks[TRT_H2_SPARE_RESERVE] == NULL);
        h2_rig_feed(&rigs[i], b.data, b.len, b.len);
        h2_rig_take(&rigs[i]);
        EXPECT_EQ(h2_status(&rigs[i], 1), 200);
        EXPECT(TRT_SANITIZED || (spare.blocks[TRT_H2_SPARE_OUT] != NULL &&
                                 spare.blocks[TRT_H2_SPARE_RESERVE] != NULL));
    }
    EXPECT_EQ(trt_h2_conn_memory(rigs[0].conn), trt_h2_conn_memory(rigs[1].conn));
    h2_rig_stop(&rigs[0]); // what it does not hold any more is not its to free
    h2_rig_stop(&rigs[1]);
    trt_h2_spare_fini(&spare);
    EXPECT(spare.blocks[TRT_H2_SPARE_OUT] == NULL && spare.blocks[TRT_H2_SPARE_RESERVE] == NULL);
}

// One connection with a GET, a POST with a body, trailers, crumbs, padding and a PING.
static void write_mixed(h2_bytes* b) {
    *b = h2_fresh(s_data);
    h2_bytes block = request("GET", "/a?b=c");
    h2_literal(&block, "cookie", "x=1");
    h2_literal(&block, "accept", "text/html");
    h2_literal(&block, "cookie", "y=2");
    h2_headers(b, 1, H2_END_STREAM, &block);
    block = request("POST", "/post");
    h2_literal(&block, "content-length", "15");
    h2_literal(&block, "expect", "100-continue");
    h2_headers(b, 3, 0, &block);
    h2_frame(b, 10, H2_DATA, 0, 3, "0123456789");
    h2_frame(b, 9, H2_DATA, H2_PADDED, 3, "\003abcde\0\0\0");
    block.len = 0;
    h2_literal(&block, "x-check", "fine");
    h2_headers(b, 3, H2_END_STREAM, &block);
    h2_frame(b, 8, H2_PING, 0, 0, "pingpong");
}

TEST(h2__mixed_requests__same_events_however_they_are_cut) {
    h2_bytes b;
    write_mixed(&b);
    for (size_t step = 1; step <= b.len; step = step < 40 ? step + 1 : step * 2) {
        h2_rig rig = {.answer = true};
        h2_rig_start(&rig);
        h2_rig_feed(&rig, b.data, b.len, step);
        EXPECT_STR(rig.log,
                   "head GET /a?b=c at example.org ended [cookie: x=1; y=2] [accept: text/html] "
                   "[host: example.org]; closed 0; "
                   "head POST /post? at example.org [content-length: 15] [expect: 100-continue] "
                   "[host: example.org] expects; end 15 [x-check: fine]; closed 0; ");
        EXPECT_EQ(h2_status(&rig, 1), 200);
        EXPECT_EQ(h2_status(&rig, 3), 200);
        EXPECT_EQ(h2_count(&rig, H2_PING, 0), 1);
        EXPECT_EQ(h2_goaway(&rig), UINT32_MAX);
        EXPECT_EQ(trt_h2_conn_running(rig.conn), 0);
        h2_rig_stop(&rig);
    }
}

TEST(h2__answers_of_many_streams__one_output) {
    h2_rig rig = {.answer = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    for (uint32_t id = 1; id < 100; id += 2) {
        h2_get(&b, id);
    }
    EXPECT_EQ(trt_h2_conn_feed(rig.conn, b.data, b.len, 0), TMLRT_OK);
    tmlrt_slice out;
    EXPECT_EQ(trt_h2_conn_output(rig.conn, &out, 0), TMLRT_OK);
    size_t all = (size_t)out.len;
    h2_rig_take(&rig);
    EXPECT_EQ(rig.out_len, all);
    EXPECT_EQ(h2_count(&rig, H2_HEADERS, 0), 50);
    h2_rig_stop(&rig);
}

TEST(h2__idle_connection__holds_no_output_buffer) {
    h2_rig rig = {.answer = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT(trt_h2_conn_memory(rig.conn) < 40000);
    h2_rig_stop(&rig);
}

// Of a request's allocations only those of its handler are left, two: what nghttp2 had of the
// requests before, it has again. No more is kept than a worker may keep, and none of it is the
// connection's.
TEST(h2__requests_behind_the_first__blocks_are_used_again) {
    enum { BATCH = 90, HANDLERS = 2 * BATCH, OUTPUT = 1, RESERVE = 1 };
    trt_kept kept = {0};
    trt_tls_kept = &kept;
    h2_rig rig = {.answer = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    size_t idle = 0;
    for (uint32_t batch = 0; batch < 10; batch++) {
        for (uint32_t i = 0; i < BATCH; i++) {
            h2_get(&b, 2 * (batch * BATCH + i) + 1);
        }
        uint64_t before = test_allocator_calls();
        EXPECT_EQ(trt_h2_conn_feed(rig.conn, b.data, b.len, 0), TMLRT_OK);
        h2_rig_take(&rig);
        uint64_t calls = test_allocator_calls() - before;
        EXPECT(batch == 0 || TRT_SANITIZED || calls == HANDLERS + OUTPUT + RESERVE);
        EXPECT(kept.bytes <= TRT_KEPT_BYTES);
        EXPECT(batch == 0 || trt_h2_conn_memory(rig.conn) == idle);
        idle = trt_h2_conn_memory(rig.conn);
        b.len = 0;
    }
    EXPECT_EQ(h2_count(&rig, H2_HEADERS, 0), 10 * BATCH);
    h2_rig_stop(&rig);
    trt_kept_clear(&kept);
    trt_tls_kept = NULL;
}

// An answer waits behind a full output when its stream is reset: what it was made of is gone by the
// time nghttp2 comes to it.
TEST(h2__reset_before_the_answer_is_out__nothing_of_it_is_looked_at) {
    static char body[100001];
    memset(body, 'b', sizeof body - 1);
    h2_rig rig = {.answer = true, .body = body};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_frame(&b, 6, H2_SETTINGS, 0, 0, "\0\4\0\x10\0\0");
    h2_frame(&b, 4, H2_WINDOW, 0, 0, "\0\x10\0\0");
    h2_get(&b, 1);
    EXPECT_EQ(trt_h2_conn_feed(rig.conn, b.data, b.len, 0), TMLRT_OK);
    rig.answer = false;
    b.len = 0;
    h2_get(&b, 3);
    EXPECT_EQ(trt_h2_conn_feed(rig.conn, b.data, b.len, 0), TMLRT_OK);
    REQUIRE(rig.last != NULL && rig.last->stream->id == 3);
    char *name = malloc(10), *value = malloc(10), *date = malloc(29);
    memset(name, 'n', 10);
    memset(value, 'v', 10);
    memset(date, 'd', 29);
    trt_header field = {{name, 10}, {value, 10}};
    tmlrt_response response = {.status = 200, .headers = &field, .num_headers = 1};
    EXPECT_EQ(trt_h2_stream_answer(rig.last->stream, &response, date), TMLRT_OK);
    b.len = 0;
    h2_frame(&b, 4, H2_RST, 0, 3, "\0\0\0\10");
    EXPECT_EQ(trt_h2_conn_feed(rig.conn, b.data, b.len, 0), TMLRT_OK);
    EXPECT_EQ(rig.num_closed, 1);
    free(name);
    free(value);
    free(date);
    h2_rig_take(&rig);
    EXPECT_EQ(h2_count(&rig, H2_HEADERS, 0), 1);
    EXPECT_EQ(h2_status(&rig, 1), 200);
    EXPECT_EQ(rig.num_closed, 2);
    h2_rig_stop(&rig);
}

TEST(h2__answer_before_the_request_ends__rest_is_reset_with_no_error) {
    h2_rig rig = {.early = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data), block = request("POST", "/");
    h2_headers(&b, 1, 0, &block);
    h2_frame(&b, 5, H2_DATA, 0, 1, "early");
    h2_rig_feed(&rig, b.data, b.len, 7);
    EXPECT_EQ(h2_status(&rig, 1), 200);
    EXPECT_EQ(h2_reset(&rig, 1), TRT_H2_NO_ERROR);
    EXPECT_EQ(rig.num_closed, 1);
    h2_rig_stop(&rig);
}

TEST(h2__pulled_answer__bytes_then_trailers) {
    h2_rig rig = {.answer = true, .stream_body = true, .stream_len = 40000};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    uint64_t bytes = 0;
    h2_seen seen;
    for (uint32_t i = 0; h2_find(&rig, H2_DATA, 1, i, &seen); i++) {
        EXPECT(seen.len <= TRT_H2_FRAME_BYTES);
        EXPECT((seen.flags & H2_END_STREAM) == 0);
        bytes += seen.len;
    }
    EXPECT_EQ(bytes, 40000);
    EXPECT(h2_find(&rig, H2_HEADERS, 1, 1, &seen));
    EXPECT((seen.flags & H2_END_STREAM) != 0);
    EXPECT_EQ(rig.num_closed, 1);
    h2_rig_stop(&rig);
}

TEST(h2__pull_that_waits__resumed) {
    h2_rig rig = {.answer = true, .stream_body = true, .stream_len = 10, .wait = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(h2_count(&rig, H2_DATA, 1), 0);
    rig.wait = false;
    trt_h2_stream_resume(rig.last->stream);
    h2_rig_take(&rig);
    EXPECT_EQ(h2_count(&rig, H2_DATA, 1), 1);
    EXPECT_EQ(rig.num_closed, 1);
    h2_rig_stop(&rig);
}

TEST(h2__window_of_one_byte__body_in_single_bytes) {
    h2_rig rig = {.answer = true};
    h2_rig_start(&rig);
    h2_bytes b = {s_data, 0};
    h2_raw(&b, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    h2_frame(&b, 6, H2_SETTINGS, 0, 0, "\0\4\0\0\0\1");
    h2_get(&b, 1);
    char one[4];
    h2_u32(one, 1);
    for (int i = 0; i < 4; i++) {
        h2_frame(&b, 4, H2_WINDOW, 0, 1, one);
    }
    h2_rig_feed(&rig, b.data, b.len, 1);
    EXPECT_EQ(h2_count(&rig, H2_DATA, 1), 5);
    EXPECT_EQ(rig.num_closed, 1);
    h2_rig_stop(&rig);
}

TEST(h2__interim_answer__before_the_final_one) {
    h2_rig rig = {0};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    trt_header link = {{"Link", 4}, {"</a.css>; rel=preload", 21}};
    tmlrt_response hints = {.status = 103, .headers = &link, .num_headers = 1};
    tmlrt_response final = {.status = 204};
    trt_h2_stream* stream = rig.last->stream;
    EXPECT_EQ(trt_h2_stream_interim(stream, &hints), TMLRT_OK);
    EXPECT_EQ(trt_h2_stream_answer(stream, &final, "Sun, 06 Nov 1994 08:49:37 GMT"), TMLRT_OK);
    EXPECT_EQ(trt_h2_stream_interim(stream, &hints), TMLRT_E_EXISTS);
    h2_rig_take(&rig);
    EXPECT_EQ(h2_status(&rig, 1), 103);
    EXPECT_EQ(h2_count(&rig, H2_HEADERS, 1), 2);
    h2_rig_stop(&rig);
}

TEST(h2__answer_with_a_bad_field_or_status__nothing_sent) {
    h2_rig rig = {0};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    trt_header bad = {{"x", 1}, {"a\r\nb", 4}};
    tmlrt_response response = {.status = 200, .headers = &bad, .num_headers = 1};
    const char* date = "Sun, 06 Nov 1994 08:49:37 GMT";
    EXPECT_EQ(trt_h2_stream_answer(rig.last->stream, &response, date), TMLRT_E_HTTP_HEADER);
    response = (tmlrt_response){.status = 99};
    EXPECT_EQ(trt_h2_stream_answer(rig.last->stream, &response, date), TMLRT_E_HTTP_STATUS);
    h2_rig_take(&rig);
    EXPECT_EQ(h2_count(&rig, H2_HEADERS, 1), 0);
    h2_rig_stop(&rig);
}

TEST(h2__unread_body__stream_stops_and_its_sibling_does_not) {
    h2_rig rig = {.hold_body = true};
    static char piece[16384];
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data), block = request("POST", "/");
    h2_frame(&b, 0, H2_SETTINGS, H2_ACK, 0, NULL);
    for (uint32_t id = 1; id <= 21; id += 2) { // 11 * 64 KiB, far beyond a window of the default
        h2_headers(&b, id, 0, &block);
        for (int i = 0; i < 4; i++) {
            h2_frame(&b, sizeof piece, H2_DATA, 0, id, piece);
        }
    }
    h2_rig_feed(&rig, b.data, b.len, 10000);
    EXPECT_EQ(rig.body_bytes, 11 * 65536);
    EXPECT_EQ(h2_goaway(&rig), UINT32_MAX);
    EXPECT(h2_count(&rig, H2_WINDOW, 0) >= 2); // the connection's, credited on receipt
    for (uint32_t id = 1; id <= 21; id += 2) {
        EXPECT_EQ(h2_count(&rig, H2_WINDOW, id), 0);
    }
    b.len = 0; // one byte beyond the window
    h2_frame(&b, 10, H2_DATA, 0, 1, piece);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT(h2_goaway(&rig) == 3 || h2_reset(&rig, 1) == 3);
    h2_rig_stop(&rig);
}

TEST(h2__body_that_is_read__window_grows_within_the_budget_and_is_given_back) {
    h2_rig rig = {.most_granted = 200000};
    static char piece[16384];
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data), block = request("POST", "/");
    h2_frame(&b, 0, H2_SETTINGS, H2_ACK, 0, NULL);
    h2_headers(&b, 1, 0, &block);
    for (int i = 0; i < 60; i++) {
        h2_frame(&b, sizeof piece, H2_DATA, 0, 1, piece);
    }
    h2_rig_feed(&rig, b.data, b.len, 20000);
    EXPECT_EQ(rig.granted, 65536 + 131072);
    EXPECT_EQ(rig.body_bytes, 60 * 16384);
    EXPECT_EQ(h2_goaway(&rig), UINT32_MAX);
    h2_rig_stop(&rig); // checks that nothing stays granted
}

TEST(h2__priorities__the_urgent_answer_first) {
    h2_rig rig = {.keep = true};
    static char body[30001];
    memset(body, 'b', sizeof body - 1);
    rig.body = body;
    rig.answer = true;
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data), block = request("GET", "/");
    h2_literal(&block, "priority", "u=5");
    h2_headers(&b, 1, H2_END_STREAM, &block);
    h2_headers(&b, 3, H2_END_STREAM, &block);
    block = request("GET", "/");
    h2_literal(&block, "priority", "u=0");
    h2_headers(&b, 5, H2_END_STREAM, &block);
    char update[8] = "\0\0\0\3u=1";
    h2_frame(&b, 7, H2_PRIORITY_UPDATE, 0, 0, update);
    // All windows are shut while the requests come.
    h2_bytes shut = {s_block + 1000, 0};
    h2_raw(&shut, b.data, 24);
    h2_frame(&shut, 6, H2_SETTINGS, 0, 0, "\0\4\0\0\0\0");
    h2_rig_feed(&rig, shut.data, shut.len, shut.len);
    h2_rig_feed(&rig, b.data + 33, b.len - 33, b.len);
    EXPECT_EQ(h2_count(&rig, H2_DATA, 0), 0);
    b.len = 0;
    h2_frame(&b, 6, H2_SETTINGS, 0, 0, "\0\4\0\1\0\0");
    h2_rig_feed(&rig, b.data, b.len, b.len);
    h2_seen seen;
    uint32_t order[6] = {0}, num = 0;
    while (num < 6 && h2_find(&rig, H2_DATA, 0, num, &seen)) {
        order[num++] = seen.stream;
    }
    EXPECT_EQ(order[0], 5);
    EXPECT_EQ(order[1], 5);
    EXPECT_EQ(order[2], 3);
    EXPECT_EQ(order[3], 3);
    EXPECT_EQ(order[4], 1);
    h2_rig_stop(&rig);
}

TEST(h2__extended_connect__told_when_announced_refused_when_not) {
    for (int announced = 0; announced < 2; announced++) {
        h2_rig rig = {.options.connect_protocol = announced};
        h2_rig_start(&rig);
        h2_bytes b = h2_fresh(s_data), block = request("CONNECT", "/chat");
        h2_literal(&block, ":protocol", "websocket");
        h2_headers(&b, 1, 0, &block);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(rig.num_heads, (uint32_t)announced);
        EXPECT_EQ(h2_reset(&rig, 1), announced ? UINT32_MAX : TRT_H2_PROTOCOL_ERROR);
        EXPECT(!announced || strstr(rig.log, "protocol websocket") != NULL);
        h2_rig_stop(&rig);
    }
}

TEST(h2__extended_connect__is_told_as_the_get_of_http1) {
    h2_rig rig = {.options.connect_protocol = true, .keep = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data), block = request("CONNECT", "/chat");
    h2_literal(&block, ":protocol", "a/2");
    h2_headers(&b, 1, 0, &block);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    const tmlrt_request* told = &rig.last->request;
    EXPECT_EQ(told->method, TRT_METHOD_GET);
    EXPECT_STR(told->method_text.data, "GET");
    EXPECT((told->flags & TRT_REQUEST_CONNECT) != 0);
    h2_rig_done(&rig, rig.last);
    h2_rig_stop(&rig);
}

TEST(h2__extended_connect__a_list_of_protocols_is_malformed) {
    h2_rig rig = {.options.connect_protocol = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data), block = request("CONNECT", "/chat");
    h2_literal(&block, ":protocol", "a, b");
    h2_headers(&b, 1, 0, &block);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(h2_reset(&rig, 1), TRT_H2_PROTOCOL_ERROR);
    h2_rig_stop(&rig);
}

TEST(h2__peer_resets__closed_with_its_code_and_counted_until_done) {
    h2_rig rig = {.keep = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_frame(&b, 4, H2_RST, 0, 1, "\0\0\0\10");
    h2_rig_feed(&rig, b.data, b.len, 1);
    EXPECT_EQ(rig.last_code, TRT_H2_CANCEL);
    EXPECT_EQ(trt_h2_conn_running(rig.conn), 1);
    h2_rig_done(&rig, rig.last);
    EXPECT_EQ(trt_h2_conn_running(rig.conn), 0);
    h2_rig_stop(&rig);
}

static const uint64_t S = 1000000000u;

TEST(h2__silence__ping_after_30_s_given_up_15_s_later) {
    h2_rig rig = {.now_ns = S};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(trt_h2_conn_deadline(rig.conn), 31 * S);
    EXPECT(trt_h2_conn_expire(rig.conn, 31 * S - 1));
    EXPECT(trt_h2_conn_expire(rig.conn, 31 * S));
    h2_rig_take(&rig);
    EXPECT_EQ(h2_count(&rig, H2_PING, 0), 1);
    EXPECT_EQ(trt_h2_conn_deadline(rig.conn), 46 * S);
    EXPECT(!trt_h2_conn_expire(rig.conn, 46 * S));
    h2_rig_stop(&rig);
}

TEST(h2__silence__an_answered_ping_starts_again) {
    h2_rig rig = {.now_ns = S};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT(trt_h2_conn_expire(rig.conn, 31 * S));
    h2_rig_take(&rig);
    b.len = 0;
    h2_frame(&b, 8, H2_PING, H2_ACK, 0, "\0\0\0\0\0\0\0\0");
    rig.now_ns = 40 * S;
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(trt_h2_conn_deadline(rig.conn), 70 * S);
    h2_rig_stop(&rig);
}

TEST(h2__drain__a_notice_then_the_last_stream_then_finished) {
    h2_rig rig = {.now_ns = S};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    trt_h2_conn_drain(rig.conn, S);
    trt_h2_conn_drain(rig.conn, S);
    h2_rig_take(&rig);
    h2_seen seen;
    EXPECT_EQ(h2_count(&rig, H2_GOAWAY, 0), 1);
    EXPECT(h2_find(&rig, H2_GOAWAY, 0, 0, &seen) &&
           memcmp(seen.payload, "\x7f\xff\xff\xff", 4) == 0);
    EXPECT_EQ(trt_h2_conn_deadline(rig.conn), 2 * S);
    b.len = 0;
    h2_get(&b, 3); // was on its way: served
    h2_frame(&b, 8, H2_PING, H2_ACK, 0, "drain\0\0\0");
    h2_get(&b, 5); // too late
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(rig.num_heads, 2);
    EXPECT(h2_find(&rig, H2_GOAWAY, 0, 1, &seen) && memcmp(seen.payload, "\0\0\0\3", 4) == 0);
    EXPECT(!trt_h2_conn_finished(rig.conn));
    tmlrt_response response = {.status = 204};
    for (int i = 0; i < H2_STREAMS; i++) {
        if (rig.exchanges[i] != NULL) {
            EXPECT_EQ(trt_h2_stream_answer(rig.exchanges[i]->stream, &response,
                                           "Sun, 06 Nov 1994 08:49:37 GMT"),
                      TMLRT_OK);
        }
    }
    h2_rig_take(&rig);
    EXPECT(trt_h2_conn_finished(rig.conn));
    h2_rig_stop(&rig);
}

TEST(h2__drain__second_goaway_after_a_second_without_an_answer) {
    h2_rig rig = {.now_ns = S};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    trt_h2_conn_drain(rig.conn, S);
    h2_rig_take(&rig);
    EXPECT(trt_h2_conn_expire(rig.conn, 2 * S));
    h2_rig_take(&rig);
    EXPECT_EQ(h2_count(&rig, H2_GOAWAY, 0), 2);
    EXPECT(trt_h2_conn_finished(rig.conn));
    h2_rig_stop(&rig);
}

TEST(h2__hundred_crumbs__one_cookie_and_memory_in_proportion) {
    h2_rig rig = {.keep = true};
    static char crumb[301];
    memset(crumb, 'c', sizeof crumb - 1);
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data), block = request("GET", "/");
    for (int i = 0; i < 95; i++) {
        h2_literal(&block, "cookie", crumb);
    }
    h2_frame(&b, 16000, H2_HEADERS, H2_END_STREAM, 1, block.data);
    h2_frame(&b, (uint32_t)block.len - 16000, H2_CONTINUATION, H2_END_HEADERS, 1,
             block.data + 16000);
    rig.limits.fields_bytes = 40000;
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(rig.num_heads, 1);
    EXPECT_EQ(rig.last->request.headers[0].value.len, 95 * 300 + 94 * 2);
    EXPECT(rig.last->arena.held_bytes < 5 * 30000);
    h2_rig_stop(&rig);
}

// The fields behind the first ones lie elsewhere, and so do the first ones then.
TEST(h2__hundred_fields__in_order_and_crumbs_of_all_of_them_joined) {
    static const uint32_t nums[] = {31, 32, 33, 63, 64, 65, 98};
    for (size_t k = 0; k < TRT_ARRAY_LEN(nums); k++) {
        h2_rig rig = {.keep = true};
        char name[16];
        h2_rig_start(&rig);
        h2_bytes b = h2_fresh(s_data), block = request("GET", "/");
        h2_literal(&block, "cookie", "a=1");
        for (uint32_t i = 1; i < nums[k]; i++) {
            snprintf(name, sizeof name, "f%u", i);
            h2_literal(&block, name, "v");
        }
        h2_literal(&block, "cookie", "b=2");
        h2_headers(&b, 1, H2_END_STREAM, &block);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(rig.num_heads, 1);
        const tmlrt_request* told = &rig.last->request;
        EXPECT_EQ(told->num_headers, nums[k] + 1); // and the host
        EXPECT_STR(told->headers[0].value.data, "a=1; b=2");
        for (uint32_t i = 1; i < nums[k]; i++) {
            snprintf(name, sizeof name, "f%u", i);
            EXPECT_STR(told->headers[i].name.data, name);
        }
        EXPECT_STR(told->headers[nums[k]].name.data, "host");
        h2_rig_stop(&rig);
    }
}

// Takes the output as a transport that takes `step` bytes and then none, each time.
static void take_bit_by_bit(h2_rig* rig, size_t step) {
    tmlrt_slice piece = {0};
    for (;;) {
        rig->status = trt_h2_conn_output(rig->conn, &piece, rig->now_ns);
        if (rig->status != TMLRT_OK || piece.len == 0) {
            return;
        }
        size_t len = piece.len < step ? (size_t)piece.len : step;
        h2_bytes out = {rig->out, rig->out_len};
        h2_raw(&out, piece.data, len);
        rig->out_len = out.len;
        trt_h2_conn_sent(rig->conn, len);
        trt_h2_conn_pack(rig->conn);
    }
}

TEST(h2__output_that_waits__holds_its_bytes_and_leaves_in_order) {
    static char out[H2_BYTES];
    for (size_t step = 1; step < 100000; step *= 7) {
        h2_rig rig = {.answer = true};
        h2_rig_start(&rig);
        h2_bytes b = h2_fresh(s_data);
        for (uint32_t i = 0; i < 50; i++) {
            h2_get(&b, 2 * i + 1);
        }
        EXPECT_EQ(trt_h2_conn_feed(rig.conn, b.data, b.len, 0), TMLRT_OK);
        size_t before = trt_h2_conn_memory(rig.conn);
        trt_h2_conn_pack(rig.conn);
        EXPECT(trt_h2_conn_memory(rig.conn) + 60000 < before);
        h2_bytes more = {.data = s_data};
        h2_get(&more, 101); // its answer comes behind
        EXPECT_EQ(trt_h2_conn_feed(rig.conn, more.data, more.len, 0), TMLRT_OK);
        take_bit_by_bit(&rig, step);
        EXPECT_EQ(rig.status, TMLRT_OK);
        for (uint32_t i = 0; i < 51; i++) {
            EXPECT_EQ(h2_status(&rig, 2 * i + 1), 200);
            EXPECT_EQ(h2_count(&rig, H2_DATA, 2 * i + 1), 1);
        }
        if (step == 1) {
            memcpy(out, rig.out, rig.out_len);
        }
        EXPECT_EQ(memcmp(out, rig.out, rig.out_len), 0);
        h2_rig_stop(&rig);
    }
}
