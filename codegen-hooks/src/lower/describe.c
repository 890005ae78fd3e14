// SPDX-License-Identifier: Apache-2.0
// Fills the descriptor of a lowered async function, field by field in the order of
// tmlrt/abi/future.h. Called by body.c and entries.c; one thread.
#include "codegen-hooks/src/lower/body.h"

#include <tmlrt/abi/future.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/mutants.h"

#include <llvm-c/DebugInfo.h>

void tcg_desc_note_lines(tcg_ctx* ctx, tcg_async* async, const tcg_suspend* suspends,
                         uint32_t count) {
    if (async->subprogram == NULL) {
        return;
    }
    async->state_lines = tcg_alloc(ctx, (count + 1) * sizeof(*async->state_lines));
    async->state_lines[0] = LLVMDISubprogramGetLine(async->subprogram);
    for (uint32_t k = 0; k < count; k++) {
        async->state_lines[k + 1] = LLVMDILocationGetLine(suspends[k].location);
    }
}

static LLVMValueRef lines_array(tcg_ctx* ctx, const tcg_async* async) {
    if (async->subprogram == NULL) {
        return tcg_null(ctx);
    }
    uint32_t count = async->num_states;
    LLVMValueRef* lines = tcg_alloc(ctx, count * sizeof(*lines));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t line = async->state_lines != NULL ? async->state_lines[i]
                                                   : LLVMDISubprogramGetLine(async->subprogram);
        lines[i] = tcg_i32(ctx, line);
    }
    LLVMValueRef data = LLVMConstArray2(ctx->i32, lines, count);
    LLVMValueRef global = LLVMAddGlobal(ctx->module, LLVMTypeOf(data), "tmlrt.lines");
    LLVMSetInitializer(global, data);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    LLVMSetGlobalConstant(global, 1);
    return global;
}

static LLVMValueRef file_name(tcg_ctx* ctx, const tcg_async* async) {
    LLVMMetadataRef file = async->subprogram != NULL ? LLVMDIScopeGetFile(async->subprogram) : NULL;
    if (file == NULL) {
        return tcg_null(ctx);
    }
    unsigned len = 0;
    const char* name = LLVMDIFileGetFilename(file, &len);
    return tcg_string(ctx, tcg_format(ctx, "%.*s", (int)len, name));
}

static LLVMValueRef drop_output(tcg_ctx* ctx, const tcg_async* async) {
    const char* symbol = tcg_attr_value(ctx, async->fn, TMLCG_ATTR_DROP_OUTPUT);
    if (symbol == NULL || TCG_MUTANT(OUTPUT_KEPT)) {
        return tcg_null(ctx);
    }
    return tcg_user_function(ctx, async->fn, TMLCG_ATTR_DROP_OUTPUT, symbol, tcg_drop_type(ctx));
}

/// Whether the start is `{i32, T} (frame, cx, one pointer)` with a T that is one integer or
/// pointer, as whoever holds a descriptor can call it.
static bool has_plain_start(tcg_ctx* ctx, const tcg_async* async) {
    if (!async->in_registers || async->num_args != 1 || async->args[0].by_value ||
        async->args[0].type != ctx->ptr) {
        return false;
    }
    LLVMTypeKind kind = LLVMGetTypeKind(async->output);
    return async->output == ctx->ptr ||
           (kind == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(async->output) <= 64 &&
            LLVMGetIntTypeWidth(async->output) >= 8);
}

void tcg_desc_define(tcg_ctx* ctx, const tcg_async* async) {
    const char* name = tcg_debug_name(ctx, async->subprogram);
    bool has_output = async->output != ctx->void_type && tcg_type_size(ctx, async->output) != 0;
    uint32_t line = async->subprogram != NULL ? LLVMDISubprogramGetLine(async->subprogram) : 0;
    bool starts = has_plain_start(ctx, async);
    LLVMValueRef fields[] = {
        tcg_i32(ctx, TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR),
        tcg_i32(ctx, starts ? TMLRT_FUTURE_START : 0),
        async->poll,
        async->drop,
        drop_output(ctx, async),
        tcg_i64(ctx, async->size),
        tcg_i64(ctx, async->align),
        tcg_i64(ctx, has_output ? tcg_type_size(ctx, async->output) : 0),
        tcg_i64(ctx, has_output ? tcg_type_align(ctx, async->output) : 1),
        tcg_string(ctx, name != NULL ? name : async->name),
        file_name(ctx, async),
        tcg_i32(ctx, line),
        tcg_i32(ctx, async->num_states),
        lines_array(ctx, async),
        starts ? async->start : tcg_null(ctx),
    };
    unsigned count = sizeof(fields) / sizeof(fields[0]);
    LLVMSetInitializer(async->desc, LLVMConstStructInContext(ctx->context, fields, count, 0));
    LLVMSetGlobalConstant(async->desc, 1);
}
