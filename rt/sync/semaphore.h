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

/// The word of a semaphore is permits << TRT_SEMAPHORE_SHIFT and these bits; its transitions are in
/// semaphore.c.
enum { TRT_SEMAPHORE_CLOSED = 1, TRT_SEMAPHORE_WAITERS = 2, TRT_SEMAPHORE_SHIFT = 2 };
#define TRT_SEMAPHORE_ONE (UINT64_C(1) << TRT_SEMAPHORE_SHIFT)

/// trt_semaphore: all-zero has no permits and is open. Not movable while somebody waits.
typedef struct trt_semaphore {
    trt_atomic_u64 word;
    trt_mutex lock;
    trt_waiters waiters; ///< under lock
} trt_semaphore;

/// trt_semaphore_waiter is one waiting acquire, made idle by trt_waiter_init of its base. Under the
/// semaphore's lock.
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
static inline tmlrt_status trt_semaphore_try_acquire(trt_semaphore* semaphore, uint64_t num) {
    uint64_t word = trt_atomic_load(&semaphore->word, TRT_RELAXED);
    if (TRT_UNLIKELY(num > TRT_SEMAPHORE_MAX)) {
        return TMLRT_E_OVERFLOW;
    }
    for (;;) {
        if (TRT_UNLIKELY(word & TRT_SEMAPHORE_CLOSED)) {
            return TMLRT_E_CLOSED;
        }
        if (word >> TRT_SEMAPHORE_SHIFT < num) {
            return TMLRT_E_AGAIN;
        }
        // Acquire pairs with the release of trt_semaphore_release and settle.
        if (trt_atomic_cas_weak(&semaphore->word, &word, word - num * TRT_SEMAPHORE_ONE,
                                TRT_ACQUIRE_ORDER, TRT_RELAXED)) {
            return TMLRT_OK;
        }
    }
}
/// trt_semaphore_try_only takes the one permit of a semaphore of one, if it is free and nobody
/// waits; without a look first, which would cost as much again.
static inline bool trt_semaphore_try_only(trt_semaphore* semaphore) {
    uint64_t word = TRT_SEMAPHORE_ONE;
    // Acquire pairs with the release of trt_semaphore_give_only, trt_semaphore_release and settle.
    return trt_atomic_cas(&semaphore->word, &word, 0, TRT_ACQUIRE_ORDER, TRT_RELAXED);
}
/// trt_semaphore_wait is trt_semaphore_poll when there may be something to wait for.
tmlrt_poll trt_semaphore_wait(trt_semaphore* semaphore, trt_semaphore_waiter* waiter, uint64_t num,
                              const tmlrt_waker* waker, tmlrt_status* out_status);
/// trt_semaphore_poll takes `num` permits, or queues `waiter` with a clone of `waker`. READY writes
/// *out_status: 0, or an error of try_acquire other than AGAIN; the waiter is idle then.
/// Shape:   num: the same in every poll of one waiter.   Thread: any, one at a time per waiter.
static inline tmlrt_poll trt_semaphore_poll(trt_semaphore* semaphore, trt_semaphore_waiter* waiter,
                                            uint64_t num, const tmlrt_waker* waker,
                                            tmlrt_status* out_status) {
    if (!waiter->base.queued) {
        *out_status = trt_semaphore_try_acquire(semaphore, num);
        if (TRT_LIKELY(*out_status != TMLRT_E_AGAIN)) {
            return TMLRT_READY;
        }
    }
    return trt_semaphore_wait(semaphore, waiter, num, waker, out_status);
}
/// trt_semaphore_cancel takes a waiter out, whatever state it is in; permits that it was given
/// pass to those behind it. Afterwards nobody touches the waiter.   Thread: any.
void trt_semaphore_cancel(trt_semaphore* semaphore, trt_semaphore_waiter* waiter);
/// trt_semaphore_hand_out is trt_semaphore_release while somebody waits.
void trt_semaphore_hand_out(trt_semaphore* semaphore, uint64_t num);
/// trt_semaphore_release gives `num` permits to those who wait, in their order, and leaves the
/// rest free. Also on a closed semaphore.
/// Errors:  OVERFLOW - there would be more than TRT_SEMAPHORE_MAX; nothing released. Thread: any.
static inline tmlrt_status trt_semaphore_release(trt_semaphore* semaphore, uint64_t num) {
    uint64_t word = trt_atomic_load(&semaphore->word, TRT_RELAXED);
    if (TRT_UNLIKELY(num > TRT_SEMAPHORE_MAX)) {
        return TMLRT_E_OVERFLOW;
    }
    while (TRT_LIKELY((word & TRT_SEMAPHORE_WAITERS) == 0)) {
        if (TRT_UNLIKELY(num > TRT_SEMAPHORE_MAX - (word >> TRT_SEMAPHORE_SHIFT))) {
            return TMLRT_E_OVERFLOW;
        }
        // Release pairs with the acquire of the takers.
        if (trt_atomic_cas_weak(&semaphore->word, &word, word + num * TRT_SEMAPHORE_ONE,
                                TRT_RELEASE_ORDER, TRT_RELAXED)) {
            return TMLRT_OK;
        }
    }
    trt_semaphore_hand_out(semaphore, num);
    return TMLRT_OK;
}
/// trt_semaphore_give_only is trt_semaphore_release of the one permit of a semaphore of one.
/// Returns false when it was not out.
static inline bool trt_semaphore_give_only(trt_semaphore* semaphore) {
    uint64_t word = 0;
    // Release pairs with the acquire of the takers.
    if (TRT_LIKELY(trt_atomic_cas(&semaphore->word, &word, TRT_SEMAPHORE_ONE, TRT_RELEASE_ORDER,
                                  TRT_RELAXED))) {
        return true;
    }
    if (word >> TRT_SEMAPHORE_SHIFT != 0) {
        return false;
    }
    trt_semaphore_hand_out(semaphore, 1);
    return true;
}
/// trt_semaphore_close makes every waiting and later acquire answer CLOSED. Permits out stay out.
void trt_semaphore_close(trt_semaphore* semaphore);
/// trt_semaphore_available returns how many permits are free.   Thread: any.
static inline uint64_t trt_semaphore_available(const trt_semaphore* semaphore) {
    // Acquire pairs with the release of trt_semaphore_release and settle.
    return trt_atomic_load(&semaphore->word, TRT_ACQUIRE_ORDER) >> TRT_SEMAPHORE_SHIFT;
}
/// trt_semaphore_has_waiters tells whether somebody waits.   Thread: any.
static inline bool trt_semaphore_has_waiters(const trt_semaphore* semaphore) {
    return (trt_atomic_load(&semaphore->word, TRT_RELAXED) & TRT_SEMAPHORE_WAITERS) != 0;
}
/// trt_semaphore_closed tells whether it was closed.   Thread: any.
static inline bool trt_semaphore_closed(const trt_semaphore* semaphore) {
    // Acquire pairs with the release of trt_semaphore_close.
    return (trt_atomic_load(&semaphore->word, TRT_ACQUIRE_ORDER) & TRT_SEMAPHORE_CLOSED) != 0;
}
/// trt_semaphore_settled tells whether it is closed and all `permits` are back: from then on
/// nothing changes. Acquires what happened before each release.   Thread: any.
bool trt_semaphore_settled(const trt_semaphore* semaphore, uint64_t permits);

#endif
