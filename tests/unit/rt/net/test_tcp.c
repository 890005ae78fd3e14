// SPDX-License-Identifier: Apache-2.0
// TCP over a reactor that the test turns itself; timers on a virtual clock; loopback, port 0.
#include "rt/net/tcp.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <tmlrt/log.h>

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct fixture {
    trt_reactor* reactor;
    trt_timer_driver timers;
    uint64_t now_ns;
    uint32_t unparks;
    trt_tcp_listener listener;
    trt_tcp client, server;
    trt_addr peer;
    test_waker reader, writer;
} fixture;

static uint64_t fixture_now(void* clock) {
    return ((fixture*)clock)->now_ns;
}
static void fixture_unpark(void* owner) {
    ((fixture*)owner)->unparks++;
}

// A context of the given waker with a full budget.
static tmlrt_context* cx(test_waker* w) {
    return test_waker_context(w);
}

static void turn(fixture* f) {
    uint32_t woken;
    EXPECT_EQ(trt_reactor_turn(f->reactor, 2000000000ull, &woken), TMLRT_OK);
}

static bool open_listener(fixture* f, const char* address) {
    trt_addr addr;
    memset(f, 0, sizeof(*f));
    f->now_ns = 1;
    trt_timer_driver_init(&f->timers, fixture_unpark, f, fixture_now, f);
    bool ok = trt_reactor_new(&f->reactor) == TMLRT_OK &&
              trt_addr_parse(&addr, address, 0) == TMLRT_OK &&
              trt_tcp_listen(&f->listener, f->reactor, &f->timers, &addr, NULL) == TMLRT_OK;
    EXPECT(ok);
    return ok;
}

static tmlrt_status accept_wait(fixture* f) {
    tmlrt_status status = TMLRT_E_OS;
    while (trt_tcp_poll_accept(&f->listener, cx(&f->reader), &f->server, &f->peer, &status) ==
           TMLRT_PENDING) {
        turn(f);
    }
    return status;
}

// Connects and accepts; afterwards nobody waits for anything.
static bool setup(fixture* f, const char* address) {
    tmlrt_status status;
    if (!open_listener(f, address)) {
        return false;
    }
    bool ok = trt_tcp_connect(&f->client, f->reactor, &f->listener.bound) == TMLRT_OK;
    while (ok && trt_tcp_poll_connect(&f->client, cx(&f->writer), &status) == TMLRT_PENDING) {
        turn(f);
    }
    ok = ok && status == TMLRT_OK && accept_wait(f) == TMLRT_OK;
    EXPECT(ok);
    return ok;
}

static void teardown(fixture* f) {
    trt_tcp_close(&f->client, false);
    trt_tcp_close(&f->server, false);
    trt_tcp_listener_close(&f->listener);
    trt_tcp_listener_close(&f->listener);
    EXPECT_EQ(test_waker_refs(&f->reader), 0);
    EXPECT_EQ(test_waker_refs(&f->writer), 0);
    trt_reactor_free(f->reactor);
    trt_timer_driver_fini(&f->timers);
}

static tmlrt_poll write_text(fixture* f, trt_tcp* tcp, const char* text, trt_io_result* result) {
    tmlrt_slice slice = {text, strlen(text)};
    return trt_tcp_poll_writev(tcp, cx(&f->writer), &slice, 1, result);
}

// Reads, turning the reactor while nothing is there.
static trt_io_result read_wait(fixture* f, trt_tcp* tcp, char* out, size_t cap) {
    trt_io_result result = {TMLRT_E_OS, 0};
    while (trt_tcp_poll_read(tcp, cx(&f->reader), out, cap, &result) == TMLRT_PENDING) {
        turn(f);
    }
    return result;
}

