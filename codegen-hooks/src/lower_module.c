// SPDX-License-Identifier: Apache-2.0
// tmlcg_lower_module: metadata, then async functions, then always the verifier.
//
// The metadata lowering comes first because its thunks are marked async functions like any other.
// The verifier runs before, because LLVM-C aborts on malformed IR, and always last: upstream runs
// no passes at its default level and treats pass errors as warnings, so nobody else would notice.
// All errors of the passes arrive here by longjmp (context.h). Thread: the module's context's.
#include "codegen-hooks/src/compat_llvm.h"

#include "codegen-hooks/src/context.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/lower/lower.h"
#include "codegen-hooks/src/memory.h"
#include "codegen-hooks/src/meta/meta.h"
#include "codegen-hooks/src/spelling.h"

#include <llvm-c/Analysis.h>

static void verify(tcg_ctx* ctx, const char* complaint) {
    char* message = NULL;
    if (LLVMVerifyModule(ctx->module, LLVMReturnStatusAction, &message)) {
        const char* text = tcg_take_message(ctx, message);
        tcg_fail(ctx, NULL, "%s: %s", complaint, text);
    }
    LLVMDisposeMessage(message);
}

// A panic finds its way to the boundaries of a pipeline by the unwind tables of what it leaves, so
// every function has one; nounwind would leave it out.
static void add_unwind_tables(tcg_ctx* ctx) {
    static const char name[] = "uwtable";
    unsigned kind = LLVMGetEnumAttributeKindForName(name, sizeof name - 1);
    LLVMAttributeRef attribute = LLVMCreateEnumAttribute(ctx->context, kind, 2); // async
    for (LLVMValueRef fn = LLVMGetFirstFunction(ctx->module); fn != NULL;
         fn = LLVMGetNextFunction(fn)) {
        if (!LLVMIsDeclaration(fn) && !tcg_has_enum_attr(fn, name)) {
            LLVMAddAttributeAtIndex(fn, LLVMAttributeFunctionIndex, attribute);
        }
    }
}

// run_passes is the frame that errors jump to; it must keep no local across setjmp.
static bool run_passes(tcg_ctx* ctx) {
    if (setjmp(ctx->on_error) != 0) {
        return false;
    }
    verify(ctx, "the module is malformed before the lowering");
    tcg_check_spelling(ctx);
    bool had_records = tcg_debug_records_off(ctx->module);
    if (!ctx->options.no_metadata && !tcg_meta_lower(ctx)) {
        return false;
    }
    tcg_async_lower(ctx);
    add_unwind_tables(ctx);
    tcg_debug_records_on(ctx->module, had_records);
    verify(ctx, "the verifier refuses the lowered module");
    return true;
}

bool tmlcg_lower_module(LLVMModuleRef module, const tmlcg_options* options, char** out_error) {
    tcg_ctx ctx;
    bool ok = tcg_ctx_init(&ctx, module, options) && run_passes(&ctx);
    tcg_ctx_fini(&ctx);
    if (!ok && out_error != NULL) {
        *out_error = ctx.error != NULL ? ctx.error : tcg_no_memory_message();
    } else {
        tcg_release(ctx.error);
    }
    return ok;
}

void tmlcg_message_free(char* message) {
    if (message != tcg_no_memory_message()) {
        tcg_release(message);
    }
}
