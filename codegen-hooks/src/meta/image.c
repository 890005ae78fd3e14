// SPDX-License-Identifier: Apache-2.0
// The unit of a module, its entry in the section, and the registration of the image.
//
// One pointer per module lies in the section and is kept by @llvm.used; records lie elsewhere.
// Each image finds its own section through hidden bounds and registers itself once: the descriptor
// and its constructor are in a comdat (ELF, COFF), or coalesced and guarded (Mach-O, which has no
// comdats).
#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

#include <llvm-c/Comdat.h>
#include <string.h>

/// Appends to an array of appending linkage, which has to be made anew.
static void append_to(tcg_meta* m, const char* name, LLVMTypeRef element, LLVMValueRef value,
                      const char* section) {
    LLVMValueRef old = LLVMGetNamedGlobal(m->ctx->module, name);
    LLVMValueRef init = old == NULL ? NULL : LLVMGetInitializer(old);
    uint64_t num = init == NULL ? 0 : LLVMGetArrayLength2(LLVMTypeOf(init));
    if (init != NULL && num > 0 && LLVMGetElementType(LLVMTypeOf(init)) != element) {
        tcg_fail(m->ctx, old, "an array of another type than LLVM gives it");
    }
    LLVMValueRef* values = tcg_alloc(m->ctx, (num + 1) * sizeof *values);
    for (uint64_t i = 0; i < num; i++) {
        values[i] = LLVMGetAggregateElement(init, (unsigned)i);
    }
    values[num] = value;
    if (old != NULL) {
        LLVMDeleteGlobal(old);
    }
    LLVMValueRef array = LLVMConstArray2(element, values, num + 1);
    LLVMValueRef global = LLVMAddGlobal(m->ctx->module, LLVMTypeOf(array), name);
    LLVMSetInitializer(global, array);
    LLVMSetLinkage(global, LLVMAppendingLinkage);
    if (section != NULL) {
        LLVMSetSection(global, section);
    }
}

static LLVMValueRef internal(tcg_meta* m, LLVMValueRef value, const char* name) {
    LLVMValueRef global = LLVMAddGlobal(m->ctx->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, 1);
    LLVMSetLinkage(global, LLVMInternalLinkage);
    return global;
}

static LLVMValueRef kind_table(tcg_meta* m, uint32_t kind) {
    static const char* const names[TMLRT_NUM_KINDS] = {
        "classes", "routes", "providers", "schemas", "modules", "hooks", "examples", "stages",
    };
    tcg_values* rows = &m->table[kind];
    LLVMTypeRef type = m->rows.kind[kind];
    LLVMValueRef items = tcg_null(m->ctx);
    if (kind == TMLRT_KIND_SCHEMA && rows->count > 0) {
        items = m->schema_array;
        LLVMSetInitializer(items, LLVMConstArray2(type, rows->items, rows->count));
        LLVMSetGlobalConstant(items, 1);
        LLVMSetLinkage(items, LLVMInternalLinkage);
    } else if (rows->count > 0) {
        items = internal(m, LLVMConstArray2(type, rows->items, rows->count),
                         tcg_format(m->ctx, "tmlrt.meta.%s", names[kind]));
    }
    return tcg_meta_table_at(m, type, items, rows->count);
}

static LLVMValueRef unit(tcg_meta* m) {
    LLVMValueRef tables[TMLRT_NUM_KINDS];
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        tables[kind] = kind_table(m, kind);
    }
    LLVMValueRef* files = tcg_alloc(m->ctx, (m->num_files + 1) * sizeof *files);
    for (uint32_t i = 0; i < m->num_files; i++) {
        files[i] = tcg_meta_text(m, m->file_names[i]);
    }
    LLVMValueRef fields[] = {tcg_i32(m->ctx, TMLRT_META_MAGIC),
                             LLVMConstInt(m->rows.i16, TMLRT_META_MAJOR, 0),
                             LLVMConstInt(m->rows.i16, TMLRT_META_MINOR, 0),
                             tcg_meta_text(m, m->unit_name),
                             tcg_data(m->ctx, "tmlrt_abi_v1"),
                             tcg_meta_table_of(m, m->ctx->ptr, files, m->num_files),
                             LLVMConstArray2(m->rows.table, tables, TMLRT_NUM_KINDS)};
    return internal(m, tcg_meta_row(m->rows.unit, fields, 7), "tmlrt.meta.unit");
}

static void set_shared(tcg_meta* m, LLVMValueRef global, tcg_format_kind f) {
    LLVMSetLinkage(global, LLVMLinkOnceODRLinkage);
    LLVMSetVisibility(global, LLVMHiddenVisibility);
    if (f != TCG_FORMAT_MACHO) {
        LLVMComdatRef comdat = LLVMGetOrInsertComdat(m->ctx->module, tcg_name(global));
        LLVMSetComdatSelectionKind(comdat, LLVMAnyComdatSelectionKind);
        LLVMSetComdat(global, comdat);
    }
}

