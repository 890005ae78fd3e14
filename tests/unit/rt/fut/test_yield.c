// SPDX-License-Identifier: Apache-2.0
#include <tmlrt/abi/functions.h>

#include "tests/support/harness.h"
#include "tests/support/waker.h"

TEST(yield__polled_twice__woken_once_then_ready) {
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    test_waker waker = {0};
    tmlrt_yield_init(leaf);
    EXPECT_EQ(tmlrt_yield_desc.poll(leaf, test_waker_context(&waker), NULL), TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&waker), 1);
    EXPECT_EQ(tmlrt_yield_desc.poll(leaf, test_waker_context(&waker), NULL), TMLRT_READY);
    EXPECT_EQ(test_waker_wakes(&waker), 1);
    tmlrt_yield_desc.drop(leaf);
}
