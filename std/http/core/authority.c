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

// Four numbers up to 255 between dots, without leading zeros.
static const char* ipv4_end(const char* p, const char* end) {
    for (int part = 0; part < 4; part++) {
        const char* start = p;
        int number = 0;
        for (; p < end && p - start < 3 && trt_char_is(*p, TRT_CHAR_DIGIT); p++) {
            number = number * 10 + (*p - '0');
        }
        if (p == start || number > 255 || (*start == '0' && p - start > 1)) {
            return NULL;
        }
        if (part < 3) {
            if (p == end || *p != '.') {
                return NULL;
            }
            p++;
        }
    }
    return p;
}

// "[" an IPv6 literal "]": eight groups, or fewer and one "::"; an IPv4 literal may be the last
// two.
static const char* literal_end(const char* p, const char* end) {
    int groups = 0;
    bool gap = end - p > 2 && p[1] == ':' && p[2] == ':';
    for (p += gap ? 3 : 1; p < end && (*p != ']' || !gap || groups != 0);) {
        const char* start = p;
        while (p < end && p - start < 4 && trt_char_is(*p, TRT_CHAR_HEX)) {
            p++;
        }
        if (p < end && *p == '.') {
            p = ipv4_end(start, end);
            groups += 2;
            break;
        }
        if (p == start || p == end) {
            return NULL;
        }
        groups++;
        if (*p != ':') {
            break;
        }
        p++;
        if (p < end && *p == ':') {
            if (gap) {
                return NULL;
            }
            gap = true;
            p++;
            if (p < end && *p == ']') {
                break;
            }
        }
    }
    bool whole = p != NULL && p < end && *p == ']' && (gap ? groups <= 7 : groups == 8);
    return whole ? p + 1 : NULL;
}

static const char* name_end(const char* p, const char* end) {
    const char* start = p;
    for (;;) {
        p = trt_char_span(p, end, TRT_CHAR_HOST);
        if (p == end || *p == ':') {
            return p == start ? NULL : p;
        }
        if (*p == '%' && end - p >= 3 && trt_char_is(p[1], TRT_CHAR_HEX) &&
            trt_char_is(p[2], TRT_CHAR_HEX)) {
            p += 3;
        } else {
            return NULL;
        }
    }
}

bool trt_authority_valid(tmlrt_slice text) {
    const char *p = text.data, *end = p + text.len;
    if (text.len == 0) {
        return false;
    }
    p = *p == '[' ? literal_end(p, end) : name_end(p, end);
    return p != NULL && port_valid(p, end);
}
