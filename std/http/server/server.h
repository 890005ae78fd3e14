// SPDX-License-Identifier: Apache-2.0
// Running a server: listeners on every worker, connections, graceful stop. What the framework
// calls.
#ifndef TRT_HTTP_SERVER_SERVER_H
#define TRT_HTTP_SERVER_SERVER_H

#include <tmlrt/abi/status.h>

#include "rt/os/socket.h"
#include "std/http/core/limits.h"
#include "std/http/server/service.h"

/// trt_http_server_options says where and how to listen; all-zero but the address is every default.
typedef struct trt_http_server_options {
    trt_addr address;              ///< port 0: any free one
    const trt_http_limits* limits; ///< NULL: defaults; copied
    /// Called once, on the thread that runs the server, when every listener is open: the port
    /// accepts from now on. `bound` has the real port. NULL: nobody wants to know.
    void (*on_listening)(void* context, const trt_addr* bound);
    void* context;
} trt_http_server_options;

/// trt_http_server_run serves on the default runtime until SIGTERM, SIGINT or trt_http_server_stop,
/// then drains (limits: lame_duck_ns, drain_ns) and returns. No call of `service` is made after it
/// returned.
/// Errors:  ADDRINUSE, ADDRNOTAVAIL, PERM, MFILE, NOMEM, OS - nothing was served.
/// Owns:    `service` is copied, its `self` borrowed until the return.
/// Thread:  one that is not a worker; one server at a time in a process.
TMLRT_NODISCARD tmlrt_status trt_http_server_run(const trt_http_server_options* options,
                                                 const trt_service* service);
/// trt_http_server_stop stops the running server: gracefully, or with `now` without lame duck (idle
/// connections are closed, running requests still drain). Does nothing when none runs. Thread: any.
void trt_http_server_stop(bool now);

#endif
