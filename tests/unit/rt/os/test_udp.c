// SPDX-License-Identifier: Apache-2.0
// Datagram sockets and socket options over loopback.
#include "rt/os/udp.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"

#include <unistd.h>

static trt_addr addr_of(const char* text) {
    trt_addr addr = {0};
    EXPECT_EQ(trt_addr_parse(&addr, text, 0), TMLRT_OK);
    return addr;
}

static trt_handle open_on(const char* text, trt_addr* out_bound) {
    static const tmlrt_udp_options defaults;
    trt_addr addr = addr_of(text);
    trt_handle handle = TRT_HANDLE_NONE;
    EXPECT_EQ(trt_udp_open(&handle, out_bound, &addr, &defaults), TMLRT_OK);
    EXPECT(out_bound->port != 0);
    return handle;
}

// Loopback delivers before the send returns.
static void exchange_on(const char* text) {
    trt_addr a_addr, b_addr, from = {0};
    trt_handle a = open_on(text, &a_addr), b = open_on(text, &b_addr);
    const tmlrt_slice parts[] = {{"he", 2}, {"", 0}, {"llo", 3}};
    char data[8];
    size_t len = 0;
    bool truncated = true;
    EXPECT_EQ(trt_udp_recv(b, data, 8, &from, &len, &truncated), TMLRT_E_AGAIN);
    EXPECT_EQ(trt_udp_send(a, parts, 3, NULL, &len), TMLRT_E_NOTCONN);
    EXPECT_EQ(trt_udp_send(a, parts, 3, &b_addr, &len), TMLRT_OK);
    EXPECT_EQ(len, 5);
    EXPECT_EQ(trt_udp_recv(b, data, 8, &from, &len, &truncated), TMLRT_OK);
    EXPECT(len == 5 && !truncated && memcmp(data, "hello", 5) == 0);
    EXPECT(from.port == a_addr.port && from.family == a_addr.family);
    EXPECT_EQ(trt_udp_connect(b, &from), TMLRT_OK);
    EXPECT_EQ(trt_udp_send(b, parts, 3, NULL, &len), TMLRT_OK);
    EXPECT_EQ(trt_udp_recv(a, data, 3, &from, &len, &truncated), TMLRT_OK);
    EXPECT(len == 3 && truncated);
    EXPECT_EQ(trt_udp_send(b, parts, 1, NULL, &len), TMLRT_OK); // an empty one is one too
    EXPECT_EQ(trt_udp_send(b, parts + 1, 1, NULL, &len), TMLRT_OK);
    EXPECT_EQ(trt_udp_recv(a, data, 3, &from, &len, &truncated), TMLRT_OK);
    EXPECT_EQ(trt_udp_recv(a, data, 3, &from, &len, &truncated), TMLRT_OK);
    EXPECT_EQ(len, 0);
    trt_socket_close(a, false);
    // The refusal of one datagram is the answer of a later operation.
    EXPECT_EQ(trt_udp_send(b, parts, 3, NULL, &len), TMLRT_OK);
    EXPECT_EQ(trt_udp_recv(b, data, 8, &from, &len, &truncated), TMLRT_E_CONNREFUSED);
    EXPECT_EQ(trt_udp_recv(b, data, 8, &from, &len, &truncated), TMLRT_E_AGAIN);
    trt_socket_close(b, false);
}

TEST(udp__ipv4__datagrams_with_their_senders) {
    exchange_on("127.0.0.1");
}

TEST(udp__ipv6__datagrams_with_their_senders) {
    exchange_on("::1");
}

