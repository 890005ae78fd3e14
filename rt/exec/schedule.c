// SPDX-License-Identifier: Apache-2.0
// Scheduling: the queues of a worker in their order (schedule.h has the rules), stealing from the
// others' deques, the glance and the beat.
//
// Threads: trt_schedule by anybody; everything else by the worker. Every push that another worker
// may have to be woken for is sequentially consistent (the deque's announced push, the inboxes'
// `len`) and followed by trt_notify or trt_unpark: the first half of the parking protocol.
#include "rt/exec/schedule.h"

#include "rt/exec/drivers.h"
#include "rt/exec/park.h"
#include "rt/exec/runtime.h"
#include "rt/exec/seeded.h"
#include "rt/exec/worker.h"

// ---- putting in ---------------------------------------------------------------------------------

// The deque is full: its older half and then `task` go to the injector, in that order. False: a
// thief made room meanwhile.
static __attribute__((noinline)) bool overflow(trt_worker* worker, tmlrt_task* task) {
    void* half[TRT_DEQUE_HALF];
    if (!trt_deque_take_half(&worker->deque, half)) {
        return false;
    }
    trt_runq batch = {NULL, NULL, 0};
    for (uint32_t i = 0; i < TRT_DEQUE_HALF; i++) {
        trt_runq_push(&batch, half[i]);
    }
    trt_runq_push(&batch, task);
    trt_count(&worker->figures.overflows, 1);
    trt_inbox_append(&worker->core->injector, &batch, TRT_DEQUE_HALF + 1);
    return true;
}

// Before the push: afterwards a thief may have the task. Places that a steal has filled keep what
// was there: a wrong hint.
static void note_near(trt_worker* worker, const tmlrt_task* task) {
    uint64_t tail = trt_atomic_load(&worker->deque.tail, TRT_RELAXED);
    worker->near[tail % TRT_DEQUE_CAP] = task->guard.near;
}

// Asks for what the task that is popped next looks at, when many are queued.
static inline void fetch_next_shared(trt_worker* worker) {
    const tmlrt_task* next = trt_deque_peek(&worker->deque);
    if (trt_deque_len(&worker->deque) >= TRT_PREFETCH_FROM && next != NULL) {
        uint64_t head = trt_atomic_load(&worker->deque.head, TRT_RELAXED);
        trt_task_fetch(next);
        trt_near_fetch(worker->near[head % TRT_DEQUE_CAP]);
    }
}

static void push_quietly(trt_worker* worker, tmlrt_task* task) {
    note_near(worker, task);
    while (!trt_deque_push(&worker->deque, task) && !overflow(worker, task)) {
    }
}

void trt_schedule_shared(trt_worker* me, tmlrt_task* task) {
    if (me->collects) {
        push_quietly(me, task); // trt_share follows, or the end of a search
        return;
    }
    note_near(me, task);
    while (!trt_deque_push_announced(&me->deque, task) && !overflow(me, task)) {
    }
    trt_notify(me->core);
}

void trt_share(trt_worker* me) {
    if (!me->is_alone && trt_deque_len(&me->deque) * me->pace.poll_ns >= TRT_SHARE_NS) {
        trt_notify(me->core);
    }
}

void trt_schedule_quietly(trt_worker* me, tmlrt_task* task) {
    if (me->is_alone || task->home != TRT_HOME_NONE) {
        trt_runq_push(&me->local, task);
    } else {
        push_quietly(me, task);
    }
}

void trt_schedule(tmlrt_task* task) {
    // Read before the push: afterwards the task may run, end and be freed.
    tmlrt_runtime* core = task->shard->core;
    trt_worker* me = trt_current_worker();
    trt_worker* home = task->home == TRT_HOME_NONE ? NULL : &core->workers[task->home];
    if (me != NULL && me->core == core && (home == NULL || home == me)) {
        trt_schedule_here(me, task);
    } else if (home != NULL) {
        trt_inbox_push(&home->inbox, task);
        trt_unpark(home);
    } else {
        trt_inbox_push(&core->injector, task);
        trt_notify(core);
    }
}

