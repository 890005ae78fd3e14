// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/mpsc.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

static int s_destroyed;

static void destroy(void* value) {
    (void)value;
    s_destroyed++;
}
static trt_mpsc* make(uint64_t capacity) {
    trt_mpsc* c = NULL;
    s_destroyed = 0;
    EXPECT_EQ(trt_mpsc_new(&c, sizeof(int), capacity, destroy), TMLRT_OK);
    return c;
}
static tmlrt_status send(trt_mpsc* c, int value) {
    return trt_mpsc_try_send(c, &value);
}

typedef struct recv {
    test_waker waker;
    int out;
    tmlrt_status status;
} recv;

static tmlrt_poll poll(trt_mpsc* c, recv* r) {
    return trt_mpsc_poll_recv(c, test_waker_context(&r->waker)->waker, &r->out, &r->status);
}

typedef struct reserve {
    trt_semaphore_waiter waiter;
    test_waker waker;
    tmlrt_status status;
} reserve;

static tmlrt_poll poll_reserve(trt_mpsc* c, reserve* r) {
    return trt_mpsc_poll_reserve(c, &r->waiter, test_waker_context(&r->waker)->waker, &r->status);
}

TEST(mpsc__many_values__in_order_across_blocks) {
    trt_mpsc* c = make(TRT_MPSC_UNBOUNDED);
    recv r = {0};
    int next = 0, sent = 0;
    EXPECT_EQ(trt_mpsc_try_recv(c, &r.out), TMLRT_E_AGAIN);
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < round * 5; i++) {
            EXPECT_EQ(send(c, sent++), TMLRT_OK);
        }
        for (int i = 0; i < round * 5 - round; i++) {
            EXPECT_EQ(poll(c, &r), TMLRT_READY);
            EXPECT_EQ(r.out, next++);
        }
    }
    while (trt_mpsc_try_recv(c, &r.out) == TMLRT_OK) {
        EXPECT_EQ(r.out, next++);
    }
    EXPECT_EQ(next, sent);
    trt_mpsc_unref_sender(c);
    trt_mpsc_drop_receiver(c);
    EXPECT_EQ(s_destroyed, 0);
}

TEST(mpsc_send__steady_flow__allocates_no_more) {
    trt_mpsc* c = make(8);
    recv r = {0};
    for (int i = 0; i < 100; i++) {
        send(c, i);
        poll(c, &r);
    }
    uint64_t calls = test_allocator_calls();
    for (int i = 0; i < 1000; i++) {
        EXPECT_EQ(send(c, i), TMLRT_OK);
        EXPECT_EQ(poll(c, &r), TMLRT_READY);
        EXPECT_EQ(poll(c, &r), TMLRT_PENDING);
    }
    EXPECT_EQ(test_allocator_calls(), calls);
    trt_mpsc_drop_receiver(c);
    trt_mpsc_unref_sender(c);
}

TEST(mpsc_recv__waits__woken_by_a_send_or_the_last_sender) {
    trt_mpsc* c = make(4);
    recv r = {0}, other = {0};
    EXPECT_EQ(poll(c, &r), TMLRT_PENDING);
    EXPECT_EQ(poll(c, &other), TMLRT_PENDING); // the last waker counts
    EXPECT_EQ(test_waker_refs(&r.waker), 0);
    EXPECT_EQ(send(c, 1), TMLRT_OK);
    EXPECT_EQ(test_waker_wakes(&other.waker), 1);
    EXPECT_EQ(send(c, 2), TMLRT_OK);
    EXPECT_EQ(test_waker_wakes(&other.waker), 1);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(r.out, 2);
    EXPECT_EQ(poll(c, &r), TMLRT_PENDING);
    trt_mpsc_ref_sender(c);
    trt_mpsc_unref_sender(c);
    EXPECT_EQ(test_waker_wakes(&r.waker), 0);
    trt_mpsc_unref_sender(c);
    EXPECT_EQ(test_waker_wakes(&r.waker), 1);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(r.status, TMLRT_E_CLOSED);
    EXPECT_EQ(trt_mpsc_try_recv(c, &r.out), TMLRT_E_CLOSED);
    trt_mpsc_drop_receiver(c);
}

