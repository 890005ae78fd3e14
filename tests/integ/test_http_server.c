// SPDX-License-Identifier: Apache-2.0
// The HTTP/1.1 server over loopback: connections, pipelining, bodies, limits, ends.
#include <tmlrt/log.h>

#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define MS  TRT_MS

TEST(http_server__keep_alive__one_connection_many_answers) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    for (int i = 0; i < 100; i++) {
        EXPECT(client_send_text(fd, GET));
        const char* answer = client_read(fd, false);
        EXPECT_EQ(client_status(answer), 200);
        EXPECT_STR(client_body(answer), "hello");
        EXPECT(answer != NULL && strstr(answer, "\r\nDate: ") != NULL);
        EXPECT(answer != NULL && strstr(answer, "Connection:") == NULL);
    }
    EXPECT_EQ(trt_http_server_num_conns(ts.server), 1);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__two_workers_many_connections__all_answered) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 2, NULL));
    int fds[64];
    for (int i = 0; i < 64; i++) {
        fds[i] = client_connect(&ts);
        EXPECT(client_send_text(fds[i], GET));
    }
    for (int i = 0; i < 64; i++) {
        EXPECT_EQ(client_status(client_read(fds[i], false)), 200);
    }
    for (int i = 0; i < 64; i++) {
        EXPECT_EQ(client_get(fds[i], "/nothing"), 404);
        client_close(fds[i]);
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

typedef struct sender {
    int fd;
    const char* data;
    size_t len;
    bool sent;
} sender;

static void* send_all(void* arg) {
    sender* s = arg;
    s->sent = client_send(s->fd, s->data, s->len);
    return NULL;
}

TEST(http_server__ten_thousand_requests_in_one_write__in_order_one_at_a_time) { // SQ11
    enum { NUM = 10000 };
    test_server ts;
    pthread_t thread;
    REQUIRE(test_server_start(&ts, 1, NULL));
    sender s = {.fd = client_connect(&ts)};
    char* all = malloc(NUM * 64);
    for (int i = 0; i < NUM; i++) {
        s.len += (size_t)sprintf(
            all + s.len, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n%05d", i);
    }
    s.data = all;
    REQUIRE(pthread_create(&thread, NULL, send_all, &s) == 0);
    for (int i = 0; i < NUM; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "%05d", i);
        if (strcmp(client_body(client_read(s.fd, false)), expected) != 0) {
            test_fail(__FILE__, __LINE__, "answer %d is missing or out of order", i);
            break;
        }
    }
    pthread_join(thread, NULL);
    EXPECT(s.sent);
    EXPECT_EQ(trt_atomic_load(&ts.max_running, TRT_SEQ_CST), 1);
    free(all);
    client_close(s.fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__head_204_and_framing_errors_of_the_handler__nothing_else_on_the_wire) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" GET)); // SQ14
    const char* answer = client_read(fd, true);
    EXPECT(answer != NULL && strstr(answer, "Content-Length: 5\r\n") != NULL);
    EXPECT_STR(client_body(client_read(fd, false)), "hello");
    EXPECT_EQ(client_get(fd, "/204"), 204); // SQ15
    EXPECT_EQ(client_get(fd, "/status99"), 500);
    EXPECT_EQ(client_get(fd, "/inject"), 500);
    EXPECT_EQ(client_get(fd, "/null"), 500);
    EXPECT_EQ(client_get(fd, "/detached"), 200);
    EXPECT_EQ(client_get(fd, "/"), 200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__long_heads_and_bodies__both_ways) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /big?3000000 HTTP/1.1\r\nHost: a\r\n\r\n" GET));
    const char* answer = client_read(fd, false);
    EXPECT_EQ(strlen(client_body(answer)), 3000000);
    EXPECT_STR(client_body(client_read(fd, false)), "hello");
    for (size_t len = 8100; len < 8300; len += 13) {
        char path[64];
        snprintf(path, sizeof path, "/big?%zu", len);
        EXPECT_EQ(client_get(fd, path), 200);
    }
    EXPECT_EQ(client_get(fd, "/fields?99"), 200);

    static char request[70000]; // a head of 30 KiB, in three pieces
    size_t len = (size_t)sprintf(request, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 4; i++) {
        len += (size_t)sprintf(request + len, "X-%d: ", i);
        memset(request + len, 'v', 7500);
        len += 7500;
        len += (size_t)sprintf(request + len, "\r\n");
    }
    len += (size_t)sprintf(request + len, "\r\n");
    EXPECT(client_send(fd, request, 9000));
    EXPECT(client_send(fd, request + 9000, 12000));
    EXPECT(client_send(fd, request + 21000, len - 21000));
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

static void echo(int fd, size_t len, bool chunked, size_t piece) {
    char* body = malloc(len + 1);
    for (size_t i = 0; i < len; i++) {
        body[i] = (char)('a' + i % 26);
    }
    body[len] = '\0';
    char head[128];
    if (chunked) {
        snprintf(head, sizeof head,
                 "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    } else {
        snprintf(head, sizeof head, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
                 len);
    }
    EXPECT(client_send_text(fd, head));
    for (size_t at = 0; at < len; at += piece) {
        size_t part = len - at < piece ? len - at : piece;
        char size[32];
        snprintf(size, sizeof size, "%zx\r\n", part);
        EXPECT(!chunked || client_send_text(fd, size));
        EXPECT(client_send(fd, body + at, part));
        EXPECT(!chunked || client_send_text(fd, "\r\n"));
    }
    EXPECT(!chunked || client_send_text(fd, "0\r\nX: y\r\n\r\n"));
    const char* answer = client_read(fd, false);
    EXPECT_EQ(client_status(answer), 200);
    EXPECT(strcmp(client_body(answer), body) == 0);
    free(body);
}

TEST(http_server__bodies_of_many_sizes__come_back_whole) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    static const size_t sizes[] = {1, 5, 4096, 16300, 16384, 20000, 40000, 65536, 300000, 1048576};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        echo(fd, sizes[i], false, 7777);
        echo(fd, sizes[i], true, 9999);
        echo(fd, sizes[i] < 2000 ? sizes[i] : 2000, true, 3);
    }
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__body_too_large__413_can_be_read_and_the_connection_ends) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT(
        client_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n"));
    static char some[100000];
    EXPECT(client_send(fd, some, sizeof some)); // unread by the server when it answers
    const char* answer = client_read(fd, false);
    EXPECT_EQ(client_status(answer), 413);
    EXPECT(answer != NULL && strstr(answer, "Connection: close") != NULL);
    EXPECT(client_at_end(fd));
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__malformed_after_good_ones__earlier_answers_then_400) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, GET GET "G(T / HTTP/1.1\r\n\r\n" GET));
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    EXPECT_EQ(client_status(client_read(fd, false)), 400);
    EXPECT(client_at_end(fd));
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__expect_continue__100_when_the_body_is_not_there_yet) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                                "Content-Length: 3\r\n\r\n"));
    EXPECT_EQ(client_status(client_read(fd, true)), 100);
    EXPECT(client_send_text(fd, "abc"));
    EXPECT_STR(client_body(client_read(fd, false)), "abc");
    // SQ06: refused early, the body that follows is never a request.
    EXPECT(client_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                                "Content-Length: 2000000\r\n\r\n"));
    EXPECT(client_send_text(fd, GET));
    EXPECT_EQ(client_status(client_read(fd, false)), 413);
    EXPECT(client_at_end(fd));
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__half_close__still_gets_its_answer) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, GET GET));
    shutdown(fd, SHUT_WR);
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    EXPECT(client_at_end(fd));
    client_close(fd);
    fd = client_connect(&ts); // SQ13
    EXPECT(client_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"));
    shutdown(fd, SHUT_WR);
    EXPECT_EQ(client_status(client_read(fd, false)), 400);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__half_close_while_the_handler_runs__still_gets_its_answer) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
    shutdown(fd, SHUT_WR);
    while (trt_atomic_load(&ts.started, TRT_SEQ_CST) == 0) {
    }
    test_server_open_gate(&ts);
    EXPECT_STR(client_body(client_read(fd, false)), "gate");
    EXPECT(client_at_end(fd));
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

