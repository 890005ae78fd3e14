// SPDX-License-Identifier: Apache-2.0
// Values that are built: structs, class objects, variants, lists, closures.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

static const ast_field_value* written_field(const ast_expr* e, const char* name) {
    for (uint32_t i = 0; i < e->fields.len; i++) {
        if (e->fields.items[i].name == name) {
            return &e->fields.items[i];
        }
    }
    return NULL;
}

static void check_known_fields(checker* ck, const ast_expr* e, ty* type) {
    for (uint32_t i = 0; i < e->fields.len; i++) {
        const ast_field_value* field = &e->fields.items[i];
        const char* best = NULL;
        bool known = false;
        for (const ty* t = type; t != NULL; t = t->base) {
            for (uint32_t k = 0; k < t->fields.len; k++) {
                known = known || t->fields.items[k].name == field->name;
                best = tmlc_closest(field->name, best, t->fields.items[k].name);
            }
        }
        if (!known) {
            tmlc_diag* diag =
                tmlc_error(ck->files, field->span, "%s has no field '%s'", type->name, field->name);
            diag->help = best != NULL ? tmlc_format(ck->arena, "did you mean '%s'?", best) : NULL;
        } else if (written_field(e, field->name) != field) {
            tmlc_error(ck->files, field->span, "the field '%s' is given twice", field->name)->help =
                "remove one of them";
        }
    }
}

/// The type of a literal: as written, or with the arguments of the expected type, or inferred.
static ty* literal_type(checker* ck, const ast_expr* e, ty* expected) {
    ast_type written = {.kind = AST_TYPE_PATH, .span = e->path.span, .path = e->path};
    resolver r = ck->r;
    r.may_infer = true;
    ty* type = resolve_type(&r, &written);
    if (!ty_has_infer(type)) {
        return type;
    }
    if (expected != NULL && expected->decl == type->decl && !ty_has_infer(expected)) {
        return expected;
    }
    env* scope = NULL;
    const ast_decl* decl = type->decl;
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        scope = resolve_bind(ck->prog, scope, decl->tparams.items[i].name, NULL);
    }
    r = (resolver){ck->prog, ty_decl_module(ck->prog, decl), scope, NULL, NULL, true};
    for (uint32_t i = 0; i < decl->fields.len; i++) {
        const ast_field_value* value = written_field(e, decl->fields.items[i].name);
        ty* hint = resolve_type(&r, decl->fields.items[i].type);
        if (value != NULL && ty_has_infer(hint)) {
            // looked at for its type only: the second check makes the node
            uint32_t num;
            bool* before = check_moves_save(ck, &num);
            resolve_infer(&r, decl->fields.items[i].type, check_expr(ck, value->value, hint)->type,
                          scope);
            check_moves_restore(ck, before, num);
        }
    }
    ty_list args = {0};
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        const env* bound = resolve_lookup(scope, decl->tparams.items[i].name);
        if (bound->type == NULL || ty_has_infer(bound->type)) {
            tmlc_error(ck->files, e->path.span,
                       "the type %s of '%s' does not follow from its fields", bound->name,
                       decl->name)
                ->help = tmlc_format(ck->arena, "write %s[...] { ... }", decl->name);
            return check_scalar(ck, TY_ERROR);
        }
        TMLC_PUSH(ck->arena, &args, bound->type);
    }
    if (!resolve_check_bounds(ck->prog, decl, args.items, e->path.span)) {
        return check_scalar(ck, TY_ERROR);
    }
    return ty_make(ck->prog, type->kind, false, decl, args.items, args.len, NULL);
}

/// The values of a literal, checked in the order in which they are written: so they are evaluated.
static hir** check_written_fields(checker* ck, const ast_expr* e, const ty* type) {
    hir** values = tmlc_alloc(ck->arena, (e->fields.len + 1) * sizeof(hir*));
    for (uint32_t i = 0; i < e->fields.len; i++) {
        const ast_field_value* written = &e->fields.items[i];
        for (const ty* t = type; t != NULL && values[i] == NULL; t = t->base) {
            for (uint32_t k = 0; k < t->fields.len && values[i] == NULL; k++) {
                if (t->fields.items[k].name == written->name) {
                    check_access(ck, t, t->fields.items[k].ast->access, written->name,
                                 written->span);
                    values[i] = check_value(ck, written->value, t->fields.items[k].type);
                }
            }
        }
    }
    return values;
}

