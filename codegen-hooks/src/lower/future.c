// SPDX-License-Identifier: Apache-2.0
// Markers that make, drop and start futures as values: future, drop.future, desc, box, drop.dyn,
// drop.box, spawn, spawn.local, spawn.future. They need no suspension, so they are lowered after
// the bodies are, in every function alike; only a future's own storage exists earlier, because it
// is part of the frame.
#include "codegen-hooks/src/lower/future.h"

#include <tmlrt/abi/future.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/lower/body.h"

#include <llvm-c/DebugInfo.h>
#include <stddef.h>

// storage adds bytes for an unstarted frame to the function's entry block.
static LLVMValueRef storage(tcg_ctx* ctx, LLVMValueRef function, uint64_t size, uint64_t align,
                            const char* name) {
    return tcg_entry_alloca(ctx, function, LLVMArrayType2(ctx->i8, size), (uint32_t)align, name);
}

static void store_call_args(tcg_ctx* ctx, const tcg_async* async, LLVMValueRef frame,
                            LLVMValueRef marker) {
    LLVMValueRef* args = tcg_alloc(ctx, (async->num_args + 1) * sizeof(*args));
    tcg_call_args(async, marker, 1, args);
    tcg_store_args(ctx, async, frame, args);
}

static void replace(LLVMValueRef marker, LLVMValueRef value) {
    if (value != NULL) {
        LLVMReplaceAllUsesWith(marker, value);
    }
    LLVMInstructionEraseFromParent(marker);
}

void tcg_future_place(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef marker) {
    const tcg_async* async = tcg_async_of(ctx, LLVMGetOperand(marker, 0));
    LLVMValueRef frame = storage(ctx, function, async->size, async->align, "future");
    tcg_before(ctx, marker);
    store_call_args(ctx, async, frame, marker);
    replace(marker, frame);
}

static LLVMValueRef frame_size(tcg_ctx* ctx, const tcg_async* async) {
    return async->is_sized
               ? tcg_i64(ctx, async->size)
               : tcg_desc_load(ctx, ctx->i64, async->desc, offsetof(tmlrt_future_desc, frame_size));
}

static LLVMValueRef frame_align(tcg_ctx* ctx, const tcg_async* async) {
    return async->is_sized ? tcg_i64(ctx, async->align)
                           : tcg_desc_load(ctx, ctx->i64, async->desc,
                                           offsetof(tmlrt_future_desc, frame_align));
}

static void lower_box(tcg_ctx* ctx, LLVMValueRef marker) {
    const tcg_async* async = tcg_async_of(ctx, LLVMGetOperand(marker, 0));
    LLVMValueRef args[] = {frame_size(ctx, async), frame_align(ctx, async)};
    LLVMValueRef frame = tcg_call_func(ctx, "tmlrt_frame_alloc", args, 2);
    store_call_args(ctx, async, frame, marker);
    replace(marker, frame);
}

static void lower_spawn(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef marker,
                        const char* symbol) {
    const tcg_async* async = tcg_async_of(ctx, LLVMGetOperand(marker, 0));
    LLVMValueRef frame = storage(ctx, function, async->args_len, async->align, "spawn");
    store_call_args(ctx, async, frame, marker);
    LLVMValueRef args[] = {async->desc, frame, tcg_i64(ctx, async->args_len)};
    replace(marker, tcg_call_func(ctx, symbol, args, 3));
}

static void lower_spawn_future(tcg_ctx* ctx, LLVMValueRef marker) {
    LLVMValueRef frame = LLVMGetOperand(marker, 0);
    const tcg_async* async = tcg_async_of(ctx, LLVMGetOperand(marker, 1));
    LLVMValueRef args[] = {async->desc, frame, tcg_i64(ctx, async->args_len)};
    LLVMValueRef task = tcg_call_func(ctx, "tmlrt_spawn", args, 3);
    tcg_store_at(ctx, tcg_i32(ctx, TMLRT_FRAME_DONE), frame, offsetof(tmlrt_frame, state));
    replace(marker, task);
}

static void call_drop(tcg_ctx* ctx, LLVMValueRef frame, LLVMValueRef desc) {
    LLVMValueRef drop = tcg_desc_load(ctx, ctx->ptr, desc, offsetof(tmlrt_future_desc, drop));
    LLVMBuildCall2(ctx->builder, tcg_drop_type(ctx), drop, &frame, 1, "");
}

static void lower_drop_box(tcg_ctx* ctx, LLVMValueRef marker) {
    LLVMValueRef frame = LLVMGetOperand(marker, 0);
    LLVMValueRef desc = LLVMGetOperand(marker, 1);
    call_drop(ctx, frame, desc);
    LLVMValueRef args[] = {
        frame,
        tcg_desc_load(ctx, ctx->i64, desc, offsetof(tmlrt_future_desc, frame_size)),
        tcg_desc_load(ctx, ctx->i64, desc, offsetof(tmlrt_future_desc, frame_align)),
    };
    tcg_call_func(ctx, "tmlrt_frame_free", args, 3);
    replace(marker, NULL);
}

bool tcg_future_lower(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef marker,
                      tcg_marker_kind kind) {
    LLVMMetadataRef location = tcg_debug_location(ctx, marker, LLVMGetSubprogram(function));
    LLVMPositionBuilderBefore(ctx->builder, marker);
    LLVMSetCurrentDebugLocation2(ctx->builder, location);
    LLVMValueRef first = LLVMGetNumArgOperands(marker) != 0 ? LLVMGetOperand(marker, 0) : NULL;
    switch (kind) {
    case TCG_MARKER_FUTURE:
        tcg_future_place(ctx, function, marker);
        return true;
    case TCG_MARKER_DROP_FUTURE:
        LLVMBuildCall2(ctx->builder, tcg_drop_type(ctx),
                       tcg_async_of(ctx, LLVMGetOperand(marker, 1))->drop, &first, 1, "");
        replace(marker, NULL);
        return true;
    case TCG_MARKER_DESC:
        replace(marker, tcg_async_of(ctx, first)->desc);
        return true;
    case TCG_MARKER_BOX:
        lower_box(ctx, marker);
        return true;
    case TCG_MARKER_DROP_DYN:
        call_drop(ctx, first, LLVMGetOperand(marker, 1));
        replace(marker, NULL);
        return true;
    case TCG_MARKER_DROP_BOX:
        lower_drop_box(ctx, marker);
        return true;
    case TCG_MARKER_SPAWN:
        lower_spawn(ctx, function, marker, "tmlrt_spawn");
        return true;
    case TCG_MARKER_SPAWN_LOCAL:
        lower_spawn(ctx, function, marker, "tmlrt_spawn_local");
        return true;
    case TCG_MARKER_SPAWN_FUTURE:
        lower_spawn_future(ctx, marker);
        return true;
    default:
        return false;
    }
}
