// SPDX-License-Identifier: Apache-2.0
#include "rt/base/buf.h"

#include "tests/support/harness.h"

static trt_buf_pool s_pool;

// Appends `len` bytes of a running counter.
static void append(trt_buf* buf, uint32_t len, unsigned char* next) {
    for (uint32_t i = 0; i < len; i++) {
        buf->data[buf->end++] = (char)(*next)++;
    }
}

static void expect_run(const trt_buf* buf, unsigned char first) {
    for (uint32_t i = buf->start; i < buf->end; i++) {
        if ((unsigned char)buf->data[i] != first++) {
            test_fail(__FILE__, __LINE__, "byte %u is wrong", i);
            return;
        }
    }
}

TEST(buf_pool__take_and_give__reuses_and_keeps_at_most_max) {
    char* blocks[3];
    trt_buf_pool_init(&s_pool, 2);
    for (int i = 0; i < 3; i++) {
        blocks[i] = trt_buf_pool_take(&s_pool);
        REQUIRE(blocks[i] != NULL);
    }
    EXPECT_EQ(s_pool.num_used, 3);
    for (int i = 0; i < 3; i++) {
        trt_buf_pool_give(&s_pool, blocks[i]);
    }
    EXPECT_EQ(s_pool.num_free, 2);
    uint64_t calls = test_allocator_calls();
    EXPECT(trt_buf_pool_take(&s_pool) == blocks[1]);
    EXPECT_EQ(test_allocator_calls(), calls);
    trt_buf_pool_give(&s_pool, blocks[1]);
    trt_buf_pool_give(&s_pool, NULL);
    trt_buf_pool_fini(&s_pool);
}

TEST(buf_reserve__until_the_limit__bytes_stay_and_blocks_go_back) {
    trt_buf buf = {0};
    unsigned char next = 0;
    trt_buf_pool_init(&s_pool, 4);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 100, 65536), TMLRT_OK);
    EXPECT_EQ(buf.cap, TRT_BUF_BLOCK);
    append(&buf, 16000, &next);
    trt_buf_consume(&buf, 1000);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 1384, 65536), TMLRT_OK); // moved to the front
    EXPECT(buf.start == 0 && buf.end == 15000 && buf.cap == TRT_BUF_BLOCK);
    expect_run(&buf, (unsigned char)1000);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 20000, 65536), TMLRT_OK);
    EXPECT_EQ(buf.cap, 65536);
    EXPECT_EQ(s_pool.num_used, 0);
    expect_run(&buf, (unsigned char)1000);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 50537, 65536), TMLRT_E_OVERFLOW);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, UINT32_MAX, UINT32_MAX), TMLRT_E_OVERFLOW);
    EXPECT_EQ(buf.end, 15000);
    trt_buf_consume(&buf, 15000);
    EXPECT(buf.start == 0 && buf.end == 0);
    trt_buf_release(&buf, &s_pool);
    trt_buf_release(&buf, &s_pool);
    EXPECT(buf.data == NULL);
    trt_buf_pool_fini(&s_pool);
}

TEST(buf_reserve__limit_between_two_sizes__cut_to_the_limit) {
    trt_buf buf = {0};
    trt_buf_pool_init(&s_pool, 1);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 100, 5000), TMLRT_OK);
    EXPECT_EQ(buf.cap, 5000);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 5001, 20000), TMLRT_OK);
    EXPECT_EQ(buf.cap, TRT_BUF_BLOCK);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 20000, 20000), TMLRT_OK);
    EXPECT_EQ(buf.cap, 20000);
    trt_buf_release(&buf, &s_pool);
    trt_buf_pool_fini(&s_pool);
}

TEST(buf_reserve__no_memory__unchanged) {
    trt_buf buf = {0};
    unsigned char next = 0;
    trt_buf_pool_init(&s_pool, 1);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 1, 65536), TMLRT_E_NOMEM);
    EXPECT(buf.data == NULL);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 1, 65536), TMLRT_OK);
    append(&buf, 10, &next);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_buf_reserve(&buf, &s_pool, 20000, 65536), TMLRT_E_NOMEM);
    EXPECT_EQ(buf.end, 10);
    expect_run(&buf, 0);
    trt_buf_release(&buf, &s_pool);
    trt_buf_pool_fini(&s_pool);
}
