// SPDX-License-Identifier: Apache-2.0
// Figures of frame storage, for tests and metrics.
#ifndef TRT_EXEC_FRAME_H
#define TRT_EXEC_FRAME_H

#include <stdint.h>

/// trt_arena_num_slabs returns how many slabs were ever allocated in the process.   Thread: any.
uint64_t trt_arena_num_slabs(void);

#endif
