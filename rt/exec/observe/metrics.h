// SPDX-License-Identifier: Apache-2.0
// What an operator can see of the executor: counters that each worker keeps for itself, always on.
//
// A counter has one writer, the worker, and needs no lock and no locked instruction. The few that
// are counted on the path of every task are plain words (trt_counts); the worker copies them to its
// trt_figures on every beat, when it goes to sleep and when it leaves its loop, so they are at most
// TRT_BEAT runs old. Everything else is counted in trt_figures at once: relaxed stores, a cache
// line of their own, read by anybody. What threads that are no workers do is counted in the
// runtime's trt_outside. No figure is ordered with another: a reader gets each as of about now.
//
// How often tasks ran costs nothing: the looks for a task (schedule.h), less those that found none.
// Times cost two looks at the clock, so only every TRT_SAMPLE_BEATS-th beat is timed: how long its
// run took, and how long a probe waits that is queued behind all others then (metrics.c).
#ifndef TRT_EXEC_METRICS_H
#define TRT_EXEC_METRICS_H

#include <tmlrt/runtime.h>

#include "rt/exec/task.h"

#include <stdio.h>

enum { TRT_SAMPLE_BEATS = 16 };

/// trt_counts are the owner's own words, published now and then. All-zero at first.
typedef struct trt_counts {
    uint64_t spawned, ended, lifo_runs;
} trt_counts;

/// trt_figures are written by the worker (relaxed stores) and read by anybody. All-zero at first.
typedef struct trt_figures {
    trt_atomic_u64 spawned, ended, lifo_runs, local_len; ///< copies of trt_counts and the queue
    trt_atomic_u64 cancelled, panicked;
    trt_atomic_u64 fruitless; ///< looks that are no run of a task
    trt_atomic_u64 steal_attempts, stolen, overflows;
    trt_atomic_u64 parks, wakes, forced_yields;
    trt_atomic_u64 parked_ns;       ///< in all sleeps that have ended
    trt_atomic_u64 parked_since_ns; ///< 0: the worker is awake
    /// The route (tmlrt_meta_route) of the request whose code runs; NULL: none does, or it has none
    /// (serving.h).
    trt_atomic_ptr doing;
    trt_atomic_u64 poll_time[TMLRT_METRICS_BUCKETS], schedule_delay[TMLRT_METRICS_BUCKETS];
} __attribute__((aligned(64))) trt_figures;

/// trt_outside counts what threads do that are no workers of the runtime.   Thread: any.
typedef struct trt_outside {
    trt_atomic_u64 spawned, wakes;
} __attribute__((aligned(64))) trt_outside;

/// trt_probe is a task that is only queued to see how long it waits. Never COMPLETE, never freed.
typedef struct trt_probe {
    tmlrt_task task;
    tmlrt_frame head; ///< its frame, as `queued_ns`
    uint64_t queued_ns;
} trt_probe;

/// trt_count adds to a figure of the calling worker.
static inline void trt_count(trt_atomic_u64* figure, uint64_t add) {
    trt_atomic_store(figure, trt_atomic_load(figure, TRT_RELAXED) + add, TRT_RELAXED);
}

/// trt_metrics_init prepares a worker's figures; its core, index and clock are set.
void trt_metrics_init(trt_worker* worker);
/// trt_metrics_publish copies the worker's own words to its figures.   Thread: the worker.
void trt_metrics_publish(trt_worker* worker);
/// trt_metrics_beat publishes, and now and then begins a sample.   Thread: the worker, on its beat.
void trt_metrics_beat(trt_worker* worker);
/// trt_metrics_pace ends a stretch of polls (pace.h).   Thread: the worker, on its beat.
void trt_metrics_pace(trt_worker* worker);
/// trt_metrics_sampled ends the sample that is running, at the look that follows it.
void trt_metrics_sampled(trt_worker* worker);
/// trt_metrics_pause publishes, gives up a sample and notes that the worker sleeps or leaves its
/// loop; trt_metrics_resume notes that it is back. Both return the time. In pairs.
/// Thread:  the worker.
uint64_t trt_metrics_pause(trt_worker* worker);
uint64_t trt_metrics_resume(trt_worker* worker);
/// trt_metrics_spawned counts a task that went into the list of `core` by way of its lock.
void trt_metrics_spawned(tmlrt_runtime* core);
/// trt_metrics_woke counts a wake-up of a parked worker of `core`.
void trt_metrics_woke(tmlrt_runtime* core);
/// trt_metrics_print writes one line per worker and their sum.   Thread: any.
void trt_metrics_print(tmlrt_runtime* core, FILE* out);

#endif
