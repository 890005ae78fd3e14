// SPDX-License-Identifier: Apache-2.0
// Defaults and clamps of the limit table.
#include "std/http/core/limits.h"

#include "tests/support/harness.h"

TEST(limits__all_zero__every_default) {
    trt_http_limits limits = {0};
    trt_http_limits_resolve(&limits);
    EXPECT_EQ(limits.request_line_bytes, 8192);
    EXPECT_EQ(limits.handler_ns, 30 * TRT_S);
    EXPECT_EQ(limits.num_conns, 0);
    EXPECT_EQ(limits.memory_bytes, 0);
    trt_http_limits_resolve_system(&limits, 20000, 4000);
    EXPECT_EQ(limits.num_conns, 18000);
    EXPECT_EQ(limits.memory_bytes, 4000);
    EXPECT_EQ(limits.held_bytes, 1000);
    EXPECT_EQ(limits.memory_soft_percent, 85);
    EXPECT_EQ(limits.memory_hard_percent, 95);
}

TEST(limits__values_that_do_not_fit_together__clamped) {
    trt_http_limits limits = {.num_fields = 1000,
                              .query_params = 257,
                              .json_depth = 65,
                              .chunk_ext_bytes = UINT64_MAX,
                              .body_ext_bytes = UINT64_MAX,
                              .trailer_bytes = UINT64_MAX,
                              .num_trailers = UINT64_MAX,
                              .memory_hard_percent = 300,
                              .memory_soft_percent = 200};
    trt_http_limits_resolve(&limits);
    EXPECT_EQ(limits.num_fields, 100);
    EXPECT_EQ(limits.query_params, 256);
    EXPECT_EQ(limits.json_depth, 64);
    EXPECT_EQ(limits.chunk_ext_bytes, 65534);
    EXPECT_EQ(limits.body_ext_bytes, INT32_MAX);
    EXPECT_EQ(limits.trailer_bytes, INT32_MAX);
    EXPECT_EQ(limits.num_trailers, 255);
    EXPECT_EQ(limits.memory_hard_percent, 100);
    EXPECT_EQ(limits.memory_soft_percent, 100);
}

TEST(limits__values_of_the_program__win_over_the_system) {
    trt_http_limits limits = {.num_conns = 5, .memory_bytes = 800, .held_bytes = 7};
    trt_http_limits_resolve(&limits);
    trt_http_limits_resolve_system(&limits, 20000, 4000);
    EXPECT_EQ(limits.num_conns, 5);
    EXPECT_EQ(limits.memory_bytes, 800);
    EXPECT_EQ(limits.held_bytes, 7);
}
