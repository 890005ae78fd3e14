// SPDX-License-Identifier: Apache-2.0
#include "rt/os/socket.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const trt_listen_options s_options = {0};

static void expect_round_trip(const char* text, const char* formatted) {
    trt_addr addr;
    char out[64];
    EXPECT_EQ(trt_addr_parse(&addr, text, 8080), TMLRT_OK);
    EXPECT_EQ(trt_addr_format(&addr, out, sizeof(out)), strlen(formatted));
    EXPECT_STR(out, formatted);
}

TEST(addr_parse__literals__round_trip) {
    expect_round_trip("127.0.0.1", "127.0.0.1:8080");
    expect_round_trip("127.0.0.1:80", "127.0.0.1:80");
    expect_round_trip("0.0.0.0:65535", "0.0.0.0:65535");
    expect_round_trip("::1", "[::1]:8080");
    expect_round_trip("[::1]", "[::1]:8080");
    expect_round_trip("[::1]:0", "[::1]:0");
    expect_round_trip("::", "[::]:8080");
    expect_round_trip("fe80::1%7", "[fe80::1%7]:8080");
    expect_round_trip("[fe80::1%4294967295]:65535", "[fe80::1%4294967295]:65535");
    expect_round_trip("[2001:0db8:1111:2222:3333:4444:5555:6666%4294967295]:65535",
                      "[2001:db8:1111:2222:3333:4444:5555:6666%4294967295]:65535");
}

TEST(addr_parse__not_an_address__inval_and_out_untouched) {
    static const char* const texts[] = {
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4:",
        "1.2.3.4:65536",
        "1.2.3.4:-1",
        "1.2.3.4:x",
        "[::1",
        "[::1]x",
        "[::1]:",
        "::1]:80",
        "[1.2.3.4]",
        "1:2:3",
        "[]",
        "[]:80",
        ":80",
        "1.2.3.4:80 ",
        " 1.2.3.4",
        "::1%",
        "::1%nosuch",
        "1.2.3.4%1",
        "256.1.1.1",
        "01.2.3.4.5",
        "[::1]:80:90",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < TRT_ARRAY_LEN(texts); i++) {
        trt_addr addr = {.family = 9};
        if (trt_addr_parse(&addr, texts[i], 1) != TMLRT_E_INVAL || addr.family != 9) {
            test_fail(__FILE__, __LINE__, "accepted \"%s\"", texts[i]);
        }
    }
}

TEST(addr_format__small_buffer__cut_and_terminated) {
    trt_addr addr;
    char out[5];
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 1) == TMLRT_OK);
    EXPECT_EQ(trt_addr_format(&addr, out, sizeof(out)), 4);
    EXPECT_STR(out, "127.");
}

static bool readable(trt_handle handle) {
    struct pollfd p = {.fd = (int)handle, .events = POLLIN};
    return poll(&p, 1, 5000) == 1;
}

// Listens on `address`, connects to it as `via`, accepts; the peer's address goes to *out_peer.
static bool connected(const char* address, const char* via, trt_handle* client, trt_handle* server,
                      trt_addr* out_peer) {
    trt_addr addr, bound, to;
    trt_handle listener;
    if (trt_addr_parse(&addr, address, 0) != TMLRT_OK ||
        trt_socket_listen(&listener, &bound, &addr, &s_options) != TMLRT_OK) {
        return false;
    }
    EXPECT(bound.port != 0);
    bool ok = trt_addr_parse(&to, via, bound.port) == TMLRT_OK &&
              trt_socket_connect(client, &to) == TMLRT_OK && readable(listener) &&
              trt_socket_accept(server, out_peer, listener) == TMLRT_OK;
    trt_socket_close(listener, false);
    return ok;
}