static void check_literal_fields(checker* ck, const ast_expr* e, hir** values, hir* node,
                                 ty* type) {
    for (uint32_t i = 0; i < type->fields.len; i++) {
        const ty_field* field = &type->fields.items[i];
        const ast_field_value* value = written_field(e, field->name);
        hir* item = NULL;
        if (value != NULL) {
            item = values[value - e->fields.items];
        } else if (field->ast->init != NULL) {
            item = check_default(ck, type, field);
        } else if (values == NULL ||
                   (node->type->kind == TY_CLASS && check_can_leave_out(ck, field))) {
            item = check_left_out(ck, field, e->path.span);
        } else {
            tmlc_error(ck->files, e->path.span, "the field '%s' of %s is missing", field->name,
                       type->name)
                ->help = tmlc_format(ck->arena, "add '%s: ...'", field->name);
        }
        TMLC_PUSH(ck->arena, &node->list, item);
    }
}

/// A literal makes an object as `new` does: where that is private, so is the literal.
static void check_constructor_access(checker* ck, const ty* type, tmlc_span span) {
    for (uint32_t i = 0; i < type->decl->members.len; i++) {
        const ast_decl* member = type->decl->members.items[i];
        if (strcmp(member->name, "new") == 0) {
            check_access(ck, type, member->access, member->name, span);
        }
    }
}

hir* check_struct(checker* ck, const ast_expr* e, ty* expected) {
    ty* type = literal_type(ck, e, expected);
    if (type->kind != TY_STRUCT && type->kind != TY_CLASS) {
        if (type->kind != TY_ERROR) {
            tmlc_error(ck->files, e->path.span, "%s has no fields", type->name)->help =
                "a literal Name { field: value } is of a struct or a class";
        }
        for (uint32_t i = 0; i < e->fields.len; i++) {
            check_expr(ck, e->fields.items[i].value, NULL);
        }
        return check_error(ck, e->span);
    }
    ty_layout(ck->prog, type);
    if (type->kind == TY_CLASS && check_may_make(ck, type, e->path.span)) {
        check_constructor_access(ck, type, e->path.span);
        check_table(ck->prog, type);
    }
    check_known_fields(ck, e, type);
    hir* node = check_new(ck, type->kind == TY_CLASS ? HIR_NEW : HIR_STRUCT, e->span, type);
    hir** values = check_written_fields(ck, e, type);
    check_literal_fields(ck, e, values, node, type);
    hir* inner = node; // a base's fields, in a list of their own
    for (ty* base = type->base; base != NULL; base = base->base) {
        inner->a = check_new(ck, HIR_NEW, e->span, base);
        inner = inner->a;
        check_literal_fields(ck, e, values, inner, base);
    }
    return node;
}

hir* check_blank(checker* ck, ty* type, tmlc_span span) {
    ast_expr nothing = {.kind = AST_STRUCT, .span = span, .path.span = span};
    hir* node = check_new(ck, HIR_NEW, span, type);
    ty_layout(ck->prog, type);
    check_table(ck->prog, type);
    check_literal_fields(ck, &nothing, NULL, node, type);
    if (type->base != NULL) {
        node->a = check_blank(ck, type->base, span);
    }
    return node;
}

const char* check_variant_form(checker* ck, const char* name, uint32_t num) {
    const char* text = name;
    for (uint32_t i = 0; i < num; i++) {
        text = tmlc_format(ck->arena, "%s%s_", text, i == 0 ? "(" : ", ");
    }
    return tmlc_format(ck->arena, "write %s%s", text, num > 0 ? ")" : "");
}

static int find_variant(const ast_decl* decl, const char* name) {
    for (uint32_t i = 0; decl->kind == AST_ENUM && i < decl->variants.len; i++) {
        if (decl->variants.items[i].name == name) {
            return (int)i;
        }
    }
    return -1;
}

const ast_decl* check_variant(checker* ck, const char* name, ty* expected, uint32_t* out_index) {
    int index;
    if (expected != NULL && expected->kind == TY_ENUM &&
        (index = find_variant(expected->decl, name)) >= 0) {
        *out_index = (uint32_t)index;
        return expected->decl;
    }
    for (uint32_t m = 0; m < 2; m++) {
        const module* mod = m == 0 ? ck->r.mod : ck->prog->modules.items[0];
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            if ((index = find_variant(mod->ast->decls.items[i], name)) >= 0) {
                *out_index = (uint32_t)index;
                return mod->ast->decls.items[i];
            }
        }
        for (uint32_t i = 0; i < mod->num_imports; i++) {
            const ast_decl* decl = mod->imports[i].decl;
            if (decl != NULL && (index = find_variant(decl, name)) >= 0) {
                *out_index = (uint32_t)index;
                return decl;
            }
        }
    }
    return NULL;
}

