// SPDX-License-Identifier: Apache-2.0
// A rate limiter per client: so many requests in a window, in bounded memory.
#ifndef TRT_HTTP_FRAMEWORK_PIPELINE_RATE_LIMIT_H
#define TRT_HTTP_FRAMEWORK_PIPELINE_RATE_LIMIT_H

#include <tmlrt/abi/status.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct tmlrt_rate_limiter trt_rate_limiter; ///< the one compiled code sees

/// trt_rate_options says how much: `num` requests per `window_ns`, of up to `max_keys` clients at a
/// time. 0 takes the default: 100, a minute, 65,536.
typedef struct trt_rate_options {
    uint64_t num, window_ns;
    uint32_t max_keys;
} trt_rate_options;

/// trt_rate_decision is what one request was told.
typedef struct trt_rate_decision {
    bool allowed;
    bool shared;        ///< counted in the bucket of all clients for whom there is no room
    uint64_t limit;     ///< requests per window
    uint64_t remaining; ///< that may follow at once
    uint64_t reset_ns;  ///< until the whole limit is there again
    uint64_t retry_ns;  ///< until one more is allowed; 0 when this one was
} trt_rate_decision;

/// trt_rate_limiter_new returns a limiter, NULL without memory. Options are clamped to what can be
/// counted: at least 1 request, at most 2^20 of them and 2^20 keys, a window from 1 ms to a day.
/// Owns: the caller, trt_rate_limiter_free.   Cost: 32 bytes of address space per key.
trt_rate_limiter* trt_rate_limiter_new(const trt_rate_options* options);
/// trt_rate_limiter_take counts one request of `key`, `len` bytes. A literal IPv6 address counts by
/// its /64, so that a host's own range does not give it as many buckets.
/// Thread: any.   Cost: one lock, no allocation, about 100 ns.
trt_rate_decision trt_rate_limiter_take(trt_rate_limiter* limiter, const char* key, uint64_t len,
                                        uint64_t now_ns);
/// trt_rate_limiter_free takes NULL. Nobody may be in take.
void trt_rate_limiter_free(trt_rate_limiter* limiter);

#endif