TEST(socket_accept__ipv4_peer__non_blocking_close_on_exec_nodelay) {
    trt_handle client, server;
    trt_addr peer;
    int nodelay = 0;
    socklen_t len = sizeof(nodelay);
    REQUIRE(connected("127.0.0.1", "127.0.0.1", &client, &server, &peer));
    EXPECT_EQ(peer.family, 4);
    EXPECT(memcmp(peer.ip, "\x7f\0\0\1", 4) == 0);
    EXPECT(fcntl((int)server, F_GETFL) & O_NONBLOCK);
    EXPECT(fcntl((int)server, F_GETFD) & FD_CLOEXEC);
    EXPECT_EQ(getsockopt((int)server, IPPROTO_TCP, TCP_NODELAY, &nodelay, &len), 0);
    EXPECT(nodelay != 0); // inherited from the listener
    trt_socket_close(client, false);
    trt_socket_close(server, false);
}

TEST(socket_accept__ipv6_and_dual_stack__families_as_the_peer_meant) {
    trt_handle client, server;
    trt_addr peer;
    if (!connected("::1", "::1", &client, &server, &peer)) {
        test_skip("no IPv6 here");
        return;
    }
    EXPECT_EQ(peer.family, 6);
    trt_socket_close(client, false);
    trt_socket_close(server, false);
    REQUIRE(connected("::", "127.0.0.1", &client, &server, &peer));
    EXPECT_EQ(peer.family, 4); // not ::ffff:127.0.0.1
    EXPECT(memcmp(peer.ip, "\x7f\0\0\1", 4) == 0);
    trt_socket_close(client, false);
    trt_socket_close(server, false);
}

TEST(socket_recv_sendv__data_again_end_and_reset__as_told) {
    trt_handle client, server;
    trt_addr peer;
    char buffer[16];
    size_t len = 99;
    tmlrt_slice slices[2] = {{"hello ", 6}, {"world", 5}};
    REQUIRE(connected("127.0.0.1", "127.0.0.1", &client, &server, &peer));
    EXPECT_EQ(trt_socket_error(client), TMLRT_OK);
    EXPECT_EQ(trt_socket_recv(server, buffer, sizeof(buffer), &len), TMLRT_E_AGAIN);
    EXPECT_EQ(len, 99);
    EXPECT_EQ(trt_socket_sendv(client, slices, 2, &len), TMLRT_OK);
    EXPECT_EQ(len, 11);
    EXPECT(readable(server));
    EXPECT_EQ(trt_socket_recv(server, buffer, sizeof(buffer), &len), TMLRT_OK);
    EXPECT(len == 11 && memcmp(buffer, "hello world", 11) == 0);
    trt_socket_shutdown_write(client);
    EXPECT(readable(server));
    EXPECT_EQ(trt_socket_recv(server, buffer, sizeof(buffer), &len), TMLRT_OK);
    EXPECT_EQ(len, 0);
    EXPECT_EQ(trt_socket_sendv(server, slices, 1, &len), TMLRT_OK); // half-closed: still open
    trt_socket_close(server, true);
    EXPECT(readable(client));
    while (trt_socket_recv(client, buffer, sizeof(buffer), &len) == TMLRT_OK && len != 0) {
    }
    EXPECT_EQ(trt_socket_sendv(client, slices, 1, &len), TMLRT_E_PIPE); // and no SIGPIPE
    trt_socket_close(client, false);
}

