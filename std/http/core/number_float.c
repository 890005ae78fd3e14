// SPDX-License-Identifier: Apache-2.0
// Decimals to doubles and floats, correctly rounded. Pure; any thread.
//
// Three ways, the first that can: up to 53 bits and a power of ten up to 22 need one exact
// multiplication or division; up to 19 digits the product with a 128-bit power of five, which is
// nearly always far enough from a rounding boundary to be sure; the rest goes through strtod on a
// bounded copy written without a decimal point ("12345e-3"), since the point is the one thing a
// locale changes. More than 800 significant digits cannot change the result except by not being
// zero, so they are cut there and a last '1' stands for them; reading stays linear.
#include "std/http/core/number.h"

#include "std/http/core/powers.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIGITS = 800, MAX_EXPONENT = 100000, DECIMAL_TEXT = MAX_DIGITS + 32, MAX_EXACT = 22 };

static const double s_powers[MAX_EXACT + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
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

// ---- the quick ways ----------------------------------------------------------------------------

/// mantissa * 10^exponent when that takes one rounding (Clinger 1990).
static bool exact(double* out, uint64_t mantissa, int64_t exponent) {
    if (mantissa > 1ull << 53 || exponent < -MAX_EXACT || exponent > MAX_EXACT) {
        return false;
    }
    *out = exponent < 0 ? (double)mantissa / s_powers[-exponent]
                        : (double)mantissa * s_powers[exponent];
    return true;
}

#if defined(__SIZEOF_INT128__)
/// The upper 128 bits of the 192-bit product of a number and 5^q, scaled; the lowest may be short
/// of the product by one.
static void product(uint64_t* high, uint64_t* low, uint64_t mantissa, int64_t q) {
    const uint64_t* power = trt_powers_of_five[q - TRT_POWERS_FIRST];
    unsigned __int128 first = (unsigned __int128)mantissa * power[0];
    if (((uint64_t)(first >> 64) & 0x1FF) == 0x1FF) { // the bits below could still carry
        first += (unsigned __int128)mantissa * power[1] >> 64;
    }
    *high = (uint64_t)(first >> 64);
    *low = (uint64_t)first;
}

/// Rounds a 55-bit significand below the normal range; the exponent field is 0 or, carried, 1.
static uint64_t subnormal_bits(uint64_t significand, int64_t exponent) {
    if (1 - exponent >= 64) {
        return 0;
    }
    significand >>= 1 - exponent;
    return (significand + (significand & 1)) >> 1; // a carry into bit 52 is the exponent 1
}

/// mantissa * 10^exponent, correctly rounded; false when it cannot be decided so or is too large
/// (Lemire 2021, with what Mushtak and Lemire 2023 showed of it).
static bool nearest(double* out, uint64_t mantissa, int64_t q) {
    uint64_t high, low, bits = 0;
    if (mantissa != 0 && q >= TRT_POWERS_FIRST) {
        if (q > TRT_POWERS_LAST) {
            return false;
        }
        int zeros = __builtin_clzll(mantissa);
        product(&high, &low, mantissa << zeros, q);
        if (low == UINT64_MAX && (q < -27 || q > 55)) {
            return false;
        }
        int top = (int)(high >> 63), shift = top + 64 - 52 - 3;
        uint64_t significand = high >> shift; // two bits more than a double has
        int64_t exponent = ((217706 * q) >> 16) + 63 + top - zeros + 1023; // of the power of two
        if (exponent <= 0) {
            bits = subnormal_bits(significand, exponent);
        } else {
            if (low <= 1 && q >= -4 && q <= 23 && (significand & 3) == 1 &&
                significand << shift == high) {
                significand &= ~1ull; // exactly half-way: down to the even one
            }
            significand = (significand + (significand & 1)) >> 1;
            exponent += (int64_t)(significand >> 53);
            significand >>= significand >> 53;
            if (exponent >= 0x7FF) {
                return false;
            }
            bits = (significand & ((1ull << 52) - 1)) | (uint64_t)exponent << 52;
        }
    }
    memcpy(out, &bits, sizeof bits);
    return true;
}

#else
static bool nearest(double* out, uint64_t mantissa, int64_t q) {
    (void)out, (void)mantissa, (void)q;
    return false;
}
#endif

bool trt_number_decimal(double* out, uint64_t mantissa, int64_t exponent) {
    return exact(out, mantissa, exponent) || nearest(out, mantissa, exponent);
}

/// The value by the first 19 digits, when the others cannot change it.
static bool quick_value(double* out, const decimal* d) {
    uint64_t mantissa = 0;
    uint32_t num = d->num < 19 ? d->num : 19;
    double above;
    for (uint32_t i = 0; i < num; i++) {
        mantissa = mantissa * 10 + (uint64_t)(d->digits[i] - '0');
    }
    if (num == d->num) {
        return trt_number_decimal(out, mantissa, d->exponent);
    }
    int64_t exponent = d->exponent + d->num - num;
    return nearest(out, mantissa, exponent) && nearest(&above, mantissa + 1, exponent) &&
           *out == above;
}

tmlrt_status trt_parse_f64(double* out, const char* text, size_t len) {
    bool integer;
    decimal d;
    double value;
    if (len == 0 || trt_number_span(text, len, &integer) != len) {
        return TMLRT_E_INVAL;
    }
    split(&d, text, len);
    if (!quick_value(&value, &d)) {
        value = slow_value(&d);
    }
    if (isinf(value)) {
        return TMLRT_E_OVERFLOW;
    }
    *out = text[0] == '-' ? -value : value;
    return TMLRT_OK;
}

// ---- floats ------------------------------------------------------------------------------------

/// Whether a double, made by rounding a decimal, may lie on the other side of a float's rounding
/// boundary than the decimal did: exactly half-way, or where floats lose digits.
static bool may_round_twice(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits & 0x1FFFFFFF) == 0x10000000 || fabs(value) < 2 * (double)FLT_MIN;
}

bool trt_number_to_f32(float* out, double value) {
    if (value != 0 && may_round_twice(value)) {
        return false;
    }
    *out = (float)value;
    return !isinf(*out);
}

tmlrt_status trt_parse_f32(float* out, const char* text, size_t len) {
    double value;
    tmlrt_status status = trt_parse_f64(&value, text, len);
    if (status != TMLRT_OK) {
        return status;
    }
    float result;
    if (!trt_number_to_f32(&result, value)) {
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
