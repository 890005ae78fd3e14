// SPDX-License-Identifier: Apache-2.0
// Records of classes, of their lifecycle hooks, and of the structs that cross the boundary.
#include "codegen-hooks/tmlc/gen_meta.h"

#include <tmlcg/hooks.h>

#include <string.h>

void meta_add_schema(meta* m, ty* type) {
    gen* g = m->g;
    const module* mod = ty_decl_module(g->prog, type->decl);
    meta_nodes fields = {0};
    ty_layout(g->prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        const ty_field* field = &type->fields.items[i];
        const ast_field* ast = field->ast;
        const char* key = deco_text(g->prog, mod, ast_find_decorator(&ast->decorators, "Name"), 0);
        meta_slot slot = {.first = meta_int(g, 32, i),
                          .name = field->name,
                          .key = key != NULL ? key : field->name,
                          .type = field->type,
                          .dflt = ast->init != NULL ? meta_default(g, mod, field->type, ast->init)
                                                    : NULL,
                          .decorators = &ast->decorators,
                          .span = ast->span};
        TMLC_PUSH(g->arena, &fields, meta_slot_node(m, mod, &slot));
    }
    LLVMMetadataRef parts[] = {meta_text(g, meta_schema_name(m, type)),
                               LLVMValueAsMetadata(LLVMGetPoison(gen_type(g, type))), NULL,
                               meta_list(g, &fields), meta_loc(g, type->decl->name_span, 0)};
    meta_add(g, "tmlrt.schema", parts, 5);
}

// ---- injected fields ---------------------------------------------------------------------------

static bool is_injected(gen* g, const ty* owner, const ty_field* field) {
    return field->ast->init == NULL &&
           deco_inject_token(g->prog, ty_decl_module(g->prog, owner->decl), &field->ast->decorators,
                             field->type) != NULL;
}

static unsigned field_index(const ty* owner, uint32_t field) {
    return field + 1 + (owner->base != NULL);
}

/// The index of a field, or where it lies in an embedded base the list of indices.
static LLVMMetadataRef index_node(gen* g, unsigned depth, unsigned index) {
    meta_nodes path = {0};
    for (unsigned i = 0; i < depth; i++) {
        TMLC_PUSH(g->arena, &path, meta_int(g, 32, 1));
    }
    TMLC_PUSH(g->arena, &path, meta_int(g, 32, index));
    return depth == 0 ? path.items[0] : meta_list(g, &path);
}

static LLVMMetadataRef inject_nodes(meta* m, ty* type) {
    gen* g = m->g;
    meta_nodes list = {0};
    unsigned depth = 0;
    for (ty* owner = type; owner != NULL; owner = owner->base, depth++) {
        ty_layout(g->prog, owner);
        for (uint32_t i = 0; i < owner->fields.len; i++) {
            const ty_field* field = &owner->fields.items[i];
            if (is_injected(g, owner, field)) {
                TMLC_PUSH(g->arena, &list,
                          meta_inject_node(m, ty_decl_module(g->prog, owner->decl),
                                           index_node(g, depth, field_index(owner, i)), field->name,
                                           field->type, &field->ast->decorators, field->ast->span));
            }
        }
    }
    return meta_list(g, &list);
}

// ---- make and drop -----------------------------------------------------------------------------

static LLVMTypeRef pointer_function(gen* g, bool returns) {
    LLVMTypeRef ptr = gen_ptr(g);
    return LLVMFunctionType(returns ? ptr : LLVMVoidTypeInContext(g->context), &ptr, 1, false);
}

/// Copies what was injected into the block to the object, in the class and its bases.
static void copy_injected(gen* g, ty* type, LLVMValueRef block, LLVMValueRef object) {
    for (ty* owner = type; owner != NULL; owner = owner->base) {
        LLVMTypeRef body = gen_body(g, owner);
        for (uint32_t i = 0; i < owner->fields.len; i++) {
            if (is_injected(g, owner, &owner->fields.items[i])) {
                unsigned index = field_index(owner, i);
                LLVMValueRef from = LLVMBuildStructGEP2(g->builder, body, block, index, "");
                LLVMValueRef to = LLVMBuildStructGEP2(g->builder, body, object, index, "");
                gen_store(g, LLVMBuildLoad2(g->builder, gen_ptr(g), from, ""), to);
            }
        }
        if (owner->base != NULL) {
            block = LLVMBuildStructGEP2(g->builder, body, block, 1, "");
            object = LLVMBuildStructGEP2(g->builder, body, object, 1, "");
        }
    }
}

