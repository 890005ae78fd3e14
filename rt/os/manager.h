// SPDX-License-Identifier: Apache-2.0
// The service manager that started this process, if one did: telling it how things are, in the
// protocol of sd_notify(3). The variables of the environment are handed in.
#ifndef TRT_OS_MANAGER_H
#define TRT_OS_MANAGER_H

#include "rt/os/socket.h"

/// trt_manager is a manager that wants to be told; see trt_manager_open.
typedef struct trt_manager {
    trt_handle handle;    ///< TRT_HANDLE_NONE: nobody wants to know
    uint64_t watchdog_ns; ///< it waits at most so long for WATCHDOG=1; 0: it does not wait
} trt_manager;

/// trt_manager_env is what the environment says; NULL or "": nothing.
typedef struct trt_manager_env {
    const char *notify_socket, *watchdog_usec, *watchdog_pid;
} trt_manager_env;

/// trt_manager_open opens the way to whoever NOTIFY_SOCKET names; without one `out` tells nobody.
/// Errors:  INVAL - neither a path nor an abstract name (@). NAMELEN, NOTFOUND, CONNREFUSED, PERM,
///          MFILE, NOMEM, OS. `out` tells nobody then.
tmlrt_status trt_manager_open(trt_manager* out, const trt_manager_env* env);
/// trt_manager_tell sends "READY=1" and the like; what cannot be sent at once is lost.
/// Thread:  any.   Cost: a system call; none when nobody wants to know.
void trt_manager_tell(const trt_manager* manager, const char* text);
/// trt_manager_close closes.
void trt_manager_close(trt_manager* manager);

#endif
