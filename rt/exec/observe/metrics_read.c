// SPDX-License-Identifier: Apache-2.0
// Reading the figures, by anybody at any time. The locks that guard a length which is no figure
// (timers, slots, blocking pool) are taken one after another, each for a few instructions.
#include "rt/exec/observe/metrics.h"
#include "rt/exec/runtime.h"
#include "rt/exec/worker.h"

#include <string.h>

static uint64_t read(const trt_atomic_u64* figure) {
    return trt_atomic_load(figure, TRT_RELAXED);
}

static uint64_t less(uint64_t from, uint64_t what) {
    return from > what ? from - what : 0; // two words of two moments
}

// The sleep that goes on is counted with those that have ended; one that ends while we look may be
// counted twice or not at all.
static void add_times(tmlrt_metrics* out, const trt_worker* worker, uint64_t now_ns) {
    const trt_figures* figures = &worker->figures;
    uint64_t up_ns = less(now_ns, worker->born_ns);
    uint64_t since_ns = read(&figures->parked_since_ns);
    uint64_t parked_ns = read(&figures->parked_ns);
    parked_ns += since_ns != 0 ? less(now_ns, since_ns) : 0;
    out->up_ns += up_ns;
    out->parked_ns += parked_ns < up_ns ? parked_ns : up_ns;
    for (uint32_t i = 0; i < TMLRT_METRICS_BUCKETS; i++) {
        out->poll_time[i] += read(&figures->poll_time[i]);
        out->schedule_delay[i] += read(&figures->schedule_delay[i]);
    }
}

static void add_worker(tmlrt_metrics* out, trt_worker* worker, uint64_t now_ns) {
    const trt_figures* figures = &worker->figures;
    uint64_t cancelled = read(&figures->cancelled), panicked = read(&figures->panicked);
    uint64_t fruitless = read(&figures->fruitless), armed, fired;
    out->cancelled += cancelled;
    out->panicked += panicked;
    out->completed += less(read(&figures->ended), cancelled + panicked);
    out->spawned += read(&figures->spawned);
    out->polls += less(read(&worker->looks), fruitless);
    out->local_len += read(&figures->local_len);
    out->deque_len += trt_deque_len_seen(&worker->deque);
    out->inbox_len += trt_atomic_load(&worker->inbox.len, TRT_RELAXED);
    out->lifo_runs += read(&figures->lifo_runs);
    out->steal_attempts += read(&figures->steal_attempts);
    out->stolen += read(&figures->stolen);
    out->overflows += read(&figures->overflows);
    out->parks += read(&figures->parks);
    out->wakes += read(&figures->wakes);
    out->forced_yields += read(&figures->forced_yields);
    trt_timer_driver_count(&worker->timers, &armed, &fired);
    out->timers_armed += armed;
    out->timers_fired += fired;
    out->io_handles += trt_reactor_num_handles(worker->reactor);
    add_times(out, worker, now_ns);
}

static void add_shared(tmlrt_metrics* out, tmlrt_runtime* core) {
    trt_blocking_stats pool;
    trt_blocking_get_stats(core->blocking, &pool);
    out->blocking_threads = pool.num_threads;
    out->blocking_idle = pool.num_idle;
    out->blocking_len = pool.num_queued;
    out->blocking_jobs = pool.num_jobs;
    out->injector_len = trt_atomic_load(&core->injector.len, TRT_RELAXED);
    out->slow_polls = read(&core->observe.watchdog.num_slow);
    out->long_polls = read(&core->observe.watchdog.num_long);
    out->spawned += read(&core->outside.spawned);
    out->wakes += read(&core->outside.wakes);
    out->alive = less(out->spawned, out->completed + out->cancelled + out->panicked);
}

tmlrt_status tmlrt_runtime_metrics(tmlrt_runtime* core, uint32_t worker, tmlrt_metrics* out,
                                   uint64_t out_len) {
    bool total = worker == TMLRT_METRICS_TOTAL;
    if (!total && worker >= core->num_workers) {
        return TMLRT_E_INVAL;
    }
    trt_worker* me = trt_current_worker();
    if (me != NULL && me->core == core) {
        trt_metrics_publish(me); // what this thread did is known exactly
    }
    tmlrt_metrics metrics;
    memset(&metrics, 0, sizeof(metrics));
    uint64_t now_ns = core->clock.now_ns(core->clock.self);
    for (uint32_t i = 0; i < core->num_workers; i++) {
        if (total || i == worker) {
            add_worker(&metrics, &core->workers[i], now_ns);
        }
    }
    if (total) {
        add_shared(&metrics, core);
    }
    uint64_t len = out_len < sizeof(metrics) ? out_len : sizeof(metrics);
    memcpy(out, &metrics, len);
    memset((char*)out + len, 0, out_len - len);
    return TMLRT_OK;
}

void tmlrt_metrics_read(void* out, uint64_t out_len) {
    const trt_worker* me = trt_current_worker();
    tmlrt_status status;
    tmlrt_runtime* core = me != NULL ? me->core : trt_runtime_get_default(&status);
    if (core == NULL) {
        memset(out, 0, out_len);
        return;
    }
    (void)!tmlrt_runtime_metrics(core, TMLRT_METRICS_TOTAL, out, out_len);
}
