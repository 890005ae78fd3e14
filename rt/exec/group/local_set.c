// SPDX-License-Identifier: Apache-2.0
// Local sets: tasks that stay on the thread that made the set, polled by whoever runs the set there
// (local_set_run.c): a block_on of a plain thread, or a task that is bound to a worker.
//
// A task of a set is a task like any other: same allocation, state word, handle and guard. It is in
// no shard; its wakers and its abort push it to the set. On the set's own thread that is a FIFO
// without a lock, from other threads an inbox; then the waker of whoever runs the set is called.
//
// Invariants. L1: who runs the set stores its waker before it looks at the inbox, and a push comes
// before it takes the waker: one of the two sees the other. L2: no lock is held while a waker, a
// future or a destructor is called. E8: tasks are polled and dropped on the set's thread only; the
// set is freed there, with every task, or the process ends. L3: the set's memory is counted, by its
// owner and by its tasks' memory, because a waker on another thread looks at the set after it has
// pushed.
// Threads: push any; everything else the set's.
#include "rt/exec/group/local_set.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/group/scope.h"
#include "rt/exec/runq.h"
#include "rt/exec/runtime.h"
#include "rt/os/thread.h"

#include <stdio.h>
#include <stdlib.h>

struct tmlrt_local_set {
    trt_atomic_u64 refs; ///< the owner's, and one per task that is not freed
    uint64_t thread;     ///< constant: what here() was where it was made
    trt_runq local;      ///< the thread's
    trt_inbox inbox;     ///< what other threads pushed
    trt_list owned;      ///< the thread's: tasks that are not COMPLETE
    uint64_t num_owned;
    const void* runner;     ///< the thread's: the one future that runs the set; NULL: none
    tmlrt_local_set* outer; ///< while it is polled: the set of this thread before
    bool is_polled, closed;
    trt_mutex lock;
    tmlrt_waker waker; ///< under lock: of the runner; empty when it was woken
};

__thread tmlrt_local_set* trt_tls_local_set __attribute__((tls_model("initial-exec")));

// The thread, or the worker where that may go from one thread to another (trt_runtime_new_late).
static uint64_t here(void) {
    const trt_worker* worker = trt_current_worker();
    bool moves = worker != NULL && worker->core->config.starts_late;
    return moves ? (uintptr_t)worker : trt_thread_id();
}

// ---- waking the runner --------------------------------------------------------------------------

static tmlrt_waker swap_waker(tmlrt_local_set* set, tmlrt_waker waker) {
    trt_mutex_lock(&set->lock);
    tmlrt_waker old = set->waker;
    set->waker = waker;
    trt_mutex_unlock(&set->lock);
    return old;
}

static void wake_runner(tmlrt_local_set* set) {
    tmlrt_waker waker = swap_waker(set, (tmlrt_waker){NULL, NULL});
    trt_waker_wake(&waker);
}

static void forget_runner(tmlrt_local_set* set) {
    tmlrt_waker waker = swap_waker(set, (tmlrt_waker){NULL, NULL});
    trt_waker_drop(&waker);
}

static void set_runner(tmlrt_local_set* set, const tmlrt_waker* waker) {
    trt_mutex_lock(&set->lock);
    bool is_same = trt_waker_same(&set->waker, waker);
    trt_mutex_unlock(&set->lock);
    if (is_same) { // only a push can take it away, and that one wakes
        return;
    }
    tmlrt_waker fresh;
    trt_waker_clone(waker, &fresh);
    fresh = swap_waker(set, fresh);
    trt_waker_drop(&fresh);
}

// ---- the set ------------------------------------------------------------------------------------

static void unref(tmlrt_local_set* set) {
    if (trt_atomic_sub(&set->refs, 1, TRT_ACQ_REL) == 1) {
        trt_free(set, sizeof(*set));
    }
}

void trt_local_set_release(trt_worker* shard) {
    unref((tmlrt_local_set*)((uintptr_t)shard - 1)); // NOLINT: tagged
}

