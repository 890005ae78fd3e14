// SPDX-License-Identifier: Apache-2.0
// A server on loopback with a service made for tests, and a client of raw bytes.
#ifndef TESTS_SUPPORT_HTTP_SERVER_H
#define TESTS_SUPPORT_HTTP_SERVER_H

#include "rt/base/atomic.h"
#include "std/http/server/admin.h"

#include <pthread.h>

/// test_server: what a path does:
///   /            200 "hello"           /echo      the request's body
///   /big?N       N bytes of 'b'        /null      no response
///   /status99    status 99             /inject    a field with CR LF, put there directly
///   /never       pends for ever        /gate      pends until test_server_open_gate
///   /detached    a response of its own /204       204 with a body
///   /fields?N    N fields of 100 bytes
///   /told        asks for its token and pends until that is cancelled: 200 with the reason's
///   number /children?N  asks for its scope and starts N tasks there that never end: 200 /own?N the
///   same in a scope of the service's own, which it forgets
/// /never?N may take N ms, the body of /echo?N N bytes; without N: what the server allows.
/// Everything else is 404. Routes, as log and metrics call them: GET "/" and POST "/echo".
typedef struct test_server {
    trt_http_server* server;
    trt_http_admin* admin; ///< set by a test that started one: ended behind the server
    tmlrt_runtime* runtime;
    pthread_t thread;
    trt_service service;
    int port;
    tmlrt_status status; ///< of trt_http_server_wait
    trt_atomic_u64 started, polled, dropped;
    trt_atomic_u64 memory; ///< what the server takes for the process's memory; 0: unknown
    trt_atomic_u64 num_memory_reads;
    trt_atomic_u32 gate;
    trt_atomic_u32 reasons;              ///< of /told, as bits, seen when its exchange is dropped
    trt_atomic_u32 live;                 ///< tasks of /children and /own
    trt_atomic_u64 num_children;         ///< that were started
    tmlrt_scope* own;                    ///< of the last /own: the test's to free
    trt_atomic_u32 running, max_running; ///< handlers between start and READY or drop
    pthread_mutex_t lock;
    tmlrt_waker waiting[64];
    int num_waiting;
} test_server;

/// test_server_start starts a runtime of `workers` and serves; `limits` may be NULL. Fails the case
/// and returns false when it cannot.
bool test_server_start(test_server* ts, uint32_t workers, const trt_http_limits* limits);
/// test_server_start_signals is the same, stopped by SIGTERM and SIGINT; test_server_join waits for
/// that.
/// test_server_start_with serves another service, copied, whose `self` is not the test_server.
bool test_server_start_with(test_server* ts, uint32_t workers, const trt_http_limits* limits,
                            const trt_service* service);
/// test_server_start_options takes everything from `options` but address, memory and service.
bool test_server_start_options(test_server* ts, uint32_t workers, const trt_http_options* options);
/// test_server_start_service is both.
bool test_server_start_service(test_server* ts, uint32_t workers, const trt_http_options* options,
                               const trt_service* service);
bool test_server_start_signals(test_server* ts, uint32_t workers, const trt_http_limits* limits);
void test_server_join(test_server* ts);
/// test_server_stopping tells whether a stop has begun.
bool test_server_stopping(const test_server* ts);
/// test_server_stop stops it and waits; `how` as trt_http_server_stop.
void test_server_stop(test_server* ts, enum trt_http_stop how);
void test_server_open_gate(test_server* ts);

/// client_connect returns a blocking socket with a receive timeout of 5 s; client_close closes it.
int client_connect(const test_server* ts);
void client_close(int fd);
/// client_reset closes with RST.
void client_reset(int fd);
bool client_send(int fd, const void* data, size_t len);
bool client_send_text(int fd, const char* text);
/// client_read reads one answer (head and Content-Length body; `head`: no body follows) into a
/// static buffer, NUL-terminated; NULL at the end of the stream or on a timeout. client_status
/// gives its code.
const char* client_read(int fd, bool head);
int client_status(const char* answer);
const char* client_body(const char* answer);
/// client_at_end tells whether the peer has closed (FIN or RST).
bool client_at_end(int fd);
/// client_get sends a GET and returns the answer's status, 0 when there is none.
int client_get(int fd, const char* path);

#endif
