// SPDX-License-Identifier: Apache-2.0
// The fields as a table, and which of them an answer has. Nearly every answer has none and gets all
// of them as one text; the others are looked at name by name.
// Invariant: what may be missing is last, so a field's place in trt_security is its id.
// Called by the codecs' encoders; made once by the server. Thread: any.
#include "std/http/core/security.h"

#include "rt/base/assert.h"
#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/core/response.h"

#include <string.h>

static const trt_security_field s_fields[TRT_NUM_SECURITY] = {
#define FIELD(id, name, small, value) {TRT_SLICE(name), TRT_SLICE(small), TRT_SLICE(value)},
    TRT_SECURITY_MAP(FIELD)
#undef FIELD
};

static void add(trt_security* out, tmlrt_slice text) {
    TRT_ASSERT(out->text_len + text.len <= sizeof out->text);
    memcpy(out->text + out->text_len, text.data, (size_t)text.len);
    out->text_len += (uint32_t)text.len;
}

void trt_security_init(trt_security* out, tmlrt_slice hsts) {
    TRT_CHECK(hsts.len <= TRT_SECURITY_HSTS_MAX);
    out->num = out->text_len = 0;
    for (uint32_t i = 0; i < TRT_NUM_SECURITY; i++) {
        trt_security_field field = s_fields[i];
        if (i == TRT_SECURITY_hsts) {
            field.value = hsts;
        }
        if (field.value.len == 0) {
            return; // the last one
        }
        out->fields[out->num++] = field;
        add(out, field.name);
        add(out, TRT_SLICE(": "));
        add(out, field.value);
        add(out, TRT_SLICE("\r\n"));
    }
}

bool trt_security_hsts_valid(tmlrt_slice value) {
    static const char start[] = "max-age=";
    enum { START = sizeof start - 1 };
    return value.len > START && value.len <= TRT_SECURITY_HSTS_MAX &&
           trt_equal_nocase(value.data, start, START) && value.data[START] >= '0' &&
           value.data[START] <= '9' && trt_header_value_valid(value.data, (size_t)value.len);
}

uint32_t trt_security_bit(const char* name, size_t len) {
    for (uint32_t i = 0; i < TRT_NUM_SECURITY; i++) {
        if (s_fields[i].name.len == len && trt_equal_nocase(s_fields[i].name.data, name, len)) {
            return 1u << i;
        }
    }
    return 0;
}

uint32_t trt_security_own(const trt_security* security, const tmlrt_response* response) {
    uint32_t there = response->left_out;
    for (uint32_t i = 0; i < response->num_headers; i++) {
        tmlrt_slice name = response->headers[i].name;
        there |= trt_security_bit(name.data, (size_t)name.len);
    }
    return ((1u << security->num) - 1) & ~there;
}
