// SPDX-License-Identifier: Apache-2.0
// Run queues: plain intrusive FIFOs, the shared ones behind a lock held for a few instructions.
//
// E4 (a queued task is in exactly one queue) follows from the state word: only the transition that
// sets NOTIFIED on an idle task pushes, only the pop that clears it takes out.
#include "rt/exec/runq.h"

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/exec/worker.h"

void trt_runq_push(trt_runq* queue, tmlrt_task* task) {
    task->queue_next = NULL;
    if (queue->tail == NULL) {
        queue->head = task;
    } else {
        queue->tail->queue_next = task;
    }
    queue->tail = task;
}

tmlrt_task* trt_runq_pop(trt_runq* queue) {
    tmlrt_task* task = queue->head;
    if (task != NULL) {
        queue->head = task->queue_next;
        if (queue->head == NULL) {
            queue->tail = NULL;
        }
    }
    return task;
}

// Called with the lock held, so the two accesses need not be one.
static void inbox_count(trt_inbox* inbox, uint64_t change) {
    uint64_t len = trt_atomic_load(&inbox->len, TRT_RELAXED);
    trt_atomic_store(&inbox->len, len + change, TRT_SEQ_CST);
}

void trt_inbox_push(trt_inbox* inbox, tmlrt_task* task) {
    trt_mutex_lock(&inbox->lock);
    trt_runq_push(&inbox->queue, task);
    inbox_count(inbox, 1);
    trt_mutex_unlock(&inbox->lock);
}

tmlrt_task* trt_inbox_pop(trt_inbox* inbox) {
    if (trt_inbox_empty(inbox)) {
        return NULL;
    }
    trt_mutex_lock(&inbox->lock);
    tmlrt_task* task = trt_runq_pop(&inbox->queue);
    if (task != NULL) {
        inbox_count(inbox, (uint64_t)-1);
    }
    trt_mutex_unlock(&inbox->lock);
    return task;
}

void trt_inbox_take(trt_inbox* inbox, trt_runq* out) {
    if (trt_inbox_empty(inbox)) {
        return;
    }
    trt_mutex_lock(&inbox->lock);
    trt_runq taken = inbox->queue;
    inbox->queue = (trt_runq){NULL, NULL};
    trt_atomic_store(&inbox->len, 0, TRT_SEQ_CST);
    trt_mutex_unlock(&inbox->lock);
    if (taken.head == NULL) {
        return;
    }
    if (out->tail == NULL) {
        *out = taken;
    } else {
        out->tail->queue_next = taken.head;
        out->tail = taken.tail;
    }
}

tmlrt_task* trt_runq_next(trt_worker* worker) {
    tmlrt_task* task = trt_runq_pop(&worker->local);
    if (task == NULL) {
        trt_inbox_take(&worker->inbox, &worker->local);
        task = trt_runq_pop(&worker->local);
    }
    return task;
}

tmlrt_task* trt_runq_steal(trt_worker* worker) {
    return trt_inbox_pop(&worker->core->injector);
}

bool trt_runq_has_work(trt_worker* worker) {
    return worker->local.head != NULL || !trt_inbox_empty(&worker->inbox) ||
           !trt_inbox_empty(&worker->core->injector);
}
