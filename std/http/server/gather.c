// SPDX-License-Identifier: Apache-2.0
// Gathering: when the mark comes and goes. Called by conn_straight.c behind each read.
#include "std/http/server/gather.h"

bool trt_gather_took(trt_gather* gather, size_t len, uint64_t left, uint64_t now_ns) {
    if (left < TRT_GATHER_LEFT_MIN) {
        bool had = trt_gather_has_mark(gather);
        trt_gather_clear(gather);
        return had;
    }
    if (trt_gather_has_mark(gather)) {
        gather->until_ns = now_ns + TRT_GATHER_WAIT_NS;
        return false;
    }
    if (gather->len == 0) {
        gather->since_ns = now_ns;
    }
    gather->len += len;
    if (gather->len < TRT_GATHER_FAST) {
        return false;
    }
    gather->len = 0;
    if (now_ns - gather->since_ns > TRT_GATHER_FAST_NS) {
        return false;
    }
    gather->until_ns = now_ns + TRT_GATHER_WAIT_NS;
    return true;
}
