// SPDX-License-Identifier: Apache-2.0
// The keys of every schema as they stand in an answer, quoted and escaped once, at start.
#ifndef TRT_HTTP_FRAMEWORK_JSON_KEYS_H
#define TRT_HTTP_FRAMEWORK_JSON_KEYS_H

#include <tmlrt/abi/slice.h>

#include "rt/base/arena.h"
#include "std/http/framework/registry.h"

typedef struct trt_json_keys_entry {
    const tmlrt_meta_schema* schema; ///< NULL: free
    const tmlrt_slice* keys;         ///< one per field: `{"id":`, then `,"name":`
} trt_json_keys_entry;

/// trt_json_keys is a table by the schema's address; all-zero is empty. Immutable after start.
typedef struct trt_json_keys {
    trt_json_keys_entry* entries;
    uint32_t mask;
    trt_arena arena;
} trt_json_keys;

/// trt_json_keys_init writes the keys of every schema of the registry.
/// Errors:  NOMEM - `out` is all-zero.   Thread: init.
TMLRT_NODISCARD tmlrt_status trt_json_keys_init(trt_json_keys* out, const trt_registry* registry);
/// trt_json_keys_fini frees; all-zero is fine.
void trt_json_keys_fini(trt_json_keys* keys);

static inline uint32_t trt_json_keys_hash(const tmlrt_meta_schema* schema) {
    return (uint32_t)((uintptr_t)schema / 16 * 0x9E3779B1u);
}

/// trt_json_keys_find returns the keys of a schema, NULL when it has none here: no fields, or
/// another copy of the record than the registry kept.   Thread: any.   Cost: one probe, mostly.
static inline const tmlrt_slice* trt_json_keys_find(const trt_json_keys* keys,
                                                    const tmlrt_meta_schema* schema) {
    if (keys == NULL || keys->entries == NULL) {
        return NULL;
    }
    for (uint32_t at = trt_json_keys_hash(schema);; at++) {
        const trt_json_keys_entry* entry = &keys->entries[at & keys->mask];
        if (entry->schema == schema || entry->schema == NULL) {
            return entry->keys;
        }
    }
}

#endif
