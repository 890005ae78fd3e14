// SPDX-License-Identifier: Apache-2.0
// Requests through the service of a program of records, without a server.
#ifndef TEST_CALL_RIG_H
#define TEST_CALL_RIG_H

#include "std/http/framework/app/app.h"
#include "std/http/framework/call/call.h"
#include "tests/support/meta_program.h"

/// A program that was checked and started, and one exchange at a time.
typedef struct call_rig {
    meta_program program;
    trt_app app;
    trt_service service;
    trt_arena arena;
    tmlrt_arena frames;
    trt_exchange exchange;
    trt_exchange_context cx;
    trt_atomic_ptr doing; ///< the record of the route that was started last
    char text[2048];      ///< the answer: status, fields, body
} call_rig;

/// call_rig_start checks and starts the program that is in the rig; a fault fails the test.
void call_rig_start(call_rig* r);
void call_rig_stop(call_rig* r);

/// call_rig_request prepares an exchange. The target is copied; one at a time.
void call_rig_request(call_rig* r, const char* method, const char* raw);
/// call_rig_finish writes "status|Field: value|body" of the answer, without Content-Type, and ends
/// the exchange.
const char* call_rig_finish(call_rig* r);
/// call_rig_run polls a request that is READY at once, and finishes it.
const char* call_rig_run(call_rig* r);
/// call_rig_get and call_rig_send do all of it. `type` "": without a Content-Type.
const char* call_rig_get(call_rig* r, const char* target);
const char* call_rig_send(call_rig* r, const char* method, const char* target, const char* type,
                          const char* body);

#endif