/// The address of the first or behind the last entry of this image's section.
static LLVMValueRef bound(tcg_meta* m, tcg_format_kind f, bool is_stop) {
    static const char* const names[][2] = {
        [TCG_FORMAT_ELF] = {"__start_" TMLRT_META_SECTION_ELF, "__stop_" TMLRT_META_SECTION_ELF},
        [TCG_FORMAT_MACHO] = {"\1section$start$__DATA_CONST$__tmlrt_meta",
                              "\1section$end$__DATA_CONST$__tmlrt_meta"},
        [TCG_FORMAT_COFF] = {"__tmlrt_meta_start", "__tmlrt_meta_stop"},
    };
    LLVMValueRef global = LLVMGetNamedGlobal(m->ctx->module, names[f][is_stop]);
    if (global != NULL) {
        return global;
    }
    global = LLVMAddGlobal(m->ctx->module, m->ctx->ptr, names[f][is_stop]);
    LLVMSetVisibility(global, LLVMHiddenVisibility);
    if (f == TCG_FORMAT_COFF) {
        LLVMSetInitializer(global, tcg_null(m->ctx));
        LLVMSetGlobalConstant(global, 1);
        LLVMSetSection(global, is_stop ? ".tmlrt$z" : ".tmlrt$a");
        set_shared(m, global, f);
    }
    return global;
}

/// Returns when the flag is set, else sets it: on Mach-O each object's constructor entry stays.
static void build_guard(tcg_meta* m, LLVMValueRef fn) {
    LLVMBuilderRef b = m->ctx->builder;
    LLVMValueRef flag = LLVMAddGlobal(m->ctx->module, m->ctx->i8, "__tmlrt_image_done");
    LLVMSetInitializer(flag, LLVMConstNull(m->ctx->i8));
    set_shared(m, flag, TCG_FORMAT_MACHO);
    LLVMBasicBlockRef first = LLVMAppendBasicBlockInContext(m->ctx->context, fn, "first");
    LLVMBasicBlockRef again = LLVMAppendBasicBlockInContext(m->ctx->context, fn, "again");
    LLVMValueRef set = LLVMBuildLoad2(b, m->ctx->i8, flag, "");
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntNE, set, LLVMConstNull(m->ctx->i8), ""), again,
                    first);
    LLVMPositionBuilderAtEnd(b, again);
    LLVMBuildRetVoid(b);
    LLVMPositionBuilderAtEnd(b, first);
    LLVMBuildStore(b, LLVMConstInt(m->ctx->i8, 1, 0), flag);
}

/// ELF: the entry of .init_array by hand. A target machine made through LLVM-C puts
/// llvm.global_ctors into .ctors, which lld leaves alone and nobody runs.
static void add_init_entry(tcg_meta* m, LLVMValueRef image, LLVMValueRef init) {
    LLVMValueRef entry = LLVMAddGlobal(m->ctx->module, m->ctx->ptr, "__tmlrt_image_entry");
    LLVMSetInitializer(entry, init);
    set_shared(m, entry, TCG_FORMAT_MACHO);
    LLVMSetComdat(entry, LLVMGetComdat(image));
    LLVMSetSection(entry, ".init_array");
    append_to(m, "llvm.used", m->ctx->ptr, entry, "llvm.metadata");
}

static void register_image(tcg_meta* m, tcg_format_kind f) {
    LLVMModuleRef module = m->ctx->module;
    LLVMValueRef fields[] = {tcg_i32(m->ctx, TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR),
                             tcg_i32(m->ctx, (uint32_t)tcg_type_size(m->ctx, m->rows.image)),
                             bound(m, f, false), bound(m, f, true), tcg_null(m->ctx)};
    LLVMValueRef image = LLVMAddGlobal(module, m->rows.image, "__tmlrt_image");
    LLVMSetInitializer(image, tcg_meta_row(m->rows.image, fields, 5));
    set_shared(m, image, f);

    LLVMTypeRef type = LLVMFunctionType(m->ctx->void_type, NULL, 0, 0);
    LLVMValueRef init = LLVMAddFunction(module, "__tmlrt_image_init", type);
    set_shared(m, init, TCG_FORMAT_MACHO);
    if (f != TCG_FORMAT_MACHO) {
        LLVMSetComdat(init, LLVMGetComdat(image));
    }
    LLVMPositionBuilderAtEnd(m->ctx->builder,
                             LLVMAppendBasicBlockInContext(m->ctx->context, init, "entry"));
    if (f == TCG_FORMAT_MACHO) {
        build_guard(m, init);
    }
    tcg_call_func(m->ctx, "tmlrt_image_register", &image, 1);
    LLVMBuildRetVoid(m->ctx->builder);

    if (f == TCG_FORMAT_ELF) {
        add_init_entry(m, image, init);
        return;
    }
    LLVMTypeRef parts[] = {m->ctx->i32, m->ctx->ptr, m->ctx->ptr};
    LLVMTypeRef entry = LLVMStructTypeInContext(m->ctx->context, parts, 3, 0);
    LLVMValueRef values[] = {tcg_i32(m->ctx, 65535), init,
                             f == TCG_FORMAT_MACHO ? tcg_null(m->ctx) : image};
    append_to(m, "llvm.global_ctors", entry, tcg_meta_row(entry, values, 3), NULL);
}

void tcg_meta_image(tcg_meta* m) {
    static const char* const sections[] = {[TCG_FORMAT_ELF] = TMLRT_META_SECTION_ELF,
                                           [TCG_FORMAT_MACHO] = TMLRT_META_SECTION_MACHO,
                                           [TCG_FORMAT_COFF] = TMLRT_META_SECTION_COFF};
    uint32_t num = 0;
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        num += m->table[kind].count;
    }
    if (num == 0) {
        return;
    }
    tcg_format_kind f = tcg_object_format(m->ctx->module);
    LLVMValueRef entry = internal(m, unit(m), "tmlrt.meta.entry");
    LLVMSetSection(entry, sections[f]);
    append_to(m, "llvm.used", m->ctx->ptr, entry, "llvm.metadata");
    if (LLVMGetNamedGlobal(m->ctx->module, "__tmlrt_image") == NULL) {
        register_image(m, f);
    }
}
