// SPDX-License-Identifier: Apache-2.0
// The access log: a line per exchange, written by a thread of its own. Workers never wait for it: a
// line goes into the ring of its worker or is dropped and counted (docs/design/operations.md).
#ifndef TRT_HTTP_SERVER_ACCESS_LOG_H
#define TRT_HTTP_SERVER_ACCESS_LOG_H

#include <tmlrt/abi/status.h>

#include "std/http/server/access_format.h"

typedef struct trt_access_log trt_access_log;

/// trt_access_log_open opens the file (made with mode 0640) and starts the thread. The texts of
/// `options` are copied.
/// Errors:  those of trt_file_open; NOMEM; AGAIN - no thread.   Thread: any.
TMLRT_NODISCARD tmlrt_status trt_access_log_open(trt_access_log** out,
                                                 const trt_access_options* options,
                                                 uint32_t num_workers);
/// trt_access_log_put formats a line into the ring of `worker`; one that finds no room is dropped.
/// Thread:  one at a time per worker.   Cost: no lock, no allocation; a system call at most once in
/// 100 ms and once per half ring.
void trt_access_log_put(trt_access_log* log, uint32_t worker, const trt_access_entry* entry);
/// trt_access_log_reopen has the file opened anew before the next line is written: for programs
/// that rotate logs by renaming. When that fails the old file is kept, and it is logged.
/// Thread:  any.
void trt_access_log_reopen(trt_access_log* log);
/// trt_access_log_dropped returns how many lines were dropped, or lost by a write that failed.
/// Thread:  any.
uint64_t trt_access_log_dropped(const trt_access_log* log);
/// trt_access_log_stop writes what was put and ends the thread; it waits 5 s at most (a pipe that
/// nobody reads). A second call does nothing.   Thread: not a worker; nobody puts any more.
void trt_access_log_stop(trt_access_log* log);
/// trt_access_log_free stops and frees; takes NULL.
void trt_access_log_free(trt_access_log* log);

#endif