static void exchange_over(const char* address) {
    fixture f;
    char buffer[64];
    trt_io_result result;
    REQUIRE(setup(&f, address));
    EXPECT(f.peer.port != 0 && f.peer.family == f.listener.bound.family);
    EXPECT_EQ(trt_tcp_poll_read(&f.server, cx(&f.reader), buffer, 8, &result), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&f.reader), 1); // found nothing, forgot the readiness, waits
    EXPECT_EQ(write_text(&f, &f.client, "ping", &result), TMLRT_READY);
    EXPECT(result.status == TMLRT_OK && result.len == 4);
    result = read_wait(&f, &f.server, buffer, sizeof(buffer));
    EXPECT(result.len == 4 && memcmp(buffer, "ping", 4) == 0);
    // The short read has told that nothing is left: not readable, and no system call to find out.
    EXPECT_EQ(trt_tcp_poll_readable(&f.server, cx(&f.reader)), TMLRT_PENDING);
    EXPECT_EQ(write_text(&f, &f.client, "again", &result), TMLRT_READY);
    uint32_t wakes = test_waker_wakes(&f.reader);
    while (test_waker_wakes(&f.reader) == wakes) {
        turn(&f);
    }
    EXPECT_EQ(trt_tcp_poll_readable(&f.server, cx(&f.reader)), TMLRT_READY);
    EXPECT_EQ(read_wait(&f, &f.server, buffer, 3).len, 3);
    EXPECT_EQ(trt_tcp_poll_readable(&f.server, cx(&f.reader)), TMLRT_READY); // a full read
    EXPECT_EQ(read_wait(&f, &f.server, buffer, 3).len, 2);
    teardown(&f);
}

TEST(tcp__exchange_over_ipv4__bytes_arrive_and_readiness_follows) {
    exchange_over("127.0.0.1");
}

TEST(tcp__exchange_over_ipv6__bytes_arrive_and_readiness_follows) {
    exchange_over("::1");
}

TEST(tcp_poll_read__peer_finishes__end_of_stream_then_writing_still_works) {
    fixture f;
    char buffer[64];
    trt_io_result result;
    REQUIRE(setup(&f, "127.0.0.1"));
    EXPECT_EQ(write_text(&f, &f.client, "last", &result), TMLRT_READY);
    trt_tcp_shutdown_write(&f.client);
    result = read_wait(&f, &f.server, buffer, sizeof(buffer)); // short, the end comes behind it
    EXPECT_EQ(result.len, 4);
    result = read_wait(&f, &f.server, buffer, sizeof(buffer));
    EXPECT(result.status == TMLRT_OK && result.len == 0);
    result = read_wait(&f, &f.server, buffer, sizeof(buffer)); // and again
    EXPECT(result.status == TMLRT_OK && result.len == 0);
    EXPECT(!trt_tcp_hung_up(&f.server)); // a half-close still gets its answer
    EXPECT_EQ(trt_tcp_poll_hangup(&f.server, cx(&f.reader)), TMLRT_PENDING);
    EXPECT_EQ(write_text(&f, &f.server, "answer", &result), TMLRT_READY);
    result = read_wait(&f, &f.client, buffer, sizeof(buffer));
    EXPECT_EQ(result.len, 6);
    teardown(&f);
}

TEST(tcp_poll_hangup__peer_resets_while_data_is_unread__woken_and_ready) {
    fixture f;
    char buffer[64];
    trt_io_result result;
    REQUIRE(setup(&f, "127.0.0.1"));
    EXPECT_EQ(write_text(&f, &f.client, "pipelined", &result), TMLRT_READY);
    while (trt_tcp_poll_readable(&f.server, cx(&f.reader)) == TMLRT_PENDING) {
        turn(&f);
    }
    EXPECT_EQ(trt_tcp_poll_hangup(&f.server, cx(&f.reader)), TMLRT_PENDING); // though readable
    trt_tcp_close(&f.client, true);
    while (trt_tcp_poll_hangup(&f.server, cx(&f.reader)) == TMLRT_PENDING) {
        turn(&f);
    }
    EXPECT(trt_tcp_hung_up(&f.server));
    do {
        result = read_wait(&f, &f.server, buffer, 4);
    } while (result.status == TMLRT_OK && result.len != 0);
    EXPECT_EQ(result.status, TMLRT_E_CONNRESET);
    EXPECT_EQ(write_text(&f, &f.server, "x", &result), TMLRT_READY);
    EXPECT_EQ(result.status, TMLRT_E_PIPE);
    teardown(&f);
}

