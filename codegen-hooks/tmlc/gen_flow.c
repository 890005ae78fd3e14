// SPDX-License-Identifier: Apache-2.0
// Control flow: blocks, if, loops, return; and where scopes end.
#include "codegen-hooks/tmlc/gen.h"

void gen_statement(gen* g, hir* node) {
    uint32_t scope = gen_scope(g);
    LLVMValueRef value = gen_value(g, node);
    if (value != NULL && !gen_is_terminated(g)) {
        bool is_place =
            node->kind == HIR_LOCAL || node->kind == HIR_FIELD || node->kind == HIR_DEREF;
        if (ty_needs_drop(g->prog, node->type) && (!is_place || node->is_move)) {
            LLVMValueRef place = gen_alloca(g, gen_type(g, node->type), "unused");
            gen_store(g, value, place);
            gen_drop(g, node->type, place);
        } else {
            gen_own_str(g, node, value);
        }
    }
    gen_scope_end(g, scope);
}

void gen_scoped(gen* g, hir* node, LLVMValueRef slot) {
    uint32_t scope = gen_scope(g);
    LLVMValueRef value = gen_value(g, node);
    if (slot != NULL && value != NULL && node->type->kind != TY_NEVER) {
        gen_store(g, value, slot);
    } else if (slot == NULL && value != NULL && ty_needs_drop(g->prog, node->type)) {
        LLVMValueRef place = gen_alloca(g, gen_type(g, node->type), "unused");
        gen_store(g, value, place);
        gen_drop(g, node->type, place);
    } else if (slot == NULL) {
        gen_own_str(g, node, value);
    }
    gen_scope_end(g, scope);
}

LLVMValueRef gen_block_value(gen* g, hir* node) {
    uint32_t scope = gen_scope(g);
    LLVMValueRef value = NULL;
    for (uint32_t i = 0; i < node->list.len; i++) {
        hir* item = node->list.items[i];
        if (node->has_value && i + 1 == node->list.len) {
            value = gen_value(g, item);
        } else if (item->kind == HIR_LET) {
            gen_value(g, item); // its local lives to the end of the block
        } else {
            gen_statement(g, item);
        }
    }
    gen_scope_end(g, scope);
    return value;
}

void gen_let(gen* g, hir* node) {
    local* l = node->local;
    if (l == NULL) { // its parts
        LLVMValueRef value = gen_value(g, node->a);
        if (!gen_is_terminated(g)) {
            LLVMValueRef place = gen_alloca(g, gen_type(g, node->a->type), "parts");
            gen_store(g, value, place);
            gen_bind(g, node->arms.items[0].pattern, place);
        }
        return;
    }
    l->slot = gen_alloca(g, gen_type(g, l->type), l->name);
    if (ty_needs_drop(g->prog, l->type) && l->is_ever_moved) {
        l->flag = gen_alloca(g, gen_int(g, 1), "owned");
    }
    uint32_t scope = gen_scope(g);
    LLVMValueRef value = gen_value(g, node->a);
    gen_store(g, value, l->slot);
    (void)
        scope; // temporaries of the initialiser live as long as the local: it may hold refs to them
    if (gen_is_terminated(g)) {
        return;
    }
    if (ty_needs_drop(g->prog, l->type)) {
        if (l->flag != NULL) {
            gen_store(g, gen_const(g, 1, 1), l->flag);
        }
        gen_own(g, l->type, l->slot, l->flag);
    } else if (l->owns_str) {
        gen_own_str_at(g, l->slot);
    }
}

void gen_assign(gen* g, hir* node) {
    local* l = node->a->kind == HIR_LOCAL ? node->a->local : NULL;
    bool owns = ty_needs_drop(g->prog, node->a->type);
    uint32_t scope = gen_scope(g);
    LLVMValueRef value = gen_value(g, node->b);
    gen_kept kept = {.value = value};
    if (gen_may_leave(node->a)) {
        kept = gen_keep(g, node->b, value);
    }
    LLVMValueRef place = gen_place(g, node->a);
    value = gen_unkeep(g, kept);
    if (owns && !node->is_init) {
        LLVMBasicBlockRef end = NULL;
        if (l != NULL && l->flag != NULL) {
            LLVMBasicBlockRef old = gen_block(g, "old");
            end = gen_block(g, "assign");
            LLVMBuildCondBr(g->builder, LLVMBuildLoad2(g->builder, gen_int(g, 1), l->flag, ""), old,
                            end);
            gen_at(g, old);
        }
        gen_drop(g, node->a->type, place);
        if (end != NULL) {
            LLVMBuildBr(g->builder, end);
            gen_at(g, end);
        }
    }
    if (node->a->local != NULL && node->a->local->owns_str) {
        LLVMValueRef old = gen_load(g, node->a->type, place);
        gen_call_extern(g, "free", "vp", &old);
    }
    gen_store(g, value, place);
    if (l != NULL && l->flag != NULL) {
        gen_store(g, gen_const(g, 1, 1), l->flag);
    }
    gen_scope_end(g, scope);
}

