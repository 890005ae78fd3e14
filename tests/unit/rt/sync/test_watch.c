// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/watch.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

static int s_live;
static trt_watch* s_replace; // replaced while a copy is made

static void clone_value(void* to, const void* from) {
    trt_watch* watch = s_replace;
    s_replace = NULL;
    if (watch != NULL) {
        int value = 90;
        s_live++;
        EXPECT_EQ(trt_watch_send(watch, &value), TMLRT_OK);
    }
    s_live++;
    *(int*)to = *(const int*)from;
}
static void drop_value(void* value) {
    (void)value;
    s_live--;
}
static trt_watch* make(int value) {
    trt_watch* w = NULL;
    s_live = 1;
    EXPECT_EQ(trt_watch_new(&w, sizeof(int), &value, clone_value, drop_value), TMLRT_OK);
    return w;
}
static tmlrt_status send(trt_watch* w, int value) {
    s_live++;
    return trt_watch_send(w, &value);
}
static int get(trt_watch_rx* rx) {
    int out = 0;
    trt_watch_get(rx, &out);
    s_live--;
    return out;
}

typedef struct wait {
    trt_waiter waiter;
    test_waker waker;
    tmlrt_status status;
} wait;

static tmlrt_poll poll(trt_watch_rx* rx, wait* w) {
    return trt_watch_poll_changed(rx, &w->waiter, test_waker_context(&w->waker)->waker, &w->status);
}

TEST(watch__sent_several_times__the_latest_seen_once) {
    trt_watch* w = make(1);
    trt_watch_rx* x = trt_watch_subscribe(w);
    wait a = {0};
    EXPECT_EQ(trt_watch_changed(x), TMLRT_E_AGAIN); // the first value is known
    EXPECT_EQ(get(x), 1);
    EXPECT_EQ(send(w, 2), TMLRT_OK);
    EXPECT_EQ(send(w, 3), TMLRT_OK);
    EXPECT_EQ(s_live, 1);
    EXPECT_EQ(trt_watch_changed(x), TMLRT_OK);
    EXPECT_EQ(poll(x, &a), TMLRT_READY);
    EXPECT_EQ(trt_watch_changed(x), TMLRT_E_AGAIN);
    EXPECT_EQ(get(x), 3);
    EXPECT_EQ(send(w, 4), TMLRT_OK);
    EXPECT_EQ(get(x), 4); // counts as seen
    EXPECT_EQ(poll(x, &a), TMLRT_PENDING);
    EXPECT_EQ(trt_watch_receivers(w), 1);
    trt_watch_cancel(x, &a.waiter);
    EXPECT_EQ(test_waker_refs(&a.waker), 0);
    int peeked = 0;
    trt_watch_peek(w, &peeked);
    s_live--;
    EXPECT_EQ(peeked, 4);
    trt_watch_rx_free(x);
    trt_watch_unref(w);
    EXPECT_EQ(s_live, 0);
}

TEST(watch_poll__waiting__woken_by_a_send_and_by_the_last_sender) {
    trt_watch* w = make(1);
    trt_watch_rx *x = trt_watch_subscribe(w), *y = NULL;
    wait a = {0}, b = {0};
    EXPECT_EQ(poll(x, &a), TMLRT_PENDING);
    EXPECT_EQ(poll(x, &a), TMLRT_PENDING);
    send(w, 2);
    y = trt_watch_rx_dup(x); // has not seen 2 either
    EXPECT_EQ(test_waker_wakes(&a.waker), 1);
    trt_watch_cancel(x, &a.waiter); // woken and not polled: the change stays unseen
    EXPECT_EQ(poll(x, &a), TMLRT_READY);
    EXPECT_EQ(a.status, TMLRT_OK);
    EXPECT_EQ(poll(y, &b), TMLRT_READY);
    EXPECT_EQ(poll(x, &a), TMLRT_PENDING);
    trt_watch_ref(w);
    trt_watch_unref(w);
    EXPECT_EQ(test_waker_wakes(&a.waker), 1);
    trt_watch_unref(w);
    EXPECT_EQ(test_waker_wakes(&a.waker), 2);
    EXPECT_EQ(poll(x, &a), TMLRT_READY);
    EXPECT_EQ(a.status, TMLRT_E_CLOSED);
    EXPECT_EQ(trt_watch_changed(y), TMLRT_E_CLOSED);
    EXPECT_EQ(get(y), 2); // the last value stays
    trt_watch_rx_free(x);
    trt_watch_rx_free(y);
    EXPECT_EQ(s_live, 0);
}

TEST(watch_changed__last_value_unseen_at_the_end__seen_before_closed) {
    trt_watch* w = make(1);
    trt_watch_rx* x = trt_watch_subscribe(w);
    wait a = {0};
    send(w, 2);
    trt_watch_unref(w);
    EXPECT_EQ(poll(x, &a), TMLRT_READY);
    EXPECT_EQ(a.status, TMLRT_OK);
    EXPECT_EQ(poll(x, &a), TMLRT_READY);
    EXPECT_EQ(a.status, TMLRT_E_CLOSED);
    trt_watch_rx_free(x);
}

TEST(watch_get__replaced_during_the_copy__old_value_whole_then_destroyed) {
    trt_watch* w = make(1);
    trt_watch_rx* x = trt_watch_subscribe(w);
    s_replace = w;
    EXPECT_EQ(get(x), 1);
    EXPECT_EQ(s_live, 1);
    EXPECT_EQ(trt_watch_changed(x), TMLRT_OK);
    EXPECT_EQ(get(x), 90);
    trt_watch_rx_free(x);
    trt_watch_unref(w);
    EXPECT_EQ(s_live, 0);
}

TEST(watch_send__steady_flow__allocates_no_more) {
    trt_watch* w = make(0);
    trt_watch_rx* x = trt_watch_subscribe(w);
    send(w, 1);
    uint64_t calls = test_allocator_calls();
    for (int i = 2; i < 50; i++) {
        send(w, i);
        EXPECT_EQ(get(x), i);
    }
    EXPECT_EQ(test_allocator_calls(), calls);
    trt_watch_rx_free(x);
    trt_watch_unref(w);
}

TEST(watch__no_memory__nothing_changed) {
    trt_watch* w = NULL;
    int value = 4;
    for (uint64_t nth = 1; nth <= 2; nth++) {
        test_allocator_fail_at(nth);
        EXPECT_EQ(trt_watch_new(&w, 4, &value, NULL, NULL), TMLRT_E_NOMEM);
    }
    test_allocator_fail_at(0);
    EXPECT_EQ(trt_watch_new(&w, UINT64_MAX, &value, NULL, NULL), TMLRT_E_OVERFLOW);
    EXPECT_EQ(trt_watch_new(&w, 4, &value, NULL, NULL), TMLRT_OK);
    test_allocator_fail_at(1);
    EXPECT(trt_watch_subscribe(w) == NULL);
    int next = 5, out = 0;
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_watch_send(w, &next), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    trt_watch_peek(w, &out);
    EXPECT_EQ(out, 4);
    trt_watch_unref(w);
}
