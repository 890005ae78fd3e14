// SPDX-License-Identifier: Apache-2.0
// Type nodes: what a value is for the runtime, bound to what it is in the IR.
//
// A node is read once per (node, IR type, role): metadata is uniqued, so equal nodes share one
// record and one destructor. Sizes are the IR type's where there is one; an element of a list or a
// payload has none, and takes upstream's layout: tag, then the payload at its byte, the whole
// rounded to the alignment. Nesting is bounded, because a distinct node may contain itself.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

#include <string.h>

enum { NUM_KINDS = TMLRT_TYPE_ERROR + 1 };

static const char* const s_words[NUM_KINDS] = {
#define WORD(name, value, ir, size, align) [value] = ir,
    TMLRT_META_TYPE_MAP(WORD)
#undef WORD
};

const char* tcg_meta_type_word(uint8_t kind) {
    return kind < NUM_KINDS ? s_words[kind] : "?";
}

_Noreturn static void mismatch(tcg_meta* m, const tcg_meta_typ* type, const char* expected) {
    tcg_meta_fail(m, "type: \"%s\" wants %s, the IR has %s", s_words[type->kind], expected,
                  tcg_type_text(m->ctx, type->ir));
}

static bool is_pointer(LLVMTypeRef type) {
    return LLVMGetTypeKind(type) == LLVMPointerTypeKind && LLVMGetPointerAddressSpace(type) == 0;
}

static bool is_handle(LLVMTypeRef type) {
    return is_pointer(type) ||
           (LLVMGetTypeKind(type) == LLVMStructTypeKind && LLVMCountStructElementTypes(type) == 1 &&
            is_pointer(LLVMStructGetTypeAtIndex(type, 0)));
}

/// The same struct, or another with the same elements (llvm-link renames types).
static bool same_struct(LLVMTypeRef a, LLVMTypeRef b) {
    if (a == b) {
        return true;
    }
    if (LLVMGetTypeKind(a) != LLVMStructTypeKind || LLVMIsOpaqueStruct(a) ||
        LLVMIsPackedStruct(a) != LLVMIsPackedStruct(b) ||
        LLVMCountStructElementTypes(a) != LLVMCountStructElementTypes(b)) {
        return false;
    }
    for (unsigned i = 0; i < LLVMCountStructElementTypes(a); i++) {
        if (LLVMStructGetTypeAtIndex(a, i) != LLVMStructGetTypeAtIndex(b, i)) {
            return false;
        }
    }
    return true;
}

static LLVMTypeRef scalar_mem(tcg_meta* m, uint8_t kind) {
    switch (kind) {
    case TMLRT_TYPE_BOOL:
    case TMLRT_TYPE_I8:
    case TMLRT_TYPE_U8:
        return m->ctx->i8;
    case TMLRT_TYPE_I16:
    case TMLRT_TYPE_U16:
        return m->rows.i16;
    case TMLRT_TYPE_I32:
    case TMLRT_TYPE_U32:
    case TMLRT_TYPE_CHAR:
        return m->ctx->i32;
    case TMLRT_TYPE_I64:
    case TMLRT_TYPE_U64:
        return m->ctx->i64;
    case TMLRT_TYPE_F32:
        return LLVMFloatTypeInContext(m->ctx->context);
    case TMLRT_TYPE_F64:
        return m->ctx->f64;
    default:
        return m->ctx->ptr;
    }
}

/// The memory type of a {tag, payload} whose IR type is not known.
static LLVMTypeRef tagged_mem(tcg_meta* m, uint8_t off, uint64_t payload, uint32_t align) {
    LLVMTypeRef unit = off == 8 || align == 8 ? m->ctx->i64 : m->ctx->i32;
    uint64_t unit_size = unit == m->ctx->i64 ? 8 : 4;
    uint64_t bytes = off - 4 + payload;
    if (unit_size == 4 || off == 8) {
        bytes = off == 8 ? payload : bytes;
        LLVMTypeRef fields[] = {m->ctx->i32,
                                LLVMArrayType2(unit, (bytes + unit_size - 1) / unit_size)};
        return LLVMStructTypeInContext(m->ctx->context, fields, 2, 0);
    }
    // An 8-byte payload at byte 4: as upstream's second code generator has it, unaligned.
    LLVMTypeRef fields[] = {m->ctx->i32, LLVMArrayType2(m->ctx->i8, (bytes + 3) / 4 * 4)};
    return LLVMStructTypeInContext(m->ctx->context, fields, 2, 0);
}

