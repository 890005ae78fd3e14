// SPDX-License-Identifier: Apache-2.0
// Counting by the workers (metrics.h says who writes what; metrics_read.c reads it). Called by the
// worker's loop, parking and spawning.
//
// Sampling. On every TRT_SAMPLE_BEATS-th beat the next look is made a glance, so
// the loop itself does not know about it: the time between the two is that of one run. On the same
// beat the worker's probe is queued behind everything, quietly: nobody is woken for it. It has no
// home, so it may be stolen, as any task, and is counted where it runs.
#include "rt/exec/observe/metrics.h"

#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/exec/worker.h"

#include <stddef.h>

static uint64_t now(const tmlrt_runtime* core) {
    return core->clock.now_ns(core->clock.self);
}

// ---- times --------------------------------------------------------------------------------------

static uint32_t bucket_of(uint64_t ns) {
    uint32_t bits = ns < 2 ? 0 : 63 - (uint32_t)__builtin_clzll(ns);
    return bits < TMLRT_METRICS_BUCKETS ? bits : TMLRT_METRICS_BUCKETS - 1;
}

static tmlrt_poll probe_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)cx, (void)out;
    trt_worker* worker = trt_current_worker();
    const trt_probe* probe = TRT_CONTAINER_OF(frame, trt_probe, head);
    uint64_t delay_ns = now(worker->core) - probe->queued_ns;
    trt_count(&worker->figures.schedule_delay[bucket_of(delay_ns)], 1);
    trt_count(&worker->figures.fruitless, 1); // not a run of a task of the program
    return TMLRT_PENDING;
}

// Nobody refers to a probe but its worker: it is never dropped.
static void probe_drop(void* frame) {
    ((tmlrt_frame*)frame)->state = TMLRT_FRAME_DONE;
}

static const tmlrt_future_desc s_probe_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = probe_poll,
    .drop = probe_drop,
    .frame_size = sizeof(trt_probe) - offsetof(trt_probe, head),
    .frame_align = _Alignof(uint64_t),
    .out_align = 1,
    .name = "probe",
    .num_states = 1,
};

void trt_metrics_init(trt_worker* worker) {
    tmlrt_task* probe = &worker->probe.task;
    trt_atomic_init(&probe->state, TRT_TASK_REF);
    probe->desc = &s_probe_desc;
    probe->shard = worker;
    probe->home = worker->spawn_home;
    probe->is_owned = true; // so that no list wants it
    probe->spare = TRT_TASK_SPARE;
    probe->frame_offset = offsetof(trt_probe, head);
    probe->out_offset = sizeof(trt_probe);
    worker->born_ns = now(worker->core);
    trt_atomic_init(&worker->figures.parked_since_ns, worker->born_ns);
}

void trt_metrics_publish(trt_worker* worker) {
    trt_figures* figures = &worker->figures;
    trt_atomic_store(&figures->spawned, worker->counts.spawned, TRT_RELAXED);
    trt_atomic_store(&figures->ended, worker->counts.ended, TRT_RELAXED);
    trt_atomic_store(&figures->lifo_runs, worker->counts.lifo_runs, TRT_RELAXED);
    trt_atomic_store(&figures->local_len, worker->local.len, TRT_RELAXED);
}

void trt_metrics_pace(trt_worker* worker) {
    uint64_t looks = trt_atomic_load(&worker->looks, TRT_RELAXED);
    trt_pace_note(&worker->pace, now(worker->core), looks);
}

void trt_metrics_beat(trt_worker* worker) {
    trt_metrics_publish(worker);
    if (++worker->num_beats % TRT_SAMPLE_BEATS != 0) {
        return;
    }
    uint64_t now_ns = now(worker->core);
    tmlrt_task* probe = &worker->probe.task;
    if ((trt_state_load(&probe->state) & TRT_TASK_CLAIMED) == 0) {
        worker->probe.queued_ns = now_ns;
        (void)trt_state_wake(&probe->state); // nobody else wakes it
        trt_schedule_quietly(worker, probe);
    }
    worker->sampled_ns = now_ns;
    worker->glance_at = trt_atomic_load(&worker->looks, TRT_RELAXED) + 1;
}

void trt_metrics_sampled(trt_worker* worker) {
    uint64_t took_ns = now(worker->core) - worker->sampled_ns;
    trt_count(&worker->figures.poll_time[bucket_of(took_ns)], 1);
    worker->sampled_ns = 0;
}

uint64_t trt_metrics_pause(trt_worker* worker) {
    uint64_t now_ns = now(worker->core);
    worker->sampled_ns = 0;
    trt_metrics_publish(worker);
    if (!worker->is_alone) { // nobody else is there to be told
        trt_pace_note(&worker->pace, now_ns, trt_atomic_load(&worker->looks, TRT_RELAXED));
    }
    trt_atomic_store(&worker->figures.parked_since_ns, now_ns, TRT_RELAXED);
    return now_ns;
}

uint64_t trt_metrics_resume(trt_worker* worker) {
    trt_figures* figures = &worker->figures;
    uint64_t since_ns = trt_atomic_load(&figures->parked_since_ns, TRT_RELAXED);
    uint64_t now_ns = now(worker->core);
    if (!worker->is_alone) {
        trt_pace_begin(&worker->pace, now_ns, trt_atomic_load(&worker->looks, TRT_RELAXED));
    }
    trt_count(&figures->parked_ns, now_ns - since_ns);
    trt_atomic_store(&figures->parked_since_ns, 0, TRT_RELAXED);
    return now_ns;
}

// ---- what others do too -------------------------------------------------------------------------

static trt_worker* worker_of(const tmlrt_runtime* core) {
    trt_worker* me = trt_current_worker();
    return me != NULL && me->core == core ? me : NULL;
}

void trt_metrics_spawned(tmlrt_runtime* core) {
    trt_worker* me = worker_of(core);
    if (me != NULL) {
        me->counts.spawned++;
    } else {
        trt_atomic_add(&core->outside.spawned, 1, TRT_RELAXED);
    }
}

void trt_metrics_woke(tmlrt_runtime* core) {
    trt_worker* me = worker_of(core);
    if (me != NULL) {
        trt_count(&me->figures.wakes, 1);
    } else {
        trt_atomic_add(&core->outside.wakes, 1, TRT_RELAXED);
    }
}
