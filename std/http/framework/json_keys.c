// SPDX-License-Identifier: Apache-2.0
// Keys of answers. An object's text is its keys, which never change, and its values: writing a key
// is then one copy, with no length to find and nothing to escape.
//
// The table is open-addressed, at most half full, so every probe ends. Called by app.c at start;
// read by json_write.c on any worker.
#include "std/http/framework/json_keys.h"

#include "rt/base/assert.h"
#include "std/http/framework/json_write.h"

#include <stdalign.h>
#include <string.h>

static tmlrt_status write_key(trt_json_keys* keys, tmlrt_slice* out, const tmlrt_meta_slot* field,
                              bool first) {
    trt_json_writer writer = {.arena = &keys->arena};
    const char* name = field->key != NULL ? field->key : field->name;
    trt_json_put(&writer, first ? "{" : ",", 1);
    trt_json_put_string(&writer, name, strlen(name));
    trt_json_put(&writer, ":", 1);
    return trt_json_finish(&writer, out);
}

static tmlrt_status add(trt_json_keys* keys, const tmlrt_meta_schema* schema) {
    if (schema->fields.count == 0) {
        return TMLRT_OK;
    }
    tmlrt_slice* texts =
        trt_arena_alloc(&keys->arena, schema->fields.count * sizeof *texts, alignof(tmlrt_slice));
    if (texts == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        TRT_TRY(write_key(keys, &texts[i], trt_meta_at(&schema->fields, i), i == 0));
    }
    uint32_t at = trt_json_keys_hash(schema);
    while (keys->entries[at & keys->mask].schema != NULL) {
        at++;
    }
    keys->entries[at & keys->mask] = (trt_json_keys_entry){schema, texts};
    return TMLRT_OK;
}

static tmlrt_status fill(trt_json_keys* keys, const trt_record_list* schemas) {
    uint32_t cap = 2;
    while (cap < schemas->num * 2) {
        cap *= 2;
    }
    size_t bytes = cap * sizeof *keys->entries;
    keys->entries = trt_arena_alloc(&keys->arena, bytes, alignof(trt_json_keys_entry));
    if (keys->entries == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(keys->entries, 0, bytes);
    keys->mask = cap - 1;
    for (uint32_t i = 0; i < schemas->num; i++) {
        TRT_TRY(add(keys, schemas->items[i].item));
    }
    return TMLRT_OK;
}

tmlrt_status trt_json_keys_init(trt_json_keys* out, const trt_registry* registry) {
    const trt_record_list* schemas = &registry->kinds[TMLRT_KIND_SCHEMA];
    tmlrt_status status = TMLRT_OK;
    *out = (trt_json_keys){0};
    if (schemas->num != 0) {
        trt_arena_init(&out->arena, 0);
        status = fill(out, schemas);
    }
    if (status != TMLRT_OK) {
        trt_json_keys_fini(out);
    }
    return status;
}

void trt_json_keys_fini(trt_json_keys* keys) {
    trt_arena_fini(&keys->arena);
    *keys = (trt_json_keys){0};
}
