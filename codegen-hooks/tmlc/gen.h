// SPDX-License-Identifier: Apache-2.0
// The code generator: typed tree to LLVM IR through LLVM-C, with the markers and metadata of the
// hooks (docs/abi/lowering.md, docs/abi/metadata.md).
//
// Types lower as the compiler's own do: see gen_type.c. Locals and results of branches are allocas
// in the entry block; no phi is built. What must be dropped lies on a stack of cleanups: a scope's
// end runs its part, a return and a drop at an await run all of it.
#ifndef TMLC_GEN_H
#define TMLC_GEN_H

#include "codegen-hooks/tmlc/resolve.h"

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/TargetMachine.h>

typedef enum { CLEAN_NONE, CLEAN_DROP, CLEAN_FREE, CLEAN_FREE_AT } cleanup_kind;

/// What ends with a scope: a place to drop (when its flag is set), a Str to free, or a place with
/// one; NONE: what was kept here has an owner again.
typedef struct cleanup {
    cleanup_kind kind;
    ty* type;
    LLVMValueRef place, flag;
} cleanup;

typedef struct gen {
    program* prog;
    tmlc_arena* arena;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMTargetDataRef layout;
    LLVMDIBuilderRef debug;
    LLVMMetadataRef* debug_files; ///< per source file
    LLVMMetadataRef debug_type;
    bool has_routes;
    uint32_t part, num_parts;
    // the function being generated
    fn* fn;
    LLVMValueRef function, env;
    LLVMBasicBlockRef entry; ///< its allocas
    TMLC_LIST(cleanup) cleanups;
    LLVMBasicBlockRef loop_next, loop_end;
    uint32_t loop_cleanups;
} gen;

/// What tmlc_gen makes: part `part` of `num_parts`, with a main that runs the tests or the program.
typedef struct gen_options {
    LLVMTargetDataRef layout;
    bool tests;
    uint32_t part, num_parts;
} gen_options;

/// tmlc_gen writes a part of the checked program into `out`, whose data layout is set. Function i
/// is in part i modulo num_parts; main, the metadata and what it names in part 0. The others
/// declare what they use.
void tmlc_gen(program* prog, LLVMModuleRef out, const gen_options* options);

/// gen_publish notes the frames that tmlcg_print_interface wrote for a part, for its declarations.
void gen_publish(program* prog, uint32_t part, const char* interface);

// ---- gen_type.c
LLVMTypeRef gen_type(gen* g, ty* type);
/// gen_result returns the type of a result: void for Unit and Never.
LLVMTypeRef gen_result(gen* g, ty* type);
/// gen_body returns the struct behind a class pointer.
LLVMTypeRef gen_body(gen* g, ty* type);
bool gen_has_value(const ty* type);
/// gen_is_nullable returns true for a Maybe that is one pointer, null being Nothing.
bool gen_is_nullable(gen* g, ty* type);
/// gen_payload returns the type of a variant's data (NULL: none).
LLVMTypeRef gen_payload(gen* g, ty* type, uint32_t variant);
uint64_t gen_size(gen* g, LLVMTypeRef type);
LLVMTypeRef gen_ptr(gen* g);
LLVMTypeRef gen_int(gen* g, unsigned bits);
LLVMValueRef gen_const(gen* g, unsigned bits, uint64_t value);

