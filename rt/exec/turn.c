// SPDX-License-Identifier: Apache-2.0
// Which branch a pass over several futures begins with: a number of the thread's own sequence. Not
// a counter, because programs that do things in turn would meet it in step and always get the same
// answer; not the clock, because runs under a virtual clock must repeat themselves. A seeded
// runtime (seeded.h) begins the sequence with a number of its own.
#include "rt/exec/turn.h"

#include <tmlrt/abi/functions.h>

static __thread uint32_t tl_turn __attribute__((tls_model("initial-exec")));

void trt_turn_seed(uint32_t seed) {
    tl_turn = seed;
}

uint32_t tmlrt_turn(uint32_t count) {
    tl_turn = tl_turn * 1664525u + 1013904223u; // Knuth's; the upper bits are the good ones
    return (uint32_t)((uint64_t)tl_turn * count >> 32);
}
