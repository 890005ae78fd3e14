// SPDX-License-Identifier: Apache-2.0
// The abuse ledger: bursts, refill, what completed requests give back, what is needed is free.
#include "std/http/core/ledger.h"

#include "tests/support/harness.h"

static const uint64_t S = 1000000000u;

static const trt_http_limits* defaults(void) {
    static trt_http_limits limits;
    trt_http_limits_resolve(&limits);
    return &limits;
}

TEST(ledger__resets_at_once__200_then_close) {
    trt_ledger ledger;
    trt_ledger_init(&ledger, defaults(), 5 * S);
    for (int i = 0; i < 200; i++) {
        EXPECT_EQ(trt_ledger_reset(&ledger, 5 * S), TRT_LEDGER_FINE);
    }
    EXPECT_EQ(trt_ledger_reset(&ledger, 5 * S), TRT_LEDGER_CLOSE);
    EXPECT_EQ(trt_ledger_reset(&ledger, 5 * S + S / 20 - 1), TRT_LEDGER_CLOSE);
    EXPECT_EQ(trt_ledger_reset(&ledger, 5 * S + S / 20), TRT_LEDGER_FINE);
    EXPECT_EQ(trt_ledger_reset(&ledger, 5 * S + S / 20), TRT_LEDGER_CLOSE);
}

TEST(ledger__twenty_resets_a_second_for_an_hour__never_close) {
    trt_ledger ledger;
    trt_ledger_init(&ledger, defaults(), 0);
    int closed = 0;
    for (uint64_t i = 0; i < 20 * 3600; i++) {
        closed += trt_ledger_reset(&ledger, i * (S / 20)) == TRT_LEDGER_CLOSE;
    }
    EXPECT_EQ(closed, 0);
}

TEST(ledger__a_completed_request_per_reset__never_close) {
    trt_ledger ledger;
    trt_ledger_init(&ledger, defaults(), 0);
    int closed = 0;
    for (int i = 0; i < 10000; i++) {
        closed += trt_ledger_reset(&ledger, 0) == TRT_LEDGER_CLOSE;
        trt_ledger_completed(&ledger);
    }
    EXPECT_EQ(closed, 0);
    for (int i = 0; i < 10000; i++) { // more than was used is not given back
        trt_ledger_completed(&ledger);
    }
    for (int i = 0; i < 200; i++) {
        closed += trt_ledger_reset(&ledger, 0) == TRT_LEDGER_CLOSE;
    }
    EXPECT_EQ(closed, 0);
    EXPECT_EQ(trt_ledger_reset(&ledger, 0), TRT_LEDGER_CLOSE);
}

TEST(ledger__frames_beyond_need__drain_at_750_close_at_1001) {
    trt_ledger ledger;
    trt_ledger_init(&ledger, defaults(), 0);
    for (int i = 1; i <= 1000; i++) {
        enum trt_ledger_verdict verdict = trt_ledger_excess(&ledger, 0);
        EXPECT_EQ(verdict, i < 750 ? TRT_LEDGER_FINE : TRT_LEDGER_DRAIN);
    }
    EXPECT_EQ(trt_ledger_excess(&ledger, 0), TRT_LEDGER_CLOSE);
    EXPECT_EQ(trt_ledger_excess(&ledger, UINT64_MAX), TRT_LEDGER_FINE); // full again, no overflow
}

TEST(ledger__clock_going_back__no_refill) {
    trt_ledger ledger;
    trt_ledger_init(&ledger, defaults(), 10 * S);
    for (int i = 0; i < 1000; i++) {
        (void)trt_ledger_excess(&ledger, 10 * S);
    }
    EXPECT_EQ(trt_ledger_excess(&ledger, 9 * S), TRT_LEDGER_CLOSE);
    EXPECT_EQ(trt_ledger_excess(&ledger, 10 * S), TRT_LEDGER_CLOSE);
}

TEST(ledger__window_updates__free_while_data_is_sent) {
    trt_ledger ledger;
    trt_ledger_init(&ledger, defaults(), 0);
    for (int i = 0; i < 100000; i++) {
        trt_ledger_data_sent(&ledger);
        EXPECT_EQ(trt_ledger_window(&ledger, 0), TRT_LEDGER_FINE);
        EXPECT_EQ(trt_ledger_window(&ledger, 0), TRT_LEDGER_FINE);
    }
    int before_close = 0;
    while (trt_ledger_window(&ledger, 0) != TRT_LEDGER_CLOSE && before_close < 10000) {
        before_close++;
    }
    EXPECT_EQ(before_close, 1000 + 5); // 5: credit of the start, never used
}

TEST(ledger__priority__two_a_request_are_free) {
    trt_ledger ledger;
    trt_ledger_init(&ledger, defaults(), 0);
    for (int i = 0; i < 5000; i++) {
        trt_ledger_stream(&ledger);
        EXPECT_EQ(trt_ledger_priority(&ledger, 0), TRT_LEDGER_FINE);
        EXPECT_EQ(trt_ledger_priority(&ledger, 0), TRT_LEDGER_FINE);
    }
    int before_close = 0;
    while (trt_ledger_priority(&ledger, 0) != TRT_LEDGER_CLOSE && before_close < 10000) {
        before_close++;
    }
    EXPECT_EQ(before_close, 1000);
}
