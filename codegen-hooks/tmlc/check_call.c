// SPDX-License-Identifier: Apache-2.0
// Calls: arguments, and the type arguments that follow from them.
//
// The bindings start with what is written and what the expected result says; then each argument is
// checked against its parameter as far as that is known, and binds what it can: so a closure's
// parameters follow from the arguments before it, and its result binds the rest.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

/// A function of the prelude whose last parameter is where its caller stands, for the message of a
/// panic: nobody writes it.
static bool is_placed(const checker* ck, const ast_decl* decl) {
    return decl->file == ck->prog->modules.items[0]->ast->file &&
           ast_find_decorator(&decl->decorators, "placed") != NULL;
}

static const char* signature(checker* ck, const ast_decl* decl) {
    const char* text = tmlc_format(ck->arena, "%s(", decl->name);
    for (uint32_t i = 0; i < decl->params.len - is_placed(ck, decl); i++) {
        text =
            tmlc_format(ck->arena, "%s%s%s", text, i == 0 ? "" : ", ", decl->params.items[i].name);
    }
    return tmlc_format(ck->arena, "%s)", text);
}

/// The arguments of such a call, with "file:line" behind those that are written.
static const ast_exprs* with_place(checker* ck, const ast_decl* decl, const ast_exprs* args,
                                   tmlc_span span, ast_exprs* room) {
    if (!is_placed(ck, decl)) {
        return args;
    }
    for (uint32_t i = 0; i < args->len; i++) {
        TMLC_PUSH(ck->arena, room, args->items[i]);
    }
    ast_expr* place = TMLC_NEW(ck->arena, ast_expr);
    place->kind = AST_STR;
    place->span = span;
    place->name = tmlc_format(ck->arena, "%s:%u", ck->files->sources.items[span.file].name,
                              tmlc_line(ck->files, span, NULL));
    TMLC_PUSH(ck->arena, room, place);
    return room;
}

static bool check_count(checker* ck, const ast_decl* decl, uint32_t num, tmlc_span span) {
    uint32_t wanted = decl->params.len - is_placed(ck, decl);
    if (num == wanted) {
        return true;
    }
    tmlc_diag* diag = tmlc_error(ck->files, span, "'%s' takes %u argument%s, not %u", decl->name,
                                 wanted, wanted == 1 ? "" : "s", num);
    diag->expected = signature(ck, decl);
    if (decl->name_span.end > 0) {
        diag->note_span = decl->name_span;
        diag->note = "it is declared here";
    }
    return false;
}

/// The function's own type parameters, over those of its impl.
static env* bind_written(checker* ck, const ast_decl* decl, env* scope, const ast_types* types,
                         tmlc_span span) {
    if (types->len > 0 && types->len != decl->tparams.len) {
        tmlc_error(ck->files, span, "'%s' takes %u type arguments, not %u", decl->name,
                   decl->tparams.len, types->len)
            ->help = "leave them out where they follow from the arguments";
    }
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        ty* type = i < types->len ? resolve_type(&ck->r, types->items[i]) : NULL;
        scope = resolve_bind(ck->prog, scope, decl->tparams.items[i].name, type);
    }
    return scope;
}

static bool check_bounds(checker* ck, const method* found, env* scope, tmlc_span span) {
    for (uint32_t i = 0; i < found->decl->tparams.len; i++) {
        const ast_tparam* param = &found->decl->tparams.items[i];
        ty* type = resolve_lookup(scope, param->name)->type;
        const ast_decl* unmet = resolve_unmet(ck->prog, found->mod, param, type);
        if (unmet != NULL) {
            tmlc_error(ck->files, span, "%s is no %s, which '%s' asks of %s", type->name,
                       unmet->name, found->decl->name, param->name)
                ->help =
                tmlc_format(ck->arena, "write 'impl %s for %s { ... }'", unmet->name, type->name);
            return false;
        }
    }
    return true;
}

static bool all_bound(checker* ck, const ast_decl* decl, env* scope, tmlc_span span) {
    for (const env* e = scope; e != NULL; e = e->next) {
        if (e->type != NULL && e->type->kind == TY_ERROR) {
            return false;
        }
        if (e->type == NULL || ty_has_infer(e->type)) {
            tmlc_error(ck->files, span, "the type %s of '%s' does not follow from this call",
                       e->name, decl->name)
                ->help = "write the type of the result, or the type arguments: name[Type](...)";
            return false;
        }
    }
    return true;
}

