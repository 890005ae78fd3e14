// SPDX-License-Identifier: Apache-2.0
// A peer can make a limit be reached a million times, but not a million lines.
#include "std/http/core/counts.h"

#include "tests/support/harness.h"

#include <stdio.h>
#include <tmlrt/log.h>

static int s_lines;
static char s_last[300];

static void keep(void* arg, int32_t level, const char* module, const char* message) {
    (void)arg;
    s_lines++;
    snprintf(s_last, sizeof s_last, "%d %s: %s", level, module, message);
}

TEST(counts__many_breaches__a_line_in_ten_seconds) {
    trt_http_counts counts = {0};
    const uint64_t s = 1000000000u;
    s_lines = 0;
    tmlrt_log_set(keep, NULL);
    tmlrt_log_set_level(TMLRT_LOG_WARN);
    for (int i = 0; i < 1000; i++) {
        trt_http_counts_add(&counts, TRT_HTTP_COUNT_late, 5 * s + (uint64_t)i);
    }
    EXPECT_EQ(s_lines, 1);
    trt_http_counts_add(&counts, TRT_HTTP_COUNT_late, 15 * s);
    EXPECT_EQ(s_lines, 2);
    EXPECT_STR(s_last, "2 http: 1001 requests answered with 503: their handlers took longer than "
                       "handler or @Timeout");
    trt_http_counts_add(&counts, TRT_HTTP_COUNT_refused, 5 * s); // counted only
    EXPECT_EQ(s_lines, 2);
    tmlrt_log_set_level(TMLRT_LOG_INFO);
    trt_http_counts_log(&counts);
    EXPECT_EQ(s_lines, 4);
    EXPECT_STR(s_last, "3 http: in all 1001 requests answered with 503: their handlers took longer "
                       "than handler or @Timeout");
    tmlrt_log_set_level(TMLRT_LOG_WARN);
    tmlrt_log_set(NULL, NULL);
}

TEST(told_may__peers_that_fail_again_and_again__one_in_ten_seconds_with_how_many_others) {
    trt_http_told told = {0};
    const uint64_t s = 1000000000u;
    uint64_t others = 99;
    EXPECT(trt_http_told_may(&told, 5 * s, &others));
    EXPECT_EQ(others, 0);
    for (uint64_t i = 0; i < 1000; i++) {
        EXPECT(!trt_http_told_may(&told, 5 * s + i, &others));
    }
    EXPECT(!trt_http_told_may(&told, 15 * s - 1, &others));
    EXPECT(trt_http_told_may(&told, 15 * s, &others));
    EXPECT_EQ(others, 1001);
    EXPECT(trt_http_told_may(&told, 25 * s, &others));
    EXPECT_EQ(others, 0);
}
