// SPDX-License-Identifier: Apache-2.0
// What a segment does inside its boundary: guards, pipes and filters in the place they share, and
// the handler with its binding.
//
// At most one stage is live in the shared place, run->sharing; it is polled to its end there, and
// whoever polls again goes on with it. A panic leaves through the segment's boundary, which is
// pipeline_run.c's, and so is dropping what is live. One worker.
#include "std/http/core/response.h"
#include "std/http/framework/call/answer.h"
#include "std/http/framework/call/ffi_call.h"
#include "std/http/framework/call/pipeline_run.h"
#include "std/http/framework/value/value.h"

#include <string.h>

/// Makes the args and the frame of a stage in its place, unstarted. `wanted`, which may be NULL, is
/// where the pointer is that it takes beside the request.
static inline void arm_stage(trt_run* run, const trt_stage* stage, char* place,
                             const void* wanted) {
    const tmlrt_request* request = &run->exchange->request;
    const void* object = trt_run_object(run, stage->object, stage->node);
    memcpy(place, &object, sizeof object);
    memcpy(place + stage->request_at, &request, sizeof request);
    if (wanted != NULL) {
        memcpy(place + stage->wanted_at, wanted, sizeof(void*));
    }
    trt_frame_arm(place + stage->frame_at, place);
}

/// Polls the stage in the shared place. It is noted there only when it waits.
static inline tmlrt_poll poll_shared(const trt_stage* stage, char* place, tmlrt_context* cx) {
    return stage->poll(place + stage->frame_at, cx, place + stage->out_at);
}

static __attribute__((noinline)) tmlrt_poll guard_waits(trt_segment* segment,
                                                        const trt_stage* const* at) {
    segment->run->sharing = *at;
    segment->cursor = (uint16_t)(at - segment->run->pipeline->guards);
    return TMLRT_PENDING;
}

static __attribute__((noinline)) tmlrt_poll pipe_waits(trt_segment* segment,
                                                       const trt_pipe_step* step) {
    segment->run->sharing = step->stage;
    segment->cursor = (uint16_t)(step - segment->run->handler->pipes);
    return TMLRT_PENDING;
}

static void drop_output(const trt_stage* stage, char* out) {
    if (stage->record->thunk->drop_output != NULL) {
        stage->record->thunk->drop_output(out);
    }
}

char* trt_stage_take(trt_run* run, const trt_stage* stage, char* out) {
    const tmlrt_meta_type* ret = stage->record->ret;
    int32_t tag;
    if (ret->kind != TMLRT_TYPE_OUTCOME) {
        return out;
    }
    memcpy(&tag, out, sizeof tag);
    out += ret->payload_off;
    if (tag == 0) {
        return out;
    }
    trt_run_fail_value(run, (const tmlrt_meta_type*)ret->ref + 1, out);
    drop_output(stage, out - ret->payload_off);
    return NULL;
}

/// Runs the guards from the cursor on. READY: run->response is set when one said no.
static inline __attribute__((always_inline)) tmlrt_poll run_guards(trt_segment* segment,
                                                                   tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_pipeline* pipeline = run->pipeline;
    char* place = trt_run_at(run, pipeline->shared_at);
    const trt_stage* const* at = pipeline->guards + segment->cursor;
    const trt_stage* const* end = pipeline->guards + pipeline->num_guards;
    const trt_stage* guard = run->sharing;
    if (TRT_UNLIKELY(guard != NULL)) {
        run->sharing = NULL;
        goto waited; // armed already
    }
    for (; at < end; at++) {
        guard = *at;
        arm_stage(run, guard, place, NULL);
    waited:
        if (TRT_UNLIKELY(poll_shared(guard, place, cx) == TMLRT_PENDING)) {
            return guard_waits(segment, at);
        }
        const char* yes = place + guard->out_at;
        if (TRT_UNLIKELY(guard->may_fail) &&
            (yes = trt_stage_take(run, guard, place + guard->out_at)) == NULL) {
            return TMLRT_READY;
        }
        if (*yes == 0) {
            trt_run_fail_status(run, 403);
            return TMLRT_READY;
        }
    }
    segment->cursor = 0;
    return TMLRT_READY;
}

