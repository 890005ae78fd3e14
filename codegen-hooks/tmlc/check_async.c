// SPDX-License-Identifier: Apache-2.0
// await, spawn, block_on: what each takes and gives.
//
// The call of an async function is a future of its output. Awaited, spawned or run at once it stays
// the call; anywhere else it is a value with a frame slot (check_use). A join handle gives an
// Outcome, since the task may have died.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

static bool may_await(checker* ck, tmlc_span span) {
    if (ck->fn->is_async && !ck->fn->is_closure) {
        return true;
    }
    tmlc_diag* diag = tmlc_error(ck->files, span, "'await' stands only in an async function");
    diag->help = ck->fn->is_closure
                     ? "await before the closure, and let it use the result"
                     : tmlc_format(ck->arena, "declare 'async func %s'", ck->fn->decl->name);
    return false;
}

static ty* outcome_of(checker* ck, ty* value) {
    ty* args[] = {value, NULL};
    resolver r = {ck->prog, ck->prog->modules.items[0], NULL, NULL, NULL, false};
    args[1] = resolve_decl_type(&r, resolve_prelude(ck->prog, "JoinError"), &(ast_types){0},
                                (tmlc_span){0});
    ty* type =
        ty_make(ck->prog, TY_ENUM, false, resolve_prelude(ck->prog, "Outcome"), args, 2, NULL);
    ty_layout(ck->prog, type);
    return type;
}

/// A value of a type that implements Future: its poll is called until it is ready.
static hir* await_impl(checker* ck, hir* value, tmlc_span span) {
    method found;
    env* scope;
    ty* type = ty_deref(value->type);
    const ast_decl* behavior = resolve_prelude(ck->prog, "Future");
    if (resolve_behavior(ck->prog, type, behavior, &scope) < 0 ||
        !resolve_method(ck->prog, type, tmlc_intern(ck->prog->names, "poll", 4), &found)) {
        return NULL;
    }
    hir* node = check_new(ck, HIR_AWAIT, span, NULL);
    node->fn = resolve_instance(ck->prog, &found, found.env, span);
    ty* poll = node->fn->result;
    if (!ty_is_named(ck->prog, poll, "Poll") || node->fn->params.len != 2) {
        tmlc_error(ck->files, span, "the poll of %s does not answer with a Poll", type->name);
        return check_error(ck, span);
    }
    ty_layout(ck->prog, poll);
    node->type = poll->args[0];
    node->a = check_is_place(value) ? check_auto_deref(ck, value) : value;
    return node;
}

hir* check_await(checker* ck, const ast_expr* e) {
    hir* value = check_expr(ck, e->a, NULL);
    if (value->type->kind == TY_ERROR || !may_await(ck, e->span)) {
        return check_error(ck, e->span);
    }
    hir* node = check_new(ck, HIR_AWAIT, e->span, NULL);
    if (value->type->kind == TY_FUTURE) {
        node->a = value->kind == HIR_CALL ? value : check_use(ck, value);
        node->type = value->type->args[0];
        return node;
    }
    if (value->type->kind == TY_BLOCKING || ty_is_named(ck->prog, value->type, "JoinHandle")) {
        node->a = check_use(ck, value);
        node->type = outcome_of(ck, value->type->args[0]);
        return node;
    }
    node = await_impl(ck, value, e->span);
    if (node == NULL) {
        tmlc_error(ck->files, value->span, "%s cannot be awaited", value->type->name)->expected =
            "the call of an async function, a future, or a join handle";
        return check_error(ck, e->span);
    }
    return node;
}

static hir* check_spawn(checker* ck, hir* value, bool is_local, tmlc_span span) {
    hir* node = check_new(ck, HIR_SPAWN, span, NULL);
    if (value->type->kind != TY_FUTURE) {
        tmlc_error(ck->files, value->span, "%s is no task", value->type->name)->expected =
            "the call of an async function";
        return check_error(ck, span);
    }
    node->a = value->kind == HIR_CALL ? value : check_use(ck, value);
    node->index = is_local;
    node->type = ty_make(ck->prog, TY_STRUCT, false, resolve_prelude(ck->prog, "JoinHandle"),
                         value->type->args, 1, NULL);
    return node;
}

static hir* check_spawn_blocking(checker* ck, hir* value, tmlc_span span) {
    hir* node = check_new(ck, HIR_SPAWN_BLOCKING, span, NULL);
    if (value->kind != HIR_CALL || value->fn->is_async || value->fn->traits.intrinsic != NULL) {
        tmlc_error(ck->files, value->span, "this is not the call of a function")->expected =
            "the call of a function that is not async";
        return check_error(ck, span);
    }
    node->a = value;
    node->type = ty_make(ck->prog, TY_BLOCKING, false, NULL, &value->type, 1, value->fn);
    return node;
}

static hir* check_block_on(checker* ck, hir* value, tmlc_span span) {
    hir* node =
        check_new(ck, HIR_BLOCK_ON, span, value->type->num_args > 0 ? value->type->args[0] : NULL);
    if (value->type->kind != TY_FUTURE) {
        tmlc_error(ck->files, value->span, "%s is no future", value->type->name)->expected =
            "the call of an async function";
        return check_error(ck, span);
    }
    if (ck->fn->is_async) {
        tmlc_error(ck->files, span, "block_on would stop every other task of this worker")->help =
            "await it instead";
        return check_error(ck, span);
    }
    node->a = value->kind == HIR_CALL ? value : check_use(ck, value);
    return node;
}

hir* check_marker(checker* ck, const char* name, const ast_expr* e, tmlc_span span) {
    if (e->list.len != 1) {
        tmlc_error(ck->files, span, "'%s' takes 1 argument, not %u", name, e->list.len);
        return check_error(ck, span);
    }
    hir* value = check_expr(ck, e->list.items[0], NULL);
    if (value->type->kind == TY_ERROR) {
        return value;
    }
    if (strcmp(name, "block_on") == 0) {
        return check_block_on(ck, value, span);
    }
    if (strcmp(name, "spawn_blocking") == 0) {
        return check_spawn_blocking(ck, value, span);
    }
    return check_spawn(ck, value, strcmp(name, "spawn_local") == 0, span);
}
