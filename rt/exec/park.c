// SPDX-License-Identifier: Apache-2.0
// Parking protocol (park.h has it, tests/model/park.pml checks it). Every parked worker waits in
// its own reactor, at most until its own timers' next deadline (P3).
#include "rt/exec/park.h"

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/exec/worker.h"

enum { WORD = 32, GRANT_SHIFT = 32 }; ///< workers per word; from a worker's IDLE to its GRANT

void trt_park_init(trt_worker* worker) {
    worker->idle_word = &worker->core->idle.bits[worker->index / WORD];
    worker->idle_bit = 1ull << (worker->index % WORD);
}

static uint32_t num_words(const tmlrt_runtime* core) {
    return (core->num_workers + WORD - 1) / WORD;
}

// ---- searching ----------------------------------------------------------------------------------

bool trt_search_begin(trt_worker* worker) {
    if (worker->is_searching) {
        return true;
    }
    tmlrt_runtime* core = worker->core;
    uint32_t seen = trt_atomic_load(&core->idle.num_searching, TRT_SEQ_CST);
    do {
        if (seen >= (core->num_workers + 1) / 2) {
            return false;
        }
    } while (!trt_atomic_cas(&core->idle.num_searching, &seen, seen + 1, TRT_SEQ_CST, TRT_SEQ_CST));
    worker->is_searching = true;
    return true;
}

// Returns how many others search.
static uint32_t search_give_up(trt_worker* worker) {
    trt_atomic_u32* num = &worker->core->idle.num_searching;
    if (!worker->is_searching) {
        return trt_atomic_load(num, TRT_SEQ_CST);
    }
    worker->is_searching = false;
    uint32_t before = trt_atomic_sub(num, 1, TRT_SEQ_CST);
    TRT_ASSERT(before > 0);
    return before - 1;
}

void trt_search_end(trt_worker* worker) {
    if (search_give_up(worker) == 0 && trt_shared_work(worker->core)) {
        trt_notify(worker->core);
    }
}

// ---- sleeping -----------------------------------------------------------------------------------

// A reactor that fails to wait (it cannot, short of a kernel without memory) is retried by the
// loop.
static uint32_t turn(trt_worker* worker, uint64_t timeout_ns) {
    uint32_t woken = 0;
    worker->collects = true;
    (void)!trt_reactor_turn(worker->reactor, timeout_ns, &woken);
    worker->collects = false;
    return woken;
}

// Fires what is due, then tells others of what this and the turn before it have woken, if it is
// worth their coming.
static void advance(trt_worker* worker, uint64_t now_ns) {
    worker->collects = true;
    trt_timer_driver_advance_to(&worker->timers, now_ns);
    worker->timers.fresh_ns = now_ns;
    worker->collects = false;
    trt_share(worker);
}

static bool local_work(trt_worker* worker) {
    return trt_own_work(worker) || !trt_inbox_empty(&worker->core->injector);
}

// Looks whether I/O is ready or a task was queued, for that long.
static bool nothing_comes(trt_worker* worker, uint64_t timeout_ns) {
    return turn(worker, timeout_ns) == 0 && !local_work(worker);
}

// Returns how many tasks were woken because I/O is ready.
static uint32_t sleep_until(trt_worker* worker, uint64_t now_ns, uint64_t deadline_ns) {
    const trt_clock* clock = &worker->core->clock;
    if (deadline_ns == UINT64_MAX) {
        return turn(worker, UINT64_MAX);
    }
    uint64_t wait_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    if (clock->advance_to == NULL) {
        return turn(worker, wait_ns);
    }
    if (nothing_comes(worker, 0) &&
        (!trt_blocking_is_busy(worker->core->blocking) || nothing_comes(worker, wait_ns))) {
        clock->advance_to(clock->self, deadline_ns);
    }
    return 0;
}

// Returns whether nobody has woken it since it registered.
static bool unregister(trt_worker* worker) {
    uint64_t bit = worker->idle_bit, both = bit | bit << GRANT_SHIFT;
    uint64_t before = trt_atomic_and(worker->idle_word, ~both, TRT_SEQ_CST);
    worker->is_searching = (before & bit << GRANT_SHIFT) != 0;
    return (before & bit) != 0;
}

