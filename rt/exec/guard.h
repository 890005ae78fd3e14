// SPDX-License-Identifier: Apache-2.0
// Panic boundaries. A panic (and a frame that cannot be allocated) leaves the compiled code by a
// jump to the innermost boundary of this thread; without one the process ends with code 1.
//
// A guard may enclose another: a server that polls handlers inside its connection's task gives each
// handler a guard of its own, so that a panicking handler takes only its own leaves with it.
#ifndef TRT_EXEC_GUARD_H
#define TRT_EXEC_GUARD_H

#include <tmlrt/abi/future.h>
#include <tmlrt/abi/status.h>

#include <stdbool.h>

#include "rt/base/list.h"

typedef struct trt_leaf trt_leaf;

/// trt_guard is the memory a boundary keeps between two polls of one chain: the leaves that wait in
/// it. All-zero is idle. Lives as long as the guarded frame.
typedef struct trt_guard {
    trt_leaf* leaves; ///< the one that was registered last; leaf.h
    const void* near; ///< trt_leaf_near
} trt_guard;

/// trt_guard_scope is one active boundary, on the stack of the code that opened it.
typedef struct trt_guard_scope {
    /// The jump buffer: its type stays out of this header.
    void* jump[48] __attribute__((aligned(16)));
    struct trt_guard_scope* outer;
    const char* kind;     ///< "task", "blocking job": for the message
    trt_guard* guard;     ///< NULL: no leaf can wait here (drop, blocking job)
    uint64_t id;          ///< 0: no number
    tmlrt_status failure; ///< why it was left by a jump
    bool lands;           ///< there is no jump buffer: failures end at a landing (landing.h)
    tmlrt_context* cx;    ///< of trt_guard_poll; may be NULL
    tmlrt_arena* arena;   ///< that cx had when it began
} trt_guard_scope;

/// trt_tls_guard is the innermost boundary of this thread, NULL outside.
extern __thread trt_guard_scope* trt_tls_guard __attribute__((tls_model("initial-exec")));

/// trt_guard_poll polls `frame` once. Returns TMLRT_READY, TMLRT_PENDING, or the status of a
/// failure: PANIC, NOMEM or NESTED. After a failure the leaves were unlinked and cx has the arena
/// that it came with (a branch of a join is polled with another); the frame must be neither polled
/// nor dropped, its storage may be freed. Shape:   kind, id: who is polled, for the message; NULL:
/// told as the outer boundary.
tmlrt_status trt_guard_poll(trt_guard* guard, const char* kind, uint64_t id,
                            const tmlrt_future_desc* desc, void* frame, tmlrt_context* cx,
                            void* out);
/// trt_guard_call calls fn(arg): a drop, an output's destructor, a blocking job. Returns 0 or the
/// failure. `guard` (may be NULL) is the frame's: its leaves are unlinked after a failure.
tmlrt_status trt_guard_call(trt_guard* guard, const char* kind, uint64_t id, void (*fn)(void*),
                            void* arg);
/// trt_guard_unlink_all makes the outside forget every leaf of a frame that is not dropped.
void trt_guard_unlink_all(trt_guard* guard);
/// trt_guard_fail leaves compiled code with `failure`, which has been reported already. Without a
/// boundary the process exits with code 1.
TMLRT_NORETURN void trt_guard_fail(tmlrt_status failure);

#endif
