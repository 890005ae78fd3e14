// SPDX-License-Identifier: Apache-2.0
#include "rt/base/kept.h"

#include "tests/support/harness.h"

#include <stdint.h>
#include <string.h>

// Without a worker, and with a sanitizer, blocks come from the heap and go there; the harness tells
// of one that is left, and of a size that is not the one it was allocated with.
TEST(kept__no_worker__the_heaps) {
    for (size_t size = 1; size <= 2 * TRT_KEPT_SIZE; size++) {
        void* block = trt_kept_alloc(size);
        REQUIRE(block != NULL);
        memset(block, 0xEE, size);
        trt_kept_free(block, size);
    }
}

TEST(kept__worker__gives_back_what_was_freed_last_of_that_kind) {
    trt_kept kept = {0};
    trt_tls_kept = &kept;
    void* first = trt_kept_alloc(100);
    void* second = trt_kept_alloc(97);
    void* other = trt_kept_alloc(96);
    trt_kept_free(first, 100);
    trt_kept_free(second, 97);
    trt_kept_free(other, 96);
    if (!TRT_SANITIZED) {
        EXPECT(trt_kept_alloc(112) == second);
        EXPECT(trt_kept_alloc(97) == first);
        EXPECT(trt_kept_alloc(81) == other);
        trt_kept_free(first, 97);
        trt_kept_free(second, 112);
        trt_kept_free(other, 81);
    }
    trt_kept_clear(&kept);
    trt_tls_kept = NULL;
}

TEST(kept__more_than_its_share__the_others_go_to_the_heap) {
    enum { NUM = 2 * TRT_KEPT_BYTES / TRT_KEPT_SIZE };
    static void* blocks[NUM];
    trt_kept kept = {0};
    trt_tls_kept = &kept;
    for (int i = 0; i < NUM; i++) {
        blocks[i] = trt_kept_alloc(TRT_KEPT_SIZE);
        REQUIRE(blocks[i] != NULL);
    }
    for (int i = 0; i < NUM; i++) {
        trt_kept_free(blocks[i], TRT_KEPT_SIZE);
    }
    EXPECT_EQ(kept.bytes, TRT_SANITIZED ? 0 : TRT_KEPT_BYTES);
    void* small = trt_kept_alloc(1); // of a kind of which none is kept
    trt_kept_free(small, 1);
    EXPECT_EQ(kept.bytes, TRT_SANITIZED ? 0 : TRT_KEPT_BYTES);
    trt_kept_clear(&kept);
    EXPECT_EQ(kept.bytes, 0);
    trt_tls_kept = NULL;
}

TEST(kept_alloc__no_memory__null) {
    trt_kept kept = {0};
    trt_tls_kept = &kept;
    test_allocator_fail_at(1);
    EXPECT(trt_kept_alloc(64) == NULL);
    trt_kept_clear(&kept);
    trt_tls_kept = NULL;
}
