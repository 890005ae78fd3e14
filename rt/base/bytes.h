// SPDX-License-Identifier: Apache-2.0
// memcpy and memcmp for what is nearly always a few bytes (names, keys, small values): up to 16
// bytes (32 for a copy) are two loads that overlap, and no call; and a step of a hash. Pure.
#ifndef TRT_BASE_BYTES_H
#define TRT_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// trt_bytes_load8 and trt_bytes_load4 read a word from any address.
static inline uint64_t trt_bytes_load8(const char* p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}
static inline uint32_t trt_bytes_load4(const char* p) {
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/// trt_bytes_mix multiplies two words and folds the product: every bit of both is in every bit, for
/// tables whose keys nobody chooses against us. A table takes it from the top.
static inline uint64_t trt_bytes_mix(uint64_t a, uint64_t b) {
    return a * b ^ (uint64_t)((unsigned __int128)a * b >> 64);
}

/// What trt_bytes_copy has in a register or two.
struct trt_bytes_16 {
    uint64_t words[2];
};
/// trt_bytes_copy copies `len` bytes that do not overlap and returns the end of the copy.
static inline char* trt_bytes_copy(char* to, const char* from, size_t len) {
    if (len > 32) {
        memcpy(to, from, len);
    } else if (len >= 16) {
        struct trt_bytes_16 first, last;
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + len - 16, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + len - 16, &last, sizeof last);
    } else if (len >= 8) {
        uint64_t first = trt_bytes_load8(from), last = trt_bytes_load8(from + len - 8);
        memcpy(to, &first, sizeof first);
        memcpy(to + len - 8, &last, sizeof last);
    } else if (len >= 4) {
        uint32_t first = trt_bytes_load4(from), last = trt_bytes_load4(from + len - 4);
        memcpy(to, &first, sizeof first);
        memcpy(to + len - 4, &last, sizeof last);
    } else if (len != 0) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
    return to + len;
}

/// trt_bytes_equal tells whether `len` bytes are the same.
static inline bool trt_bytes_equal(const char* a, const char* b, size_t len) {
    if (len > 16) {
        return memcmp(a, b, len) == 0;
    }
    if (len >= 8) {
        return ((trt_bytes_load8(a) ^ trt_bytes_load8(b)) |
                (trt_bytes_load8(a + len - 8) ^ trt_bytes_load8(b + len - 8))) == 0;
    }
    if (len >= 4) {
        return ((trt_bytes_load4(a) ^ trt_bytes_load4(b)) |
                (trt_bytes_load4(a + len - 4) ^ trt_bytes_load4(b + len - 4))) == 0;
    }
    return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

#endif
