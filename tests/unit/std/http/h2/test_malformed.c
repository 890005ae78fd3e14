// SPDX-License-Identifier: Apache-2.0
// A table of malformed input with the code that answers each: of the stream (RST_STREAM) or of the
// connection (GOAWAY), whole and byte by byte.
#include "std/http/h2/conn.h"

#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static char s_data[H2_BYTES], s_block[65536];

enum { NOTHING = -1, PROTOCOL = 1, FLOW = 3, CLOSED = 5, SIZE = 6, COMPRESSION = 9 };

// ---- heads --------------------------------------------------------------------------------------

typedef struct head_row {
    const char* name;
    const char* fields[16]; ///< name, value, ...
    int reset;              ///< NOTHING: the request is fine
} head_row;

#define PLAIN   ":method", "GET", ":scheme", "https", ":authority", "example.org", ":path", "/"
#define NO_HOST ":method", "GET", ":scheme", "https", ":path", "/"

static const head_row s_heads[] = {
    {"plain", {PLAIN}, NOTHING},
    {"a field with a capital", {PLAIN, "X-Big", "1"}, PROTOCOL},
    {"a space in a name", {PLAIN, "x y", "1"}, PROTOCOL},
    {"a colon in a name", {PLAIN, "x:y", "1"}, PROTOCOL},
    {"an empty name", {PLAIN, "", "1"}, PROTOCOL},
    {"a line feed in a value", {PLAIN, "x", "a\nb"}, PROTOCOL},
    {"a carriage return in a value", {PLAIN, "x", "a\rb"}, PROTOCOL},
    {"a space before a value", {PLAIN, "x", " a"}, PROTOCOL},
    {"a tab behind a value", {PLAIN, "x", "a\t"}, PROTOCOL},
    {"connection", {PLAIN, "connection", "close"}, PROTOCOL},
    {"keep-alive", {PLAIN, "keep-alive", "1"}, PROTOCOL},
    {"proxy-connection", {PLAIN, "proxy-connection", "close"}, PROTOCOL},
    {"transfer-encoding", {PLAIN, "transfer-encoding", "chunked"}, PROTOCOL},
    {"upgrade", {PLAIN, "upgrade", "h2c"}, PROTOCOL},
    {"te of trailers", {PLAIN, "te", "trailers"}, NOTHING},
    {"te of anything else", {PLAIN, "te", "gzip"}, PROTOCOL},
    {"no method", {":scheme", "https", ":authority", "a", ":path", "/"}, PROTOCOL},
    {"no scheme", {":method", "GET", ":authority", "a", ":path", "/"}, PROTOCOL},
    {"no path", {":method", "GET", ":scheme", "https", ":authority", "a"}, PROTOCOL},
    {"an empty path",
     {":method", "GET", ":scheme", "https", ":authority", "a", ":path", ""},
     PROTOCOL},
    {"a path without a slash",
     {":method", "GET", ":scheme", "https", ":authority", "a", ":path", "x"},
     PROTOCOL},
    {"a fragment in the path",
     {":method", "GET", ":scheme", "https", ":authority", "a", ":path", "/#x"},
     PROTOCOL},
    {"a GET of *",
     {":method", "GET", ":scheme", "https", ":authority", "a", ":path", "*"},
     PROTOCOL},
    {"OPTIONS of *",
     {":method", "OPTIONS", ":scheme", "https", ":authority", "a", ":path", "*"},
     NOTHING},
    {"a method twice", {PLAIN, ":method", "GET"}, PROTOCOL},
    {"an unknown pseudo-field", {PLAIN, ":mode", "x"}, PROTOCOL},
    {"a status", {PLAIN, ":status", "200"}, PROTOCOL},
    {"a pseudo-field behind a field",
     {":method", "GET", "x", "y", ":scheme", "https", ":authority", "a", ":path", "/"},
     PROTOCOL},
    {"neither authority nor host", {NO_HOST}, PROTOCOL},
    {"host alone", {NO_HOST, "host", "example.org"}, NOTHING},
    {"host as authority says", {PLAIN, "host", "EXAMPLE.org"}, NOTHING},
    {"host and another authority", {PLAIN, "host", "other.org"}, PROTOCOL},
    {"two hosts", {NO_HOST, "host", "a", "host", "a"}, PROTOCOL},
    {"userinfo",
     {":method", "GET", ":scheme", "https", ":authority", "me@a", ":path", "/"},
     PROTOCOL},
    {"an empty authority",
     {":method", "GET", ":scheme", "https", ":authority", "", ":path", "/"},
     PROTOCOL},
    {"a port beyond 65535",
     {":method", "GET", ":scheme", "https", ":authority", "a:65536", ":path", "/"},
     PROTOCOL},
    {"an IPv6 authority",
     {":method", "GET", ":scheme", "https", ":authority", "[::1]:80", ":path", "/"},
     NOTHING},
    {"a protocol nobody announced", {PLAIN, ":protocol", "websocket"}, PROTOCOL},
    {"a length that is no number", {PLAIN, "content-length", "x"}, PROTOCOL},
    {"a length twice", {PLAIN, "content-length", "0", "content-length", "0"}, PROTOCOL},
    {"a length and no DATA", {PLAIN, "content-length", "3"}, PROTOCOL},
    {"a length of nothing", {PLAIN, "content-length", "0"}, NOTHING},
    {"a length with a sign", {PLAIN, "content-length", "+0"}, PROTOCOL},
    {"a length of 2^63", {PLAIN, "content-length", "9223372036854775808"}, PROTOCOL},
    {"a length of 2^64", {PLAIN, "content-length", "18446744073709551616"}, PROTOCOL},
    {"a length of 20 digits", {PLAIN, "content-length", "00000000000000000000"}, NOTHING},
    {"a length of 21 digits", {PLAIN, "content-length", "000000000000000000000"}, PROTOCOL},
    {"an empty length", {PLAIN, "content-length", ""}, PROTOCOL},
    {"an empty value", {PLAIN, "x", ""}, NOTHING},
    {"a control in a value", {PLAIN, "x", "a\1b"}, PROTOCOL},
    {"a tab in a value", {PLAIN, "x", "a\tb"}, NOTHING},
    {"bytes beyond ASCII in a value", {PLAIN, "x", "\xc3\xa9"}, NOTHING},
    {"bytes beyond ASCII in a name", {PLAIN, "\xc3\xa9", "x"}, PROTOCOL},
    {"a DEL in a name", {PLAIN, "x\x7f", "x"}, PROTOCOL},
    {"a known name with a capital", {PLAIN, "Accept", "x"}, PROTOCOL},
    {"a known name with a wrong value", {PLAIN, "accept", "x\n"}, PROTOCOL},
    {"te in capitals", {PLAIN, "te", "TRAILERS"}, NOTHING},
    {"te of nothing", {PLAIN, "te", ""}, PROTOCOL},
    {"a priority that is none", {PLAIN, "priority", "u=9,,"}, NOTHING},
    {"an expectation and a connection", {PLAIN, "expect", "x", "connection", "x"}, PROTOCOL},
    {"an empty host", {NO_HOST, "host", ""}, PROTOCOL},
    {"a method of our own",
     {":method", "BREW", ":scheme", "https", ":authority", "a", ":path", "/"},
     NOTHING},
    {"a method with a space",
     {":method", "GET /", ":scheme", "https", ":authority", "a", ":path", "/"},
     PROTOCOL},
    {"an empty method",
     {":method", "", ":scheme", "https", ":authority", "a", ":path", "/"},
     PROTOCOL},
    {"a scheme of our own",
     {":method", "GET", ":scheme", "coap+tcp", ":authority", "a", ":path", "/"},
     NOTHING},
    {"a scheme that is none",
     {":method", "GET", ":scheme", "1a", ":authority", "a", ":path", "/"},
     PROTOCOL},
    {"an empty scheme",
     {":method", "GET", ":scheme", "", ":authority", "a", ":path", "/"},
     PROTOCOL},
    {"a control in the path",
     {":method", "GET", ":scheme", "https", ":authority", "a", ":path", "/\1"},
     PROTOCOL},
    {"a scheme twice", {PLAIN, ":scheme", "https"}, PROTOCOL},
    {"a path twice", {PLAIN, ":path", "/"}, PROTOCOL},
    {"an authority twice", {PLAIN, ":authority", "example.org"}, PROTOCOL},
    {"a pseudo-field with a capital", {PLAIN, ":Protocol", "x"}, PROTOCOL},
    {"a colon alone", {PLAIN, ":", "x"}, PROTOCOL},
    {"CONNECT of a path", {":method", "CONNECT", ":authority", "a:1", ":path", "/"}, PROTOCOL},
    {"CONNECT of nobody", {":method", "CONNECT", "host", "a:1"}, PROTOCOL},
};

