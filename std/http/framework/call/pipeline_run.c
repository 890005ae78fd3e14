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
#include "rt/exec/landing.h"
#include "std/http/core/response.h"

#include <stdalign.h>
#include <string.h>

_Static_assert(offsetof(trt_run, head) == 0, "a call that is PIPED heads a run");

enum { WAITING = 1 }; ///< the state of a leaf

// ---- the end of what is live -------------------------------------------------------------------

typedef struct live {
    const tmlrt_future_desc* desc;
    void* frame;
} live;

static void drop_live(void* arg) {
    const live* l = arg;
    l->desc->drop(l->frame);
}

/// Drops a live frame inside a boundary of its own. Returns its failure, or 0.
static tmlrt_status drop_stage(trt_segment* segment, const trt_stage* stage, char* place) {
    live l = {stage->record->thunk, place + stage->frame_at};
    return trt_guard_call(&segment->guard, NULL, 0, drop_live, &l);
}

/// Makes the outside forget the leaves that wait in a segment. While one runs, leaves register
/// where trt_landing_guard said. That is told when a segment is polled and when it answers PENDING,
/// but not when it ends: what the stage around it awaits then registers with a segment that is
/// over. So the leaves of a segment are at its own guard and those of the segments behind it,
/// where by now, dropped or over, nothing else is.
static void unlink_leaves(trt_segment* segment) {
    for (trt_segment* at = segment;; at++) {
        trt_guard_unlink_all(&at->guard);
        if (at->phase <= TRT_SEGMENT_LEFT || at->wrap->stage == NULL) {
            return; // the one behind it is not initialised, or not there
        }
    }
}

