// SPDX-License-Identifier: Apache-2.0
// The first poll of an async function that a marker names, on a frame that is there already: what
// an await in a body (child.c) and a block_on in a plain function (block_on.c) have in common. The
// size of the frame is known and `start` is called with the arguments, or only the descriptor knows
// it: then the frame comes from an arena, the arguments are stored in it and `poll` is called.
#include "codegen-hooks/src/lower/body.h"

#include <tmlrt/abi/future.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/ir.h"

#include <stddef.h>

LLVMValueRef tcg_poll_by_desc(tcg_ctx* ctx, LLVMValueRef desc, LLVMValueRef frame, LLVMValueRef cx,
                              LLVMValueRef out) {
    LLVMValueRef poll = tcg_desc_load(ctx, ctx->ptr, desc, offsetof(tmlrt_future_desc, poll));
    LLVMValueRef args[] = {frame, cx, out};
    return LLVMBuildCall2(ctx->builder, tcg_step_type(ctx), poll, args, 3, "");
}

LLVMValueRef tcg_arena_push_desc(tcg_ctx* ctx, LLVMValueRef arena, LLVMValueRef desc) {
    LLVMValueRef size = tcg_desc_load(ctx, ctx->i64, desc, offsetof(tmlrt_future_desc, frame_size));
    LLVMValueRef align =
        tcg_desc_load(ctx, ctx->i64, desc, offsetof(tmlrt_future_desc, frame_align));
    return tcg_arena_push(ctx, arena, size, align);
}

LLVMValueRef tcg_first_poll_by_desc(tcg_ctx* ctx, const tcg_async* async, LLVMValueRef marker,
                                    LLVMValueRef frame, LLVMValueRef cx, LLVMValueRef out) {
    LLVMValueRef* args = tcg_alloc(ctx, (async->num_args + 1) * sizeof(*args));
    tcg_call_args(async, marker, 0, args);
    tcg_store_args(ctx, async, frame, args);
    return tcg_poll_by_desc(ctx, async->desc, frame, cx, out);
}

LLVMValueRef tcg_first_poll(tcg_ctx* ctx, const tcg_async* async, LLVMValueRef marker,
                            LLVMValueRef frame, LLVMValueRef cx, LLVMValueRef out,
                            LLVMValueRef result) {
    LLVMValueRef* args = tcg_alloc(ctx, (async->num_args + 3) * sizeof(*args));
    uint32_t count = 0;
    args[count++] = frame;
    args[count++] = cx;
    if (async->output != ctx->void_type && !async->in_registers) {
        args[count++] = out;
    }
    tcg_call_args(async, marker, 0, args + count);
    LLVMValueRef status = LLVMBuildCall2(ctx->builder, async->start_type, async->start, args,
                                         count + async->num_args, "");
    if (async->in_registers) {
        LLVMBuildStore(ctx->builder, LLVMBuildExtractValue(ctx->builder, status, 1, ""), result);
        status = LLVMBuildExtractValue(ctx->builder, status, 0, "");
    }
    return status;
}
