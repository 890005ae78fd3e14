// SPDX-License-Identifier: Apache-2.0
// What the lowering knows about one async function, one suspension and one value of a body.
#ifndef TCG_ASYNC_H
#define TCG_ASYNC_H

#include "codegen-hooks/src/context.h"
#include "codegen-hooks/src/marker.h"

/// tcg_arg is one argument of an async function (a struct return is not one).
typedef struct tcg_arg {
    LLVMTypeRef type;   ///< in registers; ptr for a byval argument
    LLVMTypeRef memory; ///< in an unstarted frame: the byval type, else `type`
    bool by_value;      ///< byval: the pointed-to bytes are the argument
    uint32_t param;     ///< index among the parameters of @f
    uint32_t align;     ///< in an unstarted frame
    uint64_t offset;    ///< in an unstarted frame
} tcg_arg;

/// tcg_async is one async function, defined or declared.
typedef struct tcg_async {
    LLVMValueRef fn; ///< @f
    const char* name;
    uint32_t index;
    bool is_defined;
    bool is_sized;      ///< size, align and hash are known: from the layout or "tmlrt.frame"
    bool in_registers;  ///< start returns {i32, T}
    LLVMTypeRef output; ///< T, void included
    uint32_t sret;      ///< index of the sret parameter, TCG_ABSENT without
    tcg_arg* args;
    uint32_t num_args;
    uint64_t args_len; ///< head and arguments of an unstarted frame, bytes
    uint64_t size, align;
    const char* hash;
    uint32_t scc;      ///< strongly connected component of the static await graph
    tcg_values awaits; ///< @g of each static await
    tcg_values embeds; ///< @g of each tmlrt.future
    LLVMTypeRef start_type, body_type;
    LLVMValueRef start, resume, poll, drop, body, desc;
    uint32_t num_states;
    uint32_t* state_lines; ///< NULL without debug info
    LLVMMetadataRef subprogram;
} tcg_async;

typedef enum tcg_suspend_kind {
    TCG_SUSPEND_PLAIN,
    TCG_SUSPEND_COOP,
    TCG_SUSPEND_AWAIT,  ///< static child in this frame
    TCG_SUSPEND_ARENA,  ///< child of the same await cycle: its frame comes from the arena
    TCG_SUSPEND_OPAQUE, ///< child of unknown size: arena, driven by its descriptor
    TCG_SUSPEND_FUTURE, ///< future value, driven by the entries of a known function
    TCG_SUSPEND_DYN,    ///< {frame, desc} pair
} tcg_suspend_kind;

/// tcg_suspend is one suspending marker of a body. After the split the marker is the last
/// instruction of `head` before its branch to `cont`.
typedef struct tcg_suspend {
    LLVMValueRef marker;
    tcg_suspend_kind kind;
    tcg_async* child;
    bool has_dropped;
    uint32_t state; ///< 1..
    LLVMMetadataRef location;
    LLVMBasicBlockRef head, cont, pend, resume, drop;
    LLVMValueRef operands[3]; ///< needed again at every later poll
    uint32_t num_operands;
    uint64_t* live;                ///< variables to save, a bit set
    LLVMValueRef result, out_slot; ///< what the code behind reads; what later polls write
} tcg_suspend;

typedef enum tcg_var_kind { TCG_VAR_VALUE, TCG_VAR_MEMORY } tcg_var_kind;

/// tcg_var is a value or a promotable alloca that may live across a suspension.
typedef struct tcg_var {
    tcg_var_kind kind;
    LLVMValueRef value;     ///< SSA value, or the alloca
    LLVMValueRef home;      ///< alloca that holds it between suspensions
    LLVMValueRef* operands; ///< of a recomputed value, as they were before any use was rewritten
    LLVMTypeRef type;
    LLVMBasicBlockRef block; ///< of the definition (VALUE)
    bool is_saved;
    bool is_recomputed; ///< live across a suspension, but computed again
    bool by_copy;       ///< moved with memcpy: not one scalar accessed as such
    uint32_t slot;      ///< alloca number (MEMORY)
    uint32_t align;
    uint64_t size, offset;
} tcg_var;

