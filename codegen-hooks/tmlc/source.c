// SPDX-License-Identifier: Apache-2.0
// Source files in memory, and where their lines begin.
#include "codegen-hooks/tmlc/diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/// A byte order mark is no part of the first line.
static uint32_t mark_len(const tmlc_source* source) {
    return source->len >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/// The length of the UTF-8 character at `at`; 0: it is none, or NUL.
static uint32_t char_len(const tmlc_source* source, uint32_t at) {
    const unsigned char* s = (const unsigned char*)source->text + at;
    uint32_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (s[0] == 0 || s[0] > 0xf4 || len == 0 || source->len - at < len) {
        return 0;
    }
    for (uint32_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool is_long = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool is_surrogate = s[0] == 0xed && s[1] > 0x9f;
    return is_long || is_surrogate || (s[0] == 0xf4 && s[1] > 0x8f) ? 0 : len;
}

bool tmlc_source_is_text(const tmlc_source* source, uint32_t* out_at) {
    for (uint32_t at = 0, len; at < source->len; at += len) {
        if ((len = char_len(source, at)) == 0) {
            *out_at = at;
            return false;
        }
    }
    *out_at = mark_len(source);
    return true;
}

static void find_lines(tmlc_files* files, tmlc_source* source) {
    uint32_t num = 1;
    for (uint32_t i = 0; i < source->len; i++) {
        num += source->text[i] == '\n';
    }
    source->lines = tmlc_alloc(files->arena, num * sizeof *source->lines);
    source->num_lines = 1;
    source->lines[0] = mark_len(source);
    for (uint32_t i = 0; i < source->len; i++) {
        if (source->text[i] == '\n') {
            source->lines[source->num_lines++] = i + 1;
        }
    }
}

uint32_t tmlc_files_add(tmlc_files* files, const char* path, const char* name, const char* text,
                        uint32_t len) {
    char* copy = tmlc_alloc(files->arena, (size_t)len + 1);
    if (len > 0) {
        memcpy(copy, text, len);
    }
    tmlc_source source = {.path = tmlc_format(files->arena, "%s", path),
                          .name = tmlc_format(files->arena, "%s", name),
                          .text = copy,
                          .len = len};
    find_lines(files, &source);
    TMLC_PUSH(files->arena, &files->sources, source);
    return files->sources.len - 1;
}

bool tmlc_files_read(tmlc_files* files, uint32_t* out_file, const char** out_reason,
                     const char* path, const char* name) {
    FILE* file = fopen(path, "rb");
    if (file == NULL) {
        *out_reason = strerror(errno);
        return false;
    }
    size_t cap = 1 << 16, len = 0, got;
    char* text = malloc(cap);
    while (text != NULL && (got = fread(text + len, 1, cap - len, file)) > 0) {
        len += got;
        if (len == cap) {
            char* grown = len > TMLC_MAX_SOURCE ? NULL : realloc(text, cap *= 2);
            if (grown == NULL) {
                break;
            }
            text = grown;
        }
    }
    bool failed = ferror(file) != 0;
    *out_reason = failed ? strerror(errno) : "the file is larger than 16 MiB";
    fclose(file);
    bool ok = text != NULL && !failed && len <= TMLC_MAX_SOURCE;
    if (ok) {
        *out_file = tmlc_files_add(files, path, name, text, (uint32_t)len);
    }
    free(text);
    return ok;
}

uint32_t tmlc_line(const tmlc_files* files, tmlc_span span, uint32_t* out_column) {
    const tmlc_source* source = &files->sources.items[span.file];
    uint32_t low = 0, high = source->num_lines;
    while (high - low > 1) {
        uint32_t mid = (low + high) / 2;
        if (source->lines[mid] <= span.start) {
            low = mid;
        } else {
            high = mid;
        }
    }
    if (out_column != NULL) {
        *out_column = span.start - source->lines[low] + 1;
    }
    return low + 1;
}
