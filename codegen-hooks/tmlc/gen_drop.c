// SPDX-License-Identifier: Apache-2.0
// Drops: the stack of cleanups, and how a value of each type ends.
//
// A struct or enum that owns something has one function of glue per type: its own Drop.drop, then
// its parts, last first. Locals that are moved somewhere have a flag; the others are dropped for
// certain.
#include "codegen-hooks/tmlc/gen.h"

#include <tmlcg/hooks.h>

uint32_t gen_scope(const gen* g) {
    return g->cleanups.len;
}

void gen_own(gen* g, ty* type, LLVMValueRef place, LLVMValueRef flag) {
    cleanup c = {CLEAN_DROP, type, place, flag};
    TMLC_PUSH(g->arena, &g->cleanups, c);
}

void gen_free_later(gen* g, LLVMValueRef text) {
    cleanup c = {CLEAN_FREE, NULL, text, NULL};
    TMLC_PUSH(g->arena, &g->cleanups, c);
}

void gen_own_str(gen* g, const hir* node, LLVMValueRef text) {
    if (node->is_made && !node->is_given && text != NULL) {
        gen_free_later(g, text);
    }
}

void gen_own_str_at(gen* g, LLVMValueRef place) {
    cleanup c = {CLEAN_FREE_AT, NULL, place, NULL};
    TMLC_PUSH(g->arena, &g->cleanups, c);
}

void gen_clean_one(gen* g, const cleanup* c) {
    if (c->kind == CLEAN_NONE) {
        return;
    }
    if (c->kind == CLEAN_FREE || c->kind == CLEAN_FREE_AT) {
        LLVMValueRef text = c->place;
        if (c->kind == CLEAN_FREE_AT) {
            text = LLVMBuildLoad2(g->builder, gen_ptr(g), c->place, "text");
        }
        gen_call_extern(g, "free", "vp", &text);
        return;
    }
    LLVMBasicBlockRef end = NULL;
    if (c->flag != NULL) {
        LLVMBasicBlockRef owned = gen_block(g, "drop");
        end = gen_block(g, "dropped");
        LLVMValueRef flag = LLVMBuildLoad2(g->builder, gen_int(g, 1), c->flag, "owned");
        LLVMBuildCondBr(g->builder, flag, owned, end);
        gen_at(g, owned);
    }
    gen_drop(g, c->type, c->place);
    if (end != NULL) {
        LLVMBuildBr(g->builder, end);
        gen_at(g, end);
    }
}

void gen_clean(gen* g, uint32_t scope) {
    for (uint32_t i = g->cleanups.len; i-- > scope;) {
        gen_clean_one(g, &g->cleanups.items[i]);
    }
}

void gen_scope_end(gen* g, uint32_t scope) {
    if (!gen_is_terminated(g)) {
        gen_clean(g, scope);
    }
    g->cleanups.len = scope;
}

static void drop_fields(gen* g, ty* type, LLVMValueRef place) {
    LLVMTypeRef body = gen_type(g, type);
    for (uint32_t i = type->fields.len; i-- > 0;) {
        ty* field = type->fields.items[i].type;
        if (ty_needs_drop(g->prog, field)) {
            gen_drop(g, field, LLVMBuildStructGEP2(g->builder, body, place, i, ""));
        }
    }
}

static void drop_variants(gen* g, ty* type, LLVMValueRef place) {
    LLVMBasicBlockRef end = gen_block(g, "end");
    LLVMValueRef choice =
        LLVMBuildSwitch(g->builder, gen_tag(g, type, place), end, type->variants.len);
    for (uint32_t i = 0; i < type->variants.len; i++) {
        LLVMBasicBlockRef block = gen_block(g, type->variants.items[i].name);
        LLVMAddCase(choice, gen_const(g, 32, i), block);
        gen_at(g, block);
        for (uint32_t k = 0; k < type->variants.items[i].types.len; k++) {
            ty* part = type->variants.items[i].types.items[k];
            if (ty_needs_drop(g->prog, part)) {
                gen_drop(g, part, gen_part(g, type, i, k, place));
            }
        }
        LLVMBuildBr(g->builder, end);
    }
    gen_at(g, end);
}

