// SPDX-License-Identifier: Apache-2.0
// The JSON writer. It walks the record, not the value's own idea of itself, so exactly the declared
// fields appear. Numbers are exact (U64 in full, doubles shortest), strings always valid UTF-8.
//
// The buffer lies at the end of the arena while it grows, so growing usually costs nothing.
// Recursion follows types, at most 64 deep; a deeper value (a recursive DTO) is an error. One call,
// one thread.
#include "std/http/framework/value/json_write.h"

#include "rt/base/assert.h"
#include "rt/base/bytes.h"
#include "std/http/core/number.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/registry/registry.h"
#include "std/http/framework/value/value.h"

#include <string.h>

// One function per kind, so that put_value is a jump and saves no register for the others.
#define NOINLINE __attribute__((noinline))

// Makes room behind the text; false without memory.
static NOINLINE bool grow(trt_json_writer* w, size_t more) {
    size_t len = (size_t)(w->at - w->data), old = (size_t)(w->end - w->data);
    if (w->status != TMLRT_OK) {
        return false;
    }
    size_t cap = old == 0 ? TRT_JSON_FIRST : old * 2;
    while (cap - len < more) {
        cap *= 2;
    }
    trt_arena* arena = w->arena;
    if (w->data != NULL && w->end == arena->cur && (size_t)(arena->end - arena->cur) >= cap - old) {
        arena->cur += cap - old; // still the last piece: grow in place
        w->end = arena->cur;
        return true;
    }
    char* data = trt_arena_alloc(arena, cap, 1);
    if (data == NULL) {
        w->status = TMLRT_E_NOMEM;
        return false;
    }
    w->at = w->data != NULL ? trt_bytes_copy(data, w->data, len) : data;
    w->data = data;
    w->end = data + cap;
    return true;
}

// Where `more` bytes may be written, NULL without memory; the caller then moves w->at.
static inline char* room(trt_json_writer* w, size_t more) {
    return TRT_LIKELY((size_t)(w->end - w->at) >= more) || grow(w, more) ? w->at : NULL;
}

static inline __attribute__((always_inline)) void put(trt_json_writer* w, const char* data,
                                                      size_t len) {
    char* to = room(w, len);
    if (to != NULL) {
        w->at = trt_bytes_copy(to, data, len);
    }
}

static void put_byte(trt_json_writer* w, char byte) {
    char* to = room(w, 1);
    if (to != NULL) {
        *to = byte;
        w->at = to + 1;
    }
}

// ---- strings ------------------------------------------------------------------------------------

// Which of eight bytes are not plain ASCII that stands for itself; not 0 when any is not.
static inline uint64_t special_of_8(uint64_t b) {
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quote = b ^ '"' * ones, backslash = b ^ '\\' * ones;
    return (b | (b - 0x20 * ones) | (quote - ones) | (backslash - ones)) & high;
}

// Copies a string of plain ASCII, what nearly every one is. False: some byte is not, and what was
// written is worth nothing.
static inline __attribute__((always_inline)) bool copy_plain(char* to, const char* from,
                                                             size_t len) {
    const uint64_t spaces = 0x2020202020202020u;
    uint64_t special = 0;
    if (len >= 8) {
        for (size_t i = 0; i + 8 < len; i += 8) {
            uint64_t word = trt_bytes_load8(from + i);
            memcpy(to + i, &word, sizeof word);
            special |= special_of_8(word);
        }
        uint64_t last = trt_bytes_load8(from + len - 8); // may overlap the one before
        memcpy(to + len - 8, &last, sizeof last);
        special |= special_of_8(last);
    } else if (len >= 4) {
        uint32_t first = trt_bytes_load4(from), last = trt_bytes_load4(from + len - 4);
        memcpy(to, &first, sizeof first);
        memcpy(to + len - 4, &last, sizeof last);
        special = special_of_8((uint64_t)last << 32 | first);
    } else if (len != 0) {
        unsigned char first = (unsigned char)from[0], middle = (unsigned char)from[len / 2],
                      last = (unsigned char)from[len - 1];
        to[0] = (char)first;
        to[len / 2] = (char)middle;
        to[len - 1] = (char)last;
        special = special_of_8(spaces << 24 | (uint64_t)last << 16 | (uint64_t)middle << 8 | first);
    }
    return special == 0;
}

/// Whether a byte stands for itself in a JSON string.
static bool plain(unsigned char c, bool valid) {
    return c >= 0x20 && c != '"' && c != '\\' && (c < 0x80 || valid);
}

