// SPDX-License-Identifier: Apache-2.0
// The runtime's functions and data as declarations of the module being lowered, from functions.def.
#ifndef TCG_FUNCS_H
#define TCG_FUNCS_H

#include "codegen-hooks/src/context.h"

/// tcg_func returns the module's declaration of a runtime function, added on first use. Fails the
/// lowering when the module has that name with another type. `name` must be a row of functions.def.
LLVMValueRef tcg_func(tcg_ctx* ctx, const char* name);
/// tcg_func_type returns the function type of a row.
LLVMTypeRef tcg_func_type(tcg_ctx* ctx, const char* name);
/// tcg_call_func builds a call of a runtime function at ctx->builder.
LLVMValueRef tcg_call_func(tcg_ctx* ctx, const char* name, LLVMValueRef* args, uint32_t num_args);
/// tcg_data returns the module's declaration of a runtime datum or thread-local, added on first
/// use.
LLVMValueRef tcg_data(tcg_ctx* ctx, const char* name);
/// tcg_tls_address builds the address of a thread-local datum for the running thread.
LLVMValueRef tcg_tls_address(tcg_ctx* ctx, const char* name);

#endif
