// SPDX-License-Identifier: Apache-2.0
// Values and places: the dispatch, locals, fields, built values.
#include "codegen-hooks/tmlc/gen.h"

#include <string.h>

LLVMValueRef gen_load(gen* g, ty* type, LLVMValueRef place) {
    return gen_has_value(type) ? LLVMBuildLoad2(g->builder, gen_type(g, type), place, "") : NULL;
}

void gen_store(gen* g, LLVMValueRef value, LLVMValueRef place) {
    if (value != NULL) {
        LLVMBuildStore(g->builder, value, place);
    }
}

static LLVMValueRef field_place(gen* g, hir* node) {
    ty* base = node->a->type;
    if (base->kind == TY_CLASS) {
        unsigned index = node->index + 1 + (base->base != NULL);
        return LLVMBuildStructGEP2(g->builder, gen_body(g, base), gen_value(g, node->a), index, "");
    }
    return LLVMBuildStructGEP2(g->builder, gen_type(g, base), gen_place(g, node->a), node->index,
                               "");
}

LLVMValueRef gen_place(gen* g, hir* node) {
    switch (node->kind) {
    case HIR_LOCAL:
        return node->local->slot;
    case HIR_CAPTURE: {
        LLVMValueRef index = gen_const(g, 64, node->index);
        LLVMValueRef at = LLVMBuildGEP2(g->builder, gen_ptr(g), g->env, &index, 1, "");
        return LLVMBuildLoad2(g->builder, gen_ptr(g), at, "");
    }
    case HIR_FIELD:
        return field_place(g, node);
    case HIR_DEREF:
        return gen_value(g, node->a);
    default:
        break;
    }
    LLVMValueRef value = gen_value(g, node);
    LLVMValueRef place = gen_alloca(g, gen_type(g, node->type), "tmp");
    gen_store(g, value, place);
    if (ty_needs_drop(g->prog, node->type)) {
        gen_own(g, node->type, place, NULL);
    } else {
        gen_own_str(g, node, value);
    }
    return place;
}

static LLVMValueRef load_node(gen* g, hir* node) {
    LLVMValueRef value = gen_load(g, node->type, gen_place(g, node));
    if (node->kind == HIR_LOCAL && node->is_move && node->local->flag != NULL) {
        gen_store(g, gen_const(g, 1, 0), node->local->flag);
    }
    return value;
}

LLVMValueRef gen_struct(gen* g, hir* node) {
    LLVMValueRef place = gen_alloca(g, gen_type(g, node->type), "struct");
    LLVMValueRef* parts = tmlc_alloc(g->arena, (node->list.len + 1) * sizeof *parts);
    gen_fields(g, node, node->list.items, node->list.len, parts);
    for (uint32_t i = 0; i < node->list.len; i++) {
        gen_store(g, parts[i],
                  LLVMBuildStructGEP2(g->builder, gen_type(g, node->type), place, i, ""));
    }
    return gen_load(g, node->type, place);
}

/// The fields of the class and of its bases, the outermost class's first.
static uint32_t list_class_fields(gen* g, hir* node, hir_list* out) {
    for (hir* part = node; part != NULL; part = part->a) {
        for (uint32_t i = 0; i < part->list.len; i++) {
            TMLC_PUSH(g->arena, out, part->list.items[i]);
        }
    }
    return out->len;
}

static void store_class_fields(gen* g, hir* node, ty* whole, const LLVMValueRef* values,
                               LLVMValueRef object) {
    LLVMTypeRef body = gen_body(g, node->type);
    gen_store(g, gen_vtable_as(g, whole, node->type), object);
    for (uint32_t i = 0; i < node->list.len; i++) {
        unsigned index = i + 1 + (node->type->base != NULL);
        gen_store(g, values[i],
                  values[i] == NULL ? NULL
                                    : LLVMBuildStructGEP2(g->builder, body, object, index, ""));
    }
    if (node->a != NULL) {
        store_class_fields(g, node->a, whole, values + node->list.len,
                           LLVMBuildStructGEP2(g->builder, body, object, 1, "base"));
    }
}

/// A class object: libc malloc, zeroed, with its table.
LLVMValueRef gen_new(gen* g, hir* node) {
    hir_list fields = {0};
    uint32_t num = list_class_fields(g, node, &fields);
    LLVMValueRef* values = tmlc_alloc(g->arena, (num + 1) * sizeof *values);
    gen_fields(g, node, fields.items, num, values);
    LLVMValueRef args[4] = {gen_const(g, 64, gen_size(g, gen_body(g, node->type)))};
    LLVMValueRef object = gen_call_extern(g, "malloc", "pl", args);
    LLVMBasicBlockRef none = gen_block(g, "oom"), done = gen_block(g, "made");
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, object, ""), none, done);
    gen_at(g, none);
    gen_panic(g, node->span, "out of memory");
    gen_at(g, done);
    LLVMBuildMemSet(g->builder, object, gen_const(g, 8, 0), args[0], 8);
    store_class_fields(g, node, node->type, values, object);
    return object;
}

