// SPDX-License-Identifier: Apache-2.0
// Scalars of the JSON reader, twice: the usual spelling fast, and everything else.
//
// trt_json_read_plain reads numbers of up to 19 digits without an exponent, strings without an
// escape, and words, straight from the text to their place. Whatever is unusual or wrong it leaves
// alone, with nothing written that counts, and trt_json_read_scalar starts again at the same byte:
// so there is one place that decides what is refused, and why.
#include "rt/base/bytes.h"
#include "std/http/core/number.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/value/json_reader.h"
#include "std/http/framework/value/value.h"

trt_json_goal trt_json_unwrap(trt_json_goal goal) {
    while (goal.type != NULL && goal.type->kind == TMLRT_TYPE_MAYBE) {
        goal.place = trt_value_set_just(goal.type, goal.place);
        goal.type = goal.type->ref;
    }
    return goal;
}

// ---- the usual -------------------------------------------------------------------------------

static bool is_digit(char c) {
    return (unsigned char)(c - '0') <= 9;
}

/// Reads digits at p into *value, at most 19 with the *num before; more of them end the reading.
static const char* read_digits(const char* p, const char* end, uint64_t* value, uint32_t* num) {
    const char* start = p;
    uint64_t sum = *value;
    uint32_t most = 19 - *num;
    if (end - p >= 8 && most >= 8 && trt_number_is_8_digits(trt_bytes_load8(p))) {
        sum = sum * 100000000 + trt_number_of_8_digits(trt_bytes_load8(p));
        p += 8;
    }
    while (p < end && is_digit(*p) && (uint32_t)(p - start) < most) {
        sum = sum * 10 + (uint64_t)(*p++ - '0');
    }
    *value = sum;
    *num += (uint32_t)(p - start);
    return p;
}

static bool ends_number(const char* p, const char* end) {
    return p < end && !is_digit(*p) && *p != '.' && *p != 'e' && *p != 'E';
}

static const char* plain_int(const char* p, const char* end, const tmlrt_meta_type* type,
                             void* place) {
    bool negative = *p == '-';
    const char* start = p + negative;
    uint64_t value = 0;
    uint32_t num = 0;
    p = read_digits(start, end, &value, &num);
    if (num == 0 || (num > 1 && *start == '0') || !ends_number(p, end)) {
        return NULL;
    }
    unsigned unused = 64 - 8 * type->size; // bits of 64 that the kind does not have
    bool is_signed = type->kind <= TMLRT_TYPE_I64;
    uint64_t most =
        is_signed ? (UINT64_MAX >> (unused + 1)) + negative : (negative ? 0 : UINT64_MAX >> unused);
    if (value > most) {
        return NULL;
    }
    trt_value_store_int(type->kind, place, negative ? 0 - value : value);
    return p;
}

static const char* plain_float(const char* p, const char* end, bool is_double, void* place) {
    bool negative = *p == '-';
    const char* start = p + negative;
    uint64_t mantissa = 0;
    uint32_t num = 0, num_whole;
    p = read_digits(start, end, &mantissa, &num);
    num_whole = num;
    if (num == 0 || (num > 1 && *start == '0')) {
        return NULL;
    }
    if (p < end && *p == '.') {
        p = read_digits(p + 1, end, &mantissa, &num);
        if (num == num_whole) {
            return NULL;
        }
    }
    double f64;
    float f32;
    if (!ends_number(p, end) ||
        !trt_number_decimal(&f64, mantissa, (int64_t)num_whole - (int64_t)num)) {
        return NULL;
    }
    f64 = negative ? -f64 : f64;
    if (is_double) {
        memcpy(place, &f64, sizeof f64);
    } else if (trt_number_to_f32(&f32, f64)) {
        memcpy(place, &f32, sizeof f32);
    } else {
        return NULL;
    }
    return p;
}

static const char* plain_bool(const char* p, const char* end, void* place) {
    bool yes = end - p >= 4 && memcmp(p, "true", 4) == 0;
    if (!yes && !(end - p >= 5 && memcmp(p, "false", 5) == 0)) {
        return NULL;
    }
    *(unsigned char*)place = yes;
    return p + 5 - yes;
}

static const char* plain_str(trt_json_reader* r, const char* p, const char* end, void* place) {
    trt_arena* arena = r->arena;
    char* text = arena->cur;
    bool high;
    if (*p++ != '"' || text == NULL) {
        return NULL;
    }
    size_t len = trt_json_copy_plain(text, (size_t)(arena->end - text), p, end, &high);
    if (len == (size_t)(end - p) || text + len == arena->end || p[len] != '"' ||
        (high && !trt_utf8_valid(text, len))) {
        return NULL;
    }
    text[len] = '\0';
    arena->cur = text + len + 1;
    memcpy(place, &text, sizeof text);
    return p + len + 1;
}

