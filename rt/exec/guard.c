// SPDX-License-Identifier: Apache-2.0
// Panic boundaries: one jump buffer per poll, a stack of them per thread.
//
// What leaves through here: tmlrt_panic, tmlrt_block_on_nested, a frame without memory. No
// destructor of compiled code runs on the way; leaves (the only things other threads can reach
// inside a frame) are unlinked before the caller may free the frame. Any thread; a scope never
// leaves its thread. docs/design/panics.md lists the outcome for every place a panic can happen in.
#include "rt/exec/guard.h"

#include <tmlrt/abi/functions.h>

#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/guard_scope.h"
#include "rt/exec/landing.h"
#include "rt/exec/leaf.h"
#include "rt/exec/observe/serving.h"
#include "rt/exec/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__x86_64__) && !TRT_SANITIZED
#define BOUNDARY_JUMP(scope) __builtin_longjmp((scope)->jump, 1)
#else
#define BOUNDARY_JUMP(scope) longjmp(*(jmp_buf*)(void*)(scope)->jump, 1)
#endif

__thread trt_guard_scope* trt_tls_guard __attribute__((tls_model("initial-exec")));

static void scope_open(trt_guard_scope* scope, trt_guard* guard, const char* kind, uint64_t id) {
    trt_guard_open(scope, guard);
    scope->kind = kind;
    scope->id = id;
}

// After the jump only the thread-local is trusted: locals of the frame that called the builtin may
// be stale.
__attribute__((noinline)) tmlrt_status trt_guard_failed(void) {
    trt_guard_scope* scope = trt_tls_guard;
    trt_tls_guard = scope->outer;
    if (scope->guard != NULL) {
        trt_guard_unlink_all(scope->guard);
    }
    return scope->failure;
}

__attribute__((noinline)) tmlrt_status trt_guard_enter(trt_guard_scope* scope,
                                                       tmlrt_poll (*poll)(void*, tmlrt_context*,
                                                                          void*),
                                                       void* frame, tmlrt_context* cx, void* out) {
    if (TRT_GUARD_CATCH(scope)) {
        return trt_guard_failed();
    }
    return poll(frame, cx, out);
}

static __attribute__((noinline)) tmlrt_status poll_failed(void) {
    const trt_guard_scope* scope = trt_tls_guard;
    if (scope->cx != NULL) {
        scope->cx->arena = scope->arena;
    }
    return trt_guard_failed();
}

__attribute__((noinline)) tmlrt_status trt_guard_poll(trt_guard* guard, const char* kind,
                                                      uint64_t id, const tmlrt_future_desc* desc,
                                                      void* frame, tmlrt_context* cx, void* out) {
    trt_guard_scope scope;
    scope_open(&scope, guard, kind, id);
    scope.cx = cx;
    scope.arena = cx != NULL ? cx->arena : NULL;
    if (TRT_GUARD_CATCH(&scope)) {
        return poll_failed();
    }
    tmlrt_poll answer = desc->poll(frame, cx, out);
    trt_tls_guard = scope.outer;
    return answer;
}

__attribute__((noinline)) tmlrt_status trt_guard_call(trt_guard* guard, const char* kind,
                                                      uint64_t id, void (*fn)(void*), void* arg) {
    trt_guard_scope scope;
    scope_open(&scope, guard, kind, id);
    if (TRT_GUARD_CATCH(&scope)) {
        return trt_guard_failed();
    }
    fn(arg);
    trt_tls_guard = scope.outer;
    return TMLRT_OK;
}

void trt_guard_unlink_all(trt_guard* guard) {
    for (trt_leaf* leaf; (leaf = guard->leaves) != NULL;) {
        trt_leaf_unregister(leaf);
        leaf->unlink(leaf);
    }
}

// A function that jumps must not be the one that set the buffer, hence noinline.
__attribute__((noinline)) void trt_guard_fail(tmlrt_status failure) {
    trt_guard_scope* scope = trt_tls_guard;
    if (scope == NULL) {
        exit(1);
    }
    scope->failure = failure;
    if (scope->lands) {
        trt_landing_throw(scope);
    }
    BOUNDARY_JUMP(scope);
}

/// One line: a message may have text in it that came from outside.
static void report(const char* what, const char* told) {
    const trt_guard_scope* scope = trt_tls_guard;
    char message[TRT_LOG_MAX + 1], serving[160] = "";
    snprintf(message, sizeof message, "%s", told);
    trt_log_plain(message);
    while (scope != NULL && scope->kind == NULL) { // what has no name is told as what is around it
        scope = scope->outer;
    }
    const trt_worker* me = trt_current_worker();
    if (scope == NULL) {
        fprintf(stderr, "tmlrt: %s: %s\n", what, message);
        return;
    }
    uint64_t id = scope->id;
    if (me != NULL) {
        trt_serving_text(serving, sizeof serving, trt_atomic_load(&me->figures.doing, TRT_RELAXED),
                         0);
    }
    if (me != NULL && scope == me->boundary) { // one scope for all its tasks
        id = ((tmlrt_task*)trt_atomic_load(&me->running, TRT_RELAXED))->id;
    }
    if (id == 0) {
        fprintf(stderr, "tmlrt: %s%s %s: %s\n", scope->kind, serving, what, message);
    } else {
        fprintf(stderr, "tmlrt: %s %" PRIu64 "%s %s: %s\n", scope->kind, id, serving, what,
                message);
    }
}

void tmlrt_panic(const char* message) {
    report("panicked", message == NULL ? "(no message)" : message);
    trt_guard_fail(TMLRT_E_PANIC);
}

void tmlrt_block_on_nested(const char* name) {
    report("called block_on inside a worker, where it would deadlock; use await",
           name == NULL ? "(unnamed)" : name);
    trt_guard_fail(TMLRT_E_NESTED);
}
