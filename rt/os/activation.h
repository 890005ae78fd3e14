// SPDX-License-Identifier: Apache-2.0
// Sockets that a service manager opened and handed to this process, in the protocol of
// sd_listen_fds(3). The variables of the environment are handed in.
#ifndef TRT_OS_ACTIVATION_H
#define TRT_OS_ACTIVATION_H

#include "rt/os/socket.h"

/// trt_activation_env is what the environment says; NULL or "": nothing.
typedef struct trt_activation_env {
    const char *fds, *pid, *names; ///< LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES
} trt_activation_env;

enum { TRT_ACTIVATED_MAX = 16 };

/// trt_activated is a listening socket that was open when the process began.
typedef struct trt_activated {
    trt_handle handle;
    trt_addr bound; ///< family 0: a Unix socket
    char name[64];  ///< as the manager calls it, "" when it does not; cut
} trt_activated;

/// trt_activation_take takes the sockets that were handed to this process: made non-blocking
/// and close-on-exec. Shape: out: TRT_ACTIVATED_MAX of them; *out_num 0: there are none, or they
/// are another process's.
/// Errors:  INVAL - LISTEN_FDS is no number, or there are too many. NOTCONN - one is no listening
///          stream socket (or is not open); *out_num is its place. OS.
/// Owns:    the handles are the caller's, on success only.   Thread: at start, once.
tmlrt_status trt_activation_take(trt_activated* out, uint32_t* out_num,
                                 const trt_activation_env* env);

#endif
