// SPDX-License-Identifier: Apache-2.0
// Fuzz target: TML source, any bytes. It is parsed, printed, and its errors are printed; nothing of
// it may crash or run away, and a source with an error node has an error.
#include "tests/fuzz/tmlc_source.h"

#include <stdlib.h>
#include <string.h>

/// The source has the words itself, in a string.
static int mentions(const uint8_t* data, size_t size) {
    return memmem(data, size, "error", 5) != NULL || memchr(data, '\\', size) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    tmlc_input in;
    tmlc_input_init(&in);
    uint32_t file = tmlc_files_add(&in.files, "fuzz", "fuzz", (const char*)data, (uint32_t)size);
    ast_module* tree = tmlc_parse(&in.files, &in.names, file);
    char* text = NULL;
    size_t len = 0;
    FILE* out = open_memstream(&text, &len);
    tmlc_print_ast(tree, out);
    fclose(out);
    if (in.files.num_errors == 0 && strstr(text, "<error>") != NULL && !mentions(data, size)) {
        abort();
    }
    free(text);
    tmlc_input_fini(&in);
    return 0;
}
