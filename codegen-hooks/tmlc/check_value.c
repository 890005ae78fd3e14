// SPDX-License-Identifier: Apache-2.0
// Values: what fits where, what is moved, and the dispatch over expressions.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

bool check_is_place(const hir* node) {
    return node->kind == HIR_LOCAL || node->kind == HIR_FIELD || node->kind == HIR_DEREF ||
           node->kind == HIR_CAPTURE;
}

static void move_local(hir* node) {
    local* l = node->local;
    node->is_move = true;
    l->is_ever_moved = true;
    l->is_moved = true;
    l->moved_at = node->span;
}

hir* check_use(checker* ck, hir* node) {
    if (node->type->kind == TY_FUTURE && node->kind == HIR_CALL) {
        hir* future = check_new(ck, HIR_FUTURE, node->span, node->type);
        future->a = node;
        return future;
    }
    if (!check_is_place(node) || !ty_needs_drop(ck->prog, node->type)) {
        return node;
    }
    if (node->kind == HIR_LOCAL) {
        move_local(node);
    } else {
        tmlc_error(ck->files, node->span, "%s cannot be moved out of %s", node->type->name,
                   node->kind == HIR_CAPTURE ? "what the closure borrows"
                   : node->kind == HIR_FIELD ? "a field"
                                             : "what a ref points to")
            ->help = "take a ref to it, or a copy with .duplicate()";
    }
    return node;
}

hir* check_auto_deref(checker* ck, hir* node) {
    while (node->type->kind == TY_REF) {
        hir* inner = check_new(ck, HIR_DEREF, node->span, node->type->args[0]);
        inner->a = node;
        node = inner;
    }
    return node;
}

static bool extends(program* prog, ty* type, const ty* base) {
    ty_layout(prog, type);
    return type->kind == TY_CLASS && type->base != NULL &&
           (type->base == base || extends(prog, type->base, base));
}

static hir* upcast(checker* ck, hir* node, ty* base) {
    while (node->type != base) {
        hir* up = check_new(ck, HIR_UPCAST, node->span, node->type->base);
        up->a = node;
        node = up;
    }
    return node;
}

/// ref X where X implements B, for dyn B.
static hir* to_dyn(checker* ck, hir* node, ty* type) {
    env* scope;
    ty* inner = node->type->kind == TY_REF ? node->type->args[0] : node->type;
    if ((node->type->kind != TY_REF && node->type->kind != TY_CLASS) ||
        resolve_behavior(ck->prog, inner, type->decl, &scope) < 0) {
        return NULL;
    }
    hir* object = check_new(ck, HIR_DYN, node->span, type);
    object->a = node;
    for (uint32_t i = 0; i < type->decl->members.len; i++) {
        method found;
        const ast_decl* member = type->decl->members.items[i];
        if (resolve_method(ck->prog, inner, member->name, &found) && member->tparams.len == 0) {
            hir* entry = check_new(ck, HIR_FN_VALUE, node->span, check_scalar(ck, TY_UNIT));
            entry->fn = resolve_instance(ck->prog, &found, found.env, node->span);
            TMLC_PUSH(ck->arena, &object->list, entry);
        }
    }
    return object;
}

static const char* mismatch_help(checker* ck, const hir* node, const ty* type) {
    const ty* from = node->type;
    if ((ty_is_int(from) || ty_is_float(from)) && (ty_is_int(type) || ty_is_float(type))) {
        return tmlc_format(ck->arena, "convert it: (...) as %s", type->name);
    }
    if (from->kind == TY_FUTURE && from->args[0] == type) {
        return "await it: the call only makes the future";
    }
    if (ty_is_named(ck->prog, type, "Maybe") && type->args[0] == from) {
        return "wrap it: Just(...)";
    }
    if (ty_is_named(ck->prog, type, "Outcome") && type->args[0] == from) {
        return "wrap it: Ok(...)";
    }
    if (ty_is_named(ck->prog, from, "Maybe") || ty_is_named(ck->prog, from, "Outcome")) {
        return "take it apart with 'when', or with '!' where failing may end the function";
    }
    if (type->kind == TY_REF && type->args[0] == from) {
        return type->is_mut ? "pass a reference: mut ref ..." : "pass a reference: ref ...";
    }
    if (ty_is_named(ck->prog, from, "Text") && type->kind == TY_STR) {
        return "borrow its characters with .as_str()";
    }
    if (ty_is_named(ck->prog, type, "Text") && from->kind == TY_STR) {
        return "make a text of it: Text::from(...)";
    }
    return NULL;
}

