// SPDX-License-Identifier: Apache-2.0
// What a field may be: names in small letters, bytes of names and values, fields that HTTP/2 has no
// place for, and which of the others mean something to the codec. What HPACK's static table has is
// known to be good and not looked at again. Pure. Source: RFC 9113 8.2, 8.3. Called by fields.c.
#include "std/http/h2/session.h"

#include "std/http/core/chars.h"
#include "std/http/core/header.h"

#define IS(slice, literal)                                                                         \
    ((slice).len == sizeof(literal) - 1 && memcmp((slice).data, literal, sizeof(literal) - 1) == 0)

static bool name_good(tmlrt_slice name) {
    for (uint64_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (!trt_char_is(c, TRT_CHAR_TOKEN) || (c >= 'A' && c <= 'Z')) {
            return false;
        }
    }
    return name.len != 0;
}

static bool te_good(tmlrt_slice value) {
    return value.len == 8 && trt_equal_nocase(value.data, "trailers", 8);
}

// Those that are no connection's own (RFC 9113 8.2.2).
static enum trt_h2_kind field_kind(tmlrt_slice name, tmlrt_slice value) {
    switch (name.len) {
    case 2:
        return IS(name, "te") && !te_good(value) ? TRT_H2_FIELD_BAD : TRT_H2_FIELD_PLAIN;
    case 4:
        return IS(name, "host") ? TRT_H2_FIELD_HOST : TRT_H2_FIELD_PLAIN;
    case 6:
        return IS(name, "cookie")   ? TRT_H2_FIELD_COOKIE
               : IS(name, "expect") ? TRT_H2_FIELD_EXPECT
                                    : TRT_H2_FIELD_PLAIN;
    case 7:
        return IS(name, "upgrade") ? TRT_H2_FIELD_BAD : TRT_H2_FIELD_PLAIN;
    case 8:
        return IS(name, "priority") ? TRT_H2_FIELD_PRIORITY : TRT_H2_FIELD_PLAIN;
    case 10:
        return IS(name, "connection") || IS(name, "keep-alive") ? TRT_H2_FIELD_BAD
                                                                : TRT_H2_FIELD_PLAIN;
    case 14:
        return IS(name, "content-length") ? TRT_H2_FIELD_LENGTH : TRT_H2_FIELD_PLAIN;
    case 16:
        return IS(name, "proxy-connection") ? TRT_H2_FIELD_BAD : TRT_H2_FIELD_PLAIN;
    case 17:
        return IS(name, "transfer-encoding") ? TRT_H2_FIELD_BAD : TRT_H2_FIELD_PLAIN;
    default:
        return TRT_H2_FIELD_PLAIN;
    }
}

enum trt_h2_kind trt_h2_kind_of(const trt_h2_input* field) {
    tmlrt_slice name = field->name, value = field->value;
    if (TRT_UNLIKELY(
            (!field->name_lasts && !name_good(name)) ||
            (!field->value_lasts && !trt_header_value_valid(value.data, (size_t)value.len)))) {
        return TRT_H2_FIELD_BAD;
    }
    return field_kind(name, value);
}

enum trt_h2_pseudo trt_h2_pseudo_of(tmlrt_slice name) {
    switch (name.len) {
    case 5:
        return IS(name, ":path") ? TRT_H2_PATH : TRT_H2_UNKNOWN;
    case 7:
        return IS(name, ":method")   ? TRT_H2_METHOD
               : IS(name, ":scheme") ? TRT_H2_SCHEME
                                     : TRT_H2_UNKNOWN;
    case 9:
        return IS(name, ":protocol") ? TRT_H2_PROTOCOL : TRT_H2_UNKNOWN;
    case 10:
        return IS(name, ":authority") ? TRT_H2_AUTHORITY : TRT_H2_UNKNOWN;
    default:
        return TRT_H2_UNKNOWN;
    }
}

// A letter, then letters, digits, "+", "-" and "." (RFC 3986 3.1).
bool trt_h2_scheme_good(tmlrt_slice scheme) {
    for (uint64_t i = 0; i < scheme.len; i++) {
        char c = scheme.data[i], small = (char)(c | 0x20);
        bool letter = small >= 'a' && small <= 'z';
        bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!letter && !(other && i != 0)) {
            return false;
        }
    }
    return scheme.len != 0;
}

// ---- priority -----------------------------------------------------------------------------------

// One member without its parameters: "u=0" to "u=7", "i", "i=?0", "i=?1"; others are passed over.
static bool member(tmlrt_slice text, trt_h2_priority* out) {
    const char* semicolon = memchr(text.data, ';', (size_t)text.len);
    if (semicolon != NULL) {
        text.len = (uint64_t)(semicolon - text.data);
    }
    text = trt_trim(text);
    if (text.len == 0) {
        return false;
    }
    bool named = text.len == 1 || text.data[1] == '=';
    if (named && text.data[0] == 'u') {
        if (text.len != 3 || text.data[2] < '0' || text.data[2] > '7') {
            return false;
        }
        out->urgency = (uint8_t)(text.data[2] - '0');
    } else if (named && text.data[0] == 'i') {
        if (text.len != 1 && !IS(text, "i=?1") && !IS(text, "i=?0")) {
            return false;
        }
        out->incremental = text.len == 1 || text.data[3] == '1';
    }
    return true;
}

bool trt_h2_priority_parse(trt_h2_priority* out, tmlrt_slice value) {
    trt_h2_priority made = *out;
    if (value.len == 0) {
        return false;
    }
    for (;;) {
        const char* comma = memchr(value.data, ',', (size_t)value.len);
        uint64_t len = comma != NULL ? (uint64_t)(comma - value.data) : value.len;
        if (!member((tmlrt_slice){value.data, len}, &made)) {
            return false;
        }
        if (comma == NULL) {
            *out = made;
            return true;
        }
        value = (tmlrt_slice){comma + 1, value.len - len - 1};
    }
}
