// SPDX-License-Identifier: Apache-2.0
// join, try_join, race and select as markers of the async lowering.
//
// A branch is a future's frame, what polls it and a place for its output. From the marker on it
// belongs to the marker: losers, and all of them when this function is dropped there, are dropped
// by the lowering. Between several modules a future is a box (gen_future), whose storage stays
// ours: it keeps its cleanup, for which a future that has ended is a box to free.
#include "codegen-hooks/tmlc/gen.h"

#include <tmlcg/hooks.h>

static LLVMValueRef driver(gen* g, fn* f) {
    return g->num_parts > 1 ? gen_desc(g, f) : gen_function(g, f);
}

static LLVMValueRef call_marker(gen* g, const char* name, LLVMTypeRef result, LLVMValueRef* args,
                                unsigned num) {
    LLVMTypeRef param = gen_ptr(g);
    LLVMTypeRef type = LLVMFunctionType(result, &param, 1, true);
    LLVMValueRef call = LLVMBuildCall2(g->builder, type, gen_declare(g, name, type), args, num, "");
    gen_check_dropped(g);
    return call;
}

/// i1 name(ptr output): what tells try_join that an Outcome is an Err.
static LLVMValueRef is_err(gen* g, ty* type) {
    const char* name = tmlc_format(g->arena, "%s.is_err", type->mangled);
    LLVMValueRef made = LLVMGetNamedFunction(g->module, name);
    if (made == NULL) {
        LLVMTypeRef ptr = gen_ptr(g);
        made = LLVMAddFunction(g->module, name, LLVMFunctionType(gen_int(g, 1), &ptr, 1, false));
        LLVMSetLinkage(made, LLVMInternalLinkage);
        gen_saved saved = gen_thunk(g, made);
        LLVMValueRef tag = gen_tag(g, type, LLVMGetParam(made, 0));
        LLVMBuildRet(g->builder,
                     LLVMBuildICmp(g->builder, LLVMIntNE, tag, gen_const(g, 32, 0), "is_err"));
        gen_thunk_end(g, saved);
    }
    return made;
}

// ---- join, try_join, race ----------------------------------------------------------------------

/// Where the output of future `i` goes: into the tuple, a place of its own, or the one of all.
static LLVMValueRef out_of(gen* g, const hir* node, uint32_t i, LLVMValueRef result) {
    ty* type = node->list.items[i]->type->args[0];
    if (!gen_has_value(type)) {
        return LLVMConstNull(gen_ptr(g));
    }
    if (node->index == MANY_JOIN) {
        return LLVMBuildStructGEP2(g->builder, gen_type(g, node->type), result, i, "");
    }
    return node->index == MANY_RACE ? result : gen_alloca(g, gen_type(g, type), "out");
}

/// The tuple of what the Outcomes at `outs` hold, as an Ok at `result`.
static void all_ok(gen* g, const hir* node, LLVMValueRef* outs, LLVMValueRef result) {
    ty* tuple_type = node->type->args[0];
    LLVMTypeRef body = gen_type(g, tuple_type);
    LLVMValueRef tuple = gen_alloca(g, body, "tuple");
    for (uint32_t i = 0; i < node->list.len; i++) {
        ty* from = node->list.items[i]->type->args[0];
        if (gen_has_value(from->args[0])) {
            gen_store(g, gen_load(g, from->args[0], gen_part(g, from, 0, 0, outs[i])),
                      LLVMBuildStructGEP2(g->builder, body, tuple, i, ""));
        }
    }
    LLVMValueRef part = gen_load(g, tuple_type, tuple);
    gen_variant_store(g, node->type, 0, &part, result);
}

