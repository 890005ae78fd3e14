// SPDX-License-Identifier: Apache-2.0
// The watchdog: one thread that sees when a poll keeps its worker for too long.
//
// It looks at every worker from time to time: the same look for a task (worker.h) with a task
// running, twice, is a poll that has lasted at least as long as lies between. So the workers do
// nothing for it, and it misses what begins and ends between two of its looks.
//
//   ASLEEP  waits without a time limit, or was never started: no worker has run for a while
//   AWAKE   looks again and again: every twentieth of the limit while a worker is busy, less and
//           less often while all sleep, and goes to sleep when nothing has happened for two limits
// A worker that comes back from a sleep reads one word, and wakes it only when it is ASLEEP: at
// most once in two limits.
#ifndef TRT_EXEC_WATCHDOG_H
#define TRT_EXEC_WATCHDOG_H

#include <tmlrt/runtime.h>

#include "rt/os/thread.h"

#include <stdbool.h>

enum { TRT_WATCHDOG_OFF = 0, TRT_WATCHDOG_ASLEEP = 1, TRT_WATCHDOG_AWAKE = 2 };
/// TRT_WATCHDOG_LONG_SLEEP_NS: what a timer ends after such a sleep wakes no watchdog.
#define TRT_WATCHDOG_LONG_SLEEP_NS UINT64_C(500000000)

/// trt_watch is what the watchdog knows about one worker's poll.
typedef struct trt_watch {
    uint64_t looks;            ///< of the worker when it was last seen, running or not
    uint64_t poll;             ///< the look of the poll that goes on, 0: none did
    uint64_t since_ns, cpu_ns; ///< when it was first seen; the thread's CPU time at SLOW
    uint32_t told;             ///< SLOW, LONG, STUCK: what of it has been counted and told
} trt_watch;

/// trt_watchdog belongs to a runtime. All-zero is off.
typedef struct trt_watchdog {
    tmlrt_runtime* core;
    uint64_t limit_ns;                    ///< polls longer than this are told
    trt_watch* watches;                   ///< one per worker
    uint64_t interval_ns, quiet_since_ns; ///< the watchdog's own
    trt_atomic_u32 state;                 ///< TRT_WATCHDOG_*
    trt_atomic_u32 ends;
    trt_atomic_u64 num_slow, num_long; ///< polls longer than a tenth of the limit, and than it
    trt_parker parker;
    trt_thread thread;
    trt_thread_record record; ///< its start: waking the watchdog allocates nothing
    trt_atomic_u32 runs;      ///< the thread has begun
    trt_atomic_u32 handle; ///< of the thread, by who started it: 0: not yet, 1: is there, 2: failed
} __attribute__((aligned(64))) trt_watchdog;

/// trt_watchdog_init makes a watchdog that sleeps; no thread is started.   Errors: NOMEM.
/// Units:   limit_ms: 0 leaves it off.
tmlrt_status trt_watchdog_init(trt_watchdog* dog, tmlrt_runtime* core, uint32_t limit_ms);
/// trt_watchdog_fini ends its thread. Workers that were given up may go on.
void trt_watchdog_fini(trt_watchdog* dog);
/// trt_watchdog_has_thread tells whether it was ever woken.   Thread: any.
static inline bool trt_watchdog_has_thread(const trt_watchdog* dog) {
    return trt_atomic_load(&dog->handle, TRT_ACQUIRE_ORDER) == 1;
}
/// trt_watchdog_wake makes a sleeping one look after the workers, starting its thread the first
/// time.   Thread: any.
void trt_watchdog_wake(trt_watchdog* dog);
/// trt_watchdog_cares tells whether a worker that comes back from a sleep is worth waking a
/// watchdog for. Not one whom a timer ended a long sleep of: what beats once a second in a process
/// that is idle would wake it each time, and it stays awake for two limits.
static inline bool trt_watchdog_cares(bool by_time, uint64_t slept_ns) {
    return !by_time || slept_ns < TRT_WATCHDOG_LONG_SLEEP_NS;
}
/// trt_watchdog_note is called by a worker that comes back from a sleep.   Cost: one load.
static inline void trt_watchdog_note(trt_watchdog* dog) {
    // Relaxed: a state that is too old makes it be woken later (watchdog.c), or in vain.
    if (__builtin_expect(trt_atomic_load(&dog->state, TRT_RELAXED) == TRT_WATCHDOG_ASLEEP, 0)) {
        trt_watchdog_wake(dog);
    }
}
/// trt_watchdog_step looks at every worker once. Returns how long to wait for the next look,
/// UINT64_MAX: until it is woken.   Units: now_ns: any clock that never goes back.
/// Thread:  the watchdog's; a test's, when there is no such thread.
uint64_t trt_watchdog_step(trt_watchdog* dog, uint64_t now_ns);

#endif