static LLVMValueRef glue(gen* g, ty* type) {
    if (type->drop_glue == NULL) {
        LLVMTypeRef ptr = gen_ptr(g);
        LLVMTypeRef signature = LLVMFunctionType(LLVMVoidTypeInContext(g->context), &ptr, 1, false);
        LLVMValueRef made =
            LLVMAddFunction(g->module, tmlc_format(g->arena, "%s.drop", type->mangled), signature);
        LLVMSetLinkage(made, LLVMInternalLinkage);
        type->drop_glue = made;
        gen_saved saved = gen_thunk(g, made);
        LLVMValueRef place = LLVMGetParam(made, 0);
        ty_layout(g->prog, type);
        if (type->drop != NULL) {
            LLVMValueRef drop = gen_function(g, type->drop);
            LLVMBuildCall2(g->builder, signature, drop, &place, 1, "");
        }
        if (type->kind == TY_ENUM) {
            drop_variants(g, type, place);
        } else {
            drop_fields(g, type, place);
        }
        LLVMBuildRetVoid(g->builder);
        gen_thunk_end(g, saved);
    }
    return type->drop_glue;
}

void gen_drop(gen* g, ty* type, LLVMValueRef place) {
    LLVMValueRef args[2] = {place, NULL};
    if (type->kind == TY_FUTURE) {
        gen_drop_future(g, type->fn, gen_load(g, type, place));
    } else if (type->kind == TY_BLOCKING) {
        args[0] = gen_load(g, type, place);
        gen_call_extern(g, "tmlrt_task_detach", "vp", args);
    } else if (ty_is_dyn_future(g->prog, type)) {
        gen_drop_box(g, place);
    } else if (ty_needs_drop(g->prog, type)) {
        LLVMTypeRef ptr = gen_ptr(g);
        LLVMBuildCall2(g->builder,
                       LLVMFunctionType(LLVMVoidTypeInContext(g->context), &ptr, 1, false),
                       glue(g, type), args, 1, "");
    }
}

/// Frees the Str that lies at a place.
static LLVMValueRef free_glue(gen* g) {
    LLVMValueRef made = LLVMGetNamedFunction(g->module, "Str.drop");
    if (made == NULL) {
        LLVMTypeRef ptr = gen_ptr(g);
        made = LLVMAddFunction(g->module, "Str.drop",
                               LLVMFunctionType(LLVMVoidTypeInContext(g->context), &ptr, 1, false));
        LLVMSetLinkage(made, LLVMInternalLinkage);
        gen_saved saved = gen_thunk(g, made);
        LLVMValueRef text = LLVMBuildLoad2(g->builder, ptr, LLVMGetParam(made, 0), "text");
        gen_call_extern(g, "free", "vp", &text);
        LLVMBuildRetVoid(g->builder);
        gen_thunk_end(g, saved);
    }
    return made;
}

/// Names for the hooks: what destroys the arguments of a future that never ran, and an output that
/// nobody took.
void gen_drop_symbols(gen* g, fn* f, LLVMValueRef function) {
    bool owns = false;
    for (uint32_t i = 0; i < f->params.len; i++) {
        owns = owns || f->params.items[i]->is_given ||
               ty_needs_drop(g->prog, f->params.items[i]->type);
    }
    if (owns) {
        const char* name = tmlc_format(g->arena, "%s.drop_args", f->symbol);
        LLVMTypeRef from = gen_function_type(g, f);
        LLVMTypeRef* params = tmlc_alloc(g->arena, (f->params.len + 1) * sizeof *params);
        LLVMGetParamTypes(from, params);
        LLVMValueRef made = LLVMAddFunction(
            g->module, name,
            LLVMFunctionType(LLVMVoidTypeInContext(g->context), params, f->params.len, false));
        LLVMSetLinkage(made, LLVMInternalLinkage);
        gen_saved saved = gen_thunk(g, made);
        for (uint32_t i = 0; i < f->params.len; i++) {
            ty* type = f->params.items[i]->type;
            if (f->params.items[i]->is_given) {
                LLVMValueRef text = LLVMGetParam(made, i);
                gen_call_extern(g, "free", "vp", &text);
            } else if (ty_needs_drop(g->prog, type)) {
                LLVMValueRef place = gen_alloca(g, gen_type(g, type), "");
                gen_store(g, LLVMGetParam(made, i), place);
                gen_drop(g, type, place);
            }
        }
        LLVMBuildRetVoid(g->builder);
        gen_thunk_end(g, saved);
        gen_attribute(g, function, TMLCG_ATTR_DROP_ARGS, name);
    }
    if (f->result->kind == TY_STR && f->traits.allocates) {
        gen_attribute(g, function, TMLCG_ATTR_DROP_OUTPUT, LLVMGetValueName(free_glue(g)));
    } else if (gen_has_value(f->result) && ty_needs_drop(g->prog, f->result) &&
               f->result->kind != TY_FUTURE && f->result->kind != TY_BLOCKING) {
        gen_attribute(g, function, TMLCG_ATTR_DROP_OUTPUT, LLVMGetValueName(glue(g, f->result)));
    }
}
