// SPDX-License-Identifier: Apache-2.0
// Names of the dependency graph, by hash: open addressing. One thread, at start.
#include "std/http/framework/di/index.h"

#include "rt/base/alloc.h"
#include "std/http/framework/registry/names.h"

#include <string.h>

tmlrt_status trt_di_index_init(trt_di_index* out, uint32_t num) {
    uint32_t cap = 8;
    while (cap / 2 < num) {
        cap *= 2;
    }
    *out = (trt_di_index){.entries = trt_alloc_zero(cap * sizeof *out->entries), .mask = cap - 1};
    return out->entries != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
}

static trt_di_entry* find(const trt_di_index* index, const char* name, uint32_t hash) {
    for (uint32_t at = hash & index->mask;; at = (at + 1) & index->mask) {
        trt_di_entry* entry = &index->entries[at];
        if (entry->name == NULL || entry->name == name ||
            (entry->hash == hash && strcmp(entry->name, name) == 0)) {
            return entry;
        }
    }
}

uint32_t* trt_di_index_put(trt_di_index* index, const char* name) {
    uint32_t hash = trt_name_hash(name, 0);
    trt_di_entry* entry = find(index, name, hash);
    if (entry->name == NULL) {
        *entry = (trt_di_entry){name, UINT32_MAX, hash};
        index->num++;
    }
    return &entry->value;
}

uint32_t trt_di_index_get(const trt_di_index* index, const char* name) {
    if (index->entries == NULL) {
        return UINT32_MAX;
    }
    const trt_di_entry* entry = find(index, name, trt_name_hash(name, 0));
    return entry->name != NULL ? entry->value : UINT32_MAX;
}

void trt_di_index_fini(trt_di_index* index) {
    trt_free(index->entries, ((size_t)index->mask + 1) * sizeof *index->entries);
    *index = (trt_di_index){0};
}
