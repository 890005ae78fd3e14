// SPDX-License-Identifier: Apache-2.0
// Floods and bombs, one case per row of the ledger: what the peer is told, and after how much.
#include "std/http/h2/conn.h"

#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

static char s_data[H2_BYTES], s_block[65536];
static const uint64_t S = 1000000000u;

enum { CALM = TRT_H2_ENHANCE_YOUR_CALM };

static void start(h2_rig* rig) {
    h2_rig_start(rig);
    h2_bytes b = h2_fresh(s_data);
    h2_rig_feed(rig, b.data, b.len, b.len);
}

// Feeds the same frame up to `most` times, a read of `batch` frames at a time; returns how many
// until the connection had ended.
static uint32_t flood(h2_rig* rig, const h2_bytes* frame, uint32_t most, uint32_t batch) {
    static char reads[H2_BYTES];
    uint32_t num = 0;
    while (num < most && !trt_h2_conn_finished(rig->conn)) {
        h2_bytes read = {reads, 0};
        for (uint32_t i = 0; i < batch; i++) {
            h2_raw(&read, frame->data, frame->len);
        }
        rig->out_len = 0; // the last read's output is enough to look at
        h2_rig_feed(rig, read.data, read.len, read.len);
        num += batch;
    }
    return num;
}

// Rapid reset: requests and resets with ascending ids.
static uint32_t rapid_reset(h2_rig* rig, uint32_t most) {
    uint32_t num = 0;
    for (uint32_t id = 1; num < most && !trt_h2_conn_finished(rig->conn); id += 2, num++) {
        h2_bytes b = {s_data, 0};
        h2_get(&b, id);
        h2_frame(&b, 4, H2_RST, 0, id, "\0\0\0\10");
        h2_rig_feed(rig, b.data, b.len, b.len);
    }
    return num;
}

TEST(h2_abuse__rapid_reset__calm_after_200_and_every_handler_cancelled) {
    h2_rig rig = {0};
    start(&rig);
    EXPECT_EQ(rapid_reset(&rig, 100000), 201);
    EXPECT_EQ(h2_goaway(&rig), CALM);
    EXPECT(trt_h2_conn_abused(rig.conn));
    EXPECT(rig.num_heads <= 300);
    h2_rig_stop(&rig);
}

TEST(h2_abuse__rapid_reset_while_handlers_run__refused_from_the_101st_on) {
    h2_rig rig = {.keep = true};
    start(&rig);
    uint32_t num = rapid_reset(&rig, 100000);
    EXPECT(num <= 151); // a refusal is charged, and so is the reset
    EXPECT_EQ(rig.num_heads, 100);
    EXPECT_EQ(h2_reset(&rig, 203), TRT_H2_REFUSED_STREAM);
    EXPECT_EQ(h2_goaway(&rig), CALM);
    h2_rig_stop(&rig);
}

TEST(h2_abuse__101st_stream__refused_and_the_connection_lives) {
    h2_rig rig = {0};
    start(&rig);
    for (uint32_t i = 0; i < 101; i++) {
        h2_bytes b = {s_data, 0};
        h2_get(&b, 2 * i + 1);
        h2_rig_feed(&rig, b.data, b.len, b.len);
    }
    EXPECT_EQ(rig.num_heads, 100);
    EXPECT_EQ(h2_reset(&rig, 201), TRT_H2_REFUSED_STREAM);
    EXPECT_EQ(h2_goaway(&rig), UINT32_MAX);
    EXPECT_EQ(trt_h2_conn_running(rig.conn), 100);
    h2_rig_stop(&rig);
}

typedef struct provoke {
    const char* name;
    uint8_t type, flags;
    uint32_t len;
    const char* payload;
    uint32_t most; ///< streams until the connection is closed
} provoke;