void trt_local_set_push(tmlrt_local_set* set, tmlrt_task* task) {
    if (set->thread != here()) {
        trt_inbox_push(&set->inbox, task);
        wake_runner(set);
        return;
    }
    trt_runq_push(&set->local, task);
    if (!set->is_polled) {
        wake_runner(set);
    }
}

tmlrt_local_set* tmlrt_local_set_new(void) {
    tmlrt_local_set* set = trt_alloc_zero(sizeof(*set));
    if (set != NULL) {
        trt_atomic_init(&set->refs, 1);
        set->thread = here();
        trt_list_init(&set->owned);
    }
    return set;
}

uint64_t tmlrt_local_set_len(const tmlrt_local_set* set) {
    return set->num_owned;
}

/// The references of a claimed task but the handle's: that of its life, and the claim's, whose
/// spare ones are not made use of here.
enum { OWNED = 2 + TRT_TASK_SPARE };

// ---- wakers of its tasks ------------------------------------------------------------------------

static void waker_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    trt_state_ref(&((tmlrt_task*)waker->data)->state);
    *out_waker = *waker;
}

static void waker_wake_by_ref(void* data) {
    tmlrt_task* task = data;
    if (trt_state_wake(&task->state)) {
        trt_local_set_push(trt_task_set(task), task);
    }
}

// The waker's reference keeps the set until the push, and the look for the runner, are over.
static void waker_wake(void* data) {
    waker_wake_by_ref(data);
    trt_task_unref(data, 1);
}

static void waker_drop(void* data) {
    trt_task_unref(data, 1);
}

static const tmlrt_waker_vtable s_waker_vtable = {
    .clone = waker_clone,
    .wake = waker_wake,
    .wake_by_ref = waker_wake_by_ref,
    .drop = waker_drop,
};

// ---- tasks --------------------------------------------------------------------------------------

static tmlrt_task* refuse(const tmlrt_future_desc* desc, void* frame, tmlrt_status status) {
    desc->drop(frame);
    return trt_task_failed(status);
}

tmlrt_task* tmlrt_local_set_spawn(tmlrt_local_set* set, const tmlrt_future_desc* desc, void* frame,
                                  uint64_t frame_len) {
    if (set->thread != here()) {
        return refuse(desc, frame, TMLRT_E_INVAL);
    }
    if (set->closed) {
        return refuse(desc, frame, TMLRT_E_SHUTDOWN);
    }
    // References: OWNED and the handle's.
    tmlrt_task* task =
        trt_task_new(desc, frame, frame_len, desc->out_size, desc->out_align, OWNED + 1);
    if (task == NULL) {
        return refuse(desc, frame, TMLRT_E_NOMEM);
    }
    trt_atomic_add(&set->refs, 1, TRT_RELAXED);
    task->shard = (trt_worker*)((uintptr_t)set | 1); // NOLINT: tagged
    trt_list_push_back(&set->owned, &task->owned);
    set->num_owned++;
    trt_local_set_push(set, task);
    return task;
}

// The frame is gone. The set's owner keeps the set meanwhile.
static void end(tmlrt_local_set* set, tmlrt_task* task, tmlrt_status status) {
    tmlrt_arena_fini(&task->arena);
    trt_list_remove(&task->owned);
    set->num_owned--;
    if (TRT_UNLIKELY(task->has_scopes)) {
        trt_scopes_cancel_of(task->id, TMLRT_CANCEL_ABORT);
    }
    if (!trt_task_finish(task, status, OWNED)) {
        trt_task_unref(task, OWNED);
    }
}

static void cancel(tmlrt_local_set* set, tmlrt_task* task) {
    tmlrt_status failure =
        trt_guard_call(&task->guard, "task", task->id, task->desc->drop, trt_task_frame(task));
    end(set, task, failure == TMLRT_OK ? TMLRT_E_CANCELLED : failure);
}

static tmlrt_status poll_once(tmlrt_task* task) {
    const tmlrt_waker waker = {&s_waker_vtable, task};
    tmlrt_context cx = {
        .arena = &task->arena,
        .waker = &waker,
        .task = task,
        .budget = TMLRT_BUDGET,
    };
    return trt_guard_poll(&task->guard, "task", task->id, task->desc, trt_task_frame(task), &cx,
                          trt_task_output(task));
}

