// SPDX-License-Identifier: Apache-2.0
// What stands behind a dot: fields, through refs and bases, and methods.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

static const ty_field* find_field(checker* ck, ty* type, const char* name, uint32_t* out_index) {
    ty_layout(ck->prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        if (type->fields.items[i].name == name) {
            *out_index = i;
            return &type->fields.items[i];
        }
    }
    return NULL;
}

/// What a ref, a pointer or a Pin points to, through all of them.
static hir* pointee(checker* ck, hir* base, bool through_pin) {
    while (base->type->kind == TY_REF || base->type->kind == TY_PTR ||
           (through_pin && ty_is_named(ck->prog, base->type, "Pin"))) {
        bool is_pin = base->type->kind == TY_STRUCT;
        hir* inner = check_new(ck, is_pin ? HIR_FIELD : HIR_DEREF, base->span, base->type->args[0]);
        ty_layout(ck->prog, base->type);
        inner->a = base;
        base = inner;
    }
    return base;
}

/// A field of a struct or class, through refs and bases; NULL (nothing said) when there is none.
static hir* field_of(checker* ck, hir* base, const char* name, tmlc_span span) {
    base = pointee(ck, base, strcmp(name, "pointer") != 0);
    uint32_t index;
    const ty_field* field;
    while ((field = find_field(ck, base->type, name, &index)) == NULL) {
        if (base->type->kind != TY_CLASS || base->type->base == NULL) {
            return NULL;
        }
        hir* up = check_new(ck, HIR_UPCAST, base->span, base->type->base);
        up->a = base;
        base = up;
    }
    check_access(ck, base->type, field->ast->access, name, span);
    hir* node = check_new(ck, HIR_FIELD, span, field->type);
    node->a = base;
    node->index = index;
    return node;
}

hir* check_field(checker* ck, const ast_expr* e) {
    hir* base = check_expr(ck, e->a, NULL);
    hir* field = base->type->kind == TY_ERROR ? base : field_of(ck, base, e->name, e->span);
    if (field == NULL) {
        method found;
        ty* type = ty_deref(base->type);
        if (resolve_method_from(ck->prog, ck->r.mod, type, e->name, &found)) {
            tmlc_error(ck->files, e->name_span, "'%s' is a method of %s", e->name, type->name)
                ->help = tmlc_format(ck->arena, "call it: .%s()", e->name);
            return check_error(ck, e->span);
        }
        return check_no_member(ck, type, e->name, e->name_span);
    }
    return field;
}

hir* check_method_call(checker* ck, const ast_expr* e, ty* expected) {
    hir* self = check_expr(ck, e->a, NULL);
    method found;
    ty* type = self->type;
    if (type->kind == TY_ERROR) {
        for (uint32_t i = 0; i < e->list.len; i++) {
            check_expr(ck, e->list.items[i], NULL);
        }
        return self;
    }
    while (!resolve_method_from(ck->prog, ck->r.mod, type, e->name, &found)) {
        if (ty_is_named(ck->prog, type, "Pin")) {
            self = pointee(ck, self, true);
            type = self->type;
            continue;
        }
        if (type->kind == TY_DYN) {
            return check_call_dyn(ck, check_auto_deref(ck, self), e);
        }
        if (type->kind != TY_REF && type->kind != TY_PTR) {
            hir* field = field_of(ck, self, e->name, e->span);
            if (field == NULL && check_no_task(ck, self)) {
                return check_error(ck, e->span);
            }
            return field != NULL ? check_call_value(ck, field, &e->list, e->span)
                                 : check_no_member(ck, type, e->name, e->name_span);
        }
        type = type->args[0];
    }
    bool in_class = found.impl->kind == AST_CLASS && !found.decl->is_static;
    if (found.impl->kind == AST_CLASS) {
        check_access(ck, found.self, found.decl->access, e->name, e->name_span);
    }
    if (found.decl->has_this == AST_NO_THIS && !in_class) {
        if (!check_said(ck, found.decl, "static", e->name_span)) {
            tmlc_diag* diag = tmlc_error(ck->files, e->name_span,
                                         "'%s' belongs to the type, not to an object", e->name);
            diag->help = tmlc_format(ck->arena, "call it as %s::%s(...)", type->name, e->name);
            check_say(
                ck, found.decl, "static", diag,
                tmlc_format(ck->arena, "'%s' is called as a method, but has no 'this'", e->name));
        }
        return check_error(ck, e->span);
    }
    for (; found.self != type && type->kind == TY_CLASS && found.self->kind == TY_CLASS;
         type = type->base) { // a base's method
        self = check_auto_deref(ck, self);
        hir* up = check_new(ck, HIR_UPCAST, self->span, type->base);
        up->a = self;
        self = up;
    }
    hir* call = check_call_decl(ck, &found, self, &e->list, &e->types, expected, e->span);
    return check_virtual_call(ck, call, found.decl);
}
