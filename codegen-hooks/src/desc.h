// SPDX-License-Identifier: Apache-2.0
// Future descriptors (tmlrt_future_desc) of the module's async functions.
#ifndef TCG_DESC_H
#define TCG_DESC_H

#include "codegen-hooks/src/context.h"

/// tcg_desc_global returns the global `<f>.future` of an async function of this module, defined or
/// only declared; added without initializer on first use (the lowering gives it one when @f is
/// defined). To be used in constants before the async lowering has run.
LLVMValueRef tcg_desc_global(tcg_ctx* ctx, LLVMValueRef function);

/// tcg_desc_load builds a load of one field of a descriptor at ctx->builder; `offset` is offsetof
/// in tmlrt_future_desc.
LLVMValueRef tcg_desc_load(tcg_ctx* ctx, LLVMTypeRef type, LLVMValueRef desc, size_t offset);
/// tcg_string adds a private NUL-terminated constant and returns it.
LLVMValueRef tcg_string(tcg_ctx* ctx, const char* text);
/// tcg_step_type is i32 (ptr, ptr, ptr): poll and resume. tcg_drop_type is void (ptr).
LLVMTypeRef tcg_step_type(tcg_ctx* ctx);
/// tcg_drop_type is void (ptr), see tcg_step_type.
LLVMTypeRef tcg_drop_type(tcg_ctx* ctx);

#endif
