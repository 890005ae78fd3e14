// SPDX-License-Identifier: Apache-2.0
// Shared by the generator's files: its state, the value pools and the emit helpers.
#ifndef TESTS_FUZZ_LOWERING_GEN_INT_H
#define TESTS_FUZZ_LOWERING_GEN_INT_H

#include "tests/fuzz/lowering/gen.h"

#include <llvm-c/DebugInfo.h>
#include <stdarg.h>

enum {
    T_I1,
    T_I8,
    T_I16,
    T_I32,
    T_I64,
    T_I128,
    T_F32,
    T_F64,
    T_PTR, ///< pointer to an i64 cell of this or an outer activation
    T_AGG, ///< first aggregate
    T_MAX = T_AGG + 6,
    T_VOID = 64, ///< returns only
    T_OWN,       ///< a handle of ext_new that the holder must free
};

typedef struct gen_type {
    LLVMTypeRef llvm;
    bool is_array;
    int num_fields;  ///< 0: scalar
    int fields[24];  ///< type numbers; an array has one
    unsigned leaves; ///< scalars in all
    unsigned bytes;
} gen_type;

enum {
    POOL_MAX = 24,
    VARS_MAX = 24,
    LIVE_MAX = 24,
    FNS_MAX = 8,
    PARAMS_MAX = 5,
};

typedef struct gen_pool {
    LLVMValueRef v[POOL_MAX];
    int n;
} gen_pool;

/// A variable: an alloca of one type, always initialised.
typedef struct gen_var {
    LLVMValueRef p;
    int type;
} gen_var;

typedef enum gen_pass { PASS_VALUE, PASS_BYVAL, PASS_OWN } gen_pass;

typedef struct gen_fn {
    char name[24];
    LLVMValueRef v;
    LLVMTypeRef type;
    int num_params;
    int param[PARAMS_MAX];
    gen_pass pass[PARAMS_MAX];
    int ret; ///< type, T_VOID or T_OWN
    bool is_async, sret, owns, ready;
    int partner; ///< function it may call with depth - 1, or -1
    unsigned cost;
    bool has_await;
    int module;
} gen_fn;

typedef enum gen_live_kind {
    LIVE_OBJECT,
    LIVE_OWN,
    LIVE_FUTURE,
    LIVE_DYN,
    LIVE_BOX,
    LIVE_HANDLE,
    LIVE_LEAF
} gen_live_kind;

/// gen_deferred is a future value: in the async form a frame, in the sync form saved arguments and
/// a flag that says they are still owed.
typedef struct gen_deferred {
    int fn;
    LLVMValueRef frame;
    LLVMValueRef args[PARAMS_MAX]; ///< sync: allocas
    LLVMValueRef owed;             ///< sync: alloca i1
} gen_deferred;

/// Something that must be destroyed when the function leaves its scope by any way.
typedef struct gen_live {
    gen_live_kind kind;
    int fn; ///< of a future or a task, else -1
    LLVMValueRef p, tag;
    gen_deferred d;
    LLVMBasicBlockRef cleanup; ///< of the stack with this entry on top
} gen_live;

typedef struct gen {
    const gen_options* opt;
    gen_program* prog;
    LLVMContextRef c;
    LLVMModuleRef m;
    LLVMBuilderRef b;
    uint64_t rng;
    LLVMTypeRef i1, i8, i16, i32, i64, ptr, void_;
    gen_type types[T_MAX];
    int num_types;
    gen_fn fns[FNS_MAX];
    int num_fns;
    bool sync;
    // the function being written
    gen_fn* f;
    LLVMValueRef sret_param, depth_param;
    gen_pool pool[T_MAX];
    gen_var vars[VARS_MAX];
    int num_vars;
    gen_live live[LIVE_MAX];
    int num_live;
    LLVMBasicBlockRef empty_cleanup;
    int nesting, loops;
    unsigned mult, cost, cost_limit;
    bool rec_used;
    int budget;  ///< statements this function may still get
    bool closed; ///< the current block has its terminator
    // debug info
    LLVMDIBuilderRef di;
    LLVMMetadataRef di_file, di_sp, di_type;
    unsigned line;
} gen;

typedef struct gen_scope {
    int pool[T_MAX];
    int vars;
} gen_scope;

// gen_value.c
unsigned gen_rnd(gen* g, unsigned n);
bool gen_chance(gen* g, unsigned percent);
void gen_has(gen* g, int feature);
void gen_make_types(gen* g);
LLVMTypeRef gen_llvm(gen* g, int type);
LLVMValueRef gen_k64(gen* g, uint64_t v);
LLVMValueRef gen_ext(gen* g, const char* name, LLVMTypeRef ret, unsigned n, const LLVMTypeRef* args,
                     bool varargs);
LLVMValueRef gen_call(gen* g, const char* name, LLVMTypeRef ret, unsigned n, ...);
LLVMValueRef gen_marker(gen* g, const char* name, LLVMTypeRef ret, unsigned n, ...);
LLVMBasicBlockRef gen_bb(gen* g, const char* name);
void gen_at(gen* g, LLVMBasicBlockRef bb);
void gen_put(gen* g, int type, LLVMValueRef v);
LLVMValueRef gen_get(gen* g, int type);
LLVMValueRef gen_to_i64(gen* g, int type, LLVMValueRef v);
LLVMValueRef gen_from_i64(gen* g, int type, LLVMValueRef v);
LLVMValueRef gen_alloca(gen* g, LLVMTypeRef t, const char* name);
LLVMValueRef gen_mix(gen* g, LLVMValueRef a, LLVMValueRef b);
int gen_any_type(gen* g);
int gen_scalar_type(gen* g);
gen_scope gen_enter(gen* g);
void gen_leave(gen* g, const gen_scope* s);
LLVMValueRef gen_cond(gen* g);
void gen_location(gen* g);

// gen_stmt.c
void gen_block(gen* g, uint64_t id, int max);
// gen_mem.c
void gen_memory(gen* g, uint64_t id);
// gen_async.c
void gen_suspending(gen* g, uint64_t id);
void gen_block_on(gen* g);
void gen_object(gen* g, uint64_t id);
void gen_after_suspend(gen* g);
LLVMValueRef gen_leaf_desc(gen* g, const char* name);
// gen_future.c
void gen_future(gen* g, uint64_t id);
void gen_dyn(gen* g, uint64_t id);
void gen_box(gen* g, uint64_t id);
void gen_spawn(gen* g, uint64_t id);
bool gen_can_place(const gen* g, const gen_fn* f);
int gen_pick(gen* g, bool async);
void gen_use_output(gen* g, uint64_t id, const gen_fn* f, LLVMValueRef v);
void gen_note_byval(gen* g, const gen_fn* f, const LLVMValueRef* args);
gen_live* gen_push(gen* g, gen_live_kind kind, LLVMValueRef p);
// gen_fn.c
LLVMValueRef gen_fn_ref(gen* g, const gen_fn* f);
void gen_args(gen* g, const gen_fn* callee, bool recursive, LLVMValueRef* args);
LLVMValueRef gen_direct_call(gen* g, const gen_fn* callee, const LLVMValueRef* args,
                             const char* attribute);
void gen_destroy(gen* g, const gen_live* item);
void gen_drop_exit(gen* g, bool undefined);
void gen_ret_any(gen* g);

#endif