static hir* fit(checker* ck, hir* node, ty* type) {
    ty* from = node->type;
    if (from == type || from->kind == TY_ERROR || type->kind == TY_ERROR ||
        from->kind == TY_NEVER || ty_has_infer(type)) {
        return check_use(ck, node);
    }
    if (type->kind == TY_UNIT) { // a value that nobody wants
        hir* block = check_new(ck, HIR_BLOCK, node->span, type);
        TMLC_PUSH(ck->arena, &block->list, node);
        return block;
    }
    if (from->kind == TY_REF && type->kind == TY_REF && from->args[0] == type->args[0] &&
        (from->is_mut || !type->is_mut)) {
        return node;
    }
    if (node->kind == HIR_NULL && (type->kind == TY_PTR)) {
        node->type = type;
        return node;
    }
    if (extends(ck->prog, from, type)) {
        return upcast(ck, check_use(ck, node), type);
    }
    if (ty_is_dyn_future(ck->prog, type)) {
        return check_box(ck, node, type);
    }
    if (type->kind == TY_DYN) {
        return to_dyn(ck, node, type);
    }
    if (from->kind == TY_REF) {
        hir* inner = check_new(ck, HIR_DEREF, node->span, from->args[0]);
        inner->a = node;
        return ty_deref(from) == type || extends(ck->prog, from->args[0], type)
                   ? fit(ck, inner, type)
                   : NULL;
    }
    return NULL;
}

hir* check_coerce(checker* ck, hir* node, ty* type) {
    if (type == NULL) {
        return check_use(ck, node);
    }
    hir* value = fit(ck, node, type);
    if (value == NULL) {
        tmlc_diag* diag = tmlc_error(ck->files, node->span, "this is %s", node->type->name);
        diag->expected = type->name;
        diag->help = mismatch_help(ck, node, type);
        return check_error(ck, node->span);
    }
    return value;
}

hir* check_value(checker* ck, const ast_expr* e, ty* expected) {
    return check_coerce(ck, check_expr(ck, e, expected), expected);
}

static hir* check_ref(checker* ck, const ast_expr* e, ty* expected) {
    ty* inner = expected != NULL && expected->kind == TY_REF ? expected->args[0] : NULL;
    hir* place = check_expr(ck, e->a, inner);
    if (place->type->kind == TY_ERROR) {
        return place;
    }
    if (e->flag && place->kind == HIR_LOCAL && !place->local->is_mut && !place->local->is_param) {
        tmlc_error(ck->files, e->span, "'%s' cannot be changed", place->local->name)->help =
            tmlc_format(ck->arena, "declare it with 'var %s'", place->local->name);
    }
    hir* node = check_new(ck, HIR_REF, e->span, ty_ref(ck->prog, place->type, e->flag));
    node->a = place->type->kind == TY_FUTURE ? check_use(ck, place) : place;
    return node;
}

static hir* check_deref(checker* ck, const ast_expr* e) {
    hir* pointer = check_expr(ck, e->a, NULL);
    if (pointer->type->kind != TY_REF && pointer->type->kind != TY_PTR) {
        if (pointer->type->kind != TY_ERROR) {
            tmlc_error(ck->files, e->span, "%s points to nothing", pointer->type->name)->expected =
                "a ref or a pointer";
        }
        return check_error(ck, e->span);
    }
    hir* node = check_new(ck, HIR_DEREF, e->span, pointer->type->args[0]);
    node->a = pointer;
    return node;
}

static bool has_to_string(checker* ck, ty* type) {
    method found;
    return resolve_method(ck->prog, type, tmlc_intern(ck->prog->names, "to_string", 9), &found);
}

static hir* check_interp(checker* ck, const ast_expr* e) {
    hir* node = check_new(ck, HIR_INTERP, e->span, check_scalar(ck, TY_STR));
    for (uint32_t i = 0; i < e->list.len; i++) {
        hir* part = check_auto_deref(ck, check_expr(ck, e->list.items[i], NULL));
        ty* type = part->type;
        bool plain = ty_is_int(type) || ty_is_float(type) || type->kind == TY_BOOL ||
                     type->kind == TY_CHAR || type->kind == TY_STR || type->kind == TY_ERROR ||
                     ty_is_named(ck->prog, type, "Text");
        if (!plain && has_to_string(ck, type)) {
            method found;
            resolve_method(ck->prog, type, tmlc_intern(ck->prog->names, "to_string", 9), &found);
            part = check_call_decl(ck, &found, part, &(ast_exprs){0}, &(ast_types){0}, NULL,
                                   part->span);
        } else if (!plain) {
            tmlc_error(ck->files, part->span, "%s cannot be written into a string", type->name)
                ->help = "give the type a 'func to_string(this) -> Str'";
        }
        TMLC_PUSH(ck->arena, &node->list, part);
    }
    return node;
}

