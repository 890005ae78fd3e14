// SPDX-License-Identifier: Apache-2.0
// Pairs of a Cookie field. A guard that asks for a cookie and a handler that binds it read it here,
// so that they cannot disagree about which value it has.
#include "std/http/core/cookie.h"

#include "std/http/core/chars.h"

#include <string.h>

static tmlrt_slice take_pair(tmlrt_slice* rest) {
    const char* end = memchr(rest->data, ';', (size_t)rest->len);
    uint64_t len = end != NULL ? (uint64_t)(end - rest->data) : rest->len;
    tmlrt_slice pair = {rest->data, len};
    len += end != NULL;
    *rest = (tmlrt_slice){rest->data + len, rest->len - len};
    return pair;
}

bool trt_cookie_next(tmlrt_slice* rest, tmlrt_slice* out_name, tmlrt_slice* out_value) {
    while (rest->len != 0) {
        tmlrt_slice pair = take_pair(rest);
        const char* equals = pair.len != 0 ? memchr(pair.data, '=', (size_t)pair.len) : NULL;
        if (equals == NULL) {
            continue;
        }
        uint64_t len = (uint64_t)(equals - pair.data);
        tmlrt_slice value = trt_trim((tmlrt_slice){equals + 1, pair.len - len - 1});
        if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"') {
            value = (tmlrt_slice){value.data + 1, value.len - 2};
        }
        *out_name = trt_trim((tmlrt_slice){pair.data, len});
        *out_value = value;
        return true;
    }
    return false;
}
