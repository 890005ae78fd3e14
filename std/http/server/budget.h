// SPDX-License-Identifier: Apache-2.0
// Budget: what all connections of a server hold together, and how much memory the process has left.
// Pure but for atomics and wakers: readings are handed in.
#ifndef TRT_HTTP_SERVER_BUDGET_H
#define TRT_HTTP_SERVER_BUDGET_H

#include <tmlrt/abi/status.h>
#include <tmlrt/abi/waker.h>

#include "rt/base/assert.h"
#include "rt/base/list.h"
#include "rt/os/thread.h"
#include "std/http/core/limits.h"

enum trt_memory_level {
    TRT_MEMORY_OK,
    TRT_MEMORY_SOFT, ///< no new requests
    TRT_MEMORY_HARD, ///< nothing is accepted either, idle connections are closed
};

/// trt_budget is shared by all workers of a server.
typedef struct trt_budget {
    uint64_t held_max;
    uint64_t soft_bytes, hard_bytes;
    uint64_t slack_bytes;       ///< a level is left this far below where it was entered
    trt_atomic_u64 held;        ///< body and answer bytes outside of workspaces
    trt_atomic_u32 level;       ///< enum trt_memory_level
    trt_atomic_u32 num_waiting; ///< length of `waiters`
    trt_mutex lock;
    trt_list waiters; ///< under lock; longest first
} trt_budget;

/// trt_budget_waiter is one connection that waits; all-zero waits for nothing.
typedef struct trt_budget_waiter {
    trt_list_node node;
    tmlrt_waker waker;
    uint64_t bytes;
    bool asked; ///< the owner's: it has waited, and has not been forgotten since
} trt_budget_waiter;

/// trt_budget_init takes the limits, which are resolved.
void trt_budget_init(trt_budget* budget, const trt_http_limits* limits);

/// trt_budget_take counts `bytes` more.   Errors: FULL - that would be too many, nothing is
/// counted. Thread: any.
TMLRT_NODISCARD tmlrt_status trt_budget_take(trt_budget* budget, uint64_t bytes);
/// trt_budget_charge counts bytes that are there already, even beyond the limit.   Thread: any.
void trt_budget_charge(trt_budget* budget, uint64_t bytes);
/// trt_budget_give counts `bytes` less and wakes some of those who wait for no more than what is
/// free now.   Thread: any.   Cost: one atomic operation and a load while nobody waits.
void trt_budget_give(trt_budget* budget, uint64_t bytes);
/// trt_budget_give_quietly counts `bytes` less and wakes nobody: for a caller that holds a lock and
/// calls trt_budget_give(budget, 0) afterwards.   Thread: any.
void trt_budget_give_quietly(trt_budget* budget, uint64_t bytes);
/// trt_budget_wait notes whom to wake when `bytes` are free; a former note is replaced. What was
/// given meanwhile is not told: try again after this. Who was woken has to call trt_budget_forget
/// when it needs no more, or trt_budget_wait again.   Thread: any.
void trt_budget_wait(trt_budget* budget, trt_budget_waiter* waiter, uint64_t bytes,
                     const tmlrt_waker* waker);
/// trt_budget_leave is trt_budget_forget of one that has waited.   Thread: any.
void trt_budget_leave(trt_budget* budget, trt_budget_waiter* waiter);
/// trt_budget_forget ends the wait and wakes the next ones, if there is room; not waiting is fine.
/// Thread: any.   Cost: a look at what is the waiter's own, when it has not waited.
static inline void trt_budget_forget(trt_budget* budget, trt_budget_waiter* waiter) {
    if (TRT_UNLIKELY(waiter->asked)) {
        trt_budget_leave(budget, waiter);
    }
}

/// trt_budget_note judges a reading of the process's memory (0: unknown, nothing changes).
/// Returns  true when the level changed.   Thread: one.
bool trt_budget_note(trt_budget* budget, uint64_t used_bytes);

static inline enum trt_memory_level trt_budget_level(const trt_budget* budget) {
    // Relaxed: it is some time old anyway.
    return (enum trt_memory_level)trt_atomic_load(&((trt_budget*)budget)->level, TRT_RELAXED);
}
/// trt_budget_full tells whether nothing new is to be begun.
static inline bool trt_budget_full(const trt_budget* budget) {
    return trt_atomic_load(&((trt_budget*)budget)->held, TRT_RELAXED) >= budget->held_max;
}

#endif
