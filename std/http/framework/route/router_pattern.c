// SPDX-License-Identifier: Apache-2.0
// Patterns of routes: what their segments may be, and their joined text. What a static segment may
// say is what a request's segment may be after decoding (path.c), so no route is accepted that can
// never match. Pure; called at start.
#include "std/http/core/uri.h"
#include "std/http/framework/route/router.h"
#include "std/http/framework/route/router_tree.h"

#include <string.h>

// Rows of 32, from NUL on; everything from 0x80 on is TRT_PATTERN_OTHER.
// clang-format off
const uint8_t trt_pattern_bytes[256] = {
    4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 10, 2, 2, 2, 2, 2, 2, 2, 1, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2,
    2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 0,
    2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
};
// clang-format on

/// What is wrong with the raw bytes of a static segment, or NULL.
static const char* check_raw(tmlrt_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == ':' || c == '*') {
            return "`:` and `*` are allowed at the start of a segment only; write `%3A` or `%2A` "
                   "for the character itself";
        }
        if (c <= ' ' || c == 0x7F || c == '?' || c == '#') {
            return "write a space, a control character, `?` and `#` percent-encoded";
        }
    }
    return NULL;
}

const char* trt_pattern_decode(char* out, tmlrt_slice* text) {
    size_t len;
    if (text->len > TRT_PATH_MAX_BYTES) {
        return "a path has at most 4096 bytes";
    }
    const char* wrong = check_raw(*text);
    if (wrong != NULL) {
        return wrong;
    }
    if (trt_percent_decode(out, &len, *text, false) != TMLRT_OK) {
        return "a `%` is not followed by two hexadecimal digits, or encodes a NUL; write `%25` for "
               "the character itself";
    }
    *text = (tmlrt_slice){out, len};
    return NULL;
}

const char* trt_pattern_check_unusual(tmlrt_slice text, uint8_t bytes) {
    const char* wrong = (bytes & TRT_PATTERN_PERCENT) == 0 ? check_raw(text) : NULL;
    return wrong != NULL ? wrong : trt_path_check_segment(text);
}

/// Appends a slash and the pattern without one at its start and at its end, to `len` bytes.
static size_t append_pattern(char* out, size_t cap, size_t len, const char* text) {
    text = text == NULL ? "" : text[0] == '/' ? text + 1 : text;
    size_t num = strlen(text);
    if (num == 0) {
        return len;
    }
    num -= text[num - 1] == '/';
    if (len < cap) {
        size_t room = cap - len - 1;
        out[len] = '/';
        memcpy(out + len + 1, text, num < room ? num : room);
    }
    return len + 1 + num;
}

size_t trt_router_pattern(char* out, size_t cap, const trt_route_spec* spec) {
    size_t len = append_pattern(out, cap, 0, spec->prefix);
    len = append_pattern(out, cap, len, spec->path);
    if (len == 0) {
        if (cap > 0) {
            out[0] = '/';
        }
        len = 1;
    }
    if (cap > 0) {
        out[len < cap ? len : cap - 1] = '\0';
    }
    return len;
}
