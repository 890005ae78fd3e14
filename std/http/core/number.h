// SPDX-License-Identifier: Apache-2.0
// Numbers to and from text, strict and without a locale: what JSON, paths and queries share.
#ifndef TRT_HTTP_CORE_NUMBER_H
#define TRT_HTTP_CORE_NUMBER_H

#include <tmlrt/abi/status.h>

#include <stdbool.h>

enum { TRT_NUMBER_TEXT = 32 }; ///< bytes that every trt_format_* fits in

/// trt_parse_u64 reads decimal digits and nothing else: no sign, space, exponent or leading zero.
/// Errors:  INVAL - not such text. OVERFLOW - above 2^64 - 1.
TMLRT_NODISCARD tmlrt_status trt_parse_u64(uint64_t* out, const char* text, size_t len);
/// trt_parse_length reads a Content-Length (RFC 9110 8.6): digits, zeros in front as well, but no
/// more than the 20 of 2^64 - 1.
/// Errors:  as trt_parse_u64.
TMLRT_NODISCARD tmlrt_status trt_parse_length(uint64_t* out, const char* text, size_t len);
/// trt_parse_i64 is trt_parse_u64 with an optional '-'; "-0" is 0.
TMLRT_NODISCARD tmlrt_status trt_parse_i64(int64_t* out, const char* text, size_t len);
/// trt_number_span returns the length of the JSON number at the start of `text` (RFC 8259 6), 0
/// when there is none; *out_integer: it has neither fraction nor exponent.
size_t trt_number_span(const char* text, size_t len, bool* out_integer);
/// trt_parse_f64 reads exactly one JSON number, correctly rounded.
/// Errors:  INVAL - other text. OVERFLOW - beyond the largest double.
/// Cost:    a few operations and multiplications; strtod on a bounded copy for some of more than 19
///          digits.
TMLRT_NODISCARD tmlrt_status trt_parse_f64(double* out, const char* text, size_t len);

/// trt_parse_f32 is trt_parse_f64 for a float, rounded once.
TMLRT_NODISCARD tmlrt_status trt_parse_f32(float* out, const char* text, size_t len);
/// trt_number_decimal computes mantissa * 10^exponent, correctly rounded; false when it is too
/// large or too near a rounding boundary (trt_parse_f64 of the text decides then).
bool trt_number_decimal(double* out, uint64_t mantissa, int64_t exponent);
/// trt_number_to_f32 makes a float of a double that was rounded from a decimal; false when it is
/// too large or a second rounding could be wrong.
bool trt_number_to_f32(float* out, double value);

/// trt_number_is_8_digits tells whether eight bytes, as loaded from memory, are all digits.
static inline bool trt_number_is_8_digits(uint64_t bytes) {
    const uint64_t highs = 0xF0F0F0F0F0F0F0F0u, zeros = 0x3030303030303030u;
    return (((bytes & highs) ^ zeros) | (((bytes + 0x0606060606060606u) & highs) ^ zeros)) == 0;
}
/// trt_number_of_8_digits returns the number that eight digits spell, the first in memory leading.
static inline uint32_t trt_number_of_8_digits(uint64_t bytes) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    bytes = (bytes & 0x0F0F0F0F0F0F0F0Fu) * ((10 << 8) + 1) >> 8; // pairs
    bytes = (bytes & 0x00FF00FF00FF00FFu) * ((100 << 16) + 1) >> 16;
    return (uint32_t)((bytes & 0x0000FFFF0000FFFFu) * ((10000ull << 32) + 1) >> 32);
}

/// trt_format_u64 writes decimal digits to `out` (TRT_NUMBER_TEXT bytes) and returns how many; no
/// NUL. So do the others.
size_t trt_format_u64(char* out, uint64_t value);
/// trt_format_i64 is trt_format_u64 with a sign.
size_t trt_format_i64(char* out, int64_t value);
/// trt_format_f64 writes the shortest decimal that reads back as the same double, as a JSON number;
/// "null" for infinities and NaN, which JSON has not.
size_t trt_format_f64(char* out, double value);
/// trt_format_f32 is trt_format_f64 with the precision of a float.
size_t trt_format_f32(char* out, float value);

#endif
