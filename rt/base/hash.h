// SPDX-License-Identifier: Apache-2.0
// A keyed hash for tables whose keys a peer chooses: without the key nobody can aim at a bucket.
#ifndef TRT_BASE_HASH_H
#define TRT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/// trt_hash_key is secret and random, one per table.
typedef struct trt_hash_key {
    uint64_t a, b;
} trt_hash_key;

/// trt_hash returns SipHash-1-3 of `len` bytes (Aumasson and Bernstein, 2012; the reduced rounds
/// are what hash tables elsewhere use).   Thread: any.   Cost: about 1.3 cycles a byte and 30 more.
uint64_t trt_hash(trt_hash_key key, const void* data, size_t len);

#endif