/// Fails unless the type's IR is {i32 tag, ...} with room for `payload` bytes at `off`.
static void check_tagged(tcg_meta* m, const tcg_meta_typ* type, uint8_t off, uint64_t payload) {
    if (LLVMGetTypeKind(type->ir) != LLVMStructTypeKind || !tcg_meta_fixed_size(type->ir) ||
        LLVMCountStructElementTypes(type->ir) < 1 ||
        LLVMStructGetTypeAtIndex(type->ir, 0) != m->ctx->i32) {
        mismatch(m, type, "a struct that begins with an i32 tag");
    }
    uint64_t size = tcg_type_size(m->ctx, type->ir);
    if (payload > 0 && off + payload > size) {
        tcg_meta_fail(m, "type: a payload of %llu bytes at byte %u does not fit the IR type's %llu",
                      (unsigned long long)payload, off, (unsigned long long)size);
    }
}

static void bind_tagged(tcg_meta* m, tcg_meta_typ* type) {
    uint64_t payload = 0;
    uint32_t align = 4;
    for (int i = 0; i < 2 && type->inner[i] != NULL; i++) {
        payload = type->inner[i]->size > payload ? type->inner[i]->size : payload;
        align = type->inner[i]->align > align ? type->inner[i]->align : align;
    }
    if (type->ir != NULL) {
        check_tagged(m, type, type->payload_off, payload);
        type->mem = type->ir;
    } else {
        type->mem = tagged_mem(m, type->payload_off, payload, align);
    }
}

static void bind_nullable(tcg_meta* m, tcg_meta_typ* type) {
    uint8_t inner = type->inner[0]->kind;
    if (inner != TMLRT_TYPE_STR && inner != TMLRT_TYPE_TEXT && inner != TMLRT_TYPE_LIST &&
        inner != TMLRT_TYPE_CLASS && inner != TMLRT_TYPE_RESPONSE) {
        tcg_meta_fail(m, "type: payload byte 255 means one nullable pointer, but \"%s\" is none",
                      s_words[inner]);
    }
    if (type->ir != NULL && !is_handle(type->ir)) {
        mismatch(m, type, "a pointer (payload byte 255)");
    }
    type->mem = type->ir != NULL ? type->ir : m->ctx->ptr;
}

static void bind_struct(tcg_meta* m, tcg_meta_typ* type) {
    type->mem = type->schema->type;
    if (type->ir == NULL || same_struct(type->ir, type->mem)) {
        type->mem = type->ir != NULL ? type->ir : type->mem;
        return;
    }
    if (type->role != TCG_ROLE_PARAM || !is_pointer(type->ir)) {
        mismatch(m, type, "the schema's own struct by value");
    }
    type->by_ref = true;
}

static void bind_scalar(tcg_meta* m, tcg_meta_typ* type) {
    type->mem = scalar_mem(m, type->kind);
    LLVMTypeRef ir = type->ir;
    if (ir == NULL || ir == type->mem || (type->kind == TMLRT_TYPE_BOOL && ir == m->ctx->i1)) {
        return;
    }
    if ((type->kind == TMLRT_TYPE_TEXT || type->kind == TMLRT_TYPE_LIST) && is_handle(ir)) {
        type->mem = ir;
        return;
    }
    mismatch(m, type,
             type->kind == TMLRT_TYPE_BOOL ? "i1 or i8" : tcg_type_text(m->ctx, type->mem));
}

/// Memory type, size and alignment, from the kind and the IR type.
static void bind(tcg_meta* m, tcg_meta_typ* type) {
    switch (type->kind) {
    case TMLRT_TYPE_UNIT:
        if (type->ir != NULL && type->ir != m->ctx->void_type &&
            !(LLVMGetTypeKind(type->ir) == LLVMStructTypeKind &&
              LLVMCountStructElementTypes(type->ir) == 0)) {
            mismatch(m, type, "void");
        }
        type->align = 1;
        return;
    case TMLRT_TYPE_STRUCT:
        bind_struct(m, type);
        break;
    case TMLRT_TYPE_MAYBE:
        if (type->payload_off == TMLRT_MAYBE_NULLABLE) {
            bind_nullable(m, type);
            break;
        }
        bind_tagged(m, type);
        break;
    case TMLRT_TYPE_OUTCOME:
        bind_tagged(m, type);
        break;
    default:
        bind_scalar(m, type);
    }
    type->size = tcg_type_size(m->ctx, type->mem);
    type->align = tcg_type_align(m->ctx, type->mem);
    if (type->size > UINT32_MAX || type->align > UINT16_MAX) {
        tcg_meta_fail(m, "type: larger than a record can say");
    }
}

