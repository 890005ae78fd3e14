// SPDX-License-Identifier: Apache-2.0
// Too much to do: requests that are turned away, by number and by how long tasks wait.
#include "std/http/server/shard.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static void await_u32(trt_atomic_u32* counter, uint32_t value) {
    for (int i = 0; i < 1 << 28 && trt_atomic_load(counter, TRT_SEQ_CST) != value; i++) {
    }
    EXPECT_EQ(trt_atomic_load(counter, TRT_SEQ_CST), value);
}

TEST(http_overload__num_requests_are_running__503_and_the_connection_stays) {
    test_server ts;
    trt_http_limits limits = {.num_requests = 2};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int waiting[2], fd = client_connect(&ts);
    for (uint32_t i = 0; i < 2; i++) {
        waiting[i] = client_connect(&ts);
        EXPECT(client_send_text(waiting[i], "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
        await_u32(&ts.running, i + 1);
    }
    EXPECT(client_send_text(fd, GET));
    const char* answer = client_read(fd, false);
    EXPECT_EQ(client_status(answer), 503);
    EXPECT(answer != NULL && strstr(answer, "\r\nRetry-After: 1\r\n") != NULL);
    EXPECT(answer != NULL && strstr(answer, "Connection: close") == NULL);
    EXPECT_EQ(trt_http_server_count(ts.server, TRT_HTTP_COUNT_requests_full), 1);
    static char body[40000];
    EXPECT(client_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n"));
    EXPECT(client_send(fd, body, sizeof body));
    EXPECT_EQ(client_status(client_read(fd, false)), 503); // its body was read
    test_server_open_gate(&ts);
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(client_status(client_read(waiting[i], false)), 200);
        client_close(waiting[i]);
    }
    EXPECT_EQ(client_get(fd, "/"), 200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// The same over HTTP/2: of two streams of one connection the second is turned away.
TEST(http_overload__num_requests_are_running__a_stream_is_answered_with_503) {
    static const char frames[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                 "\0\0\0\4\0\0\0\0\0"         // SETTINGS
                                 "\0\0\14\1\5\0\0\0\1"        // HEADERS of stream 1
                                 "\x82\x86\x44\5/gate\x41\1a" // GET http /gate, authority a
                                 "\0\0\6\1\5\0\0\0\3\x82\x86\x84\x41\1a"; // and stream 3: /
    test_server ts;
    trt_http_options options = {.limits = {.num_requests = 1}, .spoken = {.h2c = true}};
    trt_atomic_u64* turned_away;
    REQUIRE(test_server_start_options(&ts, 1, &options));
    turned_away = &ts.server->counts.values[TRT_HTTP_COUNT_requests_full];
    int fd = client_connect(&ts);
    EXPECT(client_send(fd, frames, sizeof frames - 1));
    for (int i = 0; i < 1 << 28 && trt_atomic_load(turned_away, TRT_SEQ_CST) == 0; i++) {
    }
    EXPECT_EQ(trt_atomic_load(turned_away, TRT_SEQ_CST), 1);
    for (int i = 0; i < 1 << 28 && trt_atomic_load(&ts.started, TRT_SEQ_CST) == 0; i++) {
    }
    EXPECT_EQ(trt_atomic_load(&ts.started, TRT_SEQ_CST), 1); // the one, and not the other
    test_server_open_gate(&ts);
    await_u32(&ts.running, 0);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// With limits of a nanosecond a worker is behind after two looks, and looks as long as requests
// come; none of them waits for anything here, as handlers that only compute do not.
static void expect_lag_and_end(test_server* ts) {
    int fd = client_connect(ts), status = 0;
    for (int i = 0; i < 1 << 20 && (status = client_get(fd, "/")) == 200; i++) {
    }
    EXPECT_EQ(status, 503);
    EXPECT(trt_http_server_count(ts->server, TRT_HTTP_COUNT_lagging) != 0);
    for (int i = 0; i < 20 && status == 503; i++) { // longer and longer pauses
        for (int k = 0; k < 1 << (10 + i); k++) {
            (void)trt_atomic_load(&ts->started, TRT_SEQ_CST);
        }
        status = client_get(fd, "/");
    }
    EXPECT_EQ(status, 200);
    client_close(fd);
}

TEST(http_overload__tasks_wait_too_long__503_until_none_waits) {
    test_server ts;
    trt_http_limits limits = {.queue_delay_ns = 1, .queue_interval_ns = 1};
    REQUIRE(test_server_start(&ts, 1, &limits));
    expect_lag_and_end(&ts);
    expect_lag_and_end(&ts);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}
