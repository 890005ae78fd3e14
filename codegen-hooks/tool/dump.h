// SPDX-License-Identifier: Apache-2.0
// Printing the decorator records of an ELF file; also called by a fuzz target.
#ifndef TMLCG_TOOL_DUMP_H
#define TMLCG_TOOL_DUMP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// dump_records prints every record of the file to `out`, and to `err` a line per thing that is
/// wrong, beginning with "tmlcg: error: <path>: ". Returns the number of errors. Any bytes are
/// fine.
uint32_t dump_records(const uint8_t* bytes, size_t len, const char* path, FILE* out, FILE* err);

#endif
