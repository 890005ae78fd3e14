// SPDX-License-Identifier: Apache-2.0
// Cutting blocks at suspensions.
//
// LLVM-C can neither split a block nor edit a phi. A block is therefore cut at its front: what lies
// before the cut moves to a new block, predecessors are redirected there, and the old block keeps
// its terminator, so that every phi that names it stays right. After the split each suspending
// marker is the last instruction of its block before a branch.
#include "codegen-hooks/src/lower/body.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/marker.h"

#include <llvm-c/DebugInfo.h>

// drop_incoming rebuilds the phis of `block` without incoming edges from unreachable blocks.
static void drop_incoming(tcg_ctx* ctx, LLVMBasicBlockRef block, const tcg_map* reachable) {
    LLVMValueRef next = NULL;
    for (LLVMValueRef phi = LLVMGetFirstInstruction(block); phi != NULL && LLVMIsAPHINode(phi);
         phi = next) {
        next = LLVMGetNextInstruction(phi);
        unsigned count = LLVMCountIncoming(phi);
        unsigned kept = 0;
        for (unsigned i = 0; i < count; i++) {
            kept += tcg_map_get(reachable, LLVMGetIncomingBlock(phi, i)) != TCG_ABSENT;
        }
        if (kept == count) {
            continue;
        }
        LLVMPositionBuilderBefore(ctx->builder, phi);
        LLVMValueRef other = LLVMBuildPhi(ctx->builder, LLVMTypeOf(phi), "");
        for (unsigned i = 0; i < count; i++) {
            LLVMBasicBlockRef from = LLVMGetIncomingBlock(phi, i);
            LLVMValueRef value = LLVMGetIncomingValue(phi, i);
            if (tcg_map_get(reachable, from) != TCG_ABSENT) {
                LLVMAddIncoming(other, &value, &from, 1);
            }
        }
        LLVMReplaceAllUsesWith(phi, other);
        LLVMInstructionEraseFromParent(phi);
    }
}

static void mark_reachable(tcg_ctx* ctx, LLVMValueRef function, tcg_map* reachable) {
    tcg_values todo = {0};
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(function);
    tcg_map_put(ctx, reachable, entry, 1);
    tcg_values_push(ctx, &todo, LLVMBasicBlockAsValue(entry));
    while (todo.count != 0) {
        LLVMBasicBlockRef block = LLVMValueAsBasicBlock(todo.items[--todo.count]);
        LLVMValueRef terminator = LLVMGetBasicBlockTerminator(block);
        unsigned count = LLVMGetNumSuccessors(terminator);
        for (unsigned i = 0; i < count; i++) {
            LLVMBasicBlockRef to = LLVMGetSuccessor(terminator, i);
            if (tcg_map_get(reachable, to) == TCG_ABSENT) {
                tcg_map_put(ctx, reachable, to, 1);
                tcg_values_push(ctx, &todo, LLVMBasicBlockAsValue(to));
            }
        }
    }
}

void tcg_remove_unreachable(tcg_ctx* ctx, LLVMValueRef function) {
    tcg_map reachable = {0};
    mark_reachable(ctx, function, &reachable);
    tcg_values dead = {0};
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b)) {
        if (tcg_map_get(&reachable, b) == TCG_ABSENT) {
            tcg_values_push(ctx, &dead, LLVMBasicBlockAsValue(b));
        }
    }
    if (dead.count == 0) {
        return;
    }
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b)) {
        if (tcg_map_get(&reachable, b) != TCG_ABSENT) {
            drop_incoming(ctx, b, &reachable);
        }
    }
    for (uint32_t i = 0; i < dead.count; i++) {
        LLVMBasicBlockRef b = LLVMValueAsBasicBlock(dead.items[i]);
        for (LLVMValueRef k = LLVMGetFirstInstruction(b); k != NULL;
             k = LLVMGetNextInstruction(k)) {
            if (LLVMGetFirstUse(k) != NULL) {
                LLVMReplaceAllUsesWith(k, LLVMGetPoison(LLVMTypeOf(k)));
            }
        }
    }
    for (uint32_t i = 0; i < dead.count; i++) {
        LLVMBasicBlockRef b = LLVMValueAsBasicBlock(dead.items[i]);
        while (LLVMGetLastInstruction(b) != NULL) {
            LLVMInstructionEraseFromParent(LLVMGetLastInstruction(b));
        }
    }
    for (uint32_t i = 0; i < dead.count; i++) {
        LLVMDeleteBasicBlock(LLVMValueAsBasicBlock(dead.items[i]));
    }
}

