// SPDX-License-Identifier: Apache-2.0
// UDP over a reactor that the test turns itself, and its futures on the default runtime.
#include "rt/net/udp.h"

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <unistd.h>

typedef struct fixture {
    trt_reactor* reactor;
    tmlrt_udp a, b;
    test_waker reader, writer;
} fixture;

static bool setup(fixture* f) {
    trt_addr addr;
    memset(f, 0, sizeof(*f));
    bool ok = trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK &&
              trt_reactor_new(&f->reactor) == TMLRT_OK &&
              trt_udp_bind(&f->a, f->reactor, &addr, NULL) == TMLRT_OK &&
              trt_udp_bind(&f->b, f->reactor, &addr, NULL) == TMLRT_OK;
    EXPECT(ok);
    return ok;
}

static void teardown(fixture* f) {
    trt_tcp_close(&f->a.socket, false);
    trt_tcp_close(&f->b.socket, false);
    EXPECT_EQ(test_waker_refs(&f->reader), 0);
    EXPECT_EQ(test_waker_refs(&f->writer), 0);
    trt_reactor_free(f->reactor);
}

static void turn(fixture* f) {
    uint32_t woken;
    EXPECT_EQ(trt_reactor_turn(f->reactor, 2000000000ull, &woken), TMLRT_OK);
}

static void send_text(fixture* f, const char* text) {
    const tmlrt_slice slice = {text, strlen(text)};
    trt_io_result result = {1, 0};
    EXPECT_EQ(
        trt_udp_poll_send(&f->a, test_waker_context(&f->writer), &slice, 1, &f->b.bound, &result),
        TMLRT_READY);
    EXPECT(result.status == TMLRT_OK && result.len == strlen(text));
}

TEST(udp_poll_recv__nothing_then_one__waits_and_takes_it_whole) {
    fixture f;
    char data[16];
    tmlrt_udp_received got = {.status = 1};
    REQUIRE(setup(&f));
    EXPECT_EQ(trt_udp_poll_recv(&f.b, test_waker_context(&f.reader), data, 16, &got),
              TMLRT_PENDING);
    EXPECT_EQ(f.reader.context.budget, TMLRT_BUDGET); // waiting costs nothing
    send_text(&f, "hello");
    for (int i = 0; i < 10 && test_waker_wakes(&f.reader) == 0; i++) {
        turn(&f);
    }
    EXPECT_EQ(trt_udp_poll_recv(&f.b, test_waker_context(&f.reader), data, 16, &got), TMLRT_READY);
    EXPECT_EQ(f.reader.context.budget, TMLRT_BUDGET - 1);
    EXPECT(got.status == TMLRT_OK && got.len == 5 && !got.truncated);
    EXPECT_EQ(got.from.port, f.a.bound.port);
    send_text(&f, "again"); // a taken datagram does not tell that the queue is empty
    EXPECT_EQ(trt_udp_poll_recv(&f.b, test_waker_context(&f.reader), data, 2, &got), TMLRT_READY);
    EXPECT(got.len == 2 && got.truncated);
    teardown(&f);
}

TEST(udp__no_budget__pending_woken_nothing_moved) {
    fixture f;
    char data[4];
    const tmlrt_slice slice = {"x", 1};
    trt_io_result result;
    tmlrt_udp_received got;
    REQUIRE(setup(&f));
    tmlrt_context* cx = test_waker_context(&f.writer);
    cx->budget = 0;
    EXPECT_EQ(trt_udp_poll_send(&f.a, cx, &slice, 1, &f.b.bound, &result), TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&f.writer), 1);
    EXPECT_EQ(trt_udp_poll_recv(&f.b, test_waker_context(&f.reader), data, 4, &got), TMLRT_PENDING);
    send_text(&f, "y");
    cx = test_waker_context(&f.reader);
    cx->budget = 0;
    EXPECT_EQ(trt_udp_poll_recv(&f.b, cx, data, 4, &got), TMLRT_PENDING);
    teardown(&f);
}

