// SPDX-License-Identifier: Apache-2.0
// Offload: one call that blocks, made on the blocking pool while a leaf future waits for it. The
// call works on a block of its own, counted by the job and by the leaf, so that a leaf may be
// dropped at any time: a job that has not begun does not run, one that runs finishes on memory that
// is still there, and whoever comes last releases what it made.
#ifndef TRT_IO_OFFLOAD_H
#define TRT_IO_OFFLOAD_H

#include <tmlrt/task.h>

#include "rt/base/atomic.h"
#include "rt/exec/blocking.h"

typedef struct trt_offload trt_offload;

/// trt_offload is the head of the block. `run` and `fini` are set by who makes it, the rest is
/// zero.
struct trt_offload {
    void (*run)(trt_offload* op);  ///< the call; on a thread of the pool, at most once
    void (*fini)(trt_offload* op); ///< releases what is in the block, and the block; any thread
    /// ended is called once for a call that was given to the pool, when it was made or will not be;
    /// the pool is still there. May be NULL.
    void (*ended)(trt_offload* op);
    trt_atomic_u32 refs; ///< 0: not started, the leaf's alone
    tmlrt_task* task;    ///< the leaf's: the job's handle while it is waited for
};

/// trt_offload_pool returns the pool of this worker's runtime, elsewhere the default runtime's.
/// NULL: *out_status says why there is none.
trt_blocking* trt_offload_pool(tmlrt_status* out_status);
/// trt_offload_start gives the call to that pool, trt_offload_start_on to `pool`. They never fail:
/// poll tells. Thread: the leaf's.
void trt_offload_start(trt_offload* op);
void trt_offload_start_on(trt_offload* op, trt_blocking* pool);
/// trt_offload_poll answers READY with *out_status 0 when the call was made, else why it was not
/// (NOMEM, SHUTDOWN, AGAIN - no thread). Spends one unit of the budget.   Thread: the leaf's.
tmlrt_poll trt_offload_poll(trt_offload* op, tmlrt_context* cx, tmlrt_status* out_status);
/// trt_offload_leave gives up waiting and the leaf's reference, in any state, also before start;
/// takes NULL.   Thread: the leaf's.   Cost: allocates nothing, never waits.
void trt_offload_leave(trt_offload* op);

#endif
