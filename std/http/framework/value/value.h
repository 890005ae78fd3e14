// SPDX-License-Identifier: Apache-2.0
// Values in memory form, as compiled code lays them out: written from text and defaults, freed.
#ifndef TRT_HTTP_FRAMEWORK_VALUE_VALUE_H
#define TRT_HTTP_FRAMEWORK_VALUE_VALUE_H

#include <tmlrt/abi/meta.h>
#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include <stdbool.h>
#include <string.h>

#include "rt/base/arena.h"
#include "std/http/framework/value/json_keys.h"

/// trt_tml_list is what a List handle points to, trt_tml_text what a Text handle points to. Headers
/// and data are libc malloc: compiled code frees them.
typedef struct trt_tml_list {
    void* data;
    int64_t len, cap, stride;
} trt_tml_list;
typedef struct trt_tml_text {
    char* data;
    int64_t len, cap;
} trt_tml_text;

enum { TRT_VALUE_MAX_DEPTH = 64 };

/// trt_value_store_int writes an integer that is in range, as the kind's width.
static inline void trt_value_store_int(uint32_t kind, void* place, uint64_t bits) {
    uint8_t u8 = (uint8_t)bits;
    uint16_t u16 = (uint16_t)bits;
    uint32_t u32 = (uint32_t)bits;
    switch (kind) {
    case TMLRT_TYPE_BOOL:
    case TMLRT_TYPE_I8:
    case TMLRT_TYPE_U8:
        memcpy(place, &u8, sizeof u8);
        break;
    case TMLRT_TYPE_I16:
    case TMLRT_TYPE_U16:
        memcpy(place, &u16, sizeof u16);
        break;
    case TMLRT_TYPE_I32:
    case TMLRT_TYPE_U32:
    case TMLRT_TYPE_CHAR:
        memcpy(place, &u32, sizeof u32);
        break;
    default:
        memcpy(place, &bits, sizeof bits);
        break;
    }
}
/// trt_value_load_int reads an integer, bool or char, sign-extended where the kind is signed.
static inline uint64_t trt_value_load_int(uint32_t kind, const void* place) {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (kind) {
    case TMLRT_TYPE_BOOL:
    case TMLRT_TYPE_I8:
    case TMLRT_TYPE_U8:
        memcpy(&u8, place, sizeof u8);
        return kind == TMLRT_TYPE_I8 ? (uint64_t)(int64_t)(int8_t)u8 : u8;
    case TMLRT_TYPE_I16:
    case TMLRT_TYPE_U16:
        memcpy(&u16, place, sizeof u16);
        return kind == TMLRT_TYPE_I16 ? (uint64_t)(int64_t)(int16_t)u16 : u16;
    case TMLRT_TYPE_I32:
    case TMLRT_TYPE_U32:
    case TMLRT_TYPE_CHAR:
        memcpy(&u32, place, sizeof u32);
        return kind == TMLRT_TYPE_I32 ? (uint64_t)(int64_t)(int32_t)u32 : u32;
    default:
        memcpy(&u64, place, sizeof u64);
        return u64;
    }
}
/// trt_value_set_just writes the tag of a Maybe and returns where its payload goes.
void* trt_value_set_just(const tmlrt_meta_type* maybe, void* place);
/// trt_value_set_nothing writes Nothing.
void trt_value_set_nothing(const tmlrt_meta_type* maybe, void* place);
/// trt_value_payload returns the payload of a Maybe, NULL for Nothing.
static inline const void* trt_value_payload(const tmlrt_meta_type* maybe, const void* place) {
    if (maybe->payload_off == TMLRT_MAYBE_NULLABLE) {
        const void* pointer;
        memcpy(&pointer, place, sizeof(void*));
        return pointer != NULL ? place : NULL;
    }
    int32_t tag;
    memcpy(&tag, place, sizeof tag);
    return tag == 0 ? (const char*)place + maybe->payload_off : NULL;
}

/// trt_value_parse reads a parameter: scalars, Str (copied to the arena) and Text.
/// Errors:  BIND - *out_detail says what it must be ("must be a whole number from 0 to 255";
/// constant).
///          NOMEM.
/// Shape:   out_detail: may be NULL for numbers, where the caller says it.
TMLRT_NODISCARD tmlrt_status trt_value_parse(const tmlrt_meta_type* type, void* place,
                                             tmlrt_slice text, trt_arena* arena,
                                             const char** out_detail);
/// trt_value_parse_plain is trt_value_parse of a whole number that is spelled in up to 18 digits.
/// False: it is none, or is out of range: nothing was written.
/// Shape:   a NUL behind the text.
static inline bool trt_value_parse_plain(const tmlrt_meta_type* type, void* place,
                                         tmlrt_slice text) {
    const char *p = text.data, *end = p + text.len;
    uint64_t value = 0;
    unsigned digit;
    if (type->kind < TMLRT_TYPE_I8 || type->kind > TMLRT_TYPE_U64 || text.len > 18 ||
        (*p == '0' && text.len != 1)) {
        return false;
    }
    for (; (digit = (unsigned)(unsigned char)*p - '0') <= 9; p++) {
        value = value * 10 + digit;
    }
    unsigned unused = 64 - 8 * type->size; // bits of 64 that the kind does not have
    uint64_t most = UINT64_MAX >> (unused + (type->kind <= TMLRT_TYPE_I64));
    if (p != end || text.len == 0 || value > most) {
        return false;
    }
    trt_value_store_int(type->kind, place, value);
    return true;
}
/// trt_value_expected returns "must be ..." for a kind, constant.
const char* trt_value_expected(uint32_t kind);
/// trt_value_unknown says that a key is no field of a struct, and which one was meant if one is
/// near; the text is in the arena or constant, NULL without memory.
const char* trt_value_unknown(const trt_json_shape* shape, const char* key, size_t len,
                              trt_arena* arena);
/// trt_value_default writes the value of an absent slot: its default, Nothing, or zero bytes.
/// Errors:  NOMEM.
TMLRT_NODISCARD tmlrt_status trt_value_default(const tmlrt_meta_slot* slot, void* place,
                                               trt_arena* arena);
/// trt_value_may_be_absent tells whether a slot has a default, a Maybe or the optional flag.
bool trt_value_may_be_absent(const tmlrt_meta_slot* slot);

/// trt_slot_deco returns the decorator of that name, NULL without.
const tmlrt_meta_deco* trt_slot_deco(const tmlrt_meta_slot* slot, const char* name);
/// trt_slot_key returns a field's name in JSON, queries and forms: that of its @Name("..."), else
/// the record's key, else its name.
const char* trt_slot_key(const tmlrt_meta_slot* slot);

/// trt_value_new_text makes a Text handle from bytes.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_value_new_text(void* place, const char* data, size_t len);
/// trt_value_new_list makes an empty List of `element`.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_value_new_list(void* place, const tmlrt_meta_type* element);
/// trt_value_push adds a zeroed element and returns it, NULL without memory. Earlier elements may
/// move.
void* trt_value_push(trt_tml_list* list);

/// trt_value_free frees the lists and texts in a value that a reader made; NULL handles are passed
/// over, zero bytes are a value. Str is the arena's.
void trt_value_free(const tmlrt_meta_type* type, void* place);
/// trt_value_free_answer frees what a handler returned; `strings`: its Strs as well.
void trt_value_free_answer(const tmlrt_meta_type* type, void* place, bool strings);

#endif
