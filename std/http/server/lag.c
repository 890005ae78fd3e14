// SPDX-License-Identifier: Apache-2.0
// One short wait ends it: the queue was empty at least once. Called by the worker's acceptor.
#include "std/http/server/lag.h"

bool trt_lag_sample(trt_lag* lag, const trt_http_limits* limits, uint64_t delay_ns,
                    uint64_t now_ns) {
    if (delay_ns <= limits->queue_delay_ns) {
        *lag = (trt_lag){0};
    } else if (lag->behind_since_ns == 0) {
        lag->behind_since_ns = now_ns > delay_ns ? now_ns - delay_ns : 1; // it began to wait then
    } else {
        lag->is_behind = now_ns - lag->behind_since_ns >= limits->queue_interval_ns;
    }
    return lag->is_behind;
}
