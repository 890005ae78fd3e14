// SPDX-License-Identifier: Apache-2.0
// How a suspension polls what it waits for. Five strategies, one per tcg_suspend_kind with a child:
//   AWAIT   frame inside ours, entries called directly     ARENA   the same, frame from the arena
//   OPAQUE  frame from the arena, driven by its descriptor because only that knows the size
//   FUTURE  the caller's frame, entries called directly    DYN     the caller's frame and
//   descriptor
// Arena frames are pushed and popped inline (context.h has the rule); the parent's frame keeps
// {child, arena}, because a drop has no context.
#include "codegen-hooks/src/lower/body.h"

#include <tmlrt/abi/future.h>
#include <tmlrt/abi/poll.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/mutants.h"

#include <stddef.h>

static LLVMBasicBlockRef append_block(tcg_ctx* ctx, const char* name) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(ctx->builder);
    LLVMBasicBlockRef block =
        LLVMAppendBasicBlockInContext(ctx->context, LLVMGetBasicBlockParent(here), name);
    LLVMMoveBasicBlockAfter(block, here);
    return block;
}

LLVMValueRef tcg_arena_push(tcg_ctx* ctx, LLVMValueRef arena, LLVMValueRef size,
                            LLVMValueRef align) {
    LLVMBuilderRef b = ctx->builder;
    LLVMMetadataRef location = LLVMGetCurrentDebugLocation2(b);
    LLVMValueRef cur = tcg_load_at(ctx, ctx->ptr, arena, offsetof(tmlrt_arena, cur));
    LLVMValueRef end = tcg_load_at(ctx, ctx->ptr, arena, offsetof(tmlrt_arena, end));
    LLVMValueRef at = LLVMBuildPtrToInt(b, cur, ctx->i64, "");
    LLVMValueRef mask = LLVMBuildSub(b, align, tcg_i64(ctx, 1), "");
    LLVMValueRef up = LLVMBuildAdd(b, at, mask, "");
    up = LLVMBuildAnd(b, up, LLVMBuildNot(b, mask, ""), "");
    LLVMValueRef pad = LLVMBuildSub(b, up, at, "");
    LLVMValueRef frame = LLVMBuildGEP2(b, ctx->i8, cur, &pad, 1, "");
    LLVMValueRef next = LLVMBuildGEP2(b, ctx->i8, frame, &size, 1, "");
    LLVMValueRef fits = LLVMBuildICmp(b, LLVMIntULE, next, end, "");
    LLVMBasicBlockRef done = append_block(ctx, "arena.pushed");
    LLVMBasicBlockRef slow = append_block(ctx, "arena.grow");
    LLVMBasicBlockRef fast = append_block(ctx, "arena.push");
    tcg_weigh(ctx, LLVMBuildCondBr(b, fits, fast, slow), 2000, 1);
    tcg_at_end(ctx, fast, location);
    tcg_store_at(ctx, next, arena, offsetof(tmlrt_arena, cur));
    LLVMBuildBr(b, done);
    tcg_at_end(ctx, slow, location);
    LLVMValueRef args[] = {arena, size, align};
    LLVMValueRef grown = tcg_call_func(ctx, "tmlrt_arena_grow", args, 3);
    LLVMBuildBr(b, done);
    tcg_at_end(ctx, done, location);
    LLVMValueRef result = LLVMBuildPhi(b, ctx->ptr, "child");
    LLVMValueRef values[] = {frame, grown};
    LLVMBasicBlockRef blocks[] = {fast, slow};
    LLVMAddIncoming(result, values, blocks, 2);
    return result;
}

static void arena_pop(tcg_ctx* ctx, LLVMValueRef arena, LLVMValueRef frame) {
    LLVMBuilderRef b = ctx->builder;
    LLVMMetadataRef location = LLVMGetCurrentDebugLocation2(b);
    LLVMValueRef base = tcg_load_at(ctx, ctx->ptr, arena, offsetof(tmlrt_arena, base));
    LLVMValueRef end = tcg_load_at(ctx, ctx->ptr, arena, offsetof(tmlrt_arena, end));
    LLVMValueRef is_here = LLVMBuildAnd(b, LLVMBuildICmp(b, LLVMIntULE, base, frame, ""),
                                        LLVMBuildICmp(b, LLVMIntULT, frame, end, ""), "");
    LLVMBasicBlockRef done = append_block(ctx, "arena.popped");
    LLVMBasicBlockRef slow = append_block(ctx, "arena.pop.slow");
    LLVMBasicBlockRef fast = append_block(ctx, "arena.pop");
    tcg_weigh(ctx, LLVMBuildCondBr(b, is_here, fast, slow), 2000, 1);
    tcg_at_end(ctx, fast, location);
    if (!TCG_MUTANT(NO_ARENA_POP)) {
        LLVMValueRef cur = TCG_MUTANT(POPS_TOO_MUCH) ? base : frame;
        tcg_store_at(ctx, cur, arena, offsetof(tmlrt_arena, cur));
    }
    LLVMBuildBr(b, done);
    tcg_at_end(ctx, slow, location);
    LLVMValueRef args[] = {arena, frame};
    tcg_call_func(ctx, "tmlrt_arena_pop", args, 2);
    LLVMBuildBr(b, done);
    tcg_at_end(ctx, done, location);
}

