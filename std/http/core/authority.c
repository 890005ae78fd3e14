// SPDX-License-Identifier: Apache-2.0
// Host and port. Pure, any thread; called by codecs for what the peer names as its target.
#include "std/http/core/authority.h"

#include "std/http/core/chars.h"

// ":" and up to five digits, at most 65535; nothing at all is fine, and so is a bare ":".
static bool port_valid(const char* p, const char* end) {
    uint32_t port = 0;
    if (p == end) {
        return true;
    }
    if (*p != ':' || end - p > 6) {
        return false;
    }
    for (p++; p < end; p++) {
        if (!trt_char_is(*p, TRT_CHAR_DIGIT)) {
            return false;
        }
        port = port * 10 + (uint32_t)(*p - '0');
    }
    return port <= 65535;
}

// "[" an IPv6 literal "]": the bytes such a literal has, with at least two colons.
static const char* literal_end(const char* p, const char* end) {
    int colons = 0;
    for (p++; p < end && *p != ']'; p++) {
        colons += *p == ':';
        if (!trt_char_is(*p, TRT_CHAR_HEX) && *p != ':' && *p != '.') {
            return NULL;
        }
    }
    return p < end && colons >= 2 ? p + 1 : NULL;
}

static const char* name_end(const char* p, const char* end) {
    const char* start = p;
    while (p < end && *p != ':') {
        bool escape = *p == '%' && end - p >= 3 && trt_char_is(p[1], TRT_CHAR_HEX) &&
                      trt_char_is(p[2], TRT_CHAR_HEX);
        if (!escape && !trt_char_is(*p, TRT_CHAR_HOST)) {
            return NULL;
        }
        p += escape ? 3 : 1;
    }
    return p == start ? NULL : p;
}

bool trt_authority_valid(tmlrt_slice text) {
    const char *p = text.data, *end = p + text.len;
    if (text.len == 0) {
        return false;
    }
    p = *p == '[' ? literal_end(p, end) : name_end(p, end);
    return p != NULL && port_valid(p, end);
}
