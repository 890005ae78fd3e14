// SPDX-License-Identifier: Apache-2.0
#include "std/http/core/utf8.h"

#include "tests/support/harness.h"

static const struct {
    const char* bytes;
    size_t len;
    bool valid;
} s_cases[] = {
    {"", 0, true},
    {"plain ascii, longer than eight bytes", 36, true},
    {"\x00", 1, true},
    {"\xC2\x80", 2, true},
    {"\xDF\xBF", 2, true},
    {"\xC0\xAF", 2, false},     // overlong '/'
    {"\xC1\xBF", 2, false},     // overlong
    {"\xE0\x9F\xBF", 3, false}, // overlong
    {"\xE0\xA0\x80", 3, true},
    {"\xED\x9F\xBF", 3, true},
    {"\xED\xA0\x80", 3, false}, // surrogate
    {"\xED\xBF\xBF", 3, false}, // surrogate
    {"\xEE\x80\x80", 3, true},
    {"\xF0\x8F\xBF\xBF", 4, false}, // overlong
    {"\xF0\x90\x80\x80", 4, true},
    {"\xF4\x8F\xBF\xBF", 4, true},
    {"\xF4\x90\x80\x80", 4, false}, // over U+10FFFF
    {"\xF5\x80\x80\x80", 4, false},
    {"\x80", 1, false},
    {"\xBF", 1, false},
    {"\xC2", 1, false},
    {"\xE2\x82", 2, false},
    {"\xF0\x9F\x98", 3, false},
    {"\xE2\x28\xA1", 3, false},
    {"\xE2\x82\x28", 3, false},
    {"\xFF\xFE", 2, false},
};

TEST(utf8_valid__table__as_unicode_table_3_7) {
    for (size_t i = 0; i < sizeof s_cases / sizeof s_cases[0]; i++) {
        if (trt_utf8_valid(s_cases[i].bytes, s_cases[i].len) != s_cases[i].valid) {
            test_fail(__FILE__, __LINE__, "case %zu", i);
        }
    }
}

TEST(utf8_valid__bad_byte_at_every_place_of_a_long_text__found) {
    char text[40];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        EXPECT(trt_utf8_valid(text, sizeof text));
        text[at] = (char)0xC3;
        EXPECT(!trt_utf8_valid(text, sizeof text));
    }
}

TEST(utf8_encode__every_scalar__decodes_to_itself_and_is_valid) {
    for (uint32_t scalar = 0; scalar <= 0x10FFFF; scalar++) {
        char bytes[4];
        size_t back_len = 0;
        if (scalar == 0xD800) {
            scalar = 0xE000;
        }
        size_t len = trt_utf8_encode(bytes, scalar);
        if (!trt_utf8_valid(bytes, len) || trt_utf8_decode(bytes, &back_len) != scalar ||
            back_len != len) {
            test_fail(__FILE__, __LINE__, "U+%04X", scalar);
            return;
        }
    }
}
