// SPDX-License-Identifier: Apache-2.0
// ALPN lists. Called by the configuration and by the library's callback during a handshake. Pure,
// any thread.
#include "rt/tls/alpn.h"

#include <string.h>

tmlrt_status trt_tls_alpn_parse(trt_tls_alpn* out, const char* text) {
    trt_tls_alpn list = {.len = 0};
    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        if (len == 0 || len > UINT8_MAX) {
            return TMLRT_E_INVAL;
        }
        if (list.len + 1 + len > sizeof(list.wire)) {
            return TMLRT_E_OVERFLOW;
        }
        list.wire[list.len] = (uint8_t)len;
        memcpy(list.wire + list.len + 1, text, len);
        list.len += 1 + len;
        text += len;
        if (text[0] == ',' && text[1] == '\0') {
            return TMLRT_E_INVAL;
        }
        text += text[0] == ',' ? 1 : 0;
    }
    *out = list;
    return TMLRT_OK;
}

const uint8_t* trt_tls_alpn_find(const uint8_t* wire, size_t wire_len, const void* name,
                                 size_t name_len) {
    for (size_t at = 0; at < wire_len && wire[at] < wire_len - at; at += 1u + wire[at]) {
        if (wire[at] == name_len && memcmp(wire + at + 1, name, name_len) == 0) {
            return wire + at + 1;
        }
    }
    return NULL;
}

tmlrt_status trt_tls_alpn_select(const uint8_t** out, uint8_t* out_len, const trt_tls_alpn* ours,
                                 const uint8_t* theirs, size_t theirs_len) {
    for (size_t at = 0; at < ours->len; at += 1u + ours->wire[at]) {
        if (trt_tls_alpn_find(theirs, theirs_len, ours->wire + at + 1, ours->wire[at]) != NULL) {
            *out = ours->wire + at + 1;
            *out_len = ours->wire[at];
            return TMLRT_OK;
        }
    }
    return TMLRT_E_NOTFOUND;
}
