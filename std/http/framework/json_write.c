// SPDX-License-Identifier: Apache-2.0
// The JSON writer. It walks the record, not the value's own idea of itself, so exactly the declared
// fields appear. Numbers are exact (U64 in full, doubles shortest), strings always valid UTF-8.
//
// The buffer lies at the end of the arena while it grows, so growing usually costs nothing.
// Recursion follows types, at most 64 deep; a deeper value (a recursive DTO) is an error. One call,
// one thread.
#include "std/http/framework/json_write.h"

#include "rt/base/assert.h"
#include "std/http/core/number.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/json_keys.h"
#include "std/http/framework/registry.h"
#include "std/http/framework/value.h"

#include <string.h>

enum { FIRST_CAP = 512 };

static bool grow(trt_json_writer* w, size_t more) {
    if (w->status != TMLRT_OK) {
        return false;
    }
    size_t cap = w->cap == 0 ? FIRST_CAP : w->cap * 2;
    while (cap - w->len < more) {
        cap *= 2;
    }
    trt_arena* arena = w->arena;
    if (w->data != NULL && w->data + w->cap == arena->cur &&
        (size_t)(arena->end - arena->cur) >= cap - w->cap) {
        arena->cur += cap - w->cap; // still the last piece: grow in place
        w->cap = cap;
        return true;
    }
    char* data = trt_arena_alloc(arena, cap, 1);
    if (data == NULL) {
        w->status = TMLRT_E_NOMEM;
        return false;
    }
    if (w->data != NULL) {
        memcpy(data, w->data, w->len);
    }
    w->data = data;
    w->cap = cap;
    return true;
}

static inline bool reserve(trt_json_writer* w, size_t more) {
    return TRT_LIKELY(w->cap - w->len >= more) || grow(w, more);
}

static inline void put(trt_json_writer* w, const char* data, size_t len) {
    if (reserve(w, len)) {
        memcpy(w->data + w->len, data, len);
        w->len += len;
    }
}

static inline void put_byte(trt_json_writer* w, char byte) {
    if (reserve(w, 1)) {
        w->data[w->len++] = byte;
    }
}

void trt_json_put(trt_json_writer* w, const char* data, size_t len) {
    put(w, data, len);
}

/// Whether a byte stands for itself in a JSON string.
static bool plain(unsigned char c, bool valid) {
    return c >= 0x20 && c != '"' && c != '\\' && (c < 0x80 || valid);
}