// ---- enums -----------------------------------------------------------------------------------

LLVMValueRef gen_tag(gen* g, ty* type, LLVMValueRef place) {
    if (gen_is_nullable(g, type)) {
        LLVMValueRef value = LLVMBuildLoad2(g->builder, gen_ptr(g), place, "");
        return LLVMBuildZExt(g->builder, LLVMBuildIsNull(g->builder, value, ""), gen_int(g, 32),
                             "tag");
    }
    return LLVMBuildLoad2(g->builder, gen_int(g, 32), place, "tag");
}

LLVMValueRef gen_part(gen* g, ty* type, uint32_t index, uint32_t part, LLVMValueRef place) {
    if (gen_is_nullable(g, type)) {
        return place;
    }
    LLVMValueRef payload = LLVMBuildStructGEP2(g->builder, gen_type(g, type), place, 1, "payload");
    return LLVMBuildStructGEP2(g->builder, gen_payload(g, type, index), payload, part, "");
}

void gen_variant_store(gen* g, ty* type, uint32_t index, LLVMValueRef* parts, LLVMValueRef place) {
    if (gen_is_nullable(g, type)) {
        gen_store(g, index == 0 ? parts[0] : LLVMConstNull(gen_ptr(g)), place);
        return;
    }
    gen_store(g, gen_const(g, 32, index), place);
    for (uint32_t i = 0; i < type->variants.items[index].types.len; i++) {
        if (parts[i] != NULL) {
            gen_store(g, parts[i], gen_part(g, type, index, i, place));
        }
    }
}

LLVMValueRef gen_variant(gen* g, hir* node) {
    LLVMValueRef* parts = tmlc_alloc(g->arena, (node->list.len + 1) * sizeof *parts);
    gen_operands(g, node->list.items, node->list.len, parts);
    LLVMValueRef place = gen_alloca(g, gen_type(g, node->type), "variant");
    if (!gen_is_nullable(g, node->type)) {
        gen_store(g, LLVMConstNull(gen_type(g, node->type)), place);
    }
    gen_variant_store(g, node->type, node->index, parts, place);
    return gen_load(g, node->type, place);
}

// ---- function values -------------------------------------------------------------------------

LLVMValueRef gen_pair(gen* g, LLVMValueRef first, LLVMValueRef second, ty* type) {
    LLVMValueRef value = LLVMGetUndef(gen_type(g, type));
    value = LLVMBuildInsertValue(g->builder, value, first, 0, "");
    return LLVMBuildInsertValue(g->builder, value, second, 1, "");
}

LLVMValueRef gen_fn_value(gen* g, hir* node) {
    return gen_pair(g, gen_function(g, node->fn), LLVMConstNull(gen_ptr(g)), node->type);
}

/// The environment is an array of addresses in this frame: a closure does not outlive it.
LLVMValueRef gen_closure(gen* g, hir* node) {
    fn* f = node->fn;
    LLVMValueRef closed = LLVMConstNull(gen_ptr(g));
    if (f->captures.len > 0) {
        closed = gen_alloca(g, LLVMArrayType2(gen_ptr(g), f->captures.len), "env");
        for (uint32_t i = 0; i < f->captures.len; i++) {
            LLVMValueRef index = gen_const(g, 64, i);
            LLVMValueRef at = LLVMBuildGEP2(g->builder, gen_ptr(g), closed, &index, 1, "");
            gen_store(g, gen_place(g, f->captures.items[i]), at);
        }
    }
    return gen_pair(g, gen_function(g, f), closed, node->type);
}

/// A table of the behavior's methods, in its order.
LLVMValueRef gen_dyn(gen* g, hir* node) {
    ty* from = node->a->type->kind == TY_REF ? node->a->type->args[0] : node->a->type;
    const char* name = tmlc_format(g->arena, "vtable.%s.%s", from->mangled, node->type->decl->name);
    LLVMValueRef table = LLVMGetNamedGlobal(g->module, name);
    if (table == NULL) {
        LLVMValueRef* entries = tmlc_alloc(g->arena, (node->list.len + 1) * sizeof *entries);
        for (uint32_t i = 0; i < node->list.len; i++) {
            entries[i] = gen_method_entry(g, from, node->list.items[i]->fn);
        }
        LLVMValueRef value = LLVMConstStructInContext(g->context, entries, node->list.len, false);
        table = LLVMAddGlobal(g->module, LLVMTypeOf(value), name);
        LLVMSetInitializer(table, value);
        LLVMSetGlobalConstant(table, true);
        gen_own_table(g, table);
    }
    LLVMValueRef data = gen_value(g, node->a);
    if (node->a->type->kind == TY_REF && from->kind == TY_CLASS) {
        data = LLVMBuildLoad2(g->builder, gen_ptr(g), data, "");
    }
    return gen_pair(g, data, table, node->type);
}

