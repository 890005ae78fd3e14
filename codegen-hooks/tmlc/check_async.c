// SPDX-License-Identifier: Apache-2.0
// await, spawn, block_on: what each takes and gives.
//
// The call of an async function is a future of its output. Awaited, spawned or run at once it stays
// the call; anywhere else it is a value with a frame slot (check_use). A join handle gives an
// Outcome, since the task may have died.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

void check_needs_async(checker* ck, const char* does, tmlc_span span) {
    const ast_decl* decl = ck->fn->decl;
    if (ck->fn->is_closure || decl->name_span.end == 0) {
        tmlc_error(ck->files, span, "a closure is not async: nothing in it %s", does)->help =
            "await before the closure, and let it use the result";
    } else if (!check_said(ck, decl, "async", span)) {
        tmlc_diag* diag =
            tmlc_error(ck->files, decl->name_span, "'%s' %s, but is not async", decl->name, does);
        diag->help = tmlc_format(ck->arena, "declare 'async func %s'", decl->name);
        diag->note_span = span;
        diag->note = "it does here";
        check_say(ck, decl, "async", diag, NULL);
    }
}

bool check_may_await(checker* ck, tmlc_span span) {
    if (ck->fn->is_async && !ck->fn->is_closure) {
        return true;
    }
    check_needs_async(ck, "awaits", span);
    return false;
}

hir* check_await_any(checker* ck, hir* value) {
    const ast_decl* decl = resolve_prelude(ck->prog, "await_any");
    method found = {decl, NULL, ck->prog->modules.items[0], NULL, NULL};
    ty* type = value->type;
    env* scope = resolve_bind(ck->prog, NULL, decl->tparams.items[0].name, type);
    fn* f = resolve_instance(ck->prog, &found, scope, value->span);
    hir* call = check_new(ck, HIR_CALL, value->span,
                          ty_make(ck->prog, TY_FUTURE, false, NULL, &f->result, 1, f));
    call->fn = f;
    TMLC_PUSH(ck->arena, &call->list, check_use(ck, value));
    return call;
}

/// A frame that holds a future of this function's own frame must not outlive it.
static bool outlives(checker* ck, const hir* call, const char* what) {
    const fn* f = call->type->fn;
    for (uint32_t i = 0; f != NULL && i < f->params.len; i++) {
        if (ty_has_future(f->params.items[i]->type)) {
            tmlc_error(ck->files, call->span, "'%s' may live longer than the future it is given",
                       what)
                ->help = "hand over one that owns itself: let f: dyn Future[T] = call(...)";
            return true;
        }
    }
    return false;
}

bool check_future_stays(checker* ck, const hir* node, bool in_loop) {
    bool is_own = node->kind == HIR_FUTURE || (node->kind == HIR_LOCAL && !node->local->is_param);
    if (!ty_has_future(node->type) || ck->fn->mod == ck->prog->modules.items[0] ||
        (in_loop ? ck->num_loops == 0 : !is_own)) {
        return true; // the prelude hands on what it is given
    }
    const char* why = in_loop ? "the next pass of the loop would make this future again"
                              : "this future lies in the frame that ends here";
    tmlc_error(ck->files, node->span, "%s", why)->help =
        "make it one that owns itself: let f: dyn Future[T] = call(...)";
    return false;
}

bool check_no_task(checker* ck, const hir* node) {
    const hir* future = node->kind == HIR_AWAIT ? node->a : node;
    if (future == NULL || future->kind != HIR_LOCAL || future->type->kind != TY_FUTURE) {
        return false;
    }
    tmlc_diag* diag = tmlc_error(ck->files, future->local->span,
                                 "'%s' is a future and no task: awaiting it gives %s",
                                 future->local->name, future->type->args[0]->name);
    diag->help = "write spawn(...) around the call, or use it as a future";
    diag->note_span = node->span;
    diag->note = "it is used as a task here";
    return true;
}

hir* check_box(checker* ck, hir* node, ty* type) {
    if (node->type->kind == TY_FUTURE && node->kind != HIR_CALL) {
        tmlc_error(ck->files, node->span, "this future lies in the frame of '%s'", ck->fn->name)
            ->help = "make the dyn Future where it is called: let f: dyn Future[T] = call(...)";
        return check_error(ck, node->span);
    }
    if (resolve_output(ck->prog, node->type) != type->args[0]) {
        return NULL;
    }
    hir* call =
        check_own_many(ck, node->type->kind == TY_FUTURE ? node : check_await_any(ck, node));
    if (call->type->kind == TY_ERROR || outlives(ck, call, "dyn Future")) {
        return check_error(ck, node->span);
    }
    hir* box = check_new(ck, HIR_BOX, node->span, type);
    box->a = call;
    return box;
}

/// What starts a task takes: the call of an async function, a future value, or anything awaitable.
static hir* task_of(checker* ck, hir* value) {
    if (value->type->kind == TY_FUTURE) {
        return value->kind == HIR_CALL ? value : check_use(ck, value);
    }
    return resolve_output(ck->prog, value->type) != NULL ? check_await_any(ck, value) : NULL;
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
        tmlc_error(ck->files, span, "the poll of %s does not answer with a Poll", type->name)
            ->help = "write 'func poll(mut this, cx: mut ref Context) -> Poll[This::Output]'";
        return check_error(ck, span);
    }
    ty_layout(ck->prog, poll);
    node->type = poll->args[0];
    node->a = check_is_place(value) ? check_auto_deref(ck, value) : value;
    return node;
}

