// SPDX-License-Identifier: Apache-2.0
// when, if let, and '!': patterns against types, and what the arms leave out.
//
// A scrutinee that is a field or behind a ref is only looked at: its owning parts are bound as
// refs. An owned local or a temporary is taken apart when a pattern binds a part that owns
// something.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

typedef struct {
    checker* ck;
    bool by_ref; ///< owning parts are bound as refs
    bool binds_owned;
} matching;

static pat* check_pattern(matching* m, const ast_pattern* ast, ty* type);

static pat* bind_name(matching* m, const ast_pattern* ast, ty* type, pat* p) {
    const char* name = ast->path.segments.items[0].name;
    bool owned = ty_needs_drop(m->ck->prog, type);
    p->kind = PAT_BIND;
    p->by_ref = owned && m->by_ref;
    m->binds_owned = m->binds_owned || (owned && !m->by_ref);
    p->local = check_declare(m->ck, name, p->by_ref ? ty_ref(m->ck->prog, type, true) : type,
                             ast->span, false);
    return p;
}

static const char* variant_names(checker* ck, const ast_decl* decl) {
    const char* text = "";
    for (uint32_t i = 0; i < decl->variants.len; i++) {
        text = tmlc_format(ck->arena, "%s%s%s", text, i == 0 ? "" : ", ",
                           decl->variants.items[i].name);
    }
    return text;
}

static pat* check_variant_pattern(matching* m, const ast_pattern* ast, ty* type, pat* p) {
    checker* ck = m->ck;
    const ast_segment* last = &ast->path.segments.items[ast->path.segments.len - 1];
    ty_layout(ck->prog, type);
    for (uint32_t i = 0; i < type->variants.len; i++) {
        ty_variant* variant = &type->variants.items[i];
        if (variant->name != last->name) {
            continue;
        }
        p->kind = PAT_VARIANT;
        p->index = i;
        if (variant->types.len != ast->parts.len) {
            tmlc_error(ck->files, ast->span, "'%s' holds %u value%s, not %u", variant->name,
                       variant->types.len, variant->types.len == 1 ? "" : "s", ast->parts.len);
            return p;
        }
        for (uint32_t k = 0; k < ast->parts.len; k++) {
            TMLC_PUSH(ck->arena, &p->parts,
                      check_pattern(m, ast->parts.items[k], variant->types.items[k]));
        }
        return p;
    }
    if (type->kind != TY_ERROR) {
        const char* best = NULL;
        for (uint32_t i = 0; i < type->variants.len; i++) {
            best = tmlc_closest(last->name, best, type->variants.items[i].name);
        }
        tmlc_diag* diag =
            tmlc_error(ck->files, ast->span, "%s has no variant '%s'", type->name, last->name);
        if (type->kind == TY_ENUM) {
            diag->expected = tmlc_format(ck->arena, "one of %s", variant_names(ck, type->decl));
        }
        diag->help = best != NULL ? tmlc_format(ck->arena, "did you mean '%s'?", best) : NULL;
    }
    return p;
}

static bool names_variant(const ty* type, const char* name) {
    for (uint32_t i = 0; type->kind == TY_ENUM && i < type->decl->variants.len; i++) {
        if (type->decl->variants.items[i].name == name) {
            return true;
        }
    }
    return false;
}

static pat* check_literal_pattern(matching* m, const ast_pattern* ast, ty* type, pat* p) {
    hir* value = check_coerce(m->ck, check_expr(m->ck, ast->literal, type), type);
    p->kind = value->kind == HIR_STR ? PAT_STR : PAT_INT;
    p->integer = value->value.integer;
    p->text = value->text;
    if (value->kind != HIR_STR && value->kind != HIR_INT && value->kind != HIR_ERROR) {
        tmlc_error(m->ck->files, ast->span, "this cannot be a pattern")->expected =
            "a whole number, a character, true, false or a string";
    }
    return p;
}

static pat* check_pattern(matching* m, const ast_pattern* ast, ty* type) {
    pat* p = TMLC_NEW(m->ck->arena, pat);
    p->span = ast->span;
    p->type = type;
    switch (ast->kind) {
    case AST_PATTERN_LITERAL:
        return check_literal_pattern(m, ast, type, p);
    case AST_PATTERN_NAME:
        if (!names_variant(type, ast->path.segments.items[0].name)) {
            return bind_name(m, ast, type, p);
        }
        return check_variant_pattern(m, ast, type, p);
    case AST_PATTERN_VARIANT:
        if (type->kind == TY_REF) { // a part that is a ref itself
            tmlc_error(m->ck->files, ast->span, "this is %s: take it apart by itself", type->name);
            return p;
        }
        return check_variant_pattern(m, ast, type, p);
    default:
        return p;
    }
}

