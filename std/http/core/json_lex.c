// SPDX-License-Identifier: Apache-2.0
// JSON tokens. Pure; any thread.
//
// A string is scanned once: the scan finds its end and proves it well-formed (escapes, surrogate
// pairs, UTF-8), so that unescaping cannot fail and needs no more room than the raw bytes: \uXXXX
// (six bytes) becomes at most three, a pair (twelve) four.
#include "std/http/core/json_lex.h"

#include "std/http/core/utf8.h"

#include "rt/base/bytes.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

bool trt_json_skip_space(trt_json_cursor* cursor) {
    const char *p = cursor->p, *end = cursor->end;
    for (;;) {
        while (end - p >= 8 && trt_bytes_load8(p) == 0x2020202020202020u) {
            p += 8; // the indentation of a text made for people
        }
        if (p == end || (*p != ' ' && *p != '\n' && *p != '\r' && *p != '\t')) {
            cursor->p = p;
            return p != end;
        }
        p++;
    }
}

bool trt_json_word(trt_json_cursor* cursor, const char* word, size_t len) {
    if ((size_t)(cursor->end - cursor->p) < len || memcmp(cursor->p, word, len) != 0) {
        return false;
    }
    cursor->p += len;
    return true;
}

static int hex4(const char* p) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i], lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            value = value << 4 | (c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value << 4 | (lower - 'a' + 10);
        } else {
            return -1;
        }
    }
    return value;
}

static tmlrt_status fail(trt_json_cursor* cursor, const char* at, const char* wrong) {
    cursor->p = at;
    cursor->wrong = wrong;
    return TMLRT_E_JSON;
}

/// Checks the escape at p (a backslash); returns its length, 0 when it is wrong.
static size_t scan_escape(const char* p, const char* end, bool* has_nul) {
    if (end - p < 2) {
        return 0;
    }
    if (p[1] != 'u') {
        return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL ? 2 : 0;
    }
    int unit = end - p < 6 ? -1 : hex4(p + 2);
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) {
        return 0;
    }
    *has_nul = *has_nul || unit == 0;
    if (unit < 0xD800 || unit > 0xDBFF) {
        return 6;
    }
    if (end - p < 12 || p[6] != '\\' || p[7] != 'u') {
        return 0;
    }
    unit = hex4(p + 8);
    return unit >= 0xDC00 && unit <= 0xDFFF ? 12 : 0;
}

/// Whether any of eight bytes is a quote, a backslash, a control character or not ASCII.
static bool special(uint64_t word) {
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    uint64_t found =
        ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | (word - ones * 0x20) | word;
    return (found & high) != 0;
}

/// The first byte in [p, end) that is special or not ASCII, or near it: at most 16 before.
static const char* skip_plain(const char* p, const char* end) {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        __m128i b = _mm_loadu_si128((const __m128i*)(const void*)p);
        __m128i low = _mm_cmplt_epi8(b, _mm_set1_epi8(0x20)); // signed: 0x80 and above as well
        __m128i quote = _mm_cmpeq_epi8(b, _mm_set1_epi8('"'));
        __m128i slash = _mm_cmpeq_epi8(b, _mm_set1_epi8('\\'));
        int mask = _mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash)));
        if (mask != 0) {
            return p + __builtin_ctz((unsigned)mask);
        }
    }
#endif
    while (end - p >= 8 && !special(trt_bytes_load8(p))) {
        p += 8;
    }
    return p;
}

tmlrt_status trt_json_scan_string(trt_json_cursor* cursor, trt_json_string* out) {
    const char *start = cursor->p + 1, *p = start, *end = cursor->end;
    bool high = false;
    *out = (trt_json_string){{start, 0}, false, false};
    for (;;) {
        p = skip_plain(p, end);
        if (p == end) {
            return fail(cursor, p, "the string has no closing quote");
        }
        unsigned char c = (unsigned char)*p;
        if (c == '"') {
            break;
        }
        if (c == '\\') {
            size_t len = scan_escape(p, end, &out->has_nul);
            if (len == 0) {
                return fail(cursor, p, "bad escape, or a surrogate without its other half");
            }
            out->escaped = true;
            p += len;
            continue;
        }
        if (c < 0x20) {
            return fail(cursor, p, "a control character in a string must be escaped");
        }
        high = high || c >= 0x80;
        p++;
    }
    out->raw.len = (uint64_t)(p - start);
    if (high && !trt_utf8_valid(start, (size_t)out->raw.len)) {
        return fail(cursor, start, "the string is not valid UTF-8");
    }
    cursor->p = p + 1;
    return TMLRT_OK;
}

