// SPDX-License-Identifier: Apache-2.0
// block_on in a plain function: frame, arena and context on this function's stack, one inlined
// check that no worker runs here, start. When that is READY no runtime call is made; the arena is
// given back only if something grew it.
#include "codegen-hooks/src/lower/future.h"

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/poll.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/lower/body.h"

#include <llvm-c/DebugInfo.h>
#include <stddef.h>

typedef struct {
    tcg_ctx* ctx;
    LLVMValueRef function, marker;
    const tcg_async* async; ///< NULL for block_on.dyn
    LLVMMetadataRef location;
    LLVMBasicBlockRef cont;
    LLVMValueRef arena, cx, frame, desc, out, result;
} blocker;

static LLVMBasicBlockRef add_block(blocker* b, const char* name) {
    LLVMBasicBlockRef block = LLVMAppendBasicBlockInContext(b->ctx->context, b->function, name);
    LLVMMoveBasicBlockBefore(block, b->cont);
    return block;
}

// check_thread ends the task that calls block_on on a worker.
static void check_thread(blocker* b) {
    tcg_ctx* ctx = b->ctx;
    LLVMValueRef address = tcg_tls_address(ctx, "tmlrt_tls_worker");
    LLVMValueRef worker = LLVMBuildLoad2(ctx->builder, ctx->ptr, address, "");
    LLVMValueRef is_free = LLVMBuildICmp(ctx->builder, LLVMIntEQ, worker, tcg_null(ctx), "");
    LLVMBasicBlockRef nested = add_block(b, "block_on.nested");
    LLVMBasicBlockRef go = add_block(b, "block_on.start");
    tcg_weigh(ctx, LLVMBuildCondBr(ctx->builder, is_free, go, nested), 2000, 1);
    tcg_at_end(ctx, nested, b->location);
    LLVMValueRef name = tcg_string(ctx, tcg_name(b->function));
    tcg_call_func(ctx, "tmlrt_block_on_nested", &name, 1);
    LLVMBuildUnreachable(ctx->builder);
    tcg_at_end(ctx, go, b->location);
}

static void build_context(blocker* b) {
    tcg_ctx* ctx = b->ctx;
    LLVMTypeRef arena_type = LLVMArrayType2(ctx->ptr, sizeof(tmlrt_arena) / sizeof(void*));
    LLVMTypeRef cx_type = LLVMArrayType2(ctx->i64, sizeof(tmlrt_context) / 8);
    b->arena = tcg_entry_alloca(ctx, b->function, arena_type, 8, "arena");
    b->cx = tcg_entry_alloca(ctx, b->function, cx_type, 8, "cx");
    LLVMBuildMemSet(ctx->builder, b->arena, LLVMConstInt(ctx->i8, 0, 0),
                    tcg_i64(ctx, sizeof(tmlrt_arena)), 8);
    tcg_store_at(ctx, b->arena, b->cx, offsetof(tmlrt_context, arena));
    tcg_store_at(ctx, tcg_data(ctx, "tmlrt_block_on_waker"), b->cx, offsetof(tmlrt_context, waker));
    tcg_store_at(ctx, tcg_null(ctx), b->cx, offsetof(tmlrt_context, task));
    tcg_store_at(ctx, tcg_i32(ctx, TMLRT_BUDGET), b->cx, offsetof(tmlrt_context, budget));
    tcg_store_at(ctx, tcg_i32(ctx, 0), b->cx, offsetof(tmlrt_context, flags));
}

static LLVMValueRef first_poll(blocker* b) {
    tcg_ctx* ctx = b->ctx;
    const tcg_async* async = b->async;
    if (async == NULL) {
        b->frame = LLVMGetOperand(b->marker, 0);
        b->desc = LLVMGetOperand(b->marker, 1);
        b->out = LLVMGetOperand(b->marker, 2);
        return tcg_poll_by_desc(ctx, b->desc, b->frame, b->cx, b->out);
    }
    b->desc = async->desc;
    b->out = tcg_null(ctx);
    if (async->output != ctx->void_type) {
        LLVMTypeRef type = async->output;
        b->out = tcg_entry_alloca(ctx, b->function, type, 0, "block_on.out");
        b->result = async->in_registers && async->is_sized
                        ? tcg_entry_alloca(ctx, b->function, type, 0, "block_on.result")
                        : b->out;
    }
    if (!async->is_sized) {
        b->frame = tcg_arena_push_desc(ctx, b->arena, b->desc);
        return tcg_first_poll_by_desc(ctx, async, b->marker, b->frame, b->cx, b->out);
    }
    b->frame = tcg_entry_alloca(ctx, b->function, LLVMArrayType2(ctx->i8, async->size),
                                (uint32_t)async->align, "frame");
    return tcg_first_poll(ctx, async, b->marker, b->frame, b->cx, b->out, b->result);
}

