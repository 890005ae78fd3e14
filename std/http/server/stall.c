// SPDX-License-Identifier: Apache-2.0
// The deadline of output that waits: each byte of progress moves it by 1/write_rate, at most
// write_stall_ns ahead of now. Called by a connection's task.
//
// The kernel takes more only when a good part of its buffer (megabytes) is empty: a peer may have
// read all the time without a byte having been taken from us. So what it acknowledged counts as
// well. But a socket that has just filled acknowledges what was on its way without anybody reading:
// progress is counted from a thirtieth of the span later, inside the same span.
#include "std/http/server/stall.h"

static uint64_t settle_ns(const trt_http_limits* limits) {
    return limits->write_stall_ns / 30;
}

static void credit(trt_stall* stall, const trt_http_limits* limits, uint64_t bytes,
                   uint64_t now_ns) {
    uint64_t latest = now_ns + limits->write_stall_ns;
    uint64_t moved = stall->deadline_ns + bytes * (TRT_S / limits->write_rate);
    stall->deadline_ns = moved < latest ? moved : latest;
}

void trt_stall_block(trt_stall* stall, const trt_http_limits* limits, uint64_t now_ns) {
    if (stall->deadline_ns == UINT64_MAX) {
        stall->settling = true;
        stall->deadline_ns = now_ns + settle_ns(limits);
    }
}

void trt_stall_sent(trt_stall* stall, const trt_http_limits* limits, uint64_t bytes,
                    uint64_t now_ns) {
    if (stall->deadline_ns != UINT64_MAX && !stall->settling) {
        credit(stall, limits, bytes, now_ns);
    }
}

bool trt_stall_expire(trt_stall* stall, const trt_http_limits* limits, uint64_t unsent,
                      uint64_t now_ns) {
    if (stall->settling) {
        stall->settling = false;
        stall->unsent = unsent;
        stall->deadline_ns += limits->write_stall_ns - settle_ns(limits);
    } else if (unsent < stall->unsent) {
        credit(stall, limits, stall->unsent - unsent, now_ns);
        stall->unsent = unsent;
    }
    return now_ns >= stall->deadline_ns;
}
