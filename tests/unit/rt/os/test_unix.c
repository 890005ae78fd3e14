// SPDX-License-Identifier: Apache-2.0
// Unix sockets: names, files that are in the way, files that stay the right one's, peers.
#include "rt/os/unix.h"

#include "tests/support/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char s_dir[64];

static bool setup(void) {
    snprintf(s_dir, sizeof(s_dir), "/tmp/tmlrt-unix-XXXXXX");
    return mkdtemp(s_dir) != NULL && chdir(s_dir) == 0;
}

static void teardown(void) {
    EXPECT_EQ(chdir("/"), 0);
    EXPECT_EQ(rmdir(s_dir), 0);
}

static trt_unix_addr addr_of(const char* text) {
    trt_unix_addr addr = {0};
    EXPECT_EQ(trt_unix_addr_parse(&addr, text), TMLRT_OK);
    return addr;
}

TEST(unix_addr__paths_and_abstract_names__round_trip_and_limits) {
    char text[200], out[TRT_UNIX_NAME_CAP + 2];
    trt_unix_addr addr = addr_of("/run/x.sock");
    EXPECT_EQ(trt_unix_addr_format(&addr, out, sizeof(out)), 11);
    EXPECT_STR(out, "/run/x.sock");
    addr = addr_of("@name");
    EXPECT(addr.name[0] == '\0' && addr.len == 5);
    trt_unix_addr_format(&addr, out, sizeof(out));
    EXPECT_STR(out, "@name");
    EXPECT_EQ(trt_unix_addr_format(&addr, out, 3), 2);
    EXPECT_STR(out, "@n");
    EXPECT_EQ(trt_unix_addr_parse(&addr, ""), TMLRT_E_INVAL);
    EXPECT_EQ(trt_unix_addr_parse(&addr, "@"), TMLRT_E_INVAL);
    memset(text, 'x', sizeof(text));
    text[108] = '\0';
    EXPECT_EQ(trt_unix_addr_parse(&addr, text), TMLRT_E_NAMELEN);
    text[107] = '\0';
    EXPECT_EQ(trt_unix_addr_parse(&addr, text), TMLRT_OK);
    trt_unix_addr_format(&addr, out, sizeof(out));
    EXPECT_STR(out, text);
    addr = (trt_unix_addr){0};
    EXPECT_EQ(trt_unix_addr_format(&addr, out, sizeof(out)), 0);
    EXPECT_STR(out, "");
}

TEST(unix_listen__something_in_the_way__only_a_dead_socket_is_replaced) {
    trt_unix_addr addr;
    trt_unix_file file = {0}, second = {0};
    trt_handle one = TRT_HANDLE_NONE, two = TRT_HANDLE_NONE, client;
    REQUIRE(setup());
    addr = addr_of("s");
    REQUIRE(trt_unix_listen(&one, &file, &addr, 1) == TMLRT_OK);
    EXPECT(file.is_bound);
    EXPECT_EQ(trt_unix_listen(&two, &second, &addr, 1), TMLRT_E_ADDRINUSE);
    EXPECT_EQ(trt_unix_bind(&two, &second, &addr), TMLRT_E_ADDRINUSE);
    trt_addr peer;
    EXPECT_EQ(trt_socket_accept(&client, &peer, one), TMLRT_E_AGAIN); // asking left no connection
    trt_socket_close(one, false); // dies without removing its file
    EXPECT_EQ(trt_unix_connect(&client, &addr), TMLRT_E_CONNREFUSED);
    REQUIRE(trt_unix_listen(&two, &second, &addr, 1) == TMLRT_OK);
    REQUIRE(trt_unix_connect(&client, &addr) == TMLRT_OK);
    trt_socket_close(client, false);
    EXPECT_EQ(unlink("s"), 0); // somebody takes the name away, and a successor gets it
    REQUIRE(trt_unix_listen(&one, &file, &addr, 1) == TMLRT_OK);
    trt_unix_unlink(&addr, &second); // whose name the end of the earlier one must not take
    trt_socket_close(two, false);
    REQUIRE(trt_unix_connect(&client, &addr) == TMLRT_OK);
    trt_socket_close(client, false);
    trt_unix_unlink(&addr, &file);
    EXPECT_EQ(trt_unix_connect(&client, &addr), TMLRT_E_NOTFOUND);
    trt_socket_close(one, false);
    int fd = open("s", O_CREAT | O_WRONLY, 0600); // no socket
    EXPECT(fd >= 0 && close(fd) == 0);
    EXPECT_EQ(trt_unix_listen(&two, &second, &addr, 1), TMLRT_E_ADDRINUSE);
    EXPECT_EQ(unlink("s"), 0);
    addr = addr_of("no/s");
    EXPECT_EQ(trt_unix_listen(&two, &second, &addr, 1), TMLRT_E_NOTFOUND);
    teardown();
}

