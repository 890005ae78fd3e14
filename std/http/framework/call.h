// SPDX-License-Identifier: Apache-2.0
// A call: one request going through route, binding and handler to an answer.
#ifndef TRT_HTTP_FRAMEWORK_CALL_H
#define TRT_HTTP_FRAMEWORK_CALL_H

#include <string.h>

#include "rt/exec/guard.h"
#include "std/http/framework/handler.h"
#include "std/http/server/service.h"

/// trt_arena_mark is where a chain's arena of child frames ended: NULL when it was empty.
typedef struct trt_arena_mark {
    char *cur, *end;
} trt_arena_mark;

/// trt_call is the state of a handler that was started; exchange->call points to it. It heads the
/// handler's piece of the request's arena.
typedef struct trt_call {
    const trt_handler* handler;
    trt_guard guard; ///< the handler's own panic boundary: a panic is a 500, the connection lives
    uint32_t state;
    trt_arena_mark mark; ///< before the handler: a panicking handler is popped back to here
    char *args, *frame, *out;
} trt_call;

/// States of a call.
enum {
    TRT_CALL_RUNNING, ///< the frame is live, maybe unstarted
    TRT_CALL_READY,   ///< the output is live
    TRT_CALL_DONE,    ///< neither is to be touched
    TRT_CALL_PIPED,   ///< it heads a trt_run, whose own call this is not
};

/// trt_call_init lays a call of `handler` out in its block (handler->size bytes at its align); the
/// args are zero but for the controller.
static inline void trt_call_init(trt_call* call, const trt_handler* handler, char* block) {
    *call = (trt_call){.handler = handler,
                       .args = block + handler->args_offset,
                       .frame = block + handler->frame_offset,
                       .out = block + handler->out_offset};
    memset(call->args, 0, handler->route->args_size);
    memcpy(call->args, &handler->object, sizeof handler->object);
}
/// trt_frame_arm makes an unstarted frame of a thunk, whose one argument is `args`.
static inline void trt_frame_arm(char* frame, const void* args) {
    memset(frame, 0, sizeof(tmlrt_frame));
    memcpy(frame + sizeof(tmlrt_frame), &args, sizeof args);
}
/// trt_call_drop ends a handler in any state. A panic in a destructor was reported; what it left
/// behind stays behind.
void trt_call_drop(trt_call* call);

/// trt_arena_mark_take notes where the chain's arena of child frames ends.
static inline void trt_arena_mark_take(trt_arena_mark* mark, const tmlrt_context* cx) {
    *mark = cx->arena != NULL ? (trt_arena_mark){cx->arena->cur, cx->arena->end}
                              : (trt_arena_mark){NULL, NULL};
}
/// trt_arena_mark_unwind pops what a panic left behind: no destructor of compiled code ran.
void trt_arena_mark_unwind(const trt_arena_mark* mark, const tmlrt_context* cx);

/// trt_call_service fills a service whose `self` is the handlers.
void trt_call_service(trt_service* out, const trt_handlers* handlers);

#endif
