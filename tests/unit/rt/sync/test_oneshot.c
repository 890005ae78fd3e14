// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/oneshot.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

static int s_destroyed, s_last;

static void destroy(void* value) {
    s_destroyed++;
    s_last = *(int*)value;
}
static trt_oneshot* make(void) {
    s_destroyed = s_last = 0;
    return trt_oneshot_new(sizeof(int), destroy);
}
static tmlrt_status send(trt_oneshot* tx, int value) {
    return trt_oneshot_send(tx, &value);
}

typedef struct recv {
    test_waker waker;
    int out;
    tmlrt_status status;
} recv;

static tmlrt_poll poll(trt_oneshot* rx, recv* r) {
    return trt_oneshot_poll(rx, test_waker_context(&r->waker)->waker, &r->out, &r->status);
}

TEST(oneshot__sent_then_received__moved_once_one_allocation) {
    uint64_t calls = test_allocator_calls();
    trt_oneshot* o = make();
    recv r = {0};
    EXPECT_EQ(trt_oneshot_try_recv(o, &r.out), TMLRT_E_AGAIN);
    EXPECT_EQ(send(o, 7), TMLRT_OK);
    EXPECT_EQ(poll(o, &r), TMLRT_READY);
    EXPECT_EQ(r.status, TMLRT_OK);
    EXPECT_EQ(r.out, 7);
    EXPECT_EQ(poll(o, &r), TMLRT_READY);
    EXPECT_EQ(r.status, TMLRT_E_CLOSED);
    EXPECT_EQ(trt_oneshot_try_recv(o, &r.out), TMLRT_E_CLOSED);
    trt_oneshot_drop_receiver(o);
    EXPECT_EQ(s_destroyed, 0);
    EXPECT_EQ(test_allocator_calls() - calls, 1);
}

TEST(oneshot__receiver_waits__woken_by_the_send) {
    trt_oneshot* o = make();
    recv r = {0};
    EXPECT_EQ(poll(o, &r), TMLRT_PENDING);
    EXPECT_EQ(poll(o, &r), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&r.waker), 1);
    EXPECT_EQ(send(o, 8), TMLRT_OK);
    EXPECT_EQ(test_waker_wakes(&r.waker), 1);
    EXPECT_EQ(test_waker_refs(&r.waker), 0);
    EXPECT_EQ(poll(o, &r), TMLRT_READY);
    EXPECT_EQ(r.out, 8);
    trt_oneshot_drop_receiver(o);
}

TEST(oneshot_poll__waker_swapped__only_the_last_is_woken) {
    trt_oneshot* o = make();
    recv a = {0}, b = {0};
    EXPECT_EQ(poll(o, &a), TMLRT_PENDING);
    EXPECT_EQ(poll(o, &b), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&a.waker), 0);
    trt_oneshot_drop_sender(o);
    EXPECT_EQ(test_waker_wakes(&a.waker), 0);
    EXPECT_EQ(test_waker_wakes(&b.waker), 1);
    EXPECT_EQ(poll(o, &b), TMLRT_READY);
    EXPECT_EQ(b.status, TMLRT_E_CLOSED);
    trt_oneshot_drop_receiver(o);
}

TEST(oneshot_forget__wait_given_up_before_or_after_the_send__value_stays) {
    for (int after = 0; after < 2; after++) {
        trt_oneshot* o = make();
        recv r = {0};
        EXPECT_EQ(poll(o, &r), TMLRT_PENDING);
        if (!after) {
            trt_oneshot_forget_receiver_waker(o);
            EXPECT_EQ(test_waker_refs(&r.waker), 0);
        }
        EXPECT_EQ(send(o, 9), TMLRT_OK);
        if (after) {
            trt_oneshot_forget_receiver_waker(o);
        }
        EXPECT_EQ(test_waker_wakes(&r.waker), after);
        EXPECT_EQ(test_waker_refs(&r.waker), 0);
        EXPECT_EQ(poll(o, &r), TMLRT_READY);
        EXPECT_EQ(r.out, 9);
        trt_oneshot_drop_receiver(o);
    }
}

TEST(oneshot_drop_receiver__value_unread__destroyed_once) {
    trt_oneshot* o = make();
    EXPECT_EQ(send(o, 5), TMLRT_OK);
    trt_oneshot_drop_receiver(o);
    EXPECT_EQ(s_destroyed, 1);
    EXPECT_EQ(s_last, 5);
}

