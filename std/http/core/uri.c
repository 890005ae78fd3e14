// SPDX-License-Identifier: Apache-2.0
// Percent-decoding and query splitting. Pure, any thread.
#include "std/http/core/uri.h"

#include "std/http/core/chars.h"

#include <string.h>

tmlrt_status trt_percent_decode(char* out, size_t* out_len, tmlrt_slice text, bool plus_is_space) {
    size_t len = 0;
    for (uint64_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            if (text.len - i < 3) {
                return TMLRT_E_INVAL;
            }
            int high = trt_hex_value(text.data[i + 1]), low = trt_hex_value(text.data[i + 2]);
            if (high < 0 || low < 0 || (high | low) == 0) {
                return TMLRT_E_INVAL;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[len++] = c;
    }
    *out_len = len;
    return TMLRT_OK;
}

bool trt_query_next(tmlrt_slice* query, tmlrt_slice* out_name, tmlrt_slice* out_value) {
    while (query->len != 0) {
        const char* amp = memchr(query->data, '&', query->len);
        uint64_t part = amp != NULL ? (uint64_t)(amp - query->data) : query->len;
        const char* start = query->data;
        uint64_t taken = amp != NULL ? part + 1 : part;
        query->data += taken;
        query->len -= taken;
        if (part == 0) {
            continue;
        }
        const char* equals = memchr(start, '=', part);
        uint64_t name_len = equals != NULL ? (uint64_t)(equals - start) : part;
        *out_name = (tmlrt_slice){start, name_len};
        *out_value = equals != NULL ? (tmlrt_slice){equals + 1, part - name_len - 1}
                                    : (tmlrt_slice){start + part, 0};
        return true;
    }
    return false;
}
