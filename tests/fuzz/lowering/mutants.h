// SPDX-License-Identifier: Apache-2.0
// Seeded bugs of the splitter. Only the library built for this test has them (TMLCG_MUTANTS).
#ifndef TESTS_FUZZ_LOWERING_MUTANTS_H
#define TESTS_FUZZ_LOWERING_MUTANTS_H

/// mutants_count returns how many there are; 0 when the library was built without them.
int mutants_count(void);
/// mutants_name returns the name of one.
const char* mutants_name(int index);
/// mutants_select turns one on, and all others off; -1: none.
void mutants_select(int index);

#endif
