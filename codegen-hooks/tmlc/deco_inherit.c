// SPDX-License-Identifier: Apache-2.0
// What a class has from its bases: routes, lifecycle hooks, and decorators that say something about
// routes.
//
// A method that overrides another one without a verb (an event) of its own keeps what stands on the
// one that it overrides; with one it is declared anew.
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

bool deco_is_route(const ast_decl* decl) {
    const ast_decorator* d;
    return deco_verb(decl, &d) != NULL;
}

bool deco_is_hook(const ast_decl* decl) {
    for (uint32_t i = 0; i < decl->decorators.len; i++) {
        if (deco_event(&decl->decorators.items[i]) != NULL) {
            return true;
        }
    }
    return false;
}

bool deco_is_controller(const ast_decl* decl) {
    return decl->kind == AST_CLASS && decl->tparams.len == 0 &&
           ast_find_decorator(&decl->decorators, "Controller") != NULL;
}

static bool is_listed(const deco_members* all, const char* name) {
    for (uint32_t i = 0; i < all->len; i++) {
        if (all->items[i].decl->name == name) {
            return true;
        }
    }
    return false;
}

deco_members deco_inherited(program* prog, ty* cls, deco_test_fn is_one) {
    deco_members all = {0};
    for (ty* owner = cls; owner != NULL; owner = owner->base) {
        uint32_t num = all.len; // twice in one class is an error of its own
        for (uint32_t i = 0; i < owner->decl->members.len; i++) {
            const ast_decl* decl = owner->decl->members.items[i];
            deco_members derived = {all.items, num, num};
            if (is_one(decl) && !is_listed(&derived, decl->name)) {
                deco_member one = {decl, owner};
                TMLC_PUSH(prog->arena, &all, one);
            }
        }
        ty_layout(prog, owner);
    }
    return all;
}

const ast_decl* deco_heir(program* prog, const ast_decl* base, deco_test_fn is_one) {
    for (uint32_t m = 1; m < prog->modules.len; m++) {
        const ast_module* ast = prog->modules.items[m]->ast;
        for (uint32_t i = 0; i < ast->decls.len; i++) {
            const ast_decl* decl = ast->decls.items[i];
            ty* t = is_one(decl) ? deco_type(prog, decl)->base : NULL;
            for (; t != NULL; t = t->base) {
                if (t->decl == base) {
                    return decl;
                }
                ty_layout(prog, t);
            }
        }
    }
    return NULL;
}

bool deco_passes_on(const ast_decorator* d) {
    const deco_row* row = deco_find_row(d->name);
    return row == NULL ||
           (row->places & (DECO_ON_CLASS | DECO_ON_METHOD)) == (DECO_ON_CLASS | DECO_ON_METHOD);
}

bool deco_overrides(const ty* cls, const ast_decorator* d, const ty* base) {
    const deco_row* row = deco_find_row(d->name);
    for (const ty* t = cls; t != base && (row == NULL || !row->repeats); t = t->base) {
        if (ast_find_decorator(&t->decl->decorators, d->name) != NULL) {
            return true;
        }
    }
    return false;
}
