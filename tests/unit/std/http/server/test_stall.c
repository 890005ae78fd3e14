// SPDX-License-Identifier: Apache-2.0
// Write stall, with made-up time and acknowledgements.
#include "std/http/server/stall.h"

#include "tests/support/harness.h"

#define SPAN_NS (30 * TRT_S)

static trt_http_limits s_limits;

static void begin(trt_stall* stall) {
    s_limits = (trt_http_limits){0};
    trt_http_limits_resolve(&s_limits);
    EXPECT_EQ(s_limits.write_stall_ns, SPAN_NS);
    trt_stall_clear(stall);
}

// Lets the deadlines come until the peer is given up; when that is. `rate`: acknowledged per
// second from `from` bytes on, of which `at_once` in the first moment.
static uint64_t given_up_ns(uint64_t from, uint64_t at_once, uint64_t rate, uint64_t until_ns) {
    trt_stall stall;
    begin(&stall);
    trt_stall_block(&stall, &s_limits, 0);
    while (stall.deadline_ns < until_ns) {
        uint64_t now_ns = stall.deadline_ns, acked = at_once + rate * (now_ns / TRT_MS) / 1000;
        if (trt_stall_expire(&stall, &s_limits, acked < from ? from - acked : 0, now_ns)) {
            return now_ns;
        }
    }
    return UINT64_MAX;
}

TEST(stall__nothing_waits__no_deadline) {
    trt_stall stall;
    begin(&stall);
    EXPECT_EQ(stall.deadline_ns, UINT64_MAX);
    trt_stall_sent(&stall, &s_limits, 1000, 5);
    EXPECT_EQ(stall.deadline_ns, UINT64_MAX);
}

TEST(stall__peer_reads_nothing__given_up_after_one_span) {
    EXPECT_EQ(given_up_ns(2500000, 0, 0, 100 * SPAN_NS), SPAN_NS);
}

// SQ10: what was on its way when the socket filled is acknowledged without anybody reading.
TEST(stall__only_what_was_on_its_way_is_acknowledged__still_one_span) {
    EXPECT_EQ(given_up_ns(2500000, 60000, 0, 100 * SPAN_NS), SPAN_NS);
    EXPECT_EQ(given_up_ns(2500000, 2000000, 0, 100 * SPAN_NS), SPAN_NS);
}

TEST(stall__slower_than_the_rate__given_up) {
    uint64_t when = given_up_ns(2500000, 0, 120, 100 * SPAN_NS);
    EXPECT(when > SPAN_NS && when <= 3 * SPAN_NS);
}

TEST(stall__faster_than_the_rate_though_the_socket_takes_nothing__is_not_given_up) {
    EXPECT_EQ(given_up_ns(100000000, 0, 300, 100 * SPAN_NS), UINT64_MAX);
}

TEST(stall__socket_takes_bytes_again__deadline_moves_at_most_a_span_ahead) {
    trt_stall stall;
    begin(&stall);
    trt_stall_block(&stall, &s_limits, 0);
    EXPECT(!trt_stall_expire(&stall, &s_limits, 1000000, stall.deadline_ns));
    EXPECT_EQ(stall.deadline_ns, SPAN_NS);
    trt_stall_sent(&stall, &s_limits, 24, 10 * TRT_S); // a tenth of a second
    EXPECT(stall.deadline_ns > SPAN_NS && stall.deadline_ns < SPAN_NS + TRT_S / 5);
    trt_stall_sent(&stall, &s_limits, 1000000, 20 * TRT_S);
    EXPECT_EQ(stall.deadline_ns, 20 * TRT_S + SPAN_NS);
    trt_stall_block(&stall, &s_limits, 25 * TRT_S); // the same stretch goes on
    EXPECT_EQ(stall.deadline_ns, 20 * TRT_S + SPAN_NS);
}
