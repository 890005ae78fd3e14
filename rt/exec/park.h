// SPDX-License-Identifier: Apache-2.0
// Parking: how a worker goes to sleep in its reactor without missing a task, and how it is woken.
//
// The protocol (model: tests/model/park.pml). The idle set is one bit per worker:
//   sleeper                                    whoever queues a task
//   1. set its bit                             1. push, len += 1
//   2. re-check queues and stop condition      2. find a set bit, clear it; if it was this thread
//   3. wait in the reactor                        that cleared it, wake that worker's reactor
//   4. clear its bit
// Every step is sequentially consistent, so either the sleeper's 2 sees the task or the other's 2
// sees the bit (P1): the re-check after registering is why no wake-up is lost. Clearing a bit and
// learning that it was set is one operation, so a sleeper is woken once per sleep, and the set
// never has more members than there are workers (P2).
#ifndef TRT_EXEC_PARK_H
#define TRT_EXEC_PARK_H

#include "rt/exec/task.h"

#include <tmlrt/runtime.h>

/// trt_idle_set has a bit for every worker that sleeps or is about to.
typedef struct trt_idle_set {
    trt_atomic_u64 bits[TMLRT_MAX_WORKERS / 64];
} __attribute__((aligned(64))) trt_idle_set;

/// trt_park waits for work, I/O or the next timer, then fires due timers. Returns at once when
/// there is work or the worker should stop.   Thread: the worker.
void trt_park(trt_worker* worker);
/// trt_unpark wakes one worker if it is parked. Returns whether it was.   Thread: any.
/// Cost:    one load when it is awake, one system call when it is parked.
bool trt_unpark(trt_worker* worker);
/// trt_unpark_one wakes one parked worker, if any: there is a task in the injector.   Thread: any.
void trt_unpark_one(tmlrt_runtime* core);
/// trt_unpark_all wakes every parked worker: the stop condition may have changed.   Thread: any.
void trt_unpark_all(tmlrt_runtime* core);
/// trt_poll_drivers collects I/O and fires timers without waiting.   Thread: the worker.
void trt_poll_drivers(trt_worker* worker);

#endif
