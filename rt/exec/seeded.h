// SPDX-License-Identifier: Apache-2.0
// Seeded runtimes, for tests: one worker, a virtual clock, and at each choice a number decides that
// comes out of the seed. So a seed gives an interleaving, the same one each time, and many seeds
// give many: orders that a FIFO never has.
//
//   which task runs next                any of the first TRT_SEEDED_REACH queued ones
//   whether I/O and timers come first   one look in eight, beside every park
//   which branch a select begins with   tmlrt_turn, seeded when the worker begins to run
// What is not the runtime's stays as it is: when I/O is ready, when a job of the blocking pool
// ends, when another thread queues something. A look for a task takes a microsecond, and time jumps
// to the next timer when nothing else is left to do: while a job of the blocking pool runs the
// worker waits for it, in real time, and only as long as the timer would have taken.
#ifndef TRT_EXEC_SEEDED_H
#define TRT_EXEC_SEEDED_H

#include "rt/exec/task.h"

#include <tmlrt/runtime.h>

enum { TRT_SEEDED_REACH = 64 };

/// trt_seed is whether and with what a runtime is seeded.
typedef struct trt_seed {
    bool is_set;
    uint64_t value;
    const char* source; ///< who said so
} trt_seed;

/// trt_seed_configure reads the options, which have been checked, and TMLRT_SEED, which counts for
/// runtimes that leave the number of workers open.
/// Errors:  INVAL - it cannot be used; a message on stderr says why.
tmlrt_status trt_seed_configure(trt_seed* out, const tmlrt_runtime_options* options);
/// trt_seeded_init makes a worker a seeded one, whose every look is a slow one.
void trt_seeded_init(trt_worker* worker, uint64_t seed);
/// trt_seeded_begin is called by the thread that runs a seeded worker from now on.
void trt_seeded_begin(trt_worker* worker);
/// trt_seeded_next takes the task that runs next, NULL when none is queued.   Thread: the worker.
tmlrt_task* trt_seeded_next(trt_worker* worker);
/// trt_seeded_now_ns and trt_seeded_advance_to are the clock of a runtime, `self`.   Thread: any;
/// advance: the worker.
uint64_t trt_seeded_now_ns(void* self);
void trt_seeded_advance_to(void* self, uint64_t now_ns);

#endif