const char* trt_json_read_plain(trt_json_reader* r, const char* p, const tmlrt_meta_type* type,
                                void* place) {
    const char* end = r->cursor.end;
    if (p == end) {
        return NULL;
    }
    while (type->kind == TMLRT_TYPE_MAYBE) {
        if (end - p >= 4 && memcmp(p, "null", 4) == 0) {
            trt_value_set_nothing(type, place);
            return p + 4;
        }
        place = trt_value_set_just(type, place);
        type = type->ref;
    }
    switch (type->kind) {
    case TMLRT_TYPE_BOOL:
        return plain_bool(p, end, place);
    case TMLRT_TYPE_I8:
    case TMLRT_TYPE_I16:
    case TMLRT_TYPE_I32:
    case TMLRT_TYPE_I64:
    case TMLRT_TYPE_U8:
    case TMLRT_TYPE_U16:
    case TMLRT_TYPE_U32:
    case TMLRT_TYPE_U64:
        return plain_int(p, end, type, place);
    case TMLRT_TYPE_F32:
    case TMLRT_TYPE_F64:
        return plain_float(p, end, type->kind == TMLRT_TYPE_F64, place);
    case TMLRT_TYPE_STR:
        return plain_str(r, p, end, place);
    default:
        return NULL;
    }
}

// ---- everything ------------------------------------------------------------------------------

static tmlrt_status read_string(trt_json_reader* r, trt_json_goal goal) {
    trt_json_string string;
    if (trt_json_scan_string(&r->cursor, &string) != TMLRT_OK) {
        return trt_json_malformed(r, r->cursor.wrong);
    }
    if (goal.type == NULL) {
        return TMLRT_OK;
    }
    trt_json_goal inner = trt_json_unwrap(goal);
    uint32_t kind = inner.type->kind;
    if (kind != TMLRT_TYPE_STR && kind != TMLRT_TYPE_TEXT && kind != TMLRT_TYPE_CHAR) {
        trt_json_wrong_type(r, goal);
        return TMLRT_OK;
    }
    if (string.has_nul && kind != TMLRT_TYPE_CHAR) {
        trt_json_value_error(r, "must not contain a NUL character");
        return TMLRT_OK;
    }
    char* text = trt_arena_alloc(r->arena, (size_t)string.raw.len + 1, 1);
    if (text == NULL) {
        return TMLRT_E_NOMEM;
    }
    size_t len = (size_t)string.raw.len;
    if (string.escaped) {
        len = trt_json_unescape(text, &string);
    } else {
        memcpy(text, string.raw.data, len);
    }
    text[len] = '\0';
    if (kind == TMLRT_TYPE_STR) {
        memcpy(inner.place, &text, sizeof text);
        return TMLRT_OK;
    }
    const char* detail = NULL;
    tmlrt_status status =
        trt_value_parse(inner.type, inner.place, (tmlrt_slice){text, len}, r->arena, &detail);
    if (status == TMLRT_E_BIND) {
        trt_json_value_error(r, detail);
        return TMLRT_OK;
    }
    return status;
}

static tmlrt_status read_number(trt_json_reader* r, trt_json_goal goal) {
    bool integer;
    const char* text = r->cursor.p;
    size_t len = trt_number_span(text, (size_t)(r->cursor.end - text), &integer);
    if (len == 0) {
        return trt_json_malformed(r, "not a number");
    }
    r->cursor.p += len;
    if (goal.type == NULL) {
        return TMLRT_OK;
    }
    trt_json_goal inner = trt_json_unwrap(goal);
    bool is_float = inner.type->kind == TMLRT_TYPE_F32 || inner.type->kind == TMLRT_TYPE_F64;
    bool is_int = inner.type->kind >= TMLRT_TYPE_I8 && inner.type->kind <= TMLRT_TYPE_U64;
    if (is_int && len == 2 && text[0] == '-' && text[1] == '0') {
        text++; // "-0" is 0 for unsigned types too
        len--;
    }
    if ((!is_float && !(is_int && integer)) ||
        trt_value_parse(inner.type, inner.place, (tmlrt_slice){text, len}, r->arena, NULL) !=
            TMLRT_OK) {
        trt_json_wrong_type(r, goal);
    }
    return TMLRT_OK;
}

static tmlrt_status read_word(trt_json_reader* r, trt_json_goal goal) {
    bool yes = trt_json_word(&r->cursor, "true", 4);
    if (yes || trt_json_word(&r->cursor, "false", 5)) {
        trt_json_goal inner = trt_json_unwrap(goal);
        if (inner.type != NULL && inner.type->kind == TMLRT_TYPE_BOOL) {
            trt_value_store_int(TMLRT_TYPE_BOOL, inner.place, yes);
        } else {
            trt_json_wrong_type(r, goal);
        }
        return TMLRT_OK;
    }
    if (!trt_json_word(&r->cursor, "null", 4)) {
        return trt_json_malformed(r, "expected a value");
    }
    if (goal.type != NULL && goal.type->kind == TMLRT_TYPE_MAYBE) {
        trt_value_set_nothing(goal.type, goal.place);
    } else if (goal.type != NULL && goal.type->kind != TMLRT_TYPE_UNIT) {
        trt_json_wrong_type(r, goal);
    }
    return TMLRT_OK;
}

tmlrt_status trt_json_read_scalar(trt_json_reader* r, trt_json_goal goal) {
    switch (*r->cursor.p) {
    case '"':
        return read_string(r, goal);
    case 't':
    case 'f':
    case 'n':
        return read_word(r, goal);
    default:
        return read_number(r, goal);
    }
}