// ---- gen.c: functions
LLVMValueRef gen_function(gen* g, fn* f);
LLVMTypeRef gen_function_type(gen* g, fn* f);
LLVMValueRef gen_declare(gen* g, const char* name, LLVMTypeRef type);
/// gen_extern declares a C function by its types: 'v' void, 'p' pointer, 'i' i32, 'l' i64, 'b' i1.
LLVMValueRef gen_extern(gen* g, const char* name, const char* types);
LLVMValueRef gen_call_extern(gen* g, const char* name, const char* types, LLVMValueRef* args);
LLVMValueRef gen_data(gen* g, const char* name);
LLVMValueRef gen_str(gen* g, const char* text);
LLVMValueRef gen_alloca(gen* g, LLVMTypeRef type, const char* name);
LLVMBasicBlockRef gen_block(gen* g, const char* name);
void gen_at(gen* g, LLVMBasicBlockRef block);
bool gen_is_terminated(gen* g);
/// gen_jump branches unless the block has ended already.
void gen_jump(gen* g, LLVMBasicBlockRef to);
void gen_attribute(gen* g, LLVMValueRef function, const char* name, const char* value);
void gen_call_attribute(gen* g, LLVMValueRef call, const char* name);
void gen_location(gen* g, tmlc_span span);
void gen_panic(gen* g, tmlc_span span, const char* what);
/// gen_thunk begins a function of its own (glue); gen_thunk_end goes back to where we were.
typedef struct gen_saved {
    gen state;
    LLVMBasicBlockRef block;
    LLVMMetadataRef location;
} gen_saved;
gen_saved gen_thunk(gen* g, LLVMValueRef function);
void gen_thunk_end(gen* g, gen_saved saved);

// ---- gen_drop.c
uint32_t gen_scope(const gen* g);
void gen_scope_end(gen* g, uint32_t scope);
/// gen_clean runs the cleanups above `scope` and keeps them.
void gen_clean(gen* g, uint32_t scope);
void gen_clean_one(gen* g, const cleanup* c);
void gen_own(gen* g, ty* type, LLVMValueRef place, LLVMValueRef flag);
/// gen_free_later frees a Str when the scope ends; gen_own_str the value of a node that nobody else
/// has and that goes nowhere; gen_own_str_at what is at a place by then.
void gen_free_later(gen* g, LLVMValueRef text);
void gen_own_str(gen* g, const hir* node, LLVMValueRef text);
void gen_own_str_at(gen* g, LLVMValueRef place);
void gen_drop(gen* g, ty* type, LLVMValueRef place);
void gen_drop_symbols(gen* g, fn* f, LLVMValueRef function);

// ---- gen_operand.c
/// gen_may_leave returns true when evaluating the node (NULL: nothing) may end the function: an
/// await that is dropped, a return, '!'. Remembered in the node.
bool gen_may_leave(hir* node);
/// gen_operands evaluates nodes in their order (NULL entries give NULL); what owns something is
/// dropped when a later one leaves the function.
void gen_operands(gen* g, hir* const* nodes, uint32_t num, LLVMValueRef* out);
/// gen_fields is gen_operands for the fields of a literal: in the order in which they are written.
void gen_fields(gen* g, const hir* whole, hir* const* nodes, uint32_t num, LLVMValueRef* out);
/// gen_keep gives an owned value a cleanup until gen_unkeep, which returns it.
typedef struct gen_kept {
    LLVMValueRef value, place;
    ty* type;
    uint32_t cleanup; ///< its number from 1, 0: none
} gen_kept;
gen_kept gen_keep(gen* g, hir* node, LLVMValueRef value);
LLVMValueRef gen_unkeep(gen* g, gen_kept kept);

