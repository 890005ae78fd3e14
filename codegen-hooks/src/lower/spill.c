// SPDX-License-Identifier: Apache-2.0
// Values that cross a suspension get a home: an alloca written at the definition and at a
// resumption, read by other blocks. mem2reg turns homes back into registers, so on the ready path
// nothing is in memory; with no passes the code is correct as it stands. Recomputed addresses are
// cloned into the blocks that use them. One load or clone per block and value.
#include "codegen-hooks/src/lower/body.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/mutants.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

typedef struct {
    LLVMValueRef anchor; ///< everything is built before it: the block's first own instruction
    tcg_map index;       ///< value to its place in `values`
    tcg_values values;
} cache;

typedef struct {
    tcg_body* body;
    cache* caches;
} spiller;

static LLVMValueRef anchor_of(LLVMBasicBlockRef block) {
    LLVMValueRef first = LLVMGetFirstInstruction(block);
    while (LLVMIsAPHINode(first)) {
        first = LLVMGetNextInstruction(first);
    }
    return first;
}

static tcg_var* var_of(const tcg_body* body, LLVMValueRef value) {
    uint32_t index = tcg_map_get(&body->var_index, value);
    return index == TCG_ABSENT ? NULL : &body->vars[index];
}

static LLVMValueRef read_in(spiller* sp, LLVMBasicBlockRef block, LLVMValueRef value);

// recompute clones an address computation at the top of a block.
static LLVMValueRef recompute(spiller* sp, LLVMBasicBlockRef block, LLVMValueRef value) {
    tcg_body* body = sp->body;
    const tcg_var* var = var_of(body, value);
    int count = LLVMGetNumOperands(value);
    LLVMValueRef* operands = tcg_alloc(body->ctx, ((size_t)count + 1) * sizeof(*operands));
    for (int i = 0; i < count; i++) {
        operands[i] = read_in(sp, block, var->operands[i]);
    }
    LLVMValueRef clone = LLVMInstructionClone(value); // detached: nothing may fail until it is in
    for (int i = 0; i < count; i++) {
        LLVMSetOperand(clone, (unsigned)i, operands[i]);
    }
    cache* c = &sp->caches[tcg_map_get(&body->block_index, block)];
    LLVMPositionBuilderBefore(body->ctx->builder, c->anchor);
    LLVMSetCurrentDebugLocation2(body->ctx->builder, LLVMInstructionGetDebugLoc(value));
    tcg_insert(body->ctx, clone);
    return clone;
}

// read_in returns `value` as `block` may use it.
static LLVMValueRef read_in(spiller* sp, LLVMBasicBlockRef block, LLVMValueRef value) {
    tcg_body* body = sp->body;
    tcg_var* var = var_of(body, value);
    bool is_moved = var != NULL && var->kind == TCG_VAR_VALUE && var->block != block &&
                    (var->is_saved || var->is_recomputed);
    if (!is_moved) {
        return value;
    }
    cache* c = &sp->caches[tcg_map_get(&body->block_index, block)];
    uint32_t at = tcg_map_get(&c->index, value);
    if (at != TCG_ABSENT) {
        return c->values.items[at];
    }
    if (c->anchor == NULL) {
        c->anchor = anchor_of(block);
    }
    LLVMValueRef read = NULL;
    if (var->is_recomputed) {
        read = recompute(sp, block, value);
    } else {
        LLVMPositionBuilderBefore(body->ctx->builder, c->anchor);
        LLVMSetCurrentDebugLocation2(body->ctx->builder, NULL);
        read = LLVMBuildLoad2(body->ctx->builder, var->type, var->home, "");
    }
    tcg_map_put(body->ctx, &c->index, value, c->values.count);
    tcg_values_push(body->ctx, &c->values, read);
    return read;
}

static void rewrite_user(spiller* sp, LLVMValueRef user, LLVMValueRef value) {
    bool is_phi = LLVMIsAPHINode(user) != NULL;
    int count = is_phi ? (int)LLVMCountIncoming(user) : LLVMGetNumOperands(user);
    for (int i = 0; i < count; i++) {
        if (LLVMGetOperand(user, (unsigned)i) != value) {
            continue;
        }
        LLVMBasicBlockRef block =
            is_phi ? LLVMGetIncomingBlock(user, (unsigned)i) : LLVMGetInstructionParent(user);
        LLVMSetOperand(user, (unsigned)i, read_in(sp, block, value));
    }
}

