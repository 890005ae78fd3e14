// SPDX-License-Identifier: Apache-2.0
// Shapes of structs. An open table by schema, at most half full (the one before a larger one stays
// in the arena that holds everything); filled at start by one thread, read by all workers. A reader
// that meets a schema which is not there makes its shape in the request's arena.
#include "std/http/framework/value/json_keys.h"

#include "rt/base/bytes.h"
#include "std/http/framework/registry/registry.h"
#include "std/http/framework/registry/suggest.h"
#include "std/http/framework/value/json_write.h"
#include "std/http/framework/value/value.h"

#include <stdalign.h>
#include <string.h>

/// Makes a table of `num_slots`, a power of two, with what is in the old one.
static tmlrt_status make_slots(trt_json_keys* keys, uint64_t num_slots) {
    trt_json_keys old = *keys;
    size_t size = (size_t)num_slots * sizeof *keys->slots;
    trt_json_shape* slots = trt_arena_alloc(&keys->arena, size, alignof(trt_json_shape));
    if (slots == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(slots, 0, size);
    keys->slots = slots;
    keys->mask = (uint32_t)(num_slots - 1);
    for (uint32_t i = 0; old.slots != NULL && i <= old.mask; i++) {
        if (old.slots[i].schema != NULL) {
            *trt_json_keys_slot_of(keys, old.slots[i].schema) = old.slots[i];
        }
    }
    return TMLRT_OK;
}

tmlrt_status trt_json_keys_init(trt_json_keys* out, uint32_t num) {
    uint64_t num_slots = 2;
    while (num_slots < (uint64_t)num * 2) {
        num_slots *= 2;
    }
    *out = (trt_json_keys){0};
    return make_slots(out, num_slots);
}

tmlrt_status trt_json_keys_add(trt_json_keys* keys, const tmlrt_meta_schema* schema) {
    if (trt_json_keys_find(keys, schema) != NULL) {
        return TMLRT_OK;
    }
    if (keys->num >= (keys->mask + 1) / 2) {
        TRT_TRY(make_slots(keys, ((uint64_t)keys->mask + 1) * 2));
    }
    TRT_TRY(trt_json_shape_make(trt_json_keys_slot_of(keys, schema), &keys->arena, schema));
    keys->num++;
    return TMLRT_OK;
}

tmlrt_status trt_json_keys_add_types(trt_json_keys* keys, const tmlrt_meta_type* type) {
    const tmlrt_meta_type* inner = type->ref;
    if (type->kind == TMLRT_TYPE_LIST || type->kind == TMLRT_TYPE_MAYBE) {
        return trt_json_keys_add_types(keys, inner);
    }
    if (type->kind == TMLRT_TYPE_OUTCOME) {
        TRT_TRY(trt_json_keys_add_types(keys, &inner[0]));
        return trt_json_keys_add_types(keys, &inner[1]);
    }
    if (type->kind != TMLRT_TYPE_STRUCT || trt_json_keys_find(keys, type->ref) != NULL) {
        return TMLRT_OK; // a struct that holds itself ends here
    }
    const tmlrt_meta_schema* schema = type->ref;
    TRT_TRY(trt_json_keys_add(keys, schema));
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        TRT_TRY(trt_json_keys_add_types(keys, field->type));
    }
    return TMLRT_OK;
}

void trt_json_keys_fini(trt_json_keys* keys) {
    trt_arena_fini(&keys->arena);
    *keys = (trt_json_keys){0};
}

// ---- one shape -------------------------------------------------------------------------------

/// Up to 16 bytes of a key and its length decide; longer keys differ at their ends, or are
/// compared.
static inline uint32_t hash(const char* key, size_t len) {
    uint64_t head = 0, tail = 0;
    if (len >= 8) {
        head = trt_bytes_load8(key);
        tail = trt_bytes_load8(key + len - 8);
    } else if (len >= 4) {
        head = trt_bytes_load4(key);
        tail = trt_bytes_load4(key + len - 4);
    } else if (len != 0) {
        head = (uint64_t)(unsigned char)key[0] | (uint64_t)(unsigned char)key[len / 2] << 8 |
               (uint64_t)(unsigned char)key[len - 1] << 16;
    }
    uint64_t mixed = (head ^ len) * 0x9E3779B97F4A7C15u ^ tail;
    return (uint32_t)(mixed * 0xD6E8FEB86659FD93u >> 32);
}

uint32_t trt_json_shape_find(const trt_json_shape* shape, const char* key, size_t len) {
    for (uint32_t at = hash(key, len);; at++) {
        uint32_t entry = shape->index[at &= shape->mask];
        if (entry == 0) {
            return TRT_JSON_NO_FIELD;
        }
        const trt_json_field* field = &shape->fields[entry - 1];
        if (field->key_len == len && trt_bytes_equal(field->key, key, len)) {
            return entry - 1;
        }
    }
}

static tmlrt_status make_text(trt_json_field* field, trt_arena* arena, char before) {
    trt_json_writer writer = {.arena = arena};
    trt_json_put_key(&writer, before, field->slot);
    TRT_TRY(trt_json_finish(&writer, &field->text));
    if (trt_arena_fit(arena, TRT_JSON_TEXT_SPAN, 1) == NULL) { // so that it may be read behind it
        char* moved = trt_arena_alloc(arena, (size_t)field->text.len + TRT_JSON_TEXT_SPAN, 1);
        if (moved == NULL) {
            return TMLRT_E_NOMEM;
        }
        trt_bytes_copy(moved, field->text.data, (size_t)field->text.len);
        field->text.data = moved;
    }
    return TMLRT_OK;
}

tmlrt_status trt_json_shape_make(trt_json_shape* out, trt_arena* arena,
                                 const tmlrt_meta_schema* schema) {
    uint32_t num = schema->fields.count, num_index = 2, written = 0;
    while (num_index < (uint64_t)num * 2) {
        num_index *= 2;
    }
    trt_json_field* fields =
        trt_arena_alloc(arena, (size_t)num * sizeof *fields, alignof(trt_json_field));
    uint32_t* index = trt_arena_alloc(arena, num_index * sizeof *index, alignof(uint32_t));
    if (fields == NULL || index == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(index, 0, num_index * sizeof *index);
    for (uint32_t i = 0; i < num; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&schema->fields, i);
        const char* key = trt_slot_key(slot);
        fields[i] = (trt_json_field){.key = key,
                                     .type = slot->type,
                                     .slot = slot,
                                     .key_len = (uint32_t)strlen(key),
                                     .offset = slot->offset,
                                     .excluded = trt_slot_deco(slot, "Exclude") != NULL};
        TRT_TRY(make_text(&fields[i], arena, fields[i].excluded || written++ != 0 ? ',' : '{'));
        uint32_t at = hash(key, fields[i].key_len);
        while (index[at &= num_index - 1] != 0) {
            at++;
        }
        index[at] = i + 1;
    }
    *out = (trt_json_shape){schema, fields, index, num, num_index - 1};
    return TMLRT_OK;
}

static const char* name_at(void* source, uint32_t index) {
    const trt_json_shape* shape = source;
    return index < shape->num ? shape->fields[index].key : NULL;
}

const char* trt_json_shape_nearest(const trt_json_shape* shape, const char* key, size_t len) {
    uint32_t index = trt_suggest(key, len, name_at, (void*)(uintptr_t)shape);
    return index != UINT32_MAX ? shape->fields[index].key : NULL;
}
