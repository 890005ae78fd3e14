// SPDX-License-Identifier: Apache-2.0
// Serving: in whose name a task works that answers requests. Such a task has one descriptor for
// whatever it answers; dump, watchdog and the message of a panic name the route as well.
//
//   while it is polled    the worker says which request's code runs (trt_figures.doing)
//   while it waits        the beginning of its frame says it: the exchange that has waited longest,
//                         and how many others wait
//
// Both have one writer, the task's runner, and readers on any thread: relaxed. What they name are
// records of routes, which are constant memory, so a reader that comes late reads an old name.
#ifndef TRT_EXEC_SERVING_H
#define TRT_EXEC_SERVING_H

#include <tmlrt/abi/future.h>
#include <tmlrt/abi/meta.h>

#include <stddef.h>

#include "rt/base/atomic.h"

/// TRT_FUTURE_SERVES is a flag of C descriptors beside TMLRT_FUTURE_*: the frame begins as a
/// trt_serving_frame.
#define TRT_FUTURE_SERVES (1u << 31)

/// trt_serving is all-zero while nothing waits.
typedef struct trt_serving {
    trt_atomic_ptr oldest;   ///< tmlrt_meta_route; NULL: nothing waits, or it has no route
    trt_atomic_u32 num_more; ///< besides that one
} trt_serving;

/// trt_serving_frame is how a frame begins whose descriptor has TRT_FUTURE_SERVES.
typedef struct trt_serving_frame {
    tmlrt_frame head;
    trt_serving serving;
} trt_serving_frame;

/// trt_serving_set says what waits.   Shape:   oldest: NULL: nothing.   Thread: the runner.
static inline void trt_serving_set(trt_serving* serving, const tmlrt_meta_route* oldest,
                                   uint32_t num_more) {
    trt_atomic_store(&serving->oldest, (void*)(uintptr_t)oldest, TRT_RELAXED);
    trt_atomic_store(&serving->num_more, num_more, TRT_RELAXED);
}
/// trt_serving_clear says that nothing waits any more, where no more than one does.   Thread: the
/// runner.
static inline void trt_serving_clear(trt_serving* serving) {
    trt_atomic_store(&serving->oldest, NULL, TRT_RELAXED);
}
/// trt_serving_text writes " for GET Users.find and 2 more", or nothing without a route.
/// Shape:   returns the length; it is cut so that it fits `cap`, its NUL included.   Thread: any.
size_t trt_serving_text(char* out, size_t cap, const tmlrt_meta_route* route, uint32_t num_more);

#endif
