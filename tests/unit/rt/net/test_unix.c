// SPDX-License-Identifier: Apache-2.0
// Unix sockets through their futures: connecting to a full queue, datagrams to a slow receiver,
// drops while they wait, files, no memory.
#include <tmlrt/io.h>
#include <tmlrt/net.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static tmlrt_tcp_opened connect_to(const char* name) {
    test_leaf leaf;
    tmlrt_tcp_opened opened = {1, NULL};
    tmlrt_unix_connect_init(&leaf, name);
    EXPECT_EQ(test_leaf_wait(&tmlrt_unix_connect_desc, &leaf, &opened), TMLRT_OK);
    EXPECT((opened.status == TMLRT_OK) == (opened.stream != NULL));
    return opened;
}

static tmlrt_tcp_opened accept_from(tmlrt_tcp_listener* listener) {
    test_leaf leaf;
    tmlrt_tcp_opened opened = {1, NULL};
    tmlrt_tcp_accept_init(&leaf, listener);
    EXPECT_EQ(test_leaf_wait(&tmlrt_tcp_accept_desc, &leaf, &opened), TMLRT_OK);
    return opened;
}

TEST(unix_listen__by_path__bytes_peer_and_the_file_goes) {
    char dir[] = "/tmp/tmlrt-unix-XXXXXX", path[64], data[8];
    tmlrt_tcp_listener* listener = NULL;
    tmlrt_unix_peer peer = {0};
    REQUIRE(mkdtemp(dir) != NULL);
    snprintf(path, sizeof(path), "%s/s", dir);
    REQUIRE(tmlrt_unix_listen(&listener, path, 0) == TMLRT_OK);
    tmlrt_tcp_listener* second = NULL;
    EXPECT_EQ(tmlrt_unix_listen(&second, path, 0), TMLRT_E_ADDRINUSE);
    EXPECT_EQ(tmlrt_unix_listen(&second, NULL, 0), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_unix_listen(&second, "", 0), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_unix_listen(&second, path, -1), TMLRT_E_INVAL);
    tmlrt_tcp_opened client = connect_to(path), server = accept_from(listener);
    REQUIRE(client.status == TMLRT_OK && server.status == TMLRT_OK);
    EXPECT(tmlrt_unix_peer_of(client.stream, &peer) == TMLRT_OK && peer.pid == getpid());
    test_leaf leaf;
    tmlrt_tcp_moved moved;
    tmlrt_tcp_write_init(&leaf, client.stream, "hello", 5);
    EXPECT_EQ(test_leaf_wait(&tmlrt_tcp_write_desc, &leaf, &moved), TMLRT_OK);
    tmlrt_stream_read_init(&leaf, tmlrt_tcp_as_stream(server.stream), data, 8);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
    EXPECT(moved.status == TMLRT_OK && moved.len == 5);
    tmlrt_stream_free(tmlrt_tcp_as_stream(client.stream)); // one object, freed by either function
    tmlrt_tcp_stream_free(server.stream);
    tmlrt_tcp_listener_free(listener);
    EXPECT_EQ(connect_to(path).status, TMLRT_E_NOTFOUND);
    EXPECT_EQ(connect_to("").status, TMLRT_E_INVAL);
    EXPECT_EQ(connect_to(NULL).status, TMLRT_E_INVAL);
    EXPECT_EQ(rmdir(dir), 0);
    trt_runtime_reset_default();
}

TEST(unix_connect__queue_is_full__tries_again_until_there_is_room) {
    enum { MOST = 16 };
    tmlrt_tcp_listener* listener = NULL;
    tmlrt_tcp_opened opened[MOST] = {0};
    test_leaf leaf;
    test_waker waker = {0};
    int num = 0;
    REQUIRE(tmlrt_unix_listen(&listener, "@tmlrt-test-again", 1) == TMLRT_OK);
    for (; num < MOST; num++) {
        tmlrt_unix_connect_init(&leaf, "@tmlrt-test-again");
        if (test_leaf_poll(&tmlrt_unix_connect_desc, &leaf, &waker, &opened[num]) ==
            TMLRT_PENDING) {
            break;
        }
        EXPECT_EQ(opened[num].status, TMLRT_OK);
    }
    REQUIRE(num > 0 && num < MOST);
    tmlrt_unix_connect_desc.drop(&leaf); // one gives up while it waits
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_unix_connect_init(&leaf, "@tmlrt-test-again");
    EXPECT_EQ(test_leaf_poll(&tmlrt_unix_connect_desc, &leaf, &waker, &opened[num]), TMLRT_PENDING);
    tmlrt_tcp_opened server = accept_from(listener);
    EXPECT_EQ(test_leaf_wait(&tmlrt_unix_connect_desc, &leaf, &opened[num]), TMLRT_OK);
    EXPECT_EQ(opened[num].status, TMLRT_OK);
    for (int i = 0; i <= num; i++) {
        tmlrt_tcp_stream_free(opened[i].stream);
    }
    tmlrt_tcp_stream_free(server.stream);
    tmlrt_tcp_listener_free(listener);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    trt_runtime_reset_default();
}

TEST(unix_listen__no_memory_at_each_step__nomem_and_no_file) {
    char dir[] = "/tmp/tmlrt-unix-XXXXXX", path[64];
    bool hit = true;
    tmlrt_status unused;
    REQUIRE(mkdtemp(dir) != NULL && trt_runtime_get_default(&unused) != NULL);
    snprintf(path, sizeof(path), "%s/s", dir);
    for (uint64_t nth = 1; hit; nth++) {
        tmlrt_tcp_listener* listener = NULL;
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_unix_listen(&listener, path, 0);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        EXPECT((access(path, F_OK) != 0) == hit);
        tmlrt_tcp_listener_free(listener);
    }
    EXPECT_EQ(rmdir(dir), 0);
    trt_runtime_reset_default();
}

