// SPDX-License-Identifier: Apache-2.0
// Patterns against types: what each stands for, and the locals that it binds.
//
// A pattern sees through a ref that lies inside of a value; what is behind it is bound as refs. The
// alternatives of `A | B` bind the same names, with the same types: one set of locals.
#include "codegen-hooks/tmlc/check.h"

static pat* new_pattern(check_matching* m, const ast_pattern* ast, ty* type, pat_kind kind) {
    pat* p = TMLC_NEW(m->ck->arena, pat);
    p->kind = kind;
    p->span = ast->span;
    p->type = type;
    return p;
}

static pat* bind_name(check_matching* m, const ast_pattern* ast, ty* type) {
    checker* ck = m->ck;
    pat* p = new_pattern(m, ast, type, PAT_BIND);
    const char* name = ast->path.segments.items[0].name;
    bool owned = ty_needs_drop(ck->prog, type);
    p->by_ref = owned && m->by_ref;
    m->binds_owned = m->binds_owned || (owned && !m->by_ref);
    ty* bound = p->by_ref ? ty_ref(ck->prog, type, true) : type;
    for (uint32_t i = 0; m->earlier != NULL && i < m->earlier->len; i++) {
        local* first = m->earlier->items[i];
        if (first->name == name) {
            p->local = first;
            if (first->type != bound && first->type->kind != TY_ERROR && bound->kind != TY_ERROR) {
                tmlc_diag* diag =
                    tmlc_error(ck->files, ast->span, "here '%s' is %s", name, bound->name);
                diag->expected = first->type->name;
                diag->note_span = first->span;
                diag->note = "as in the alternative before";
            }
        }
    }
    for (uint32_t i = m->first; i < ck->scope.len; i++) {
        if (ck->scope.items[i]->name == name) {
            tmlc_error(ck->files, ast->span, "'%s' is bound twice in this pattern", name)->help =
                "give one of them another name, or write '_'";
        }
    }
    local* made = check_declare(ck, name, bound, ast->span, false);
    p->local = p->local != NULL ? p->local : made;
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

static const char* variant_names(checker* ck, const ast_decl* decl) {
    const char* text = "";
    for (uint32_t i = 0; i < decl->variants.len; i++) {
        text = tmlc_format(ck->arena, "%s%s%s", text, i == 0 ? "" : ", ",
                           decl->variants.items[i].name);
    }
    return text;
}

static void no_variant(checker* ck, const ast_pattern* ast, const ty* type, const char* name) {
    const char* best = NULL;
    for (uint32_t i = 0; i < type->variants.len; i++) {
        best = tmlc_closest(name, best, type->variants.items[i].name);
    }
    tmlc_diag* diag = tmlc_error(ck->files, ast->span, "%s has no variant '%s'", type->name, name);
    if (type->kind == TY_ENUM) {
        diag->expected = tmlc_format(ck->arena, "one of %s", variant_names(ck, type->decl));
    }
    diag->help = best != NULL ? tmlc_format(ck->arena, "did you mean '%s'?", best) : NULL;
}

/// The names in a pattern that is wrong are declared, so that its body is not wrong too.
static pat* failed_pattern(check_matching* m, const ast_pattern* ast) {
    ty* error = check_scalar(m->ck, TY_ERROR);
    for (uint32_t i = 0; i < ast->parts.len; i++) {
        check_pattern(m, ast->parts.items[i], error);
    }
    return new_pattern(m, ast, error, PAT_WILD);
}

static pat* check_variant_pattern(check_matching* m, const ast_pattern* ast, ty* type) {
    checker* ck = m->ck;
    const ast_segment* last = &ast->path.segments.items[ast->path.segments.len - 1];
    ty_layout(ck->prog, type);
    uint32_t index = 0;
    while (index < type->variants.len && type->variants.items[index].name != last->name) {
        index++;
    }
    if (index == type->variants.len) {
        if (type->kind != TY_ERROR &&
            (type != m->value->type || type->kind == TY_ENUM || !check_no_task(ck, m->value))) {
            no_variant(ck, ast, type, last->name);
        }
        return failed_pattern(m, ast);
    }
    const ty_variant* variant = &type->variants.items[index];
    if (variant->types.len != ast->parts.len) {
        tmlc_error(ck->files, ast->span, "'%s' holds %u value%s, not %u", variant->name,
                   variant->types.len, variant->types.len == 1 ? "" : "s", ast->parts.len)
            ->help = check_variant_form(ck, variant->name, variant->types.len);
        failed_pattern(m, ast);
        pat* any = new_pattern(m, ast, type, PAT_VARIANT);
        any->index = index;
        return any;
    }
    pat* p = new_pattern(m, ast, type, PAT_VARIANT);
    p->index = index;
    for (uint32_t k = 0; k < ast->parts.len; k++) {
        TMLC_PUSH(ck->arena, &p->parts,
                  check_pattern(m, ast->parts.items[k], variant->types.items[k]));
    }
    return p;
}

static int written_part(const ast_pattern* ast, const char* name) {
    for (uint32_t i = 0; i < ast->names.len; i++) {
        if (ast->names.items[i].name == name) {
            return (int)i;
        }
    }
    return -1;
}

static bool check_field_names(checker* ck, const ast_pattern* ast, const ty* type) {
    bool ok = true;
    for (uint32_t i = 0; i < ast->names.len; i++) {
        const ast_segment* name = &ast->names.items[i];
        const char* best = NULL;
        bool known = false;
        for (uint32_t k = 0; k < type->fields.len; k++) {
            known = known || type->fields.items[k].name == name->name;
            best = tmlc_closest(name->name, best, type->fields.items[k].name);
        }
        if (!known) {
            tmlc_error(ck->files, name->span, "%s has no field '%s'", type->name, name->name)
                ->help = best != NULL ? tmlc_format(ck->arena, "did you mean '%s'?", best) : NULL;
            ok = false;
        } else if (written_part(ast, name->name) != (int)i) {
            tmlc_error(ck->files, name->span, "the field '%s' is given twice", name->name)->help =
                "remove one of them";
            ok = false;
        }
    }
    for (uint32_t i = 0; ok && !ast->has_rest && i < type->fields.len; i++) {
        const char* name = type->fields.items[i].name;
        if (written_part(ast, name) < 0) {
            tmlc_error(ck->files, ast->span, "this pattern leaves out the field '%s' of %s", name,
                       type->name)
                ->help = tmlc_format(ck->arena, "add '%s', or '..' at its end", name);
            ok = false;
        }
    }
    return ok;
}

static pat* check_struct_pattern(check_matching* m, const ast_pattern* ast, ty* type) {
    checker* ck = m->ck;
    const ast_decl* decl = resolve_path_decl(ck->r.mod, &ast->path, ast->path.segments.len);
    const ast_segment* last = &ast->path.segments.items[ast->path.segments.len - 1];
    if (type->kind != TY_STRUCT || decl != type->decl) {
        if (type->kind != TY_ERROR) {
            tmlc_diag* diag = tmlc_error(ck->files, ast->span, "'%s { ... }' cannot be %s",
                                         last->name, type->name);
            diag->expected = type->kind == TY_STRUCT ? type->name : "a pattern of that type";
            diag->help = type->kind == TY_CLASS
                             ? "an object is not taken apart: use its fields in the arm"
                         : names_variant(type, last->name)
                             ? tmlc_format(ck->arena, "write %s(...) for the variant", last->name)
                             : NULL;
        }
        return failed_pattern(m, ast);
    }
    ty_layout(ck->prog, type);
    if (!check_field_names(ck, ast, type)) {
        return failed_pattern(m, ast);
    }
    pat* p = new_pattern(m, ast, type, PAT_STRUCT);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        const ty_field* field = &type->fields.items[i];
        int at = written_part(ast, field->name);
        pat* part = at < 0 ? new_pattern(m, ast, field->type, PAT_WILD)
                           : check_pattern(m, ast->parts.items[at], field->type);
        TMLC_PUSH(ck->arena, &p->parts, part);
    }
    return p;
}

