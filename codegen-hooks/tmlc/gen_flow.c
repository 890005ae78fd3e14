// SPDX-License-Identifier: Apache-2.0
// Control flow: blocks, if, when, loops, return; and where scopes end.
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
        } else if (gen_is_fresh_str(node)) {
            gen_own_str(g, value);
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
    } else if (gen_is_fresh_str(node->a) && !l->str_escapes && value != NULL) {
        gen_own_str(g, value);
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
    gen_store(g, value, place);
    if (l != NULL && l->flag != NULL) {
        gen_store(g, gen_const(g, 1, 1), l->flag);
    }
    gen_scope_end(g, scope);
}

static LLVMValueRef result_slot(gen* g, const hir* node) {
    return gen_has_value(node->type) ? gen_alloca(g, gen_type(g, node->type), "result") : NULL;
}

static LLVMValueRef condition(gen* g, hir* node) {
    LLVMValueRef slot = gen_alloca(g, gen_int(g, 1), "condition");
    gen_scoped(g, node, slot);
    return LLVMBuildLoad2(g->builder, gen_int(g, 1), slot, "");
}

LLVMValueRef gen_if(gen* g, hir* node) {
    LLVMValueRef slot = result_slot(g, node);
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

// ---- when ------------------------------------------------------------------------------------

/// Branches to `fail` unless the value at `place` has the pattern.
static void test_pattern(gen* g, const pat* p, LLVMValueRef place, LLVMBasicBlockRef fail) {
    LLVMValueRef fits;
    if (p->kind == PAT_INT) {
        LLVMValueRef wanted = LLVMConstInt(gen_type(g, p->type), p->integer, false);
        fits = LLVMBuildICmp(g->builder, LLVMIntEQ, gen_load(g, p->type, place), wanted, "");
    } else if (p->kind == PAT_STR) {
        LLVMValueRef args[] = {gen_load(g, p->type, place), gen_str(g, p->text)};
        fits = LLVMBuildICmp(g->builder, LLVMIntEQ, gen_call_extern(g, "strcmp", "ipp", args),
                             gen_const(g, 32, 0), "");
    } else if (p->kind == PAT_VARIANT) {
        fits = LLVMBuildICmp(g->builder, LLVMIntEQ, gen_tag(g, p->type, place),
                             gen_const(g, 32, p->index), "");
    } else {
        return;
    }
    LLVMBasicBlockRef next = gen_block(g, "fits");
    LLVMBuildCondBr(g->builder, fits, next, fail);
    gen_at(g, next);
    for (uint32_t i = 0; i < p->parts.len; i++) {
        test_pattern(g, p->parts.items[i], gen_part(g, p->type, p->index, i, place), fail);
    }
}

/// Binds what the pattern names; with `by_move` what it does not name is dropped.
static void bind_pattern(gen* g, const pat* p, LLVMValueRef place, bool by_move) {
    if (p->kind == PAT_BIND) {
        local* l = p->local;
        bool owned = by_move && ty_needs_drop(g->prog, p->type);
        l->slot = gen_alloca(g, gen_type(g, l->type), l->name);
        gen_store(g, p->by_ref ? place : gen_load(g, p->type, place), l->slot);
        if (owned) {
            l->flag = l->is_ever_moved ? gen_alloca(g, gen_int(g, 1), "owned") : NULL;
            if (l->flag != NULL) {
                gen_store(g, gen_const(g, 1, 1), l->flag);
            }
            gen_own(g, l->type, l->slot, l->flag);
        }
    } else if (p->kind == PAT_WILD && by_move) {
        gen_drop(g, p->type, place);
    }
    for (uint32_t i = 0; i < p->parts.len; i++) {
        bind_pattern(g, p->parts.items[i], gen_part(g, p->type, p->index, i, place), by_move);
    }
}

LLVMValueRef gen_match(gen* g, hir* node) {
    LLVMValueRef slot = result_slot(g, node), place;
    uint32_t outer = gen_scope(g);
    if (node->by_move) { // taken apart: the arms own the parts
        LLVMValueRef value = gen_value(g, node->a);
        place = gen_alloca(g, gen_type(g, node->a->type), "scrutinee");
        gen_store(g, value, place);
    } else {
        place = gen_place(g, node->a);
    }
    LLVMBasicBlockRef end = gen_block(g, "end");
    for (uint32_t i = 0; i < node->arms.len; i++) {
        LLVMBasicBlockRef next = gen_block(g, "arm");
        uint32_t scope = gen_scope(g);
        test_pattern(g, node->arms.items[i].pattern, place, next);
        bind_pattern(g, node->arms.items[i].pattern, place, node->by_move);
        gen_scoped(g, node->arms.items[i].body, slot);
        gen_scope_end(g, scope);
        gen_jump(g, end);
        gen_at(g, next);
    }
    LLVMBuildUnreachable(g->builder); // the arms are complete
    gen_at(g, end);
    (void)outer; // temporaries of the scrutinee end with the statement around
    return slot == NULL ? NULL : gen_load(g, node->type, slot);
}

LLVMValueRef gen_try(gen* g, hir* node) {
    ty* type = node->a->type;
    LLVMValueRef place = gen_alloca(g, gen_type(g, type), "try");
    LLVMValueRef value = gen_value(g, node->a);
    gen_store(g, value, place);
    LLVMBasicBlockRef ok = gen_block(g, "ok"), fail = gen_block(g, "fail");
    LLVMValueRef good =
        LLVMBuildICmp(g->builder, LLVMIntEQ, gen_tag(g, type, place), gen_const(g, 32, 0), "");
    LLVMBuildCondBr(g->builder, good, ok, fail);
    gen_at(g, fail);
    if (node->index == 0) {
        gen_panic(g, node->span,
                  ty_is_named(g->prog, type, "Maybe") ? "'!' on Nothing" : "'!' on an Err");
    } else {
        ty* result = g->fn->result;
        bool has_error = type->variants.items[1].types.len > 0;
        LLVMValueRef error = has_error ? gen_load(g, type->variants.items[1].types.items[0],
                                                  gen_part(g, type, 1, 0, place))
                                       : NULL;
        LLVMValueRef answer = gen_alloca(g, gen_type(g, result), "answer");
        gen_store(g, LLVMConstNull(gen_type(g, result)), answer);
        gen_variant_store(g, result, 1, &error, answer);
        gen_clean(g, 0);
        LLVMBuildRet(g->builder, gen_load(g, result, answer));
    }
    gen_at(g, ok);
    return gen_load(g, node->type, gen_part(g, type, 0, 0, place));
}
