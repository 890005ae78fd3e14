// SPDX-License-Identifier: Apache-2.0
// Copying one way and both ways over duplexes: half-close, backpressure, errors, drops, no memory,
// and a direction that never ends beside one that must not starve.
#include <tmlrt/io.h>

#include "rt/base/assert.h"
#include "rt/io/stream.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

// client <-> left.near | left.far == copy == right.near | right.far <-> server
typedef struct proxy {
    tmlrt_stream *client, *left, *right, *server;
    test_leaf leaf;
    test_waker copier, user;
    tmlrt_io_copied copied;
} proxy;

static bool open_proxy(proxy* p, uint64_t cap) {
    memset(p, 0, sizeof(*p));
    bool ok = tmlrt_duplex_new(&p->client, &p->left, cap) == TMLRT_OK &&
              tmlrt_duplex_new(&p->right, &p->server, cap) == TMLRT_OK;
    EXPECT(ok);
    tmlrt_copy_both_init(&p->leaf, p->left, p->right);
    return ok;
}

static tmlrt_poll run(proxy* p) {
    return test_leaf_poll(&tmlrt_copy_both_desc, &p->leaf, &p->copier, &p->copied);
}

static void close_proxy(proxy* p) {
    tmlrt_copy_both_desc.drop(&p->leaf);
    tmlrt_stream_free(p->client);
    tmlrt_stream_free(p->left);
    tmlrt_stream_free(p->right);
    tmlrt_stream_free(p->server);
    EXPECT_EQ(test_waker_refs(&p->copier), 0);
    EXPECT_EQ(test_waker_refs(&p->user), 0);
}

// One write; returns what it took, -1: it waits.
static int64_t put(proxy* p, tmlrt_stream* to, const char* data, size_t len) {
    tmlrt_slice slice = {data, len};
    trt_io_result result;
    if (trt_stream_poll_writev(to->io, test_waker_context(&p->user), &slice, 1, &result) ==
        TMLRT_PENDING) {
        trt_stream_cancel(to->io, TMLRT_IO_WRITE);
        return -1;
    }
    return result.status != TMLRT_OK ? result.status : (int64_t)result.len;
}

static int64_t get(proxy* p, tmlrt_stream* from, char* out, size_t cap) {
    trt_io_result result;
    if (trt_stream_poll_read(from->io, test_waker_context(&p->user), out, cap, &result) ==
        TMLRT_PENDING) {
        trt_stream_cancel(from->io, TMLRT_IO_READ);
        return -1;
    }
    return result.status != TMLRT_OK ? result.status : (int64_t)result.len;
}

static void finish(proxy* p, tmlrt_stream* stream) {
    tmlrt_status status;
    EXPECT_EQ(trt_stream_poll_shutdown(stream->io, test_waker_context(&p->user), &status),
              TMLRT_READY);
}

TEST(copy_both__one_side_ends__told_to_the_other_which_goes_on) {
    proxy p;
    char data[16];
    REQUIRE(open_proxy(&p, 100));
    EXPECT_EQ(run(&p), TMLRT_PENDING);
    EXPECT_EQ(put(&p, p.client, "ask", 3), 3);
    EXPECT(test_waker_wakes(&p.copier) != 0);
    EXPECT_EQ(run(&p), TMLRT_PENDING);
    EXPECT_EQ(get(&p, p.server, data, 16), 3);
    finish(&p, p.client);
    EXPECT_EQ(get(&p, p.server, data, 16), -1); // not told before the copy runs
    EXPECT_EQ(run(&p), TMLRT_PENDING);
    EXPECT_EQ(get(&p, p.server, data, 16), 0);
    EXPECT_EQ(put(&p, p.server, "answer", 6), 6);
    EXPECT_EQ(run(&p), TMLRT_PENDING);
    EXPECT_EQ(get(&p, p.client, data, 16), 6);
    finish(&p, p.server);
    EXPECT_EQ(run(&p), TMLRT_READY);
    EXPECT_EQ(get(&p, p.client, data, 16), 0);
    EXPECT(p.copied.status == TMLRT_OK && p.copied.a_to_b == 3 && p.copied.b_to_a == 6);
    close_proxy(&p);
}

TEST(copy_both__receiver_takes_nothing__sender_is_stopped) {
    enum { LOTS = 40000 };
    static char data[1000];
    proxy p;
    int64_t sent = 0, got = 0, step;
    REQUIRE(open_proxy(&p, 64));
    for (int i = 0; i < 4000; i++) {
        step = put(&p, p.client, data, sizeof(data));
        if (step < 0 && run(&p) == TMLRT_PENDING && put(&p, p.client, data, 1) < 0) {
            break;
        }
        sent += step > 0 ? step : 1;
    }
    EXPECT(sent > 0 && sent <= 64 + 16384 + 64); // two pipes and one block, not more
    for (int i = 0; i < 10000 && got < sent; i++) {
        step = get(&p, p.server, data, sizeof(data));
        got += step > 0 ? step : 0;
        EXPECT_EQ(run(&p), TMLRT_PENDING);
    }
    EXPECT_EQ(got, sent);
    close_proxy(&p);
}

