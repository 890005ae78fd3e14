// SPDX-License-Identifier: Apache-2.0
// When the next tick of an interval is due. Pure.
#ifndef TRT_TIME_INTERVAL_H
#define TRT_TIME_INTERVAL_H

#include <tmlrt/abi/interval.h>

/// TRT_TICK_LATE_NS is how late a tick may be before it counts as missed: what the wheel's tick and
/// a busy worker cost is no reason to change the beat.
#define TRT_TICK_LATE_NS 5000000ull

/// trt_interval_take takes the tick of `interval` that is due, at `now_ns`, and sets the next one.
/// Returns when it was due. Never beyond UINT64_MAX, which never comes.
uint64_t trt_interval_take(tmlrt_interval* interval, uint64_t now_ns);

#endif
