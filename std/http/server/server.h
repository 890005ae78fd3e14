// SPDX-License-Identifier: Apache-2.0
// HTTP server: listeners on every worker, connections and their limits around one service, graceful
// stop. A program calls trt_http_server_run; the parts it is made of serve tests and embedders.
#ifndef TRT_HTTP_SERVER_SERVER_H
#define TRT_HTTP_SERVER_SERVER_H

#include <tmlrt/runtime.h>
#include <tmlrt/tls.h>

#include "rt/os/manager.h"
#include "std/http/core/counts.h"
#include "std/http/core/limits.h"
#include "std/http/core/security.h"
#include "std/http/server/access_options.h"
#include "std/http/server/service.h"

typedef struct trt_http_server trt_http_server;
typedef struct trt_http_spoken trt_http_spoken;

/// trt_http_spoken says what a listener's connections speak. All-zero is HTTP/1.1 in the clear.
struct trt_http_spoken {
    tmlrt_tls_holder* tls; ///< over TLS, with the configuration of the day; its ALPN chooses
    bool h2c;              ///< in the clear: HTTP/2 as well, by prior knowledge (RFC 9113 3.3)
    bool only_h2;          ///< with h2c: nothing but HTTP/2
};

/// trt_http_listener is one place to listen on: an address, a Unix socket, or a socket that listens
/// already.
typedef struct trt_http_listener {
    trt_addr addr;     ///< port 0: any free one
    bool v6_only;      ///< an IPv6 address takes no IPv4 peers
    bool is_open;      ///< `handle` counts, and nothing above; it stays the caller's
    const char* path;  ///< a Unix socket's file, "@name" for an abstract name; NULL: `addr` counts
    uint32_t mode;     ///< permissions of that file; 0: as the process's mask has it
    trt_handle handle; ///< a stream socket that does not block
    trt_http_spoken spoken;
} trt_http_listener;

/// trt_http_options says how to serve; all-zero but `addr` is every default.
typedef struct trt_http_options {
    trt_addr addr;                      ///< port 0: any free one; without `listeners`
    const trt_http_listener* listeners; ///< all of them or none are opened
    uint32_t num_listeners;             ///< 0: one, on `addr`
    trt_http_spoken spoken;    ///< without `listeners`; what it refers to outlives the server
    trt_http_limits limits;    ///< zero fields are defaults
    trt_access_options access; ///< all-zero: no access log
    uint32_t max_workers;      ///< serve on so many workers of the runtime at most; 0: on all
    bool metrics;              ///< requests are counted for trt_http_metrics_write
    bool plain_answers;        ///< answers go out without the fields of core/security.h
    tmlrt_slice hsts;          ///< Strict-Transport-Security of answers over TLS, outlives the
                               ///< server; empty: none. As trt_security_hsts_valid wants it
    /// SIGTERM and SIGINT stop the server, from before it accepts until trt_http_server_wait has
    /// returned; a second one aborts. SIGHUP opens the access log anew, if there is one. (start
    /// only: run always watches them)
    bool signals;
    /// Set to whether it was the access log that could not be opened; then nothing is logged of it.
    /// NULL: it is logged. (start only)
    bool* out_log_failed;
    /// Who is told that the server is ready, reloads, stops and lives; borrowed until
    /// trt_http_server_wait has returned. NULL: nobody.
    const trt_manager* manager;
    /// Called once, on the thread that runs the server, when every listener is open: the port
    /// accepts from now on. `bound` has the real port. NULL: nobody wants to know. (run only)
    void (*on_listening)(void* context, const trt_addr* bound);
    void* context;
    /// Tells how many bytes of memory the process has, 0 when it cannot; called every
    /// memory_beat_ns by one thread at a time. NULL: the system is asked.
    uint64_t (*memory_used)(void* memory_context);
    void* memory_context;
} trt_http_options;

/// trt_http_server_run serves on the default runtime until SIGTERM or SIGINT, then drains (limits:
/// lame_duck_ns, drain_ns) and returns; a second signal aborts. SIGINT, and SIGTERM when no
/// connection is open, leave the lame duck out. No call of `service` is made after it returned.
/// Errors:  those of trt_http_server_start and trt_http_server_wait - nothing was served.
/// Owns:    `service` is borrowed until the return.   Thread: one that is not a worker.
TMLRT_NODISCARD tmlrt_status trt_http_server_run(const trt_http_options* options,
                                                 const trt_service* service);

/// trt_http_server_start opens its listeners, for each worker of `runtime` and begins to accept.
/// Shape:   `service` and `runtime` outlive the server.
/// Errors:  ADDRINUSE, ADDRNOTAVAIL, PERM, MFILE, NOMEM, OS, SHUTDOWN, FULL (signals are watched
///          too often in this process), INVAL (hsts) - nothing is left behind.
/// Owns:    the caller gives its reference back with trt_http_server_free.   Thread: not a worker.
TMLRT_NODISCARD tmlrt_status trt_http_server_start(trt_http_server** out, tmlrt_runtime* runtime,
                                                   const trt_http_options* options,
                                                   const trt_service* service);
/// trt_http_server_limits replaces every 0 by what a server made now would use.   Thread: any.
void trt_http_server_limits(trt_http_limits* limits);
/// trt_http_server_bound returns the address that is listened on: the first listener's; family 0
/// for a Unix socket.   Thread: any.
trt_addr trt_http_server_bound(const trt_http_server* server);
/// trt_http_server_bound_at is that of listener `index`.   Thread: any.
trt_addr trt_http_server_bound_at(const trt_http_server* server, uint32_t index);
/// trt_http_server_num_conns returns how many connections are open.   Thread: any.
uint64_t trt_http_server_num_conns(const trt_http_server* server);
/// trt_http_server_count returns how often a limit was reached.   Thread: any.
uint64_t trt_http_server_count(const trt_http_server* server, enum trt_http_count which);

/// trt_http_server_reopen_log opens the access log's file anew, if there is one.   Thread: any.
void trt_http_server_reopen_log(trt_http_server* server);

/// What a stop begins with.
enum trt_http_stop {
    TRT_HTTP_STOP_GRACEFUL, ///< lame duck (when a connection is open), drain, abort
    TRT_HTTP_STOP_NOW,      ///< drain, abort
    TRT_HTTP_STOP_ABORT,
};
/// trt_http_server_stop begins or hastens the end: another call never slows one down.   Thread:
/// any.
void trt_http_server_stop(trt_http_server* server, enum trt_http_stop how);
/// trt_http_server_wait waits until the server has stopped and its connections are gone; drives a
/// current-thread runtime meanwhile.
/// Errors:  those of tmlrt_runtime_run.
/// Thread:  not a worker; once.
TMLRT_NODISCARD tmlrt_status trt_http_server_wait(trt_http_server* server);
/// trt_http_server_free gives the reference back; what still runs keeps the memory. Takes NULL.
void trt_http_server_free(trt_http_server* server);

#endif
