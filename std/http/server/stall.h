// SPDX-License-Identifier: Apache-2.0
// Write stall: is the peer reading what waits for it? Pure: time and the kernel's count are handed
// in.
#ifndef TRT_HTTP_SERVER_STALL_H
#define TRT_HTTP_SERVER_STALL_H

#include <stdbool.h>

#include "std/http/core/limits.h"

/// trt_stall watches one stretch of waiting output. deadline_ns UINT64_MAX: nothing waits.
typedef struct trt_stall {
    uint64_t deadline_ns; ///< when trt_stall_expire has to be asked
    uint64_t unsent;      ///< what the peer had not acknowledged when progress was last looked at
    bool settling;        ///< blocked a moment ago: progress is not counted yet
} trt_stall;

/// trt_stall_clear says that nothing waits.
static inline void trt_stall_clear(trt_stall* stall) {
    *stall = (trt_stall){.deadline_ns = UINT64_MAX};
}
/// trt_stall_block says that the socket takes no more; once per stretch, later calls do nothing.
void trt_stall_block(trt_stall* stall, const trt_http_limits* limits, uint64_t now_ns);
/// trt_stall_sent says that the socket took `bytes`.
void trt_stall_sent(trt_stall* stall, const trt_http_limits* limits, uint64_t bytes,
                    uint64_t now_ns);
/// trt_stall_expire applies the deadline; `unsent` is what the peer has not acknowledged now.
/// Returns  true when the peer is to be given up; else deadline_ns is a later one.
bool trt_stall_expire(trt_stall* stall, const trt_http_limits* limits, uint64_t unsent,
                      uint64_t now_ns);

#endif
