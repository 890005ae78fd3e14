// SPDX-License-Identifier: Apache-2.0
// The two calls by which every codec tells its worker about exchanges: inline, since every request
// passes here.
#ifndef TRT_HTTP_SERVER_WATCH_CALL_H
#define TRT_HTTP_SERVER_WATCH_CALL_H

#include "rt/base/assert.h"
#include "std/http/server/shard.h"

/// Adds one to a count that nobody else writes.
static inline void trt_http_tick(trt_atomic_u64* count) {
    trt_atomic_store(count, trt_atomic_load(count, TRT_RELAXED) + 1, TRT_RELAXED);
}
/// trt_http_conn_speaks is called once it is known what a connection speaks.
static inline void trt_http_conn_speaks(trt_http_shard* shard, bool h2, bool tls) {
    if (shard->watch != NULL) {
        trt_http_tick(h2 ? &shard->watch->h2_conns[tls] : &shard->watch->h1_conns[tls]);
    }
}
/// trt_http_exchange_begin is called when the head of a request is complete.
static inline void trt_http_exchange_begin(trt_http_shard* shard, trt_exchange* exchange,
                                           uint64_t now_ns) {
    trt_http_tick(&shard->num_begun);
    exchange->began_ns = now_ns | 1; // 0 means that none has begun
}
/// trt_http_is_full tells whether a request that has just begun is to be answered with 503 and
/// Retry-After in the service's place: too many are being answered, or the worker is too far
/// behind. It was counted then.   Cost: a comparison while neither is so.
static inline bool trt_http_is_full(trt_http_shard* shard) {
    return TRT_UNLIKELY(trt_http_num_running(shard) > shard->fine_below) &&
           trt_http_turn_away(shard);
}
/// trt_http_exchange_over is called when an exchange has ended in whatever way, before the service
/// drops it; and for a request that was answered by the codec without having begun (own_status).
/// Shape:   peer: the literal address of its connection's peer.
static inline void trt_http_exchange_over(trt_http_shard* shard, trt_exchange* exchange,
                                          tmlrt_slice peer) {
    if (TRT_UNLIKELY(shard->watch != NULL)) {
        trt_http_watch_end(shard->watch, exchange, peer, trt_shard_now_ns(shard));
    }
    if (exchange->began_ns != 0) {
        trt_http_tick(&shard->num_over);
        exchange->began_ns = 0;
    }
    exchange->own_status = exchange->own_len = exchange->num_panics = exchange->reserved = 0;
}
/// trt_http_exchange_leaves is for one that goes on with another protocol: it may live for long and
/// does not count as running. It comes back behind trt_http_exchange_over.
static inline void trt_http_exchange_leaves(trt_http_shard* shard) {
    trt_http_tick(&shard->num_over);
}
static inline void trt_http_exchange_returns(trt_http_shard* shard, const trt_exchange* exchange) {
    if (exchange->switched != NULL && exchange->committed == exchange->switched) {
        trt_http_tick(&shard->num_begun);
    }
}
/// trt_http_exchange_set_aside is for one that waits for its peer: it does not count as running.
/// Returns  what trt_http_exchange_resume is to be given.
static inline uint64_t trt_http_exchange_set_aside(trt_http_shard* shard, trt_exchange* exchange) {
    uint64_t began_ns = exchange->began_ns;
    if (began_ns != 0) {
        trt_http_tick(&shard->num_over);
        exchange->began_ns = 0;
    }
    return began_ns;
}
static inline void trt_http_exchange_resume(trt_http_shard* shard, trt_exchange* exchange,
                                            uint64_t began_ns) {
    if (began_ns != 0) {
        trt_http_exchange_begin(shard, exchange, began_ns);
    }
}

#endif
