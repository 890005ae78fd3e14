// SPDX-License-Identifier: Apache-2.0
// Source files in memory, and where their lines begin.
#include "codegen-hooks/tmlc/diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void find_lines(tmlc_files* files, tmlc_source* source) {
    uint32_t num = 1;
    for (uint32_t i = 0; i < source->len; i++) {
        num += source->text[i] == '\n';
    }
    source->lines = tmlc_alloc(files->arena, num * sizeof *source->lines);
    source->num_lines = 1;
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
