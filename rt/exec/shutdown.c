// SPDX-License-Identifier: Apache-2.0
// Ending a runtime, as numbered steps:
//   1. phase = DRAINING, every shard refuses new tasks (spawn answers SHUTDOWN from here on).
//   2. The tasks that are there go on until they end by themselves or the drain's deadline. A
//      worker leaves when its queues are empty and no list has a task. Steps 1 and 2 are left out
//      when there is no time for a drain.
//   3. phase = ABORTING. Every worker's owned list is closed and each task in it is aborted: marked
//      and queued on a worker that may run it. A task that is in no list yet is in a queue: the
//      worker that pops it drops it.
//   4. Every worker is woken. Workers run on until their queues are empty and no list has a task:
//      every frame is dropped by a worker, on the home worker of those that have one. The
//      current-thread flavour does this on the thread that drives it, else on the caller's, and so
//      does a late runtime (trt_runtime_new_late) as long as its thread was not started.
//   5. Worker threads end and are joined. At the deadline phase = ABANDONED: workers leave without
//      waiting for each other. One that is in a poll or drop is named in an error and given up: the
//      runtime's reference to it is its own now, and its thread, when the poll returns, drops what
//      is queued with it, ends, and gives the reference back.
//   6. The blocking pool refuses jobs, ends queued ones with SHUTDOWN and waits for running ones
//      until the deadline. Threads that run longer keep the pool and end by themselves.
//   7. free gives the references back; reactors, timers and the core go with the last task.
// A wake after step 4 finds its task COMPLETE and touches no scheduler (E9). S1: every step ends: a
// task is polled at most once more before it is dropped, nothing can be added, and nobody is waited
// for beyond the deadline. Nothing here allocates.
// Thread: any that is not a worker, one at a time per runtime.
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/runtime.h"
#include "rt/os/clock.h"

#include <stdio.h>
#include <string.h>

#define MS 1000000ull
/// How long a worker that is in no poll may take to leave: it only has to be scheduled.
#define GRACE_NS (1000 * MS)

/// One shutdown. Deadlines are of trt_os_now_ns.
typedef struct stop {
    tmlrt_runtime* core;
    uint64_t drain_ns;    ///< deadline of step 2
    uint64_t deadline_ns; ///< of everything
    trt_tally tally;
    bool counts; ///< somebody wants to know who was aborted
} stop;

static uint64_t after(uint64_t begin_ns, uint64_t timeout_ms) {
    uint64_t ns;
    if (__builtin_mul_overflow(timeout_ms, MS, &ns) || __builtin_add_overflow(begin_ns, ns, &ns)) {
        return UINT64_MAX;
    }
    return ns;
}

static uint64_t until(uint64_t deadline_ns) {
    uint64_t now_ns = trt_os_now_ns();
    if (deadline_ns == UINT64_MAX) {
        return UINT64_MAX;
    }
    return deadline_ns > now_ns ? deadline_ns - now_ns : 0;
}

static bool is_draining(const tmlrt_runtime* core) {
    return trt_atomic_load(&core->phase, TRT_SEQ_CST) == TRT_PHASE_DRAINING;
}

// ---- steps 1 and 3 ------------------------------------------------------------------------------

static void refuse_tasks(stop* self) {
    tmlrt_runtime* core = self->core;
    trt_atomic_store(&core->phase, TRT_PHASE_DRAINING, TRT_SEQ_CST);
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_worker_refuse(&core->workers[i]);
    }
    trt_unpark_all(core); // there may be nothing to do any more
}

static void abort_tasks(stop* self) {
    tmlrt_runtime* core = self->core;
    trt_atomic_store(&core->phase, TRT_PHASE_ABORTING, TRT_SEQ_CST);
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_worker_close(&core->workers[i], self->counts ? &self->tally : NULL);
    }
    trt_unpark_all(core);
}

// ---- steps 2 to 5: threads ----------------------------------------------------------------------

static uint32_t num_threads(const tmlrt_runtime* core) {
    uint32_t num = 0;
    for (uint32_t i = 0; i < core->num_workers; i++) {
        num += core->workers[i].has_thread;
    }
    return num;
}

// Waits until every thread has left. False: the time ran out.
static bool wait_for_threads(tmlrt_runtime* core, uint64_t deadline_ns) {
    uint32_t num = num_threads(core);
    while (trt_atomic_load(&core->num_left, TRT_ACQUIRE_ORDER) < num) {
        uint64_t left_ns = until(deadline_ns);
        if (left_ns == 0) {
            return false;
        }
        (void)trt_parker_park(&core->stopper, left_ns);
    }
    return true;
}

