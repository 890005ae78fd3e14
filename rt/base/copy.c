// SPDX-License-Identifier: Apache-2.0
// Copies of more than four words.
#include "rt/base/copy.h"

void trt_copy_more(void* to, const void* from, uint64_t len) {
    if (len > 40 || len % 8 != 0) {
        memcpy(to, from, len);
        return;
    }
    for (uint64_t at = 0; at < len; at += 8) {
        trt_copy_word(to, from, at);
    }
}
