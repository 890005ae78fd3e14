// SPDX-License-Identifier: Apache-2.0
// A hand-written future for executor tests: a script of steps that counts polls and drops.
#ifndef TESTS_SUPPORT_FUTURE_H
#define TESTS_SUPPORT_FUTURE_H

#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/atomic.h"

/// test_probe is what a test_future reports to: shared, outlives the future. All-zero is ready.
typedef struct test_probe {
    trt_atomic_u32 polls, drops, outputs_dropped, running, overlaps;
    trt_atomic_u64 value;
} test_probe;

typedef struct test_future test_future;
/// test_step runs one poll; `out` is the output (an int64_t).
typedef tmlrt_poll (*test_step)(test_future* self, tmlrt_context* cx, int64_t* out);

struct test_future {
    tmlrt_frame head;
    test_step step;
    test_probe* probe;
    void* user;
    int64_t left;                                     ///< for the step's use
    void (*on_drop)(test_future* self);               ///< NULL: nothing; run before the count
    _Alignas(16) unsigned char leaf[TMLRT_LEAF_SIZE]; ///< for the step's use
    const tmlrt_future_desc* leaf_desc;               ///< dropped with the future when not NULL
};

/// test_future_desc polls `step` and checks that polls and drops of a frame never overlap. Its
/// output's destructor counts in the probe named by the output's value: see test_future_out.
extern const tmlrt_future_desc test_future_desc;
/// test_plain_desc is the same without an output's destructor.
extern const tmlrt_future_desc test_plain_desc;
/// test_counted_probe is where test_future_desc's destructor of unread outputs counts.
extern test_probe test_counted_probe;

/// Ready-made steps.
tmlrt_poll test_step_ready(test_future* self, tmlrt_context* cx, int64_t* out); ///< out = left
tmlrt_poll test_step_never(test_future* self, tmlrt_context* cx, int64_t* out);
tmlrt_poll test_step_yield(test_future* self, tmlrt_context* cx, int64_t* out); ///< `left` times
tmlrt_poll test_step_panic(test_future* self, tmlrt_context* cx, int64_t* out);
/// test_step_sleep sleeps `left` ns with the runtime's leaf, then is ready with 7.
tmlrt_poll test_step_sleep(test_future* self, tmlrt_context* cx, int64_t* out);
/// test_step_park stores a clone of the waker in the test_slot at `user`, until its flag is set.
tmlrt_poll test_step_park(test_future* self, tmlrt_context* cx, int64_t* out);

/// test_spawn_on spawns such a future on the runtime.   Owns: the handle is the caller's.
tmlrt_task* test_spawn_on(tmlrt_runtime* runtime, test_step step, test_probe* probe, void* user,
                          int64_t left);

/// test_slot is where a parked future leaves its waker: taken by whoever wakes it.
typedef struct test_slot {
    trt_atomic_u32 lock, flag, armed;
    tmlrt_waker waker;
} test_slot;

/// test_slot_wake sets the flag and wakes; test_slot_take moves the waker out (all-zero: none).
void test_slot_wake(test_slot* slot);
tmlrt_waker test_slot_take(test_slot* slot);
void test_slot_wait_armed(test_slot* slot); ///< spins until somebody parked in it

/// test_child runs fn in a forked child and returns its exit code, or 1000 + its signal; what it
/// wrote to stderr is in `out_text`. The child of a process without other threads only.
int test_child(void (*fn)(void), char* out_text, unsigned long cap);

#endif
