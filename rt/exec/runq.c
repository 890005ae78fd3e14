// SPDX-License-Identifier: Apache-2.0
// Run queues: plain intrusive FIFOs, the shared ones behind a lock held for a few instructions (one
// per task of a share).
//
// E4 (a queued task is in exactly one queue) follows from the state word: only the transition that
// sets NOTIFIED on an idle task pushes, only the pop that clears it takes out.
#include "rt/exec/runq.h"

#include "rt/base/assert.h"

static void append(trt_runq* queue, const trt_runq* batch) {
    if (batch->head == NULL) {
        return;
    }
    if (queue->head == NULL) {
        queue->head = batch->head;
    } else {
        queue->tail->queue_next = batch->head;
    }
    queue->tail = batch->tail;
    queue->len += batch->len;
}

tmlrt_task* trt_runq_take(trt_runq* queue, uint64_t index) {
    TRT_ASSERT(index < queue->len);
    tmlrt_task *before = NULL, *task = queue->head;
    for (; index > 0; index--) {
        before = task;
        task = task->queue_next;
    }
    if (before == NULL) {
        return trt_runq_pop(queue);
    }
    before->queue_next = task->queue_next;
    queue->tail = queue->tail == task ? before : queue->tail;
    queue->len--;
    return task;
}

// Called with the lock held, so the two accesses need not be one.
static void count(trt_inbox* inbox, uint64_t change) {
    uint64_t len = trt_atomic_load(&inbox->len, TRT_RELAXED);
    trt_atomic_store(&inbox->len, len + change, TRT_SEQ_CST);
}

void trt_inbox_push(trt_inbox* inbox, tmlrt_task* task) {
    trt_mutex_lock(&inbox->lock);
    trt_runq_push(&inbox->queue, task);
    count(inbox, 1);
    trt_mutex_unlock(&inbox->lock);
}

void trt_inbox_append(trt_inbox* inbox, trt_runq* batch, uint64_t num) {
    trt_mutex_lock(&inbox->lock);
    append(&inbox->queue, batch);
    count(inbox, num);
    trt_mutex_unlock(&inbox->lock);
    *batch = (trt_runq){NULL, NULL, 0};
}

void trt_inbox_take(trt_inbox* inbox, trt_runq* out) {
    if (trt_inbox_empty(inbox)) {
        return;
    }
    trt_mutex_lock(&inbox->lock);
    trt_runq taken = inbox->queue;
    trt_task_fetch(taken.head); // another core has written its header and its frame
    inbox->queue = (trt_runq){NULL, NULL, 0};
    trt_atomic_store(&inbox->len, 0, TRT_SEQ_CST);
    trt_mutex_unlock(&inbox->lock);
    append(out, &taken);
}

void trt_inbox_take_share(trt_inbox* inbox, trt_runq* out, uint64_t parts, uint64_t max) {
    if (trt_inbox_empty(inbox)) {
        return;
    }
    trt_mutex_lock(&inbox->lock);
    trt_task_fetch(inbox->queue.head); // another core has written its header and its frame
    uint64_t len = trt_atomic_load(&inbox->len, TRT_RELAXED);
    uint64_t num = len / parts + (len % parts != 0);
    num = num > max ? max : num;
    for (uint64_t i = 0; i < num; i++) {
        trt_runq_push(out, trt_runq_pop(&inbox->queue));
    }
    count(inbox, -num);
    trt_mutex_unlock(&inbox->lock);
}
