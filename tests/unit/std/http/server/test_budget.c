// SPDX-License-Identifier: Apache-2.0
// What is held together, who is woken when it gets less, and the levels of the process's memory.
#include "std/http/server/budget.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <pthread.h>

static void begin(trt_budget* budget, uint64_t held_bytes) {
    trt_http_limits limits = {.held_bytes = held_bytes, .memory_bytes = 1000};
    trt_http_limits_resolve(&limits);
    trt_http_limits_resolve_system(&limits, 100, 1);
    trt_budget_init(budget, &limits);
}

TEST(budget_take__up_to_the_limit_and_not_beyond) {
    trt_budget budget;
    begin(&budget, 100);
    EXPECT_EQ(trt_budget_take(&budget, 60), TMLRT_OK);
    EXPECT_EQ(trt_budget_take(&budget, 41), TMLRT_E_FULL);
    EXPECT(!trt_budget_full(&budget));
    EXPECT_EQ(trt_budget_take(&budget, 40), TMLRT_OK);
    EXPECT(trt_budget_full(&budget));
    trt_budget_give(&budget, 60);
    EXPECT_EQ(trt_budget_take(&budget, 41), TMLRT_OK);
}

TEST(budget_charge__beyond_the_limit__counted_all_the_same) {
    trt_budget budget;
    begin(&budget, 100);
    trt_budget_charge(&budget, 250);
    EXPECT(trt_budget_full(&budget));
    EXPECT_EQ(trt_budget_take(&budget, 1), TMLRT_E_FULL);
    trt_budget_give(&budget, 250);
    EXPECT_EQ(trt_budget_take(&budget, 100), TMLRT_OK);
}

TEST(budget_give__some_wait__those_that_fit_are_woken_longest_first) {
    trt_budget budget;
    trt_budget_waiter waiters[4] = {0};
    test_waker wakers[4] = {0};
    static const uint64_t wanted[4] = {30, 90, 20, 20};
    begin(&budget, 100);
    EXPECT_EQ(trt_budget_take(&budget, 100), TMLRT_OK);
    for (int i = 0; i < 4; i++) {
        (void)test_waker_context(&wakers[i]);
        trt_budget_wait(&budget, &waiters[i], wanted[i], &wakers[i].waker);
    }
    trt_budget_give(&budget, 60); // 30 and 20 fit, the other 20 does not any more
    EXPECT_EQ(test_waker_wakes(&wakers[0]), 1);
    EXPECT_EQ(test_waker_wakes(&wakers[1]), 0);
    EXPECT_EQ(test_waker_wakes(&wakers[2]), 1);
    EXPECT_EQ(test_waker_wakes(&wakers[3]), 0);
    trt_budget_wait(&budget, &waiters[3], 5, &wakers[3].waker); // asks for less now
    trt_budget_give(&budget, 0);
    EXPECT_EQ(test_waker_wakes(&wakers[3]), 1);
    for (int i = 0; i < 4; i++) {
        trt_budget_forget(&budget, &waiters[i]);
        trt_budget_forget(&budget, &waiters[i]);
        EXPECT_EQ(test_waker_refs(&wakers[i]), 0);
    }
    trt_budget_give(&budget, 40);
    EXPECT_EQ(test_waker_wakes(&wakers[1]), 0);
}

// Those who were woken do what a connection does: they leave the wait, whether they took or not.
TEST(budget_forget__room_is_left__the_next_ones_are_woken) {
    enum { NUM = 100 };
    trt_budget budget;
    trt_budget_waiter waiters[NUM] = {0};
    test_waker wakers[NUM] = {0};
    begin(&budget, NUM);
    EXPECT_EQ(trt_budget_take(&budget, NUM), TMLRT_OK);
    for (int i = 0; i < NUM; i++) {
        (void)test_waker_context(&wakers[i]);
        trt_budget_wait(&budget, &waiters[i], i % 2 == 0 ? 1 : NUM, &wakers[i].waker);
    }
    trt_budget_give(&budget, NUM / 2); // the last thing that is ever given
    for (int i = 0; i < NUM; i += 2) {
        EXPECT_EQ(test_waker_wakes(&wakers[i]), 1);
        trt_budget_forget(&budget, &waiters[i]);
    }
    for (int i = 1; i < NUM; i += 2) {
        EXPECT_EQ(test_waker_wakes(&wakers[i]), 0);
        trt_budget_forget(&budget, &waiters[i]);
    }
    EXPECT_EQ(trt_atomic_load(&budget.num_waiting, TRT_SEQ_CST), 0);
}