static LLVMValueRef out_of(tcg_body* body, const tcg_suspend* s) {
    return s->out_slot != NULL ? s->out_slot : tcg_null(body->ctx);
}

static LLVMValueRef call_step(tcg_body* body, LLVMValueRef step, LLVMValueRef frame,
                              LLVMValueRef out) {
    LLVMValueRef args[] = {frame, body->cx, out};
    return LLVMBuildCall2(body->ctx->builder, tcg_step_type(body->ctx), step, args, 3, "");
}

static LLVMValueRef poll_of(tcg_body* body, LLVMValueRef desc, LLVMValueRef frame,
                            LLVMValueRef out) {
    return tcg_poll_by_desc(body->ctx, desc, frame, body->cx, out);
}

// call_start calls the child's start and leaves its output in the result slot.
static LLVMValueRef call_start(tcg_body* body, tcg_suspend* s, LLVMValueRef frame) {
    return tcg_first_poll(body->ctx, s->child, s->marker, frame, body->cx, s->out_slot, s->result);
}

static LLVMValueRef frame_here(tcg_body* body) {
    return tcg_at(body->ctx, body->frame, body->child_offset);
}

LLVMValueRef tcg_child_start(tcg_body* body, tcg_suspend* s, tcg_child* out_child) {
    tcg_ctx* ctx = body->ctx;
    *out_child = (tcg_child){0};
    if (s->kind == TCG_SUSPEND_FUTURE) {
        return call_step(body, s->child->poll, LLVMGetOperand(s->marker, 0),
                         LLVMGetOperand(s->marker, 2));
    }
    if (s->kind == TCG_SUSPEND_DYN) {
        return poll_of(body, LLVMGetOperand(s->marker, 1), LLVMGetOperand(s->marker, 0),
                       LLVMGetOperand(s->marker, 2));
    }
    if (s->kind == TCG_SUSPEND_AWAIT) {
        out_child->frame = frame_here(body);
        return call_start(body, s, out_child->frame);
    }
    out_child->arena = tcg_load_at(ctx, ctx->ptr, body->cx, offsetof(tmlrt_context, arena));
    out_child->frame = tcg_arena_push_desc(ctx, out_child->arena, s->child->desc);
    if (s->kind == TCG_SUSPEND_OPAQUE) {
        return tcg_first_poll_by_desc(ctx, s->child, s->marker, out_child->frame, body->cx,
                                      out_of(body, s));
    }
    return call_start(body, s, out_child->frame);
}

void tcg_child_keep(tcg_body* body, const tcg_child* child) {
    if (child->arena != NULL) {
        tcg_store_at(body->ctx, child->frame, body->frame, body->child_offset);
        tcg_store_at(body->ctx, child->arena, body->frame, body->child_offset + sizeof(void*));
    }
}

// find_child builds the way back to a suspended child's frame.
static void find_child(tcg_body* body, const tcg_suspend* s, tcg_child* out_child) {
    tcg_ctx* ctx = body->ctx;
    *out_child = (tcg_child){0};
    switch (s->kind) {
    case TCG_SUSPEND_FUTURE:
    case TCG_SUSPEND_DYN:
        out_child->frame = tcg_body_from_frame(body, s->operands[0]);
        break;
    case TCG_SUSPEND_ARENA:
    case TCG_SUSPEND_OPAQUE:
        out_child->frame = tcg_load_at(ctx, ctx->ptr, body->frame, body->child_offset);
        out_child->arena =
            tcg_load_at(ctx, ctx->ptr, body->frame, body->child_offset + sizeof(void*));
        break;
    default:
        out_child->frame = frame_here(body);
        break;
    }
}

LLVMValueRef tcg_child_resume(tcg_body* body, tcg_suspend* s, tcg_child* out_child) {
    find_child(body, s, out_child);
    switch (s->kind) {
    case TCG_SUSPEND_FUTURE:
        return call_step(body, s->child->poll, out_child->frame,
                         tcg_body_from_frame(body, s->operands[1]));
    case TCG_SUSPEND_DYN:
        return poll_of(body, tcg_body_from_frame(body, s->operands[1]), out_child->frame,
                       tcg_body_from_frame(body, s->operands[2]));
    case TCG_SUSPEND_OPAQUE:
        return poll_of(body, s->child->desc, out_child->frame, out_of(body, s));
    default:
        return call_step(body, s->child->resume, out_child->frame, out_of(body, s));
    }
}

void tcg_child_done(tcg_body* body, const tcg_child* child) {
    if (child->arena != NULL) {
        arena_pop(body->ctx, child->arena, child->frame);
    }
}

void tcg_child_drop(tcg_body* body, tcg_suspend* s) {
    tcg_ctx* ctx = body->ctx;
    tcg_child child;
    find_child(body, s, &child);
    LLVMValueRef drop = NULL;
    if (s->kind == TCG_SUSPEND_DYN || s->kind == TCG_SUSPEND_OPAQUE) {
        LLVMValueRef desc = s->kind == TCG_SUSPEND_OPAQUE
                                ? s->child->desc
                                : tcg_body_from_frame(body, s->operands[1]);
        drop = tcg_desc_load(ctx, ctx->ptr, desc, offsetof(tmlrt_future_desc, drop));
    } else {
        drop = s->child->drop;
    }
    LLVMBuildCall2(ctx->builder, tcg_drop_type(ctx), drop, &child.frame, 1, "");
    tcg_child_done(body, &child);
}