/// make(block): an object by its constructor, with what was injected into the block.
static LLVMValueRef make_function(gen* g, ty* type, fn* constructor) {
    LLVMValueRef made = LLVMAddFunction(
        g->module, tmlc_format(g->arena, "tml_%s_make", type->mangled), pointer_function(g, true));
    LLVMSetLinkage(made, LLVMInternalLinkage);
    gen_saved saved = gen_thunk(g, made);
    LLVMValueRef object = LLVMBuildCall2(g->builder, gen_function_type(g, constructor),
                                         gen_function(g, constructor), NULL, 0, "");
    copy_injected(g, type, LLVMGetParam(made, 0), object);
    LLVMBuildRet(g->builder, object);
    gen_thunk_end(g, saved);
    return made;
}

static LLVMValueRef drop_function(gen* g, ty* type) {
    bool owns = false;
    for (uint32_t i = 0; i < type->fields.len; i++) {
        owns = owns || ty_needs_drop(g->prog, type->fields.items[i].type);
    }
    if (!owns) {
        return NULL;
    }
    LLVMValueRef made =
        LLVMAddFunction(g->module, tmlc_format(g->arena, "tml_%s_destroy", type->mangled),
                        pointer_function(g, false));
    LLVMSetLinkage(made, LLVMInternalLinkage);
    gen_saved saved = gen_thunk(g, made);
    for (uint32_t i = type->fields.len; i-- > 0;) {
        if (ty_needs_drop(g->prog, type->fields.items[i].type)) {
            gen_drop(g, type->fields.items[i].type,
                     LLVMBuildStructGEP2(g->builder, gen_body(g, type), LLVMGetParam(made, 0),
                                         field_index(type, i), ""));
        }
    }
    LLVMBuildRetVoid(g->builder);
    gen_thunk_end(g, saved);
    return made;
}

static fn* plain_constructor(const gen* g, const ty* type) {
    for (uint32_t i = 0; i < g->prog->fns.len; i++) {
        fn* f = g->prog->fns.items[i];
        if (f->self == type && f->is_constructor && !f->is_closure && f->params.len == 1) {
            return f;
        }
    }
    return NULL;
}

void meta_add_class(meta* m, ty* type) {
    gen* g = m->g;
    bool is_managed = deco_is_managed(type->decl); // else a factory makes it, or it is a base
    fn* constructor = is_managed ? plain_constructor(g, type) : NULL;
    LLVMValueRef make = constructor == NULL ? NULL : make_function(g, type, constructor);
    LLVMMetadataRef parts[] = {
        meta_text(g, type->mangled),
        meta_text_or_null(g, type->base == NULL ? NULL : type->base->mangled),
        LLVMValueAsMetadata(LLVMGetPoison(gen_body(g, type))),
        LLVMValueAsMetadata(gen_vtable(g, type)),
        meta_value_or_null(make),
        meta_value_or_null(drop_function(g, type)),
        is_managed ? inject_nodes(m, type) : NULL,
        is_managed ? meta_class_decorators(g, type) : NULL, // a base's are its classes'
        meta_loc(g, type->decl->name_span, 0)};
    meta_add(g, "tmlrt.class", parts, 9);
    if (type->base != NULL) {
        meta_need_class(m, type->base); // what the class may be given as follows from its bases
    }
}

// ---- lifecycle hooks ---------------------------------------------------------------------------

/// The methods of a class and its bases for one event, in the order of their calls.
typedef struct {
    const char* event;
    TMLC_LIST(fn*) fns;
    const ast_decorator* d; ///< the class's own, else the nearest base's
    const module* mod;
} hook;