static bool is_in_a_poll(const trt_worker* worker) {
    return trt_atomic_load(&worker->running, TRT_RELAXED) != NULL;
}

// Whether a thread is here that is in no poll.
static bool one_only_has_to_leave(const tmlrt_runtime* core) {
    for (uint32_t i = 0; i < core->num_workers; i++) {
        const trt_worker* worker = &core->workers[i];
        if (worker->has_thread && !is_in_a_poll(worker) &&
            trt_atomic_load(&worker->life, TRT_ACQUIRE_ORDER) == TRT_LIFE_HERE) {
            return true;
        }
    }
    return false;
}

static void abandon(tmlrt_runtime* core) {
    trt_atomic_store(&core->phase, TRT_PHASE_ABANDONED, TRT_SEQ_CST);
    trt_unpark_all(core);
    uint64_t deadline_ns = trt_os_now_ns() + GRACE_NS;
    while (one_only_has_to_leave(core) && until(deadline_ns) != 0) {
        (void)trt_parker_park(&core->stopper, MS);
    }
}

// The number of the task that the worker polls, 0 when it is in no list: in its first poll. Only
// what is listed is looked at, since it may end meanwhile.
static uint64_t id_of_running(const stop* self, const trt_worker* worker) {
    const tmlrt_task* running = trt_atomic_load(&worker->running, TRT_RELAXED);
    uint64_t id = 0;
    for (uint32_t i = 0; running != NULL && id == 0 && i < self->core->num_workers; i++) {
        trt_worker* shard = &self->core->workers[i];
        trt_mutex_lock(&shard->owned_lock);
        for (trt_list_node* node = shard->owned.head.next; node != &shard->owned.head && id == 0;
             node = node->next) {
            const tmlrt_task* task = TRT_CONTAINER_OF(node, tmlrt_task, owned);
            id = task == running ? task->id : 0;
        }
        trt_mutex_unlock(&shard->owned_lock);
    }
    return id;
}

static void tell_stuck(stop* self, const trt_worker* worker, const char* who) {
    const tmlrt_future_desc* desc = trt_atomic_load(&worker->polled, TRT_RELAXED);
    uint64_t id = id_of_running(self, worker);
    trt_tally_add_stuck(&self->tally, desc, id, worker->index);
    char number[32] = "";
    if (id != 0) {
        snprintf(number, sizeof(number), "task %llu ", (unsigned long long)id);
    }
    trt_log(TMLRT_LOG_ERROR, "runtime",
            "shutdown: %s has not come back from a poll or drop of %s`%s` (%s:%u): it is given up, "
            "with the tasks queued on it; a poll must not block, use spawn_blocking",
            who, number, desc == NULL ? "nothing yet" : desc->name,
            desc == NULL || desc->file == NULL ? "?" : desc->file, desc == NULL ? 0 : desc->line);
}

// Joins a thread that has left, gives up one that has not.
static void end_thread(stop* self, trt_worker* worker) {
    uint32_t here = TRT_LIFE_HERE;
    if (trt_atomic_cas(&worker->life, &here, TRT_LIFE_GIVEN_UP, TRT_ACQ_REL, TRT_ACQUIRE_ORDER)) {
        char who[32];
        snprintf(who, sizeof(who), "worker %s-%u", self->core->config.thread_name, worker->index);
        tell_stuck(self, worker, who);
        trt_thread_detach(&worker->thread);
    } else {
        trt_thread_join(&worker->thread);
    }
    worker->has_thread = false;
}

static void stop_threads(stop* self) {
    tmlrt_runtime* core = self->core;
    bool aborts = trt_atomic_load(&core->phase, TRT_SEQ_CST) >= TRT_PHASE_ABORTING;
    if (!aborts && (!is_draining(core) || !wait_for_threads(core, self->drain_ns))) {
        abort_tasks(self);
    }
    if (!wait_for_threads(core, self->deadline_ns)) {
        abandon(core);
    }
    for (uint32_t i = 0; i < core->num_workers; i++) {
        if (core->workers[i].has_thread) {
            end_thread(self, &core->workers[i]);
        }
    }
}

// ---- steps 2 to 5: the current-thread flavour ---------------------------------------------------

