// SPDX-License-Identifier: Apache-2.0
// Nearest names, by the number of edits (optimal string alignment). Pure.
#include "std/http/framework/registry/suggest.h"

#include <string.h>

enum { MAX_LEN = 40 };

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/// Edits from `a` to `b`: three rows of the usual table, the last one being what is asked for.
static uint32_t distance(const char* a, size_t a_len, const char* b, size_t b_len) {
    uint32_t rows[3][MAX_LEN + 1];
    for (uint32_t k = 0; k <= b_len; k++) {
        rows[0][k] = k;
    }
    for (uint32_t i = 1; i <= a_len; i++) {
        uint32_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (uint32_t k = 1; k <= b_len; k++) {
            row[k] = least(least(row[k - 1], above[k]) + 1, above[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                row[k] = least(row[k], before[k - 2] + 1);
            }
        }
    }
    return rows[a_len % 3][b_len];
}

uint32_t trt_suggest(const char* text, size_t len, trt_suggest_name names, void* source) {
    uint32_t found = UINT32_MAX, fewest = (uint32_t)len / 3 + 1;
    const char* name;
    for (uint32_t i = 0; len <= MAX_LEN && (name = names(source, i)) != NULL; i++) {
        size_t name_len = strlen(name);
        size_t apart = name_len > len ? name_len - len : len - name_len;
        if (name_len <= MAX_LEN && apart < fewest) { // there are at least as many edits
            uint32_t edits = distance(text, len, name, name_len);
            if (edits < fewest) {
                fewest = edits;
                found = i;
            }
        }
    }
    return found;
}
