// SPDX-License-Identifier: Apache-2.0
// The keys of a program's structs, made once as they stand in a JSON text: `{"id":` and `,"name":`.
#ifndef TRT_HTTP_FRAMEWORK_JSON_KEYS_H
#define TRT_HTTP_FRAMEWORK_JSON_KEYS_H

#include <tmlrt/abi/meta.h>
#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include <stdbool.h>

#include "rt/base/arena.h"

typedef struct trt_json_keys_slot {
    const tmlrt_meta_schema* schema; ///< NULL: free
    const tmlrt_slice* texts;        ///< one per field
} trt_json_keys_slot;

/// trt_json_keys finds a struct's keys by the address of its schema.
/// Thread:  any, after the last add.
typedef struct trt_json_keys {
    trt_arena arena; ///< slots and texts
    trt_json_keys_slot* slots;
    uint32_t mask; ///< of the slots, at most half of them in use
} trt_json_keys;

/// trt_json_keys_init makes room for `num` schemas.   Errors: NOMEM - `out` is all-zero.
TMLRT_NODISCARD tmlrt_status trt_json_keys_init(trt_json_keys* out, uint32_t num);
/// trt_json_keys_add makes the keys of a schema.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_json_keys_add(trt_json_keys* keys,
                                               const tmlrt_meta_schema* schema);
/// trt_json_keys_fini frees; all-zero is fine.
void trt_json_keys_fini(trt_json_keys* keys);

/// trt_json_keys_slot_of returns the slot of a schema, or the free one where it belongs.
static inline trt_json_keys_slot* trt_json_keys_slot_of(const trt_json_keys* keys,
                                                        const tmlrt_meta_schema* schema) {
    uint32_t at = (uint32_t)((uintptr_t)schema >> 4) * 0x9E3779B1u >> 7;
    while (keys->slots[at &= keys->mask].schema != schema && keys->slots[at].schema != NULL) {
        at++;
    }
    return &keys->slots[at];
}
/// trt_json_keys_find returns the keys of a schema's fields in order, NULL when it was not added.
static inline const tmlrt_slice* trt_json_keys_find(const trt_json_keys* keys,
                                                    const tmlrt_meta_schema* schema) {
    return keys != NULL ? trt_json_keys_slot_of(keys, schema)->texts : NULL;
}

#endif
