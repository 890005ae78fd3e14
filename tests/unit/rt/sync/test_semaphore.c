// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/semaphore.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <stdlib.h>

// One acquire, polled by hand.
typedef struct acquire {
    trt_semaphore_waiter waiter;
    test_waker waker;
    uint64_t num;
    tmlrt_status status;
} acquire;

static tmlrt_poll poll(trt_semaphore* s, acquire* a) {
    return trt_semaphore_poll(s, &a->waiter, a->num, test_waker_context(&a->waker)->waker,
                              &a->status);
}

TEST(semaphore_try_acquire__permits_there_or_not__all_or_none) {
    trt_semaphore s;
    trt_semaphore_init(&s, 3);
    EXPECT_EQ(trt_semaphore_try_acquire(&s, 2), TMLRT_OK);
    EXPECT_EQ(trt_semaphore_try_acquire(&s, 2), TMLRT_E_AGAIN);
    EXPECT_EQ(trt_semaphore_available(&s), 1);
    EXPECT_EQ(trt_semaphore_try_acquire(&s, 0), TMLRT_OK);
    EXPECT_EQ(trt_semaphore_try_acquire(&s, TRT_SEMAPHORE_MAX + 1), TMLRT_E_OVERFLOW);
    EXPECT_EQ(trt_semaphore_release(&s, 2), TMLRT_OK);
    EXPECT_EQ(trt_semaphore_available(&s), 3);
    EXPECT_EQ(trt_semaphore_release(&s, TRT_SEMAPHORE_MAX - 2), TMLRT_E_OVERFLOW);
    EXPECT_EQ(trt_semaphore_release(&s, UINT64_MAX), TMLRT_E_OVERFLOW);
    EXPECT_EQ(trt_semaphore_release(&s, TRT_SEMAPHORE_MAX - 3), TMLRT_OK);
    EXPECT_EQ(trt_semaphore_available(&s), TRT_SEMAPHORE_MAX);
    trt_semaphore_fini(&s);
}

TEST(semaphore_poll__ready_at_once__no_waker_kept) {
    trt_semaphore s;
    acquire a = {.num = 1};
    trt_semaphore_init(&s, 1);
    EXPECT_EQ(poll(&s, &a), TMLRT_READY);
    EXPECT_EQ(a.status, TMLRT_OK);
    EXPECT_EQ(test_waker_refs(&a.waker), 0);
}

TEST(semaphore_release__several_waiting__fifo_whatever_they_want) {
    trt_semaphore s;
    acquire big = {.num = 3}, small = {.num = 1}, last = {.num = 1};
    trt_semaphore_init(&s, 2);
    EXPECT_EQ(poll(&s, &big), TMLRT_PENDING); // has 2 of its 3 now
    EXPECT_EQ(trt_semaphore_available(&s), 0);
    EXPECT_EQ(trt_semaphore_try_acquire(&s, 1), TMLRT_E_AGAIN); // nobody overtakes
    EXPECT_EQ(poll(&s, &small), TMLRT_PENDING);
    EXPECT_EQ(poll(&s, &last), TMLRT_PENDING);
    trt_semaphore_release(&s, 1);
    EXPECT_EQ(test_waker_wakes(&big.waker), 1);
    EXPECT_EQ(test_waker_wakes(&small.waker), 0);
    EXPECT_EQ(poll(&s, &big), TMLRT_READY);
    EXPECT_EQ(poll(&s, &small), TMLRT_PENDING);
    trt_semaphore_release(&s, 3);
    EXPECT_EQ(poll(&s, &small), TMLRT_READY);
    EXPECT_EQ(poll(&s, &last), TMLRT_READY);
    EXPECT_EQ(trt_semaphore_available(&s), 1);
    trt_semaphore_release(&s, 2);
    EXPECT_EQ(trt_semaphore_available(&s), 3);
    trt_semaphore_fini(&s);
}