#if defined(__SSE2__)
/// Of the 16 bytes, those that are a quote, a backslash or a control character.
static inline __m128i plain_ends(__m128i b) {
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8(0x1f)), b);
    __m128i quote = _mm_cmpeq_epi8(b, _mm_set1_epi8('"'));
    return _mm_or_si128(_mm_or_si128(control, quote), _mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));
}

static inline __m128i copy_16(char* to, const char* p) {
    __m128i b = _mm_loadu_si128((const __m128i*)(const void*)p);
    _mm_storeu_si128((__m128i*)(void*)to, b);
    return b;
}

/// Copies 64 bytes a step while there is nothing but plain text; returns how many.
static size_t copy_long(char* to, size_t len, const char* p, unsigned* high) {
    __m128i seen = _mm_setzero_si128();
    size_t i = 0;
    for (; len - i >= 64; i += 64) {
        __m128i a = copy_16(to + i, p + i), b = copy_16(to + i + 16, p + i + 16);
        __m128i c = copy_16(to + i + 32, p + i + 32), d = copy_16(to + i + 48, p + i + 48);
        __m128i ends = _mm_or_si128(_mm_or_si128(plain_ends(a), plain_ends(b)),
                                    _mm_or_si128(plain_ends(c), plain_ends(d)));
        if (_mm_movemask_epi8(ends) != 0) {
            break;
        }
        seen = _mm_or_si128(seen, _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d)));
    }
    *high |= (unsigned)_mm_movemask_epi8(seen);
    return i;
}
#endif

size_t trt_json_copy_plain(char* to, size_t room, const char* p, const char* end, bool* out_high) {
    size_t len = (size_t)(end - p) < room ? (size_t)(end - p) : room, i = 0;
    unsigned high = 0;
#if defined(__SSE2__)
    while (len - i >= 16) {
        if (i == 32 && len >= 96) { // it is a long one
            size_t more = copy_long(to + i, len - i, p + i, &high);
            i += more;
            if (more != 0) {
                continue;
            }
        }
        __m128i b = copy_16(to + i, p + i);
        unsigned not_ascii = (unsigned)_mm_movemask_epi8(b);
        unsigned mask = (unsigned)_mm_movemask_epi8(plain_ends(b));
        if (mask != 0) {
            *out_high = (high | (not_ascii & (mask ^ (mask - 1)))) != 0;
            return i + (size_t)__builtin_ctz(mask);
        }
        high |= not_ascii;
        i += 16;
    }
#else
    for (; len - i >= 8; i += 8) {
        uint64_t word = trt_bytes_load8(p + i);
        if (special(word)) {
            break;
        }
        memcpy(to + i, &word, sizeof word);
    }
#endif
    for (; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c < 0x20 || c == '"' || c == '\\') {
            break;
        }
        to[i] = (char)c;
        high |= c & 0x80u;
    }
    *out_high = high != 0;
    return i;
}

size_t trt_json_unescape(char* out, const trt_json_string* string) {
    const char *p = string->raw.data, *end = p + string->raw.len;
    char* to = out;
    while (p < end) {
        const char* slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash != NULL ? slash : end) - p);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (p == end) {
            break;
        }
        if (p[1] == 'u') {
            uint32_t unit = (uint32_t)hex4(p + 2);
            p += 6;
            if (unit >= 0xD800 && unit <= 0xDBFF) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + ((uint32_t)hex4(p + 2) - 0xDC00);
                p += 6;
            }
            to += trt_utf8_encode(to, unit);
            continue;
        }
        static const char from[] = "bfnrt", what[] = "\b\f\n\r\t";
        const char* known = strchr(from, p[1]);
        *to++ = known != NULL ? what[known - from] : p[1];
        p += 2;
    }
    return (size_t)(to - out);
}
