// SPDX-License-Identifier: Apache-2.0
// join, try_join, race, select.
//
// The first three are calls of the prelude's join2, join3, ...: async functions of their futures,
// so that what they give is a future like any other. Their bodies are one HIR_MANY each. One that
// is to outlive this frame (spawned, boxed) owns its futures as boxes instead. A select is no
// future: its branches are values of the function around, its arms code of that function.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

enum { MANY_MIN = 2, MANY_MAX = 8 }; ///< as the prelude has them
enum { SELECT_MAX = 32 };            ///< as the lowering has it
static const char* const s_names[MANY_NUM] = {"join", "try_join", "race"};

/// What try_join and race ask of the outputs; names the type parameters that follow from them.
static bool check_outputs(checker* ck, many_kind kind, const ast_exprs* args,
                          const hir_list* list) {
    const ty* first = list->items[0]->type->args[0];
    for (uint32_t i = 0; i < list->len; i++) {
        const ty* output = list->items[i]->type->args[0];
        tmlc_span span = args->items[i]->span;
        if (kind == MANY_TRY_JOIN && !ty_is_named(ck->prog, output, "Outcome")) {
            tmlc_diag* diag = tmlc_error(ck->files, span, "this future gives %s", output->name);
            diag->expected = "an Outcome, which try_join ends at when it is an Err";
            diag->help = "what cannot fail is joined with 'join'";
            return false;
        }
        bool differs = kind == MANY_RACE       ? output != first
                       : kind == MANY_TRY_JOIN ? output->args[1] != first->args[1]
                                               : false;
        if (differs) {
            const char* what = kind == MANY_RACE ? "gives" : "fails with";
            const ty* is = kind == MANY_RACE ? output : output->args[1];
            tmlc_diag* diag = tmlc_error(ck->files, span, "this future %s %s", what, is->name);
            diag->expected = (kind == MANY_RACE ? first : first->args[1])->name;
            diag->note_span = args->items[0]->span;
            diag->note = "as this one does";
            diag->help = kind == MANY_RACE ? "futures of several types race in a 'select'" : NULL;
            return false;
        }
    }
    return true;
}

/// The type parameters of the prelude's function: the futures, then what follows from them.
static env* bind_many(checker* ck, many_kind kind, const ast_decl* decl, const hir_list* list) {
    env* scope = NULL;
    uint32_t at = 0;
    for (uint32_t i = 0; i < list->len; i++) {
        scope = resolve_bind(ck->prog, scope, decl->tparams.items[at++].name, list->items[i]->type);
    }
    ty* first = list->items[0]->type->args[0];
    for (uint32_t i = 0; kind == MANY_TRY_JOIN && i < list->len; i++) {
        scope = resolve_bind(ck->prog, scope, decl->tparams.items[at++].name,
                             list->items[i]->type->args[0]->args[0]);
    }
    if (kind != MANY_JOIN) {
        scope = resolve_bind(ck->prog, scope, decl->tparams.items[at].name,
                             kind == MANY_RACE ? first : first->args[1]);
    }
    return scope;
}

/// The prelude's function for that many, NULL when there is none.
static const ast_decl* numbered(checker* ck, many_kind kind, uint32_t num) {
    const char* name = tmlc_format(ck->arena, "%s%u", s_names[kind], num);
    bool exists = num >= MANY_MIN && num <= MANY_MAX;
    return exists ? resolve_prelude(ck->prog, tmlc_intern(ck->prog->names, name, strlen(name)))
                  : NULL;
}

static hir* call_numbered(checker* ck, many_kind kind, hir_list list, tmlc_span span) {
    const ast_decl* decl = numbered(ck, kind, list.len);
    method found = {decl, NULL, ck->prog->modules.items[0], NULL, NULL};
    fn* f = resolve_instance(ck->prog, &found, bind_many(ck, kind, decl, &list), span);
    hir* call =
        check_new(ck, HIR_CALL, span, ty_make(ck->prog, TY_FUTURE, false, NULL, &f->result, 1, f));
    call->fn = f;
    call->list = list;
    return call;
}