// ---- dispatch --------------------------------------------------------------------------------

static LLVMValueRef gen_upcast(gen* g, hir* node) {
    return LLVMBuildStructGEP2(g->builder, gen_body(g, node->a->type), gen_value(g, node->a), 1,
                               "base");
}

static LLVMValueRef dispatch(gen* g, hir* node) {
    switch (node->kind) {
    case HIR_INT:
        return LLVMConstInt(gen_type(g, node->type), node->value.integer, false);
    case HIR_FLOAT:
        return LLVMConstReal(gen_type(g, node->type), node->value.real);
    case HIR_STR:
        return gen_str(g, node->text);
    case HIR_NULL:
        return LLVMConstNull(gen_ptr(g));
    case HIR_LOCAL:
    case HIR_CAPTURE:
    case HIR_FIELD:
    case HIR_DEREF:
        return load_node(g, node);
    case HIR_REF:
        return gen_place(g, node->a);
    case HIR_UPCAST:
        return gen_upcast(g, node);
    case HIR_CALL:
        return gen_call(g, node);
    case HIR_CALL_VALUE:
        return gen_call_value(g, node);
    case HIR_CALL_DYN:
        return gen_call_dyn(g, node);
    case HIR_CALL_VIRTUAL:
        return gen_call_virtual(g, node);
    case HIR_FN_VALUE:
        return gen_fn_value(g, node);
    case HIR_CLOSURE:
        return gen_closure(g, node);
    case HIR_DYN:
        return gen_dyn(g, node);
    case HIR_BOX:
        return gen_box(g, node);
    case HIR_BINARY:
        return gen_binary(g, node);
    case HIR_LOGIC:
        return gen_logic(g, node);
    case HIR_UNARY:
        return gen_unary(g, node);
    case HIR_CAST:
        return gen_cast(g, node);
    case HIR_STRUCT:
        return gen_struct(g, node);
    case HIR_NEW:
        return gen_new(g, node);
    case HIR_VARIANT:
        return gen_variant(g, node);
    case HIR_INTERP:
        return gen_interp(g, node);
    case HIR_BLOCK:
        return gen_block_value(g, node);
    case HIR_IF:
        return gen_if(g, node);
    case HIR_MANY:
        return gen_many(g, node);
    case HIR_SELECT:
        return gen_select(g, node);
    case HIR_MATCH:
        return gen_match(g, node);
    case HIR_TRY:
        return gen_try(g, node);
    case HIR_AWAIT:
        return gen_await(g, node);
    case HIR_FUTURE:
        return gen_future(g, node);
    case HIR_SPAWN:
        return gen_spawn(g, node);
    case HIR_SPAWN_BLOCKING:
        return gen_spawn_blocking(g, node);
    case HIR_BLOCK_ON:
        return gen_block_on(g, node);
    case HIR_LOOP:
        gen_loop(g, node);
        return NULL;
    case HIR_BREAK:
    case HIR_CONTINUE:
        gen_clean(g, g->loop_cleanups);
        gen_jump(g, node->kind == HIR_BREAK ? g->loop_end : g->loop_next);
        return NULL;
    case HIR_RETURN:
        gen_return(g, node);
        return NULL;
    case HIR_LET:
        gen_let(g, node);
        return NULL;
    case HIR_ASSIGN:
        gen_assign(g, node);
        return NULL;
    case HIR_ERROR:
    case HIR_UNIT:
        break;
    }
    return NULL;
}

LLVMValueRef gen_value(gen* g, hir* node) {
    if (gen_is_terminated(g)) { // nothing reaches it, yet it must be well formed
        gen_at(g, gen_block(g, "dead"));
    }
    gen_location(g, node->span);
    LLVMValueRef value = dispatch(g, node);
    if (gen_is_terminated(g)) {
        gen_at(g, gen_block(g, "dead"));
        gen_location(g, node->span);
    }
    if (node->type->kind == TY_NEVER && !gen_is_terminated(g)) {
        LLVMBuildUnreachable(g->builder);
        gen_at(g, gen_block(g, "dead"));
    }
    return value;
}
