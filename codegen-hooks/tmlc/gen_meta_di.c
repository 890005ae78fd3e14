// SPDX-License-Identifier: Apache-2.0
// Records of providers and modules.
#include "codegen-hooks/tmlc/gen_meta.h"

#include <string.h>

/// A row of !tmlrt.provider being filled in.
typedef struct {
    const char *token, *target, *how, *scope;
    LLVMValueRef make;
    LLVMMetadataRef deps;
    tmlc_span span;
} provider;

static void add_provider(gen* g, const provider* p) {
    LLVMMetadataRef parts[] = {
        meta_text(g, p->token),      meta_text_or_null(g, p->target),
        meta_value_or_null(p->make), p->deps,
        meta_text(g, p->how),        meta_text(g, p->scope != NULL ? p->scope : "singleton"),
        meta_loc(g, p->span, 0)};
    meta_add(g, "tmlrt.provider", parts, 7);
}

void meta_need_class(meta* m, ty* type) {
    bool is_new = !deco_is_managed(type->decl);
    for (uint32_t i = 0; i < m->made.len; i++) {
        is_new = is_new && m->made.items[i] != type;
    }
    if (is_new) {
        TMLC_PUSH(m->g->arena, &m->made, type);
    }
}

/// The class that a factory makes, NULL for a Str. The runtime drops its object by its record.
static const char* made_class(meta* m, ty* type) {
    ty* inner = ty_is_named(m->g->prog, type, "Maybe") ? type->args[0] : type;
    if (inner->kind != TY_CLASS) {
        return NULL;
    }
    meta_need_class(m, inner);
    return inner->mangled;
}

/// A function that gives what it is called with: its parameters are the dependencies.
static void add_factory(meta* m, module* mod, const ast_decl* decl, const ast_decorator* d) {
    gen* g = m->g;
    method found = {decl, NULL, mod, NULL, NULL};
    fn* f = resolve_instance(g->prog, &found, NULL, decl->name_span);
    meta_nodes deps = {0};
    for (uint32_t i = 0; i < decl->params.len; i++) {
        const ast_param* ast = &decl->params.items[i];
        ty* type = f->params.items[i]->type;
        const char* where = ty_is_named(g->prog, type, "Request") ? "request" : "none";
        TMLC_PUSH(g->arena, &deps,
                  meta_inject_node(m, mod, meta_text(g, where), ast->name, type, &ast->decorators,
                                   ast->span));
    }
    provider p = {.token = deco_token(g->prog, decl, d),
                  .target = made_class(m, f->result),
                  .how = "factory",
                  .scope = deco_word(g->prog, mod, d, "scope"),
                  .make = gen_function(g, f),
                  .deps = meta_list(g, &deps),
                  .span = decl->name_span};
    add_provider(g, &p);
}

/// A constant: make() returns its text.
static void add_value(meta* m, module* mod, const ast_decl* decl, const ast_decorator* d) {
    gen* g = m->g;
    const ast_expr* text = deco_literal(g->prog, mod, decl->body);
    if (text->kind != AST_STR) {
        tmlc_error(g->prog->files, decl->body->span, "a provided constant is a text as written")
            ->help = "write a provider function for a text that is put together";
        return;
    }
    LLVMTypeRef type = LLVMFunctionType(gen_ptr(g), NULL, 0, false);
    LLVMValueRef made =
        LLVMAddFunction(g->module, tmlc_format(g->arena, "tml_%s_make", decl->name), type);
    LLVMSetLinkage(made, LLVMInternalLinkage);
    gen_saved saved = gen_thunk(g, made);
    LLVMBuildRet(g->builder, gen_str(g, text->name));
    gen_thunk_end(g, saved);
    provider p = {.token = deco_token(g->prog, decl, d),
                  .how = "value",
                  .make = made,
                  .span = decl->name_span};
    add_provider(g, &p);
}

static void add_alias(gen* g, const char* token, const char* target, tmlc_span span) {
    provider p = {.token = token, .target = target, .how = "alias", .span = span};
    add_provider(g, &p);
}

