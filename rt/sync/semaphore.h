// SPDX-License-Identifier: Apache-2.0
// Semaphore: a number of permits that tasks take and give back, first come first served. Mutex,
// RwLock, bounded channels and OnceCell are made of it.
#ifndef TRT_SYNC_SEMAPHORE_H
#define TRT_SYNC_SEMAPHORE_H

#include <tmlrt/abi/poll.h>
#include <tmlrt/abi/status.h>

#include "rt/sync/waiters.h"

/// TRT_SEMAPHORE_MAX is the most permits a semaphore can have or be asked for.
#define TRT_SEMAPHORE_MAX ((UINT64_C(1) << 61) - 1)

/// trt_semaphore: all-zero has no permits and is open. Not movable while somebody waits.
typedef struct trt_semaphore {
    trt_atomic_u64 word; ///< permits << 2 | WAITERS | CLOSED
    trt_mutex lock;
    trt_waiters waiters; ///< under lock
} trt_semaphore;

/// trt_semaphore_waiter is one waiting acquire; all-zero is idle. Under the semaphore's lock.
typedef struct trt_semaphore_waiter {
    trt_waiter base;
    uint64_t missing; ///< permits it still waits for
    uint64_t got;     ///< permits it was given, in part or all
} trt_semaphore_waiter;

/// trt_semaphore_init makes an open semaphore of `permits`, at most TRT_SEMAPHORE_MAX.
void trt_semaphore_init(trt_semaphore* semaphore, uint64_t permits);
/// trt_semaphore_fini checks that nobody waits.
void trt_semaphore_fini(trt_semaphore* semaphore);
/// trt_semaphore_try_acquire takes `num` permits at once or none.
/// Errors:  AGAIN - not that many are free, or others wait for them. CLOSED. OVERFLOW - more than
/// TRT_SEMAPHORE_MAX.   Thread: any.   Cost: one compare-and-swap; no lock.
tmlrt_status trt_semaphore_try_acquire(trt_semaphore* semaphore, uint64_t num);
/// trt_semaphore_poll takes `num` permits, or queues `waiter` with a clone of `waker`. READY writes
/// *out_status: 0, or an error of try_acquire other than AGAIN; the waiter is idle then.
/// Shape:   num: the same in every poll of one waiter.   Thread: any, one at a time per waiter.
tmlrt_poll trt_semaphore_poll(trt_semaphore* semaphore, trt_semaphore_waiter* waiter, uint64_t num,
                              const tmlrt_waker* waker, tmlrt_status* out_status);
/// trt_semaphore_cancel takes a waiter out, whatever state it is in; permits that it was given
/// pass to those behind it. Afterwards nobody touches the waiter.   Thread: any.
void trt_semaphore_cancel(trt_semaphore* semaphore, trt_semaphore_waiter* waiter);
/// trt_semaphore_release gives `num` permits to those who wait, in their order, and leaves the
/// rest free. Also on a closed semaphore.
/// Errors:  OVERFLOW - there would be more than TRT_SEMAPHORE_MAX; nothing released. Thread: any.
tmlrt_status trt_semaphore_release(trt_semaphore* semaphore, uint64_t num);
/// trt_semaphore_close makes every waiting and later acquire answer CLOSED. Permits out stay out.
void trt_semaphore_close(trt_semaphore* semaphore);
/// trt_semaphore_available returns how many permits are free.   Thread: any.
uint64_t trt_semaphore_available(const trt_semaphore* semaphore);
/// trt_semaphore_closed tells whether it was closed.   Thread: any.
bool trt_semaphore_closed(const trt_semaphore* semaphore);
/// trt_semaphore_settled tells whether it is closed and all `permits` are back: from then on
/// nothing changes. Acquires what happened before each release.   Thread: any.
bool trt_semaphore_settled(const trt_semaphore* semaphore, uint64_t permits);

#endif
