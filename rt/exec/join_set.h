// SPDX-License-Identifier: Apache-2.0
// Join sets inside the runtime: many tasks, awaited in the order in which they end.
#ifndef TRT_EXEC_JOIN_SET_H
#define TRT_EXEC_JOIN_SET_H

#include "rt/exec/task.h"

typedef struct tmlrt_join_set trt_join_set;

/// tmlrt_join_set: fields of the owner, but for the first three (join_set.c).
struct tmlrt_join_set {
    trt_atomic_u64 word;   ///< the task that ended last, its address, and flags
    trt_atomic_u64 late;   ///< of a closed set: completions that are under way, as a balance
    tmlrt_waker wakers[2]; ///< of who waits; the flags say whose each is
    trt_list members;      ///< tasks that are not known to have ended, in the order of adding
    uint64_t num_members;
    tmlrt_task *first, *last; ///< ended and not taken, oldest first, by queue_next
    uint64_t num_ended;
    uint64_t num_refused;  ///< handles that were finished without a task,
    tmlrt_status refused;  ///< and the status of the last one
    uint64_t max_out_size; ///< of every task's output
};

/// trt_join_set_vtable marks the join waker of a task in a set: its data is the set, and who
/// completes the task calls trt_join_set_completed instead.
extern const tmlrt_waker_vtable trt_join_set_vtable;

/// trt_join_set_new makes an empty set; NULL without memory.
trt_join_set* trt_join_set_new(uint64_t max_out_size);
/// trt_join_set_add moves a handle into the set.   Cost: a list and a compare-and-swap; allocates
/// no.
void trt_join_set_add(trt_join_set* set, tmlrt_task* owned_task);
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
/// trt_join_set_detach_all gives up the handles of the tasks that have not ended: they run on.
void trt_join_set_detach_all(trt_join_set* set);
/// trt_join_set_close aborts and gives up every task and lets go of the set. Returns the failure of
/// an output's destructor that panicked (reported already), else 0.   Owns: takes the set.
tmlrt_status trt_join_set_close(trt_join_set* owned_set);

#endif
