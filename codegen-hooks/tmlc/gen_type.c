// SPDX-License-Identifier: Apache-2.0
// Types as the TML compiler lowers them.
//
//   Bool i1, Char i32, Str ptr (NUL-terminated), ref and class ptr, func {ptr fn, ptr env}, dyn
//   {ptr data, ptr table}; a struct its fields in source order; an enum {i32 tag} or {i32,
//   payload}, the payload i32 up to 4 bytes, i64 up to 8, else [N x i64]; a Maybe of a pointer is
//   that pointer; a class object {ptr vtable, [base], fields}. Unit is void as a result and {}
//   elsewhere.
//
// A payload is sized with the data layout: unlike the compiler's text types it always fits.
#include "codegen-hooks/tmlc/gen.h"

LLVMTypeRef gen_ptr(gen* g) {
    return LLVMPointerTypeInContext(g->context, 0);
}

LLVMTypeRef gen_int(gen* g, unsigned bits) {
    return LLVMIntTypeInContext(g->context, bits);
}

LLVMValueRef gen_const(gen* g, unsigned bits, uint64_t value) {
    return LLVMConstInt(gen_int(g, bits), value, false);
}

uint64_t gen_size(gen* g, LLVMTypeRef type) {
    return LLVMABISizeOfType(g->layout, type);
}

bool gen_has_value(const ty* type) {
    return type->kind != TY_UNIT && type->kind != TY_NEVER;
}

bool gen_is_nullable(gen* g, ty* type) {
    if (!ty_is_named(g->prog, type, "Maybe")) {
        return false;
    }
    ty_kind kind = type->args[0]->kind;
    return kind == TY_STR || kind == TY_REF || kind == TY_PTR || kind == TY_CLASS;
}

static LLVMTypeRef pair(gen* g) {
    LLVMTypeRef parts[] = {gen_ptr(g), gen_ptr(g)};
    return LLVMStructTypeInContext(g->context, parts, 2, false);
}

static LLVMTypeRef named(gen* g, const ty* type, const char* head) {
    return LLVMStructCreateNamed(g->context, tmlc_format(g->arena, "%s.%s", head, type->mangled));
}

static LLVMTypeRef struct_type(gen* g, ty* type) {
    LLVMTypeRef made = named(g, type, "struct");
    type->llvm = made;
    ty_layout(g->prog, type);
    LLVMTypeRef* parts = tmlc_alloc(g->arena, (type->fields.len + 1) * sizeof *parts);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        parts[i] = gen_type(g, type->fields.items[i].type);
    }
    LLVMStructSetBody(made, parts, type->fields.len, false);
    return made;
}

LLVMTypeRef gen_payload(gen* g, ty* type, uint32_t variant) {
    const ty_list* types = &type->variants.items[variant].types;
    if (types->len == 0) {
        return NULL;
    }
    LLVMTypeRef* parts = tmlc_alloc(g->arena, types->len * sizeof *parts);
    for (uint32_t i = 0; i < types->len; i++) {
        parts[i] = gen_type(g, types->items[i]);
    }
    return LLVMStructTypeInContext(g->context, parts, types->len, false);
}

static LLVMTypeRef enum_type(gen* g, ty* type) {
    ty_layout(g->prog, type);
    if (gen_is_nullable(g, type)) {
        return gen_ptr(g);
    }
    LLVMTypeRef parts[2] = {gen_int(g, 32), NULL};
    LLVMTypeRef made = named(g, type, "struct");
    type->llvm = made;
    uint64_t size = 0;
    for (uint32_t i = 0; i < type->variants.len; i++) {
        LLVMTypeRef payload = gen_payload(g, type, i);
        uint64_t needs = payload == NULL ? 0 : gen_size(g, payload);
        size = needs > size ? needs : size;
    }
    parts[1] = size <= 4   ? gen_int(g, 32)
               : size <= 8 ? gen_int(g, 64)
                           : LLVMArrayType2(gen_int(g, 64), (size + 7) / 8);
    LLVMStructSetBody(made, parts, size == 0 ? 1 : 2, false);
    return made;
}

LLVMTypeRef gen_body(gen* g, ty* type) {
    if (type->body == NULL) {
        LLVMTypeRef made = named(g, type, "class");
        type->body = made;
        ty_layout(g->prog, type);
        LLVMTypeRef* parts = tmlc_alloc(g->arena, (type->fields.len + 2) * sizeof *parts);
        unsigned num = 0;
        parts[num++] = gen_ptr(g);
        if (type->base != NULL) {
            parts[num++] = gen_body(g, type->base);
        }
        for (uint32_t i = 0; i < type->fields.len; i++) {
            parts[num++] = gen_type(g, type->fields.items[i].type);
        }
        LLVMStructSetBody(made, parts, num, false);
    }
    return type->body;
}

static LLVMTypeRef make_type(gen* g, ty* type) {
    switch (type->kind) {
    case TY_UNIT:
    case TY_NEVER:
    case TY_ERROR:
    case TY_INFER:
        return LLVMStructTypeInContext(g->context, NULL, 0, false);
    case TY_F32:
        return LLVMFloatTypeInContext(g->context);
    case TY_F64:
        return LLVMDoubleTypeInContext(g->context);
    case TY_STRUCT:
        return struct_type(g, type);
    case TY_ENUM:
        return enum_type(g, type);
    case TY_FUNC:
    case TY_DYN:
        return pair(g);
    case TY_STR:
    case TY_CLASS:
    case TY_REF:
    case TY_PTR:
    case TY_FUTURE:
    case TY_BLOCKING:
        return gen_ptr(g);
    default:
        return gen_int(g, ty_bits(type));
    }
}

LLVMTypeRef gen_type(gen* g, ty* type) {
    if (type->llvm == NULL) {
        LLVMTypeRef made = make_type(g, type);
        type->llvm = made;
    }
    return type->llvm;
}

LLVMTypeRef gen_result(gen* g, ty* type) {
    return gen_has_value(type) ? gen_type(g, type) : LLVMVoidTypeInContext(g->context);
}
