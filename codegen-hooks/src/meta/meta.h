// SPDX-License-Identifier: Apache-2.0
// Decorator metadata: named nodes !tmlrt.* of the module become records, tables and thunks.
#ifndef TCG_META_H
#define TCG_META_H

#include "codegen-hooks/src/context.h"

/// tcg_meta_lower turns the module's !tmlrt.* named metadata into records and removes it. Runs
/// before the async lowering: thunks it adds are ordinary marked async functions; a record that
/// needs a descriptor takes it from tcg_desc_global. Errors: leaves by tcg_fail, or returns false
/// with ctx->error set.
bool tcg_meta_lower(tcg_ctx* ctx);

#endif
