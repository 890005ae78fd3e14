// SPDX-License-Identifier: Apache-2.0
// The clocks of POSIX systems. The monotonic clock is the one that poll timeouts and futexes are
// measured with, so a deadline and the sleep towards it agree; it stands still while the machine is
// suspended. Called by the timer driver and the codecs' callers. Any thread; no system call where
// the kernel offers a vDSO.
#include "rt/os/clock.h"

#include <time.h>

uint64_t trt_os_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

int64_t trt_os_wall_s(void) {
    return (int64_t)time(NULL);
}

uint64_t trt_os_wall_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
