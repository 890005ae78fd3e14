// SPDX-License-Identifier: Apache-2.0
// How often each limit of a server was reached. Nothing on the path of a request that keeps to the
// limits counts anything.
#ifndef TRT_HTTP_CORE_COUNTS_H
#define TRT_HTTP_CORE_COUNTS_H

#include <stdbool.h>

#include "rt/base/atomic.h"

/// TRT_HTTP_COUNT_MAP expands X(name, level, text): level is that of the log line, at most one per
/// name in ten seconds; OFF counts only.
#define TRT_HTTP_COUNT_MAP(X)                                                                      \
    X(source_full, WARN, "connections refused: conns_per_source of their address are open")        \
    X(conns_full, WARN, "connections refused: num_conns are open and none is idle")                \
    X(shed, WARN, "idle connections closed to make room for new ones")                             \
    X(refused, OFF, "requests refused for their form or size")                                     \
    X(timed_out, OFF, "requests ended with 408")                                                   \
    X(silent, OFF, "connections closed: nothing came for too long")                                \
    X(late, WARN,                                                                                  \
      "requests answered with 503: their handlers took longer than handler or @Timeout")           \
    X(stalled, OFF, "connections reset: the peer does not read its answers")                       \
    X(held, WARN, "requests answered with 503: the process holds held_bytes")                      \
    X(overloaded, WARN, "requests answered with 503: the process is short of memory")              \
    X(requests_full, WARN, "requests answered with 503: num_requests are being answered")          \
    X(lagging, WARN, "requests answered with 503: tasks wait longer than queue_delay")             \
    X(handshakes_failed, OFF, "TLS handshakes that failed")                                        \
    X(half_open, WARN, "connections refused: num_half_open TLS handshakes go on")                  \
    X(abused, WARN, "HTTP/2 connections closed: their peers cost work that nobody needs")          \
    X(offender, WARN, "connections refused: their address was closed for abuse again and again")   \
    X(no_memory, WARN, "allocations failed")

enum trt_http_count {
#define TRT_HTTP_COUNT_ENUM(name, level, text) TRT_HTTP_COUNT_##name,
    TRT_HTTP_COUNT_MAP(TRT_HTTP_COUNT_ENUM)
#undef TRT_HTTP_COUNT_ENUM
        TRT_HTTP_NUM_COUNTS
};

/// trt_http_counts is all-zero at first.
typedef struct trt_http_counts {
    trt_atomic_u64 values[TRT_HTTP_NUM_COUNTS];
    trt_atomic_u64 told_ns[TRT_HTTP_NUM_COUNTS]; ///< when the last line was logged; 0: never
} trt_http_counts;

/// trt_http_counts_add counts one more and logs, if it is time.   Thread: any.
void trt_http_counts_add(trt_http_counts* counts, enum trt_http_count which, uint64_t now_ns);
/// trt_http_counts_log writes one line for each that is not 0, at level info.   Thread: any.
void trt_http_counts_log(trt_http_counts* counts);

/// trt_http_told bounds lines of the log that peers can cause as often as they like. All-zero at
/// first.
typedef struct trt_http_told {
    trt_atomic_u64 last_ns; ///< when the last line was logged; 0: never
    trt_atomic_u64 num_left_out;
} trt_http_told;

/// trt_http_told_may tells whether a line may be logged now, one in ten seconds.
/// Shape:   *out_left_out: how many were not since the last one, which are forgotten; one that may
///          not is counted.   Thread: any.
bool trt_http_told_may(trt_http_told* told, uint64_t now_ns, uint64_t* out_left_out);

#endif
