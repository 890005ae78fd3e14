// SPDX-License-Identifier: Apache-2.0
// Request arena: a capped bump allocator over chunks; reset keeps one chunk. Not thread-safe.
// (The arena of child frames, tmlrt_arena, is another thing: rt/exec has it.)
#ifndef TRT_BASE_ARENA_H
#define TRT_BASE_ARENA_H

#include "rt/base/assert.h"

#include <stddef.h>
#include <stdint.h>

/// trt_arena_chunk heads a piece of memory; the arena's own.
typedef struct trt_arena_chunk {
    struct trt_arena_chunk* next;
    size_t size; ///< header included
} trt_arena_chunk;

enum { TRT_ARENA_KEPT_MAX = 65536 }; ///< bytes of a chunk that a reset keeps

/// trt_arena owns its chunks; all-zero is empty, with no cap.
typedef struct trt_arena {
    char *cur, *end;
    trt_arena_chunk* chunks; ///< newest first
    size_t held_bytes;       ///< sum of the chunks
    size_t cap_bytes;        ///< 0: none
} trt_arena;

/// trt_arena_init makes an empty arena that will hold at most `cap_bytes`.
void trt_arena_init(trt_arena* arena, size_t cap_bytes);
/// trt_arena_alloc_chunk is trt_arena_alloc when the newest chunk has no room.
void* trt_arena_alloc_chunk(trt_arena* arena, size_t size, size_t align);
/// trt_arena_fit is trt_arena_alloc in the newest chunk; NULL when that has no room.
static inline void* trt_arena_fit(trt_arena* arena, size_t size, size_t align) {
    TRT_ASSERT(align != 0 && (align & (align - 1)) == 0);
    size_t left = (size_t)(arena->end - arena->cur), pad = -(uintptr_t)arena->cur & (align - 1);
    if (TRT_UNLIKELY(arena->cur == NULL || pad > left || size > left - pad)) {
        return NULL;
    }
    char* ptr = arena->cur + pad;
    arena->cur = ptr + size;
    return ptr;
}
/// trt_arena_alloc returns `size` bytes at `align`, NULL without memory or over the cap.
static inline void* trt_arena_alloc(trt_arena* arena, size_t size, size_t align) {
    void* ptr = trt_arena_fit(arena, size, align);
    return TRT_LIKELY(ptr != NULL) ? ptr : trt_arena_alloc_chunk(arena, size, align);
}
/// trt_arena_dup copies `len` bytes and adds a NUL; NULL as trt_arena_alloc.
char* trt_arena_dup(trt_arena* arena, const void* data, size_t len);
/// trt_arena_reset_chunks is trt_arena_reset of an arena that has not just one chunk to keep.
void trt_arena_reset_chunks(trt_arena* arena);
/// trt_arena_reset forgets every allocation and keeps the first chunk, if it is at most 64 KiB:
/// after a first allocation of the usual size, arenas of that size cost no further call.
static inline void trt_arena_reset(trt_arena* arena) {
    trt_arena_chunk* only = arena->chunks;
    if (TRT_LIKELY(only != NULL && only->next == NULL && only->size <= TRT_ARENA_KEPT_MAX)) {
        arena->cur = (char*)(only + 1);
        arena->end = (char*)only + only->size;
    } else {
        trt_arena_reset_chunks(arena);
    }
}
/// trt_arena_fini frees every chunk; all-zero is fine.
void trt_arena_fini(trt_arena* arena);

#endif
