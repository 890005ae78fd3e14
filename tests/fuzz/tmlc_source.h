// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets of tmlc share: one compilation over the bytes of an input.
#ifndef TESTS_FUZZ_TMLC_SOURCE_H
#define TESTS_FUZZ_TMLC_SOURCE_H

#include "codegen-hooks/tmlc/load.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

typedef struct {
    tmlc_arena arena;
    tmlc_files files;
    tmlc_names names;
    program prog;
} tmlc_input;

static inline void tmlc_input_init(tmlc_input* in) {
    *in = (tmlc_input){0};
    in->files.arena = in->names.arena = in->prog.arena = &in->arena;
    in->prog.files = &in->files;
    in->prog.names = &in->names;
}

/// tmlc_input_fini prints the errors, as a compilation would, and frees everything.
static inline void tmlc_input_fini(tmlc_input* in) {
    static FILE* s_null;
    if (s_null == NULL) {
        s_null = fopen("/dev/null", "w");
    }
    tmlc_diags_print(&in->files, s_null);
    tmlc_arena_fini(&in->arena);
}

#endif
