// SPDX-License-Identifier: Apache-2.0
// Entry of the metadata lowering: a module without decorator metadata passes, anything else is
// refused by name. Runs first in tmlcg_lower_module, one thread.
#include "codegen-hooks/src/meta/meta.h"

#include <string.h>

bool tcg_meta_lower(tcg_ctx* ctx) {
    for (LLVMNamedMDNodeRef node = LLVMGetFirstNamedMetadata(ctx->module); node != NULL;
         node = LLVMGetNextNamedMetadata(node)) {
        size_t name_len = 0;
        const char* name = LLVMGetNamedMetadataName(node, &name_len);
        if (name_len >= 6 && memcmp(name, "tmlrt.", 6) == 0) {
            tcg_fail(ctx, NULL, "metadata !%.*s: not a kind of decorator record this version knows",
                     (int)name_len, name);
        }
    }
    return true;
}
