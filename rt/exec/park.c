// SPDX-License-Identifier: Apache-2.0
// Parking protocol (park.h has it, tests/model/park.pml checks it). Every parked worker waits in
// its own reactor, at most until its own timers' next deadline (P3).
#include "rt/exec/park.h"

#include "rt/exec/runq.h"
#include "rt/exec/runtime.h"
#include "rt/exec/worker.h"

static void begin(trt_worker* worker) {
    trt_atomic_add(&worker->core->num_parked, 1, TRT_SEQ_CST);
    trt_atomic_store(&worker->park, TRT_PARK_PARKED, TRT_SEQ_CST);
}

static void finish(trt_worker* worker) {
    if (trt_atomic_xchg(&worker->park, TRT_PARK_AWAKE, TRT_SEQ_CST) == TRT_PARK_PARKED) {
        trt_atomic_sub(&worker->core->num_parked, 1, TRT_SEQ_CST);
    }
}

// A reactor that fails to wait (it cannot, short of a kernel without memory) is retried by the
// loop.
static uint32_t turn(trt_worker* worker, uint64_t timeout_ns) {
    uint32_t woken = 0;
    (void)!trt_reactor_turn(worker->reactor, timeout_ns, &woken);
    return woken;
}

static void sleep_until(trt_worker* worker, uint64_t deadline_ns) {
    const trt_clock* clock = &worker->core->clock;
    if (deadline_ns == UINT64_MAX) {
        turn(worker, UINT64_MAX);
        return;
    }
    uint64_t now_ns = clock->now_ns(clock->self);
    uint64_t wait_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    if (clock->advance_to == NULL) {
        turn(worker, wait_ns);
    } else if (turn(worker, 0) == 0 && !trt_runq_has_work(worker)) {
        clock->advance_to(clock->self, deadline_ns);
    }
}

void trt_park(trt_worker* worker) {
    begin(worker);
    if (trt_runq_has_work(worker) || trt_worker_should_stop(worker)) {
        finish(worker);
        return;
    }
    sleep_until(worker, trt_timer_driver_prepare_sleep(&worker->timers));
    finish(worker);
    trt_timer_driver_advance(&worker->timers);
}

bool trt_unpark(trt_worker* worker) {
    uint32_t seen = TRT_PARK_PARKED;
    if (!trt_atomic_cas(&worker->park, &seen, TRT_PARK_NOTIFIED, TRT_SEQ_CST, TRT_SEQ_CST)) {
        return false;
    }
    trt_atomic_sub(&worker->core->num_parked, 1, TRT_SEQ_CST);
    trt_reactor_wake(worker->reactor);
    return true;
}

void trt_unpark_one(tmlrt_runtime* core) {
    if (trt_atomic_load(&core->num_parked, TRT_SEQ_CST) == 0) {
        return;
    }
    uint32_t first = trt_atomic_add(&core->next_unpark, 1, TRT_RELAXED);
    for (uint32_t i = 0; i < core->num_workers; i++) {
        if (trt_unpark(&core->workers[(first + i) % core->num_workers])) {
            return;
        }
    }
}

void trt_unpark_all(tmlrt_runtime* core) {
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_unpark(&core->workers[i]);
    }
}

void trt_poll_drivers(trt_worker* worker) {
    turn(worker, 0);
    trt_timer_driver_advance(&worker->timers);
}