// finish waits when the first poll was PENDING, then frees an arena that grew.
static void finish(blocker* b, LLVMValueRef status) {
    tcg_ctx* ctx = b->ctx;
    LLVMValueRef is_ready =
        LLVMBuildICmp(ctx->builder, LLVMIntEQ, status, tcg_i32(ctx, TMLRT_READY), "");
    LLVMBasicBlockRef wait = add_block(b, "block_on.wait");
    LLVMBasicBlockRef done = add_block(b, "block_on.done");
    LLVMBasicBlockRef clean = add_block(b, "block_on.clean");
    tcg_weigh(ctx, LLVMBuildCondBr(ctx->builder, is_ready, done, wait), 2000, 1);
    tcg_at_end(ctx, wait, b->location);
    LLVMValueRef args[] = {b->desc, b->frame, b->cx, b->out};
    tcg_call_func(ctx, "tmlrt_block_on", args, 4);
    if (b->result != b->out && b->result != NULL) {
        LLVMValueRef value = LLVMBuildLoad2(ctx->builder, b->async->output, b->out, "");
        LLVMBuildStore(ctx->builder, value, b->result);
    }
    LLVMBuildBr(ctx->builder, done);
    tcg_at_end(ctx, done, b->location);
    LLVMValueRef base = tcg_load_at(ctx, ctx->ptr, b->arena, offsetof(tmlrt_arena, base));
    LLVMValueRef is_empty = LLVMBuildICmp(ctx->builder, LLVMIntEQ, base, tcg_null(ctx), "");
    tcg_weigh(ctx, LLVMBuildCondBr(ctx->builder, is_empty, b->cont, clean), 2000, 1);
    tcg_at_end(ctx, clean, b->location);
    tcg_call_func(ctx, "tmlrt_arena_fini", &b->arena, 1);
    LLVMBuildBr(ctx->builder, b->cont);
}

// use_result lets the code behind the marker read the output.
static void use_result(blocker* b) {
    tcg_ctx* ctx = b->ctx;
    if (b->async == NULL || b->result == NULL) {
        return;
    }
    tcg_at_top(ctx, b->cont);
    if (b->async->sret != TCG_ABSENT) {
        uint32_t align = tcg_type_align(ctx, b->async->output);
        tcg_copy(ctx, b->async->output, LLVMGetOperand(b->marker, b->async->sret), 1, b->result,
                 align);
    } else if (LLVMGetFirstUse(b->marker) != NULL) {
        LLVMReplaceAllUsesWith(b->marker,
                               LLVMBuildLoad2(ctx->builder, b->async->output, b->result, ""));
    }
}

void tcg_block_on_lower(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef marker,
                        tcg_marker_kind kind) {
    blocker b = {.ctx = ctx, .function = function, .marker = marker};
    b.location = tcg_debug_location(ctx, marker, LLVMGetSubprogram(function));
    if (kind == TCG_MARKER_BLOCK_ON) {
        b.async = tcg_async_of(ctx, LLVMGetCalledValue(marker));
    }
    b.cont = LLVMGetInstructionParent(marker);
    LLVMBasicBlockRef head = tcg_cut_after(ctx, marker);
    LLVMInstructionEraseFromParent(LLVMGetBasicBlockTerminator(head));
    tcg_at_end(ctx, head, b.location);
    check_thread(&b);
    build_context(&b);
    finish(&b, first_poll(&b));
    use_result(&b);
    LLVMInstructionEraseFromParent(marker);
}
