// SPDX-License-Identifier: Apache-2.0
// Names of the program: a hash table by name and tag, and how far two spellings are apart. Pure;
// at start.
#include "std/http/framework/registry/names.h"

#include "rt/base/bytes.h"

#include <stdalign.h>
#include <string.h>

struct trt_name_entry {
    const char* name;
    const void* value;
    uint32_t hash, tag;
};

static uint32_t hash_name(const char* name, uint32_t tag) {
    uint32_t hash = 2166136261u ^ tag;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    return hash ^ hash >> 15;
}

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
    uint32_t hash = hash_name(name, tag);
    struct trt_name_entry* entry = find(map, name, hash, tag);
    if (entry->name == NULL) {
        *entry = (struct trt_name_entry){name, value, hash, tag};
    }
}

const void* trt_name_map_get(const trt_name_map* map, const char* name, uint32_t tag) {
    return map->entries != NULL ? find(map, name, hash_name(name, tag), tag)->value : NULL;
}

static uint8_t lower(char c) {
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

uint32_t trt_name_distance(const char* a, const char* b) {
    enum { MAX = 48 };
    size_t len_a = strlen(a), len_b = strlen(b);
    uint8_t row[MAX + 1];
    if (len_a > MAX || len_b > MAX) {
        return 255;
    }
    for (size_t k = 0; k <= len_b; k++) {
        row[k] = (uint8_t)k;
    }
    for (size_t i = 1; i <= len_a; i++) {
        uint8_t diagonal = row[0];
        row[0] = (uint8_t)i;
        for (size_t k = 1; k <= len_b; k++) {
            uint32_t best = diagonal + (lower(a[i - 1]) != lower(b[k - 1]));
            best = row[k] + 1u < best ? row[k] + 1u : best;
            best = row[k - 1] + 1u < best ? row[k - 1] + 1u : best;
            diagonal = row[k];
            row[k] = (uint8_t)best;
        }
    }
    return row[len_b];
}
