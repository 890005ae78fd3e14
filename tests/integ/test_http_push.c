// SPDX-License-Identifier: Apache-2.0
// Server push over a real server: nghttp2's client, and a service that promises what its query
// says.
#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <tmlrt/http/body.h>

#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// ---- the service --------------------------------------------------------------------------------

static trt_atomic_u32 s_dropped; // of /never, as bits of why

static tmlrt_response* text(tmlrt_context* cx, const char* body) {
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    if (response != NULL &&
        tmlrt_response_body(response, "text/plain", body, strlen(body)) != TMLRT_OK) {
        return NULL;
    }
    return response;
}

// "/push?/a,/b" promises both; "/never" does not answer; every other path answers with itself and
// with what it was asked with.
static tmlrt_poll start_service(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    const tmlrt_request* request = &exchange->request;
    (void)self;
    if (strcmp(request->path.data, "/never") == 0) {
        return TMLRT_PENDING;
    }
    if (strcmp(request->path.data, "/push") != 0) {
        char body[200];
        const char* accept = tmlrt_request_header(request, "accept");
        snprintf(body, sizeof body, "%s %s", request->path.data, accept != NULL ? accept : "-");
        exchange->response = text(cx, body);
        return TMLRT_READY;
    }
    tmlrt_response* fields = tmlrt_response_new(cx, 200);
    if (fields == NULL || tmlrt_response_header(fields, "Accept", "text/css") != TMLRT_OK) {
        return TMLRT_READY;
    }
    char targets[200];
    snprintf(targets, sizeof targets, "%s",
             request->query.len != 0 ? request->query.data : "/again");
    int32_t status = TMLRT_OK;
    for (char *at = targets, *comma; status == TMLRT_OK && at != NULL; at = comma) {
        comma = strchr(at, ',');
        if (comma != NULL) {
            *comma++ = '\0';
        }
        status = tmlrt_request_push(cx, "GET", at, fields);
    }
    exchange->response = text(cx, status == TMLRT_OK              ? "promised"
                                  : status == TMLRT_E_UNSUPPORTED ? "unsupported"
                                                                  : "no");
    return TMLRT_READY;
}

static tmlrt_poll poll_service(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    (void)self, (void)exchange, (void)cx;
    return TMLRT_PENDING;
}

static void drop_service(void* self, trt_exchange* exchange) {
    (void)self;
    if (exchange->request.path.len == 6 && strcmp(exchange->request.path.data, "/never") == 0) {
        trt_atomic_or(&s_dropped, 1u << exchange->request.cancelled, TRT_SEQ_CST);
    }
}

static bool start(test_server* ts, uint64_t pushes) {
    trt_service service = {.start = start_service, .poll = poll_service, .drop = drop_service};
    trt_http_options options = {.limits = {.h2_pushes = pushes}, .spoken = {.h2c = true}};
    trt_atomic_store(&s_dropped, 0, TRT_SEQ_CST);
    return test_server_start_service(ts, 1, &options, &service);
}

// ---- the client ---------------------------------------------------------------------------------

typedef struct client {
    nghttp2_session* session;
    int fd;
    bool refuses;       // each promise, when it is there
    uint32_t num_told;  // promises
    uint32_t num_ended; // streams
    char said[512];     // bodies, each behind its stream's id
    char promised[256]; // paths
} client;

static void say(char* out, size_t cap, const char* format, int id, const char* data, size_t len) {
    size_t at = strlen(out);
    (void)snprintf(out + at, cap - at, format, id, (int)len, data);
}

static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                     size_t name_len, const uint8_t* value, size_t value_len, uint8_t flags,
                     void* user) {
    client* c = user;
    (void)session, (void)flags;
    if (frame->hd.type == NGHTTP2_PUSH_PROMISE && name_len == 5 && memcmp(name, ":path", 5) == 0) {
        say(c->promised, sizeof c->promised, "%d=%.*s ", frame->push_promise.promised_stream_id,
            (const char*)value, value_len);
    }
    return 0;
}

