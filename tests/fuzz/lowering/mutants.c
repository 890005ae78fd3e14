// SPDX-License-Identifier: Apache-2.0
// The list of seeded bugs is the library's own (codegen-hooks/src/mutants.h).
#include "tests/fuzz/lowering/mutants.h"

int mutants_count(void) {
    return 0;
}

const char* mutants_name(int index) {
    (void)index;
    return "";
}

void mutants_select(int index) {
    (void)index;
}
