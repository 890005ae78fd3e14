// SPDX-License-Identifier: Apache-2.0
// Running a pipeline: what call.c does for a handler that has stages around it.
#ifndef TRT_HTTP_FRAMEWORK_CALL_PIPELINE_RUN_H
#define TRT_HTTP_FRAMEWORK_CALL_PIPELINE_RUN_H

#include "rt/exec/landing.h"
#include "std/http/core/error.h"
#include "std/http/framework/bind/bind.h"
#include "std/http/framework/call/call.h"
#include "std/http/framework/pipeline/pipeline.h"

/// What a segment is doing. Between LEFT and DONE something of it is live.
enum {
    TRT_SEGMENT_IDLE,
    TRT_SEGMENT_TAKEN,   ///< somebody has the leaf that runs it, unpolled
    TRT_SEGMENT_LEFT,    ///< it was dropped before it began
    TRT_SEGMENT_GUARDS,  ///< one is running in the shared place
    TRT_SEGMENT_WRAP,    ///< the frame of its middleware or interceptor is live
    TRT_SEGMENT_BIND,    ///< about to bind and to call the handler
    TRT_SEGMENT_PIPES,   ///< one is running in the shared place; the handler's frame is unstarted
    TRT_SEGMENT_HANDLER, ///< the handler's frame is live
    TRT_SEGMENT_FILTERS, ///< one is running in the shared place
    TRT_SEGMENT_DONE,
};

/// trt_segment is the part of a pipeline from one stage that wraps to the next: the guards before
/// it, and it; the last has the pipes and the handler. One panic boundary each. A stage's `next` is
/// the segment behind its own. Once a segment has begun, the one behind it is initialised.
struct trt_segment {
    trt_guard guard; ///< see trt_run_unlink
    trt_run* run;
    const trt_wrap* wrap;
    uint16_t cursor; ///< of guards, pipes or filters
    uint8_t phase;   ///< TRT_SEGMENT_*
    uint8_t unused;
    /// The context's while it is polled: a panic in a branch of a join leaves the branch's there.
    tmlrt_arena* arena;
    trt_next_leaf* leaf; ///< where its leaf is, or will be when it waits
    trt_arena_mark mark; ///< of the chain's arena, before a filter
};

/// trt_next_leaf is the leaf that runs a segment.
struct trt_next_leaf {
    tmlrt_frame head;
    trt_segment* segment;
};

/// trt_run is a running pipeline; it heads the request's block, the segments follow.
struct trt_run {
    trt_call head;              ///< what call.c sees: PIPED, nothing else
    trt_call call;              ///< the handler's, from the innermost segment on
    const trt_handler* handler; ///< NULL: the router found none
    const trt_pipeline* pipeline;
    const trt_handlers* handlers;
    trt_exchange* exchange;
    tmlrt_context* cx;      ///< of this poll, when it comes from the server
    trt_guard_scope* scope; ///< of this poll: the landings of all segments are in it
    /// The response that stages may hand on without more ado: it is `response`, nobody has failed,
    /// and it is the exchange's. Else trt_run_no_pass.
    tmlrt_response* pass;
    tmlrt_response* response; ///< of the segment that ended last
    tmlrt_response* detached; ///< those that stages were given and that are not the exchange's
    tmlrt_error* error;       ///< the last
    const trt_stage* sharing; ///< whose frame is live in the shared place
    trt_arena_mark mark;      ///< of the chain's arena, before the run
    trt_next_leaf first;      ///< of the outermost segment
    trt_no_handler no_handler;
    tmlrt_error spare_error; ///< without memory
    tmlrt_response spare_response;
    trt_segment segments[];
};

/// trt_run_start begins a request that was routed to `handler`, which has a pipeline.
/// Shape:   exchange->call is set; READY with a response, or PENDING.
tmlrt_poll trt_run_start(const trt_handlers* handlers, const trt_handler* handler,
                         trt_exchange* exchange, tmlrt_context* cx);
/// trt_run_start_unrouted begins one that has no route, inside of what is global, which is
/// something. Shape: as trt_run_start.
tmlrt_poll trt_run_start_unrouted(const trt_handlers* handlers, const trt_no_handler* no_handler,
                                  trt_exchange* exchange, tmlrt_context* cx);
/// trt_run_poll goes on after PENDING.
tmlrt_poll trt_run_poll(trt_run* run, tmlrt_context* cx);
/// trt_run_drop ends it in any state.
void trt_run_drop(trt_run* run);

// ---- pipeline_run.c and pipeline_inside.c ------------------------------------------------------

