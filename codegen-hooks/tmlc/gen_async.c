// SPDX-License-Identifier: Apache-2.0
// await, spawn, block_on as markers of the async lowering.
//
// After every marker that suspends stands tmlrt.dropped() when there is anything to clean up: its
// path runs every cleanup of the function and returns. What an await takes (arguments, handle,
// future) is not among them: it belongs to the awaited.
#include "codegen-hooks/tmlc/gen.h"

#include <tmlrt/abi/future.h>
#include <tmlrt/abi/status.h>

#include <tmlcg/hooks.h>

#include <string.h>

/// Behind a marker: the drop path, which drops `leaf` by the descriptor `desc` first when there is
/// one, and the other, where the builder is afterwards.
static void check_dropped_with(gen* g, LLVMValueRef leaf, LLVMValueRef desc) {
    if (g->cleanups.len == 0 && leaf == NULL) {
        return;
    }
    LLVMBasicBlockRef drop = gen_block(g, "cancelled"), go = gen_block(g, "awaited");
    LLVMBuildCondBr(g->builder, gen_call_extern(g, TMLCG_FN_DROPPED, "b", NULL), drop, go);
    gen_at(g, drop);
    if (leaf != NULL) {
        LLVMValueRef at = LLVMConstInt(gen_int(g, 64), offsetof(tmlrt_future_desc, drop), false);
        LLVMValueRef place = LLVMBuildGEP2(g->builder, gen_int(g, 8), desc, &at, 1, "");
        LLVMTypeRef param = gen_ptr(g);
        LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(g->context), &param, 1, false);
        LLVMBuildCall2(g->builder, type, LLVMBuildLoad2(g->builder, param, place, ""), &leaf, 1,
                       "");
    }
    gen_clean(g, 0);
    if (gen_has_value(g->fn->result)) {
        LLVMBuildRet(g->builder, LLVMGetUndef(gen_type(g, g->fn->result)));
    } else {
        LLVMBuildRetVoid(g->builder);
    }
    gen_at(g, go);
}

void gen_check_dropped(gen* g) {
    check_dropped_with(g, NULL, NULL);
}

void gen_coop(gen* g) {
    gen_call_extern(g, TMLCG_FN_COOP, "v", NULL);
    gen_check_dropped(g);
}

static LLVMValueRef leaf_place(gen* g) {
    LLVMValueRef place = gen_alloca(g, LLVMArrayType2(gen_int(g, 8), TMLRT_LEAF_SIZE), "leaf");
    LLVMSetAlignment(place, TMLRT_LEAF_ALIGN);
    return place;
}

static void await_leaf(gen* g, LLVMValueRef leaf, const char* name, LLVMValueRef out) {
    LLVMValueRef args[] = {leaf, gen_data(g, tmlc_format(g->arena, "%s_desc", name)), out};
    gen_call_extern(g, TMLCG_FN_AWAIT_DYN, "vppp", args);
    gen_check_dropped(g);
}

enum { MAX_LEAF_ARGS = 8 };

/// Calls a function of a leaf: `first` (the leaf, and what else comes before), then the arguments,
/// of which a struct of one field goes as that field.
static LLVMValueRef call_leaf(gen* g, const char* name, LLVMTypeRef result, LLVMValueRef* first,
                              unsigned num_first, LLVMValueRef* args, unsigned num) {
    LLVMValueRef all[MAX_LEAF_ARGS + 2];
    LLVMTypeRef types[MAX_LEAF_ARGS + 2];
    unsigned count = 0;
    for (unsigned i = 0; i < num_first; i++) {
        all[count++] = first[i];
    }
    for (unsigned i = 0; i < num; i++) {
        bool is_struct = LLVMGetTypeKind(LLVMTypeOf(args[i])) == LLVMStructTypeKind;
        all[count++] = is_struct ? LLVMBuildExtractValue(g->builder, args[i], 0, "") : args[i];
    }
    for (unsigned i = 0; i < count; i++) {
        types[i] = LLVMTypeOf(all[i]);
    }
    LLVMTypeRef type = LLVMFunctionType(result, types, count, false);
    return LLVMBuildCall2(g->builder, type, gen_declare(g, name, type), all, count, "");
}

