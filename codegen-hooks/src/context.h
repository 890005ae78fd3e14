// SPDX-License-Identifier: Apache-2.0
// One lowering: the module, cached types, options, an arena for everything that lives until the
// end, and the error exit.
//
// An error anywhere leaves by longjmp to tmlcg_lower_module (tcg_fail does not return): the module
// is thrown away then, all our memory is in the arena, and no LLVM frame lies in between because
// LLVM never calls back. So passes need no error plumbing, and never assert on bad input.
#ifndef TCG_CONTEXT_H
#define TCG_CONTEXT_H

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tmlcg/hooks.h>

typedef struct tcg_block tcg_block; ///< one chunk of the arena
struct tcg_async;

/// tcg_map maps pointers to numbers, open addressing in the arena; all-zero is empty.
typedef struct tcg_map {
    const void** keys;
    uint32_t* values;
    uint32_t count, cap;
} tcg_map;

/// tcg_values is a growing array in the arena; all-zero is empty.
typedef struct tcg_values {
    LLVMValueRef* items;
    uint32_t count, cap;
} tcg_values;

/// tcg_ctx is the state of one call of a public function. Single-threaded.
typedef struct tcg_ctx {
    LLVMModuleRef module;
    LLVMContextRef context;
    LLVMTargetDataRef target_data;
    LLVMBuilderRef builder; ///< shared scratch builder: position it before use
    tmlcg_options options;
    LLVMTypeRef void_type, i1, i8, i32, i64, f64, ptr;
    LLVMTypeRef desc_type;    ///< tmlrt_future_desc
    struct tcg_async* asyncs; ///< every async function, see async.h
    uint32_t num_asyncs;
    tcg_map async_index; ///< @f to its place in asyncs
    tcg_map made;        ///< function made from a user's to that one's place in made_from
    tcg_values made_from;
    bool owns_target_data;
    tcg_block* blocks;
    char* error; ///< a block of memory.h; the message of tcg_fail, NULL: no memory
    jmp_buf on_error;
} tcg_ctx;

/// tcg_ctx_init prepares `ctx` for `module`. Returns false without memory.
/// Owns: release with tcg_ctx_fini, also after a failure.
bool tcg_ctx_init(tcg_ctx* ctx, LLVMModuleRef module, const tmlcg_options* options);
/// tcg_ctx_fini frees all but ctx->error, which the caller takes.
void tcg_ctx_fini(tcg_ctx* ctx);

/// tcg_fail ends the lowering with "function @f: instruction `...` at file:line: <text>". `where`
/// is an instruction, a block, a function, another global, or NULL. The text says what is wrong
/// and, after a colon or semicolon, the remedy.
_Noreturn void tcg_fail(tcg_ctx* ctx, LLVMValueRef where, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

/// tcg_fail_memory ends the lowering without a message, which says that there was no memory.
_Noreturn void tcg_fail_memory(tcg_ctx* ctx);

/// tcg_name_as makes errors in `function` name `original`, the user's function it is made from.
void tcg_name_as(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef original);

/// tcg_alloc returns zeroed memory of the lowering's arena; fails the lowering when there is none.
void* tcg_alloc(tcg_ctx* ctx, size_t size);
/// tcg_try_alloc is tcg_alloc that returns NULL without memory.
void* tcg_try_alloc(tcg_ctx* ctx, size_t size);
/// tcg_format returns a string of the arena.
const char* tcg_format(tcg_ctx* ctx, const char* format, ...) __attribute__((format(printf, 2, 3)));

/// tcg_values_push appends one value.
void tcg_values_push(tcg_ctx* ctx, tcg_values* values, LLVMValueRef value);

#define TCG_ABSENT UINT32_MAX
/// tcg_map_put sets the number of a key (not NULL).
void tcg_map_put(tcg_ctx* ctx, tcg_map* map, const void* key, uint32_t value);
/// tcg_map_get returns the number of a key, TCG_ABSENT when there is none.
uint32_t tcg_map_get(const tcg_map* map, const void* key);

#endif
