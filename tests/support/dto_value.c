// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dto_value.h"

#include "std/http/core/utf8.h"
#include "std/http/framework/registry/registry.h"
#include "std/http/framework/value/json_read.h"
#include "std/http/framework/value/json_write.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

// ---- the record ------------------------------------------------------------------------------

typedef struct leaf {
    int8_t i8;
    uint8_t u8;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    float f32;
    double f64;
    uint8_t yes;
    uint32_t letter;
} leaf;

typedef struct dto {
    leaf leaf;
    const char* str;
    trt_tml_text* text;
    const char* maybe_str;
    trt_tml_list* maybe_list;
    struct {
        int32_t tag, payload;
    } maybe_i32;
    struct {
        int32_t tag;
        leaf payload;
    } maybe_leaf;
    trt_tml_list *strs, *texts, *leaves, *floats, *bools, *chars, *maybes, *nested, *dtos;
} dto;
_Static_assert(sizeof(dto) <= DTO_SIZE, "room for a value");

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}
#define LIST(type_)          {&(type_), 8, 8, TMLRT_TYPE_LIST, 0}
#define FIELD(struct_, name_, type_)                                                               \
    {.name = #name_, .key = #name_, .type = &(type_), .offset = offsetof(struct_, name_)}
#define FIELDS(array) {(array), sizeof(array) / sizeof((array)[0]), sizeof((array)[0])}

static const tmlrt_meta_type t_bool = SCALAR(BOOL, 1), t_i8 = SCALAR(I8, 1), t_i16 = SCALAR(I16, 2),
                             t_i32 = SCALAR(I32, 4), t_i64 = SCALAR(I64, 8), t_u8 = SCALAR(U8, 1),
                             t_u16 = SCALAR(U16, 2), t_u32 = SCALAR(U32, 4), t_u64 = SCALAR(U64, 8),
                             t_f32 = SCALAR(F32, 4), t_f64 = SCALAR(F64, 8),
                             t_char = SCALAR(CHAR, 4), t_str = SCALAR(STR, 8),
                             t_text = SCALAR(TEXT, 8);
static const tmlrt_meta_slot s_leaf_fields[] = {
    FIELD(leaf, i8, t_i8),
    FIELD(leaf, u8, t_u8),
    FIELD(leaf, i16, t_i16),
    FIELD(leaf, u16, t_u16),
    FIELD(leaf, i32, t_i32),
    FIELD(leaf, u32, t_u32),
    FIELD(leaf, i64, t_i64),
    FIELD(leaf, u64, t_u64),
    FIELD(leaf, f32, t_f32),
    FIELD(leaf, f64, t_f64),
    FIELD(leaf, yes, t_bool),
    {.name = "letter", .key = "a \"key\"/~\n", .type = &t_char, .offset = offsetof(leaf, letter)},
};
static const tmlrt_meta_schema s_leaf = {
    .name = "leaf", .fields = FIELDS(s_leaf_fields), .size = sizeof(leaf), .align = 8};
static const tmlrt_meta_type t_leaf = {&s_leaf, sizeof(leaf), 8, TMLRT_TYPE_STRUCT, 0};
static const tmlrt_meta_type t_strs = LIST(t_str), t_texts = LIST(t_text), t_leaves = LIST(t_leaf),
                             t_floats = LIST(t_f64), t_bools = LIST(t_bool), t_chars = LIST(t_char),
                             t_ints = LIST(t_i64), t_nested = LIST(t_ints), t_dtos = LIST(dto_type);
static const tmlrt_meta_type t_maybe_i32 = {&t_i32, 8, 4, TMLRT_TYPE_MAYBE, 4},
                             t_maybes = LIST(t_maybe_i32),
                             t_maybe_str = {&t_str, 8, 8, TMLRT_TYPE_MAYBE, 255},
                             t_maybe_list = {&t_strs, 8, 8, TMLRT_TYPE_MAYBE, 255},
                             t_maybe_leaf = {&t_leaf, 8 + sizeof(leaf), 8, TMLRT_TYPE_MAYBE, 8};
static const tmlrt_meta_slot s_dto_fields[] = {
    FIELD(dto, leaf, t_leaf),
    FIELD(dto, str, t_str),
    FIELD(dto, text, t_text),
    FIELD(dto, maybe_str, t_maybe_str),
    FIELD(dto, maybe_list, t_maybe_list),
    FIELD(dto, maybe_i32, t_maybe_i32),
    FIELD(dto, maybe_leaf, t_maybe_leaf),
    FIELD(dto, strs, t_strs),
    FIELD(dto, texts, t_texts),
    FIELD(dto, leaves, t_leaves),
    FIELD(dto, floats, t_floats),
    FIELD(dto, bools, t_bools),
    FIELD(dto, chars, t_chars),
    FIELD(dto, maybes, t_maybes),
    FIELD(dto, nested, t_nested),
    FIELD(dto, dtos, t_dtos),
};
static const tmlrt_meta_schema s_dto = {
    .name = "dto", .fields = FIELDS(s_dto_fields), .size = sizeof(dto), .align = 8};
const tmlrt_meta_type dto_type = {&s_dto, sizeof(dto), 8, TMLRT_TYPE_STRUCT, 0};
const tmlrt_meta_schema* const dto_schemas[2] = {&s_leaf, &s_dto};

// ---- values ----------------------------------------------------------------------------------

static uint8_t next_byte(dto_bytes* b) {
    return b->at < b->end ? *b->at++ : 0;
}

static uint64_t next_word(dto_bytes* b) {
    uint64_t word = 0;
    for (int i = next_byte(b) % 8; i >= 0; i--) { // small numbers as often as large ones
        word = word << 8 | next_byte(b);
    }
    return word;
}

static uint32_t next_scalar(dto_bytes* b, uint32_t least) {
    uint32_t scalar = (uint32_t)(next_word(b) % 0x110000);
    scalar = next_byte(b) % 4 != 0 ? scalar % 0x80 : scalar;
    return scalar < least || (scalar >= 0xD800 && scalar <= 0xDFFF) ? 'x' : scalar;
}

static size_t make_string(dto_bytes* b, char out[256]) {
    size_t len = 0;
    for (int i = next_byte(b) % 60; i > 0; i--) {
        len += trt_utf8_encode(out + len, next_scalar(b, 1));
    }
    out[len] = '\0';
    return len;
}

static void make(dto_bytes* b, trt_arena* arena, const tmlrt_meta_type* type, void* place,
                 int depth);

static void make_list(dto_bytes* b, trt_arena* arena, const tmlrt_meta_type* element, void* place,
                      int depth) {
    trt_tml_list* list;
    if (trt_value_new_list(place, element) != TMLRT_OK) {
        abort();
    }
    memcpy(&list, place, sizeof(void*));
    for (int i = next_byte(b) % 5; i > 0 && depth < 40; i--) {
        make(b, arena, element, trt_value_push(list), depth + 1);
    }
}

static void make_float(dto_bytes* b, bool is_double, void* place) {
    uint64_t bits = next_word(b) << (next_byte(b) % 2 * 32);
    double f64;
    float f32;
    memcpy(&f64, &bits, sizeof f64);
    memcpy(&f32, &bits, sizeof f32);
    f64 = isfinite(f64) ? f64 : (double)(int64_t)bits / 1000; // JSON has no infinity
    f32 = isfinite(f32) ? f32 : (float)(int32_t)bits / 1000;
    memcpy(place, is_double ? (void*)&f64 : &f32, is_double ? sizeof f64 : sizeof f32);
}

static void make_text(dto_bytes* b, trt_arena* arena, bool is_str, void* place) {
    char text[256];
    size_t len = make_string(b, text);
    const char* copy = trt_arena_dup(arena, text, len);
    if (copy == NULL || (!is_str && trt_value_new_text(place, text, len) != TMLRT_OK)) {
        abort();
    }
    if (is_str) {
        memcpy(place, &copy, sizeof copy);
    }
}

static void make(dto_bytes* b, trt_arena* arena, const tmlrt_meta_type* type, void* place,
                 int depth) {
    const tmlrt_meta_schema* schema = type->ref;
    switch (type->kind) {
    case TMLRT_TYPE_STRUCT:
        for (uint32_t i = 0; i < schema->fields.count; i++) {
            const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
            make(b, arena, field->type, (char*)place + field->offset, depth + 1);
        }
        return;
    case TMLRT_TYPE_MAYBE:
        if (next_byte(b) % 2 == 0) {
            trt_value_set_nothing(type, place);
        } else {
            make(b, arena, type->ref, trt_value_set_just(type, place), depth + 1);
        }
        return;
    case TMLRT_TYPE_LIST:
        make_list(b, arena, type->ref, place, depth);
        return;
    case TMLRT_TYPE_STR:
    case TMLRT_TYPE_TEXT:
        make_text(b, arena, type->kind == TMLRT_TYPE_STR, place);
        return;
    case TMLRT_TYPE_F32:
    case TMLRT_TYPE_F64:
        make_float(b, type->kind == TMLRT_TYPE_F64, place);
        return;
    case TMLRT_TYPE_CHAR:
        trt_value_store_int(type->kind, place, next_scalar(b, 0));
        return;
    case TMLRT_TYPE_BOOL:
        trt_value_store_int(type->kind, place, next_byte(b) & 1);
        return;
    default:
        trt_value_store_int(type->kind, place, next_word(b));
        return;
    }
}

void dto_make(dto_bytes* bytes, trt_arena* arena, void* place) {
    make(bytes, arena, &dto_type, place, 0);
}

static bool equal_lists(const tmlrt_meta_type* element, const void* a, const void* b) {
    const trt_tml_list *left, *right;
    memcpy(&left, a, sizeof(void*));
    memcpy(&right, b, sizeof(void*));
    if (left == NULL || right == NULL || left->len != right->len) {
        return left == right;
    }
    for (int64_t i = 0; i < left->len; i++) {
        if (!dto_equal(element, (const char*)left->data + i * left->stride,
                       (const char*)right->data + i * right->stride)) {
            return false;
        }
    }
    return true;
}

bool dto_equal(const tmlrt_meta_type* type, const void* a, const void* b) {
    const tmlrt_meta_schema* schema = type->ref;
    const void *left, *right;
    switch (type->kind) {
    case TMLRT_TYPE_STRUCT:
        for (uint32_t i = 0; i < schema->fields.count; i++) {
            const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
            if (!dto_equal(field->type, (const char*)a + field->offset,
                           (const char*)b + field->offset)) {
                return false;
            }
        }
        return true;
    case TMLRT_TYPE_MAYBE:
        left = trt_value_payload(type, a);
        right = trt_value_payload(type, b);
        return left == NULL || right == NULL ? left == right : dto_equal(type->ref, left, right);
    case TMLRT_TYPE_LIST:
        return equal_lists(type->ref, a, b);
    case TMLRT_TYPE_STR:
    case TMLRT_TYPE_TEXT:
        memcpy(&left, a, sizeof left);
        memcpy(&right, b, sizeof right);
        if (left == NULL || right == NULL) {
            return left == right;
        }
        if (type->kind == TMLRT_TYPE_TEXT) {
            left = ((const trt_tml_text*)left)->data;
            right = ((const trt_tml_text*)right)->data;
        }
        return strcmp(left, right) == 0;
    default:
        return memcmp(a, b, type->size) == 0;
    }
}

static tmlrt_status write(trt_arena* arena, const trt_json_keys* keys, const void* value,
                          tmlrt_slice* out) {
    trt_json_writer writer = {.arena = arena, .keys = keys};
    trt_json_put_value(&writer, &dto_type, value);
    return trt_json_finish(&writer, out);
}

const char* dto_survives(const trt_json_keys* keys, const void* value) {
    uint64_t again[DTO_SIZE / 8];
    trt_arena arena = {0};
    trt_json_report report;
    tmlrt_slice first, second;
    const char* wrong = NULL;
    if (write(&arena, keys, value, &first) != TMLRT_OK) {
        return NULL; // nested too deep to be written
    }
    char* exact = malloc((size_t)first.len); // so that a read beyond is seen
    memcpy(exact, first.data, (size_t)first.len);
    tmlrt_status status =
        trt_json_read(again, &dto_type, keys, &arena, (tmlrt_slice){exact, first.len}, &report);
    if (status == TMLRT_E_JSON && strstr(report.items[0].detail, "64 deep") != NULL) {
        wrong = NULL;
    } else if (status != TMLRT_OK) {
        wrong = "what was written cannot be read";
    } else if (!dto_equal(&dto_type, value, again)) {
        wrong = "another value was read than was written";
    } else if (write(&arena, keys, again, &second) != TMLRT_OK || second.len != first.len ||
               memcmp(first.data, second.data, (size_t)first.len) != 0) {
        wrong = "it is written in another way after reading";
    }
    if (status == TMLRT_OK) {
        trt_value_free(&dto_type, again);
    }
    free(exact);
    trt_arena_fini(&arena);
    return wrong;
}