static __attribute__((noinline)) void move_bytes(void* to, void* from, size_t size) {
    memcpy(to, from, size);
    memset(from, 0, size);
}

/// Moves a value, zero staying behind; most are a pointer or a number.
static inline void move_value(void* to, void* from, size_t size) {
    if (TRT_LIKELY(size == 8)) {
        memcpy(to, from, 8);
        memset(from, 0, 8);
    } else {
        move_bytes(to, from, size);
    }
}

/// Moves a parameter's value into the args of its pipe.
static inline void arm_pipe(trt_run* run, const trt_pipe_step* step, char* place) {
    arm_stage(run, step->stage, place, NULL);
    move_value(place + step->stage->wanted_at, run->call.args + step->at, step->size);
}

/// Runs the pipes from the cursor on. READY: run->response is set when one failed.
static tmlrt_poll run_pipes(trt_segment* segment, tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_handler* handler = run->handler;
    char* place = trt_run_at(run, run->pipeline->shared_at);
    const trt_pipe_step* step = handler->pipes + segment->cursor;
    const trt_pipe_step* end = handler->pipes + handler->num_pipes;
    const trt_stage* pipe = run->sharing;
    if (TRT_UNLIKELY(pipe != NULL)) {
        run->sharing = NULL;
        goto waited; // armed already
    }
    for (; step < end; step++) {
        pipe = step->stage;
        arm_pipe(run, step, place);
    waited:
        if (TRT_UNLIKELY(poll_shared(pipe, place, cx) == TMLRT_PENDING)) {
            return pipe_waits(segment, step);
        }
        char* made = place + pipe->out_at;
        if (TRT_UNLIKELY(pipe->may_fail) &&
            (made = trt_stage_take(run, pipe, place + pipe->out_at)) == NULL) {
            return TMLRT_READY;
        }
        char* value = run->call.args + step->at;
        move_value(value, made, step->size);
        if (TRT_UNLIKELY(pipe->is_owned) &&
            trt_adopt_strings(run->exchange->request.arena, step->slot->type, value) != TMLRT_OK) {
            trt_run_fail_status(run, 503);
            return TMLRT_READY;
        }
    }
    return TMLRT_READY;
}

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

/// Lays the handler's call out, fills its args and arms its frame. False: the run has the answer to
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
    if (handler->route->thunk != NULL) {
        trt_frame_arm(run->call.frame, run->call.args);
    }
    run->call.state = TRT_CALL_RUNNING;
    return true;
}

