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
// Called once per request by the pipeline, before routing. Any thread.
#include "std/http/framework/path.h"

#include "std/http/core/uri.h"
#include "std/http/core/utf8.h"

#include <stdbool.h>
#include <string.h>

enum { CLASS_PLAIN, CLASS_SLASH, CLASS_PERCENT, CLASS_BAD };

#define P CLASS_PLAIN
#define S CLASS_SLASH
#define E CLASS_PERCENT
#define B CLASS_BAD
// Rows of 16. Refused raw: what could be read as syntax ('#', '?', '\\'), controls, space, DEL and
// everything over ASCII.
static const unsigned char s_class[256] = {
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, P, P, B, P, E, P, P, P, P, P, P, P, P, P, S, // SP ! " # $ % & ' ( ) * + , - . /
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, B, // 0-9 : ; < = > ?
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, // @ A-O
    P, P, P, P, P, P, P, P, P, P, P, P, B, P, P, P, // P-Z [ \ ] ^ _
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, //
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, //
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
};
#undef P
#undef S
#undef E
#undef B

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

/// Appends one decoded segment to the canonical text (room for 3 bytes per byte and the slash).
static char* append_canonical(char* to, const char* data, size_t len) {
    static const char digits[] = "0123456789ABCDEF";
    *to++ = '/';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if (s_class[c] == CLASS_PLAIN) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        }
    }
    return to;
}

/// Decodes the raw segments already split into `path`, in place of the slices, and writes the text.
static tmlrt_status decode_segments(trt_path* path, trt_arena* arena, size_t raw_len,
                                    const char** out_reason) {
    char* decoded = trt_arena_alloc(arena, raw_len * 4 + 1, 1);
    if (decoded == NULL) {
        return TMLRT_E_NOMEM;
    }
    char *text = decoded + raw_len, *to = text;
    for (uint32_t i = 0; i < path->num_segments; i++) {
        size_t len;
        tmlrt_slice* segment = &path->segments[i];
        if (trt_percent_decode(decoded, &len, *segment, false) != TMLRT_OK) {
            *out_reason = s_escape;
            return TMLRT_E_HTTP_PARSE;
        }
        if (!trt_utf8_valid(decoded, len)) {
            *out_reason = s_utf8;
            return TMLRT_E_HTTP_PARSE;
        }
        if (memchr(decoded, '\\', len) != NULL) {
            *out_reason = s_backslash;
            return TMLRT_E_HTTP_PARSE;
        }
        if (has_dot_part(decoded, len)) {
            *out_reason = s_dots;
            return TMLRT_E_HTTP_PARSE;
        }
        *segment = (tmlrt_slice){decoded, len};
        to = append_canonical(to, decoded, len);
        decoded += len;
    }
    *to = '\0';
    path->text = (tmlrt_slice){text, (uint64_t)(to - text)};
    return TMLRT_OK;
}

/// Adds the raw segment [start, end) or says why it may not be one.
static const char* add_segment(trt_path* out, const char* start, const char* end) {
    size_t len = (size_t)(end - start);
    if (len == 0) {
        return s_empty;
    }
    if (is_dots(start, len)) {
        return s_dots;
    }
    if (out->num_segments == TRT_PATH_MAX_SEGMENTS) {
        return s_too_deep;
    }
    out->segments[out->num_segments++] = (tmlrt_slice){start, len};
    return NULL;
}

tmlrt_status trt_path_parse(trt_path* out, trt_arena* arena, tmlrt_slice raw,
                            const char** out_reason) {
    bool escaped = false;
    out->num_segments = 0;
    out->text = (tmlrt_slice){"/", 1};
    if (raw.len > TRT_PATH_MAX_BYTES) {
        *out_reason = s_too_long;
        return TMLRT_E_HTTP_LIMIT;
    }
    if (raw.len == 0 || raw.data[0] != '/') {
        *out_reason = "the path does not begin with `/`";
        return TMLRT_E_HTTP_PARSE;
    }
    const char *end = raw.data + raw.len, *start = raw.data + 1, *p = start;
    for (; p < end; p++) {
        unsigned char class = s_class[(unsigned char)*p];
        while (class == CLASS_PLAIN && ++p < end) {
            class = s_class[(unsigned char)*p];
        }
        if (p == end) {
            break;
        }
        if (class == CLASS_BAD) {
            *out_reason = *p == '\\' ? s_backslash : s_raw;
            return TMLRT_E_HTTP_PARSE;
        }
        if (class == CLASS_PERCENT) {
            escaped = true;
            continue;
        }
        const char* reason = add_segment(out, start, p);
        if (reason != NULL) {
            *out_reason = reason;
            return reason == s_too_deep ? TMLRT_E_HTTP_LIMIT : TMLRT_E_HTTP_PARSE;
        }
        start = p + 1;
    }
    if (start < end) { // else: "/" or one trailing slash
        const char* reason = add_segment(out, start, end);
        if (reason != NULL) {
            *out_reason = reason;
            return reason == s_too_deep ? TMLRT_E_HTTP_LIMIT : TMLRT_E_HTTP_PARSE;
        }
    }
    if (escaped) {
        return decode_segments(out, arena, raw.len, out_reason);
    }
    if (out->num_segments != 0) {
        out->text = (tmlrt_slice){raw.data, raw.len - (start == end)};
    }
    return TMLRT_OK;
}
