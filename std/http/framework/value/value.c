// SPDX-License-Identifier: Apache-2.0
// Values in memory form.
//
// All stores go through memcpy: a payload may lie at offset 4 of an enum, unaligned for its type.
// Lists and texts are libc malloc by contract (the handler owns and frees them), everything else is
// the request's arena. Zero bytes are a valid value of every type here, so a half-filled struct can
// be freed at any time. Called while binding a request, on the connection's worker.
#include "std/http/framework/value/value.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/core/number.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/registry/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Compiled code doubles the capacity when it pushes, so a list never has none.
enum { FIRST_ELEMENTS = 4 };

enum { MAX_HINT_FIELDS = 256 };

void* trt_value_set_just(const tmlrt_meta_type* maybe, void* place) {
    const int32_t just = 0;
    if (maybe->payload_off == TMLRT_MAYBE_NULLABLE) {
        return place;
    }
    memcpy(place, &just, sizeof just);
    return (char*)place + maybe->payload_off;
}

void trt_value_set_nothing(const tmlrt_meta_type* maybe, void* place) {
    const int32_t nothing = 1;
    memset(place, 0, maybe->size);
    if (maybe->payload_off != TMLRT_MAYBE_NULLABLE) {
        memcpy(place, &nothing, sizeof nothing);
    }
}

const char* trt_value_expected(uint32_t kind) {
    static const char* const ranges[] = {
        [TMLRT_TYPE_I8] = "must be a whole number from -128 to 127",
        [TMLRT_TYPE_I16] = "must be a whole number from -32768 to 32767",
        [TMLRT_TYPE_I32] = "must be a whole number from -2147483648 to 2147483647",
        [TMLRT_TYPE_I64] =
            "must be a whole number from -9223372036854775808 to 9223372036854775807",
        [TMLRT_TYPE_U8] = "must be a whole number from 0 to 255",
        [TMLRT_TYPE_U16] = "must be a whole number from 0 to 65535",
        [TMLRT_TYPE_U32] = "must be a whole number from 0 to 4294967295",
        [TMLRT_TYPE_U64] = "must be a whole number from 0 to 18446744073709551615",
    };
    if (kind >= TMLRT_TYPE_I8 && kind <= TMLRT_TYPE_U64) {
        return ranges[kind];
    }
    switch (kind) {
    case TMLRT_TYPE_BOOL:
        return "must be true or false";
    case TMLRT_TYPE_F32:
    case TMLRT_TYPE_F64:
        return "must be a number";
    case TMLRT_TYPE_CHAR:
        return "must be one character";
    case TMLRT_TYPE_STRUCT:
        return "must be an object";
    case TMLRT_TYPE_LIST:
        return "must be a list";
    case TMLRT_TYPE_UNIT:
        return "must be null";
    default:
        return "must be a string";
    }
}

const char* trt_value_unknown(const trt_json_shape* shape, const char* key, size_t len,
                              trt_arena* arena) {
    char text[160];
    // Of many fields the nearest costs more than a hint is worth.
    const char* nearest =
        shape->num <= MAX_HINT_FIELDS ? trt_json_shape_nearest(shape, key, len) : NULL;
    if (nearest == NULL) {
        return "is not a known field";
    }
    int used = snprintf(text, sizeof text, "is not a known field; did you mean `%s`?", nearest);
    return trt_arena_dup(arena, text, (size_t)used);
}

static tmlrt_status parse_int(const tmlrt_meta_type* type, void* place, tmlrt_slice text) {
    int64_t value;
    uint64_t bits;
    unsigned unused = 64 - 8 * type->size; // bits of 64 that the kind does not have
    if (type->kind >= TMLRT_TYPE_U8 && type->kind <= TMLRT_TYPE_U64) {
        if (trt_parse_u64(&bits, text.data, (size_t)text.len) != TMLRT_OK ||
            bits > UINT64_MAX >> unused) {
            return TMLRT_E_BIND;
        }
    } else if (type->kind >= TMLRT_TYPE_I8 && type->kind <= TMLRT_TYPE_I64) {
        if (trt_parse_i64(&value, text.data, (size_t)text.len) != TMLRT_OK ||
            value < INT64_MIN >> unused || value > INT64_MAX >> unused) {
            return TMLRT_E_BIND;
        }
        bits = (uint64_t)value;
    } else {
        return TMLRT_E_BIND;
    }
    trt_value_store_int(type->kind, place, bits);
    return TMLRT_OK;
}

