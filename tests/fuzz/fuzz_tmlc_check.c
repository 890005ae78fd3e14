// SPDX-License-Identifier: Apache-2.0
// Fuzz target: TML source through the checker. Any bytes end in a typed tree or in errors.
#include "codegen-hooks/tmlc/check.h"
#include "tests/fuzz/tmlc_source.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    tmlc_input in;
    tmlc_input_init(&in);
    tmlc_load_text(&in.prog, "fuzz", (const char*)data, (uint32_t)size);
    if (in.files.num_errors == 0) {
        tmlc_check(&in.prog);
    }
    tmlc_input_fini(&in);
    return 0;
}
