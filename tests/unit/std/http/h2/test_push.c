// SPDX-License-Identifier: Apache-2.0
// Promises of the HTTP/2 codec: what the peer sees of them, and when there are none.
#include "std/http/h2/conn.h"

#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

static char s_data[H2_BYTES];

static const trt_header s_push_fields[] = {{{"Accept", 6}, {"text/css", 8}},
                                           {{"Cookie", 6}, {"a=b", 3}},
                                           {{"Host", 4}, {"other", 5}},
                                           {{"Content-Length", 14}, {"9", 1}}};
static const trt_promise s_css = {
    .method = {"GET", 3}, .target = {"/a.css", 6}, .headers = s_push_fields, .num_headers = 4};
static const trt_promise s_no_path = {.method = {"GET", 3}, .target = {"a b", 3}};

TEST(h2__push__promised_answered_and_counted) {
    h2_rig rig = {.options.pushes = 10};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    trt_h2_stream* parent = rig.last->stream;
    rig.answer = true;
    EXPECT_EQ(trt_h2_stream_push(parent, &s_css), TMLRT_OK);
    EXPECT_EQ(trt_h2_conn_running(rig.conn), 2);
    EXPECT_EQ(trt_h2_stream_push(rig.last->stream, &s_css), TMLRT_E_UNSUPPORTED); // of a push
    EXPECT_EQ(trt_h2_stream_push(parent, &s_no_path), TMLRT_E_INVAL);
    h2_rig_take(&rig);
    h2_seen seen;
    EXPECT(h2_find(&rig, H2_PUSH, 1, 0, &seen) && memcmp(seen.payload, "\0\0\0\2", 4) == 0);
    EXPECT_EQ(h2_count(&rig, H2_HEADERS, 2), 1);
    EXPECT_EQ(h2_count(&rig, H2_DATA, 2), 1);
    EXPECT_EQ(trt_h2_conn_running(rig.conn), 1);
    EXPECT(strstr(rig.log, "head GET /a.css? at example.org ended") != NULL);
    h2_rig_stop(&rig);
}

TEST(h2__push__fields__are_those_of_a_request_and_none_about_framing) {
    h2_rig rig = {.options.pushes = 1};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(trt_h2_stream_push(rig.last->stream, &s_css), TMLRT_OK);
    const tmlrt_request* told = &rig.last->request;
    EXPECT_EQ(told->method, TRT_METHOD_GET);
    EXPECT_EQ(told->num_headers, 3);
    EXPECT_STR(told->headers[0].name.data, "accept");
    EXPECT_STR(told->headers[0].value.data, "text/css");
    EXPECT_STR(told->headers[1].name.data, "cookie");
    EXPECT_EQ(told->headers[2].name.len, 4); // the parent's host
    EXPECT_STR(told->headers[2].value.data, "example.org");
    h2_rig_stop(&rig);
}

TEST(h2__push__request_whose_head_was_not_told__unsupported) {
    h2_rig rig = {.options.pushes = 1, .keep = true};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data),
             block = {.data = (char[]){"\202\204"}, .len = 2}; // GET / of nobody
    h2_headers(&b, 1, H2_END_STREAM, &block);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(rig.num_heads, 0);
    h2_exchange* told = rig.last;
    REQUIRE(told != NULL && told->stream != NULL);
    EXPECT_EQ(trt_h2_stream_push(told->stream, &s_css), TMLRT_E_UNSUPPORTED);
    h2_rig_done(&rig, told);
    h2_rig_stop(&rig);
}

TEST(h2__push__as_many_as_either_side_takes__full) {
    for (int theirs = 0; theirs < 2; theirs++) {
        h2_rig rig = {.options.pushes = theirs ? 10 : 2, .keep = true};
        h2_rig_start(&rig);
        h2_bytes b = h2_fresh(s_data);
        h2_frame(&b, 6, H2_SETTINGS, 0, 0, theirs ? "\0\3\0\0\0\2" : "\0\3\0\0\0\144");
        h2_get(&b, 1);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        trt_h2_stream* parent = rig.last->stream;
        EXPECT_EQ(trt_h2_stream_push(parent, &s_css), TMLRT_OK);
        EXPECT_EQ(trt_h2_stream_push(parent, &s_css), TMLRT_OK);
        EXPECT_EQ(trt_h2_stream_push(parent, &s_css), TMLRT_E_FULL);
        h2_rig_take(&rig);
        b.len = 0;
        h2_frame(&b, 4, H2_RST, 0, 4, "\0\0\0\10");
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(trt_h2_stream_push(parent, &s_css), TMLRT_E_FULL); // its handler runs
        h2_rig_done(&rig, rig.last);
        EXPECT_EQ(trt_h2_stream_push(parent, &s_css), TMLRT_OK);
        h2_rig_stop(&rig);
    }
}

TEST(h2__push__refused_again_and_again__costs_the_peer_nothing) {
    h2_rig rig = {.options.pushes = 1, .limits = {.ledger_resets = 2, .ledger_resets_per_s = 1}};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    trt_h2_stream* parent = rig.last->stream;
    for (uint32_t id = 2; id < 40; id += 2) {
        const char payload[4] = {0, 0, 0, TRT_H2_REFUSED_STREAM};
        EXPECT_EQ(trt_h2_stream_push(parent, &s_css), TMLRT_OK);
        h2_rig_take(&rig);
        b.len = 0;
        h2_frame(&b, 4, H2_RST, 0, id, payload);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(rig.last_code, TRT_H2_REFUSED_STREAM);
    }
    EXPECT_EQ(h2_goaway(&rig), UINT32_MAX);
    for (int i = 0; i < 5; i++) { // nobody has promised that one
        h2_rig_feed(&rig, b.data, b.len, b.len);
    }
    EXPECT(h2_goaway(&rig) != UINT32_MAX);
    h2_rig_stop(&rig);
}

TEST(h2__push__not_offered_or_refused_by_the_peer__unsupported) {
    for (int offered = 0; offered < 2; offered++) {
        h2_rig rig = {.options.pushes = (uint32_t)offered};
        h2_rig_start(&rig);
        h2_bytes b = h2_fresh(s_data);
        h2_frame(&b, 6, H2_SETTINGS, 0, 0, offered ? "\0\2\0\0\0\0" : "\0\2\0\0\0\1");
        h2_get(&b, 1);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(trt_h2_stream_push(rig.last->stream, &s_css), TMLRT_E_UNSUPPORTED);
        EXPECT_EQ(rig.num_opened, 1);
        h2_rig_stop(&rig);
    }
}

TEST(h2__push__parent_reset_before_the_promise_left__closed) {
    h2_rig rig = {.options.pushes = 10};
    h2_rig_start(&rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(trt_h2_stream_push(rig.last->stream, &s_css), TMLRT_OK);
    b.len = 0;
    h2_frame(&b, 4, H2_RST, 0, 1, "\0\0\0\10");
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(h2_count(&rig, H2_PUSH, 0), 0);
    EXPECT_EQ(rig.num_closed, 2);
    EXPECT_EQ(trt_h2_conn_running(rig.conn), 0);
    h2_rig_stop(&rig);
}