TEST(unix_connect__full_queue_or_another_kind__again_unsupported) {
    trt_unix_addr addr = addr_of("@tmlrt-test-full"), dgram_addr;
    trt_unix_file file = {0};
    trt_handle listener, clients[8], datagrams;
    tmlrt_status status = TMLRT_OK;
    REQUIRE(trt_unix_listen(&listener, &file, &addr, 1) == TMLRT_OK);
    EXPECT(!file.is_bound);
    int num = 0;
    while (num < 8 && (status = trt_unix_connect(&clients[num], &addr)) == TMLRT_OK) {
        num++;
    }
    EXPECT_EQ(status, TMLRT_E_AGAIN);
    while (num > 0) {
        trt_socket_close(clients[--num], false);
    }
    REQUIRE(setup());
    dgram_addr = addr_of("d");
    REQUIRE(trt_unix_bind(&datagrams, &file, &dgram_addr) == TMLRT_OK);
    EXPECT_EQ(trt_unix_connect(&clients[0], &dgram_addr), TMLRT_E_UNSUPPORTED);
    trt_unix_unlink(&dgram_addr, &file);
    trt_socket_close(datagrams, false);
    teardown();
    trt_socket_close(listener, false);
}

TEST(unix_pair__bytes_and_peer__ourselves) {
    trt_handle two[2], tcp;
    tmlrt_unix_peer peer = {0};
    const tmlrt_slice slice = {"hi", 2};
    char data[4];
    size_t len = 0;
    trt_addr addr, bound;
    static const trt_listen_options defaults;
    REQUIRE(trt_unix_pair(two, false) == TMLRT_OK);
    EXPECT_EQ(trt_unix_peer(two[0], &peer), TMLRT_OK);
    EXPECT(peer.pid == getpid() && peer.uid == geteuid() && peer.gid == getegid());
    EXPECT_EQ(trt_socket_sendv(two[0], &slice, 1, &len), TMLRT_OK);
    EXPECT_EQ(trt_socket_peek(two[1], data, 4, &len), TMLRT_OK);
    EXPECT_EQ(trt_socket_recv(two[1], data, 4, &len), TMLRT_OK);
    EXPECT(len == 2 && memcmp(data, "hi", 2) == 0);
    EXPECT(trt_socket_local(two[0], &addr) == TMLRT_OK && addr.family == 0);
    EXPECT_EQ(trt_socket_set_option(two[0], TMLRT_SOCK_NODELAY, 1), TMLRT_E_UNSUPPORTED);
    EXPECT_EQ(trt_socket_set_option(two[0], TMLRT_SOCK_TTL, 1), TMLRT_E_UNSUPPORTED);
    EXPECT_EQ(trt_socket_set_option(two[0], TMLRT_SOCK_SEND_BUFFER, 8192), TMLRT_OK);
    trt_socket_close(two[0], false);
    trt_socket_close(two[1], false);
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
    REQUIRE(trt_socket_listen(&tcp, &bound, &addr, &defaults) == TMLRT_OK);
    EXPECT(trt_unix_peer(tcp, &peer) != TMLRT_OK);
    trt_socket_close(tcp, false);
}

TEST(unix_datagrams__named_and_not__sender_truncation_and_full) {
    trt_unix_addr a_addr = addr_of("@tmlrt-test-a"), b_addr = addr_of("@tmlrt-test-b"), from;
    trt_unix_addr gone = addr_of("@tmlrt-test-gone");
    trt_unix_file file;
    trt_handle a, b, anon;
    char data[8];
    size_t len = 0;
    bool truncated = true;
    REQUIRE(trt_unix_bind(&a, &file, &a_addr) == TMLRT_OK);
    REQUIRE(trt_unix_bind(&b, &file, &b_addr) == TMLRT_OK);
    REQUIRE(trt_unix_bind(&anon, &file, NULL) == TMLRT_OK);
    EXPECT_EQ(trt_unix_send(a, "hello", 5, &b_addr, &len), TMLRT_OK);
    EXPECT_EQ(trt_unix_recv(b, data, 3, &from, &len, &truncated), TMLRT_OK);
    EXPECT(len == 3 && truncated && from.len == a_addr.len &&
           memcmp(from.name, a_addr.name, from.len) == 0);
    EXPECT_EQ(trt_unix_send(anon, "x", 1, NULL, &len), TMLRT_E_NOTCONN);
    EXPECT_EQ(trt_unix_send(anon, "x", 1, &gone, &len), TMLRT_E_CONNREFUSED);
    EXPECT_EQ(trt_unix_set_peer(anon, &b_addr), TMLRT_OK);
    EXPECT_EQ(trt_unix_send(anon, "x", 1, NULL, &len), TMLRT_OK);
    EXPECT_EQ(trt_unix_recv(b, data, 8, &from, &len, &truncated), TMLRT_OK);
    EXPECT(len == 1 && !truncated && from.len == 0);
    EXPECT_EQ(trt_unix_recv(b, data, 8, &from, &len, &truncated), TMLRT_E_AGAIN);
    tmlrt_status status = TMLRT_OK;
    for (int i = 0; i < 100000 && status == TMLRT_OK; i++) {
        status = trt_unix_send(a, "x", 1, &b_addr, &len);
    }
    EXPECT_EQ(status, TMLRT_E_AGAIN);
    trt_socket_close(a, false);
    trt_socket_close(b, false);
    trt_socket_close(anon, false);
}
