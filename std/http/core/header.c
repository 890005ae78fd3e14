// SPDX-License-Identifier: Apache-2.0
// Field lookup and validation. Called by codecs on the way in and by the response builder and the
// encoder on the way out. Pure, any thread.
#include "std/http/core/header.h"

#include "rt/base/assert.h"
#include "std/http/core/chars.h"

const trt_header* trt_header_find(const trt_header* headers, uint32_t num, const char* name,
                                  size_t name_len) {
    for (uint32_t i = 0; i < num; i++) {
        if (headers[i].name.len == name_len &&
            trt_equal_nocase(headers[i].name.data, name, name_len)) {
            return &headers[i];
        }
    }
    return NULL;
}

bool trt_header_name_valid(const char* name, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (!trt_char_is(name[i], TRT_CHAR_TOKEN)) {
            return false;
        }
    }
    return len != 0;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t';
}

bool trt_header_value_valid(const char* value, size_t len) {
    if (len == 0) {
        return true;
    }
    return !is_space(value[0]) && !is_space(value[len - 1]) &&
           trt_value_span(value, value + len) == value + len;
}

bool trt_header_is_framing(const char* name, size_t len) {
#define IS(literal) trt_equal_nocase(name, literal, sizeof(literal) - 1)
    switch (len) {
    case 2:
        return IS("te");
    case 4:
        return IS("date");
    case 7:
        return IS("trailer") || IS("upgrade");
    case 10:
        return IS("connection") || IS("keep-alive");
    case 14:
        return IS("content-length");
    case 16:
        return IS("proxy-connection");
    case 17:
        return IS("transfer-encoding");
    default:
        return false;
    }
#undef IS
}

// What has to be known before the body, or would change what was decided on the head.
#define TEXT(literal) {literal, sizeof(literal) - 1}
static const tmlrt_slice s_never_trails[] = {
    TEXT("host"),
    TEXT("max-forwards"),
    TEXT("expect"),
    TEXT("range"),
    TEXT("cache-control"),
    TEXT("pragma"),
    TEXT("vary"),
    TEXT("age"),
    TEXT("expires"),
    TEXT("location"),
    TEXT("retry-after"),
    TEXT("warning"),
    TEXT("if-match"),
    TEXT("if-none-match"),
    TEXT("if-modified-since"),
    TEXT("if-unmodified-since"),
    TEXT("if-range"),
    TEXT("authorization"),
    TEXT("proxy-authorization"),
    TEXT("www-authenticate"),
    TEXT("proxy-authenticate"),
    TEXT("authentication-info"),
    TEXT("proxy-authentication-info"),
    TEXT("cookie"),
    TEXT("set-cookie"),
    TEXT("content-encoding"),
    TEXT("content-type"),
    TEXT("content-range"),
    TEXT("forwarded"),
    TEXT("x-forwarded-for"),
    TEXT("x-forwarded-host"),
    TEXT("x-forwarded-proto"),
};
#undef TEXT

bool trt_header_may_trail(const char* name, size_t len) {
    if (trt_header_is_framing(name, len)) {
        return false;
    }
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_never_trails); i++) {
        tmlrt_slice never = s_never_trails[i];
        if (never.len == len && trt_equal_nocase(never.data, name, len)) {
            return false;
        }
    }
    return true;
}
