// SPDX-License-Identifier: Apache-2.0
// A table of handles of a thread's own. The kernel counts every use of a handle, by an atomic
// operation before and after each system call, as soon as two threads share the table (fdget of
// fs/file.c); a process whose only other thread needs no handles pays that for nothing.
//
// CLOSE_RANGE_UNSHARE copies no more of the table than what stays (close_range(2), Linux 5.9), so
// nothing that the process closes is kept open here. Where it is not to be had, or not allowed,
// everything stays as it was.
//
// Called by the watchdog's thread. Thread: the one that wants its own.
#include "rt/os/thread.h"

#include "rt/base/sanitize.h"

#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1u << 1)
#endif

void trt_thread_leave_handles(void) {
#ifdef SYS_close_range
    // A sanitizer keeps handles of its own that all of its threads use.
    if (!TRT_SANITIZED &&
        syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, CLOSE_RANGE_UNSHARE) == 0) {
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
    }
#endif
}
