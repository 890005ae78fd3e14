// SPDX-License-Identifier: Apache-2.0
// The abuse ledger of one connection that carries many requests (HTTP/2, HTTP/3): what its peer may
// do that costs us work and brings it nothing. Two budgets that refill with time. Clock-free.
#ifndef TRT_HTTP_CORE_LEDGER_H
#define TRT_HTTP_CORE_LEDGER_H

#include "std/http/core/limits.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TRT_LEDGER_DRAIN_PERCENT = 75,  ///< of frames beyond need: ask the peer to go
    TRT_LEDGER_CREDIT_LIMIT = 1000, ///< frames that may be needed at once
};

/// What the connection has to do now.
enum trt_ledger_verdict {
    TRT_LEDGER_FINE,
    TRT_LEDGER_DRAIN, ///< graceful GOAWAY; said again until the budget has refilled
    TRT_LEDGER_CLOSE, ///< ENHANCE_YOUR_CALM or H3_EXCESSIVE_LOAD
};

/// trt_ledger_bucket is a token bucket in billionths of a token.
typedef struct trt_ledger_bucket {
    uint64_t left_nano; ///< 0..burst * 10^9
    uint64_t at_ns;     ///< when left_nano was right
    uint32_t burst, per_s;
} trt_ledger_bucket;

/// trt_ledger is a connection's. Nothing to free.
typedef struct trt_ledger {
    trt_ledger_bucket resets, excess;
    uint32_t window_credit;   ///< WINDOW_UPDATE frames that the peer needs
    uint32_t priority_credit; ///< PRIORITY_UPDATE frames that it may want
} trt_ledger;

/// trt_ledger_init makes a full ledger, as large as the limits (ledger_*) say.   Units: now_ns as
/// in every other call, never decreasing.
void trt_ledger_init(trt_ledger* ledger, const trt_http_limits* limits, uint64_t now_ns);
/// trt_ledger_reset charges a stream that ended early: the peer reset it, or made us do so.
enum trt_ledger_verdict trt_ledger_reset(trt_ledger* ledger, uint64_t now_ns);
/// trt_ledger_completed gives back for a request that was answered whole.
void trt_ledger_completed(trt_ledger* ledger);
/// trt_ledger_excess charges one frame that nobody needs: empty or tiny DATA, PING, SETTINGS.
enum trt_ledger_verdict trt_ledger_excess(trt_ledger* ledger, uint64_t now_ns);

/// trt_ledger_stream tells of a request that began: it needs a few frames beside its own.
void trt_ledger_stream(trt_ledger* ledger);
/// trt_ledger_data_sent tells of a DATA frame of ours: the peer opens two windows for it.
void trt_ledger_data_sent(trt_ledger* ledger);
/// trt_ledger_window charges a WINDOW_UPDATE: free while it is needed.
enum trt_ledger_verdict trt_ledger_window(trt_ledger* ledger, uint64_t now_ns);
/// trt_ledger_priority charges a PRIORITY or PRIORITY_UPDATE: two a request are free.
enum trt_ledger_verdict trt_ledger_priority(trt_ledger* ledger, uint64_t now_ns);

#endif
