// SPDX-License-Identifier: Apache-2.0
// Future descriptors: one constant tmlrt_future_desc per async function, named `<f>.future`.
//
// The global may be asked for before the function is lowered (records and tmlrt.desc refer to it);
// the async lowering then fills it (lower/describe.c). Called by the metadata and the async
// lowering; one thread.
#include "codegen-hooks/src/desc.h"

#include "codegen-hooks/src/ir.h"

#include <string.h>

LLVMValueRef tcg_desc_global(tcg_ctx* ctx, LLVMValueRef function) {
    const char* name = tcg_format(ctx, "%s.future", tcg_name(function));
    LLVMValueRef global = LLVMGetNamedGlobal(ctx->module, name);
    if (global != NULL) {
        if (LLVMGetInitializer(global) != NULL) {
            tcg_fail(ctx, global, "the descriptor of @%s has this name: rename the variable",
                     tcg_name(function));
        }
        return global;
    }
    if (LLVMGetNamedFunction(ctx->module, name) != NULL) {
        tcg_fail(ctx, LLVMGetNamedFunction(ctx->module, name),
                 "the descriptor of @%s has this name: rename the function", tcg_name(function));
    }
    tcg_refuse_alias(ctx, function, name);
    global = LLVMAddGlobal(ctx->module, ctx->desc_type, name);
    LLVMSetGlobalConstant(global, 1);
    return global;
}

LLVMValueRef tcg_string(tcg_ctx* ctx, const char* text) {
    LLVMValueRef data = LLVMConstStringInContext(ctx->context, text, (unsigned)strlen(text), 0);
    LLVMValueRef global = LLVMAddGlobal(ctx->module, LLVMTypeOf(data), "tmlrt.str");
    LLVMSetInitializer(global, data);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    LLVMSetGlobalConstant(global, 1);
    LLVMSetAlignment(global, 1);
    return global;
}

LLVMValueRef tcg_desc_load(tcg_ctx* ctx, LLVMTypeRef type, LLVMValueRef desc, size_t offset) {
    return tcg_load_at(ctx, type, desc, offset);
}

LLVMTypeRef tcg_step_type(tcg_ctx* ctx) {
    LLVMTypeRef params[] = {ctx->ptr, ctx->ptr, ctx->ptr};
    return LLVMFunctionType(ctx->i32, params, 3, 0);
}

LLVMTypeRef tcg_drop_type(tcg_ctx* ctx) {
    return LLVMFunctionType(ctx->void_type, &ctx->ptr, 1, 0);
}