TEST(h2_malformed__heads__reset_with_the_code_of_the_table) {
    for (size_t i = 0; i < sizeof s_heads / sizeof s_heads[0]; i++) {
        const head_row* row = &s_heads[i];
        h2_bytes b = {s_data, 0}, block = {s_block, 0};
        h2_start(&b);
        for (int k = 0; row->fields[k] != NULL; k += 2) {
            h2_literal(&block, row->fields[k], row->fields[k + 1]);
        }
        h2_headers(&b, 1, H2_END_STREAM, &block);
        h2_get(&b, 3); // the connection goes on
        for (size_t step = 1; step <= b.len; step += b.len - 1) {
            h2_rig rig = {.answer = true};
            h2_rig_start(&rig);
            h2_rig_feed(&rig, b.data, b.len, step);
            if ((int)h2_reset(&rig, 1) != row->reset || h2_goaway(&rig) != UINT32_MAX ||
                rig.num_heads != 1u + (row->reset == NOTHING) || h2_status(&rig, 3) != 200) {
                test_fail(__FILE__, __LINE__, "%s: reset %d goaway %d; %s", row->name,
                          (int)h2_reset(&rig, 1), (int)h2_goaway(&rig), rig.log);
            }
            h2_rig_stop(&rig);
        }
    }
}

