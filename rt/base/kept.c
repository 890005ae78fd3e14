// SPDX-License-Identifier: Apache-2.0
// Kept blocks: which are this thread's, and their end.
#include "rt/base/kept.h"

__thread trt_kept* trt_tls_kept __attribute__((tls_model("initial-exec")));

void trt_kept_clear(trt_kept* kept) {
    for (size_t kind = 0; kind < TRT_KEPT_SIZE / TRT_KEPT_UNIT; kind++) {
        for (void** block; (block = kept->kinds[kind]) != NULL;) {
            kept->kinds[kind] = *block;
            trt_free(block, (kind + 1) * TRT_KEPT_UNIT);
        }
    }
    kept->bytes = 0;
}