TEST(tcp_poll_writev__reader_is_slow__waits_and_every_byte_arrives_in_order) {
    enum { TOTAL = 8 << 20, PIECES = 100 };
    fixture f;
    REQUIRE(setup(&f, "127.0.0.1"));
    unsigned char* data = malloc(TOTAL);
    unsigned char* in = malloc(65536);
    REQUIRE(data != NULL && in != NULL);
    for (size_t i = 0; i < TOTAL; i++) {
        data[i] = (unsigned char)(i * 2654435761u >> 13);
    }
    size_t sent = 0, got = 0, pending = 0;
    bool blocked = false;
    while (got < TOTAL) {
        trt_io_result result;
        // Up to 100 slices, some of them empty; only 64 are taken at once.
        tmlrt_slice slices[PIECES];
        size_t at = sent;
        for (int i = 0; i < PIECES; i++) {
            size_t len = i % 7 == 0 ? 0 : 5000;
            len = len < TOTAL - at ? len : TOTAL - at;
            slices[i] = (tmlrt_slice){(char*)data + at, len};
            at += len;
        }
        if (sent < TOTAL && !blocked) {
            if (trt_tcp_poll_writev(&f.client, cx(&f.writer), slices, PIECES, &result) ==
                TMLRT_READY) {
                REQUIRE(result.status == TMLRT_OK);
                sent += result.len;
                continue;
            }
            pending++;
            blocked = true;
        }
        if (trt_tcp_poll_read(&f.server, cx(&f.reader), in, 65536, &result) == TMLRT_READY) {
            REQUIRE(result.status == TMLRT_OK && result.len != 0);
            EXPECT(memcmp(in, data + got, result.len) == 0);
            got += result.len;
        } else {
            turn(&f);
            blocked = false;
        }
    }
    EXPECT(pending > 0);
    free(in);
    free(data);
    teardown(&f);
}

TEST(tcp__budget_is_spent__pending_woken_and_nothing_moved) {
    fixture f;
    trt_io_result result = {1, 77};
    REQUIRE(setup(&f, "127.0.0.1"));
    tmlrt_slice slice = {"x", 1};
    tmlrt_context* context = cx(&f.writer);
    uint32_t wakes = test_waker_wakes(&f.writer);
    context->budget = 2;
    EXPECT_EQ(trt_tcp_poll_writev(&f.client, context, &slice, 1, &result), TMLRT_READY);
    EXPECT_EQ(trt_tcp_poll_writev(&f.client, context, &slice, 1, &result), TMLRT_READY);
    EXPECT_EQ(trt_tcp_poll_writev(&f.client, context, &slice, 1, &result), TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&f.writer), wakes + 1);
    context = cx(&f.reader);
    context->budget = 1;
    char buffer[8];
    EXPECT_EQ(read_wait(&f, &f.server, buffer, 1).len, 1);
    context->budget = 0;
    EXPECT_EQ(trt_tcp_poll_read(&f.server, context, buffer, 8, &result), TMLRT_PENDING);
    context->budget = 5; // an operation that waits costs nothing
    while (trt_tcp_poll_read(&f.server, context, buffer, 8, &result) == TMLRT_READY) {
    }
    EXPECT_EQ(context->budget, 4);
    teardown(&f);
}

TEST(tcp_poll_connect__nobody_listens__refused) {
    fixture f;
    tmlrt_status status;
    REQUIRE(open_listener(&f, "127.0.0.1"));
    trt_addr addr = f.listener.bound;
    trt_tcp_listener_close(&f.listener);
    status = trt_tcp_connect(&f.client, f.reactor, &addr);
    if (status == TMLRT_OK) {
        while (trt_tcp_poll_connect(&f.client, cx(&f.writer), &status) == TMLRT_PENDING) {
            turn(&f);
        }
    }
    EXPECT_EQ(status, TMLRT_E_CONNREFUSED);
    teardown(&f);
}

