// SPDX-License-Identifier: Apache-2.0
// Connections counted per source address, IPv6 by /64. Shared by all workers of a server.
#ifndef TRT_HTTP_SERVER_SOURCES_H
#define TRT_HTTP_SERVER_SOURCES_H

#include "rt/os/socket.h"
#include "rt/os/thread.h"

typedef struct trt_source trt_source;

/// trt_source_key is the part of an address that counts: 4 bytes of IPv4, 8 of IPv6.
typedef struct trt_source_key {
    uint64_t bits;
    uint8_t family;
} trt_source_key;

enum { TRT_SOURCE_BUCKETS = 1024 };

/// trt_sources is a hash table; all-zero is empty.
typedef struct trt_sources {
    trt_mutex lock;
    uint64_t seed; ///< so that a peer cannot choose addresses that share a bucket
    trt_source* buckets[TRT_SOURCE_BUCKETS];
} trt_sources;

/// trt_source_key_of returns what counts of an address.
trt_source_key trt_source_key_of(const trt_addr* addr);
/// trt_sources_enter counts one more connection of `key`.
/// Errors:  FULL - there are `limit` already; NOMEM.   Thread: any.
tmlrt_status trt_sources_enter(trt_sources* sources, trt_source_key key, uint64_t limit);
/// trt_sources_leave counts one less.   Thread: any.
void trt_sources_leave(trt_sources* sources, trt_source_key key);
/// trt_sources_fini frees what is left.
void trt_sources_fini(trt_sources* sources);

#endif
