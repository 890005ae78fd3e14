// SPDX-License-Identifier: Apache-2.0
#include "rt/base/log.h"

#include <tmlrt/abi/functions.h>

#include "tests/support/harness.h"

#include <stdio.h>

static char s_seen[600];
static int s_calls;
static int32_t s_level_seen;

static void keep(void* arg, int32_t level, const char* module, const char* message) {
    EXPECT(arg == &s_calls);
    s_calls++;
    s_level_seen = level;
    snprintf(s_seen, sizeof(s_seen), "%s|%s", module, message);
}

TEST(log__level_not_shown__arguments_not_evaluated) {
    int evaluated = 0;
    s_calls = 0;
    EXPECT(trt_log_is_stderr());
    tmlrt_log_set(keep, &s_calls);
    EXPECT(!trt_log_is_stderr());
    tmlrt_log_set_level(TMLRT_LOG_WARN);
    trt_log(TMLRT_LOG_INFO, "test", "%d", ++evaluated);
    EXPECT_EQ(evaluated, 0);
    EXPECT_EQ(s_calls, 0);
    uint64_t allocations = test_allocator_calls();
    trt_log(TMLRT_LOG_WARN, "test", "%d of %s", ++evaluated, "x\ny\x1b[0m");
    EXPECT_EQ(test_allocator_calls(), allocations);
    EXPECT_EQ(s_calls, 1);
    EXPECT_EQ(s_level_seen, TMLRT_LOG_WARN);
    EXPECT_STR(s_seen, "test|1 of x?y?[0m");
    tmlrt_log_set_level(TMLRT_LOG_OFF);
    trt_log(TMLRT_LOG_ERROR, "test", "no");
    EXPECT_EQ(s_calls, 1);
    tmlrt_log_set(NULL, NULL);
}

TEST(log__longer_than_the_limit__cut) {
    char text[1000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    tmlrt_log_set(keep, &s_calls);
    tmlrt_log_set_level(99);
    EXPECT_EQ(trt_log_level(), TMLRT_LOG_DEBUG);
    trt_log(TMLRT_LOG_DEBUG, "m", "%s", text);
    EXPECT_EQ(strlen(s_seen), TRT_LOG_MAX + 2);
    tmlrt_log_set(NULL, NULL);
    tmlrt_log_set_level(-5);
    EXPECT_EQ(trt_log_level(), TMLRT_LOG_OFF);
}

TEST(log_line__of_the_program__shown_by_the_level_that_was_set) {
    s_calls = 0;
    tmlrt_log_set(keep, &s_calls);
    tmlrt_log_set_level(TMLRT_LOG_WARN);
    tmlrt_log_line(3, "app", "quiet");
    EXPECT_EQ(s_calls, 0);
    tmlrt_log_set_level(TMLRT_LOG_INFO);
    tmlrt_log_line(3, "app", "GET /%s \n 200");
    EXPECT_EQ(s_calls, 1);
    EXPECT_STR(s_seen, "app|GET /%s ? 200");
    tmlrt_log_line(-7, "app", "clamped");
    EXPECT_EQ(s_level_seen, TMLRT_LOG_ERROR);
    tmlrt_log_line(99, "app", "debug");
    EXPECT_EQ(s_calls, 2);
    tmlrt_log_set(NULL, NULL);
}

TEST(status_text__known_and_unknown__never_null) {
    EXPECT_STR(tmlrt_status_text(TMLRT_OK), "ok");
    EXPECT_STR(tmlrt_status_text(TMLRT_E_NOMEM), "out of memory");
    EXPECT_STR(tmlrt_status_text(-99999), "unknown status");
}
