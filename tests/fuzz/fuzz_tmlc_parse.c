// SPDX-License-Identifier: Apache-2.0
// Fuzz target: TML source, any bytes. It is parsed, printed, and its errors are printed; nothing of
// it may crash or run away, and a source with an error node has an error.
#include "codegen-hooks/tmlc/ast.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/// The source has the words itself, in a string.
static int mentions(const uint8_t* data, size_t size) {
    return memmem(data, size, "error", 5) != NULL || memchr(data, '\\', size) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static FILE* s_null;
    if (s_null == NULL) {
        s_null = fopen("/dev/null", "w");
    }
    tmlc_arena arena = {0};
    tmlc_files files = {.arena = &arena};
    tmlc_names names = {.arena = &arena};
    uint32_t file = tmlc_files_add(&files, "fuzz", "fuzz", (const char*)data, (uint32_t)size);
    ast_module* module = tmlc_parse(&files, &names, file);
    char* text = NULL;
    size_t len = 0;
    FILE* out = open_memstream(&text, &len);
    tmlc_print_ast(module, out);
    fclose(out);
    if (files.num_errors == 0 && strstr(text, "<error>") != NULL && !mentions(data, size)) {
        abort();
    }
    free(text);
    tmlc_diags_print(&files, s_null);
    tmlc_arena_fini(&arena);
    return 0;
}
