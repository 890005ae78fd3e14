// SPDX-License-Identifier: Apache-2.0
// The list of seeded bugs is the library's own (codegen-hooks/src/mutants.h); a program that links
// the ordinary library has none.
#include "tests/fuzz/lowering/mutants.h"

#ifdef TMLCG_MUTANTS
#include "codegen-hooks/src/mutants.h"

int tcg_mutant = -1;

static const char* const names[] = {
#define MUTANT_NAME(name, text) text,
    TCG_MUTANTS(MUTANT_NAME)
#undef MUTANT_NAME
};

int mutants_count(void) {
    return TCG_MUTANT_COUNT;
}

const char* mutants_name(int index) {
    return names[index];
}

void mutants_select(int index) {
    tcg_mutant = index;
}
#else
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
#endif
