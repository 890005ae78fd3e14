// SPDX-License-Identifier: Apache-2.0
// A program of di_program that was started, and its requests, without a server.
#ifndef TEST_DI_RIG_H
#define TEST_DI_RIG_H

#include "std/http/framework/app/app.h"
#include "std/http/framework/call/call.h"
#include "tests/support/di_program.h"

/// A started program and one exchange at a time.
typedef struct di_rig {
    di_program program;
    trt_app app;
    trt_service service;
    trt_arena arena;
    tmlrt_arena frames;
    trt_exchange exchange;
    trt_exchange_context cx;
    trt_atomic_ptr doing;
} di_rig;

/// di_rig_start checks and starts the program that is in the rig; a fault fails the test. di_log is
/// empty then.
void di_rig_start(di_rig* r);
void di_rig_stop(di_rig* r);

/// di_rig_begin starts a GET, di_rig_again polls on, di_rig_end drops the exchange.
tmlrt_poll di_rig_begin(di_rig* r, const char* path);
tmlrt_poll di_rig_again(di_rig* r);
void di_rig_end(di_rig* r);
/// di_rig_status returns the status of the answer that is there, 0 without one.
int di_rig_status(const di_rig* r);

#endif
