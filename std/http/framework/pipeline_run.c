// SPDX-License-Identifier: Apache-2.0
// The machine that takes a request through its pipeline.
//
// A run is a row of segments; each ends in a stage that wraps (and is polled with a `next`, which
// is the segment behind it) or in the handler. Guards, pipes and filters are polled to their end in
// place, in the one place they share. So the live frames always are: the wrapping stages of the
// segments from 0 to the innermost, and at most one of guard, pipe, handler or filter.
//
// Ownership: a wrapping stage's frame owns the leaf of its `next`, and with it the segments behind:
// dropping the frame drops them. Where a frame is gone without a drop (a panic) or was done without
// awaiting its leaf, its segment drops what is behind by itself. The handler's output lives until
// the exchange ends.
//
// One worker; nothing here allocates but the request's arena. Who calls: call.c.
#include "std/http/framework/pipeline_run.h"

#include "rt/base/assert.h"
#include "rt/base/list.h"
#include "rt/exec/guard_scope.h"
#include "std/http/core/response.h"
#include "std/http/framework/answer.h"
#include "std/http/framework/ffi_call.h"
#include "std/http/framework/value.h"

#include <stdalign.h>
#include <string.h>

_Static_assert(offsetof(trt_run, head) == 0, "a call that is PIPED heads a run");

static char* at(trt_run* run, uint32_t offset) {
    return (char*)run + offset;
}

static void segment_init(trt_segment* segment, trt_run* run, const trt_wrap* wrap) {
    segment->guard = (trt_guard){0};
    segment->run = run;
    segment->wrap = wrap;
    segment->cursor = 0;
    segment->phase = TRT_SEGMENT_IDLE;
    segment->taken = false;
}

// ---- the end of what is live -------------------------------------------------------------------

typedef struct live {
    const tmlrt_future_desc* desc;
    void* frame;
} live;

static void drop_live(void* arg) {
    const live* l = arg;
    l->desc->drop(l->frame);
}

/// Drops a live frame inside the segment's boundary.
static void drop_stage(trt_segment* segment, const trt_stage* stage, char* place) {
    live l = {stage->record->thunk, place + stage->frame_at};
    (void)!trt_guard_call(&segment->guard, NULL, 0, drop_live, &l);
}

static void drop_segment(trt_segment* segment) {
    trt_run* run = segment->run;
    uint32_t phase = segment->phase;
    const trt_stage* sharing = run->sharing;
    segment->phase = TRT_SEGMENT_DONE;
    switch (phase) {
    case TRT_SEGMENT_WRAP:
        drop_stage(segment, segment->wrap->stage, at(run, segment->wrap->place));
        drop_segment(segment + 1); // when its leaf was not live
        return;
    case TRT_SEGMENT_GUARDS:
    case TRT_SEGMENT_FILTERS:
    case TRT_SEGMENT_PIPES:
        run->sharing = NULL;
        if (sharing != NULL) {
            drop_stage(segment, sharing, at(run, run->pipeline->shared_at));
        }
        if (phase == TRT_SEGMENT_PIPES) {
            trt_call_drop(&run->call);
        }
        return;
    case TRT_SEGMENT_HANDLER:
        trt_call_drop(&run->call);
        return;
    default:
        return;
    }
}

// ---- stages in the shared place ----------------------------------------------------------------

/// The object of a stage or controller: the singleton, else what call_scope.c made for this
/// request.
static inline const void* object_of(const trt_run* run, const void* singleton, uint32_t node) {
    return TRT_UNLIKELY(singleton == NULL) ? trt_di_ready(run->exchange->scope, node) : singleton;
}

/// Makes the args and the frame of a stage in its place, unstarted.
static inline void arm_stage(trt_run* run, const trt_stage* stage, char* place,
                             const void* wanted) {
    const tmlrt_request* request = &run->exchange->request;
    const void* object = object_of(run, stage->object, stage->node);
    memcpy(place, &object, sizeof object);
    memcpy(place + stage->request_at, &request, sizeof request);
    memcpy(place + stage->wanted_at, &wanted, sizeof wanted);
    trt_frame_arm(place + stage->frame_at, place);
}

