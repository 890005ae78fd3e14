// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the HTTP/1.1 request codec. The same bytes whole, in small pieces and at moving
// addresses must give one transcript; slices must stay inside the input (the sanitizer's part) and
// have their NULs. First byte: size of the pieces; the rest: the connection's input.
#include "rt/base/assert.h"
#include "tests/support/h1_transcript.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static char s_whole[H1_TRANSCRIPT_CAP], s_cut[H1_TRANSCRIPT_CAP];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2 || size > 100000) {
        return 0;
    }
    trt_http_limits limits = {0};
    if (data[0] & 0x80) { // small limits, so that short inputs reach them
        limits = (trt_http_limits){.request_line_bytes = 40,
                                   .field_bytes = 30,
                                   .fields_bytes = 300,
                                   .num_fields = 6,
                                   .chunk_ext_bytes = 8,
                                   .body_ext_bytes = 20,
                                   .trailer_bytes = 20,
                                   .num_trailers = 2,
                                   .chunk_overhead_bytes = 60,
                                   .chunk_overhead_ratio = 2,
                                   .body_bytes = 100};
    }
    trt_http_limits_resolve(&limits);
    size_t step = (data[0] & 0x7f) + 1u;
    const char* input = (const char*)data + 1;
    h1_transcript whole = {.text = s_whole}, cut = {.text = s_cut};
    h1_transcript_run(&whole, &limits, input, size - 1, 0, size - 1, true, true);
    h1_transcript_run(&cut, &limits, input, size - 1, 0, step, true, true);
    TRT_CHECK(whole.status == cut.status && whole.num_answered == cut.num_answered);
    TRT_CHECK(whole.len == cut.len && memcmp(whole.text, cut.text, whole.len) == 0);
    TRT_CHECK(!whole.unterminated && !cut.unterminated);
    TRT_CHECK(whole.status == 0 || (whole.status >= 400 && whole.status <= 505));
    return 0;
}
