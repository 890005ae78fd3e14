// SPDX-License-Identifier: Apache-2.0
// Landings: panic boundaries that cost nothing until there is a panic, for callers that have one at
// every step of a request (the stages of a pipeline).
//
//     trt_guard_scope scope;
//     trt_landing_open(&scope, guard);
//     started = trt_landing_call(frame, cx, args, fn); // any number of them, inside each other too
//     trt_guard_close(&scope);
//
// A guard (guard.h) saves where to jump at every poll. A landing saves nothing: a panic is found
// its way to the innermost one by the unwind tables of what lies between, as exceptions are, and
// all registers are restored on the way. Hence every function between needs a table: those of
// compiled code have one (tmlcg sees to that), C compilers write one on the platforms where this
// works. What has none ends the process, with a message.
//
// Where there is no such way (a sanitizer, which keeps a stack of its own; another processor) a
// landing is a guard with a jump buffer, and means the same.
#ifndef TRT_EXEC_LANDING_H
#define TRT_EXEC_LANDING_H

#include "rt/exec/guard_scope.h"

/// TRT_LANDING_UNWINDS: failures find their way by unwind tables.
#if defined(__x86_64__) && defined(__ELF__) && !TRT_SANITIZED
#define TRT_LANDING_UNWINDS 1
#else
#define TRT_LANDING_UNWINDS 0
#endif

/// trt_landing_fn is what a landing calls: a start of compiled code, or C.
typedef tmlrt_started (*trt_landing_fn)(void* frame, tmlrt_context* cx, void* arg);

/// trt_landing_open makes `scope` the innermost boundary of this thread until trt_guard_close.
/// Between the two nothing may panic but what trt_landing_call calls. `guard` is where leaves
/// register meanwhile, until trt_landing_guard says
/// another one.
static inline void trt_landing_open(trt_guard_scope* scope, trt_guard* guard) {
    trt_guard_open(scope, guard);
    scope->lands = true;
}
/// trt_landed is a tmlrt_started; where landings unwind, as the pair of registers that it comes in,
/// which gcc takes apart without copies.
#if TRT_LANDING_UNWINDS
__extension__ typedef unsigned __int128 trt_landed;
static inline tmlrt_status trt_landed_status(trt_landed landed) {
    return (tmlrt_status)landed;
}
static inline uint64_t trt_landed_value(trt_landed landed) {
    return (uint64_t)(landed >> 64);
}
#else
typedef tmlrt_started trt_landed;
static inline tmlrt_status trt_landed_status(trt_landed landed) {
    return landed.status;
}
static inline uint64_t trt_landed_value(trt_landed landed) {
    return landed.value;
}
#endif
/// trt_landing_call returns fn(frame, cx, arg); after a failure its status, with nothing unlinked
/// (the caller does, trt_guard_unlink_all) and no value. Inside of trt_landing_open.
trt_landed trt_landing_call(void* frame, tmlrt_context* cx, void* arg, trt_landing_fn fn);
/// trt_landing_guard has leaves register with `guard` from now on, in the landing that is running.
static inline void trt_landing_guard(trt_guard_scope* scope, trt_guard* guard) {
#if TRT_LANDING_UNWINDS
    scope->guard = guard;
#else
    (void)scope;
    trt_tls_guard->guard = guard;
#endif
}
/// trt_landing_throw goes to the innermost landing inside of `scope`, whose failure is set.
/// Thread: that of the scope.
TMLRT_NORETURN void trt_landing_throw(trt_guard_scope* scope);

#endif