static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    client* c = user;
    if (frame->hd.type == NGHTTP2_PUSH_PROMISE) {
        c->num_told++;
        if (c->refuses) {
            EXPECT_EQ(nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE,
                                                frame->push_promise.promised_stream_id,
                                                NGHTTP2_CANCEL),
                      0);
        }
    }
    return 0;
}

static int on_data(nghttp2_session* session, uint8_t flags, int32_t id, const uint8_t* data,
                   size_t len, void* user) {
    client* c = user;
    (void)session, (void)flags;
    say(c->said, sizeof c->said, "%d=%.*s; ", id, (const char*)data, len);
    return 0;
}

static int on_close(nghttp2_session* session, int32_t id, uint32_t code, void* user) {
    (void)session, (void)id, (void)code;
    ((client*)user)->num_ended++;
    return 0;
}

static void open_client(client* c, const test_server* ts, bool takes) {
    nghttp2_session_callbacks* callbacks;
    *c = (client){.fd = client_connect(ts)};
    EXPECT_EQ(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    EXPECT_EQ(nghttp2_session_client_new(&c->session, callbacks, c), 0);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry entry = {NGHTTP2_SETTINGS_ENABLE_PUSH, takes};
    EXPECT_EQ(nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, &entry, 1), 0);
}

static void close_client(client* c) {
    nghttp2_session_del(c->session);
    client_close(c->fd);
}

static void ask(client* c, const char* path) {
#define FIELD(n, v) {(uint8_t*)(n), (uint8_t*)(v), sizeof(n) - 1, strlen(v), NGHTTP2_NV_FLAG_NONE}
    const nghttp2_nv fields[] = {FIELD(":method", "GET"), FIELD(":scheme", "http"),
                                 FIELD(":authority", "a.test"), FIELD(":path", path)};
#undef FIELD
    EXPECT(nghttp2_submit_request(c->session, NULL, fields, 4, NULL, NULL) > 0);
}

// False: the server is gone.
static bool give(client* c) {
    const uint8_t* data;
    ssize_t len;
    while ((len = nghttp2_session_mem_send(c->session, &data)) > 0) {
        if (!client_send(c->fd, data, (size_t)len)) {
            return false;
        }
    }
    return true;
}

// Talks until so many streams have ended and so many promises have come.
static void talk(client* c, uint32_t ended, uint32_t told) {
    for (int i = 0; i < 1000; i++) {
        uint8_t data[4096];
        struct pollfd pollfd = {.fd = c->fd, .events = POLLIN};
        EXPECT(give(c));
        if (c->num_ended >= ended && c->num_told >= told) {
            return;
        }
        ssize_t got = poll(&pollfd, 1, 10000) > 0 ? recv(c->fd, data, sizeof data, 0) : 0;
        if (got <= 0) {
            break;
        }
        EXPECT_EQ(nghttp2_session_mem_recv(c->session, data, (size_t)got), got);
    }
    test_fail(__FILE__, __LINE__, "%u of %u streams have ended, %u of %u promises are there",
              c->num_ended, ended, c->num_told, told);
}

static void await_dropped(uint32_t reasons) {
    while (trt_atomic_load(&s_dropped, TRT_SEQ_CST) == 0) {
        sched_yield();
    }
    EXPECT_EQ(trt_atomic_load(&s_dropped, TRT_SEQ_CST), reasons);
}

// ---- cases --------------------------------------------------------------------------------------