// make_home adds the alloca of a saved value and the store behind its definition.
static void make_home(tcg_body* body, tcg_var* var) {
    tcg_ctx* ctx = body->ctx;
    tcg_at_end(ctx, body->dispatch, NULL);
    const char* name = tcg_name(var->value);
    name = tcg_format(ctx, "%s.home", *name != '\0' ? name : "v");
    var->home = LLVMBuildAlloca(ctx->builder, var->type, name);
    bool at_top = LLVMIsAArgument(var->value) || LLVMIsAPHINode(var->value);
    LLVMValueRef before = at_top ? anchor_of(var->block) : LLVMGetNextInstruction(var->value);
    LLVMPositionBuilderBefore(ctx->builder, before);
    LLVMSetCurrentDebugLocation2(ctx->builder, NULL);
    LLVMBuildStore(ctx->builder, var->value, var->home);
}

// note_operands keeps what a recomputed value is computed from: its own operands are about to
// become reads in its own block.
static void note_operands(tcg_body* body, tcg_var* var) {
    int count = LLVMGetNumOperands(var->value);
    var->operands = tcg_alloc(body->ctx, ((size_t)count + 1) * sizeof(*var->operands));
    for (int i = 0; i < count; i++) {
        var->operands[i] = LLVMGetOperand(var->value, (unsigned)i);
    }
}

void tcg_body_spill(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    spiller sp = {body, tcg_alloc(ctx, body->num_blocks * sizeof(cache))};
    tcg_values* users = tcg_alloc(ctx, (body->num_vars + 1) * sizeof(*users));
    for (uint32_t v = 0; v < body->num_vars; v++) {
        tcg_var* var = &body->vars[v];
        if (var->kind != TCG_VAR_VALUE || (!var->is_saved && !var->is_recomputed)) {
            continue;
        }
        if (var->is_recomputed) {
            note_operands(body, var);
        }
        for (LLVMUseRef use = LLVMGetFirstUse(var->value); use; use = LLVMGetNextUse(use)) {
            tcg_values_push(ctx, &users[v], LLVMGetUser(use));
        }
    }
    for (uint32_t v = 0; v < body->num_vars; v++) {
        if (body->vars[v].kind == TCG_VAR_VALUE && body->vars[v].is_saved) {
            make_home(body, &body->vars[v]);
        }
    }
    for (uint32_t v = 0; v < body->num_vars; v++) {
        for (uint32_t i = 0; i < users[v].count; i++) {
            rewrite_user(&sp, users[v].items[i], body->vars[v].value);
        }
    }
}

LLVMValueRef tcg_body_from_frame(tcg_body* body, LLVMValueRef value) {
    tcg_ctx* ctx = body->ctx;
    tcg_var* var = var_of(body, value);
    if (var != NULL && var->is_recomputed) {
        LLVMValueRef clone = LLVMInstructionClone(value);
        int count = LLVMGetNumOperands(value);
        for (int i = 0; i < count; i++) {
            LLVMSetOperand(clone, (unsigned)i, tcg_body_from_frame(body, var->operands[i]));
        }
        tcg_insert(ctx, clone);
        return clone;
    }
    if (var == NULL || !var->is_saved) {
        return value;
    }
    return tcg_load_at(ctx, var->type, body->frame, var->offset);
}

static void copy_var(tcg_body* body, const tcg_var* var, bool to_frame) {
    tcg_ctx* ctx = body->ctx;
    LLVMValueRef slot = tcg_at(ctx, body->frame, var->offset);
    LLVMValueRef from = to_frame ? var->home : slot;
    LLVMValueRef to = to_frame ? slot : var->home;
    if (var->by_copy) {
        LLVMBuildMemCpy(ctx->builder, to, var->align, from, var->align, tcg_i64(ctx, var->size));
        return;
    }
    LLVMBuildStore(ctx->builder, LLVMBuildLoad2(ctx->builder, var->type, from, ""), to);
}

static void copy_live(tcg_body* body, const tcg_suspend* s, bool to_frame) {
    bool skip =
        (to_frame && TCG_MUTANT(SAVE_SKIPS_ONE)) || (!to_frame && TCG_MUTANT(RESTORE_SKIPS_ONE));
    for (uint32_t v = 0; v < body->num_vars; v++) {
        if ((s->live[v / 64] >> (v % 64) & 1) != 0 && body->vars[v].is_saved) {
            if (!skip) {
                copy_var(body, &body->vars[v], to_frame);
            }
            skip = false;
        }
    }
}

void tcg_body_save(tcg_body* body, const tcg_suspend* s) {
    copy_live(body, s, true);
}

void tcg_body_restore(tcg_body* body, const tcg_suspend* s) {
    copy_live(body, s, false);
}