/// A class of another scope than a singleton, and its second name.
static void add_injectable(meta* m, const module* mod, const ast_decl* decl,
                           const ast_decorator* d) {
    gen* g = m->g;
    const char* scope = deco_word(g->prog, mod, d, "scope");
    const char* first = deco_text(g->prog, mod, d, 0);
    provider p = {.token = decl->name,
                  .target = decl->name,
                  .how = "class",
                  .scope = scope != NULL ? scope : first,
                  .span = decl->name_span};
    const char* token = deco_second_name(g->prog, decl);
    if (strcmp(d->name, "Injectable") == 0 && p.scope != NULL) {
        add_provider(g, &p);
    }
    if (token != NULL) {
        add_alias(g, token, decl->name, d->span);
    }
}

void meta_add_providers(meta* m, module* mod, const ast_decl* decl) {
    for (uint32_t i = 0; i < decl->decorators.len; i++) {
        const ast_decorator* d = &decl->decorators.items[i];
        if (decl->kind == AST_CLASS && strcmp(d->name, "Injectable") == 0) {
            add_injectable(m, mod, decl, d);
        }
        if (strcmp(d->name, "Provider") != 0) {
            continue;
        }
        const ast_expr* existing = deco_named(d, "existing");
        if (decl->kind == AST_CLASS && existing != NULL) {
            add_alias(m->g, deco_token(m->g->prog, decl, d),
                      deco_module_item(m->g->prog, mod, existing), d->span);
        } else if (decl->kind == AST_FUNC) {
            add_factory(m, mod, decl, d);
        } else if (decl->kind == AST_CONST) {
            add_value(m, mod, decl, d);
        }
    }
}

// ---- modules -----------------------------------------------------------------------------------

static bool says(gen* g, const module* mod, const ast_expr* list, const char* item) {
    for (uint32_t i = 0; i < list->list.len; i++) {
        const char* other = deco_module_item(g->prog, mod, list->list.items[i]);
        if (other != NULL && strcmp(other, item) == 0) {
            return true;
        }
    }
    return false;
}

/// What a list names; a class goes with its second name.
static void push_items(gen* g, const module* mod, const ast_expr* list, meta_nodes* out) {
    for (uint32_t i = 0; list != NULL && i < list->list.len; i++) {
        const ast_decl* decl = deco_named_decl(mod, list->list.items[i]);
        const char* item = deco_module_item(g->prog, mod, list->list.items[i]);
        const char* second = decl != NULL ? deco_second_name(g->prog, decl) : NULL;
        if (item != NULL) {
            TMLC_PUSH(g->arena, out, meta_text(g, item));
        }
        if (second != NULL && !says(g, mod, list, second)) {
            TMLC_PUSH(g->arena, out, meta_text(g, second));
        }
    }
}

void meta_add_module(meta* m, const module* mod, const ast_decl* decl) {
    static const char* const names[] = {"controllers", "providers", "imports", "exports"};
    gen* g = m->g;
    const ast_decorator* d = ast_find_decorator(&decl->decorators, "Module");
    if (d == NULL) {
        return;
    }
    meta_nodes lists[4] = {0};
    for (size_t i = 0; i < 4; i++) {
        push_items(g, mod, deco_named(d, names[i]), &lists[i]);
    }
    for (uint32_t i = 0; i < decl->decorators.len; i++) { // its aliases are its own providers
        const ast_decorator* alias = &decl->decorators.items[i];
        if (strcmp(alias->name, "Provider") == 0 && deco_named(alias, "existing") != NULL) {
            TMLC_PUSH(g->arena, &lists[1], meta_text(g, deco_token(g->prog, decl, alias)));
        }
    }
    LLVMMetadataRef parts[] = {meta_text(g, decl->name), meta_list(g, &lists[0]),
                               meta_list(g, &lists[1]),  meta_list(g, &lists[2]),
                               meta_list(g, &lists[3]),  meta_loc(g, decl->name_span, 0)};
    meta_add(g, "tmlrt.module", parts, 6);
}
