// SPDX-License-Identifier: Apache-2.0
// Timer driver: a wheel behind a lock. The owner (one worker) advances it; timers are armed, polled
// and cancelled on any thread, because a task may be stolen while its timer stays here.
//
// The wheel's links run through the timers, and a timer may be freed as soon as it was cancelled:
// so whoever cancels unlinks it, on whatever thread, under the lock. The lock is taken with one
// atomic operation and released with a store, no section is longer than DEAL_BUDGET entries.
//
// States of a timer (driver.h) and who changes them:
//   IDLE  -> ARMED   arm                 under the lock; the entry is linked, the waker its own
//   ARMED -> FIRED   the owner's advance under the lock; unlinks, copies the waker. The release
//                    store of FIRED is the last access: whoever reads it (acquire) may free
//   ARMED -> IDLE    cancel              under the lock; the waker is dropped after it
//   FIRED -> IDLE, FIRED -> ARMED        cancel, arm: without the driver
// No waker function runs under the lock: wakers are cloned before it is taken and dropped or woken
// after it was released; advance wakes copies, in batches. Invariants (docs/design/timers.md): T1
// never early, once; T2 cancel true: never woken by this deadline; T3 a deadline armed before the
// time the owner sleeps to unparks it.
#include "rt/time/driver.h"

#include "rt/base/assert.h"
#include "rt/base/waker.h"

enum { WAKE_BATCH = 32, DEAL_BUDGET = 256 };

void trt_timer_driver_init(trt_timer_driver* driver, void (*unpark)(void*), void* owner,
                           uint64_t (*now_ns)(void*), void* clock) {
    *driver =
        (trt_timer_driver){.unpark = unpark, .owner = owner, .now_ns = now_ns, .clock = clock};
    trt_atomic_init(&driver->next_ns, UINT64_MAX);
    trt_wheel_init(&driver->wheel, now_ns(clock));
}

void trt_timer_driver_fini(trt_timer_driver* driver) {
    TRT_CHECK(driver->wheel.num_entries == 0);
}

// ---- the owner ----------------------------------------------------------------------------------

// Under the lock.
static void look_at_wheel(trt_timer_driver* driver) {
    trt_atomic_store(&driver->next_ns, trt_wheel_next_ns(&driver->wheel), TRT_RELAXED);
    driver->next_is_wheels = true;
}

uint64_t trt_timer_driver_prepare_sleep(trt_timer_driver* driver) {
    trt_spin_lock(&driver->lock);
    if (!driver->next_is_wheels) {
        look_at_wheel(driver);
    }
    uint64_t next_ns = trt_atomic_load(&driver->next_ns, TRT_RELAXED);
    trt_atomic_store(&driver->sleeping_until_ns, next_ns, TRT_RELAXED);
    trt_spin_unlock(&driver->lock);
    return next_ns;
}

// Fires what is due, up to WAKE_BATCH: their wakers are at `out`. *out_more: call again.   Under
// the lock.
static uint32_t take_batch(trt_timer_driver* driver, uint64_t now_ns, tmlrt_waker* out,
                           bool* out_more) {
    uint32_t num = 0, budget = DEAL_BUDGET;
    trt_timer_entry* entry;
    while (num < WAKE_BATCH && (entry = trt_wheel_pop(&driver->wheel, now_ns, &budget)) != NULL) {
        trt_timer* timer = TRT_CONTAINER_OF(entry, trt_timer, entry);
        out[num++] = timer->waker;
        // Release pairs with the acquire loads of poll and cancel: what follows there may free it.
        trt_atomic_store(&timer->state, TRT_TIMER_FIRED, TRT_RELEASE_ORDER);
    }
    driver->num_fired += num;
    *out_more = num == WAKE_BATCH || budget == 0;
    if (!*out_more) {
        look_at_wheel(driver);
    }
    return num;
}

static __attribute__((noinline)) uint32_t fire(trt_timer_driver* driver, uint64_t now_ns) {
    tmlrt_waker batch[WAKE_BATCH];
    uint64_t total = 0, most = 0;
    bool more;
    do {
        trt_spin_lock(&driver->lock);
        // What is armed from here on waits for the next time, so that this ends.
        most = total == 0 ? driver->wheel.num_entries : most;
        uint32_t num = take_batch(driver, now_ns, batch, &more);
        trt_spin_unlock(&driver->lock);
        for (uint32_t i = 0; i < num; i++) {
            batch[i].vtable->wake(batch[i].data);
        }
        total += num;
    } while (more && total < most);
    return (uint32_t)total;
}

