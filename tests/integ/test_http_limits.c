// SPDX-License-Identifier: Apache-2.0
// What all connections of a server share: bytes held, memory, handles. A real server on loopback;
// how much memory the process has is made up.
#include "rt/os/clock.h"
#include "std/http/server/shard.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define MS  1000000ull

enum { BODY = 40000 }; // takes 64 KiB of the budget

static char s_body[BODY];

// All of a request but the last `missing` bytes of its body.
static void post(int fd, size_t missing) {
    char head[100];
    memset(s_body, 'x', sizeof s_body);
    snprintf(head, sizeof head, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
             BODY);
    EXPECT(client_send_text(fd, head));
    EXPECT(client_send(fd, s_body, sizeof s_body - missing));
}

static void await_u32(trt_atomic_u32* counter, uint32_t value) {
    for (int i = 0; i < 1 << 28 && trt_atomic_load(counter, TRT_SEQ_CST) != value; i++) {
    }
    EXPECT_EQ(trt_atomic_load(counter, TRT_SEQ_CST), value);
}

static void await_held(test_server* ts, uint64_t at_least) {
    trt_atomic_u64* held = &ts->server->budget.held;
    for (int i = 0; i < 1 << 28 && trt_atomic_load(held, TRT_SEQ_CST) < at_least; i++) {
    }
    EXPECT(trt_atomic_load(held, TRT_SEQ_CST) >= at_least);
}

// ---- what the service says about one request ----------------------------------------------------

TEST(http_limits__limit_of_a_request__smaller_and_larger_than_the_servers) {
    static const struct {
        const char *request, *why;
        int status;
    } rows[] = {
        {"POST /echo?4 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", NULL, 200},
        {"POST /echo?4 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "this route", 413},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", "this server", 413},
        {"POST /echo?12 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nabcdefghijkl", NULL, 200},
        {"POST /echo?4 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
         "2\r\n",
         "this route", 413},
        {"POST /echo?12 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
         "b\r\nabcdefghijk\r\n0\r\n\r\n",
         NULL, 200},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", "this server",
         413},
        {"POST /echo?4 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
         "this route", 413},
    };
    test_server ts;
    trt_http_limits limits = {.body_bytes = 10};
    REQUIRE(test_server_start(&ts, 1, &limits));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = client_connect(&ts);
        EXPECT(client_send_text(fd, rows[i].request));
        const char* answer = client_read(fd, false);
        REQUIRE(answer != NULL);
        EXPECT_EQ(client_status(answer), rows[i].status);
        if (rows[i].why != NULL && strstr(answer, rows[i].why) == NULL) {
            test_fail(__FILE__, __LINE__, "row %zu: %s", i, answer);
        }
        client_close(fd);
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__time_of_a_request__503_long_before_the_servers) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/never?20"), 503); // the server's are 30 s, the client waits 5
    EXPECT_EQ(client_get(fd, "/"), 200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    EXPECT_EQ(trt_atomic_load(&ts.started, TRT_SEQ_CST), trt_atomic_load(&ts.dropped, TRT_SEQ_CST));
}

// ---- what all share -----------------------------------------------------------------------------

