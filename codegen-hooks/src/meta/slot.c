// SPDX-License-Identifier: Apache-2.0
// Slots: parameters laid out in an args struct, fields and injections at their struct's offsets.
//
// A parameter's offset is decided here and nowhere else: `this` first, then each parameter at its
// natural alignment, in order. A field's offset comes from the target's data layout.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

static const char* const s_where_words[] = {
#define WORD(name, value, ir) [value] = ir,
    TMLRT_META_WHERE_MAP(WORD)
#undef WORD
};

tcg_meta_args tcg_meta_args_begin(tcg_meta* m, bool has_this) {
    tcg_meta_args args = {.align = 1};
    if (has_this) {
        args.size = tcg_type_size(m->ctx, m->ctx->ptr);
        args.align = tcg_type_align(m->ctx, m->ctx->ptr);
    }
    return args;
}

uint64_t tcg_meta_args_add(tcg_meta_args* args, const tcg_meta_typ* type) {
    uint64_t offset = (args->size + type->align - 1) / type->align * type->align;
    args->size = offset + type->size;
    args->align = type->align > args->align ? type->align : args->align;
    return offset;
}

LLVMValueRef tcg_meta_slot_row(tcg_meta* m, const tcg_meta_slot_info* slot, const char* name,
                               const char* key, LLVMValueRef dflt, LLVMValueRef decos,
                               LLVMValueRef loc) {
    LLVMValueRef fields[] = {tcg_meta_text(m, name),
                             tcg_meta_text(m, key),
                             tcg_meta_type_record(m, slot->type),
                             dflt,
                             decos,
                             tcg_i32(m->ctx, (uint32_t)slot->offset),
                             tcg_i32(m->ctx, slot->where),
                             loc};
    return tcg_meta_row(m->rows.slot, fields, 8);
}

LLVMValueRef tcg_meta_slot_table(tcg_meta* m, const tcg_meta_slots* slots) {
    LLVMValueRef* rows = tcg_alloc(m->ctx, (slots->count + 1) * sizeof *rows);
    for (uint32_t i = 0; i < slots->count; i++) {
        rows[i] = slots->items[i].record;
    }
    return tcg_meta_table_of(m, m->rows.slot, rows, slots->count);
}

/// Operands 1..6 of a param or field, the same for both; slot->type and offset are there.
static void finish_slot(tcg_meta* m, const tcg_meta_node* node, tcg_meta_slot_info* slot) {
    const char* name = tcg_meta_string(m, node->ops[1], "name");
    const char* key = tcg_meta_string(m, node->ops[2], "key");
    LLVMValueRef dflt = tcg_meta_default(m, node->ops[4], slot->type);
    LLVMValueRef decos = tcg_meta_decos(m, node->ops[5]);
    bool optional = node->ops[4] != NULL || slot->type->kind == TMLRT_TYPE_MAYBE;
    LLVMValueRef loc =
        tcg_meta_loc(m, node->ops[6], optional ? TMLRT_LOC_OPTIONAL : 0, TMLRT_LOC_OWNED, NULL);
    if (slot->offset > UINT32_MAX) {
        tcg_meta_fail(m, "offset is larger than a record can say");
    }
    slot->record = tcg_meta_slot_row(m, slot, name, key, dflt, decos, loc);
}

static tcg_meta_node open_slot(tcg_meta* m, LLVMValueRef v, const char* form) {
    if (!tcg_meta_is_node(v)) {
        tcg_meta_fail(m, "expected %s", form);
    }
    tcg_meta_node node = tcg_meta_open(m, v);
    if (node.num != 7) {
        tcg_meta_fail(m, "%u operands, expected 7: %s", node.num, form);
    }
    return node;
}

static void check_where(tcg_meta* m, const tcg_meta_slot_info* slot, uint32_t wheres) {
    static const struct {
        uint8_t where, kind;
    } pairs[] = {{TMLRT_WHERE_REQUEST, TMLRT_TYPE_REQUEST},
                 {TMLRT_WHERE_NEXT, TMLRT_TYPE_NEXT},
                 {TMLRT_WHERE_ERROR, TMLRT_TYPE_ERROR}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if ((slot->type->kind == pairs[i].kind) != (slot->where == pairs[i].where)) {
            const char* word = s_where_words[pairs[i].where];
            tcg_meta_fail(m, "where \"%s\" and type \"%s\" go together", word, word);
        }
    }
    if ((wheres >> slot->where & 1) == 0) {
        tcg_meta_fail(m,
                      wheres == TCG_WHERES_STAGE
                          ? "where \"%s\": a stage takes request, next, error or value"
                          : "where \"%s\": only a !tmlrt.stage has that",
                      s_where_words[slot->where]);
    }
    if ((slot->where == TMLRT_WHERE_IP || slot->where == TMLRT_WHERE_HOST) &&
        slot->type->kind != TMLRT_TYPE_STR) {
        tcg_meta_fail(m, "where \"%s\" wants type \"str\"", s_where_words[slot->where]);
    }
}

