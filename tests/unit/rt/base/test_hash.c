// SPDX-License-Identifier: Apache-2.0
#include "rt/base/hash.h"

#include "rt/os/random.h"
#include "tests/support/harness.h"

TEST(hash__any_byte_or_length_changed__another_value) {
    uint8_t data[40] = {0};
    trt_hash_key key = {1, 2};
    for (size_t len = 0; len < sizeof data; len++) {
        uint64_t base = trt_hash(key, data, len);
        EXPECT(base != trt_hash(key, data, len + 1));
        for (size_t i = 0; i < len; i++) {
            data[i] ^= 0x80;
            EXPECT(base != trt_hash(key, data, len));
            data[i] ^= 0x80;
        }
    }
}

TEST(hash__other_key__other_value) {
    EXPECT(trt_hash((trt_hash_key){1, 2}, "abc", 3) != trt_hash((trt_hash_key){1, 3}, "abc", 3));
    EXPECT(trt_hash((trt_hash_key){1, 2}, "abc", 3) == trt_hash((trt_hash_key){1, 2}, "abc", 3));
}

TEST(hash__known_vectors__as_published) {
    // SipHash-1-3 of bytes 0..n-1 under the key 00 01 .. 0f.
    static const struct {
        size_t len;
        uint64_t value;
    } rows[] = {{0, 0xabac0158050fc4dc},
                {1, 0xc9f49bf37d57ca93},
                {8, 0x369095118d299a8e},
                {15, 0xd320d86d2a519956}};
    uint8_t data[16];
    for (uint8_t i = 0; i < sizeof data; i++) {
        data[i] = i;
    }
    trt_hash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    for (size_t i = 0; i < 4; i++) {
        EXPECT_EQ(trt_hash(key, data, rows[i].len), rows[i].value);
    }
}

TEST(random__two_draws__differ) {
    uint64_t a[3] = {0}, b[3] = {0};
    trt_os_random(a, sizeof a);
    trt_os_random(b, sizeof b - 1);
    EXPECT(memcmp(a, b, sizeof a) != 0);
    EXPECT(a[0] != 0 && a[2] != 0);
}
