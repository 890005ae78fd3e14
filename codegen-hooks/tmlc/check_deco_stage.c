// SPDX-License-Identifier: Apache-2.0
// @Use, @Guard, @Interceptor, @Pipe, @Catch: each names a class that is @Injectable and has the
// method of that role with the signature of docs/design/pipeline.md.
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

static const char* suggest_class(const module* mod, const char* name) {
    const char* best = NULL;
    const module* prelude = mod->prog->modules.items[0];
    for (unsigned m = 0; m < 2; m++) {
        const ast_module* ast = m == 0 ? mod->ast : prelude->ast;
        for (uint32_t i = 0; i < ast->decls.len; i++) {
            if (ast->decls.items[i]->kind == AST_CLASS) {
                best = tmlc_closest(name, best, ast->decls.items[i]->name);
            }
        }
    }
    for (uint32_t i = 0; i < mod->num_imports; i++) {
        best = tmlc_closest(name, best, mod->imports[i].name);
    }
    return best;
}

/// The class that an argument names; NULL after an error.
static const ast_decl* find_class(program* prog, const module* mod, const ast_decorator* d,
                                  const ast_expr* e) {
    const ast_decl* decl = deco_named_decl(mod, e);
    const char* name = e->path.segments.items[e->path.segments.len - 1].name;
    if (decl != NULL && decl->kind == AST_CLASS && decl->tparams.len == 0) {
        return decl;
    }
    const char* best = decl == NULL ? suggest_class(mod, name) : NULL;
    tmlc_diag* diag = decl == NULL
                          ? tmlc_error(prog->files, e->span, "there is no class '%s'", name)
                          : tmlc_error(prog->files, e->span,
                                       "'%s' is not a class that @%s could take", name, d->name);
    diag->expected = "the name of a class";
    diag->help = best != NULL ? tmlc_format(prog->arena, "did you mean '%s'?", best)
                              : "declare it, or name it in a 'use'";
    return NULL;
}

static const char* a_role(const deco_role* role) {
    return role->word[0] == 'i' ? "an" : "a";
}

static const ast_decl* find_member(const ast_decl* cls, const char* name) {
    for (uint32_t i = 0; i < cls->members.len; i++) {
        if (strcmp(cls->members.items[i]->name, name) == 0) {
            return cls->members.items[i];
        }
    }
    return NULL;
}

static void check_stage_class(program* prog, const ast_decl* cls, const deco_role* role,
                              const ast_expr* e) {
    tmlc_diag* diag;
    if (ast_find_decorator(&cls->decorators, "Injectable") == NULL) {
        diag = tmlc_error(prog->files, e->span, "%s is not @Injectable, so it cannot be %s %s",
                          cls->name, a_role(role), role->word);
        diag->note_span = cls->name_span;
        diag->note = "it is declared here";
        diag->help = tmlc_format(prog->arena, "write @Injectable before 'class %s'", cls->name);
    }
    fn* f = deco_method(prog, deco_type(prog, cls), role->method);
    const ast_decl* member = f != NULL ? f->decl : find_member(cls, role->method);
    if (member == NULL) {
        diag = tmlc_error(prog->files, e->span, "%s has no method '%s', so it is no %s", cls->name,
                          role->method, role->word);
        diag->note_span = cls->name_span;
        diag->note = "it is declared here";
        diag->help = tmlc_format(prog->arena, "add to it: %s", role->signature);
        return;
    }
    const char* fault =
        f == NULL ? "it has type parameters" : deco_stage_fault(prog, f, (int)(role - deco_roles));
    if (fault != NULL) {
        diag = tmlc_error(prog->files, member->name_span, "'%s.%s' is not the method of %s %s: %s",
                          f != NULL ? f->self->name : cls->name, role->method, a_role(role),
                          role->word, fault);
        diag->note_span = e->span;
        diag->note = tmlc_format(prog->arena, "it is used as %s %s here", a_role(role), role->word);
        diag->help = tmlc_format(prog->arena, "write: %s", role->signature);
    }
}

/// A pipe of a parameter must take that parameter.
static void check_pipe_fits(program* prog, const ast_decl* cls, const ty* value,
                            const ast_expr* e) {
    fn* f = deco_method(prog, deco_type(prog, cls), deco_roles[DECO_PIPE].method);
    if (f == NULL || deco_stage_fault(prog, f, DECO_PIPE) != NULL) {
        return;
    }
    const ty* takes = f->result;
    takes = ty_is_named(prog, takes, "Outcome") ? takes->args[0] : takes;
    if (takes != value && takes->kind != TY_ERROR && value->kind != TY_ERROR) {
        tmlc_diag* diag = tmlc_error(prog->files, e->span, "%s takes %s, but the parameter is %s",
                                     f->name, takes->name, value->name);
        diag->note_span = f->decl->name_span;
        diag->note = "it is declared here";
        diag->help =
            tmlc_format(prog->arena, "give the parameter the type %s, or take a pipe of %s",
                        takes->name, value->name);
    }
}

void check_deco_stages(program* prog, module* mod, const ast_decorators* all, const ty* value) {
    for (uint32_t i = 0; i < all->len; i++) {
        const ast_decorator* d = &all->items[i];
        int role = deco_role_of(d);
        for (uint32_t k = 0; role >= 0 && k < d->args.len; k++) {
            const ast_expr* e = d->args.items[k];
            if (e->kind != AST_PATH || d->names.items[k] != NULL) {
                continue; // said already
            }
            const ast_decl* cls = find_class(prog, mod, d, e);
            if (cls != NULL) {
                deco_use(prog, cls);
                check_stage_class(prog, cls, &deco_roles[role], e);
            }
            if (cls != NULL && role == DECO_PIPE && value != NULL) {
                check_pipe_fits(prog, cls, value, e);
            }
        }
    }
}