/// The enum's type arguments: written, expected, or from the arguments of the variant.
static ty* variant_type(checker* ck, const ast_decl* decl, const ast_variant* variant, env* scope,
                        hir_list* nodes, const ast_exprs* args, tmlc_span span) {
    resolver r = {ck->prog, ty_decl_module(ck->prog, decl), scope, NULL, NULL, true};
    for (uint32_t i = 0; args != NULL && i < args->len; i++) {
        ty* hint = resolve_type(&r, variant->types.items[i]);
        hir* node = check_expr(ck, args->items[i], hint);
        if (ty_has_infer(hint)) {
            resolve_infer(&r, variant->types.items[i], node->type, scope);
        }
        TMLC_PUSH(ck->arena, nodes, node);
    }
    ty_list types = {0};
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        const env* bound = resolve_lookup(scope, decl->tparams.items[i].name);
        if (bound->type == NULL || ty_has_infer(bound->type)) {
            for (uint32_t k = 0; k < nodes->len; k++) {
                if (nodes->items[k]->type->kind == TY_ERROR) {
                    return check_scalar(ck, TY_ERROR);
                }
            }
            tmlc_error(ck->files, span, "the type %s of '%s' is not known here", bound->name,
                       decl->name)
                ->help = tmlc_format(ck->arena, "say what it is: let x: %s[...] = ...", decl->name);
            return check_scalar(ck, TY_ERROR);
        }
        TMLC_PUSH(ck->arena, &types, bound->type);
    }
    if (!resolve_check_bounds(ck->prog, decl, types.items, span)) {
        return check_scalar(ck, TY_ERROR);
    }
    return ty_make(ck->prog, TY_ENUM, false, decl, types.items, types.len, NULL);
}

hir* check_variant_value(checker* ck, const ast_decl* decl, uint32_t index, const ast_types* types,
                         const ast_exprs* args, ty* expected, tmlc_span span) {
    const ast_variant* variant = &decl->variants.items[index];
    uint32_t num = args == NULL ? 0 : args->len;
    env* scope = NULL;
    if (num != variant->types.len) {
        tmlc_error(ck->files, span, "'%s' holds %u value%s, not %u", variant->name,
                   variant->types.len, variant->types.len == 1 ? "" : "s", num)
            ->help = check_variant_form(ck, variant->name, variant->types.len);
        return check_error(ck, span);
    }
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        ty* known = expected != NULL && expected->decl == decl ? expected->args[i] : NULL;
        known = i < types->len ? resolve_type(&ck->r, types->items[i]) : known;
        known = known != NULL && known->kind == TY_INFER ? NULL : known;
        scope = resolve_bind(ck->prog, scope, decl->tparams.items[i].name, known);
    }
    hir_list nodes = {0};
    ty* type = variant_type(ck, decl, variant, scope, &nodes, args, span);
    if (type->kind == TY_ERROR) {
        return check_error(ck, span);
    }
    ty_layout(ck->prog, type);
    hir* node = check_new(ck, HIR_VARIANT, span, type);
    node->index = index;
    for (uint32_t i = 0; i < nodes.len; i++) {
        TMLC_PUSH(ck->arena, &node->list,
                  check_coerce(ck, nodes.items[i], type->variants.items[index].types.items[i]));
    }
    return node;
}

