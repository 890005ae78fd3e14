// SPDX-License-Identifier: Apache-2.0
// Byte classes of HTTP's grammar, one table for every part that reads or writes messages.
#ifndef TRT_HTTP_CORE_CHARS_H
#define TRT_HTTP_CORE_CHARS_H

#include "rt/base/bytes.h"

enum {
    TRT_CHAR_TOKEN = 1u << 0, ///< tchar, RFC 9110 5.6.2
    TRT_CHAR_TARGET =
        1u << 1, ///< a request-target byte: visible ASCII without " # < > and backslash
    TRT_CHAR_VALUE = 1u << 2, ///< a field-value byte: HTAB, SP, VCHAR, obs-text, RFC 9110 5.5
    TRT_CHAR_HOST = 1u << 3,  ///< reg-name without ',' and '%': unreserved and sub-delims
    TRT_CHAR_DIGIT = 1u << 4,
    TRT_CHAR_HEX = 1u << 5,
};

extern const uint8_t trt_http_chars[256];

/// trt_char_is tells whether `c` is in any of `classes`.
static inline bool trt_char_is(char c, unsigned classes) {
    return (trt_http_chars[(uint8_t)c] & classes) != 0;
}

/// trt_hex_value returns 0..15, -1 for anything that is not a hex digit.
static inline int trt_hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// trt_fold_8 makes the ASCII capitals of eight bytes small.
static inline uint64_t trt_fold_8(uint64_t bytes) {
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t low = bytes & ~high; // so that no addition carries into the next byte
    uint64_t from_a = low + (0x80 - 'A') * ones, past_z = low + (0x7f - 'Z') * ones;
    return bytes | (((from_a & ~past_z & ~bytes) & high) >> 2);
}

/// trt_equal_nocase compares `len` bytes with ASCII letters folded.
static inline bool trt_equal_nocase(const char* a, const char* b, size_t len) {
    if (len >= 8) {
        for (size_t i = 0; i + 8 < len; i += 8) {
            if (trt_fold_8(trt_bytes_load8(a + i)) != trt_fold_8(trt_bytes_load8(b + i))) {
                return false;
            }
        }
        return trt_fold_8(trt_bytes_load8(a + len - 8)) == trt_fold_8(trt_bytes_load8(b + len - 8));
    }
    uint64_t left = 0, right = 0;
    if (len >= 4) {
        left = (uint64_t)trt_bytes_load4(a + len - 4) << 32 | trt_bytes_load4(a);
        right = (uint64_t)trt_bytes_load4(b + len - 4) << 32 | trt_bytes_load4(b);
    } else {
        for (size_t i = 0; i < len; i++) {
            left = left << 8 | (uint8_t)a[i];
            right = right << 8 | (uint8_t)b[i];
        }
    }
    return trt_fold_8(left) == trt_fold_8(right);
}

/// trt_target_span returns the first byte in [p, end) that is not a request-target byte, or `end`.
/// Cost:    16 bytes a step where SSE2 is there.
const char* trt_target_span(const char* p, const char* end);
/// trt_value_span returns the first byte in [p, end) that is not a field-value byte, or `end`.
/// Cost:    16 bytes a step where SSE2 is there.
const char* trt_value_span(const char* p, const char* end);

#endif
