// SPDX-License-Identifier: Apache-2.0
// Expansion of the suspensions of a body: for suspension k
//   head    first poll; READY (2000:1) goes on, PENDING goes to pend
//   pend    save what is live, state = k, return PENDING: the only place that writes the frame
//   resume  poll again; still PENDING returns without touching a slot; READY restores and goes on
//   drop    drop the child; with a dropped() marker restore and run the compiler's cleanup
// and a dispatch block that picks entry, resume or drop by `state` and `isdrop`. Both are constants
// in start and drop, so inlining prunes each entry to its own part: that replaces cloning, which
// LLVM-C does not have.
#include "codegen-hooks/src/lower/body.h"

#include <tmlrt/abi/future.h>
#include <tmlrt/abi/poll.h>

#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/mutants.h"

#include <assert.h>
#include <stddef.h>

static LLVMBasicBlockRef new_block(tcg_body* body, const char* name, uint32_t state) {
    return LLVMAppendBasicBlockInContext(body->ctx->context, body->fn,
                                         tcg_format(body->ctx, "%s.%u", name, state));
}

// still_pending writes the state back, because poll has set it to POISONED; no slot is touched.
static LLVMBasicBlockRef still_pending(tcg_body* body) {
    if (body->still_pending == NULL) {
        tcg_ctx* ctx = body->ctx;
        body->still_pending =
            LLVMAppendBasicBlockInContext(ctx->context, body->fn, "still.pending");
        LLVMBuilderRef builder = LLVMCreateBuilderInContext(ctx->context);
        LLVMPositionBuilderAtEnd(builder, body->still_pending);
        static_assert(offsetof(tmlrt_frame, state) == 0, "the frame begins with its state");
        LLVMBuildStore(builder, body->state, body->frame);
        LLVMBuildRet(builder, tcg_i32(ctx, TMLRT_PENDING));
        LLVMDisposeBuilder(builder);
    }
    return body->still_pending;
}

// load_result moves what a poll wrote through the out slot to where the code behind reads it.
static void load_result(tcg_body* body, const tcg_suspend* s) {
    if (s->result != s->out_slot && !TCG_MUTANT(OUTPUT_LOST)) {
        LLVMValueRef value = LLVMBuildLoad2(body->ctx->builder, s->child->output, s->out_slot, "");
        LLVMBuildStore(body->ctx->builder, value, s->result);
    }
}

static LLVMValueRef build_is_ready(tcg_ctx* ctx, LLVMValueRef status) {
    return LLVMBuildICmp(ctx->builder, LLVMIntEQ, status, tcg_i32(ctx, TMLRT_READY), "");
}

// head_await builds the first poll and the two ways on.
static void head_await(tcg_body* body, tcg_suspend* s, tcg_child* out_child) {
    tcg_ctx* ctx = body->ctx;
    LLVMValueRef status = tcg_child_start(body, s, out_child);
    LLVMValueRef is_ready = build_is_ready(ctx, status);
    bool has_more = out_child->arena != NULL;
    LLVMBasicBlockRef ready = has_more ? new_block(body, "ready", s->state) : s->cont;
    tcg_weigh(ctx, LLVMBuildCondBr(ctx->builder, is_ready, ready, s->pend), 2000, 1);
    if (has_more) {
        tcg_at_end(ctx, ready, s->location);
        if (s->kind == TCG_SUSPEND_OPAQUE) {
            load_result(body, s);
        }
        tcg_child_done(body, out_child);
        LLVMBuildBr(ctx->builder, s->cont);
    }
}

// head_coop spends one unit of the budget, and yields when there is none.
static void head_coop(tcg_body* body, tcg_suspend* s) {
    tcg_ctx* ctx = body->ctx;
    size_t at = offsetof(tmlrt_context, budget);
    LLVMValueRef budget = tcg_load_at(ctx, ctx->i32, body->cx, at);
    LLVMValueRef has_some = LLVMBuildICmp(ctx->builder, LLVMIntNE, budget, tcg_i32(ctx, 0), "");
    LLVMBasicBlockRef spend = new_block(body, "spend", s->state);
    LLVMBasicBlockRef yield = new_block(body, "yield", s->state);
    tcg_weigh(ctx, LLVMBuildCondBr(ctx->builder, has_some, spend, yield), 2000, 1);
    tcg_at_end(ctx, spend, s->location);
    LLVMValueRef left = LLVMBuildSub(ctx->builder, budget, tcg_i32(ctx, 1), "");
    tcg_store_at(ctx, left, body->cx, at);
    LLVMBuildBr(ctx->builder, s->cont);
    tcg_at_end(ctx, yield, s->location);
    tcg_call_func(ctx, "tmlrt_coop_yield", &body->cx, 1);
    LLVMBuildBr(ctx->builder, TCG_MUTANT(BUDGET_FREE) ? s->cont : s->pend);
}