static void check_role(tcg_meta* m, uint8_t kind, tcg_meta_role role) {
    bool answer = role == TCG_ROLE_ANSWER || role == TCG_ROLE_PAYLOAD;
    if ((kind == TMLRT_TYPE_UNIT || kind == TMLRT_TYPE_RESPONSE) && !answer) {
        tcg_meta_fail(m, "type: \"%s\" can only be an answer", s_words[kind]);
    }
    if (kind == TMLRT_TYPE_OUTCOME && role != TCG_ROLE_ANSWER) {
        tcg_meta_fail(m, "type: \"outcome\" can only be an answer");
    }
    if ((kind == TMLRT_TYPE_REQUEST || kind == TMLRT_TYPE_NEXT || kind == TMLRT_TYPE_ERROR) &&
        role != TCG_ROLE_PARAM && (kind != TMLRT_TYPE_REQUEST || role != TCG_ROLE_INJECTION)) {
        tcg_meta_fail(m, "type: \"%s\" can only be a parameter", s_words[kind]);
    }
}

static tcg_meta_schema* find_schema(tcg_meta* m, const char* name) {
    for (uint32_t i = 0; i < m->num_schemas; i++) {
        if (m->schemas[i].name != NULL && strcmp(m->schemas[i].name, name) == 0) {
            if (m->schemas[i].type == NULL) {
                tcg_meta_skip(m); // the schema's own error is in the list
            }
            return &m->schemas[i];
        }
    }
    tcg_meta_fail(m, "type: struct \"%s\" has no !tmlrt.schema in this module", name);
}

static void read_operands(tcg_meta* m, tcg_meta_typ* type, const tcg_meta_node* node) {
    static const uint8_t num_ops[NUM_KINDS] = {
        [TMLRT_TYPE_STRUCT] = 2, [TMLRT_TYPE_CLASS] = 2,   [TMLRT_TYPE_LIST] = 2,
        [TMLRT_TYPE_MAYBE] = 3,  [TMLRT_TYPE_OUTCOME] = 4,
    };
    uint32_t want = num_ops[type->kind] == 0 ? 1 : num_ops[type->kind];
    if (node->num != want) {
        tcg_meta_fail(m, "type: \"%s\" has %u operands, expected %u", s_words[type->kind],
                      node->num, want);
    }
    bool payload =
        type->kind == TMLRT_TYPE_OUTCOME ||
        (type->kind == TMLRT_TYPE_MAYBE && type->role == TCG_ROLE_ANSWER); // Maybe[Response]
    tcg_meta_role role = payload ? TCG_ROLE_PAYLOAD : TCG_ROLE_INNER;
    switch (type->kind) {
    case TMLRT_TYPE_STRUCT:
        type->schema = find_schema(m, tcg_meta_string(m, node->ops[1], "type: struct name"));
        return;
    case TMLRT_TYPE_CLASS:
        type->name = tcg_meta_string(m, node->ops[1], "type: class name");
        return;
    case TMLRT_TYPE_OUTCOME:
        type->inner[1] = tcg_meta_type(m, node->ops[2], NULL, role);
        type->inner[0] = tcg_meta_type(m, node->ops[1], NULL, role);
        break;
    case TMLRT_TYPE_MAYBE:
    case TMLRT_TYPE_LIST:
        type->inner[0] = tcg_meta_type(m, node->ops[1], NULL, role);
        break;
    default:
        return;
    }
    if (type->kind != TMLRT_TYPE_LIST) {
        int64_t off = tcg_meta_int(m, node->ops[want - 1], "type: payload byte", 0, 255);
        if (off != 4 && off != 8 &&
            (off != TMLRT_MAYBE_NULLABLE || type->kind == TMLRT_TYPE_OUTCOME)) {
            tcg_meta_fail(m, "type: payload byte %lld is not 4, 8 or (of a maybe) 255",
                          (long long)off);
        }
        type->payload_off = (uint8_t)off;
    }
}

static tcg_meta_typ* read_poll(tcg_meta* m, tcg_meta_typ* type, const tcg_meta_node* node) {
    if (type->role != TCG_ROLE_ANSWER || type->ir == NULL) {
        tcg_meta_fail(m, "type: \"poll\" can only be an answer");
    }
    if (node->num != 3) {
        tcg_meta_fail(m, "type: \"poll\" has %u operands, expected 3", node->num);
    }
    const tcg_meta_typ* payload = tcg_meta_type(m, node->ops[1], NULL, TCG_ROLE_PAYLOAD);
    int64_t off = tcg_meta_int(m, node->ops[2], "type: payload byte", 4, 8);
    check_tagged(m, type, (uint8_t)off, payload->size);
    tcg_meta_typ key = *type;
    *type = *payload;
    type->node = key.node;
    type->ir = key.ir;
    type->role = key.role;
    type->poll_off = (uint8_t)off;
    return type;
}

