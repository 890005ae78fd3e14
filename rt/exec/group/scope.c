// SPDX-License-Identifier: Apache-2.0
// Scopes: a join set that children may be added to from any thread, a token for what they are told,
// and an owner whose end is theirs.
//
// Invariants:
//   G1  a child is in the scope from its add until its result is taken, it is detached, or the
//   scope
//       ends: then it has been aborted, and nothing is added any more
//   G2  unless the scope collects, the first failure (a panic, no memory, an output that `failed`
//       says is one) cancels the token and aborts the others, before the holder can see it
//   G3  when the owner (the task that made it, or the request) ends, in whatever way, every child
//       has been aborted before anybody is told of the owner's end
//   G4  the scope's memory lives while it is held, or a child is on its way into it
// The owner's number is how it is found at its end: a panic runs no destructor, and the scope may
// have been handed on. A task or request knows whether it ever made one, so that others pay
// nothing. Locks: a scope's lock is over its set's lists, but for the completions, which push
// without one. A registry lock is never held together with it. Under either no waker, destructor or
// foreign code runs. `failed` runs on the runner's thread outside of any boundary: it must not
// panic. Threads: next, forget and end are the holder's; everything else any holder of a
// reference's.
#include "rt/exec/group/scope.h"

#include <tmlrt/task.h>

#include "rt/base/alloc.h"
#include "rt/exec/handle.h"
#include "rt/exec/worker.h"

struct tmlrt_scope {
    trt_join_set set; ///< lists under `lock`
    trt_mutex lock;
    trt_atomic_u64 refs; ///< the holder's, spawners', and one for completions (set.late)
    trt_cancel* token;
    int32_t (*failed)(const void* output);
    uint64_t owner_id;        ///< 0: none
    trt_list_node registered; ///< under the registry's lock
    bool collects;            ///< constant
    bool is_cancelled;        ///< under `lock`: children that are added are aborted
    bool is_closed;           ///< under `lock`: takes no children
};

__thread tmlrt_task* trt_tls_local_task __attribute__((tls_model("initial-exec")));

static trt_scope* scope_of(trt_join_set* set) {
    return TRT_CONTAINER_OF(set, trt_scope, set);
}

// ---- the registry of owners ---------------------------------------------------------------------

enum { NUM_SHARDS = 16 };
static struct {
    trt_mutex lock;
    trt_list scopes;
} s_registry[NUM_SHARDS] = {0};

static void enrol(trt_scope* scope) {
    uint64_t shard = scope->owner_id % NUM_SHARDS;
    trt_mutex_lock(&s_registry[shard].lock);
    if (s_registry[shard].scopes.head.next == NULL) {
        trt_list_init(&s_registry[shard].scopes);
    }
    trt_list_push_back(&s_registry[shard].scopes, &scope->registered);
    trt_mutex_unlock(&s_registry[shard].lock);
}

static void strike(trt_scope* scope) {
    if (scope->owner_id == 0) {
        return;
    }
    uint64_t shard = scope->owner_id % NUM_SHARDS;
    trt_mutex_lock(&s_registry[shard].lock);
    if (trt_list_linked(&scope->registered)) {
        trt_list_remove(&scope->registered);
    }
    trt_mutex_unlock(&s_registry[shard].lock);
}

// Takes one scope of the owner out of the registry, with a reference; NULL: there is none left.
static trt_scope* take_one(uint64_t owner_id) {
    uint64_t shard = owner_id % NUM_SHARDS;
    trt_scope* found = NULL;
    trt_mutex_lock(&s_registry[shard].lock);
    trt_list_node* head = &s_registry[shard].scopes.head;
    for (trt_list_node* node = head->next; node != NULL && node != head; node = node->next) {
        trt_scope* scope = TRT_CONTAINER_OF(node, trt_scope, registered);
        if (scope->owner_id == owner_id) {
            trt_list_remove(node);
            trt_scope_ref(scope); // its holder strikes it before it lets go
            found = scope;
            break;
        }
    }
    trt_mutex_unlock(&s_registry[shard].lock);
    return found;
}

static void close_and_cancel(trt_scope* scope, tmlrt_cancel_reason reason) {
    trt_mutex_lock(&scope->lock);
    scope->is_closed = true;
    trt_mutex_unlock(&scope->lock);
    trt_scope_cancel(scope, reason);
}

void trt_scopes_cancel_of(uint64_t owner_id, tmlrt_cancel_reason reason) {
    for (trt_scope* scope; (scope = take_one(owner_id)) != NULL;) {
        close_and_cancel(scope, reason);
        trt_scope_unref(scope);
    }
}

// Whose scope it is: the number by which trt_scopes_cancel_of will be called, 0: nobody's.
static uint64_t current_owner(void) {
    trt_worker* me = trt_current_worker();
    tmlrt_task* task = trt_tls_local_task;
    if (task == NULL && me != NULL) {
        task = trt_atomic_load(&me->running, TRT_RELAXED); // this thread's own
    }
    if (task == NULL) {
        return 0; // no task: a panic ends the process
    }
    if (me != NULL && me->owner_id != NULL && trt_tls_local_task == NULL) {
        if (*me->owner_id == 0) {
            *me->owner_id = trt_task_next_id();
        }
        return *me->owner_id;
    }
    task->has_scopes = true;
    return task->id;
}

// ---- life ---------------------------------------------------------------------------------------

static void child_ended(trt_join_set* set, tmlrt_task* task);
static void set_gone(trt_join_set* set) {
    trt_scope_unref(scope_of(set));
}
static const trt_join_set_hooks s_hooks = {child_ended, set_gone};

