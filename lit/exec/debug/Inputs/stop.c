// SPDX-License-Identifier: Apache-2.0
// Where the debugger stops.
#include <stdint.h>

void stop(int64_t value);
__attribute__((noinline)) void stop(int64_t value) {
    static volatile int64_t s_last;
    s_last = value;
}
