// SPDX-License-Identifier: Apache-2.0
// functions.def as LLVM declarations, made on demand.
//
// The table is the same file the runtime compiles as C prototypes, so the two cannot drift: only
// i32, i64, double and ptr cross. Declarations are nounwind (the runtime is C and leaves a panic by
// its own way), noreturn and cold as the row says; thread-locals are initial-exec.
#include "codegen-hooks/src/funcs.h"

#include "codegen-hooks/src/ir.h"

#include <string.h>

enum { MAX_ARGS = 8 };
enum { KIND_FN, KIND_DATA, KIND_TLS };
enum { ATTR_NONE, ATTR_COLD, ATTR_NORETURN };

typedef struct {
    const char* name;
    const char* c_type; ///< data only
    uint8_t kind, attribute;
    char ret;
    char args[MAX_ARGS + 1]; ///< one of v i l d p each; NUL ends
} row;

#define NONE                                 ATTR_NONE
#define COLD                                 ATTR_COLD
#define NORETURN                             ATTR_NORETURN
#define VOID                                 'v'
#define I32(T)                               'i'
#define I64(T)                               'l'
#define F64(T)                               'd'
#define PTR(T)                               'p'
#define CPTR(T)                              'p'
#define FN(R, A)                             'p'
#define TMLRT_FN(attributes, ret, name, ...) {#name, NULL, KIND_FN, attributes, ret, {__VA_ARGS__}},
#define TMLRT_DATA(type, name)               {#name, #type, KIND_DATA, 0, 0, {0}},
#define TMLRT_TLS(type, name)                {#name, #type, KIND_TLS, 0, 0, {0}},
static const row s_rows[] = {
#include <tmlrt/abi/functions.def>
};
#undef NONE
#undef COLD
#undef NORETURN
#undef VOID
#undef I32
#undef I64
#undef F64
#undef PTR
#undef CPTR
#undef FN
#undef TMLRT_FN
#undef TMLRT_DATA
#undef TMLRT_TLS

static const row* find_row(tcg_ctx* ctx, const char* name) {
    for (size_t i = 0; i < sizeof(s_rows) / sizeof(s_rows[0]); i++) {
        if (strcmp(s_rows[i].name, name) == 0) {
            return &s_rows[i];
        }
    }
    tcg_fail(ctx, NULL, "codegen-hooks: `%s` is not a row of functions.def", name);
}

static LLVMTypeRef type_of(tcg_ctx* ctx, char letter) {
    switch (letter) {
    case 'i':
        return ctx->i32;
    case 'l':
        return ctx->i64;
    case 'd':
        return ctx->f64;
    case 'p':
        return ctx->ptr;
    default:
        return ctx->void_type;
    }
}

static LLVMTypeRef row_type(tcg_ctx* ctx, const row* fn) {
    LLVMTypeRef params[MAX_ARGS];
    uint32_t num_params = 0;
    for (const char* arg = fn->args; *arg != '\0' && *arg != 'v'; arg++) {
        params[num_params++] = type_of(ctx, *arg);
    }
    return LLVMFunctionType(type_of(ctx, fn->ret), params, num_params, 0);
}

LLVMTypeRef tcg_func_type(tcg_ctx* ctx, const char* name) {
    return row_type(ctx, find_row(ctx, name));
}

LLVMValueRef tcg_func(tcg_ctx* ctx, const char* name) {
    const row* fn = find_row(ctx, name);
    LLVMTypeRef type = row_type(ctx, fn);
    LLVMValueRef function = LLVMGetNamedFunction(ctx->module, name);
    if (function != NULL) {
        if (LLVMGlobalGetValueType(function) != type) {
            tcg_fail(ctx, function,
                     "declared with another type than the runtime's; take it from "
                     "tmlrt/abi/functions.def");
        }
        return function;
    }
    if (LLVMGetNamedGlobal(ctx->module, name) != NULL) {
        tcg_fail(ctx, LLVMGetNamedGlobal(ctx->module, name),
                 "the runtime has a function of this name: rename the variable");
    }
    function = LLVMAddFunction(ctx->module, name, type);
    tcg_add_attr(ctx, function, LLVMAttributeFunctionIndex, "nounwind");
    if (fn->attribute != ATTR_NONE) {
        tcg_add_attr(ctx, function, LLVMAttributeFunctionIndex, "cold");
    }
    if (fn->attribute == ATTR_NORETURN) {
        tcg_add_attr(ctx, function, LLVMAttributeFunctionIndex, "noreturn");
    }
    return function;
}

LLVMValueRef tcg_call_func(tcg_ctx* ctx, const char* name, LLVMValueRef* args, uint32_t num_args) {
    LLVMValueRef function = tcg_func(ctx, name);
    return LLVMBuildCall2(ctx->builder, LLVMGlobalGetValueType(function), function, args, num_args,
                          "");
}

LLVMValueRef tcg_data(tcg_ctx* ctx, const char* name) {
    const row* datum = find_row(ctx, name);
    LLVMValueRef global = LLVMGetNamedGlobal(ctx->module, name);
    if (global != NULL) {
        if (datum->kind == KIND_TLS && !LLVMIsThreadLocal(global)) {
            tcg_fail(ctx, global, "the runtime's is thread_local: declare it so");
        }
        return global;
    }
    if (LLVMGetNamedFunction(ctx->module, name) != NULL) {
        tcg_fail(ctx, LLVMGetNamedFunction(ctx->module, name),
                 "the runtime has a variable of this name: rename the function");
    }
    bool is_tls = datum->kind == KIND_TLS;
    global = LLVMAddGlobal(ctx->module, is_tls ? ctx->ptr : ctx->i8, name);
    LLVMSetLinkage(global, LLVMExternalLinkage);
    if (is_tls) {
        LLVMSetThreadLocalMode(global, LLVMInitialExecTLSModel);
    } else {
        LLVMSetGlobalConstant(global, strncmp(datum->c_type, "const ", 6) == 0);
    }
    return global;
}

LLVMValueRef tcg_tls_address(tcg_ctx* ctx, const char* name) {
    LLVMValueRef global = tcg_data(ctx, name);
    static const char intrinsic[] = "llvm.threadlocal.address";
    unsigned id = LLVMLookupIntrinsicID(intrinsic, sizeof(intrinsic) - 1);
    LLVMTypeRef overloads[] = {ctx->ptr};
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(ctx->module, id, overloads, 1);
    return LLVMBuildCall2(ctx->builder, LLVMGlobalGetValueType(function), function, &global, 1, "");
}
