// SPDX-License-Identifier: Apache-2.0
// Barrier: `num` tasks wait until all of them are there; then it is ready for the next round.
#ifndef TRT_SYNC_BARRIER_H
#define TRT_SYNC_BARRIER_H

#include <tmlrt/abi/poll.h>

#include "rt/sync/waiters.h"

/// trt_barrier: not movable while somebody waits.
typedef struct trt_barrier {
    trt_mutex lock;
    trt_waiters waiters;         ///< under lock, like the rest
    uint64_t num, there, rounds; ///< rounds: how many have ended
} trt_barrier;

/// trt_barrier_waiter is one wait, made idle by trt_waiter_init of its base.
typedef struct trt_barrier_waiter {
    trt_waiter base;
    uint64_t round; ///< in which it arrived
} trt_barrier_waiter;

/// trt_barrier_init makes a barrier of `num` tasks; 0 counts as 1.
void trt_barrier_init(trt_barrier* barrier, uint64_t num);
/// trt_barrier_fini checks that nobody waits.
void trt_barrier_fini(trt_barrier* barrier);
/// trt_barrier_poll arrives, with the first poll, and answers READY when all are there.
/// *out_leader: whether it was the last to arrive, one per round.   Thread: any, one at a time per
/// waiter.
tmlrt_poll trt_barrier_poll(trt_barrier* barrier, trt_barrier_waiter* waiter,
                            const tmlrt_waker* waker, bool* out_leader);
/// trt_barrier_cancel takes a waiter out; it has not arrived then, unless its round has ended.
void trt_barrier_cancel(trt_barrier* barrier, trt_barrier_waiter* waiter);

#endif