/// trt_run_at returns a place in the request's block.
static inline char* trt_run_at(trt_run* run, uint32_t offset) {
    return (char*)run + offset;
}
/// trt_run_no_pass is what `pass` is when there is nothing to hand on: no response, nor NULL.
static inline tmlrt_response* trt_run_no_pass(trt_run* run) {
    return (tmlrt_response*)(void*)run;
}
/// trt_run_may_pass lets the stages hand the run's response on if it needs nothing.
static inline void trt_run_may_pass(trt_run* run) {
    bool plain = run->error == NULL && !run->response->detached;
    run->pass = plain ? run->response : trt_run_no_pass(run);
}
/// trt_segment_init makes a segment that has not begun.
static inline void trt_segment_init(trt_segment* segment, trt_run* run, const trt_wrap* wrap) {
    segment->guard = (trt_guard){0};
    segment->run = run;
    segment->wrap = wrap;
    segment->cursor = 0;
    segment->phase = TRT_SEGMENT_IDLE;
    segment->unused = 0; // one store with the two before
}
/// trt_run_object returns the object of a stage or controller: the singleton, else what
/// call_scope.c made for this request.
static inline const void* trt_run_object(const trt_run* run, const void* singleton, uint32_t node) {
    return TRT_UNLIKELY(singleton == NULL) ? trt_di_ready(run->exchange->scope, node) : singleton;
}
/// Where the usual arguments of a stage that wraps are: this, request, next.
enum { TRT_PLAIN_REQUEST = sizeof(void*), TRT_PLAIN_NEXT = 2 * sizeof(void*) };

/// trt_segment_wrap fills the args of the stage that wraps, the segment behind being its next, and
/// returns them. The two offsets, into the args, are `wrap`'s.
static inline char* trt_segment_wrap(trt_segment* segment, trt_run* run, const trt_wrap* wrap,
                                     const void* object, size_t request_at, size_t next_at) {
    const void* request = &run->exchange->request;
    const void* next = segment + 1;
    char* args = trt_run_at(run, wrap->place);
    trt_segment_init(segment + 1, run, wrap + 1);
    memcpy(args, &object, sizeof object);
    memcpy(args + request_at, &request, sizeof request);
    memcpy(args + next_at, &next, sizeof next);
    segment->phase = TRT_SEGMENT_WRAP;
    return args;
}

/// trt_segment_begin_plain polls a segment for the first time that is a stage with a start, nothing
/// before it, and the usual arguments. Returns the response, NULL: it waits. `leaf`: see
/// trt_segment.
tmlrt_response* trt_segment_begin_plain(trt_next_leaf* leaf, tmlrt_context* cx,
                                        trt_segment* segment, trt_run* run, const trt_wrap* wrap);
/// trt_segment_begin polls every other one.
tmlrt_response* trt_segment_begin(trt_next_leaf* leaf, tmlrt_context* cx, trt_segment* segment,
                                  trt_run* run, const trt_wrap* wrap);

// What runs inside of a segment's landing. READY in phase WRAP: its stage is done, and what it
// returned is the value of one that is `direct`, else at its out_at; in another phase the run has
// its response. `arg` is not looked at.

/// trt_segment_first is the first poll of a segment that ends in a stage; trt_segment_first_guarded
/// of one with guards.
tmlrt_started trt_segment_first(void* at, tmlrt_context* cx, void* arg);
tmlrt_started trt_segment_first_guarded(void* at, tmlrt_context* cx, void* arg);
/// trt_segment_again is every other poll of it.
tmlrt_started trt_segment_again(void* at, tmlrt_context* cx, void* arg);
/// trt_segment_last is the first poll of the innermost segment: binding, pipes and handler;
/// trt_segment_last_guarded of one with guards. The value is the response, or 0 with the run's.
tmlrt_started trt_segment_last(void* at, tmlrt_context* cx, void* arg);
tmlrt_started trt_segment_last_guarded(void* at, tmlrt_context* cx, void* arg);
/// trt_segment_last_again is every other poll of it.
tmlrt_started trt_segment_last_again(void* at, tmlrt_context* cx, void* arg);

// ---- pipeline_shared.c -------------------------------------------------------------------------

/// trt_segment_filters asks the filters from the cursor on until one answers. PENDING, or READY.
tmlrt_poll trt_segment_filters(trt_segment* segment, tmlrt_context* cx);
/// trt_stage_take takes an answer apart: what is in it, or NULL after an Err became the run's
/// error.
char* trt_stage_take(trt_run* run, const trt_stage* stage, char* out);

// ---- pipeline_error.c --------------------------------------------------------------------------

/// trt_run_fail makes `problem` the run's error and its answer the response. Without memory both
/// are the spare ones, 503.
void trt_run_fail(trt_run* run, const trt_problem* problem, const char* name, trt_header extra);
/// trt_run_fail_status is trt_run_fail with a status alone.
void trt_run_fail_status(trt_run* run, int32_t status);
/// trt_run_fail_value is trt_run_fail by an Err of `type` at `value`, or takes the Response that it
/// is.
void trt_run_fail_value(trt_run* run, const tmlrt_meta_type* type, const char* value);
/// trt_run_fail_bind is trt_run_fail by what cannot be bound.
void trt_run_fail_bind(trt_run* run, const trt_bind_errors* errors);
/// trt_run_fail_no_handler answers in the place of a handler.
void trt_run_fail_no_handler(trt_run* run);
/// trt_run_answer takes what the handler returned: an error, or a response.
void trt_run_answer(trt_run* run);
/// trt_filter_takes tells whether a filter is asked about an error.
bool trt_filter_takes(const trt_stage* filter, const tmlrt_error* error);
/// trt_adopt_strings moves every Str of a value, which is libc malloc, to the arena.
/// Errors:  NOMEM - those that had no room are freed and null.
TMLRT_NODISCARD tmlrt_status trt_adopt_strings(trt_arena* arena, const tmlrt_meta_type* type,
                                               char* place);

#endif