TEST(unix_pair__both_ends__connected) {
    tmlrt_tcp_stream *a = NULL, *b = NULL;
    test_leaf leaf;
    tmlrt_io_moved moved;
    char data[4];
    bool hit = true;
    tmlrt_status unused;
    REQUIRE(trt_runtime_get_default(&unused) != NULL);
    for (uint64_t nth = 1; hit; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_unix_pair(&a, &b);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    tmlrt_stream_write_init(&leaf, tmlrt_tcp_as_stream(a), "x", 1);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_write_desc, &leaf, &moved), TMLRT_OK);
    tmlrt_stream_read_init(&leaf, tmlrt_tcp_as_stream(b), data, 4);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
    EXPECT(moved.len == 1 && data[0] == 'x');
    tmlrt_tcp_stream_free(a);
    tmlrt_tcp_stream_free(b);
    trt_runtime_reset_default();
}

// Sends until one waits; returns how many went.
static int fill(tmlrt_unix_dgram* from, const char* to, test_leaf* leaf, test_waker* waker,
                tmlrt_tcp_moved* moved) {
    for (int num = 0; num < 100000; num++) {
        tmlrt_unix_send_init(leaf, from, "x", 1, to);
        if (test_leaf_poll(&tmlrt_unix_send_desc, leaf, waker, moved) == TMLRT_PENDING) {
            return num;
        }
        EXPECT_EQ(moved->status, TMLRT_OK);
    }
    EXPECT(false);
    return 0;
}

static void slow_receiver(bool connected) {
    const char *name = "@tmlrt-test-slow", *to = connected ? NULL : name;
    tmlrt_unix_dgram *from = NULL, *slow = NULL;
    test_leaf leaf, receiving;
    test_waker waker = {0};
    tmlrt_tcp_moved moved = {1, 0};
    tmlrt_udp_received got = {.status = 1};
    char data[4], sender[110];
    REQUIRE(tmlrt_unix_dgram_bind(&from, "@tmlrt-test-from") == TMLRT_OK);
    REQUIRE(tmlrt_unix_dgram_bind(&slow, name) == TMLRT_OK);
    if (connected) {
        EXPECT_EQ(tmlrt_unix_dgram_connect(from, name), TMLRT_OK);
    }
    EXPECT(fill(from, to, &leaf, &waker, &moved) > 0);
    tmlrt_unix_send_desc.drop(&leaf); // one gives up while it waits
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_unix_send_init(&leaf, from, "last", 4, to);
    EXPECT_EQ(test_leaf_poll(&tmlrt_unix_send_desc, &leaf, &waker, &moved), TMLRT_PENDING);
    for (int i = 0; i < 4; i++) {
        tmlrt_unix_recv_init(&receiving, slow, data, 4, sender);
        EXPECT_EQ(test_leaf_wait(&tmlrt_unix_recv_desc, &receiving, &got), TMLRT_OK);
        EXPECT(got.status == TMLRT_OK && got.len == 1 && got.from.family == 0);
        EXPECT_STR(sender, "@tmlrt-test-from");
    }
    EXPECT_EQ(test_leaf_wait(&tmlrt_unix_send_desc, &leaf, &moved), TMLRT_OK);
    EXPECT(moved.status == TMLRT_OK && moved.len == 4);
    tmlrt_unix_dgram_free(slow);
    tmlrt_unix_send_init(&leaf, from, "x", 1, to);
    EXPECT_EQ(test_leaf_wait(&tmlrt_unix_send_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.status, TMLRT_E_CONNREFUSED);
    tmlrt_unix_dgram_free(from);
    tmlrt_unix_dgram_free(NULL);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    trt_runtime_reset_default();
}

TEST(unix_send__receiver_is_behind__waits_by_its_timer) {
    slow_receiver(false);
}

TEST(unix_send__connected_receiver_is_behind__waits) {
    slow_receiver(true);
}

TEST(unix_dgram__bad_names_waits_and_no_memory__told) {
    tmlrt_unix_dgram* dgram = NULL;
    test_leaf leaf;
    test_waker waker = {0};
    tmlrt_tcp_moved moved = {1, 0};
    tmlrt_udp_received got;
    char data[4];
    bool hit = true;
    tmlrt_status unused;
    REQUIRE(trt_runtime_get_default(&unused) != NULL);
    for (uint64_t nth = 1; hit; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_unix_dgram_bind(&dgram, "@tmlrt-test-oom");
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    tmlrt_unix_recv_init(&leaf, dgram, data, 4, NULL);
    EXPECT_EQ(test_leaf_poll(&tmlrt_unix_recv_desc, &leaf, &waker, &got), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&waker), 1);
    tmlrt_unix_recv_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_unix_send_init(&leaf, dgram, "x", 1, "@");
    EXPECT_EQ(test_leaf_wait(&tmlrt_unix_send_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.status, TMLRT_E_INVAL);
    tmlrt_unix_send_init(&leaf, dgram, "x", 1, NULL);
    EXPECT_EQ(test_leaf_wait(&tmlrt_unix_send_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.status, TMLRT_E_NOTCONN);
    EXPECT_EQ(tmlrt_unix_dgram_connect(dgram, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_unix_dgram_connect(dgram, "@tmlrt-test-nobody"), TMLRT_E_CONNREFUSED);
    tmlrt_unix_dgram* anonymous = NULL;
    EXPECT_EQ(tmlrt_unix_dgram_bind(&anonymous, NULL), TMLRT_OK);
    tmlrt_unix_dgram_free(anonymous);
    tmlrt_unix_dgram_free(dgram);
    trt_runtime_reset_default();
}