TEST(oneshot_send__receiver_gone_or_closed__closed_and_the_value_stays) {
    trt_oneshot* o = make();
    EXPECT(!trt_oneshot_closed(o));
    trt_oneshot_drop_receiver(o);
    EXPECT(trt_oneshot_closed(o));
    EXPECT_EQ(send(o, 1), TMLRT_E_CLOSED);
    o = make();
    recv r = {0};
    trt_oneshot_close(o);
    trt_oneshot_close(o);
    EXPECT_EQ(poll(o, &r), TMLRT_READY);
    EXPECT_EQ(r.status, TMLRT_E_CLOSED);
    EXPECT_EQ(send(o, 1), TMLRT_E_CLOSED);
    trt_oneshot_drop_receiver(o);
    EXPECT_EQ(s_destroyed, 0);
}

TEST(oneshot_close__after_the_send__value_can_be_received) {
    trt_oneshot* o = make();
    recv r = {0};
    EXPECT_EQ(send(o, 3), TMLRT_OK);
    trt_oneshot_close(o);
    EXPECT_EQ(poll(o, &r), TMLRT_READY);
    EXPECT_EQ(r.status, TMLRT_OK);
    EXPECT_EQ(r.out, 3);
    trt_oneshot_drop_receiver(o);
}

TEST(oneshot_drop_receiver__while_it_waits__sender_finds_it_closed) {
    trt_oneshot* o = make();
    recv r = {0};
    EXPECT_EQ(poll(o, &r), TMLRT_PENDING);
    trt_oneshot_drop_receiver(o);
    EXPECT_EQ(test_waker_refs(&r.waker), 0);
    trt_oneshot_drop_sender(o);
    EXPECT_EQ(test_waker_wakes(&r.waker), 0);
}

TEST(oneshot_poll_closed__receiver_closes_or_goes__sender_woken) {
    for (int gone = 0; gone < 2; gone++) {
        trt_oneshot* o = make();
        test_waker a = {0}, b = {0};
        EXPECT_EQ(trt_oneshot_poll_closed(o, test_waker_context(&a)->waker), TMLRT_PENDING);
        EXPECT_EQ(trt_oneshot_poll_closed(o, test_waker_context(&b)->waker), TMLRT_PENDING);
        EXPECT_EQ(test_waker_refs(&a), 0);
        if (gone) {
            trt_oneshot_drop_receiver(o);
        } else {
            trt_oneshot_close(o);
        }
        EXPECT_EQ(test_waker_wakes(&b), 1);
        EXPECT_EQ(test_waker_refs(&b), 0);
        EXPECT_EQ(trt_oneshot_poll_closed(o, test_waker_context(&b)->waker), TMLRT_READY);
        trt_oneshot_forget_sender_waker(o);
        trt_oneshot_drop_sender(o);
        if (!gone) {
            trt_oneshot_drop_receiver(o);
        }
    }
}

TEST(oneshot_poll_closed__sender_gives_up_waiting_or_ends__waker_dropped) {
    for (int sends = 0; sends < 2; sends++) {
        trt_oneshot* o = make();
        test_waker a = {0};
        EXPECT_EQ(trt_oneshot_poll_closed(o, test_waker_context(&a)->waker), TMLRT_PENDING);
        if (sends) {
            EXPECT_EQ(send(o, 1), TMLRT_OK);
        } else {
            trt_oneshot_forget_sender_waker(o);
            EXPECT_EQ(test_waker_refs(&a), 0);
            trt_oneshot_drop_sender(o);
        }
        EXPECT_EQ(test_waker_refs(&a), 0);
        EXPECT_EQ(test_waker_wakes(&a), 0);
        trt_oneshot_drop_receiver(o);
        EXPECT_EQ(s_destroyed, sends);
    }
}

TEST(oneshot_new__no_memory_or_no_room_for_the_size__null) {
    test_allocator_fail_at(1);
    EXPECT(trt_oneshot_new(4, NULL) == NULL);
    EXPECT(test_allocator_hit());
    test_allocator_fail_at(0);
    EXPECT(trt_oneshot_new(UINT64_MAX, NULL) == NULL);
}

TEST(oneshot__value_without_bytes__only_the_event) {
    trt_oneshot* o = trt_oneshot_new(0, NULL);
    EXPECT_EQ(trt_oneshot_send(o, NULL), TMLRT_OK);
    EXPECT_EQ(trt_oneshot_try_recv(o, NULL), TMLRT_OK);
    trt_oneshot_drop_receiver(o);
}
