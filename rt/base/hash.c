// SPDX-License-Identifier: Apache-2.0
// SipHash with one round per word and three at the end, from the paper's definition.
#include "rt/base/hash.h"

#include <string.h>

typedef struct state {
    uint64_t v0, v1, v2, v3;
} state;

static uint64_t rotate(uint64_t x, unsigned bits) {
    return x << bits | x >> (64 - bits);
}

static void sip_round(state* s) {
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static void absorb(state* s, uint64_t word) {
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

/// The bytes as a little-endian number, so that a table means the same on every machine.
static uint64_t load(const uint8_t* bytes, size_t len) {
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++) {
        word |= (uint64_t)bytes[i] << (8 * i);
    }
    return word;
}

uint64_t trt_hash(trt_hash_key key, const void* data, size_t len) {
    const uint8_t* bytes = data;
    state s = {key.a ^ 0x736f6d6570736575u, key.b ^ 0x646f72616e646f6du,
               key.a ^ 0x6c7967656e657261u, key.b ^ 0x7465646279746573u};
    size_t at = 0;
    for (; at + 8 <= len; at += 8) {
        absorb(&s, load(bytes + at, 8));
    }
    absorb(&s, load(bytes + at, len - at) | (uint64_t)(len & 255) << 56);
    s.v2 ^= 255;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
