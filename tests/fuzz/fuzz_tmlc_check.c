// SPDX-License-Identifier: Apache-2.0
// Fuzz target: TML source through the checker. Any bytes end in a typed tree or in errors.
#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/load.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static FILE* s_null;
    if (s_null == NULL) {
        s_null = fopen("/dev/null", "w");
    }
    tmlc_arena arena = {0};
    tmlc_files files = {.arena = &arena};
    tmlc_names names = {.arena = &arena};
    program prog = {.arena = &arena, .files = &files, .names = &names};
    tmlc_load_text(&prog, "fuzz", (const char*)data, (uint32_t)size);
    if (files.num_errors == 0) {
        tmlc_check(&prog);
    }
    tmlc_diags_print(&files, s_null);
    tmlc_arena_fini(&arena);
    return 0;
}