static void wait_for(trt_atomic_u64* counter, uint64_t value) {
    for (int i = 0; i < 1 << 28 && trt_atomic_load(counter, TRT_SEQ_CST) < value; i++) {
    }
    EXPECT(trt_atomic_load(counter, TRT_SEQ_CST) >= value);
}

TEST(http_server__client_resets_mid_handler__safe_is_dropped_unsafe_finishes) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n"));
    wait_for(&ts.started, 1);
    client_reset(fd);
    wait_for(&ts.dropped, 1);
    fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "POST /gate HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
    wait_for(&ts.started, 2);
    client_reset(fd);
    fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200); // the reset was seen by now
    client_close(fd);
    EXPECT_EQ(trt_atomic_load(&ts.dropped, TRT_SEQ_CST), 2);
    test_server_open_gate(&ts);
    wait_for(&ts.dropped, 3);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__handler_too_slow__503_and_the_connection_goes_on) {
    test_server ts;
    trt_http_limits limits = {.handler_ns = 50 * MS};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, GET "GET /never HTTP/1.1\r\nHost: a\r\n\r\n" GET));
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    EXPECT_EQ(client_status(client_read(fd, false)), 503);
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// A small window makes the peer slow, the kernel's buffer hides from the server that it reads.
TEST(http_server__reader_slower_than_the_kernels_buffer__is_not_ended) {
    test_server ts;
    trt_http_limits limits = {.write_stall_ns = 1000 * MS, .write_rate = 240};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int fd = client_connect(&ts), window = 2048;
    struct timespec from, now;
    char piece[3000];
    EXPECT(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window) == 0);
    EXPECT(client_send_text(fd, "GET /big?15000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    clock_gettime(CLOCK_MONOTONIC, &from);
    do {
        if (recv(fd, piece, sizeof piece, 0) <= 0) {
            test_fail(__FILE__, __LINE__, "ended while it was reading");
            break;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - from.tv_sec < 4);
    client_reset(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__slow_heads_bodies_and_readers__are_ended) {
    test_server ts;
    trt_http_limits limits = {.head_timeout_ns = 60 * MS,
                              .keep_alive_ns = 60 * MS,
                              .body_grace_ns = 60 * MS,
                              .body_rate = 1000000000,
                              .write_stall_ns = 60 * MS,
                              .write_rate = 1000000000};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int head = client_connect(&ts), body = client_connect(&ts), idle = client_connect(&ts);
    int reader = client_connect(&ts), silent = client_connect(&ts);
    EXPECT(client_send_text(head, "GET / HT"));
    EXPECT(
        client_send_text(body, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"));
    EXPECT_EQ(client_get(idle, "/"), 200);
    EXPECT(client_send_text(reader, "GET /big?15000000 HTTP/1.1\r\nHost: a\r\n\r\n")); // SQ10
    EXPECT_EQ(client_status(client_read(head, false)), 408);
    EXPECT(client_at_end(head));
    EXPECT_EQ(client_status(client_read(body, false)), 408);
    EXPECT(client_at_end(body));
    EXPECT(client_at_end(idle));
    EXPECT(client_at_end(silent));
    client_close(head);
    client_close(body);
    client_close(idle);
    client_close(silent);
    while (trt_http_server_num_conns(ts.server) != 0) { // the reader that does not read
    }
    EXPECT(client_read(reader, false) == NULL);
    client_close(reader);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__too_many_from_one_source__refused) {
    test_server ts;
    trt_http_limits limits = {.conns_per_source = 4};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int fds[5];
    for (int i = 0; i < 5; i++) {
        fds[i] = client_connect(&ts);
        EXPECT_EQ(client_get(fds[i], "/"), i < 4 ? 200 : 0);
    }
    for (int i = 0; i < 5; i++) {
        client_close(fds[i]);
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__too_many_connections__the_longest_idle_one_makes_room) {
    test_server ts;
    trt_http_limits limits = {.num_conns = 3};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int fds[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = client_connect(&ts);
        EXPECT_EQ(client_get(fds[i], "/"), 200);
        if (i == 1) {
            EXPECT_EQ(client_get(fds[0], "/"), 200); // now 1 is idle for longer than 0
        }
    }
    EXPECT(client_at_end(fds[1]));
    EXPECT_EQ(client_get(fds[0], "/"), 200);
    for (int i = 0; i < 4; i++) {
        client_close(fds[i]);
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_server__graceful_stop__running_requests_finish_idle_ones_end) {
    test_server ts;
    trt_http_limits limits = {.lame_duck_ns = 100 * MS, .drain_ns = 3000 * MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    int idle = client_connect(&ts), busy = client_connect(&ts), late = -1;
    EXPECT_EQ(client_get(idle, "/"), 200);
    EXPECT(client_send_text(busy, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n" GET));
    wait_for(&ts.started, 2);
    trt_http_server_stop(ts.server, TRT_HTTP_STOP_GRACEFUL);
    late = client_connect(&ts); // the lame duck still takes and answers
    EXPECT(client_send_text(late, GET));
    const char* answer = client_read(late, false);
    EXPECT_EQ(client_status(answer), 200);
    EXPECT(answer != NULL && strstr(answer, "Connection: close") != NULL);
    EXPECT(client_at_end(idle));
    test_server_open_gate(&ts);
    answer = client_read(busy, false);
    EXPECT_STR(client_body(answer), "gate");
    EXPECT(answer != NULL && strstr(answer, "Connection: close") != NULL);
    EXPECT(client_at_end(busy));
    client_close(idle);
    client_close(busy);
    client_close(late);
    test_server_stop(&ts, TRT_HTTP_STOP_GRACEFUL);
}

static pthread_mutex_t s_log_lock = PTHREAD_MUTEX_INITIALIZER;
static char s_logged[1 << 16];

static void keep_log(void* arg, int32_t level, const char* module, const char* message) {
    (void)arg, (void)level, (void)module;
    pthread_mutex_lock(&s_log_lock);
    size_t len = strlen(s_logged);
    snprintf(s_logged + len, sizeof s_logged - len, "%s\n", message);
    pthread_mutex_unlock(&s_log_lock);
}

TEST(http_server__drain_runs_out__handlers_are_dropped_and_told) {
    test_server ts;
    trt_http_limits limits = {.drain_ns = 50 * MS};
    s_logged[0] = '\0';
    tmlrt_log_set(keep_log, NULL);
    REQUIRE(test_server_start(&ts, 2, &limits));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
    wait_for(&ts.started, 1);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    tmlrt_log_set(NULL, NULL);
    EXPECT(client_at_end(fd));
    client_close(fd);
    const char* left = strstr(s_logged, "1 connections did not end in time: aborted\n");
    EXPECT(left != NULL && strstr(left, "http_connection") != NULL);
}

TEST(http_server__stop_aborts__at_once) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 2, NULL));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n"));
    wait_for(&ts.started, 1);
    test_server_stop(&ts, TRT_HTTP_STOP_ABORT);
    EXPECT(client_at_end(fd));
    client_close(fd);
}

TEST(http_server__runtime_ends_first__nothing_leaks) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 2, NULL));
    int fd = client_connect(&ts), idle = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(client_get(idle, "/"), 200);
    wait_for(&ts.started, 2);
    EXPECT_EQ(tmlrt_runtime_shutdown(ts.runtime, 1000), TMLRT_OK);
    pthread_join(ts.thread, NULL);
    EXPECT(ts.status != TMLRT_OK);
    EXPECT(client_at_end(fd));
    client_close(fd);
    client_close(idle);
    trt_http_server_free(ts.server);
    tmlrt_runtime_free(ts.runtime);
    pthread_mutex_destroy(&ts.lock);
}

// ---- stopping under load ------------------------------------------------------------------------

typedef struct load {
    const test_server* ts;
    trt_atomic_u64* answered;
    uint64_t unanswered; ///< connection ended before the first byte of an answer
    uint64_t truncated;
} load;

static bool load_request(load* l, int fd) {
    if (!client_send_text(fd, GET)) {
        return false;
    }
    size_t len = 0;
    char answer[4096];
    while (len < sizeof answer - 1) {
        ssize_t got = recv(fd, answer + len, sizeof answer - 1 - len, 0);
        if (got <= 0) {
            l->unanswered += len == 0;
            l->truncated += len != 0;
            return false;
        }
        len += (size_t)got;
        answer[len] = '\0';
        if (len > 9 && memcmp(answer + len - 9, "\r\n\r\nhello", 9) == 0) {
            break;
        }
    }
    trt_atomic_add(l->answered, 1, TRT_SEQ_CST);
    return strstr(answer, "Connection: close") == NULL;
}

static void* load_thread(void* arg) {
    load* l = arg;
    int fd;
    while ((fd = client_connect(l->ts)) >= 0) {
        while (load_request(l, fd)) {
        }
        client_close(fd);
    }
    return NULL;
}

TEST(http_server__graceful_stop_under_load__no_answer_is_cut) {
    enum { NUM = 6 };
    test_server ts;
    trt_http_limits limits = {.lame_duck_ns = 100 * MS, .drain_ns = 2000 * MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    trt_atomic_u64 answered;
    pthread_t threads[NUM];
    load loads[NUM];
    trt_atomic_init(&answered, 0);
    for (int i = 0; i < NUM; i++) {
        loads[i] = (load){.ts = &ts, .answered = &answered};
        REQUIRE(pthread_create(&threads[i], NULL, load_thread, &loads[i]) == 0);
    }
    wait_for(&answered, 500);
    test_server_stop(&ts, TRT_HTTP_STOP_GRACEFUL);
    for (int i = 0; i < NUM; i++) {
        pthread_join(threads[i], NULL);
        EXPECT_EQ(loads[i].truncated, 0);
        EXPECT(loads[i].unanswered <=
               2); // connected in the instant in which one of the ports closed
    }
}

// A graceful stop with a request running, then a second signal: the request is dropped.
static void stop_by_signals(int first, int second, uint64_t lame_duck_ns) {
    test_server ts;
    trt_http_limits limits = {.lame_duck_ns = lame_duck_ns, .drain_ns = 60000 * MS};
    REQUIRE(test_server_start_signals(&ts, 2, &limits));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n"));
    wait_for(&ts.started, 1);
    kill(getpid(), first);
    while (!test_server_stopping(&ts)) {
    }
    kill(getpid(), second);
    EXPECT(client_at_end(fd));
    client_close(fd);
    test_server_join(&ts);
}

// Whoever has seen the port open may send the signal before the server's thread waits for it.
TEST(http_server__sigterm_before_the_wait__stops_all_the_same) {
    tmlrt_runtime* runtime;
    tmlrt_runtime_options workers = {.workers = 2};
    trt_http_options options = {.signals = true};
    trt_service service = {0};
    trt_http_server* server;
    REQUIRE(tmlrt_runtime_new(&runtime, &workers) == TMLRT_OK);
    (void)trt_addr_parse(&options.addr, "127.0.0.1", 0);
    REQUIRE(trt_http_server_start(&server, runtime, &options, &service) == TMLRT_OK);
    kill(getpid(), SIGTERM);
    EXPECT_EQ(trt_http_server_wait(server), TMLRT_OK);
    trt_http_server_free(server);
    tmlrt_runtime_free(runtime);
}

TEST(http_server__sigterm_then_another__aborts) {
    stop_by_signals(SIGTERM, SIGTERM, 60000 * MS);
    stop_by_signals(SIGINT, SIGTERM, 60000 * MS);
}