LLVMValueRef gen_result_slot(gen* g, const hir* node) {
    return gen_has_value(node->type) ? gen_alloca(g, gen_type(g, node->type), "result") : NULL;
}

static LLVMValueRef condition(gen* g, hir* node) {
    LLVMValueRef slot = gen_alloca(g, gen_int(g, 1), "condition");
    gen_scoped(g, node, slot);
    return LLVMBuildLoad2(g->builder, gen_int(g, 1), slot, "");
}

LLVMValueRef gen_if(gen* g, hir* node) {
    LLVMValueRef slot = gen_result_slot(g, node);
    LLVMBasicBlockRef then = gen_block(g, "then"), otherwise = gen_block(g, "else"),
                      end = gen_block(g, "end");
    LLVMBuildCondBr(g->builder, condition(g, node->a), then, otherwise);
    gen_at(g, then);
    gen_scoped(g, node->b, slot);
    gen_jump(g, end);
    gen_at(g, otherwise);
    if (node->c != NULL) {
        gen_scoped(g, node->c, slot);
    }
    gen_jump(g, end);
    gen_at(g, end);
    return slot == NULL ? NULL : gen_load(g, node->type, slot);
}

LLVMValueRef gen_logic(gen* g, hir* node) {
    LLVMValueRef slot = gen_alloca(g, gen_int(g, 1), "logic");
    LLVMBasicBlockRef more = gen_block(g, "more"), end = gen_block(g, "end");
    LLVMValueRef first = condition(g, node->a);
    gen_store(g, first, slot);
    LLVMBuildCondBr(g->builder, first, node->op == TOK_AND ? more : end,
                    node->op == TOK_AND ? end : more);
    gen_at(g, more);
    gen_scoped(g, node->b, slot);
    gen_jump(g, end);
    gen_at(g, end);
    return LLVMBuildLoad2(g->builder, gen_int(g, 1), slot, "");
}

/// In an async function every pass but the first spends a unit of the task's budget, so that a loop
/// which never waits gives way to the other tasks of its worker.
void gen_loop(gen* g, hir* node) {
    LLVMBasicBlockRef next = g->loop_next, end = g->loop_end, body = gen_block(g, "loop"),
                      head = gen_block(g, "head");
    uint32_t cleanups = g->loop_cleanups;
    g->loop_next = gen_block(g, "next");
    g->loop_end = gen_block(g, "loop.end");
    g->loop_cleanups = gen_scope(g);
    gen_jump(g, head);
    gen_at(g, head);
    if (node->a != NULL) {
        LLVMBuildCondBr(g->builder, condition(g, node->a), body, g->loop_end);
    } else {
        LLVMBuildBr(g->builder, body);
    }
    gen_at(g, body);
    gen_scoped(g, node->b, NULL);
    gen_jump(g, g->loop_next);
    gen_at(g, g->loop_next);
    if (g->fn->is_async && !g->fn->is_closure) {
        gen_coop(g);
    }
    LLVMBuildBr(g->builder, head);
    gen_at(g, g->loop_end);
    g->loop_next = next;
    g->loop_end = end;
    g->loop_cleanups = cleanups;
}

void gen_return(gen* g, hir* node) {
    bool makes_object = g->fn->is_constructor && !g->fn->is_closure;
    LLVMValueRef value = node->a == NULL ? NULL : gen_value(g, node->a);
    if (gen_is_terminated(g)) {
        return;
    }
    if (node->a != NULL && node->a->type->kind == TY_NEVER) {
        LLVMBuildUnreachable(g->builder);
        return;
    }
    gen_clean(g, 0);
    if (makes_object) {
        local* self = g->fn->params.items[0];
        LLVMBuildRet(g->builder, gen_load(g, self->type, self->slot));
    } else if (gen_has_value(g->fn->result) && value != NULL) {
        LLVMBuildRet(g->builder, value);
    } else if (gen_has_value(g->fn->result)) {
        LLVMBuildUnreachable(g->builder);
    } else {
        LLVMBuildRetVoid(g->builder);
    }
}
