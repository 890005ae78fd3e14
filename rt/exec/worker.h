// SPDX-License-Identifier: Apache-2.0
// A worker: one thread, its queues, its reactor, its timers, and the list of tasks it owns.
#ifndef TRT_EXEC_WORKER_H
#define TRT_EXEC_WORKER_H

#include <tmlrt/runtime.h>

#include "rt/base/kept.h"
#include "rt/exec/deque.h"
#include "rt/exec/observe/metrics.h"
#include "rt/exec/observe/tally.h"
#include "rt/exec/pace.h"
#include "rt/exec/park.h"
#include "rt/exec/runq.h"
#include "rt/os/thread.h"
#include "rt/reactor/reactor.h"
#include "rt/time/driver.h"

/// Freed blocks of tasks that a worker keeps (task_memory.c): of so many kinds, so many bytes of
/// each.
enum { TRT_CACHE_KINDS = 8, TRT_CACHE_BYTES = 64 * 1024 };

/// trt_task_cache is a stack of blocks of one descriptor, by queue_next. All-zero is empty.
typedef struct trt_task_cache {
    tmlrt_task* head;
    uint64_t bytes;
} trt_task_cache;

struct trt_worker {
    // What wakers on other threads read: a line that nobody writes once the worker runs.
    tmlrt_runtime* core;
    trt_atomic_u64* idle_word; ///< constant: where its bits in the idle set are (park.h)
    uint64_t idle_bit;         ///< constant
    trt_reactor* reactor;      ///< constant
    uint64_t born_ns;          ///< constant
    trt_thread thread;
    uint32_t index;
    uint32_t beat;       ///< constant: looks from one beat to the next
    uint32_t spawn_home; ///< constant: TRT_HOME_NONE, or in per_core mode its index
    bool is_alone;       ///< constant: the runtime has no other worker
    bool is_seeded;      ///< constant: seeded.h
    bool has_thread;     ///< the stopper's, once threads were started
    // What other threads write.
    trt_inbox inbox __attribute__((aligned(64))); ///< home tasks that they push
    /// Tasks of this shard that are not freed, num_credit, and 1 for the runtime itself.
    trt_atomic_u64 refs;
    trt_atomic_u32 life;   ///< TRT_LIFE_*: of its thread
    trt_atomic_u32 closed; ///< TRT_SHARD_*; written under owned_lock, read by anybody
    trt_atomic_u32 lends;  ///< set once: its reactor has, or had, shared handles (drivers.h)
    /// Owner (read by anybody): looks for a task, ever. From glance_at on a look goes outside
    /// (schedule.h), from beat_at on it is the beat too.
    trt_atomic_u64 looks __attribute__((aligned(64)));
    uint64_t glance_at, beat_at;
    trt_counts counts;   ///< owner
    uint32_t num_lifo;   ///< owner: tasks in a row out of the LIFO slot
    uint32_t seed;       ///< owner: of the next victim
    uint32_t num_credit; ///< owner: references of `refs` taken in advance
    bool is_searching;   ///< owner: counted in the idle set's num_searching
    bool woke_itself;    ///< owner: `running` woke itself in this poll
    bool collects;       ///< owner: I/O and timers are waking tasks (park.c)
    /// Owner: the task that is polled or dropped, NULL in between; others look whether there is
    /// one.
    trt_atomic_ptr running;
    trt_atomic_ptr polled; ///< the descriptor of what it polled or dropped last; NULL: nothing yet
    /// Owner: whose scopes are that are made now, a number that the first one gives (0: none yet);
    /// NULL: those of `running`.
    uint64_t* owner_id;
    const tmlrt_task* until;   ///< owner: the loop ends when it is COMPLETE; NULL: never
    trt_guard_scope* boundary; ///< owner: of every poll; on the stack of trt_worker_run
    uint64_t last_id, end_id;  ///< owner: the last task number it gave out, and of its block
    tmlrt_task* lifo;          ///< owner: runs next; always empty when is_alone
    trt_runq local;            ///< owner: home tasks, and all when is_alone
    trt_timer_driver timers;
    trt_atomic_u64 os_thread; ///< of the thread that runs it, or did last (trt_thread_os_id)
    trt_list owned; ///< under owned_lock: the shard's tasks that are not COMPLETE (see own, list)
    trt_mutex owned_lock;
    trt_task_cache cache[TRT_CACHE_KINDS]; ///< owner
    trt_kept kept;                         ///< owner: small blocks
    uint64_t rng;                          ///< owner, of a seeded worker
    uint64_t num_beats, sampled_ns;        ///< owner: of the sample that is running, 0: none is
    trt_pace pace;                         ///< owner
    trt_probe probe;
    trt_figures figures;
    const void* near[TRT_DEQUE_CAP]; ///< by place in the deque: what the task there waits at
    trt_deque deque; ///< tasks without a home: this worker's to push and pop, the others' to steal
} __attribute__((aligned(64)));

