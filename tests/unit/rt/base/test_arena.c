// SPDX-License-Identifier: Apache-2.0
#include "rt/base/arena.h"

#include "tests/support/harness.h"

TEST(arena_alloc__many_sizes_and_alignments__disjoint_and_aligned) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    char* last_end = NULL;
    for (size_t i = 1; i < 400; i++) {
        size_t align = (size_t)1 << (i % 7);
        char* ptr = trt_arena_alloc(&arena, i * 7, align);
        REQUIRE(ptr != NULL);
        EXPECT((uintptr_t)ptr % align == 0);
        EXPECT(last_end == NULL || ptr >= last_end || ptr + i * 7 <= last_end - (i - 1) * 7);
        memset(ptr, (int)i, i * 7);
        last_end = ptr + i * 7;
    }
    trt_arena_fini(&arena);
    EXPECT_EQ(arena.held_bytes, 0);
}

TEST(arena_dup__bytes_with_a_nul__copied_and_terminated) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    char* copy = trt_arena_dup(&arena, "a\0b", 3);
    REQUIRE(copy != NULL);
    EXPECT(memcmp(copy, "a\0b", 4) == 0);
    EXPECT_STR(trt_arena_dup(&arena, NULL, 0), "");
    trt_arena_fini(&arena);
}

TEST(arena_alloc__over_the_cap__null_and_unchanged) {
    trt_arena arena;
    trt_arena_init(&arena, 10000);
    EXPECT(trt_arena_alloc(&arena, 4000, 8) != NULL);
    size_t held = arena.held_bytes;
    EXPECT(trt_arena_alloc(&arena, 9000, 8) == NULL);
    EXPECT_EQ(arena.held_bytes, held);
    EXPECT(trt_arena_alloc(&arena, 5000, 8) != NULL);
    EXPECT(arena.held_bytes <= 10000);
    EXPECT(trt_arena_alloc(&arena, SIZE_MAX, 8) == NULL);
    EXPECT(trt_arena_dup(&arena, "x", SIZE_MAX) == NULL);
    trt_arena_fini(&arena);
}

TEST(arena_reset__after_growth__keeps_one_first_chunk) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    void* first = trt_arena_alloc(&arena, 16, 16);
    for (int i = 0; i < 100; i++) {
        EXPECT(trt_arena_alloc(&arena, 3000, 16) != NULL);
    }
    EXPECT(arena.held_bytes >= 300000);
    trt_arena_reset(&arena);
    EXPECT_EQ(arena.held_bytes, 4096);
    uint64_t calls = test_allocator_calls();
    EXPECT(trt_arena_alloc(&arena, 16, 16) == first);
    EXPECT_EQ(test_allocator_calls(), calls);
    trt_arena_fini(&arena);
}

TEST(arena_reset__first_chunk_of_the_usual_size__no_calls_afterwards) {
    trt_arena arena = {0};
    EXPECT(trt_arena_alloc(&arena, 12 * 1024, 1) != NULL);
    for (int round = 0; round < 10; round++) {
        trt_arena_reset(&arena);
        uint64_t calls = test_allocator_calls();
        for (int i = 0; i < 12; i++) {
            EXPECT(trt_arena_alloc(&arena, 1000, 8) != NULL);
        }
        EXPECT_EQ(test_allocator_calls(), calls);
    }
    trt_arena_fini(&arena);
}

TEST(arena_reset__large_first_allocation__keeps_nothing) {
    trt_arena arena = {0};
    EXPECT(trt_arena_alloc(&arena, 100000, 1) != NULL);
    trt_arena_reset(&arena);
    EXPECT_EQ(arena.held_bytes, 0);
    EXPECT(trt_arena_alloc(&arena, 1, 1) != NULL);
    trt_arena_fini(&arena);
}

TEST(arena_alloc__no_memory__null_then_works) {
    trt_arena arena = {0};
    test_allocator_fail_at(1);
    EXPECT(trt_arena_alloc(&arena, 1, 1) == NULL);
    EXPECT(test_allocator_hit());
    EXPECT(trt_arena_alloc(&arena, 1, 1) != NULL);
    test_allocator_fail_at(1);
    EXPECT(trt_arena_dup(&arena, &arena, sizeof(arena) > 5000 ? 1 : sizeof(arena)) != NULL);
    EXPECT(trt_arena_alloc(&arena, 5000, 1) == NULL);
    trt_arena_fini(&arena);
}
