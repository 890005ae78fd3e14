// SPDX-License-Identifier: Apache-2.0
// Join sets inside the runtime: many tasks, awaited in the order in which they end.
#ifndef TRT_EXEC_JOIN_SET_H
#define TRT_EXEC_JOIN_SET_H

#include "rt/exec/task.h"

typedef struct tmlrt_join_set trt_join_set;
typedef struct trt_join_set_hooks trt_join_set_hooks;

/// tmlrt_join_set: fields of the owner, but for the first three (join_set.c).
struct tmlrt_join_set {
    trt_atomic_u64 word;   ///< the task that ended last, its address, and flags
    trt_atomic_u64 late;   ///< of a closed set: completions that are under way, as a balance
    tmlrt_waker wakers[2]; ///< of who waits; the flags say whose each is
    trt_list members;      ///< tasks that are not known to have ended, in the order of adding
    uint64_t num_members;
    tmlrt_task *first, *last; ///< ended and not taken, oldest first, by queue_next
    uint64_t num_ended;
    uint64_t num_refused;            ///< handles that were finished without a task,
    tmlrt_status refused;            ///< and the status of the last one
    uint64_t max_out_size;           ///< of every task's output
    const trt_join_set_hooks* hooks; ///< constant; NULL: a set by itself
};

/// trt_join_set_hooks are of a set that is part of something else.
struct trt_join_set_hooks {
    /// ended is told of each completion before the owner can see it.   Thread: the runner.
    void (*ended)(trt_join_set* set, tmlrt_task* task);
    /// gone is called in place of freeing the set.   Thread: any.
    void (*gone)(trt_join_set* set);
};

/// trt_join_set_vtable marks the join waker of a task in a set: its data is the set, and who
/// completes the task calls trt_join_set_completed instead.
extern const tmlrt_waker_vtable trt_join_set_vtable;

/// trt_join_set_new makes an empty set; NULL without memory.
trt_join_set* trt_join_set_new(uint64_t max_out_size);
/// trt_join_set_init makes an empty set in the caller's storage, which is released by its hooks.
void trt_join_set_init(trt_join_set* set, uint64_t max_out_size, const trt_join_set_hooks* hooks);
/// trt_join_set_add moves a handle into the set.   Cost: a list and a compare-and-swap; allocates
/// no.
void trt_join_set_add(trt_join_set* set, tmlrt_task* owned_task);
/// trt_join_set_insert is trt_join_set_add but for a task that has ended already: true, and then
/// the caller calls trt_join_set_completed when it holds no lock, with a reference to the task.
bool trt_join_set_insert(trt_join_set* set, tmlrt_task* owned_task);
/// trt_join_set_completed puts a task that has just completed into its set and wakes who waits for
/// it. Afterwards the set may be gone.   Thread: the task's runner.
void trt_join_set_completed(trt_join_set* set, tmlrt_task* task);
/// trt_join_set_pop returns the task that ended first of those that are left, with its handle;
/// NULL: none has.
tmlrt_task* trt_join_set_pop(trt_join_set* set);
/// trt_join_set_wait keeps a clone of `waker` for the next task that ends. READY: one has, and
/// nothing is kept.
tmlrt_poll trt_join_set_wait(trt_join_set* set, const tmlrt_waker* waker);
/// trt_join_set_forget drops the waker that wait kept.
void trt_join_set_forget(trt_join_set* set);
/// trt_join_set_len returns how many results are still to be taken.
static inline uint64_t trt_join_set_len(const trt_join_set* set) {
    return set->num_members + set->num_ended + set->num_refused;
}
/// trt_join_set_abort_all aborts every task that has not ended.
void trt_join_set_abort_all(trt_join_set* set);
/// trt_join_set_disarm_all moves the tasks that have not ended out of the set, to `out` (by
/// sibling): their handles are the caller's, for trt_join_set_detach_list.
void trt_join_set_disarm_all(trt_join_set* set, trt_list* out);
/// trt_join_set_detach_list gives up the handles of a list: the tasks run on.
void trt_join_set_detach_list(trt_list* list);
/// trt_join_set_detach_all is both.
static inline void trt_join_set_detach_all(trt_join_set* set) {
    trt_list list;
    trt_join_set_disarm_all(set, &list);
    trt_join_set_detach_list(&list);
}
/// trt_join_set_seal lets no completion into the set any more and moves its members to `out`, for
/// trt_join_set_release, which must follow. Nobody may wait for the set.
void trt_join_set_seal(trt_join_set* set, trt_list* out_members);
/// trt_join_set_release aborts and gives up the members and the results of a sealed set and lets go
/// of the set. Returns the failure of an output's destructor that panicked (reported already), else
/// 0.   Owns: takes the set.
tmlrt_status trt_join_set_release(trt_join_set* owned_set, trt_list* members);
/// trt_join_set_close is both.
static inline tmlrt_status trt_join_set_close(trt_join_set* owned_set) {
    trt_list members;
    trt_join_set_seal(owned_set, &members);
    return trt_join_set_release(owned_set, &members);
}

#endif