static void init_leaf(gen* g, const char* name, LLVMValueRef leaf, LLVMValueRef* args,
                      unsigned num) {
    call_leaf(g, tmlc_format(g->arena, "%s_init", name), LLVMVoidTypeInContext(g->context), &leaf,
              1, args, num);
}

/// Awaits a leaf that `starts`. What name_start returns is the output; when it is null the leaf
/// waits, and is polled from the next poll on. Returns the output.
static LLVMValueRef await_started(gen* g, const char* name, LLVMValueRef* args, unsigned num,
                                  LLVMValueRef leaf, LLVMValueRef out) {
    LLVMValueRef desc = gen_data(g, tmlc_format(g->arena, "%s_desc", name));
    LLVMValueRef first[] = {leaf, gen_call_extern(g, TMLCG_FN_CONTEXT, "p", NULL)};
    LLVMValueRef values[2];
    LLVMBasicBlockRef from[2], pending = gen_block(g, "pending"), done = gen_block(g, "done");
    values[0] =
        call_leaf(g, tmlc_format(g->arena, "%s_start", name), gen_ptr(g), first, 2, args, num);
    from[0] = LLVMGetInsertBlock(g->builder);
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, values[0], ""), pending, done);
    gen_at(g, pending);
    gen_call_extern(g, TMLCG_FN_SUSPEND, "v", NULL);
    check_dropped_with(g, leaf, desc);
    await_leaf(g, leaf, name, out);
    values[1] = LLVMBuildLoad2(g->builder, gen_ptr(g), out, "");
    from[1] = LLVMGetInsertBlock(g->builder);
    LLVMBuildBr(g->builder, done);
    gen_at(g, done);
    LLVMValueRef phi = LLVMBuildPhi(g->builder, gen_ptr(g), "");
    LLVMAddIncoming(phi, values, from, 2);
    return phi;
}

static LLVMValueRef out_place(gen* g, ty* type) {
    return gen_has_value(type) ? gen_alloca(g, gen_type(g, type), "out")
                               : LLVMConstNull(gen_ptr(g));
}

/// Awaits a leaf of the prelude. Returns its output, NULL for none.
static LLVMValueRef run_leaf(gen* g, const fn* f, LLVMValueRef* args, unsigned num) {
    LLVMValueRef leaf = leaf_place(g), out = out_place(g, f->result);
    if (f->traits.starts) {
        return await_started(g, f->traits.leaf, args, num, leaf, out);
    }
    init_leaf(g, f->traits.leaf, leaf, args, num);
    await_leaf(g, leaf, f->traits.leaf, out);
    return gen_has_value(f->result) ? gen_load(g, f->result, out) : NULL;
}

static LLVMValueRef await_direct_leaf(gen* g, hir* call) {
    LLVMValueRef args[MAX_LEAF_ARGS];
    unsigned num = 0;
    for (uint32_t i = 0; i < call->list.len && i < MAX_LEAF_ARGS; i++) {
        args[num++] = gen_value(g, call->list.items[i]);
    }
    return run_leaf(g, call->fn, args, num);
}

void gen_leaf(gen* g, fn* f) {
    LLVMValueRef args[MAX_LEAF_ARGS];
    unsigned num = 0;
    for (uint32_t i = 0; i < f->params.len && i < MAX_LEAF_ARGS; i++) {
        args[num++] = gen_load(g, f->params.items[i]->type, f->params.items[i]->slot);
    }
    LLVMValueRef value = run_leaf(g, f, args, num);
    if (value != NULL) {
        LLVMBuildRet(g->builder, value);
    } else {
        LLVMBuildRetVoid(g->builder);
    }
}

static LLVMValueRef await_call(gen* g, hir* node) {
    hir* call = node->a;
    LLVMValueRef* args = tmlc_alloc(g->arena, (call->list.len + 2) * sizeof *args);
    unsigned num = 0;
    LLVMValueRef function = gen_args(g, call, args, &num);
    gen_location(g, node->span);
    LLVMValueRef value =
        LLVMBuildCall2(g->builder, gen_function_type(g, call->fn), function, args, num, "");
    gen_call_attribute(g, value, TMLCG_ATTR_AWAIT);
    gen_check_dropped(g);
    return gen_has_value(node->type) ? value : NULL;
}

