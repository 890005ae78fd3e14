// SPDX-License-Identifier: Apache-2.0
// Byte classes of HTTP's grammar, one table for every part that reads or writes messages.
#ifndef TRT_HTTP_CORE_CHARS_H
#define TRT_HTTP_CORE_CHARS_H

#include <tmlrt/abi/slice.h>

#include "rt/base/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Bytes behind a head that its scan may read. What they are makes no difference.
enum { TRT_CHARS_SPARE = 64 };

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

/// trt_char_span returns the first byte in [p, end) that is not in `class`, or `end`.
/// Cost:    four bytes a step, two instructions each; for short runs, where a call costs more.
static inline const char* trt_char_span(const char* p, const char* end, unsigned class) {
    for (; end - p >= 4; p += 4) {
        const uint8_t* at = (const uint8_t*)p;
        unsigned all = trt_http_chars[at[0]] & trt_http_chars[at[1]] & trt_http_chars[at[2]] &
                       trt_http_chars[at[3]];
        if ((all & class) == 0) {
            break;
        }
    }
    while (p < end && trt_char_is(*p, class)) {
        p++;
    }
    return p;
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

/// trt_trim leaves out the white space around a text (OWS, RFC 9110 5.6.3).
static inline tmlrt_slice trt_trim(tmlrt_slice text) {
    while (text.len != 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len != 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
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

#if defined(__SSE2__)
/// trt_letters_16 marks which of 16 bytes are ASCII letters or digits: shifted so that the last of
/// a range is the largest signed byte, whatever is outside of it is smaller, also what wraps.
static inline __m128i trt_letters_16(__m128i bytes) {
    __m128i small = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    __m128i letter =
        _mm_cmpgt_epi8(_mm_add_epi8(small, _mm_set1_epi8(0x7f - 'z')), _mm_set1_epi8(0x7f - 26));
    __m128i digit =
        _mm_cmpgt_epi8(_mm_add_epi8(bytes, _mm_set1_epi8(0x7f - '9')), _mm_set1_epi8(0x7f - 10));
    return _mm_or_si128(letter, digit);
}

/// trt_usual_16 marks which of 16 bytes are what nearly every name is made of: letters, digits,
/// '-'.
static inline unsigned trt_usual_16(const char* p) {
    __m128i bytes = _mm_loadu_si128((const __m128i*)(const void*)p);
    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(trt_letters_16(bytes), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'))));
}

/// trt_target_bad_16 marks which of 16 bytes are no request-target bytes.
static inline __m128i trt_target_bad_16(__m128i bytes) {
    // Controls, space, DEL and above, in one: shifted so that '!' to '~' are the smallest.
    __m128i bad = _mm_cmpgt_epi8(_mm_add_epi8(bytes, _mm_set1_epi8(0x80 - '!')),
                                 _mm_set1_epi8('~' - '!' - 0x80));
    __m128i quote = _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(1)), _mm_set1_epi8('#'));
    __m128i angle = _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(2)), _mm_set1_epi8('>'));
    __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return _mm_or_si128(_mm_or_si128(bad, slash), _mm_or_si128(quote, angle));
}

/// trt_value_bad_of_16 marks which of 16 bytes are no field-value bytes.
static inline unsigned trt_value_bad_of_16(const char* p) {
    __m128i bytes = _mm_loadu_si128((const __m128i*)(const void*)p);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t')), low),
                               _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
    return (unsigned)_mm_movemask_epi8(bad);
}
#endif

/// trt_token_end returns the first byte in [p, end) that is no tchar, or `end`.
/// Shape:   TRT_CHARS_SPARE bytes behind `end` can be read.
/// Cost:    some 20 instructions for a name of letters, digits and '-' of up to 15 bytes.
static inline const char* trt_token_end(const char* p, const char* end) {
#if defined(__SSE2__)
    for (; p < end; p += 16) {
        unsigned all = trt_usual_16(p);
        if (all != 0xffff) {
            p += __builtin_ctz(~all);
            break;
        }
    }
    if (p >= end) {
        return end;
    }
    if (!trt_char_is(*p, TRT_CHAR_TOKEN)) {
        return p;
    }
#endif
    return trt_char_span(p, end, TRT_CHAR_TOKEN);
}

/// trt_value_end is trt_value_span where TRT_CHARS_SPARE bytes behind `end` can be read.
static inline const char* trt_value_end(const char* p, const char* end) {
#if defined(__SSE2__)
    for (; p < end; p += 16) {
        unsigned bad = trt_value_bad_of_16(p);
        if (bad != 0) {
            p += __builtin_ctz(bad);
            break;
        }
    }
    return p < end ? p : end;
#else
    return trt_char_span(p, end, TRT_CHAR_VALUE);
#endif
}

/// trt_target_end returns the first byte in [p, end) that is no request-target byte, or `end`.
/// *out_question: the first '?' before it; there is none: the same.
/// Shape:   TRT_CHARS_SPARE bytes behind `end` can be read.
static inline const char* trt_target_end(const char* p, const char* end,
                                         const char** out_question) {
    const char* question = NULL;
#if defined(__SSE2__)
    for (; p < end; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i*)(const void*)p);
        unsigned bad = (unsigned)_mm_movemask_epi8(trt_target_bad_16(bytes));
        unsigned asks = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('?')));
        asks &= bad - 1; // before the first bad one; all of them when there is none
        question = question == NULL && asks != 0 ? p + __builtin_ctz(asks) : question;
        if (bad != 0) {
            p += __builtin_ctz(bad);
            break;
        }
    }
    p = p < end ? p : end;
#else
    for (; p < end && trt_char_is(*p, TRT_CHAR_TARGET); p++) {
        question = question == NULL && *p == '?' ? p : question;
    }
#endif
    *out_question = question != NULL && question < p ? question : p;
    return p;
}

/// trt_target_span returns the first byte in [p, end) that is not a request-target byte, or `end`.
/// Cost:    16 bytes a step where SSE2 is there.
const char* trt_target_span(const char* p, const char* end);
/// trt_value_span returns the first byte in [p, end) that is not a field-value byte, or `end`.
/// Cost:    16 bytes a step where SSE2 is there.
const char* trt_value_span(const char* p, const char* end);

#endif