// ---- gen_expr.c and its parts
/// gen_value returns the value of a node, NULL for Unit and Never.
LLVMValueRef gen_value(gen* g, hir* node);
/// gen_place returns the address of a node; a value gets a temporary that ends with the statement.
LLVMValueRef gen_place(gen* g, hir* node);
/// gen_statement evaluates a node and drops what it gives.
void gen_statement(gen* g, hir* node);
/// gen_scoped evaluates into `slot` (NULL: nowhere) in a scope of its own.
void gen_scoped(gen* g, hir* node, LLVMValueRef slot);
LLVMValueRef gen_load(gen* g, ty* type, LLVMValueRef place);
void gen_store(gen* g, LLVMValueRef value, LLVMValueRef place);
LLVMValueRef gen_binary(gen* g, hir* node);
LLVMValueRef gen_unary(gen* g, hir* node);
LLVMValueRef gen_cast(gen* g, hir* node);
LLVMValueRef gen_interp(gen* g, hir* node);
LLVMValueRef gen_call(gen* g, hir* node);
LLVMValueRef gen_args(gen* g, hir* call, LLVMValueRef* out, unsigned* num);
LLVMValueRef gen_call_value(gen* g, hir* node);
LLVMValueRef gen_call_dyn(gen* g, hir* node);
LLVMValueRef gen_call_virtual(gen* g, hir* node);
LLVMValueRef gen_dyn(gen* g, hir* node);
LLVMValueRef gen_closure(gen* g, hir* node);
LLVMValueRef gen_fn_value(gen* g, hir* node);
LLVMValueRef gen_intrinsic(gen* g, hir* node);
LLVMValueRef gen_new(gen* g, hir* node);
LLVMValueRef gen_struct(gen* g, hir* node);
LLVMValueRef gen_variant(gen* g, hir* node);
void gen_variant_store(gen* g, ty* type, uint32_t index, LLVMValueRef* parts, LLVMValueRef place);
LLVMValueRef gen_tag(gen* g, ty* type, LLVMValueRef place);
LLVMValueRef gen_part(gen* g, ty* type, uint32_t index, uint32_t part, LLVMValueRef place);
LLVMValueRef gen_if(gen* g, hir* node);
LLVMValueRef gen_logic(gen* g, hir* node);
LLVMValueRef gen_match(gen* g, hir* node);
/// gen_bind gives the locals of a pattern that always fits what lies at `place`; what it does not
/// name is dropped.
void gen_bind(gen* g, const pat* p, LLVMValueRef place);
/// gen_result_slot returns a place for the result of branches, NULL when there is none.
LLVMValueRef gen_result_slot(gen* g, const hir* node);
LLVMValueRef gen_try(gen* g, hir* node);
LLVMValueRef gen_block_value(gen* g, hir* node);
void gen_loop(gen* g, hir* node);
void gen_return(gen* g, hir* node);
void gen_let(gen* g, hir* node);
void gen_assign(gen* g, hir* node);
LLVMValueRef gen_await(gen* g, hir* node);
/// gen_check_dropped stands behind every marker that suspends.
void gen_check_dropped(gen* g);
/// gen_desc returns the descriptor of an async function.
LLVMValueRef gen_desc(gen* g, fn* f);
LLVMValueRef gen_many(gen* g, hir* node);
LLVMValueRef gen_select(gen* g, hir* node);
/// gen_coop spends a unit of the task's budget, and gives way when there is none left.
void gen_coop(gen* g);
LLVMValueRef gen_spawn(gen* g, hir* node);
LLVMValueRef gen_spawn_blocking(gen* g, hir* node);
LLVMValueRef gen_block_on(gen* g, hir* node);
LLVMValueRef gen_future(gen* g, hir* node);
/// gen_drop_future drops a future value of `f`, whatever state it is in.
void gen_drop_future(gen* g, fn* f, LLVMValueRef frame);
LLVMValueRef gen_box(gen* g, hir* node);
/// gen_boxed returns a plain function that makes a dyn Future of a call of the async function.
LLVMValueRef gen_boxed(gen* g, fn* f);
/// gen_drop_box drops the dyn Future that lies at `place`, if there is one.
void gen_drop_box(gen* g, LLVMValueRef place);
LLVMValueRef gen_pair(gen* g, LLVMValueRef first, LLVMValueRef second, ty* type);
/// gen_leaf writes the body of a leaf of the prelude that is used as a function.
void gen_leaf(gen* g, fn* f);
/// gen_vtable returns the table of a class; gen_vtable_as the one that an object of it has in its
/// part of the base `as` (or itself).
LLVMValueRef gen_vtable(gen* g, ty* type);
/// gen_method_entry returns what the table of a dyn of `type` holds for a method.
LLVMValueRef gen_method_entry(gen* g, ty* type, fn* f);
void gen_own_table(const gen* g, LLVMValueRef table);
LLVMValueRef gen_vtable_as(gen* g, ty* type, ty* as);
/// gen_entry writes main, gen_meta the !tmlrt.* nodes.
void gen_entry(gen* g, bool tests);
void gen_meta(gen* g);

#endif
