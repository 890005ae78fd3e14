// SPDX-License-Identifier: Apache-2.0
// Run queues. A worker owns a local queue (home tasks and, with one worker, all); others reach it
// through its inbox; tasks without a home go through the runtime's injector. All are intrusive
// (tmlrt_task.queue_next): pushing allocates nothing, and each entry owns one reference.
#ifndef TRT_EXEC_RUNQ_H
#define TRT_EXEC_RUNQ_H

#include "rt/exec/task.h"
#include "rt/os/thread.h"

/// trt_runq is a FIFO touched by one thread. All-zero is empty.
typedef struct trt_runq {
    tmlrt_task *head, *tail;
} trt_runq;

/// trt_inbox is a FIFO any thread may push to. All-zero is empty. `len` is written under the lock
/// and sequentially consistent: the parking protocol reads it without (park.h).
typedef struct trt_inbox {
    trt_mutex lock;
    trt_runq queue;
    trt_atomic_u64 len;
} trt_inbox;

/// trt_runq_push appends.   Thread: owner.
void trt_runq_push(trt_runq* queue, tmlrt_task* task);
/// trt_runq_pop takes the oldest, NULL when empty.   Thread: owner.
tmlrt_task* trt_runq_pop(trt_runq* queue);
/// trt_inbox_push appends.   Thread: any.
void trt_inbox_push(trt_inbox* inbox, tmlrt_task* task);
/// trt_inbox_pop takes the oldest, NULL when empty; takes no lock then.   Thread: any.
tmlrt_task* trt_inbox_pop(trt_inbox* inbox);
/// trt_inbox_take moves everything to the end of `out`.   Thread: any.
void trt_inbox_take(trt_inbox* inbox, trt_runq* out);
/// trt_inbox_empty tells whether a push that happened before is still queued.   Thread: any.
static inline bool trt_inbox_empty(const trt_inbox* inbox) {
    return trt_atomic_load(&inbox->len, TRT_SEQ_CST) == 0;
}

/// trt_runq_next takes the next task of a worker's own queues, NULL when there is none.
tmlrt_task* trt_runq_next(trt_worker* worker);
/// trt_runq_steal takes a task that is no worker's own: from the injector. NULL when there is none.
tmlrt_task* trt_runq_steal(trt_worker* worker);
/// trt_runq_has_work tells whether next or steal would find something (the re-check of parking).
bool trt_runq_has_work(trt_worker* worker);

#endif
