// SPDX-License-Identifier: Apache-2.0
// Who frees a Str.
//
// A Str is a bare pointer, so its type does not say. A function that returns a fresh one anywhere
// (an interpolation, a +, the result of another such function) is made to return only such: what
// else it returns is copied. Its callers may then free what they do not keep: an operand at once, a
// local that never escapes with its scope. What escapes into a field or a function of the program
// is left alone.
//
// An async function is treated alike: its output belongs to whoever awaits it. A handler's
// Maybe[Str] is too: the record of its route says that the runtime frees the text.
#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/deco.h"

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

static bool is_maybe_str(const program* prog, const ty* type) {
    return ty_is_named(prog, type, "Maybe") && type->args[0]->kind == TY_STR;
}

/// What copies a value that is not fresh. `maybe` copies a Maybe[Str].
typedef struct {
    fn *text, *maybe;
} copiers;

static void wrap(program* prog, hir** place, fn* copy) {
    hir* call = TMLC_NEW(prog->arena, hir);
    *call = (hir){.kind = HIR_CALL, .span = (*place)->span, .type = (*place)->type, .fn = copy};
    TMLC_PUSH(prog->arena, &call->list, *place);
    *place = call;
}

/// The places where a value comes from: through blocks, branches and arms. Returns whether any is
/// fresh; with `copy` each that is not becomes a copy.
static bool visit(program* prog, hir** place, const copiers* copy) {
    hir* node = *place;
    bool fresh = false;
    if (node->type->kind == TY_NEVER) {
        return false;
    }
    if (node->kind == HIR_BLOCK && node->has_value) {
        return visit(prog, &node->list.items[node->list.len - 1], copy);
    }
    if (node->kind == HIR_IF && node->c != NULL) {
        fresh = visit(prog, &node->b, copy);
        return visit(prog, &node->c, copy) || fresh;
    }
    for (uint32_t i = 0; node->kind == HIR_MATCH && i < node->arms.len; i++) {
        fresh = visit(prog, &node->arms.items[i].body, copy) || fresh;
    }
    if (node->kind == HIR_MATCH) {
        return fresh;
    }
    if (is_maybe_str(prog, node->type)) {
        if (node->kind == HIR_VARIANT) {
            return node->list.len > 0 && visit(prog, &node->list.items[0], copy);
        }
        if (copy != NULL) {
            wrap(prog, place, copy->maybe);
        }
        return false;
    }
    bool is_fresh = check_is_fresh_str(node);
    if (node->type->kind == TY_STR && !is_fresh && copy != NULL) {
        wrap(prog, place, copy->text);
    }
    return is_fresh;
}

static bool visit_all(program* prog, fn* f, const copiers* copy) {
    bool fresh = f->body->type == f->result && visit(prog, &f->body, copy);
    for (uint32_t i = 0; i < f->returns.len; i++) {
        fresh = visit(prog, &f->returns.items[i]->a, copy) || fresh;
    }
    return fresh;
}

static bool is_handler(const fn* f) {
    const ast_decorator* d;
    return f->self != NULL && f->self->kind == TY_CLASS && deco_verb(f->decl, &d) != NULL;
}

static bool may_own(const program* prog, const fn* f) {
    return f->body != NULL && !f->is_closure &&
           (f->result->kind == TY_STR || (is_maybe_str(prog, f->result) && is_handler(f)));
}

static fn* prelude_function(program* prog, const char* name) {
    method found = {resolve_prelude(prog, name), NULL, prog->modules.items[0], NULL, NULL};
    return resolve_instance(prog, &found, NULL, found.decl->name_span);
}

void check_str_owners(program* prog) {
    bool changed = resolve_prelude(prog, "strdup") != NULL;
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < prog->fns.len; i++) {
            fn* f = prog->fns.items[i];
            if (may_own(prog, f) && !f->traits.allocates && visit_all(prog, f, NULL)) {
                f->traits.allocates = changed = true;
            }
        }
    }
    for (uint32_t i = 0, num = prog->fns.len; i < num; i++) {
        fn* f = prog->fns.items[i];
        if (may_own(prog, f) && f->traits.allocates) {
            copiers copy = {prelude_function(prog, "strdup"), NULL};
            copy.maybe = f->result->kind == TY_STR ? NULL : prelude_function(prog, "maybe_strdup");
            visit_all(prog, f, &copy);
        }
    }
}
