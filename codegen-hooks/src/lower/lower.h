// SPDX-License-Identifier: Apache-2.0
// The async lowering's entry, called between the metadata lowering and the verifier.
#ifndef TCG_LOWER_H
#define TCG_LOWER_H

#include "codegen-hooks/src/context.h"

/// tcg_async_lower checks and lowers every marker of the module. Errors leave by tcg_fail.
void tcg_async_lower(tcg_ctx* ctx);

#endif
