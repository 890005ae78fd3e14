// SPDX-License-Identifier: Apache-2.0
// The loops over guards and pipes, inline where every request passes (pipeline_inside.c); what is
// rare in them is in pipeline_shared.c.
#ifndef TRT_HTTP_FRAMEWORK_CALL_PIPELINE_SHARED_H
#define TRT_HTTP_FRAMEWORK_CALL_PIPELINE_SHARED_H

#include <string.h>

#include "std/http/framework/call/pipeline_run.h"

/// Guards and pipes answer READY (all went to their end), PENDING, or that one stopped the request:
/// the run has its response.
enum { TRT_STOPPED = 2 };

/// trt_guard_run runs a guard that is not plain, from its start.
int32_t trt_guard_run(trt_run* run, const trt_stage* guard, char* place);
/// trt_guard_refused answers 403 and returns STOPPED.
int32_t trt_guard_refused(trt_run* run);
/// trt_guard_waits notes the guard at `at` as the one that waits and returns PENDING.
int32_t trt_guard_waits(trt_segment* segment, const trt_stage* const* at);
/// trt_guards_again goes on with the guard that waited.
int32_t trt_guards_again(trt_segment* segment);

/// trt_pipe_run runs a pipe that is not plain, from its start.
int32_t trt_pipe_run(trt_run* run, const trt_pipe_step* step, char* place);
/// trt_pipe_waits notes the pipe of a step as the one that waits and returns PENDING.
int32_t trt_pipe_waits(trt_segment* segment, const trt_pipe_step* step);
/// trt_pipes_again goes on with the pipe that waited.
int32_t trt_pipes_again(trt_segment* segment);

/// trt_shared_place returns the place that guards, pipes and filters share.
static inline char* trt_shared_place(trt_run* run) {
    return trt_run_at(run, run->pipeline->shared_at);
}

/// trt_stage_fill fills the args of a stage but for what it takes beside the request.
static inline void trt_stage_fill(const trt_run* run, const trt_stage* stage, char* place,
                                  const void* object) {
    const tmlrt_request* request = &run->exchange->request;
    memcpy(place, &object, sizeof object);
    memcpy(place + stage->request_at, &request, sizeof(void*));
}

/// trt_guards_run runs the guards of a segment from one on.
static inline __attribute__((always_inline)) int32_t trt_guards_run(trt_segment* segment,
                                                                    trt_run* run,
                                                                    const trt_stage* const* at) {
    char* place = trt_shared_place(run);
    for (const trt_stage* guard; (guard = *at) != NULL; at++) {
        if (TRT_UNLIKELY(!guard->is_plain)) {
            int32_t result = trt_guard_run(run, guard, place);
            if (result == TMLRT_READY) {
                continue;
            }
            return result == TMLRT_PENDING ? trt_guard_waits(segment, at) : result;
        }
        trt_stage_fill(run, guard, place, guard->object);
        tmlrt_started started = guard->start(place + guard->frame_at, run->cx, place);
        if (TRT_UNLIKELY(started.status != TMLRT_READY)) {
            return trt_guard_waits(segment, at);
        }
        if (TRT_UNLIKELY((uint8_t)started.value == 0)) {
            return trt_guard_refused(run);
        }
    }
    return TMLRT_READY;
}

/// trt_pipes_run runs the pipes of the handler from one on.
static inline __attribute__((always_inline)) int32_t trt_pipes_run(trt_segment* segment,
                                                                   trt_run* run,
                                                                   const trt_pipe_step* step) {
    char* place = trt_shared_place(run);
    for (; step->stage != NULL; step++) {
        const trt_stage* pipe = step->stage;
        if (TRT_UNLIKELY(!step->is_plain)) {
            int32_t result = trt_pipe_run(run, step, place);
            if (result == TMLRT_READY) {
                continue;
            }
            return result == TMLRT_PENDING ? trt_pipe_waits(segment, step) : result;
        }
        char* value = run->call.args + step->at;
        trt_stage_fill(run, pipe, place, pipe->object);
        memcpy(place + pipe->wanted_at, value, sizeof(uint64_t));
        memset(value, 0, sizeof(uint64_t));
        tmlrt_started started = pipe->start(place + pipe->frame_at, run->cx, place);
        if (TRT_UNLIKELY(started.status != TMLRT_READY)) {
            return trt_pipe_waits(segment, step);
        }
        memcpy(run->call.args + step->at, &started.value, sizeof started.value);
    }
    return TMLRT_READY;
}

#endif