/// [a, b] is a List: made with room, then filled.
hir* check_list(checker* ck, const ast_expr* e, ty* expected) {
    const ast_decl* decl = resolve_prelude(ck->prog, "List");
    ty* element = expected != NULL && expected->decl == decl ? expected->args[0] : NULL;
    element = element != NULL && element->kind == TY_INFER ? NULL : element;
    hir_list items = {0};
    for (uint32_t i = 0; i < e->list.len; i++) {
        hir* item = check_value(ck, e->list.items[i], element);
        element = element == NULL ? item->type : element;
        TMLC_PUSH(ck->arena, &items, item);
    }
    if (element == NULL || element->kind == TY_ERROR) {
        if (element == NULL) {
            tmlc_error(ck->files, e->span, "the type of the elements is not known here")->help =
                "say what it is: let x: List[I64] = []";
        }
        return check_error(ck, e->span);
    }
    ty* type = ty_make(ck->prog, TY_STRUCT, false, decl, &element, 1, NULL);
    hir* block = check_new(ck, HIR_BLOCK, e->span, type);
    local* list = check_declare(ck, "<list>", type, e->span, true);
    ck->scope.len--;
    hir* let = check_new(ck, HIR_LET, e->span, check_scalar(ck, TY_UNIT));
    method make, push;
    resolve_method(ck->prog, type, tmlc_intern(ck->prog->names, "new", 3), &make);
    resolve_method(ck->prog, type, tmlc_intern(ck->prog->names, "push", 4), &push);
    let->local = list;
    let->a = check_call_decl(ck, &make, NULL, &(ast_exprs){0}, &(ast_types){0}, type, e->span);
    TMLC_PUSH(ck->arena, &block->list, let);
    for (uint32_t i = 0; i < items.len; i++) {
        hir* call = check_new(ck, HIR_CALL, e->span, check_scalar(ck, TY_UNIT));
        hir* self = check_new(ck, HIR_REF, e->span, ty_ref(ck->prog, type, true));
        self->a = check_local(ck, list, e->span);
        call->fn = resolve_instance(ck->prog, &push, push.env, e->span);
        TMLC_PUSH(ck->arena, &call->list, self);
        TMLC_PUSH(ck->arena, &call->list, items.items[i]);
        TMLC_PUSH(ck->arena, &block->list, call);
    }
    hir* value = check_local(ck, list, e->span);
    value->is_move = list->is_ever_moved = true;
    TMLC_PUSH(ck->arena, &block->list, value);
    block->has_value = true;
    return block;
}

hir* check_closure(checker* ck, const ast_expr* e, ty* expected) {
    static uint32_t s_number; // only a name
    bool fits =
        expected != NULL && expected->kind == TY_FUNC && expected->num_args == e->params.len + 1;
    fn* f = TMLC_NEW(ck->arena, fn);
    f->closure = e;
    f->decl = ck->fn->decl;
    f->mod = ck->r.mod;
    f->self = ck->fn->self;
    f->impl = ck->fn->impl;
    f->env = ck->fn->env;
    f->outer = ck->fn;
    f->is_closure = true;
    f->symbol = tmlc_format(ck->arena, "tml_closure_%u", s_number++);
    f->name = tmlc_format(ck->arena, "%s.closure", ck->fn->name);
    ty_list args = {0};
    for (uint32_t i = 0; i < e->params.len; i++) {
        const ast_param* ast = &e->params.items[i];
        ty* type = ast->type != NULL ? resolve_type(&ck->r, ast->type)
                   : fits            ? expected->args[i]
                                     : check_scalar(ck, TY_INFER);
        if (type->kind == TY_INFER) {
            tmlc_error(ck->files, ast->span, "the type of '%s' is not known here", ast->name)
                ->help = tmlc_format(ck->arena, "write 'do(%s: Type) ...'", ast->name);
            type = check_scalar(ck, TY_ERROR);
        }
        local* param = TMLC_NEW(ck->arena, local);
        *param = (local){.name = ast->name,
                         .type = type,
                         .span = ast->span,
                         .owner = f,
                         .is_mut = ast->is_mut,
                         .is_param = true};
        TMLC_PUSH(ck->arena, &f->params, param);
        TMLC_PUSH(ck->arena, &args, type);
    }
    ty* result = e->type != NULL ? resolve_type(&ck->r, e->type)
                 : fits && !ty_has_infer(expected->args[e->params.len])
                     ? expected->args[e->params.len]
                     : NULL;
    check_closure_body(ck, f, e->a, result);
    if (!check_future_stays(ck, f->body, false)) {
        f->result = check_scalar(ck, TY_ERROR);
    }
    TMLC_PUSH(ck->arena, &args, f->result);
    hir* node = check_new(ck, HIR_CLOSURE, e->span,
                          ty_make(ck->prog, TY_FUNC, false, NULL, args.items, args.len, NULL));
    node->fn = f;
    f->is_checked = true;
    TMLC_PUSH(ck->arena, &ck->prog->fns, f);
    return f->result->kind == TY_ERROR ? check_error(ck, e->span) : node;
}