bool trt_park(trt_worker* worker) {
    trt_count(&worker->figures.fruitless, 1);
    trt_atomic_or(worker->idle_word, worker->idle_bit, TRT_SEQ_CST);
    bool look_further = !worker->is_alone && search_give_up(worker) == 0;
    bool work = local_work(worker) || (look_further && trt_shared_work(worker->core));
    bool stop = !work && trt_worker_should_stop(worker);
    if (work || stop) {
        (void)unregister(worker);
        if (stop) {
            search_give_up(worker);
        } else if (!worker->is_alone) {
            // Pushers may have relied on the search it gave up: it ends in trt_search_end after
            // all.
            trt_search_begin(worker);
        }
        return !stop;
    }
    trt_count(&worker->figures.parks, 1);
    uint64_t since_ns = trt_metrics_pause(worker);
    uint32_t ready = sleep_until(worker, since_ns, trt_timer_driver_prepare_sleep(&worker->timers));
    bool by_time = unregister(worker) && ready == 0;
    uint64_t now_ns = trt_metrics_resume(worker);
    if (trt_watchdog_cares(by_time, now_ns - since_ns)) {
        trt_watchdog_note(&worker->core->observe.watchdog);
    }
    advance(worker, now_ns);
    return true;
}

void trt_poll_drivers(trt_worker* worker) {
    if (!worker->is_alone) { // nobody else is there to be told
        trt_metrics_pace(worker);
    }
    turn(worker, 0);
    advance(worker, trt_timer_driver_now(&worker->timers));
}

// ---- waking -------------------------------------------------------------------------------------

bool trt_unpark(trt_worker* worker) {
    uint64_t bit = worker->idle_bit;
    if ((trt_atomic_load(worker->idle_word, TRT_SEQ_CST) & bit) == 0 ||
        (trt_atomic_and(worker->idle_word, ~bit, TRT_SEQ_CST) & bit) == 0) {
        return false;
    }
    trt_metrics_woke(worker->core);
    trt_reactor_wake(worker->reactor);
    return true;
}

static bool any_idle(const tmlrt_runtime* core) {
    for (uint32_t i = 0; i < num_words(core); i++) {
        if ((uint32_t)trt_atomic_load(&core->idle.bits[i], TRT_SEQ_CST) != 0) {
            return true;
        }
    }
    return false;
}

// Hands the caller's search to the lowest sleeper: the others may sleep on. False: nobody sleeps.
static bool grant(tmlrt_runtime* core) {
    for (uint32_t i = 0; i < num_words(core); i++) {
        uint64_t seen = trt_atomic_load(&core->idle.bits[i], TRT_SEQ_CST);
        while ((uint32_t)seen != 0) {
            uint64_t bit = seen & -seen; // IDLE bits are the low ones
            uint64_t next = (seen & ~bit) | bit << GRANT_SHIFT;
            if (trt_atomic_cas(&core->idle.bits[i], &seen, next, TRT_SEQ_CST, TRT_SEQ_CST)) {
                uint32_t index = i * WORD + (uint32_t)__builtin_ctzll(bit);
                trt_metrics_woke(core);
                trt_reactor_wake(core->workers[index].reactor);
                return true;
            }
        }
    }
    return false;
}

void trt_notify(tmlrt_runtime* core) {
    if (core->num_workers == 1) {
        trt_unpark(&core->workers[0]);
        return;
    }
    trt_atomic_u32* num = &core->idle.num_searching;
    while (trt_atomic_load(num, TRT_SEQ_CST) == 0 && any_idle(core)) {
        uint32_t none = 0;
        if (!trt_atomic_cas(num, &none, 1, TRT_SEQ_CST, TRT_SEQ_CST) || grant(core)) {
            return;
        }
        trt_atomic_sub(num, 1, TRT_SEQ_CST);
    }
}

void trt_unpark_all(tmlrt_runtime* core) {
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_unpark(&core->workers[i]);
    }
}
