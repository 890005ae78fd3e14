// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/barrier.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

typedef struct wait {
    trt_barrier_waiter waiter;
    test_waker waker;
    bool leader;
} wait;

static tmlrt_poll poll(trt_barrier* b, wait* w) {
    return trt_barrier_poll(b, &w->waiter, test_waker_context(&w->waker)->waker, &w->leader);
}

TEST(barrier__rounds__all_pass_together_one_leads) {
    enum { NUM = 2 * TRT_WAKE_BATCH + 2 };
    trt_barrier b;
    trt_barrier_init(&b, NUM);
    for (int round = 0; round < 3; round++) {
        static wait w[NUM];
        memset(w, 0, sizeof(w));
        for (int i = 0; i < NUM - 1; i++) {
            EXPECT_EQ(poll(&b, &w[i]), TMLRT_PENDING);
            EXPECT_EQ(poll(&b, &w[i]), TMLRT_PENDING);
        }
        EXPECT_EQ(poll(&b, &w[NUM - 1]), TMLRT_READY);
        EXPECT(w[NUM - 1].leader);
        for (int i = 0; i < NUM - 1; i++) {
            EXPECT_EQ(test_waker_wakes(&w[i].waker), 1);
            EXPECT_EQ(poll(&b, &w[i]), TMLRT_READY);
            EXPECT(!w[i].leader);
            EXPECT_EQ(test_waker_refs(&w[i].waker), 0);
        }
    }
    trt_barrier_fini(&b);
}

TEST(barrier_cancel__before_and_after_the_round_ended__counted_only_after) {
    trt_barrier b;
    wait x = {0}, y = {0}, z = {0};
    trt_barrier_init(&b, 2);
    EXPECT_EQ(poll(&b, &x), TMLRT_PENDING);
    trt_barrier_cancel(&b, &x.waiter); // has not arrived
    EXPECT_EQ(test_waker_refs(&x.waker), 0);
    EXPECT_EQ(poll(&b, &y), TMLRT_PENDING);
    EXPECT_EQ(poll(&b, &z), TMLRT_READY);
    trt_barrier_cancel(&b, &y.waiter); // the round ended with it
    EXPECT_EQ(poll(&b, &x), TMLRT_PENDING);
    trt_barrier_cancel(&b, &x.waiter);
    trt_barrier_fini(&b);
}

TEST(barrier__of_one_or_none__never_waits) {
    for (uint64_t num = 0; num < 2; num++) {
        trt_barrier b;
        wait x = {0};
        trt_barrier_init(&b, num);
        EXPECT_EQ(poll(&b, &x), TMLRT_READY);
        EXPECT(x.leader);
        trt_barrier_fini(&b);
    }
}
