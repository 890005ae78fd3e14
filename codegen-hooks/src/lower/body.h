// SPDX-License-Identifier: Apache-2.0
// The steps that turn one async function into its body, in the order body.c runs them.
#ifndef TCG_BODY_H
#define TCG_BODY_H

#include "codegen-hooks/src/lower/async.h"

/// tcg_body_lower lowers one defined async function: body, entries, descriptor.
void tcg_body_lower(tcg_ctx* ctx, tcg_async* async);

// ---- many.c
/// tcg_body_expand_many writes the markers that await several futures (join, try_join, race,
/// select) as polls around one plain suspension each. Before anything else is done with @f's
/// blocks; frame, context and is_drop are those of the body to be.
void tcg_body_expand_many(tcg_body* body);

// ---- split.c
/// tcg_remove_unreachable deletes blocks that cannot be reached from the entry.
void tcg_remove_unreachable(tcg_ctx* ctx, LLVMValueRef function);
/// tcg_cut_after moves everything up to and including `instruction` to a new block in front of its
/// own, phis and predecessors included, and returns that block. Phis of successors stay right,
/// because the old block keeps its terminator.
LLVMBasicBlockRef tcg_cut_after(tcg_ctx* ctx, LLVMValueRef instruction);
/// tcg_body_split finds the suspensions, cuts the blocks behind them and places their results.
void tcg_body_split(tcg_body* body);

/// tcg_body_note_operands records the values a later poll needs: addresses are final by then.
void tcg_body_note_operands(tcg_body* body);

// ---- allocas.c
/// tcg_body_allocas hoists allocas, pins those whose address escapes before a suspension, and makes
/// variables of the others.
void tcg_body_allocas(tcg_body* body);

/// tcg_body_pin gives an alloca a place in the frame for good; its uses see the frame's address.
void tcg_body_pin(tcg_body* body, LLVMValueRef value);

// ---- liveness.c
/// tcg_body_liveness fills `live` of every suspension and `is_saved` of every variable.
void tcg_body_liveness(tcg_body* body);
/// tcg_is_available returns true for a value that every entry of the body recomputes: constants,
/// frame, context, addresses made in the dispatch block.
bool tcg_is_available(const tcg_body* body, LLVMValueRef value);
/// tcg_is_rematerial returns true for an address that is recomputed after a resumption, not saved.
bool tcg_is_rematerial(const tcg_body* body, LLVMValueRef value, uint32_t depth);
enum { TCG_REMATERIAL_DEPTH = 8 };
/// tcg_var_add returns the index of a value's variable, made on first use.
uint32_t tcg_var_add(tcg_body* body, tcg_var_kind kind, LLVMValueRef value, LLVMTypeRef type);

// ---- stack.c
/// tcg_is_stack_address returns true for an intrinsic that yields an address of the machine stack.
bool tcg_is_stack_address(LLVMValueRef instruction);
/// tcg_body_refuse_stack refuses dynamic allocas that are out of sight at a suspension.
void tcg_body_refuse_stack(tcg_body* body);

// ---- frame.c
/// tcg_body_layout gives every saved variable and pinned alloca its place in the frame, and the
/// frame its size.
void tcg_body_layout(tcg_body* body);

// ---- spill.c
/// tcg_body_spill gives saved values a home in memory and lets other blocks read it there.
void tcg_body_spill(tcg_body* body);
/// tcg_body_from_frame builds, in a resume or drop block, a value that was live at the suspension.
LLVMValueRef tcg_body_from_frame(tcg_body* body, LLVMValueRef value);
/// tcg_body_save builds the copies home -> frame of one suspension.
void tcg_body_save(tcg_body* body, const tcg_suspend* s);
/// tcg_body_restore builds the copies frame -> home of one suspension.
void tcg_body_restore(tcg_body* body, const tcg_suspend* s);

// ---- suspend.c, child.c
/// tcg_body_expand replaces the markers by the first poll, save, resume and drop blocks, and fills
/// the dispatch block.
void tcg_body_expand(tcg_body* body);