static void run_this(tmlrt_local_set* set, tmlrt_task* task) {
    if (trt_state_start(&task->state) == TRT_START_CANCEL) {
        cancel(set, task);
        return;
    }
    tmlrt_status answer = poll_once(task);
    if (answer != TMLRT_PENDING) {
        end(set, task, answer); // READY is 0
        return;
    }
    trt_suspend how = trt_state_suspend(&task->state, TRT_TASK_SPARE);
    if (how == TRT_SUSPEND_REQUEUE) {
        trt_runq_push(&set->local, task);
    } else if (how == TRT_SUSPEND_CANCEL) {
        cancel(set, task);
    }
}

// The task may be gone behind it.
static void run_one(tmlrt_local_set* set, tmlrt_task* task) {
    tmlrt_task* outer = trt_tls_local_task; // a set may run in a task of another one
    trt_tls_local_task = task;
    run_this(set, task);
    trt_tls_local_task = outer;
}

// ---- running it ---------------------------------------------------------------------------------

void trt_local_set_enter(tmlrt_local_set* set, const void* runner, const tmlrt_waker* waker) {
    if (set->thread != here()) {
        tmlrt_panic("a local set is run on another thread than the one that made it: run it with "
                    "block_on there, or in a task of spawn_local");
    }
    if (set->is_polled || (set->runner != NULL && set->runner != runner)) {
        tmlrt_panic("a local set is run by two futures at once: the second one must wait for the "
                    "first");
    }
    set->runner = runner;
    set_runner(set, waker);
    set->is_polled = true;
    set->outer = trt_tls_local_set;
    trt_tls_local_set = set;
}

bool trt_local_set_turn(tmlrt_local_set* set, uint32_t max) {
    trt_inbox_take(&set->inbox, &set->local);
    tmlrt_task* task;
    while (max-- != 0 && (task = trt_runq_pop(&set->local)) != NULL) {
        run_one(set, task);
    }
    return set->local.head != NULL || !trt_inbox_empty(&set->inbox);
}

void trt_local_set_leave(tmlrt_local_set* set, bool done) {
    if (set->is_polled) {
        set->is_polled = false;
        trt_tls_local_set = set->outer;
    }
    if (done) {
        set->runner = NULL;
        forget_runner(set);
    }
}

// ---- its end ------------------------------------------------------------------------------------

static void check_free(const tmlrt_local_set* set) {
    const char* wrong = NULL;
    if (set->thread != here()) {
        wrong = "on another thread than the one that made it, where its tasks must be dropped";
    } else if (set->is_polled) {
        wrong = "by one of its own tasks";
    } else if (set->runner != NULL) {
        wrong = "while a future that runs it waits; drop that first";
    }
    if (wrong != NULL) {
        fprintf(stderr, "tmlrt: a local set is freed %s\n", wrong);
        abort();
    }
}

static void abort_all(tmlrt_local_set* set) {
    for (trt_list_node* node = set->owned.head.next; node != &set->owned.head; node = node->next) {
        tmlrt_task* task = TRT_CONTAINER_OF(node, tmlrt_task, owned);
        if (trt_state_abort(&task->state)) {
            trt_runq_push(&set->local, task);
        }
    }
}

void tmlrt_local_set_free(tmlrt_local_set* set) {
    if (set == NULL) {
        return;
    }
    check_free(set);
    set->closed = true;
    set->is_polled = true;
    set->outer = trt_tls_local_set;
    trt_tls_local_set = set;
    abort_all(set);
    while (set->num_owned != 0) {
        if (!trt_local_set_turn(set, UINT32_MAX) && set->num_owned != 0) {
            // Another thread has marked a task and is about to push it.
            trt_parker pause = {{0}};
            (void)trt_parker_park(&pause, 20000);
        }
    }
    trt_local_set_leave(set, true);
    unref(set);
}
