// SPDX-License-Identifier: Apache-2.0
#include "std/http/core/method.h"

#include "tests/support/harness.h"

TEST(method_lookup__every_known_name__gives_its_number_and_back){
#define CHECK(name, safe)                                                                          \
    EXPECT_EQ(trt_method_lookup(#name, sizeof(#name) - 1), TRT_METHOD_##name);                     \
    EXPECT_STR(trt_method_name(TRT_METHOD_##name), #name);                                         \
    EXPECT_EQ(trt_method_is_safe(TRT_METHOD_##name), (safe));
    TRT_METHOD_MAP(CHECK)
#undef CHECK
}

TEST(method_lookup__near_misses__are_other) {
    static const char* const misses[] = {"",     "G",     "get",    "GEX",     "Get",     "PUX",
                                         "HEAX", "POSX",  "PATCX",  "TRACX",   "DELETX",  "OPTIONX",
                                         "PRI",  "QUERY", "CONNEX", "CONNECX", "CONNECTS"};
    for (size_t i = 0; i < sizeof misses / sizeof *misses; i++) {
        EXPECT_EQ(trt_method_lookup(misses[i], strlen(misses[i])), TRT_METHOD_OTHER);
    }
    EXPECT(trt_method_name(TRT_METHOD_OTHER) == NULL);
    EXPECT(!trt_method_is_safe(TRT_METHOD_OTHER));
}