// redirect lets every terminator that branches to `from` branch to `to`, and every blockaddress of
// `from` mean `to`.
static void redirect(tcg_ctx* ctx, LLVMBasicBlockRef from, LLVMBasicBlockRef to) {
    tcg_values users = {0};
    for (LLVMUseRef use = LLVMGetFirstUse(LLVMBasicBlockAsValue(from)); use != NULL;
         use = LLVMGetNextUse(use)) {
        LLVMValueRef user = LLVMGetUser(use);
        if (LLVMIsAInstruction(user) || LLVMIsABlockAddress(user)) {
            tcg_values_push(ctx, &users, user);
        }
    }
    for (uint32_t i = 0; i < users.count; i++) {
        if (LLVMIsABlockAddress(users.items[i])) {
            LLVMValueRef address = LLVMBlockAddress(LLVMGetBasicBlockParent(to), to);
            LLVMReplaceAllUsesWith(users.items[i], address);
            continue;
        }
        unsigned count = LLVMGetNumSuccessors(users.items[i]);
        for (unsigned k = 0; k < count; k++) {
            if (LLVMGetSuccessor(users.items[i], k) == from) {
                LLVMSetSuccessor(users.items[i], k, to);
            }
        }
    }
}

LLVMBasicBlockRef tcg_cut_after(tcg_ctx* ctx, LLVMValueRef instruction) {
    LLVMBasicBlockRef block = LLVMGetInstructionParent(instruction);
    LLVMBasicBlockRef head = LLVMInsertBasicBlockInContext(ctx->context, block, "");
    redirect(ctx, block, head);
    LLVMPositionBuilderAtEnd(ctx->builder, head);
    LLVMSetCurrentDebugLocation2(ctx->builder, NULL);
    LLVMValueRef moved = NULL;
    do {
        moved = LLVMGetFirstInstruction(block);
        tcg_move(ctx, moved);
    } while (moved != instruction);
    LLVMSetCurrentDebugLocation2(ctx->builder, LLVMInstructionGetDebugLoc(instruction));
    LLVMBuildBr(ctx->builder, block);
    return head;
}

static tcg_suspend_kind kind_of(const tcg_body* body, const tcg_suspend* s, tcg_marker_kind kind) {
    switch (kind) {
    case TCG_MARKER_SUSPEND:
        return TCG_SUSPEND_PLAIN;
    case TCG_MARKER_COOP:
        return TCG_SUSPEND_COOP;
    case TCG_MARKER_AWAIT_FUTURE:
        return TCG_SUSPEND_FUTURE;
    case TCG_MARKER_AWAIT_DYN:
        return TCG_SUSPEND_DYN;
    default:
        break;
    }
    if (s->child->is_defined && s->child->scc == body->async->scc) {
        return TCG_SUSPEND_ARENA;
    }
    return s->child->is_sized ? TCG_SUSPEND_AWAIT : TCG_SUSPEND_OPAQUE;
}

