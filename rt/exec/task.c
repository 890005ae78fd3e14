// SPDX-License-Identifier: Apache-2.0
// Life of a task: made by spawn, run by workers, completed once, freed with its last reference.
//
// Invariants (reliability ids): one runner at a time (E2: CLAIMED); the frame is dropped at most
// once and only by a runner (E6); the output is moved to the handle or dropped here, once; a task
// that completed is in no owned list and its wakers are no-ops that touch no scheduler (E9).
// A task keeps its shard, and with it the runtime's core, alive until it is freed: a waker that
// pushed a task may still look at the core after the task ran.
// Threads: run and finish by the runner; wakers by anybody.
#include "rt/exec/task.h"

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/group/join_set.h"
#include "rt/exec/group/scope.h"
#include "rt/exec/guard_scope.h"
#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/exec/worker.h"

// ---- the waker ----------------------------------------------------------------------------------

// The task that the worker polls or drops. Others only look whether there is one.
static inline tmlrt_task* running(const trt_worker* worker) {
    return trt_atomic_load(&worker->running, TRT_RELAXED);
}

static inline void set_running(trt_worker* worker, tmlrt_task* task) {
    trt_atomic_store(&worker->running, task, TRT_RELAXED);
    // Relaxed: descriptors are constants, and whoever names what is stuck looks much later.
    trt_atomic_store(&worker->polled, (void*)(uintptr_t)task->desc, TRT_RELAXED);
}

static bool is_own(const trt_worker* me, const tmlrt_task* task) {
    return me != NULL && running(me) == task;
}

static void waker_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    tmlrt_task* task = waker->data;
    if (is_own(trt_current_worker(), task) && task->spare != 0) {
        task->spare--;
    } else {
        trt_state_ref(&task->state);
    }
    *out_waker = *waker;
}

// Gives a waker's reference back; in the task's own poll or drop to the claim.
static void unref_waker(const trt_worker* me, tmlrt_task* task) {
    if (is_own(me, task) && task->spare != UINT8_MAX) {
        task->spare++;
    } else {
        trt_task_unref(task, 1);
    }
}

// A task that wakes itself in its poll is told so without a word to the others: it is this thread
// that will requeue it.
static bool note_own_wake(tmlrt_task* task) {
    trt_worker* me = trt_current_worker();
    if (!is_own(me, task)) {
        return false;
    }
    me->woke_itself = true;
    return true;
}

static void waker_wake_by_ref(void* data) {
    tmlrt_task* task = data;
    if (!note_own_wake(task) && trt_state_wake(&task->state)) {
        trt_schedule(task);
    }
}

// On a worker of the task's own runtime the core cannot go away under us, so the waker's reference
// may become the queue's. Elsewhere it is kept until the push, and the look at the idle workers
// that follows it, are over.
static void waker_wake(void* data) {
    tmlrt_task* task = data;
    trt_worker* me = trt_current_worker();
    if (me == NULL || me->core != task->shard->core || running(me) == task) {
        waker_wake_by_ref(task);
        unref_waker(me, task);
        return;
    }
    bool last = false;
    if (trt_state_wake_owned(&task->state, &last)) {
        if (task->home == TRT_HOME_NONE || task->home == me->index) {
            trt_schedule_here(me, task);
        } else {
            trt_schedule(task);
        }
    } else if (last) {
        trt_task_free(task);
    }
}

static void waker_drop(void* data) {
    unref_waker(trt_current_worker(), data);
}

const tmlrt_waker_vtable trt_task_waker_vtable = {
    .clone = waker_clone,
    .wake = waker_wake,
    .wake_by_ref = waker_wake_by_ref,
    .drop = waker_drop,
};

// ---- completion ---------------------------------------------------------------------------------

tmlrt_status trt_task_drop_output(tmlrt_task* task) {
    if (task->desc->drop_output == NULL) {
        return TMLRT_OK;
    }
    return trt_guard_call(NULL, "task", task->id, task->desc->drop_output, trt_task_output(task));
}

// Nobody has a handle.
static void drop_unread(tmlrt_task* task, tmlrt_status status) {
    if (status == TMLRT_OK) {
        // A failing destructor of an output that nobody reads was reported; the task has ended.
        (void)!trt_task_drop_output(task);
    }
}

bool trt_task_finish(tmlrt_task* task, tmlrt_status status, uint64_t owned_refs) {
    task->status = status;
    uint64_t word = trt_state_complete(&task->state, owned_refs);
    if (trt_state_nobody_waits(word)) {
        return owned_refs != 0;
    }
    if ((word & TRT_TASK_JOIN_INTEREST) == 0) {
        drop_unread(task, status);
    } else {
        // A copy: the handle may still be comparing the field, which stays the runner's for good.
        tmlrt_waker waker = task->join_waker;
        if (waker.vtable == &trt_join_set_vtable) {
            trt_join_set_completed(waker.data, task);
        } else {
            trt_waker_wake(&waker);
        }
    }
    return false;
}

