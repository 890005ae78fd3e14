// SPDX-License-Identifier: Apache-2.0
// getrandom(2), which does not block once the machine has started.
#include "rt/os/random.h"

#include "rt/base/hash.h"
#include "rt/os/clock.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

static void mix(uint8_t* out, size_t len) {
    static int place;
    trt_hash_key key = {trt_os_now_ns(), (uintptr_t)&place ^ (uint64_t)trt_os_wall_s()};
    for (size_t at = 0; at < len; at += 8) {
        uint64_t seed[] = {at, (uintptr_t)&seed, trt_os_now_ns()};
        uint64_t word = trt_hash(key, seed, sizeof seed);
        memcpy(out + at, &word, len - at < 8 ? len - at : 8);
    }
}

void trt_os_random(void* out, size_t len) {
    uint8_t* at = out;
    while (len > 0) {
        ssize_t num = getrandom(at, len, 0);
        if (num < 0 && errno == EINTR) {
            continue;
        }
        if (num <= 0) {
            mix(at, len);
            return;
        }
        at += num;
        len -= (size_t)num;
    }
}
