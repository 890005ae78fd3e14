// SPDX-License-Identifier: Apache-2.0
// Missed ticks: caught up with, delayed or skipped. Called by rt/fut/interval.c; any thread, one at
// a time for an interval.
#include "rt/time/interval.h"

static uint64_t after(uint64_t from_ns, uint64_t ns) {
    uint64_t sum_ns;
    return __builtin_add_overflow(from_ns, ns, &sum_ns) ? UINT64_MAX : sum_ns;
}

uint64_t trt_interval_take(tmlrt_interval* interval, uint64_t now_ns) {
    uint64_t due_ns = interval->next_ns, period_ns = interval->period_ns;
    uint64_t next_ns = after(due_ns, period_ns);
    if (now_ns > after(due_ns, TRT_TICK_LATE_NS)) {
        if (interval->missed == TMLRT_MISSED_DELAY) {
            next_ns = after(now_ns, period_ns);
        } else if (interval->missed == TMLRT_MISSED_SKIP) {
            next_ns = after(now_ns, period_ns - (now_ns - due_ns) % period_ns);
        }
    }
    interval->next_ns = next_ns;
    return due_ns;
}