static pat* check_tuple_pattern(check_matching* m, const ast_pattern* ast, ty* type) {
    checker* ck = m->ck;
    bool is_tuple = ty_is_tuple(ck->prog, type);
    ty_layout(ck->prog, type);
    if (!is_tuple || type->fields.len != ast->parts.len) {
        if (type->kind != TY_ERROR && !(type->kind == TY_FUTURE && check_no_task(ck, m->value))) {
            tmlc_diag* diag =
                tmlc_error(ck->files, ast->span, "%s cannot be taken apart like this", type->name);
            diag->expected = is_tuple ? tmlc_format(ck->arena, "%u names", type->fields.len)
                                      : "what join(...).await gives";
            diag->help = type->kind == TY_FUTURE ? "await it first: (...).await" : NULL;
        }
        return failed_pattern(m, ast);
    }
    pat* p = new_pattern(m, ast, type, PAT_STRUCT);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        TMLC_PUSH(ck->arena, &p->parts,
                  check_pattern(m, ast->parts.items[i], type->fields.items[i].type));
    }
    return p;
}

/// A literal, or a constant by name.
static hir* check_bound(check_matching* m, const ast_expr* e, ty* type) {
    hir* value = check_coerce(m->ck, check_expr(m->ck, e, type), type);
    if (value->kind != HIR_STR && value->kind != HIR_INT && value->kind != HIR_ERROR) {
        tmlc_error(m->ck->files, e->span, "this cannot be a pattern")->expected =
            "a whole number, a character, true, false or a string";
    }
    return value;
}

