// SPDX-License-Identifier: Apache-2.0
#include "std/http/core/security.h"

#include "std/http/core/response.h"
#include "tests/support/harness.h"

#define FIVE                                                                                       \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "Referrer-Policy: same-origin\r\n"                                                             \
    "Content-Security-Policy: default-src 'self'; frame-ancestors 'self'\r\n"                      \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                  \
    "Cross-Origin-Resource-Policy: same-origin\r\n"

enum {
    ALL = (1 << TRT_NUM_SECURITY) - 1,
    SNIFF = 1 << TRT_SECURITY_sniff,
    CONTENT = 1 << TRT_SECURITY_content,
    HSTS = 1 << TRT_SECURITY_hsts
};

static tmlrt_slice slice_of(const char* text) {
    return (tmlrt_slice){text, strlen(text)};
}

static uint32_t missing(const trt_security* security, const char* first, const char* second) {
    trt_header fields[] = {{slice_of(first), {"x", 1}}, {slice_of(second), {"y", 1}}};
    tmlrt_response response = {.status = 200, .headers = fields, .num_headers = 2};
    return trt_security_missing(security, &response);
}

TEST(security__all_fields__as_one_text) {
    trt_security security;
    trt_security_init(&security, (tmlrt_slice){NULL, 0});
    EXPECT_EQ(security.num, TRT_NUM_SECURITY - 1);
    EXPECT_EQ(security.text_len, sizeof FIVE - 1);
    EXPECT(memcmp(security.text, FIVE, sizeof FIVE - 1) == 0);
    trt_security_init(&security, slice_of("max-age=1"));
    EXPECT_EQ(security.num, TRT_NUM_SECURITY);
    EXPECT(memcmp(security.text + sizeof FIVE - 1, "Strict-Transport-Security: max-age=1\r\n",
                  38) == 0);
}

TEST(security__longest_value__has_room) {
    static trt_security security;
    char text[TRT_SECURITY_HSTS_MAX];
    memset(text, ' ', sizeof text);
    memcpy(text, "max-age=1;", 10);
    text[sizeof text - 1] = 'x';
    EXPECT(trt_security_hsts_valid((tmlrt_slice){text, sizeof text}));
    trt_security_init(&security, (tmlrt_slice){text, sizeof text});
    EXPECT(security.text_len <= TRT_SECURITY_TEXT);
}

TEST(security_missing__what_the_answer_has__is_not_sent_again) {
    trt_security security;
    trt_security_init(&security, slice_of(TRT_HSTS_DEFAULT));
    EXPECT_EQ(missing(&security, "Content-Type", "X-B"), ALL);
    EXPECT_EQ(missing(&security, "Content-Type", "x-content-type-OPTIONS"), ALL & ~SNIFF);
    EXPECT_EQ(missing(&security, "Content-Security-Policy", "strict-transport-security"),
              ALL & ~CONTENT & ~HSTS);
    EXPECT_EQ(missing(&security, "Content-Security-Polite", "X"), ALL); // as long, and another
    EXPECT_EQ(missing(&security,
                      "a-name-that-is-longer-than-any-of-those-and-than-the-bits-of-a-word", ""),
              ALL);
    trt_security_init(&security, (tmlrt_slice){NULL, 0});
    EXPECT_EQ(missing(&security, "Strict-Transport-Security", "X"), ALL & ~HSTS);
    const trt_security none = {.num = 0};
    EXPECT_EQ(missing(&none, "X-Content-Type-Options", "X"), 0);
    EXPECT_EQ(missing(&none, "A", "X"), 0);
}

TEST(security_missing__a_field_was_removed__it_is_left_out) {
    trt_security security;
    trt_arena arena;
    trt_arena_init(&arena, 0);
    trt_security_init(&security, (tmlrt_slice){NULL, 0});
    tmlrt_response* response = trt_response_new(&arena, 200);
    REQUIRE(response != NULL);
    EXPECT_EQ(tmlrt_response_remove_header(response, "x-content-type-options"), 0);
    EXPECT_EQ(tmlrt_response_remove_header(response, "X-Other"), 0);
    EXPECT_EQ(trt_security_missing(&security, response), ALL & ~SNIFF & ~HSTS);
    trt_arena_fini(&arena);
}

TEST(security_hsts_valid__values__as_the_rfc_has_them) {
    static const char* const good[] = {"max-age=0", "max-age=31536000", "Max-Age=1; preload",
                                       "max-age=63072000; includeSubDomains; preload"};
    static const char* const bad[] = {"",
                                      "on",
                                      "365d",
                                      "31536000",
                                      "max-age=",
                                      "max-age=x",
                                      "max-age",
                                      "includeSubDomains; max-age=1",
                                      "max-age=1\r\nX: y",
                                      "max-age=1\n"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        EXPECT(trt_security_hsts_valid(slice_of(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT(!trt_security_hsts_valid(slice_of(bad[i])));
    }
    char text[TRT_SECURITY_HSTS_MAX + 1];
    memset(text, '1', sizeof text);
    memcpy(text, "max-age=", 8);
    EXPECT(!trt_security_hsts_valid((tmlrt_slice){text, sizeof text}));
}