hir* check_own_many(checker* ck, hir* call) {
    int kind = 0;
    while (kind < MANY_NUM && (call->kind != HIR_CALL || call->fn == NULL ||
                               call->fn->decl != numbered(ck, (many_kind)kind, call->list.len))) {
        kind++;
    }
    hir_list owned = {0};
    for (uint32_t i = 0; kind < MANY_NUM && i < call->list.len; i++) {
        hir* future = call->list.items[i];
        if (future->kind == HIR_FUTURE) {
            ty* type = ty_make(ck->prog, TY_DYN, false, resolve_prelude(ck->prog, "Future"),
                               future->type->args, 1, NULL);
            future = check_box(ck, future->a, type);
        }
        TMLC_PUSH(ck->arena, &owned, future);
        if (future->type->kind == TY_ERROR) {
            return future;
        }
    }
    return kind < MANY_NUM ? call_numbered(ck, (many_kind)kind, owned, call->span) : call;
}

static hir* call_many(checker* ck, many_kind kind, const ast_expr* e, tmlc_span span) {
    const char* name = s_names[kind];
    hir_list list = {0};
    bool ok = true;
    for (uint32_t i = 0; i < e->list.len; i++) {
        TMLC_PUSH(ck->arena, &list, check_branch(ck, e->list.items[i], name));
        ok = ok && list.items[i]->type->kind != TY_ERROR;
    }
    if (ok && (list.len < MANY_MIN || list.len > MANY_MAX)) {
        tmlc_error(ck->files, span, "'%s' takes %d to %d futures, not %u", name, MANY_MIN, MANY_MAX,
                   list.len)
            ->help =
            list.len < MANY_MIN ? "a future alone is awaited: (...).await"
            : kind == MANY_JOIN
                ? "any number of the same type: join_all(list)"
                : tmlc_format(ck->arena, "some of them first: %s(%s(...), ...)", name, name);
        return check_error(ck, span);
    }
    if (!ok || !check_outputs(ck, kind, &e->list, &list)) {
        return check_error(ck, span);
    }
    return call_numbered(ck, kind, list, span);
}

/// join_here(a, b): the body of the prelude's join2.
static hir* many_here(checker* ck, many_kind kind, const ast_expr* e, tmlc_span span) {
    hir* node = check_new(ck, HIR_MANY, span, ck->fn->result);
    node->index = kind;
    for (uint32_t i = 0; i < e->list.len; i++) {
        hir* future = check_expr(ck, e->list.items[i], NULL);
        future = future->type->kind == TY_FUTURE ? future : check_await_any(ck, future);
        TMLC_PUSH(ck->arena, &node->list, check_use(ck, future));
    }
    return node;
}

hir* check_many(checker* ck, const char* name, const ast_expr* e, tmlc_span span) {
    bool is_prelude = ck->fn->mod == ck->prog->modules.items[0];
    for (int kind = 0; kind < MANY_NUM; kind++) {
        if (strcmp(name, s_names[kind]) == 0) {
            return call_many(ck, (many_kind)kind, e, span);
        }
        if (is_prelude && strcmp(name, tmlc_format(ck->arena, "%s_here", s_names[kind])) == 0) {
            return many_here(ck, (many_kind)kind, e, span);
        }
    }
    return NULL;
}

// ---- select ------------------------------------------------------------------------------------

static bool always_fits(const pat* p) {
    bool fits = p->kind == PAT_WILD || p->kind == PAT_BIND || p->kind == PAT_STRUCT ||
                p->kind == PAT_DEREF || (p->kind == PAT_VARIANT && p->type->variants.len == 1);
    for (uint32_t i = 0; fits && i < p->parts.len; i++) {
        fits = always_fits(p->parts.items[i]);
    }
    return fits;
}

