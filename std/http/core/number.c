// SPDX-License-Identifier: Apache-2.0
// Numbers and text. Pure; any thread.
//
// Reading: integers by hand with overflow checks; doubles are in number_float.c.
//
// Writing: integral values as integers; short decimals by trying m / 10^k for growing k, which is
// exact when m < 2^53 and so proves itself; the rest with 15, 16, then 17 digits of printf until it
// reads back. printf's decimal point is skipped, never copied.
#include "std/http/core/number.h"

#include "rt/base/assert.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double s_powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

enum {
    SAFE_DIGITS = 19, // no number of so many overflows 64 bits
    MAX_DIGITS = 20,  // and none of more fits
};

static __attribute__((noinline)) tmlrt_status parse_long(uint64_t* out, const char* text,
                                                         size_t len) {
    uint64_t value = 0;
    bool over = false;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(text[i])) {
            return TMLRT_E_INVAL;
        }
        over |= __builtin_mul_overflow(value, 10u, &value);
        over |= __builtin_add_overflow(value, (unsigned)(text[i] - '0'), &value);
    }
    if (over) {
        return TMLRT_E_OVERFLOW;
    }
    *out = value;
    return TMLRT_OK;
}

tmlrt_status trt_parse_u64(uint64_t* out, const char* text, size_t len) {
    uint64_t value = 0;
    if (len == 0 || (text[0] == '0' && len > 1)) {
        return TMLRT_E_INVAL;
    }
    if (TRT_UNLIKELY(len > SAFE_DIGITS)) {
        return parse_long(out, text, len);
    }
    for (const char *p = text, *end = text + len; p < end; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9) {
            return TMLRT_E_INVAL;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return TMLRT_OK;
}

tmlrt_status trt_parse_length(uint64_t* out, const char* text, size_t len) {
    if (len > MAX_DIGITS) {
        return TMLRT_E_INVAL;
    }
    while (len > 1 && *text == '0') {
        text++;
        len--;
    }
    return trt_parse_u64(out, text, len);
}

tmlrt_status trt_parse_i64(int64_t* out, const char* text, size_t len) {
    bool negative = len > 0 && text[0] == '-';
    uint64_t magnitude;
    tmlrt_status status = trt_parse_u64(&magnitude, text + negative, len - negative);
    if (status != TMLRT_OK) {
        return status;
    }
    if (magnitude > (uint64_t)INT64_MAX + negative) {
        return TMLRT_E_OVERFLOW;
    }
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return TMLRT_OK;
}

static size_t digits_at(const char* text, size_t at, size_t len) {
    size_t start = at;
    while (at < len && is_digit(text[at])) {
        at++;
    }
    return at - start;
}

size_t trt_number_span(const char* text, size_t len, bool* out_integer) {
    size_t at = len > 0 && text[0] == '-';
    size_t whole = digits_at(text, at, len);
    if (whole == 0) {
        return 0;
    }
    if (text[at] == '0' && whole > 1) {
        return 0;
    }
    at += whole;
    *out_integer = true;
    if (at < len && text[at] == '.') {
        size_t fraction = digits_at(text, at + 1, len);
        if (fraction == 0) {
            return 0;
        }
        at += 1 + fraction;
        *out_integer = false;
    }
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        size_t sign = at + 1 < len && (text[at + 1] == '+' || text[at + 1] == '-');
        size_t exponent = digits_at(text, at + 1 + sign, len);
        if (exponent == 0) {
            return 0;
        }
        at += 1 + sign + exponent;
        *out_integer = false;
    }
    return at;
}

