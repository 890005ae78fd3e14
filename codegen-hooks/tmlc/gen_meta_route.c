// SPDX-License-Identifier: Apache-2.0
// Records of handlers: a route per verb, an example per @Example, a stage per role of a class.
#include "codegen-hooks/tmlc/gen_meta.h"

#include <tmlcg/hooks.h>

#include <string.h>

/// The loc flags of a function's answer: a Str (or a Maybe of one) that is always the caller's is
/// freed by the runtime.
static uint32_t owned_flag(const fn* f) {
    return f->traits.allocates ? TMLRT_LOC_OWNED : 0;
}

static ty* param_type(const fn* f, uint32_t index) {
    return f->params.items[f->params.len - f->decl->params.len + index]->type;
}

/// The parameters of a function with what `decl`, it or what it overrides, says about them.
static LLVMMetadataRef param_nodes(meta* m, fn* f, const ast_decl* decl, const module* mod,
                                   const char* path) {
    gen* g = m->g;
    meta_nodes list = {0};
    for (uint32_t i = 0; i < f->decl->params.len; i++) {
        const ast_param* ast = &decl->params.items[i];
        const ast_decorator* d;
        meta_slot slot = {.name = ast->name,
                          .type = param_type(f, i),
                          .decorators = &ast->decorators,
                          .span = ast->span};
        const char* where = deco_where(g->prog, ast, slot.type, path, &slot.key, &d);
        slot.first = meta_text(g, where);
        slot.dflt = ast->init == NULL ? NULL : meta_default(g, mod, slot.type, ast->init);
        TMLC_PUSH(g->arena, &list, meta_slot_node(m, mod, &slot));
    }
    return meta_list(g, &list);
}

static const char* text_of(gen* g, const module* mod, const ast_expr* e) {
    e = e != NULL ? deco_literal(g->prog, mod, e) : NULL;
    return e != NULL && e->kind == AST_STR ? e->name : NULL;
}

static void add_examples(gen* g, const fn* f, const char* verb) {
    for (uint32_t i = 0; i < f->decl->decorators.len; i++) {
        const ast_decorator* d = &f->decl->decorators.items[i];
        if (strcmp(d->name, "Example") != 0) {
            continue;
        }
        const char* request = deco_text(g->prog, f->mod, d, 1);
        const char* body = text_of(g, f->mod, deco_named(d, "body"));
        const ast_expr* said = deco_named(d, "status");
        said = said != NULL ? deco_literal(g->prog, f->mod, said) : NULL;
        uint64_t status = said != NULL                ? said->value.integer
                          : strcmp(verb, "POST") == 0 ? 201
                                                      : 200;
        if (body != NULL) {
            const char* type = strcasestr(request, "\nContent-Type:") == NULL
                                   ? "\nContent-Type: application/json"
                                   : "";
            request = tmlc_format(g->arena, "%s%s\n\n%s", request, type, body);
        }
        LLVMMetadataRef parts[] = {
            meta_text(g, f->self->mangled),
            meta_text(g, f->decl->name),
            meta_text(g, deco_text(g->prog, f->mod, d, 0)),
            meta_text(g, request),
            meta_text_or_null(g, text_of(g, f->mod, deco_named(d, "response"))),
            meta_int(g, 32, status),
            meta_loc(g, d->span, 0)};
        meta_add(g, "tmlrt.example", parts, 7);
    }
}

// ---- methods of bases ---------------------------------------------------------------------------

/// A method of a base for an object of the class: it is given the part of it that is the base.
static LLVMValueRef inherited(gen* g, ty* cls, fn* f) {
    LLVMTypeRef type = gen_function_type(g, f);
    const char* name = tmlc_format(g->arena, "tml_%s_%s_inherited", cls->mangled, f->decl->name);
    LLVMValueRef made = LLVMAddFunction(g->module, name, type);
    LLVMSetLinkage(made, LLVMInternalLinkage);
    if (f->is_async) {
        gen_attribute(g, made, TMLCG_ATTR_ASYNC, "");
    }
    gen_saved saved = gen_thunk(g, made);
    LLVMValueRef* args = tmlc_alloc(g->arena, (f->params.len + 1) * sizeof *args);
    LLVMGetParams(made, args);
    for (ty* at = cls; at != f->self; at = at->base) {
        args[0] = LLVMBuildStructGEP2(g->builder, gen_body(g, at), args[0], 1, "base");
    }
    LLVMValueRef call =
        LLVMBuildCall2(g->builder, type, gen_function(g, f), args, f->params.len, "");
    if (f->is_async) {
        gen_call_attribute(g, call, TMLCG_ATTR_AWAIT);
    }
    if (gen_has_value(f->result)) {
        LLVMBuildRet(g->builder, call);
    } else {
        LLVMBuildRetVoid(g->builder);
    }
    gen_thunk_end(g, saved);
    if (f->is_async) {
        gen_drop_symbols(g, f, made);
    }
    return made;
}