TEST(semaphore_release__more_waiters_than_a_batch__all_served_rest_free) {
    enum { NUM = 2 * TRT_WAKE_BATCH + 3 };
    trt_semaphore s;
    static acquire all[NUM];
    memset(all, 0, sizeof(all));
    trt_semaphore_init(&s, 0);
    for (int i = 0; i < NUM; i++) {
        all[i].num = 2;
        EXPECT_EQ(poll(&s, &all[i]), TMLRT_PENDING);
    }
    EXPECT_EQ(trt_semaphore_release(&s, 2 * NUM + 1), TMLRT_OK);
    EXPECT_EQ(trt_semaphore_available(&s), 1);
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(test_waker_wakes(&all[i].waker), 1);
        EXPECT_EQ(poll(&s, &all[i]), TMLRT_READY);
    }
    trt_semaphore_fini(&s);
}

TEST(semaphore_cancel__in_every_state__permits_pass_on) {
    trt_semaphore s;
    acquire a = {.num = 3}, b = {.num = 1}, c = {.num = 1};
    trt_semaphore_init(&s, 2);
    trt_semaphore_cancel(&s, &a.waiter); // idle
    EXPECT_EQ(poll(&s, &a), TMLRT_PENDING);
    EXPECT_EQ(poll(&s, &b), TMLRT_PENDING);
    EXPECT_EQ(poll(&s, &c), TMLRT_PENDING);
    trt_semaphore_cancel(&s, &a.waiter); // waiting, with 2 of 3: b and c get them
    EXPECT_EQ(test_waker_refs(&a.waker), 0);
    EXPECT_EQ(test_waker_wakes(&b.waker), 1);
    EXPECT_EQ(test_waker_wakes(&c.waker), 1);
    acquire d = {.num = 1};
    EXPECT_EQ(poll(&s, &d), TMLRT_PENDING);
    trt_semaphore_cancel(&s, &b.waiter); // granted and not polled: passes on
    EXPECT_EQ(test_waker_wakes(&d.waker), 1);
    EXPECT_EQ(poll(&s, &d), TMLRT_READY);
    EXPECT_EQ(poll(&s, &c), TMLRT_READY);
    trt_semaphore_release(&s, 2);
    EXPECT_EQ(poll(&s, &a), TMLRT_PENDING);
    trt_semaphore_cancel(&s, &a.waiter); // the only one: what it had is free again
    EXPECT_EQ(trt_semaphore_available(&s), 2);
    EXPECT_EQ(trt_semaphore_try_acquire(&s, 2), TMLRT_OK);
    trt_semaphore_fini(&s);
}

TEST(semaphore_poll__again_with_another_waker__only_the_last_is_woken) {
    trt_semaphore s;
    acquire a = {.num = 1};
    test_waker other = {0};
    trt_semaphore_init(&s, 0);
    EXPECT_EQ(poll(&s, &a), TMLRT_PENDING);
    EXPECT_EQ(poll(&s, &a), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&a.waker), 1);
    EXPECT_EQ(trt_semaphore_poll(&s, &a.waiter, 1, test_waker_context(&other)->waker, &a.status),
              TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&a.waker), 0);
    trt_semaphore_release(&s, 1);
    EXPECT_EQ(test_waker_wakes(&a.waker), 0);
    EXPECT_EQ(test_waker_wakes(&other), 1);
    EXPECT_EQ(poll(&s, &a), TMLRT_READY);
}

