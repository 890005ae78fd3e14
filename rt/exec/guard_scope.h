// SPDX-License-Identifier: Apache-2.0
// Boundaries opened in the function that polls, for callers to whom a call more per poll matters;
// everybody else takes trt_guard_poll and trt_guard_call.
//
//     trt_guard_scope scope;
//     trt_guard_open(&scope, guard);
//     if (TRT_GUARD_CATCH(&scope)) {       // again, after a panic: locals may be stale
//         status = trt_guard_caught(&own);  // own: what trt_tls_guard was
//     }
//     ... poll ...
//     trt_guard_close(&scope);
#ifndef TRT_EXEC_GUARD_SCOPE_H
#define TRT_EXEC_GUARD_SCOPE_H

#include <setjmp.h>

#include "rt/base/sanitize.h"
#include "rt/exec/guard.h"

// The jump is the compiler's builtin where it exists: it saves three words, against eight and a
// pointer encryption in libc. Sanitizers follow only libc's (they unwind their shadow stacks
// there).
#if defined(__x86_64__) && !TRT_SANITIZED
#define TRT_GUARD_CATCH(scope) (__builtin_setjmp((scope)->jump) != 0)
#else
_Static_assert(sizeof(jmp_buf) <= sizeof(((trt_guard_scope*)0)->jump), "jump buffer");
#define TRT_GUARD_CATCH(scope) (setjmp(*(jmp_buf*)(void*)(scope)->jump) != 0)
#endif

/// trt_guard_open makes `scope` the innermost boundary of this thread; TRT_GUARD_CATCH must follow
/// in the same function, which stays on the stack until trt_guard_close.
static inline void trt_guard_open(trt_guard_scope* scope, trt_guard* guard) {
    scope->outer = trt_tls_guard;
    scope->guard = guard;
    scope->kind = NULL;
    trt_tls_guard = scope;
}
/// trt_guard_close leaves it in order.
static inline void trt_guard_close(const trt_guard_scope* scope) {
    trt_tls_guard = scope->outer;
}
/// trt_guard_caught leaves it after a jump: unlinks the leaves and returns why. *out_scope is the
/// scope itself, which a structure around it can be found from.
tmlrt_status trt_guard_caught(trt_guard_scope** out_scope);

#endif
