// SPDX-License-Identifier: Apache-2.0
// Future descriptors: one constant tmlrt_future_desc per async function, named `<f>.future`.
//
// The global may be asked for before the function is lowered (records and tmlrt.desc refer to it);
// the async lowering then fills it. Called by the metadata and the async lowering; one thread.
#include "codegen-hooks/src/desc.h"

#include "codegen-hooks/src/ir.h"

LLVMValueRef tcg_desc_global(tcg_ctx* ctx, LLVMValueRef function) {
    const char* name = tcg_format(ctx, "%s.future", tcg_name(function));
    LLVMValueRef global = LLVMGetNamedGlobal(ctx->module, name);
    if (global != NULL) {
        return global;
    }
    if (LLVMGetNamedFunction(ctx->module, name) != NULL) {
        tcg_fail(ctx, LLVMGetNamedFunction(ctx->module, name),
                 "the descriptor of @%s has this name: rename the function", tcg_name(function));
    }
    global = LLVMAddGlobal(ctx->module, ctx->desc_type, name);
    LLVMSetGlobalConstant(global, 1);
    return global;
}