TEST(udp_send__too_large_or_too_many_parts__msgsize_inval) {
    static char large[70000];
    trt_addr addr;
    trt_handle a = open_on("127.0.0.1", &addr);
    const tmlrt_slice slice = {large, sizeof(large)};
    tmlrt_slice many[65];
    size_t len = 0;
    for (int i = 0; i < 65; i++) {
        many[i] = (tmlrt_slice){"x", 1};
    }
    EXPECT_EQ(trt_udp_send(a, &slice, 1, &addr, &len), TMLRT_E_MSGSIZE);
    EXPECT_EQ(trt_udp_send(a, many, 65, &addr, &len), TMLRT_E_INVAL);
    EXPECT_EQ(trt_udp_send(a, many, 64, &addr, &len), TMLRT_OK);
    trt_addr none = {0};
    EXPECT_EQ(trt_udp_send(a, many, 1, &none, &len), TMLRT_E_INVAL);
    trt_socket_close(a, false);
}

TEST(udp_batch__more_than_fits__in_order_with_their_flags) {
    enum { NUM = 40 };
    trt_addr a_addr, b_addr;
    trt_handle a = open_on("127.0.0.1", &a_addr), b = open_on("127.0.0.1", &b_addr);
    char bytes[NUM], room[NUM][2];
    tmlrt_datagram out[NUM] = {0}, in[NUM] = {0};
    uint32_t num = 0, total = 0;
    for (int i = 0; i < NUM; i++) {
        bytes[i] = (char)i;
        out[i] = (tmlrt_datagram){.data = bytes, .len = (uint64_t)(i == 3 ? 3 : 1), .addr = b_addr};
        out[i].data = &bytes[i == 3 ? 0 : i];
        in[i] = (tmlrt_datagram){.data = room[i], .cap = 2};
    }
    EXPECT_EQ(trt_udp_recv_batch(b, in, NUM, &num), TMLRT_E_AGAIN);
    while (total < NUM) {
        REQUIRE(trt_udp_send_batch(a, out + total, NUM - total, &num) == TMLRT_OK);
        EXPECT(num >= 1 && num <= TRT_UDP_BATCH);
        total += num;
    }
    for (total = 0; total < NUM; total += num) {
        REQUIRE(trt_udp_recv_batch(b, in + total, NUM - total, &num) == TMLRT_OK);
        EXPECT(num >= 1 && num <= TRT_UDP_BATCH);
    }
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(in[i].len, i == 3 ? 2 : 1);
        EXPECT_EQ(in[i].truncated, i == 3);
        EXPECT_EQ(room[i][0], i == 3 ? 0 : i);
        EXPECT_EQ(in[i].addr.port, a_addr.port);
    }
    out[0].addr.family = 9; // the first one's failure is told, a later one's ends the batch
    EXPECT_EQ(trt_udp_send_batch(a, out, 2, &num), TMLRT_E_INVAL);
    out[0].addr.family = 4;
    out[1].addr.family = 9;
    EXPECT_EQ(trt_udp_send_batch(a, out, 2, &num), TMLRT_OK);
    EXPECT_EQ(num, 1);
    trt_socket_close(a, false);
    trt_socket_close(b, false);
}

TEST(udp_open__options_and_conflicts__as_asked) {
    trt_addr bound, second;
    trt_addr addr = addr_of("127.0.0.1");
    const tmlrt_udp_options shared = {.reuse_port = 1, .broadcast = 1, .recv_buffer = 65536};
    const tmlrt_udp_options bad = {.recv_buffer = INT32_MAX}, plain = {0};
    trt_handle a, b;
    int64_t value = 0;
    REQUIRE(trt_udp_open(&a, &bound, &addr, &shared) == TMLRT_OK);
    EXPECT_EQ(trt_udp_open(&b, &second, &bound, &plain), TMLRT_E_ADDRINUSE);
    REQUIRE(trt_udp_open(&b, &second, &bound, &shared) == TMLRT_OK);
    EXPECT_EQ(second.port, bound.port);
    EXPECT(trt_socket_get_option(a, TMLRT_SOCK_BROADCAST, &value) == TMLRT_OK && value == 1);
    EXPECT(trt_socket_get_option(a, TMLRT_SOCK_RECV_BUFFER, &value) == TMLRT_OK && value >= 65536);
    trt_socket_close(a, false);
    trt_socket_close(b, false);
    EXPECT_EQ(trt_udp_open(&a, &second, &addr, &bad), TMLRT_E_INVAL);
    addr = addr_of("192.0.2.1");
    EXPECT_EQ(trt_udp_open(&a, &second, &addr, &plain), TMLRT_E_ADDRNOTAVAIL);
    addr.family = 0;
    EXPECT_EQ(trt_udp_open(&a, &second, &addr, &plain), TMLRT_E_INVAL);
}