TEST(udp_batch__both_ways__one_unit_each_and_in_order) {
    enum { NUM = 10 };
    fixture f;
    char letters[NUM], room[NUM][4];
    tmlrt_datagram out[NUM] = {0}, in[NUM] = {0};
    tmlrt_batched moved = {1, 0};
    REQUIRE(setup(&f));
    for (int i = 0; i < NUM; i++) {
        letters[i] = (char)('a' + i);
        out[i] = (tmlrt_datagram){.data = &letters[i], .len = 1, .addr = f.b.bound};
        in[i] = (tmlrt_datagram){.data = room[i], .cap = 4};
    }
    EXPECT_EQ(trt_udp_poll_recv_batch(&f.b, test_waker_context(&f.reader), in, NUM, &moved),
              TMLRT_PENDING);
    EXPECT_EQ(trt_udp_poll_send_batch(&f.a, test_waker_context(&f.writer), out, NUM, &moved),
              TMLRT_READY);
    EXPECT(moved.status == TMLRT_OK && moved.num == NUM);
    EXPECT_EQ(f.writer.context.budget, TMLRT_BUDGET - 1);
    for (int i = 0; i < 10 && test_waker_wakes(&f.reader) == 0; i++) {
        turn(&f);
    }
    EXPECT_EQ(trt_udp_poll_recv_batch(&f.b, test_waker_context(&f.reader), in, NUM, &moved),
              TMLRT_READY);
    EXPECT(moved.status == TMLRT_OK && moved.num == NUM);
    for (int i = 0; i < NUM; i++) {
        EXPECT(in[i].len == 1 && room[i][0] == letters[i]);
    }
    EXPECT_EQ(trt_udp_poll_send_batch(&f.a, test_waker_context(&f.writer), out, 0, &moved),
              TMLRT_READY);
    EXPECT_EQ(moved.status, TMLRT_E_INVAL);
    teardown(&f);
}

// Two sockets have an event each in one turn. Whoever is woken first closes the other one and opens
// a new one, which gets the closed one's number and slot: the closed one's waker was taken already
// and is called, the new one's is not.
static fixture* s_fixture;
static test_waker s_fresh;
static int s_swaps;

static void swap_clone(const tmlrt_waker* waker, tmlrt_waker* out) {
    *out = *waker;
}
static void swap_drop(void* data) {
    (void)data;
}
static void swap_wake(void* data) {
    tmlrt_udp* other = data == &s_fixture->a ? &s_fixture->b : &s_fixture->a;
    trt_handle number = other->socket.handle;
    trt_addr addr;
    char byte;
    tmlrt_udp_received got;
    if (s_swaps++ != 0) {
        return;
    }
    EXPECT_EQ(trt_addr_parse(&addr, "127.0.0.1", 0), TMLRT_OK);
    trt_tcp_close(&other->socket, false);
    EXPECT_EQ(trt_udp_bind(other, s_fixture->reactor, &addr, NULL), TMLRT_OK);
    EXPECT_EQ(other->socket.handle, number);
    EXPECT_EQ(trt_udp_poll_recv(other, test_waker_context(&s_fresh), &byte, 1, &got),
              TMLRT_PENDING);
}
static const tmlrt_waker_vtable s_swap = {swap_clone, swap_wake, swap_wake, swap_drop};

TEST(udp__closed_and_reopened_during_a_turn__old_event_is_not_the_new_ones) {
    fixture f;
    char byte;
    tmlrt_udp_received got;
    trt_io_result result;
    const tmlrt_slice slice = {"x", 1};
    REQUIRE(setup(&f));
    s_fixture = &f;
    s_swaps = 0;
    tmlrt_udp* both[] = {&f.a, &f.b};
    for (int i = 0; i < 2; i++) {
        const tmlrt_waker waker = {&s_swap, both[i]};
        tmlrt_context cx = {.waker = &waker, .budget = TMLRT_BUDGET};
        EXPECT_EQ(trt_udp_poll_recv(both[i], &cx, &byte, 1, &got), TMLRT_PENDING);
    }
    uint32_t woken;
    EXPECT_EQ(trt_reactor_turn(f.reactor, 0, &woken), TMLRT_OK); // first edges: writable
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(trt_udp_poll_send(both[i], test_waker_context(&f.writer), &slice, 1,
                                    &both[1 - i]->bound, &result),
                  TMLRT_READY);
    }
    turn(&f);
    EXPECT_EQ(s_swaps, 2);
    EXPECT_EQ(test_waker_wakes(&s_fresh), 0);
    EXPECT_EQ(test_waker_refs(&s_fresh), 1);
    teardown(&f);
    EXPECT_EQ(test_waker_refs(&s_fresh), 0);
}