/// tcg_pin is one pinned alloca: lives in the frame for good.
typedef struct tcg_pin {
    LLVMValueRef address; ///< the getelementptr off the frame, offset filled in by the layout
    uint64_t size;
    uint32_t align;
} tcg_pin;

/// tcg_body is the state of lowering one async function with suspensions.
typedef struct tcg_body {
    tcg_ctx* ctx;
    tcg_async* async;
    LLVMValueRef fn, frame, cx, out, state, is_drop;
    LLVMBasicBlockRef dispatch, entry;
    tcg_suspend* suspends;
    uint32_t num_suspends;
    LLVMBasicBlockRef* blocks; ///< of user code, after the split
    uint32_t num_blocks;
    tcg_map block_index;
    tcg_var* vars;
    uint32_t num_vars, cap_vars;
    tcg_map var_index;
    tcg_map tainted;  ///< values derived from thread-local addresses
    tcg_map unstable; ///< values derived from dynamic allocas and other addresses of the stack
    tcg_values unstable_roots;
    uint64_t* touched; ///< blocks x allocas: written or escaped by the block's end
    uint32_t touched_words;
    tcg_map reads, kills; ///< access instruction to alloca number: whole or partial / whole
    uint32_t* slot_vars;  ///< alloca number to variable, TCG_ABSENT when it is none
    tcg_pin* pins;
    uint32_t num_pins, cap_pins;
    tcg_values returns;
    uint32_t words; ///< of a bit set over variables
    uint64_t child_offset;
    LLVMBasicBlockRef still_pending;
} tcg_body;

/// tcg_async_collect fills ctx->asyncs from the module's functions and declares their entries.
void tcg_async_collect(tcg_ctx* ctx);
/// tcg_async_declare adds the types and entry functions of every collected async function.
void tcg_async_declare(tcg_ctx* ctx);
/// tcg_async_of returns the record of a function, NULL when it is not async.
tcg_async* tcg_async_of(tcg_ctx* ctx, LLVMValueRef function);
/// tcg_async_hash returns the layout hash of a sized async function (16 hex digits).
const char* tcg_async_hash(tcg_ctx* ctx, const tcg_async* async);
/// tcg_async_start_name returns `f$start$<size>$<align>$<hash>`.
const char* tcg_async_start_name(tcg_ctx* ctx, const tcg_async* async);
/// tcg_store_args builds the head and arguments of an unstarted frame at ctx->builder. `args` are
/// async->num_args values, pointers for byval.
void tcg_store_args(tcg_ctx* ctx, const tcg_async* async, LLVMValueRef frame, LLVMValueRef* args);
/// tcg_call_args writes the argument values of a call that names @g first (`skip` = 1) or calls it
/// (`skip` = 0, the struct return left out) to `out`, async->num_args of them.
void tcg_call_args(const tcg_async* async, LLVMValueRef call, uint32_t skip, LLVMValueRef* out);

/// tcg_graph_order returns all defined async functions, awaited ones first, and sets `scc`.
/// Fails when future values embed each other without end.
tcg_async** tcg_graph_order(tcg_ctx* ctx, uint32_t* out_count);

/// tcg_check_module refuses malformed and unsupported markers before anything is changed, and
/// fills awaits and embeds.
void tcg_check_module(tcg_ctx* ctx);
/// tcg_check_branches holds the arguments of join, try_join, race or select against their marker.
void tcg_check_branches(tcg_ctx* ctx, LLVMValueRef call, const tcg_marker* marker);
enum { TCG_MAX_BRANCHES = 32 };
/// tcg_check_async refuses constructs that cannot be split in one async function.
void tcg_check_async(tcg_ctx* ctx, LLVMValueRef function);
/// tcg_check_drop_path refuses suspensions reachable with dropped() == true.
void tcg_check_drop_path(tcg_ctx* ctx, LLVMValueRef dropped);

#endif