TEST(semaphore_close__waiting_granted_and_later__closed_but_what_was_granted) {
    enum { NUM = TRT_WAKE_BATCH + 3 };
    trt_semaphore s;
    static acquire all[NUM];
    memset(all, 0, sizeof(all));
    acquire granted = {.num = 1}, late = {.num = 1};
    trt_semaphore_init(&s, 0);
    EXPECT_EQ(poll(&s, &granted), TMLRT_PENDING);
    trt_semaphore_release(&s, 1);
    for (int i = 0; i < NUM; i++) {
        all[i].num = 2;
        EXPECT_EQ(poll(&s, &all[i]), TMLRT_PENDING);
    }
    trt_semaphore_release(&s, 1); // the first has one of two
    EXPECT(!trt_semaphore_closed(&s));
    trt_semaphore_close(&s);
    trt_semaphore_close(&s);
    EXPECT(trt_semaphore_closed(&s));
    EXPECT_EQ(trt_semaphore_available(&s), 1);
    EXPECT(trt_semaphore_settled(&s, 1) && !trt_semaphore_settled(&s, 2));
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(test_waker_wakes(&all[i].waker), 1);
        if (i % 2 == 0) {
            EXPECT_EQ(poll(&s, &all[i]), TMLRT_READY);
            EXPECT_EQ(all[i].status, TMLRT_E_CLOSED);
        } else {
            trt_semaphore_cancel(&s, &all[i].waiter);
        }
    }
    EXPECT_EQ(poll(&s, &granted), TMLRT_READY);
    EXPECT_EQ(granted.status, TMLRT_OK);
    EXPECT_EQ(poll(&s, &late), TMLRT_READY);
    EXPECT_EQ(late.status, TMLRT_E_CLOSED);
    EXPECT_EQ(trt_semaphore_try_acquire(&s, 1), TMLRT_E_CLOSED);
    EXPECT_EQ(trt_semaphore_release(&s, 1), TMLRT_OK);
    EXPECT_EQ(trt_semaphore_available(&s), 2);
    trt_semaphore_fini(&s);
}

// A random walk against a model: permits are conserved (M2) and grants are in order of arrival.
TEST(semaphore__random_operations__as_the_model) {
    enum { NUM = 24, TOTAL = 9 };
    static acquire all[NUM];
    int order[NUM], num_order = 0; // who waits, oldest first
    uint64_t held = 0;
    uint32_t seed = 1;
    bool waiting[NUM] = {false};
    memset(all, 0, sizeof(all));
    trt_semaphore s;
    trt_semaphore_init(&s, TOTAL);
    for (int step = 0; step < 20000; step++) {
        seed = seed * 1664525u + 1013904223u;
        int i = (int)(seed >> 8) % NUM;
        acquire* a = &all[i];
        if ((seed >> 24) % 4 == 0 && held != 0) {
            uint64_t n = 1 + (seed >> 4) % held;
            held -= n;
            trt_semaphore_release(&s, n);
        } else if (waiting[i] && (seed >> 24) % 4 == 1) {
            trt_semaphore_cancel(&s, &a->waiter);
            waiting[i] = false;
        } else {
            if (!waiting[i]) {
                a->num = 1 + (seed >> 12) % TOTAL;
                order[num_order++] = i;
                waiting[i] = true;
            }
            if (poll(&s, a) == TMLRT_READY) {
                waiting[i] = false;
                held += a->num;
            }
        }
        int kept =
            0; // those who were granted and are to be polled may be first; then strictly FIFO
        bool blocked = false;
        uint64_t given = 0;
        for (int k = 0; k < num_order; k++) {
            acquire* w = &all[order[k]];
            if (!waiting[order[k]]) {
                continue;
            }
            bool granted = w->waiter.base.state != TRT_WAITER_WAITING;
            EXPECT(!(granted && blocked));
            EXPECT(!blocked || w->waiter.got == 0);
            blocked = blocked || !granted;
            given += w->waiter.got;
            order[kept++] = order[k];
        }
        num_order = kept;
        EXPECT_EQ(held + given + trt_semaphore_available(&s), TOTAL);
        EXPECT(!blocked || trt_semaphore_available(&s) == 0);
    }
    for (int i = 0; i < NUM; i++) {
        if (waiting[i]) {
            trt_semaphore_cancel(&s, &all[i].waiter);
        }
        EXPECT_EQ(test_waker_refs(&all[i].waker), 0);
    }
    EXPECT_EQ(held + trt_semaphore_available(&s), TOTAL);
    trt_semaphore_fini(&s);
}
