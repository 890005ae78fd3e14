// SPDX-License-Identifier: Apache-2.0
// When a worker counts as behind, and when no longer.
#include "std/http/server/lag.h"

#include "tests/support/harness.h"

static const trt_http_limits s_limits = {.queue_delay_ns = 100 * TRT_MS,
                                         .queue_interval_ns = 500 * TRT_MS};

TEST(lag_sample__every_wait_is_long_for_the_interval__behind) {
    trt_lag lag = {0};
    uint64_t now_ns = TRT_S;
    for (int i = 0; i < 4; i++) { // the first says that it began 101 ms ago
        EXPECT(!trt_lag_sample(&lag, &s_limits, 101 * TRT_MS, now_ns));
        now_ns += 121 * TRT_MS;
    }
    EXPECT(trt_lag_sample(&lag, &s_limits, 101 * TRT_MS, now_ns));
    EXPECT(trt_lag_sample(&lag, &s_limits, 5 * TRT_S, now_ns + TRT_S));
}

TEST(lag_sample__one_short_wait__begins_anew) {
    trt_lag lag = {0};
    uint64_t now_ns = TRT_S;
    EXPECT(!trt_lag_sample(&lag, &s_limits, TRT_S, now_ns));
    EXPECT(trt_lag_sample(&lag, &s_limits, 101 * TRT_MS, now_ns + 450 * TRT_MS));
    EXPECT(!trt_lag_sample(&lag, &s_limits, 100 * TRT_MS, now_ns + 550 * TRT_MS));
    EXPECT(!trt_lag_sample(&lag, &s_limits, 101 * TRT_MS, now_ns + 600 * TRT_MS));
    EXPECT(!trt_lag_sample(&lag, &s_limits, 101 * TRT_MS, now_ns + 998 * TRT_MS));
    EXPECT(trt_lag_sample(&lag, &s_limits, 101 * TRT_MS, now_ns + 999 * TRT_MS));
}

TEST(lag_sample__long_wait_at_the_very_start_of_a_clock__counted_from_there) {
    trt_lag lag = {0};
    EXPECT(!trt_lag_sample(&lag, &s_limits, 200 * TRT_MS, 150 * TRT_MS));
    EXPECT_EQ(lag.behind_since_ns, 1);
    EXPECT(trt_lag_sample(&lag, &s_limits, 200 * TRT_MS, 501 * TRT_MS));
}

TEST(lag_period__the_delay_or_a_fifth_of_it__never_under_a_millisecond) {
    trt_http_limits limits = s_limits;
    trt_lag lag = {0};
    EXPECT_EQ(trt_lag_period(&lag, &limits), 100 * TRT_MS);
    lag.behind_since_ns = 1;
    EXPECT_EQ(trt_lag_period(&lag, &limits), 20 * TRT_MS);
    limits.queue_delay_ns = 1;
    EXPECT_EQ(trt_lag_period(&lag, &limits), TRT_MS);
}
