// SPDX-License-Identifier: Apache-2.0
#ifndef TRT_EXEC_TURN_H
#define TRT_EXEC_TURN_H

#include <stdint.h>

/// trt_turn_seed begins this thread's sequence of tmlrt_turn anew.
void trt_turn_seed(uint32_t seed);

#endif