static void put_escaped(trt_json_writer* w, unsigned char c) {
    static const char digits[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t", what[] = "\"\\bfnrt";
    if (c >= 0x80) {
        trt_json_put(w, "\\ufffd", 6);
        return;
    }
    const char* known = c != 0 ? strchr(from, c) : NULL;
    if (known != NULL) {
        char pair[2] = {'\\', what[known - from]};
        trt_json_put(w, pair, 2);
        return;
    }
    char unit[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    trt_json_put(w, unit, 6);
}

// Which of eight bytes are not plain ASCII that stands for itself; not 0 when any is not.
static inline uint64_t special_of_8(uint64_t b) {
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quote = b ^ '"' * ones, backslash = b ^ '\\' * ones;
    return (b | (b - 0x20 * ones) | (quote - ones) | (backslash - ones)) & high;
}

static inline uint64_t load_8(const char* p) {
    uint64_t b;
    memcpy(&b, p, sizeof b);
    return b;
}

// Whether all bytes are plain ASCII that stands for itself: what nearly every string is.
static bool all_plain(const char* p, size_t len) {
    size_t i = 0;
    if (len >= 8) {
        uint64_t special = special_of_8(load_8(p + len - 8)); // may overlap the one before
        for (; i + 8 < len; i += 8) {
            special |= special_of_8(load_8(p + i));
        }
        return special == 0;
    }
    if (len >= 4) {
        uint32_t first, last;
        memcpy(&first, p, sizeof first);
        memcpy(&last, p + len - 4, sizeof last);
        return special_of_8((uint64_t)last << 32 | first) == 0;
    }
    while (i < len && plain((unsigned char)p[i], false)) {
        i++;
    }
    return i == len;
}

static void put_quoted(trt_json_writer* w, const char* data, size_t len) {
    char* p = w->data + w->len;
    p[0] = '"';
    memcpy(p + 1, data, len);
    p[len + 1] = '"';
    w->len += len + 2;
}

void trt_json_put_string(trt_json_writer* w, const char* data, size_t len) {
    if (TRT_LIKELY(all_plain(data, len))) {
        if (reserve(w, len + 2)) {
            put_quoted(w, data, len);
        }
        return;
    }
    bool valid = trt_utf8_valid(data, len);
    size_t start = 0;
    if (!reserve(w, len + 2)) {
        return;
    }
    trt_json_put(w, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        if (!plain((unsigned char)data[i], valid)) {
            trt_json_put(w, data + start, i - start);
            put_escaped(w, (unsigned char)data[i]);
            start = i + 1;
        }
    }
    trt_json_put(w, data + start, len - start);
    trt_json_put(w, "\"", 1);
}

static void put_value(trt_json_writer* w, const tmlrt_meta_type* type, const void* place,
                      uint32_t depth);

static void put_key(trt_json_writer* w, const tmlrt_meta_slot* field, bool first) {
    const char* key = field->key != NULL ? field->key : field->name;
    put_byte(w, first ? '{' : ',');
    trt_json_put_string(w, key, strlen(key));
    put_byte(w, ':');
}

static void put_struct(trt_json_writer* w, const tmlrt_meta_schema* schema, const void* place,
                       uint32_t depth) {
    const tmlrt_slice* keys = trt_json_keys_find(w->keys, schema);
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        if (TRT_LIKELY(keys != NULL)) {
            put(w, keys[i].data, (size_t)keys[i].len);
        } else {
            put_key(w, field, i == 0);
        }
        put_value(w, field->type, (const char*)place + field->offset, depth + 1);
    }
    if (schema->fields.count == 0) {
        put_byte(w, '{');
    }
    put_byte(w, '}');
}

static void put_list(trt_json_writer* w, const tmlrt_meta_type* element, const void* place,
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

static void put_text(trt_json_writer* w, uint32_t kind, const void* place) {
    const void* pointer;
    memcpy(&pointer, place, sizeof pointer);
    if (pointer == NULL) {
        trt_json_put(w, "null", 4);
    } else if (kind == TMLRT_TYPE_STR) {
        trt_json_put_string(w, pointer, strlen(pointer));
    } else {
        const trt_tml_text* text = pointer;
        trt_json_put_string(w, text->data, (size_t)text->len);
    }
}

static void put_number(trt_json_writer* w, uint32_t kind, const void* place) {
    double f64;
    float f32;
    if (!reserve(w, TRT_NUMBER_TEXT)) {
        return;
    }
    char* text = w->data + w->len;
    if (kind == TMLRT_TYPE_F64) {
        memcpy(&f64, place, sizeof f64);
        w->len += trt_format_f64(text, f64);
    } else if (kind == TMLRT_TYPE_F32) {
        memcpy(&f32, place, sizeof f32);
        w->len += trt_format_f32(text, f32);
    } else if (kind <= TMLRT_TYPE_I64) {
        w->len += trt_format_i64(text, (int64_t)trt_value_load_int(kind, place));
    } else {
        w->len += trt_format_u64(text, trt_value_load_int(kind, place));
    }
}

static void put_char(trt_json_writer* w, const void* place) {
    char text[4];
    uint32_t scalar = (uint32_t)trt_value_load_int(TMLRT_TYPE_CHAR, place);
    bool valid = scalar <= 0x10FFFF && (scalar < 0xD800 || scalar > 0xDFFF);
    trt_json_put_string(w, text, trt_utf8_encode(text, valid ? scalar : 0xFFFD));
}

static void put_value(trt_json_writer* w, const tmlrt_meta_type* type, const void* place,
                      uint32_t depth) {
    const void* payload;
    if (depth > TRT_VALUE_MAX_DEPTH) {
        w->status = TMLRT_E_OVERFLOW;
        return;
    }
    switch (type->kind) {
    case TMLRT_TYPE_BOOL:
        if (trt_value_load_int(TMLRT_TYPE_BOOL, place) != 0) {
            trt_json_put(w, "true", 4);
        } else {
            trt_json_put(w, "false", 5);
        }
        break;
    case TMLRT_TYPE_CHAR:
        put_char(w, place);
        break;
    case TMLRT_TYPE_STR:
    case TMLRT_TYPE_TEXT:
        put_text(w, type->kind, place);
        break;
    case TMLRT_TYPE_STRUCT:
        put_struct(w, type->ref, place, depth);
        break;
    case TMLRT_TYPE_LIST:
        put_list(w, type->ref, place, depth);
        break;
    case TMLRT_TYPE_MAYBE:
        payload = trt_value_payload(type, place);
        if (payload != NULL) {
            put_value(w, type->ref, payload, depth + 1);
            break;
        }
        trt_json_put(w, "null", 4);
        break;
    default:
        if (type->kind >= TMLRT_TYPE_I8 && type->kind <= TMLRT_TYPE_F64) {
            put_number(w, type->kind, place);
        } else {
            trt_json_put(w, "null", 4); // unit; the rest is refused at start
        }
        break;
    }
}

void trt_json_put_value(trt_json_writer* w, const tmlrt_meta_type* type, const void* place) {
    put_value(w, type, place, 0);
}

tmlrt_status trt_json_finish(trt_json_writer* w, tmlrt_slice* out) {
    if (w->status != TMLRT_OK) {
        return w->status;
    }
    if (w->data != NULL && w->data + w->cap == w->arena->cur) {
        w->arena->cur -= w->cap - w->len;
        w->cap = w->len;
    }
    *out = (tmlrt_slice){w->data, w->len};
    return TMLRT_OK;
}
