// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets of tmlc share: one compilation over the bytes of an input.
//
// The prelude is parsed once per process: every input begins with a copy of the program as it is
// then. Nothing later changes the prelude's tree; lists that grow are copied by their first growth.
#ifndef TESTS_FUZZ_TMLC_SOURCE_H
#define TESTS_FUZZ_TMLC_SOURCE_H

#include "codegen-hooks/tmlc/load.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

typedef struct {
    tmlc_arena arena;
    tmlc_files files;
    tmlc_names names;
    program prog;
} tmlc_input;

static inline void tmlc_input_connect(tmlc_input* in) {
    in->files.arena = in->names.arena = in->prog.arena = &in->arena;
    in->prog.files = &in->files;
    in->prog.names = &in->names;
}

static inline void tmlc_input_init(tmlc_input* in) {
    static tmlc_input s_prelude;
    if (s_prelude.prog.modules.len == 0) {
        tmlc_input_connect(&s_prelude);
        tmlc_load_prelude(&s_prelude.prog);
    }
    *in = s_prelude;
    in->arena = (tmlc_arena){0};
    tmlc_input_connect(in);
    size_t bytes = in->names.cap * sizeof *in->names.slots;
    in->names.slots = memcpy(tmlc_alloc(&in->arena, bytes), s_prelude.names.slots, bytes);
    in->files.sources.cap = in->files.sources.len;
    in->prog.modules.cap = in->prog.modules.len;
    in->prog.impls.cap = in->prog.impls.len;
    in->prog.impl_modules.cap = in->prog.impl_modules.len;
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
