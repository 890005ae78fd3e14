// SPDX-License-Identifier: Apache-2.0
// How long a worker's polls take, about: what tells whether queued tasks are worth waking another
// worker for (schedule.h). Measured over stretches, from the end of a sleep or a beat to the next
// one, so it costs one look at the clock per beat and none per poll. Taken up at once, down slowly:
// a worker that errs wakes another one too often, and does not leave long polls in a row.
// Owned by the worker.
#ifndef TRT_EXEC_PACE_H
#define TRT_EXEC_PACE_H

#include <stdint.h>

/// trt_pace is the estimate and the stretch that goes on.
typedef struct trt_pace {
    uint64_t poll_ns;
    uint64_t since_ns, since_looks;
} trt_pace;

/// trt_pace_begin starts a stretch at the `looks`th look.
static inline void trt_pace_begin(trt_pace* pace, uint64_t now_ns, uint64_t looks) {
    pace->since_ns = now_ns;
    pace->since_looks = looks;
}

/// trt_pace_note ends the stretch, and begins the next one.
static inline void trt_pace_note(trt_pace* pace, uint64_t now_ns, uint64_t looks) {
    uint64_t num = looks - pace->since_looks;
    if (num != 0) {
        uint64_t poll_ns = (now_ns - pace->since_ns) / num;
        pace->poll_ns = poll_ns >= pace->poll_ns ? poll_ns : (pace->poll_ns * 3 + poll_ns) / 4;
    }
    trt_pace_begin(pace, now_ns, looks);
}

#endif