TEST(h2_malformed__heads_the_codec_answers__status) {
    static const struct {
        const char* fields[12];
        uint32_t status;
    } rows[] = {
        {{":method", "CONNECT", ":authority", "a:1"}, 501},
        {{":method", "TRACE", ":scheme", "https", ":authority", "a", ":path", "/"}, 405},
        {{PLAIN, "expect", "magic"}, 417},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        h2_bytes b = {s_data, 0}, block = {s_block, 0};
        h2_start(&b);
        for (int k = 0; rows[i].fields[k] != NULL; k += 2) {
            h2_literal(&block, rows[i].fields[k], rows[i].fields[k + 1]);
        }
        h2_headers(&b, 1, H2_END_STREAM, &block);
        h2_rig rig = {0};
        h2_rig_start(&rig);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ(h2_status(&rig, 1), rows[i].status);
        EXPECT_EQ(rig.num_heads, 0);
        EXPECT_EQ(rig.num_closed, 1);
        h2_rig_stop(&rig);
    }
}

// ---- frames -------------------------------------------------------------------------------------

typedef struct frame_row {
    const char* name;
    uint8_t type, flags;
    uint32_t stream, len;
    const char* payload;
    int goaway, reset; ///< of stream 1, which is open and has sent nothing
} frame_row;

static const char s_long[16385];

