// SPDX-License-Identifier: Apache-2.0
// tmlcg dump: the decorator records of an object, executable or shared library.
#include "codegen-hooks/tool/dump.h"
#include "codegen-hooks/tool/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/// Reads a whole file; NULL after printing why not.
static uint8_t* read_file(const char* path, size_t* out_len) {
    FILE* in = fopen(path, "rb");
    uint8_t* bytes = NULL;
    size_t len = 0, cap = 0;
    while (in != NULL && !feof(in) && !ferror(in)) {
        if (len == cap) {
            cap = cap == 0 ? 1 << 16 : cap * 2;
            uint8_t* grown = realloc(bytes, cap);
            if (grown == NULL) {
                errno = ENOMEM;
                break;
            }
            bytes = grown;
        }
        len += fread(bytes + len, 1, cap - len, in);
    }
    bool ok = in != NULL && feof(in);
    if (!ok) {
        tool_error("%s: %s", path, strerror(errno));
        free(bytes);
        bytes = NULL;
    }
    if (in != NULL) {
        fclose(in);
    }
    *out_len = len;
    return bytes;
}

int tool_dump_command(int argc, char** argv) {
    if (argc != 2) {
        tool_error("dump: expected one file");
        return 2;
    }
    size_t len;
    uint8_t* bytes = read_file(argv[1], &len);
    if (bytes == NULL) {
        return 1;
    }
    uint32_t errors = dump_records(bytes, len, argv[1], stdout, stderr);
    free(bytes);
    if (fflush(stdout) != 0) {
        return tool_error("cannot write: %s", strerror(errno));
    }
    return errors == 0 ? 0 : 1;
}
