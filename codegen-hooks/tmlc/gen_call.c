// SPDX-License-Identifier: Apache-2.0
// Calls: functions, function values, behaviors, and the functions of the prelude that are code
// here.
#include "codegen-hooks/tmlc/gen.h"

#include <tmlcg/hooks.h>

#include <string.h>

LLVMValueRef gen_args(gen* g, hir* call, LLVMValueRef* out, unsigned* num) {
    fn* f = call->fn;
    LLVMValueRef function = gen_function(g, f);
    if (f->traits.context) {
        out[(*num)++] = gen_call_extern(g, TMLCG_FN_CONTEXT, "p", NULL);
    }
    LLVMValueRef* values = tmlc_alloc(g->arena, (call->list.len + 1) * sizeof *values);
    gen_operands(g, call->list.items, call->list.len, values);
    for (uint32_t i = 0; i < call->list.len; i++) {
        hir* node = call->list.items[i];
        LLVMValueRef value = values[i];
        gen_own_str(g, node, value);
        if (value == NULL) {
            value = LLVMGetUndef(gen_type(g, node->type));
        }
        out[(*num)++] = value;
    }
    return function;
}

LLVMValueRef gen_call(gen* g, hir* node) {
    fn* f = node->fn;
    if (f->traits.intrinsic != NULL) {
        return gen_intrinsic(g, node);
    }
    LLVMValueRef* args = tmlc_alloc(g->arena, (node->list.len + 2) * sizeof *args);
    unsigned num = 0;
    LLVMValueRef function = gen_args(g, node, args, &num);
    gen_location(g, node->span);
    LLVMValueRef call =
        LLVMBuildCall2(g->builder, gen_function_type(g, f), function, args, num, "");
    return gen_has_value(node->type) ? call : NULL;
}

static LLVMTypeRef value_type(gen* g, ty* type, bool with_env) {
    LLVMTypeRef* params = tmlc_alloc(g->arena, (type->num_args + 1) * sizeof *params);
    unsigned num = 0;
    if (with_env) {
        params[num++] = gen_ptr(g);
    }
    for (uint32_t i = 0; i + 1 < type->num_args; i++) {
        params[num++] = gen_type(g, type->args[i]);
    }
    return LLVMFunctionType(gen_result(g, type->args[type->num_args - 1]), params, num, false);
}

/// The arguments of an indirect call; one of type Unit has no value, and is passed as {}.
static void operands(gen* g, hir* call, LLVMValueRef* out) {
    gen_operands(g, call->list.items, call->list.len, out);
    for (uint32_t i = 0; i < call->list.len; i++) {
        gen_own_str(g, call->list.items[i], out[i]);
        out[i] = out[i] != NULL ? out[i] : LLVMGetUndef(gen_type(g, call->list.items[i]->type));
    }
}

/// env == null: a plain function; else the environment is the first argument.
LLVMValueRef gen_call_value(gen* g, hir* node) {
    LLVMValueRef callee = gen_value(g, node->a);
    LLVMValueRef function = LLVMBuildExtractValue(g->builder, callee, 0, "");
    LLVMValueRef* args = tmlc_alloc(g->arena, (node->list.len + 1) * sizeof *args);
    args[0] = LLVMBuildExtractValue(g->builder, callee, 1, "");
    operands(g, node, args + 1);
    bool has_value = gen_has_value(node->type);
    LLVMValueRef slot = has_value ? gen_alloca(g, gen_type(g, node->type), "result") : NULL;
    LLVMBasicBlockRef plain = gen_block(g, "plain"), closure = gen_block(g, "closure"),
                      end = gen_block(g, "end");
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, args[0], ""), plain, closure);
    for (int with_env = 0; with_env < 2; with_env++) {
        gen_at(g, with_env ? closure : plain);
        LLVMValueRef value =
            LLVMBuildCall2(g->builder, value_type(g, node->a->type, with_env), function,
                           args + 1 - with_env, node->list.len + (unsigned)with_env, "");
        if (has_value) {
            gen_store(g, value, slot);
        }
        LLVMBuildBr(g->builder, end);
    }
    gen_at(g, end);
    return has_value ? gen_load(g, node->type, slot) : NULL;
}

