// SPDX-License-Identifier: Apache-2.0
// The order of a seeded runtime (seeded.h). A production runtime asks for it nowhere: a seeded
// worker's glance is always due (glance_at and beat_at stay 0), and the glance, which is out of
// line, asks. Called by the scheduler. Thread: the worker.
#include "rt/exec/seeded.h"

#include "rt/exec/park.h"
#include "rt/exec/runtime.h"
#include "rt/exec/turn.h"
#include "rt/exec/worker.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    DRIVERS_FIRST = 8, ///< at one look in so many
    LOOK_NS = 1000,    ///< what a look takes: a task that spins until a time comes sees it come
};

tmlrt_status trt_seed_configure(trt_seed* out, const tmlrt_runtime_options* options) {
    *out = (trt_seed){.is_set = false};
    if ((options->flags & TMLRT_RUNTIME_SEEDED) != 0) {
        *out = (trt_seed){true, options->seed, "option"};
        return TMLRT_OK;
    }
    const char* text = getenv("TMLRT_SEED");
    if (text == NULL || *text == '\0' || options->workers != 0) {
        return TMLRT_OK;
    }
    char* end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0') {
        fprintf(stderr, "tmlrt: TMLRT_SEED is '%.32s': set a number, or unset it\n", text);
        return TMLRT_E_INVAL;
    }
    *out = (trt_seed){true, value, "TMLRT_SEED"};
    return TMLRT_OK;
}

void trt_seeded_init(trt_worker* worker, uint64_t seed) {
    worker->is_seeded = true;
    worker->rng = seed;
    worker->glance_at = worker->beat_at = 0;
}

// Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014 (splitmix64).
static uint64_t draw(trt_worker* worker) {
    uint64_t word = worker->rng += 0x9E3779B97F4A7C15u;
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9u;
    word = (word ^ word >> 27) * 0x94D049BB133111EBu;
    return word ^ word >> 31;
}

static uint64_t draw_below(trt_worker* worker, uint64_t limit) {
    return (uint64_t)((uint32_t)draw(worker) * limit >> 32);
}

void trt_seeded_begin(trt_worker* worker) {
    trt_turn_seed((uint32_t)draw(worker));
}

tmlrt_task* trt_seeded_next(trt_worker* worker) {
    tmlrt_runtime* core = worker->core;
    if (core->clock.self == core) { // its own clock, not a test's
        trt_seeded_advance_to(core, trt_seeded_now_ns(core) + LOOK_NS);
    }
    if (draw_below(worker, DRIVERS_FIRST) == 0) {
        trt_poll_drivers(worker);
    }
    trt_inbox_take(&worker->inbox, &worker->local);
    trt_inbox_take(&core->injector, &worker->local);
    trt_metrics_publish(worker);
    uint64_t reach = worker->local.len < TRT_SEEDED_REACH ? worker->local.len : TRT_SEEDED_REACH;
    return reach == 0 ? NULL : trt_runq_take(&worker->local, draw_below(worker, reach));
}

uint64_t trt_seeded_now_ns(void* self) {
    return trt_atomic_load(&((tmlrt_runtime*)self)->seeded_now_ns, TRT_RELAXED);
}

void trt_seeded_advance_to(void* self, uint64_t now_ns) {
    if (now_ns > trt_seeded_now_ns(self)) {
        trt_atomic_store(&((tmlrt_runtime*)self)->seeded_now_ns, now_ns, TRT_RELAXED);
    }
}
