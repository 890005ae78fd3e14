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

void trt_http_counts_add(trt_http_counts* counts, enum trt_http_count which, uint64_t now_ns) {
    uint64_t value = trt_atomic_add(&counts->values[which], 1, TRT_RELAXED) + 1;
    uint64_t told_ns = trt_atomic_load(&counts->told_ns[which], TRT_RELAXED);
    const row* what = &s_rows[which];
    if (what->level == TMLRT_LOG_OFF || (told_ns != 0 && now_ns - told_ns < TOLD_EVERY_NS)) {
        return;
    }
    if (trt_atomic_cas(&counts->told_ns[which], &told_ns, now_ns, TRT_RELAXED, TRT_RELAXED)) {
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
