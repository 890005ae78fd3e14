// SPDX-License-Identifier: Apache-2.0
// @Module: what its lists name, and the second names that it gives to providers.
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

static bool has(const ast_decorators* all, const char* name) {
    return ast_find_decorator(all, name) != NULL;
}

static void check_aliases(program* prog, module* mod, const ast_decl* decl) {
    for (uint32_t i = 0; i < decl->decorators.len; i++) {
        const ast_decorator* d = &decl->decorators.items[i];
        const ast_expr* existing = deco_named(d, "existing");
        if (strcmp(d->name, "Provider") != 0) {
            continue;
        }
        if (!has(&decl->decorators, "Module")) {
            tmlc_error(prog->files, d->span,
                       "@Provider stands on a function, a constant or a "
                       "@Module class")
                ->help = tmlc_format(prog->arena,
                                     "to provide %s under a token: @Injectable(token = \"TOKEN\")",
                                     decl->name);
        } else if (existing == NULL || deco_token(prog, decl, d) == NULL) {
            tmlc_error(prog->files, d->span, "on a module this gives a second name to a provider")
                ->expected = "@Provider(\"TOKEN\", existing = NAME)";
        } else if (deco_module_item(prog, mod, existing) == NULL) {
            tmlc_error(prog->files, existing->span, "this names no provider")->expected =
                "a class, a provider function or constant, or a token";
        }
    }
}

// ---- modules -----------------------------------------------------------------------------------

static bool list_has(program* prog, const module* mod, const ast_expr* list, const char* name) {
    for (uint32_t i = 0; list != NULL && list->kind == AST_LIST && i < list->list.len; i++) {
        const char* item = deco_module_item(prog, mod, list->list.items[i]);
        const ast_decl* decl = deco_named_decl(mod, list->list.items[i]);
        const char* second = decl != NULL ? deco_second_name(prog, decl) : NULL;
        if ((item != NULL && strcmp(item, name) == 0) ||
            (second != NULL && strcmp(second, name) == 0)) {
            return true;
        }
    }
    return false;
}

/// Why an entry cannot be in a list, NULL when it can.
static const char* item_fault(program* prog, const module* mod, const ast_decl* decl,
                              const ast_decorator* d, const char* list, const ast_expr* e) {
    const ast_decl* named = deco_named_decl(mod, e);
    const char* item = deco_module_item(prog, mod, e);
    bool is_class = named != NULL && named->kind == AST_CLASS;
    if (strcmp(list, "imports") == 0) {
        return named == decl                                   ? "a module cannot import itself"
               : is_class && has(&named->decorators, "Module") ? NULL
                                                               : "it is not a @Module class";
    }
    if (strcmp(list, "controllers") == 0) {
        return is_class && has(&named->decorators, "Controller") ? NULL
                                                                 : "it is not a @Controller class";
    }
    if (strcmp(list, "providers") == 0 && is_class && has(&named->decorators, "Controller")) {
        return "it is a @Controller class, which belongs in controllers";
    }
    if (item == NULL ||
        (is_class && !has(&named->decorators, "Injectable") &&
         !has(&named->decorators, "Module")) ||
        (!is_class && !deco_is_provided(prog, item))) {
        return is_class && deco_is_provided(prog, item)
                   ? NULL
                   : "it is neither an @Injectable class nor a @Provider";
    }
    if (strcmp(list, "exports") == 0 && !list_has(prog, mod, deco_named(d, "providers"), item) &&
        !list_has(prog, mod, deco_named(d, "imports"), item)) {
        for (uint32_t i = 0; i < decl->decorators.len; i++) {
            const char* alias = deco_token(prog, decl, &decl->decorators.items[i]);
            if (deco_named(&decl->decorators.items[i], "existing") != NULL && alias != NULL &&
                strcmp(alias, item) == 0) {
                return NULL;
            }
        }
        return "this module neither provides nor imports it";
    }
    return NULL;
}

static const char* list_help(const char* list) {
    return strcmp(list, "imports") == 0       ? "imports names other @Module classes"
           : strcmp(list, "controllers") == 0 ? "controllers names @Controller classes"
           : strcmp(list, "exports") == 0
               ? "exports names what the module provides or imports: add it to providers"
               : "providers names @Injectable classes, and functions and constants with @Provider";
}

static void check_lists(program* prog, const module* mod, const ast_decl* decl,
                        const ast_decorator* d) {
    for (uint32_t i = 0; i < d->args.len; i++) {
        const ast_expr* list = d->args.items[i];
        const char* name = d->names.items[i];
        for (uint32_t k = 0; name != NULL && list->kind == AST_LIST && k < list->list.len; k++) {
            const ast_expr* e = list->list.items[k];
            if (deco_named_decl(mod, e) != NULL) {
                deco_use(prog, deco_named_decl(mod, e));
            }
            const char* fault = item_fault(prog, mod, decl, d, name, e);
            const char* item = deco_module_item(prog, mod, e);
            const char* said = e->kind == AST_PATH
                                   ? e->path.segments.items[e->path.segments.len - 1].name
                               : e->kind == AST_STR ? e->name
                                                    : "this";
            if (e->kind == AST_PATH && deco_named_decl(mod, e) == NULL) {
                fault = "nothing of that name is declared or in a 'use'";
            }
            if (fault != NULL) {
                tmlc_error(prog->files, e->span, "'%s' cannot be in %s: %s", said, name, fault)
                    ->help = list_help(name);
            }
            for (uint32_t j = 0; fault == NULL && item != NULL && j < k; j++) {
                const char* other = deco_module_item(prog, mod, list->list.items[j]);
                if (other != NULL && strcmp(other, item) == 0) {
                    tmlc_error(prog->files, e->span, "'%s' is in %s twice", said, name)->help =
                        "remove one of them";
                }
            }
        }
    }
}

void check_deco_module(program* prog, module* mod, const ast_decl* decl) {
    const ast_decorator* d = ast_find_decorator(&decl->decorators, "Module");
    check_aliases(prog, mod, decl);
    if (d != NULL) {
        check_lists(prog, mod, decl, d);
    }
}