TEST(mpsc_recv__given_up_after_the_wake__the_next_one_gets_the_value) {
    trt_mpsc* c = make(1);
    recv r = {0}, s = {0};
    EXPECT_EQ(poll(c, &r), TMLRT_PENDING);
    trt_mpsc_forget_waker(c); // before
    EXPECT_EQ(test_waker_refs(&r.waker), 0);
    EXPECT_EQ(poll(c, &r), TMLRT_PENDING);
    EXPECT_EQ(send(c, 4), TMLRT_OK);
    trt_mpsc_forget_waker(c); // after
    EXPECT_EQ(poll(c, &s), TMLRT_READY);
    EXPECT_EQ(s.out, 4);
    trt_mpsc_unref_sender(c);
    trt_mpsc_drop_receiver(c);
}

TEST(mpsc_send__full__waits_for_room_in_order) {
    trt_mpsc* c = make(2);
    recv r = {0};
    reserve a = {0}, b = {0};
    EXPECT_EQ(send(c, 1), TMLRT_OK);
    EXPECT_EQ(send(c, 2), TMLRT_OK);
    EXPECT_EQ(send(c, 3), TMLRT_E_AGAIN);
    EXPECT_EQ(poll_reserve(c, &a), TMLRT_PENDING);
    EXPECT_EQ(poll_reserve(c, &b), TMLRT_PENDING);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(test_waker_wakes(&a.waker), 1);
    EXPECT_EQ(send(c, 3), TMLRT_E_AGAIN); // the room is a's
    trt_mpsc_cancel_reserve(c, &a.waiter);
    EXPECT_EQ(test_waker_wakes(&b.waker), 1);
    EXPECT_EQ(poll_reserve(c, &b), TMLRT_READY);
    EXPECT_EQ(b.status, TMLRT_OK);
    int value = 3;
    EXPECT_EQ(trt_mpsc_send_reserved(c, &value), TMLRT_OK);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(r.out, 3);
    EXPECT_EQ(poll_reserve(c, &a), TMLRT_READY);
    EXPECT_EQ(send(c, 4), TMLRT_OK);
    EXPECT_EQ(send(c, 5), TMLRT_E_AGAIN);
    trt_mpsc_unreserve(c);
    EXPECT_EQ(send(c, 5), TMLRT_OK);
    trt_mpsc_unref_sender(c);
    trt_mpsc_drop_receiver(c);
    EXPECT_EQ(s_destroyed, 2);
}

TEST(mpsc_close__values_and_room_out__receiver_told_closed_behind_them) {
    trt_mpsc* c = make(2);
    recv r = {0};
    reserve held = {0}, waiting = {0};
    EXPECT_EQ(send(c, 1), TMLRT_OK);
    EXPECT_EQ(poll_reserve(c, &held), TMLRT_READY);
    EXPECT_EQ(poll_reserve(c, &waiting), TMLRT_PENDING);
    trt_mpsc_close(c);
    EXPECT(trt_mpsc_closed(c));
    EXPECT_EQ(test_waker_wakes(&waiting.waker), 1);
    EXPECT_EQ(poll_reserve(c, &waiting), TMLRT_READY);
    EXPECT_EQ(waiting.status, TMLRT_E_CLOSED);
    EXPECT_EQ(send(c, 2), TMLRT_E_CLOSED);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(r.out, 1);
    EXPECT_EQ(poll(c, &r), TMLRT_PENDING); // held may still send
    int value = 2;
    EXPECT_EQ(trt_mpsc_send_reserved(c, &value), TMLRT_OK);
    EXPECT_EQ(test_waker_wakes(&r.waker), 1);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(r.out, 2);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(r.status, TMLRT_E_CLOSED);
    trt_mpsc_unref_sender(c);
    trt_mpsc_drop_receiver(c);
}

TEST(mpsc_close__reserved_room_given_back__receiver_woken_to_closed) {
    for (int cancel = 0; cancel < 2; cancel++) {
        trt_mpsc* c = make(1);
        recv r = {0};
        reserve a = {0}, granted = {0};
        EXPECT_EQ(poll_reserve(c, &a), TMLRT_READY);
        if (cancel) {
            EXPECT_EQ(poll_reserve(c, &granted), TMLRT_PENDING);
            trt_mpsc_unreserve(c); // goes to `granted`
        }
        trt_mpsc_close(c);
        EXPECT_EQ(poll(c, &r), TMLRT_PENDING);
        if (cancel) {
            trt_mpsc_cancel_reserve(c, &granted.waiter);
        } else {
            trt_mpsc_unreserve(c);
        }
        EXPECT_EQ(test_waker_wakes(&r.waker), 1);
        EXPECT_EQ(poll(c, &r), TMLRT_READY);
        EXPECT_EQ(r.status, TMLRT_E_CLOSED);
        trt_mpsc_unref_sender(c);
        trt_mpsc_drop_receiver(c);
    }
}