static const frame_row s_frames[] = {
    {"DATA on stream 0", H2_DATA, 0, 0, 20, s_long, PROTOCOL, NOTHING},
    {"DATA on an idle stream", H2_DATA, 0, 5, 20, s_long, PROTOCOL, NOTHING},
    {"a reset of an idle stream", H2_RST, 0, 5, 4, s_long, PROTOCOL, NOTHING},
    {"a window of an idle stream", H2_WINDOW, 0, 5, 4, "\0\0\0\1", PROTOCOL, NOTHING},
    {"a stray CONTINUATION", H2_CONTINUATION, 4, 1, 0, "", PROTOCOL, NOTHING},
    {"HEADERS on stream 0", H2_HEADERS, 5, 0, 0, "", PROTOCOL, NOTHING},
    {"HEADERS on an even stream", H2_HEADERS, 5, 2, 3, "\x82\x84\x87", PROTOCOL, NOTHING},
    {"a frame that is too long", H2_DATA, 0, 1, 16385, s_long, SIZE, NOTHING},
    {"PING of 7 bytes", H2_PING, 0, 0, 7, s_long, SIZE, NOTHING},
    {"PING on a stream", H2_PING, 0, 1, 8, s_long, PROTOCOL, NOTHING},
    {"SETTINGS of 5 bytes", H2_SETTINGS, 0, 0, 5, s_long, SIZE, NOTHING},
    {"SETTINGS on a stream", H2_SETTINGS, 0, 1, 0, "", PROTOCOL, NOTHING},
    {"an answer to SETTINGS with bytes", H2_SETTINGS, 1, 0, 6, s_long, SIZE, NOTHING},
    {"ENABLE_PUSH of 2", H2_SETTINGS, 0, 0, 6, "\0\2\0\0\0\2", PROTOCOL, NOTHING},
    {"a window of 2^31", H2_SETTINGS, 0, 0, 6, "\0\4\x80\0\0\0", FLOW, NOTHING},
    {"a frame size of 16383", H2_SETTINGS, 0, 0, 6, "\0\5\0\0\x3f\xff", PROTOCOL, NOTHING},
    {"WINDOW_UPDATE of 3 bytes", H2_WINDOW, 0, 0, 3, s_long, SIZE, NOTHING},
    {"WINDOW_UPDATE of 0", H2_WINDOW, 0, 0, 4, "\0\0\0\0", PROTOCOL, NOTHING},
    {"a window of more than 2^31", H2_WINDOW, 0, 0, 4, "\x7f\xff\xff\xff", FLOW, NOTHING},
    {"a stream's window beyond 2^31", H2_WINDOW, 0, 1, 4, "\x7f\xff\xff\xff", NOTHING, FLOW},
    {"PUSH_PROMISE of a client", H2_PUSH, 4, 1, 4, "\0\0\0\2", PROTOCOL, NOTHING},
    {"index 0", H2_HEADERS, 5, 3, 1, "\x80", COMPRESSION, NOTHING},
    {"an index beyond the table", H2_HEADERS, 5, 3, 1, "\xff", COMPRESSION, NOTHING},
    {"an integer that overflows", H2_HEADERS, 5, 3, 7, "\xff\xff\xff\xff\xff\xff\xff", COMPRESSION,
     NOTHING},
    {"a table of more than 4096", H2_HEADERS, 5, 3, 4, "\x3f\xe2\x1f\x82", COMPRESSION, NOTHING},
    {"EOS in a string", H2_HEADERS, 5, 3, 7, "\0\x84\xff\xff\xff\xff\0", COMPRESSION, NOTHING},
    {"padding longer than DATA", H2_DATA, 8, 1, 2, "\x05x", PROTOCOL, NOTHING},
    {"PRIORITY on stream 0", H2_PRIORITY, 0, 0, 5, "\0\0\0\1\7", PROTOCOL, NOTHING},
    {"PRIORITY that depends on itself", H2_PRIORITY, 0, 7, 5, "\0\0\0\7\7", PROTOCOL, NOTHING},
    {"the same, exclusive", H2_PRIORITY, 0, 7, 5, "\x80\0\0\7\7", PROTOCOL, NOTHING},
    {"PRIORITY of 4 bytes", H2_PRIORITY, 0, 1, 4, s_long, SIZE, NOTHING},
    {"PRIORITY of an idle stream", H2_PRIORITY, 0, 9, 5, "\0\0\0\7\7", NOTHING, NOTHING},
};

TEST(h2_malformed__frames__code_of_the_table) {
    for (size_t i = 0; i < sizeof s_frames / sizeof s_frames[0]; i++) {
        const frame_row* row = &s_frames[i];
        h2_bytes b = {s_data, 0}, block = {s_block, 0};
        h2_start(&b);
        h2_request(&block, "POST", "/");
        h2_headers(&b, 1, 0, &block);
        h2_frame(&b, row->len, row->type, row->flags, row->stream, row->payload);
        for (size_t step = 1; step <= b.len; step += b.len - 1) {
            h2_rig rig = {0};
            h2_rig_start(&rig);
            h2_rig_feed(&rig, b.data, b.len, step);
            if ((int)h2_goaway(&rig) != row->goaway || (int)h2_reset(&rig, 1) != row->reset) {
                test_fail(__FILE__, __LINE__, "%s: goaway %d reset %d", row->name,
                          (int)h2_goaway(&rig), (int)h2_reset(&rig, 1));
            }
            EXPECT_EQ(trt_h2_conn_finished(rig.conn), row->goaway != NOTHING);
            h2_rig_stop(&rig);
        }
    }
}