static void drop_segment(trt_segment* segment) {
    trt_run* run = segment->run;
    uint32_t phase = segment->phase;
    const trt_stage* sharing = run->sharing;
    tmlrt_status failure;
    if (phase <= TRT_SEGMENT_LEFT) {
        segment->phase = TRT_SEGMENT_LEFT;
        return;
    }
    segment->phase = TRT_SEGMENT_DONE;
    switch (phase) {
    case TRT_SEGMENT_WRAP:
        failure = drop_stage(segment, segment->wrap->stage, trt_run_at(run, segment->wrap->place));
        drop_segment(segment + 1); // when its leaf was not live
        if (failure != TMLRT_OK) {
            unlink_leaves(segment);
        }
        return;
    case TRT_SEGMENT_GUARDS:
    case TRT_SEGMENT_FILTERS:
    case TRT_SEGMENT_PIPES:
        run->sharing = NULL;
        if (sharing != NULL) {
            (void)!drop_stage(segment, sharing, trt_run_at(run, run->pipeline->shared_at));
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
        memcpy(&t->run->response, ok, sizeof(tmlrt_response*));
    }
}

/// Takes what a stage that wraps returned: an outcome or a Response, which may be null; a next that
/// was left behind is dropped.
static void take_wrap(trt_segment* segment, uint64_t value) {
    trt_run* run = segment->run;
    const trt_wrap* wrap = segment->wrap;
    segment->phase = TRT_SEGMENT_DONE;
    drop_segment(segment + 1);
    run->response = wrap->direct ? (tmlrt_response*)(uintptr_t)value : NULL;
    if (!wrap->direct) {
        taking t = {run, wrap->stage, trt_run_at(run, wrap->out_at)};
        (void)!trt_guard_call(&segment->guard, NULL, 0, take_outcome, &t);
    }
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

/// A segment that has a response ends, maybe after its filters. Returns the response, NULL: a
/// filter waits.
static __attribute__((noinline)) tmlrt_response* end_slowly(trt_segment* segment,
                                                            tmlrt_context* cx) {
    trt_run* run = segment->run;
    if (segment->phase != TRT_SEGMENT_FILTERS && run->error != NULL && wants_filters(segment)) {
        begin_filters(segment);
    }
    if (segment->phase == TRT_SEGMENT_FILTERS &&
        trt_segment_filters(segment, cx) == TMLRT_PENDING) {
        return NULL;
    }
    segment->phase = TRT_SEGMENT_DONE;
    trt_response_keep(run->response, &run->detached);
    trt_run_may_pass(run);
    if (segment == run->segments && run->error != NULL) { // frames that a panic left
        trt_arena_mark_unwind(&run->mark, run->cx);
    }
    return run->response;
}

/// A panic of the segment: what was running in it is gone, what is behind it is dropped.
static tmlrt_response* segment_failed(trt_segment* segment, tmlrt_status failure,
                                      tmlrt_context* cx) {
    trt_run* run = segment->run;
    uint32_t phase = segment->phase;
    cx->arena = segment->arena;
    segment->phase = TRT_SEGMENT_DONE;
    trt_call_count_panic(run->exchange, failure);
    if (phase == TRT_SEGMENT_WRAP) {
        drop_segment(segment + 1);
        unlink_leaves(segment);
    } else {
        trt_guard_unlink_all(&segment->guard);
    }
    run->sharing = NULL;
    if (phase == TRT_SEGMENT_PIPES) {
        trt_call_drop(&run->call);
    } else if (phase == TRT_SEGMENT_HANDLER && run->call.state == TRT_CALL_RUNNING) {
        run->call.state = TRT_CALL_DONE;
    }
    trt_run_fail_status(run, failure == TMLRT_E_NOMEM ? 503 : 500);
    return end_slowly(segment, cx);
}

/// A segment waits: from now on its leaf is poll's, and leaves are those of the stage around it.
static tmlrt_response* waits(trt_segment* segment) {
    *segment->leaf = (trt_next_leaf){{WAITING, 0}, segment};
    if (segment != segment->run->segments) {
        trt_landing_guard(segment->run->scope, &segment[-1].guard);
    }
    return NULL;
}

/// A segment was polled inside its landing and is to end, or waits.
static __attribute__((noinline, cold)) tmlrt_response*
end_poll(trt_segment* segment, tmlrt_context* cx, uint64_t value, tmlrt_status status) {
    tmlrt_response* response;
    if (status == TMLRT_PENDING) {
        return waits(segment);
    }
    if (status != TMLRT_READY) {
        response = segment_failed(segment, status, cx);
    } else {
        if (segment->phase == TRT_SEGMENT_WRAP) {
            take_wrap(segment, value);
        }
        response = end_slowly(segment, cx);
    }
    return response != NULL ? response : waits(segment);
}

/// The end of most polls: what the segment returned came from behind it and needs nothing.
static inline tmlrt_response* end(trt_segment* segment, trt_landed landed) {
    tmlrt_response* response = (tmlrt_response*)(uintptr_t)trt_landed_value(landed);
    const trt_run* run = segment->run;
    if (TRT_UNLIKELY(trt_landed_status(landed) != TMLRT_READY || response != run->pass)) {
        return end_poll(segment, run->cx, trt_landed_value(landed), trt_landed_status(landed));
    }
    segment->phase = TRT_SEGMENT_DONE;
    return response;
}

// ---- next --------------------------------------------------------------------------------------
//
// Every request passes begin once for each of its segments: what is in there is what a stage costs
// (docs/design/pipeline.md). The leaf is written only when the segment waits.

_Static_assert(sizeof(trt_next_leaf) <= TMLRT_LEAF_SIZE, "next fits a leaf");

tmlrt_response* trt_segment_begin_plain(trt_next_leaf* leaf, tmlrt_context* cx,
                                        trt_segment* segment, trt_run* run, const trt_wrap* wrap) {
    segment->leaf = leaf;
    segment->arena = cx->arena;
    char* args =
        trt_segment_wrap(segment, run, wrap, wrap->object, TRT_PLAIN_REQUEST, TRT_PLAIN_NEXT);
    trt_landing_guard(run->scope, &segment->guard);
    return end(segment, trt_landing_call(trt_run_at(run, wrap->frame_at), cx, args, wrap->start));
}

tmlrt_response* trt_segment_begin(trt_next_leaf* leaf, tmlrt_context* cx, trt_segment* segment,
                                  trt_run* run, const trt_wrap* wrap) {
    segment->leaf = leaf;
    segment->arena = cx->arena;
    trt_landing_guard(run->scope, &segment->guard);
    return end(segment, trt_landing_call(segment, cx, NULL, wrap->start));
}

static inline tmlrt_response* begin(trt_next_leaf* leaf, tmlrt_context* cx, trt_segment* segment,
                                    trt_run* run) {
    return segment->wrap->begin(leaf, cx, segment, run, segment->wrap);
}

static tmlrt_response* poll_segment(trt_next_leaf* leaf, tmlrt_context* cx);

/// A context that is not the server's, such as a branch's of a select: what is behind it must find
/// the exchange all the same.
static tmlrt_response* poll_in_branch(trt_next_leaf* leaf, tmlrt_context* cx) {
    trt_run* run = leaf->segment->run;
    tmlrt_context* outer = run->cx;
    trt_exchange_context own = {.base = *cx, .exchange = run->exchange};
    own.base.flags |= TMLRT_CX_EXCHANGE;
    run->cx = &own.base;
    tmlrt_response* response = poll_segment(leaf, &own.base);
    run->cx = outer;
    cx->budget = own.base.budget;
    return response;
}

/// Runs the segment of an initialised leaf to its response or to where it waits: NULL.
static tmlrt_response* poll_segment(trt_next_leaf* leaf, tmlrt_context* cx) {
    trt_segment* segment = leaf->segment;
    trt_run* run = segment->run;
    if (segment->phase == TRT_SEGMENT_DONE ||
        segment->phase == TRT_SEGMENT_LEFT) { // a panic of the stage around: run->cx is its own
        tmlrt_poll_after_done(&tmlrt_next_desc, leaf);
    }
    if (cx != run->cx) {
        return poll_in_branch(leaf, cx);
    }
    if (segment->phase == TRT_SEGMENT_TAKEN) {
        return begin(leaf, cx, segment, run);
    }
    if (segment->phase == TRT_SEGMENT_FILTERS) {
        tmlrt_response* response = end_slowly(segment, cx);
        return response != NULL ? response : waits(segment);
    }
    segment->arena = cx->arena;
    trt_landing_guard(run->scope, &segment->guard);
    bool wraps = segment->wrap->stage != NULL;
    return end(segment, trt_landing_call(segment, cx, NULL,
                                         wraps ? trt_segment_again : trt_segment_last_again));
}

/// Notes that a stage has the leaf of the segment behind it.
static inline void take(trt_segment* segment) {
    if (TRT_UNLIKELY(segment->phase != TRT_SEGMENT_IDLE)) {
        tmlrt_panic("next.run() was called twice by one stage; the rest of a request runs once");
    }
    segment->phase = TRT_SEGMENT_TAKEN;
}

void tmlrt_next_init(void* leaf, tmlrt_next* next) {
    trt_segment* segment = (trt_segment*)(void*)next;
    take(segment);
    *(trt_next_leaf*)leaf = (trt_next_leaf){{TMLRT_FRAME_UNSTARTED, 0}, segment};
}

static __attribute__((noinline)) tmlrt_response* start_slowly(void* leaf, tmlrt_context* cx,
                                                              tmlrt_next* next) {
    tmlrt_next_init(leaf, next);
    return poll_segment(leaf, cx);
}

tmlrt_response* tmlrt_next_start(void* leaf, tmlrt_context* cx, tmlrt_next* next) {
    trt_segment* segment = (trt_segment*)(void*)next;
    trt_run* run = segment->run;
    if (TRT_UNLIKELY(segment->phase != TRT_SEGMENT_IDLE || cx != run->cx)) {
        return start_slowly(leaf, cx, next);
    }
    return begin(leaf, cx, segment, run);
}

static tmlrt_poll next_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_next_leaf* leaf = frame;
    tmlrt_response* response = poll_segment(leaf, cx);
    if (response == NULL) {
        return TMLRT_PENDING;
    }
    leaf->head.state = TMLRT_FRAME_DONE;
    memcpy(out, &response, sizeof(tmlrt_response*));
    return TMLRT_READY;
}

static void next_drop(void* frame) {
    trt_next_leaf* self = frame;
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
    .frame_size = sizeof(trt_next_leaf),
    .frame_align = alignof(trt_next_leaf),
    .out_size = sizeof(tmlrt_response*),
    .out_align = alignof(tmlrt_response*),
    .name = "next",
    .num_states = 2,
};

// ---- the exchange ------------------------------------------------------------------------------

tmlrt_poll trt_run_poll(trt_run* run, tmlrt_context* cx) {
    trt_guard_scope scope;
    trt_landing_open(&scope, &run->segments->guard);
    run->cx = cx;
    run->scope = &scope;
    tmlrt_poll poll = next_poll(&run->first, cx, &run->exchange->response);
    trt_guard_close(&scope);
    return poll;
}

/// Begins in `run`, which has room for `pipeline` and `handler`.
static inline __attribute__((always_inline)) tmlrt_poll
start_in(trt_run* run, const trt_handlers* handlers, const trt_handler* handler,
         const trt_pipeline* pipeline, trt_exchange* exchange, tmlrt_context* cx) {
    trt_guard_scope scope;
    run->head.state = TRT_CALL_PIPED;
    run->call.state = TRT_CALL_DONE;
    run->handler = handler;
    run->pipeline = pipeline;
    run->handlers = handlers;
    run->exchange = exchange;
    run->cx = cx;
    run->scope = &scope;
    run->response = NULL;
    run->pass = trt_run_no_pass(run);
    run->detached = NULL;
    run->error = NULL;
    run->sharing = NULL;
    trt_arena_mark_take(&run->mark, cx);
    trt_segment_init(run->segments, run, pipeline->wraps);
    exchange->call = run;
    trt_landing_open(&scope, &run->segments->guard);
    tmlrt_response* response = begin(&run->first, cx, run->segments, run);
    trt_guard_close(&scope);
    if (TRT_UNLIKELY(response == NULL)) {
        return TMLRT_PENDING;
    }
    exchange->response = response;
    return TMLRT_READY;
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
