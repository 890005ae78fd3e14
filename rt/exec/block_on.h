// SPDX-License-Identifier: Apache-2.0
// What block_on keeps for a thread.
#ifndef TRT_EXEC_BLOCK_ON_H
#define TRT_EXEC_BLOCK_ON_H

/// trt_block_on_forget gives this thread's parker back, as the end of the thread does: for tests
/// that count allocations.   Thread: not inside a block_on.
void trt_block_on_forget(void);

#endif
