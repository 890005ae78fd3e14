// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/waiters.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

enum { DONE = TRT_WAITER_ANSWERED, NUM = 3 * TRT_WAKE_BATCH + 5 };

typedef struct queue {
    trt_mutex lock;
    trt_waiters waiters;
    trt_waiter nodes[NUM];
    test_waker wakers[NUM];
} queue;

static void push(queue* q, int i) {
    tmlrt_waker waker;
    trt_waker_clone(test_waker_context(&q->wakers[i])->waker, &waker);
    trt_waiters_push(&q->waiters, &q->nodes[i], &waker);
    EXPECT(waker.vtable == NULL);
}

TEST(waiters_answer__several_waiting__oldest_first_woken_after_the_batch) {
    queue q = {0};
    trt_wake_batch batch = {0};
    EXPECT(trt_waiters_first(&q.waiters) == NULL);
    for (int i = 0; i < 3; i++) {
        push(&q, i);
    }
    trt_waiter_answer(trt_waiters_first(&q.waiters), DONE, &batch);
    EXPECT_EQ(q.nodes[0].state, DONE);
    EXPECT_EQ(q.nodes[1].state, TRT_WAITER_WAITING);
    EXPECT_EQ(test_waker_wakes(&q.wakers[0]), 0);
    trt_wake_batch_wake(&batch);
    EXPECT_EQ(batch.num, 0);
    EXPECT_EQ(test_waker_wakes(&q.wakers[0]), 1);
    EXPECT_EQ(test_waker_refs(&q.wakers[0]), 0);
    for (int i = 0; i < 3; i++) {
        tmlrt_waker old;
        EXPECT_EQ(trt_waiter_unlink(&q.nodes[i], &old), i == 0 ? DONE : TRT_WAITER_WAITING);
        EXPECT_EQ(old.vtable != NULL, i != 0);
        trt_waker_drop(&old);
        EXPECT_EQ(q.nodes[i].state, TRT_WAITER_IDLE);
        EXPECT_EQ(test_waker_refs(&q.wakers[i]), 0);
    }
    EXPECT(trt_waiters_empty(&q.waiters));
}

TEST(waiter_renew__other_waker__the_old_one_comes_back) {
    queue q = {0};
    tmlrt_waker waker, old;
    push(&q, 0);
    trt_waker_clone(test_waker_context(&q.wakers[0])->waker, &waker);
    trt_waiter_renew(&q.nodes[0], &waker); // the same: not needed
    trt_waker_drop(&waker);
    EXPECT_EQ(test_waker_refs(&q.wakers[0]), 1);
    trt_waker_clone(test_waker_context(&q.wakers[1])->waker, &waker);
    trt_waiter_renew(&q.nodes[0], &waker);
    trt_waker_drop(&waker);
    EXPECT_EQ(test_waker_refs(&q.wakers[0]), 0);
    EXPECT_EQ(test_waker_refs(&q.wakers[1]), 1);
    trt_waiter_unlink(&q.nodes[0], &old);
    trt_waker_drop(&old);
}

TEST(waiters_answer_all__more_than_a_batch__everybody_once_newcomers_not) {
    queue q = {0};
    for (int i = 0; i < NUM - 1; i++) {
        push(&q, i);
    }
    tmlrt_waker old;
    trt_waiter_unlink(&q.nodes[7], &old);
    trt_waker_drop(&old);
    trt_mutex_lock(&q.lock);
    trt_waiters_answer_all(&q.waiters, &q.lock, DONE);
    EXPECT(trt_mutex_try_lock(&q.lock));
    EXPECT(trt_waiters_empty(&q.waiters));
    push(&q, NUM - 1);
    for (int i = 0; i < NUM; i++) {
        bool woken = i != 7 && i != NUM - 1;
        EXPECT_EQ(test_waker_wakes(&q.wakers[i]), woken);
        EXPECT_EQ(q.nodes[i].state == DONE, woken);
    }
    trt_waiter_unlink(&q.nodes[NUM - 1], &old);
    trt_waker_drop(&old);
}

// A waker that drops another waiter of the same queue when it is woken: between two batches.
typedef struct meddler {
    queue* q;
    int victim;
} meddler;

static void meddler_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    *out_waker = *waker;
}
static void meddler_drop(void* data) {
    (void)data;
}
static void meddler_wake(void* data) {
    meddler* m = data;
    tmlrt_waker old;
    trt_mutex_lock(&m->q->lock);
    uint32_t state = trt_waiter_unlink(&m->q->nodes[m->victim], &old);
    trt_mutex_unlock(&m->q->lock);
    EXPECT_EQ(state, TRT_WAITER_WAITING);
    trt_waker_drop(&old);
}
static const tmlrt_waker_vtable s_meddler = {meddler_clone, meddler_wake, meddler_wake,
                                             meddler_drop};

TEST(waiters_answer_all__a_waiter_dropped_between_batches__not_woken) {
    queue q = {0};
    meddler m = {&q, NUM - 1};
    tmlrt_waker waker = {&s_meddler, &m};
    trt_waiters_push(&q.waiters, &q.nodes[0], &waker);
    for (int i = 1; i < NUM; i++) {
        push(&q, i);
    }
    trt_mutex_lock(&q.lock);
    trt_waiters_answer_all(&q.waiters, &q.lock, DONE);
    for (int i = 1; i < NUM; i++) {
        EXPECT_EQ(test_waker_wakes(&q.wakers[i]), i != NUM - 1);
        EXPECT_EQ(test_waker_refs(&q.wakers[i]), 0);
    }
    EXPECT(trt_waiters_empty(&q.waiters));
}
