// SPDX-License-Identifier: Apache-2.0
// What a segment does inside of its landing: guards, then the stage that wraps, or binding, pipes
// and the handler.
//
// A panic leaves through the landing, which is pipeline_run.c's, and so is dropping what is live.
// One worker.
#include "std/http/framework/call/answer.h"
#include "std/http/framework/call/events.h"
#include "std/http/framework/call/ffi_call.h"
#include "std/http/framework/call/pipeline_shared.h"

#include <string.h>

// ---- the innermost segment ---------------------------------------------------------------------

static inline __attribute__((always_inline)) tmlrt_status bind_args(trt_run* run,
                                                                    trt_bind_errors* errors) {
    const trt_handler* handler = run->handler;
    tmlrt_request* request = &run->exchange->request;
    trt_query query;
    query.num = 0;
    if (request->query.len != 0) {
        errors->num = 0;
        TRT_TRY(trt_query_parse(&query, request->arena, request->query, &run->handlers->limits,
                                &errors->detail));
    }
    if (trt_bind_numbers(handler->route, run->call.args, request, handler->path_index)) {
        return TMLRT_OK;
    }
    trt_bind_input input = {request, &query, handler->path_index, &run->handlers->keys,
                            &run->handlers->limits};
    return trt_bind_args(handler->route, run->call.args, &input, errors);
}

static __attribute__((noinline)) void fail_bind(trt_run* run, tmlrt_status status,
                                                const trt_bind_errors* errors) {
    trt_problem problem = {.status = 503};
    if (status == TMLRT_E_BIND) {
        trt_run_fail_bind(run, errors);
        return;
    }
    if (status == TMLRT_E_HTTP_PARSE || status == TMLRT_E_HTTP_LIMIT) {
        problem = (trt_problem){.status = 400, .detail = errors->detail};
    }
    trt_run_fail(run, &problem, NULL, (trt_header){0});
}

/// Lays the handler's call out and fills its args. False: the run has the answer to
/// what cannot be bound.
static inline __attribute__((always_inline)) bool bind(trt_run* run) {
    const trt_handler* handler = run->handler;
    trt_bind_errors errors;
    const void* object = trt_run_object(run, handler->object, handler->node);
    char* block = (char*)run;
    run->call.handler = handler;
    run->call.guard = (trt_guard){0};
    run->call.args = block + handler->args_offset;
    run->call.frame = block + handler->frame_offset;
    run->call.out = block + handler->out_offset;
    memset(run->call.args, 0, handler->route->args_size);
    memcpy(run->call.args, &object, sizeof object);
    tmlrt_status status = bind_args(run, &errors);
    if (TRT_UNLIKELY(status != TMLRT_OK)) {
        fail_bind(run, status, &errors);
        return false;
    }
    run->call.state = TRT_CALL_RUNNING;
    return true;
}

/// Takes what the handler returned, which is at `out`.
static __attribute__((noinline)) tmlrt_started answer(trt_run* run) {
    run->call.state = TRT_CALL_READY;
    trt_run_answer(run);
    return (tmlrt_started){TMLRT_READY, (uint64_t)(uintptr_t)run->response};
}

/// Polls a handler whose frame is live or armed, or calls it.
static __attribute__((noinline)) tmlrt_started poll_handler(trt_run* run, tmlrt_context* cx) {
    trt_call* call = &run->call;
    const tmlrt_future_desc* thunk = call->handler->route->thunk;
    if (thunk == NULL) {
        trt_ffi_run(call->handler->ffi, call->args, call->out);
    } else if (thunk->poll(call->frame, cx, call->out) == TMLRT_PENDING) {
        return (tmlrt_started){TMLRT_PENDING, 0};
    }
    return answer(run);
}

/// Polls a handler for the first time that has its args. Most return a Response of the exchange,
/// and no rule changes it.
static inline __attribute__((always_inline)) tmlrt_started
start_handler(trt_segment* segment, tmlrt_context* cx, trt_run* run, const trt_handler* handler) {
    segment->phase = TRT_SEGMENT_HANDLER;
    if (TRT_UNLIKELY(handler->start == NULL)) {
        if (handler->route->thunk != NULL) {
            trt_frame_arm(run->call.frame, run->call.args);
        }
        return poll_handler(run, cx);
    }
    tmlrt_started started = handler->start(run->call.frame, cx, run->call.args);
    if (TRT_UNLIKELY(started.status == TMLRT_PENDING)) {
        return started;
    }
    tmlrt_response* response = (tmlrt_response*)(uintptr_t)started.value;
    memcpy(run->call.out, &started.value, sizeof started.value);
    if (TRT_UNLIKELY(!handler->passes || response == NULL || response->detached)) {
        return answer(run);
    }
    run->call.state = TRT_CALL_READY;
    run->response = run->pass = response;
    return started;
}

/// What a segment answers whose guards or pipes did not go to their end.
static inline tmlrt_started stopped(int32_t result) {
    return (tmlrt_started){result == TMLRT_PENDING ? TMLRT_PENDING : TMLRT_READY, 0};
}

/// What a segment answers whose pipes did not go to their end.
static __attribute__((noinline)) tmlrt_started stopped_by_pipes(trt_run* run, int32_t result) {
    if (result != TMLRT_PENDING) {
        trt_call_drop(&run->call); // unstarted: its values
    }
    return stopped(result);
}

