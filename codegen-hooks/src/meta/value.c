// SPDX-License-Identifier: Apache-2.0
// Values: decorator arguments and defaults, as tmlrt_meta_value constants.
//
// Lists nest, so depth is bounded; and a node that is shared many times would multiply, so the
// number of values in a module is bounded too.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

#include <string.h>

static LLVMValueRef value_row(tcg_meta* m, uint32_t kind, uint32_t len, uint64_t i, LLVMValueRef p,
                              LLVMValueRef name) {
    LLVMValueRef fields[] = {tcg_i32(m->ctx, kind), tcg_i32(m->ctx, len), tcg_i64(m->ctx, i), p,
                             name};
    return tcg_meta_row(m->rows.value, fields, 5);
}

static LLVMValueRef read_value(tcg_meta* m, LLVMValueRef v, LLVMValueRef name, uint32_t* out_kind);

static LLVMValueRef read_string(tcg_meta* m, LLVMValueRef v, uint32_t kind, LLVMValueRef name) {
    const char* text = tcg_meta_string(m, v, "value");
    return value_row(m, kind, (uint32_t)strlen(text), 0, tcg_meta_text(m, text), name);
}

static LLVMValueRef read_list(tcg_meta* m, const tcg_meta_node* node, LLVMValueRef name) {
    LLVMValueRef* rows = tcg_alloc(m->ctx, (node->num + 1) * sizeof *rows);
    for (uint32_t i = 1; i < node->num; i++) {
        uint32_t kind;
        rows[i - 1] = read_value(m, node->ops[i], tcg_null(m->ctx), &kind);
    }
    uint32_t num = node->num - 1;
    LLVMValueRef items = num == 0 ? tcg_null(m->ctx)
                                  : tcg_meta_address(m, LLVMConstArray2(m->rows.value, rows, num));
    return value_row(m, TMLRT_VALUE_LIST, num, 0, items, name);
}

static LLVMValueRef read_node(tcg_meta* m, LLVMValueRef v, LLVMValueRef name, uint32_t* out_kind) {
    tcg_meta_node node = tcg_meta_open(m, v);
    const char* word = node.num > 0 ? tcg_meta_string(m, node.ops[0], "value") : "";
    if (strcmp(word, "null") == 0 && node.num == 1) {
        *out_kind = TMLRT_VALUE_NULL;
        return value_row(m, TMLRT_VALUE_NULL, 0, 0, tcg_null(m->ctx), name);
    }
    if (strcmp(word, "sym") == 0 && node.num == 2) {
        *out_kind = TMLRT_VALUE_SYM;
        return read_string(m, node.ops[1], TMLRT_VALUE_SYM, name);
    }
    if (strcmp(word, "list") == 0) {
        *out_kind = TMLRT_VALUE_LIST;
        return read_list(m, &node, name);
    }
    if (strcmp(word, "named") == 0 && node.num == 3) {
        LLVMValueRef text = tcg_meta_text(m, tcg_meta_string(m, node.ops[1], "value: name"));
        return read_value(m, node.ops[2], text, out_kind);
    }
    tcg_meta_fail(m, "value: expected !{!\"sym\", !\"Name\"}, !{!\"list\", value...} or "
                     "!{!\"named\", !\"name\", value}");
}

static LLVMValueRef read_scalar(tcg_meta* m, LLVMValueRef v, LLVMValueRef name,
                                uint32_t* out_kind) {
    LLVMValueRef none = tcg_null(m->ctx);
    LLVMTypeRef type = LLVMTypeOf(v);
    if (LLVMIsAConstantInt(v) && type == m->ctx->i1) {
        *out_kind = TMLRT_VALUE_BOOL;
        return value_row(m, TMLRT_VALUE_BOOL, 0, LLVMConstIntGetZExtValue(v), none, name);
    }
    if (LLVMIsAConstantInt(v) && LLVMGetIntTypeWidth(type) <= 64) {
        *out_kind = TMLRT_VALUE_INT;
        return value_row(m, TMLRT_VALUE_INT, 0, (uint64_t)LLVMConstIntGetSExtValue(v), none, name);
    }
    if (LLVMIsAConstantFP(v) &&
        (type == m->ctx->f64 || LLVMGetTypeKind(type) == LLVMFloatTypeKind)) {
        LLVMBool lost;
        double value = LLVMConstRealGetDouble(v, &lost);
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        *out_kind = TMLRT_VALUE_F64;
        return value_row(m, TMLRT_VALUE_F64, 0, bits, none, name);
    }
    tcg_meta_fail(m, "value: expected null, a string, an integer, a double or a value node");
}

static LLVMValueRef read_value(tcg_meta* m, LLVMValueRef v, LLVMValueRef name, uint32_t* out_kind) {
    if (++m->depth > TCG_META_MAX_DEPTH) {
        tcg_meta_fail(m, "value: nested more than %d deep", TCG_META_MAX_DEPTH);
    }
    if (++m->num_values > TCG_META_MAX_VALUES) {
        tcg_meta_fail(m, "value: more than %d values in one module", TCG_META_MAX_VALUES);
    }
    LLVMValueRef row;
    if (v == NULL) {
        *out_kind = TMLRT_VALUE_NULL;
        row = value_row(m, TMLRT_VALUE_NULL, 0, 0, tcg_null(m->ctx), name);
    } else if (tcg_meta_is_string(v)) {
        *out_kind = TMLRT_VALUE_STR;
        row = read_string(m, v, TMLRT_VALUE_STR, name);
    } else if (tcg_meta_is_node(v)) {
        row = read_node(m, v, name, out_kind);
    } else {
        row = read_scalar(m, v, name, out_kind);
    }
    m->depth--;
    return row;
}

