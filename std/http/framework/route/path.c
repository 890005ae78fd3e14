// SPDX-License-Identifier: Apache-2.0
// The canonical path: raw bytes in, decoded segments and one canonical text out.
//
// Invariants: a segment never is ".", ".." or empty, holds no NUL and no backslash, and is valid
// UTF-8; a part between two encoded slashes obeys the same rule, so that a handler that joins a
// decoded value to a file name cannot be walked upwards by it. Two raw paths that name the same
// segments have the same canonical text. Nothing is normalised silently but the case of escapes,
// escapes that were not needed, and one trailing slash: the rest is refused (reliability: a proxy
// in front that normalises differently must not see another resource than we do).
//
// Two ways with one result: a short path that scan.h calls plain needs only its slashes; every
// other one is split block by block, which finds what is wrong with it, and decoded.
//
// Called once per request by the pipeline, before routing. Any thread.
#include "std/http/framework/route/path.h"

#include "rt/base/assert.h"
#include "rt/base/bytes.h"
#include "std/http/core/uri.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/route/scan.h"

#include <stdbool.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { PAD = 16 }; ///< zeroes behind the bytes of a path

/// Whether a byte stands for itself in the canonical text. Not: '/' and '%', what could be read as
/// syntax ('#', '?', '\\'), controls, space, DEL and everything over ASCII.
static bool is_plain(char c) {
    return c > ' ' && c < 0x7F && c != '/' && c != '%' && c != '#' && c != '?' && c != '\\';
}

/// The marks of 16 bytes, a bit each: slashes, and whatever else is not plain.
typedef struct marks {
    uint32_t slashes, others;
} marks;

static inline marks marks_of_16(const char* p) {
#if defined(__SSE2__)
    __m128i b = _mm_loadu_si128((const __m128i*)(const void*)p);
    __m128i others = _mm_cmplt_epi8(b, _mm_set1_epi8(0x21)); // signed: 0x80 and above as well
    others = _mm_or_si128(others, _mm_cmpeq_epi8(b, _mm_set1_epi8('%')));
    others = _mm_or_si128(others, _mm_cmpeq_epi8(b, _mm_set1_epi8('#')));
    others = _mm_or_si128(others, _mm_cmpeq_epi8(b, _mm_set1_epi8('?')));
    others = _mm_or_si128(others, _mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));
    others = _mm_or_si128(others, _mm_cmpeq_epi8(b, _mm_set1_epi8(0x7F)));
    __m128i slashes = _mm_cmpeq_epi8(b, _mm_set1_epi8('/'));
    return (marks){(uint32_t)_mm_movemask_epi8(slashes), (uint32_t)_mm_movemask_epi8(others)};
#else
    marks made = {0, 0};
    for (int i = 0; i < 16; i++) {
        made.slashes |= (uint32_t)(p[i] == '/') << i;
        made.others |= (uint32_t)(p[i] != '/' && !is_plain(p[i])) << i;
    }
    return made;
#endif
}

/// The marks of raw.data[at..at+16), as far as there are bytes; none behind the end is read.
static inline marks marks_at(tmlrt_slice raw, size_t at) {
    size_t left = (size_t)raw.len - at;
    if (left >= 16) {
        return marks_of_16(raw.data + at);
    }
    if (raw.len >= 16) { // the last 16, and the bits of those that were looked at fall out
        marks last = marks_of_16(raw.data + raw.len - 16);
        return (marks){last.slashes >> (16 - left), last.others >> (16 - left)};
    }
    char few[16];
    memset(few, 'a', sizeof few);
    trt_bytes_copy(few, raw.data + at, left);
    return marks_of_16(few);
}

static bool is_dots(const char* data, size_t len) {
    return data[0] == '.' && (len == 1 || (len == 2 && data[1] == '.'));
}

/// Whether a decoded segment, or a part of it between encoded slashes, is "." or "..".
static bool has_dot_part(const char* data, size_t len) {
    size_t start = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i == len || data[i] == '/') {
            if (i > start && is_dots(data + start, i - start)) {
                return true;
            }
            start = i + 1;
        }
    }
    return false;
}

