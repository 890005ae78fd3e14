// SPDX-License-Identifier: Apache-2.0
// The async entry: a function with "tmlrt.main" gets an @main that runs it on the default runtime.
// Called by lower.c after the bodies are lowered.
#include "codegen-hooks/src/lower/future.h"

#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"

static void check_entry(tcg_ctx* ctx, const tcg_async* async) {
    if (!async->is_defined) {
        tcg_fail(ctx, async->fn,
                 "\"tmlrt.main\" is for a definition: define it, or drop the "
                 "attribute from the declaration");
    }
    if (async->num_args != 0) {
        tcg_fail(ctx, async->fn, "an async main takes no arguments");
    }
    if (async->output != ctx->i32 && async->output != ctx->void_type) {
        tcg_fail(ctx, async->fn, "an async main returns i32 or void");
    }
    LLVMValueRef main = LLVMGetNamedFunction(ctx->module, "main");
    if (main != NULL && (LLVMCountBasicBlocks(main) != 0 || LLVMGetFirstUse(main) != NULL)) {
        tcg_fail(ctx, async->fn,
                 "the module has an @main already: drop it, or the attribute "
                 "\"tmlrt.main\"");
    }
    if (LLVMGetNamedGlobal(ctx->module, "main") != NULL) {
        tcg_fail(ctx, async->fn, "the module has a variable @main: rename it");
    }
}

static void build_main(tcg_ctx* ctx, const tcg_async* async) {
    LLVMValueRef declared = LLVMGetNamedFunction(ctx->module, "main");
    if (declared != NULL) {
        LLVMDeleteFunction(declared);
    }
    LLVMTypeRef params[] = {ctx->i32, ctx->ptr};
    LLVMTypeRef type = LLVMFunctionType(ctx->i32, params, 2, 0);
    LLVMValueRef main = LLVMAddFunction(ctx->module, "main", type);
    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(ctx->context, main, "entry");
    tcg_at_end(ctx, entry, NULL);
    LLVMValueRef args[] = {LLVMGetParam(main, 0), LLVMGetParam(main, 1), async->desc};
    LLVMBuildRet(ctx->builder, tcg_call_func(ctx, "tmlrt_main", args, 3));
}

void tcg_entry_main(tcg_ctx* ctx) {
    const tcg_async* found = NULL;
    for (uint32_t i = 0; i < ctx->num_asyncs; i++) {
        const tcg_async* async = &ctx->asyncs[i];
        if (!tcg_has_attr(async->fn, TMLCG_ATTR_MAIN)) {
            continue;
        }
        if (found != NULL) {
            tcg_fail(ctx, async->fn, "@%s has \"tmlrt.main\" too: keep one", found->name);
        }
        check_entry(ctx, async);
        found = async;
    }
    if (found != NULL) {
        build_main(ctx, found);
    }
}