static void end_try_join(gen* g, const hir* node, LLVMValueRef won, LLVMValueRef* outs,
                         LLVMValueRef result) {
    LLVMBasicBlockRef ok = gen_block(g, "ok"), end = gen_block(g, "end");
    LLVMValueRef choice = LLVMBuildSwitch(g->builder, won, ok, node->list.len);
    for (uint32_t i = 0; i < node->list.len; i++) {
        ty* from = node->list.items[i]->type->args[0];
        LLVMBasicBlockRef failed = gen_block(g, "failed");
        LLVMAddCase(choice, gen_const(g, 32, i), failed);
        gen_at(g, failed);
        LLVMValueRef error = gen_load(g, from->args[1], gen_part(g, from, 1, 0, outs[i]));
        gen_variant_store(g, node->type, 1, &error, result);
        LLVMBuildBr(g->builder, end);
    }
    gen_at(g, ok);
    all_ok(g, node, outs, result);
    LLVMBuildBr(g->builder, end);
    gen_at(g, end);
}

LLVMValueRef gen_many(gen* g, hir* node) {
    static const char* const names[MANY_NUM] = {TMLCG_FN_JOIN, TMLCG_FN_TRY_JOIN, TMLCG_FN_RACE};
    uint32_t num = node->list.len;
    LLVMValueRef* args = tmlc_alloc(g->arena, ((size_t)4 * num + 1) * sizeof *args);
    LLVMValueRef* outs = tmlc_alloc(g->arena, ((size_t)num + 1) * sizeof *outs);
    gen_kept* kept = tmlc_alloc(g->arena, ((size_t)num + 1) * sizeof *kept);
    LLVMValueRef result = gen_alloca(g, gen_type(g, node->type), "result");
    unsigned at = 0;
    gen_store(g, LLVMConstNull(gen_type(g, node->type)), result);
    for (uint32_t i = 0; i < num; i++) {
        hir* future = node->list.items[i];
        LLVMValueRef frame = gen_value(g, future);
        kept[i] = g->num_parts > 1 ? gen_keep(g, future, frame) : (gen_kept){.value = frame};
        outs[i] = out_of(g, node, i, result);
        args[at++] = frame;
        args[at++] = driver(g, future->type->fn);
        args[at++] = outs[i];
        if (node->index == MANY_TRY_JOIN) {
            args[at++] = is_err(g, future->type->args[0]);
        }
    }
    LLVMTypeRef type =
        node->index == MANY_JOIN ? LLVMVoidTypeInContext(g->context) : gen_int(g, 32);
    LLVMValueRef won = call_marker(g, names[node->index], type, args, at);
    for (uint32_t i = 0; i < num && g->num_parts > 1; i++) {
        gen_drop_future(g, node->list.items[i]->type->fn, gen_unkeep(g, kept[i]));
    }
    if (node->index == MANY_TRY_JOIN) {
        end_try_join(g, node, won, outs, result);
    }
    return gen_has_value(node->type) ? gen_load(g, node->type, result) : NULL;
}

// ---- select ------------------------------------------------------------------------------------

/// A branch: its future lies at `place` when `takes_part` is set, and is ours to drop till then.
typedef struct {
    hir* future;
    LLVMValueRef place, takes_part, out;
    uint32_t cleanup; ///< its number in g->cleanups
} branch;

static void make_future(gen* g, branch* b, hir* guard) {
    LLVMBasicBlockRef make = NULL, end = NULL;
    if (guard != NULL) {
        make = gen_block(g, "make");
        end = gen_block(g, "made");
        LLVMBuildCondBr(g->builder, gen_value(g, guard), make, end);
        gen_at(g, make);
    }
    uint32_t scope = gen_scope(g);
    LLVMValueRef frame = gen_value(g, b->future);
    if (!gen_is_terminated(g)) {
        gen_store(g, frame, b->place);
        gen_store(g, gen_const(g, 1, 1), b->takes_part);
    }
    if (guard != NULL) {
        gen_scope_end(g, scope); // temporaries that only this way has
        gen_jump(g, end);
        gen_at(g, end);
    }
    b->cleanup = g->cleanups.len;
    gen_own(g, b->future->type, b->place, b->takes_part);
}

