// SPDX-License-Identifier: Apache-2.0
// Intrusive FIFOs of tasks (tmlrt_task.queue_next): pushing allocates nothing, and each entry owns
// one reference. A worker's home tasks are in a trt_runq and a trt_inbox; tasks without a home that
// are queued from outside, or did not fit a worker's deque, are in the runtime's injector.
// schedule.h has which queue a task goes to and the order in which queues are looked at.
#ifndef TRT_EXEC_RUNQ_H
#define TRT_EXEC_RUNQ_H

#include "rt/exec/task.h"
#include "rt/os/thread.h"

/// trt_runq is a FIFO touched by one thread. All-zero is empty.
typedef struct trt_runq {
    tmlrt_task *head, *tail; ///< tail: of the last one pushed; of no meaning while head is NULL
    uint64_t len;
} trt_runq;

/// trt_inbox is a FIFO any thread may push to. All-zero is empty. `len` is written under the lock
/// and sequentially consistent: the parking protocol reads it without (park.h).
typedef struct trt_inbox {
    trt_mutex lock;
    trt_runq queue;
    trt_atomic_u64 len;
} trt_inbox;

/// trt_runq_push appends.   Thread: owner.
static inline void trt_runq_push(trt_runq* queue, tmlrt_task* task) {
    task->queue_next = NULL;
    if (queue->head == NULL) {
        queue->head = task;
    } else {
        queue->tail->queue_next = task;
    }
    queue->tail = task;
    queue->len++;
}
/// trt_runq_pop takes the oldest, NULL when empty.   Thread: owner.
static inline tmlrt_task* trt_runq_pop(trt_runq* queue) {
    tmlrt_task* task = queue->head;
    if (task != NULL) {
        queue->head = task->queue_next;
        queue->len--;
    }
    return task;
}
/// trt_runq_prefetch asks for what the next task looks at when many are queued: its frame, what it
/// waits at, and the header of the one behind it, which the next call reads.   Thread: owner.
static inline __attribute__((always_inline)) void trt_runq_prefetch(const trt_runq* queue) {
    if (queue->len >= TRT_PREFETCH_FROM) {
        const tmlrt_task* next = queue->head;
        trt_task_fetch_frame(next);
        trt_near_fetch(next->guard.near);
        __builtin_prefetch(next->queue_next, 1);
    }
}
/// trt_runq_take takes the task that `index` others are before.   Shape: index: below len.
/// Thread:  owner.   Cost: O(index).
tmlrt_task* trt_runq_take(trt_runq* queue, uint64_t index);
/// trt_inbox_empty tells whether a push that happened before is still queued.   Thread: any.
static inline bool trt_inbox_empty(const trt_inbox* inbox) {
    return trt_atomic_load(&inbox->len, TRT_SEQ_CST) == 0;
}
/// trt_inbox_push appends.   Thread: any.
void trt_inbox_push(trt_inbox* inbox, tmlrt_task* task);
/// trt_inbox_append moves the `num` tasks of `batch` to the end, in order.   Thread: any.
void trt_inbox_append(trt_inbox* inbox, trt_runq* batch, uint64_t num);
/// trt_inbox_take moves everything to the end of `out`; takes no lock when empty.   Thread: any.
void trt_inbox_take(trt_inbox* inbox, trt_runq* out);
/// trt_inbox_take_share moves the oldest 1/`parts` (rounded up, at most `max`) to the end of `out`;
/// takes no lock when empty.   Thread: any.
void trt_inbox_take_share(trt_inbox* inbox, trt_runq* out, uint64_t parts, uint64_t max);

#endif
