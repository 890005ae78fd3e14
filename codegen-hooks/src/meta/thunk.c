// SPDX-License-Identifier: Apache-2.0
// Thunks: `T @X.member.thunk(ptr args) "tmlrt.async"`, ordinary async functions of one pointer.
//
// A thunk loads `this` and the parameters in memory form, calls or awaits the function, and returns
// its value in memory form. It is added before the split and goes through it like any other async
// function; the record takes the descriptor's address ahead of that. Parameters that were moved in
// are destroyed by "tmlrt.drop.args" when the thunk never ran, answers by "tmlrt.drop.output".
#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

#include <string.h>

void tcg_meta_check_callable(tcg_meta* m, LLVMValueRef fn, const char* what, bool has_this,
                             uint32_t num) {
    LLVMTypeRef type = LLVMGlobalGetValueType(fn);
    unsigned have = LLVMCountParamTypes(type);
    if (LLVMIsFunctionVarArg(type)) {
        tcg_meta_fail(m, "%s: @%s is variadic", what, tcg_name(fn));
    }
    if (have != num) {
        tcg_meta_fail(m, "%s: @%s has %u parameters, expected %u%s", what, tcg_name(fn), have, num,
                      has_this ? ": this and one per param node" : "");
    }
    for (unsigned i = 0; i < have; i++) {
        if (tcg_param_type_attr(fn, i, "sret") != NULL) {
            tcg_meta_fail(m, "%s: @%s returns through sret: return the value itself", what,
                          tcg_name(fn));
        }
    }
    if (has_this && LLVMTypeOf(LLVMGetParam(fn, 0)) != m->ctx->ptr) {
        tcg_meta_fail(m, "%s: the first parameter of @%s is `this` and must be ptr", what,
                      tcg_name(fn));
    }
}

static void add_string_attr(tcg_meta* m, LLVMValueRef fn, const char* key, LLVMValueRef symbol) {
    if (symbol == NULL) {
        return;
    }
    const char* name = tcg_name(symbol);
    LLVMAttributeRef attr = LLVMCreateStringAttribute(m->ctx->context, key, (unsigned)strlen(key),
                                                      name, (unsigned)strlen(name));
    LLVMAddAttributeAtIndex(fn, LLVMAttributeFunctionIndex, attr);
}

/// Attributes that are part of the calling convention (signext, byval ...) must be at the call too.
static void copy_attributes(tcg_meta* m, LLVMValueRef fn, LLVMValueRef call) {
    unsigned num_params = LLVMCountParams(fn);
    for (unsigned i = 0; i <= num_params; i++) {
        unsigned num = LLVMGetAttributeCountAtIndex(fn, i);
        LLVMAttributeRef* attrs = tcg_alloc(m->ctx, (num + 1) * sizeof(LLVMAttributeRef));
        LLVMGetAttributesAtIndex(fn, i, attrs);
        for (unsigned k = 0; k < num; k++) {
            LLVMAddCallSiteAttribute(call, i, attrs[k]);
        }
    }
}

static LLVMValueRef load_param(tcg_meta* m, LLVMValueRef args, const tcg_meta_slot_info* slot) {
    const tcg_meta_typ* type = slot->type;
    if (type->by_ref) {
        return tcg_at(m->ctx, args, slot->offset);
    }
    LLVMValueRef value = tcg_load_at(m->ctx, type->mem, args, slot->offset);
    LLVMSetAlignment(value, type->align);
    if (type->kind == TMLRT_TYPE_BOOL && type->ir == m->ctx->i1) {
        value = LLVMBuildICmp(m->ctx->builder, LLVMIntNE, value, LLVMConstNull(m->ctx->i8), "");
    }
    return value;
}

