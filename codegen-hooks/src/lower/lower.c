// SPDX-License-Identifier: Apache-2.0
// The async lowering: checks the module, lowers async functions callees first, then the markers
// that need no split, and removes what must not exist at run time.
//
// Everything is checked before anything is changed (check.c), so the later parts trust the module.
// Called by lower_module.c between metadata and verifier; errors leave by tcg_fail; one thread.
#include "codegen-hooks/src/lower/lower.h"

#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/lower/body.h"
#include "codegen-hooks/src/lower/future.h"
#include "codegen-hooks/src/marker.h"

#include <string.h>

static bool is_marker_function(LLVMValueRef function) {
    return strncmp(tcg_name(function), "tmlrt.", 6) == 0;
}

static bool has_markers(tcg_ctx* ctx) {
    for (LLVMValueRef f = LLVMGetFirstFunction(ctx->module); f; f = LLVMGetNextFunction(f)) {
        if (is_marker_function(f)) {
            return true;
        }
    }
    return ctx->num_asyncs != 0;
}

// check_target refuses targets whose pointers are not those of the ABI: of another size, or with
// functions, globals or locals in an address space of their own (`P`, `G`, `A` of a data layout).
static void check_target(tcg_ctx* ctx) {
    if (LLVMPointerSize(ctx->target_data) != sizeof(void*)) {
        tcg_fail(ctx, NULL, "the target's pointers have %u bytes: the ABI is for %zu",
                 LLVMPointerSize(ctx->target_data), sizeof(void*));
    }
    const char* layout = tcg_take_message(ctx, LLVMCopyStringRepOfTargetData(ctx->target_data));
    for (const char* spec = layout; *spec != '\0'; spec += strcspn(spec, "-")) {
        spec += strspn(spec, "-");
        if (spec[0] != '\0' && strchr("PGA", spec[0]) != NULL && spec[1] != '0') {
            tcg_fail(ctx, NULL,
                     "the target's data layout has `%.*s`: the ABI wants functions, globals and "
                     "locals in address space 0",
                     (int)strcspn(spec, "-"), spec);
        }
    }
}

// retarget_panic sends @panic to the runtime, which knows whose task it ends.
static void retarget_panic(tcg_ctx* ctx) {
    LLVMValueRef panic = LLVMGetNamedFunction(ctx->module, "panic");
    if (panic == NULL || LLVMCountBasicBlocks(panic) != 0) {
        return;
    }
    if (LLVMGlobalGetValueType(panic) != tcg_func_type(ctx, "tmlrt_panic")) {
        tcg_fail(ctx, panic, "must be declared as `declare void @panic(ptr)`");
    }
    LLVMReplaceAllUsesWith(panic, tcg_func(ctx, "tmlrt_panic"));
    LLVMDeleteFunction(panic);
}

// lower_values lowers the markers that need no split, in one function.
static void lower_values(tcg_ctx* ctx, LLVMValueRef function) {
    tcg_values markers = {0};
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL;
             i = LLVMGetNextInstruction(i)) {
            if (tcg_marker_of(i) != TCG_MARKER_NONE) {
                tcg_values_push(ctx, &markers, i);
            }
        }
    }
    for (uint32_t i = 0; i < markers.count; i++) {
        tcg_marker_kind kind = tcg_marker_of(markers.items[i]);
        if (kind == TCG_MARKER_BLOCK_ON || kind == TCG_MARKER_BLOCK_ON_DYN) {
            tcg_block_on_lower(ctx, function, markers.items[i], kind);
        } else if (!tcg_future_lower(ctx, function, markers.items[i], kind)) {
            tcg_fail(ctx, markers.items[i], "codegen-hooks: marker left after the split");
        }
    }
}

static void remove_functions(tcg_ctx* ctx) {
    LLVMValueRef next = NULL;
    for (LLVMValueRef f = LLVMGetFirstFunction(ctx->module); f != NULL; f = next) {
        next = LLVMGetNextFunction(f);
        bool is_gone = is_marker_function(f) || tcg_async_of(ctx, f) != NULL;
        if (is_gone && LLVMGetFirstUse(f) == NULL) {
            LLVMDeleteFunction(f);
        } else if (is_gone) {
            tcg_fail(ctx, f, "codegen-hooks: still used after the lowering");
        }
    }
}

void tcg_async_lower(tcg_ctx* ctx) {
    tcg_async_collect(ctx);
    tcg_async_declare(ctx);
    tcg_check_module(ctx);
    if (!has_markers(ctx)) {
        return;
    }
    check_target(ctx);
    retarget_panic(ctx);
    uint32_t count = 0;
    tcg_async** order = tcg_graph_order(ctx, &count);
    for (uint32_t i = 0; i < count; i++) {
        tcg_body_lower(ctx, order[i]);
    }
    tcg_entry_main(ctx);
    for (LLVMValueRef f = LLVMGetFirstFunction(ctx->module); f; f = LLVMGetNextFunction(f)) {
        lower_values(ctx, f);
    }
    remove_functions(ctx);
}