/// Checks the arguments, binding type parameters. Writes one node per argument.
static bool check_args(checker* ck, resolver* callee, const ast_decl* decl, const ast_exprs* args,
                       env* scope, hir_list* out) {
    bool ok = true, spawns = callee->mod == ck->prog->modules.items[0] &&
                             ast_find_decorator(&decl->decorators, "spawns") != NULL;
    callee->env = scope;
    callee->may_infer = true;
    for (uint32_t i = 0; i < args->len; i++) {
        const ast_type* written = decl->params.items[i].type;
        ty* hint = resolve_type(callee, written);
        hir* node = check_expr(ck, args->items[i], hint);
        if (spawns && i == 0 && !ty_is_named(ck->prog, node->type, "JoinHandle")) {
            node = check_spawn(ck, node, false, node->span);
        }
        if (node->type->kind == TY_ERROR) {
            ok = false;
        } else if (scope != NULL && ty_has_infer(hint) &&
                   !resolve_infer(callee, written, node->type, scope) &&
                   !resolve_infer(callee, written, ty_deref(node->type), scope)) {
            tmlc_error(ck->files, node->span, "this is %s", node->type->name)->expected =
                resolve_type(callee, written)->name;
            ok = false;
        }
        TMLC_PUSH(ck->arena, out, node);
    }
    return ok;
}

static hir* check_self(checker* ck, const fn* f, hir* self) {
    ty* wanted = f->params.items[0]->type;
    ty* target = wanted->kind == TY_REF ? wanted->args[0] : wanted;
    while (self->type != wanted && self->type != target &&
           (self->type->kind == TY_REF || self->type->kind == TY_PTR)) {
        hir* inner = check_new(ck, HIR_DEREF, self->span, self->type->args[0]);
        inner->a = self;
        self = inner;
    }
    if (ty_is_named(ck->prog, wanted, "Pin") &&
        self->type != wanted) { // mut this: Pin[mut ref This]
        hir* place = check_auto_deref(ck, self);
        hir *pin = check_new(ck, HIR_STRUCT, self->span, wanted),
            *ref = check_new(ck, HIR_REF, self->span, wanted->args[0]);
        ty_layout(ck->prog, wanted);
        ref->a = check_is_place(place) ? place : check_use(ck, place);
        TMLC_PUSH(ck->arena, &pin->list, ref);
        return place->type == wanted->args[0]->args[0] ? pin : check_coerce(ck, self, wanted);
    }
    if (self->type == wanted || wanted->kind != TY_REF) {
        return check_coerce(ck, self, wanted);
    }
    if (self->kind == HIR_DEREF && self->a->type->kind == TY_REF) {
        return self->a; // a ref already
    }
    hir* node = check_new(ck, HIR_REF, self->span, wanted);
    node->a = check_is_place(self) ? self : check_use(ck, self);
    return node;
}

static hir* finish_call(checker* ck, fn* f, hir* self, hir_list* nodes, tmlc_span span) {
    ty* result = f->is_constructor ? f->self : f->result;
    if (f->is_constructor &&
        (!check_may_make(ck, f->self, span) || !check_may_construct(ck, f, span))) {
        return check_error(ck, span);
    }
    hir* call = check_new(ck, HIR_CALL, span, result);
    call->fn = f;
    if (f->is_async) {
        call->type = ty_make(ck->prog, TY_FUTURE, false, NULL, &f->result, 1, f);
    }
    uint32_t first = f->params.len - nodes->len;
    if (self == NULL && first == 1 && !f->is_constructor) {
        tmlc_error(ck->files, span, "'%s' is a method: it wants an object", f->name)->help =
            tmlc_format(ck->arena, "call it as object.%s(...), or declare it 'static'",
                        f->decl->name);
        return check_error(ck, span);
    }
    if (self != NULL && first == 1 && !f->is_constructor) {
        TMLC_PUSH(ck->arena, &call->list, check_self(ck, f, self));
    }
    for (uint32_t i = 0; i < nodes->len; i++) {
        hir* node = nodes->items[i];
        hir* value = check_coerce(ck, node, f->params.items[first + i]->type);
        if (!f->is_async && !check_future_stays(ck, value, true)) {
            return check_error(ck, span);
        }
        TMLC_PUSH(ck->arena, &call->list, value);
    }
    if (f->traits.context && (!ck->fn->is_async || ck->fn->is_closure)) {
        check_needs_async(
            ck, tmlc_format(ck->arena, "calls '%s', which wants the context of a task", f->name),
            span);
    }
    return call;
}

/// The type that a function belongs to, when its arguments have said what it is.
static ty* bound_self(checker* ck, const method* found, env* scope) {
    if (found->impl->kind == AST_IMPL) {
        return resolve_type(&(resolver){ck->prog, found->mod, scope, NULL, NULL, false},
                            found->impl->target);
    }
    ty_list args = {0};
    for (uint32_t i = 0; i < found->impl->tparams.len; i++) {
        TMLC_PUSH(ck->arena, &args,
                  resolve_lookup(scope, found->impl->tparams.items[i].name)->type);
    }
    return ty_make(ck->prog, found->self->kind, false, found->impl, args.items, args.len, NULL);
}