TEST(copy_both__one_direction_is_always_busy__the_other_moves_too) {
    static char data[64];
    proxy p;
    char byte = 0;
    REQUIRE(open_proxy(&p, 1));
    EXPECT_EQ(put(&p, p.server, "x", 1), 1);
    bool came = false;
    for (int i = 0; i < 20 && !came; i++) {
        (void)put(&p, p.client, data, 1);
        // Budget for one operation only: without turns the first direction would have it always.
        EXPECT_EQ(test_leaf_poll_broke(&tmlrt_copy_both_desc, &p.leaf, &p.copier, 1, &p.copied),
                  TMLRT_PENDING);
        (void)get(&p, p.server, data, 64);
        came = get(&p, p.client, &byte, 1) == 1;
    }
    EXPECT(came && byte == 'x');
    close_proxy(&p);
}

TEST(copy_both__a_peer_resets__its_status_at_once_and_no_waker_left) {
    proxy p;
    REQUIRE(open_proxy(&p, 100));
    EXPECT_EQ(run(&p), TMLRT_PENDING);
    trt_stream_close(p.client->io, true);
    p.client = NULL;
    EXPECT_EQ(run(&p), TMLRT_READY);
    EXPECT_EQ(p.copied.status, TMLRT_E_CONNRESET);
    EXPECT_EQ(test_waker_refs(&p.copier), 0);
    close_proxy(&p);
}

TEST(copy_both__dropped_in_every_state__nothing_left) {
    for (int state = 0; state < 4; state++) {
        proxy p;
        REQUIRE(open_proxy(&p, 2));
        if (state >= 1) { // waits for both readers
            EXPECT_EQ(run(&p), TMLRT_PENDING);
        }
        if (state >= 2) { // holds bytes that nobody takes
            EXPECT_EQ(put(&p, p.client, "ab", 2), 2);
            EXPECT_EQ(run(&p), TMLRT_PENDING);
            EXPECT_EQ(put(&p, p.client, "cd", 2), 2);
            EXPECT_EQ(run(&p), TMLRT_PENDING);
        }
        if (state >= 3) { // one direction has ended
            finish(&p, p.server);
            EXPECT_EQ(run(&p), TMLRT_PENDING);
        }
        close_proxy(&p);
    }
}

TEST(copy__source_ends__all_there_and_the_target_open) {
    proxy p;
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 0};
    char data[16];
    REQUIRE(open_proxy(&p, 100));
    tmlrt_copy_init(&leaf, p.left, p.right);
    EXPECT_EQ(put(&p, p.client, "all of it", 9), 9);
    EXPECT_EQ(test_leaf_poll(&tmlrt_copy_desc, &leaf, &p.copier, &moved), TMLRT_PENDING);
    finish(&p, p.client);
    EXPECT_EQ(test_leaf_poll(&tmlrt_copy_desc, &leaf, &p.copier, &moved), TMLRT_READY);
    EXPECT(moved.status == TMLRT_OK && moved.len == 9);
    EXPECT_EQ(get(&p, p.server, data, 16), 9);
    EXPECT_EQ(get(&p, p.server, data, 16), -1);
    close_proxy(&p);
}

TEST(copy__no_memory__nomem) {
    proxy p;
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 0};
    REQUIRE(open_proxy(&p, 100));
    tmlrt_copy_init(&leaf, p.left, p.right);
    test_allocator_fail_at(1);
    EXPECT_EQ(test_leaf_poll(&tmlrt_copy_desc, &leaf, &p.copier, &moved), TMLRT_READY);
    EXPECT_EQ(moved.status, TMLRT_E_NOMEM);
    test_allocator_fail_at(1);
    EXPECT_EQ(run(&p), TMLRT_READY);
    EXPECT_EQ(p.copied.status, TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    close_proxy(&p);
}

TEST(duplex_new__no_memory_or_too_large__status_and_nothing_left) {
    tmlrt_stream *a = NULL, *b = NULL;
    bool hit = true;
    for (uint64_t nth = 1; hit; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_duplex_new(&a, &b, 10);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    tmlrt_stream_free(a);
    tmlrt_stream_free(b);
    EXPECT_EQ(tmlrt_duplex_new(&a, &b, UINT64_MAX), TMLRT_E_OVERFLOW);
}
