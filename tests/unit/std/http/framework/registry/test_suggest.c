// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/registry/suggest.h"

#include "tests/support/harness.h"

static const char* name_at(void* source, uint32_t index) {
    static const char* const names[] = {"--port", "--address", "--limit", "--limits", NULL};
    (void)source;
    return names[index];
}

TEST(suggest__near_and_far__nearest_or_none) {
    static const struct {
        const char* text;
        uint32_t want;
    } cases[] = {
        {"--port", 0},
        {"--prot", 0},
        {"--pot", 0},
        {"--ports", 0},
        {"-port", 0},
        {"--adress", 1},
        {"--limit", 2},
        {"--limist", 2},
        {"--Limits", 3},
        {"--addresses", 1},
        {"", UINT32_MAX},
        {"x", UINT32_MAX},
        {"ab", UINT32_MAX},
        {"--frobnicate", UINT32_MAX},
        {"--a-text-that-is-longer-than-any-name-could-be", UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t got = trt_suggest(cases[i].text, strlen(cases[i].text), name_at, NULL);
        if (got != cases[i].want) {
            test_fail(__FILE__, __LINE__, "%s: %u, not %u", cases[i].text, got, cases[i].want);
        }
    }
}
