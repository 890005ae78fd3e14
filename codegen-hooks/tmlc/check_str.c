// SPDX-License-Identifier: Apache-2.0
// Who frees a Str.
//
// A Str is a bare pointer, so its type does not say. A function that returns a fresh one anywhere
// (an interpolation, a +, the result of another such function) is made to return only such: what
// else it returns is copied. Its callers may then free what they do not keep: an operand at once, a
// local that never escapes with its scope. What escapes into a field or a function of the program
// is left alone.
#include "codegen-hooks/tmlc/check.h"

bool check_is_fresh_str(const hir* node) {
    return node->type->kind == TY_STR &&
           (node->kind == HIR_INTERP || (node->kind == HIR_BINARY && node->op == TOK_PLUS) ||
            (node->kind == HIR_CALL && node->fn->traits.allocates));
}

/// The places where a value comes from: through blocks, branches and arms. Returns whether any is
/// fresh; with `copy` each that is not becomes a copy.
static bool visit(program* prog, hir** place, fn* copy) {
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
    if (node->type->kind == TY_STR && !check_is_fresh_str(node) && copy != NULL) {
        hir* call = TMLC_NEW(prog->arena, hir);
        *call = (hir){.kind = HIR_CALL, .span = node->span, .type = node->type, .fn = copy};
        TMLC_PUSH(prog->arena, &call->list, node);
        *place = call;
    }
    return check_is_fresh_str(node);
}

static bool visit_all(program* prog, fn* f, fn* copy) {
    bool fresh = f->body->type->kind == TY_STR && visit(prog, &f->body, copy);
    for (uint32_t i = 0; i < f->returns.len; i++) {
        fresh = visit(prog, &f->returns.items[i]->a, copy) || fresh;
    }
    return fresh;
}

static bool may_own(const fn* f) {
    return f->body != NULL && !f->is_closure && !f->is_async && f->result->kind == TY_STR;
}

void check_str_owners(program* prog) {
    const ast_decl* decl = resolve_prelude(prog, "strdup");
    method found = {decl, NULL, prog->modules.items[0], NULL, NULL};
    bool changed = decl != NULL;
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < prog->fns.len; i++) {
            fn* f = prog->fns.items[i];
            if (may_own(f) && !f->traits.allocates && visit_all(prog, f, NULL)) {
                f->traits.allocates = changed = true;
            }
        }
    }
    for (uint32_t i = 0, num = prog->fns.len; i < num; i++) {
        fn* f = prog->fns.items[i];
        if (may_own(f) && f->traits.allocates) {
            visit_all(prog, f, resolve_instance(prog, &found, NULL, decl->name_span));
        }
    }
}
