// SPDX-License-Identifier: Apache-2.0
// Nearest names, by the number of edits (optimal string alignment). Pure, but for what a start may
// spend on its errors.
#include "std/http/framework/registry/suggest.h"

#include <string.h>

enum { MAX_LEN = 40 };

/// A text, as a bit per place of every byte that is in it.
typedef struct wanted {
    uint64_t places[256];
    uint64_t last; ///< the bit of its last byte
    uint32_t len;
} wanted;

static void wanted_init(wanted* out, const char* text, size_t len) {
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < len; i++) {
        out->places[(unsigned char)text[i]] |= 1ull << i;
    }
    out->last = len != 0 ? 1ull << (len - 1) : 0;
    out->len = (uint32_t)len;
}

/// Edits from the text to `name`, or `enough` when there are as many: a column of the usual table
/// at a time, as the bits where it grows and where it falls; each byte that is left takes away one
/// edit at most.   Source: Hyyro 2003, "A Bit-Vector Algorithm for Computing Levenshtein and
/// Damerau Edit Distances".
static uint32_t distance(const wanted* text, const char* name, size_t len, uint32_t enough) {
    uint64_t grows = ~0ull, falls = 0, same = 0, before = 0;
    uint32_t edits = text->len;
    for (size_t i = 0; i < len; i++) {
        uint64_t places = text->places[(unsigned char)name[i]];
        uint64_t swapped = ((~same & places) << 1) & before;
        same = (((places & grows) + grows) ^ grows) | places | falls | swapped;
        uint64_t right = falls | ~(same | grows), left = same & grows;
        edits += (right & text->last) != 0;
        edits -= (left & text->last) != 0;
        right = right << 1 | 1;
        if (edits >= enough + (len - 1 - i)) {
            return enough;
        }
        falls = right & same;
        grows = left << 1 | ~(same | right);
        before = places;
    }
    return edits;
}

uint32_t trt_suggest(const char* text, size_t len, trt_suggest_name names, void* source) {
    uint32_t found = UINT32_MAX, fewest = (uint32_t)len / 3 + 1;
    const char* name;
    wanted want;
    wanted_init(&want, text, len <= MAX_LEN ? len : 0);
    for (uint32_t i = 0; len <= MAX_LEN && (name = names(source, i)) != NULL; i++) {
        size_t name_len = strlen(name);
        size_t apart = name_len > len ? name_len - len : len - name_len;
        if (name_len <= MAX_LEN && apart < fewest) { // there are at least as many edits
            uint32_t edits = distance(&want, name, name_len, fewest);
            if (edits < fewest) {
                fewest = edits;
                found = i;
            }
        }
    }
    return found;
}

uint32_t trt_suggest_for(trt_diags* diags, const char* text, trt_suggest_name names, void* source,
                         uint32_t num) {
    size_t len = strlen(text);
    uint64_t cost = (uint64_t)num * (len + 8);
    if (diags->num == TRT_DIAG_MAX || cost > TRT_DIAG_SEARCH - diags->searched) {
        return UINT32_MAX;
    }
    diags->searched += cost;
    return trt_suggest(text, len, names, source);
}
