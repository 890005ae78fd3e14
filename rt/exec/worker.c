// SPDX-License-Identifier: Apache-2.0
// The worker's loop: take the next task (schedule.h), run it, park when there is none (park.h); and
// the list of the tasks it owns.
//
// A worker leaves its loop only when the runtime stops and no task of any worker is left: frames
// are dropped by workers, on the home worker for those that have one (E8), before the threads end.
// The exception is a runtime that was abandoned (shutdown.c): then it leaves when its own are gone.
// Lock order: owned_lock, then an inbox's lock. Nothing is called back under either.
#include "rt/exec/worker.h"

#include "rt/base/assert.h"
#include "rt/exec/group/local_set.h"
#include "rt/exec/guard_scope.h"
#include "rt/exec/park.h"
#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/exec/seeded.h"

__thread void* tmlrt_tls_worker __attribute__((tls_model("initial-exec")));

// ---- construction -------------------------------------------------------------------------------

// Fewer than there are runs between two beats of the usual length: the run queue stays short while
// more is ready, so a task runs while what its event touched, here and in the kernel, is still in
// the cache, and the deque does not run over.
enum { EVENTS_OF_TURN = 48 };

/// Until a worker knows how long its polls take it takes them for long: it calls others.
enum { LONG_POLL_NS = 1000000 };

static void unpark_owner(void* owner) {
    trt_unpark(owner);
}

tmlrt_status trt_worker_init(trt_worker* worker, tmlrt_runtime* core, uint32_t index) {
    worker->core = core;
    worker->index = index;
    worker->seed = index + 1;
    worker->beat = core->config.beat;
    worker->beat_at = worker->beat;
    worker->glance_at = worker->beat < TRT_GLANCE ? worker->beat : TRT_GLANCE;
    if (core->config.seed.is_set) {
        trt_seeded_init(worker, core->config.seed.value);
    }
    worker->pace.poll_ns = LONG_POLL_NS;
    worker->spawn_home = core->config.per_core ? index : TRT_HOME_NONE;
    trt_park_init(worker);
    trt_metrics_init(worker);
    worker->is_alone = core->config.num_workers == 1;
    trt_list_init(&worker->owned);
    trt_atomic_init(&worker->refs, 1);
    TRT_TRY(trt_reactor_new(&worker->reactor));
    trt_reactor_set_batch(worker->reactor, EVENTS_OF_TURN);
    trt_timer_driver_init(&worker->timers, unpark_owner, worker, core->clock.now_ns,
                          core->clock.self);
    return TMLRT_OK;
}

void trt_worker_fini(trt_worker* worker) {
    if (worker->reactor != NULL) {
        TRT_CHECK(trt_list_empty(&worker->owned));
        trt_task_cache_clear(worker);
        trt_kept_clear(&worker->kept);
        trt_timer_driver_fini(&worker->timers);
        trt_reactor_free(worker->reactor);
    }
}

void trt_worker_unref(trt_worker* worker) {
    tmlrt_runtime* core = worker->core;
    if (trt_atomic_sub(&worker->refs, 1, TRT_ACQ_REL) == 1) {
        trt_runtime_unref(core);
    }
}

// ---- owned tasks --------------------------------------------------------------------------------

enum { CREDIT = 1024 };

// The worker itself takes and gives back references without touching the shared counter.
void trt_worker_retain(trt_worker* shard) {
    if (trt_current_worker() != shard) {
        trt_atomic_add(&shard->refs, 1, TRT_RELAXED);
        return;
    }
    if (shard->num_credit == 0) {
        trt_atomic_add(&shard->refs, CREDIT, TRT_RELAXED);
        shard->num_credit = CREDIT;
    }
    shard->num_credit--;
}

void trt_worker_release(trt_worker* shard) {
    if (trt_current_worker() == shard && shard->num_credit < UINT32_MAX) {
        shard->num_credit++;
    } else if (((uintptr_t)shard & 1) != 0) {
        trt_local_set_release(shard);
    } else {
        trt_worker_unref(shard);
    }
}

// The runtime's own reference is still there, so this is never the last.
static void return_credit(trt_worker* worker) {
    trt_atomic_sub(&worker->refs, worker->num_credit, TRT_ACQ_REL);
    worker->num_credit = 0;
}

bool trt_worker_own(trt_worker* shard, tmlrt_task* task) {
    // The reference first: the stopper looks at listed tasks.
    trt_worker_retain(shard);
    task->shard = shard;
    trt_mutex_lock(&shard->owned_lock);
    task->is_owned = !trt_worker_is_closed(shard);
    if (TRT_LIKELY(task->is_owned)) {
        trt_list_push_back(&shard->owned, &task->owned);
    }
    trt_mutex_unlock(&shard->owned_lock);
    if (TRT_LIKELY(task->is_owned)) {
        return true;
    }
    task->shard = NULL;
    trt_worker_release(shard);
    return false;
}

void trt_worker_refuse(trt_worker* worker) {
    trt_mutex_lock(&worker->owned_lock);
    trt_atomic_store(&worker->closed, TRT_SHARD_DRAINING, TRT_RELAXED);
    trt_mutex_unlock(&worker->owned_lock);
}

