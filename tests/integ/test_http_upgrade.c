// SPDX-License-Identifier: Apache-2.0
// Another protocol over connections of a real server: what the table of the service
// (unit/std/http/server/test_service.c) has no room for.
#include "rt/base/waker.h"
#include "std/http/core/response.h"
#include "std/http/server/body.h"
#include "std/http/server/shard.h"
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <tmlrt/http/body.h>

#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MOST = 1 << 16 };

#define HEAD "GET /take HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"

// A service that takes "echo" where it is asked for, with what was asked and as many fields as the
// query says in the head, says "hello" and waits for the peer's end; else it answers 200.
static tmlrt_poll poll_take(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    char byte;
    size_t len;
    tmlrt_status status;
    (void)self;
    if (exchange->request.stream == NULL) {
        return TMLRT_READY;
    }
    do {
        if (trt_body_poll_take(exchange->request.stream, cx->waker, &byte, 1, &len, &status) ==
            TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
    } while (status == TMLRT_OK && len != 0);
    return TMLRT_READY;
}

static tmlrt_poll start_take(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    static char long_value[250];
    memset(long_value, 'x', sizeof long_value - 1);
    const tmlrt_request* request = &exchange->request;
    const char* asked = tmlrt_request_protocols(request);
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    exchange->response = response;
    if (response == NULL ||
        tmlrt_response_header(response, "X-Asked", asked != NULL ? asked : "nothing") != 0) {
        return TMLRT_READY;
    }
    for (int i = request->query.len != 0 ? atoi(request->query.data) : 0; i > 0; i--) {
        EXPECT_EQ(tmlrt_response_header(response, "X-Field", long_value), 0);
    }
    tmlrt_body* out = tmlrt_response_upgrade(cx, response, "echo");
    size_t taken;
    if (out != NULL) {
        EXPECT_EQ(trt_body_put(out, "hello", 5, &taken), TMLRT_OK);
        EXPECT_EQ(trt_body_end(out), TMLRT_OK);
        tmlrt_body_free(out);
    }
    return poll_take(self, exchange, cx);
}

static void drop_take(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange;
}

static bool start(test_server* ts, const trt_http_limits* limits) {
    trt_service service = {.start = start_take, .poll = poll_take, .drop = drop_take};
    trt_http_options options = {.spoken = {.h2c = true}};
    if (limits != NULL) {
        options.limits = *limits;
    }
    return test_server_start_service(ts, 1, &options, &service);
}

// All that comes until the peer's end.
static const char* read_all(int fd) {
    static char text[MOST];
    size_t len = 0;
    ssize_t got;
    while (len + 1 < MOST && (got = recv(fd, text + len, MOST - 1 - len, 0)) > 0) {
        len += (size_t)got;
    }
    text[len] = '\0';
    return text;
}

static bool ends_with(const char* text, const char* end) {
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

TEST(http_upgrade__two_fields__one_list) {
    test_server ts;
    REQUIRE(start(&ts, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, HEAD "Upgrade: a, b/2\r\nX: y\r\nUpgrade: Echo\r\n\r\n"));
    const char* text = read_all(fd);
    EXPECT(strstr(text, "HTTP/1.1 101 Switching Protocols\r\n") == text);
    EXPECT(strstr(text, "X-Asked: a, b/2,Echo\r\n") != NULL);
    EXPECT(strstr(text, "Upgrade: Echo\r\n") != NULL);
    EXPECT(strstr(text, "Content-Length") == NULL && strstr(text, "Transfer-Encoding") == NULL);
    EXPECT(ends_with(text, "\r\n\r\nhello"));
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_upgrade__head_longer_than_the_output__is_sent_whole) {
    test_server ts;
    REQUIRE(start(&ts, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /take?99 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"
                                "Upgrade: echo\r\n\r\n"));
    const char* text = read_all(fd);
    size_t num = 0;
    for (const char* at = text; (at = strstr(at, "\r\nX-Field: ")) != NULL; at++) {
        num++;
    }
    EXPECT_EQ(num, 99);
    EXPECT(ends_with(text, "\r\n\r\nhello"));
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_upgrade__not_taken__the_connection_goes_on_and_nothing_is_asked_any_more) {
    test_server ts;
    REQUIRE(start(&ts, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, HEAD "Upgrade: other\r\n\r\n"
                                     "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const char* answer = client_read(fd, false);
    EXPECT_EQ(client_status(answer), 200);
    EXPECT(answer != NULL && strstr(answer, "X-Asked: other\r\n") != NULL);
    answer = client_read(fd, false);
    EXPECT_EQ(client_status(answer), 200);
    EXPECT(answer != NULL && strstr(answer, "X-Asked: nothing\r\n") != NULL);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_upgrade__behind_a_pipelined_request__both_are_answered) {
    test_server ts;
    REQUIRE(start(&ts, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n" HEAD "Upgrade: echo\r\n\r\n"
                                "bytes of the other protocol"));
    const char* text = read_all(fd);
    EXPECT(strstr(text, "HTTP/1.1 200 OK\r\n") == text);
    EXPECT(strstr(text, "HTTP/1.1 101 ") != NULL && ends_with(text, "\r\n\r\nhello"));
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// A connection that speaks another protocol may be open for days.
TEST(http_upgrade__more_of_them_than_num_requests__requests_are_answered) {
    test_server ts;
    trt_http_limits limits = {.num_requests = 1};
    int fds[3];
    REQUIRE(start(&ts, &limits));
    for (int i = 0; i < 3; i++) {
        fds[i] = client_connect(&ts);
        EXPECT(client_send_text(fds[i], HEAD "Upgrade: echo\r\n\r\n"));
        EXPECT(ends_with(read_all(fds[i]), "hello")); // its side has ended, ours has not
    }
    int fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200);
    for (int i = 0; i < 3; i++) {
        client_close(fds[i]);
    }
    while (trt_http_server_num_conns(ts.server) != 1) {
        sched_yield();
    }
    EXPECT_EQ(client_get(fd, "/"), 200); // it sees what that worker counted
    EXPECT_EQ(trt_http_num_running(&ts.server->shards[0]), 0);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// ---- another task -------------------------------------------------------------------------------

// What a task that outlives its handler has: both streams of the request.
typedef struct talker {
    tmlrt_frame head;
    tmlrt_body *in, *out;
    bool sinks; // says nothing before the peer's end, then one byte
    size_t len, at;
    char piece[3000];
} talker;

static trt_atomic_u32 s_may_talk; // the peer has said all that it has to say

static void end_talk(talker* self) {
    self->head.state = TMLRT_FRAME_DONE;
    tmlrt_body_free(self->out);
    trt_body_unref(self->in);
}

static tmlrt_poll talk_poll(void* frame, tmlrt_context* cx, void* out) {
    talker* self = frame;
    tmlrt_status status = TMLRT_OK;
    size_t taken;
    (void)out;
    if (trt_atomic_load(&s_may_talk, TRT_SEQ_CST) == 0) {
        trt_waker_wake_ref(cx->waker);
        return TMLRT_PENDING;
    }
    while (status == TMLRT_OK) {
        if (self->at == self->len) {
            self->at = self->len = 0;
            if (trt_body_poll_take(self->in, cx->waker, self->piece, sizeof self->piece, &self->len,
                                   &status) == TMLRT_PENDING) {
                return TMLRT_PENDING;
            }
            if (status == TMLRT_OK && self->len == 0) {
                status = self->sinks ? trt_body_put(self->out, "~", 1, &taken) : TMLRT_OK;
                status = status == TMLRT_OK ? trt_body_end(self->out) : status;
                break;
            }
            self->at = self->sinks ? self->len : 0;
            continue;
        }
        if (trt_body_poll_put(self->out, cx->waker, self->piece + self->at, self->len - self->at,
                              &taken, &status) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        self->at += taken;
    }
    EXPECT_EQ(status, TMLRT_OK);
    end_talk(self);
    return TMLRT_READY;
}

static void talk_drop(void* frame) {
    if (((talker*)frame)->head.state != TMLRT_FRAME_DONE) {
        end_talk(frame);
    }
}

static const tmlrt_future_desc s_talk_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .poll = talk_poll,
    .drop = talk_drop,
    .frame_size = sizeof(talker),
    .frame_align = _Alignof(talker),
    .out_align = 1,
    .name = "talker",
    .num_states = 2,
};

// The handler leaves all of it to a task and has answered.
static tmlrt_poll start_talk(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    tmlrt_response* response = exchange->response = tmlrt_response_new(cx, 200);
    tmlrt_body* out = tmlrt_request_protocols(&exchange->request) != NULL
                          ? tmlrt_response_upgrade(cx, response, "echo")
                          : tmlrt_response_stream(cx, response, TMLRT_BODY_LEN_UNKNOWN);
    EXPECT(out != NULL && exchange->request.stream != NULL);
    talker frame = {.in = exchange->request.stream, .out = out, .sinks = self != NULL};
    trt_body_ref(frame.in);
    tmlrt_task_detach(tmlrt_spawn(&s_talk_desc, &frame, sizeof frame));
    return TMLRT_READY;
}

static bool streams_body(void* self, tmlrt_request* request) {
    (void)self, (void)request;
    return true;
}

// What was sent comes back, behind a head: in chunks, whose framing has no such byte.
TEST(http_upgrade__another_task_has_both_sides__it_gets_all_bytes_and_answers) {
    enum { SENT = 150000 };
    static const char* const heads[] = {
        HEAD "Upgrade: echo\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 150000\r\n\r\n"};
    static char bytes[SENT], got[2 * SENT];
    memset(bytes, '~', sizeof bytes);
    trt_service service = {
        .start = start_talk, .poll = poll_take, .drop = drop_take, .streams_body = streams_body};
    trt_http_options options = {0};
    for (int i = 0; i < 4; i++) {
        test_server ts;
        size_t len = 0, num = 0;
        service.self = i < 2 ? NULL : bytes; // sinks
        trt_atomic_store(&s_may_talk, 0, TRT_SEQ_CST);
        REQUIRE(test_server_start_service(&ts, 1, &options, &service));
        int fd = client_connect(&ts);
        EXPECT(client_send_text(fd, heads[i % 2]));
        for (size_t at = 0; at < SENT; at += 5000) {
            EXPECT(client_send(fd, bytes + at, 5000));
        }
        EXPECT_EQ(shutdown(fd, SHUT_WR), 0);
        trt_atomic_store(&s_may_talk, 1, TRT_SEQ_CST);
        for (ssize_t more; (more = recv(fd, got + len, sizeof got - len, 0)) > 0;) {
            len += (size_t)more;
        }
        for (size_t at = 0; at < len; at++) {
            num += got[at] == '~';
        }
        EXPECT_EQ(num, i < 2 ? SENT : 1);
        client_close(fd);
        test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    }
}

// ---- HTTP/2 -------------------------------------------------------------------------------------

enum { FRAME_HEAD = 9 };

// Reads until a frame of this kind on a stream is there; its payload's first byte, -1: none comes.
static int read_frame(int fd, uint8_t type, uint32_t stream) {
    static uint8_t data[MOST];
    for (;;) {
        size_t have = 0, len = FRAME_HEAD;
        while (have < len) {
            ssize_t got = recv(fd, data + have, len - have, 0);
            if (got <= 0) {
                return -1;
            }
            have += (size_t)got;
            len = FRAME_HEAD + ((size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2]);
        }
        if (data[3] == type && (uint32_t)(data[7] << 8 | data[8]) == stream) {
            return data[FRAME_HEAD];
        }
    }
}

static void connect_request(h2_bytes* out, uint32_t stream, const char* protocol,
                            const char* length) {
    static char bytes[4096];
    h2_bytes block = {.data = bytes};
    h2_request(&block, "CONNECT", "/take");
    h2_literal(&block, ":protocol", protocol);
    if (length != NULL) {
        h2_literal(&block, "content-length", length);
    }
    h2_headers(out, stream, 0, &block);
}

enum { INDEXED_200 = 0x88 };

TEST(http_upgrade__extended_connect__a_reset_without_an_error_ends_the_peers_side) {
    static char bytes[H2_BYTES];
    test_server ts;
    REQUIRE(start(&ts, NULL));
    int fd = client_connect(&ts);
    h2_bytes out = {.data = bytes};
    h2_start(&out);
    connect_request(&out, 1, "Echo", NULL);
    EXPECT(client_send(fd, out.data, out.len));
    EXPECT_EQ(read_frame(fd, H2_HEADERS, 1), INDEXED_200);
    EXPECT_EQ(read_frame(fd, H2_DATA, 1), 'h');
    out.len = 0;
    h2_frame(&out, 0, H2_DATA, H2_END_STREAM, 1, "");
    h2_get(&out, 3); // the connection goes on
    EXPECT(client_send(fd, out.data, out.len));
    EXPECT_EQ(read_frame(fd, H2_HEADERS, 3), INDEXED_200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_upgrade__extended_connect_with_a_length__400) {
    static char bytes[H2_BYTES];
    test_server ts;
    REQUIRE(start(&ts, NULL));
    int fd = client_connect(&ts);
    h2_bytes out = {.data = bytes};
    h2_start(&out);
    connect_request(&out, 1, "echo", "5");
    EXPECT(client_send(fd, out.data, out.len));
    enum { INDEXED_400 = 0x8c };
    EXPECT_EQ(read_frame(fd, H2_HEADERS, 1), INDEXED_400);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_upgrade__streams_more_than_num_requests__requests_are_answered) {
    static char bytes[H2_BYTES];
    test_server ts;
    trt_http_limits limits = {.num_requests = 1};
    REQUIRE(start(&ts, &limits));
    int fd = client_connect(&ts);
    h2_bytes out = {.data = bytes};
    h2_start(&out);
    for (uint32_t i = 0; i < 3; i++) {
        connect_request(&out, 1 + 2 * i, "echo", NULL);
        EXPECT(client_send(fd, out.data, out.len));
        EXPECT_EQ(read_frame(fd, H2_DATA, 1 + 2 * i), 'h');
        out.len = 0;
    }
    h2_get(&out, 7);
    EXPECT(client_send(fd, out.data, out.len));
    EXPECT_EQ(read_frame(fd, H2_HEADERS, 7), INDEXED_200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}