static const char s_dots[] = "`.` and `..` segments are not allowed, also percent-encoded";
static const char s_empty[] = "empty segments (`//`) are not allowed";
static const char s_backslash[] = "a backslash is not allowed, also percent-encoded";
static const char s_escape[] = "a `%` is not followed by two hexadecimal digits, or encodes a NUL";
static const char s_utf8[] = "the percent-decoded bytes are not valid UTF-8";
static const char s_raw[] = "a byte of the path must be percent-encoded";
static const char s_too_long[] = "the path is longer than 4096 bytes";
static const char s_too_deep[] = "the path has more than 64 segments";

const char* trt_path_check_segment(tmlrt_slice text) {
    if (!trt_utf8_valid(text.data, (size_t)text.len)) {
        return s_utf8;
    }
    if (memchr(text.data, '\\', (size_t)text.len) != NULL) {
        return s_backslash;
    }
    return has_dot_part(text.data, (size_t)text.len) ? s_dots : NULL;
}

/// Appends one decoded segment to the canonical text (room for 3 bytes per byte and the slash).
static char* append_canonical(char* to, const char* data, size_t len) {
    static const char digits[] = "0123456789ABCDEF";
    *to++ = '/';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if (is_plain(data[i])) {
            *to++ = data[i];
        } else {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        }
    }
    return to;
}

/// Decodes the raw segments that were found at path->at, and writes the text.
static tmlrt_status decode_segments(trt_path* path, trt_arena* arena, tmlrt_slice raw,
                                    const char** out_reason) {
    char* text = trt_arena_alloc(arena, (size_t)raw.len * 3 + 1, 1);
    if (text == NULL) {
        return TMLRT_E_NOMEM;
    }
    char *decoded = path->bytes, *to = text;
    for (uint32_t i = 0; i < path->num_segments; i++) {
        size_t len;
        uint32_t start = path->at[i];
        tmlrt_slice segment = {raw.data + start, path->at[i + 1] - start - 1u};
        *decoded++ = '/';
        path->at[i] = (uint16_t)(decoded - path->bytes);
        if (trt_percent_decode(decoded, &len, segment, false) != TMLRT_OK) {
            *out_reason = s_escape;
            return TMLRT_E_HTTP_PARSE;
        }
        *out_reason = trt_path_check_segment((tmlrt_slice){decoded, len});
        if (*out_reason != NULL) {
            return TMLRT_E_HTTP_PARSE;
        }
        to = append_canonical(to, decoded, len);
        decoded += len;
    }
    path->at[path->num_segments] = (uint16_t)(decoded - path->bytes + 1);
    memset(decoded, 0, PAD);
    *to = '\0';
    path->text = (tmlrt_slice){text, (uint64_t)(to - text)};
    return TMLRT_OK;
}

/// Why [start, end) may not be the next raw segment, or NULL.
static inline const char* check_raw(uint32_t num, const char* start, const char* end) {
    size_t len = (size_t)(end - start);
    if (len == 0) {
        return s_empty;
    }
    if (is_dots(start, len)) {
        return s_dots;
    }
    return num == TRT_PATH_MAX_SEGMENTS ? s_too_deep : NULL;
}

/// What is wrong with 16 bytes that have other marks than slashes, first mark first; NULL when
/// those are escapes. The segments are looked at again by the caller.
static const char* check_marks(const char* block, marks marked, const char* start, uint32_t num) {
    for (uint32_t left = marked.slashes | marked.others; left != 0; left &= left - 1) {
        const char *p = block + __builtin_ctz(left), *reason;
        if (*p == '/') {
            if ((reason = check_raw(num++, start, p)) != NULL) {
                return reason;
            }
            start = p + 1;
        } else if (*p != '%') {
            return *p == '\\' ? s_backslash : s_raw;
        }
    }
    return NULL;
}

/// Splits a path that begins with a slash into raw segments. Returns what is wrong, or NULL.
static const char* split(trt_path* out, tmlrt_slice raw) {
    const char *start = raw.data + 1, *end = raw.data + raw.len, *reason;
    uint32_t num = 0;
    for (size_t at = 1; at < raw.len; at += 16) {
        marks marked = marks_at(raw, at);
        if (marked.others != 0) {
            out->is_plain = false;
            if ((reason = check_marks(raw.data + at, marked, start, num)) != NULL) {
                return reason;
            }
        }
        for (uint32_t left = marked.slashes; left != 0; left &= left - 1) {
            const char* p = raw.data + at + __builtin_ctz(left);
            if ((reason = check_raw(num, start, p)) != NULL) {
                return reason;
            }
            out->at[num++] = (uint16_t)(start - raw.data);
            start = p + 1;
        }
    }
    if (start < end) { // else: "/" or one trailing slash
        if ((reason = check_raw(num, start, end)) != NULL) {
            return reason;
        }
        out->at[num++] = (uint16_t)(start - raw.data);
        start = end + 1;
    }
    out->at[num] = (uint16_t)(start - raw.data);
    out->num_segments = num;
    return NULL;
}

