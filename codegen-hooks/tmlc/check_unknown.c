// SPDX-License-Identifier: Apache-2.0
// What is said of a name or a member that is not there: once per name, with the nearest one that
// is. Called by check_path.c and check_member.c.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

static const char* suggest_function(checker* ck, const char* name) {
    const char* best = NULL;
    for (uint32_t i = 0; i < ck->scope.len; i++) {
        best = tmlc_closest(name, best, ck->scope.items[i]->name);
    }
    for (uint32_t m = 0; m < 2; m++) {
        const module* mod = m == 0 ? ck->r.mod : ck->prog->modules.items[0];
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            const ast_decl* decl = mod->ast->decls.items[i];
            if (decl->name != NULL && resolve_sees(ck->r.mod, mod, NULL, decl)) {
                best = tmlc_closest(name, best, decl->name);
            }
        }
    }
    return best;
}

hir* check_unknown_name(checker* ck, const char* name, tmlc_span span) {
    const char* best = suggest_function(ck, name);
    const char* said = tmlc_format(ck->arena, "there is no '%s' here", name);
    for (uint32_t i = 0; i < ck->files->diags.len; i++) {
        if (strcmp(ck->files->diags.items[i]->message, said) == 0) {
            ck->files->num_errors++; // once per name
            return check_error(ck, span);
        }
    }
    tmlc_diag* diag = tmlc_error(ck->files, span, "there is no '%s' here", name);
    local* self = check_find_local(ck, "this");
    method found;
    if (best != NULL) {
        diag->help = tmlc_format(ck->arena, "did you mean '%s'?", best);
    } else if (self != NULL &&
               resolve_method_from(ck->prog, ck->r.mod, ty_deref(self->type), name, &found)) {
        diag->help = tmlc_format(ck->arena, "write 'this.%s' for the method", name);
    } else {
        diag->help = "declare it, or name it in a 'use'";
    }
    return check_error(ck, span);
}

/// The first few names that a type has.
static const char* known_members(checker* ck, const ty* type) {
    enum { MAX = 6 };
    const char* text = NULL;
    uint32_t num = 0;
    for (uint32_t i = 0; i < type->fields.len && num < MAX; i++) {
        const char* name = type->fields.items[i].name;
        if (type->fields.items[i].type->kind == TY_PTR) {
            continue;
        }
        text = num++ == 0 ? name : tmlc_format(ck->arena, "%s, %s", text, name);
    }
    for (uint32_t i = 0; i < ck->prog->impls.len && num < MAX; i++) {
        const ast_decl* impl = ck->prog->impls.items[i];
        env* scope;
        bool fits = impl->behavior == NULL && resolve_impl(ck->prog, i, (ty*)type, &scope);
        for (uint32_t k = 0; k < impl->members.len && fits && num < MAX; k++) {
            const ast_decl* decl = impl->members.items[k];
            if (resolve_sees(ck->r.mod, ck->prog->impl_modules.items[i], impl, decl)) {
                text = num++ == 0 ? decl->name : tmlc_format(ck->arena, "%s, %s", text, decl->name);
            }
        }
    }
    return text == NULL
               ? tmlc_format(ck->arena, "add it: impl %s { func name(this) { } }", type->name)
               : tmlc_format(ck->arena, "it has %s%s", text, num == MAX ? ", ..." : "");
}

hir* check_no_member(checker* ck, ty* type, const char* name, tmlc_span span) {
    if (type->kind == TY_ERROR) {
        return check_error(ck, span);
    }
    const char* best = resolve_suggest_method(ck->prog, ck->r.mod, type, name);
    for (uint32_t i = 0; i < type->variants.len; i++) {
        best = tmlc_closest(name, best, type->variants.items[i].name);
    }
    tmlc_diag* diag = tmlc_error(ck->files, span, "%s has no '%s'", type->name, name);
    diag->help =
        best != NULL ? tmlc_format(ck->arena, "did you mean '%s'?", best) : known_members(ck, type);
    return check_error(ck, span);
}
