// SPDX-License-Identifier: Apache-2.0
// Lag: is a worker so far behind that new requests had better be told to come again? Pure: times
// are handed in. A worker that is behind for a moment works through its queue; one whose every task
// has waited too long for a while has more to do than it can.
#ifndef TRT_HTTP_SERVER_LAG_H
#define TRT_HTTP_SERVER_LAG_H

#include <stdbool.h>

#include "std/http/core/limits.h"

/// trt_lag is all-zero at first: not behind.
typedef struct trt_lag {
    uint64_t behind_since_ns; ///< every sample from then on was too long; 0: the last was not
    bool is_behind;           ///< for queue_interval_ns: requests are turned away
} trt_lag;

/// trt_lag_period returns how long to wait from one sample to the next: while all is well
/// queue_delay_ns, else a fifth of it.
static inline uint64_t trt_lag_period(const trt_lag* lag, const trt_http_limits* limits) {
    uint64_t period_ns = limits->queue_delay_ns / (lag->behind_since_ns != 0 ? 5 : 1);
    return period_ns > TRT_MS ? period_ns : TRT_MS;
}
/// trt_lag_sample takes how long a task has just waited behind all others.   Returns is_behind.
/// Source:  the minimum over an interval, as in CoDel (RFC 8289), of a queue of tasks.
bool trt_lag_sample(trt_lag* lag, const trt_http_limits* limits, uint64_t delay_ns,
                    uint64_t now_ns);

#endif