static void put_escaped(trt_json_writer* w, unsigned char c) {
    static const char digits[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t", what[] = "\"\\bfnrt";
    if (c >= 0x80) {
        put(w, "\\ufffd", 6);
        return;
    }
    const char* known = c != 0 ? strchr(from, c) : NULL;
    if (known != NULL) {
        char pair[2] = {'\\', what[known - from]};
        put(w, pair, 2);
        return;
    }
    char unit[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    put(w, unit, 6);
}

static NOINLINE void put_special(trt_json_writer* w, const char* data, size_t len) {
    bool valid = trt_utf8_valid(data, len);
    size_t start = 0;
    put_byte(w, '"');
    for (size_t i = 0; i < len; i++) {
        if (!plain((unsigned char)data[i], valid)) {
            put(w, data + start, i - start);
            put_escaped(w, (unsigned char)data[i]);
            start = i + 1;
        }
    }
    put(w, data + start, len - start);
    put_byte(w, '"');
}

static NOINLINE void put_string(trt_json_writer* w, const char* data, size_t len) {
    char* to = room(w, len + 2);
    if (to == NULL) {
        return;
    }
    if (TRT_UNLIKELY(!copy_plain(to + 1, data, len))) {
        put_special(w, data, len);
        return;
    }
    to[0] = '"';
    to[len + 1] = '"';
    w->at = to + len + 2;
}

// ---- values -------------------------------------------------------------------------------------

static void put_value(trt_json_writer* w, const tmlrt_meta_type* type, const void* place,
                      uint32_t depth);

void trt_json_put_key(trt_json_writer* w, char before, const tmlrt_meta_slot* field) {
    const char* key = trt_slot_key(field);
    size_t len = strlen(key);
    char* to = room(w, len + 4);
    if (to == NULL) {
        return;
    }
    if (TRT_UNLIKELY(!copy_plain(to + 2, key, len))) {
        put_byte(w, before);
        put_special(w, key, len);
        put_byte(w, ':');
        return;
    }
    to[0] = before;
    to[1] = '"';
    to[len + 2] = '"';
    to[len + 3] = ':';
    w->at = to + len + 4;
}

// The key of a field as it is kept, with what comes before it; false without memory. There is room
// for a number behind it.
static inline __attribute__((always_inline)) bool put_text_of(trt_json_writer* w,
                                                              const trt_json_field* field) {
    size_t len = (size_t)field->text.len;
    char* to = room(w, len + TRT_JSON_TEXT_SPAN + TRT_NUMBER_TEXT);
    if (TRT_UNLIKELY(to == NULL)) {
        return false;
    }
    memcpy(to, field->text.data, TRT_JSON_TEXT_SPAN);
    if (TRT_UNLIKELY(len > TRT_JSON_TEXT_SPAN)) {
        memcpy(to, field->text.data, len);
    }
    w->at = to + len;
    return true;
}

// A struct whose shape is not kept: no program that was checked at start has one.
static NOINLINE void put_shapeless(trt_json_writer* w, const tmlrt_meta_schema* schema,
                                   const void* place, uint32_t depth) {
    uint32_t written = 0;
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        if (trt_slot_deco(field, "Exclude") == NULL) {
            trt_json_put_key(w, written++ == 0 ? '{' : ',', field);
            put_value(w, field->type, (const char*)place + field->offset, depth + 1);
        }
    }
    if (written == 0) {
        put_byte(w, '{');
    }
    put_byte(w, '}');
}

static NOINLINE void put_struct(trt_json_writer* w, const tmlrt_meta_schema* schema,
                                const void* place, uint32_t depth) {
    const trt_json_shape* shape = trt_json_keys_find(w->keys, schema);
    if (TRT_UNLIKELY(shape == NULL)) {
        put_shapeless(w, schema, place, depth);
        return;
    }
    const char* start = w->at;
    const trt_json_field *field = shape->fields, *end = field + shape->num;
    for (; field < end; field++) {
        const void* value = (const char*)place + field->offset;
        if (TRT_UNLIKELY(field->excluded || !put_text_of(w, field))) {
            continue;
        }
        uint32_t kind = field->type->kind;
        if ((kind == TMLRT_TYPE_U64 || kind == TMLRT_TYPE_I64) && depth < TRT_VALUE_MAX_DEPTH) {
            uint64_t number;
            memcpy(&number, value, sizeof number);
            w->at += kind == TMLRT_TYPE_U64 ? trt_format_u64(w->at, number)
                                            : trt_format_i64(w->at, (int64_t)number);
        } else {
            put_value(w, field->type, value, depth + 1);
        }
    }
    if (TRT_UNLIKELY(w->at == start)) { // a text that moved is not empty
        put_byte(w, '{');
    }
    put_byte(w, '}');
}

static NOINLINE void put_list(trt_json_writer* w, const tmlrt_meta_type* element, const void* place,
                              uint32_t depth) {
    const trt_tml_list* list;
    memcpy(&list, place, sizeof(void*));
    put_byte(w, '[');
    for (int64_t i = 0; list != NULL && i < list->len && w->status == TMLRT_OK; i++) {
        if (i != 0) {
            put_byte(w, ',');
        }
        put_value(w, element, (const char*)list->data + i * list->stride, depth + 1);
    }
    put_byte(w, ']');
}

static NOINLINE void put_str(trt_json_writer* w, const void* place) {
    const char* text;
    memcpy(&text, place, sizeof text);
    if (text == NULL) {
        put(w, "null", 4);
    } else {
        put_string(w, text, strlen(text));
    }
}

static NOINLINE void put_text(trt_json_writer* w, const void* place) {
    const trt_tml_text* text;
    memcpy(&text, place, sizeof(void*));
    if (text == NULL) {
        put(w, "null", 4);
    } else {
        put_string(w, text->data, (size_t)text->len);
    }
}

static NOINLINE void put_bool(trt_json_writer* w, const void* place) {
    bool yes = trt_value_load_int(TMLRT_TYPE_BOOL, place) != 0;
    put(w, yes ? "true" : "false", yes ? 4 : 5);
}

static NOINLINE void put_signed(trt_json_writer* w, uint32_t kind, const void* place) {
    char* to = room(w, TRT_NUMBER_TEXT);
    if (to != NULL) {
        w->at = to + trt_format_i64(to, (int64_t)trt_value_load_int(kind, place));
    }
}

static NOINLINE void put_unsigned(trt_json_writer* w, uint32_t kind, const void* place) {
    char* to = room(w, TRT_NUMBER_TEXT);
    if (to != NULL) {
        w->at = to + trt_format_u64(to, trt_value_load_int(kind, place));
    }
}

static NOINLINE void put_f32(trt_json_writer* w, const void* place) {
    float value;
    char* to = room(w, TRT_NUMBER_TEXT);
    memcpy(&value, place, sizeof value);
    if (to != NULL) {
        w->at = to + trt_format_f32(to, value);
    }
}

static NOINLINE void put_f64(trt_json_writer* w, const void* place) {
    double value;
    char* to = room(w, TRT_NUMBER_TEXT);
    memcpy(&value, place, sizeof value);
    if (to != NULL) {
        w->at = to + trt_format_f64(to, value);
    }
}

static NOINLINE void put_char(trt_json_writer* w, const void* place) {
    char text[4];
    uint32_t scalar = (uint32_t)trt_value_load_int(TMLRT_TYPE_CHAR, place);
    bool valid = scalar <= 0x10FFFF && (scalar < 0xD800 || scalar > 0xDFFF);
    put_string(w, text, trt_utf8_encode(text, valid ? scalar : 0xFFFD));
}

static NOINLINE void put_maybe(trt_json_writer* w, const tmlrt_meta_type* type, const void* place,
                               uint32_t depth) {
    const void* payload = trt_value_payload(type, place);
    if (payload != NULL) {
        put_value(w, type->ref, payload, depth); // no level of the text
    } else {
        put(w, "null", 4);
    }
}

static void put_value(trt_json_writer* w, const tmlrt_meta_type* type, const void* place,
                      uint32_t depth) {
    if (TRT_UNLIKELY(depth > TRT_VALUE_MAX_DEPTH)) {
        w->status = TMLRT_E_OVERFLOW;
        return;
    }
    switch (type->kind) {
    case TMLRT_TYPE_BOOL:
        put_bool(w, place);
        return;
    case TMLRT_TYPE_I8:
    case TMLRT_TYPE_I16:
    case TMLRT_TYPE_I32:
    case TMLRT_TYPE_I64:
        put_signed(w, type->kind, place);
        return;
    case TMLRT_TYPE_U8:
    case TMLRT_TYPE_U16:
    case TMLRT_TYPE_U32:
    case TMLRT_TYPE_U64:
        put_unsigned(w, type->kind, place);
        return;
    case TMLRT_TYPE_F32:
        put_f32(w, place);
        return;
    case TMLRT_TYPE_F64:
        put_f64(w, place);
        return;
    case TMLRT_TYPE_CHAR:
        put_char(w, place);
        return;
    case TMLRT_TYPE_STR:
        put_str(w, place);
        return;
    case TMLRT_TYPE_TEXT:
        put_text(w, place);
        return;
    case TMLRT_TYPE_STRUCT:
        put_struct(w, type->ref, place, depth);
        return;
    case TMLRT_TYPE_LIST:
        put_list(w, type->ref, place, depth);
        return;
    case TMLRT_TYPE_MAYBE:
        put_maybe(w, type, place, depth);
        return;
    default:
        put(w, "null", 4); // unit; the rest is refused at start
        return;
    }
}

void trt_json_put_value(trt_json_writer* w, const tmlrt_meta_type* type, const void* place) {
    if (type->kind == TMLRT_TYPE_STRUCT) { // as most answers are
        put_struct(w, type->ref, place, 0);
    } else {
        put_value(w, type, place, 0);
    }
}

tmlrt_status trt_json_finish(trt_json_writer* w, tmlrt_slice* out) {
    if (w->status != TMLRT_OK) {
        return w->status;
    }
    if (w->end == w->arena->cur) {
        w->arena->cur = w->end = w->at;
    }
    *out = (tmlrt_slice){w->data, (uint64_t)(w->at - w->data)};
    return TMLRT_OK;
}