/// A function of the program that is used as an async one: the mistake is as likely there.
static bool is_sync_call(checker* ck, const hir* value, const char* how) {
    const fn* f = value->kind == HIR_CALL ? value->fn : NULL;
    if (f == NULL || f->mod == ck->prog->modules.items[0] || f->decl->file != value->span.file ||
        f->is_constructor) {
        return false;
    }
    if (!check_said(ck, f->decl, "sync", value->span)) {
        tmlc_diag* diag = tmlc_error(ck->files, f->decl->name_span, "'%s' is %s, but is not async",
                                     f->decl->name, how);
        diag->help = "declare it 'async', or call it without";
        diag->note_span = value->span;
        diag->note = "it is used here";
        check_say(ck, f->decl, "sync", diag, NULL);
    }
    return true;
}

/// Why a value cannot be awaited.
static void say_no_future(checker* ck, const hir* value) {
    bool is_ref = value->type->kind == TY_REF && resolve_output(ck->prog, ty_deref(value->type));
    bool is_own = value->kind == HIR_LOCAL && !value->local->is_param && !is_ref;
    tmlc_diag* diag =
        tmlc_error(ck->files, is_own ? value->local->span : value->span,
                   is_own ? "'%2$s' is %1$s, which cannot be awaited" : "%1$s cannot be awaited",
                   value->type->name, is_own ? value->local->name : "");
    diag->expected = "the call of an async function, a future, or a join handle";
    diag->note_span = value->span;
    diag->note = is_own ? "it is awaited here" : NULL;
    diag->help = is_ref ? "its owner awaits it: take it out first, list.remove(0).await" : NULL;
}

hir* check_await(checker* ck, const ast_expr* e) {
    hir* value = check_expr(ck, e->a, NULL);
    if (value->type->kind == TY_ERROR || !check_may_await(ck, e->span)) {
        return check_error(ck, e->span);
    }
    hir* node = check_new(ck, HIR_AWAIT, e->span, NULL);
    if (value->type->kind == TY_FUTURE) {
        node->a = value->kind == HIR_CALL ? value : check_use(ck, value);
        node->type = value->type->args[0];
        return node;
    }
    if (value->type->kind == TY_BLOCKING || ty_is_named(ck->prog, value->type, "JoinHandle") ||
        ty_is_dyn_future(ck->prog, value->type)) {
        node->a = check_use(ck, value);
        node->type = resolve_output(ck->prog, value->type);
        return node;
    }
    node = await_impl(ck, value, e->span);
    if (node == NULL && is_sync_call(ck, value, "awaited")) {
        return check_error(ck, e->span);
    }
    if (node == NULL) {
        say_no_future(ck, value);
        return check_error(ck, e->span);
    }
    return node;
}

hir* check_spawn(checker* ck, hir* value, bool is_local, tmlc_span span) {
    if (value->type->kind == TY_ERROR) {
        return value;
    }
    hir* node = check_new(ck, HIR_SPAWN, span, NULL);
    node->a = task_of(ck, value);
    if (node->a == NULL && is_sync_call(ck, value, "spawned")) {
        return check_error(ck, span);
    }
    if (node->a == NULL) {
        tmlc_error(ck->files, value->span, "%s is no task", value->type->name)->expected =
            "the call of an async function";
        return check_error(ck, span);
    }
    node->a = check_own_many(ck, node->a);
    if (node->a->type->kind == TY_ERROR || outlives(ck, node->a, "spawn")) {
        return check_error(ck, span);
    }
    node->index = is_local;
    node->type = ty_make(ck->prog, TY_STRUCT, false, resolve_prelude(ck->prog, "JoinHandle"),
                         node->a->type->args, 1, NULL);
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
    hir* node = check_new(ck, HIR_BLOCK_ON, span, NULL);
    node->a = task_of(ck, value);
    if (node->a == NULL) {
        tmlc_error(ck->files, value->span, "%s is no future", value->type->name)->expected =
            "the call of an async function";
        return check_error(ck, span);
    }
    if (ck->fn->is_async) {
        tmlc_error(ck->files, span, "block_on would stop every other task of this worker")->help =
            "await it instead";
        return check_error(ck, span);
    }
    node->type = node->a->type->num_args > 0 ? node->a->type->args[0] : node->a->type;
    return node;
}

hir* check_branch(checker* ck, const ast_expr* e, const char* what) {
    if (e->kind == AST_AWAIT) {
        tmlc_error(ck->files, e->span, "'%s' takes the future itself, not what it gives", what)
            ->help = "leave the await out here";
        return check_error(ck, e->span);
    }
    hir* value = check_expr(ck, e, NULL);
    if (value->type->kind == TY_ERROR || value->type->kind == TY_FUTURE) {
        return check_use(ck, value);
    }
    if (resolve_output(ck->prog, value->type) != NULL) {
        return check_use(ck, check_await_any(ck, value));
    }
    if (!is_sync_call(ck, value, "awaited")) {
        say_no_future(ck, value);
    }
    return check_error(ck, e->span);
}

hir* check_marker(checker* ck, const char* name, const ast_expr* e, tmlc_span span) {
    hir* many = check_many(ck, name, e, span);
    if (many != NULL) {
        return many;
    }
    if (e->list.len != 1) {
        tmlc_error(ck->files, span, "'%s' takes 1 argument, not %u", name, e->list.len)->help =
            tmlc_format(ck->arena, "write %s(call(...))", name);
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
