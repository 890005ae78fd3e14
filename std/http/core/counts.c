// SPDX-License-Identifier: Apache-2.0
// Counting breaches, and telling about them without a peer being able to fill the log. Any thread.
#include "std/http/core/counts.h"

#include "rt/base/log.h"

#define TOLD_EVERY_NS 10000000000ull

typedef struct row {
    int32_t level;
    const char* text;
} row;

static const row s_rows[] = {
#define ROW(name, level, text) {TMLRT_LOG_##level, text},
    TRT_HTTP_COUNT_MAP(ROW)
#undef ROW
};

/// Takes the right to log, of one or more that ask at once: *last_ns is when it was taken last.
static bool take_turn(trt_atomic_u64* last_ns, uint64_t now_ns) {
    uint64_t before_ns = trt_atomic_load(last_ns, TRT_RELAXED);
    return (before_ns == 0 || now_ns - before_ns >= TOLD_EVERY_NS) &&
           trt_atomic_cas(last_ns, &before_ns, now_ns, TRT_RELAXED, TRT_RELAXED);
}

bool trt_http_told_may(trt_http_told* told, uint64_t now_ns, uint64_t* out_left_out) {
    if (!take_turn(&told->last_ns, now_ns)) {
        trt_atomic_add(&told->num_left_out, 1, TRT_RELAXED);
        return false;
    }
    *out_left_out = trt_atomic_xchg(&told->num_left_out, 0, TRT_RELAXED);
    return true;
}

void trt_http_counts_add(trt_http_counts* counts, enum trt_http_count which, uint64_t now_ns) {
    uint64_t value = trt_atomic_add(&counts->values[which], 1, TRT_RELAXED) + 1;
    const row* what = &s_rows[which];
    if (what->level != TMLRT_LOG_OFF && take_turn(&counts->told_ns[which], now_ns)) {
        trt_log(what->level, "http", "%llu %s", (unsigned long long)value, what->text);
    }
}

void trt_http_counts_log(trt_http_counts* counts) {
    for (uint32_t i = 0; i < TRT_HTTP_NUM_COUNTS; i++) {
        uint64_t value = trt_atomic_load(&counts->values[i], TRT_RELAXED);
        if (value != 0) {
            trt_log(TMLRT_LOG_INFO, "http", "in all %llu %s", (unsigned long long)value,
                    s_rows[i].text);
        }
    }
}