// Made-you-reset: what makes a server reset the stream that the peer leaves open.
TEST(h2_abuse__resets_the_peer_made_us_send__calm_after_200) {
    static const provoke rows[] = {
        {"WINDOW_UPDATE of 0", H2_WINDOW, 0, 4, "\0\0\0\0", 202},
        {"WINDOW_UPDATE beyond 2^31", H2_WINDOW, 0, 4, "\x7f\xff\xff\xff", 202},
        {"PRIORITY of 4 bytes", H2_PRIORITY, 0, 4, "\0\0\0\0", 202},
        {"HEADERS after END_STREAM", H2_HEADERS, 5, 0, "", 202},
        {"DATA after END_STREAM", H2_DATA, 1, 20, "01234567890123456789", 202},
    };
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof rows[0]); i++) {
        // Twice: before there is an answer, and while one waits for more of its body.
        const provoke* row = &rows[i / 2];
        h2_rig rig = {.answer = i % 2 != 0, .stream_body = true, .wait = true};
        start(&rig);
        uint32_t num = 0;
        for (uint32_t id = 1; num < 1000 && !trt_h2_conn_finished(rig.conn); id += 2, num++) {
            h2_bytes b = {s_data, 0};
            h2_get(&b, id);
            h2_frame(&b, row->len, row->type, row->flags, id, row->payload);
            h2_rig_feed(&rig, b.data, b.len, b.len);
        }
        if (num > row->most) {
            test_fail(__FILE__, __LINE__, "%s: closed after %u", row->name, num);
        }
        EXPECT(h2_goaway(&rig) != UINT32_MAX && h2_goaway(&rig) != 0);
        h2_rig_stop(&rig);
    }
}

typedef struct wave {
    const char* name;
    uint8_t type, flags;
    uint32_t stream, len;
    const char* payload;
} wave;

static const char s_padded[256] = {(char)254, 'x'};

static const wave s_waves[] = {
    {"PING", H2_PING, 0, 0, 8, "01234567"},
    {"PING answers", H2_PING, H2_ACK, 0, 8, "01234567"},
    {"SETTINGS", H2_SETTINGS, 0, 0, 0, ""},
    {"SETTINGS with an entry", H2_SETTINGS, 0, 0, 6, "\0\4\0\1\0\0"},
    {"PRIORITY", H2_PRIORITY, 0, 1, 5, "\0\0\0\0\1"},
    {"PRIORITY of idle streams", H2_PRIORITY, 0, 99999, 5, "\0\0\0\0\1"},
    {"PRIORITY_UPDATE", H2_PRIORITY_UPDATE, 0, 0, 7, "\0\0\0\1u=1"},
    {"WINDOW_UPDATE", H2_WINDOW, 0, 0, 4, "\0\0\0\1"},
    {"WINDOW_UPDATE of a stream", H2_WINDOW, 0, 1, 4, "\0\0\0\1"},
    {"empty DATA", H2_DATA, 0, 1, 0, ""},
    {"DATA of one byte", H2_DATA, 0, 1, 1, "x"},
    {"DATA that is padding", H2_DATA, H2_PADDED, 1, 256, s_padded},
    {"frames that nobody knows", 0x77, 0, 0, 0, ""},
};

TEST(h2_abuse__frames_beyond_need__drain_at_750_calm_after_1000) {
    for (size_t i = 0; i < sizeof s_waves / sizeof s_waves[0]; i++) {
        for (uint32_t batch = 1; batch <= 50; batch += 49) {
            const wave* w = &s_waves[i];
            h2_rig rig = {0};
            start(&rig);
            h2_bytes b = {s_data, 0}, block = {s_block, 0};
            h2_request(&block, "POST", "/");
            h2_headers(&b, 1, 0, &block);
            h2_rig_feed(&rig, b.data, b.len, b.len);
            b.len = 0;
            h2_frame(&b, w->len, w->type, w->flags, w->stream, w->payload);
            uint32_t first = flood(&rig, &b, 700, batch);
            EXPECT_EQ(h2_goaway(&rig), UINT32_MAX);
            uint32_t num = first + flood(&rig, &b, 100000, batch);
            if (num < 950 || num > 1100 || h2_goaway(&rig) != CALM) {
                test_fail(__FILE__, __LINE__, "%s: closed after %u with %u", w->name, num,
                          h2_goaway(&rig));
            }
            EXPECT(trt_h2_conn_memory(rig.conn) < 400000);
            h2_rig_stop(&rig);
        }
    }
}

