// SPDX-License-Identifier: Apache-2.0
// Boundaries whose scope is the caller's, for callers to whom every instruction of a poll matters;
// everybody else takes trt_guard_poll and trt_guard_call.
//
//     trt_guard_scope scope;
//     trt_guard_open(&scope, guard);
//     status = trt_guard_enter(&scope, poll, frame, cx, out);
//     trt_guard_close(&scope);
//
// Who cannot afford the call of trt_guard_enter catches by itself, in the function that polls:
//
//     trt_guard_open(&scope, guard);
//     if (TRT_GUARD_CATCH(&scope)) {
//         return failed(); // trusts nothing but trt_tls_guard; begins with trt_guard_failed
//     }
//     status = poll(frame, cx, out);
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

/// trt_guard_open makes `scope` the innermost boundary of this thread, until trt_guard_close.
static inline void trt_guard_open(trt_guard_scope* scope, trt_guard* guard) {
    scope->outer = trt_tls_guard;
    scope->kind = NULL;
    scope->guard = guard;
    scope->lands = false;
    trt_tls_guard = scope;
}
/// trt_guard_close leaves it in order.
static inline void trt_guard_close(const trt_guard_scope* scope) {
    trt_tls_guard = scope->outer;
}
/// trt_guard_failed closes the innermost boundary, which was left by a jump, and unlinks the leaves
/// that waited in it. Returns the status of the failure.
tmlrt_status trt_guard_failed(void);
/// trt_guard_enter calls poll(frame, cx, out) inside the innermost boundary, `scope`. Returns what
/// poll returned, or the status of a failure after the leaves were unlinked.
tmlrt_status trt_guard_enter(trt_guard_scope* scope,
                             tmlrt_poll (*poll)(void*, tmlrt_context*, void*), void* frame,
                             tmlrt_context* cx, void* out);

#endif