// The listener's queue is full, so the peer's kernel does not answer: not connected, whatever a new
// slot's readiness says.
TEST(tcp_poll_connect__no_answer_yet__pending) {
    enum { NUM = 6 };
    static const trt_listen_options options = {.backlog = 1};
    fixture f;
    trt_addr addr;
    trt_tcp clients[NUM] = {0};
    REQUIRE(open_listener(&f, "127.0.0.1"));
    trt_tcp_listener_close(&f.listener);
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
    REQUIRE(trt_tcp_listen(&f.listener, f.reactor, &f.timers, &addr, &options) == TMLRT_OK);
    for (int i = 0; i < NUM; i++) {
        REQUIRE(trt_tcp_connect(&clients[i], f.reactor, &f.listener.bound) == TMLRT_OK);
    }
    tmlrt_status status;
    EXPECT_EQ(trt_tcp_poll_connect(&clients[NUM - 1], cx(&f.writer), &status), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&f.writer), 1);
    for (int i = 0; i < NUM; i++) {
        trt_tcp_close(&clients[i], true);
    }
    teardown(&f);
}

TEST(tcp_poll_accept__waiting_then_cancelled__waker_dropped) {
    fixture f;
    tmlrt_status status;
    REQUIRE(open_listener(&f, "127.0.0.1"));
    EXPECT_EQ(trt_tcp_poll_accept(&f.listener, cx(&f.reader), &f.server, &f.peer, &status),
              TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&f.reader), 1);
    trt_tcp_listener_cancel(&f.listener);
    EXPECT_EQ(test_waker_refs(&f.reader), 0);
    teardown(&f);
}

TEST(tcp_stream__as_a_vtable__the_same_connection) {
    fixture f;
    char buffer[8];
    trt_io_result result;
    tmlrt_status status = TMLRT_E_OS;
    REQUIRE(setup(&f, "127.0.0.1"));
    trt_stream client = trt_tcp_stream(&f.client), server = trt_tcp_stream(&f.server);
    tmlrt_slice slice = {"abc", 3};
    EXPECT_EQ(trt_stream_poll_writev(client, cx(&f.writer), &slice, 1, &result), TMLRT_READY);
    EXPECT_EQ(trt_stream_poll_shutdown(client, cx(&f.writer), &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_OK);
    while (trt_stream_poll_readable(server, cx(&f.reader)) == TMLRT_PENDING) {
        turn(&f);
    }
    while (trt_stream_poll_read(server, cx(&f.reader), buffer, 8, &result) == TMLRT_PENDING) {
        turn(&f);
    }
    EXPECT_EQ(result.len, 3);
    EXPECT(!trt_stream_hung_up(server));
    EXPECT_EQ(trt_stream_poll_hangup(server, cx(&f.reader)), TMLRT_PENDING);
    trt_stream_close(client, false);
    trt_stream_close(server, true);
    EXPECT(f.server.slot == NULL);
    teardown(&f);
}

TEST(tcp_poll_readv__two_slices__filled_in_order_and_readiness_follows) {
    fixture f;
    char first[2], second[8];
    const tmlrt_slice slices[] = {{first, 2}, {NULL, 0}, {second, 8}};
    trt_io_result result;
    REQUIRE(setup(&f, "127.0.0.1"));
    EXPECT_EQ(trt_tcp_poll_readv(&f.server, cx(&f.reader), slices, 3, &result), TMLRT_PENDING);
    EXPECT_EQ(f.reader.context.budget, TMLRT_BUDGET);
    EXPECT_EQ(write_text(&f, &f.client, "abcde", &result), TMLRT_READY);
    while (trt_tcp_poll_readv(&f.server, cx(&f.reader), slices, 3, &result) == TMLRT_PENDING) {
        turn(&f);
    }
    EXPECT_EQ(f.reader.context.budget, TMLRT_BUDGET - 1);
    EXPECT(result.len == 5 && memcmp(first, "ab", 2) == 0 && memcmp(second, "cde", 3) == 0);
    EXPECT_EQ(trt_tcp_poll_readable(&f.server, cx(&f.reader)), TMLRT_PENDING); // a short read
    trt_tcp_cancel(&f.server);
    trt_tcp_shutdown_write(&f.client);
    while (trt_tcp_poll_readv(&f.server, cx(&f.reader), slices, 3, &result) == TMLRT_PENDING) {
        turn(&f);
    }
    EXPECT(result.status == TMLRT_OK && result.len == 0);
    teardown(&f);
}

TEST(tcp_poll_peek__bytes_there__stay_for_the_read) {
    fixture f;
    char data[8];
    trt_io_result result;
    REQUIRE(setup(&f, "::1"));
    EXPECT_EQ(trt_tcp_poll_peek(&f.server, cx(&f.reader), data, 8, &result), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&f.reader), 1);
    EXPECT_EQ(write_text(&f, &f.client, "abc", &result), TMLRT_READY);
    while (trt_tcp_poll_peek(&f.server, cx(&f.reader), data, 2, &result) == TMLRT_PENDING) {
        turn(&f);
    }
    EXPECT(result.len == 2 && memcmp(data, "ab", 2) == 0);
    EXPECT_EQ(trt_tcp_poll_peek(&f.server, cx(&f.reader), data, 8, &result), TMLRT_READY);
    EXPECT_EQ(result.len, 3);
    EXPECT_EQ(read_wait(&f, &f.server, data, 8).len, 3);
    tmlrt_context* broke = cx(&f.reader);
    broke->budget = 0;
    EXPECT_EQ(trt_tcp_poll_peek(&f.server, broke, data, 8, &result), TMLRT_PENDING);
    teardown(&f);
}