static inline tmlrt_poll poll_handler(trt_run* run, tmlrt_context* cx) {
    trt_call* call = &run->call;
    const tmlrt_future_desc* thunk = call->handler->route->thunk;
    if (thunk == NULL) {
        trt_ffi_run(call->handler->ffi, call->args, call->out);
    } else if (thunk->poll(call->frame, cx, call->out) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    call->state = TRT_CALL_READY;
    return TMLRT_READY;
}

/// Takes what the handler returned. Most return a Response of the exchange, and no rule changes it.
static inline void answer(trt_run* run) {
    const trt_handler* handler = run->handler;
    tmlrt_response* response;
    if (TRT_UNLIKELY(!handler->passes)) {
        trt_run_answer(run);
        return;
    }
    memcpy(&response, run->call.out, sizeof response);
    if (TRT_UNLIKELY(response == NULL || response->detached)) {
        trt_run_answer(run);
        return;
    }
    run->response = run->pass = response;
}

/// Binding, pipes and handler. READY: run->response is set.
static inline __attribute__((always_inline)) tmlrt_poll run_handler(trt_segment* segment,
                                                                    tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_handler* handler = run->handler;
    if (segment->phase == TRT_SEGMENT_BIND) {
        if (handler == NULL) {
            trt_run_fail_no_handler(run);
            return TMLRT_READY;
        }
        if (!bind(run)) {
            return TMLRT_READY;
        }
        segment->phase = handler->num_pipes != 0 ? TRT_SEGMENT_PIPES : TRT_SEGMENT_HANDLER;
    }
    if (segment->phase == TRT_SEGMENT_PIPES) {
        if (run_pipes(segment, cx) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        if (run->response != NULL) {
            trt_call_drop(&run->call); // unstarted: its values
            return TMLRT_READY;
        }
        segment->phase = TRT_SEGMENT_HANDLER;
    }
    if (poll_handler(run, cx) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    answer(run);
    return TMLRT_READY;
}

/// Whether the guards of a segment in phase GUARDS end it here, with *poll.
static inline __attribute__((always_inline)) bool
stopped_by_guards(trt_segment* segment, tmlrt_context* cx, tmlrt_poll* poll) {
    *poll = run_guards(segment, cx);
    if (*poll == TMLRT_PENDING) {
        return true;
    }
    segment->phase = TRT_SEGMENT_BIND;
    return segment->run->response != NULL;
}

tmlrt_poll trt_segment_guards(trt_segment* segment, tmlrt_context* cx) {
    tmlrt_poll poll;
    (void)stopped_by_guards(segment, cx, &poll);
    return poll;
}

tmlrt_poll trt_segment_inside_wrap(void* frame, tmlrt_context* cx, void* out) {
    trt_segment* segment = frame;
    const trt_wrap* wrap = segment->wrap;
    tmlrt_poll poll;
    if (segment->phase == TRT_SEGMENT_GUARDS) {
        poll = trt_segment_guards(segment, cx);
        if (poll == TMLRT_PENDING || segment->run->response != NULL) {
            return poll;
        }
    }
    if (segment->phase == TRT_SEGMENT_BIND) {
        const void* object = trt_run_object(segment->run, wrap->object, wrap->stage->node);
        trt_segment_wrap(segment, segment->run, wrap, object);
    }
    return wrap->poll(trt_run_at(segment->run, wrap->frame_at), cx, out);
}

tmlrt_poll trt_segment_inside_last(void* frame, tmlrt_context* cx, void* out) {
    trt_segment* segment = frame;
    tmlrt_poll poll;
    (void)out;
    if (segment->phase == TRT_SEGMENT_GUARDS && stopped_by_guards(segment, cx, &poll)) {
        return poll;
    }
    return run_handler(segment, cx);
}

// ---- filters -----------------------------------------------------------------------------------

// A filter that panics has not answered.
tmlrt_poll trt_segment_filters(trt_segment* segment, tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_pipeline* pipeline = run->pipeline;
    char* place = trt_run_at(run, pipeline->shared_at);
    for (; segment->cursor < pipeline->num_filters; segment->cursor++) {
        const trt_stage* filter = pipeline->filters[segment->cursor];
        if (run->sharing == NULL) {
            if (!trt_filter_takes(filter, run->error)) {
                continue;
            }
            trt_arena_mark_take(&segment->mark, cx);
            arm_stage(run, filter, place, &run->error);
            run->sharing = filter;
        }
        tmlrt_status status = trt_guard_poll(&segment->guard, NULL, 0, filter->record->thunk,
                                             place + filter->frame_at, cx, place + filter->out_at);
        if (status == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        run->sharing = NULL;
        if (status != TMLRT_READY) {
            trt_arena_mark_unwind(&segment->mark, cx);
            continue;
        }
        const void* just = trt_value_payload(filter->record->ret, place + filter->out_at);
        tmlrt_response* response = NULL;
        if (just != NULL) {
            memcpy(&response, just, sizeof response);
        }
        if (response != NULL) {
            run->response = response;
            break;
        }
    }
    return TMLRT_READY;
}