// The digits of 0 to 99, two each.
static const char s_pairs[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334"
    "3536373839404142434445464748495051525354555657585960616263646566676869"
    "707172737475767778798081828384858687888990919293949596979899";

// How many digits a number that is not 0 has: 1233 / 4096 is the logarithm of 2, rounded up so
// little that only the power of ten itself has to be looked at.
static inline size_t num_digits(uint64_t value) {
    static const uint64_t powers[] = {0,
                                      10,
                                      100,
                                      1000,
                                      10000,
                                      100000,
                                      1000000,
                                      10000000,
                                      100000000,
                                      1000000000,
                                      10000000000,
                                      100000000000,
                                      1000000000000,
                                      10000000000000,
                                      100000000000000,
                                      1000000000000000,
                                      10000000000000000,
                                      100000000000000000,
                                      1000000000000000000,
                                      10000000000000000000u};
    size_t about = (size_t)(64 - __builtin_clzll(value | 1)) * 1233 >> 12;
    return about + (value >= powers[about]);
}

size_t trt_format_u64(char* out, uint64_t value) {
    if (value < 10) {
        *out = (char)('0' + value);
        return 1;
    }
    size_t num = value < 100 ? 2 : num_digits(value);
    char* to = out + num;
    for (; value >= 100; value /= 100) {
        to -= 2;
        memcpy(to, s_pairs + value % 100 * 2, 2);
    }
    if (value >= 10) {
        memcpy(out, s_pairs + value * 2, 2);
    } else {
        *out = (char)('0' + value);
    }
    return num;
}

size_t trt_format_i64(char* out, int64_t value) {
    if (value >= 0) {
        return trt_format_u64(out, (uint64_t)value);
    }
    out[0] = '-';
    return 1 + trt_format_u64(out + 1, 0 - (uint64_t)value);
}

/// Lays `num` digits out with the decimal point after the first, times 10^exponent.
static size_t lay_out(char* out, const char* digits, int num, int exponent) {
    size_t len = 0;
    if (exponent < -6 || exponent > 20) {
        out[len++] = digits[0];
        if (num > 1) {
            out[len++] = '.';
            memcpy(out + len, digits + 1, (size_t)num - 1);
            len += (size_t)num - 1;
        }
        out[len++] = 'e';
        return len + trt_format_i64(out + len, exponent);
    }
    if (exponent < 0) {
        len = (size_t)(1 - exponent); // "0." and the zeros before the first digit
        memcpy(out, "0.000000", len);
        memcpy(out + len, digits, (size_t)num);
        return len + (size_t)num;
    }
    for (int i = 0; i <= exponent || i < num; i++) {
        if (i == exponent + 1) {
            out[len++] = '.';
        }
        out[len++] = i < num ? digits[i] : '0';
    }
    return len;
}

/// The digits of |value| at a precision, trailing zeros cut; *out_exponent of the first.
static int printed_digits(char* digits, double value, int precision, int* out_exponent) {
    char text[64];
    int num = 0;
    snprintf(text, sizeof text, "%.*e", precision - 1, value);
    const char* p = text;
    for (; *p != 'e'; p++) {
        if (is_digit(*p)) { // whatever else is here is the locale's decimal point
            digits[num++] = *p;
        }
    }
    *out_exponent = (int)strtol(p + 1, NULL, 10);
    while (num > 1 && digits[num - 1] == '0') {
        num--;
    }
    return num;
}

static size_t format(char* out, double value, bool is_float) {
    size_t len = 0;
    if (isnan(value) || isinf(value)) {
        memcpy(out, "null", 4);
        return 4;
    }
    if (signbit(value)) { // also of -0, which reads back as -0
        out[len++] = '-';
        value = -value;
    }
    if (value < 9007199254740992.0 && value == (double)(uint64_t)value) {
        return len + trt_format_u64(out + len, (uint64_t)value);
    }
    for (int k = 1; k <= 9 && value * s_powers[k] < (is_float ? 1e6 : 1e15); k++) {
        double scaled = (double)(uint64_t)(value * s_powers[k] + 0.5), back = scaled / s_powers[k];
        if (is_float ? (float)back == (float)value : back == value) {
            char digits[TRT_NUMBER_TEXT];
            int num = (int)trt_format_u64(digits, (uint64_t)scaled);
            return scaled == 0 ? 0 : len + lay_out(out + len, digits, num, num - 1 - k);
        }
    }
    // Below the normal range fewer digits than 15 (6) may already be exact.
    bool tiny = value < (is_float ? (double)FLT_MIN : DBL_MIN);
    for (int precision = tiny ? 1 : is_float ? 6 : 15;; precision++) {
        char digits[24] = "0";
        int exponent, num = printed_digits(digits, value, precision, &exponent);
        size_t used = lay_out(out + len, digits, num, exponent);
        double back = 0;
        if (precision == (is_float ? 9 : 17) ||
            (trt_parse_f64(&back, out + len, used) == TMLRT_OK &&
             (is_float ? (float)back == (float)value : back == value))) {
            return len + used;
        }
    }
}

size_t trt_format_f64(char* out, double value) {
    return format(out, value, false);
}

size_t trt_format_f32(char* out, float value) {
    return format(out, (double)value, true);
}
