// SPDX-License-Identifier: Apache-2.0
// Timer driver: a wheel behind a lock. The owner (one worker) advances it; timers are armed, polled
// and cancelled on any thread, because a task may be stolen while its timer stays here.
//
// Everything in a trt_timer but `driver` is guarded by the driver's lock while it is armed. No
// waker function runs under the lock: wakers are cloned before it is taken and dropped or woken
// after it was released. States of a timer:
//   idle     entry unlinked, !fired, no waker
//   armed    entry in the wheel, waker set
//   due      entry in driver->due, fired; the waker is still here     (advance, first pass)
//   fired    entry unlinked, fired, no waker                          (advance took the waker)
// advance moves armed -> due for everything at once, then takes wakers out in batches, releasing
// the lock to wake each batch. What it wakes is its own copy, so a timer may be freed as soon as
// cancel (or a poll that answered READY) returned, also between batches: those unlink a due timer
// themselves. Invariants T1 (never early, once), T2 (cancel true: never woken by this deadline),
// T3 (a deadline before sleeping_until_ns unparks the owner).
#include "rt/time/driver.h"

#include "rt/base/assert.h"

enum { WAKE_BATCH = 32 };

static const tmlrt_waker s_no_waker;

static void drop_waker(const tmlrt_waker* waker) {
    if (waker->vtable != NULL) {
        waker->vtable->drop(waker->data);
    }
}

static tmlrt_waker take_waker(trt_timer* timer) {
    tmlrt_waker waker = timer->waker;
    timer->waker = s_no_waker;
    return waker;
}

void trt_timer_driver_init(trt_timer_driver* driver, void (*unpark)(void*), void* owner,
                           uint64_t (*now_ns)(void*), void* clock) {
    *driver =
        (trt_timer_driver){.unpark = unpark, .owner = owner, .now_ns = now_ns, .clock = clock};
    trt_wheel_init(&driver->wheel, now_ns(clock));
    trt_list_init(&driver->due);
}

void trt_timer_driver_fini(trt_timer_driver* driver) {
    TRT_CHECK(driver->wheel.num_entries == 0 && trt_list_empty(&driver->due));
}

uint64_t trt_timer_driver_prepare_sleep(trt_timer_driver* driver) {
    trt_mutex_lock(&driver->lock);
    uint64_t next_ns = trt_wheel_next_ns(&driver->wheel);
    driver->sleeping_until_ns = next_ns;
    trt_mutex_unlock(&driver->lock);
    return next_ns;
}

// Moves up to WAKE_BATCH wakers of due timers to `out`.   Under the lock.
static uint32_t take_batch(trt_timer_driver* driver, tmlrt_waker* out) {
    uint32_t num = 0;
    while (num < WAKE_BATCH) {
        trt_list_node* node = trt_list_pop_front(&driver->due);
        if (node == NULL) {
            break;
        }
        out[num++] = take_waker(TRT_CONTAINER_OF(node, trt_timer, entry.node));
    }
    return num;
}

// Moves what is due to driver->due and marks it.   Under the lock.
static void collect(trt_timer_driver* driver, uint64_t now_ns) {
    trt_list fired;
    trt_list_init(&fired);
    trt_wheel_advance(&driver->wheel, now_ns, &fired);
    for (trt_list_node* node = fired.head.next; node != &fired.head; node = node->next) {
        TRT_CONTAINER_OF(node, trt_timer, entry.node)->fired = true;
    }
    trt_list_splice(&driver->due, &fired);
}

uint32_t trt_timer_driver_advance(trt_timer_driver* driver) {
    tmlrt_waker batch[WAKE_BATCH];
    uint32_t total = 0, num;
    uint64_t now_ns = driver->now_ns(driver->clock);
    trt_mutex_lock(&driver->lock);
    bool early = now_ns < driver->sleeping_until_ns; // nothing was armed since that is due sooner
    driver->sleeping_until_ns = 0;
    if (early) {
        trt_mutex_unlock(&driver->lock);
        return 0;
    }
    collect(driver, now_ns);
    while ((num = take_batch(driver, batch)) != 0) {
        trt_mutex_unlock(&driver->lock);
        for (uint32_t i = 0; i < num; i++) {
            batch[i].vtable->wake(batch[i].data);
        }
        total += num;
        if (num < WAKE_BATCH) {
            return total;
        }
        trt_mutex_lock(&driver->lock);
    }
    trt_mutex_unlock(&driver->lock);
    return total;
}

// Unlinks the timer from wherever it is; true when it was armed.   Under the lock.
static bool unlink_timer(trt_timer_driver* driver, trt_timer* timer) {
    if (timer->fired) {
        if (trt_list_linked(&timer->entry.node)) {
            trt_list_remove(&timer->entry.node);
        }
        return false;
    }
    bool armed = trt_list_linked(&timer->entry.node);
    trt_wheel_remove(&driver->wheel, &timer->entry);
    return armed;
}

void trt_timer_arm(trt_timer* timer, trt_timer_driver* driver, uint64_t deadline_ns,
                   const tmlrt_waker* waker) {
    tmlrt_waker fresh, old;
    if (timer->driver != NULL && timer->driver != driver) {
        trt_timer_cancel(timer);
    }
    waker->vtable->clone(waker, &fresh);
    trt_mutex_lock(&driver->lock);
    unlink_timer(driver, timer);
    old = take_waker(timer);
    timer->driver = driver;
    timer->waker = fresh;
    timer->fired = false;
    trt_wheel_insert(&driver->wheel, &timer->entry, deadline_ns);
    bool earlier = deadline_ns < driver->sleeping_until_ns;
    if (earlier) {
        driver->sleeping_until_ns = 0; // one unpark is enough: the owner will prepare again
    }
    trt_mutex_unlock(&driver->lock);
    drop_waker(&old);
    if (earlier) {
        driver->unpark(driver->owner);
    }
}

tmlrt_poll trt_timer_poll(trt_timer* timer, const tmlrt_waker* waker) {
    trt_timer_driver* driver = timer->driver;
    tmlrt_waker fresh, unneeded;
    TRT_ASSERT(driver != NULL);
    waker->vtable->clone(waker, &fresh);
    trt_mutex_lock(&driver->lock);
    bool fired = timer->fired;
    if (fired) {
        unneeded = take_waker(timer);
        unlink_timer(driver, timer);
    } else if (timer->waker.data == fresh.data && timer->waker.vtable == fresh.vtable) {
        unneeded = fresh;
        fresh = s_no_waker;
    } else {
        unneeded = timer->waker;
        timer->waker = fresh;
        fresh = s_no_waker;
    }
    trt_mutex_unlock(&driver->lock);
    drop_waker(&unneeded);
    if (fired) {
        drop_waker(&fresh);
    }
    return fired ? TMLRT_READY : TMLRT_PENDING;
}

bool trt_timer_cancel(trt_timer* timer) {
    trt_timer_driver* driver = timer->driver;
    if (driver == NULL) {
        return false;
    }
    trt_mutex_lock(&driver->lock);
    bool armed = unlink_timer(driver, timer);
    tmlrt_waker waker = take_waker(timer);
    timer->fired = false;
    trt_mutex_unlock(&driver->lock);
    timer->driver = NULL;
    drop_waker(&waker);
    return armed;
}
