// SPDX-License-Identifier: Apache-2.0
// Who frees a Str.
//
// A Str is a bare pointer, so its type does not say. A function that returns a fresh one anywhere
// (an interpolation, a +, the result of another such function) is made to return only such: what
// else it returns is copied. Its callers may then free what they do not keep: an operand at once, a
// local that never escapes with its scope. What escapes into a field or a function of the program
// is left alone.
//
// An async function is treated alike: its output belongs to whoever awaits it. So is a Maybe[Str],
// and an Outcome each side of which is a Str or holds none, that a handler or a stage returns: the
// record says that the runtime frees the text.
#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

static const fn* awaited(const hir* node) {
    return node->a->kind == HIR_CALL          ? node->a->fn
           : node->a->type->kind == TY_FUTURE ? node->a->type->fn
                                              : NULL;
}

bool check_is_fresh_str(const hir* node) {
    if (node->type->kind != TY_STR) {
        return false;
    }
    if (node->kind == HIR_AWAIT) {
        const fn* f = awaited(node);
        return f != NULL && f->is_async && f->traits.allocates;
    }
    return node->kind == HIR_INTERP || (node->kind == HIR_BINARY && node->op == TOK_PLUS) ||
           (node->kind == HIR_CALL && node->fn->traits.allocates && !node->fn->is_async);
}

static bool holds_str(program* prog, ty* type, uint32_t depth) {
    if (type->kind == TY_STR || depth > 16) {
        return true;
    }
    for (uint32_t i = 0; i < type->num_args; i++) {
        if (holds_str(prog, type->args[i], depth + 1)) {
            return true;
        }
    }
    ty_layout(prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        if (type->kind == TY_STRUCT && !ty_is_named(prog, type, "Text") &&
            !ty_is_named(prog, type, "List") &&
            holds_str(prog, type->fields.items[i].type, depth + 1)) {
            return true;
        }
    }
    return false;
}

/// A value whose only Strs are those directly in it: Maybe[Str]; Outcome[Str, E], Outcome[T, Str].
static bool is_wrapped_str(program* prog, const ty* type) {
    if (ty_is_named(prog, type, "Maybe")) {
        return type->args[0]->kind == TY_STR;
    }
    if (!ty_is_named(prog, type, "Outcome")) {
        return false;
    }
    bool ok_is = type->args[0]->kind == TY_STR, err_is = type->args[1]->kind == TY_STR;
    return (ok_is || err_is) && (ok_is || !holds_str(prog, type->args[0], 0)) &&
           (err_is || !holds_str(prog, type->args[1], 0));
}

/// One look at a function: what copies a value that is not fresh (`wrapped` its own result; NULL:
/// only look), and the locals that it returns.
typedef struct {
    fn *text, *wrapped;
    locals returned;
} look;

static void wrap(program* prog, hir** place, fn* copy) {
    hir* call = TMLC_NEW(prog->arena, hir);
    *call = (hir){.kind = HIR_CALL, .span = (*place)->span, .type = (*place)->type, .fn = copy};
    TMLC_PUSH(prog->arena, &call->list, *place);
    *place = call;
}

/// The places where a value comes from: through blocks, branches and arms. Returns whether any is
/// fresh; with `copy` each that is not becomes a copy.
static bool visit(program* prog, hir** place, look* l) {
    hir* node = *place;
    bool fresh = false;
    if (node->type->kind == TY_NEVER) {
        return false;
    }
    if (node->kind == HIR_BLOCK && node->has_value) {
        return visit(prog, &node->list.items[node->list.len - 1], l);
    }
    if (node->kind == HIR_IF && node->c != NULL) {
        fresh = visit(prog, &node->b, l);
        return visit(prog, &node->c, l) || fresh;
    }
    for (uint32_t i = 0; node->kind == HIR_MATCH && i < node->arms.len; i++) {
        fresh = visit(prog, &node->arms.items[i].body, l) || fresh;
    }
    if (node->kind == HIR_MATCH) {
        return fresh;
    }
    if (is_wrapped_str(prog, node->type)) {
        if (node->kind == HIR_VARIANT) {
            return node->list.len > 0 && node->list.items[0]->type->kind == TY_STR &&
                   visit(prog, &node->list.items[0], l);
        }
        if (l->wrapped != NULL) {
            wrap(prog, place, l->wrapped);
        }
        return false;
    }
    bool is_fresh = check_is_fresh_str(node);
    if (node->type->kind == TY_STR && node->kind == HIR_LOCAL) {
        TMLC_PUSH(prog->arena, &l->returned, node->local);
    }
    if (node->type->kind == TY_STR && !is_fresh && l->text != NULL) {
        wrap(prog, place, l->text);
    }
    return is_fresh;
}

// ---- locals that are returned ------------------------------------------------------------------

/// What a function does with a local of its own.
typedef struct {
    const local* local;
    uint32_t num_kept; ///< uses by something that may keep it, a return included
    bool is_made;      ///< it begins with a Str that is nobody else's
} uses;

static bool keeps_none(const hir* parent) {
    return parent->kind == HIR_INTERP || parent->kind == HIR_BINARY ||
           (parent->kind == HIR_CALL && parent->fn->traits.borrows && !parent->fn->is_async);
}

