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
#include "std/http/framework/call/pipeline_run.h"

#include "rt/base/assert.h"
#include "rt/base/list.h"
#include "rt/exec/guard_scope.h"
#include "std/http/core/response.h"

#include <stdalign.h>
#include <string.h>

_Static_assert(offsetof(trt_run, head) == 0, "a call that is PIPED heads a run");

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
        drop_stage(segment, segment->wrap->stage, trt_run_at(run, segment->wrap->place));
        drop_segment(segment + 1); // when its leaf was not live
        return;
    case TRT_SEGMENT_GUARDS:
    case TRT_SEGMENT_FILTERS:
    case TRT_SEGMENT_PIPES:
        run->sharing = NULL;
        if (sharing != NULL) {
            drop_stage(segment, sharing, trt_run_at(run, run->pipeline->shared_at));
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

// ---- segments ----------------------------------------------------------------------------------

typedef struct taking {
    trt_run* run;
    const trt_stage* stage;
    char* out;
} taking;

static void take_outcome(void* arg) {
    const taking* t = arg;
    const char* ok = trt_stage_take(t->run, t->stage, t->out);
    if (ok != NULL) {
        memcpy(&t->run->response, ok, sizeof t->run->response);
    }
}

/// Where a stage that wraps leaves its output: a Response at once where its segment's goes.
static inline void* output_of(const trt_segment* segment, void* out) {
    return segment->wrap->direct ? out : trt_run_at(segment->run, segment->wrap->out_at);
}

/// Takes what a stage that wraps returned: an outcome or a Response, which may be null; a next that
/// was left behind is dropped.
static void take_wrap(trt_segment* segment, void* out) {
    trt_run* run = segment->run;
    segment->phase = TRT_SEGMENT_DONE;
    drop_segment(segment + 1);
    run->response = NULL;
    taking t = {run, segment->wrap->stage, output_of(segment, out)};
    (void)!trt_guard_call(&segment->guard, NULL, 0, take_outcome, &t);
    if (run->response == NULL) {
        trt_run_fail_status(run, 500);
    }
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
    if (segment->phase == TRT_SEGMENT_FILTERS &&
        trt_segment_filters(segment, cx) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    segment->phase = TRT_SEGMENT_DONE;
    trt_response_keep(run->response, &run->detached);
    trt_run_may_pass(run);
    return TMLRT_READY;
}

// ---- next --------------------------------------------------------------------------------------

typedef trt_next_leaf next_leaf;
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
    tmlrt_context* outer = run->cx;
    trt_exchange_context own = {.base = *cx, .exchange = run->exchange};
    own.base.flags |= TMLRT_CX_EXCHANGE;
    run->cx = &own.base;
    tmlrt_poll poll = next_poll(leaf, &own.base, out);
    run->cx = outer;
    cx->budget = own.base.budget;
    return poll;
}

/// A segment was polled inside its boundary and is to end, or waits.
static __attribute__((noinline)) tmlrt_poll end_poll(next_leaf* leaf, tmlrt_status status,
                                                     tmlrt_context* cx, void* out) {
    trt_segment* segment = leaf->segment;
    if (status != TMLRT_READY) {
        return status == TMLRT_PENDING ? TMLRT_PENDING : segment_failed(leaf, status, cx, out);
    }
    if (segment->phase == TRT_SEGMENT_WRAP) {
        take_wrap(segment, out);
    }
    return end_slowly(segment, cx) == TMLRT_READY ? answer_leaf(leaf, out) : TMLRT_PENDING;
}

/// Every poll of a segment but the first, and the first in a branch.
static __attribute__((noinline)) tmlrt_poll poll_again(next_leaf* leaf, tmlrt_context* cx,
                                                       void* out) {
    trt_segment* segment = leaf->segment;
    if (segment->phase == TRT_SEGMENT_DONE) { // a panic of the stage around: run->cx is its own
        tmlrt_poll_after_done(&tmlrt_next_desc, leaf);
    }
    if (cx != segment->run->cx) {
        return poll_in_branch(leaf, cx, out);
    }
    tmlrt_status status = TMLRT_READY;
    if (segment->phase != TRT_SEGMENT_FILTERS) {
        bool wraps = segment->wrap->stage != NULL;
        trt_guard_scope scope;
        trt_guard_open(&scope, &segment->guard);
        status = trt_guard_enter(&scope, wraps ? trt_segment_inside_wrap : trt_segment_inside_last,
                                 segment, cx, wraps ? output_of(segment, out) : NULL);
        trt_guard_close(&scope);
    }
    return end_poll(leaf, status, cx, out);
}

void tmlrt_next_init(void* leaf, tmlrt_next* next) {
    trt_segment* segment = (trt_segment*)(void*)next;
    if (segment->taken) {
        tmlrt_panic("next.run() was called twice by one stage; the rest of a request runs once");
    }
    segment->taken = true;
    *(next_leaf*)leaf = (next_leaf){{TMLRT_FRAME_UNSTARTED, 0}, segment};
}

// ---- first polls -------------------------------------------------------------------------------
//
// Every request passes here once for each of its segments, so each has its boundary in place: one
// prologue, and no call for it. A function that catches has no registers that outlive the poll;
// what it needs afterwards, or after a jump, it finds in its `boundary`.

typedef struct boundary {
    trt_guard_scope scope;
    next_leaf* leaf;
    void* out;
} boundary;

static __attribute__((noinline)) tmlrt_poll first_poll_failed(void) {
    const boundary* b = (const boundary*)(const void*)trt_tls_guard;
    return segment_failed(b->leaf, trt_guard_failed(), b->leaf->segment->run->cx, b->out);
}

static inline void open_boundary(boundary* b, trt_segment* segment, next_leaf* leaf,
                                 tmlrt_context* cx, void* out) {
    segment->mark = (trt_arena_mark){cx->arena->cur, cx->arena->end};
    b->leaf = leaf;
    b->out = out;
    trt_guard_open(&b->scope, &segment->guard);
}

static __attribute__((noinline)) tmlrt_poll end_first_poll(const boundary* b, tmlrt_status status) {
    return end_poll(b->leaf, status, b->leaf->segment->run->cx, b->out);
}

/// The response at `out` is the segment's.
static inline tmlrt_poll pass(next_leaf* leaf, trt_segment* segment) {
    leaf->head.state = TMLRT_FRAME_DONE;
    segment->phase = TRT_SEGMENT_DONE;
    return TMLRT_READY;
}

/// Passes on what a stage left at `out` if that came from behind it and needs nothing.
static inline tmlrt_poll pass_wrap(const boundary* b, tmlrt_status status) {
    next_leaf* leaf = b->leaf;
    trt_segment* segment = leaf->segment;
    tmlrt_response* response;
    memcpy(&response, b->out, sizeof response);
    if (TRT_UNLIKELY(status != TMLRT_READY || response != segment->run->pass ||
                     segment[1].phase != TRT_SEGMENT_DONE)) {
        return end_first_poll(b, status);
    }
    return pass(leaf, segment);
}

/// Of a segment that ends in a stage that leaves its Response at `out`, without guards before it.
static __attribute__((noinline)) tmlrt_poll begin_plain(next_leaf* leaf, tmlrt_context* cx,
                                                        void* out, trt_segment* segment,
                                                        const trt_wrap* wrap) {
    trt_run* run = segment->run;
    boundary b;
    trt_segment_wrap(segment, run, wrap, wrap->object);
    open_boundary(&b, segment, leaf, cx, out);
    if (TRT_GUARD_CATCH(&b.scope)) {
        return first_poll_failed();
    }
    tmlrt_status status = wrap->poll(trt_run_at(run, wrap->frame_at), cx, out);
    trt_guard_close(&b.scope);
    return pass_wrap(&b, status);
}

/// Of such a segment with guards before the stage.
static __attribute__((noinline)) tmlrt_poll begin_guarded(next_leaf* leaf, tmlrt_context* cx,
                                                          void* out, trt_segment* segment) {
    boundary b;
    segment->phase = TRT_SEGMENT_GUARDS;
    open_boundary(&b, segment, leaf, cx, out);
    if (TRT_GUARD_CATCH(&b.scope)) {
        return first_poll_failed();
    }
    tmlrt_status status = trt_segment_guards(segment, cx);
    segment = b.leaf->segment;
    if (TRT_UNLIKELY(segment->phase == TRT_SEGMENT_GUARDS || segment->run->response != NULL)) {
        trt_guard_close(&b.scope);
        return end_first_poll(&b, status);
    }
    trt_run* run = segment->run;
    const trt_wrap* wrap = segment->wrap;
    trt_segment_wrap(segment, run, wrap, wrap->object);
    status = wrap->poll(trt_run_at(run, wrap->frame_at), run->cx, b.out);
    trt_guard_close(&b.scope);
    return pass_wrap(&b, status);
}

/// Of the innermost segment.
static __attribute__((noinline)) tmlrt_poll begin_last(next_leaf* leaf, tmlrt_context* cx,
                                                       void* out, trt_segment* segment,
                                                       const trt_wrap* wrap) {
    boundary b;
    segment->phase = wrap->first_phase;
    open_boundary(&b, segment, leaf, cx, out);
    if (TRT_GUARD_CATCH(&b.scope)) {
        return first_poll_failed();
    }
    tmlrt_status status = trt_segment_inside_last(segment, cx, NULL);
    trt_guard_close(&b.scope);
    leaf = b.leaf;
    segment = leaf->segment;
    trt_run* run = segment->run;
    if (TRT_UNLIKELY(status != TMLRT_READY || run->pass == trt_run_no_pass(run))) {
        return end_first_poll(&b, status);
    }
    memcpy(b.out, &run->pass, sizeof run->pass);
    return pass(leaf, segment);
}

/// Of every other segment.
static __attribute__((noinline)) tmlrt_poll begin_slowly(next_leaf* leaf, tmlrt_context* cx,
                                                         void* out) {
    leaf->segment->phase = leaf->segment->wrap->first_phase;
    trt_arena_mark_take(&leaf->segment->mark, cx);
    return poll_again(leaf, cx, out);
}

static inline tmlrt_poll begin(next_leaf* leaf, tmlrt_context* cx, void* out, trt_segment* segment,
                               const trt_wrap* wrap) {
    if (wrap->plain) {
        return begin_plain(leaf, cx, out, segment, wrap);
    }
    if (wrap->guarded) {
        return begin_guarded(leaf, cx, out, segment);
    }
    return wrap->stage == NULL ? begin_last(leaf, cx, out, segment, wrap)
                               : begin_slowly(leaf, cx, out);
}

/// Runs a segment to its response or to where it waits.
static tmlrt_poll next_poll(void* frame, tmlrt_context* cx, void* out) {
    next_leaf* leaf = frame;
    trt_segment* segment = leaf->segment;
    if (TRT_UNLIKELY(segment->phase != TRT_SEGMENT_IDLE || cx != segment->run->cx)) {
        return poll_again(leaf, cx, out);
    }
    return begin(leaf, cx, out, segment, segment->wrap);
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
    run->cx = cx;
    return next_poll(&run->first, cx, &run->exchange->response);
}

/// Begins in `run`, which has room for `pipeline` and `handler`.
static inline tmlrt_poll start_in(trt_run* run, const trt_handlers* handlers,
                                  const trt_handler* handler, const trt_pipeline* pipeline,
                                  trt_exchange* exchange, tmlrt_context* cx) {
    run->head.state = TRT_CALL_PIPED;
    run->call.state = TRT_CALL_DONE;
    run->handler = handler;
    run->pipeline = pipeline;
    run->handlers = handlers;
    run->exchange = exchange;
    run->cx = cx;
    run->response = NULL;
    run->pass = trt_run_no_pass(run);
    run->detached = NULL;
    run->error = NULL;
    run->sharing = NULL;
    trt_segment_init(run->segments, run, pipeline->wraps);
    exchange->call = run;
    run->first = (trt_next_leaf){{TMLRT_FRAME_UNSTARTED, 0}, run->segments};
    return begin(&run->first, cx, &exchange->response, run->segments, pipeline->wraps);
}

static tmlrt_poll no_memory(trt_exchange* exchange) {
    trt_problem problem = {.status = 503};
    exchange->response = trt_problem_response(exchange->request.arena, &problem);
    return TMLRT_READY;
}

static __attribute__((noinline)) tmlrt_poll start_in_new_chunk(const trt_handlers* handlers,
                                                               const trt_handler* handler,
                                                               trt_exchange* exchange,
                                                               tmlrt_context* cx) {
    trt_run* run = trt_arena_alloc_chunk(exchange->request.arena, handler->size, handler->align);
    return run != NULL ? start_in(run, handlers, handler, handler->pipeline, exchange, cx)
                       : no_memory(exchange);
}

// Nothing outlives a call in here, so there is no prologue.
tmlrt_poll trt_run_start(const trt_handlers* handlers, const trt_handler* handler,
                         trt_exchange* exchange, tmlrt_context* cx) {
    trt_run* run = trt_arena_fit(exchange->request.arena, handler->size, handler->align);
    return TRT_LIKELY(run != NULL)
               ? start_in(run, handlers, handler, handler->pipeline, exchange, cx)
               : start_in_new_chunk(handlers, handler, exchange, cx);
}

tmlrt_poll trt_run_start_unrouted(const trt_handlers* handlers, const trt_no_handler* no_handler,
                                  trt_exchange* exchange, tmlrt_context* cx) {
    const trt_pipeline* pipeline = handlers->pipelines.fallback;
    trt_run* run =
        trt_arena_alloc(exchange->request.arena, pipeline->shared_at + pipeline->shared_size,
                        pipeline->shared_align);
    if (run == NULL) {
        return no_memory(exchange);
    }
    run->no_handler = *no_handler;
    return start_in(run, handlers, NULL, pipeline, exchange, cx);
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