hir* check_call_decl(checker* ck, const method* found, hir* self, const ast_exprs* args,
                     const ast_types* types, ty* expected, tmlc_span span) {
    const ast_decl* decl = found->decl;
    resolver callee = {ck->prog, found->mod, NULL, found->self, found->impl, true};
    if (!check_count(ck, decl, args->len, span)) {
        for (uint32_t i = 0; i < args->len; i++) {
            check_expr(ck, args->items[i], NULL);
        }
        return check_error(ck, span);
    }
    env* scope = bind_written(ck, decl, found->env, types, span);
    hir_list nodes = {0};
    ast_exprs room = {0};
    args = with_place(ck, decl, args, span, &room);
    callee.env = scope;
    if (decl->result != NULL && expected != NULL && !ty_has_infer(expected) && !decl->is_async &&
        scope != NULL) {
        resolve_infer(&callee, decl->result, expected, scope);
    }
    bool makes = decl->result == NULL && found->impl != NULL && found->impl->kind == AST_CLASS &&
                 !decl->is_static && strcmp(decl->name, "new") == 0;
    for (uint32_t i = 0; makes && expected != NULL && expected->decl == found->impl &&
                         !ty_has_infer(expected) && i < expected->num_args;
         i++) { // the object is of the type that is wanted
        env* bound = resolve_lookup(scope, found->impl->tparams.items[i].name);
        bound->type =
            bound->type == NULL || ty_has_infer(bound->type) ? expected->args[i] : bound->type;
    }
    if (!check_args(ck, &callee, decl, args, scope, &nodes) || !all_bound(ck, decl, scope, span) ||
        !check_bounds(ck, found, scope, span)) {
        return check_error(ck, span);
    }
    method exact = *found;
    callee.may_infer = false;
    if (found->self != NULL && ty_has_infer(found->self)) {
        exact.self = bound_self(ck, found, scope);
    }
    fn* f = resolve_instance(ck->prog, &exact, scope, span);
    return finish_call(ck, f, self, &nodes, span);
}

hir* check_call_value(checker* ck, hir* callee, const ast_exprs* args, tmlc_span span) {
    callee = check_auto_deref(ck, callee);
    ty* type = callee->type;
    if (type->kind != TY_FUNC || type->num_args != args->len + 1) {
        if (type->kind != TY_ERROR) {
            tmlc_error(ck->files, span, "%s cannot be called with %u arguments", type->name,
                       args->len)
                ->help = type->kind == TY_FUNC ? "give it as many as its type says"
                                               : "only a function is called";
        }
        return check_error(ck, span);
    }
    hir* call = check_new(ck, HIR_CALL_VALUE, span, type->args[args->len]);
    call->a = callee;
    for (uint32_t i = 0; i < args->len; i++) {
        TMLC_PUSH(ck->arena, &call->list, check_value(ck, args->items[i], type->args[i]));
    }
    return call;
}

hir* check_call_dyn(checker* ck, hir* object, const ast_expr* e) {
    const ast_decl* behavior = object->type->decl;
    uint32_t slot = 0;
    for (uint32_t i = 0; i < behavior->members.len; i++) {
        const ast_decl* member = behavior->members.items[i];
        if (member->name == e->name && member->tparams.len == 0) {
            resolver r = {ck->prog, ty_decl_module(ck->prog, behavior), NULL, object->type, NULL,
                          false};
            if (!check_count(ck, member, e->list.len, e->span)) {
                return check_error(ck, e->span);
            }
            ty* result = member->result != NULL ? resolve_type(&r, member->result)
                                                : check_scalar(ck, TY_UNIT);
            if (member->is_async) { // the table has what makes a boxed future of it
                result = ty_make(ck->prog, TY_DYN, false, resolve_prelude(ck->prog, "Future"),
                                 &result, 1, NULL);
            }
            hir* call = check_new(ck, HIR_CALL_DYN, e->span, result);
            call->a = object;
            call->index = slot;
            call->text = member->name;
            for (uint32_t k = 0; k < e->list.len; k++) {
                ty* type = resolve_type(&r, member->params.items[k].type);
                TMLC_PUSH(ck->arena, &call->list, check_value(ck, e->list.items[k], type));
            }
            return call;
        }
        slot += member->tparams.len == 0;
    }
    return check_no_member(ck, object->type, e->name, e->name_span);
}

hir* check_fn_value(checker* ck, const ast_decl* decl, const ast_segment* segment) {
    method found = {decl, NULL, ty_decl_module(ck->prog, decl), NULL, NULL};
    env* scope = bind_written(ck, decl, NULL, &segment->args, segment->span);
    ty_list args = {0};
    if (decl->is_async || !all_bound(ck, decl, scope, segment->span)) {
        if (decl->is_async) {
            tmlc_error(ck->files, segment->span, "'%s' is async: it has no plain function value",
                       decl->name)
                ->help = "pass its future: call it where a dyn Future is expected";
        }
        return check_error(ck, segment->span);
    }
    fn* f = resolve_instance(ck->prog, &found, scope, segment->span);
    for (uint32_t i = 0; i < f->params.len; i++) {
        TMLC_PUSH(ck->arena, &args, f->params.items[i]->type);
    }
    TMLC_PUSH(ck->arena, &args, f->result);
    hir* node = check_new(ck, HIR_FN_VALUE, segment->span,
                          ty_make(ck->prog, TY_FUNC, false, NULL, args.items, args.len, NULL));
    node->fn = f;
    return node;
}
