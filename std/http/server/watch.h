// SPDX-License-Identifier: Apache-2.0
// Watch: what a worker notes about exchanges, for the access log and the metrics. Every codec tells
// it when one begins and when it is over, with two calls (watch_call.h). A server with neither log
// nor metrics has none.
#ifndef TRT_HTTP_SERVER_WATCH_H
#define TRT_HTTP_SERVER_WATCH_H

#include "rt/base/atomic.h"
#include "std/http/server/access_log.h"
#include "std/http/server/service.h"

/// TRT_WATCH_BOUND_MAP expands X(nanoseconds, text): the upper bounds of the histogram of
/// durations.
#define TRT_WATCH_BOUND_MAP(X)                                                                     \
    X(100000, "0.0001")                                                                            \
    X(500000, "0.0005")                                                                            \
    X(1000000, "0.001")                                                                            \
    X(2500000, "0.0025")                                                                           \
    X(5000000, "0.005")                                                                            \
    X(10000000, "0.01")                                                                            \
    X(25000000, "0.025")                                                                           \
    X(50000000, "0.05")                                                                            \
    X(100000000, "0.1")                                                                            \
    X(250000000, "0.25")                                                                           \
    X(500000000, "0.5")                                                                            \
    X(1000000000, "1")                                                                             \
    X(2500000000, "2.5")                                                                           \
    X(5000000000, "5")                                                                             \
    X(10000000000, "10")                                                                           \
    X(30000000000, "30")

enum {
#define TRT_WATCH_COUNT_BOUND(ns, text) +1
    TRT_WATCH_NUM_BOUNDS = 0 TRT_WATCH_BOUND_MAP(TRT_WATCH_COUNT_BOUND),
#undef TRT_WATCH_COUNT_BOUND
    TRT_WATCH_NUM_CLASSES = 6, ///< by the first digit of the status; 0: no answer went out
    TRT_WATCH_NUM_PROTOCOLS = 5,
};

/// By protocol: other, 1.0, 1.1, 2, 3.
enum trt_http_watch_protocol {
    TRT_WATCH_OTHER,
    TRT_WATCH_HTTP10,
    TRT_WATCH_HTTP11,
    TRT_WATCH_HTTP2,
    TRT_WATCH_HTTP3,
};

/// trt_route_figures is what is counted for one route pattern.
typedef struct trt_route_figures {
    trt_atomic_u64 classes[TRT_WATCH_NUM_CLASSES];
    trt_atomic_u64 buckets[TRT_WATCH_NUM_BOUNDS + 1]; ///< the last: longer than every bound
    trt_atomic_u64 sum_ns;
    trt_atomic_u64 panics; ///< of handler and stages
} trt_route_figures;

/// trt_route_name is how log and metrics call a route.
typedef struct trt_route_name {
    tmlrt_slice method;  ///< constant memory
    tmlrt_slice pattern; ///< behind the names, in the same block
} trt_route_name;

/// trt_route_names is every route of a service, in its order; all-zero: none.
typedef struct trt_route_names {
    trt_route_name* items;
    uint32_t num;
    size_t bytes; ///< of the block
} trt_route_names;

/// trt_http_watch is one worker's. Every figure has one writer, that worker, and any readers:
/// relaxed.
typedef struct trt_http_watch {
    const trt_service* service;
    const trt_route_names* names;
    trt_access_log* log; ///< NULL: none
    uint32_t worker;
    trt_atomic_u64 protocols[TRT_WATCH_NUM_PROTOCOLS];
    trt_atomic_u64 h1_conns[2], h2_conns[2]; ///< that came to speak it; [1]: over TLS
    trt_atomic_u64 bytes_in, bytes_out;
    trt_route_figures routes[]; ///< names->num, and one for what has no route
} trt_http_watch;

/// trt_route_names_init asks the service for all of its patterns.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_route_names_init(trt_route_names* out, const trt_service* service);
/// trt_route_names_fini frees; all-zero is fine.
void trt_route_names_fini(trt_route_names* names);

/// trt_http_watch_new makes a worker's watch, alone in its cache lines; NULL without memory.
/// Shape:   log: may be NULL; all of them outlive it.
trt_http_watch* trt_http_watch_new(const trt_service* service, const trt_route_names* names,
                                   trt_access_log* log, uint32_t worker);
/// trt_http_watch_free takes NULL.
void trt_http_watch_free(trt_http_watch* watch);
/// trt_http_watch_end notes an exchange that is over, or a request that was refused before it was
/// one (began_ns is 0, own_status is not). Shape:   peer: a literal address.   Units: now_ns: of
/// the clock of began_ns.   Thread: the worker.
void trt_http_watch_end(trt_http_watch* watch, const trt_exchange* exchange, tmlrt_slice peer,
                        uint64_t now_ns);

#endif