TEST(udp_member__groups__joined_once_and_left) {
    trt_addr bound, group = addr_of("239.1.2.3"), other = addr_of("10.0.0.1");
    trt_handle a = open_on("0.0.0.0", &bound);
    EXPECT_EQ(trt_udp_member(a, &other, 0, true), TMLRT_E_INVAL);
    EXPECT_EQ(trt_udp_member(a, &group, 0, false), TMLRT_E_INVAL);
    tmlrt_status status = trt_udp_member(a, &group, 1, true); // the loopback interface
    if (status == TMLRT_E_NOTFOUND) {
        trt_socket_close(a, false);
        test_skip("no interface of number 1");
        return;
    }
    EXPECT_EQ(status, TMLRT_OK);
    EXPECT_EQ(trt_udp_member(a, &group, 1, true), TMLRT_E_ADDRINUSE);
    EXPECT_EQ(trt_udp_member(a, &group, 1, false), TMLRT_OK);
    EXPECT_EQ(trt_udp_member(a, &group, 99999, true), TMLRT_E_NOTFOUND);
    trt_socket_close(a, false);
}

// ---- options ------------------------------------------------------------------------------------

typedef struct expected {
    int32_t option;
    int64_t value, low, high; ///< in range; the nearest values out of it
} expected;

static void set_and_read(trt_handle socket, const expected* rows, size_t num) {
    for (size_t i = 0; i < num; i++) {
        int64_t value = -77;
        EXPECT_EQ(trt_socket_set_option(socket, rows[i].option, rows[i].value), TMLRT_OK);
        EXPECT_EQ(trt_socket_get_option(socket, rows[i].option, &value), TMLRT_OK);
        EXPECT_EQ(value, rows[i].value);
        EXPECT_EQ(trt_socket_set_option(socket, rows[i].option, rows[i].low), TMLRT_E_INVAL);
        EXPECT_EQ(trt_socket_set_option(socket, rows[i].option, rows[i].high), TMLRT_E_INVAL);
    }
}

