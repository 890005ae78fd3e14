// SPDX-License-Identifier: Apache-2.0
// The class table and the scans for the end of a target and of a field value. Pure, no state: any
// thread.
#include "std/http/core/chars.h"

enum {
    T = TRT_CHAR_TOKEN,
    U = TRT_CHAR_TARGET,
    V = TRT_CHAR_VALUE,
    H = TRT_CHAR_HOST,
    D = TRT_CHAR_DIGIT,
    X = TRT_CHAR_HEX
};

// Ranges are disjoint; a byte that is not named is in no class.
const uint8_t trt_http_chars[256] = {
    ['\t'] = V,
    [' '] = V,
    ['!'] = T | U | V | H,
    ['"'] = V,
    ['#'] = T | V,
    ['$'] = T | U | V | H,
    ['%'] = T | U | V,
    ['&' ... '\''] = T | U | V | H,
    ['(' ... ')'] = U | V | H,
    ['*' ... '+'] = T | U | V | H,
    [','] = U | V,
    ['-' ... '.'] = T | U | V | H,
    ['/'] = U | V,
    ['0' ... '9'] = T | U | V | H | D | X,
    [':'] = U | V,
    [';'] = U | V | H,
    ['<'] = V,
    ['='] = U | V | H,
    ['>'] = V,
    ['?' ... '@'] = U | V,
    ['A' ... 'F'] = T | U | V | H | X,
    ['G' ... 'Z'] = T | U | V | H,
    ['['] = U | V,
    ['\\'] = V,
    [']'] = U | V,
    ['^'] = T | U | V,
    ['_'] = T | U | V | H,
    ['`'] = T | U | V,
    ['a' ... 'f'] = T | U | V | H | X,
    ['g' ... 'z'] = T | U | V | H,
    ['{'] = U | V,
    ['|'] = T | U | V,
    ['}'] = U | V,
    ['~'] = T | U | V | H,
    [0x80 ... 0xff] = V,
};

const char* trt_target_span(const char* p, const char* end) {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i*)(const void*)p);
        int mask = _mm_movemask_epi8(trt_target_bad_16(bytes));
        if (mask != 0) {
            return p + __builtin_ctz((unsigned)mask);
        }
    }
#endif
    return trt_char_span(p, end, TRT_CHAR_TARGET);
}

// Which of eight bytes are no field-value bytes: a set bit 7 at (at least) the first of them.
static inline uint64_t bad_of_8(const char* p) {
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t b = trt_bytes_load8(p);
    uint64_t ascii = ~b & high;
    // A borrow only comes from a lower byte that is bad itself.
    uint64_t low = (b - 0x20 * ones) & ascii;
    uint64_t del = ((b ^ 0x7f * ones) - ones) & ascii;
    return low | del;
}

const char* trt_value_span(const char* p, const char* end) {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        unsigned bad = trt_value_bad_of_16(p);
        if (bad != 0) {
            return p + __builtin_ctz(bad);
        }
    }
#endif
    // A tab, or a bad byte, ends this loop; the next one tells which.
    const char* start = p;
    while (end - p >= 8 && bad_of_8(p) == 0) {
        p += 8;
    }
    if (p != start && end - p < 8 && bad_of_8(end - 8) == 0) {
        return end; // the last few, together with some that were looked at
    }
    return trt_char_span(p, end, TRT_CHAR_VALUE);
}
