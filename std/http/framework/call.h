// SPDX-License-Identifier: Apache-2.0
// A call: one request going through route, binding and handler to an answer.
#ifndef TRT_HTTP_FRAMEWORK_CALL_H
#define TRT_HTTP_FRAMEWORK_CALL_H

#include "rt/exec/guard.h"
#include "std/http/framework/handler.h"
#include "std/http/server/service.h"

/// trt_call is the state of a handler that was started; exchange->call points to it. It heads the
/// handler's piece of the request's arena.
typedef struct trt_call {
    const trt_handler* handler;
    trt_guard guard; ///< the handler's own panic boundary: a panic is a 500, the connection lives
    uint32_t state;
    bool arena_used;             ///< the chain's arena had slabs before the handler
    char *arena_cur, *arena_end; ///< and where it ended: a panicking handler is popped back to here
    char *args, *frame, *out;
} trt_call;

/// trt_call_service fills a service whose `self` is the handlers.
void trt_call_service(trt_service* out, const trt_handlers* handlers);

#endif