TEST(udp_bind__no_memory_at_each_step__nomem_and_nothing_left) {
    bool hit = true;
    trt_addr addr;
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
    for (uint64_t nth = 1; hit; nth++) {
        trt_reactor* reactor = NULL;
        tmlrt_udp udp = {0};
        REQUIRE(trt_reactor_new(&reactor) == TMLRT_OK);
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_udp_bind(&udp, reactor, &addr, NULL);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        trt_tcp_close(&udp.socket, false);
        trt_reactor_free(reactor);
    }
}

TEST(udp_open__no_memory_at_each_step__nomem_and_nothing_left) {
    bool hit = true;
    tmlrt_status unused;
    REQUIRE(trt_runtime_get_default(&unused) != NULL);
    for (uint64_t nth = 1; hit; nth++) {
        tmlrt_udp* udp = NULL;
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_udp_bind(&udp, "127.0.0.1", 0, NULL);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        EXPECT((udp == NULL) == hit);
        tmlrt_udp_free(udp);
    }
    trt_runtime_reset_default();
}

// ---- the futures --------------------------------------------------------------------------------

TEST(udp_futures__exchange_drop_and_errors__as_described) {
    test_leaf leaf;
    test_waker waker = {0};
    tmlrt_udp *a = NULL, *b = NULL;
    tmlrt_udp_received got = {.status = 1};
    tmlrt_tcp_moved moved = {1, 0};
    const tmlrt_udp_options bad = {.recv_buffer = -1};
    char data[8];
    EXPECT_EQ(tmlrt_udp_bind(&a, NULL, 0, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_udp_bind(&a, "localhost", 0, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_udp_bind(&a, "127.0.0.1", 70000, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_udp_bind(&a, "127.0.0.1", 0, &bad), TMLRT_E_INVAL);
    REQUIRE(tmlrt_udp_bind(&a, "127.0.0.1", 0, NULL) == TMLRT_OK);
    REQUIRE(tmlrt_udp_bind(&b, "127.0.0.1", 0, NULL) == TMLRT_OK);
    trt_addr to;
    tmlrt_udp_local_addr(b, &to);
    tmlrt_udp_recv_init(&leaf, b, data, 8);
    EXPECT_EQ(test_leaf_poll(&tmlrt_udp_recv_desc, &leaf, &waker, &got), TMLRT_PENDING);
    tmlrt_udp_recv_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_udp_send_init(&leaf, a, "hi", 2, NULL);
    EXPECT_EQ(test_leaf_wait(&tmlrt_udp_send_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.status, TMLRT_E_NOTCONN);
    tmlrt_udp_send_init(&leaf, a, "hi", 2, &to);
    EXPECT_EQ(test_leaf_wait(&tmlrt_udp_send_desc, &leaf, &moved), TMLRT_OK);
    EXPECT(moved.status == TMLRT_OK && moved.len == 2);
    tmlrt_udp_recv_init(&leaf, b, data, 8);
    EXPECT_EQ(test_leaf_wait(&tmlrt_udp_recv_desc, &leaf, &got), TMLRT_OK);
    EXPECT(got.status == TMLRT_OK && got.len == 2);
    EXPECT_EQ(tmlrt_udp_connect(a, &to), TMLRT_OK);
    int64_t value = 0;
    EXPECT_EQ(tmlrt_udp_set_option(a, TMLRT_SOCK_TTL, 5), TMLRT_OK);
    EXPECT(tmlrt_udp_get_option(a, TMLRT_SOCK_TTL, &value) == TMLRT_OK && value == 5);
    EXPECT_EQ(tmlrt_udp_membership(a, &to, 0, 1), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_udp_membership(a, &to, -1, 1), TMLRT_E_INVAL);
    tmlrt_udp_free(a);
    tmlrt_udp_free(b);
    tmlrt_udp_free(NULL);
    trt_runtime_reset_default();
}
