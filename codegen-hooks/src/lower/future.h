// SPDX-License-Identifier: Apache-2.0
// Markers outside the split: future values, spawn, block_on, the program's entry.
#ifndef TCG_FUTURE_H
#define TCG_FUTURE_H

#include "codegen-hooks/src/lower/async.h"
#include "codegen-hooks/src/marker.h"

/// tcg_future_lower lowers one value marker in place and erases it; returns false, unchanged, for
/// any other kind.
bool tcg_future_lower(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef marker,
                      tcg_marker_kind kind);

/// tcg_block_on_lower lowers one block_on or block_on.dyn marker of a plain function.
void tcg_block_on_lower(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef marker,
                        tcg_marker_kind kind);

/// tcg_entry_main generates @main when a function has "tmlrt.main".
void tcg_entry_main(tcg_ctx* ctx);

#endif