uint32_t trt_timer_driver_advance_to(trt_timer_driver* driver, uint64_t now_ns) {
    trt_atomic_store(&driver->sleeping_until_ns, 0, TRT_RELAXED);
    return now_ns < trt_atomic_load(&driver->next_ns, TRT_RELAXED) ? 0 : fire(driver, now_ns);
}

uint64_t trt_timer_driver_now(const trt_timer_driver* driver) {
    bool any = trt_atomic_load(&driver->next_ns, TRT_RELAXED) != UINT64_MAX;
    return any ? driver->now_ns(driver->clock) : 0;
}

uint32_t trt_timer_driver_advance(trt_timer_driver* driver) {
    return trt_timer_driver_advance_to(driver, trt_timer_driver_now(driver));
}

void trt_timer_driver_count(trt_timer_driver* driver, uint64_t* out_armed, uint64_t* out_fired) {
    trt_spin_lock(&driver->lock);
    *out_armed = driver->wheel.num_entries;
    *out_fired = driver->num_fired;
    trt_spin_unlock(&driver->lock);
}

// ---- timers -------------------------------------------------------------------------------------

// Notes an armed deadline; true: the owner sleeps past it, unpark it after the lock.   Under the
// lock.
static inline bool note_deadline(trt_timer_driver* driver, uint64_t deadline_ns) {
    if (deadline_ns >= trt_atomic_load(&driver->next_ns, TRT_RELAXED)) {
        return false; // while the owner sleeps this is the time it sleeps to
    }
    trt_atomic_store(&driver->next_ns, deadline_ns, TRT_RELAXED);
    driver->next_is_wheels = false;
    if (deadline_ns >= trt_atomic_load(&driver->sleeping_until_ns, TRT_RELAXED)) {
        return false;
    }
    // One unpark is enough: the owner will prepare again.
    trt_atomic_store(&driver->sleeping_until_ns, 0, TRT_RELAXED);
    return true;
}

// Armed here and for this waker, as far as can be told without the lock.
static inline bool is_armed_as(const trt_timer* timer, const trt_timer_driver* driver,
                               const tmlrt_waker* waker) {
    return trt_atomic_load(&timer->state, TRT_RELAXED) == TRT_TIMER_ARMED &&
           timer->driver == driver && trt_waker_same(&timer->waker, waker);
}

// For a timer that is not idle: moves one that is still armed on `driver` and keeps its waker, and
// returns true; else makes it idle.
static __attribute__((noinline)) bool move_or_cancel(trt_timer* timer, trt_timer_driver* driver,
                                                     uint64_t deadline_ns, uint64_t tick,
                                                     const tmlrt_waker* waker) {
    bool moved = false, earlier = false;
    if (is_armed_as(timer, driver, waker)) {
        trt_spin_lock(&driver->lock);
        moved = trt_atomic_load(&timer->state, TRT_RELAXED) == TRT_TIMER_ARMED;
        if (moved) {
            trt_wheel_remove(&driver->wheel, &timer->entry);
            driver->next_is_wheels = false;
            trt_wheel_insert_tick(&driver->wheel, &timer->entry, tick);
            earlier = note_deadline(driver, deadline_ns);
        }
        trt_spin_unlock(&driver->lock);
    }
    if (earlier) {
        driver->unpark(driver->owner);
    }
    if (!moved) {
        trt_timer_cancel(timer);
    }
    return moved;
}

// Arms an idle timer that has its waker.
static inline void link_timer(trt_timer* timer, trt_timer_driver* driver, uint64_t deadline_ns,
                              uint64_t tick) {
    timer->driver = driver;
    trt_spin_lock(&driver->lock);
    trt_atomic_store(&timer->state, TRT_TIMER_ARMED, TRT_RELAXED);
    trt_wheel_insert_tick(&driver->wheel, &timer->entry, tick);
    bool earlier = note_deadline(driver, deadline_ns);
    trt_spin_unlock(&driver->lock);
    if (TRT_UNLIKELY(earlier)) {
        driver->unpark(driver->owner);
    }
}

