// SPDX-License-Identifier: Apache-2.0
// The one place where an internal invariant ends the process.
#include "rt/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void trt_check_failed(const char* expr, const char* file, int line) {
    fprintf(stderr, "tmlrt: internal check failed: %s (%s:%d)\n", expr, file, line);
    abort();
}
