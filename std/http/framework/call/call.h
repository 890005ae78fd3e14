// SPDX-License-Identifier: Apache-2.0
// A call: one request going through route, binding and handler to an answer.
#ifndef TRT_HTTP_FRAMEWORK_CALL_CALL_H
#define TRT_HTTP_FRAMEWORK_CALL_CALL_H

#include <string.h>

#include "rt/exec/guard.h"
#include "std/http/framework/call/handler.h"
#include "std/http/framework/di/scope.h"
#include "std/http/server/service.h"

/// trt_arena_mark is a chain's arena of child frames and where it ended: NULL when it was empty.
typedef struct trt_arena_mark {
    tmlrt_arena* arena;
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
    TRT_CALL_SCOPED,  ///< it heads a trt_scoped, which makes the request's objects
};

/// trt_call_init lays a call of `handler` out in its block (handler->size bytes at its align); the
/// args are zero but for `object`, the controller.
static inline void trt_call_init(trt_call* call, const trt_handler* handler, char* block,
                                 const void* object) {
    *call = (trt_call){.handler = handler,
                       .args = block + handler->args_offset,
                       .frame = block + handler->frame_offset,
                       .out = block + handler->out_offset};
    memset(call->args, 0, handler->route->args_size);
    memcpy(call->args, &object, sizeof object);
}
/// trt_frame_arm makes an unstarted frame of a thunk, whose one argument is `args`.
static inline void trt_frame_arm(char* frame, const void* args) {
    memset(frame, 0, sizeof(tmlrt_frame));
    memcpy(frame + sizeof(tmlrt_frame), &args, sizeof args);
}
/// trt_call_drop ends a handler in any state. A panic in a destructor was reported; what it left
/// behind stays behind.
void trt_call_drop(trt_call* call);

/// trt_call_count_panic counts a failure of handler or stage for the figures, unless it is want of
/// memory.
static inline void trt_call_count_panic(trt_exchange* exchange, tmlrt_status failure) {
    exchange->num_panics += failure != TMLRT_E_NOMEM && exchange->num_panics != UINT16_MAX;
}

/// trt_arena_mark_take notes where the chain's arena of child frames ends.
static inline void trt_arena_mark_take(trt_arena_mark* mark, const tmlrt_context* cx) {
    *mark = cx->arena != NULL ? (trt_arena_mark){cx->arena, cx->arena->cur, cx->arena->end}
                              : (trt_arena_mark){NULL, NULL, NULL};
}
/// trt_arena_mark_unwind pops what a panic left behind: no destructor of compiled code ran. The
/// context gets the marked arena back: the panic may have come from a branch of a join, which is
/// polled with one of its own.
void trt_arena_mark_unwind(const trt_arena_mark* mark, tmlrt_context* cx);

/// What a request without a handler gets in the handler's place.
typedef struct trt_no_handler {
    int32_t status; ///< 400, 404, 405, 414; 204: OPTIONS
    uint32_t allow; ///< TRT_METHOD_BIT
    const char* detail;
} trt_no_handler;

// ---- call_scope.c -------------------------------------------------------------------------------

/// trt_scoped is a request whose objects are being made; it heads nothing else.
typedef struct trt_scoped {
    trt_call head;              ///< what call.c sees: SCOPED
    const trt_handler* handler; ///< NULL: `no_handler` inside of what is global
    trt_no_handler no_handler;
} trt_scoped;

/// trt_call_is_scoped tells whether the controller or a stage is made per request; `handler` NULL:
/// what is global.   Thread: init.
bool trt_call_is_scoped(const trt_handlers* handlers, const trt_handler* handler);
/// trt_scoped_start notes a request (exchange->call) whose objects trt_scoped_poll will make.
/// Errors:  NOMEM.
TMLRT_NODISCARD tmlrt_status trt_scoped_start(const trt_handler* handler,
                                              const trt_no_handler* no_handler,
                                              trt_exchange* exchange);
/// trt_scoped_poll makes the objects that are not there. Returns
/// TMLRT_READY when all are there, TMLRT_PENDING, or a failure as trt_di_scope_poll.
tmlrt_status trt_scoped_poll(const trt_handlers* handlers, trt_exchange* exchange,
                             tmlrt_context* cx);

// ---- call.c -------------------------------------------------------------------------------------

/// trt_call_service fills a service whose `self` is the handlers.
void trt_call_service(trt_service* out, const trt_handlers* handlers);

#endif