// Ends a task whose frame is gone (completed, dropped or abandoned by a panic).
static void end(trt_worker* worker, tmlrt_task* task, tmlrt_status status) {
    if (task->arena.slabs != NULL || task->arena.reserved != NULL) {
        tmlrt_arena_fini(&task->arena);
    }
    if (TRT_UNLIKELY(task->has_scopes)) {
        trt_scopes_cancel_of(task->id, TMLRT_CANCEL_ABORT);
    }
    worker->counts.ended++;
    uint64_t owned = 2 + task->spare; // that of its life and the claim's
    bool is_sole = trt_state_is_sole(&task->state, owned);
    if (is_sole) {
        drop_unread(task, status);
    } else if (trt_task_finish(task, status, task->is_owned ? 0 : owned)) {
        return;
    }
    if (task->is_owned) {
        trt_worker_disown(worker, task);
    }
    if (is_sole) {
        trt_task_free(task);
    } else {
        trt_task_unref(task, owned);
    }
}

static void cancel(trt_worker* worker, tmlrt_task* task) {
    set_running(worker, task);
    tmlrt_status failure =
        trt_guard_call(&task->guard, "task", task->id, task->desc->drop, trt_task_frame(task));
    trt_atomic_store(&worker->running, NULL, TRT_RELAXED);
    trt_count(failure == TMLRT_OK ? &worker->figures.cancelled : &worker->figures.panicked, 1);
    if (trt_worker_is_dropping(task->shard)) {
        trt_atomic_add(&worker->core->num_dropped, 1, TRT_RELAXED);
    }
    end(worker, task, failure == TMLRT_OK ? TMLRT_E_CANCELLED : failure);
}

// ---- one run ------------------------------------------------------------------------------------

// One poll inside the worker's boundary. A panic in it does not come back here: the loop goes on
// with trt_task_recover.
static tmlrt_poll poll_once(trt_worker* worker, tmlrt_task* task) {
    const tmlrt_waker waker = {&trt_task_waker_vtable, task};
    tmlrt_context cx = {
        .arena = &task->arena,
        .waker = &waker,
        .task = task,
        .budget = TMLRT_BUDGET,
    };
    trt_guard_scope* scope = worker->boundary;
    scope->guard = &task->guard;
    worker->woke_itself = false;
    trt_tls_guard = scope;
    tmlrt_poll answer = task->desc->poll(trt_task_frame(task), &cx, trt_task_output(task));
    trt_tls_guard = scope->outer;
    worker->timers.fresh_ns = 0;
    return answer;
}

// Gives the claim up, with what it has to spare, unless the task was woken or aborted meanwhile.
static trt_suspend give_up(tmlrt_task* task) {
    uint8_t spare = task->spare;
    task->spare = TRT_TASK_SPARE; // the next claim's, which another worker may have from then on
    trt_suspend what = trt_state_suspend(&task->state, spare);
    if (TRT_UNLIKELY(what != TRT_SUSPEND_IDLE)) {
        task->spare = spare;
    }
    return what;
}

static void suspend(trt_worker* worker, tmlrt_task* task, bool woke_itself) {
    trt_suspend how = woke_itself ? trt_state_yield(&task->state) : give_up(task);
    switch (how) {
    case TRT_SUSPEND_IDLE:
        return; // the task may be gone already
    case TRT_SUSPEND_REQUEUE:
        trt_requeue(worker, task);
        return;
    case TRT_SUSPEND_CANCEL:
        cancel(worker, task);
        return;
    }
}

void trt_task_run(trt_worker* worker, tmlrt_task* task) {
    if (TRT_UNLIKELY(trt_state_start(&task->state) == TRT_START_CANCEL)) {
        cancel(worker, task);
        return;
    }
    // Nobody could abort a task that is not listed yet: at the shutdown it is dropped here, before
    // its first poll or after it.
    if (TRT_UNLIKELY(!task->is_owned && trt_worker_is_dropping(task->shard))) {
        cancel(worker, task);
        return;
    }
    set_running(worker, task);
    bool woke_itself;
    do {
        if (poll_once(worker, task) == TMLRT_READY) {
            trt_atomic_store(&worker->running, NULL, TRT_RELAXED);
            end(worker, task, TMLRT_OK);
            return;
        }
        if (!task->is_owned && TRT_UNLIKELY(!trt_worker_list(task))) {
            trt_atomic_store(&worker->running, NULL, TRT_RELAXED);
            cancel(worker, task);
            return;
        }
        woke_itself = worker->woke_itself;
        // Woken by itself with nobody to let pass: going through the queue would change nothing.
    } while (woke_itself && trt_behind_nobody(worker) &&
             (trt_state_load(&task->state) & TRT_TASK_CANCELLED) == 0);
    trt_atomic_store(&worker->running, NULL, TRT_RELAXED);
    suspend(worker, task, woke_itself);
}

void trt_task_recover(trt_worker* worker) {
    tmlrt_task* task = running(worker);
    trt_atomic_store(&worker->running, NULL, TRT_RELAXED);
    worker->owner_id = NULL;
    worker->timers.fresh_ns = 0;
    trt_atomic_store(&worker->figures.doing, NULL, TRT_RELAXED);
    trt_count(&worker->figures.panicked, 1);
    end(worker, task, trt_guard_failed());
}