static hir* check_this(checker* ck, const ast_expr* e) {
    local* self = check_find_local(ck, "this");
    if (self == NULL) {
        if (!check_said(ck, ck->fn->decl, "this", e->span)) {
            tmlc_diag* diag = tmlc_error(ck->files, e->span, "there is no 'this' here");
            diag->help = "only methods that name it as their first parameter have one";
            check_say(ck, ck->fn->decl, "this", diag,
                      tmlc_format(ck->arena, "'%s' uses 'this', but does not name it",
                                  ck->fn->decl->name));
        }
        return check_error(ck, e->span);
    }
    return check_local(ck, self, e->span);
}

static hir* check_jump(checker* ck, const ast_expr* e) {
    bool is_break = e->kind == AST_BREAK;
    if (ck->num_loops == 0) {
        tmlc_error(ck->files, e->span, "'%s' stands in no loop", is_break ? "break" : "continue")
            ->help = "a closure has no loop around it; to leave a function write 'return'";
    }
    ck->loop_has_break = ck->loop_has_break || is_break;
    for (uint32_t i = 0; ck->num_loops > 0 && i < ck->loop_scope; i++) {
        bool* moved = is_break ? ck->loop_end : ck->loop_next;
        moved[i] = moved[i] || ck->scope.items[i]->is_moved;
    }
    return check_new(ck, is_break ? HIR_BREAK : HIR_CONTINUE, e->span, check_scalar(ck, TY_NEVER));
}

static hir* check_index(checker* ck, const ast_expr* e) {
    method found;
    hir* base = check_auto_deref(ck, check_expr(ck, e->a, NULL));
    if (base->type->kind == TY_ERROR) {
        return base;
    }
    if (!resolve_method(ck->prog, base->type, tmlc_intern(ck->prog->names, "at", 2), &found)) {
        tmlc_error(ck->files, e->span, "%s has no elements", base->type->name)->help =
            "a List has, and a type with at(this, index: I64)";
        return check_error(ck, e->span);
    }
    ast_exprs args = {0};
    TMLC_PUSH(ck->arena, &args, e->b);
    hir* call = check_call_decl(ck, &found, base, &args, &(ast_types){0}, NULL, e->span);
    hir* node = check_new(ck, HIR_DEREF, e->span, ty_deref(call->type));
    node->a = call;
    return call->type->kind == TY_ERROR ? call : node;
}

static hir* dispatch(checker* ck, const ast_expr* e, ty* expected) {
    switch (e->kind) {
    case AST_INT:
    case AST_FLOAT:
    case AST_CHAR:
    case AST_BOOL:
    case AST_STR:
    case AST_NULL:
        return check_literal(ck, e, expected);
    case AST_UNIT:
        return check_new(ck, HIR_UNIT, e->span, check_scalar(ck, TY_UNIT));
    case AST_INTERP:
        return check_interp(ck, e);
    case AST_PATH:
        return check_path(ck, e, expected);
    case AST_THIS:
        return check_this(ck, e);
    case AST_LIST:
        return check_list(ck, e, expected);
    case AST_STRUCT:
        return check_struct(ck, e, expected);
    case AST_CALL:
        return check_call(ck, e, expected);
    case AST_METHOD:
        return check_method_call(ck, e, expected);
    case AST_FIELD:
        return check_field(ck, e);
    case AST_INDEX:
        return check_index(ck, e);
    case AST_AWAIT:
        return check_await(ck, e);
    case AST_TRY:
        return check_try(ck, e);
    case AST_UNARY:
        return check_unary(ck, e, expected);
    case AST_BINARY:
        return check_binary(ck, e, expected);
    case AST_ASSIGN:
        return check_assign(ck, e);
    case AST_REF:
        return check_ref(ck, e, expected);
    case AST_DEREF:
        return check_deref(ck, e);
    case AST_CAST:
        return check_cast(ck, e);
    case AST_IF:
        return check_if(ck, e, expected);
    case AST_WHEN:
        return check_when(ck, e, expected);
    case AST_SELECT:
        return check_select(ck, e, expected);
    case AST_BLOCK:
        return check_block(ck, e, expected);
    case AST_LOOP:
        return check_loop(ck, e);
    case AST_FOR:
        return check_for(ck, e);
    case AST_CLOSURE:
        return check_closure(ck, e, expected);
    case AST_LET:
        return check_let(ck, e);
    case AST_RETURN:
        return check_return(ck, e);
    case AST_BREAK:
    case AST_CONTINUE:
        return check_jump(ck, e);
    case AST_RANGE:
        tmlc_error(ck->files, e->span, "a range stands only behind 'in'");
        return check_error(ck, e->span);
    case AST_ERROR:
        break;
    }
    return check_error(ck, e->span);
}

hir* check_expr(checker* ck, const ast_expr* e, ty* expected) {
    if (ck->depth > TMLC_MAX_DEPTH * 2) {
        tmlc_error(ck->files, e->span, "this is nested too deeply")->help =
            "name parts of it with 'let'";
        return check_error(ck, e->span);
    }
    ck->depth++;
    hir* node = dispatch(ck, e, expected);
    ck->depth--;
    return node;
}