LLVMValueRef tcg_meta_value(tcg_meta* m, LLVMValueRef v, uint32_t* out_kind) {
    return read_value(m, v, tcg_null(m->ctx), out_kind);
}

LLVMValueRef tcg_meta_deco(tcg_meta* m, const char* name, LLVMValueRef* args, uint32_t num_args,
                           LLVMValueRef loc) {
    LLVMValueRef fields[] = {tcg_meta_text(m, name),
                             tcg_meta_table_of(m, m->rows.value, args, num_args), loc};
    return tcg_meta_row(m->rows.deco, fields, 3);
}

LLVMValueRef tcg_meta_decos(tcg_meta* m, LLVMValueRef v) {
    tcg_meta_node list = tcg_meta_list(m, v, "decorators");
    LLVMValueRef* rows = tcg_alloc(m->ctx, (list.num + 1) * sizeof *rows);
    for (uint32_t i = 0; i < list.num; i++) {
        size_t mark = tcg_meta_enter(m, "decorator %u", i);
        if (!tcg_meta_is_node(list.ops[i])) {
            tcg_meta_fail(m, "expected !{!\"name\", !{value...}, loc}");
        }
        tcg_meta_node deco = tcg_meta_open(m, list.ops[i]);
        if (deco.num != 3) {
            tcg_meta_fail(m, "%u operands, expected !{!\"name\", !{value...}, loc}", deco.num);
        }
        const char* name = tcg_meta_string(m, deco.ops[0], "name");
        tcg_meta_node args = tcg_meta_list(m, deco.ops[1], "arguments");
        LLVMValueRef* values = tcg_alloc(m->ctx, (args.num + 1) * sizeof *values);
        for (uint32_t k = 0; k < args.num; k++) {
            uint32_t kind;
            values[k] = tcg_meta_value(m, args.ops[k], &kind);
        }
        rows[i] =
            tcg_meta_deco(m, name, values, args.num, tcg_meta_loc(m, deco.ops[2], 0, 0, NULL));
        tcg_meta_leave(m, mark);
    }
    return tcg_meta_table_of(m, m->rows.deco, rows, list.num);
}

/// Writes the bounds of an integer kind; false for other kinds.
static bool int_range(uint8_t kind, int64_t* min, int64_t* max) {
    static const struct {
        int64_t min, max;
    } ranges[] = {
        [TMLRT_TYPE_I8] = {INT8_MIN, INT8_MAX},    [TMLRT_TYPE_I16] = {INT16_MIN, INT16_MAX},
        [TMLRT_TYPE_I32] = {INT32_MIN, INT32_MAX}, [TMLRT_TYPE_I64] = {INT64_MIN, INT64_MAX},
        [TMLRT_TYPE_U8] = {0, UINT8_MAX},          [TMLRT_TYPE_U16] = {0, UINT16_MAX},
        [TMLRT_TYPE_U32] = {0, UINT32_MAX},        [TMLRT_TYPE_U64] = {INT64_MIN, INT64_MAX},
        [TMLRT_TYPE_CHAR] = {0, 0x10FFFF},
    };
    if (kind >= sizeof ranges / sizeof ranges[0] || ranges[kind].max == 0) {
        return false;
    }
    *min = ranges[kind].min;
    *max = ranges[kind].max;
    return true;
}

static bool fits(const tcg_meta_typ* type, uint32_t kind, int64_t value) {
    int64_t min, max;
    if (type->kind == TMLRT_TYPE_MAYBE) {
        return kind == TMLRT_VALUE_NULL || fits(type->inner[0], kind, value);
    }
    switch (kind) {
    case TMLRT_VALUE_BOOL:
        return type->kind == TMLRT_TYPE_BOOL;
    case TMLRT_VALUE_INT:
        return int_range(type->kind, &min, &max) && value >= min && value <= max;
    case TMLRT_VALUE_F64:
        return type->kind == TMLRT_TYPE_F64 || type->kind == TMLRT_TYPE_F32;
    case TMLRT_VALUE_STR:
        return type->kind == TMLRT_TYPE_STR || type->kind == TMLRT_TYPE_TEXT;
    case TMLRT_VALUE_SYM:
        return type->kind == TMLRT_TYPE_CLASS;
    case TMLRT_VALUE_LIST:
        return type->kind == TMLRT_TYPE_LIST;
    default:
        return false;
    }
}

LLVMValueRef tcg_meta_default(tcg_meta* m, LLVMValueRef v, const tcg_meta_typ* type) {
    if (v == NULL) {
        return tcg_null(m->ctx);
    }
    uint32_t kind;
    LLVMValueRef row = tcg_meta_value(m, v, &kind);
    int64_t value = LLVMIsAConstantInt(v) ? LLVMConstIntGetSExtValue(v) : 0;
    if (!fits(type, kind, value)) {
        tcg_meta_fail(m, "the default does not fit \"%s\"", tcg_meta_type_word(type->kind));
    }
    return tcg_meta_address(m, row);
}
