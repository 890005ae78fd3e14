// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the HTTP/1.1 answer encoder. Whatever fields a response has, what is written is one
// status line, the fields that were given and those of the server, one empty line, and nothing that
// could be read as a second message. Input: flags, status, then NAME 0x1e VALUE 0x1f ...
#include "rt/base/assert.h"
#include "std/http/h1/encode.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

enum { MAX_FIELDS = 32 };

static uint32_t split(trt_header* fields, const char* p, const char* end) {
    uint32_t num = 0;
    while (p < end && num < MAX_FIELDS) {
        const char* last = memchr(p, 0x1f, (size_t)(end - p));
        last = last != NULL ? last : end;
        const char* middle = memchr(p, 0x1e, (size_t)(last - p));
        middle = middle != NULL ? middle : last;
        const char* value = middle < last ? middle + 1 : last;
        fields[num++] =
            (trt_header){{p, (uint64_t)(middle - p)}, {value, (uint64_t)(last - value)}};
        p = last + 1;
    }
    return num;
}

// Every CR is followed by LF, every LF preceded by CR, no NUL, and CRLFCRLF only at the end.
static uint32_t count_lines(const char* out, size_t len) {
    uint32_t lines = 0;
    TRT_CHECK(len >= 4 && memcmp(out + len - 4, "\r\n\r\n", 4) == 0);
    TRT_CHECK(memmem(out, len - 1, "\r\n\r\n", 4) == NULL);
    for (size_t i = 0; i < len; i++) {
        TRT_CHECK(out[i] != '\0');
        TRT_CHECK((out[i] == '\r') == (i + 1 < len && out[i + 1] == '\n'));
        lines += out[i] == '\n';
    }
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 3 || size > 20000) {
        return 0;
    }
    static char out[65536];
    trt_header fields[MAX_FIELDS];
    tmlrt_response response = {.status = (int32_t)(data[1] * 4u), .headers = fields};
    response.num_headers = split(fields, (const char*)data + 2, (const char*)data + size);
    response.body = (tmlrt_slice){"0123456789", data[0] >> 4 & 7u};
    trt_h1_answer_options options = {.date = "Sun, 06 Nov 1994 08:49:37 GMT",
                                     .close = data[0] & 1,
                                     .keep_alive = data[0] & 2,
                                     .head = data[0] & 4};
    size_t len = 0;
    tmlrt_status status = trt_h1_encode_head(out, sizeof out, &len, &response, &options);
    if (status != TMLRT_OK) {
        TRT_CHECK(status == TMLRT_E_HTTP_HEADER || status == TMLRT_E_HTTP_STATUS);
        return 0;
    }
    TRT_CHECK(len <= trt_h1_head_bound(&response, &options));
    TRT_CHECK(memcmp(out, "HTTP/1.1 ", 9) == 0);
    TRT_CHECK(count_lines(out, len) <= response.num_headers + 5);
    return 0;
}
