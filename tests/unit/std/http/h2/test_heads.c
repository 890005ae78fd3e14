// SPDX-License-Identifier: Apache-2.0
// Heads of answers as the peer reads them: the fields of core/security.h, tables of another size,
// heads that are longer than a frame, interim heads in front.
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static char s_data[H2_BYTES];

// Two requests, behind the peer's sizes of the table.
static void ask_with(h2_rig* rig, const uint32_t* sizes, uint32_t num) {
    h2_rig_start(rig);
    h2_bytes b = h2_fresh(s_data);
    for (uint32_t i = 0; i < num; i++) {
        char setting[6] = {0, 1};
        h2_u32(setting + 2, sizes[i]);
        h2_frame(&b, sizeof setting, H2_SETTINGS, 0, 0, setting);
    }
    h2_get(&b, 1);
    h2_get(&b, 3);
    h2_rig_feed(rig, b.data, b.len, b.len);
    h2_rig_take(rig);
}

static void ask(h2_rig* rig) {
    ask_with(rig, NULL, 0);
}

TEST(h2_security__every_answer__has_the_fields) {
    trt_security security;
    trt_security_init(&security, (tmlrt_slice){"max-age=5", 9});
    for (int streams = 0; streams < 2; streams++) {
        h2_rig rig = {.options.security = &security,
                      .answer = true,
                      .stream_body = streams != 0,
                      .stream_len = 10};
        ask(&rig);
        for (uint32_t stream = 1; stream <= 3; stream += 2) {
            EXPECT_EQ(h2_status(&rig, stream), 200);
            EXPECT_STR(h2_field(&rig, stream, "x-answer"), "yes");
            for (uint32_t i = 0; i < TRT_NUM_SECURITY; i++) {
                const char* value = h2_field(&rig, stream, security.fields[i].small.data);
                EXPECT_STR(value != NULL ? value : "", security.fields[i].value.data);
            }
        }
        h2_rig_stop(&rig);
    }
}

TEST(h2_security__a_server_without_them__none) {
    const trt_security none = {.num = 0};
    const trt_security* const choices[] = {NULL, &none};
    for (int i = 0; i < 2; i++) {
        h2_rig rig = {.options.security = choices[i], .answer = true};
        ask(&rig);
        EXPECT_EQ(h2_status(&rig, 3), 200);
        EXPECT(h2_field(&rig, 1, "x-content-type-options") == NULL);
        h2_rig_stop(&rig);
    }
}

TEST(h2_heads__tables_of_other_sizes__the_same_fields) {
    static const uint32_t sizes[][2] = {{0, 0}, {0, 4096}, {100, 100}, {100, 0}, {65536, 65536}};
    trt_security security;
    trt_security_init(&security, (tmlrt_slice){NULL, 0});
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        h2_rig rig = {.options.security = &security, .answer = true};
        ask_with(&rig, sizes[i], 2);
        for (uint32_t stream = 1; stream <= 3; stream += 2) {
            EXPECT_EQ(h2_status(&rig, stream), 200);
            EXPECT_STR(h2_field(&rig, stream, "x-answer"), "yes");
            EXPECT_STR(h2_field(&rig, stream, "x-content-type-options"), "nosniff");
            EXPECT_STR(h2_field(&rig, stream, "content-length"), "5");
        }
        h2_rig_stop(&rig);
    }
}

// One head fits its frame, the other is nghttp2's to write, in several.
TEST(h2_heads__longer_than_a_frame__all_fields) {
    static char value[20000];
    static const size_t lens[] = {15000, 15600, 16300, sizeof value - 1};
    trt_security security;
    trt_security_init(&security, (tmlrt_slice){NULL, 0});
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        memset(value, '<', lens[i]); // 15 bits in Huffman's code: it is not used
        trt_header fields[] = {{{"X-Long", 6}, {value, lens[i]}}, {{"X-Answer", 8}, {"yes", 3}}};
        h2_rig rig = {
            .options.security = &security, .answer = true, .fields = fields, .num_fields = 2};
        ask(&rig);
        bool is_one = h2_count(&rig, H2_CONTINUATION, 1) == 0;
        EXPECT_EQ(is_one, lens[i] < 16000);
        for (uint32_t stream = 1; is_one && stream <= 3; stream += 2) {
            EXPECT_STR(h2_field(&rig, stream, "x-answer"), "yes");
            EXPECT_STR(h2_field(&rig, stream, "content-length"), "5");
            EXPECT_STR(h2_field(&rig, stream, "referrer-policy"), "same-origin");
            EXPECT(h2_field(&rig, stream, "date") != NULL);
        }
        EXPECT_EQ(h2_count(&rig, H2_DATA, 3), 1);
        h2_rig_stop(&rig);
    }
}

TEST(h2_heads__interim_heads_in_front__have_none_of_the_answers_fields) {
    trt_security security;
    trt_security_init(&security, (tmlrt_slice){NULL, 0});
    h2_rig rig = {.options.security = &security, .answer = true, .hints = true};
    ask(&rig);
    for (uint32_t stream = 1; stream <= 3; stream += 2) {
        EXPECT_EQ(h2_status(&rig, stream), 103); // the first
        EXPECT_STR(h2_field(&rig, stream, "link"), "</a.css>");
        EXPECT(h2_field(&rig, stream, "x-answer") == NULL &&
               h2_field(&rig, stream, "date") == NULL);
        EXPECT_EQ(h2_count(&rig, H2_HEADERS, stream), 2);
    }
    h2_rig_stop(&rig);
}

// As the server does with a status that is none: its own answer has its own body, which nobody
// pulls, and what is answered already goes on as it was.
TEST(h2_heads__of_a_stream_cannot_be_sent__another_answer_is_whole) {
    static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    h2_rig rig = {.stream_len = 3};
    ask(&rig);
    tmlrt_response bad = {.status = 700}, good = {.status = 500, .body = {"hello", 5}};
    trt_h2_stream* stream = rig.last->stream;
    EXPECT_EQ(trt_h2_stream_stream(stream, &bad, date, 3), TMLRT_E_HTTP_STATUS);
    EXPECT_EQ(trt_h2_stream_answer(stream, &good, date), TMLRT_OK);
    good.body = (tmlrt_slice){"again", 5};
    EXPECT_EQ(trt_h2_stream_answer(stream, &good, date), TMLRT_E_EXISTS);
    EXPECT_EQ(trt_h2_stream_stream(stream, &good, date, 3), TMLRT_E_EXISTS);
    h2_rig_take(&rig);
    h2_seen seen;
    EXPECT_EQ(h2_status(&rig, 3), 500);
    REQUIRE(h2_find(&rig, H2_DATA, 3, 0, &seen));
    EXPECT(seen.len == 5 && memcmp(seen.payload, "hello", 5) == 0);
    EXPECT_EQ(h2_count(&rig, H2_HEADERS, 3), 1);
    h2_rig_stop(&rig);
}
