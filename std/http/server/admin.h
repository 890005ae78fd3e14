// SPDX-License-Identifier: Apache-2.0
// The admin listener: health, metrics and configuration of a server on an address of their own,
// which is nobody's but the operator's. docs/guide/operations.md tells users.
#ifndef TRT_HTTP_SERVER_ADMIN_H
#define TRT_HTTP_SERVER_ADMIN_H

#include "std/http/server/server.h"

typedef struct trt_http_admin trt_http_admin;

/// trt_http_admin_start serves /livez, /readyz, /metrics and /debug/config at `place`, on the first
/// worker of `server`'s runtime, until trt_http_admin_end.
/// Shape:   config: what /debug/config shows before the runtime's own settings, without secrets;
///          may be NULL. `server` was started, and outlives the admin listener.
/// Errors:  as trt_http_server_start.   Owns: config is copied.   Thread: not a worker.
TMLRT_NODISCARD tmlrt_status trt_http_admin_start(trt_http_admin** out,
                                                  const trt_http_server* server,
                                                  const trt_http_listener* place,
                                                  const char* config);
/// trt_http_admin_bound returns the address that is listened on.   Thread: any.
trt_addr trt_http_admin_bound(const trt_http_admin* admin);
/// trt_http_admin_end stops listening, waits for its connections (2 s at most) and frees; takes
/// NULL. Call it behind trt_http_server_wait of the server: until then /readyz answers that it
/// stops.   Thread: not a worker.
void trt_http_admin_end(trt_http_admin* admin);

#endif
