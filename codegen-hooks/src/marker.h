// SPDX-License-Identifier: Apache-2.0
// The markers of docs/abi/lowering.md as a table: shape and place of each.
#ifndef TCG_MARKER_H
#define TCG_MARKER_H

#include "codegen-hooks/src/context.h"

typedef enum tcg_marker_kind {
    TCG_MARKER_NONE, ///< not a marker
    TCG_MARKER_AWAIT,
    TCG_MARKER_BLOCK_ON,
    TCG_MARKER_DROPPED,
    TCG_MARKER_SUSPEND,
    TCG_MARKER_CONTEXT,
    TCG_MARKER_COOP,
    TCG_MARKER_FUTURE,
    TCG_MARKER_AWAIT_FUTURE,
    TCG_MARKER_DROP_FUTURE,
    TCG_MARKER_DESC,
    TCG_MARKER_BOX,
    TCG_MARKER_AWAIT_DYN,
    TCG_MARKER_DROP_DYN,
    TCG_MARKER_DROP_BOX,
    TCG_MARKER_BLOCK_ON_DYN,
    TCG_MARKER_SPAWN,
    TCG_MARKER_SPAWN_LOCAL,
    TCG_MARKER_SPAWN_FUTURE,
    TCG_MARKER_JOIN,
    TCG_MARKER_TRY_JOIN,
    TCG_MARKER_RACE,
    TCG_MARKER_SELECT,
    TCG_MARKER_UNKNOWN, ///< a call of an unknown tmlrt.* name, refused before anything is lowered
} tcg_marker_kind;

/// tcg_marker describes a marker called by name.
typedef struct tcg_marker {
    const char* name;
    /// 'p' pointer, 'f' async function, '*' the arguments of that function; behind '(' what every
    /// branch has: also 'd' async function or descriptor, 'b' i1, 'q' plain function i1 (ptr)
    const char* params;
    tcg_marker_kind kind;
    char ret;   ///< void i1 i32 ptr: 'v', 'b', 'i', 'p'
    char place; ///< 'a' async functions only, 's' others only, 'x' any
} tcg_marker;

/// tcg_marker_of returns the kind of an instruction: attribute or name.
tcg_marker_kind tcg_marker_of(LLVMValueRef instruction);
/// tcg_marker_named returns the table row of a function name, NULL when there is none.
const tcg_marker* tcg_marker_named(const char* name);
/// tcg_marker_nearest returns the marker name that is most like `name`.
const char* tcg_marker_nearest(const char* name);
/// tcg_marker_suspends returns true for await, await.future, await.dyn, suspend, coop, and what
/// awaits several futures.
bool tcg_marker_suspends(tcg_marker_kind kind);
/// tcg_marker_is_many returns true for join, try_join, race and select.
bool tcg_marker_is_many(tcg_marker_kind kind);
/// tcg_marker_names returns true when argument `index` of the marker names an async function.
bool tcg_marker_names(const tcg_marker* marker, uint32_t index);
/// tcg_marker_stride returns how many arguments a branch of join, try_join, race or select has.
uint32_t tcg_marker_stride(const tcg_marker* marker);

#endif
