// SPDX-License-Identifier: Apache-2.0
// Keys of structs. An open table, at most half full, over one arena that holds everything; filled
// at start by one thread, read by all workers.
#include "std/http/framework/json_keys.h"

#include "std/http/framework/json_write.h"
#include "std/http/framework/registry.h"

#include <stdalign.h>
#include <string.h>

tmlrt_status trt_json_keys_init(trt_json_keys* out, uint32_t num) {
    uint64_t num_slots = 2;
    while (num_slots < (uint64_t)num * 2) {
        num_slots *= 2;
    }
    *out = (trt_json_keys){.mask = (uint32_t)(num_slots - 1)};
    size_t size = (size_t)num_slots * sizeof *out->slots;
    out->slots = trt_arena_alloc(&out->arena, size, alignof(trt_json_keys_slot));
    if (out->slots == NULL) {
        *out = (trt_json_keys){0};
        return TMLRT_E_NOMEM;
    }
    memset(out->slots, 0, size);
    return TMLRT_OK;
}

tmlrt_status trt_json_keys_add(trt_json_keys* keys, const tmlrt_meta_schema* schema) {
    uint32_t num = schema->fields.count;
    trt_json_keys_slot* slot = trt_json_keys_slot_of(keys, schema);
    tmlrt_slice* texts = trt_arena_alloc(&keys->arena, num * sizeof *texts, alignof(tmlrt_slice));
    if (texts == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < num; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        trt_json_writer writer = {.arena = &keys->arena};
        trt_json_put_key(&writer, i == 0 ? '{' : ',', field);
        TRT_TRY(trt_json_finish(&writer, &texts[i]));
    }
    *slot = (trt_json_keys_slot){schema, texts};
    return TMLRT_OK;
}

void trt_json_keys_fini(trt_json_keys* keys) {
    trt_arena_fini(&keys->arena);
    *keys = (trt_json_keys){0};
}