/// tcg_child is the frame of a started child: in the parent's frame, or from an arena.
typedef struct tcg_child {
    LLVMValueRef frame;
    LLVMValueRef arena; ///< NULL when the frame is not from an arena
} tcg_child;
/// tcg_child_start builds the first poll of an await at ctx->builder, which may end in another
/// block, and returns its status.
LLVMValueRef tcg_child_start(tcg_body* body, tcg_suspend* s, tcg_child* out_child);
/// tcg_child_keep builds the stores that let a later entry find the child.
void tcg_child_keep(tcg_body* body, const tcg_child* child);
/// tcg_child_resume builds a later poll and returns its status.
LLVMValueRef tcg_child_resume(tcg_body* body, tcg_suspend* s, tcg_child* out_child);
/// tcg_child_done builds what follows completion: the pop of an arena frame.
void tcg_child_done(tcg_body* body, const tcg_child* child);
/// tcg_child_drop builds the drop of the suspended child.
void tcg_child_drop(tcg_body* body, tcg_suspend* s);
/// tcg_arena_push builds a push of size/align bytes (i64 values) and returns the frame.
LLVMValueRef tcg_arena_push(tcg_ctx* ctx, LLVMValueRef arena, LLVMValueRef size,
                            LLVMValueRef align);

// ---- first_poll.c
/// tcg_poll_by_desc builds a poll through a descriptor and returns its status.
LLVMValueRef tcg_poll_by_desc(tcg_ctx* ctx, LLVMValueRef desc, LLVMValueRef frame, LLVMValueRef cx,
                              LLVMValueRef out);
/// tcg_arena_push_desc builds a push of the frame that a descriptor describes and returns it.
LLVMValueRef tcg_arena_push_desc(tcg_ctx* ctx, LLVMValueRef arena, LLVMValueRef desc);
/// tcg_first_poll builds the call of start with the arguments of `marker` and returns its status.
/// Shape:   out: where an output that is not in registers goes; result: where one in registers
///          does. NULL when there is no such output.
LLVMValueRef tcg_first_poll(tcg_ctx* ctx, const tcg_async* async, LLVMValueRef marker,
                            LLVMValueRef frame, LLVMValueRef cx, LLVMValueRef out,
                            LLVMValueRef result);
/// tcg_first_poll_by_desc stores the arguments of `marker` in a frame and polls it.
LLVMValueRef tcg_first_poll_by_desc(tcg_ctx* ctx, const tcg_async* async, LLVMValueRef marker,
                                    LLVMValueRef frame, LLVMValueRef cx, LLVMValueRef out);

// ---- entries.c
/// tcg_entries_build builds start, resume, poll and drop around the body.
void tcg_entries_build(tcg_ctx* ctx, tcg_async* async, bool has_suspends);
/// tcg_user_function returns the function that an attribute of `owner` names, declared when the
/// module does not have it. Fails when it has another type.
LLVMValueRef tcg_user_function(tcg_ctx* ctx, LLVMValueRef owner, const char* attribute,
                               const char* symbol, LLVMTypeRef type);
/// tcg_copy_attributes gives `to` the attributes of `from` that stay true for an entry.
void tcg_copy_attributes(tcg_ctx* ctx, LLVMValueRef to, LLVMValueRef from);

// ---- describe.c
/// tcg_desc_note_lines keeps the source line of every suspension for the descriptor.
void tcg_desc_note_lines(tcg_ctx* ctx, tcg_async* async, const tcg_suspend* suspends,
                         uint32_t count);
/// tcg_desc_define fills the descriptor of a lowered async function.
void tcg_desc_define(tcg_ctx* ctx, const tcg_async* async);

// ---- future.c
/// tcg_future_place turns a tmlrt.future marker into storage of `function` and stores of the
/// arguments. The frame's size must be known.
void tcg_future_place(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef marker);

// ---- debug.c
/// tcg_debug_location returns a marker's location, or one at the subprogram's line when it has
/// none; NULL in a function without debug info.
LLVMMetadataRef tcg_debug_location(tcg_ctx* ctx, LLVMValueRef instruction,
                                   LLVMMetadataRef subprogram);
/// tcg_debug_artificial gives a function an artificial subprogram like `model` and returns the
/// location its calls must carry; NULL without debug info.
LLVMMetadataRef tcg_debug_artificial(tcg_ctx* ctx, LLVMValueRef function, LLVMMetadataRef model);
/// tcg_debug_name returns the source name of a subprogram in the arena, NULL without.
const char* tcg_debug_name(tcg_ctx* ctx, LLVMMetadataRef subprogram);

#endif
