// SPDX-License-Identifier: Apache-2.0
// Landings: the call, and the way back to it.
//
// On x86-64 trt_landing_call is four instructions with a personality of their own: the unwinder
// (two phases, Itanium C++ ABI) asks it whether the failure ends there, and it says yes to ours if
// the frame lies inside of the scope that fails. The return address of the call is the landing;
// status comes in the register where the callee would have left it. Callers: guard.c, the HTTP
// framework's pipeline. Any thread.
#include "rt/exec/landing.h"

#include "rt/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#if TRT_LANDING_UNWINDS

#include <unwind.h>

__asm__(".text\n"
        ".p2align 4\n"
        ".globl trt_landing_call\n"
        ".hidden trt_landing_call\n"
        ".type trt_landing_call, @function\n"
        "trt_landing_call:\n"
        ".cfi_startproc\n"
        ".cfi_personality 0x1b, trt_landing_personality\n" // pc-relative, 4 bytes
        "subq $8, %rsp\n"
        ".cfi_def_cfa_offset 16\n"
        "callq *%rcx\n"
        "addq $8, %rsp\n"
        ".cfi_def_cfa_offset 8\n"
        "retq\n"
        ".cfi_endproc\n"
        ".size trt_landing_call, .-trt_landing_call\n");

enum { REGISTER_RAX = 0 }; ///< its number in DWARF

/// The bytes of _Unwind_Exception.exception_class.
static const _Unwind_Exception_Class s_class = 0x544d4c5254000001; // "TMLRT"

/// A failure on its way: it lies in the scope's jump buffer, which nobody else uses.
typedef struct thrown {
    struct _Unwind_Exception exception;
    trt_guard_scope* scope;
} thrown;
_Static_assert(sizeof(thrown) <= sizeof(((trt_guard_scope*)0)->jump), "fits the jump buffer");
_Static_assert(_Alignof(thrown) <= _Alignof(trt_guard_scope), "fits the jump buffer");

_Unwind_Reason_Code trt_landing_personality(int version, _Unwind_Action actions,
                                            _Unwind_Exception_Class class,
                                            struct _Unwind_Exception* exception,
                                            struct _Unwind_Context* context);

// What is not ours (a C++ exception, the end of a thread) passes by.
__attribute__((visibility("hidden"))) _Unwind_Reason_Code
trt_landing_personality(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                        struct _Unwind_Exception* exception, struct _Unwind_Context* context) {
    const thrown* failure = (const thrown*)(const void*)exception;
    if (version != 1 || class != s_class) {
        return _URC_CONTINUE_UNWIND;
    }
    if ((actions & _UA_SEARCH_PHASE) != 0) {
        bool inside = _Unwind_GetCFA(context) < (_Unwind_Word)(uintptr_t)failure->scope;
        return inside ? _URC_HANDLER_FOUND : _URC_CONTINUE_UNWIND;
    }
    if ((actions & _UA_HANDLER_FRAME) == 0) {
        return _URC_CONTINUE_UNWIND;
    }
    _Unwind_SetGR(context, REGISTER_RAX, (_Unwind_Word)failure->scope->failure);
    return _URC_INSTALL_CONTEXT;
}

TMLRT_NORETURN static void no_way(int code) {
    fprintf(stderr,
            "tmlrt: a panic cannot leave a function that has no unwind table (unwinder: %d); "
            "compile it with -fasynchronous-unwind-tables\n",
            code);
    abort();
}

void trt_landing_throw(trt_guard_scope* scope) {
    thrown* failure = (thrown*)(void*)scope->jump;
    *failure = (thrown){.exception.exception_class = s_class, .scope = scope};
    no_way((int)_Unwind_RaiseException(&failure->exception));
}

#else

trt_landed trt_landing_call(void* frame, tmlrt_context* cx, void* arg, trt_landing_fn fn) {
    trt_guard_scope scope;
    trt_guard_open(&scope, trt_tls_guard->guard);
    if (TRT_GUARD_CATCH(&scope)) {
        trt_guard_scope* left = trt_tls_guard; // no local is trusted after the jump
        trt_tls_guard = left->outer;
        return (trt_landed){left->failure, 0};
    }
    tmlrt_started started = fn(frame, cx, arg);
    trt_guard_close(&scope);
    return started;
}

void trt_landing_throw(trt_guard_scope* scope) {
    (void)scope;
    TRT_CHECK(!"a panic between two landings");
    abort();
}

#endif