TEST(mpsc_close__unbounded__later_sends_refused_earlier_arrive) {
    trt_mpsc* c = make(TRT_MPSC_UNBOUNDED);
    recv r = {0};
    reserve a = {0};
    EXPECT_EQ(send(c, 1), TMLRT_OK);
    EXPECT_EQ(poll_reserve(c, &a), TMLRT_READY);
    EXPECT_EQ(a.status, TMLRT_OK);
    trt_mpsc_unreserve(c);
    trt_mpsc_close(c);
    EXPECT_EQ(send(c, 2), TMLRT_E_CLOSED);
    EXPECT_EQ(poll_reserve(c, &a), TMLRT_READY);
    EXPECT_EQ(a.status, TMLRT_E_CLOSED);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(r.out, 1);
    EXPECT_EQ(poll(c, &r), TMLRT_READY);
    EXPECT_EQ(r.status, TMLRT_E_CLOSED);
    trt_mpsc_unref_sender(c);
    trt_mpsc_drop_receiver(c);
}

TEST(mpsc_drop_receiver__values_left__destroyed_once_and_reserved_sends_refused) {
    trt_mpsc* c = make(100);
    reserve a = {0};
    int value = 0;
    for (int i = 0; i < 70; i++) {
        EXPECT_EQ(send(c, i), TMLRT_OK);
    }
    EXPECT_EQ(poll_reserve(c, &a), TMLRT_READY);
    EXPECT_EQ(trt_mpsc_try_recv(c, &value), TMLRT_OK);
    trt_mpsc_drop_receiver(c);
    EXPECT_EQ(s_destroyed, 69);
    EXPECT_EQ(trt_mpsc_send_reserved(c, &value), TMLRT_E_CLOSED);
    EXPECT_EQ(send(c, 1), TMLRT_E_CLOSED);
    trt_mpsc_unref_sender(c);
    EXPECT_EQ(s_destroyed, 69);
}

TEST(mpsc_new__impossible_shapes__refused) {
    trt_mpsc* c = NULL;
    EXPECT_EQ(trt_mpsc_new(&c, 4, 0, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(trt_mpsc_new(&c, 4, TRT_SEMAPHORE_MAX + 1, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(trt_mpsc_new(&c, UINT64_MAX, 1, NULL), TMLRT_E_OVERFLOW);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_mpsc_new(&c, 4, 1, NULL), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    EXPECT(c == NULL);
}

TEST(mpsc_send__no_memory_for_a_block__nothing_changed) {
    trt_mpsc* c = make(40);
    int value = -1, out = 0;
    reserve a = {0};
    test_allocator_fail_at(1);
    EXPECT_EQ(send(c, 0), TMLRT_E_NOMEM);
    for (int i = 0; i < 32; i++) {
        EXPECT_EQ(send(c, i), TMLRT_OK);
    }
    EXPECT_EQ(poll_reserve(c, &a), TMLRT_READY);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_mpsc_send_reserved(c, &value), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    value = 32;
    EXPECT_EQ(trt_mpsc_send_reserved(c, &value), TMLRT_OK);
    for (int i = 33; i < 40; i++) {
        EXPECT_EQ(send(c, i), TMLRT_OK);
    }
    EXPECT_EQ(send(c, 40), TMLRT_E_AGAIN); // no room was lost
    for (int i = 0; i < 40; i++) {
        EXPECT_EQ(trt_mpsc_try_recv(c, &out), TMLRT_OK);
        EXPECT_EQ(out, i);
    }
    trt_mpsc_unref_sender(c);
    trt_mpsc_drop_receiver(c);
}

TEST(mpsc__values_of_any_size__whole) {
    static const uint64_t sizes[] = {0, 1, 3, 16, 200, 5000};
    static unsigned char in[5000], out[5000];
    for (size_t s = 0; s < TRT_ARRAY_LEN(sizes); s++) {
        trt_mpsc* c = NULL;
        EXPECT_EQ(trt_mpsc_new(&c, sizes[s], TRT_MPSC_UNBOUNDED, NULL), TMLRT_OK);
        for (int i = 0; i < 100; i++) {
            memset(in, i, sizeof(in));
            EXPECT_EQ(trt_mpsc_try_send(c, in), TMLRT_OK);
        }
        for (int i = 0; i < 100; i++) {
            memset(in, i, sizeof(in));
            EXPECT_EQ(trt_mpsc_try_recv(c, out), TMLRT_OK);
            EXPECT(memcmp(in, out, sizes[s]) == 0);
        }
        trt_mpsc_unref_sender(c);
        trt_mpsc_drop_receiver(c);
    }
}