static void count_uses(const hir* node, const hir* parent, uses* u) {
    if (node == NULL) {
        return;
    }
    u->num_kept += node->kind == HIR_LOCAL && node->local == u->local && !keeps_none(parent);
    u->is_made = u->is_made || (node->kind == HIR_LET && node->local == u->local &&
                                node->a != NULL && check_is_fresh_str(node->a));
    count_uses(node->a, node, u);
    count_uses(node->b, node, u);
    count_uses(node->c, node, u);
    for (uint32_t i = 0; i < node->list.len; i++) {
        count_uses(node->list.items[i], node, u);
    }
    for (uint32_t i = 0; i < node->arms.len; i++) {
        count_uses(node->arms.items[i].body, node, u);
    }
    for (uint32_t i = 0; node->kind == HIR_CLOSURE && i < node->fn->captures.len; i++) {
        u->num_kept += node->fn->captures.items[i]->local == u->local;
    }
}

/// The uses of a local that may be freed when its scope ends; nothing is known of one that changes.
static uses uses_of(const fn* f, const local* l) {
    uses u = {.local = l};
    if (!l->is_mut && !l->is_param && l->owner == f) {
        hir around = {.kind = HIR_BLOCK};
        count_uses(f->body, &around, &u);
    }
    return u;
}

/// True when a local was made here and only returns keep it: its copy can be returned instead.
static bool is_given_away(const fn* f, const look* l, uint32_t index) {
    uint32_t num = 0;
    for (uint32_t i = 0; i < l->returned.len; i++) {
        num += l->returned.items[i] == l->returned.items[index];
    }
    uses u = uses_of(f, l->returned.items[index]);
    return u.is_made && u.num_kept == num;
}

/// Behind the copies a local that nothing keeps any more ends with its scope.
static void release_locals(const fn* f, const look* l) {
    for (uint32_t i = 0; i < l->returned.len; i++) {
        uses u = uses_of(f, l->returned.items[i]);
        if (u.is_made && u.num_kept == 0) {
            l->returned.items[i]->str_escapes = false;
        }
    }
}

// ---- functions ---------------------------------------------------------------------------------

static bool visit_all(program* prog, fn* f, look* l) {
    bool fresh = f->body->type == f->result && visit(prog, &f->body, l);
    for (uint32_t i = 0; i < f->returns.len; i++) {
        fresh = visit(prog, &f->returns.items[i]->a, l) || fresh;
    }
    for (uint32_t i = 0; l->text == NULL && !fresh && i < l->returned.len; i++) {
        fresh = is_given_away(f, l, i);
    }
    return fresh;
}

static bool is_called_by_runtime(program* prog, const fn* f) {
    const ast_decorator* d;
    if (f->self == NULL || f->self->kind != TY_CLASS) {
        return false;
    }
    for (int role = 0; role < DECO_NUM_ROLES; role++) {
        if (strcmp(deco_roles[role].method, f->decl->name) == 0 &&
            deco_stage_fault(prog, f, role) == NULL) {
            return true;
        }
    }
    return deco_verb(f->decl, &d) != NULL;
}

static bool may_own(program* prog, const fn* f) {
    return f->body != NULL && !f->is_closure &&
           (f->result->kind == TY_STR ||
            (is_wrapped_str(prog, f->result) && is_called_by_runtime(prog, f)));
}

static fn* prelude_function(program* prog, const char* name, ty* error) {
    method found = {resolve_prelude(prog, name), NULL, prog->modules.items[0], NULL, NULL};
    env* scope =
        error == NULL ? NULL : resolve_bind(prog, NULL, found.decl->tparams.items[0].name, error);
    return resolve_instance(prog, &found, scope, found.decl->name_span);
}

static look copiers_of(program* prog, const fn* f) {
    look copy = {prelude_function(prog, "strdup", NULL), NULL, {0}};
    if (ty_is_named(prog, f->result, "Maybe")) {
        copy.wrapped = prelude_function(prog, "maybe_strdup", NULL);
    } else if (f->result->kind != TY_STR) {
        bool ok_is = f->result->args[0]->kind == TY_STR;
        bool err_is = f->result->args[1]->kind == TY_STR;
        copy.wrapped = ok_is && err_is ? prelude_function(prog, "texts_strdup", NULL)
                       : ok_is ? prelude_function(prog, "outcome_strdup", f->result->args[1])
                               : prelude_function(prog, "error_strdup", f->result->args[0]);
    }
    return copy;
}

void check_str_owners(program* prog) {
    bool changed = resolve_prelude(prog, "strdup") != NULL;
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < prog->fns.len; i++) {
            fn* f = prog->fns.items[i];
            look only = {0};
            if (may_own(prog, f) && !f->traits.allocates && visit_all(prog, f, &only)) {
                f->traits.allocates = changed = true;
            }
        }
    }
    for (uint32_t i = 0, num = prog->fns.len; i < num; i++) {
        fn* f = prog->fns.items[i];
        if (may_own(prog, f) && f->traits.allocates) {
            look copy = copiers_of(prog, f);
            visit_all(prog, f, &copy);
            release_locals(f, &copy);
        }
    }
}