/// Moves a value; most are a pointer or a number.
static inline void move_value(void* to, const void* from, size_t size) {
    if (size == 8) {
        memcpy(to, from, 8);
    } else {
        memcpy(to, from, size);
    }
}

/// Polls the stage that runs in the shared place.
static tmlrt_poll poll_shared(trt_run* run, tmlrt_context* cx) {
    const trt_stage* stage = run->sharing;
    char* place = at(run, run->pipeline->shared_at);
    tmlrt_poll poll = stage->poll(place + stage->frame_at, cx, place + stage->out_at);
    if (poll == TMLRT_READY) {
        run->sharing = NULL;
    }
    return poll;
}

static void drop_output(const trt_stage* stage, char* out) {
    if (stage->record->thunk->drop_output != NULL) {
        stage->record->thunk->drop_output(out);
    }
}

/// Takes an outcome apart: the payload of an Ok, or NULL after the Err became the run's error.
static char* take_ok(trt_run* run, const trt_stage* stage, char* out) {
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
static tmlrt_poll run_guards(trt_segment* segment, tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_pipeline* pipeline = run->pipeline;
    char* place = at(run, pipeline->shared_at);
    for (; segment->cursor < pipeline->num_guards; segment->cursor++) {
        const trt_stage* guard = pipeline->guards[segment->cursor];
        if (run->sharing == NULL) {
            arm_stage(run, guard, place, NULL);
            run->sharing = guard;
        }
        if (poll_shared(run, cx) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        const char* yes = take_ok(run, guard, place + guard->out_at);
        if (yes == NULL) {
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

/// Moves a parameter's value into the args of its pipe.
static void arm_pipe(trt_run* run, const trt_pipe_step* step, char* place) {
    char* value = run->call.args + step->slot->offset;
    size_t size = step->slot->type->size;
    arm_stage(run, step->stage, place, NULL);
    move_value(place + step->stage->wanted_at, value, size);
    if (size == 8) {
        memset(value, 0, 8);
    } else {
        memset(value, 0, size);
    }
    run->sharing = step->stage;
}

/// Runs the pipes from the cursor on. READY: run->response is set when one failed.
static tmlrt_poll run_pipes(trt_segment* segment, tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_handler* handler = run->handler;
    char* place = at(run, run->pipeline->shared_at);
    for (; segment->cursor < handler->num_pipes; segment->cursor++) {
        const trt_pipe_step* step = &handler->pipes[segment->cursor];
        if (run->sharing == NULL) {
            arm_pipe(run, step, place);
        }
        if (poll_shared(run, cx) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        const char* made = take_ok(run, step->stage, place + step->stage->out_at);
        if (made == NULL) {
            return TMLRT_READY;
        }
        char* value = run->call.args + step->slot->offset;
        move_value(value, made, step->slot->type->size);
        if ((step->stage->record->loc.flags & TMLRT_LOC_OWNED) != 0 &&
            trt_adopt_strings(run->exchange->request.arena, step->slot->type, value) != TMLRT_OK) {
            trt_run_fail_status(run, 503);
            return TMLRT_READY;
        }
    }
    return TMLRT_READY;
}

// ---- the innermost segment ---------------------------------------------------------------------

/// Fills the handler's args. False: run->response is the answer to what cannot be bound.
static bool bind_handler(trt_run* run) {
    trt_call* call = &run->call;
    tmlrt_request* request = &run->exchange->request;
    trt_query query = {.num = 0};
    trt_bind_errors errors;
    const char* reason = NULL;
    tmlrt_status status = TMLRT_OK;
    if (request->query.len != 0) {
        status = trt_query_parse(&query, request->arena, request->query, &reason);
    }
    if (status == TMLRT_E_HTTP_PARSE || status == TMLRT_E_HTTP_LIMIT) {
        trt_problem problem = {.status = 400, .detail = reason};
        trt_run_fail(run, &problem, NULL, (trt_header){0});
        return false;
    }
    if (status == TMLRT_OK) {
        trt_bind_input input = {request, &query, call->handler->path_index, &run->handlers->keys};
        status = trt_bind_args(call->handler->route, call->args, &input, &errors);
    }
    if (status == TMLRT_E_BIND) {
        trt_run_fail_bind(run, &errors);
    } else if (status != TMLRT_OK) {
        trt_run_fail_status(run, 503);
    }
    return status == TMLRT_OK;
}

static tmlrt_poll poll_handler(trt_run* run, tmlrt_context* cx) {
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

/// Binding, pipes and handler. READY: run->response is set.
static tmlrt_poll run_handler(trt_segment* segment, tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_handler* handler = run->handler;
    if (segment->phase == TRT_SEGMENT_BIND) {
        if (handler == NULL) {
            trt_run_fail_no_handler(run);
            return TMLRT_READY;
        }
        const void* object = object_of(run, handler->object, handler->node);
        trt_call_init(&run->call, handler, (char*)run, object);
        run->call.state = TRT_CALL_DONE;
        if (!bind_handler(run)) {
            return TMLRT_READY;
        }
        if (handler->route->thunk != NULL) {
            trt_frame_arm(run->call.frame, run->call.args);
        }
        run->call.state = TRT_CALL_RUNNING;
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
    if (!handler->may_fail && handler->rules == NULL) {
        run->response = trt_answer_value(run->exchange->request.arena, &run->handlers->keys,
                                         handler, run->call.out);
    }
    if (run->response == NULL) {
        trt_run_answer(run);
    }
    return TMLRT_READY;
}

// ---- segments ----------------------------------------------------------------------------------

/// Arms a stage that wraps, with the segment behind as its next.
static inline void begin_wrap(trt_segment* segment, trt_run* run, const trt_wrap* wrap) {
    const tmlrt_request* request = &run->exchange->request;
    const void* next = segment + 1;
    segment_init(segment + 1, run, wrap + 1);
    const void* object = object_of(run, wrap->stage->object, wrap->stage->node);
    memcpy(at(run, wrap->place), &object, sizeof object);
    memcpy(at(run, wrap->request_at), &request, sizeof request);
    memcpy(at(run, wrap->next_at), &next, sizeof next);
    trt_frame_arm(at(run, wrap->frame_at), at(run, wrap->place));
    segment->phase = TRT_SEGMENT_WRAP;
}

/// Guards, and what is behind them; or the innermost segment. READY in phase WRAP: the stage is
/// done, its output is to be taken; else run->response is set.
static tmlrt_poll poll_inside(void* frame, tmlrt_context* cx, void* out) {
    trt_segment* segment = frame;
    const trt_wrap* wrap = segment->wrap;
    (void)out;
    if (segment->phase == TRT_SEGMENT_GUARDS) {
        if (run_guards(segment, cx) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        segment->phase = TRT_SEGMENT_BIND;
        if (segment->run->response != NULL) {
            return TMLRT_READY;
        }
    }
    if (segment->phase == TRT_SEGMENT_BIND && wrap->stage != NULL) {
        begin_wrap(segment, segment->run, wrap);
    }
    if (segment->phase == TRT_SEGMENT_WRAP) {
        return wrap->poll(at(segment->run, wrap->frame_at), cx, at(segment->run, wrap->out_at));
    }
    return run_handler(segment, cx);
}

typedef struct taking {
    trt_run* run;
    const trt_stage* stage;
    char* out;
} taking;

static void take_outcome(void* arg) {
    const taking* t = arg;
    const char* ok = take_ok(t->run, t->stage, t->out);
    if (ok != NULL) {
        memcpy(&t->run->response, ok, sizeof t->run->response);
    }
}

/// The rare ends of a stage that wraps: an outcome, a null Response, a next that was left behind.
static __attribute__((noinline)) void take_rest(trt_segment* segment) {
    trt_run* run = segment->run;
    const trt_stage* stage = segment->wrap->stage;
    segment->phase = TRT_SEGMENT_DONE;
    drop_segment(segment + 1);
    run->response = NULL;
    taking t = {run, stage, at(run, segment->wrap->out_at)};
    (void)!trt_guard_call(&segment->guard, NULL, 0, take_outcome, &t);
    if (run->response == NULL) {
        trt_run_fail_status(run, 500);
    }
}

/// Takes what a stage that wraps returned.
static void take_wrap(trt_segment* segment) {
    const trt_wrap* wrap = segment->wrap;
    tmlrt_response* response;
    memcpy(&response, at(segment->run, wrap->out_at), sizeof response);
    if (wrap->stage->record->ret->kind != TMLRT_TYPE_RESPONSE || response == NULL ||
        segment[1].phase != TRT_SEGMENT_DONE) {
        take_rest(segment);
        return;
    }
    segment->run->response = response;
}

/// Asks the filters from the cursor on until one answers. A filter that panics has not answered.
static tmlrt_poll run_filters(trt_segment* segment, tmlrt_context* cx) {
    trt_run* run = segment->run;
    const trt_pipeline* pipeline = run->pipeline;
    char* place = at(run, pipeline->shared_at);
    for (; segment->cursor < pipeline->num_filters; segment->cursor++) {
        const trt_stage* filter = pipeline->filters[segment->cursor];
        if (run->sharing == NULL) {
            if (!trt_filter_takes(filter, run->error)) {
                continue;
            }
            trt_arena_mark_take(&segment->mark, cx);
            arm_stage(run, filter, place, run->error);
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

/// Whether the answer of this segment is an error that filters are asked about here. Middleware
/// brings only its own errors, since those from behind it have been asked about.
static bool wants_filters(const trt_segment* segment) {
    const trt_run* run = segment->run;
    return run->response == run->error->response && !run->error->asked &&
           segment->wrap->asks != TRT_ASKS_NONE;
}

static void begin_filters(trt_segment* segment) {
    const trt_pipeline* pipeline = segment->run->pipeline;
    bool all = segment->wrap->asks == TRT_ASKS_ALL;
    segment->run->error->asked = true;
    segment->phase = TRT_SEGMENT_FILTERS;
    segment->cursor = (uint16_t)(all ? 0 : pipeline->num_filters - pipeline->num_global_filters);
}

/// A segment that has a response ends, maybe after its filters.
static __attribute__((noinline)) tmlrt_poll end_slowly(trt_segment* segment, tmlrt_context* cx) {
    trt_run* run = segment->run;
    if (segment->phase != TRT_SEGMENT_FILTERS && run->error != NULL && wants_filters(segment)) {
        begin_filters(segment);
    }
    if (segment->phase == TRT_SEGMENT_FILTERS && run_filters(segment, cx) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    segment->phase = TRT_SEGMENT_DONE;
    trt_response_keep(run->response, &run->detached);
    return TMLRT_READY;
}

// ---- next --------------------------------------------------------------------------------------

typedef struct next_leaf {
    tmlrt_frame head;
    trt_segment* segment;
} next_leaf;
_Static_assert(sizeof(next_leaf) <= TMLRT_LEAF_SIZE, "next fits a leaf");

static tmlrt_poll answer_leaf(next_leaf* leaf, void* out) {
    leaf->head.state = TMLRT_FRAME_DONE;
    memcpy(out, &leaf->segment->run->response, sizeof(tmlrt_response*));
    return TMLRT_READY;
}

/// A panic of the segment: what was running in it is gone, what is behind it is dropped.
static __attribute__((noinline)) tmlrt_poll segment_failed(next_leaf* leaf, tmlrt_status failure,
                                                           tmlrt_context* cx, void* out) {
    trt_segment* segment = leaf->segment;
    trt_run* run = segment->run;
    uint32_t phase = segment->phase;
    segment->phase = TRT_SEGMENT_DONE;
    if (phase == TRT_SEGMENT_WRAP) {
        drop_segment(segment + 1);
    }
    run->sharing = NULL;
    if (phase == TRT_SEGMENT_PIPES) {
        trt_call_drop(&run->call);
    } else if (phase == TRT_SEGMENT_HANDLER && run->call.state == TRT_CALL_RUNNING) {
        run->call.state = TRT_CALL_DONE;
    }
    trt_arena_mark_unwind(&segment->mark, cx);
    trt_run_fail_status(run, failure == TMLRT_E_NOMEM ? 503 : 500);
    return end_slowly(segment, cx) == TMLRT_READY ? answer_leaf(leaf, out) : TMLRT_PENDING;
}

static tmlrt_poll next_poll(void* frame, tmlrt_context* cx, void* out);

/// A context that is not the server's, such as a branch's of a select: what is behind it must find
/// the exchange all the same.
static tmlrt_poll poll_in_branch(next_leaf* leaf, tmlrt_context* cx, void* out) {
    trt_run* run = leaf->segment->run;
    const tmlrt_context* outer = run->cx;
    trt_exchange_context own = {.base = *cx, .exchange = run->exchange};
    own.base.flags |= TMLRT_CX_EXCHANGE;
    run->cx = &own.base;
    tmlrt_poll poll = next_poll(leaf, &own.base, out);
    run->cx = outer;
    cx->budget = own.base.budget;
    return poll;
}

/// Every poll of a segment but the first of a plain one.
static __attribute__((noinline)) tmlrt_poll poll_segment(next_leaf* leaf, tmlrt_context* cx,
                                                         void* out) {
    trt_segment* segment = leaf->segment;
    if (cx != segment->run->cx) {
        return poll_in_branch(leaf, cx, out);
    }
    if (segment->phase == TRT_SEGMENT_IDLE) {
        trt_arena_mark_take(&segment->mark, cx);
        segment->run->response = NULL;
        segment->phase = segment->wrap->guarded ? TRT_SEGMENT_GUARDS : TRT_SEGMENT_BIND;
    } else if (segment->phase == TRT_SEGMENT_DONE) {
        tmlrt_poll_after_done(&tmlrt_next_desc, leaf);
    }
    if (segment->phase != TRT_SEGMENT_FILTERS) {
        trt_guard_scope scope;
        trt_guard_open(&scope, &segment->guard);
        tmlrt_status status = trt_guard_enter(&scope, poll_inside, segment, cx, NULL);
        trt_guard_close(&scope);
        if (TRT_UNLIKELY(status != TMLRT_READY)) {
            return status == TMLRT_PENDING ? TMLRT_PENDING : segment_failed(leaf, status, cx, out);
        }
        if (segment->phase == TRT_SEGMENT_WRAP) {
            take_wrap(segment);
        }
    }
    trt_run* run = segment->run;
    if (TRT_UNLIKELY(run->error != NULL || run->response->detached) &&
        end_slowly(segment, cx) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    segment->phase = TRT_SEGMENT_DONE;
    return answer_leaf(leaf, out);
}

/// The rare ends of a plain segment.
static __attribute__((noinline)) tmlrt_poll end_plain(next_leaf* leaf, tmlrt_status status,
                                                      tmlrt_context* cx, void* out) {
    trt_segment* segment = leaf->segment;
    if (status != TMLRT_READY) {
        return status == TMLRT_PENDING ? TMLRT_PENDING : segment_failed(leaf, status, cx, out);
    }
    take_wrap(segment);
    return end_slowly(segment, cx) == TMLRT_READY ? answer_leaf(leaf, out) : TMLRT_PENDING;
}

void tmlrt_next_init(void* leaf, tmlrt_next* next) {
    trt_segment* segment = (trt_segment*)(void*)next;
    if (segment->taken) {
        tmlrt_panic("next.run() was called twice by one stage; the rest of a request runs once");
    }
    segment->taken = true;
    *(next_leaf*)leaf = (next_leaf){{TMLRT_FRAME_UNSTARTED, 0}, segment};
}

/// The first poll of a plain segment. Every request passes here once for each of its middleware and
/// interceptors.
static __attribute__((noinline)) tmlrt_poll begin_plain(next_leaf* leaf, tmlrt_context* cx,
                                                        void* out) {
    trt_segment* segment = leaf->segment;
    trt_run* run = segment->run;
    const trt_wrap* wrap = segment->wrap;
    trt_guard_scope scope;
    tmlrt_response* response;
    segment->mark = (trt_arena_mark){cx->arena->cur, cx->arena->end};
    begin_wrap(segment, run, wrap);
    trt_guard_open(&scope, &segment->guard);
    tmlrt_status status =
        trt_guard_enter(&scope, wrap->poll, at(run, wrap->frame_at), cx, at(run, wrap->out_at));
    trt_guard_close(&scope);
    memcpy(&response, at(run, wrap->out_at), sizeof response);
    if (TRT_UNLIKELY(status != TMLRT_READY || segment[1].phase != TRT_SEGMENT_DONE ||
                     response == NULL || run->error != NULL || response->detached)) {
        return end_plain(leaf, status, cx, out);
    }
    segment->phase = TRT_SEGMENT_DONE;
    leaf->head.state = TMLRT_FRAME_DONE;
    memcpy(out, &response, sizeof response);
    return TMLRT_READY;
}

/// Runs a segment to its response or to where it waits.
static tmlrt_poll next_poll(void* frame, tmlrt_context* cx, void* out) {
    next_leaf* leaf = frame;
    const trt_segment* segment = leaf->segment;
    bool plain =
        segment->wrap->plain && segment->phase == TRT_SEGMENT_IDLE && cx == segment->run->cx;
    return plain ? begin_plain(leaf, cx, out) : poll_segment(leaf, cx, out);
}

static void next_drop(void* frame) {
    next_leaf* self = frame;
    if (self->head.state != TMLRT_FRAME_DONE) {
        self->head.state = TMLRT_FRAME_DONE;
        drop_segment(self->segment);
    }
}

const tmlrt_future_desc tmlrt_next_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = next_poll,
    .drop = next_drop,
    .frame_size = sizeof(next_leaf),
    .frame_align = alignof(next_leaf),
    .out_size = sizeof(tmlrt_response*),
    .out_align = alignof(tmlrt_response*),
    .name = "next",
    .num_states = 2,
};

// ---- the exchange ------------------------------------------------------------------------------

tmlrt_poll trt_run_poll(trt_run* run, tmlrt_context* cx) {
    next_leaf leaf = {{TMLRT_FRAME_UNSTARTED, 0}, run->segments};
    run->cx = cx;
    return next_poll(&leaf, cx, &run->exchange->response);
}

tmlrt_poll trt_run_start(const trt_handlers* handlers, const trt_handler* handler,
                         const trt_no_handler* no_handler, trt_exchange* exchange,
                         tmlrt_context* cx) {
    const trt_pipeline* pipeline =
        handler != NULL ? handler->pipeline : handlers->pipelines.fallback;
    uint32_t size = handler != NULL ? handler->size : pipeline->shared_at + pipeline->shared_size;
    uint32_t align = handler != NULL ? handler->align : pipeline->shared_align;
    trt_run* run = trt_arena_alloc(exchange->request.arena, size, align);
    if (run == NULL) {
        trt_problem problem = {.status = 503};
        exchange->response = trt_problem_response(exchange->request.arena, &problem);
        return TMLRT_READY;
    }
    run->head.state = TRT_CALL_PIPED;
    run->call.state = TRT_CALL_DONE;
    run->handler = handler;
    run->pipeline = pipeline;
    run->handlers = handlers;
    run->exchange = exchange;
    run->response = NULL;
    run->detached = NULL;
    run->error = NULL;
    run->sharing = NULL;
    if (no_handler != NULL) {
        run->no_handler = *no_handler;
    }
    segment_init(run->segments, run, pipeline->wraps);
    exchange->call = run;
    return trt_run_poll(run, cx);
}

void trt_run_drop(trt_run* run) {
    if (run->segments[0].phase != TRT_SEGMENT_DONE) {
        drop_segment(run->segments);
    }
    if (run->call.state == TRT_CALL_READY &&
        (run->handler->route->thunk == NULL || run->handler->route->thunk->drop_output != NULL)) {
        trt_call_drop(&run->call);
    }
    if (run->detached != NULL) {
        trt_response_free_kept(run->detached, run->exchange->response);
    }
}
