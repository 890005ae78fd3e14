// SPDX-License-Identifier: Apache-2.0
// JSON tokens. Pure; any thread.
//
// A string is scanned once: the scan finds its end and proves it well-formed (escapes, surrogate
// pairs, UTF-8), so that unescaping cannot fail and needs no more room than the raw bytes: \uXXXX
// (six bytes) becomes at most three, a pair (twelve) four.
#include "std/http/core/json_lex.h"

#include "std/http/core/utf8.h"

#include <string.h>

bool trt_json_skip_space(trt_json_cursor* cursor) {
    while (cursor->p < cursor->end) {
        char c = *cursor->p;
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            return true;
        }
        cursor->p++;
    }
    return false;
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

tmlrt_status trt_json_scan_string(trt_json_cursor* cursor, trt_json_string* out) {
    const char *start = cursor->p + 1, *p = start, *end = cursor->end;
    bool high = false;
    *out = (trt_json_string){{start, 0}, false, false};
    for (;;) {
        uint64_t word;
        while (end - p >= 8 && (memcpy(&word, p, 8), !special(word))) {
            p += 8;
        }
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
