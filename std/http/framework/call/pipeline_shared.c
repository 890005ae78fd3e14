// SPDX-License-Identifier: Apache-2.0
// The stages that share one place of a run: guards, pipes and filters, of which one is live at a
// time and is polled to its end.
//
// One that waits is noted in run->sharing, with its index in the segment's cursor; whoever polls
// again resumes it there. One whose output goes in a register, of an object that is there
// (`is_plain`), is run by pipeline_shared.h; all others go the way of arm_and_poll. A panic
// leaves through the segment's landing, which is pipeline_run.c's. One worker. Called by
// pipeline_inside.c.
#include "std/http/framework/call/pipeline_shared.h"
#include "rt/exec/guard.h"
#include "std/http/core/response.h"
#include "std/http/framework/value/value.h"

#include <string.h>

/// Polls the stage in the shared place, armed or waiting.
static tmlrt_poll poll_shared(const trt_run* run, const trt_stage* stage, char* place) {
    return stage->poll(place + stage->frame_at, run->cx, place + stage->out_at);
}

/// Polls a stage for the first time whose args are filled.
static tmlrt_poll arm_and_poll(const trt_run* run, const trt_stage* stage, char* place) {
    trt_frame_arm(place + stage->frame_at, place);
    return poll_shared(run, stage, place);
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

// ---- guards ------------------------------------------------------------------------------------

int32_t trt_guard_waits(trt_segment* segment, const trt_stage* const* at) {
    segment->run->sharing = *at;
    segment->cursor = (uint16_t)(at - segment->run->pipeline->guards);
    return TMLRT_PENDING;
}

int32_t trt_guard_refused(trt_run* run) {
    trt_run_fail_status(run, 403);
    return TRT_STOPPED;
}

/// What a guard that is done has said, in the place.
static int32_t read_guard(trt_run* run, const trt_stage* guard, char* place) {
    const char* yes = trt_stage_take(run, guard, place + guard->out_at);
    if (yes == NULL) {
        return TRT_STOPPED;
    }
    return *yes != 0 ? TMLRT_READY : trt_guard_refused(run);
}

int32_t trt_guard_run(trt_run* run, const trt_stage* guard, char* place) {
    trt_stage_fill(run, guard, place, trt_run_object(run, guard->object, guard->node));
    return arm_and_poll(run, guard, place) == TMLRT_READY ? read_guard(run, guard, place)
                                                          : TMLRT_PENDING;
}

int32_t trt_guards_again(trt_segment* segment) {
    trt_run* run = segment->run;
    const trt_stage* const* at = run->pipeline->guards + segment->cursor;
    char* place = trt_shared_place(run);
    run->sharing = NULL;
    if (poll_shared(run, *at, place) == TMLRT_PENDING) {
        return trt_guard_waits(segment, at);
    }
    int32_t result = read_guard(run, *at, place);
    return result == TMLRT_READY ? trt_guards_run(segment, run, at + 1) : result;
}

// ---- pipes -------------------------------------------------------------------------------------

int32_t trt_pipe_waits(trt_segment* segment, const trt_pipe_step* step) {
    segment->run->sharing = step->stage;
    segment->cursor = (uint16_t)(step - segment->run->handler->pipes);
    return TMLRT_PENDING;
}

/// Moves a value, zero staying behind.
static void move_value(void* to, void* from, size_t size) {
    memcpy(to, from, size);
    memset(from, 0, size);
}

/// Takes the new value of a parameter from the place; strings that are libc malloc are moved to the
/// arena.
static int32_t take_pipe(trt_run* run, const trt_pipe_step* step, char* place) {
    const trt_stage* pipe = step->stage;
    char* made = trt_stage_take(run, pipe, place + pipe->out_at);
    char* value = run->call.args + step->at;
    if (made == NULL) {
        return TRT_STOPPED;
    }
    move_value(value, made, step->size);
    if (pipe->is_owned &&
        trt_adopt_strings(run->exchange->request.arena, step->slot->type, value) != TMLRT_OK) {
        trt_run_fail_status(run, 503);
        return TRT_STOPPED;
    }
    return TMLRT_READY;
}

int32_t trt_pipe_run(trt_run* run, const trt_pipe_step* step, char* place) {
    const trt_stage* pipe = step->stage;
    trt_stage_fill(run, pipe, place, trt_run_object(run, pipe->object, pipe->node));
    move_value(place + pipe->wanted_at, run->call.args + step->at, step->size);
    return arm_and_poll(run, pipe, place) == TMLRT_READY ? take_pipe(run, step, place)
                                                         : TMLRT_PENDING;
}

int32_t trt_pipes_again(trt_segment* segment) {
    trt_run* run = segment->run;
    const trt_pipe_step* step = run->handler->pipes + segment->cursor;
    char* place = trt_shared_place(run);
    run->sharing = NULL;
    if (poll_shared(run, step->stage, place) == TMLRT_PENDING) {
        return trt_pipe_waits(segment, step);
    }
    int32_t result = take_pipe(run, step, place);
    return result == TMLRT_READY ? trt_pipes_run(segment, run, step + 1) : result;
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
            trt_stage_fill(run, filter, place, trt_run_object(run, filter->object, filter->node));
            memcpy(place + filter->wanted_at, &run->error, sizeof(tmlrt_error*));
            trt_frame_arm(place + filter->frame_at, place);
            run->sharing = filter;
        }
        tmlrt_status status = trt_guard_poll(&segment->guard, NULL, 0, filter->record->thunk,
                                             place + filter->frame_at, cx, place + filter->out_at);
        if (status == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        run->sharing = NULL;
        if (status != TMLRT_READY) {
            trt_call_count_panic(run->exchange, status);
            trt_arena_mark_unwind(&segment->mark, cx);
            continue;
        }
        const void* just = trt_value_payload(filter->record->ret, place + filter->out_at);
        tmlrt_response* response = NULL;
        if (just != NULL) {
            memcpy(&response, just, sizeof(tmlrt_response*));
        }
        if (response != NULL) {
            run->response = response;
            break;
        }
    }
    return TMLRT_READY;
}
