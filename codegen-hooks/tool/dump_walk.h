// SPDX-License-Identifier: Apache-2.0
// The walk of `tmlcg dump`: its state, checked reads of fields, and text of names, types and
// values.
#ifndef TMLCG_TOOL_DUMP_WALK_H
#define TMLCG_TOOL_DUMP_WALK_H

#include "codegen-hooks/tool/elf_file.h"

#include <stdio.h>
#include <tmlrt/abi/meta.h>

/// dump is one walk over a file.
typedef struct {
    elf_file file;
    const char* path;
    FILE *out, *err;
    uint32_t errors, depth;
    uint64_t rows, max_rows; ///< printed, and what a file of that size may have
    uint64_t text_len;       ///< bytes of strings printed
    char where[128];         ///< of the record being printed
    tmlrt_meta_table files;
    elf_place files_at;
} dump;

/// row is where a record lies and how much of it there is.
typedef struct {
    elf_place at;
    uint64_t len;
} row;

/// dump_fail prints one error line.
void dump_fail(dump* d, const char* format, ...) __attribute__((format(printf, 2, 3)));
/// dump_spend counts one row; false when there have been too many.
bool dump_spend(dump* d);
/// dump_copy copies what a row has of `size` bytes, the rest is 0. False when the file is shorter.
bool dump_copy(dump* d, row r, void* out, size_t size);
/// dump_follow reads the pointer at `offset` of a row; ELF_NULL when the row is too short.
elf_target dump_follow(dump* d, row r, size_t offset, elf_place* out, const char** out_symbol);
/// dump_text returns the string behind a pointer field, NULL when there is none or it is bad.
const char* dump_text(dump* d, row r, size_t offset, const char* what, bool required);
/// dump_plus returns a place `offset` bytes further.
elf_place dump_plus(elf_place at, uint64_t offset);

/// dump_put_text prints a string in quotes, `null` for NULL.
void dump_put_text(dump* d, const char* bytes);
/// dump_put_word prints a name without quotes.
void dump_put_word(dump* d, const char* bytes);
/// dump_put_name prints " label name" of what a pointer field points to, nothing when it is null.
void dump_put_name(dump* d, row r, size_t offset, const char* label);
/// dump_put_loc prints " file:line flags".
void dump_put_loc(dump* d, const tmlrt_meta_loc* loc);
/// dump_put_type prints the type a pointer field has.
void dump_put_type(dump* d, row r, size_t offset);
/// dump_put_value prints a tmlrt_meta_value.
void dump_put_value(dump* d, row r);

typedef void dump_row_fn(dump* d, row r, const char* indent, const char* word);

/// dump_table checks a table and writes where its rows begin. False when it is empty or bad.
bool dump_table(dump* d, row r, size_t offset, const tmlrt_meta_table* table, const char* what,
                elf_place* out);
/// dump_each prints every row of a table.
void dump_each(dump* d, row r, size_t offset, const tmlrt_meta_table* table, const char* what,
               dump_row_fn* print, const char* indent);

#endif