static tmlrt_status parse_float(const tmlrt_meta_type* type, void* place, tmlrt_slice text) {
    double f64;
    float f32;
    bool is_double = type->kind == TMLRT_TYPE_F64;
    tmlrt_status status = is_double ? trt_parse_f64(&f64, text.data, (size_t)text.len)
                                    : trt_parse_f32(&f32, text.data, (size_t)text.len);
    if (status != TMLRT_OK) {
        return TMLRT_E_BIND;
    }
    memcpy(place, is_double ? (const void*)&f64 : &f32, is_double ? sizeof f64 : sizeof f32);
    return TMLRT_OK;
}

static tmlrt_status parse_bool(void* place, tmlrt_slice text) {
    bool one = text.len == 1 && text.data[0] == '1';
    bool zero = text.len == 1 && text.data[0] == '0';
    bool yes = one || (text.len == 4 && memcmp(text.data, "true", 4) == 0);
    bool no = zero || (text.len == 5 && memcmp(text.data, "false", 5) == 0);
    if (!yes && !no) {
        return TMLRT_E_BIND;
    }
    trt_value_store_int(TMLRT_TYPE_BOOL, place, yes);
    return TMLRT_OK;
}

static tmlrt_status parse_char(void* place, tmlrt_slice text) {
    size_t len;
    if (text.len == 0 || !trt_utf8_valid(text.data, (size_t)text.len)) {
        return TMLRT_E_BIND;
    }
    uint32_t scalar = trt_utf8_decode(text.data, &len);
    if (len != text.len) {
        return TMLRT_E_BIND;
    }
    trt_value_store_int(TMLRT_TYPE_CHAR, place, scalar);
    return TMLRT_OK;
}

static tmlrt_status parse_str(void* place, tmlrt_slice text, trt_arena* arena) {
    const char* copy = trt_arena_dup(arena, text.data, (size_t)text.len);
    if (copy == NULL) {
        return TMLRT_E_NOMEM;
    }
    memcpy(place, &copy, sizeof copy);
    return TMLRT_OK;
}

tmlrt_status trt_value_parse(const tmlrt_meta_type* type, void* place, tmlrt_slice text,
                             trt_arena* arena, const char** out_detail) {
    tmlrt_status status;
    switch (type->kind) {
    case TMLRT_TYPE_MAYBE:
        return trt_value_parse(type->ref, trt_value_set_just(type, place), text, arena, out_detail);
    case TMLRT_TYPE_BOOL:
        status = parse_bool(place, text);
        break;
    case TMLRT_TYPE_F32:
    case TMLRT_TYPE_F64:
        status = parse_float(type, place, text);
        break;
    case TMLRT_TYPE_CHAR:
        status = parse_char(place, text);
        break;
    case TMLRT_TYPE_STR:
    case TMLRT_TYPE_TEXT:
        if (text.len != 0 && memchr(text.data, '\0', (size_t)text.len) != NULL) {
            *out_detail = "must not contain a NUL byte";
            return TMLRT_E_BIND;
        }
        return type->kind == TMLRT_TYPE_STR
                   ? parse_str(place, text, arena)
                   : trt_value_new_text(place, text.data, (size_t)text.len);
    default:
        status = parse_int(type, place, text);
        break;
    }
    if (status == TMLRT_E_BIND && out_detail != NULL) {
        *out_detail = trt_value_expected(type->kind);
    }
    return status;
}

bool trt_value_may_be_absent(const tmlrt_meta_slot* slot) {
    return slot->dflt != NULL || slot->type->kind == TMLRT_TYPE_MAYBE ||
           (slot->loc.flags & TMLRT_LOC_OPTIONAL) != 0;
}