// Without waiting.
static bool is_readable(trt_handle handle) {
    struct pollfd p = {.fd = (int)handle, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

TEST(socket_wake_at__fewer_bytes__readable_when_lowered_met_or_at_the_end) {
    trt_handle client, server;
    trt_addr peer;
    char buffer[16];
    size_t len;
    const tmlrt_slice hello = {"hello", 5};
    REQUIRE(connected("127.0.0.1", "127.0.0.1", &client, &server, &peer));
    EXPECT(trt_socket_wake_at(server, 10));
    EXPECT_EQ(trt_socket_sendv(client, &hello, 1, &len), TMLRT_OK);
    EXPECT(!is_readable(server));
    EXPECT(trt_socket_wake_at(server, 1));
    EXPECT(readable(server));
    EXPECT(trt_socket_wake_at(server, 10));
    EXPECT(!is_readable(server));
    EXPECT_EQ(trt_socket_sendv(client, &hello, 1, &len), TMLRT_OK);
    EXPECT(readable(server));
    EXPECT(trt_socket_wake_at(server, 100));
    EXPECT_EQ(trt_socket_recv(server, buffer, sizeof(buffer), &len), TMLRT_OK);
    EXPECT_EQ(len, 10); // a read takes what is there
    EXPECT(!is_readable(server));
    trt_socket_shutdown_write(client);
    EXPECT(readable(server));
    trt_socket_close(client, false);
    trt_socket_close(server, false);
    EXPECT(!trt_socket_wake_at(TRT_HANDLE_NONE, 1));
}

TEST(socket_listen__address_in_use_or_foreign__named) {
    trt_addr addr, bound, again;
    trt_handle listener, second;
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
    REQUIRE(trt_socket_listen(&listener, &bound, &addr, &s_options) == TMLRT_OK);
    EXPECT_EQ(trt_socket_listen(&second, &again, &bound, &s_options), TMLRT_E_ADDRINUSE);
    REQUIRE(trt_addr_parse(&addr, "192.0.2.1", 0) == TMLRT_OK); // TEST-NET-1
    EXPECT_EQ(trt_socket_listen(&second, &again, &addr, &s_options), TMLRT_E_ADDRNOTAVAIL);
    addr.family = 5;
    EXPECT_EQ(trt_socket_listen(&second, &again, &addr, &s_options), TMLRT_E_INVAL);
    trt_socket_close(listener, false);
}

TEST(socket_listen__reuse_port__two_on_one_port) {
    trt_listen_options reuse = {.reuse_port = true};
    trt_addr addr, bound, again;
    trt_handle first, second;
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
    REQUIRE(trt_socket_listen(&first, &bound, &addr, &reuse) == TMLRT_OK);
    REQUIRE(trt_socket_listen(&second, &again, &bound, &reuse) == TMLRT_OK);
    EXPECT_EQ(bound.port, again.port);
    trt_socket_close(first, false);
    trt_socket_close(second, false);
}

TEST(socket_addr_free__somebody_listens__in_use_also_when_it_shares) {
    trt_addr addr, bound, again;
    trt_handle first, second;
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
    for (int shares = 0; shares < 2; shares++) {
        trt_listen_options options = {.reuse_port = shares != 0};
        REQUIRE(trt_socket_listen(&first, &bound, &addr, &options) == TMLRT_OK);
        EXPECT_EQ(trt_socket_addr_free(&bound), TMLRT_E_ADDRINUSE);
        trt_socket_close(first, false);
        EXPECT_EQ(trt_socket_addr_free(&bound), TMLRT_OK);
        REQUIRE(trt_socket_listen(&second, &again, &bound, &options) ==
                TMLRT_OK); // nothing is left
        trt_socket_close(second, false);
    }
}

// Uses up every descriptor of a child process, then accepts and sheds. Returns the failing step.
static int without_handles(void) {
    trt_addr addr, bound, peer;
    trt_handle listener, client, victim, spare = TRT_HANDLE_NONE;
    struct rlimit limit = {64, 64};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        trt_addr_parse(&addr, "127.0.0.1", 0) != TMLRT_OK ||
        trt_socket_listen(&listener, &bound, &addr, &s_options) != TMLRT_OK ||
        trt_handle_spare(&spare) != TMLRT_OK || trt_socket_connect(&client, &bound) != TMLRT_OK) {
        return 1;
    }
    while (dup(0) >= 0) {
    }
    if (trt_socket_accept(&victim, &peer, listener) != TMLRT_E_MFILE) {
        return 2;
    }
    if (trt_socket_shed(listener, &spare) != TMLRT_OK || spare == TRT_HANDLE_NONE) {
        return 3;
    }
    if (trt_socket_shed(listener, &spare) != TMLRT_E_AGAIN || spare == TRT_HANDLE_NONE) {
        return 4;
    }
    char byte;
    size_t len;
    if (trt_socket_recv(client, &byte, 1, &len) != TMLRT_E_CONNRESET) {
        return 5;
    }
    return trt_socket_listen(&listener, &bound, &addr, &s_options) == TMLRT_E_MFILE ? 0 : 6;
}

TEST(socket_shed__no_free_handles__resets_the_waiting_peer) {
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
