// SPDX-License-Identifier: Apache-2.0
// Listeners: where a server listens. Every worker has a listening socket per place: one of its own
// where the system spreads connections over several (SO_REUSEPORT), else one handle on a socket
// that all of them share. Private to std/http/server.
#ifndef TRT_HTTP_SERVER_LISTENERS_H
#define TRT_HTTP_SERVER_LISTENERS_H

#include "rt/net/tcp.h"
#include "rt/os/unix.h"
#include "std/http/server/server.h"

/// trt_http_place is one place of a server.
typedef struct trt_http_place {
    trt_addr bound; ///< family 0: a Unix socket
    trt_http_spoken spoken;
    trt_unix_addr name; ///< of a Unix socket
    trt_unix_file file; ///< the file that it made, until trt_http_places_unlink
} trt_http_place;

/// trt_http_places is all of them, and the sockets of all workers; all-zero: none.
typedef struct trt_http_places {
    trt_http_place* items;
    uint32_t num;
    uint32_t num_workers;
    trt_tcp_listener* sockets; ///< num_workers times `num`
} trt_http_places;

/// trt_http_places_open listens on all of `listeners`, for each worker of `runtime` up to
/// `num_workers`, or on none: the log says which one failed.
/// Errors:  as trt_http_server_start.   Owns: handles of listeners that are open stay the caller's.
TMLRT_NODISCARD tmlrt_status trt_http_places_open(trt_http_places* out, tmlrt_runtime* runtime,
                                                  const trt_http_listener* listeners, uint32_t num,
                                                  uint32_t num_workers);
/// trt_http_places_of returns the `num` sockets of a worker.
static inline trt_tcp_listener* trt_http_places_of(const trt_http_places* places, uint32_t worker) {
    return places->sockets + (size_t)worker * places->num;
}
/// trt_http_places_close_worker closes the sockets of a worker; a second call does nothing.
/// Thread:  the worker, or one that knows that it does not run.
void trt_http_places_close_worker(trt_http_places* places, uint32_t worker);
/// trt_http_places_unlink removes the files of Unix sockets that are still the server's own. Call
/// it before they are closed.   Thread: one at a time.
void trt_http_places_unlink(trt_http_places* places);
/// trt_http_places_fini frees; every worker's sockets are closed.
void trt_http_places_fini(trt_http_places* places);
/// trt_http_listener_text writes how a person calls a place: "127.0.0.1:80", "unix:/run/x". `out`
/// of 128 bytes always suffices. Returns the length, without the NUL.
size_t trt_http_listener_text(const trt_http_listener* listener, char* out, size_t cap);

#endif