static pat* check_literal_pattern(check_matching* m, const ast_pattern* ast, const ast_expr* e,
                                  ty* type) {
    const hir* value = check_bound(m, e, type);
    pat* p = new_pattern(m, ast, type, value->kind == HIR_STR ? PAT_STR : PAT_INT);
    p->integer = p->last = value->value.integer;
    p->text = value->text;
    p->kind = value->kind == HIR_STR || value->kind == HIR_INT ? p->kind : PAT_WILD;
    return p;
}

static pat* check_range_pattern(check_matching* m, const ast_pattern* ast, ty* type) {
    checker* ck = m->ck;
    pat* p = new_pattern(m, ast, type, PAT_RANGE);
    if (!ty_is_int(type) && type->kind != TY_CHAR) {
        if (type->kind != TY_ERROR) {
            tmlc_error(ck->files, ast->span, "a range cannot be %s", type->name)->expected =
                "a pattern of that type";
        }
        p->kind = PAT_WILD;
        return p;
    }
    const hir* first = check_bound(m, ast->literal, type);
    const hir* last = check_bound(m, ast->last, type);
    if (first->kind != HIR_INT || last->kind != HIR_INT) {
        p->kind = PAT_WILD;
        return p;
    }
    p->integer = first->value.integer;
    p->last = last->value.integer - !ast->through;
    bool is_signed = ty_is_signed(type);
    bool empty = is_signed ? (int64_t)first->value.integer > (int64_t)last->value.integer
                           : first->value.integer > last->value.integer;
    if (empty || (!ast->through && first->value.integer == last->value.integer)) {
        tmlc_error(ck->files, ast->span, "this range is empty")->help =
            "'a to b' ends before b, 'a through b' with it";
        p->kind = PAT_WILD;
    }
    return p;
}

static bool has_name(const locals* all, uint32_t first, const char* name) {
    for (uint32_t i = first; i < all->len; i++) {
        if (all->items[i]->name == name) {
            return true;
        }
    }
    return false;
}

/// Every alternative binds what the first one does, no more and no less.
static void check_same_names(checker* ck, const ast_pattern* ast, const locals* first,
                             uint32_t since) {
    for (uint32_t i = 0; i < first->len; i++) {
        if (!has_name(&ck->scope, since, first->items[i]->name)) {
            tmlc_error(ck->files, ast->span, "this alternative does not bind '%s'",
                       first->items[i]->name)
                ->help = "all alternatives of a pattern bind the same names";
        }
    }
    for (uint32_t i = since; i < ck->scope.len; i++) {
        if (!has_name(first, 0, ck->scope.items[i]->name)) {
            tmlc_error(ck->files, ck->scope.items[i]->span,
                       "the first alternative does not bind '%s'", ck->scope.items[i]->name)
                ->help = "all alternatives of a pattern bind the same names";
        }
    }
}

