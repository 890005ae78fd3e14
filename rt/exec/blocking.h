// SPDX-License-Identifier: Apache-2.0
// The blocking pool: threads for calls that block. Bounded threads, a bounded queue.
#ifndef TRT_EXEC_BLOCKING_H
#define TRT_EXEC_BLOCKING_H

#include <tmlrt/runtime.h>

#include "rt/exec/task.h"
#include "rt/sync/semaphore.h"

typedef struct trt_blocking trt_blocking;

typedef struct trt_blocking_config {
    uint32_t max_threads;
    uint32_t max_len;       ///< queued jobs; beyond, callers that may wait do
    uint32_t keep_alive_ms; ///< an idle thread ends after this
    uint64_t stack_bytes;
    char thread_name[16];     ///< "" is "tmlrt-block"
    tmlrt_thread_hooks hooks; ///< start and stop of its threads
} trt_blocking_config;

typedef struct trt_blocking_stats {
    uint32_t num_threads, num_idle;
    uint64_t num_queued;
    uint64_t num_jobs; ///< ever begun
} trt_blocking_stats;

/// trt_blocking_new makes a pool without threads; they start with the jobs.   Errors: NULL is
/// NOMEM.
trt_blocking* trt_blocking_new(const trt_blocking_config* config);
/// trt_blocking_submit queues fn(copy of arg) and returns its handle, never NULL: a failed one has
/// NOMEM, SHUTDOWN, or AGAIN (no thread could be started and none is there).
/// While the queue is full a caller waits here, unless it is a worker or a thread of the pool:
/// their jobs are queued above the bound (waiting there could be what the pool waits for), and such
/// a caller meets the bound when it awaits the handle.   Thread: any.
tmlrt_task* trt_blocking_submit(trt_blocking* pool, void (*fn)(void*), const void* arg,
                                uint64_t arg_len);
/// trt_blocking_submit_future is trt_blocking_submit for a future that answers READY at its first
/// poll and has no output. Its frame, a copy of `frame_len` bytes, is polled on a thread of the
/// pool or dropped when that is refused or was aborted before: one of the two, once.
tmlrt_task* trt_blocking_submit_future(trt_blocking* pool, const tmlrt_future_desc* desc,
                                       void* frame, uint64_t frame_len);
/// trt_blocking_slow returns the permits for calls that may hold a thread for very long (a name
/// service that does not answer): half as many as the pool has threads, at least one, so that the
/// other calls go on. Who takes one gives it back when its call has ended or was refused. Valid
/// while the pool has threads or its owner.
trt_semaphore* trt_blocking_slow(trt_blocking* pool);
/// trt_blocking_end is what a shutdown found.
typedef struct trt_blocking_end {
    uint64_t num_refused; ///< jobs that were queued
    uint64_t num_running; ///< jobs that ran on at the end
} trt_blocking_end;

/// trt_blocking_shutdown refuses new jobs, ends queued ones with SHUTDOWN, and waits for running
/// ones. Writes *out (may be NULL) in any case.
/// Errors:  TIMEDOUT - some still run; they end by themselves and free the pool.
tmlrt_status trt_blocking_shutdown(trt_blocking* pool, trt_blocking_end* out, uint64_t timeout_ns);
/// trt_blocking_free gives the owner's reference back, after shutdown; takes NULL.
void trt_blocking_free(trt_blocking* pool);
/// trt_blocking_is_busy tells whether a job is queued or runs.   Thread: any.
bool trt_blocking_is_busy(trt_blocking* pool);
/// trt_blocking_get_stats reads the figures.   Thread: any.
void trt_blocking_get_stats(trt_blocking* pool, trt_blocking_stats* out);

#endif
