// SPDX-License-Identifier: Apache-2.0
// Signals through their future: before, during and after a wait, for several subscriptions,
// dropped, without budget, memory or handles.
#include <tmlrt/process.h>

#include "rt/exec/runtime.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static int32_t next(tmlrt_signals* signals) {
    test_leaf leaf;
    int32_t mask = 0;
    tmlrt_signals_next_init(&leaf, signals);
    EXPECT_EQ(test_leaf_wait(&tmlrt_signals_next_desc, &leaf, &mask), TMLRT_OK);
    return mask;
}

TEST(signals__before_during_and_after_a_wait__told_once_to_everybody) {
    tmlrt_signals *one = NULL, *two = NULL;
    test_leaf leaf;
    test_waker waker = {0};
    int32_t mask = 0;
    REQUIRE(tmlrt_signals_open(&one, TMLRT_SIGNAL_USR1 | TMLRT_SIGNAL_HUP) == TMLRT_OK);
    REQUIRE(tmlrt_signals_open(&two, TMLRT_SIGNAL_USR1) == TMLRT_OK);
    raise(SIGUSR1);
    raise(SIGUSR1);
    EXPECT_EQ(next(one), TMLRT_SIGNAL_USR1); // twice is once
    EXPECT_EQ(next(two), TMLRT_SIGNAL_USR1);
    tmlrt_signals_next_init(&leaf, one);
    EXPECT_EQ(test_leaf_poll(&tmlrt_signals_next_desc, &leaf, &waker, &mask), TMLRT_PENDING);
    raise(SIGHUP);
    for (int i = 0; i < 10000000 && test_waker_wakes(&waker) == 0; i++) {
        sched_yield(); // the runtime's thread takes the event
    }
    EXPECT_EQ(test_leaf_poll(&tmlrt_signals_next_desc, &leaf, &waker, &mask), TMLRT_READY);
    EXPECT_EQ(mask, TMLRT_SIGNAL_HUP);
    raise(SIGUSR1);
    raise(SIGHUP);
    EXPECT_EQ(next(one), TMLRT_SIGNAL_USR1 | TMLRT_SIGNAL_HUP);
    EXPECT_EQ(next(two), TMLRT_SIGNAL_USR1); // the other one is not its
    tmlrt_signals_free(one);
    tmlrt_signals_free(two);
    tmlrt_signals_free(NULL);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    trt_runtime_reset_default();
}

TEST(signals_next__dropped_or_no_budget__nothing_lost) {
    tmlrt_signals* signals = NULL;
    test_leaf leaf;
    test_waker waker = {0};
    int32_t mask = 0;
    REQUIRE(tmlrt_signals_open(&signals, TMLRT_SIGNAL_USR2) == TMLRT_OK);
    tmlrt_signals_next_init(&leaf, signals);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_signals_next_desc, &leaf, &waker, 1, &mask),
              TMLRT_PENDING);
    EXPECT(waker.context.budget == 1 && test_waker_refs(&waker) == 1);
    tmlrt_signals_next_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    raise(SIGUSR2);
    EXPECT_EQ(next(signals), TMLRT_SIGNAL_USR2);
    raise(SIGUSR2);
    tmlrt_signals_next_init(&leaf, signals);
    tmlrt_poll answer = TMLRT_PENDING;
    for (int i = 0; i < 10000000 && test_waker_wakes(&waker) == 0; i++) {
        answer = test_leaf_poll_broke(&tmlrt_signals_next_desc, &leaf, &waker, 0, &mask);
        sched_yield();
    }
    EXPECT(answer == TMLRT_PENDING && mask == 0);
    tmlrt_signals_next_desc.drop(&leaf);
    EXPECT_EQ(next(signals), TMLRT_SIGNAL_USR2);
    tmlrt_signals_free(signals);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    trt_runtime_reset_default();
}

TEST(signals_open__bad_masks_no_memory_no_handles__nothing_changed) {
    tmlrt_signals* signals = NULL;
    tmlrt_status unused;
    struct rlimit former, few;
    struct sigaction action;
    bool hit = true;
    REQUIRE(trt_runtime_get_default(&unused) != NULL && getrlimit(RLIMIT_NOFILE, &former) == 0);
    EXPECT_EQ(tmlrt_signals_open(&signals, 0), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_signals_open(&signals, 64), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_signals_open(&signals, -1), TMLRT_E_INVAL);
    int before = dup(0);
    close(before);
    few = (struct rlimit){(rlim_t)before + 1, former.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    EXPECT_EQ(tmlrt_signals_open(&signals, TMLRT_SIGNAL_QUIT), TMLRT_E_MFILE);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &former), 0);
    EXPECT(signals == NULL);
    for (uint64_t nth = 1; hit; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_signals_open(&signals, TMLRT_SIGNAL_QUIT);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        if (hit) {
            EXPECT(sigaction(SIGQUIT, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
        }
    }
    tmlrt_signals_free(signals);
    EXPECT(sigaction(SIGQUIT, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    int after = dup(0);
    close(after);
    EXPECT_EQ(after, before);
    trt_runtime_reset_default();
}