TEST(tcp_listener_open__no_memory__handle_stays_the_callers) {
    trt_reactor* reactor = NULL;
    trt_timer_driver timers = {0};
    trt_tcp_listener listener = {0};
    trt_addr addr, bound;
    trt_handle handle;
    static const trt_listen_options options;
    REQUIRE(trt_reactor_new(&reactor) == TMLRT_OK);
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
    REQUIRE(trt_socket_listen(&handle, &bound, &addr, &options) == TMLRT_OK);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_tcp_listener_open(&listener, reactor, &timers, handle), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    EXPECT_EQ(trt_tcp_listener_open(&listener, reactor, &timers, handle), TMLRT_OK);
    trt_tcp_listener_close(&listener);
    trt_reactor_free(reactor);
}

TEST(tcp__no_memory_at_each_step__nomem_and_nothing_left) {
    for (uint64_t nth = 1;; nth++) {
        fixture f;
        trt_addr addr;
        memset(&f, 0, sizeof(f));
        trt_timer_driver_init(&f.timers, fixture_unpark, &f, fixture_now, &f);
        REQUIRE(trt_reactor_new(&f.reactor) == TMLRT_OK);
        REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_tcp_listen(&f.listener, f.reactor, &f.timers, &addr, NULL);
        if (status == TMLRT_OK) {
            status = trt_tcp_connect(&f.client, f.reactor, &f.listener.bound);
        }
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        teardown(&f);
        if (!hit) {
            EXPECT(nth > 1);
            return;
        }
    }
}

// In a child process without free handles: 40 peers connect. They are reset in bursts of 16 with
// pauses between, the waiting costs nothing, and when handles are free again the next is served.
// Returns the failing step.
enum { PEERS = 40 };