static void check_arm(matching* m, const ast_arm* ast, hir* node, ty* expected) {
    checker* ck = m->ck;
    uint32_t scope = ck->scope.len;
    hir_arm arm = {.pattern = check_pattern(m, ast->pattern, node->a->type)};
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

hir* check_when(checker* ck, const ast_expr* e, ty* expected) {
    hir* node = check_new(ck, HIR_MATCH, e->span, check_scalar(ck, TY_NEVER));
    node->a = check_auto_deref(ck, check_expr(ck, e->a, NULL));
    if (node->a->type->kind == TY_FUTURE) {
        tmlc_error(ck->files, node->a->span, "a future has no variants")->help = "await it first";
        return check_error(ck, e->span);
    }
    matching m = {ck, check_is_place(node->a) && !is_own_local(ck, node->a), false};
    uint32_t num;
    bool *before = check_moves_save(ck, &num), *after = tmlc_alloc(ck->arena, num + 1);
    for (uint32_t i = 0; i < e->arms.len; i++) {
        check_moves_restore(ck, before, num);
        check_arm(&m, &e->arms.items[i], node, expected);
        for (uint32_t k = 0; k < num; k++) {
            bool comes_out = node->arms.items[i].body->type->kind != TY_NEVER;
            after[k] = after[k] || (comes_out && ck->scope.items[k]->is_moved);
        }
    }
    check_moves_restore(ck, before, num);
    check_moves_merge(ck, after, num);
    node->by_move = m.binds_owned || !check_is_place(node->a);
    if (m.binds_owned && check_is_place(node->a)) {
        node->a = check_use(ck, node->a); // moved into the arms
    }
    if (e->arms.len == 0 && node->a->type->kind != TY_ERROR) {
        tmlc_error(ck->files, e->span, "this 'when' has no arms");
    }
    check_exhaustive(ck, node, e->a->span);
    return node->a->type->kind == TY_ERROR ? check_error(ck, e->span) : node;
}

// ---- what is left out ------------------------------------------------------------------------

typedef TMLC_LIST(const pat*) row;
typedef TMLC_LIST(row) rows;

/// The rows that still fit when their first column is variant `index` (or anything, -1).
static rows specialise(checker* ck, const rows* all, int index, uint32_t num_parts) {
    static const pat s_wild;
    rows out = {0};
    for (uint32_t i = 0; i < all->len; i++) {
        const row* from = &all->items[i];
        const pat* head = from->items[0];
        bool any = head->kind == PAT_WILD || head->kind == PAT_BIND;
        if (!any && (index < 0 || head->kind != PAT_VARIANT || head->index != (uint32_t)index)) {
            continue;
        }
        row to = {0};
        for (uint32_t k = 0; index >= 0 && k < num_parts; k++) {
            const pat* part = any || k >= head->parts.len ? &s_wild : head->parts.items[k];
            TMLC_PUSH(ck->arena, &to, part);
        }
        for (uint32_t k = 1; k < from->len; k++) {
            TMLC_PUSH(ck->arena, &to, from->items[k]);
        }
        TMLC_PUSH(ck->arena, &out, to);
    }
    return out;
}

static ty_list tail_types(checker* ck, const ty_list* first, const ty_list* types) {
    ty_list out = {0};
    for (uint32_t i = 0; first != NULL && i < first->len; i++) {
        TMLC_PUSH(ck->arena, &out, first->items[i]);
    }
    for (uint32_t i = 1; i < types->len; i++) {
        TMLC_PUSH(ck->arena, &out, types->items[i]);
    }
    return out;
}

static bool covers_bool(const rows* all) {
    bool seen[2] = {false, false};
    for (uint32_t i = 0; i < all->len; i++) {
        const pat* head = all->items[i].items[0];
        if (head->kind == PAT_INT) {
            seen[head->integer != 0] = true;
        }
    }
    return seen[0] && seen[1];
}

/// Text of a value that no row fits, NULL when there is none. `fuel` bounds the search.
static const char* uncovered(checker* ck, const rows* all, const ty_list* types, uint32_t* fuel) {
    if (types->len == 0 || *fuel == 0) {
        return all->len == 0 && *fuel > 0 ? "" : NULL;
    }
    --*fuel;
    ty* type = types->items[0];
    ty_layout(ck->prog, type);
    if (type->kind != TY_ENUM) {
        if (type->kind == TY_BOOL && covers_bool(all)) {
            return NULL; // true and false, whatever follows: enough for patterns that people write
        }
        rows rest = specialise(ck, all, -1, 0);
        ty_list tail = tail_types(ck, NULL, types);
        const char* found = uncovered(ck, &rest, &tail, fuel);
        return found != NULL ? "_" : NULL;
    }
    for (uint32_t i = 0; i < type->variants.len; i++) {
        const ty_variant* variant = &type->variants.items[i];
        rows rest = specialise(ck, all, (int)i, variant->types.len);
        ty_list tail = tail_types(ck, &variant->types, types);
        const char* found = uncovered(ck, &rest, &tail, fuel);
        if (found != NULL) {
            return variant->types.len == 0
                       ? variant->name
                       : tmlc_format(ck->arena, "%s(%s)", variant->name,
                                     variant->types.len == 1 && found[0] != '\0' ? found : "_");
        }
    }
    return NULL;
}

void check_exhaustive(checker* ck, const hir* match, tmlc_span span) {
    rows all = {0};
    ty_list types = {0};
    uint32_t fuel = 20000;
    for (uint32_t i = 0; i < match->arms.len; i++) {
        row one = {0};
        TMLC_PUSH(ck->arena, &one, match->arms.items[i].pattern);
        TMLC_PUSH(ck->arena, &all, one);
    }
    if (match->arms.len == 0 || match->a->type->kind == TY_ERROR) {
        return;
    }
    TMLC_PUSH(ck->arena, &types, match->a->type);
    const char* missing = uncovered(ck, &all, &types, &fuel);
    if (missing != NULL) {
        tmlc_error(ck->files, span, "this 'when' does not say what to do with %s",
                   missing[0] == '_' ? "other values" : missing)
            ->help = tmlc_format(ck->arena, "add an arm: %s => ...", missing);
    }
}

// ---- ! ---------------------------------------------------------------------------------------

hir* check_try(checker* ck, const ast_expr* e) {
    hir* value = check_use(ck, check_expr(ck, e->a, NULL));
    bool maybe = ty_is_named(ck->prog, value->type, "Maybe");
    if (!maybe && !ty_is_named(ck->prog, value->type, "Outcome")) {
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