bool trt_runtime_enter(tmlrt_runtime* core) {
    uint32_t none = TRT_DRIVER_NONE;
    return trt_atomic_cas(&core->driving, &none, TRT_DRIVER_INSIDE, TRT_ACQUIRE_ORDER, TRT_RELAXED);
}

bool trt_runtime_leave(tmlrt_runtime* core, uint32_t next) {
    uint32_t inside = TRT_DRIVER_INSIDE;
    if (!trt_atomic_cas(&core->driving, &inside, next, TRT_ACQ_REL, TRT_RELAXED)) {
        trt_worker_unref(&core->workers[0]); // it was given up
        return false;
    }
    return true;
}

// The waker of the timer that ends the drain, while this thread drives.
static void closer_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    *out_waker = *waker;
}
static void closer_wake(void* data) {
    stop* self = data;
    if (is_draining(self->core)) {
        abort_tasks(self);
    }
}
static void closer_drop(void* data) {
    (void)data;
}
static const tmlrt_waker_vtable s_closer_vtable = {
    .clone = closer_clone,
    .wake = closer_wake,
    .wake_by_ref = closer_wake,
    .drop = closer_drop,
};

static void drive_to_the_end(stop* self) {
    trt_worker* worker = &self->core->workers[0];
    trt_timer timer;
    memset(&timer, 0, sizeof(timer));
    uint64_t left_ns = until(self->drain_ns);
    if (is_draining(self->core) && left_ns != UINT64_MAX) {
        const tmlrt_waker closer = {&s_closer_vtable, self};
        uint64_t now_ns = worker->timers.now_ns(worker->timers.clock);
        trt_timer_arm(&timer, &worker->timers, now_ns + left_ns, &closer);
    }
    trt_worker_run(worker, NULL);
    trt_timer_cancel(&timer);
}

// Another thread drives: it is waited for, or given up when it does not come back from a poll.
static bool wait_for_driver(stop* self) {
    tmlrt_runtime* core = self->core;
    trt_worker* worker = &core->workers[0];
    if (is_draining(core) && until(self->drain_ns) == 0) {
        abort_tasks(self);
    }
    bool late = until(self->deadline_ns) == 0;
    bool hopeless = until(after(self->deadline_ns, GRACE_NS / MS)) == 0;
    uint32_t inside = TRT_DRIVER_INSIDE;
    if ((hopeless || (late && is_in_a_poll(worker))) &&
        trt_atomic_cas(&core->driving, &inside, TRT_DRIVER_GIVEN_UP, TRT_ACQ_REL, TRT_RELAXED)) {
        trt_atomic_store(&core->phase, TRT_PHASE_ABANDONED, TRT_SEQ_CST);
        tell_stuck(self, worker, "the thread that drives the runtime");
        return false;
    }
    trt_unpark(worker);
    trt_parker pause = {{0}};
    (void)trt_parker_park(&pause, MS);
    return true;
}

static void stop_current_thread(stop* self) {
    tmlrt_runtime* core = self->core;
    if (!is_draining(core)) {
        abort_tasks(self);
    }
    while (!trt_runtime_enter(core)) {
        if (trt_runtime_has_threads(core)) { // its driver has left and started it
            stop_threads(self);
            return;
        }
        if (!wait_for_driver(self)) {
            return;
        }
    }
    drive_to_the_end(self);
    (void)trt_runtime_leave(core, TRT_DRIVER_NONE);
}

// ---- what is told -------------------------------------------------------------------------------

static bool is_given_up(const tmlrt_runtime* core, uint32_t index) {
    const trt_worker* worker = &core->workers[index];
    return trt_atomic_load(&worker->life, TRT_ACQUIRE_ORDER) == TRT_LIFE_GIVEN_UP ||
           (index == 0 &&
            trt_atomic_load(&core->driving, TRT_ACQUIRE_ORDER) == TRT_DRIVER_GIVEN_UP);
}

static uint32_t num_given_up(const tmlrt_runtime* core) {
    uint32_t num = 0;
    for (uint32_t i = 0; i < core->num_workers; i++) {
        num += is_given_up(core, i);
    }
    return num;
}

