// SPDX-License-Identifier: Apache-2.0
// Storage of compiled frames: the arena of child frames (recursion, sizes unknown at compile time)
// and boxed frames.
//
// An arena is a stack over slabs, newest first. Compiled code pushes and pops inside the newest
// slab by itself and comes here at its edges. Invariants: base <= cur <= end, all in the newest
// slab; a slab below it keeps in `saved_cur` where its stack ended. Popping the newest slab empty
// keeps it as the one spare (a chain that grows and shrinks around the edge would otherwise
// allocate every time); `reserved` points at it. Touched by the thread that polls or drops the
// chain.
#include <tmlrt/abi/functions.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/atomic.h"
#include "rt/exec/frame.h"
#include "rt/exec/guard.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

enum { SLAB_MIN_BYTES = 1024, SLAB_MAX_DOUBLED_BYTES = 64 * 1024 };

typedef struct arena_slab {
    struct arena_slab* older;
    char* saved_cur; ///< while a newer slab is in use
    size_t size;     ///< of the whole allocation
    size_t padding;  ///< keeps the first frame at 16 bytes' alignment on every target
} arena_slab;

static trt_atomic_u64 s_num_slabs;

uint64_t trt_arena_num_slabs(void) {
    return trt_atomic_load(&s_num_slabs, TRT_RELAXED);
}

static char* align_up(char* ptr, uint64_t align) {
    return ptr + (-(uintptr_t)ptr & (align - 1));
}

static void slab_use(tmlrt_arena* arena, arena_slab* slab) {
    arena->slabs = slab;
    arena->base = (char*)(slab + 1);
    arena->end = (char*)slab + slab->size;
}

static arena_slab* slab_make(tmlrt_arena* arena, uint64_t size, uint64_t align) {
    uint64_t need;
    if (__builtin_add_overflow(size, align + sizeof(arena_slab), &need) || need > SIZE_MAX / 2) {
        return NULL;
    }
    arena_slab* spare = arena->reserved;
    if (spare != NULL && spare->size >= need) {
        arena->reserved = NULL;
        return spare;
    }
    const arena_slab* newest = arena->slabs;
    uint64_t bytes = newest == NULL ? SLAB_MIN_BYTES : newest->size * 2;
    if (bytes > SLAB_MAX_DOUBLED_BYTES) {
        bytes = SLAB_MAX_DOUBLED_BYTES;
    }
    if (bytes < need) {
        bytes = need;
    }
    arena_slab* fresh = trt_alloc(bytes);
    if (fresh != NULL) {
        fresh->size = bytes;
        trt_atomic_add(&s_num_slabs, 1, TRT_RELAXED);
    }
    return fresh;
}

static void slab_free(arena_slab* slab) {
    if (slab != NULL) {
        trt_free(slab, slab->size);
    }
}

TMLRT_NORETURN static void out_of_memory(uint64_t size) {
    if (trt_tls_guard == NULL) {
        tmlrt_oom_abort(size);
    }
    fprintf(stderr, "tmlrt: a task failed: no memory for a frame of %" PRIu64 " bytes\n", size);
    trt_guard_fail(TMLRT_E_NOMEM);
}

void* tmlrt_arena_grow(tmlrt_arena* arena, uint64_t size, uint64_t align) {
    TRT_CHECK(align != 0 && (align & (align - 1)) == 0);
    arena_slab* fresh = slab_make(arena, size, align);
    if (fresh == NULL) {
        out_of_memory(size);
    }
    arena_slab* newest = arena->slabs;
    if (newest != NULL) {
        newest->saved_cur = arena->cur;
    }
    fresh->older = newest;
    slab_use(arena, fresh);
    char* frame = align_up(arena->base, align);
    arena->cur = frame + size;
    return frame;
}

void tmlrt_arena_pop(tmlrt_arena* arena, void* frame) {
    char* ptr = frame;
    while (arena->slabs != NULL && (ptr < arena->base || ptr >= arena->end)) {
        arena_slab* top = arena->slabs;
        arena_slab* older = top->older;
        arena_slab* spare = arena->reserved;
        if (spare == NULL || spare->size < top->size) {
            arena->reserved = top;
            slab_free(spare);
        } else {
            slab_free(top);
        }
        if (older == NULL) {
            arena->slabs = NULL;
            break;
        }
        slab_use(arena, older);
        arena->cur = older->saved_cur;
    }
    TRT_CHECK(arena->slabs != NULL && ptr <= arena->cur);
    arena->cur = ptr;
}

void tmlrt_arena_fini(tmlrt_arena* arena) {
    arena_slab* next;
    for (arena_slab* slab = arena->slabs; slab != NULL; slab = next) {
        next = slab->older;
        slab_free(slab);
    }
    slab_free(arena->reserved);
    *arena = (tmlrt_arena){NULL, NULL, NULL, NULL, NULL};
}

void* tmlrt_frame_alloc(uint64_t size, uint64_t align) {
    void* frame = size > SIZE_MAX / 2 ? NULL : trt_alloc_aligned(size, align);
    if (frame == NULL) {
        out_of_memory(size);
    }
    return frame;
}

void tmlrt_frame_free(void* frame, uint64_t size, uint64_t align) {
    trt_free_aligned(frame, size, align);
}

void tmlrt_poll_after_done(const tmlrt_future_desc* desc, void* frame) {
    const tmlrt_frame* head = frame;
    fprintf(stderr, "tmlrt: the future `%s` (%s:%u) was polled after it had %s\n", desc->name,
            desc->file == NULL ? "?" : desc->file, desc->line,
            head->state == TMLRT_FRAME_POISONED ? "panicked" : "ended");
    abort();
}
