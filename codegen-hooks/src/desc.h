// SPDX-License-Identifier: Apache-2.0
// Future descriptors (tmlrt_future_desc) of the module's async functions.
#ifndef TCG_DESC_H
#define TCG_DESC_H

#include "codegen-hooks/src/context.h"

/// tcg_desc_global returns the global `<f>.future` of an async function of this module, defined or
/// only declared; added without initializer on first use (the lowering gives it one when @f is
/// defined). To be used in constants before the async lowering has run.
LLVMValueRef tcg_desc_global(tcg_ctx* ctx, LLVMValueRef function);

#endif
