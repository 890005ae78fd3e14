// SPDX-License-Identifier: Apache-2.0
#include "rt/base/bytes.h"

#include "tests/support/harness.h"

enum { MAX_LEN = 40 };

TEST(bytes_copy__every_length__exactly_those_bytes) {
    char from[MAX_LEN], to[MAX_LEN + 2];
    for (size_t len = 0; len <= MAX_LEN; len++) {
        for (size_t i = 0; i < len; i++) {
            from[i] = (char)(i * 7 + len);
        }
        memset(to, '#', sizeof to);
        EXPECT(trt_bytes_copy(to + 1, from, len) == to + 1 + len);
        EXPECT(memcmp(to + 1, from, len) == 0);
        EXPECT(to[0] == '#' && to[len + 1] == '#');
    }
}

TEST(bytes_equal__every_length_and_difference__as_memcmp) {
    char a[MAX_LEN], b[MAX_LEN];
    for (size_t len = 0; len <= MAX_LEN; len++) {
        memset(a, 'x', sizeof a);
        memset(b, 'x', sizeof b);
        memset(b + len, 'y', sizeof b - len);
        EXPECT(trt_bytes_equal(a, b, len));
        for (size_t i = 0; i < len; i++) {
            b[i] ^= 0x20;
            EXPECT(!trt_bytes_equal(a, b, len));
            b[i] ^= 0x20;
        }
    }
}
