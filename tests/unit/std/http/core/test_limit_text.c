// SPDX-License-Identifier: Apache-2.0
// Limits as text, there and back.
#include "std/http/core/limit_text.h"

#include "tests/support/harness.h"

static tmlrt_status set(trt_http_limits* limits, const char* text) {
    uint32_t index = 0;
    const char* why = "";
    return trt_http_limit_set(limits, &index, &why, text, strlen(text));
}

TEST(limit_text__every_limit__what_is_written_reads_back) {
    trt_http_limits limits = {0}, back = {0};
    trt_http_limits_resolve(&limits);
    trt_http_limits_resolve_system(&limits, 20000, 3 << 20);
    for (uint32_t i = 0; i < TRT_HTTP_NUM_LIMITS; i++) {
        char name[TRT_HTTP_LIMIT_TEXT], value[TRT_HTTP_LIMIT_TEXT], both[100];
        trt_http_limit_name(name, i);
        trt_http_limit_value(value, &limits, i);
        strcpy(both, name);
        strcat(both, "=");
        strcat(both, value);
        EXPECT_EQ(set(&back, both), TMLRT_OK);
    }
    EXPECT(memcmp(&limits, &back, sizeof limits) == 0);
}

TEST(limit_text__units__multiply) {
    trt_http_limits limits = {0};
    EXPECT_EQ(set(&limits, "keep_alive=2h"), TMLRT_OK);
    EXPECT_EQ(limits.keep_alive_ns, 7200 * TRT_S);
    EXPECT_EQ(set(&limits, "keep_alive=250ms"), TMLRT_OK);
    EXPECT_EQ(limits.keep_alive_ns, 250 * TRT_MS);
    EXPECT_EQ(set(&limits, "held_bytes=2GiB"), TMLRT_OK);
    EXPECT_EQ(limits.held_bytes, 2ull << 30);
    EXPECT_EQ(set(&limits, "held_bytes=77"), TMLRT_OK);
    EXPECT_EQ(limits.held_bytes, 77);
}

TEST(limit_text__anything_else__is_refused_and_changes_nothing) {
    static const char* const bad[] = {"keep_alive=2",
                                      "keep_alive=s",
                                      "keep_alive=-2s",
                                      "keep_alive=2 s",
                                      "keep_alive=0s",
                                      "keep_alive",
                                      "keep_alive=",
                                      "keep_alive=8761h",
                                      "held_bytes=1KB",
                                      "held_bytes=1.5KiB",
                                      "num_conns=1KiB",
                                      "num_conns=007",
                                      "held_bytes=99999999999999GiB"};
    trt_http_limits limits = {0}, none = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT_EQ(set(&limits, bad[i]), TMLRT_E_INVAL);
    }
    EXPECT_EQ(set(&limits, "keep_alive_ns=2s"), TMLRT_E_NOTFOUND);
    EXPECT_EQ(set(&limits, "nothing=2s"), TMLRT_E_NOTFOUND);
    EXPECT_EQ(set(&limits, ""), TMLRT_E_NOTFOUND);
    EXPECT(memcmp(&limits, &none, sizeof limits) == 0);
}