TEST(http_push__promised__answered_as_any_request_with_the_promises_fields) {
    static client c;
    test_server ts;
    REQUIRE(start(&ts, 10));
    open_client(&c, &ts, true);
    ask(&c, "/push?/a.css,/b.css");
    talk(&c, 3, 2);
    EXPECT_STR(c.promised, "2=/a.css 4=/b.css ");
    EXPECT(strstr(c.said, "1=promised; ") != NULL);
    EXPECT(strstr(c.said, "2=/a.css text/css; ") != NULL);
    EXPECT(strstr(c.said, "4=/b.css text/css; ") != NULL);
    close_client(&c);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_push__off_or_refused_by_the_client__the_answer_alone) {
    for (int off = 0; off < 2; off++) {
        static client c;
        test_server ts;
        REQUIRE(start(&ts, off ? 0 : 10));
        open_client(&c, &ts, off);
        ask(&c, "/push?/a.css");
        talk(&c, 1, 0);
        ask(&c, "/b");
        talk(&c, 2, 0);
        EXPECT_STR(c.said, "1=promised; 3=/b -; ");
        EXPECT_EQ(c.num_told, 0);
        close_client(&c);
        test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    }
}

TEST(http_push__over_http1__unsupported) {
    test_server ts;
    REQUIRE(start(&ts, 10));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /push?/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_STR(client_body(client_read(fd, false)), "unsupported");
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_push__more_than_the_limit__the_rest_is_not_promised) {
    static client c;
    test_server ts;
    REQUIRE(start(&ts, 2));
    open_client(&c, &ts, true);
    ask(&c, "/push?/never,/b,/c,/d");
    talk(&c, 2, 2);
    EXPECT_STR(c.promised, "2=/never 4=/b ");
    EXPECT(strstr(c.said, "4=/b text/css; ") != NULL);
    close_client(&c);
    await_dropped(1u << TMLRT_CANCEL_CLIENT_GONE);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_push__client_resets_the_promise__its_handler_is_dropped) {
    static client c;
    test_server ts;
    REQUIRE(start(&ts, 1));
    open_client(&c, &ts, true);
    c.refuses = true;
    ask(&c, "/push?/never");
    talk(&c, 2, 1);
    await_dropped(1u << TMLRT_CANCEL_CLIENT_GONE);
    c.refuses = false;
    ask(&c, "/push?/b"); // there is room again
    talk(&c, 4, 2);
    EXPECT(strstr(c.said, "4=/b text/css; ") != NULL);
    close_client(&c);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_push__a_promise_of_a_promise__is_not_made) {
    static client c;
    test_server ts;
    REQUIRE(start(&ts, 10));
    open_client(&c, &ts, true);
    ask(&c, "/push?/push");
    talk(&c, 2, 1);
    ask(&c, "/b");
    talk(&c, 3, 1);
    EXPECT_EQ(c.num_told, 1);
    close_client(&c);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_push__server_stops__what_was_promised_is_answered) {
    static client c;
    test_server ts;
    REQUIRE(start(&ts, 10));
    open_client(&c, &ts, true);
    ask(&c, "/push?/a");
    talk(&c, 2, 1);
    trt_http_server_stop(ts.server, TRT_HTTP_STOP_GRACEFUL);
    close_client(&c);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_push__every_allocation_fails_once__the_next_request_works) {
    for (uint64_t nth = 1; nth < 400; nth++) {
        static client c;
        test_server ts;
        REQUIRE(start(&ts, 10));
        open_client(&c, &ts, true);
        ask(&c, "/push?/a,/b");
        test_allocator_fail_at(nth);
        for (bool over = !give(&c); !over;) {
            uint8_t data[4096];
            struct pollfd pollfd = {.fd = c.fd, .events = POLLIN};
            ssize_t got = poll(&pollfd, 1, 10000) > 0 ? recv(c.fd, data, sizeof data, 0) : 0;
            if (got > 0) {
                EXPECT_EQ(nghttp2_session_mem_recv(c.session, data, (size_t)got), got);
            }
            over = got <= 0 || !give(&c) ||
                   c.num_ended > c.num_told; // the request, and what it promised
        }
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        int fd = client_connect(&ts);
        EXPECT_EQ(client_get(fd, "/"), 200);
        client_close(fd);
        close_client(&c);
        test_server_stop(&ts, TRT_HTTP_STOP_NOW);
        if (!hit) {
            return;
        }
    }
    EXPECT(!"the sweep ended");
}
