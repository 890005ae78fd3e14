// SPDX-License-Identifier: Apache-2.0
// Parking protocol (park.h has it, tests/model/park.pml checks it). Every parked worker waits in
// its own reactor, at most until its own timers' next deadline (P3).
#include "rt/exec/park.h"

#include "rt/exec/runq.h"
#include "rt/exec/runtime.h"
#include "rt/exec/worker.h"

static trt_atomic_u64* word_of(const trt_worker* worker) {
    return &worker->core->idle.bits[worker->index / 64];
}

static uint64_t bit_of(const trt_worker* worker) {
    return 1ull << (worker->index % 64);
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
    trt_atomic_or(word_of(worker), bit_of(worker), TRT_SEQ_CST);
    if (trt_runq_has_work(worker) || trt_worker_should_stop(worker)) {
        trt_atomic_and(word_of(worker), ~bit_of(worker), TRT_SEQ_CST);
        return;
    }
    sleep_until(worker, trt_timer_driver_prepare_sleep(&worker->timers));
    trt_atomic_and(word_of(worker), ~bit_of(worker), TRT_SEQ_CST);
    trt_timer_driver_advance(&worker->timers);
}

bool trt_unpark(trt_worker* worker) {
    uint64_t bit = bit_of(worker);
    if ((trt_atomic_load(word_of(worker), TRT_SEQ_CST) & bit) == 0 ||
        (trt_atomic_and(word_of(worker), ~bit, TRT_SEQ_CST) & bit) == 0) {
        return false;
    }
    trt_reactor_wake(worker->reactor);
    return true;
}

// The lowest idle worker first: the others may sleep on.
void trt_unpark_one(tmlrt_runtime* core) {
    for (uint32_t i = 0; i <= (core->num_workers - 1) / 64; i++) {
        uint64_t seen;
        while ((seen = trt_atomic_load(&core->idle.bits[i], TRT_SEQ_CST)) != 0) {
            if (trt_unpark(&core->workers[i * 64 + (uint32_t)__builtin_ctzll(seen)])) {
                return;
            }
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