const tmlrt_meta_deco* trt_slot_deco(const tmlrt_meta_slot* slot, const char* name) {
    for (uint32_t i = 0; i < slot->decos.count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(&slot->decos, i);
        if (strcmp(deco->name, name) == 0) {
            return deco;
        }
    }
    return NULL;
}

const char* trt_slot_key(const tmlrt_meta_slot* slot) {
    const tmlrt_meta_deco* deco = trt_slot_deco(slot, "Name");
    const tmlrt_meta_value* value =
        deco != NULL && deco->args.count != 0 ? trt_meta_at(&deco->args, 0) : NULL;
    if (value != NULL && value->kind == TMLRT_VALUE_STR) {
        return value->p;
    }
    return slot->key != NULL ? slot->key : slot->name;
}

static tmlrt_status store_default(const tmlrt_meta_type* type, void* place,
                                  const tmlrt_meta_value* value, uint32_t depth) {
    double f64;
    float f32;
    switch (type->kind) {
    case TMLRT_TYPE_MAYBE:
        if (value->kind == TMLRT_VALUE_NULL) {
            trt_value_set_nothing(type, place);
            return TMLRT_OK;
        }
        return store_default(type->ref, trt_value_set_just(type, place), value, depth);
    case TMLRT_TYPE_F32:
    case TMLRT_TYPE_F64:
        memcpy(&f64, &value->i, sizeof f64);
        f64 = value->kind == TMLRT_VALUE_INT ? (double)value->i : f64;
        f32 = (float)f64;
        memcpy(place, type->kind == TMLRT_TYPE_F32 ? (const void*)&f32 : &f64, type->size);
        return TMLRT_OK;
    case TMLRT_TYPE_STR:
        memcpy(place, &value->p, sizeof value->p);
        return TMLRT_OK;
    case TMLRT_TYPE_TEXT:
        return trt_value_new_text(place, value->p, value->len);
    case TMLRT_TYPE_LIST:
        TRT_TRY(trt_value_new_list(place, type->ref));
        for (uint32_t i = 0; value->kind == TMLRT_VALUE_LIST && i < value->len; i++) {
            trt_tml_list* list;
            memcpy(&list, place, sizeof(void*));
            void* element = trt_value_push(list);
            if (element == NULL || depth == TRT_VALUE_MAX_DEPTH) {
                return TMLRT_E_NOMEM;
            }
            TRT_TRY(store_default(type->ref, element, (const tmlrt_meta_value*)value->p + i,
                                  depth + 1));
        }
        return TMLRT_OK;
    default:
        trt_value_store_int(type->kind, place, (uint64_t)value->i);
        return TMLRT_OK;
    }
}

tmlrt_status trt_value_default(const tmlrt_meta_slot* slot, void* place, trt_arena* arena) {
    (void)arena;
    if (slot->dflt != NULL) {
        return store_default(slot->type, place, slot->dflt, 0);
    }
    if (slot->type->kind == TMLRT_TYPE_MAYBE) {
        trt_value_set_nothing(slot->type, place);
    } else {
        memset(place, 0, slot->type->size);
    }
    return TMLRT_OK;
}

tmlrt_status trt_value_new_text(void* place, const char* data, size_t len) {
    trt_tml_text* text = trt_libc_alloc(sizeof *text);
    char* copy = trt_libc_alloc(len + 1);
    if (text == NULL || copy == NULL) {
        trt_libc_free(text);
        trt_libc_free(copy);
        return TMLRT_E_NOMEM;
    }
    if (len != 0) {
        memcpy(copy, data, len);
    }
    copy[len] = '\0';
    *text = (trt_tml_text){copy, (int64_t)len, (int64_t)len + 1};
    memcpy(place, &text, sizeof(void*));
    return TMLRT_OK;
}

