// SPDX-License-Identifier: Apache-2.0
// The words for what a task serves (serving.h). Any thread; allocates nothing.
#include "rt/exec/observe/serving.h"

#include <inttypes.h>
#include <stdio.h>

size_t trt_serving_text(char* out, size_t cap, const tmlrt_meta_route* route, uint32_t num_more) {
    out[0] = '\0';
    if (route == NULL) {
        return 0;
    }
    int len = snprintf(out, cap, " for %.16s %.60s.%.60s", route->method, route->cls, route->name);
    if (len > 0 && (size_t)len < cap && num_more != 0) {
        len += snprintf(out + len, cap - (size_t)len, " and %" PRIu32 " more", num_more);
    }
    return len < 0 ? 0 : (size_t)len < cap ? (size_t)len : cap - 1;
}