static int64_t cpu_us(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

static int peers_reset(const trt_handle* peers, int num) {
    int reset = 0;
    for (int i = 0; i < num; i++) {
        char byte;
        size_t len;
        reset += trt_socket_recv(peers[i], &byte, 1, &len) == TMLRT_E_CONNRESET;
    }
    return reset;
}

static int without_handles(void) {
    fixture f;
    trt_handle peers[PEERS];
    tmlrt_status status;
    struct rlimit limit = {100, 100};
    tmlrt_log_set_level(TMLRT_LOG_OFF);
    if (!open_listener(&f, "127.0.0.1") || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 1;
    }
    for (int i = 0; i < PEERS; i++) {
        if (trt_socket_connect(&peers[i], &f.listener.bound) != TMLRT_OK) {
            return 2;
        }
    }
    int first = dup(0), last = first;
    for (int fd = first; fd >= 0; fd = dup(0)) {
        last = fd;
    }
    for (int burst = 1; burst <= 3; burst++) {
        uint64_t expected = burst < 3 ? 16 * (uint64_t)burst : PEERS;
        if (trt_tcp_poll_accept(&f.listener, cx(&f.reader), &f.server, &f.peer, &status) !=
                TMLRT_PENDING ||
            f.listener.num_shed != expected) {
            return 10 + burst;
        }
        // During the pause a poll does nothing; without time passing nothing is woken.
        uint32_t wakes = test_waker_wakes(&f.reader);
        if (f.listener.pausing != (burst < 3) ||
            trt_tcp_poll_accept(&f.listener, cx(&f.reader), &f.server, &f.peer, &status) !=
                TMLRT_PENDING ||
            f.listener.num_shed != expected) {
            return 20 + burst;
        }
        f.now_ns += 51000000;
        trt_timer_driver_advance(&f.timers);
        if (burst < 3 && test_waker_wakes(&f.reader) != wakes + 1) {
            return 30 + burst;
        }
    }
    if (peers_reset(peers, PEERS) != PEERS) {
        return 40;
    }
    // Nobody waits any more: the listener sleeps, it does not spin.
    uint32_t woken;
    int64_t before_us = cpu_us();
    trt_reactor_turn(f.reactor, 0, &woken);
    trt_reactor_turn(f.reactor, 50000000, &woken);
    if (woken != 0 || cpu_us() - before_us > 5000) {
        return 41;
    }
    for (int fd = last; fd > last - 4; fd--) {
        close(fd);
    }
    if (trt_socket_connect(&peers[0], &f.listener.bound) != TMLRT_OK ||
        accept_wait(&f) != TMLRT_OK || f.listener.num_shed != PEERS) {
        return 42;
    }
    return 0;
}

TEST(tcp_poll_accept__no_free_handles__peers_are_reset_in_bursts_and_it_recovers) {
    int state = -1;
    pid_t child = fork();
    if (child == 0) {
        _exit(without_handles());
    }
    REQUIRE(child > 0);
    REQUIRE(waitpid(child, &state, 0) == child);
    EXPECT(WIFEXITED(state));
    EXPECT_EQ(WEXITSTATUS(state), 0);
}

// Accepting without memory for a slot: the peer is reset, the next one is served after the pause.
TEST(tcp_poll_accept__no_memory_for_the_slot__pauses_and_goes_on) {
    fixture f;
    trt_tcp others[255] = {0}; // the listener has the first slot of the chunk
    trt_handle pairs[255][2];
    tmlrt_status status;
    tmlrt_log_set_level(TMLRT_LOG_OFF);
    REQUIRE(open_listener(&f, "127.0.0.1"));
    for (int i = 0; i < 255; i++) {
        int pair[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        pairs[i][0] = pair[0];
        pairs[i][1] = pair[1];
        REQUIRE(trt_tcp_open(&others[i], f.reactor, pair[0]) == TMLRT_OK);
    }
    trt_handle first, second;
    REQUIRE(trt_socket_connect(&first, &f.listener.bound) == TMLRT_OK);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_tcp_poll_accept(&f.listener, cx(&f.reader), &f.server, &f.peer, &status),
              TMLRT_PENDING);
    EXPECT(test_allocator_hit());
    EXPECT_EQ(f.listener.num_shed, 1);
    REQUIRE(trt_socket_connect(&second, &f.listener.bound) == TMLRT_OK);
    f.now_ns += 51000000;
    trt_timer_driver_advance(&f.timers);
    EXPECT_EQ(accept_wait(&f), TMLRT_OK);
    for (int i = 0; i < 255; i++) {
        trt_tcp_close(&others[i], false);
        close((int)pairs[i][1]);
    }
    trt_socket_close(first, false);
    trt_socket_close(second, false);
    teardown(&f);
}