tcg_meta_slots tcg_meta_params(tcg_meta* m, LLVMValueRef v, LLVMValueRef fn, bool has_this,
                               uint32_t wheres, tcg_meta_args* args) {
    static const char form[] = "!{!\"where\", !\"name\", !\"key\", type, default, !{deco...}, loc}";
    tcg_meta_node list = tcg_meta_list(m, v, "parameters");
    tcg_meta_check_callable(m, fn, "function", has_this, list.num + has_this);
    tcg_meta_slots slots = {tcg_alloc(m->ctx, (list.num + 1) * sizeof *slots.items), list.num};
    for (uint32_t i = 0; i < list.num; i++) {
        size_t mark = tcg_meta_enter(m, "param %u", i);
        tcg_meta_node node = open_slot(m, list.ops[i], form);
        tcg_meta_slot_info* slot = &slots.items[i];
        slot->where = tcg_meta_word(m, node.ops[0], "where", s_where_words,
                                    sizeof s_where_words / sizeof s_where_words[0]);
        slot->type = tcg_meta_type(m, node.ops[3], LLVMTypeOf(LLVMGetParam(fn, i + has_this)),
                                   TCG_ROLE_PARAM);
        slot->offset = tcg_meta_args_add(args, slot->type);
        check_where(m, slot, wheres);
        finish_slot(m, &node, slot);
        tcg_meta_leave(m, mark);
    }
    return slots;
}

/// Walks an index or a list of indices to a field; returns its type and adds up its offset.
static LLVMTypeRef walk(tcg_meta* m, LLVMValueRef v, LLVMTypeRef type, uint64_t* offset) {
    tcg_meta_node path = {&v, 1};
    if (tcg_meta_is_node(v)) {
        path = tcg_meta_open(m, v);
    }
    if (path.num == 0) {
        tcg_meta_fail(m, "index: expected i32 or a list of i32");
    }
    for (uint32_t i = 0; i < path.num; i++) {
        if (LLVMGetTypeKind(type) != LLVMStructTypeKind) {
            tcg_meta_fail(m, "index %u of the list: what it is in is no struct", i);
        }
        unsigned num = LLVMCountStructElementTypes(type);
        if (num == 0) {
            tcg_meta_fail(m, "index: the struct has no fields");
        }
        unsigned at = (unsigned)tcg_meta_int(m, path.ops[i], "index", 0, num - 1);
        *offset += LLVMOffsetOfElement(m->ctx->target_data, type, at);
        type = LLVMStructGetTypeAtIndex(type, at);
    }
    return type;
}

tcg_meta_slots tcg_meta_fields(tcg_meta* m, LLVMValueRef v, LLVMTypeRef type, tcg_meta_role role) {
    static const char form[] = "!{i32 index, !\"name\", !\"key\", type, default, !{deco...}, loc}";
    tcg_meta_node list = tcg_meta_list(m, v, "fields");
    tcg_meta_slots slots = {tcg_alloc(m->ctx, (list.num + 1) * sizeof *slots.items), list.num};
    for (uint32_t i = 0; i < list.num; i++) {
        size_t mark = tcg_meta_enter(m, "%s %u", role == TCG_ROLE_FIELD ? "field" : "injection", i);
        tcg_meta_node node = open_slot(m, list.ops[i], form);
        tcg_meta_slot_info* slot = &slots.items[i];
        LLVMTypeRef ir = walk(m, node.ops[0], type, &slot->offset);
        slot->type = tcg_meta_type(m, node.ops[3], ir, role);
        if (slot->offset % slot->type->align != 0) {
            tcg_meta_fail(m,
                          "the field lies at byte %llu, not aligned to %u: packed structs cannot "
                          "be described",
                          (unsigned long long)slot->offset, slot->type->align);
        }
        finish_slot(m, &node, slot);
        tcg_meta_leave(m, mark);
    }
    return slots;
}
