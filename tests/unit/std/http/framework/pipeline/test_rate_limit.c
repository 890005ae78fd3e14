// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/pipeline/rate_limit.h"

#include "tests/support/harness.h"

#include <stdio.h>

enum { S = 1000000000 };

static trt_rate_limiter* limiter_of(uint64_t num, uint64_t window_ns, uint32_t max_keys) {
    trt_rate_options options = {num, window_ns, max_keys};
    trt_rate_limiter* limiter = trt_rate_limiter_new(&options);
    EXPECT(limiter != NULL);
    return limiter;
}

static trt_rate_decision take(trt_rate_limiter* limiter, const char* key, uint64_t now_ns) {
    return trt_rate_limiter_take(limiter, key, strlen(key), now_ns);
}

TEST(rate_limit__burst_of_the_limit__then_one_per_share_of_the_window) {
    trt_rate_limiter* limiter = limiter_of(10, 10ull * S, 0);
    for (uint64_t i = 0; i < 10; i++) {
        trt_rate_decision d = take(limiter, "10.0.0.1", 5);
        EXPECT(d.allowed);
        EXPECT_EQ(d.limit, 10);
        EXPECT_EQ(d.remaining, 9 - i);
        EXPECT_EQ(d.reset_ns, (i + 1) * S);
    }
    trt_rate_decision d = take(limiter, "10.0.0.1", 5);
    EXPECT(!d.allowed);
    EXPECT_EQ(d.remaining, 0);
    EXPECT_EQ(d.retry_ns, S);
    EXPECT(!take(limiter, "10.0.0.1", 4 + S).allowed);
    EXPECT(take(limiter, "10.0.0.1", 5 + S).allowed);
    EXPECT(!take(limiter, "10.0.0.1", 5 + S).allowed);
    EXPECT(take(limiter, "10.0.0.2", 5).allowed); // another client is not concerned
    trt_rate_limiter_free(limiter);
}

TEST(rate_limit__window_passed__whole_limit_again) {
    trt_rate_limiter* limiter = limiter_of(3, S, 0);
    for (uint64_t round = 0; round < 50; round++) {
        uint32_t allowed = 0;
        for (uint64_t i = 0; i < 8; i++) {
            allowed += take(limiter, "a", round * S).allowed;
        }
        EXPECT_EQ(allowed, 3);
    }
    trt_rate_limiter_free(limiter);
}

TEST(rate_limit__window_not_divisible__never_more_than_the_limit) {
    trt_rate_limiter* limiter = limiter_of(7, 1000003, 0);
    uint32_t allowed = 0;
    for (uint64_t i = 0; i < 100; i++) {
        allowed += take(limiter, "a", 0).allowed;
    }
    EXPECT_EQ(allowed, 7);
    trt_rate_limiter_free(limiter);
}

TEST(rate_limit__ipv6__counts_by_64_bits) {
    trt_rate_limiter* limiter = limiter_of(1, S, 0);
    EXPECT(take(limiter, "2001:db8::1", 0).allowed);
    EXPECT(!take(limiter, "2001:db8::ffff:2", 0).allowed);
    EXPECT(take(limiter, "2001:db8:0:1::1", 0).allowed);
    EXPECT(take(limiter, "user:17", 0).allowed); // a key that is no address
    EXPECT(take(limiter, "", 0).allowed);
    trt_rate_limiter_free(limiter);
}

TEST(rate_limit__every_entry_in_use__new_keys_share_one_bucket_until_one_passes) {
    trt_rate_limiter* limiter = limiter_of(2, S, 1000);
    char key[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        trt_rate_decision d = take(limiter, key, 10);
        EXPECT(d.allowed && !d.shared);
    }
    EXPECT(take(limiter, "new1", 10).shared);
    EXPECT(take(limiter, "new2", 10).allowed);
    EXPECT(!take(limiter, "new3", 10).allowed);
    EXPECT(take(limiter, "k7", 10).allowed); // who was there keeps its own
    EXPECT(!take(limiter, "k7", 10).allowed);
    trt_rate_decision d = take(limiter, "new4", 10 + S);
    EXPECT(d.allowed && !d.shared);
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "m%d", i);
        EXPECT(take(limiter, key, 10 + (uint64_t)S * (uint64_t)(2 + i / 500)).allowed);
    }
    trt_rate_limiter_free(limiter);
}

TEST(rate_limit__options__clamped) {
    trt_rate_limiter* limiter = limiter_of(0, 0, 0);
    EXPECT_EQ(take(limiter, "a", 0).limit, 100);
    EXPECT_EQ(take(limiter, "a", 0).reset_ns, 2 * 60ull * S / 100);
    trt_rate_limiter_free(limiter);
    limiter = limiter_of(UINT64_MAX, UINT64_MAX, UINT32_MAX);
    EXPECT(take(limiter, "a", UINT64_MAX / 2).allowed);
    trt_rate_limiter_free(limiter);
}

TEST(rate_limit_new__no_memory__null_and_nothing_kept) {
    trt_rate_options options = {0};
    for (uint64_t nth = 1; nth <= 3; nth++) {
        test_allocator_fail_at(nth);
        EXPECT(trt_rate_limiter_new(&options) == NULL);
        EXPECT(test_allocator_hit());
    }
    test_allocator_fail_at(0);
    trt_rate_limiter_free(NULL);
}