TEST(h2_abuse__frames_beyond_need_slowly__never_closed) {
    h2_rig rig = {0};
    start(&rig);
    h2_bytes b = {s_data, 0};
    h2_frame(&b, 8, H2_PING, 0, 0, "01234567");
    for (int i = 0; i < 3000; i++) {
        rig.now_ns += S / 100;
        rig.out_len = 0;
        h2_rig_feed(&rig, b.data, b.len, b.len);
    }
    EXPECT(!trt_h2_conn_finished(rig.conn));
    EXPECT_EQ(h2_count(&rig, H2_PING, 0), 1);
    h2_rig_stop(&rig);
}

TEST(h2_abuse__pings_of_a_peer_that_does_not_read__bounded_output_and_closed) {
    h2_rig rig = {0};
    start(&rig);
    h2_bytes b = {s_data, 0};
    for (int i = 0; i < 20000; i++) {
        h2_frame(&b, 8, H2_PING, 0, 0, "01234567");
    }
    EXPECT_EQ(trt_h2_conn_feed(rig.conn, b.data, b.len, 0), TMLRT_OK); // one read of 340 KB
    EXPECT(trt_h2_conn_finished(rig.conn));
    EXPECT(trt_h2_conn_memory(rig.conn) < 256 * 1024);
    h2_rig_take(&rig);
    EXPECT_EQ(h2_goaway(&rig), CALM);
    h2_rig_stop(&rig);
}

TEST(h2_abuse__continuations__eight_are_fine_nine_are_not) {
    for (int num = 8; num <= 9; num++) {
        h2_rig rig = {0};
        start(&rig);
        h2_bytes b = {s_data, 0}, block = {s_block, 0};
        h2_request(&block, "GET", "/");
        h2_frame(&b, (uint32_t)block.len, H2_HEADERS, H2_END_STREAM, 1, block.data);
        for (int i = 1; i <= num; i++) {
            h2_frame(&b, 0, H2_CONTINUATION, i == num ? H2_END_HEADERS : 0, 1, "");
        }
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(h2_goaway(&rig), num == 8 ? UINT32_MAX : CALM);
        EXPECT_EQ(rig.num_heads, num == 8);
        h2_rig_stop(&rig);
    }
}

TEST(h2_abuse__settings_entries__32_are_fine_33_are_not) {
    for (uint32_t num = 32; num <= 33; num++) {
        static char entries[33 * 6];
        for (uint32_t i = 0; i < num; i++) {
            memcpy(entries + 6 * i, "\0\4\0\1\0\0", 6);
        }
        h2_rig rig = {0};
        start(&rig);
        h2_bytes b = {s_data, 0};
        h2_frame(&b, num * 6, H2_SETTINGS, 0, 0, entries);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(h2_goaway(&rig), num == 32 ? UINT32_MAX : CALM);
        h2_rig_stop(&rig);
    }
}

// A field of 4,000 bytes in the table, then one byte for each time it is named.
// 10,000 references to a field of 3,900 bytes: the connection ends at half a megabyte of them.
TEST(h2_abuse__hpack_bomb_of_39_megabytes__calm_before_it_is_expanded) {
    static char value[3901];
    memset(value, 'v', sizeof value - 1);
    for (size_t step = 1; step <= 20000; step += 19999) {
        h2_rig rig = {.keep = true};
        start(&rig);
        h2_bytes b = {s_data, 0}, block = {s_block, 0};
        h2_request(&block, "GET", "/");
        size_t at = block.len;
        h2_literal(&block, "x-bomb", value);
        block.data[at] = 0x40; // with indexing
        memset(block.data + block.len, 0xbe, 10000);
        block.len += 10000;
        h2_headers(&b, 1, H2_END_STREAM, &block);
        h2_get(&b, 3);
        h2_rig_feed(&rig, b.data, b.len, step);
        EXPECT_EQ(h2_goaway(&rig), CALM);
        EXPECT_EQ(h2_status(&rig, 1), 0);
        EXPECT_EQ(rig.num_heads, 0);
        EXPECT(rig.exchanges[0]->stream->num_fields < 200);
        EXPECT(trt_h2_conn_finished(rig.conn) && trt_h2_conn_abused(rig.conn));
        h2_rig_stop(&rig);
    }
}

