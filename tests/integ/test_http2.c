// SPDX-License-Identifier: Apache-2.0
// HTTP/2 connections to a server on loopback, by frames made by hand.
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

enum { FRAME_HEAD = 9, MOST_STREAMS = 100, ROUNDS = 100 };

typedef struct client {
    int fd;
    uint8_t data[1 << 16];
    size_t have;
    uint32_t ended, refused, next_stream;
    char bytes[H2_BYTES];
} client;

static void take_frames(client* c) {
    size_t at = 0;
    while (c->have - at >= FRAME_HEAD) {
        const uint8_t* head = c->data + at;
        size_t len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        if (c->have - at < FRAME_HEAD + len) {
            break;
        }
        bool closes = (head[3] == H2_DATA || head[3] == H2_HEADERS) && (head[4] & H2_END_STREAM);
        c->ended += closes;
        c->refused += head[3] == H2_RST;
        at += FRAME_HEAD + len;
    }
    memmove(c->data, c->data + at, c->have - at);
    c->have -= at;
}

// Reads until `num` more streams have ended, in whatever way. False: they have not.
static bool read_ends(client* c, uint32_t num) {
    uint32_t wanted = c->ended + c->refused + num;
    while (c->ended + c->refused < wanted) {
        struct pollfd pollfd = {.fd = c->fd, .events = POLLIN};
        if (poll(&pollfd, 1, 10000) <= 0) {
            return false;
        }
        ssize_t got = recv(c->fd, c->data + c->have, sizeof c->data - c->have, 0);
        if (got <= 0) {
            return false;
        }
        c->have += (size_t)got;
        take_frames(c);
    }
    return true;
}

static bool ask(client* c, uint32_t num, bool first) {
    h2_bytes out = {.data = c->bytes};
    if (first) {
        h2_start(&out);
    }
    for (uint32_t i = 0; i < num; i++) {
        h2_get(&out, c->next_stream);
        c->next_stream += 2;
    }
    return client_send(c->fd, out.data, out.len);
}

static bool open_client(client* c, const test_server* ts) {
    *c = (client){.fd = client_connect(ts), .next_stream = 1};
    return c->fd >= 0;
}

TEST(http2__as_many_streams_again_when_the_answers_are_there__none_is_refused) {
    static client c;
    test_server ts;
    trt_http_options options = {.spoken = {.h2c = true}};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    EXPECT(open_client(&c, &ts));
    for (int i = 0; i < ROUNDS && c.refused == 0; i++) {
        EXPECT(ask(&c, MOST_STREAMS, i == 0));
        if (!read_ends(&c, MOST_STREAMS)) {
            test_fail(__FILE__, __LINE__, "round %d has no end", i);
            break;
        }
    }
    EXPECT_EQ(c.refused, 0);
    EXPECT_EQ(c.ended, MOST_STREAMS * ROUNDS);
    client_close(c.fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// What the server reads at once has no more requests than it allows: it has to be done with those
// that its output has ended before it reads on.
TEST(http2__requests_of_several_reads_in_one_write__none_is_refused) {
    static client c;
    static char value[301], block_bytes[65536];
    test_server ts;
    trt_http_options options = {.spoken = {.h2c = true}};
    memset(value, 'v', sizeof value - 1);
    REQUIRE(test_server_start_options(&ts, 1, &options));
    EXPECT(open_client(&c, &ts));
    for (int i = 0; i < 20 && c.refused == 0; i++) {
        h2_bytes out = {.data = c.bytes};
        if (i == 0) {
            h2_start(&out);
        }
        for (uint32_t k = 0; k < 3 * MOST_STREAMS; k++, c.next_stream += 2) {
            h2_bytes block = {.data = block_bytes};
            h2_request(&block, "GET", "/");
            h2_literal(&block, "x", value);
            h2_headers(&out, c.next_stream, H2_END_STREAM, &block);
        }
        EXPECT(client_send(c.fd, out.data, out.len));
        EXPECT(read_ends(&c, 3 * MOST_STREAMS));
    }
    EXPECT_EQ(c.refused, 0);
    client_close(c.fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http2__one_stream_in_the_place_of_each_that_ended__none_is_refused) {
    static client c;
    test_server ts;
    trt_http_options options = {.spoken = {.h2c = true}};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    EXPECT(open_client(&c, &ts));
    EXPECT(ask(&c, MOST_STREAMS, true));
    uint32_t asked = MOST_STREAMS;
    while (asked < MOST_STREAMS * ROUNDS && c.refused == 0) {
        EXPECT(read_ends(&c, 1));
        uint32_t room = MOST_STREAMS - (asked - c.ended);
        EXPECT(ask(&c, room, false));
        asked += room;
    }
    EXPECT(read_ends(&c, asked - c.ended));
    EXPECT_EQ(c.refused, 0);
    client_close(c.fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http2__more_streams_than_were_told__the_rest_is_refused_and_the_connection_lives) {
    static client c;
    test_server ts;
    trt_http_options options = {.spoken = {.h2c = true}, .limits = {.h2_streams = 3}};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    EXPECT(open_client(&c, &ts));
    h2_bytes out = {.data = c.bytes}, block = {.data = c.bytes + H2_BYTES / 2};
    h2_start(&out);
    for (; c.next_stream < 11; c.next_stream += 2) {
        block.len = 0;
        h2_request(&block, "GET", "/gate");
        h2_headers(&out, c.next_stream, H2_END_STREAM, &block);
    }
    EXPECT(client_send(c.fd, out.data, out.len));
    EXPECT(read_ends(&c, 2));
    EXPECT_EQ(c.refused, 2);
    test_server_open_gate(&ts);
    EXPECT(read_ends(&c, 3));
    EXPECT_EQ(c.ended, 3);
    EXPECT(ask(&c, 3, false));
    EXPECT(read_ends(&c, 3));
    EXPECT_EQ(c.refused, 2);
    client_close(c.fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// A handler that may not be dropped outlives the connection; the abuse is counted all the same.
TEST(http2__flood_while_an_unsafe_handler_runs__address_is_noted) {
    static client c;
    static char block_bytes[65536];
    static const char ping[8];
    test_server ts;
    trt_http_options options = {.spoken = {.h2c = true}, .limits = {.ledger_excess = 4}};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    EXPECT(open_client(&c, &ts));
    h2_bytes out = {.data = c.bytes}, block = {.data = block_bytes};
    h2_start(&out);
    h2_request(&block, "POST", "/gate");
    h2_headers(&out, 1, H2_END_STREAM, &block);
    for (int i = 0; i < 50; i++) {
        h2_frame(&out, sizeof ping, H2_PING, 0, 0, ping);
    }
    EXPECT(client_send(c.fd, out.data, out.len));
    while (recv(c.fd, c.data, sizeof c.data, 0) > 0) {
    }
    client_close(c.fd);
    for (int i = 0; i < 10000 && trt_http_server_count(ts.server, TRT_HTTP_COUNT_abused) == 0;
         i++) {
        poll(NULL, 0, 1);
    }
    EXPECT_EQ(trt_http_server_count(ts.server, TRT_HTTP_COUNT_abused), 1);
    EXPECT_EQ(trt_http_server_num_conns(ts.server), 1); // its handler is still there
    test_server_open_gate(&ts);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}
