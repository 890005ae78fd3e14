// SPDX-License-Identifier: Apache-2.0
// The async lowering: finds the module's async functions and runs the steps over them in order.
#include "codegen-hooks/src/lower.h"

#include "codegen-hooks/src/ir.h"

void tcg_async_lower(tcg_ctx* ctx) {
    for (LLVMValueRef f = LLVMGetFirstFunction(ctx->module); f != NULL;
         f = LLVMGetNextFunction(f)) {
        if (tcg_has_attr(f, TMLCG_ATTR_ASYNC) && LLVMCountBasicBlocks(f) != 0) {
            tcg_fail(ctx, f, "async functions are not lowered by this version");
        }
    }
}
