// SPDX-License-Identifier: Apache-2.0
#include "std/http/core/number.h"

#include "rt/base/bytes.h"
#include "tests/support/harness.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

TEST(parse_u64__table__strict) {
    static const struct {
        const char* text;
        tmlrt_status status;
        uint64_t value;
    } cases[] = {
        {"0", 0, 0},
        {"7", 0, 7},
        {"18446744073709551615", 0, UINT64_MAX},
        {"18446744073709551616", TMLRT_E_OVERFLOW, 0},
        {"99999999999999999999999", TMLRT_E_OVERFLOW, 0},
        {"", TMLRT_E_INVAL, 0},
        {"-1", TMLRT_E_INVAL, 0},
        {"+1", TMLRT_E_INVAL, 0},
        {" 1", TMLRT_E_INVAL, 0},
        {"1 ", TMLRT_E_INVAL, 0},
        {"1e3", TMLRT_E_INVAL, 0},
        {"0x10", TMLRT_E_INVAL, 0},
        {"00", TMLRT_E_INVAL, 0},
        {"007", TMLRT_E_INVAL, 0},
        {"1.0", TMLRT_E_INVAL, 0},
        {"\xEF\xBC\x91", TMLRT_E_INVAL, 0},
        {"18446744073709551616x", TMLRT_E_INVAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 0;
        tmlrt_status status = trt_parse_u64(&value, cases[i].text, strlen(cases[i].text));
        if (status != cases[i].status || value != cases[i].value) {
            test_fail(__FILE__, __LINE__, "\"%s\": %d, %" PRIu64, cases[i].text, status, value);
        }
    }
}

TEST(parse_length__table__zeros_in_front_and_20_digits) {
    static const struct {
        const char* text;
        tmlrt_status status;
        uint64_t value;
    } cases[] = {
        {"0", 0, 0},
        {"5", 0, 5},
        {"0005", 0, 5},
        {"00000000000000000000", 0, 0},
        {"00000000000000000007", 0, 7},
        {"000000000000000000007", TMLRT_E_INVAL, 0},
        {"18446744073709551615", 0, UINT64_MAX},
        {"18446744073709551616", TMLRT_E_OVERFLOW, 0},
        {"", TMLRT_E_INVAL, 0},
        {"+1", TMLRT_E_INVAL, 0},
        {"0x1", TMLRT_E_INVAL, 0},
        {"00 1", TMLRT_E_INVAL, 0},
        {"1,1", TMLRT_E_INVAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 0;
        tmlrt_status status = trt_parse_length(&value, cases[i].text, strlen(cases[i].text));
        if (status != cases[i].status || value != cases[i].value) {
            test_fail(__FILE__, __LINE__, "\"%s\": %d, %" PRIu64, cases[i].text, status, value);
        }
    }
}

TEST(parse_i64__table__strict) {
    static const struct {
        const char* text;
        tmlrt_status status;
        int64_t value;
    } cases[] = {
        {"9223372036854775807", 0, INT64_MAX},
        {"-9223372036854775808", 0, INT64_MIN},
        {"-9223372036854775809", TMLRT_E_OVERFLOW, 0},
        {"9223372036854775808", TMLRT_E_OVERFLOW, 0},
        {"-0", 0, 0},
        {"-", TMLRT_E_INVAL, 0},
        {"--1", TMLRT_E_INVAL, 0},
        {"-01", TMLRT_E_INVAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 0;
        tmlrt_status status = trt_parse_i64(&value, cases[i].text, strlen(cases[i].text));
        EXPECT_EQ(status, cases[i].status);
        EXPECT_EQ(value, cases[i].value);
    }
}

TEST(parse_f64__wrong_text__inval) {
    static const char* const cases[] = {
        "",    "-",  ".5", "5.",  "+1",   "01",  "1e",    "1e+",      "nan", "inf", "0x1p",
        "1,5", " 1", "1 ", "-.5", "1.e1", "--1", "1e1.5", "Infinity", "NaN", "1_0", "1e 5"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value;
        if (trt_parse_f64(&value, cases[i], strlen(cases[i])) != TMLRT_E_INVAL) {
            test_fail(__FILE__, __LINE__, "\"%s\" was taken", cases[i]);
        }
    }
    double value;
    EXPECT_EQ(trt_parse_f64(&value, "1e9999", 6), TMLRT_E_OVERFLOW);
    EXPECT_EQ(trt_parse_f64(&value, "-1e309", 6), TMLRT_E_OVERFLOW);
    EXPECT_EQ(trt_parse_f64(&value, "1e999999999999999999999", 23), TMLRT_E_OVERFLOW);
}

TEST(parse_f64__same_text__same_bits_as_strtod) {
    static const char* const cases[] = {
        "0",
        "-0",
        "0.0",
        "1",
        "-1.5",
        "0.1",
        "3.14159265358979323846",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "123456789012345678",
        "9007199254740993",
        "9007199254740992.99999999999999999999",
        "2.2250738585072011e-308",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "5e-324",
        "1e-400",
        "0e999999999",
        "0.000000000000000000000000000000000000000000001",
        "179769313486231570000000000000000e276",
        "8.41e21",
        "9.5e15",
        "123456.789e-10",
        "1.0000000000000002220446049250313080847263336181640625",
        "100000000000000000000000000000000000000000000000000000000001e-59"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 0, want = strtod(cases[i], NULL);
        EXPECT_EQ(trt_parse_f64(&value, cases[i], strlen(cases[i])), TMLRT_OK);
        if (memcmp(&value, &want, sizeof value) != 0) {
            test_fail(__FILE__, __LINE__, "%s: %.17g, not %.17g", cases[i], value, want);
        }
    }
}

TEST(parse_f64__two_thousand_digits__the_last_one_counts) {
    static char text[2100];
    double value;
    // Half way between 1 and its successor, then a tail that decides.
    const char* half = "1.00000000000000011102230246251565404236316680908203125";
    memset(text, '0', sizeof text);
    memcpy(text, half, strlen(half));
    EXPECT_EQ(trt_parse_f64(&value, text, 2000), TMLRT_OK);
    EXPECT(value == 1.0);
    text[1999] = '1';
    EXPECT_EQ(trt_parse_f64(&value, text, 2000), TMLRT_OK);
    EXPECT(value == 1.0 + DBL_EPSILON);
}

TEST(format_f64__table__shortest) {
    static const struct {
        double value;
        const char* text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {19.99, "19.99"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {1e21, "1e21"},
        {1e20, "100000000000000000000"},
        {123456789.125, "123456789.125"},
        {1e-7, "1e-7"},
        {0.000001, "0.000001"},
        {1.5e-7, "1.5e-7"},
        {5e-324, "5e-324"},
        {0.1 + 0.2, "0.30000000000000004"},
        {DBL_MAX, "1.7976931348623157e308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {9007199254740993.0, "9007199254740992"},
        {1.1e300, "1.1e300"},
        {-2.5, "-2.5"},
        {INFINITY, "null"},
        {NAN, "null"},
        {4.35, "4.35"},
        {1e15 + 0.5, "1000000000000000.5"},
        {123e18, "123000000000000000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TRT_NUMBER_TEXT + 1];
        text[trt_format_f64(text, cases[i].value)] = '\0';
        EXPECT_STR(text, cases[i].text);
    }
    char text[TRT_NUMBER_TEXT + 1];
    text[trt_format_f32(text, 0.1f)] = '\0';
    EXPECT_STR(text, "0.1");
    text[trt_format_f32(text, 16777216.0f)] = '\0';
    EXPECT_STR(text, "16777216");
    text[trt_format_f32(text, FLT_MAX)] = '\0';
    EXPECT_STR(text, "3.4028235e38");
}

TEST(format_f64__random_bits__read_back_equal) {
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        char text[TRT_NUMBER_TEXT];
        double value, back = 0;
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        memcpy(&value, &seed, sizeof value);
        if (i % 3 == 0) {
            value = (double)(int64_t)(seed % 2000000001) / 1000.0; // money and measurements
        }
        if (isnan(value) || isinf(value)) {
            continue;
        }
        size_t len = trt_format_f64(text, value);
        if (len > TRT_NUMBER_TEXT || trt_parse_f64(&back, text, len) != TMLRT_OK || back != value) {
            test_fail(__FILE__, __LINE__, "%.17g became %.*s", value, (int)len, text);
            return;
        }
        float f32 = (float)value;
        if (!isinf(f32)) {
            len = trt_format_f32(text, f32);
            if (trt_parse_f64(&back, text, len) != TMLRT_OK || (float)back != f32) {
                test_fail(__FILE__, __LINE__, "%.9g became %.*s", (double)f32, (int)len, text);
                return;
            }
        }
    }
}

TEST(numbers__locale_with_a_comma__no_difference) {
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL && setlocale(LC_NUMERIC, "fr_FR") == NULL) {
        test_skip("no locale with a decimal comma is installed");
        return;
    }
    char text[TRT_NUMBER_TEXT + 1];
    double value = 0;
    text[trt_format_f64(text, 1.0 / 3)] = '\0';
    EXPECT_STR(text, "0.3333333333333333");
    EXPECT_EQ(trt_parse_f64(&value, "3.14159265358979323846", 22), TMLRT_OK);
    EXPECT(value == 3.14159265358979323846);
    setlocale(LC_NUMERIC, "C");
}

TEST(format_ints__extremes__in_full) {
    char text[TRT_NUMBER_TEXT + 1];
    text[trt_format_u64(text, UINT64_MAX)] = '\0';
    EXPECT_STR(text, "18446744073709551615");
    text[trt_format_i64(text, INT64_MIN)] = '\0';
    EXPECT_STR(text, "-9223372036854775808");
    text[trt_format_i64(text, 0)] = '\0';
    EXPECT_STR(text, "0");
}

TEST(format_u64__beside_every_power_of_ten_and_of_two__as_libc) {
    for (uint64_t power = 1, ten = 1; power != 0; power *= 2, ten *= 10) {
        const uint64_t values[] = {power - 1, power, power + 1, ten - 1, ten, ten + 1, ten / 7};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            char text[32], expected[32];
            uint64_t back = 0;
            size_t len = trt_format_u64(text, values[i]);
            text[len] = '\0';
            snprintf(expected, sizeof expected, "%" PRIu64, values[i]);
            EXPECT_STR(text, expected);
            EXPECT_EQ(trt_parse_u64(&back, text, len), TMLRT_OK);
            EXPECT_EQ(back, values[i]);
        }
    }
}

TEST(parse_f32__decimals_near_a_boundary__rounded_once) {
    static const char* const texts[] = {
        "1.0000000596046447753906250000000001", // above half-way: through a double it is half-way
        "1.0000000596046447753906249999999999",
        "1.000000059604644775390625", // half-way: to the even one
        "16777217",
        "16777217.0000001",
        "7.006492321624085e-46", // half of the smallest
        "7.0064923216240854e-46",
        "7.0064923216240862e-46",
        "1.1754943508222875e-38",
        "3.4028235677973366e38", // the first that is too large
        "3.4028235677973362e38",
        "-0.1",
        "0.3",
        "-0",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        float got = 0, want = strtof(texts[i], NULL);
        tmlrt_status status = trt_parse_f32(&got, texts[i], strlen(texts[i]));
        if (isinf(want) ? status != TMLRT_E_OVERFLOW
                        : status != TMLRT_OK || memcmp(&got, &want, sizeof got) != 0) {
            test_fail(__FILE__, __LINE__, "%s: %d, %a instead of %a", texts[i], status, (double)got,
                      (double)want);
        }
    }
    float unused;
    EXPECT_EQ(trt_parse_f32(&unused, "1.", 2), TMLRT_E_INVAL);
}

TEST(number_of_8_digits__every_digit_at_every_place__its_value) {
    for (int place = 0; place < 8; place++) {
        uint32_t weight = 1;
        for (int i = place; i < 7; i++) {
            weight *= 10;
        }
        for (int c = 0; c < 256; c++) {
            char text[9] = "00000000";
            text[place] = (char)c;
            bool digit = c >= '0' && c <= '9';
            EXPECT_EQ(trt_number_is_8_digits(trt_bytes_load8(text)), digit);
            if (digit) {
                EXPECT_EQ(trt_number_of_8_digits(trt_bytes_load8(text)),
                          (uint32_t)(c - '0') * weight);
            }
        }
    }
    EXPECT_EQ(trt_number_of_8_digits(trt_bytes_load8("98765432")), 98765432);
}

/// Compares a decimal's value with strtod's, bit by bit.
static bool same_as_libc(const char* text) {
    double got = 0, want = strtod(text, NULL);
    tmlrt_status status = trt_parse_f64(&got, text, strlen(text));
    return isinf(want) ? status == TMLRT_E_OVERFLOW
                       : status == TMLRT_OK && memcmp(&got, &want, sizeof got) == 0;
}

TEST(parse_f64__random_decimals__as_libc) {
    uint64_t state = 0x9E3779B97F4A7C15u;
    for (int i = 0; i < 300000; i++) {
        char text[64];
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        uint64_t mantissa = state >> (state >> 58);
        int exponent = (int)(state % 700) - 360;
        if (i % 3 == 0) { // around where doubles are dense
            exponent = (int)(state % 50) - 30;
        }
        snprintf(text, sizeof text, "%s%" PRIu64 "%se%d", i % 2 == 0 ? "" : "-", mantissa,
                 i % 5 == 0 ? "00123" : "", exponent);
        if (!same_as_libc(text)) {
            test_fail(__FILE__, __LINE__, "%s", text);
        }
    }
}

TEST(parse_f64__half_way_between_doubles__to_the_even_one) {
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        char text[1200];
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // 54 bits: an odd last one is half-way. Times a power of two that is an integer, or a
        // fraction printed in full.
        double whole = (double)(state >> 11 | 1);
        int scale = (int)(state % 11) - 5;
        uint64_t half = (state >> 10) | 1;
        snprintf(text, sizeof text, "%" PRIu64, half);
        REQUIRE(same_as_libc(text));
        snprintf(text, sizeof text, "%.0f.%s", whole, i % 2 == 0 ? "5" : "50000000000000000001");
        REQUIRE(same_as_libc(text));
        snprintf(text, sizeof text, "%.60e", ldexp(whole, scale * 97));
        REQUIRE(same_as_libc(text));
        snprintf(text, sizeof text, "%.17g", ldexp(whole, scale * 190));
        REQUIRE(same_as_libc(text));
    }
}

TEST(parse_f64__edges_of_the_range__as_libc) {
    static const char* const texts[] = {
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "17976931348623158079e289",
        "2.2250738585072014e-308",
        "2.2250738585072011e-308",
        "2.225073858507201e-308",
        "4.9406564584124654e-324",
        "2.4703282292062328e-324",
        "2.4703282292062327e-324",
        "1e-342",
        "1e-343",
        "18446744073709551615e-342",
        "9999999999999999999e-343",
        "1e308",
        "1e309",
        "9007199254740993",
        "9007199254740995",
        "9007199254740992.5",
        "18014398509481985",
        "1e23",
        "8.5e22",
        "89255e-22",
        "0e-400",
        "6.103515625e-5",
        "104308485241983990666713401708072175773165034278682682111762292935e-65",
        "5e-324",
        "7.4109846876186982e-324",
        "3e-324",
        "1.00000000000000011102230246251565",
        "1.00000000000000011102230246251566",
        "9223372036854775807",
        "18446744073709551616",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!same_as_libc(texts[i])) {
            test_fail(__FILE__, __LINE__, "%s", texts[i]);
        }
    }
    for (int q = -400; q <= 400; q++) {
        char text[32];
        snprintf(text, sizeof text, "1e%d", q);
        REQUIRE(same_as_libc(text));
        snprintf(text, sizeof text, "9999999999999999999e%d", q);
        REQUIRE(same_as_libc(text));
        snprintf(text, sizeof text, "17e%d", q);
        REQUIRE(same_as_libc(text));
    }
}
