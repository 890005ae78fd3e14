// SPDX-License-Identifier: Apache-2.0
// Scan: the short way of path.c. Most paths are short and already canonical but for a trailing
// slash; one pass says so, copies them and marks their slashes. What it does not call plain is not
// wrong: path.c then looks at it byte by byte. Two forms with one meaning, SSE2's and a portable
// one (a test compares them). Private to path.c. Pure.
#ifndef TRT_HTTP_FRAMEWORK_ROUTE_SCAN_H
#define TRT_HTTP_FRAMEWORK_ROUTE_SCAN_H

#include "rt/base/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    TRT_SCAN_MIN = 16, ///< shorter ones are padded by trt_scan_pad
    TRT_SCAN_MAX = 61, ///< four blocks of 16 that overlap by one byte
};

/// trt_scan_pad copies a path of under 16 bytes and fills up to 16 with plain bytes.
static inline void trt_scan_pad(char* out, const char* data, size_t len) {
    memset(out, 'a', TRT_SCAN_MIN);
    trt_bytes_copy(out, data, len);
}

/// trt_scan_portable copies `len` bytes, TRT_SCAN_MIN to TRT_SCAN_MAX, and sets the bit of every
/// slash. Returns whether the path is plain: every byte stands for itself in the canonical text, no
/// two slashes follow each other, no segment begins with a dot. May say no to a path with `!` or
/// `'`.
static inline bool trt_scan_portable(char* out, uint64_t* out_slashes, const char* data,
                                     size_t len) {
    uint64_t slashes = 0, marks = 0, others = 0; // marks: slashes and dots
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        slashes |= (uint64_t)(c == '/') << i;
        marks |= (uint64_t)((c | 1) == '/') << i;
        others |= c <= ' ' || c >= 0x7F || (c | 6) == 0x27 || c == '?' || c == '\\';
        out[i] = data[i];
    }
    *out_slashes = slashes;
    return (others | (marks & slashes << 1)) == 0;
}

#if defined(__SSE2__)
/// What the blocks of a path have between them.
typedef struct trt_scan_seen {
    __m128i odd;  ///< a byte that is not 0: something is not plain
    __m128i most; ///< of each byte - 0x21: 0x5E or more is a control, a space, DEL or over ASCII
} trt_scan_seen;

/// One block. They overlap by a byte at least, so every pair of neighbours is in one of them.
static inline uint64_t trt_scan_block(char* out, trt_scan_seen* seen, const char* data, size_t at) {
    __m128i b = _mm_loadu_si128((const __m128i*)(const void*)(data + at));
    __m128i slash = _mm_set1_epi8('/'), odd = seen->odd;
    __m128i slashes = _mm_cmpeq_epi8(b, slash);
    __m128i marks = _mm_cmpeq_epi8(_mm_or_si128(b, _mm_set1_epi8(1)), slash); // '.' is one less
    _mm_storeu_si128((__m128i*)(void*)(out + at), b);
    odd = _mm_or_si128(odd, _mm_and_si128(marks, _mm_slli_si128(slashes, 1)));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(_mm_or_si128(b, _mm_set1_epi8(6)), // '#', '%'
                                           _mm_set1_epi8(0x27)));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(b, _mm_set1_epi8('?')));
    seen->odd = _mm_or_si128(odd, _mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));
    seen->most = _mm_max_epu8(seen->most, _mm_sub_epi8(b, _mm_set1_epi8(0x21)));
    return (uint64_t)(uint32_t)_mm_movemask_epi8(slashes) << at;
}
#endif

/// trt_scan_plain is trt_scan_portable in the form of this machine.
static inline bool trt_scan_plain(char* out, uint64_t* out_slashes, const char* data, size_t len) {
#if defined(__SSE2__)
    enum { STEP = 15 };
    size_t last = len - TRT_SCAN_MIN;
    trt_scan_seen seen = {_mm_setzero_si128(), _mm_setzero_si128()};
    uint64_t slashes = trt_scan_block(out, &seen, data, 0);
    if (last > STEP) {
        slashes |= trt_scan_block(out, &seen, data, STEP);
    }
    if (last > (size_t)2 * STEP) {
        slashes |= trt_scan_block(out, &seen, data, (size_t)2 * STEP);
    }
    if (last != 0) {
        slashes |= trt_scan_block(out, &seen, data, last);
    }
    *out_slashes = slashes;
    __m128i over = _mm_subs_epu8(seen.most, _mm_set1_epi8(0x7E - 0x21)); // 0: none
    __m128i plain = _mm_cmpeq_epi8(_mm_or_si128(seen.odd, over), _mm_setzero_si128());
    return _mm_movemask_epi8(plain) == 0xFFFF;
#else
    return trt_scan_portable(out, out_slashes, data, len);
#endif
}

#endif