/// The pattern of a branch, with its locals; they go out of scope again.
static pat* branch_pattern(checker* ck, const ast_pattern* ast, const hir* future, locals* out) {
    uint32_t scope = ck->scope.len;
    check_matching m = {.ck = ck, .value = future, .first = scope};
    ty* type = future->type->kind == TY_FUTURE ? future->type->args[0] : future->type;
    pat* p = check_pattern(&m, ast, type);
    if (m.binds_owned) {
        check_taken_apart(ck, p);
    }
    if (type->kind != TY_ERROR && p->type->kind != TY_ERROR && !always_fits(p)) {
        tmlc_error(ck->files, ast->span, "this pattern does not fit every %s", type->name)->help =
            "bind the output to a name, and take it apart with 'when' behind the '=>'";
    }
    for (uint32_t i = scope; i < ck->scope.len; i++) {
        TMLC_PUSH(ck->arena, out, ck->scope.items[i]);
    }
    ck->scope.len = scope;
    return p;
}

/// When there is an else: a guard must be able to take every branch away, and the other way round.
static void check_else(checker* ck, const ast_expr* e) {
    const ast_arm *open = NULL, *other = NULL;
    for (uint32_t i = 0; i < e->arms.len; i++) {
        const ast_arm* arm = &e->arms.items[i];
        if (arm->pattern == NULL && (other != NULL || i + 1 < e->arms.len)) {
            tmlc_error(ck->files, arm->body->span, "'else' is the last branch of a 'select'");
            return;
        }
        other = arm->pattern == NULL ? arm : other;
        open = arm->pattern != NULL && arm->guard == NULL && open == NULL ? arm : open;
    }
    if (e->arms.len - (other != NULL) > SELECT_MAX) {
        tmlc_error(ck->files, e->span, "a 'select' takes at most %d branches, not %u", SELECT_MAX,
                   e->arms.len - (other != NULL))
            ->help = "put some of them into an async function with a 'select' of its own";
    } else if (e->arms.len == 0 || (other != NULL && e->arms.len == 1)) {
        tmlc_error(ck->files, e->span, "this 'select' has no branches")->expected =
            "pattern = future => value";
    } else if (open != NULL && other != NULL) {
        tmlc_diag* diag = tmlc_error(ck->files, other->body->span, "this 'else' can never run");
        diag->note_span = open->future->span;
        diag->note = "this branch has no guard: it always takes part";
    } else if (open == NULL && other == NULL) {
        tmlc_error(ck->files, e->span, "all branches of this 'select' have guards")->help =
            "say what happens when none of them holds: else => ...";
    }
}

/// Futures and guards, in their order: what they move is moved before any arm.
static void check_heads(checker* ck, const ast_expr* e, hir* node) {
    for (uint32_t i = 0; i < e->arms.len; i++) {
        const ast_arm* arm = &e->arms.items[i];
        if (arm->pattern == NULL) {
            continue;
        }
        hir* guard =
            arm->guard != NULL ? check_value(ck, arm->guard, check_scalar(ck, TY_BOOL)) : NULL;
        TMLC_PUSH(ck->arena, &node->list, check_branch(ck, arm->future, "select"));
        TMLC_PUSH(ck->arena, &node->list, guard);
    }
}

hir* check_select(checker* ck, const ast_expr* e, ty* expected) {
    hir* node = check_new(ck, HIR_SELECT, e->span, check_scalar(ck, TY_NEVER));
    if (!check_may_await(ck, e->span)) {
        return check_error(ck, e->span);
    }
    check_else(ck, e);
    check_heads(ck, e, node);
    uint32_t num;
    bool *before = check_moves_save(ck, &num), *after = tmlc_alloc(ck->arena, num + 1);
    for (uint32_t i = 0; i < e->arms.len; i++) {
        const ast_arm* arm = &e->arms.items[i];
        locals bound = {0};
        hir_arm checked = {0};
        check_moves_restore(ck, before, num);
        size_t future = (size_t)2 * i; // its guard is behind it
        if (arm->pattern != NULL && future < node->list.len) {
            checked.pattern = branch_pattern(ck, arm->pattern, node->list.items[future], &bound);
        }
        check_arm(ck, arm, node, checked, &bound, expected);
        for (uint32_t k = 0; k < num; k++) {
            bool comes_out = node->arms.items[i].body->type->kind != TY_NEVER;
            after[k] = after[k] || (comes_out && ck->scope.items[k]->is_moved);
        }
    }
    check_moves_restore(ck, before, num);
    check_moves_merge(ck, after, num);
    return node;
}