static tcg_meta_typ* read_type(tcg_meta* m, LLVMValueRef v, LLVMTypeRef ir, tcg_meta_role role) {
    tcg_meta_typ* type = tcg_alloc(m->ctx, sizeof *type);
    type->node = v;
    type->ir = ir;
    type->role = role;
    tcg_meta_node node = tcg_meta_open(m, v);
    if (node.num == 0) {
        tcg_meta_fail(m, "type: expected !{!\"word\", ...}, got an empty node");
    }
    const char* word = tcg_meta_string(m, node.ops[0], "type");
    if (strcmp(word, "poll") == 0) {
        return read_poll(m, type, &node);
    }
    uint8_t kind = 0;
    while (kind < NUM_KINDS && strcmp(s_words[kind], word) != 0) {
        kind++;
    }
    if (kind == NUM_KINDS) {
        tcg_meta_fail(m, "type: \"%s\" is not a type word", word);
    }
    type->kind = kind;
    check_role(m, kind, role);
    read_operands(m, type, &node);
    bind(m, type);
    return type;
}

tcg_meta_typ* tcg_meta_type(tcg_meta* m, LLVMValueRef v, LLVMTypeRef ir, tcg_meta_role role) {
    for (tcg_meta_typ* t = m->type_cache; t != NULL; t = t->next) {
        if (t->node == v && t->ir == ir && t->role == role) {
            return t;
        }
    }
    if (!tcg_meta_is_node(v)) {
        tcg_meta_fail(m, "type: expected a type node such as !{!\"i64\"}");
    }
    if (++m->depth > TCG_META_MAX_DEPTH) {
        tcg_meta_fail(m, "type: nested more than %d deep", TCG_META_MAX_DEPTH);
    }
    tcg_meta_typ* type = read_type(m, v, ir, role);
    m->depth--;
    type->next = m->type_cache;
    m->type_cache = type;
    return type;
}

tcg_meta_typ* tcg_meta_type_of_ir(tcg_meta* m, LLVMTypeRef ir) {
    static const uint8_t kinds[] = {TMLRT_TYPE_UNIT, TMLRT_TYPE_BOOL, TMLRT_TYPE_I32,
                                    TMLRT_TYPE_I64,  TMLRT_TYPE_F64,  TMLRT_TYPE_STR};
    LLVMTypeRef types[] = {m->ctx->void_type, m->ctx->i1,  m->ctx->i32,
                           m->ctx->i64,       m->ctx->f64, m->ctx->ptr};
    for (size_t i = 0; i < sizeof kinds; i++) {
        if (types[i] == ir) {
            const char* word = s_words[kinds[i]];
            LLVMMetadataRef text = LLVMMDStringInContext2(m->ctx->context, word, strlen(word));
            LLVMMetadataRef node = LLVMMDNodeInContext2(m->ctx->context, &text, 1);
            return tcg_meta_type(m, LLVMMetadataAsValue(m->ctx->context, node), ir,
                                 kinds[i] == TMLRT_TYPE_UNIT ? TCG_ROLE_ANSWER : TCG_ROLE_PARAM);
        }
    }
    tcg_meta_fail(m, "the short form knows no type for %s: write the full form",
                  tcg_type_text(m->ctx, ir));
}

bool tcg_meta_same_type(const tcg_meta_typ* a, const tcg_meta_typ* b) {
    if (a == b) {
        return true;
    }
    if (a->kind != b->kind || a->size != b->size || a->payload_off != b->payload_off ||
        a->schema != b->schema || (a->name != NULL && strcmp(a->name, b->name) != 0)) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (a->inner[i] != NULL && !tcg_meta_same_type(a->inner[i], b->inner[i])) {
            return false;
        }
    }
    return true;
}

static LLVMValueRef record_row(tcg_meta* m, const tcg_meta_typ* type, LLVMValueRef ref) {
    LLVMValueRef fields[] = {
        ref, tcg_i32(m->ctx, (uint32_t)type->size), LLVMConstInt(m->rows.i16, type->align, 0),
        LLVMConstInt(m->ctx->i8, type->kind, 0), LLVMConstInt(m->ctx->i8, type->payload_off, 0)};
    return tcg_meta_row(m->rows.type, fields, 5);
}

static LLVMValueRef type_row(tcg_meta* m, const tcg_meta_typ* type) {
    LLVMValueRef ref = tcg_null(m->ctx);
    if (type->kind == TMLRT_TYPE_STRUCT) {
        ref = type->schema->ref;
    } else if (type->kind == TMLRT_TYPE_CLASS) {
        ref = tcg_meta_text(m, type->name);
    } else if (type->kind == TMLRT_TYPE_OUTCOME) {
        LLVMValueRef both[] = {type_row(m, type->inner[0]), type_row(m, type->inner[1])};
        ref = tcg_meta_address(m, LLVMConstArray2(m->rows.type, both, 2));
    } else if (type->inner[0] != NULL) {
        ref = tcg_meta_address(m, type_row(m, type->inner[0]));
    }
    return record_row(m, type, ref);
}

LLVMValueRef tcg_meta_type_record(tcg_meta* m, tcg_meta_typ* type) {
    if (type->record == NULL) {
        type->record = tcg_meta_address(m, type_row(m, type));
    }
    return type->record;
}
