// SPDX-License-Identifier: Apache-2.0
// Parking: how a worker goes to sleep in its reactor without missing a task, and how it is woken.
//
// The protocol (model: tests/model/park.pml). The idle set has two bits per worker, IDLE and GRANT,
// and `num_searching`, the workers that look through the others' queues.
//   sleeper                                     whoever queues a task that anybody may run
//   1. set IDLE                                 1. push (len or the deque's tail)
//   2. give up its search, if it has one        2. somebody searches: he will find it, done
//   3. re-check its own queues, the injector    3. num_searching 0 -> 1 on behalf of a sleeper, and
//      and the stop condition; when nobody         turn its IDLE into GRANT; wake its reactor
//      searches any more the others' deques        (no sleeper: take the 1 back and look again)
//      (found: clear both bits, search again)   a searcher that has found a task
//   4. wait in the reactor                      4. gives up its search; was it the last, and is
//   5. clear both bits; GRANT: it searches         there more: 2
// Every step is sequentially consistent. P1 (no task lies while all sleep): of the sleeper's 1 and
// 3 and the pusher's 1 and 3, one sees the other; a pusher that relies on a searcher (2) pushed
// before that searcher's step 2 or 4, and the last searcher looks after it. Whoever sees
// num_searching at 0 after it set IDLE looks at everything itself, and what it finds there it finds
// as a searcher: no stealable task lies beside a sleeper while its own worker is busy either.
// P2: a search begins by compare-and-swap, at most ceil(N/2) at a time (a granted one only as the
// first), so a burst of pushes wakes one worker, which wakes the next only if there is more. IDLE
// is cleared by one party, so a sleeper is woken once per sleep.
// A runtime with one worker has no searches: a push wakes that one. A task with a home, an earlier
// timer or the stop condition wakes one certain worker: its IDLE is cleared without GRANT.
#ifndef TRT_EXEC_PARK_H
#define TRT_EXEC_PARK_H

#include "rt/exec/task.h"

#include <tmlrt/runtime.h>

/// trt_idle_set knows which workers sleep, or are about to, and how many search.
/// Shape:   bits: of worker i, in word i / 32: IDLE is bit i % 32, GRANT is bit 32 + i % 32.
typedef struct trt_idle_set {
    trt_atomic_u64 bits[TMLRT_MAX_WORKERS / 32];
    trt_atomic_u32 num_searching;
} __attribute__((aligned(64))) trt_idle_set;

/// trt_park_init tells a worker, whose core and index are set, where its bits are.
void trt_park_init(trt_worker* worker);
/// trt_park waits for work, I/O or the next timer, then fires due timers. Returns at once when
/// there is work, and false when the worker should stop.   Thread: the worker.
bool trt_park(trt_worker* worker);
/// trt_unpark wakes one worker if it is parked. Returns whether it was.   Thread: any.
/// Cost:    one load when it is awake, one system call when it is parked.
bool trt_unpark(trt_worker* worker);
/// trt_notify makes sure that somebody looks at what was just pushed: wakes a parked worker, if
/// there is one and nobody searches.   Thread: any.   Cost: two loads when all are awake.
void trt_notify(tmlrt_runtime* core);
/// trt_unpark_all wakes every parked worker: the stop condition may have changed.   Thread: any.
void trt_unpark_all(tmlrt_runtime* core);
/// trt_search_begin makes the worker a searcher; false: enough others are.   Thread: the worker.
bool trt_search_begin(trt_worker* worker);
/// trt_search_end is called by a searcher that has found a task, before it runs it.
/// Thread:  the worker.
void trt_search_end(trt_worker* worker);
/// trt_poll_drivers collects I/O and fires timers without waiting.   Thread: the worker.
void trt_poll_drivers(trt_worker* worker);

#endif
