// SPDX-License-Identifier: Apache-2.0
// Smoke: a client that calls every route of the running program and compares with its examples.
#ifndef TRT_HTTP_FRAMEWORK_SMOKE_H
#define TRT_HTTP_FRAMEWORK_SMOKE_H

#include "rt/os/socket.h"
#include "std/http/framework/app.h"

/// trt_smoke_run sends every example in order of (file, line), then a made-up request to every
/// route that has none, and prints requests and answers to stdout. Returns how many were not as
/// expected (a route without an example must not answer 5xx); every failure to get an answer
/// counts. Thread:  any that may block; not a worker.
uint32_t trt_smoke_run(const trt_app* app, const trt_addr* server);

/// trt_smoke_make_request writes a request for a route that has no example: parameters, query and
/// body filled with small values of their types. `out` then reads as an example's request.
void trt_smoke_make_request(const trt_app* app, uint32_t index, trt_text* out);

/// trt_smoke_to_wire turns an example's request ("METHOD /path", header lines, empty line, body)
/// into HTTP/1.1 bytes for `host`.
void trt_smoke_to_wire(const char* request, const char* host, trt_text* out);

#endif
