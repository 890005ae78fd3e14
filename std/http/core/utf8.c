// SPDX-License-Identifier: Apache-2.0
// UTF-8 validation and the two conversions between bytes and one scalar value.
//
// The validator follows Unicode 15 table 3-7: the lead byte fixes the range of the second byte, and
// every later byte is 80..BF. Pure; called by the path parser, the query parser and the JSON
// reader on bytes a peer sent. Any thread.
#include "std/http/core/utf8.h"

#include <string.h>

/// Length of the sequence that starts at p (of `left` bytes), 0 when it is malformed.
static size_t sequence_len(const unsigned char* p, size_t left) {
    unsigned char lead = p[0], low = 0x80, high = 0xBF;
    size_t len;
    if (lead < 0xC2) {
        return lead < 0x80 ? 1 : 0;
    }
    if (lead < 0xE0) {
        len = 2;
    } else if (lead < 0xF0) {
        len = 3;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead < 0xF5) {
        len = 4;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (left < len || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

bool trt_utf8_valid(const char* data, size_t len) {
    const unsigned char* p = (const unsigned char*)data;
    const unsigned char* end = p + len;
    while (p < end) {
        uint64_t eight;
        while (end - p >= 8) {
            memcpy(&eight, p, 8);
            if ((eight & 0x8080808080808080u) != 0) {
                break;
            }
            p += 8;
        }
        if (p == end) {
            return true;
        }
        size_t step = sequence_len(p, (size_t)(end - p));
        if (step == 0) {
            return false;
        }
        p += step;
    }
    return true;
}

size_t trt_utf8_encode(char out[4], uint32_t scalar) {
    unsigned char* o = (unsigned char*)out;
    if (scalar < 0x80) {
        o[0] = (unsigned char)scalar;
        return 1;
    }
    if (scalar < 0x800) {
        o[0] = (unsigned char)(0xC0 | scalar >> 6);
        o[1] = (unsigned char)(0x80 | (scalar & 0x3F));
        return 2;
    }
    if (scalar < 0x10000) {
        o[0] = (unsigned char)(0xE0 | scalar >> 12);
        o[1] = (unsigned char)(0x80 | (scalar >> 6 & 0x3F));
        o[2] = (unsigned char)(0x80 | (scalar & 0x3F));
        return 3;
    }
    o[0] = (unsigned char)(0xF0 | scalar >> 18);
    o[1] = (unsigned char)(0x80 | (scalar >> 12 & 0x3F));
    o[2] = (unsigned char)(0x80 | (scalar >> 6 & 0x3F));
    o[3] = (unsigned char)(0x80 | (scalar & 0x3F));
    return 4;
}

uint32_t trt_utf8_decode(const char* data, size_t* out_len) {
    const unsigned char* p = (const unsigned char*)data;
    if (p[0] < 0x80) {
        *out_len = 1;
        return p[0];
    }
    if (p[0] < 0xE0) {
        *out_len = 2;
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    }
    if (p[0] < 0xF0) {
        *out_len = 3;
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    }
    *out_len = 4;
    return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
           (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
}