static inline bool is_idle(const trt_timer* timer) {
    return trt_atomic_load(&timer->state, TRT_RELAXED) == TRT_TIMER_IDLE;
}

void trt_timer_arm(trt_timer* timer, trt_timer_driver* driver, uint64_t deadline_ns,
                   const tmlrt_waker* waker) {
    if (!is_idle(timer) &&
        move_or_cancel(timer, driver, deadline_ns, trt_wheel_tick(deadline_ns), waker)) {
        return;
    }
    waker->vtable->clone(waker, &timer->waker);
    link_timer(timer, driver, deadline_ns, trt_wheel_tick(deadline_ns));
}

void trt_timer_arm_coarse(trt_timer* timer, trt_timer_driver* driver, uint64_t deadline_ns,
                          uint64_t slack_ns, const tmlrt_waker* waker) {
    uint64_t tick = trt_wheel_tick(deadline_ns), latest_ns;
    if (__builtin_add_overflow(deadline_ns, slack_ns, &latest_ns)) {
        latest_ns = UINT64_MAX;
    }
    // There are `num` ticks to choose from: taken is the last that is a multiple of about a quarter
    // of them, so the timer stays for three quarters of the slack and shares its tick with others.
    uint64_t latest = latest_ns / TRT_TICK_NS, num = latest < tick ? 1 : latest - tick + 1;
    uint64_t armed_for = timer->entry.deadline_tick;
    if (armed_for >= tick && armed_for - tick < num && is_armed_as(timer, driver, waker)) {
        return;
    }
    if (num >= 4) {
        tick = latest & ~((1ull << (61 - __builtin_clzll(num))) - 1);
        deadline_ns = tick * TRT_TICK_NS;
    }
    if (!is_idle(timer) && move_or_cancel(timer, driver, deadline_ns, tick, waker)) {
        return;
    }
    waker->vtable->clone(waker, &timer->waker);
    link_timer(timer, driver, deadline_ns, tick);
}

tmlrt_poll trt_timer_poll(trt_timer* timer, const tmlrt_waker* waker) {
    trt_timer_driver* driver = timer->driver;
    TRT_ASSERT(driver != NULL);
    // Acquire pairs with the release store of take_batch.
    if (trt_atomic_load(&timer->state, TRT_ACQUIRE_ORDER) == TRT_TIMER_FIRED) {
        return TMLRT_READY;
    }
    if (trt_waker_same(&timer->waker, waker)) {
        return TMLRT_PENDING; // should it fire now, this waker is called
    }
    tmlrt_waker fresh, unneeded;
    waker->vtable->clone(waker, &fresh);
    trt_spin_lock(&driver->lock);
    bool fired = trt_atomic_load(&timer->state, TRT_RELAXED) == TRT_TIMER_FIRED;
    unneeded = fresh;
    if (!fired) {
        unneeded = timer->waker;
        timer->waker = fresh;
    }
    trt_spin_unlock(&driver->lock);
    unneeded.vtable->drop(unneeded.data);
    return fired ? TMLRT_READY : TMLRT_PENDING;
}

bool trt_timer_cancel(trt_timer* timer) {
    trt_timer_driver* driver = timer->driver;
    bool armed = false;
    // Acquire pairs with the release store of take_batch: after FIRED nobody touches the timer.
    if (trt_atomic_load(&timer->state, TRT_ACQUIRE_ORDER) == TRT_TIMER_ARMED) {
        trt_spin_lock(&driver->lock);
        armed = trt_atomic_load(&timer->state, TRT_RELAXED) == TRT_TIMER_ARMED;
        if (armed) {
            trt_wheel_remove(&driver->wheel, &timer->entry);
            driver->next_is_wheels = false;
        }
        trt_spin_unlock(&driver->lock);
    }
    trt_atomic_store(&timer->state, TRT_TIMER_IDLE, TRT_RELAXED);
    timer->driver = NULL;
    if (armed) {
        timer->waker.vtable->drop(timer->waker.data);
    }
    return armed;
}
