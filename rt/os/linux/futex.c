// SPDX-License-Identifier: Apache-2.0
// The lock and the parker, each one futex word.
//
// Mutex states: 0 free, 1 held, 2 held and somebody may sleep. A locker that found the word taken
// spins briefly, then writes 2 before every sleep and keeps 2 when it gets the lock (it cannot know
// who else sleeps); the unlocker that takes 2 away wakes one sleeper. Transitions:
//   lock     0 -> 1          fast path, acquire
//   lock     any -> 2        slow path; got it when the old value was 0, acquire
//   unlock   1 -> 0, 2 -> 0  release; 2 wakes one
//
// Parker states: EMPTY, TOKEN, PARKED. Only the owner parks.
//   park     TOKEN -> EMPTY  (acquire) returns at once
//   park     EMPTY -> PARKED, sleeps while the word is PARKED
//   unpark   any -> TOKEN    (release) PARKED wakes the owner
//   awake    TOKEN -> EMPTY  (acquire) returns true; else sleeps on, or on timeout
//   timeout  xchg EMPTY      returns whether the word was TOKEN: a token that comes with the
//                            timeout is taken, never left behind and never lost
// What was written before an unpark is seen by the owner after the park that took its token. The
// futex wake may happen after the owner has gone on and freed the parker: the kernel then wakes
// whoever waits at that address, and every waiter re-checks its word. Model:
// tests/model/parker.pml.
//
// A condition variable is not used here: glibc before 2.41 loses signals (bug 25847).
#include "rt/os/linux/futex.h"

#include "rt/base/sanitize.h"
#include "rt/os/clock.h"
#include "rt/os/thread.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MUTEX_SPINS = 64, SPIN_SPINS = 128, SPIN_NAP_NS = 20000 };
enum { PARKER_EMPTY = 0, PARKER_TOKEN = 1 };
#define PARKER_PARKED 0xFFFFFFFFu // EMPTY - 1: one subtraction takes the token or announces a sleep

static inline void cpu_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#if TRT_TSAN
// TSan keeps a signal until the thread calls something that TSan intercepts, and this is a raw
// system call: without the nap a thread that waits for ever would never run its handlers.
static uint64_t begin_slice(uint64_t deadline_ns) {
    uint64_t slice_ns = trt_os_now_ns() + 50000000u;
    return slice_ns < deadline_ns ? slice_ns : deadline_ns;
}

static bool end_slice(bool in_time, uint64_t deadline_ns) {
    if (!in_time || errno == EINTR) {
        usleep(0);
    }
    return in_time || trt_os_now_ns() < deadline_ns;
}
#else
static inline uint64_t begin_slice(uint64_t deadline_ns) {
    return deadline_ns;
}

static inline bool end_slice(bool in_time, uint64_t deadline_ns) {
    (void)deadline_ns;
    return in_time;
}
#endif

bool trt_futex_wait(trt_atomic_u32* word, uint32_t expected, uint64_t deadline_ns) {
    struct timespec deadline, *until = NULL;
    uint64_t until_ns = begin_slice(deadline_ns);
    if (until_ns != UINT64_MAX) {
        deadline.tv_sec = (time_t)(until_ns / 1000000000ull);
        deadline.tv_nsec = (long)(until_ns % 1000000000ull);
        until = &deadline;
    }
    long got = syscall(SYS_futex, &word->v, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, until,
                       NULL, FUTEX_BITSET_MATCH_ANY);
    return end_slice(got == 0 || errno != ETIMEDOUT, deadline_ns);
}

void trt_futex_wake_one(trt_atomic_u32* word) {
    syscall(SYS_futex, &word->v, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

uint64_t trt_futex_deadline_ns(uint64_t timeout_ns) {
    uint64_t deadline_ns;
    if (timeout_ns == UINT64_MAX ||
        __builtin_add_overflow(trt_os_now_ns(), timeout_ns, &deadline_ns)) {
        return UINT64_MAX;
    }
    return deadline_ns;
}

void trt_mutex_lock_slow(trt_mutex* mutex) {
    for (int i = 0; i < MUTEX_SPINS; i++) {
        cpu_relax();
        uint32_t seen = trt_atomic_load(&mutex->state, TRT_RELAXED);
        if (seen == TRT_MUTEX_FREE && trt_mutex_try_lock(mutex)) {
            return;
        }
        if (seen == TRT_MUTEX_CONTENDED) {
            break; // others sleep already: queue behind them
        }
    }
    while (trt_atomic_xchg(&mutex->state, TRT_MUTEX_CONTENDED, TRT_ACQUIRE_ORDER) !=
           TRT_MUTEX_FREE) {
        trt_futex_wait(&mutex->state, TRT_MUTEX_CONTENDED, UINT64_MAX);
    }
}

void trt_mutex_wake(trt_mutex* mutex) {
    trt_futex_wake_one(&mutex->state);
}

// The holder was interrupted, or is a thread that this one keeps from running: naps let it go on.
void trt_spin_lock_slow(trt_spin* spin) {
    for (uint32_t i = 1;; i++) {
        if (i % SPIN_SPINS != 0) {
            cpu_relax();
        } else {
            trt_parker nap = {0};
            (void)trt_parker_park(&nap, SPIN_NAP_NS);
        }
        if (trt_atomic_load(&spin->held, TRT_RELAXED) == 0 &&
            trt_atomic_xchg(&spin->held, 1, TRT_ACQUIRE_ORDER) == 0) {
            return;
        }
    }
}

bool trt_parker_park(trt_parker* parker, uint64_t timeout_ns) {
    // Acquire pairs with the release exchange of trt_parker_unpark.
    if (trt_atomic_sub(&parker->token, 1, TRT_ACQUIRE_ORDER) == PARKER_TOKEN) {
        return true;
    }
    uint64_t deadline_ns = trt_futex_deadline_ns(timeout_ns);
    for (;;) {
        bool in_time = trt_futex_wait(&parker->token, PARKER_PARKED, deadline_ns);
        uint32_t token = PARKER_TOKEN;
        if (trt_atomic_cas(&parker->token, &token, PARKER_EMPTY, TRT_ACQUIRE_ORDER, TRT_RELAXED)) {
            return true;
        }
        if (!in_time) {
            return trt_atomic_xchg(&parker->token, PARKER_EMPTY, TRT_ACQUIRE_ORDER) == PARKER_TOKEN;
        }
    }
}

void trt_parker_unpark(trt_parker* parker) {
    if (trt_atomic_xchg(&parker->token, PARKER_TOKEN, TRT_RELEASE_ORDER) == PARKER_PARKED) {
        trt_futex_wake_one(&parker->token);
    }
}
