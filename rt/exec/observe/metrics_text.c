// SPDX-License-Identifier: Apache-2.0
// The figures as text: one line per worker, then their sum with what the workers share. Names and
// order are those of tmlrt_metrics; what is 0 is left out, so that a line stays a line. Called at
// the end of a runtime (TMLRT_METRICS=1). Any thread.
#include "rt/exec/observe/metrics.h"

#include "rt/exec/runtime.h"

#include <inttypes.h>

typedef struct column {
    const char* name;
    uint64_t value;
} column;

static void print_columns(FILE* out, const column* columns, size_t num) {
    for (size_t i = 0; i < num; i++) {
        if (columns[i].value != 0) {
            fprintf(out, " %s=%" PRIu64, columns[i].name, columns[i].value);
        }
    }
}

#define COLUMN(name) {#name, metrics->name}

static void print_tasks(FILE* out, const tmlrt_metrics* metrics) {
    const column columns[] = {
        COLUMN(alive),         COLUMN(spawned),      COLUMN(completed),
        COLUMN(cancelled),     COLUMN(panicked),     COLUMN(polls),
        COLUMN(local_len),     COLUMN(deque_len),    COLUMN(inbox_len),
        COLUMN(lifo_runs),     COLUMN(stolen),       COLUMN(steal_attempts),
        COLUMN(overflows),     COLUMN(parks),        COLUMN(wakes),
        COLUMN(forced_yields), COLUMN(timers_armed), COLUMN(timers_fired),
        COLUMN(io_handles),    COLUMN(injector_len), COLUMN(blocking_threads),
        COLUMN(blocking_idle), COLUMN(blocking_len), COLUMN(blocking_jobs),
        COLUMN(slow_polls),    COLUMN(long_polls),
    };
    print_columns(out, columns, TRT_ARRAY_LEN(columns));
}

// The upper bounds of the buckets that half and 99 of 100 samples are in or below.
static void print_times(FILE* out, const char* name, const uint64_t* buckets) {
    static const struct {
        const char* name;
        uint64_t share; ///< of 100
    } s_marks[] = {{"p50", 50}, {"p99", 99}};
    uint64_t total = 0;
    for (uint32_t i = 0; i < TMLRT_METRICS_BUCKETS; i++) {
        total += buckets[i];
    }
    for (size_t mark = 0; total != 0 && mark < TRT_ARRAY_LEN(s_marks); mark++) {
        uint64_t seen = 0;
        uint32_t i = 0;
        while (i + 1 < TMLRT_METRICS_BUCKETS &&
               (seen + buckets[i]) * 100 < total * s_marks[mark].share) {
            seen += buckets[i++];
        }
        fprintf(out, " %s_%s_ns=%" PRIu64, name, s_marks[mark].name, (uint64_t)2 << i);
    }
}

static void print_line(FILE* out, const char* who, const tmlrt_metrics* metrics) {
    uint64_t busy_ns = metrics->up_ns - metrics->parked_ns;
    uint64_t percent = metrics->up_ns < 100 ? 0 : busy_ns / (metrics->up_ns / 100);
    fprintf(out, "tmlrt: metrics: %s busy=%" PRIu64 "%%", who, percent);
    print_tasks(out, metrics);
    print_times(out, "poll", metrics->poll_time);
    print_times(out, "delay", metrics->schedule_delay);
    fputc('\n', out);
}

void trt_metrics_print(tmlrt_runtime* core, FILE* out) {
    tmlrt_metrics metrics;
    for (uint32_t i = 0; core->num_workers > 1 && i < core->num_workers; i++) {
        char who[24];
        snprintf(who, sizeof(who), "worker=%" PRIu32, i);
        (void)!tmlrt_runtime_metrics(core, i, &metrics, sizeof(metrics));
        print_line(out, who, &metrics);
    }
    (void)!tmlrt_runtime_metrics(core, TMLRT_METRICS_TOTAL, &metrics, sizeof(metrics));
    print_line(out, "total", &metrics);
}
