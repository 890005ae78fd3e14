// SPDX-License-Identifier: Apache-2.0
// Small questions and builders over LLVM-C that every part of the lowering shares.
#ifndef TCG_IR_H
#define TCG_IR_H

#include "codegen-hooks/src/context.h"

/// tcg_i32 returns a constant i32.
LLVMValueRef tcg_i32(tcg_ctx* ctx, uint32_t value);
/// tcg_i64 returns a constant i64.
LLVMValueRef tcg_i64(tcg_ctx* ctx, uint64_t value);
/// tcg_null returns the null pointer.
LLVMValueRef tcg_null(tcg_ctx* ctx);
/// tcg_name returns a value's name, NUL-terminated, "" when it has none. Borrowed from the value.
const char* tcg_name(LLVMValueRef value);

/// tcg_take_message returns a copy of LLVM's message in the arena and frees it, also when there is
/// no memory.
const char* tcg_take_message(tcg_ctx* ctx, char* message);
/// tcg_type_text returns a type as the text form writes it.
const char* tcg_type_text(tcg_ctx* ctx, LLVMTypeRef type);

/// tcg_has_attr returns true when a function has the string attribute.
bool tcg_has_attr(LLVMValueRef function, const char* name);
/// tcg_attr_value returns the value of a function's string attribute in the arena, NULL without it.
const char* tcg_attr_value(tcg_ctx* ctx, LLVMValueRef function, const char* name);
/// tcg_has_call_attr returns true when a call, invoke or callbr has the string attribute.
bool tcg_has_call_attr(LLVMValueRef call, const char* name);
/// tcg_param_type_attr returns the type of byval(T) or sret(T) of a function's parameter, NULL
/// without. `index` counts from 0.
LLVMTypeRef tcg_param_type_attr(LLVMValueRef function, uint32_t index, const char* kind);
/// tcg_refuse_alias fails when an alias or ifunc has the name that a symbol of `owner` needs: LLVM
/// would rename the symbol in silence, and other modules would link to the alias.
void tcg_refuse_alias(tcg_ctx* ctx, LLVMValueRef owner, const char* name);
/// tcg_param_align returns the alignment that code may assume of a pointer parameter to a `type`:
/// its align attribute, at least the type's own. `index` counts from 0.
uint32_t tcg_param_align(tcg_ctx* ctx, LLVMValueRef function, uint32_t index, LLVMTypeRef type);
/// tcg_has_enum_attr returns true when the function has the attribute (noinline, nounwind, ...).
bool tcg_has_enum_attr(LLVMValueRef function, const char* kind);
/// tcg_add_attr adds an attribute without value at an index (LLVMAttributeFunctionIndex, 1 = first
/// parameter).
void tcg_add_attr(tcg_ctx* ctx, LLVMValueRef function, LLVMAttributeIndex index, const char* kind);

/// The kinds of object file that sections and registration differ by.
typedef enum { TCG_FORMAT_ELF, TCG_FORMAT_MACHO, TCG_FORMAT_COFF } tcg_format_kind;
/// tcg_object_format returns what the module's triple is compiled to.
tcg_format_kind tcg_object_format(LLVMModuleRef module);

/// tcg_callee returns the name of the function a call calls directly, "" for anything else.
const char* tcg_callee(LLVMValueRef instruction);
/// tcg_calls returns true for a direct call of the named function.
bool tcg_calls(LLVMValueRef instruction, const char* name);
/// tcg_intrinsic_is returns true for a call of an intrinsic whose name begins with `prefix`.
bool tcg_intrinsic_is(LLVMValueRef instruction, const char* prefix);
/// tcg_is_debug returns true for the llvm.dbg.* calls.
bool tcg_is_debug(LLVMValueRef instruction);
/// tcg_trap ends ctx->builder's block with llvm.trap, where only a broken frame can lead.
void tcg_trap(tcg_ctx* ctx);

/// tcg_at_end positions ctx->builder at the end of a block, with the debug location (or NULL).
void tcg_at_end(tcg_ctx* ctx, LLVMBasicBlockRef block, LLVMMetadataRef location);
/// tcg_before positions ctx->builder before an instruction, with that instruction's location.
void tcg_before(tcg_ctx* ctx, LLVMValueRef instruction);
/// tcg_at_top positions ctx->builder after the phis of a block that has a terminator, without
/// location.
void tcg_at_top(tcg_ctx* ctx, LLVMBasicBlockRef block);

/// tcg_move takes an instruction from its place to ctx->builder; it keeps its name.
void tcg_move(tcg_ctx* ctx, LLVMValueRef instruction);
/// tcg_insert puts a clone, which has no name, at ctx->builder.
void tcg_insert(tcg_ctx* ctx, LLVMValueRef clone);

/// tcg_at builds base + offset bytes with ctx->builder; base itself at 0.
LLVMValueRef tcg_at(tcg_ctx* ctx, LLVMValueRef base, uint64_t offset);
/// tcg_load_at builds a load of `type` at base + offset.
LLVMValueRef tcg_load_at(tcg_ctx* ctx, LLVMTypeRef type, LLVMValueRef base, uint64_t offset);
/// tcg_store_at builds a store at base + offset.
void tcg_store_at(tcg_ctx* ctx, LLVMValueRef value, LLVMValueRef base, uint64_t offset);
/// tcg_weigh sets the branch weights of a conditional branch.
void tcg_weigh(tcg_ctx* ctx, LLVMValueRef branch, uint32_t if_true, uint32_t if_false);
/// tcg_copy builds a memcpy of a value of `type`.
void tcg_copy(tcg_ctx* ctx, LLVMTypeRef type, LLVMValueRef to, uint32_t to_align, LLVMValueRef from,
              uint32_t from_align);
/// tcg_entry_alloca adds an alloca at the top of a function's entry block.
LLVMValueRef tcg_entry_alloca(tcg_ctx* ctx, LLVMValueRef function, LLVMTypeRef type, uint32_t align,
                              const char* name);

/// Limits on frames, outputs, arguments and locals of async functions (docs/abi/lowering.md, 5).
enum {
    TCG_MAX_BYTES = 1 << 30,
    TCG_MAX_ALIGN = 1 << 16,
    TCG_MAX_SCALARS = 1 << 14, ///< by value; LLVM's own code generation fails at 65,535
};
/// tcg_fits_memory returns true for a fixed type of at most TCG_MAX_BYTES. Any other may overflow
/// when it is asked for its size.
bool tcg_fits_memory(tcg_ctx* ctx, LLVMTypeRef type);
/// tcg_fits_value returns true for a fixed type of at most TCG_MAX_SCALARS elements at all depths.
bool tcg_fits_value(LLVMTypeRef type);

/// tcg_is_fixed_type returns true for a type with a size known now: no opaque struct, no scalable
/// vector, no token, at any depth. Only such types may be asked for size and alignment.
bool tcg_is_fixed_type(LLVMTypeRef type);
/// tcg_type_size returns the bytes of a type in memory, a multiple of its alignment.
uint64_t tcg_type_size(tcg_ctx* ctx, LLVMTypeRef type);
/// tcg_type_align returns a type's ABI alignment.
uint32_t tcg_type_align(tcg_ctx* ctx, LLVMTypeRef type);

#endif