static void build_pend(tcg_body* body, tcg_suspend* s, const tcg_child* child) {
    tcg_ctx* ctx = body->ctx;
    tcg_at_end(ctx, s->pend, s->location);
    tcg_body_save(body, s);
    tcg_child_keep(body, child);
    tcg_store_at(ctx, tcg_i32(ctx, s->state), body->frame, offsetof(tmlrt_frame, state));
    LLVMBuildRet(ctx->builder, tcg_i32(ctx, TMLRT_PENDING));
}

static void build_resume(tcg_body* body, tcg_suspend* s) {
    tcg_ctx* ctx = body->ctx;
    tcg_at_end(ctx, s->resume, s->location);
    if (s->kind != TCG_SUSPEND_PLAIN && s->kind != TCG_SUSPEND_COOP) {
        tcg_child child;
        LLVMValueRef status = tcg_child_resume(body, s, &child);
        LLVMBasicBlockRef resumed = new_block(body, "resumed", s->state);
        LLVMBuildCondBr(ctx->builder, build_is_ready(ctx, status), resumed, still_pending(body));
        tcg_at_end(ctx, resumed, s->location);
        load_result(body, s);
        tcg_child_done(body, &child);
    }
    tcg_body_restore(body, s);
    LLVMBuildBr(ctx->builder, s->cont);
}

static void build_drop(tcg_body* body, tcg_suspend* s) {
    tcg_ctx* ctx = body->ctx;
    tcg_at_end(ctx, s->drop, s->location);
    if (s->kind != TCG_SUSPEND_PLAIN && s->kind != TCG_SUSPEND_COOP) {
        if (!TCG_MUTANT(CHILD_NOT_DROPPED)) {
            tcg_child_drop(body, s);
        }
    }
    if (s->has_dropped) {
        if (!TCG_MUTANT(DROP_RESTORES_NOTHING)) {
            tcg_body_restore(body, s);
        }
        LLVMBuildBr(ctx->builder, s->cont);
    } else {
        LLVMBuildRet(ctx->builder, tcg_i32(ctx, TMLRT_READY));
    }
}

static void expand_one(tcg_body* body, tcg_suspend* s) {
    tcg_ctx* ctx = body->ctx;
    s->pend = new_block(body, "pend", s->state);
    s->resume = new_block(body, "resume", s->state);
    s->drop = new_block(body, "drop", s->state);
    tcg_child child = {0};
    LLVMInstructionEraseFromParent(LLVMGetBasicBlockTerminator(s->head));
    tcg_at_end(ctx, s->head, s->location);
    if (s->kind == TCG_SUSPEND_PLAIN) {
        LLVMBuildBr(ctx->builder, s->pend);
    } else if (s->kind == TCG_SUSPEND_COOP) {
        head_coop(body, s);
    } else {
        head_await(body, s, &child);
    }
    LLVMInstructionEraseFromParent(s->marker);
    build_pend(body, s, &child);
    build_resume(body, s);
    build_drop(body, s);
}

static const tcg_suspend* suspend_at(const tcg_body* body, uint32_t index) {
    return &body->suspends[index % body->num_suspends];
}

static void build_dispatch(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    LLVMBasicBlockRef go = LLVMInsertBasicBlockInContext(ctx->context, body->entry, "go");
    LLVMBasicBlockRef drop = LLVMInsertBasicBlockInContext(ctx->context, body->entry, "dropping");
    LLVMBasicBlockRef bad = LLVMAppendBasicBlockInContext(ctx->context, body->fn, "no.such.state");
    tcg_at_end(ctx, body->dispatch, NULL);
    LLVMBuildCondBr(ctx->builder, body->is_drop, drop, go);
    tcg_at_end(ctx, go, NULL);
    LLVMValueRef enter = LLVMBuildSwitch(ctx->builder, body->state, bad, body->num_suspends + 1);
    LLVMAddCase(enter, tcg_i32(ctx, 0), body->entry);
    tcg_at_end(ctx, drop, NULL);
    LLVMValueRef leave = LLVMBuildSwitch(ctx->builder, body->state, bad, body->num_suspends);
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        LLVMAddCase(enter, tcg_i32(ctx, body->suspends[k].state),
                    suspend_at(body, TCG_MUTANT(WRONG_RESUME) ? k + 1 : k)->resume);
        LLVMAddCase(leave, tcg_i32(ctx, body->suspends[k].state),
                    suspend_at(body, TCG_MUTANT(WRONG_DROP) ? k + 1 : k)->drop);
    }
    tcg_at_end(ctx, bad, NULL);
    LLVMBuildUnreachable(ctx->builder);
}

void tcg_body_expand(tcg_body* body) {
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        expand_one(body, &body->suspends[k]);
    }
    build_dispatch(body);
}