LLVMValueRef gen_desc(gen* g, fn* f) {
    LLVMValueRef function = gen_function(g, f);
    return gen_call_extern(g, TMLCG_FN_DESC, "pp", &function);
}

static LLVMValueRef await_future(gen* g, hir* node) {
    fn* f = node->a->type->fn;
    LLVMValueRef args[] = {gen_value(g, node->a), NULL, out_place(g, node->type)};
    if (g->num_parts > 1) { // a box, see gen_future
        gen_kept kept = gen_keep(g, node->a, args[0]);
        args[1] = gen_desc(g, f);
        gen_call_extern(g, TMLCG_FN_AWAIT_DYN, "vppp", args);
        gen_check_dropped(g);
        gen_drop_future(g, f, gen_unkeep(g, kept));
        return gen_load(g, node->type, args[2]);
    }
    args[1] = gen_function(g, f);
    gen_call_extern(g, TMLCG_FN_AWAIT_FUTURE, "vppp", args);
    gen_check_dropped(g);
    return gen_load(g, node->type, args[2]);
}

/// A dyn Future: its frame is freed behind the await, and by the drop path.
static LLVMValueRef await_box(gen* g, hir* node) {
    LLVMValueRef value = gen_value(g, node->a);
    LLVMValueRef args[] = {LLVMBuildExtractValue(g->builder, value, 0, "frame"),
                           LLVMBuildExtractValue(g->builder, value, 1, "desc"),
                           out_place(g, node->type)};
    gen_kept kept = gen_keep(g, node->a, value);
    gen_call_extern(g, TMLCG_FN_AWAIT_DYN, "vppp", args);
    gen_check_dropped(g);
    gen_unkeep(g, kept);
    gen_drop_box(g, kept.place);
    return gen_load(g, node->type, args[2]);
}

/// The arguments and the result of a blocking call in one struct: the result first.
static LLVMTypeRef blocking_type(gen* g, fn* f) {
    LLVMTypeRef* parts = tmlc_alloc(g->arena, (f->params.len + 1) * sizeof *parts);
    parts[0] = gen_type(g, f->result);
    for (uint32_t i = 0; i < f->params.len; i++) {
        parts[i + 1] = gen_type(g, f->params.items[i]->type);
    }
    return LLVMStructTypeInContext(g->context, parts, f->params.len + 1, false);
}

/// status to Outcome[T, JoinError]; the value is at `value`.
static LLVMValueRef join_outcome(gen* g, hir* node, LLVMValueRef status_place, LLVMValueRef value) {
    ty* type = node->type;
    LLVMValueRef out = gen_alloca(g, gen_type(g, type), "outcome");
    LLVMValueRef status = LLVMBuildLoad2(g->builder, gen_int(g, 32), status_place, "status");
    LLVMBasicBlockRef ok = gen_block(g, "ok"), failed = gen_block(g, "failed"),
                      end = gen_block(g, "end");
    gen_store(g, LLVMConstNull(gen_type(g, type)), out);
    LLVMBuildCondBr(g->builder,
                    LLVMBuildICmp(g->builder, LLVMIntEQ, status, gen_const(g, 32, 0), ""), ok,
                    failed);
    gen_at(g, ok);
    LLVMValueRef part = gen_load(g, type->args[0], value);
    gen_variant_store(g, type, 0, &part, out);
    LLVMBuildBr(g->builder, end);
    gen_at(g, failed);
    LLVMValueRef cancelled = LLVMBuildICmp(g->builder, LLVMIntEQ, status,
                                           gen_const(g, 32, (uint64_t)TMLRT_E_CANCELLED), "");
    LLVMValueRef panicked =
        LLVMBuildICmp(g->builder, LLVMIntEQ, status, gen_const(g, 32, (uint64_t)TMLRT_E_PANIC), "");
    LLVMValueRef why =
        LLVMBuildSelect(g->builder, panicked, gen_const(g, 32, 1), gen_const(g, 32, 2), "");
    why = LLVMBuildSelect(g->builder, cancelled, gen_const(g, 32, 0), why, "why");
    gen_store(g, gen_const(g, 32, 1), out);
    gen_store(g, why, gen_part(g, type, 1, 0, out));
    LLVMBuildBr(g->builder, end);
    gen_at(g, end);
    return gen_load(g, type, out);
}