tmlrt_status trt_value_new_list(void* place, const tmlrt_meta_type* element) {
    int64_t stride = element->size > 8 ? element->size : 8;
    trt_tml_list* list = trt_libc_alloc(sizeof *list);
    void* data = trt_libc_alloc((size_t)(FIRST_ELEMENTS * stride));
    if (list == NULL || data == NULL) {
        trt_libc_free(list);
        trt_libc_free(data);
        return TMLRT_E_NOMEM;
    }
    *list = (trt_tml_list){data, 0, FIRST_ELEMENTS, stride};
    memcpy(place, &list, sizeof(void*));
    return TMLRT_OK;
}

void* trt_value_push(trt_tml_list* list) {
    if (list->len == list->cap) {
        int64_t cap = list->cap * 2, bytes;
        if (__builtin_mul_overflow(cap, list->stride, &bytes)) {
            return NULL;
        }
        void* data = trt_libc_realloc(list->data, (size_t)bytes);
        if (data == NULL) {
            return NULL;
        }
        list->data = data;
        list->cap = cap;
    }
    char* element = (char*)list->data + list->len++ * list->stride;
    if (list->stride == 8) { // scalars, strings, handles
        memset(element, 0, 8);
    } else {
        memset(element, 0, (size_t)list->stride);
    }
    return element;
}

/// What is being freed: `strings` says that every Str is libc's too.
typedef struct freeing {
    bool strings;
    uint32_t depth; ///< open structs and lists, as a reader counts them; a Maybe is no level
} freeing;

static void free_value(freeing f, const tmlrt_meta_type* type, void* place);

/// Whether values of a type may own memory.
static bool owns(freeing f, const tmlrt_meta_type* type) {
    return type->kind >= (f.strings ? TMLRT_TYPE_STR : TMLRT_TYPE_TEXT);
}

static void free_list(freeing f, const tmlrt_meta_type* element, trt_tml_list* list) {
    f.depth++;
    for (int64_t i = 0; owns(f, element) && i < list->len; i++) {
        free_value(f, element, (char*)list->data + i * list->stride);
    }
    trt_libc_free(list->data);
    trt_libc_free(list);
}

static void free_struct(freeing f, const tmlrt_meta_schema* schema, void* place) {
    f.depth++;
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        if (owns(f, field->type)) {
            free_value(f, field->type, (char*)place + field->offset);
        }
    }
}

static void free_value(freeing f, const tmlrt_meta_type* type, void* place) {
    void* pointer;
    if (f.depth > TRT_VALUE_MAX_DEPTH) { // deeper than any reader makes one
        return;
    }
    if (type->kind == TMLRT_TYPE_STRUCT) {
        free_struct(f, type->ref, place);
        return;
    }
    if (type->kind == TMLRT_TYPE_MAYBE) {
        pointer = (void*)(uintptr_t)trt_value_payload(type, place);
        if (pointer != NULL) {
            free_value(f, type->ref, pointer);
        }
        return;
    }
    if (type->kind != TMLRT_TYPE_LIST && type->kind != TMLRT_TYPE_TEXT &&
        !(f.strings && type->kind == TMLRT_TYPE_STR)) {
        return;
    }
    memcpy(&pointer, place, sizeof(void*));
    memset(place, 0, sizeof(void*));
    if (pointer == NULL) {
        return;
    }
    if (type->kind == TMLRT_TYPE_LIST) {
        free_list(f, type->ref, pointer);
        return;
    }
    if (type->kind == TMLRT_TYPE_TEXT) {
        trt_libc_free(((trt_tml_text*)pointer)->data);
    }
    trt_libc_free(pointer);
}

void trt_value_free(const tmlrt_meta_type* type, void* place) {
    free_value((freeing){false, 0}, type, place);
}

void trt_value_free_answer(const tmlrt_meta_type* type, void* place, bool strings) {
    int32_t tag;
    if (type->kind == TMLRT_TYPE_OUTCOME) {
        memcpy(&tag, place, sizeof tag);
        place = (char*)place + type->payload_off;
        type = (const tmlrt_meta_type*)type->ref + (tag != 0);
    }
    free_value((freeing){strings, 0}, type, place);
}