TEST(socket_set_option__every_option__read_back_and_checked) {
    static const trt_listen_options defaults;
    static const expected tcp[] = {
        {TMLRT_SOCK_NODELAY, 0, -1, 2},
        {TMLRT_SOCK_KEEPALIVE, 1, -1, 2},
        {TMLRT_SOCK_KEEPALIVE_IDLE, 30, 0, 32768},
        {TMLRT_SOCK_KEEPALIVE_INTERVAL, 7, 0, 32768},
        {TMLRT_SOCK_KEEPALIVE_COUNT, 3, 0, 128},
        {TMLRT_SOCK_LINGER, 5, -2, 32768},
        {TMLRT_SOCK_LINGER, -1, -2, 32768},
        {TMLRT_SOCK_TTL, 9, 0, 256},
        {TMLRT_SOCK_TOS, 8, -1, 256},
        {TMLRT_SOCK_USER_TIMEOUT, 5000, -1, (int64_t)INT32_MAX + 1},
        {TMLRT_SOCK_REUSE_PORT, 1, -1, 2},
        {TMLRT_SOCK_NOTSENT_LOWAT, 4096, -1, (int64_t)INT32_MAX + 1},
    };
    static const expected udp[] = {
        {TMLRT_SOCK_BROADCAST, 1, -1, 2},
        {TMLRT_SOCK_MULTICAST_TTL, 4, -1, 256},
        {TMLRT_SOCK_MULTICAST_LOOP, 0, -1, 2},
        {TMLRT_SOCK_TTL, 9, 0, 256},
    };
    const char* hosts[] = {"127.0.0.1", "::1"};
    for (int i = 0; i < 2; i++) {
        trt_addr bound, addr = addr_of(hosts[i]);
        trt_handle listener = TRT_HANDLE_NONE, datagrams = open_on(hosts[i], &bound);
        int64_t value;
        REQUIRE(trt_socket_listen(&listener, &bound, &addr, &defaults) == TMLRT_OK);
        set_and_read(listener, tcp, TRT_ARRAY_LEN(tcp));
        set_and_read(datagrams, udp, TRT_ARRAY_LEN(udp));
        EXPECT_EQ(trt_socket_set_option(datagrams, TMLRT_SOCK_MULTICAST_INTERFACE, 0), TMLRT_OK);
        EXPECT_EQ(trt_socket_set_option(listener, 0, 1), TMLRT_E_INVAL);
        EXPECT_EQ(trt_socket_get_option(listener, 99, &value), TMLRT_E_INVAL);
        EXPECT_EQ(trt_socket_set_option(datagrams, TMLRT_SOCK_NODELAY, 1), TMLRT_E_UNSUPPORTED);
        EXPECT_EQ(trt_socket_get_option(listener, TMLRT_SOCK_V6ONLY, &value),
                  i == 0 ? TMLRT_E_UNSUPPORTED : TMLRT_OK);
        trt_socket_close(listener, false);
        trt_socket_close(datagrams, false);
    }
}

TEST(socket_listen__options__inherited_by_what_is_accepted) {
    const trt_listen_options options = {.backlog = 4,
                                        .defer_accept_s = 0,
                                        .recv_buffer = 131072,
                                        .keepalive_s = 33,
                                        .v6_only = true};
    trt_addr bound, addr = addr_of("::1"), from = addr_of("::1"), peer, four = addr_of("127.0.0.1");
    trt_handle listener, client, server;
    int64_t value = 0;
    REQUIRE(trt_socket_listen(&listener, &bound, &addr, &options) == TMLRT_OK);
    EXPECT(trt_socket_get_option(listener, TMLRT_SOCK_V6ONLY, &value) == TMLRT_OK && value == 1);
    EXPECT_EQ(trt_socket_connect_from(&client, &bound, &four, false), TMLRT_E_INVAL);
    REQUIRE(trt_socket_connect_from(&client, &bound, &from, true) == TMLRT_OK);
    // With fast open the connection may begin only with the first bytes.
    const tmlrt_slice hello = {"hello", 5};
    size_t len = 0;
    (void)!trt_socket_sendv(client, &hello, 1, &len);
    tmlrt_status status = TMLRT_E_AGAIN;
    for (int i = 0; i < 1000 && status == TMLRT_E_AGAIN; i++) {
        status = trt_socket_accept(&server, &peer, listener);
    }
    REQUIRE(status == TMLRT_OK);
    EXPECT(trt_socket_get_option(server, TMLRT_SOCK_KEEPALIVE, &value) == TMLRT_OK && value == 1);
    EXPECT(trt_socket_get_option(server, TMLRT_SOCK_KEEPALIVE_IDLE, &value) == TMLRT_OK &&
           value == 33);
    trt_addr local;
    EXPECT(trt_socket_local(client, &local) == TMLRT_OK && local.port == peer.port);
    EXPECT(trt_socket_peer(client, &local) == TMLRT_OK && local.port == bound.port);
    EXPECT_EQ(trt_socket_peer(listener, &local), TMLRT_E_NOTCONN);
    trt_socket_close(client, false);
    trt_socket_close(server, false);
    trt_socket_close(listener, false);
}
