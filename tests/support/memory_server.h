// SPDX-License-Identifier: Apache-2.0
// A real server on a virtual clock, with one connection that lies in memory: TLS over the duplex,
// whose ends close as those of TCP do. Server and client are tasks of one thread; nothing but a
// timer lets time pass.
#ifndef TESTS_SUPPORT_MEMORY_SERVER_H
#define TESTS_SUPPORT_MEMORY_SERVER_H

#include "std/http/server/h2_conn.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/tls_rig.h"

typedef struct memory_server {
    test_clock clock;
    tmlrt_runtime* runtime;
    trt_http_server* server;
    tls_rig rig; ///< `client` is the client's; `server` until memory_server_connect
} memory_server;

/// memory_server_begin makes what both ends need for TLS, until memory_server_end; tls_rig_warm_up
/// first.
void memory_server_begin(void);
void memory_server_end(void);
/// memory_server_start makes the server and both ends of the connection. Its answers are short: the
/// fields for browsers are left out. False, and the test has failed: it cannot.
bool memory_server_start(memory_server* ms, const trt_http_limits* limits,
                         const trt_service* service);
/// memory_server_run runs the client's future to its end.
void memory_server_run(memory_server* ms, test_step step, void* user);
/// memory_server_connect is for the client's first step: the server takes the connection.
void memory_server_connect(memory_server* ms, bool http2);
/// memory_server_stop closes the client, stops and frees everything.
void memory_server_stop(memory_server* ms);

/// memory_server_send sends from the client what is taken of `len` bytes, and returns how many.
size_t memory_server_send(memory_server* ms, tmlrt_context* cx, const void* data, size_t len);
/// memory_server_read reads at the client what is there, up to `cap` bytes, and returns how many.
/// *at_end: set when there is no more; then nothing is read.
size_t memory_server_read(memory_server* ms, tmlrt_context* cx, void* out, size_t cap,
                          bool* at_end);

/// memory_server_sleep begins to wait in the client's step; memory_server_slept tells whether it is
/// over (or was never begun), else the step answers PENDING.
void memory_server_sleep(test_future* client, uint64_t ns);
bool memory_server_slept(test_future* client, tmlrt_context* cx);

#endif
