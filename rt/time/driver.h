// SPDX-License-Identifier: Apache-2.0
// Timer driver: one wheel behind one lock, owned by a worker; its timers may be cancelled and
// dropped on any thread. The owner advances it; wakers are called after the lock is released.
#ifndef TRT_TIME_DRIVER_H
#define TRT_TIME_DRIVER_H

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/poll.h>

#include "rt/os/thread.h"
#include "rt/time/wheel.h"

typedef struct trt_timer_driver {
    trt_mutex lock;
    trt_wheel wheel;            ///< under lock
    trt_list due;               ///< under lock; fired, but not yet woken
    uint64_t sleeping_until_ns; ///< under lock; UINT64_MAX: asleep without a deadline; 0: awake
    void (*unpark)(
        void* owner); ///< called unlocked, when an earlier deadline was armed (invariant T3)
    void* owner;
    uint64_t (*now_ns)(void* clock); ///< trt_os_now_ns, or a test's virtual clock
    void* clock;
} trt_timer_driver;

/// trt_timer is one waiting task: a wheel entry, its driver and a waker. Embedded in a leaf's
/// frame, so it may be freed as soon as trt_timer_cancel returned. All-zero is idle.
typedef struct trt_timer {
    trt_timer_entry entry;
    trt_timer_driver* driver;
    tmlrt_waker waker; ///< under the driver's lock while armed
    bool fired;        ///< under the driver's lock
} trt_timer;

/// trt_timer_driver_init makes an empty driver. `unpark(owner)` is called, from any thread, when a
/// timer is armed that is due before the time the owner sleeps to; `now_ns(clock)` tells the time.
void trt_timer_driver_init(trt_timer_driver* driver, void (*unpark)(void*), void* owner,
                           uint64_t (*now_ns)(void*), void* clock);
/// trt_timer_driver_fini wakes nobody; no timer may be armed.
void trt_timer_driver_fini(trt_timer_driver* driver);
/// trt_timer_driver_prepare_sleep returns the next deadline and notes that the owner sleeps until
/// then. Thread: owner. Must be followed by trt_timer_driver_advance before the next prepare.
uint64_t trt_timer_driver_prepare_sleep(trt_timer_driver* driver);
/// trt_timer_driver_advance fires what is due, waking after unlock; returns how many.   Thread:
/// owner.
uint32_t trt_timer_driver_advance(trt_timer_driver* driver);

/// trt_timer_arm arms (or re-arms) with a clone of `waker`.   Thread: any, one at a time per timer.
void trt_timer_arm(trt_timer* timer, trt_timer_driver* driver, uint64_t deadline_ns,
                   const tmlrt_waker* waker);
/// trt_timer_poll answers READY when it fired; else replaces the waker and answers PENDING.
tmlrt_poll trt_timer_poll(trt_timer* timer, const tmlrt_waker* waker);
/// trt_timer_cancel disarms; after it returned the timer is touched by nobody. Returns false when
/// it had fired (or was idle) before.   Thread: any.
bool trt_timer_cancel(trt_timer* timer);

#endif
