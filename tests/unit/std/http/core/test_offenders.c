// SPDX-License-Identifier: Apache-2.0
// The table of source addresses whose connections the ledger closed.
#include "std/http/core/offenders.h"

#include "tests/support/harness.h"

static const uint64_t S = 1000000000u;
static trt_offenders s_table;

static trt_offenders* fresh(void) {
    s_table = (trt_offenders){.key = {1, 2}};
    return &s_table;
}

TEST(offenders__three_closings_in_a_minute__refused_for_ten_seconds) {
    trt_offenders* table = fresh();
    trt_offenders_closed(table, 4, 7, S);
    trt_offenders_closed(table, 4, 7, 2 * S);
    EXPECT(!trt_offenders_refused(table, 4, 7, 2 * S));
    trt_offenders_closed(table, 4, 7, 61 * S);
    EXPECT(trt_offenders_refused(table, 4, 7, 61 * S));
    EXPECT(trt_offenders_refused(table, 4, 7, 71 * S - 1));
    EXPECT(!trt_offenders_refused(table, 4, 7, 71 * S));
    EXPECT(!trt_offenders_refused(table, 6, 7, 61 * S)); // another family
    EXPECT(!trt_offenders_refused(table, 4, 8, 61 * S));
}

TEST(offenders__closings_further_apart__not_refused) {
    trt_offenders* table = fresh();
    for (uint64_t i = 0; i < 100; i++) {
        trt_offenders_closed(table, 6, 9, i * 31 * S);
        EXPECT(!trt_offenders_refused(table, 6, 9, i * 31 * S));
    }
}

TEST(offenders__a_fourth_closing_while_refused__refused_again) {
    trt_offenders* table = fresh();
    for (uint64_t i = 0; i < 4; i++) {
        trt_offenders_closed(table, 4, 7, i * S);
    }
    EXPECT(trt_offenders_refused(table, 4, 7, 13 * S - 1));
    EXPECT(!trt_offenders_refused(table, 4, 7, 13 * S));
}

TEST(offenders__a_million_addresses__who_is_refused_stays_refused) {
    trt_offenders* table = fresh();
    for (int i = 0; i < 3; i++) {
        trt_offenders_closed(table, 4, 7, S);
    }
    for (uint64_t bits = 1000; bits < 1001000; bits++) {
        trt_offenders_closed(table, 6, bits, 2 * S);
    }
    EXPECT(trt_offenders_refused(table, 4, 7, 3 * S));
}
