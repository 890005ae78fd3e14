// SPDX-License-Identifier: Apache-2.0
// What one call of tmlc is asked to do.
#ifndef TMLC_BUILD_H
#define TMLC_BUILD_H

#include "codegen-hooks/tool/tool.h"

#include <stdint.h>

#define TMLC_MAX_PARTS 64      ///< LLVM modules of one program
#define TMLC_MAX_SEEDS 1000000 ///< runs of one test program

typedef enum { EMIT_PROGRAM, EMIT_AST, EMIT_IR, EMIT_LOWERED, EMIT_OBJECT } emit_kind;

typedef struct tmlc_options {
    const char *command, *input, *opt;
    emit_kind emit;
    uint32_t num_parts; ///< --modules
    uint32_t num_seeds; ///< --seeds of `test`; 0: run it once, without
    tool_link_options link;
    char** program_args; ///< behind "--"
    int num_program_args;
} tmlc_options;

/// tmlc_build does it. Returns the exit code; errors were printed.
int tmlc_build(tmlc_options* o);

#endif