void trt_worker_close(trt_worker* worker, trt_tally* tally) {
    trt_mutex_lock(&worker->owned_lock);
    trt_atomic_store(&worker->closed, TRT_SHARD_CLOSED, TRT_RELAXED);
    for (trt_list_node* node = worker->owned.head.next; node != &worker->owned.head;
         node = node->next) {
        tmlrt_task* task = TRT_CONTAINER_OF(node, tmlrt_task, owned);
        bool waits = trt_state_abort(&task->state); // then nobody touches the frame until the push
        if (tally != NULL) {
            trt_tally_add(tally, task, waits);
        }
        if (waits) {
            trt_schedule(task);
        }
    }
    trt_mutex_unlock(&worker->owned_lock);
}

static bool shard_drained(trt_worker* worker) {
    trt_mutex_lock(&worker->owned_lock);
    bool empty = trt_worker_is_closed(worker) && trt_list_empty(&worker->owned);
    trt_mutex_unlock(&worker->owned_lock);
    return empty;
}

static __attribute__((noinline)) bool all_drained(tmlrt_runtime* core) {
    for (uint32_t i = 0; i < core->num_workers; i++) {
        if (!shard_drained(&core->workers[i])) {
            return false;
        }
    }
    return true;
}

bool trt_worker_should_stop(trt_worker* worker) {
    tmlrt_runtime* core = worker->core;
    uint32_t phase = trt_atomic_load(&core->phase, TRT_SEQ_CST);
    if (phase == TRT_PHASE_ABANDONED) {
        // What was pushed before is seen by this look, after the phase.
        return !trt_own_work(worker) && trt_inbox_empty(&core->injector);
    }
    return phase != TRT_PHASE_RUNNING && all_drained(core);
}

// Behind the exchange the core belongs to who joins this thread, or, when the thread was given up,
// to whoever has a reference, as it has.
bool trt_worker_leave(trt_worker* worker) {
    tmlrt_runtime* core = worker->core;
    uint32_t here = TRT_LIFE_HERE;
    if (!trt_atomic_cas(&worker->life, &here, TRT_LIFE_LEFT, TRT_ACQ_REL, TRT_ACQUIRE_ORDER)) {
        trt_worker_unref(worker);
        return false;
    }
    trt_atomic_add(&core->num_left, 1, TRT_ACQ_REL);
    trt_parker_unpark(&core->stopper);
    return true;
}

// ---- the loop -----------------------------------------------------------------------------------

// What a hook is given may be gone once the runtime was abandoned.
static void call_hook(const trt_worker* worker, tmlrt_thread_hook hook) {
    const tmlrt_runtime* core = worker->core;
    if (trt_atomic_load(&core->phase, TRT_SEQ_CST) != TRT_PHASE_ABANDONED) {
        hook(core->config.hooks.user);
    }
}

// The hooks are outside of the parking protocol: what they queue is seen before the worker sleeps.
static bool park(trt_worker* worker) {
    const tmlrt_thread_hooks* hooks = &worker->core->config.hooks;
    if (TRT_UNLIKELY(hooks->on_park != NULL)) {
        call_hook(worker, hooks->on_park);
    }
    bool goes_on = trt_park(worker);
    if (TRT_UNLIKELY(hooks->on_unpark != NULL)) {
        call_hook(worker, hooks->on_unpark);
    }
    return goes_on;
}

static __attribute__((noinline)) void loop(trt_worker* worker, const tmlrt_task* until) {
    bool more = true;
    while (more && (until == NULL || (trt_state_load(&until->state) & TRT_TASK_COMPLETE) == 0)) {
        tmlrt_task* task = trt_next(worker);
        if (task != NULL) {
            trt_task_run(worker, task);
        } else {
            more = park(worker);
        }
    }
}

// The boundary of every poll is set once, here. A jump leaves the loop's frame, so the loop is
// entered again; nothing but the thread-local worker is trusted then.
static __attribute__((noinline)) void loop_in_boundary(trt_guard_scope* scope) {
    if (TRT_GUARD_CATCH(scope)) {
        trt_task_recover(tmlrt_tls_worker);
    }
    trt_worker* worker = tmlrt_tls_worker;
    loop(worker, worker->until);
}

void trt_worker_run(trt_worker* worker, const tmlrt_task* until) {
    TRT_CHECK(tmlrt_tls_worker == NULL);
    trt_guard_scope scope = {.outer = trt_tls_guard, .kind = "task"};
    tmlrt_tls_worker = worker;
    trt_tls_kept = &worker->kept;
    worker->boundary = &scope;
    worker->until = until;
    trt_atomic_store(&worker->os_thread, trt_thread_os_id(), TRT_RELAXED);
    (void)trt_metrics_resume(worker);
    if (worker->is_seeded) {
        trt_seeded_begin(worker);
    }
    loop_in_boundary(&scope);
    (void)trt_metrics_pause(worker);
    worker->boundary = NULL;
    return_credit(worker);
    trt_tls_kept = NULL;
    tmlrt_tls_worker = NULL;
}