// A stream that the peer ended (and got its answer of) or reset is closed for it; one that we have
// reset it may still think to be open. The last request shows that the connection goes on.
TEST(h2_malformed__frames_on_a_closed_stream__connection_error_unless_we_closed_it) {
    enum { ENDED, RESET, OURS };
    static const uint8_t types[] = {H2_DATA, H2_HEADERS};
    for (int how = ENDED; how <= OURS; how++) {
        for (size_t t = 0; t < sizeof types; t++) {
            h2_bytes b = {s_data, 0}, block = {s_block, 0};
            h2_start(&b);
            h2_request(&block, "POST", "/");
            if (how == OURS) {
                h2_literal(&block, "connection", "close"); // malformed: we reset it
            }
            h2_headers(&b, 1, how == ENDED ? H2_END_STREAM : 0, &block);
            if (how == RESET) {
                h2_frame(&b, 4, H2_RST, 0, 1, "\0\0\0\10");
            }
            block.len = 0;
            h2_literal(&block, "x", "y");
            h2_frame(&b, (uint32_t)block.len, types[t], H2_END_STREAM | H2_END_HEADERS, 1,
                     block.data);
            h2_get(&b, 3);
            for (size_t step = 1; step <= b.len; step += b.len - 1) {
                h2_rig rig = {.answer = true};
                h2_rig_start(&rig);
                h2_rig_feed(&rig, b.data, b.len, step);
                EXPECT_EQ((int)h2_goaway(&rig), how == OURS ? NOTHING : CLOSED);
                EXPECT_EQ(h2_status(&rig, 3), how == OURS ? 200 : 0);
                h2_rig_stop(&rig);
            }
        }
    }
}

// What a peer sent before it read that no more streams are taken is no error.
TEST(h2_malformed__frames_on_a_stream_behind_our_last_goaway__passed_over) {
    h2_bytes b = {s_data, 0}, block = {s_block, 0};
    h2_start(&b);
    h2_get(&b, 1);
    h2_rig rig = {.answer = true};
    h2_rig_start(&rig);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    trt_h2_conn_drain(rig.conn, rig.now_ns);
    rig.now_ns += TRT_H2_DRAIN_NS;
    EXPECT(trt_h2_conn_expire(rig.conn, rig.now_ns));
    h2_rig_take(&rig);
    b.len = 0;
    h2_request(&block, "POST", "/");
    h2_headers(&b, 3, 0, &block);
    h2_frame(&b, 20, H2_DATA, H2_END_STREAM, 3, s_long);
    h2_rig_feed(&rig, b.data, b.len, b.len);
    EXPECT_EQ(h2_goaway(&rig), TRT_H2_NO_ERROR);
    h2_rig_stop(&rig);
}

// What comes with END_STREAM (or not) behind a POST's head.
static void expect_reset(h2_rig* rig, const char* data, size_t len, uint32_t code) {
    h2_rig_start(rig);
    h2_rig_feed(rig, data, len, 3);
    EXPECT_EQ(h2_reset(rig, 1), code);
    EXPECT_EQ(rig->last_code, code);
    EXPECT_EQ(rig->num_ended, 0);
    EXPECT_EQ(rig->num_heads, 1);
    h2_rig_stop(rig);
}

static h2_bytes post(const char* length) {
    h2_bytes b = {s_data, 0}, block = {s_block, 0};
    h2_start(&b);
    h2_request(&block, "POST", "/");
    if (length != NULL) {
        h2_literal(&block, "content-length", length);
    }
    h2_headers(&b, 1, 0, &block);
    return b;
}

TEST(h2_malformed__less_data_than_content_length__handler_is_told) {
    h2_rig rig = {0};
    h2_bytes b = post("6");
    h2_frame(&b, 5, H2_DATA, H2_END_STREAM, 1, "12345");
    expect_reset(&rig, b.data, b.len, PROTOCOL);
}

TEST(h2_malformed__more_data_than_content_length__handler_is_told) {
    h2_rig rig = {0};
    h2_bytes b = post("4");
    h2_frame(&b, 5, H2_DATA, H2_END_STREAM, 1, "12345");
    expect_reset(&rig, b.data, b.len, PROTOCOL);
}

TEST(h2_malformed__trailers_without_end_stream__reset) {
    h2_rig rig = {0};
    h2_bytes b = post(NULL), block = {s_block, 0};
    h2_literal(&block, "x", "y");
    h2_headers(&b, 1, 0, &block);
    expect_reset(&rig, b.data, b.len, PROTOCOL);
}

TEST(h2_malformed__pseudo_field_in_trailers__reset) {
    h2_rig rig = {0};
    h2_bytes b = post(NULL), block = {s_block, 0};
    h2_literal(&block, ":path", "/");
    h2_headers(&b, 1, H2_END_STREAM, &block);
    expect_reset(&rig, b.data, b.len, PROTOCOL);
}

