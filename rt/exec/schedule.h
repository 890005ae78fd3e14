// SPDX-License-Identifier: Apache-2.0
// Where a runnable task goes, and which one a worker runs next.
//
//   a task with a home             its worker's local FIFO; from other threads through its inbox
//   no home, queued by a worker    the worker's LIFO slot; what was there goes to its deque
//   no home, that yielded          the end of the deque of the worker that ran it
//   no home, from other threads    the injector
// In per_core mode every task has a home.
// A runtime with one worker has no use for slot and deque: its local FIFO takes all.
//
// The slot makes a woken or spawned task the next to run, while what it needs is in the cache, and
// wakes nobody: only a second task is worth another worker. It is not stolen from. A task in it
// waits for the end of the current poll, and after TRT_LIFO_MAX runs out of the slot in a row it
// goes behind the others (if there are any). Otherwise a worker takes from its local FIFO and its
// deque in turn, then from the inbox, the injector (a share of it) and the other workers' deques
// (the older half of one), then from a busy lender's reactor (drivers.h). On every TRT_GLANCEth
// look inbox and injector come first, on every TRT_BEATth I/O and timers as well. So a queued task
// waits at most TRT_LIFO_MAX + 1 runs for each one before it in its queue, twice that when both
// queues are in use: within F1's 61.
#ifndef TRT_EXEC_SCHEDULE_H
#define TRT_EXEC_SCHEDULE_H

#include "rt/exec/worker.h"

#include <tmlrt/runtime.h>

enum {
    /// TRT_GLANCE: every so many looks for a task those queued from outside are first.
    TRT_GLANCE = 10,
    /// TRT_BEAT: every so many looks I/O and timers are before them (F1); the default of the option
    /// event_interval.
    TRT_BEAT = 61,
    /// TRT_BEAT_NS: and as often as that, by how long polls took of late (pace.h), where there are
    /// other workers: handles that they share wait in one reactor.
    TRT_BEAT_NS = 500000,
    /// TRT_LIFO_MAX: so many tasks in a row may come out of the LIFO slot while others wait.
    TRT_LIFO_MAX = 3,
    /// TRT_SHARE_NS: what I/O and timers wake is worth another worker when it would keep this one
    /// busy for so long; waking a thread and having it on another core takes up to half of it.
    TRT_SHARE_NS = 100000,
};

/// trt_schedule queues a task whose state word says that the caller must push it, and wakes at most
/// one worker.   Owns: the queue's reference moves in.   Thread: any. Allocates nothing.
void trt_schedule(tmlrt_task* task);
/// trt_requeue puts a task that was woken while it ran behind the others. Wakes nobody when there
/// are none: this worker runs it next; or when all of them are soon over.   Thread: the worker that
/// ran it.
void trt_requeue(trt_worker* worker, tmlrt_task* task);
/// trt_schedule_quietly puts a task that may run there behind the others of `me`, the worker of
/// this thread, and tells nobody.
void trt_schedule_quietly(trt_worker* me, tmlrt_task* task);
/// trt_schedule_shared puts a task without a home behind the others of `me`, the worker of this
/// thread, and sees to it that an idle worker knows.
void trt_schedule_shared(trt_worker* me, tmlrt_task* task);
/// trt_share wakes an idle worker if what `me` has queued would keep it busy for long. Called after
/// I/O and timers were collected, which tell nobody themselves.   Thread: the worker.
void trt_share(trt_worker* me);
/// trt_fetch_woken asks for what a task that I/O woke looks at, when `queued` others are before it:
/// of many, each is asked for while the one before it runs.
static inline __attribute__((always_inline)) void trt_fetch_woken(const tmlrt_task* task,
                                                                  uint64_t queued) {
    if (queued < TRT_PREFETCH_FROM) {
        trt_task_fetch_frame(task);
        trt_near_fetch(task->guard.near);
    }
}
/// trt_schedule_here is trt_schedule of a task that may run on `me`, the worker of this thread.
static inline void trt_schedule_here(trt_worker* me, tmlrt_task* task) {
    if (me->is_alone || task->home != TRT_HOME_NONE) {
        if (me->collects) {
            trt_fetch_woken(task, me->local.len);
        }
        trt_runq_push(&me->local, task);
        return;
    }
    if (me->collects) {
        trt_fetch_woken(task, trt_deque_len(&me->deque));
    }
    tmlrt_task* displaced = me->lifo;
    me->lifo = task;
    if (displaced != NULL) {
        trt_schedule_shared(me, displaced);
    }
}
/// trt_glance_in_vain is the glance of a worker that has no other task. True: nothing came from
/// outside and the beat is not due either.   Thread: the worker.
bool trt_glance_in_vain(trt_worker* worker);
/// trt_next_of_many is trt_next when there is more to look at than the local FIFO.
tmlrt_task* trt_next_of_many(trt_worker* worker);
/// trt_next takes the task that the worker runs next, by the rules above; NULL when no queue that
/// it may look at has one. Ends the worker's search when it finds one (park.h).
/// Thread:  the worker.
static inline tmlrt_task* trt_next(trt_worker* worker) {
    uint64_t look = trt_atomic_load(&worker->looks, TRT_RELAXED) + 1;
    if (TRT_LIKELY(worker->is_alone && worker->local.head != NULL && look < worker->glance_at)) {
        tmlrt_task* task = trt_runq_pop(&worker->local);
        trt_atomic_store(&worker->looks, look, TRT_RELAXED);
        trt_runq_prefetch(&worker->local);
        return task;
    }
    return trt_next_of_many(worker);
}
/// trt_behind_nobody tells whether a task requeued now would be the next to run, and counts the
/// look for it. False when the beat is due.   Thread: the worker.
static inline bool trt_behind_nobody(trt_worker* worker) {
    if (worker->local.head != NULL || worker->lifo != NULL || trt_deque_len(&worker->deque) != 0) {
        return false;
    }
    uint64_t look = trt_atomic_load(&worker->looks, TRT_RELAXED) + 1;
    if (look >= worker->glance_at && !trt_glance_in_vain(worker)) {
        return false;
    }
    trt_atomic_store(&worker->looks, look, TRT_RELAXED);
    return true;
}
/// trt_own_work tells whether a queue of the worker itself has a task.   Thread: the worker.
bool trt_own_work(trt_worker* worker);
/// trt_shared_work tells whether there is a task that any worker may take.   Thread: any.
bool trt_shared_work(const tmlrt_runtime* core);

#endif