/// A stream of events begins where the guards have let it pass. False: the run has its answer.
static __attribute__((noinline)) bool begin_events(trt_run* run, tmlrt_context* cx) {
    tmlrt_response* response;
    if (trt_events_begin(run->handlers, run->handler, run->exchange, cx, &response)) {
        return true;
    }
    if (response == NULL || response->status >= 400) {
        trt_run_fail_status(run, response != NULL ? response->status : 503);
    } else {
        run->response = response;
    }
    return false;
}

/// Binding, pipes and handler.
static inline __attribute__((always_inline)) tmlrt_started begin_last(trt_segment* segment,
                                                                      tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_handler* handler = run->handler;
    if (TRT_UNLIKELY(handler == NULL)) {
        trt_run_fail_no_handler(run);
        return stopped(TRT_STOPPED);
    }
    if (TRT_UNLIKELY(handler->rules != NULL && handler->rules->events) && !begin_events(run, cx)) {
        return stopped(TRT_STOPPED);
    }
    if (!bind(run)) {
        return stopped(TRT_STOPPED);
    }
    if (handler->num_pipes != 0) {
        if (handler->route->thunk != NULL) { // they may leave it unstarted
            trt_frame_arm(run->call.frame, run->call.args);
        }
        segment->phase = TRT_SEGMENT_PIPES;
        int32_t result = trt_pipes_run(segment, run, handler->pipes);
        if (TRT_UNLIKELY(result != TMLRT_READY)) {
            return stopped_by_pipes(run, result);
        }
    }
    return start_handler(segment, cx, run, handler);
}

tmlrt_started trt_segment_last(void* at, tmlrt_context* cx, void* arg) {
    trt_segment* segment = at;
    (void)arg;
    segment->phase = TRT_SEGMENT_BIND;
    return begin_last(segment, cx);
}

tmlrt_started trt_segment_last_guarded(void* at, tmlrt_context* cx, void* arg) {
    trt_segment* segment = at;
    trt_run* run = segment->run;
    (void)arg;
    segment->phase = TRT_SEGMENT_GUARDS;
    int32_t result = trt_guards_run(segment, run, run->pipeline->guards);
    return TRT_LIKELY(result == TMLRT_READY) ? trt_segment_last(segment, cx, NULL)
                                             : stopped(result);
}

tmlrt_started trt_segment_last_again(void* at, tmlrt_context* cx, void* arg) {
    trt_segment* segment = at;
    int32_t result;
    (void)arg;
    switch (segment->phase) {
    case TRT_SEGMENT_HANDLER:
        return poll_handler(segment->run, cx);
    case TRT_SEGMENT_PIPES:
        result = trt_pipes_again(segment);
        return result == TMLRT_READY
                   ? start_handler(segment, cx, segment->run, segment->run->handler)
                   : stopped_by_pipes(segment->run, result);
    default:
        result = trt_guards_again(segment);
        return result == TMLRT_READY ? trt_segment_last(segment, cx, NULL) : stopped(result);
    }
}

// ---- a segment that ends in a stage ------------------------------------------------------------

static tmlrt_started poll_wrap(trt_segment* segment, tmlrt_context* cx) {
    const trt_wrap* wrap = segment->wrap;
    char* out = trt_run_at(segment->run, wrap->out_at);
    tmlrt_started again = {wrap->stage->poll(trt_run_at(segment->run, wrap->frame_at), cx, out), 0};
    if (again.status == TMLRT_READY && wrap->direct) {
        memcpy(&again.value, out, sizeof again.value);
    }
    return again;
}

/// Begins a stage that does not go the short way.
static __attribute__((noinline)) tmlrt_started begin_slowly(trt_segment* segment,
                                                            tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_wrap* wrap = segment->wrap;
    const void* object = trt_run_object(run, wrap->object, wrap->stage->node);
    char* frame = trt_run_at(run, wrap->frame_at);
    char* args = trt_segment_wrap(segment, run, wrap, object, wrap->request_at, wrap->next_at);
    if (wrap->stage->start != NULL && wrap->direct) {
        return wrap->stage->start(frame, cx, args);
    }
    trt_frame_arm(frame, args);
    return poll_wrap(segment, cx);
}

/// Fills the args of the stage and polls it for the first time.
static inline __attribute__((always_inline)) tmlrt_started begin_wrap(trt_segment* segment,
                                                                      tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_wrap* wrap = segment->wrap;
    if (TRT_UNLIKELY(!wrap->is_plain)) {
        return begin_slowly(segment, cx);
    }
    char* args =
        trt_segment_wrap(segment, run, wrap, wrap->object, TRT_PLAIN_REQUEST, TRT_PLAIN_NEXT);
    return wrap->stage->start(trt_run_at(run, wrap->frame_at), cx, args);
}

tmlrt_started trt_segment_first(void* at, tmlrt_context* cx, void* arg) {
    (void)arg;
    return begin_slowly(at, cx);
}

tmlrt_started trt_segment_first_guarded(void* at, tmlrt_context* cx, void* arg) {
    trt_segment* segment = at;
    trt_run* run = segment->run;
    (void)arg;
    segment->phase = TRT_SEGMENT_GUARDS;
    int32_t result = trt_guards_run(segment, run, run->pipeline->guards);
    return TRT_LIKELY(result == TMLRT_READY) ? begin_wrap(segment, cx) : stopped(result);
}

tmlrt_started trt_segment_again(void* at, tmlrt_context* cx, void* arg) {
    trt_segment* segment = at;
    (void)arg;
    if (segment->phase == TRT_SEGMENT_WRAP) {
        return poll_wrap(segment, cx);
    }
    int32_t result = trt_guards_again(segment);
    return result == TMLRT_READY ? begin_slowly(segment, cx) : stopped(result);
}
