// SPDX-License-Identifier: Apache-2.0
// Parking: how a worker goes to sleep in its reactor without missing a task, and how it is woken.
//
// The protocol (model: tests/model/park.pml):
//   sleeper                                    whoever queues a task
//   1. num_parked += 1; park = PARKED          1. push, len += 1
//   2. re-check queues and stop condition      2. a worker with park == PARKED: PARKED -> NOTIFIED,
//   3. wait in the reactor                        num_parked -= 1, wake its reactor
//   4. park = AWAKE (and num_parked -= 1 when it was still PARKED)
// All four steps are sequentially consistent, so either the sleeper's 2 sees the task or the
// other's 2 sees PARKED (P1). The sleeper that re-checked after registering is why no wake-up is
// lost; 0 <= num_parked <= workers (P2).
#ifndef TRT_EXEC_PARK_H
#define TRT_EXEC_PARK_H

#include "rt/exec/task.h"

#include <tmlrt/runtime.h>

/// Values of trt_worker.park: PARKED is set by the owner; NOTIFIED by the one thread that took the
/// worker out of the idle set and wakes its reactor.
enum { TRT_PARK_AWAKE = 0, TRT_PARK_PARKED = 1, TRT_PARK_NOTIFIED = 2 };

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