/// What trt_path_parse does, for a path of any length and content.
static __attribute__((noinline)) tmlrt_status parse_any(trt_path* out, trt_arena* arena,
                                                        tmlrt_slice raw, const char** out_reason) {
    out->num_segments = 0;
    out->is_plain = true;
    out->text = (tmlrt_slice){"/", 1};
    if (raw.len > TRT_PATH_MAX_BYTES) {
        *out_reason = s_too_long;
        return TMLRT_E_HTTP_LIMIT;
    }
    if (raw.len == 0 || raw.data[0] != '/') {
        *out_reason = "the path does not begin with `/`";
        return TMLRT_E_HTTP_PARSE;
    }
    const char* reason = split(out, raw);
    if (reason != NULL) {
        *out_reason = reason;
        return reason == s_too_deep ? TMLRT_E_HTTP_LIMIT : TMLRT_E_HTTP_PARSE;
    }
    if (!out->is_plain) {
        return decode_segments(out, arena, raw, out_reason);
    }
    if (out->num_segments != 0) {
        out->text = (tmlrt_slice){raw.data, raw.len - (raw.data[raw.len - 1] == '/')};
    }
    memcpy(out->bytes, raw.data, (size_t)raw.len);
    memset(out->bytes + raw.len, 0, PAD);
    return TMLRT_OK;
}

/// Splits a plain path whose bytes are in `out` already, at its slashes.
static inline void split_plain(trt_path* out, tmlrt_slice raw, uint64_t slashes) {
    uint16_t* at = out->at;
    uint32_t ends = raw.data[raw.len - 1] == '/'; // then its place is the end of the last segment
    *at = 1;
    for (slashes = (slashes & ~1ull) << 1; slashes != 0; slashes &= slashes - 1) {
        *++at = (uint16_t)__builtin_ctzll(slashes);
    }
    at[1] = (uint16_t)(raw.len + 1);
    out->num_segments = (uint32_t)(at - out->at) + 1 - ends;
    out->is_plain = true;
    out->text = (tmlrt_slice){raw.data, raw.len - (raw.len == 1 ? 0 : ends)};
    memset(out->bytes + raw.len, 0, PAD);
}

/// trt_path_parse of a path of under 16 bytes: inline, where the compiler knows that it is.
static inline tmlrt_status parse_short(trt_path* out, trt_arena* arena, tmlrt_slice raw,
                                       const char** out_reason) {
    uint64_t slashes;
    trt_scan_pad(out->bytes, raw.data, (size_t)raw.len);
    if (trt_scan_plain(out->bytes, &slashes, out->bytes, TRT_SCAN_MIN) && (slashes & 1) != 0) {
        split_plain(out, raw, slashes);
        return TMLRT_OK;
    }
    return parse_any(out, arena, raw, out_reason);
}

tmlrt_status trt_path_parse(trt_path* out, trt_arena* arena, tmlrt_slice raw,
                            const char** out_reason) {
    uint64_t slashes;
    if (raw.len < TRT_SCAN_MIN) {
        return parse_short(out, arena, raw, out_reason);
    }
    if (TRT_LIKELY(raw.len <= TRT_SCAN_MAX &&
                   trt_scan_plain(out->bytes, &slashes, raw.data, (size_t)raw.len) &&
                   (slashes & 1) != 0)) {
        split_plain(out, raw, slashes);
        return TMLRT_OK;
    }
    return parse_any(out, arena, raw, out_reason);
}

tmlrt_slice trt_path_rest(const trt_path* path, uint32_t index) {
    uint64_t at = path->at[index];
    if (!path->is_plain) { // an escaped slash is no separator
        at = 0;
        for (uint32_t slashes = 0; slashes <= index; at++) {
            slashes += path->text.data[at] == '/';
        }
    }
    return (tmlrt_slice){path->text.data + at, path->text.len - at};
}
