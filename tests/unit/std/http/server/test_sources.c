// SPDX-License-Identifier: Apache-2.0
#include "std/http/server/sources.h"

#include "tests/support/harness.h"

static trt_source_key key_of(const char* text) {
    trt_addr addr;
    EXPECT_EQ(trt_addr_parse(&addr, text, 0), TMLRT_OK);
    return trt_source_key_of(&addr);
}

TEST(sources_enter__up_to_the_limit__then_full_until_one_leaves) {
    static trt_sources sources;
    trt_source_key a = key_of("10.0.0.1"), b = key_of("10.0.0.2");
    EXPECT_EQ(trt_sources_enter(&sources, a, 2), TMLRT_OK);
    EXPECT_EQ(trt_sources_enter(&sources, a, 2), TMLRT_OK);
    EXPECT_EQ(trt_sources_enter(&sources, a, 2), TMLRT_E_FULL);
    EXPECT_EQ(trt_sources_enter(&sources, b, 2), TMLRT_OK);
    trt_sources_leave(&sources, a);
    EXPECT_EQ(trt_sources_enter(&sources, a, 2), TMLRT_OK);
    trt_sources_leave(&sources, a);
    trt_sources_leave(&sources, a);
    trt_sources_leave(&sources, b);
}

TEST(sources_enter__ipv6__counts_by_64_bits) {
    static trt_sources sources;
    EXPECT_EQ(trt_sources_enter(&sources, key_of("2001:db8::1"), 2), TMLRT_OK);
    EXPECT_EQ(trt_sources_enter(&sources, key_of("2001:db8::ffff:2"), 2), TMLRT_OK);
    EXPECT_EQ(trt_sources_enter(&sources, key_of("2001:db8::3"), 2), TMLRT_E_FULL);
    EXPECT_EQ(trt_sources_enter(&sources, key_of("2001:db8:0:1::1"), 2), TMLRT_OK);
    trt_sources_fini(&sources);
}

TEST(sources_enter__many_addresses__all_counted_and_freed) {
    static trt_sources sources;
    sources.seed = 12345;
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            trt_addr addr = {.family = 4};
            memcpy(addr.ip, &i, 4);
            if (round == 0) {
                EXPECT_EQ(trt_sources_enter(&sources, trt_source_key_of(&addr), 1), TMLRT_OK);
            } else {
                trt_sources_leave(&sources, trt_source_key_of(&addr));
            }
        }
    }
}

TEST(sources_enter__no_memory__status_and_nothing_counted) {
    static trt_sources sources;
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_sources_enter(&sources, key_of("10.0.0.1"), 2), TMLRT_E_NOMEM);
    EXPECT_EQ(trt_sources_enter(&sources, key_of("10.0.0.1"), 2), TMLRT_OK);
    trt_sources_leave(&sources, key_of("10.0.0.1"));
}
