// SPDX-License-Identifier: Apache-2.0
// UTF-8: the one validator of paths, query strings and JSON.
#ifndef TRT_HTTP_CORE_UTF8_H
#define TRT_HTTP_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// trt_utf8_valid tells whether `len` bytes are well-formed UTF-8: no overlong form, no surrogate,
/// nothing over U+10FFFF, no truncated tail.
/// Thread:  any.   Cost: one pass, eight bytes at a time over ASCII.   Source: Unicode 15, table
/// 3-7.
bool trt_utf8_valid(const char* data, size_t len);
/// trt_utf8_encode writes one scalar value (not a surrogate, at most U+10FFFF) and returns its 1..4
/// bytes.
size_t trt_utf8_encode(char out[4], uint32_t scalar);
/// trt_utf8_decode reads the first scalar value of valid, non-empty UTF-8; *out_len: its bytes.
uint32_t trt_utf8_decode(const char* data, size_t* out_len);

#endif