TEST(h2_malformed__fields_of_trailers__reset) {
    static const char* fields[][2] = {
        {"connection", "close"},
        {"transfer-encoding", "chunked"},
        {"X-Sum", "1"},
        {"x", " 1"},
        {"", "1"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        h2_rig rig = {0};
        h2_bytes b = post(NULL), block = {s_block, 0};
        h2_literal(&block, fields[i][0], fields[i][1]);
        h2_headers(&b, 1, H2_END_STREAM, &block);
        expect_reset(&rig, b.data, b.len, PROTOCOL);
    }
}

TEST(h2_malformed__trailers_behind_too_little_data__reset) {
    h2_rig rig = {0};
    h2_bytes b = post("6"), block = {s_block, 0};
    h2_frame(&b, 5, H2_DATA, 0, 1, "12345");
    h2_literal(&block, "x-sum", "1");
    h2_headers(&b, 1, H2_END_STREAM, &block);
    expect_reset(&rig, b.data, b.len, PROTOCOL);
}

// Names and values by their numbers in HPACK's static table, which are not looked at byte by byte.
TEST(h2_malformed__fields_of_the_static_table__as_if_they_were_spelled) {
    static const struct {
        const char* field;
        size_t len;
        int reset;
    } rows[] = {
        {"\x0f\x04\1a", 4, NOTHING},         // accept: a
        {"\x90", 1, NOTHING},                // accept-encoding: gzip, deflate
        {"\x0f\x04\2a\n", 5, PROTOCOL},      // accept, with a line feed
        {"\x0f\x2a\7chunked", 10, PROTOCOL}, // transfer-encoding
        {"\x88", 1, PROTOCOL},               // :status: 200
        {"\x84", 1, PROTOCOL},               // :path: /, again
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        h2_bytes b = {s_data, 0}, block = {s_block, 0};
        h2_start(&b);
        h2_raw(&block, "\x82\x84\x86\x01\1a", 6); // GET, /, http, :authority: a
        h2_raw(&block, rows[i].field, rows[i].len);
        h2_headers(&b, 1, H2_END_STREAM, &block);
        h2_rig rig = {.answer = true};
        h2_rig_start(&rig);
        h2_rig_feed(&rig, b.data, b.len, b.len);
        EXPECT_EQ((int)h2_reset(&rig, 1), rows[i].reset);
        EXPECT_EQ(h2_goaway(&rig), UINT32_MAX);
        EXPECT_EQ(rig.num_heads, rows[i].reset == NOTHING);
        h2_rig_stop(&rig);
    }
}

TEST(h2_malformed__stream_id_that_was_passed_over__connection_error) {
    h2_bytes b = {s_data, 0};
    h2_start(&b);
    h2_get(&b, 1);
    h2_get(&b, 9);
    h2_get(&b, 5);
    h2_rig rig = {.answer = true};
    h2_rig_start(&rig);
    h2_rig_feed(&rig, b.data, b.len, 1);
    EXPECT_EQ(h2_goaway(&rig), PROTOCOL);
    EXPECT_EQ(rig.num_heads, 2);
    h2_rig_stop(&rig);
}

TEST(h2_malformed__another_frame_inside_a_field_block__connection_error) {
    h2_bytes b = {s_data, 0};
    h2_start(&b);
    h2_frame(&b, 1, H2_HEADERS, H2_END_STREAM, 1, "\x82");
    h2_frame(&b, 8, H2_PING, 0, 0, "01234567");
    h2_rig rig = {0};
    h2_rig_start(&rig);
    h2_rig_feed(&rig, b.data, b.len, 1);
    EXPECT_EQ(h2_goaway(&rig), PROTOCOL);
    h2_rig_stop(&rig);
}

TEST(h2_malformed__preface__connection_ends) {
    static const char* const rows[] = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n123456789"};
    for (int i = 0; i < 2; i++) {
        h2_rig rig = {0};
        h2_rig_start(&rig);
        h2_rig_feed(&rig, rows[i], strlen(rows[i]), 1);
        EXPECT(trt_h2_conn_finished(rig.conn));
        EXPECT_EQ(rig.num_opened, 0);
        h2_rig_stop(&rig);
    }
}

TEST(h2_malformed__first_frame_is_not_settings__connection_error) {
    h2_bytes b = {s_data, 0};
    h2_raw(&b, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    h2_get(&b, 1);
    h2_rig rig = {0};
    h2_rig_start(&rig);
    h2_rig_feed(&rig, b.data, b.len, 1);
    EXPECT_EQ(h2_goaway(&rig), PROTOCOL);
    EXPECT_EQ(rig.num_opened, 0);
    h2_rig_stop(&rig);
}
