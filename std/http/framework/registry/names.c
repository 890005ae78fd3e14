// SPDX-License-Identifier: Apache-2.0
// Names of the program: a hash table by name and tag. Pure; at start.
#include "std/http/framework/registry/names.h"

#include <stdalign.h>
#include <string.h>

struct trt_name_entry {
    const char* name;
    const void* value;
    uint32_t hash, tag;
};

tmlrt_status trt_name_map_init(trt_name_map* out, trt_arena* arena, uint32_t num) {
    uint32_t cap = 16;
    while (cap < num * 2) {
        cap *= 2;
    }
    size_t bytes = cap * sizeof *out->entries;
    out->entries = trt_arena_alloc(arena, bytes, alignof(struct trt_name_entry));
    if (out->entries == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(out->entries, 0, bytes);
    out->mask = cap - 1;
    return TMLRT_OK;
}

static struct trt_name_entry* find(const trt_name_map* map, const char* name, uint32_t hash,
                                   uint32_t tag) {
    for (uint32_t i = hash & map->mask;; i = (i + 1) & map->mask) {
        struct trt_name_entry* entry = &map->entries[i];
        if (entry->name == NULL ||
            (entry->hash == hash && entry->tag == tag && strcmp(entry->name, name) == 0)) {
            return entry;
        }
    }
}

void trt_name_map_put(trt_name_map* map, const char* name, uint32_t tag, const void* value) {
    uint32_t hash = trt_name_hash(name, tag);
    struct trt_name_entry* entry = find(map, name, hash, tag);
    if (entry->name == NULL) {
        *entry = (struct trt_name_entry){name, value, hash, tag};
    }
}

const void* trt_name_map_get(const trt_name_map* map, const char* name, uint32_t tag) {
    return map->entries != NULL ? find(map, name, trt_name_hash(name, tag), tag)->value : NULL;
}
