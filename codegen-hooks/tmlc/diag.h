// SPDX-License-Identifier: Apache-2.0
// Source files and what is wrong with them.
//
// Errors are collected while a stage goes on, and printed together: place, message, the line with
// the piece underlined, what was expected, a remedy. At most TMLC_MAX_ERRORS are printed, and one
// per line of source from the parser, so that one mistake does not bury itself.
#ifndef TMLC_DIAG_H
#define TMLC_DIAG_H

#include "codegen-hooks/tmlc/base.h"

#include <stdio.h>

#define TMLC_MAX_ERRORS  20
#define TMLC_MAX_REPEATS 2           ///< of one message about what is missing
#define TMLC_MAX_SOURCE  (16U << 20) ///< bytes of one source file
#define TMLC_MAX_DEPTH   200         ///< nesting of expressions, types, patterns and blocks

/// tmlc_source is one file: `path` to open it, `name` as messages and debug info write it.
typedef struct tmlc_source {
    const char *path, *name, *text;
    uint32_t len, num_lines;
    uint32_t* lines; ///< where each begins
} tmlc_source;

/// tmlc_diag is one error. `expected` and `help` may be NULL; `note` is a second place.
typedef struct tmlc_diag {
    tmlc_span span, note_span;
    const char *message, *expected, *help, *note;
    bool is_warning;
} tmlc_diag;

/// tmlc_files is every source of a compilation and its errors.
typedef struct tmlc_files {
    tmlc_arena* arena;
    TMLC_LIST(tmlc_source) sources;
    TMLC_LIST(tmlc_diag*) diags;
    uint32_t num_errors;
} tmlc_files;

/// tmlc_files_add keeps a source whose text is in memory (copied). Returns its number.
uint32_t tmlc_files_add(tmlc_files* files, const char* path, const char* name, const char* text,
                        uint32_t len);

/// tmlc_files_read reads a file. Errors: returns false and writes why to `out_reason`.
bool tmlc_files_read(tmlc_files* files, uint32_t* out_file, const char** out_reason,
                     const char* path, const char* name);

/// tmlc_source_is_text returns true for UTF-8 without NUL and writes where it begins, behind a byte
/// order mark; else it writes where it is none.
bool tmlc_source_is_text(const tmlc_source* source, uint32_t* out_at);

/// tmlc_line returns the line of a place, from 1, and writes its column, from 1.
uint32_t tmlc_line(const tmlc_files* files, tmlc_span span, uint32_t* out_column);

/// tmlc_error adds an error. The result is never NULL: set `expected`, `help` or `note` in it.
tmlc_diag* tmlc_error(tmlc_files* files, tmlc_span span, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

/// tmlc_warning is tmlc_error for what compiles all the same.
tmlc_diag* tmlc_warning(tmlc_files* files, tmlc_span span, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

/// tmlc_diags_print writes all errors in the order of their places, then how many were left out.
void tmlc_diags_print(const tmlc_files* files, FILE* out);

/// tmlc_closest returns the candidate that looks most like `name` (edit distance at most a third of
/// it), NULL when none does. Call it once per candidate with the best so far.
const char* tmlc_closest(const char* name, const char* best, const char* candidate);

#endif
