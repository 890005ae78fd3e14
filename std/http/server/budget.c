// SPDX-License-Identifier: Apache-2.0
// Counting what is held, and the queue of those who wait for less.
//
// No wake is lost: a waiter is in the queue (num_waiting counts it) before it tries once more, a
// giver subtracts before it looks at num_waiting; all of these are sequentially consistent. A
// waiter that was woken is out of the queue and takes its chance with everybody else. A giver wakes
// a few, and each waiter that leaves wakes the next few for whom there is room: so all are reached,
// and room that the woken one had no use for (its peer is gone, its time is up) is not forgotten.
// Who waits has a deadline of its own, so that connections that wait for each other all end.
//
// Called by connection tasks of every worker, trt_budget_note by the supervisor. Wakers are called
// without the lock.
#include "std/http/server/budget.h"

#include "rt/base/assert.h"
#include "rt/base/waker.h"

enum { WOKEN_MAX = 16, LOOKED_AT_MAX = 64 }; ///< at a time

void trt_budget_init(trt_budget* budget, const trt_http_limits* limits) {
    uint64_t percent = limits->memory_bytes / 100;
    *budget = (trt_budget){.held_max = limits->held_bytes,
                           .soft_bytes = percent * limits->memory_soft_percent,
                           .hard_bytes = percent * limits->memory_hard_percent,
                           .slack_bytes = percent * 3};
    trt_list_init(&budget->waiters);
}

tmlrt_status trt_budget_take(trt_budget* budget, uint64_t bytes) {
    uint64_t held = trt_atomic_load(&budget->held, TRT_SEQ_CST);
    do {
        if (held + bytes > budget->held_max) {
            return TMLRT_E_FULL;
        }
    } while (!trt_atomic_cas(&budget->held, &held, held + bytes, TRT_SEQ_CST, TRT_SEQ_CST));
    return TMLRT_OK;
}

void trt_budget_charge(trt_budget* budget, uint64_t bytes) {
    trt_atomic_add(&budget->held, bytes, TRT_RELAXED);
}

// Moves the wakers of those whose bytes are free out of the queue.
static uint32_t take_fitting(trt_budget* budget, tmlrt_waker* out) {
    uint64_t held = trt_atomic_load(&budget->held, TRT_SEQ_CST);
    uint64_t left = held < budget->held_max ? budget->held_max - held : 0;
    uint32_t num = 0, seen = 0;
    trt_list_node* node = budget->waiters.head.next;
    while (node != &budget->waiters.head && num < WOKEN_MAX && seen++ < LOOKED_AT_MAX) {
        trt_budget_waiter* waiter = TRT_CONTAINER_OF(node, trt_budget_waiter, node);
        node = node->next;
        if (waiter->bytes <= left) {
            left -= waiter->bytes;
            trt_list_remove(&waiter->node);
            out[num++] = waiter->waker;
            waiter->waker = (tmlrt_waker){NULL, NULL};
        }
    }
    trt_atomic_sub(&budget->num_waiting, num, TRT_RELAXED);
    return num;
}

static void wake_fitting(trt_budget* budget) {
    tmlrt_waker woken[WOKEN_MAX];
    if (trt_atomic_load(&budget->num_waiting, TRT_SEQ_CST) == 0) {
        return;
    }
    trt_mutex_lock(&budget->lock);
    uint32_t num = take_fitting(budget, woken);
    trt_mutex_unlock(&budget->lock);
    for (uint32_t i = 0; i < num; i++) {
        trt_waker_wake(&woken[i]);
    }
}

void trt_budget_give(trt_budget* budget, uint64_t bytes) {
    trt_atomic_sub(&budget->held, bytes, TRT_SEQ_CST);
    wake_fitting(budget);
}

void trt_budget_give_quietly(trt_budget* budget, uint64_t bytes) {
    trt_atomic_sub(&budget->held, bytes, TRT_SEQ_CST);
}

void trt_budget_wait(trt_budget* budget, trt_budget_waiter* waiter, uint64_t bytes,
                     const tmlrt_waker* waker) {
    tmlrt_waker former, fresh;
    waiter->asked = true;
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&budget->lock);
    former = waiter->waker;
    waiter->waker = fresh;
    waiter->bytes = bytes;
    if (!trt_list_linked(&waiter->node)) {
        trt_list_push_back(&budget->waiters, &waiter->node);
        trt_atomic_add(&budget->num_waiting, 1, TRT_SEQ_CST);
    }
    trt_mutex_unlock(&budget->lock);
    trt_waker_drop(&former);
}

void trt_budget_leave(trt_budget* budget, trt_budget_waiter* waiter) {
    waiter->asked = false;
    trt_mutex_lock(&budget->lock);
    if (trt_list_linked(&waiter->node)) {
        trt_list_remove(&waiter->node);
        trt_atomic_sub(&budget->num_waiting, 1, TRT_RELAXED);
    }
    tmlrt_waker former = waiter->waker;
    waiter->waker = (tmlrt_waker){NULL, NULL};
    trt_mutex_unlock(&budget->lock);
    trt_waker_drop(&former);
    wake_fitting(budget);
}

// A level that holds is left only when that much less is used.
static bool reaches(const trt_budget* budget, uint64_t used_bytes, uint64_t bytes, bool holds) {
    return used_bytes + (holds ? budget->slack_bytes : 0) >= bytes;
}

bool trt_budget_note(trt_budget* budget, uint64_t used_bytes) {
    enum trt_memory_level before = trt_budget_level(budget), now = TRT_MEMORY_OK;
    if (used_bytes == 0) {
        return false;
    }
    if (reaches(budget, used_bytes, budget->hard_bytes, before >= TRT_MEMORY_HARD)) {
        now = TRT_MEMORY_HARD;
    } else if (reaches(budget, used_bytes, budget->soft_bytes, before >= TRT_MEMORY_SOFT)) {
        now = TRT_MEMORY_SOFT;
    }
    trt_atomic_store(&budget->level, (uint32_t)now, TRT_RELAXED);
    return now != before;
}