trt_scope* trt_scope_new(uint64_t max_out_size, trt_cancel* parent, uint32_t flags,
                         int32_t (*failed)(const void* output)) {
    trt_scope* scope = trt_alloc(sizeof(*scope));
    trt_cancel* token = scope != NULL ? trt_cancel_new(parent) : NULL;
    if (token == NULL) {
        trt_free(scope, sizeof(*scope));
        return NULL;
    }
    *scope = (trt_scope){.token = token,
                         .failed = failed,
                         .owner_id = current_owner(),
                         .collects = (flags & TMLRT_SCOPE_COLLECTS) != 0};
    trt_join_set_init(&scope->set, max_out_size, &s_hooks);
    trt_atomic_init(&scope->refs, 2);
    if (scope->owner_id != 0) {
        enrol(scope);
    }
    return scope;
}

void trt_scope_ref(trt_scope* scope) {
    trt_atomic_add(&scope->refs, 1, TRT_RELAXED);
}

void trt_scope_unref(trt_scope* scope) {
    // Acquire and release: the last holder frees after every other use.
    if (trt_atomic_sub(&scope->refs, 1, TRT_ACQ_REL) == 1) {
        trt_cancel_unref(scope->token);
        trt_free(scope, sizeof(*scope));
    }
}

tmlrt_status trt_scope_end(trt_scope* scope) {
    trt_list members;
    strike(scope);
    trt_mutex_lock(&scope->lock);
    scope->is_closed = true;
    trt_join_set_seal(&scope->set, &members);
    trt_mutex_unlock(&scope->lock);
    (void)trt_cancel_fire(scope->token, TMLRT_CANCEL_ABORT);
    tmlrt_status failure = trt_join_set_release(&scope->set, &members);
    trt_scope_unref(scope);
    return failure;
}

// ---- children -----------------------------------------------------------------------------------

// A child that could not be started: its status is a result, and a failure.
static tmlrt_status add_refused(trt_scope* scope, tmlrt_task* task) {
    trt_mutex_lock(&scope->lock);
    bool closed = scope->is_closed;
    if (!closed) {
        (void)trt_join_set_insert(&scope->set, task);
    }
    trt_mutex_unlock(&scope->lock);
    if (!closed && !scope->collects) {
        trt_scope_cancel(scope, TMLRT_CANCEL_ABORT);
    }
    return closed ? TMLRT_E_CLOSED : TMLRT_OK;
}

tmlrt_status trt_scope_add(trt_scope* scope, tmlrt_task* task) {
    if (TRT_UNLIKELY((trt_atomic_load(&task->state, TRT_RELAXED) & TRT_TASK_STATIC) != 0)) {
        return add_refused(scope, task);
    }
    trt_state_ref(&task->state); // it may end, and be taken, before the second half
    trt_mutex_lock(&scope->lock);
    bool closed = scope->is_closed, cancelled = scope->is_cancelled;
    bool ended = !closed && trt_join_set_insert(&scope->set, task);
    trt_mutex_unlock(&scope->lock);
    if (closed || cancelled) {
        tmlrt_task_abort(task);
    }
    if (ended) {
        trt_join_set_completed(&scope->set, task);
    }
    if (closed) {
        (void)!trt_handle_abandon(task); // a destructor that panics was reported, and ends there
    }
    trt_task_unref(task, 1);
    return closed ? TMLRT_E_CLOSED : TMLRT_OK;
}

void trt_scope_cancel(trt_scope* scope, tmlrt_cancel_reason reason) {
    (void)trt_cancel_fire(scope->token, reason);
    trt_mutex_lock(&scope->lock);
    scope->is_cancelled = true;
    trt_join_set_abort_all(&scope->set);
    trt_mutex_unlock(&scope->lock);
}

// A child has completed and is not in the set's word yet, so the scope lives.   Thread: its
// runner.
static void child_ended(trt_join_set* set, tmlrt_task* task) {
    trt_scope* scope = scope_of(set);
    if (scope->collects || task->status == TMLRT_E_CANCELLED) {
        return;
    }
    if (task->status == TMLRT_OK &&
        (scope->failed == NULL || scope->failed(trt_task_output(task)) == 0)) {
        return;
    }
    trt_scope_cancel(scope, TMLRT_CANCEL_ABORT); // G2
}

void trt_scope_detach(trt_scope* scope) {
    trt_list list;
    trt_mutex_lock(&scope->lock);
    trt_join_set_disarm_all(&scope->set, &list);
    trt_mutex_unlock(&scope->lock);
    trt_join_set_detach_list(&list);
}

// ---- results ------------------------------------------------------------------------------------

// The next result, NULL: none yet.   Under the lock.
static tmlrt_task* take_next(trt_join_set* set) {
    tmlrt_task* task = trt_join_set_pop(set);
    if (task == NULL && set->num_refused != 0) {
        set->num_refused--;
        task = trt_task_failed(set->refused);
    }
    return task;
}

tmlrt_poll trt_scope_next(trt_scope* scope, const tmlrt_waker* waker, tmlrt_task** out_task) {
    for (;;) {
        trt_mutex_lock(&scope->lock);
        tmlrt_task* task = take_next(&scope->set);
        bool empty = task == NULL && scope->set.num_members == 0;
        scope->is_closed = scope->is_closed || empty;
        trt_mutex_unlock(&scope->lock);
        if (task != NULL || empty) {
            *out_task = task;
            return TMLRT_READY;
        }
        if (trt_join_set_wait(&scope->set, waker) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
    }
}

uint64_t trt_scope_len(trt_scope* scope) {
    trt_mutex_lock(&scope->lock);
    uint64_t len = trt_join_set_len(&scope->set);
    trt_mutex_unlock(&scope->lock);
    return len;
}

trt_cancel* trt_scope_token(trt_scope* scope) {
    return scope->token;
}

void trt_scope_forget(trt_scope* scope) {
    trt_join_set_forget(&scope->set);
}
