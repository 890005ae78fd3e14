// SPDX-License-Identifier: Apache-2.0
// The shapes of a program's structs: their fields as a reader and a writer want them, made once. A
// key as it stands in a JSON text (`{"id":`, `,"name":`), and a table that finds a field by its
// key.
#ifndef TRT_HTTP_FRAMEWORK_VALUE_JSON_KEYS_H
#define TRT_HTTP_FRAMEWORK_VALUE_JSON_KEYS_H

#include <tmlrt/abi/meta.h>
#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include <stdbool.h>

#include "rt/base/arena.h"

enum { TRT_JSON_TEXT_SPAN = 16 }; ///< bytes that can be read behind a field's text

/// trt_json_field is a field of a struct. `text` is its key as it is written, with the comma (or,
/// for the first written field, the brace) before it and the colon behind it.
typedef struct trt_json_field {
    tmlrt_slice text;
    const char* key;
    const tmlrt_meta_type* type;
    const tmlrt_meta_slot* slot;
    uint32_t key_len, offset;
    bool excluded; ///< @Exclude: never written
} trt_json_field;

/// trt_json_shape has the fields of a schema in order, and an open table of them by key.
typedef struct trt_json_shape {
    const tmlrt_meta_schema* schema; ///< NULL: free
    const trt_json_field* fields;
    const uint32_t* index; ///< field + 1, 0: free; at most half in use
    uint32_t num, mask;    ///< fields; of the index
} trt_json_shape;

/// trt_json_keys finds a shape by the address of its schema.
/// Thread:  any, after the last add.
typedef struct trt_json_keys {
    trt_arena arena; ///< slots and shapes
    trt_json_shape* slots;
    uint32_t mask; ///< of the slots, at most half of them in use
    uint32_t num;  ///< in use
} trt_json_keys;

enum { TRT_JSON_NO_FIELD = UINT32_MAX };

/// trt_json_keys_init makes room for `num` schemas, and more when they come.
/// Errors:  NOMEM - `out` is all-zero.
TMLRT_NODISCARD tmlrt_status trt_json_keys_init(trt_json_keys* out, uint32_t num);
/// trt_json_keys_add makes the shape of a schema that is not there yet.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_json_keys_add(trt_json_keys* keys,
                                               const tmlrt_meta_schema* schema);
/// trt_json_keys_add_types makes the shapes of every struct that a type holds and that is not there
/// yet: one struct has several schemas when several modules name it.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_json_keys_add_types(trt_json_keys* keys,
                                                     const tmlrt_meta_type* type);
/// trt_json_keys_fini frees; all-zero is fine.
void trt_json_keys_fini(trt_json_keys* keys);

/// trt_json_shape_make makes the shape of a schema in `arena`, which must outlive it.
/// Errors:  NOMEM.
TMLRT_NODISCARD tmlrt_status trt_json_shape_make(trt_json_shape* out, trt_arena* arena,
                                                 const tmlrt_meta_schema* schema);
/// trt_json_shape_find returns the index of the field with that key, or TRT_JSON_NO_FIELD.
/// Cost:    O(1) whatever the key: the table holds the program's keys, not the peer's.
uint32_t trt_json_shape_find(const trt_json_shape* shape, const char* key, size_t len);
/// trt_json_shape_nearest returns the key most like a misspelt one, NULL when none is near.
const char* trt_json_shape_nearest(const trt_json_shape* shape, const char* key, size_t len);

/// trt_json_keys_slot_of returns the slot of a schema, or the free one where it belongs.
static inline trt_json_shape* trt_json_keys_slot_of(const trt_json_keys* keys,
                                                    const tmlrt_meta_schema* schema) {
    uint32_t at = (uint32_t)((uintptr_t)schema >> 4) * 0x9E3779B1u >> 7;
    while (keys->slots[at &= keys->mask].schema != schema && keys->slots[at].schema != NULL) {
        at++;
    }
    return &keys->slots[at];
}
/// trt_json_keys_find returns the shape of a schema, NULL when it was not added.
static inline const trt_json_shape* trt_json_keys_find(const trt_json_keys* keys,
                                                       const tmlrt_meta_schema* schema) {
    if (keys == NULL) {
        return NULL;
    }
    const trt_json_shape* shape = trt_json_keys_slot_of(keys, schema);
    return shape->schema != NULL ? shape : NULL;
}

#endif
