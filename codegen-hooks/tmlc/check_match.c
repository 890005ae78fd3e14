// SPDX-License-Identifier: Apache-2.0
// when, if let, and '!'. What a pattern means is in check_pattern.c, what the arms leave out in
// check_exhaustive.c.
//
// A scrutinee that is a field or behind a ref is only looked at: its owning parts are bound as
// refs. An owned local or a temporary is taken apart when a pattern binds a part that owns
// something.
#include "codegen-hooks/tmlc/check.h"

void check_arm(checker* ck, const ast_arm* ast, hir* node, hir_arm arm, const locals* bound,
               ty* expected) {
    uint32_t scope = ck->scope.len;
    for (uint32_t i = 0; i < bound->len; i++) {
        TMLC_PUSH(ck->arena, &ck->scope, bound->items[i]);
    }
    ty* known = node->type->kind == TY_NEVER || node->type->kind == TY_ERROR ? NULL : node->type;
    arm.body = check_value(ck, ast->body, expected != NULL ? expected : known);
    ck->scope.len = scope;
    TMLC_PUSH(ck->arena, &node->arms, arm);
    if (arm.body->type->kind == TY_NEVER) {
        return;
    }
    if (node->type->kind == TY_NEVER) {
        node->type = arm.body->type;
    } else if (node->type != arm.body->type) {
        if (expected != NULL && !ty_has_infer(expected)) {
            node->type = expected;
        } else if (node->type->kind != TY_ERROR && arm.body->type->kind != TY_ERROR) {
            tmlc_diag* diag =
                tmlc_error(ck->files, ast->body->span, "this arm is %s", arm.body->type->name);
            diag->expected = node->type->name;
            diag->note_span = node->arms.items[0].body->span;
            diag->note = "as this one is";
        }
    }
}

static bool is_own_local(const checker* ck, const hir* node) {
    return node->kind == HIR_LOCAL && node->local->owner == ck->fn;
}

typedef struct {
    pat* pattern;
    locals bound;
} checked_pattern;

/// The patterns of all arms before any body: only then it is known whether the value is taken
/// apart.
static checked_pattern* check_patterns(checker* ck, const ast_expr* e, hir* node) {
    check_matching m = {.ck = ck,
                        .value = node->a,
                        .by_ref = check_is_place(node->a) && !is_own_local(ck, node->a)};
    checked_pattern* all = tmlc_alloc(ck->arena, (e->arms.len + 1) * sizeof *all);
    uint32_t scope = ck->scope.len;
    for (uint32_t i = 0; i < e->arms.len; i++) {
        m.first = ck->scope.len;
        all[i].pattern = check_pattern(&m, e->arms.items[i].pattern, node->a->type);
        for (uint32_t k = scope; k < ck->scope.len; k++) {
            TMLC_PUSH(ck->arena, &all[i].bound, ck->scope.items[k]);
        }
        ck->scope.len = scope;
    }
    node->by_move = m.binds_owned;
    for (uint32_t i = 0; node->by_move && i < e->arms.len; i++) {
        check_taken_apart(ck, all[i].pattern);
    }
    if (node->by_move) {
        node->a = check_use(ck, node->a); // moved into the arms
    }
    return all;
}

hir* check_when(checker* ck, const ast_expr* e, ty* expected) {
    hir* node = check_new(ck, HIR_MATCH, e->span, check_scalar(ck, TY_NEVER));
    node->a = check_auto_deref(ck, check_expr(ck, e->a, NULL));
    if (node->a->type->kind == TY_FUTURE) {
        tmlc_error(ck->files, node->a->span, "a future has no variants")->help = "await it first";
        return check_error(ck, e->span);
    }
    checked_pattern* patterns = check_patterns(ck, e, node);
    uint32_t num;
    bool *before = check_moves_save(ck, &num), *after = tmlc_alloc(ck->arena, num + 1);
    for (uint32_t i = 0; i < e->arms.len; i++) {
        check_moves_restore(ck, before, num);
        check_arm(ck, &e->arms.items[i], node, (hir_arm){.pattern = patterns[i].pattern},
                  &patterns[i].bound, expected);
        for (uint32_t k = 0; k < num; k++) {
            bool comes_out = node->arms.items[i].body->type->kind != TY_NEVER;
            after[k] = after[k] || (comes_out && ck->scope.items[k]->is_moved);
        }
    }
    check_moves_restore(ck, before, num);
    check_moves_merge(ck, after, num);
    if (e->arms.len == 0 && node->a->type->kind != TY_ERROR) {
        tmlc_error(ck->files, e->span, "this 'when' has no arms")->help =
            "add 'pattern => value' for each case, or '_ => value'";
    }
    check_exhaustive(ck, node, e->a->span);
    return node->a->type->kind == TY_ERROR ? check_error(ck, e->span) : node;
}

// ---- ! ---------------------------------------------------------------------------------------

hir* check_try(checker* ck, const ast_expr* e) {
    hir* value = check_use(ck, check_expr(ck, e->a, NULL));
    bool maybe = ty_is_named(ck->prog, value->type, "Maybe");
    if (!maybe && !ty_is_named(ck->prog, value->type, "Outcome")) {
        if (check_no_task(ck, value)) {
            return check_error(ck, e->span);
        }
        if (value->type->kind != TY_ERROR) {
            tmlc_diag* diag =
                tmlc_error(ck->files, e->span, "'!' does not apply to %s", value->type->name);
            diag->expected = "a Maybe or an Outcome";
            diag->help = value->type->kind == TY_FUTURE ? "await it first: (...).await!" : NULL;
        }
        return check_error(ck, e->span);
    }
    ty_layout(ck->prog, value->type);
    hir* node = check_new(ck, HIR_TRY, e->span, value->type->args[0]);
    ty* result = ck->fn->result;
    node->a = value;
    node->index = 0; // panics; 1: returns Nothing or the Err from the function
    if (result->kind == TY_ENUM && result->decl == value->type->decl &&
        (maybe || result->args[1] == value->type->args[1])) {
        ty_layout(ck->prog, result);
        node->index = 1;
    }
    return node;
}
