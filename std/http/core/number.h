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
/// trt_parse_i64 is trt_parse_u64 with an optional '-'; "-0" is 0.
TMLRT_NODISCARD tmlrt_status trt_parse_i64(int64_t* out, const char* text, size_t len);
/// trt_number_span returns the length of the JSON number at the start of `text` (RFC 8259 6), 0
/// when there is none; *out_integer: it has neither fraction nor exponent.
size_t trt_number_span(const char* text, size_t len, bool* out_integer);
/// trt_parse_f64 reads exactly one JSON number, correctly rounded.
/// Errors:  INVAL - other text. OVERFLOW - beyond the largest double.
/// Cost:    a few operations up to 15 digits; else strtod on a bounded copy.
TMLRT_NODISCARD tmlrt_status trt_parse_f64(double* out, const char* text, size_t len);

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
