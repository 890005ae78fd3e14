// SPDX-License-Identifier: Apache-2.0
// The state word of a task: every bit, every transition, and who may make it. Nothing else in the
// runtime writes this word.
//
//   bits                                          references (bit 16 and up), one each for
//   CLAIMED        in exactly one queue, or a        its life, until COMPLETE
//                  worker polls or drops the         the claim: its entry in a queue, then whoever
//                  frame; a lock on the frame        runs it; and TRT_TASK_SPARE more, below
//   NOTIFIED       with CLAIMED: woken since the     the join handle
//                  last poll began: poll once more   every cloned waker
//   COMPLETE       output or status is there;
//                  never cleared
//   CANCELLED      the frame is to be dropped by the next worker that gets hold of it
//   JOIN_INTEREST  a join handle exists and will read or drop the output
//   JOIN_WAKER     `join_waker` is the completer's; clear: the handle's. Final once COMPLETE
//   STATIC         one of the static finished handles: never written, never freed
//
// Whoever makes a task runnable claims it and pushes it; the claim goes with it from queue to queue
// and to the worker that pops it, who finds the word as it should be and writes nothing. A task
// that yields goes back to a queue with the claim it has.
//
// A claim has references to spare, which its holder may use up by cloning wakers of the task in its
// poll, and get back from those that the poll drops, without writing the word: most polls that wait
// clone one. What is left goes with the claim.
#ifndef TRT_EXEC_TASK_STATE_H
#define TRT_EXEC_TASK_STATE_H

#include "rt/base/atomic.h"

typedef trt_atomic_u64 trt_task_state;

#define TRT_TASK_CLAIMED       (1ull << 0)
#define TRT_TASK_NOTIFIED      (1ull << 1)
#define TRT_TASK_COMPLETE      (1ull << 2)
#define TRT_TASK_CANCELLED     (1ull << 3)
#define TRT_TASK_JOIN_INTEREST (1ull << 4)
#define TRT_TASK_JOIN_WAKER    (1ull << 5)
#define TRT_TASK_STATIC        (1ull << 6)
#define TRT_TASK_REF_SHIFT     16
#define TRT_TASK_REF           (1ull << TRT_TASK_REF_SHIFT)
/// TRT_TASK_SPARE is how many references a claim has besides its own.
#define TRT_TASK_SPARE 3
#define TRT_TASK_CLAIM (TRT_TASK_CLAIMED + (1 + TRT_TASK_SPARE) * TRT_TASK_REF)
/// TRT_TASK_REF_MAX references are refused: the count would otherwise wrap one day (E5).
#define TRT_TASK_REF_MAX (1ull << 40)

typedef enum trt_start {
    TRT_START_POLL,   ///< poll the frame
    TRT_START_CANCEL, ///< drop the frame
} trt_start;

typedef enum trt_suspend {
    TRT_SUSPEND_IDLE,    ///< the claim was given up, and its references with it
    TRT_SUSPEND_REQUEUE, ///< woken meanwhile, still claimed: push it
    TRT_SUSPEND_CANCEL,  ///< cancelled meanwhile, still claimed: drop the frame
} trt_suspend;

/// trt_state_init sets a new task's word: CLAIMED and with a handle, `refs` references.
void trt_state_init(trt_task_state* state, uint64_t refs);
/// trt_state_wake claims an idle task and returns true: the caller must push it. One that is
/// claimed is marked NOTIFIED; nothing happens to one that is COMPLETE.   Thread: any.
bool trt_state_wake(trt_task_state* state);
/// trt_state_wake_owned is trt_state_wake by a caller that gives its own reference up: on true it
/// became the claim's. *out_last: it was the last one, free the task.   Thread: any.
bool trt_state_wake_owned(trt_task_state* state, bool* out_last);
/// trt_state_take_note is trt_state_start when more than the claim is to be seen.
trt_start trt_state_take_note(trt_task_state* state);
/// trt_state_suspend ends a poll that answered PENDING. On IDLE `spare` references are given back
/// with the claim's own.   Thread: the claim's holder.
trt_suspend trt_state_suspend(trt_task_state* state, uint64_t spare);
/// trt_state_complete turns CLAIMED into COMPLETE, publishing output and status. Returns the word
/// as it is now: without JOIN_INTEREST the output is the runner's to drop; with JOIN_WAKER the join
/// waker is the runner's to take and call. With a handle that does not wait there is nothing left
/// to do, and `owned_refs` references were given back: the task may be gone.
uint64_t trt_state_complete(trt_task_state* state, uint64_t owned_refs);
/// trt_state_nobody_waits tells whether that is what trt_state_complete found.
static inline bool trt_state_nobody_waits(uint64_t word) {
    return (word & (TRT_TASK_JOIN_INTEREST | TRT_TASK_JOIN_WAKER)) == TRT_TASK_JOIN_INTEREST;
}
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
/// trt_state_is_sole tells a holder of `num` references that there are no others. If so nobody else
/// can come by one: the task is the caller's, without a handle, and what others did is seen.
static inline bool trt_state_is_sole(const trt_task_state* state, uint64_t num) {
    return trt_state_refs(trt_state_load(state)) == num;
}
/// trt_state_start begins the poll of a task that was popped, clearing NOTIFIED. Writes nothing
/// when it is clear.   Thread: the claim's holder.
static inline trt_start trt_state_start(trt_task_state* state) {
    const uint64_t flags =
        TRT_TASK_CLAIMED | TRT_TASK_NOTIFIED | TRT_TASK_COMPLETE | TRT_TASK_CANCELLED;
    if ((trt_state_load(state) & flags) == TRT_TASK_CLAIMED) {
        return TRT_START_POLL;
    }
    return trt_state_take_note(state);
}
/// trt_state_yield is trt_state_suspend of a task that woke itself: REQUEUE or CANCEL. Writes
/// nothing.   Thread: the claim's holder.
static inline trt_suspend trt_state_yield(const trt_task_state* state) {
    uint64_t seen = trt_state_load(state);
    return seen & TRT_TASK_CANCELLED ? TRT_SUSPEND_CANCEL : TRT_SUSPEND_REQUEUE;
}

#endif
