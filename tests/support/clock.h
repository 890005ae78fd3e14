// SPDX-License-Identifier: Apache-2.0
// A current-thread runtime on a virtual clock: sleeping costs no time.
#ifndef TESTS_SUPPORT_CLOCK_H
#define TESTS_SUPPORT_CLOCK_H

#include "rt/exec/runtime.h"

/// test_clock starts at 1 s; read `now_ns` to see where it is.
typedef struct test_clock {
    uint64_t now_ns;
} test_clock;

static inline uint64_t test_clock_now(void* self) {
    return ((test_clock*)self)->now_ns;
}
static inline void test_clock_advance(void* self, uint64_t now_ns) {
    test_clock* clock = self;
    clock->now_ns = now_ns > clock->now_ns ? now_ns : clock->now_ns;
}
/// test_clock_runtime makes the runtime; NULL without memory.
static inline tmlrt_runtime* test_clock_runtime(test_clock* clock) {
    const tmlrt_runtime_options options = {.workers = 1};
    trt_runtime_config config;
    tmlrt_runtime* runtime = NULL;
    clock->now_ns = 1000000000;
    if (trt_runtime_configure(&config, &options) == TMLRT_OK) {
        config.clock = (trt_clock){test_clock_now, test_clock_advance, clock};
        (void)!trt_runtime_new(&runtime, &config);
    }
    return runtime;
}

#endif
