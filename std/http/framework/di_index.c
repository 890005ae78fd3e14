// SPDX-License-Identifier: Apache-2.0
// Names of the dependency graph: lookup by hash, and what a wrong name was meant to be.
//
// The nearest spelling is the name with the smallest edit distance (a swap of neighbours is one
// step), the alphabetically first of equals, so that a message does not depend on hashing. One
// thread, at start.
#include "std/http/framework/di_index.h"

#include "rt/base/alloc.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_NAME = 64 };

static uint32_t hash_name(const char* name) {
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    return hash ^ hash >> 15;
}

tmlrt_status trt_di_index_init(trt_di_index* out, uint32_t num) {
    uint32_t cap = 8;
    while (cap / 2 < num) {
        cap *= 2;
    }
    *out = (trt_di_index){.entries = trt_alloc_zero(cap * sizeof *out->entries), .mask = cap - 1};
    return out->entries != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
}

static trt_di_entry* find(const trt_di_index* index, const char* name) {
    for (uint32_t at = hash_name(name) & index->mask;; at = (at + 1) & index->mask) {
        trt_di_entry* entry = &index->entries[at];
        if (entry->name == NULL || entry->name == name || strcmp(entry->name, name) == 0) {
            return entry;
        }
    }
}

uint32_t* trt_di_index_put(trt_di_index* index, const char* name) {
    trt_di_entry* entry = find(index, name);
    if (entry->name == NULL) {
        *entry = (trt_di_entry){name, UINT32_MAX};
        index->num++;
    }
    return &entry->value;
}

uint32_t trt_di_index_get(const trt_di_index* index, const char* name) {
    if (index->entries == NULL) {
        return UINT32_MAX;
    }
    const trt_di_entry* entry = find(index, name);
    return entry->name != NULL ? entry->value : UINT32_MAX;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/// One cell of the table of distances; `rows` are the last two rows and the one being filled.
static uint32_t cell(uint32_t rows[3][MAX_NAME + 1], const char* a, const char* b, size_t i,
                     size_t j) {
    bool same = lower(a[i - 1]) == lower(b[j - 1]);
    uint32_t best = rows[1][j - 1] + (same ? 0 : 1);
    best = least(best, least(rows[1][j], rows[2][j - 1]) + 1);
    if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
        lower(a[i - 2]) == lower(b[j - 1])) {
        best = least(best, rows[0][j - 2] + 1);
    }
    return best;
}

uint32_t trt_di_distance(const char* a, const char* b, uint32_t limit) {
    size_t len_a = strlen(a), len_b = strlen(b);
    size_t apart = len_a < len_b ? len_b - len_a : len_a - len_b;
    uint32_t rows[3][MAX_NAME + 1];
    if (len_a > MAX_NAME || len_b > MAX_NAME || apart > limit) {
        return limit + 1;
    }
    memset(rows, 0, sizeof rows);
    for (uint32_t j = 0; j <= len_b; j++) {
        rows[2][j] = j;
    }
    for (size_t i = 1; i <= len_a; i++) {
        memmove(rows[0], rows[1], sizeof rows[0] * 2);
        rows[2][0] = (uint32_t)i;
        for (size_t j = 1; j <= len_b; j++) {
            rows[2][j] = cell(rows, a, b, i, j);
        }
    }
    return least(rows[2][len_b], limit + 1);
}

uint32_t trt_di_index_near(const trt_di_index* index, const char* name) {
    const trt_di_entry* best = NULL;
    uint32_t limit = (uint32_t)strlen(name) / 3;
    for (uint32_t i = 0; index->entries != NULL && i <= index->mask; i++) {
        const trt_di_entry* entry = &index->entries[i];
        if (entry->name == NULL) {
            continue;
        }
        uint32_t distance = trt_di_distance(name, entry->name, limit);
        if (distance < limit ||
            (distance == limit && (best == NULL || strcmp(entry->name, best->name) < 0))) {
            limit = distance;
            best = entry;
        }
    }
    return best != NULL ? best->value : UINT32_MAX;
}

void trt_di_index_fini(trt_di_index* index) {
    trt_free(index->entries, ((size_t)index->mask + 1) * sizeof *index->entries);
    *index = (trt_di_index){0};
}