TEST(budget_note__readings__levels_with_some_slack_on_the_way_down) {
    trt_budget budget;
    begin(&budget, 100); // of 1000: soft 850, hard 950, slack 30
    EXPECT(!trt_budget_note(&budget, 849));
    EXPECT(trt_budget_note(&budget, 850));
    EXPECT_EQ(trt_budget_level(&budget), TRT_MEMORY_SOFT);
    EXPECT(trt_budget_note(&budget, 5000));
    EXPECT_EQ(trt_budget_level(&budget), TRT_MEMORY_HARD);
    EXPECT(!trt_budget_note(&budget, 921));
    EXPECT(trt_budget_note(&budget, 919));
    EXPECT_EQ(trt_budget_level(&budget), TRT_MEMORY_SOFT);
    EXPECT(!trt_budget_note(&budget, 821));
    EXPECT(!trt_budget_note(&budget, 0)); // unknown
    EXPECT(trt_budget_note(&budget, 819));
    EXPECT_EQ(trt_budget_level(&budget), TRT_MEMORY_OK);
    EXPECT(trt_budget_note(&budget, 999));
    EXPECT(trt_budget_note(&budget, 1));
    EXPECT_EQ(trt_budget_level(&budget), TRT_MEMORY_OK);
}

TEST(budget_note__levels_lower_than_the_slack__hold_until_nothing_is_used) {
    trt_budget budget;
    trt_http_limits limits = {
        .memory_bytes = 1000, .memory_soft_percent = 1, .memory_hard_percent = 2};
    trt_http_limits_resolve(&limits);
    trt_http_limits_resolve_system(&limits, 100, 1);
    trt_budget_init(&budget, &limits);
    EXPECT(trt_budget_note(&budget, 25));
    EXPECT_EQ(trt_budget_level(&budget), TRT_MEMORY_HARD);
    EXPECT(!trt_budget_note(&budget, 24));
    EXPECT_EQ(trt_budget_level(&budget), TRT_MEMORY_HARD);
}

// Takers and givers on several threads; each that fails waits as a connection does.
typedef struct contest {
    trt_budget* budget;
    trt_parker parker;
} contest;

static void parker_wake(void* data) {
    trt_parker_unpark(data);
}
static void parker_clone(const tmlrt_waker* waker, tmlrt_waker* out) {
    *out = *waker;
}
static void parker_drop(void* data) {
    (void)data;
}
static const tmlrt_waker_vtable s_vtable = {parker_clone, parker_wake, parker_wake, parker_drop};

static void* contend(void* arg) {
    contest* self = arg;
    trt_budget_waiter waiter = {0};
    tmlrt_waker waker = {&s_vtable, &self->parker};
    for (int i = 0; i < 20000; i++) {
        uint64_t bytes = 1 + (uint64_t)(i % 3);
        while (trt_budget_take(self->budget, bytes) != TMLRT_OK) {
            trt_budget_wait(self->budget, &waiter, bytes, &waker);
            if (trt_budget_take(self->budget, bytes) == TMLRT_OK) {
                break;
            }
            trt_parker_park(&self->parker, UINT64_MAX); // for ever, if a wake is lost
        }
        trt_budget_forget(self->budget, &waiter);
        trt_budget_give(self->budget, bytes);
    }
    return NULL;
}

TEST(budget__four_threads_share_three_bytes__no_wake_is_lost) {
    trt_budget budget;
    contest contests[4] = {0};
    pthread_t threads[4];
    begin(&budget, 3);
    for (int i = 0; i < 4; i++) {
        contests[i].budget = &budget;
        REQUIRE(pthread_create(&threads[i], NULL, contend, &contests[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    EXPECT_EQ(trt_atomic_load(&budget.held, TRT_SEQ_CST), 0);
    EXPECT_EQ(trt_atomic_load(&budget.num_waiting, TRT_SEQ_CST), 0);
}