// place_result gives an await its result slots and lets the code behind it read them. In-register
// outputs have two: the one whose address a later poll needs would keep the ready path in memory.
static void place_result(tcg_body* body, tcg_suspend* s) {
    tcg_ctx* ctx = body->ctx;
    if (s->child == NULL || s->kind == TCG_SUSPEND_FUTURE || s->child->output == ctx->void_type) {
        return;
    }
    LLVMTypeRef type = s->child->output;
    tcg_at_end(ctx, body->dispatch, NULL);
    s->out_slot = LLVMBuildAlloca(ctx->builder, type, "await.out");
    s->result =
        s->child->in_registers ? LLVMBuildAlloca(ctx->builder, type, "await.result") : s->out_slot;
    tcg_at_top(ctx, s->cont);
    if (s->child->sret != TCG_ABSENT) {
        uint32_t align = tcg_type_align(ctx, type);
        tcg_copy(ctx, type, LLVMGetOperand(s->marker, s->child->sret), 1, s->result, align);
        LLVMSetOperand(s->marker, s->child->sret, LLVMGetPoison(ctx->ptr));
    } else if (LLVMGetFirstUse(s->marker) != NULL) {
        LLVMReplaceAllUsesWith(s->marker, LLVMBuildLoad2(ctx->builder, type, s->result, ""));
    }
}

static void split_one(tcg_body* body, tcg_suspend* s) {
    tcg_ctx* ctx = body->ctx;
    tcg_marker_kind kind = tcg_marker_of(s->marker);
    if (kind == TCG_MARKER_AWAIT) {
        s->child = tcg_async_of(ctx, LLVMGetCalledValue(s->marker));
    } else if (kind == TCG_MARKER_AWAIT_FUTURE) {
        s->child = tcg_async_of(ctx, LLVMGetOperand(s->marker, 1));
    }
    s->kind = kind_of(body, s, kind);
    s->location = tcg_debug_location(ctx, s->marker, body->async->subprogram);
    LLVMValueRef next = LLVMGetNextInstruction(s->marker);
    while (tcg_is_debug(next)) {
        next = LLVMGetNextInstruction(next);
    }
    s->cont = LLVMGetInstructionParent(s->marker);
    s->head = tcg_cut_after(ctx, s->marker);
    if (tcg_marker_of(next) == TCG_MARKER_DROPPED) {
        // Only cleanup code runs in a drop, so the entry's own flag answers for every suspension.
        s->has_dropped = true;
        LLVMReplaceAllUsesWith(next, body->is_drop);
        LLVMInstructionEraseFromParent(next);
    }
    place_result(body, s);
}

// tcg_body_note_operands keeps what a later poll needs. After pinning, before spilling.
void tcg_body_note_operands(tcg_body* body) {
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        tcg_suspend* s = &body->suspends[k];
        if (s->kind == TCG_SUSPEND_FUTURE) {
            s->operands[0] = LLVMGetOperand(s->marker, 0);
            s->operands[1] = LLVMGetOperand(s->marker, 2);
            s->num_operands = 2;
        } else if (s->kind == TCG_SUSPEND_DYN) {
            for (uint32_t i = 0; i < 3; i++) {
                s->operands[i] = LLVMGetOperand(s->marker, i);
            }
            s->num_operands = 3;
        }
    }
}

void tcg_body_split(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    body->suspends = tcg_alloc(ctx, (body->num_suspends + 1) * sizeof(*body->suspends));
    uint32_t count = 0;
    for (LLVMBasicBlockRef b = body->entry; b != NULL; b = LLVMGetNextBasicBlock(b)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL;
             i = LLVMGetNextInstruction(i)) {
            if (tcg_marker_suspends(tcg_marker_of(i))) {
                body->suspends[count].marker = i;
                body->suspends[count].state = count + 1;
                count++;
            }
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        split_one(body, &body->suspends[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        // A later cut of the same block has put another head behind this one.
        tcg_suspend* s = &body->suspends[i];
        s->cont = LLVMGetSuccessor(LLVMGetBasicBlockTerminator(s->head), 0);
    }
    body->entry = LLVMGetNextBasicBlock(body->dispatch);
    for (LLVMBasicBlockRef b = body->entry; b != NULL; b = LLVMGetNextBasicBlock(b)) {
        body->num_blocks++;
    }
    body->blocks = tcg_alloc(ctx, body->num_blocks * sizeof(*body->blocks));
    uint32_t index = 0;
    for (LLVMBasicBlockRef b = body->entry; b != NULL; b = LLVMGetNextBasicBlock(b)) {
        tcg_map_put(ctx, &body->block_index, b, index);
        body->blocks[index++] = b;
    }
}
