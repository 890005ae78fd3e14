// SPDX-License-Identifier: Apache-2.0
// The abuse ledger: two token buckets, and the credits that make a frame a needed one.
//
// Invariants: left_nano <= burst * 10^9, so nothing overflows; a charge without a whole token left
// answers CLOSE and takes nothing. Called by the codecs, frame by frame, on the connection's
// worker. Source: CVE-2023-44487, CVE-2025-8671, CVE-2019-9511 to 9518; RFC 9113 10.5.
#include "std/http/core/ledger.h"

static const uint64_t NANO = 1000000000u;

static void bucket_init(trt_ledger_bucket* bucket, uint32_t burst, uint32_t per_s,
                        uint64_t now_ns) {
    *bucket = (trt_ledger_bucket){burst * NANO, now_ns, burst, per_s};
}

static void refill(trt_ledger_bucket* bucket, uint64_t now_ns) {
    uint64_t passed = now_ns > bucket->at_ns ? now_ns - bucket->at_ns : 0;
    uint64_t full = bucket->burst * NANO, missing = full - bucket->left_nano;
    bucket->at_ns += passed;
    // One nanosecond brings per_s billionths. Divided first: the product could overflow.
    bucket->left_nano =
        passed >= missing / bucket->per_s + 1 ? full : bucket->left_nano + passed * bucket->per_s;
    bucket->left_nano = bucket->left_nano > full ? full : bucket->left_nano;
}

static bool charge(trt_ledger_bucket* bucket, uint64_t now_ns) {
    refill(bucket, now_ns);
    if (bucket->left_nano < NANO) {
        return false;
    }
    bucket->left_nano -= NANO;
    return true;
}

static void give(trt_ledger_bucket* bucket) {
    uint64_t full = bucket->burst * NANO;
    bucket->left_nano = bucket->left_nano > full - NANO ? full : bucket->left_nano + NANO;
}

static bool use_credit(uint32_t* credit) {
    if (*credit == 0) {
        return false;
    }
    *credit -= 1;
    return true;
}

static void add_credit(uint32_t* credit, uint32_t num) {
    *credit = *credit > TRT_LEDGER_CREDIT_LIMIT - num ? TRT_LEDGER_CREDIT_LIMIT : *credit + num;
}

void trt_ledger_init(trt_ledger* ledger, const trt_http_limits* limits, uint64_t now_ns) {
    *ledger = (trt_ledger){0};
    bucket_init(&ledger->resets, (uint32_t)limits->ledger_resets,
                (uint32_t)limits->ledger_resets_per_s, now_ns);
    bucket_init(&ledger->excess, (uint32_t)limits->ledger_excess,
                (uint32_t)limits->ledger_excess_per_s, now_ns);
    add_credit(&ledger->window_credit, 5); // what clients send at the start
}

enum trt_ledger_verdict trt_ledger_reset(trt_ledger* ledger, uint64_t now_ns) {
    return charge(&ledger->resets, now_ns) ? TRT_LEDGER_FINE : TRT_LEDGER_CLOSE;
}

void trt_ledger_completed(trt_ledger* ledger) {
    give(&ledger->resets);
}

enum trt_ledger_verdict trt_ledger_excess(trt_ledger* ledger, uint64_t now_ns) {
    trt_ledger_bucket* bucket = &ledger->excess;
    if (!charge(bucket, now_ns)) {
        return TRT_LEDGER_CLOSE;
    }
    uint64_t used = bucket->burst * NANO - bucket->left_nano;
    return used / TRT_LEDGER_DRAIN_PERCENT >= bucket->burst * NANO / 100 ? TRT_LEDGER_DRAIN
                                                                         : TRT_LEDGER_FINE;
}

void trt_ledger_stream(trt_ledger* ledger) {
    add_credit(&ledger->window_credit, 2);
    add_credit(&ledger->priority_credit, 2);
}

void trt_ledger_data_sent(trt_ledger* ledger) {
    add_credit(&ledger->window_credit, 2);
}

enum trt_ledger_verdict trt_ledger_window(trt_ledger* ledger, uint64_t now_ns) {
    return use_credit(&ledger->window_credit) ? TRT_LEDGER_FINE : trt_ledger_excess(ledger, now_ns);
}

enum trt_ledger_verdict trt_ledger_priority(trt_ledger* ledger, uint64_t now_ns) {
    return use_credit(&ledger->priority_credit) ? TRT_LEDGER_FINE
                                                : trt_ledger_excess(ledger, now_ns);
}