static LLVMValueRef build_call(tcg_meta* m, const tcg_meta_thunk_spec* spec, LLVMValueRef args) {
    uint32_t num = 0;
    LLVMValueRef* values = tcg_alloc(m->ctx, (spec->slots.count + 1) * sizeof *values);
    if (spec->whole) {
        values[num++] = args;
    } else if (spec->has_this) {
        values[num++] = tcg_load_at(m->ctx, m->ctx->ptr, args, 0);
    }
    for (uint32_t i = 0; i < spec->slots.count; i++) {
        values[num++] = load_param(m, args, &spec->slots.items[i]);
    }
    LLVMTypeRef type = LLVMGlobalGetValueType(spec->fn);
    LLVMValueRef call = LLVMBuildCall2(m->ctx->builder, type, spec->fn, values, num, "");
    LLVMSetInstructionCallConv(call, LLVMGetFunctionCallConv(spec->fn));
    copy_attributes(m, spec->fn, call);
    if (tcg_has_attr(spec->fn, TMLCG_ATTR_ASYNC)) {
        LLVMAttributeRef await = LLVMCreateStringAttribute(
            m->ctx->context, TMLCG_ATTR_AWAIT, (unsigned)strlen(TMLCG_ATTR_AWAIT), "", 0);
        LLVMAddCallSiteAttribute(call, LLVMAttributeFunctionIndex, await);
    }
    return call;
}

/// The answer in memory form, NULL for none.
static LLVMValueRef to_memory(tcg_meta* m, const tcg_meta_typ* answer, LLVMValueRef call,
                              LLVMValueRef slot) {
    if (answer == NULL) {
        return LLVMTypeOf(call) == m->ctx->void_type ? NULL : call;
    }
    if (answer->kind == TMLRT_TYPE_UNIT) {
        return NULL;
    }
    if (answer->poll_off != 0) {
        LLVMBuildStore(m->ctx->builder, call, slot);
        LLVMValueRef value = tcg_load_at(m->ctx, answer->mem, slot, answer->poll_off);
        LLVMSetAlignment(value, 4);
        return value;
    }
    if (answer->kind == TMLRT_TYPE_BOOL && answer->ir == m->ctx->i1) {
        return LLVMBuildZExt(m->ctx->builder, call, m->ctx->i8, "");
    }
    return call;
}

LLVMValueRef tcg_meta_thunk(tcg_meta* m, const tcg_meta_thunk_spec* spec) {
    tcg_meta_typ* answer = spec->answer;
    LLVMTypeRef fn_type = LLVMGlobalGetValueType(spec->fn);
    LLVMTypeRef ret = answer == NULL                    ? LLVMGetReturnType(fn_type)
                      : answer->kind == TMLRT_TYPE_UNIT ? m->ctx->void_type
                                                        : answer->mem;
    const char* drop_name = tcg_format(m->ctx, "%s.args", spec->name);
    LLVMValueRef drop_args = tcg_meta_args_drop_fn(m, &spec->slots, drop_name);
    LLVMValueRef drop_output =
        answer == NULL
            ? NULL
            : tcg_meta_drop_fn(m, answer, spec->owned_str ? TCG_DROP_OWNED : TCG_DROP_PLAIN);

    LLVMValueRef thunk =
        LLVMAddFunction(m->ctx->module, spec->name, LLVMFunctionType(ret, &m->ctx->ptr, 1, 0));
    LLVMSetLinkage(thunk, LLVMInternalLinkage);
    LLVMAttributeRef async = LLVMCreateStringAttribute(m->ctx->context, TMLCG_ATTR_ASYNC,
                                                       (unsigned)strlen(TMLCG_ATTR_ASYNC), "", 0);
    LLVMAddAttributeAtIndex(thunk, LLVMAttributeFunctionIndex, async);
    add_string_attr(m, thunk, TMLCG_ATTR_DROP_ARGS, drop_args);
    add_string_attr(m, thunk, TMLCG_ATTR_DROP_OUTPUT, drop_output);
    LLVMValueRef args = LLVMGetParam(thunk, 0);
    LLVMSetValueName2(args, "args", 4);

    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(m->ctx->context, thunk, "entry");
    LLVMPositionBuilderAtEnd(m->ctx->builder, entry);
    LLVMValueRef slot = NULL;
    if (answer != NULL && answer->poll_off != 0) {
        slot = LLVMBuildAlloca(m->ctx->builder, answer->ir, "poll");
    }
    LLVMValueRef value = to_memory(m, answer, build_call(m, spec, args), slot);
    if (value == NULL) {
        LLVMBuildRetVoid(m->ctx->builder);
    } else {
        LLVMBuildRet(m->ctx->builder, value);
    }
    return tcg_desc_global(m->ctx, thunk);
}