LLVMValueRef gen_call_dyn(gen* g, hir* node) {
    LLVMValueRef object = gen_value(g, node->a);
    LLVMValueRef table = LLVMBuildExtractValue(g->builder, object, 1, "");
    LLVMValueRef index = gen_const(g, 64, node->index);
    LLVMValueRef at = LLVMBuildGEP2(g->builder, gen_ptr(g), table, &index, 1, "");
    LLVMValueRef function = LLVMBuildLoad2(g->builder, gen_ptr(g), at, "");
    LLVMValueRef* args = tmlc_alloc(g->arena, (node->list.len + 1) * sizeof *args);
    LLVMTypeRef* params = tmlc_alloc(g->arena, (node->list.len + 1) * sizeof *params);
    args[0] = LLVMBuildExtractValue(g->builder, object, 0, "");
    params[0] = gen_ptr(g);
    operands(g, node, args + 1);
    for (uint32_t i = 0; i < node->list.len; i++) {
        params[i + 1] = gen_type(g, node->list.items[i]->type);
    }
    LLVMTypeRef type =
        LLVMFunctionType(gen_result(g, node->type), params, node->list.len + 1, false);
    LLVMValueRef call = LLVMBuildCall2(g->builder, type, function, args, node->list.len + 1, "");
    return gen_has_value(node->type) ? call : NULL;
}

// ---- functions of the prelude that are code here ------------------------------------------------

static LLVMValueRef atomic(gen* g, const char* name, LLVMValueRef* args) {
    if (strcmp(name, "atomic_add") == 0) {
        return LLVMBuildAtomicRMW(g->builder, LLVMAtomicRMWBinOpAdd, args[0], args[1],
                                  LLVMAtomicOrderingAcquireRelease, false);
    }
    if (strcmp(name, "atomic_replace") == 0) {
        LLVMValueRef both =
            LLVMBuildAtomicCmpXchg(g->builder, args[0], args[1], args[2], LLVMAtomicOrderingAcquire,
                                   LLVMAtomicOrderingMonotonic, false);
        return LLVMBuildExtractValue(g->builder, both, 1, "");
    }
    LLVMValueRef store = LLVMBuildStore(g->builder, gen_const(g, 32, 0), args[0]);
    LLVMSetOrdering(store, LLVMAtomicOrderingRelease);
    LLVMSetAlignment(store, 4);
    return NULL;
}

/// A text of four parts in the frame of the function: nobody frees what a panic says.
static LLVMValueRef line(gen* g, const LLVMValueRef* parts) {
    enum { LINE_BYTES = 480 }; // what the runtime tells of a panic
    LLVMTypeRef params[] = {gen_ptr(g), gen_int(g, 64), gen_ptr(g)};
    LLVMTypeRef type = LLVMFunctionType(gen_int(g, 32), params, 3, true);
    LLVMValueRef text = gen_alloca(g, LLVMArrayType2(gen_int(g, 8), LINE_BYTES), "line");
    LLVMValueRef all[] = {text,
                          gen_const(g, 64, LINE_BYTES),
                          gen_str(g, "%s%s%s at %s"),
                          parts[0],
                          parts[1],
                          parts[2],
                          parts[3]};
    LLVMBuildCall2(g->builder, type, gen_declare(g, "snprintf", type), all, 7, "");
    return text;
}

LLVMValueRef gen_intrinsic(gen* g, hir* node) {
    const char* name = node->fn->traits.intrinsic;
    LLVMValueRef args[4] = {NULL};
    gen_operands(g, node->list.items, node->list.len < 4 ? node->list.len : 4, args);
    for (uint32_t i = 0; i < node->list.len && i < 4; i++) {
        gen_own_str(g, node->list.items[i], args[i]);
    }
    ty* type = node->fn->env != NULL ? node->fn->env->type : NULL;
    if (strcmp(name, "size_of") == 0) {
        return gen_const(g, 64, gen_size(g, gen_type(g, type)));
    }
    if (strcmp(name, "ptr_offset") == 0) {
        return LLVMBuildGEP2(g->builder, gen_int(g, 8), args[0], &args[1], 1, "");
    }
    if (strcmp(name, "ptr_read") == 0) {
        return gen_load(g, type, args[0]);
    }
    if (strcmp(name, "ptr_write") == 0) {
        gen_store(g, args[1], args[0]);
        return NULL;
    }
    if (strcmp(name, "ptr_ref") == 0) {
        return args[0];
    }
    if (strcmp(name, "drop_in_place") == 0) {
        gen_drop(g, type, args[0]);
        return NULL;
    }
    if (strcmp(name, "print") == 0) {
        LLVMTypeRef param = gen_ptr(g);
        LLVMTypeRef printf_type = LLVMFunctionType(gen_int(g, 32), &param, 1, true);
        LLVMValueRef all[] = {gen_str(g, "%s"), args[0]};
        LLVMBuildCall2(g->builder, printf_type, gen_declare(g, "printf", printf_type), all, 2, "");
        return NULL;
    }
    if (strcmp(name, "line") == 0) {
        return line(g, args);
    }
    return atomic(g, name, args);
}
