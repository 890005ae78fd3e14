// SPDX-License-Identifier: Apache-2.0
// Numbers and text. Pure; any thread.
//
// Reading: integers by hand with overflow checks. Doubles of at most 15 digits and a power of ten
// up to 22 need one exact multiplication or division (Clinger 1990); the rest goes through strtod
// on a bounded copy written without a decimal point ("12345e-3"), since the point is the one thing
// a locale changes. More than 800 significant digits cannot change the result except by not being
// zero, so they are cut there and a last '1' stands for them; reading stays linear.
//
// Writing: integral values as integers; short decimals by trying m / 10^k for growing k, which is
// exact when m < 2^53 and so proves itself; the rest with 15, 16, then 17 digits of printf until it
// reads back. printf's decimal point is skipped, never copied.
#include "std/http/core/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIGITS = 800, MAX_EXPONENT = 100000, DECIMAL_TEXT = MAX_DIGITS + 32 };

static const double s_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

tmlrt_status trt_parse_u64(uint64_t* out, const char* text, size_t len) {
    uint64_t value = 0;
    bool over = false;
    if (len == 0 || (text[0] == '0' && len > 1)) {
        return TMLRT_E_INVAL;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9) {
            return TMLRT_E_INVAL;
        }
        over |= __builtin_mul_overflow(value, 10u, &value);
        over |= __builtin_add_overflow(value, digit, &value);
    }
    if (over) {
        return TMLRT_E_OVERFLOW;
    }
    *out = value;
    return TMLRT_OK;
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

/// A decimal: the integer that `digits` spell, times 10^exponent.
typedef struct decimal {
    char digits[MAX_DIGITS + 2];
    uint32_t num;
    int64_t exponent;
    bool rest; ///< digits were cut that were not all zero
} decimal;

static void add_digit(decimal* d, char digit, bool fraction) {
    if (d->num == 0 && digit == '0') {
        d->exponent -= fraction;
        return;
    }
    if (d->num == MAX_DIGITS) {
        d->rest = d->rest || digit != '0';
        d->exponent += !fraction;
        return;
    }
    d->digits[d->num++] = digit;
    d->exponent -= fraction;
}

static int64_t read_exponent(const char* text, size_t len) {
    bool negative = text[0] == '-';
    int64_t value = 0;
    for (size_t i = text[0] == '-' || text[0] == '+'; i < len; i++) {
        value = value * 10 + (text[i] - '0');
        if (value > INT32_MAX) {
            value = INT32_MAX; // far beyond any double, and beyond any number of digits
        }
    }
    return negative ? -value : value;
}

/// Splits a number that trt_number_span accepted.
static void split(decimal* d, const char* text, size_t len) {
    bool fraction = false;
    d->num = 0;
    d->exponent = 0;
    d->rest = false;
    for (size_t i = text[0] == '-'; i < len; i++) {
        if (text[i] == '.') {
            fraction = true;
        } else if (is_digit(text[i])) {
            add_digit(d, text[i], fraction);
        } else {
            d->exponent += read_exponent(text + i + 1, len - i - 1);
            break;
        }
    }
}

/// Writes it as text without a decimal point, for libc.
static void spell(char text[DECIMAL_TEXT], decimal* d) {
    if (d->rest) {
        d->digits[d->num++] = '1';
        d->exponent--;
    }
    int64_t exponent = d->exponent;
    if (exponent > MAX_EXPONENT) {
        exponent = MAX_EXPONENT;
    } else if (exponent < -MAX_EXPONENT) {
        exponent = -MAX_EXPONENT;
    }
    memcpy(text, d->digits, d->num);
    snprintf(text + d->num, DECIMAL_TEXT - d->num, "e%d", (int)exponent);
}

static double slow_value(decimal* d) {
    char text[DECIMAL_TEXT];
    spell(text, d);
    return strtod(text, NULL);
}

tmlrt_status trt_parse_f64(double* out, const char* text, size_t len) {
    bool integer;
    if (len == 0 || trt_number_span(text, len, &integer) != len) {
        return TMLRT_E_INVAL;
    }
    decimal d;
    double value;
    split(&d, text, len);
    if (d.num <= 15 && d.exponent >= -22 && d.exponent <= 22) {
        uint64_t mantissa = 0;
        for (uint32_t i = 0; i < d.num; i++) {
            mantissa = mantissa * 10 + (uint64_t)(d.digits[i] - '0');
        }
        value = d.exponent < 0 ? (double)mantissa / s_powers[-d.exponent]
                               : (double)mantissa * s_powers[d.exponent];
    } else {
        value = d.num == 0 ? 0.0 : slow_value(&d);
    }
    if (isinf(value)) {
        return TMLRT_E_OVERFLOW;
    }
    *out = text[0] == '-' ? -value : value;
    return TMLRT_OK;
}

bool trt_number_exact(double* out, uint64_t mantissa, uint32_t places) {
    if (mantissa > 1ull << 53 || places >= sizeof s_powers / sizeof s_powers[0]) {
        return false;
    }
    *out = (double)mantissa / s_powers[places];
    return true;
}

/// Whether a double, made by rounding a decimal, may lie on the other side of a float's rounding
/// boundary than the decimal did: exactly half-way, or where floats lose digits.
static bool may_round_twice(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits & 0x1FFFFFFF) == 0x10000000 || fabs(value) < 2 * (double)FLT_MIN;
}

tmlrt_status trt_parse_f32(float* out, const char* text, size_t len) {
    double value;
    tmlrt_status status = trt_parse_f64(&value, text, len);
    if (status != TMLRT_OK) {
        return status;
    }
    float result = (float)value;
    if (value != 0 && may_round_twice(value)) {
        decimal d;
        char spelled[DECIMAL_TEXT];
        split(&d, text, len);
        spell(spelled, &d);
        result = text[0] == '-' ? -strtof(spelled, NULL) : strtof(spelled, NULL);
    }
    if (isinf(result)) {
        return TMLRT_E_OVERFLOW;
    }
    *out = result;
    return TMLRT_OK;
}

size_t trt_format_u64(char* out, uint64_t value) {
    size_t num = 1;
    if (value < 100) { // most numbers
        unsigned small = (unsigned)value, tens = small * 205 >> 11;
        out[0] = (char)('0' + tens);
        out[tens != 0] = (char)('0' + small - tens * 10);
        return 1 + (tens != 0);
    }
    for (uint64_t rest = value; rest >= 10; rest /= 10) {
        num++;
    }
    for (size_t i = num; i-- > 0; value /= 10) {
        out[i] = (char)('0' + value % 10);
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
