// SPDX-License-Identifier: Apache-2.0
// Smoke: a client that calls every route of the running program and compares with its examples.
#ifndef TRT_HTTP_FRAMEWORK_APP_SMOKE_H
#define TRT_HTTP_FRAMEWORK_APP_SMOKE_H

#include "rt/os/socket.h"
#include "std/http/framework/app/app.h"

/// trt_smoke_case is a request and what its answer should be.
typedef struct trt_smoke_case {
    const char *cls, *name, *title;
    const char* file;
    uint32_t line;
    uint32_t status; ///< 0: anything below 500
    const char* request;
    const char* body; ///< NULL: any
} trt_smoke_case;

/// trt_smoke_answer is what came back.
typedef struct trt_smoke_answer {
    int status;         ///< 0: no answer
    tmlrt_status error; ///< why there is none; OK: it could not be read
    tmlrt_slice body;
} trt_smoke_answer;

/// trt_smoke_report writes what a person wants to see of one request; true when the answer was as
/// expected.
bool trt_smoke_report(trt_text* out, const trt_smoke_case* want, const trt_smoke_answer* got);

/// trt_smoke_run sends every example in order of (file, line), then a made-up request to every
/// route that has none, and prints requests and answers to stdout. Returns how many were not as
/// expected (a route without an example must not answer 5xx); every failure to get an answer
/// counts. Events whose end nobody said are looked at for a second. Thread:  any that may block;
/// not a worker.
uint32_t trt_smoke_run(const trt_app* app, const trt_addr* server);

/// trt_smoke_make_request writes a request for a route that has no example: parameters, query and
/// body filled with small values of their types. `out` then reads as an example's request.
void trt_smoke_make_request(const trt_app* app, uint32_t index, trt_text* out);

/// trt_smoke_to_wire turns an example's request ("METHOD /path", header lines, empty line, body)
/// into HTTP/1.1 bytes for `host`.
void trt_smoke_to_wire(const char* request, const char* host, trt_text* out);

/// trt_smoke_to_command turns an example's request into a line that a shell runs: curl, quoted.
/// Shape:   origin: "http://127.0.0.1:8080".
void trt_smoke_to_command(const char* request, const char* origin, trt_text* out);

/// trt_smoke_commands writes what a person can try: one command per route, for the first ten.
void trt_smoke_commands(const trt_app* app, const trt_addr* server, bool tls, trt_text* out);

#endif
