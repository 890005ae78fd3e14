// SPDX-License-Identifier: Apache-2.0
// Names and what is called by a name: locals, constants, functions, variants, Type::function.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

/// The type that the first segments of a path name, with type arguments left open; NULL: none.
static ty* path_owner(checker* ck, const ast_path* path) {
    ast_type type = {.kind = AST_TYPE_PATH, .span = path->span, .path = *path};
    type.path.segments.len--;
    const char* first = path->segments.items[0].name;
    bool known = resolve_path_decl(ck->r.mod, &type.path, type.path.segments.len) != NULL ||
                 resolve_lookup(ck->r.env, first) != NULL || strcmp(first, "This") == 0 ||
                 strcmp(first, "Self") == 0;
    for (int kind = TY_BOOL; kind < TY_STRUCT; kind++) {
        known = known || check_scalar(ck, (ty_kind)kind)->name == first;
    }
    if (!known) {
        return NULL;
    }
    resolver r = ck->r;
    r.may_infer = true;
    return resolve_type(&r, &type);
}

static int variant_index(checker* ck, ty* type, const char* name) {
    for (uint32_t i = 0; type->kind == TY_ENUM && i < type->decl->variants.len; i++) {
        if (type->decl->variants.items[i].name == name) {
            return (int)i;
        }
    }
    (void)ck;
    return -1;
}

/// A path of two names or more that is called, or stands alone when `args` is NULL.
static hir* check_long_path(checker* ck, const ast_expr* e, const ast_path* path,
                            const ast_exprs* args, ty* expected) {
    const ast_segment* last = &path->segments.items[path->segments.len - 1];
    const ast_decl* decl = resolve_path_decl(ck->r.mod, path, path->segments.len);
    method found;
    if (decl != NULL && resolve_is_private(ck->r.mod, path, decl)) {
        return check_error(ck, e->span);
    }
    if (decl != NULL && decl->kind == AST_FUNC && args != NULL) {
        found = (method){decl, NULL, ty_decl_module(ck->prog, decl), NULL, NULL};
        return check_call_decl(ck, &found, NULL, args, &last->args, expected, e->span);
    }
    if (decl != NULL && decl->kind == AST_CONST && args == NULL) {
        return check_const(ck, decl, e->span);
    }
    ty* owner = path_owner(ck, path);
    if (owner == NULL) {
        return check_unknown_name(ck, path->segments.items[0].name, path->segments.items[0].span);
    }
    if (owner->kind == TY_ERROR) {
        return check_error(ck, e->span);
    }
    int index = variant_index(ck, owner, last->name);
    if (index >= 0) {
        ty* hint = ty_has_infer(owner) ? expected : owner;
        return check_variant_value(ck, owner->decl, (uint32_t)index, &(ast_types){0}, args, hint,
                                   e->span);
    }
    if (args == NULL || !resolve_method_from(ck->prog, ck->r.mod, owner, last->name, &found)) {
        return check_no_member(ck, owner, last->name, last->span);
    }
    if (found.impl->kind == AST_CLASS) {
        check_access(ck, found.self, found.decl->access, last->name, last->span);
    }
    if (found.decl->has_this != AST_NO_THIS) {
        tmlc_error(ck->files, last->span, "'%s' is a method: it wants an object", last->name)
            ->help = tmlc_format(ck->arena, "call it as object.%s(...)", last->name);
        return check_error(ck, e->span);
    }
    return check_call_decl(ck, &found, NULL, args, &last->args, expected, e->span);
}

hir* check_path(checker* ck, const ast_expr* e, ty* expected) {
    const ast_segment* segment = &e->path.segments.items[0];
    uint32_t index;
    if (e->path.segments.len > 1) {
        return check_long_path(ck, e, &e->path, NULL, expected);
    }
    local* found = check_find_local(ck, segment->name);
    if (found != NULL) {
        return check_local(ck, found, e->span);
    }
    const ast_decl* decl = resolve_decl(ck->r.mod, segment->name);
    if (decl != NULL && decl->kind == AST_CONST) {
        return check_const(ck, decl, e->span);
    }
    if (decl != NULL && decl->kind == AST_FUNC) {
        return check_fn_value(ck, decl, segment);
    }
    const ast_decl* variant = check_variant(ck, segment->name, expected, &index);
    if (variant != NULL) {
        return check_variant_value(ck, variant, index, &segment->args, NULL, expected, e->span);
    }
    return check_unknown_name(ck, segment->name, e->span);
}

hir* check_call(checker* ck, const ast_expr* e, ty* expected) {
    uint32_t index;
    if (e->a->kind != AST_PATH) {
        return check_call_value(ck, check_expr(ck, e->a, NULL), &e->list, e->span);
    }
    const ast_path* path = &e->a->path;
    const ast_segment* segment = &path->segments.items[0];
    if (path->segments.len > 1) {
        return check_long_path(ck, e, path, &e->list, expected);
    }
    local* found = check_find_local(ck, segment->name);
    if (found != NULL) {
        return check_call_value(ck, check_local(ck, found, e->a->span), &e->list, e->span);
    }
    const ast_decl* decl = resolve_decl(ck->r.mod, segment->name);
    if (decl != NULL && decl->kind == AST_FUNC) {
        const ast_decorator* marker = ast_find_decorator(&decl->decorators, "marker");
        if (marker != NULL) {
            return check_marker(ck, decl->name, e, e->span);
        }
        method callee = {decl, NULL, ty_decl_module(ck->prog, decl), NULL, NULL};
        return check_call_decl(ck, &callee, NULL, &e->list, &segment->args, expected, e->span);
    }
    const ast_decl* variant = check_variant(ck, segment->name, expected, &index);
    if (variant != NULL) {
        return check_variant_value(ck, variant, index, &segment->args, &e->list, expected, e->span);
    }
    return check_unknown_name(ck, segment->name, e->a->span);
}