static LLVMValueRef await_handle(gen* g, hir* node) {
    ty* from = node->a->type;
    LLVMValueRef handle = gen_value(g, node->a);
    LLVMValueRef out, value, leaf = leaf_place(g), status = gen_alloca(g, gen_int(g, 32), "status");
    if (from->kind == TY_BLOCKING) {
        LLVMTypeRef pack = blocking_type(g, from->fn);
        out = gen_alloca(g, pack, "pack");
        value = LLVMBuildStructGEP2(g->builder, pack, out, 0, "");
    } else {
        handle = LLVMBuildExtractValue(g->builder, handle, 0, "task");
        out = value = out_place(g, from->args[0]);
    }
    LLVMValueRef args[] = {leaf, handle, out};
    gen_call_extern(g, "tmlrt_join_init", "vppp", args);
    await_leaf(g, leaf, "tmlrt_join", status);
    return join_outcome(g, node, status, value);
}

/// A hand-written future: poll, and suspend while it is pending.
static LLVMValueRef await_impl(gen* g, hir* node) {
    ty* poll = node->fn->result;
    LLVMValueRef object = gen_place(g, node->a), slot = gen_alloca(g, gen_type(g, poll), "poll");
    if (node->fn->params.items[0]->type->kind == TY_CLASS) {
        object = gen_load(g, node->a->type, object);
    }
    if (node->fn->params.items[0]->type->kind == TY_STRUCT) { // Pin[mut ref This]
        LLVMValueRef pin = LLVMGetUndef(gen_type(g, node->fn->params.items[0]->type));
        object = LLVMBuildInsertValue(g->builder, pin, object, 0, "pin");
    }
    LLVMBasicBlockRef again = gen_block(g, "poll"), pending = gen_block(g, "pending"),
                      ready = gen_block(g, "ready");
    LLVMBuildBr(g->builder, again);
    gen_at(g, again);
    LLVMValueRef args[] = {object, gen_call_extern(g, TMLCG_FN_CONTEXT, "p", NULL)};
    LLVMValueRef value = LLVMBuildCall2(g->builder, gen_function_type(g, node->fn),
                                        gen_function(g, node->fn), args, 2, "");
    gen_store(g, value, slot);
    LLVMValueRef is_ready =
        LLVMBuildICmp(g->builder, LLVMIntEQ, gen_tag(g, poll, slot), gen_const(g, 32, 0), "");
    LLVMBuildCondBr(g->builder, is_ready, ready, pending);
    gen_at(g, pending);
    gen_call_extern(g, TMLCG_FN_SUSPEND, "v", NULL);
    gen_check_dropped(g);
    LLVMBuildBr(g->builder, again);
    gen_at(g, ready);
    return gen_has_value(node->type) ? gen_load(g, node->type, gen_part(g, poll, 0, 0, slot))
                                     : NULL;
}

LLVMValueRef gen_await(gen* g, hir* node) {
    if (node->fn != NULL) {
        return await_impl(g, node);
    }
    if (ty_is_dyn_future(g->prog, node->a->type)) {
        return await_box(g, node);
    }
    if (node->a->type->kind != TY_FUTURE) {
        return await_handle(g, node);
    }
    if (node->a->kind != HIR_CALL) {
        return await_future(g, node);
    }
    if (node->a->fn->traits.leaf != NULL) {
        return await_direct_leaf(g, node->a);
    }
    return await_call(g, node);
}

/// A marker of one function and its arguments: spawn, future.
static LLVMValueRef variadic(gen* g, const char* name, hir* call) {
    LLVMValueRef* args = tmlc_alloc(g->arena, (call->list.len + 2) * sizeof *args);
    unsigned num = 1;
    args[0] = gen_args(g, call, args, &num);
    LLVMTypeRef param = gen_ptr(g);
    LLVMTypeRef type = LLVMFunctionType(gen_ptr(g), &param, 1, true);
    return LLVMBuildCall2(g->builder, type, gen_declare(g, name, type), args, num, "");
}

