// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/frame.h"

#include <tmlrt/abi/functions.h>

#include "rt/exec/guard.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <signal.h>

// What compiled code does inline (abi/context.h).
static void* push(tmlrt_arena* arena, uint64_t size, uint64_t align) {
    uintptr_t start = ((uintptr_t)arena->cur + align - 1) & ~(uintptr_t)(align - 1);
    char* p = (char*)start;
    if (arena->cur != NULL && start + size <= (uintptr_t)arena->end) {
        arena->cur = p + size;
        return p;
    }
    return tmlrt_arena_grow(arena, size, align);
}

static void pop(tmlrt_arena* arena, void* frame) {
    char* p = frame;
    if (arena->base <= p && p < arena->end) {
        arena->cur = p;
    } else {
        tmlrt_arena_pop(arena, frame);
    }
}

TEST(arena__deep_recursion__frames_do_not_overlap_and_pop_in_order) {
    enum { DEPTH = 2000 };
    static unsigned char* frames[DEPTH];
    tmlrt_arena arena = {0};
    for (int i = 0; i < DEPTH; i++) {
        uint64_t size = 16 + (uint64_t)(i * 37 % 300), align = 8u << (i % 4);
        frames[i] = push(&arena, size, align);
        EXPECT_EQ((uintptr_t)frames[i] % align, 0);
        memset(frames[i], i, size);
    }
    for (int i = DEPTH - 1; i >= 0; i--) {
        uint64_t size = 16 + (uint64_t)(i * 37 % 300);
        bool intact = true;
        for (uint64_t k = 0; k < size; k++) {
            intact = intact && frames[i][k] == (unsigned char)i;
        }
        EXPECT(intact);
        pop(&arena, frames[i]);
    }
    tmlrt_arena_fini(&arena);
}

TEST(arena__push_and_pop_at_a_slab_edge__allocates_once) {
    tmlrt_arena arena = {0};
    void* base = push(&arena, 64, 16);
    void* filler = push(&arena, (uint64_t)(arena.end - arena.cur), 1);
    uint64_t slabs = trt_arena_num_slabs();
    for (int i = 0; i < 1000; i++) {
        void* edge = push(&arena, 128, 16);
        void* more = push(&arena, 4000, 16);
        pop(&arena, more);
        pop(&arena, edge);
        pop(&arena, filler);
        filler = push(&arena, (uint64_t)(arena.end - arena.cur), 1);
    }
    EXPECT(trt_arena_num_slabs() - slabs <= 3);
    pop(&arena, filler);
    pop(&arena, base);
    tmlrt_arena_fini(&arena);
}

TEST(arena__huge_and_overaligned_frame__fits) {
    tmlrt_arena arena = {0};
    char* frame = push(&arena, 1 << 20, 4096);
    EXPECT_EQ((uintptr_t)frame % 4096, 0);
    memset(frame, 1, 1 << 20);
    tmlrt_arena_fini(&arena);
    tmlrt_arena_fini(&arena);
}

static void grow_without_memory(void* arena) {
    tmlrt_arena_grow(arena, UINT64_MAX - 8, 16);
}

static void grow_a_little(void* arena) {
    tmlrt_arena_grow(arena, 64, 16);
}

TEST(arena_grow__without_memory_in_a_task__fails_with_nomem) {
    tmlrt_arena arena = {0};
    EXPECT_EQ(trt_guard_call(NULL, "task", 1, grow_without_memory, &arena), TMLRT_E_NOMEM);
    EXPECT(arena.slabs == NULL);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_guard_call(NULL, "task", 1, grow_a_little, &arena), TMLRT_E_NOMEM);
    EXPECT(test_allocator_hit());
}

static void grow_outside(void) {
    tmlrt_arena arena = {0};
    tmlrt_arena_grow(&arena, UINT64_MAX - 100, 16);
}

TEST(arena_grow__without_memory_outside__ends_the_process) {
    char text[256];
    EXPECT_EQ(test_child(grow_outside, text, sizeof(text)), 1000 + SIGABRT);
    EXPECT(strstr(text, "out of memory") != NULL);
}

static void alloc_frame(void* out) {
    *(void**)out = tmlrt_frame_alloc(100, 64);
}

TEST(frame_alloc__with_and_without_memory__aligned_or_nomem) {
    void* frame = NULL;
    EXPECT_EQ(trt_guard_call(NULL, "task", 1, alloc_frame, &frame), TMLRT_OK);
    EXPECT_EQ((uintptr_t)frame % 64, 0);
    tmlrt_frame_free(frame, 100, 64);
    tmlrt_frame_free(NULL, 100, 64);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_guard_call(NULL, "task", 1, alloc_frame, &frame), TMLRT_E_NOMEM);
}

static void poll_done(void) {
    tmlrt_frame frame = {TMLRT_FRAME_DONE, 0};
    tmlrt_poll_after_done(&test_plain_desc, &frame);
}

TEST(poll_after_done__done_frame__aborts_and_names_the_future) {
    char text[256];
    EXPECT_EQ(test_child(poll_done, text, sizeof(text)), 1000 + SIGABRT);
    EXPECT(strstr(text, "`test`") != NULL && strstr(text, "after it had ended") != NULL);
}
