// SPDX-License-Identifier: Apache-2.0
// What a worker calls besides queues, timers and reactor, in models of workers: nothing of it
// orders anything. Included once in the model's file.
#ifndef TESTS_MODEL_EXPLORE_BESIDE_H
#define TESTS_MODEL_EXPLORE_BESIDE_H

#include "rt/exec/blocking.h"
#include "rt/exec/observe/metrics.h"
#include "rt/exec/observe/watchdog.h"
#include "rt/exec/runtime.h"
#include "rt/exec/seeded.h"
#include "tests/model/explore/model.h"

// Figures are the worker's own.
uint64_t trt_metrics_pause(trt_worker* self) {
    return self->core->clock.now_ns(self->core->clock.self);
}
uint64_t trt_metrics_resume(trt_worker* self) {
    return self->core->clock.now_ns(self->core->clock.self);
}
void trt_metrics_beat(trt_worker* self) {
    (void)self;
}
void trt_metrics_pace(trt_worker* self) {
    (void)self;
}
void trt_metrics_sampled(trt_worker* self) {
    (void)self;
}
void trt_metrics_woke(tmlrt_runtime* core) {
    (void)core;
}

void trt_watchdog_wake(trt_watchdog* dog) {
    (void)dog;
    MODEL_CHECK(!"it is off");
}

tmlrt_task* trt_seeded_next(trt_worker* self) {
    (void)self;
    MODEL_CHECK(!"nobody is seeded");
    return NULL;
}
bool trt_blocking_is_busy(trt_blocking* pool) {
    (void)pool;
    return false;
}

#endif
