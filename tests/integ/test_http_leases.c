// SPDX-License-Identifier: Apache-2.0
// What a request may ask for (server/lease.h): a token that tells why it ends, a scope whose tasks
// end with it.
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <stdio.h>

static uint32_t read32(trt_atomic_u32* word) {
    return trt_atomic_load(word, TRT_SEQ_CST);
}
static void wait_started(test_server* ts, uint64_t num) {
    while (trt_atomic_load(&ts->started, TRT_SEQ_CST) < num) {
    }
}
static void wait_dropped(test_server* ts, uint64_t num) {
    while (trt_atomic_load(&ts->dropped, TRT_SEQ_CST) < num) {
    }
}

TEST(lease__each_way_a_request_ends_early__its_token_has_the_reason) {
    test_server ts;
    for (int how = 0; how < 4; how++) {
        if (!test_server_start(&ts, 2, NULL)) {
            return;
        }
        int fd = client_connect(&ts);
        // Unsafe: a client that is gone is told, and the handler goes on and answers.
        client_send_text(fd, how == 0
                                 ? "POST /told HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
                             : how == 1 ? "GET /told HTTP/1.1\r\nHost: a\r\n\r\n"
                             : how == 2 ? "GET /told?20 HTTP/1.1\r\nHost: a\r\n\r\n"
                                        : "GET /told HTTP/1.1\r\nHost: a\r\n\r\n");
        wait_started(&ts, 1);
        static const tmlrt_cancel_reason expected[] = {
            TMLRT_CANCEL_CLIENT_GONE, TMLRT_CANCEL_CLIENT_GONE, TMLRT_CANCEL_DEADLINE,
            TMLRT_CANCEL_SHUTDOWN};
        if (how < 2) {
            client_reset(fd);
            wait_dropped(&ts, 1);
        } else if (how == 2) {
            EXPECT_EQ(client_status(client_read(fd, false)), 503);
            wait_dropped(&ts, 1);
        } else {
            trt_http_server_stop(ts.server, TRT_HTTP_STOP_NOW);
            const char* answer = client_read(fd, false); // it had time to say so
            EXPECT_EQ(client_status(answer), 200);
            EXPECT_STR(client_body(answer), "3");
            wait_dropped(&ts, 1);
        }
        EXPECT_EQ(read32(&ts.reasons), 1u << expected[how]);
        if (how >= 2) {
            client_close(fd);
        }
        test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    }
}

TEST(lease__the_server_aborts__shutdown) {
    test_server ts;
    if (!test_server_start(&ts, 2, NULL)) {
        return;
    }
    int fd = client_connect(&ts);
    client_send_text(fd, "GET /told HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_started(&ts, 1);
    test_server_stop(&ts, TRT_HTTP_STOP_ABORT);
    EXPECT_EQ(read32(&ts.reasons), 1u << TMLRT_CANCEL_SHUTDOWN);
    client_close(fd);
}

// features: 0 live tasks after the response.
TEST(lease__tasks_of_requests__none_is_left_after_the_answers) {
    enum { REQUESTS = 40, CHILDREN = 5 };
    test_server ts;
    if (!test_server_start(&ts, 2, NULL)) {
        return;
    }
    int fd = client_connect(&ts);
    for (int i = 0; i < REQUESTS; i++) {
        EXPECT_EQ(client_get(fd, "/children?5"), 200);
    }
    EXPECT_EQ(trt_atomic_load(&ts.num_children, TRT_SEQ_CST), REQUESTS * CHILDREN);
    while (read32(&ts.live) != 0) { // the last ones are dropped by their workers
    }
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// A scope of the handler's own that nobody gives up, as after a panic: the exchange ends it.
TEST(lease__a_scope_that_is_left__ends_with_the_exchange_not_with_the_connection) {
    test_server ts;
    if (!test_server_start(&ts, 2, NULL)) {
        return;
    }
    int fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/own?3"), 200);
    while (read32(&ts.live) != 0) {
    }
    EXPECT_EQ(tmlrt_cancel_token_reason(tmlrt_scope_token(ts.own)), TMLRT_CANCEL_ABORT);
    EXPECT_EQ(client_get(fd, "/"), 200); // the connection lives
    client_close(fd);
    tmlrt_scope_free(ts.own);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(lease__nobody_asks__no_allocation) {
    test_server ts;
    if (!test_server_start(&ts, 1, NULL)) {
        return;
    }
    int fd = client_connect(&ts);
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(client_get(fd, "/"), 200);
    }
    uint64_t calls = test_allocator_calls();
    for (int i = 0; i < 20; i++) {
        EXPECT_EQ(client_get(fd, "/"), 200);
    }
    EXPECT_EQ(test_allocator_calls(), calls);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}
