// SPDX-License-Identifier: Apache-2.0
#include "std/http/core/chars.h"

#include "tests/support/harness.h"

TEST(chars__token_class__is_tchar_of_rfc_9110) {
    const char* tchar = "!#$%&'*+-.^_`|~0123456789"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int c = 0; c < 256; c++) {
        bool expected = c != 0 && strchr(tchar, c) != NULL;
        EXPECT_EQ(trt_char_is((char)c, TRT_CHAR_TOKEN), expected);
    }
}

TEST(chars__value_class__is_tab_and_everything_but_controls) {
    for (int c = 0; c < 256; c++) {
        EXPECT_EQ(trt_char_is((char)c, TRT_CHAR_VALUE), c == '\t' || (c >= 0x20 && c != 0x7f));
    }
}

TEST(chars__target_class__refuses_what_no_uri_has) {
    for (int c = 0; c < 256; c++) {
        bool expected = c > 0x20 && c < 0x7f && strchr("\"#<>\\", c) == NULL;
        EXPECT_EQ(trt_char_is((char)c, TRT_CHAR_TARGET), expected);
    }
}

TEST(value_span__a_bad_byte_at_every_offset__is_found) {
    char text[80];
    for (size_t len = 0; len <= sizeof text; len++) {
        memset(text, 'a', sizeof text);
        EXPECT(trt_value_span(text, text + len) == text + len);
        for (size_t at = 0; at < len; at++) {
            static const char bad[] = {'\0', '\r', '\n', 0x1f, 0x7f, 1};
            static const char good[] = {'\t', ' ', (char)0x80, (char)0xff, '~'};
            for (size_t i = 0; i < sizeof bad; i++) {
                text[at] = bad[i];
                EXPECT(trt_value_span(text, text + len) == text + at);
            }
            for (size_t i = 0; i < sizeof good; i++) {
                text[at] = good[i];
                EXPECT(trt_value_span(text, text + len) == text + len);
            }
            text[at] = 'a';
        }
    }
}

TEST(target_span__every_byte_at_every_offset__as_the_table_says) {
    char text[40];
    memset(text, 'a', sizeof text);
    for (size_t len = 0; len <= sizeof text; len++) {
        EXPECT(trt_target_span(text, text + len) == text + len);
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                bool good = trt_char_is((char)c, TRT_CHAR_TARGET);
                EXPECT(trt_target_span(text, text + len) == text + (good ? len : at));
            }
            text[at] = 'a';
        }
    }
}

// Whatever lies behind the end is read and makes no difference.
TEST(spans_with_spare__every_byte_at_every_offset__as_the_table_says) {
    static const char behind[] = {'a', ':', '\r', (char)0x80};
    char text[40 + TRT_CHARS_SPARE];
    for (size_t len = 0; len <= 40; len++) {
        memset(text, 'a', len);
        memset(text + len, behind[len % sizeof behind], TRT_CHARS_SPARE);
        EXPECT(trt_token_end(text, text + len) == text + len);
        EXPECT(trt_value_end(text, text + len) == text + len);
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                char* token = text + (trt_char_is((char)c, TRT_CHAR_TOKEN) ? len : at);
                char* value = text + (trt_char_is((char)c, TRT_CHAR_VALUE) ? len : at);
                EXPECT(trt_token_end(text, text + len) == token);
                EXPECT(trt_value_end(text, text + len) == value);
                EXPECT(trt_char_span(text, text + len, TRT_CHAR_TOKEN) == token);
            }
            text[at] = 'a';
        }
    }
}

TEST(target_end__every_byte_at_every_offset__as_the_table_says) {
    static const char behind[] = {'a', '?', ' ', (char)0x80};
    char text[40 + TRT_CHARS_SPARE];
    const char* question;
    for (size_t len = 0; len <= 40; len++) {
        memset(text, 'a', len);
        memset(text + len, behind[len % sizeof behind], TRT_CHARS_SPARE);
        EXPECT(trt_target_end(text, text + len, &question) == text + len);
        EXPECT(question == text + len);
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                char* end = text + (trt_char_is((char)c, TRT_CHAR_TARGET) ? len : at);
                EXPECT(trt_target_end(text, text + len, &question) == end);
                EXPECT(question == (c == '?' ? text + at : end));
            }
            text[at] = 'a';
        }
    }
}

TEST(target_end__questions_around_a_bad_byte__the_first_one_before_it) {
    const char* question;
    for (size_t first = 0; first < 36; first++) {
        for (size_t bad = 0; bad < 36; bad++) {
            char text[40 + TRT_CHARS_SPARE];
            memset(text, 'a', sizeof text);
            memset(text + first, '?', 40 - first);
            text[bad] = ' ';
            EXPECT(trt_target_end(text, text + 40, &question) == text + bad);
            EXPECT(question == text + (first < bad ? first : bad));
        }
    }
}

TEST(equal_nocase__letters_only__are_folded) {
    EXPECT(trt_equal_nocase("Content-Length", "cONTENT-lENGTH", 14));
    EXPECT(!trt_equal_nocase("a@", "a`", 2));
    EXPECT(!trt_equal_nocase("a[", "a{", 2));
    EXPECT(trt_equal_nocase("", "", 0));
    EXPECT_EQ(trt_hex_value('f'), 15);
    EXPECT_EQ(trt_hex_value('A'), 10);
    EXPECT_EQ(trt_hex_value('g'), -1);
    EXPECT_EQ(trt_hex_value('@'), -1);
    EXPECT_EQ(trt_hex_value('\x10'), -1);
}

static char slow_fold(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

TEST(equal_nocase__every_pair_of_bytes_at_every_length__as_byte_by_byte) {
    char a[20], b[20];
    for (size_t len = 1; len <= sizeof a; len++) {
        memset(a, 'Q', len);
        memset(b, 'q', len);
        for (int left = 0; left < 256; left++) {
            for (int right = 0; right < 256; right++) {
                size_t at = (size_t)(left * 31 + right) % len;
                a[at] = (char)left;
                b[at] = (char)right;
                EXPECT_EQ(trt_equal_nocase(a, b, len), slow_fold(a[at]) == slow_fold(b[at]));
                a[at] = 'Q';
                b[at] = 'q';
            }
        }
    }
}