static void log_unfinished(const stop* self) {
    for (uint32_t i = 0; i < self->tally.num_kinds; i++) {
        const tmlrt_shutdown_kind* kind = &self->tally.kinds[i];
        if (kind->worker == TMLRT_NO_WORKER) {
            trt_log(TMLRT_LOG_WARN, "runtime",
                    "shutdown: %llu of `%s` (%s:%u) had not ended in the time for it: aborted",
                    (unsigned long long)kind->num, kind->name,
                    kind->file == NULL ? "?" : kind->file, kind->line);
        }
    }
    if (self->tally.num_others != 0) {
        trt_log(TMLRT_LOG_WARN, "runtime", "shutdown: %llu tasks of other kinds: aborted",
                (unsigned long long)self->tally.num_others);
    }
}

static void log_jobs(const trt_blocking_end* jobs) {
    if (jobs->num_running != 0) {
        trt_log(TMLRT_LOG_WARN, "runtime",
                "shutdown: %llu blocking jobs still run; their threads end with them",
                (unsigned long long)jobs->num_running);
    }
}

// ---- all of it ----------------------------------------------------------------------------------

static void stop_workers(stop* self, uint32_t drain_ms) {
    tmlrt_runtime* core = self->core;
    if (drain_ms != 0) {
        refuse_tasks(self);
    }
    if (trt_runtime_has_threads(core)) {
        stop_threads(self);
    } else if (core->num_workers != 0) {
        stop_current_thread(self);
    }
    if (drain_ms != 0) {
        log_unfinished(self);
    }
}

static tmlrt_status run_steps(tmlrt_runtime* core, tmlrt_shutdown_report* out, uint32_t drain_ms,
                              uint64_t timeout_ms) {
    uint64_t begin_ns = trt_os_now_ns();
    stop self = {
        .core = core,
        .deadline_ns = after(begin_ns, timeout_ms),
        .drain_ns = after(begin_ns, drain_ms < timeout_ms ? drain_ms : timeout_ms),
        .counts = out != NULL || drain_ms != 0,
    };
    if (trt_atomic_load(&core->phase, TRT_SEQ_CST) == TRT_PHASE_RUNNING) {
        stop_workers(&self, drain_ms);
        trt_observe_end(core);
    }
    trt_blocking_end jobs = {0};
    tmlrt_status status = TMLRT_OK;
    if (core->blocking != NULL) {
        status = trt_blocking_shutdown(core->blocking, &jobs, until(self.deadline_ns));
        log_jobs(&jobs);
    }
    uint32_t num_stuck = num_given_up(core);
    if (out != NULL) {
        *out = (tmlrt_shutdown_report){
            .tasks_aborted = trt_atomic_load(&core->num_dropped, TRT_RELAXED),
            .jobs_refused = jobs.num_refused,
            .jobs_running = jobs.num_running,
            .workers_stuck = num_stuck,
            .elapsed_ns = trt_os_now_ns() - begin_ns,
            .num_kinds = self.tally.num_kinds,
            .num_others = self.tally.num_others,
        };
        memcpy(out->kinds, self.tally.kinds, sizeof(out->kinds));
    }
    return num_stuck != 0 ? TMLRT_E_TIMEDOUT : status;
}

tmlrt_status tmlrt_runtime_shutdown_within(tmlrt_runtime* core, tmlrt_shutdown_report* out,
                                           uint32_t drain_ms, uint64_t timeout_ms) {
    const trt_worker* me = trt_current_worker();
    if (me != NULL && me->core == core) {
        return TMLRT_E_NESTED;
    }
    return run_steps(core, out, drain_ms, timeout_ms);
}

tmlrt_status tmlrt_runtime_shutdown(tmlrt_runtime* core, uint64_t timeout_ms) {
    return tmlrt_runtime_shutdown_within(core, NULL, 0, timeout_ms);
}

void trt_runtime_undo(tmlrt_runtime* core) {
    (void)run_steps(core, NULL, 0, UINT64_MAX);
}

void tmlrt_runtime_free(tmlrt_runtime* core) {
    if (core == NULL) {
        return;
    }
    // After a shutdown nobody is waited for again: its time was the caller's to choose.
    bool done = trt_atomic_load(&core->phase, TRT_SEQ_CST) != TRT_PHASE_RUNNING;
    tmlrt_status status = tmlrt_runtime_shutdown(core, done ? 0 : core->config.shutdown_ms);
    TRT_CHECK(status != TMLRT_E_NESTED);
    for (uint32_t i = 0; i < core->num_workers; i++) {
        if (!is_given_up(core, i)) {
            trt_worker_unref(&core->workers[i]);
        }
    }
    trt_runtime_unref(core);
}