TEST(http_limits__bodies_of_others_fill_the_budget__waits_until_there_is_room) {
    test_server ts;
    trt_http_limits limits = {.held_bytes = 65536, .held_wait_ns = 60000 * MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    int first = client_connect(&ts), second = client_connect(&ts);
    post(first, 1);
    await_held(&ts, 65536);
    post(second, 0);
    await_u32(&ts.server->budget.num_waiting, 1);
    EXPECT(client_send_text(first, "x"));
    EXPECT_EQ(client_status(client_read(first, false)), 200);
    const char* answer = client_read(second, false);
    EXPECT_EQ(client_status(answer), 200);
    EXPECT(memcmp(client_body(answer), s_body, sizeof s_body) == 0);
    EXPECT_EQ(client_get(second, "/"), 200); // and lives on
    EXPECT_EQ(trt_http_server_count(ts.server, TRT_HTTP_COUNT_held), 0);
    while (trt_atomic_load(&ts.server->budget.held, TRT_SEQ_CST) != 0) {
    }
    client_close(first);
    client_close(second);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__many_wait_for_one_body__all_go_on_when_it_is_answered) {
    enum { NUM = 60 };
    test_server ts;
    trt_http_limits limits = {.held_bytes = 65536, .held_wait_ns = 60000 * MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    int first = client_connect(&ts), waiting[NUM];
    post(first, 1);
    await_held(&ts, 65536);
    for (int i = 0; i < NUM; i++) {
        waiting[i] = client_connect(&ts);
        EXPECT(client_send_text(waiting[i], GET));
    }
    await_u32(&ts.server->budget.num_waiting, NUM);
    EXPECT(client_send_text(first, "x"));
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(client_status(client_read(waiting[i], false)), 200);
        client_close(waiting[i]);
    }
    client_close(first);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__no_room_in_time__503_and_the_others_finish) {
    test_server ts;
    trt_http_limits limits = {.held_bytes = 65536, .held_wait_ns = 50 * MS};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int first = client_connect(&ts), second = client_connect(&ts), third = client_connect(&ts);
    post(first, 1);
    await_held(&ts, 65536);
    post(second, 0);
    EXPECT(client_send_text(third, GET)); // nothing new is begun either
    const char* answer = client_read(second, false);
    EXPECT_EQ(client_status(answer), 503);
    EXPECT(answer != NULL && strstr(answer, "\r\nRetry-After: 1\r\n") != NULL);
    EXPECT(answer != NULL && strstr(answer, "\r\nConnection: close\r\n") != NULL);
    EXPECT(client_at_end(second));
    EXPECT_EQ(client_status(client_read(third, false)), 503);
    EXPECT(client_send_text(first, "x"));
    EXPECT_EQ(client_status(client_read(first, false)), 200);
    EXPECT_EQ(trt_http_server_count(ts.server, TRT_HTTP_COUNT_held), 2);
    client_close(first);
    client_close(second);
    client_close(third);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__the_one_who_waits_is_stopped__ends_at_once) {
    test_server ts;
    trt_http_limits limits = {.held_bytes = 65536, .held_wait_ns = 60000 * MS};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int first = client_connect(&ts), second = client_connect(&ts);
    post(first, 1);
    await_held(&ts, 65536);
    post(second, 0);
    await_u32(&ts.server->budget.num_waiting, 1);
    test_server_stop(&ts, TRT_HTTP_STOP_ABORT);
    EXPECT(client_at_end(second));
    client_close(first);
    client_close(second);
}

TEST(http_limits__answers_that_nobody_reads__count_as_held) {
    test_server ts;
    trt_http_limits limits = {.held_bytes = 1 << 20, .held_wait_ns = 50 * MS};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int reader = client_connect(&ts), other = client_connect(&ts);
    EXPECT(client_send_text(reader, "GET /big?15000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    await_held(&ts, 15000000);
    EXPECT_EQ(client_get(other, "/"), 503);
    client_close(other);
    char* piece = malloc(1 << 20);
    size_t got = 0;
    for (ssize_t len = 1; len > 0 && got < 15000000; got += len > 0 ? (size_t)len : 0) {
        len = recv(reader, piece, 1 << 20, 0);
    }
    EXPECT(got > 15000000);
    free(piece);
    EXPECT_EQ(client_get(reader, "/"), 200); // its exchange is over: nothing is held
    client_close(reader);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__small_chunks_of_a_small_body__hold_nothing) {
    static char request[200000];
    test_server ts;
    trt_http_limits limits = {.held_bytes = 1}; // not even one byte
    REQUIRE(test_server_start(&ts, 1, &limits));
    int fd = client_connect(&ts);
    size_t len = (size_t)sprintf(request, "POST /echo HTTP/1.1\r\nHost: a\r\n"
                                          "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 8000; i++) { // 48 KB on the wire
        len += (size_t)sprintf(request + len, "1\r\n%c\r\n", 'a' + i % 26);
    }
    len += (size_t)sprintf(request + len, "0\r\n\r\n");
    EXPECT(client_send(fd, request, len));
    const char* answer = client_read(fd, false);
    EXPECT_EQ(client_status(answer), 200);
    const char* body = client_body(answer);
    EXPECT_EQ(strlen(body), 8000);
    for (int i = 0; body[i] != '\0'; i++) {
        if (body[i] != 'a' + i % 26) {
            test_fail(__FILE__, __LINE__, "byte %d is wrong", i);
            break;
        }
    }
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// Between two bytes the connection gives its workspace back, and goes on in another.
static void drip(int fd, const char* text, size_t piece) {
    for (size_t at = 0, len = strlen(text); at < len; at += piece) {
        EXPECT(client_send(fd, text + at, len - at < piece ? len - at : piece));
        sched_yield();
    }
}

TEST(http_limits__slow_senders_side_by_side__each_gets_its_answer) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int a = client_connect(&ts), b = client_connect(&ts);
    for (size_t piece = 1; piece < 8; piece += 3) {
        drip(a, "POST /echo?q=1 HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nContent-Le", piece);
        drip(b, "POST /echo HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
             piece);
        drip(a, "ngth: 10\r\n\r\n01234", piece);
        drip(b, "cde\r\n1", piece);
        drip(b, "0\r\n0123456789abcdef\r\n0", piece);
        drip(a, "56789", piece);
        EXPECT_STR(client_body(client_read(a, false)), "0123456789");
        drip(b, "\r\nT: x\r\n\r\n", piece);
        EXPECT_STR(client_body(client_read(b, false)), "abcde0123456789abcdef");
    }
    client_close(a);
    client_close(b);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// The second head begins in the middle of the input, is moved to its front for the next read, and
// then set aside: longer and shorter than what lay before it.
TEST(http_limits__slow_head_behind_a_pipelined_request__is_answered) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    char text[1000];
    int fd = client_connect(&ts);
    for (int pad = 1; pad < 200; pad += 11) {
        snprintf(text, sizeof text, GET "GET /204 HTTP/1.1\r\nX-Pad: %0*d", pad, 0);
        EXPECT(client_send_text(fd, text));
        EXPECT_STR(client_body(client_read(fd, false)), "hello");
        drip(fd, "00000000\r\nHost: a\r\nX-More: b\r\n", 5);
        EXPECT(client_send_text(fd, "\r\n"));
        EXPECT_EQ(client_status(client_read(fd, true)), 204);
    }
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__slow_body_that_is_held__ends_with_the_connection) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    int fd = client_connect(&ts);
    post(fd, 10);
    await_held(&ts, 65536);
    drip(fd, "xxx", 1);
    client_reset(fd);
    while (trt_atomic_load(&ts.server->budget.held, TRT_SEQ_CST) != 0) {
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

static void set_memory(test_server* ts, uint64_t used, enum trt_memory_level level) {
    trt_atomic_store(&ts->memory, used, TRT_SEQ_CST);
    await_u32(&ts->server->budget.level, level);
}

TEST(http_limits__memory_over_the_soft_limit__new_requests_get_503) {
    test_server ts;
    trt_http_limits limits = {.memory_bytes = 1000, .held_bytes = 1 << 20, .memory_beat_ns = MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    int fd = client_connect(&ts), running = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200);
    EXPECT(client_send_text(running, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (trt_atomic_load(&ts.started, TRT_SEQ_CST) != 2) {
    }
    set_memory(&ts, 900, TRT_MEMORY_SOFT);
    EXPECT(client_send_text(fd, GET));
    const char* answer = client_read(fd, false);
    EXPECT_EQ(client_status(answer), 503);
    EXPECT(answer != NULL && strstr(answer, "\r\nRetry-After: 1\r\n") != NULL);
    EXPECT(client_at_end(fd));
    client_close(fd);
    fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 503);
    client_close(fd);
    test_server_open_gate(&ts); // what runs goes on
    EXPECT_STR(client_body(client_read(running, false)), "gate");
    client_close(running);
    set_memory(&ts, 100, TRT_MEMORY_OK); // no connection is open, yet it is noticed
    fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200);
    client_close(fd);
    EXPECT_EQ(trt_http_server_count(ts.server, TRT_HTTP_COUNT_overloaded), 2);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__memory_over_the_hard_limit__idle_ones_end_and_nothing_is_accepted) {
    test_server ts;
    trt_http_limits limits = {.memory_bytes = 1000, .held_bytes = 1 << 20, .memory_beat_ns = MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    int idle[8];
    for (int i = 0; i < 8; i++) {
        idle[i] = client_connect(&ts);
        EXPECT_EQ(client_get(idle[i], "/"), 200);
    }
    set_memory(&ts, 990, TRT_MEMORY_HARD);
    for (int i = 0; i < 8; i++) {
        EXPECT(client_at_end(idle[i]));
        client_close(idle[i]);
    }
    while (trt_http_server_num_conns(ts.server) != 0) {
    }
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, GET));
    EXPECT_EQ(trt_http_server_num_conns(ts.server), 0);
    set_memory(&ts, 100, TRT_MEMORY_OK);
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__all_connections_idle__memory_is_read_seldom_until_one_goes_on) {
    test_server ts;
    trt_http_limits limits = {.memory_bytes = 1000, .memory_beat_ns = MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    int quiet = client_connect(&ts), fd = client_connect(&ts);
    EXPECT_EQ(client_get(quiet, "/"), 200);
    EXPECT_EQ(client_get(fd, "/"), 200);
    await_u32(&ts.server->beating, 0); // though both are open
    EXPECT(client_send_text(fd, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
    await_u32(&ts.server->beating, 1);
    set_memory(&ts, 900, TRT_MEMORY_SOFT);
    set_memory(&ts, 100, TRT_MEMORY_OK);
    test_server_open_gate(&ts);
    EXPECT_STR(client_body(client_read(fd, false)), "gate");
    await_u32(&ts.server->beating, 0);
    client_close(fd);
    client_close(quiet);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// Between two requests the connection is idle: each of them finds the supervisor at rest.
TEST(http_limits__one_request_after_another__memory_is_read_by_time_not_by_request) {
    enum { REQUESTS = 400, BEAT_MS = 20 };
    test_server ts;
    trt_http_limits limits = {.memory_bytes = 1000, .memory_beat_ns = BEAT_MS * MS};
    REQUIRE(test_server_start(&ts, 1, &limits));
    int fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200);
    await_u32(&ts.server->beating, 0);
    uint64_t reads = trt_atomic_load(&ts.num_memory_reads, TRT_RELAXED), from_ns = trt_os_now_ns();
    for (int i = 0; i < REQUESTS; i++) {
        EXPECT_EQ(client_get(fd, "/"), 200);
    }
    uint64_t beats = (trt_os_now_ns() - from_ns) / (BEAT_MS * MS) + 2;
    EXPECT(trt_atomic_load(&ts.num_memory_reads, TRT_RELAXED) - reads <= beats);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_limits__stopped_while_memory_is_short__ends) {
    test_server ts;
    trt_http_limits limits = {.memory_bytes = 1000, .memory_beat_ns = MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    int fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200);
    set_memory(&ts, 990, TRT_MEMORY_HARD);
    test_server_stop(&ts, TRT_HTTP_STOP_GRACEFUL);
    client_close(fd);
}

TEST(http_limits__idle_connections_of_another_worker__make_room) {
    enum { NUM = 40, OPEN = 6 };
    test_server ts;
    trt_http_limits limits = {.num_conns = OPEN};
    REQUIRE(test_server_start(&ts, 2, &limits));
    int fds[NUM];
    for (int i = 0; i < NUM; i++) {
        fds[i] = client_connect(&ts);
        if (client_get(fds[i], "/") != 200) {
            test_fail(__FILE__, __LINE__, "connection %d was refused", i);
            break;
        }
    }
    EXPECT(trt_http_server_count(ts.server, TRT_HTTP_COUNT_shed) >= NUM - OPEN);
    EXPECT_EQ(trt_http_server_count(ts.server, TRT_HTTP_COUNT_conns_full), 0);
    for (int i = 0; i < NUM; i++) {
        client_close(fds[i]);
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

static int connect_with(int fd, const test_server* ts) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)ts->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval timeout = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    return connect(fd, (struct sockaddr*)&to, sizeof to);
}

/// Waits until one more of the sockets has been closed by the server, and marks it with -1.
static bool one_ends(int* fds, int num) {
    struct pollfd polls[16];
    for (int i = 0; i < num; i++) {
        polls[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    }
    if (poll(polls, (nfds_t)num, 5000) <= 0) {
        return false;
    }
    for (int i = 0; i < num; i++) {
        if (polls[i].revents != 0) {
            shutdown(fds[i], SHUT_RDWR); // the number stays taken: it is below the limit
            fds[i] = -1 - fds[i];
            return true;
        }
    }
    return false;
}

TEST(http_limits__no_free_handles__idle_connections_make_room_for_new_ones) {
    enum { NUM = 8 };
    test_server ts;
    struct rlimit former, low;
    int idle[NUM], fresh[NUM], filler[64], num_filler = 0, num_answered = 0;
    REQUIRE(test_server_start(&ts, 1, NULL));
    for (int i = 0; i < NUM; i++) {
        idle[i] = client_connect(&ts);
        EXPECT_EQ(client_get(idle[i], "/"), 200);
    }
    for (int i = 0; i < NUM; i++) {
        fresh[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    }
    getrlimit(RLIMIT_NOFILE, &former);
    low = former;
    low.rlim_cur = (rlim_t)fresh[NUM - 1] + 1;
    setrlimit(RLIMIT_NOFILE, &low);
    while (num_filler < 64 && (filler[num_filler] = dup(fresh[0])) >= 0) { // holes below the limit
        num_filler++;
    }
    // Each one that is refused has an idle one closed, sooner or later: that is its peer's news.
    for (int i = 0; i < NUM && num_answered == 0; i++) {
        EXPECT_EQ(connect_with(fresh[i], &ts), 0);
        num_answered += client_get(fresh[i], "/") == 200;
        EXPECT(num_answered != 0 || one_ends(idle, NUM));
    }
    setrlimit(RLIMIT_NOFILE, &former);
    EXPECT(num_answered >= 1);
    EXPECT(trt_http_server_count(ts.server, TRT_HTTP_COUNT_shed) >= 1);
    for (int i = 0; i < num_filler; i++) {
        close(filler[i]);
    }
    for (int i = 0; i < NUM; i++) {
        client_close(idle[i] < 0 ? -1 - idle[i] : idle[i]);
        client_close(fresh[i]);
    }
    // With handles it takes everybody again. Room that was asked for before may still be made, but
    // never of somebody who came after.
    int fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

#ifndef __has_feature // gcc
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

// In a child whose /proc is empty. 77: that cannot be had here.
static int start_without_proc(void) {
    tmlrt_runtime* runtime;
    tmlrt_runtime_options workers = {.workers = 2};
    trt_http_options options = {0};
    trt_service service = {0};
    trt_http_server* server = NULL;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        mount("none", "/proc", "tmpfs", 0, NULL) != 0) {
        return 77;
    }
    (void)trt_addr_parse(&options.addr, "127.0.0.1", 0);
    if (tmlrt_runtime_new(&runtime, &workers) != TMLRT_OK ||
        trt_http_server_start(&server, runtime, &options, &service) != TMLRT_OK) {
        return 1;
    }
    trt_http_server_stop(server, TRT_HTTP_STOP_NOW);
    return trt_http_server_wait(server) == TMLRT_OK ? 0 : 2;
}

TEST(http_limits__the_system_does_not_tell_the_memory__serves_all_the_same) {
    if (SANITIZED) {
        test_skip("the sanitizer reads /proc itself");
        return;
    }
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(start_without_proc());
    }
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        test_skip("no name spaces of one's own here");
        return;
    }
    EXPECT_EQ(WEXITSTATUS(status), 0);
}
