// SPDX-License-Identifier: Apache-2.0
// The open-file limit, as it is now: servers derive their limit of connections from it.
#include "rt/os/socket.h"

#include <sys/resource.h>

uint64_t trt_handle_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return 1u << 20;
    }
    return (uint64_t)limit.rlim_cur;
}