/// What a shard takes.
enum {
    TRT_SHARD_OPEN = 0,
    TRT_SHARD_DRAINING = 1, ///< no new task; those of it that had begun may still be listed
    TRT_SHARD_CLOSED = 2,   ///< none: its tasks are dropped
};
/// The end of a worker's thread: one of the two changes it first.
enum {
    TRT_LIFE_HERE = 0,
    TRT_LIFE_LEFT = 1,     ///< by the thread: it touches the runtime no more; to be joined
    TRT_LIFE_GIVEN_UP = 2, ///< by the stopper: the thread has the runtime's reference to it
};

/// trt_current_worker returns the worker this thread is, NULL on other threads.
static inline trt_worker* trt_current_worker(void) {
    return tmlrt_tls_worker;
}

/// trt_worker_init makes a worker's reactor and timers.   Errors: NOMEM, MFILE, OS - nothing made.
tmlrt_status trt_worker_init(trt_worker* worker, tmlrt_runtime* core, uint32_t index);
/// trt_worker_fini frees them; no task, slot or timer may be left.
void trt_worker_fini(trt_worker* worker);
/// trt_worker_unref gives a reference back; the last one frees the runtime's core.   Thread: any.
void trt_worker_unref(trt_worker* worker);
/// trt_worker_release gives the reference of a freed task back, to its local set if it has one.
/// Thread:  any.
void trt_worker_release(trt_worker* shard);
/// trt_worker_retain takes a reference to the shard for a task.   Thread: any.
void trt_worker_retain(trt_worker* shard);
/// trt_worker_is_closed tells whether the shard takes no new task any more.   Thread: any.
static inline bool trt_worker_is_closed(const trt_worker* shard) {
    return trt_atomic_load(&shard->closed, TRT_RELAXED) != TRT_SHARD_OPEN;
}
/// trt_worker_is_dropping tells whether the shard's tasks are to be dropped.   Thread: any.
static inline bool trt_worker_is_dropping(const trt_worker* shard) {
    return trt_atomic_load(&shard->closed, TRT_RELAXED) == TRT_SHARD_CLOSED;
}
/// trt_worker_attach makes the worker the shard of a task that it spawned itself and queues next,
/// without listing it: most tasks end in their first poll. The task is listed when it has to wait.
/// Thread:  the worker.
static inline void trt_worker_attach(trt_worker* me, tmlrt_task* task) {
    task->shard = me;
    if (TRT_LIKELY(me->num_credit != 0)) {
        me->num_credit--;
    } else {
        trt_worker_retain(me);
    }
}
/// trt_worker_list puts an attached task, which was polled, into the owned list. False: the shard's
/// tasks are to be dropped, nothing done.   Thread: any that has the task to itself.
static inline bool trt_worker_list(tmlrt_task* task) {
    trt_worker* shard = task->shard;
    trt_mutex_lock(&shard->owned_lock);
    task->is_owned = !trt_worker_is_dropping(shard);
    if (TRT_LIKELY(task->is_owned)) {
        trt_list_push_back(&shard->owned, &task->owned);
    }
    trt_mutex_unlock(&shard->owned_lock);
    return task->is_owned;
}
/// trt_worker_own attaches a new task to a shard and lists it. False: the shard takes none, nothing
/// done.   Thread: any.
bool trt_worker_own(trt_worker* shard, tmlrt_task* task);
/// trt_worker_disown removes a listed task that completed.   Thread: the runner.
static inline void trt_worker_disown(trt_worker* worker, tmlrt_task* task) {
    trt_worker* shard = task->shard;
    trt_mutex_lock(&shard->owned_lock);
    trt_list_remove(&task->owned);
    bool drained = trt_worker_is_closed(shard) && trt_list_empty(&shard->owned);
    trt_mutex_unlock(&shard->owned_lock);
    if (TRT_UNLIKELY(drained)) {
        trt_unpark_all(worker->core);
    }
}
/// trt_worker_refuse refuses new tasks.   Thread: any.
void trt_worker_refuse(trt_worker* worker);
/// trt_worker_close refuses new tasks and aborts every owned one. `tally` (may be NULL) counts
/// them.   Thread: any.
void trt_worker_close(trt_worker* worker, trt_tally* tally);
/// trt_worker_should_stop: the runtime is stopping and no shard lists a task any more, or those
/// that do are given up. What is in the worker's own queues, or in the injector, it runs before it
/// asks.
bool trt_worker_should_stop(trt_worker* worker);
/// trt_worker_leave is the last that a worker's thread does with the runtime. False: it was given
/// up, nobody waits for it.   Thread: the worker's.
bool trt_worker_leave(trt_worker* worker);
/// trt_worker_run drives the worker on this thread until `until` (may be NULL) is COMPLETE or the
/// runtime has stopped.
void trt_worker_run(trt_worker* worker, const tmlrt_task* until);

#endif
