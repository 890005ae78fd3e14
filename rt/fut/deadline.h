// SPDX-License-Identifier: Apache-2.0
// Deadlines that do not wrap.
#ifndef TRT_FUT_DEADLINE_H
#define TRT_FUT_DEADLINE_H

#include "rt/time/driver.h"

/// trt_deadline_after returns now + duration_ns on the driver's clock, UINT64_MAX when that is
/// beyond the end of time.
static inline uint64_t trt_deadline_after(const trt_timer_driver* timers, uint64_t duration_ns) {
    uint64_t now_ns = timers->now_ns(timers->clock), deadline_ns;
    return __builtin_add_overflow(now_ns, duration_ns, &deadline_ns) ? UINT64_MAX : deadline_ns;
}

/// trt_timers_now returns the time of the driver's clock.
static inline uint64_t trt_timers_now(const trt_timer_driver* timers) {
    return timers->now_ns(timers->clock);
}

#endif
