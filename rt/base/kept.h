// SPDX-License-Identifier: Apache-2.0
// Small blocks that a worker keeps when they are freed, and gives to whoever asks for one of the
// same size next: what lives as long as one exchange between two tasks (the block of a oneshot), or
// as one request (what nghttp2 has of it), comes and goes at the rate of those. By multiples of 16
// bytes up to TRT_KEPT_SIZE, at most TRT_KEPT_BYTES in all, which go back to the heap with the
// worker. Elsewhere, and with a sanitizer, which is to see every use after the end, the functions
// are trt_alloc and trt_free.
// Threads: a thread has at most one trt_kept, its worker's; blocks may be freed on any thread.
#ifndef TRT_BASE_KEPT_H
#define TRT_BASE_KEPT_H

#include "rt/base/alloc.h"
#include "rt/base/sanitize.h"

#include <stdint.h>

enum { TRT_KEPT_UNIT = 16, TRT_KEPT_SIZE = 512, TRT_KEPT_BYTES = 256 * 1024 };

/// trt_kept is what one worker keeps. All-zero is empty.
typedef struct trt_kept {
    void* kinds[TRT_KEPT_SIZE / TRT_KEPT_UNIT]; ///< lists by the blocks' first words
    size_t bytes;                               ///< of all of them
} trt_kept;

/// trt_tls_kept is this thread's, NULL: none.
extern __thread trt_kept* trt_tls_kept __attribute__((tls_model("initial-exec")));

/// trt_kept_clear gives all blocks back to the heap.   Thread: the one whose they are.
void trt_kept_clear(trt_kept* kept);

static inline size_t trt_kept_kind(size_t size) {
    return (size - 1) / TRT_KEPT_UNIT;
}
/// trt_kept_alloc returns `size` bytes at max_align_t alignment, NULL without memory. Not for 0.
static inline void* trt_kept_alloc(size_t size) {
    trt_kept* kept = trt_tls_kept;
    size_t kind = trt_kept_kind(size);
    if (TRT_SANITIZED || size > TRT_KEPT_SIZE) {
        return trt_alloc(size);
    }
    if (kept == NULL || kept->kinds[kind] == NULL) {
        return trt_alloc((kind + 1) * TRT_KEPT_UNIT);
    }
    void** block = kept->kinds[kind];
    kept->kinds[kind] = *block;
    kept->bytes -= (kind + 1) * TRT_KEPT_UNIT;
    return block;
}
/// trt_kept_free frees a block of trt_kept_alloc of that size.   Thread: any.
static inline void trt_kept_free(void* ptr, size_t size) {
    trt_kept* kept = trt_tls_kept;
    size_t kind = trt_kept_kind(size);
    if (TRT_SANITIZED || size > TRT_KEPT_SIZE) {
        trt_free(ptr, size);
    } else if (kept == NULL || kept->bytes > TRT_KEPT_BYTES - TRT_KEPT_SIZE) {
        trt_free(ptr, (kind + 1) * TRT_KEPT_UNIT);
    } else {
        *(void**)ptr = kept->kinds[kind];
        kept->kinds[kind] = ptr;
        kept->bytes += (kind + 1) * TRT_KEPT_UNIT;
    }
}

#endif