/// A result that is not 0 ends it. Returns the value of the call, NULL for none.
static void call_hook(gen* g, ty* cls, fn* f, LLVMValueRef object) {
    LLVMValueRef call =
        LLVMBuildCall2(g->builder, gen_function_type(g, f), meta_method(g, cls, f), &object, 1, "");
    if (f->is_async) {
        gen_call_attribute(g, call, TMLCG_ATTR_AWAIT);
    }
    if (gen_has_value(f->result)) {
        LLVMBasicBlockRef failed = gen_block(g, "failed"), next = gen_block(g, "next");
        LLVMValueRef good = LLVMBuildICmp(g->builder, LLVMIntEQ, call, gen_const(g, 32, 0), "");
        LLVMBuildCondBr(g->builder, good, next, failed);
        gen_at(g, failed);
        LLVMBuildRet(g->builder, call);
        gen_at(g, next);
    }
}

/// The framework calls one function per event: with several it calls them one after the other.
static LLVMValueRef hook_function(gen* g, ty* cls, const hook* h) {
    if (h->fns.len == 1) {
        return meta_method(g, cls, h->fns.items[0]);
    }
    bool is_async = false;
    for (uint32_t i = 0; i < h->fns.len; i++) {
        is_async = is_async || h->fns.items[i]->is_async;
    }
    LLVMTypeRef ptr = gen_ptr(g);
    LLVMValueRef made =
        LLVMAddFunction(g->module, tmlc_format(g->arena, "tml_%s_%s_hooks", cls->mangled, h->event),
                        LLVMFunctionType(gen_int(g, 32), &ptr, 1, false));
    LLVMSetLinkage(made, LLVMInternalLinkage);
    if (is_async) {
        gen_attribute(g, made, TMLCG_ATTR_ASYNC, "");
    }
    gen_saved saved = gen_thunk(g, made);
    for (uint32_t i = 0; i < h->fns.len; i++) {
        call_hook(g, cls, h->fns.items[i], LLVMGetParam(made, 0));
    }
    LLVMBuildRet(g->builder, gen_const(g, 32, 0));
    gen_thunk_end(g, saved);
    return made;
}

static void add_hook(meta* m, ty* cls, const hook* h) {
    gen* g = m->g;
    int64_t order = 0;
    deco_int(g->prog, h->mod, h->d, 0, &order);
    LLVMMetadataRef parts[] = {meta_text(g, cls->mangled),
                               LLVMValueAsMetadata(hook_function(g, cls, h)),
                               meta_text(g, h->event), meta_int(g, 32, (uint64_t)order),
                               meta_loc(g, h->fns.items[0]->decl->name_span, 0)};
    meta_add(g, "tmlrt.hook", parts, 5);
}

/// What a class and its bases have for an event: a base's first on the way up, last on the way
/// down.
static hook hook_of(gen* g, ty* cls, const deco_members* all, const char* event) {
    hook h = {.event = event};
    bool is_up = strcmp(event, "init") == 0 || strcmp(event, "bootstrap") == 0;
    for (uint32_t i = 0; i < all->len; i++) {
        const deco_member* member = &all->items[is_up ? all->len - 1 - i : i];
        for (uint32_t k = 0; k < member->decl->decorators.len; k++) {
            const ast_decorator* d = &member->decl->decorators.items[k];
            if (deco_event(d) != NULL && strcmp(deco_event(d), event) == 0) {
                TMLC_PUSH(g->arena, &h.fns, deco_method(g->prog, cls, member->decl->name));
                h.d = is_up || h.d == NULL ? d : h.d;
                h.mod = h.d == d ? ty_decl_module(g->prog, member->owner->decl) : h.mod;
            }
        }
    }
    return h;
}

void meta_add_hooks(meta* m, ty* cls) {
    static const char* const events[] = {"init", "bootstrap", "destroy", "before_shutdown",
                                         "shutdown"};
    deco_members all = deco_inherited(m->g->prog, cls, deco_is_hook);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        hook h = hook_of(m->g, cls, &all, events[i]);
        if (h.fns.len > 0) {
            add_hook(m, cls, &h);
        }
    }
}
