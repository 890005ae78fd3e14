// SPDX-License-Identifier: Apache-2.0
// How much memory the process may have and how much it has.
#ifndef TRT_OS_MEMORY_H
#define TRT_OS_MEMORY_H

#include "rt/os/poller.h"

/// trt_os_memory_cap returns how many bytes this process may take: the smallest limit of its
/// cgroups, when that is below the machine's memory, else 80 % of the machine's. Thread: any.
/// Cost:    opens a few files; once per server.
uint64_t trt_os_memory_cap(void);
/// trt_memory_probe_open opens what trt_memory_probe_read reads, so that a reading needs no free
/// handle.   Errors: MFILE, NOMEM; others - the system does not tell here.
tmlrt_status trt_memory_probe_open(trt_handle* out);
/// trt_memory_probe_read returns how many bytes of memory the process has (resident); 0 when the
/// system does not tell.   Cost: one system call.   Thread: any.
uint64_t trt_memory_probe_read(trt_handle probe);
/// trt_memory_probe_close closes; TRT_HANDLE_NONE is left alone.
void trt_memory_probe_close(trt_handle probe);
/// trt_os_memory_trim gives memory that the heap has free back to the system, where it can.
/// Cost:    a walk over the heap.   Thread: any.
void trt_os_memory_trim(void);

#endif
