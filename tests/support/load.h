// SPDX-License-Identifier: Apache-2.0
// A load of tasks for tests that end a runtime at any point: tasks that spawn, yield, sleep, wait
// for each other, for sockets, pipes, local sets, blocking jobs and plain threads, and whose
// destructors do such things too. Every frame and every output is counted when it is made and when
// it ends.
#ifndef TESTS_SUPPORT_LOAD_H
#define TESTS_SUPPORT_LOAD_H

#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/atomic.h"
#include "tests/support/future.h"

enum { TEST_LOAD_SLOTS = 8, TEST_LOAD_HELD = 64 };

/// test_load is one load on one runtime. All-zero but `runtime` and `num_left` is ready; it
/// outlives the runtime.
typedef struct test_load {
    tmlrt_runtime* runtime;
    bool has_sets;   ///< one thread drives each worker from begin to end, so local sets may be made
    uint64_t enough; ///< polls after which the test ends the runtime
    trt_atomic_u32 num_left; ///< how many more tasks may be made
    /// Frames handed to a spawn, and how each ended: exactly one of the two.
    trt_atomic_u64 made, completed, dropped;
    trt_atomic_u64 outputs, outputs_taken, outputs_dropped;
    trt_atomic_u64 polls;
    trt_atomic_u32 ending;               ///< set by the test when the shutdown begins
    trt_atomic_u64 last_end_ns;          ///< when the last poll or drop after that returned
    test_slot slots[TEST_LOAD_SLOTS];    ///< wakers of tasks that wait for plain threads
    trt_atomic_ptr held[TEST_LOAD_HELD]; ///< handles that tasks gave away
    trt_atomic_u32 num_held;
} test_load;

/// test_load_spawn spawns a task of a random kind into the runtime. Returns its handle, NULL when
/// there are enough.   Thread: any.
tmlrt_task* test_load_spawn(test_load* load, uint64_t random);
/// test_load_end takes or drops (by `random`) the handle of one of the load's tasks, which has
/// ended; takes NULL.   Thread: not a worker.
void test_load_end(test_load* load, tmlrt_task* owned_task, uint64_t random);
/// test_random steps a seed and returns the next number.
uint64_t test_random(uint64_t* seed);
/// test_random_below steps a seed and returns a number in 0..end - 1.
uint64_t test_random_below(uint64_t* seed, uint64_t end);

#endif
