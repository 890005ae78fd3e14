// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/notify.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

typedef struct wait {
    trt_notify_waiter waiter;
    test_waker waker;
} wait;

static void begin(trt_notify* n, wait* w) {
    trt_notify_begin(n, &w->waiter);
}
static tmlrt_poll poll(trt_notify* n, wait* w) {
    return trt_notify_poll(n, &w->waiter, test_waker_context(&w->waker)->waker);
}

TEST(notify_one__nobody_waits__one_permit_stored) {
    trt_notify n = {0};
    wait a = {0}, b = {0};
    trt_notify_one(&n);
    trt_notify_one(&n);
    begin(&n, &a);
    begin(&n, &b);
    EXPECT_EQ(poll(&n, &a), TMLRT_READY);
    EXPECT_EQ(poll(&n, &b), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&a.waker), 0);
    trt_notify_cancel(&n, &b.waiter);
    EXPECT_EQ(test_waker_refs(&b.waker), 0);
    trt_notify_fini(&n);
}

TEST(notify_one__several_wait__oldest_first) {
    trt_notify n = {0};
    wait w[3] = {0};
    for (int i = 0; i < 3; i++) {
        begin(&n, &w[i]);
    }
    for (int i = 2; i >= 0; i--) { // the order of the first polls counts
        EXPECT_EQ(poll(&n, &w[i]), TMLRT_PENDING);
    }
    for (int i = 2; i >= 0; i--) {
        trt_notify_one(&n);
        EXPECT_EQ(test_waker_wakes(&w[i].waker), 1);
        EXPECT_EQ(poll(&n, &w[i]), TMLRT_READY);
    }
    trt_notify_one(&n);
    begin(&n, &w[0]);
    EXPECT_EQ(poll(&n, &w[0]), TMLRT_READY);
    trt_notify_fini(&n);
}

TEST(notify_cancel__notified_and_not_polled__passes_on_or_is_stored) {
    trt_notify n = {0};
    wait a = {0}, b = {0}, c = {0};
    begin(&n, &a);
    begin(&n, &b);
    begin(&n, &c);
    EXPECT_EQ(poll(&n, &a), TMLRT_PENDING);
    EXPECT_EQ(poll(&n, &b), TMLRT_PENDING);
    trt_notify_one(&n);
    trt_notify_cancel(&n, &a.waiter);
    EXPECT_EQ(test_waker_wakes(&b.waker), 1);
    trt_notify_cancel(&n, &b.waiter);
    EXPECT_EQ(poll(&n, &c), TMLRT_READY); // stored
    begin(&n, &c);
    trt_notify_cancel(&n, &c.waiter); // never polled
    trt_notify_fini(&n);
}

TEST(notify_cancel__while_waiting__takes_itself_out) {
    trt_notify n = {0};
    wait a = {0}, b = {0};
    begin(&n, &a);
    begin(&n, &b);
    EXPECT_EQ(poll(&n, &a), TMLRT_PENDING);
    EXPECT_EQ(poll(&n, &b), TMLRT_PENDING);
    trt_notify_cancel(&n, &a.waiter);
    trt_notify_one(&n);
    EXPECT_EQ(test_waker_wakes(&a.waker), 0);
    EXPECT_EQ(poll(&n, &b), TMLRT_READY);
    trt_notify_fini(&n);
}

TEST(notify_all__some_begun_some_not__exactly_those_that_had) {
    enum { NUM = 2 * TRT_WAKE_BATCH + 1 };
    trt_notify n = {0};
    static wait w[NUM];
    memset(w, 0, sizeof(w));
    wait unpolled = {0}, late = {0};
    begin(&n, &unpolled);
    for (int i = 0; i < NUM; i++) {
        begin(&n, &w[i]);
        EXPECT_EQ(poll(&n, &w[i]), TMLRT_PENDING);
    }
    trt_notify_all(&n);
    begin(&n, &late);
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(test_waker_wakes(&w[i].waker), 1);
        EXPECT_EQ(poll(&n, &w[i]), TMLRT_READY);
    }
    EXPECT_EQ(poll(&n, &unpolled), TMLRT_READY);
    EXPECT_EQ(poll(&n, &late), TMLRT_PENDING); // and nothing was stored
    trt_notify_cancel(&n, &late.waiter);
    trt_notify_fini(&n);
}

TEST(notify_all__answer_dropped__not_passed_on) {
    trt_notify n = {0};
    wait a = {0}, b = {0};
    begin(&n, &a);
    EXPECT_EQ(poll(&n, &a), TMLRT_PENDING);
    trt_notify_all(&n);
    trt_notify_cancel(&n, &a.waiter);
    begin(&n, &b);
    EXPECT_EQ(poll(&n, &b), TMLRT_PENDING);
    trt_notify_cancel(&n, &b.waiter);
    trt_notify_fini(&n);
}

TEST(notify_all__permit_stored__stays_stored) {
    trt_notify n = {0};
    wait a = {0}, b = {0};
    begin(&n, &a);
    trt_notify_one(&n);
    trt_notify_all(&n);
    EXPECT_EQ(poll(&n, &a), TMLRT_READY); // by the round; the permit is for another
    begin(&n, &b);
    EXPECT_EQ(poll(&n, &b), TMLRT_READY);
    begin(&n, &b);
    EXPECT_EQ(poll(&n, &b), TMLRT_PENDING);
    trt_notify_cancel(&n, &b.waiter);
    trt_notify_fini(&n);
}

TEST(notify_poll__again_with_another_waker__only_the_last_is_woken) {
    trt_notify n = {0};
    wait a = {0};
    test_waker other = {0};
    begin(&n, &a);
    EXPECT_EQ(poll(&n, &a), TMLRT_PENDING);
    EXPECT_EQ(trt_notify_poll(&n, &a.waiter, test_waker_context(&other)->waker), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&a.waker), 0);
    trt_notify_one(&n);
    EXPECT_EQ(test_waker_wakes(&a.waker), 0);
    EXPECT_EQ(test_waker_wakes(&other), 1);
    EXPECT_EQ(poll(&n, &a), TMLRT_READY);
}