// Whether nobody has to be told of a task that is put behind the others of the deque now. Without
// others it is the next to run. With others: nobody goes to sleep while those stand there, and who
// slept before was told of the first, unless a turn queued it and did not find it worth that. A
// thief may take all of them before he can see this one; then it is the next to run, too.
static bool may_be_quiet(const trt_worker* worker) {
    uint64_t len = trt_deque_len(&worker->deque);
    return worker->lifo == NULL && worker->local.head == NULL &&
           (len == 0 || (len + 1) * worker->pace.poll_ns < TRT_SHARE_NS);
}

void trt_requeue(trt_worker* worker, tmlrt_task* task) {
    if (worker->is_alone || task->home != TRT_HOME_NONE) {
        trt_runq_push(&worker->local, task);
        return;
    }
    note_near(worker, task);
    if (!may_be_quiet(worker) || !trt_deque_push(&worker->deque, task)) {
        trt_schedule_shared(worker, task);
    }
}

// ---- taking out ---------------------------------------------------------------------------------

bool trt_own_work(trt_worker* worker) {
    return worker->local.head != NULL || worker->lifo != NULL ||
           trt_deque_len(&worker->deque) != 0 || !trt_inbox_empty(&worker->inbox);
}

bool trt_shared_work(const tmlrt_runtime* core) {
    if (!trt_inbox_empty(&core->injector)) {
        return true;
    }
    for (uint32_t i = 0; core->num_workers > 1 && i < core->num_workers; i++) {
        if (!trt_deque_empty(&core->workers[i].deque)) {
            return true;
        }
    }
    return false;
}

// Returns the first of a share of the injector; the others go to the deque, which is empty.
static __attribute__((noinline)) tmlrt_task* take_injected(trt_worker* worker) {
    trt_runq share = {NULL, NULL, 0};
    tmlrt_runtime* core = worker->core;
    trt_inbox_take_share(&core->injector, &share, core->num_workers,
                         worker->is_alone ? UINT64_MAX : TRT_DEQUE_HALF);
    tmlrt_task* first = trt_runq_pop(&share);
    if (worker->is_alone) {
        worker->local = share;
        return first;
    }
    for (tmlrt_task* task; (task = trt_runq_pop(&share)) != NULL;) {
        if (share.head != NULL) {
            push_quietly(worker, task);
        } else {
            trt_schedule_shared(worker, task); // for all of them
        }
    }
    return first;
}

// Looks at every other worker's deque once, from a victim that differs from time to time.
static __attribute__((noinline)) tmlrt_task* steal(trt_worker* worker) {
    tmlrt_runtime* core = worker->core;
    worker->seed = worker->seed * 1664525 + 1013904223;
    trt_count(&worker->figures.steal_attempts, 1);
    uint32_t victim = (uint32_t)(((uint64_t)worker->seed * core->num_workers) >> 32);
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_worker* other = &core->workers[victim];
        victim = victim + 1 == core->num_workers ? 0 : victim + 1;
        if (other != worker) {
            tmlrt_task* task = trt_deque_steal(&other->deque, &worker->deque);
            if (task != NULL) {
                trt_count(&worker->figures.stolen, 1 + trt_deque_len(&worker->deque));
                return task;
            }
        }
    }
    return NULL;
}

// The worker's own queues are empty.
static inline tmlrt_task* search(trt_worker* worker) {
    if (!trt_inbox_empty(&worker->inbox)) {
        trt_inbox_take(&worker->inbox, &worker->local);
        return trt_runq_pop(&worker->local);
    }
    tmlrt_task* task = NULL;
    if (!trt_inbox_empty(&worker->core->injector)) {
        task = take_injected(worker);
    }
    if (task == NULL && !worker->is_alone && trt_search_begin(worker)) {
        task = steal(worker);
        if (task == NULL) {
            task = trt_drivers_help(worker);
        }
    }
    return task;
}

