// SPDX-License-Identifier: Apache-2.0
// Timer driver: one wheel behind one lock, owned by a worker; its timers may be armed, polled,
// cancelled and dropped on any thread. The owner advances it; wakers are called after the lock is
// released. docs/design/timers.md has the protocol.
#ifndef TRT_TIME_DRIVER_H
#define TRT_TIME_DRIVER_H

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/poll.h>

#include "rt/os/thread.h"
#include "rt/time/wheel.h"

typedef struct trt_timer_driver {
    trt_spin lock;
    /// Nothing is due before it (a lower bound; UINT64_MAX: nothing is armed). Written under lock,
    /// read by the owner without.
    trt_atomic_u64 next_ns;
    /// The owner sleeps until then; UINT64_MAX: asleep without a deadline; 0: awake. Under lock,
    /// but for the owner's store of 0.
    trt_atomic_u64 sleeping_until_ns;
    void (*unpark)(
        void* owner); ///< called unlocked, when an earlier deadline was armed (invariant T3)
    void* owner;
    uint64_t (*now_ns)(void* clock); ///< trt_os_now_ns, or a test's virtual clock
    void* clock;
    uint64_t fresh_ns;   ///< owner: the time, if no task ran since it was looked at; 0: one did
    uint64_t num_fired;  ///< under lock
    bool next_is_wheels; ///< under lock: next_ns is trt_wheel_next_ns, or not after any deadline
                         ///< that came since; false: nobody has looked since it might be later
    trt_wheel wheel;     ///< under lock
} trt_timer_driver;

/// States of a timer. Only arm and cancel leave IDLE and FIRED, only the owner's advance makes
/// FIRED.
enum { TRT_TIMER_IDLE = 0, TRT_TIMER_ARMED = 1, TRT_TIMER_FIRED = 2 };

/// trt_timer is one waiting task: a wheel entry, its driver and a waker. Embedded in a leaf's
/// frame, so it may be freed as soon as trt_timer_cancel returned. All-zero is idle.
typedef struct trt_timer {
    trt_timer_entry entry; ///< linked under the driver's lock; the tick is written by arm only
    trt_timer_driver* driver;
    tmlrt_waker waker;    ///< ARMED: the timer's own; written by arm and poll, under the lock
    trt_atomic_u32 state; ///< TRT_TIMER_*; changed under the lock while ARMED
} trt_timer;

/// trt_timer_driver_init makes an empty driver. `unpark(owner)` is called, from any thread, when a
/// timer is armed that is due before the time the owner sleeps to; `now_ns(clock)` tells the time.
void trt_timer_driver_init(trt_timer_driver* driver, void (*unpark)(void*), void* owner,
                           uint64_t (*now_ns)(void*), void* clock);
/// trt_timer_driver_fini wakes nobody; no timer may be armed.
void trt_timer_driver_fini(trt_timer_driver* driver);
/// trt_timer_driver_prepare_sleep returns the next deadline and notes that the owner sleeps until
/// then. Thread: owner. Must be followed by an advance before the next prepare.
uint64_t trt_timer_driver_prepare_sleep(trt_timer_driver* driver);
/// trt_timer_driver_advance fires what is due, waking after unlock; returns how many.   Thread:
/// owner.   Cost: without anything due one load and, if something is armed, one look at the clock.
uint32_t trt_timer_driver_advance(trt_timer_driver* driver);
/// trt_timer_driver_now looks at the clock if something is armed, else it returns 0.   Thread:
/// owner.
uint64_t trt_timer_driver_now(const trt_timer_driver* driver);
/// trt_timer_driver_poll_ns is the time for a poll that has just begun: looked at anew unless the
/// owner did so right before it.   Thread: owner, in a task.
static inline uint64_t trt_timer_driver_poll_ns(const trt_timer_driver* driver) {
    return driver->fresh_ns != 0 ? driver->fresh_ns : driver->now_ns(driver->clock);
}
/// trt_timer_driver_advance_to is trt_timer_driver_advance for an owner that knows the time.
uint32_t trt_timer_driver_advance_to(trt_timer_driver* driver, uint64_t now_ns);

/// trt_timer_driver_count tells how many timers are armed now, and how many have fired.
/// Thread:  any.
void trt_timer_driver_count(trt_timer_driver* driver, uint64_t* out_armed, uint64_t* out_fired);

/// trt_timer_arm arms (or re-arms) with a clone of `waker`.   Thread: any, one at a time per timer.
void trt_timer_arm(trt_timer* timer, trt_timer_driver* driver, uint64_t deadline_ns,
                   const tmlrt_waker* waker);
/// trt_timer_arm_coarse is trt_timer_arm for timeouts that are moved on more often than they fire:
/// fires at a tick from deadline_ns to deadline_ns + slack_ns. A timer that is armed for such a
/// time already stays where it is, without taking the lock; else a late time is chosen, so
/// that the next calls find it so.   Thread: as trt_timer_arm.
void trt_timer_arm_coarse(trt_timer* timer, trt_timer_driver* driver, uint64_t deadline_ns,
                          uint64_t slack_ns, const tmlrt_waker* waker);
/// trt_timer_poll answers READY when it fired; else replaces the waker and answers PENDING.
/// Thread: any, one at a time per timer.   Cost: one load, unless the waker is another one.
tmlrt_poll trt_timer_poll(trt_timer* timer, const tmlrt_waker* waker);
/// trt_timer_cancel disarms; after it returned the timer is touched by nobody. True: it was armed
/// and its waker will not be called; false: it had fired (or was idle) before.   Thread: any, one
/// at a time per timer.
bool trt_timer_cancel(trt_timer* timer);

#endif