static pat* check_or_pattern(check_matching* m, const ast_pattern* ast, ty* type) {
    checker* ck = m->ck;
    pat* p = new_pattern(m, ast, type, PAT_OR);
    locals first = {0};
    uint32_t since = ck->scope.len, before = m->first;
    const locals* outer = m->earlier;
    for (uint32_t i = 0; i < ast->parts.len; i++) {
        m->earlier = i == 0 ? outer : &first;
        m->first = i == 0 ? before : since;
        TMLC_PUSH(ck->arena, &p->parts, check_pattern(m, ast->parts.items[i], type));
        if (i == 0) {
            for (uint32_t k = since; k < ck->scope.len; k++) {
                TMLC_PUSH(ck->arena, &first, ck->scope.items[k]);
            }
        } else {
            check_same_names(ck, ast->parts.items[i], &first, since);
        }
        ck->scope.len = since;
    }
    m->earlier = outer;
    m->first = before;
    for (uint32_t k = 0; k < first.len; k++) {
        TMLC_PUSH(ck->arena, &ck->scope, first.items[k]);
    }
    return p;
}

/// A name alone: a variant, a constant, or a new local.
static pat* check_name_pattern(check_matching* m, const ast_pattern* ast, ty* type) {
    checker* ck = m->ck;
    const char* name = ast->path.segments.items[0].name;
    const ast_decl* decl = resolve_decl(ck->r.mod, name);
    if (names_variant(type, name)) {
        return check_variant_pattern(m, ast, type);
    }
    if (decl != NULL && decl->kind == AST_CONST) {
        ast_expr path = {.kind = AST_PATH, .span = ast->span, .path = ast->path};
        return check_literal_pattern(m, ast, &path, type);
    }
    return bind_name(m, ast, type);
}

static pat* check_deref_pattern(check_matching* m, const ast_pattern* ast, ty* type) {
    bool by_ref = m->by_ref;
    pat* p = new_pattern(m, ast, type, PAT_DEREF);
    m->by_ref = true;
    TMLC_PUSH(m->ck->arena, &p->parts, check_pattern(m, ast, type->args[0]));
    m->by_ref = by_ref;
    return p;
}

pat* check_pattern(check_matching* m, const ast_pattern* ast, ty* type) {
    bool looks_inside = ast->kind != AST_PATTERN_WILD && ast->kind != AST_PATTERN_OR &&
                        ast->kind != AST_PATTERN_ERROR &&
                        (ast->kind != AST_PATTERN_NAME ||
                         names_variant(ty_deref(type), ast->path.segments.items[0].name));
    if (type->kind == TY_REF && looks_inside) {
        return check_deref_pattern(m, ast, type);
    }
    switch (ast->kind) {
    case AST_PATTERN_LITERAL:
        return check_literal_pattern(m, ast, ast->literal, type);
    case AST_PATTERN_RANGE:
        return check_range_pattern(m, ast, type);
    case AST_PATTERN_NAME:
        return check_name_pattern(m, ast, type);
    case AST_PATTERN_VARIANT:
        return check_variant_pattern(m, ast, type);
    case AST_PATTERN_STRUCT:
        return check_struct_pattern(m, ast, type);
    case AST_PATTERN_TUPLE:
        return check_tuple_pattern(m, ast, type);
    case AST_PATTERN_OR:
        return check_or_pattern(m, ast, type);
    default:
        return new_pattern(m, ast, type, PAT_WILD);
    }
}

static bool takes_part(checker* ck, const pat* p) {
    if (p->kind == PAT_BIND) {
        return !p->by_ref && ty_needs_drop(ck->prog, p->type);
    }
    for (uint32_t i = 0; i < p->parts.len; i++) {
        if (takes_part(ck, p->parts.items[i])) {
            return true;
        }
    }
    return false;
}

void check_taken_apart(checker* ck, const pat* p) {
    if (takes_part(ck, p) && (p->kind == PAT_VARIANT || p->kind == PAT_STRUCT) &&
        ty_needs_drop(ck->prog, p->type) && p->type->drop != NULL) {
        tmlc_error(ck->files, p->span, "%s has a Drop: it cannot be taken apart", p->type->name)
            ->help = "look at it through a ref: when ref value { ... }";
        return;
    }
    for (uint32_t i = 0; p->kind != PAT_DEREF && i < p->parts.len; i++) {
        check_taken_apart(ck, p->parts.items[i]);
    }
}
