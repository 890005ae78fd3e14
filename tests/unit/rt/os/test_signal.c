// SPDX-License-Identifier: Apache-2.0
#include "rt/os/signal.h"

#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

TEST(signal__two_subscriptions__each_gets_what_it_asked_for) {
    trt_signal a = {0}, b = {0};
    REQUIRE(trt_signal_open(&a, TRT_SIGNAL_USR1 | TRT_SIGNAL_USR2) == TMLRT_OK);
    REQUIRE(trt_signal_open(&b, TRT_SIGNAL_USR2) == TMLRT_OK);
    EXPECT_EQ(trt_signal_take(&a), 0);
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR2);
    EXPECT_EQ(trt_signal_take(&a), TRT_SIGNAL_USR1 | TRT_SIGNAL_USR2);
    EXPECT_EQ(trt_signal_take(&a), 0);
    EXPECT_EQ(trt_signal_take(&b), TRT_SIGNAL_USR2);
    trt_signal_close(&a);
    raise(SIGUSR2);
    EXPECT_EQ(trt_signal_take(&b), TRT_SIGNAL_USR2);
    trt_signal_close(&b);
    trt_signal_close(&b);
}

static void die(void) {
    trt_signal a = {0};
    (void)!trt_signal_open(&a, TRT_SIGNAL_TERM);
    raise(SIGTERM);
    trt_signal_close(&a);
    raise(SIGTERM);
}

TEST(signal_close__last_subscriber__default_effect_again) {
    char text[64];
    EXPECT_EQ(test_child(die, text, sizeof(text)), 1000 + SIGTERM);
}

TEST(signal_open__bad_mask_and_too_many__status) {
    trt_signal all[TRT_SIGNAL_MAX_SUBSCRIPTIONS + 1] = {0};
    EXPECT_EQ(trt_signal_open(&all[0], 0), TMLRT_E_INVAL);
    EXPECT_EQ(trt_signal_open(&all[0], 1u << 20), TMLRT_E_INVAL);
    for (int i = 0; i < TRT_SIGNAL_MAX_SUBSCRIPTIONS; i++) {
        EXPECT_EQ(trt_signal_open(&all[i], TRT_SIGNAL_HUP), TMLRT_OK);
    }
    EXPECT_EQ(trt_signal_open(&all[TRT_SIGNAL_MAX_SUBSCRIPTIONS], TRT_SIGNAL_HUP), TMLRT_E_FULL);
    for (int i = 0; i < TRT_SIGNAL_MAX_SUBSCRIPTIONS; i++) {
        trt_signal_close(&all[i]);
    }
}

TEST(signal_ignore_broken_pipes__write_to_a_pipe_nobody_reads__fails_and_the_process_goes_on) {
    int ends[2];
    signal(SIGPIPE, SIG_DFL);
    trt_signal_ignore_broken_pipes();
    REQUIRE(pipe(ends) == 0);
    close(ends[0]);
    EXPECT_EQ(write(ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
    close(ends[1]);
    signal(SIGPIPE, SIG_DFL);
}