/// A future value is a slot of this frame; between several modules, where the frame of a function
/// may not be known here, a box.
LLVMValueRef gen_future(gen* g, hir* node) {
    return variadic(g, g->num_parts > 1 ? TMLCG_FN_BOX : TMLCG_FN_FUTURE, node->a);
}

void gen_drop_future(gen* g, fn* f, LLVMValueRef frame) {
    LLVMValueRef args[] = {frame, NULL};
    args[1] = g->num_parts > 1 ? gen_desc(g, f) : gen_function(g, f);
    gen_call_extern(g, g->num_parts > 1 ? TMLCG_FN_DROP_BOX : TMLCG_FN_DROP_FUTURE, "vpp", args);
}

LLVMValueRef gen_box(gen* g, hir* node) {
    LLVMValueRef frame = variadic(g, TMLCG_FN_BOX, node->a);
    return gen_pair(g, frame, gen_desc(g, node->a->fn), node->type);
}

LLVMValueRef gen_boxed(gen* g, fn* f) {
    if (f->boxed == NULL) {
        LLVMTypeRef from = gen_function_type(g, f), ptr = gen_ptr(g), parts[] = {ptr, ptr};
        LLVMTypeRef pair = LLVMStructTypeInContext(g->context, parts, 2, false);
        LLVMTypeRef* params = tmlc_alloc(g->arena, (f->params.len + 1) * sizeof *params);
        LLVMGetParamTypes(from, params);
        LLVMValueRef made =
            LLVMAddFunction(g->module, tmlc_format(g->arena, "%s.boxed", f->symbol),
                            LLVMFunctionType(pair, params, LLVMCountParamTypes(from), false));
        LLVMSetLinkage(made, LLVMInternalLinkage);
        f->boxed = made;
        LLVMValueRef* args = tmlc_alloc(g->arena, (f->params.len + 2) * sizeof *args);
        args[0] = gen_function(g, f);
        gen_saved saved = gen_thunk(g, made);
        LLVMGetParams(made, args + 1);
        LLVMTypeRef type = LLVMFunctionType(ptr, &ptr, 1, true);
        LLVMValueRef frame = LLVMBuildCall2(g->builder, type, gen_declare(g, TMLCG_FN_BOX, type),
                                            args, LLVMCountParamTypes(from) + 1, "");
        LLVMValueRef value = LLVMBuildInsertValue(g->builder, LLVMGetUndef(pair), frame, 0, "");
        LLVMBuildRet(g->builder, LLVMBuildInsertValue(g->builder, value, gen_desc(g, f), 1, ""));
        gen_thunk_end(g, saved);
    }
    return f->boxed;
}

void gen_drop_box(gen* g, LLVMValueRef place) {
    LLVMTypeRef ptr = gen_ptr(g), parts[] = {ptr, ptr};
    LLVMTypeRef pair = LLVMStructTypeInContext(g->context, parts, 2, false);
    LLVMValueRef value = LLVMBuildLoad2(g->builder, pair, place, "");
    LLVMValueRef args[] = {LLVMBuildExtractValue(g->builder, value, 0, "frame"),
                           LLVMBuildExtractValue(g->builder, value, 1, "desc")};
    LLVMBasicBlockRef drop = gen_block(g, "drop"), end = gen_block(g, "dropped");
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, args[0], ""), end, drop);
    gen_at(g, drop);
    gen_call_extern(g, TMLCG_FN_DROP_BOX, "vpp", args);
    LLVMBuildBr(g->builder, end);
    gen_at(g, end);
}

