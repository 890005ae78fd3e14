// SPDX-License-Identifier: Apache-2.0
// What the command lines of tmlcg and tmlc have in common.
#include "codegen-hooks/tool/tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int tool_error(const char* format, ...) {
    va_list args;
    fprintf(stderr, "%s: error: ", tool_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return 1;
}

bool tool_wants_help(int argc, char** argv) {
    return argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}
