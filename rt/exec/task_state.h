// SPDX-License-Identifier: Apache-2.0
// The state word of a task: every bit, every transition, and who may make it. Nothing else in the
// runtime writes this word.
//
//   bits                                          references (bit 16 and up), one each for
//   RUNNING        a worker polls or drops the       its life, until COMPLETE
//                  frame; a lock on the frame        its entry in a run queue, or the worker that
//   NOTIFIED       not RUNNING: in exactly one       runs it
//                  queue; RUNNING: poll once more    the join handle
//   COMPLETE       output or status is there;        every cloned waker
//                  never cleared
//   CANCELLED      the frame is to be dropped by the next worker that gets hold of it
//   JOIN_INTEREST  a join handle exists and will read or drop the output
//   JOIN_WAKER     `join_waker` is the completer's; clear: the handle's. Final once COMPLETE
//   STATIC         one of the static finished handles: never written, never freed
#ifndef TRT_EXEC_TASK_STATE_H
#define TRT_EXEC_TASK_STATE_H

#include "rt/base/atomic.h"

typedef trt_atomic_u64 trt_task_state;

#define TRT_TASK_RUNNING       (1ull << 0)
#define TRT_TASK_NOTIFIED      (1ull << 1)
#define TRT_TASK_COMPLETE      (1ull << 2)
#define TRT_TASK_CANCELLED     (1ull << 3)
#define TRT_TASK_JOIN_INTEREST (1ull << 4)
#define TRT_TASK_JOIN_WAKER    (1ull << 5)
#define TRT_TASK_STATIC        (1ull << 6)
#define TRT_TASK_REF_SHIFT     16
#define TRT_TASK_REF           (1ull << TRT_TASK_REF_SHIFT)
/// TRT_TASK_REF_MAX references are refused: the count would otherwise wrap one day (E5).
#define TRT_TASK_REF_MAX (1ull << 40)

typedef enum trt_start {
    TRT_START_POLL,   ///< RUNNING was taken: poll the frame
    TRT_START_CANCEL, ///< RUNNING was taken: drop the frame
} trt_start;

typedef enum trt_suspend {
    TRT_SUSPEND_IDLE,    ///< RUNNING was given up, and the runner's reference with it
    TRT_SUSPEND_REQUEUE, ///< woken meanwhile: push it; the runner's reference is the queue's now
    TRT_SUSPEND_CANCEL,  ///< cancelled meanwhile, still RUNNING: drop the frame
} trt_suspend;

/// trt_state_init sets a new task's word: NOTIFIED and with a handle, `refs` references.
void trt_state_init(trt_task_state* state, uint64_t refs);
/// trt_state_wake marks NOTIFIED. Returns true when the caller must push the task: a reference for
/// the queue was added. COMPLETE, queued and running tasks are not pushed.   Thread: any.
bool trt_state_wake(trt_task_state* state);
/// trt_state_wake_owned is trt_state_wake by a caller that gives its own reference up: on true it
/// became the queue's. *out_last: it was the last one, free the task.   Thread: any.
bool trt_state_wake_owned(trt_task_state* state, bool* out_last);
/// trt_state_start takes RUNNING for the worker that popped the task, clearing NOTIFIED.
trt_start trt_state_start(trt_task_state* state);
/// trt_state_suspend ends a poll that answered PENDING.   Thread: the runner.
trt_suspend trt_state_suspend(trt_task_state* state);
/// trt_state_yield is trt_state_suspend of a task that woke itself: REQUEUE or CANCEL.
trt_suspend trt_state_yield(trt_task_state* state);
/// trt_state_complete turns RUNNING into COMPLETE, publishing output and status. Returns the word
/// as it is now: without JOIN_INTEREST the output is the runner's to drop; with JOIN_WAKER the join
/// waker is the runner's to take and call.
uint64_t trt_state_complete(trt_task_state* state);
/// trt_state_abort marks CANCELLED. Returns true when the caller must push the task (as in wake).
bool trt_state_abort(trt_task_state* state);
/// trt_state_join_arm hands the written join waker to the completer; false: COMPLETE, nothing done.
bool trt_state_join_arm(trt_task_state* state);
/// trt_state_join_disarm takes the join waker back to replace it; false: COMPLETE, nothing done.
bool trt_state_join_disarm(trt_task_state* state);
/// trt_state_join_leave clears JOIN_INTEREST; before COMPLETE also JOIN_WAKER. Returns the word
/// before: COMPLETE in it means the output is the handle's; the waker is the handle's unless both
/// COMPLETE and JOIN_WAKER are in it. The handle's reference stays until trt_state_unref.
uint64_t trt_state_join_leave(trt_task_state* state);
/// trt_state_detach gives up a handle that left no join waker: JOIN_INTEREST and its reference in
/// one transition. False: COMPLETE, or JOIN_WAKER is set; nothing done. The task's life holds
/// another reference until COMPLETE, so this is never the last.
bool trt_state_detach(trt_task_state* state);
/// trt_state_join_end clears JOIN_INTEREST and gives the handle's reference back at once, when the
/// task is known to be COMPLETE. True: it was the last reference, free the task.
bool trt_state_join_end(trt_task_state* state);
/// trt_state_ref adds a reference; aborts the process at TRT_TASK_REF_MAX.   Thread: any.
void trt_state_ref(trt_task_state* state);
/// trt_state_unref gives `num` references back; true: they were the last, free the task.
bool trt_state_unref(trt_task_state* state, uint64_t num);
/// trt_state_load reads the word, acquiring what the last transition published.
static inline uint64_t trt_state_load(const trt_task_state* state) {
    return trt_atomic_load(state, TRT_ACQUIRE_ORDER);
}
static inline uint64_t trt_state_refs(uint64_t word) {
    return word >> TRT_TASK_REF_SHIFT;
}

#endif