/// Begins all branches: an earlier one is dropped when a later one's arguments leave the function.
static branch* make_branches(gen* g, hir* node, uint32_t num) {
    branch* all = tmlc_alloc(g->arena, ((size_t)num + 1) * sizeof *all);
    for (size_t i = 0; i < num; i++) {
        all[i].future = node->list.items[2 * i];
        all[i].place = gen_alloca(g, gen_ptr(g), "branch");
        all[i].takes_part = gen_alloca(g, gen_int(g, 1), "takes_part");
        gen_store(g, LLVMConstNull(gen_ptr(g)), all[i].place);
        gen_store(g, gen_const(g, 1, 0), all[i].takes_part);
    }
    for (size_t i = 0; i < num; i++) {
        make_future(g, &all[i], node->list.items[2 * i + 1]);
        all[i].out = gen_alloca(g, gen_type(g, all[i].future->type->args[0]), "out");
    }
    return all;
}

static LLVMValueRef await_first(gen* g, branch* all, uint32_t num) {
    LLVMValueRef* args = tmlc_alloc(g->arena, ((size_t)4 * num + 1) * sizeof *args);
    bool is_box = g->num_parts > 1;
    for (size_t i = 0; i < num; i++) {
        ty* type = all[i].future->type;
        args[4 * i] = LLVMBuildLoad2(g->builder, gen_ptr(g), all[i].place, "");
        args[4 * i + 1] = driver(g, type->fn);
        args[4 * i + 2] = gen_has_value(type->args[0]) ? all[i].out : LLVMConstNull(gen_ptr(g));
        args[4 * i + 3] = LLVMBuildLoad2(g->builder, gen_int(g, 1), all[i].takes_part, "");
        if (!is_box) {
            g->cleanups.items[all[i].cleanup].kind = CLEAN_NONE;
        }
    }
    LLVMValueRef won = call_marker(g, TMLCG_FN_SELECT, gen_int(g, 32), args, 4 * num);
    for (uint32_t i = 0; i < num && is_box; i++) {
        gen_clean_one(g, &g->cleanups.items[all[i].cleanup]);
        g->cleanups.items[all[i].cleanup].kind = CLEAN_NONE;
    }
    return won;
}

/// A text that the future made for the arm ends with it.
static void own_output(gen* g, const pat* p) {
    if (p->kind == PAT_BIND && p->local->owns_str) {
        gen_own_str_at(g, p->local->slot);
    }
}

LLVMValueRef gen_select(gen* g, hir* node) {
    uint32_t num = node->list.len / 2, scope = gen_scope(g);
    LLVMValueRef slot = gen_result_slot(g, node);
    branch* all = make_branches(g, node, num);
    if (gen_is_terminated(g)) {
        g->cleanups.len = scope;
        return NULL;
    }
    LLVMValueRef won = await_first(g, all, num);
    LLVMBasicBlockRef end = gen_block(g, "end"), none = gen_block(g, "none");
    LLVMValueRef choice = LLVMBuildSwitch(g->builder, won, none, num);
    for (uint32_t i = 0; i < num; i++) {
        LLVMBasicBlockRef arm = gen_block(g, "arm");
        uint32_t arm_scope = gen_scope(g);
        LLVMAddCase(choice, gen_const(g, 32, i), arm);
        gen_at(g, arm);
        gen_bind(g, node->arms.items[i].pattern, all[i].out);
        own_output(g, node->arms.items[i].pattern);
        gen_scoped(g, node->arms.items[i].body, slot);
        gen_scope_end(g, arm_scope);
        gen_jump(g, end);
    }
    gen_at(g, none);
    if (node->arms.len > num) {
        gen_scoped(g, node->arms.items[num].body, slot);
        gen_jump(g, end);
    } else {
        LLVMBuildUnreachable(g->builder);
    }
    gen_at(g, end);
    gen_scope_end(g, scope);
    return slot == NULL ? NULL : gen_load(g, node->type, slot);
}