LLVMValueRef meta_method(gen* g, ty* cls, fn* f) {
    return f->self == cls ? gen_function(g, f) : inherited(g, cls, f);
}

// ---- routes ------------------------------------------------------------------------------------

static void add_route(meta* m, ty* cls, const deco_member* member) {
    gen* g = m->g;
    const ast_decorator* d;
    const ast_decl *decl = member->decl, *owner = member->owner->decl;
    const char* verb = deco_verb(decl, &d);
    const module* mod = ty_decl_module(g->prog, owner);
    fn* f = deco_method(g->prog, cls, decl->name);
    const char* path = deco_text(g->prog, mod, d, 0);
    const char* prefix = deco_text(g->prog, ty_decl_module(g->prog, cls->decl),
                                   ast_find_decorator(&cls->decl->decorators, "Controller"), 0);
    path = path != NULL ? path : "";
    const char* whole = tmlc_format(g->arena, "%s/%s", prefix != NULL ? prefix : "", path);
    LLVMMetadataRef parts[] = {meta_text(g, cls->mangled),
                               meta_text(g, decl->name),
                               meta_text(g, verb),
                               meta_text(g, path),
                               LLVMValueAsMetadata(meta_method(g, cls, f)),
                               meta_type(m, f->result, f->decl->name_span),
                               param_nodes(m, f, decl, mod, whole),
                               meta_decorators(g, mod, &decl->decorators),
                               meta_loc(g, f->decl->name_span, owned_flag(f))};
    meta_add(g, "tmlrt.route", parts, 9);
    if (member->owner == cls) { // an example has the whole path
        add_examples(g, f, verb);
    }
    g->has_routes = true;
}

void meta_add_routes(meta* m, ty* cls) {
    deco_members all = {0};
    if (deco_is_controller(cls->decl)) {
        all = deco_inherited(m->g->prog, cls, deco_is_route);
    }
    for (uint32_t i = 0; i < all.len; i++) {
        add_route(m, cls, &all.items[i]);
    }
}

// ---- stages ------------------------------------------------------------------------------------

static void add_stage(meta* m, ty* cls, fn* f, int role) {
    gen* g = m->g;
    meta_nodes list = {0};
    for (uint32_t i = 0; i < f->decl->params.len; i++) {
        const ast_param* ast = &f->decl->params.items[i];
        ty* type = param_type(f, i);
        meta_slot slot = {.first = meta_text(g, deco_stage_where(g->prog, type)),
                          .name = ast->name,
                          .key = ast->name,
                          .type = type,
                          .decorators = &ast->decorators,
                          .span = ast->span};
        TMLC_PUSH(g->arena, &list, meta_slot_node(m, f->mod, &slot));
    }
    LLVMMetadataRef parts[] = {meta_text(g, cls->mangled),
                               meta_text(g, deco_roles[role].word),
                               meta_text(g, f->decl->name),
                               LLVMValueAsMetadata(meta_method(g, cls, f)),
                               meta_type(m, f->result, f->decl->name_span),
                               meta_list(g, &list),
                               meta_loc(g, f->decl->name_span, owned_flag(f))};
    meta_add(g, "tmlrt.stage", parts, 7);
}

void meta_add_stages(meta* m, ty* cls) {
    for (int role = 0; role < DECO_NUM_ROLES; role++) {
        fn* f = deco_method(m->g->prog, cls, deco_roles[role].method);
        if (f != NULL && f->decl->body != NULL && deco_stage_fault(m->g->prog, f, role) == NULL) {
            add_stage(m, cls, f, role);
        }
    }
}
