// SPDX-License-Identifier: Apache-2.0
// Every allocation of the server fails once: no crash, no leak, no hang, and the next request
// works.
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

// What is asked on one connection: a new connection, a long head, a large body in chunks, a long
// answer, a detached one.
static void exercise(const test_server* ts) {
    static char request[60000];
    int fd = client_connect(ts);
    if (fd < 0) {
        return;
    }
    size_t len = (size_t)sprintf(request, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 3; i++) {
        len += (size_t)sprintf(request + len, "X: %06000d\r\n", i);
    }
    len += (size_t)sprintf(request + len, "\r\nGET /detached HTTP/1.1\r\nHost: a\r\n\r\n"
                                          "GET /big?50000 HTTP/1.1\r\nHost: a\r\n\r\n"
                                          "GET /fields?60 HTTP/1.1\r\nHost: a\r\n\r\n"
                                          "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                                          "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 4; i++) {
        len += (size_t)sprintf(request + len, "1770\r\n%06000d\r\n", i);
    }
    len += (size_t)sprintf(request + len, "0\r\n\r\n");
    if (client_send(fd, request, len)) {
        const char* answer;
        while ((answer = client_read(fd, false)) != NULL) {
            int status = client_status(answer);
            if (status != 200 && status != 404 && status != 500 && status != 503) {
                test_fail(__FILE__, __LINE__, "an answer with status %d", status);
            }
        }
    }
    client_close(fd);
}

// A body in pieces; between two of them another connection is served, so that each is seen alone.
static void exercise_slow(const test_server* ts) {
    static char body[20000];
    int fd = client_connect(ts), other = client_connect(ts);
    memset(body, 'x', sizeof body);
    bool sent = client_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nConnec");
    (void)client_get(other, "/");
    sent = sent && client_send_text(fd, "tion: close\r\nContent-Length: 40000\r\n\r\n");
    (void)client_get(other, "/");
    sent = sent && client_send(fd, body, sizeof body);
    (void)client_get(other, "/");
    sent = sent && client_send(fd, body, sizeof body);
    int status = sent ? client_status(client_read(fd, false)) : 0;
    if (status != 0 && status != 200 && status != 500 && status != 503) {
        test_fail(__FILE__, __LINE__, "an answer with status %d", status);
    }
    client_close(fd);
    client_close(other);
}

// ---- HTTP/2 -------------------------------------------------------------------------------------

enum { H2_STREAMS_ASKED = 6, H2_HEAD = 9 };

static size_t make_h2_requests(char* data) {
    static const struct {
        const char *method, *path;
        size_t body;
    } asked[H2_STREAMS_ASKED] = {{"GET", "/", 0},          {"GET", "/detached", 0},
                                 {"GET", "/big?30000", 0}, {"GET", "/fields?60", 0},
                                 {"POST", "/echo", 16000}, {"POST", "/echo", 100}};
    static char block_bytes[65536], body[16000];
    h2_bytes out = {.data = data};
    h2_start(&out);
    for (uint32_t i = 0; i < H2_STREAMS_ASKED; i++) {
        h2_bytes block = {.data = block_bytes};
        h2_request(&block, asked[i].method, asked[i].path);
        h2_headers(&out, 1 + 2 * i, asked[i].body == 0 ? H2_END_STREAM : 0, &block);
        if (asked[i].body != 0) {
            h2_frame(&out, (uint32_t)asked[i].body, H2_DATA, H2_END_STREAM, 1 + 2 * i, body);
        }
    }
    return out.len;
}

// Reads frames until every stream has ended, or the connection has.
static void read_h2_answers(int fd) {
    static uint8_t data[1 << 17];
    size_t have = 0, at = 0;
    int ended = 0;
    while (ended < H2_STREAMS_ASKED) {
        struct pollfd pollfd = {.fd = fd, .events = POLLIN};
        if (poll(&pollfd, 1, 10000) <= 0) {
            test_fail(__FILE__, __LINE__, "%d of %d streams have ended", ended, H2_STREAMS_ASKED);
            return;
        }
        ssize_t got = recv(fd, data + have, sizeof data - have, 0);
        if (got <= 0) {
            return;
        }
        have += (size_t)got;
        while (have - at >= H2_HEAD) {
            size_t len = (size_t)data[at] << 16 | (size_t)data[at + 1] << 8 | data[at + 2];
            uint8_t type = data[at + 3], flags = data[at + 4];
            if (have - at < H2_HEAD + len) {
                break;
            }
            bool closes = (type == H2_DATA || type == H2_HEADERS) && (flags & H2_END_STREAM) != 0;
            ended += closes || type == H2_RST;
            at += H2_HEAD + len;
        }
    }
}

static void exercise_h2(const test_server* ts) {
    static char data[H2_BYTES];
    int fd = client_connect(ts);
    size_t len = make_h2_requests(data);
    if (fd >= 0 && client_send(fd, data, len)) {
        read_h2_answers(fd);
    }
    client_close(fd);
}

static void sweep(void (*work)(const test_server*)) {
    trt_http_options options = {.spoken = {.h2c = work == exercise_h2}};
    for (uint64_t nth = 1; nth < 400; nth++) {
        test_server ts;
        REQUIRE(test_server_start_options(&ts, 1, &options));
        test_allocator_fail_at(nth);
        work(&ts);
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        int fd = client_connect(&ts);
        EXPECT_EQ(client_get(fd, "/"), 200);
        client_close(fd);
        test_server_stop(&ts, TRT_HTTP_STOP_NOW);
        if (!hit) {
            return;
        }
    }
    EXPECT(!"the sweep ended");
}

TEST(http_server__every_allocation_fails_once__next_request_works) {
    sweep(exercise);
}

TEST(http_server__every_allocation_of_a_slow_request_fails_once__next_request_works) {
    sweep(exercise_slow);
}

TEST(http_server__every_allocation_of_http2_fails_once__next_request_works) {
    sweep(exercise_h2);
}

TEST(http_server__every_allocation_of_the_start_fails_once__status_and_no_leak) {
    for (uint64_t nth = 1; nth < 100; nth++) {
        tmlrt_runtime* runtime;
        tmlrt_runtime_options workers = {.workers = 2};
        trt_http_options options = {.spoken = {.h2c = true}};
        trt_service service = {0};
        trt_http_server* server = NULL;
        REQUIRE(tmlrt_runtime_new(&runtime, &workers) == TMLRT_OK);
        (void)trt_addr_parse(&options.addr, "127.0.0.1", 0);
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_http_server_start(&server, runtime, &options, &service);
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status != TMLRT_OK, hit);
        if (status == TMLRT_OK) {
            trt_http_server_stop(server, TRT_HTTP_STOP_ABORT);
            EXPECT_EQ(trt_http_server_wait(server), TMLRT_OK);
            trt_http_server_free(server);
        }
        tmlrt_runtime_free(runtime);
        if (!hit) {
            return;
        }
    }
    EXPECT(!"the sweep ended");
}
