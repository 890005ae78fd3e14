// SPDX-License-Identifier: Apache-2.0
// Seeded bugs: TCG_MUTANT(NAME) is the constant false in the library. The lowering fuzzer builds
// the sources a second time with TMLCG_MUTANTS and turns one bug on at a time, to show that it
// finds it.
#ifndef TCG_MUTANTS_H
#define TCG_MUTANTS_H

#include <stdbool.h>

#define TCG_MUTANTS(X)                                                                             \
    X(SAVE_SKIPS_ONE, "one live value is not saved")                                               \
    X(RESTORE_SKIPS_ONE, "one live value is not restored")                                         \
    X(WRONG_RESUME, "two states resume at each other's await")                                     \
    X(WRONG_DROP, "a drop runs the next await's cleanup")                                          \
    X(NO_BACK_EDGE, "liveness ignores loop back-edges")                                            \
    X(NO_PHI_USE, "liveness ignores what phis read")                                               \
    X(ESCAPE_IGNORED, "an escaping alloca is not pinned")                                          \
    X(SLOTS_OVERLAP, "values live at once share a slot")                                           \
    X(CHILD_AREA_SMALL, "the child area is the last child's, not the largest's")                   \
    X(KEEPS_THREAD_LOCAL, "a thread-local address is saved, not recomputed")                       \
    X(NO_ARENA_POP, "an arena frame is not popped")                                                \
    X(POPS_TOO_MUCH, "an arena pop empties the arena")                                             \
    X(DROP_KEEPS_STATE, "a drop leaves the state as it was")                                       \
    X(CHILD_NOT_DROPPED, "the suspended child is not dropped")                                     \
    X(DROP_RESTORES_NOTHING, "a cleanup runs without the saved values")                            \
    X(NO_DONE, "completion does not mark the frame DONE")                                          \
    X(ARGS_NOT_DROPPED, "an unstarted future does not drop its arguments")                         \
    X(SRET_LOST, "a struct return is not alive until it is copied out")                            \
    X(BYVAL_SHARED, "a byval argument is the caller's memory")                                     \
    X(NOT_POISONED, "a poll does not poison the frame")                                            \
    X(POISON_IS_ALIVE, "a poisoned frame is dropped like a suspended one")                         \
    X(OUTPUT_KEPT, "an output that nobody reads is not destroyed")                                 \
    X(OUTPUT_LOST, "an output that came late is not read")                                         \
    X(BUDGET_FREE, "a loop check at budget zero goes on")                                          \
    X(ARENA_SHARED, "the branches of a join share the task's arena")                               \
    X(LOSER_KEPT, "what loses a race is not dropped")                                              \
    X(BRANCH_OUTPUT_KEPT, "the output of a branch that ended before a drop is not destroyed")

#ifdef TMLCG_MUTANTS
enum tcg_mutant_id {
#define TCG_MUTANT_ENUM(name, text) TCG_MUTANT_##name,
    TCG_MUTANTS(TCG_MUTANT_ENUM)
#undef TCG_MUTANT_ENUM
        TCG_MUTANT_COUNT
};
/// tcg_mutant is the bug that is on; -1: none.
extern int tcg_mutant;
#define TCG_MUTANT(name) (tcg_mutant == TCG_MUTANT_##name)
#else
#define TCG_MUTANT(name) false
#endif

#endif
