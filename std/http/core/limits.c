// SPDX-License-Identifier: Apache-2.0
// Defaults of the limit table.
#include "std/http/core/limits.h"

static void at_most(uint64_t* value, uint64_t max) {
    if (*value > max) {
        *value = max;
    }
}

void trt_http_limits_resolve(trt_http_limits* limits) {
#define RESOLVE(name, value, breach)                                                               \
    if (limits->name == 0) {                                                                       \
        limits->name = (value);                                                                    \
    }
    TRT_HTTP_LIMIT_MAP(RESOLVE)
#undef RESOLVE
    // Offsets inside a head are 32-bit, and a whole head has to fit the input that may be held.
    at_most(&limits->input_bytes, 16u << 20);
    if (limits->input_bytes < 1024) {
        limits->input_bytes = 1024;
    }
    at_most(&limits->request_line_bytes, limits->input_bytes / 4);
    at_most(&limits->fields_bytes, limits->input_bytes / 2);
    at_most(&limits->field_bytes, limits->fields_bytes);
    at_most(&limits->num_fields, 100);
    at_most(&limits->method_bytes, 255);
    at_most(&limits->chunk_ext_bytes, UINT16_MAX - 1); // one more is counted before it is refused
    at_most(&limits->body_ext_bytes, INT32_MAX);
    at_most(&limits->trailer_bytes, INT32_MAX);
    at_most(&limits->num_trailers, UINT8_MAX);
    at_most(&limits->query_params, 256);
    at_most(&limits->form_fields, UINT32_MAX);
    at_most(&limits->json_depth, 64);
    at_most(&limits->json_keys, UINT32_MAX);
    at_most(&limits->conn_age_spread_percent, 50);
    at_most(&limits->h2_streams, INT32_MAX);
    at_most(&limits->h2_pushes, limits->h2_streams);
    at_most(&limits->h2_window_max_bytes, 1u << 30);
    at_most(&limits->h2_window_bytes, limits->h2_window_max_bytes);
    at_most(&limits->h2_settings, UINT16_MAX);
    at_most(&limits->h2_continuations, UINT16_MAX);
    at_most(&limits->h2_queued_frames, INT32_MAX);
    at_most(&limits->ledger_resets, 1000000); // billionths of each fit in 64 bits
    at_most(&limits->ledger_resets_per_s, 1000000);
    at_most(&limits->ledger_excess, 1000000);
    at_most(&limits->ledger_excess_per_s, 1000000);
    at_most(&limits->body_rate, TRT_S); // a byte moves a deadline by 1 ns at least
    at_most(&limits->write_rate, TRT_S);
    at_most(&limits->memory_hard_percent, 100);
    at_most(&limits->memory_soft_percent, limits->memory_hard_percent);
}

void trt_http_limits_resolve_system(trt_http_limits* limits, uint64_t num_handles,
                                    uint64_t memory_bytes) {
    if (limits->num_conns == 0) {
        limits->num_conns = num_handles / 10 * 9;
    }
    if (limits->memory_bytes == 0) {
        limits->memory_bytes = memory_bytes;
    }
    if (limits->held_bytes == 0) {
        limits->held_bytes = limits->memory_bytes / 4;
    }
}
