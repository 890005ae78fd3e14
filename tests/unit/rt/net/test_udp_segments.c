// SPDX-License-Identifier: Apache-2.0
// Datagrams of one length in one piece: every number of them and every rest, joined and not,
// waiting, dropped, without budget.
#include <tmlrt/net.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/net/udp.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

enum { ROOM = 65535 };

typedef struct fixture {
    tmlrt_udp *a, *b;
    tmlrt_addr to;
    test_waker waker;
} fixture;

static char s_sent[200000], s_got[ROOM];

static bool setup(fixture* f, const char* address) {
    const tmlrt_udp_options options = {.recv_buffer = 1 << 21};
    memset(f, 0, sizeof(*f));
    for (uint32_t i = 0; i < sizeof(s_sent); i++) {
        s_sent[i] = (char)(i * 2654435761u >> 24);
    }
    if (tmlrt_udp_bind(&f->a, address, 0, NULL) != TMLRT_OK) {
        return false;
    }
    bool ok = tmlrt_udp_bind(&f->b, address, 0, &options) == TMLRT_OK;
    EXPECT(ok);
    if (ok) {
        tmlrt_udp_local_addr(f->b, &f->to);
    }
    return ok;
}

static void teardown(fixture* f) {
    tmlrt_udp_free(f->a);
    tmlrt_udp_free(f->b);
    EXPECT_EQ(test_waker_refs(&f->waker), 0);
    trt_runtime_reset_default();
}

static tmlrt_tcp_moved send_all(fixture* f, uint64_t len, uint64_t segment, const tmlrt_addr* to) {
    test_leaf leaf;
    tmlrt_tcp_moved moved = {1, 0};
    tmlrt_udp_send_segments_init(&leaf, f->a, s_sent, len, segment, to);
    EXPECT_EQ(test_leaf_wait(&tmlrt_udp_send_segments_desc, &leaf, &moved), TMLRT_OK);
    return moved;
}

static tmlrt_udp_segments take(fixture* f, uint64_t cap) {
    test_leaf leaf;
    tmlrt_udp_segments got = {.status = 1};
    tmlrt_udp_recv_segments_init(&leaf, f->b, s_got, cap);
    EXPECT_EQ(test_leaf_wait(&tmlrt_udp_recv_segments_desc, &leaf, &got), TMLRT_OK);
    return got;
}

// Takes what send_all sent, in whatever pieces, and checks each datagram. Returns how often it
// took.
static int take_all(fixture* f, uint64_t len, uint64_t segment) {
    uint64_t at = 0;
    int num = 0;
    while (at < len && num < 2000) {
        tmlrt_udp_segments got = take(f, ROOM);
        bool good = got.status == TMLRT_OK && got.len != 0 && !got.truncated;
        EXPECT(good);
        if (!good) {
            return 0;
        }
        EXPECT(got.segment == (got.len < segment ? got.len : segment));
        EXPECT(got.len % segment == 0 || at + got.len == len);
        EXPECT(at + got.len <= len && memcmp(s_got, s_sent + at, got.len) == 0);
        at += got.len;
        num++;
    }
    EXPECT_EQ(at, len);
    return num;
}

static void every_length(const char* address) {
    static const struct {
        uint64_t len, segment;
    } s_cases[] = {
        {1, 1},         {1, 1000},       {1000, 1000},    {1001, 1000},       {2000, 1000},
        {2999, 1000},   {65 * 100, 100}, {64 * 100, 100}, {130 * 10 + 3, 10}, {100000, 1200},
        {60000, 20000}, {65507, 65507},
    };
    fixture f;
    if (!setup(&f, address)) {
        test_skip("no such addresses here");
        return;
    }
    for (int join = 0; join < 2; join++) {
        tmlrt_status status = tmlrt_udp_set_option(f.b, TMLRT_SOCK_UDP_JOIN, join);
        EXPECT(status == TMLRT_OK || status == TMLRT_E_UNSUPPORTED);
        for (size_t i = 0; i < TRT_ARRAY_LEN(s_cases); i++) {
            uint64_t len = s_cases[i].len, segment = s_cases[i].segment;
            tmlrt_tcp_moved moved = send_all(&f, len, segment, &f.to);
            EXPECT(moved.status == TMLRT_OK && moved.len == len);
            int num = take_all(&f, len, segment);
            EXPECT(join || (uint64_t)num == (len + segment - 1) / segment);
        }
    }
    teardown(&f);
}

TEST(udp_segments__every_number_and_rest__arrive_as_they_were_cut) {
    every_length("127.0.0.1");
}

TEST(udp_segments__ipv6__the_same) {
    every_length("::1");
}

TEST(udp_segments__peer_connected_or_none_bad_lengths__told) {
    fixture f;
    REQUIRE(setup(&f, "127.0.0.1"));
    EXPECT_EQ(send_all(&f, 0, 10, &f.to).status, TMLRT_E_INVAL);
    EXPECT_EQ(send_all(&f, 10, 0, &f.to).status, TMLRT_E_INVAL);
    EXPECT_EQ(send_all(&f, 100, 10, NULL).status, TMLRT_E_NOTCONN);
    EXPECT_EQ(send_all(&f, 10, 10, NULL).status, TMLRT_E_NOTCONN);
    EXPECT_EQ(send_all(&f, 200000, 100000, &f.to).status, TMLRT_E_MSGSIZE);
    EXPECT_EQ(tmlrt_udp_connect(f.a, &f.to), TMLRT_OK);
    tmlrt_tcp_moved moved = send_all(&f, 95, 10, NULL);
    EXPECT(moved.status == TMLRT_OK && moved.len == 95);
    EXPECT_EQ(take_all(&f, 95, 10), 10);
    teardown(&f);
}

TEST(udp_recv_segments__small_room_waits_no_budget_dropped__as_recv) {
    fixture f;
    test_leaf leaf;
    tmlrt_udp_segments got;
    tmlrt_tcp_moved moved;
    REQUIRE(setup(&f, "127.0.0.1"));
    tmlrt_udp_recv_segments_init(&leaf, f.b, s_got, ROOM);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_udp_recv_segments_desc, &leaf, &f.waker, 1, &got),
              TMLRT_PENDING);
    EXPECT(test_waker_refs(&f.waker) == 1 && f.waker.context.budget == 1);
    tmlrt_udp_recv_segments_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&f.waker), 0);
    tmlrt_udp_send_segments_init(&leaf, f.a, s_sent, 30, 10, &f.to);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_udp_send_segments_desc, &leaf, &f.waker, 0, &moved),
              TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&f.waker), 1);
    EXPECT_EQ(test_leaf_poll(&tmlrt_udp_send_segments_desc, &leaf, &f.waker, &moved), TMLRT_READY);
    EXPECT(moved.status == TMLRT_OK && moved.len == 30);
    got = take(&f, 4);
    EXPECT(got.status == TMLRT_OK && got.len == 4 && got.truncated);
    tmlrt_addr from;
    tmlrt_udp_local_addr(f.a, &from);
    EXPECT(got.from.port == from.port && got.segment == 4);
    got = take(&f, ROOM);
    EXPECT(got.len == 10 && memcmp(s_got, s_sent + 10, 10) == 0); // the rest of the first is lost
    teardown(&f);
}