TEST(h2_abuse__hpack_bomb__431_memory_bounded_calm_at_the_third) {
    h2_rig rig = {.keep = true};
    static char value[3901];
    memset(value, 'v', sizeof value - 1);
    start(&rig);
    for (uint32_t id = 1; id <= 5; id += 2) {
        h2_bytes b = {s_data, 0}, block = {s_block, 0};
        h2_request(&block, "GET", "/");
        size_t at = block.len;
        h2_literal(&block, "x-bomb", value);
        block.data[at] = 0x40; // with indexing
        memset(block.data + block.len, 0xbe, 20);
        block.len += 20;
        h2_headers(&b, id, H2_END_STREAM, &block);
        h2_rig_feed(&rig, b.data, b.len, 5000);
        EXPECT_EQ(h2_status(&rig, id), id < 5 ? 431 : 0);
        EXPECT_EQ(h2_goaway(&rig), id < 5 ? UINT32_MAX : CALM);
    }
    EXPECT_EQ(rig.num_heads, 0);
    EXPECT(trt_h2_conn_memory(rig.conn) < 80000);
    for (int i = 0; i < 3; i++) {
        EXPECT(rig.exchanges[i] != NULL && rig.exchanges[i]->arena.held_bytes < 80000);
    }
    h2_rig_stop(&rig);
}

TEST(h2_abuse__cookie_crumbs__each_counts_as_a_field) {
    for (int num = 100; num <= 101; num++) {
        h2_rig rig = {.answer = true};
        start(&rig);
        h2_bytes b = {s_data, 0}, block = {s_block, 0};
        h2_request(&block, "GET", "/");
        for (int i = 0; i < num; i++) {
            h2_literal(&block, "cookie", "a=b");
        }
        h2_headers(&b, 1, H2_END_STREAM, &block);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(h2_status(&rig, 1), num == 100 ? 200 : 431);
        h2_rig_stop(&rig);
    }
}

TEST(h2_abuse__windows_of_nothing__output_bounded_and_streams_wait) {
    h2_rig rig = {.answer = true, .stream_body = true, .stream_len = 1 << 20};
    h2_rig_start(&rig);
    h2_bytes b = {s_data, 0};
    h2_raw(&b, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    h2_frame(&b, 6, H2_SETTINGS, 0, 0, "\0\4\0\0\0\0");
    for (uint32_t id = 1; id < 200; id += 2) {
        h2_get(&b, id);
    }
    for (int i = 0; i < 150; i++) {
        h2_frame(&b, 4, H2_WINDOW, 0, 1, "\0\0\0\1");
    }
    h2_rig_feed(&rig, b.data, b.len, 1);
    EXPECT_EQ(h2_count(&rig, H2_DATA, 0), 150);
    EXPECT_EQ(rig.num_closed, 0);
    EXPECT(trt_h2_conn_memory(rig.conn) < 400000);
    h2_rig_stop(&rig);
}

TEST(h2_abuse__bytes_behind_our_goaway__not_looked_at) {
    h2_rig rig = {0};
    start(&rig);
    h2_bytes b = {s_data, 0};
    h2_frame(&b, 8, H2_PING, 0, 1, "01234567"); // on a stream: PROTOCOL_ERROR
    h2_frame(&b, 3, 0x0a, 0, 0, "abc");         // a malformed ALTSVC
    h2_frame(&b, 1, H2_PRIORITY_UPDATE, 0, 0, "x");
    h2_get(&b, 1);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    h2_rig_feed(&rig, b.data, b.len, 1);
    EXPECT_EQ(h2_goaway(&rig), TRT_H2_PROTOCOL_ERROR);
    EXPECT_EQ(h2_count(&rig, H2_GOAWAY, 0), 1);
    EXPECT_EQ(rig.num_opened, 0);
    EXPECT(trt_h2_conn_finished(rig.conn));
    EXPECT(!trt_h2_conn_abused(rig.conn));
    h2_rig_stop(&rig);
}
