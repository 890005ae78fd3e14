// SPDX-License-Identifier: Apache-2.0
#include "rt/time/interval.h"

#include "tests/support/harness.h"

enum { MS = 1000000 };

// Takes a tick that was due at `due` at time `now` and returns when the next one is due, all in ms.
static uint64_t next_after(uint32_t missed, uint64_t due, uint64_t now) {
    tmlrt_interval interval = {.next_ns = due * MS, .period_ns = 100 * MS, .missed = missed};
    EXPECT_EQ(trt_interval_take(&interval, now * MS), due * MS);
    return interval.next_ns / MS;
}

TEST(interval_take__in_time_or_a_little_late__keeps_the_beat) {
    for (uint32_t missed = TMLRT_MISSED_BURST; missed <= TMLRT_MISSED_SKIP; missed++) {
        EXPECT_EQ(next_after(missed, 200, 200), 300);
        EXPECT_EQ(next_after(missed, 200, 201), 300);
        EXPECT_EQ(next_after(missed, 200, 205), 300);
    }
}

TEST(interval_take__missed__as_the_behaviour_says) {
    EXPECT_EQ(next_after(TMLRT_MISSED_BURST, 200, 450), 300);
    EXPECT_EQ(next_after(TMLRT_MISSED_DELAY, 200, 450), 550);
    EXPECT_EQ(next_after(TMLRT_MISSED_SKIP, 200, 450), 500);
    EXPECT_EQ(next_after(TMLRT_MISSED_BURST, 200, 206), 300);
    EXPECT_EQ(next_after(TMLRT_MISSED_DELAY, 200, 206), 306);
    EXPECT_EQ(next_after(TMLRT_MISSED_SKIP, 200, 206), 300);
}

TEST(interval_take__missed_by_whole_periods__skip_is_behind_now) {
    EXPECT_EQ(next_after(TMLRT_MISSED_SKIP, 200, 300), 400);
    EXPECT_EQ(next_after(TMLRT_MISSED_SKIP, 200, 299), 300);
    EXPECT_EQ(next_after(TMLRT_MISSED_SKIP, 200, 100000), 100100);
}

TEST(interval_take__at_the_end_of_time__never_wraps) {
    for (uint32_t missed = TMLRT_MISSED_BURST; missed <= TMLRT_MISSED_SKIP; missed++) {
        tmlrt_interval interval = {
            .next_ns = UINT64_MAX - 20 * MS, .period_ns = UINT64_MAX - 1, .missed = missed};
        trt_interval_take(&interval, UINT64_MAX - 10 * MS);
        EXPECT_EQ(interval.next_ns, UINT64_MAX);
    }
}

TEST(interval_take__many_random_delays__skip_stays_on_the_grid_and_ahead) {
    tmlrt_interval interval = {.next_ns = 7, .period_ns = 1000003, .missed = TMLRT_MISSED_SKIP};
    uint64_t now_ns = 0, random = 1;
    for (int i = 0; i < 10000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        now_ns = interval.next_ns + (random >> 33) % 40000000;
        trt_interval_take(&interval, now_ns);
        EXPECT_EQ((interval.next_ns - 7) % 1000003, 0);
        // A tick that was a little late may leave the next one due already.
        EXPECT(interval.next_ns + TRT_TICK_LATE_NS > now_ns);
        EXPECT(interval.next_ns <= now_ns + 1000003);
    }
}