LLVMValueRef gen_spawn(gen* g, hir* node) {
    LLVMValueRef task;
    if (node->a->kind == HIR_CALL) {
        task = variadic(g, node->index ? TMLCG_FN_SPAWN_LOCAL : TMLCG_FN_SPAWN, node->a);
    } else {
        LLVMValueRef args[] = {gen_value(g, node->a), gen_function(g, node->a->type->fn)};
        task = gen_call_extern(g, TMLCG_FN_SPAWN_FUTURE, "ppp", args);
        if (g->num_parts > 1) {
            gen_drop_future(g, node->a->type->fn, args[0]);
        }
    }
    return LLVMBuildInsertValue(g->builder, LLVMGetUndef(gen_type(g, node->type)), task, 0, "");
}

/// void name(ptr pack): unpacks the arguments, calls, stores the result.
static LLVMValueRef blocking_thunk(gen* g, fn* f) {
    if (f->blocking == NULL) {
        LLVMTypeRef ptr = gen_ptr(g), pack = blocking_type(g, f);
        LLVMValueRef made =
            LLVMAddFunction(g->module, tmlc_format(g->arena, "%s.blocking", f->symbol),
                            LLVMFunctionType(LLVMVoidTypeInContext(g->context), &ptr, 1, false));
        LLVMSetLinkage(made, LLVMInternalLinkage);
        f->blocking = made;
        LLVMValueRef function = gen_function(g, f);
        gen_saved saved = gen_thunk(g, made);
        LLVMValueRef* args = tmlc_alloc(g->arena, (f->params.len + 1) * sizeof *args);
        for (uint32_t i = 0; i < f->params.len; i++) {
            LLVMValueRef at =
                LLVMBuildStructGEP2(g->builder, pack, LLVMGetParam(made, 0), i + 1, "");
            args[i] = LLVMBuildLoad2(g->builder, gen_type(g, f->params.items[i]->type), at, "");
        }
        LLVMValueRef value =
            LLVMBuildCall2(g->builder, gen_function_type(g, f), function, args, f->params.len, "");
        if (gen_has_value(f->result)) {
            gen_store(g, value,
                      LLVMBuildStructGEP2(g->builder, pack, LLVMGetParam(made, 0), 0, ""));
        }
        for (uint32_t i = 0; i < f->params.len; i++) {
            if (f->params.items[i]->is_packed) {
                gen_call_extern(g, "free", "vp", &args[i]);
            }
        }
        LLVMBuildRetVoid(g->builder);
        gen_thunk_end(g, saved);
    }
    return f->blocking;
}

LLVMValueRef gen_spawn_blocking(gen* g, hir* node) {
    hir* call = node->a;
    LLVMTypeRef pack = blocking_type(g, call->fn);
    LLVMValueRef place = gen_alloca(g, pack, "pack");
    gen_store(g, LLVMConstNull(pack), place);
    LLVMValueRef* values = tmlc_alloc(g->arena, (call->list.len + 1) * sizeof *values);
    gen_operands(g, call->list.items, call->list.len, values);
    for (uint32_t i = 0; i < call->list.len; i++) {
        gen_store(g, values[i], LLVMBuildStructGEP2(g->builder, pack, place, i + 1, ""));
    }
    LLVMValueRef args[] = {blocking_thunk(g, call->fn), place, gen_const(g, 64, gen_size(g, pack))};
    return gen_call_extern(g, "tmlrt_spawn_blocking", "pppl", args);
}

LLVMValueRef gen_block_on(gen* g, hir* node) {
    if (node->a->kind == HIR_CALL) {
        hir* call = node->a;
        LLVMValueRef* args = tmlc_alloc(g->arena, (call->list.len + 2) * sizeof *args);
        unsigned num = 0;
        LLVMValueRef function = gen_args(g, call, args, &num);
        LLVMValueRef value =
            LLVMBuildCall2(g->builder, gen_function_type(g, call->fn), function, args, num, "");
        gen_call_attribute(g, value, TMLCG_ATTR_BLOCK_ON);
        return gen_has_value(node->type) ? value : NULL;
    }
    LLVMValueRef args[] = {gen_value(g, node->a), gen_desc(g, node->a->type->fn),
                           out_place(g, node->type)};
    gen_call_extern(g, TMLCG_FN_BLOCK_ON_DYN, "vppp", args);
    if (g->num_parts > 1) {
        gen_drop_future(g, node->a->type->fn, args[0]);
    }
    return gen_load(g, node->type, args[2]);
}
