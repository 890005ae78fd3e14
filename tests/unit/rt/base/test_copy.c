// SPDX-License-Identifier: Apache-2.0
#include "rt/base/copy.h"

#include "tests/support/harness.h"

enum { MAX = 72, PAD = 8 };

typedef void (*copy_fn)(void* to, const void* from, uint64_t len);

// Every length, and nothing behind it.
static void check(copy_fn copy) {
    unsigned char from[MAX], to[MAX + PAD];
    for (unsigned i = 0; i < MAX; i++) {
        from[i] = (unsigned char)(i + 1);
    }
    for (uint64_t len = 0; len <= MAX; len++) {
        memset(to, 0xEE, sizeof(to));
        copy(to, from, len);
        EXPECT_EQ(memcmp(to, from, len), 0);
        for (uint64_t i = len; i < MAX + PAD; i++) {
            EXPECT_EQ(to[i], 0xEE);
        }
    }
}

static void copy_short(void* to, const void* from, uint64_t len) {
    trt_copy_short(to, from, len);
}
static void copy_tagged(void* to, const void* from, uint64_t len) {
    trt_copy_tagged(to, from, len);
}

TEST(copy__each_length__all_of_it_and_nothing_else) {
    check(copy_short);
    check(copy_tagged);
}
