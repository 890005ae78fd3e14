// SPDX-License-Identifier: Apache-2.0
// Records as LLVM constants: the types of meta.h's rows in the target's layout, strings, tables.
//
// Rows carry no padding in any data layout that has natural alignment, so the literal struct types
// below are the C ones; tests compare the sizes. All constants are private and have no section of
// their own: with relocations they lie in RELRO, without in read-only data.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

#include <string.h>

static LLVMTypeRef row_type(tcg_meta* m, LLVMTypeRef* fields, unsigned num) {
    return LLVMStructTypeInContext(m->ctx->context, fields, num, 0);
}
#define ROW(...)                                                                                   \
    row_type(m, (LLVMTypeRef[]){__VA_ARGS__},                                                      \
             sizeof((LLVMTypeRef[]){__VA_ARGS__}) / sizeof(LLVMTypeRef))

void tcg_meta_rows_init(tcg_meta* m) {
    tcg_meta_rows* r = &m->rows;
    LLVMTypeRef ptr = m->ctx->ptr, i8 = m->ctx->i8, i32 = m->ctx->i32, i64 = m->ctx->i64;
    r->i16 = LLVMInt16TypeInContext(m->ctx->context);
    r->table = ROW(ptr, i32, i32);
    r->loc = ROW(i32, r->i16, r->i16);
    r->type = ROW(ptr, i32, r->i16, i8, i8);
    r->value = ROW(i32, i32, i64, ptr, ptr);
    r->deco = ROW(ptr, r->table, r->loc);
    r->slot = ROW(ptr, ptr, ptr, ptr, r->table, i32, i32, r->loc);
    r->kind[TMLRT_KIND_CLASS] = ROW(ptr, ptr, ptr, ptr, ptr, r->table, r->table, i32, i32, r->loc);
    r->kind[TMLRT_KIND_ROUTE] =
        ROW(ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, r->table, r->table, i32, i32, r->loc);
    r->kind[TMLRT_KIND_PROVIDER] = ROW(ptr, ptr, ptr, r->table, i32, i32, r->loc);
    r->kind[TMLRT_KIND_SCHEMA] = ROW(ptr, ptr, r->table, i32, i32, r->loc);
    r->kind[TMLRT_KIND_MODULE] = ROW(ptr, r->table, r->table, r->table, r->table, r->loc);
    r->kind[TMLRT_KIND_HOOK] = ROW(ptr, ptr, i32, i32, r->loc);
    r->kind[TMLRT_KIND_EXAMPLE] = ROW(ptr, ptr, ptr, ptr, ptr, i32, i32, r->loc);
    r->kind[TMLRT_KIND_STAGE] = ROW(ptr, ptr, ptr, ptr, r->table, i32, i32, i32, i32, r->loc);
    r->unit =
        ROW(i32, r->i16, r->i16, ptr, ptr, r->table, LLVMArrayType2(r->table, TMLRT_NUM_KINDS));
    r->image = ROW(i32, i32, ptr, ptr, ptr);
}

LLVMValueRef tcg_meta_row(LLVMTypeRef type, LLVMValueRef* fields, uint32_t num) {
    (void)type;
    return LLVMConstStructInContext(LLVMGetTypeContext(type), fields, num, 0);
}

static LLVMValueRef private_constant(tcg_meta* m, LLVMValueRef value, const char* name) {
    LLVMValueRef global = LLVMAddGlobal(m->ctx->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, 1);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    return global;
}

LLVMValueRef tcg_meta_address(tcg_meta* m, LLVMValueRef value) {
    return private_constant(m, value, "tmlrt.meta");
}

LLVMValueRef tcg_meta_text(tcg_meta* m, const char* text) {
    if (text == NULL) {
        return tcg_null(m->ctx);
    }
    LLVMValueRef bytes = LLVMConstStringInContext(m->ctx->context, text, (unsigned)strlen(text), 0);
    LLVMValueRef global = private_constant(m, bytes, "tmlrt.meta.str");
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    LLVMSetAlignment(global, 1);
    return global;
}

LLVMValueRef tcg_meta_table_at(tcg_meta* m, LLVMTypeRef row, LLVMValueRef items, uint32_t num) {
    LLVMValueRef fields[] = {items, tcg_i32(m->ctx, num),
                             tcg_i32(m->ctx, (uint32_t)tcg_type_size(m->ctx, row))};
    return tcg_meta_row(m->rows.table, fields, 3);
}

LLVMValueRef tcg_meta_table_of(tcg_meta* m, LLVMTypeRef row, LLVMValueRef* rows, uint32_t num) {
    LLVMValueRef items =
        num == 0 ? tcg_null(m->ctx) : tcg_meta_address(m, LLVMConstArray2(row, rows, num));
    return tcg_meta_table_at(m, row, items, num);
}
