// SPDX-License-Identifier: Apache-2.0
// Threads, a small lock, and a parker on a futex (not a condition variable: glibc bug 25847).
#ifndef TRT_OS_THREAD_H
#define TRT_OS_THREAD_H

#include <tmlrt/abi/status.h>

#include "rt/base/atomic.h"

typedef struct trt_thread {
    uintptr_t handle;
} trt_thread;

/// trt_thread_record is what a new thread reads first.
typedef struct trt_thread_record {
    void (*fn)(void*);
    void* arg;
    char name[16];
    bool is_heap; ///< the thread frees it
} trt_thread_record;

/// trt_thread_start runs fn(arg) on a new thread named `name` (15 bytes are shown).
/// Shape:   stack_len: bytes, 0 is the platform's default.
/// Errors:  AGAIN - no thread could be made, nothing started. NOMEM.
tmlrt_status trt_thread_start(trt_thread* out, const char* name, size_t stack_len,
                              void (*fn)(void*), void* arg);
/// trt_thread_start_in is trt_thread_start that allocates nothing: `record` is the caller's
/// storage, which stays until the thread has ended.   Errors: AGAIN, NOMEM - the system's.
tmlrt_status trt_thread_start_in(trt_thread* out, trt_thread_record* record, const char* name,
                                 size_t stack_len, void (*fn)(void*), void* arg);
/// trt_thread_join waits for the end of a started thread.
void trt_thread_join(trt_thread* thread);
/// trt_thread_detach lets a started thread end by itself; it can no longer be joined.
void trt_thread_detach(trt_thread* thread);
/// trt_thread_at_exit calls fn() when the calling thread ends (not for the main thread's exit());
/// the same function is called once however often it is registered.
/// Shape:   at most 4 functions per thread; checked.
void trt_thread_at_exit(void (*fn)(void));
/// trt_thread_id returns a number unique among the live threads of the process, never 0.
uint64_t trt_thread_id(void);
/// trt_thread_os_id returns the number by which the operating system knows the calling thread.
uint64_t trt_thread_os_id(void);
/// trt_thread_cpu_ns returns the CPU time that a thread of this process has used; 0: unknown, also
/// when it has ended.   Thread: any.
uint64_t trt_thread_cpu_ns(uint64_t os_id);
/// trt_thread_wants_cpu tells whether a thread of this process runs, or could if it had a CPU;
/// false while it is blocked, and when that is unknown.   Thread: any.
bool trt_thread_wants_cpu(uint64_t os_id);
/// trt_thread_leave_handles gives the calling thread a table of handles of its own, with nothing
/// but stderr: what the process opens and closes is not seen by it any more. Where the system
/// cannot do that nothing happens.   Thread: one that uses no handles but those it opens itself.
void trt_thread_leave_handles(void);
/// trt_os_num_cpus returns how many CPUs this process may use (CPU set and cgroup quota), at
/// least 1.
uint32_t trt_os_num_cpus(void);

/// trt_mutex is a lock for short critical sections; all-zero is unlocked. No waker, callback or
/// compiled code is ever called while one is held.
enum { TRT_MUTEX_FREE = 0, TRT_MUTEX_HELD = 1, TRT_MUTEX_CONTENDED = 2 };
typedef struct trt_mutex {
    trt_atomic_u32 state;
} trt_mutex;

/// trt_mutex_try_lock takes the lock if it is free and returns whether it did.   Thread: any.
static inline bool trt_mutex_try_lock(trt_mutex* mutex) {
    uint32_t expected = TRT_MUTEX_FREE;
    // Acquire pairs with the release exchange of trt_mutex_unlock.
    return trt_atomic_cas(&mutex->state, &expected, TRT_MUTEX_HELD, TRT_ACQUIRE_ORDER, TRT_RELAXED);
}
/// trt_mutex_lock_slow is trt_mutex_lock when somebody else has the lock.
void trt_mutex_lock_slow(trt_mutex* mutex);
/// trt_mutex_lock waits for the lock and takes it; not recursive.   Thread: any.
static inline void trt_mutex_lock(trt_mutex* mutex) {
    if (!trt_mutex_try_lock(mutex)) {
        trt_mutex_lock_slow(mutex);
    }
}
/// trt_mutex_wake wakes one that sleeps for the lock.
void trt_mutex_wake(trt_mutex* mutex);
/// trt_mutex_unlock gives the lock up.   Thread: the one that locked it.
static inline void trt_mutex_unlock(trt_mutex* mutex) {
    if (trt_atomic_xchg(&mutex->state, TRT_MUTEX_FREE, TRT_RELEASE_ORDER) == TRT_MUTEX_CONTENDED) {
        trt_mutex_wake(mutex);
    }
}

/// trt_spin is a lock for sections of a few dozen instructions that are seldom contended; all-zero
/// is free. Unlocking is one store: nobody sleeps for it without a time limit, a waiter spins, then
/// naps. Half the price of trt_mutex where the time is in the atomic operations.
typedef struct trt_spin {
    trt_atomic_u32 held;
} trt_spin;

/// trt_spin_lock_slow is trt_spin_lock when somebody else has the lock.
void trt_spin_lock_slow(trt_spin* spin);
/// trt_spin_lock waits for the lock and takes it; not recursive.   Thread: any.
static inline void trt_spin_lock(trt_spin* spin) {
    // Acquire pairs with the release store of trt_spin_unlock.
    if (__builtin_expect(trt_atomic_xchg(&spin->held, 1, TRT_ACQUIRE_ORDER) != 0, 0)) {
        trt_spin_lock_slow(spin);
    }
}
/// trt_spin_unlock gives the lock up.   Thread: the one that locked it.
static inline void trt_spin_unlock(trt_spin* spin) {
    trt_atomic_store(&spin->held, 0, TRT_RELEASE_ORDER);
}

/// trt_parker blocks its one owner until somebody unparks it: a binary token. All-zero is ready.
typedef struct trt_parker {
    trt_atomic_u32 token;
} trt_parker;

/// trt_parker_park waits for the token and takes it.   Shape: timeout_ns: UINT64_MAX is forever.
/// Returns false when the time ran out first.   Thread: owner.
bool trt_parker_park(trt_parker* parker, uint64_t timeout_ns);
/// trt_parker_unpark gives the token; a second one before the park is the same as one. Thread: any.
void trt_parker_unpark(trt_parker* parker);

#endif
