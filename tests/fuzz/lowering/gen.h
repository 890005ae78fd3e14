// SPDX-License-Identifier: Apache-2.0
// Random programs for the lowering fuzzer. One seed gives one program in two forms: `sync` (plain
// IR, every marker replaced by what it means without suspension) and async (markers, to be
// lowered). Both forms make the same random choices, so they compute the same values and the same
// trace.
#ifndef TESTS_FUZZ_LOWERING_GEN_H
#define TESTS_FUZZ_LOWERING_GEN_H

#include <llvm-c/Core.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// GEN_FEATURES names what a program can contain; the long mode counts programs per feature.
#define GEN_FEATURES(X)                                                                            \
    X(LOOP, "loop with phis")                                                                      \
    X(IRREDUCIBLE, "irreducible loop")                                                             \
    X(IF, "branch with phis")                                                                      \
    X(SWITCH, "switch with phis")                                                                  \
    X(AGGREGATE, "aggregate by value")                                                             \
    X(BIG_AGGREGATE, "aggregate over 64 bytes")                                                    \
    X(AGG_ARG, "aggregate argument")                                                               \
    X(AGG_RET, "aggregate output")                                                                 \
    X(ARRAY, "array, dynamic index")                                                               \
    X(ESCAPE, "escaping address")                                                                  \
    X(ADDRESS, "address compared across an await")                                                 \
    X(LINK, "address stored in memory")                                                            \
    X(LATE_ALLOCA, "alloca outside of the entry block")                                            \
    X(LOOP_ALLOCA, "alloca in a loop")                                                             \
    X(BYVAL, "byval argument")                                                                     \
    X(BYVAL_KEPT, "byval argument read again by the caller")                                       \
    X(SRET, "sret output")                                                                         \
    X(SRET_EARLY, "sret storage used before the end")                                              \
    X(NESTED, "await of a function that awaits")                                                   \
    X(RECURSION, "direct recursion")                                                               \
    X(MUTUAL, "mutual recursion")                                                                  \
    X(SUSPEND, "leaf suspend")                                                                     \
    X(CONTEXT, "context")                                                                          \
    X(CLEANUP, "dropped with a cleanup")                                                           \
    X(SHARED_CLEANUP, "cleanup shared by suspensions")                                             \
    X(OBJECT, "object with a destructor")                                                          \
    X(OWNED, "owned argument")                                                                     \
    X(DROP_ARGS, "drop.args")                                                                      \
    X(DROP_OUTPUT, "drop.output")                                                                  \
    X(UNSTARTED, "owned arguments of an unstarted future dropped")                                 \
    X(ROOT_UNSTARTED, "root dropped before its first poll")                                        \
    X(OUTPUT_UNREAD, "output of a task that nobody reads")                                         \
    X(OUTPUT_UNUSED, "await whose output is not used")                                             \
    X(FUTURE, "future as a value")                                                                 \
    X(FUTURE_DROP, "future dropped unawaited")                                                     \
    X(FUTURE_MAYBE, "future awaited conditionally")                                                \
    X(DYN, "dyn pair")                                                                             \
    X(BOX, "box")                                                                                  \
    X(LEAF, "leaf written in C")                                                                   \
    X(SPAWN, "spawn")                                                                              \
    X(SPAWN_FUTURE, "spawn of a future value")                                                     \
    X(JOIN, "join")                                                                                \
    X(MANY, "join of several futures")                                                             \
    X(TRY_JOIN, "try_join")                                                                        \
    X(RACE, "race")                                                                                \
    X(SELECT, "select")                                                                            \
    X(COOP, "loop budget check")                                                                   \
    X(BLOCK_ON, "block_on in a sync function")                                                     \
    X(NARROW, "i1 i8 i16")                                                                         \
    X(I128, "i128")                                                                                \
    X(FLOAT, "float and double")                                                                   \
    X(POINTER, "pointer argument into the caller's frame")                                         \
    X(VOID_OUT, "void output")                                                                     \
    X(MULTI_RET, "several rets")                                                                   \
    X(PANIC, "panic path")                                                                         \
    X(PANIC_SUSPENDED, "panic after a suspension")                                                 \
    X(LIFETIME, "lifetime markers")                                                                \
    X(VOLATILE, "volatile")                                                                        \
    X(ATOMIC, "atomic on an alloca")                                                               \
    X(TLS, "thread-local address across an await")                                                 \
    X(DEBUG, "debug info")                                                                         \
    X(UNKNOWN_FRAME, "other module, frame size unknown")                                           \
    X(KNOWN_FRAME, "other module, frame attribute")                                                \
    X(WEAK, "weak linkage")

enum gen_feature {
#define GEN_FEATURE_ENUM(name, text) GEN_F_##name,
    GEN_FEATURES(GEN_FEATURE_ENUM)
#undef GEN_FEATURE_ENUM
        GEN_F_COUNT
};
_Static_assert(GEN_F_COUNT <= 64, "features are one bit each");

enum {
    GEN_MAX_MODULES = 2,
    GEN_MAX_STATEMENTS = 2048,
};

/// gen_program is what gen_emit returns. modules[1] is NULL unless the program has two modules;
/// then modules[0] imports functions of modules[1].
typedef struct gen_program {
    LLVMModuleRef modules[GEN_MAX_MODULES];
    uint64_t features;
    bool split;                              ///< two modules
    bool known_frames;                       ///< the importer wants "tmlrt.frame" on its declares
    uint64_t statements[GEN_MAX_STATEMENTS]; ///< ids for `skip`
    size_t num_statements;
} gen_program;

/// gen_options selects a program. `skip` leaves out statements by id (for reduction).
typedef struct gen_options {
    uint64_t seed;
    bool sync;
    const char* triple;
    const char* data_layout;
    const uint64_t* skip;
    size_t num_skip;
} gen_options;

/// gen_emit builds the program of `options` in `context`; its root is `i64 @root(i64, i64)`.
/// Owns: the modules are the caller's.
void gen_emit(LLVMContextRef context, const gen_options* options, gen_program* out_program);

/// gen_feature_name returns the words of GEN_FEATURES.
const char* gen_feature_name(int feature);

#endif