// The next glance, or the beat if it comes before.
static void next_glance(trt_worker* worker, uint64_t from) {
    uint64_t look = from + TRT_GLANCE;
    worker->glance_at = look < worker->beat_at ? look : worker->beat_at;
}

bool trt_glance_in_vain(trt_worker* worker) {
    if (worker->glance_at >= worker->beat_at || worker->sampled_ns != 0 ||
        !trt_inbox_empty(&worker->inbox) || !trt_inbox_empty(&worker->core->injector)) {
        return false;
    }
    next_glance(worker, worker->glance_at);
    return true;
}

// Looks until the next beat: fewer when polls are long. A worker that is alone does not measure
// them.
static uint64_t until_beat(const trt_worker* worker) {
    uint64_t fit = worker->is_alone ? worker->beat : TRT_BEAT_NS / (worker->pace.poll_ns + 1) + 1;
    return fit < worker->beat ? fit : worker->beat;
}

// The glance, and when it is due the beat before it.
static __attribute__((noinline)) tmlrt_task* look_outside(trt_worker* worker, uint64_t look) {
    if (TRT_UNLIKELY(worker->is_seeded)) {
        return trt_seeded_next(worker);
    }
    bool beat = look >= worker->beat_at, home = !trt_inbox_empty(&worker->inbox);
    if (worker->sampled_ns != 0) {
        trt_metrics_sampled(worker);
    }
    if (beat) {
        trt_poll_drivers(worker);
        worker->beat_at = look + until_beat(worker);
    }
    next_glance(worker, look);
    trt_inbox_take(&worker->inbox, &worker->local);
    trt_runq one = {NULL, NULL, 0};
    trt_inbox_take_share(&worker->core->injector, &one, UINT64_MAX, 1);
    if ((home || one.head != NULL) && !worker->is_alone && trt_deque_len(&worker->deque) != 0) {
        trt_notify(worker->core); // what was requeued as the next to run may have to wait now
    }
    if (beat) {
        trt_metrics_beat(worker);
    }
    return trt_runq_pop(&one);
}

// The LIFO slot is not empty.
static tmlrt_task* next_of_slot(trt_worker* worker) {
    tmlrt_task* task = worker->lifo;
    worker->lifo = NULL;
    worker->counts.lifo_runs++;
    if (++worker->num_lifo <= TRT_LIFO_MAX) {
        return task;
    }
    if (worker->local.head == NULL && trt_deque_len(&worker->deque) == 0) {
        return task; // behind nobody
    }
    trt_schedule_shared(worker, task);
    return NULL;
}

static tmlrt_task* next_queued(trt_worker* worker, uint64_t look) {
    tmlrt_task* task = NULL;
    if (worker->is_alone) { // its local FIFO has all
        task = trt_runq_pop(&worker->local);
        return task != NULL ? task : search(worker);
    }
    if (TRT_UNLIKELY(worker->lifo != NULL)) {
        task = next_of_slot(worker);
        if (task != NULL) {
            return task;
        }
    }
    worker->num_lifo = 0;
    if (look % 2 != 0 || worker->local.head == NULL) {
        task = trt_deque_pop(&worker->deque);
        fetch_next_shared(worker);
    }
    if (task == NULL) {
        task = trt_runq_pop(&worker->local);
        trt_runq_prefetch(&worker->local);
    }
    return task != NULL ? task : search(worker);
}

tmlrt_task* trt_next_of_many(trt_worker* worker) {
    tmlrt_task* task = NULL;
    uint64_t look = trt_atomic_load(&worker->looks, TRT_RELAXED) + 1;
    trt_atomic_store(&worker->looks, look, TRT_RELAXED);
    if (TRT_UNLIKELY(look >= worker->glance_at)) {
        task = look_outside(worker, look);
    }
    if (task == NULL) {
        task = next_queued(worker, look);
    }
    if (TRT_UNLIKELY(worker->is_searching) && task != NULL) {
        trt_search_end(worker);
    }
    return task;
}
