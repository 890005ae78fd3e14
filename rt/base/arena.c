// SPDX-License-Identifier: Apache-2.0
// Request arena. Chunks grow from 4 KiB by doubling to 64 KiB; a larger allocation gets a chunk of
// its own size. Chunk sizes, headers included, count towards the cap; near the cap a chunk is made
// just large enough. Called by one connection at a time; not thread-safe.
//
// Invariant: `chunks` is newest first, [cur, end) is the free rest of the newest one (both NULL
// when there is none), held_bytes is the sum of the chunks.
#include "rt/base/arena.h"

#include "rt/base/alloc.h"
#include "rt/base/bytes.h"

#include <stdbool.h>

enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = TRT_ARENA_KEPT_MAX };

static void use_chunk(trt_arena* arena, trt_arena_chunk* chunk) {
    arena->cur = (char*)(chunk + 1);
    arena->end = (char*)chunk + chunk->size;
}

void trt_arena_init(trt_arena* arena, size_t cap_bytes) {
    *arena = (trt_arena){.cap_bytes = cap_bytes};
}

// Adds a chunk with room for `size` bytes at `align`.
static bool add_chunk(trt_arena* arena, size_t size, size_t align) {
    size_t least;
    if (__builtin_add_overflow(size, sizeof(trt_arena_chunk) + align - 1, &least)) {
        return false;
    }
    size_t newest = arena->chunks == NULL ? FIRST_CHUNK / 2 : arena->chunks->size;
    size_t wanted = newest > LARGEST_CHUNK / 2 ? LARGEST_CHUNK : newest * 2;
    wanted = wanted < least ? least : wanted;
    if (arena->cap_bytes != 0) {
        size_t left = arena->cap_bytes - arena->held_bytes;
        if (least > left) {
            return false;
        }
        wanted = wanted > left ? left : wanted;
    }
    trt_arena_chunk* chunk = trt_alloc(wanted);
    if (chunk == NULL) {
        return false;
    }
    chunk->next = arena->chunks;
    chunk->size = wanted;
    arena->chunks = chunk;
    arena->held_bytes += wanted;
    use_chunk(arena, chunk);
    return true;
}

void* trt_arena_alloc_chunk(trt_arena* arena, size_t size, size_t align) {
    return add_chunk(arena, size, align) ? trt_arena_alloc(arena, size, align) : NULL;
}

char* trt_arena_dup(trt_arena* arena, const void* data, size_t len) {
    if (len == SIZE_MAX) {
        return NULL;
    }
    char* copy = trt_arena_alloc(arena, len + 1, 1);
    if (copy != NULL) {
        *trt_bytes_copy(copy, data, len) = '\0';
    }
    return copy;
}

// Frees every chunk but `keep` (NULL: all).
static void free_chunks(trt_arena* arena, trt_arena_chunk* keep) {
    trt_arena_chunk* chunk = arena->chunks;
    while (chunk != NULL) {
        trt_arena_chunk* next = chunk->next;
        if (chunk != keep) {
            trt_free(chunk, chunk->size);
        }
        chunk = next;
    }
}

void trt_arena_reset_chunks(trt_arena* arena) {
    trt_arena_chunk* first = arena->chunks;
    while (first != NULL && first->next != NULL) {
        first = first->next;
    }
    if (first != NULL && first->size > LARGEST_CHUNK) {
        first = NULL;
    }
    free_chunks(arena, first);
    arena->chunks = first;
    arena->held_bytes = 0;
    arena->cur = arena->end = NULL;
    if (first != NULL) {
        first->next = NULL;
        arena->held_bytes = first->size;
        use_chunk(arena, first);
    }
}

void trt_arena_fini(trt_arena* arena) {
    free_chunks(arena, NULL);
    *arena = (trt_arena){.cap_bytes = arena->cap_bytes};
}
