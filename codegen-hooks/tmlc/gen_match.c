// SPDX-License-Identifier: Apache-2.0
// when and '!': patterns are tested one arm after the other, then the parts of the one that fits
// are bound.
//
// An arm has three steps: its locals get their places, the parts are stored in them (an alternative
// branches on which of its patterns fitted), and what they own is given to the arm's scope. The
// arms are complete (check_exhaustive.c): nothing comes out of the last one's test.
#include "codegen-hooks/tmlc/gen.h"

/// The address of a part of what lies at `place`.
static LLVMValueRef part_place(gen* g, const pat* p, uint32_t i, LLVMValueRef place) {
    if (p->kind == PAT_STRUCT) {
        return LLVMBuildStructGEP2(g->builder, gen_type(g, p->type), place, i, "");
    }
    return p->kind == PAT_DEREF ? LLVMBuildLoad2(g->builder, gen_ptr(g), place, "")
                                : gen_part(g, p->type, p->index, i, place);
}

static LLVMValueRef fits_number(gen* g, const pat* p, LLVMValueRef place) {
    LLVMValueRef value = gen_load(g, p->type, place);
    LLVMValueRef first = LLVMConstInt(gen_type(g, p->type), p->integer, false);
    if (p->kind == PAT_INT) {
        return LLVMBuildICmp(g->builder, LLVMIntEQ, value, first, "");
    }
    LLVMValueRef last = LLVMConstInt(gen_type(g, p->type), p->last, false);
    bool is_signed = ty_is_signed(p->type);
    LLVMValueRef above =
        LLVMBuildICmp(g->builder, is_signed ? LLVMIntSGE : LLVMIntUGE, value, first, "");
    LLVMValueRef below =
        LLVMBuildICmp(g->builder, is_signed ? LLVMIntSLE : LLVMIntULE, value, last, "");
    return LLVMBuildAnd(g->builder, above, below, "");
}

static void test_pattern(gen* g, pat* p, LLVMValueRef place, LLVMBasicBlockRef fail);

/// Notes which alternative fits.
static void test_alternatives(gen* g, pat* p, LLVMValueRef place, LLVMBasicBlockRef fail) {
    LLVMBasicBlockRef fits = gen_block(g, "fits");
    p->which = gen_alloca(g, gen_int(g, 32), "which");
    for (uint32_t i = 0; i < p->parts.len; i++) {
        LLVMBasicBlockRef next = i + 1 < p->parts.len ? gen_block(g, "or") : fail;
        test_pattern(g, p->parts.items[i], place, next);
        gen_store(g, gen_const(g, 32, i), p->which);
        LLVMBuildBr(g->builder, fits);
        if (next != fail) {
            gen_at(g, next);
        }
    }
    gen_at(g, fits);
}

/// Branches to `fail` unless the value at `place` has the pattern.
static void test_pattern(gen* g, pat* p, LLVMValueRef place, LLVMBasicBlockRef fail) {
    LLVMValueRef fits = NULL;
    if (p->kind == PAT_OR) {
        test_alternatives(g, p, place, fail);
        return;
    }
    if (p->kind == PAT_INT || p->kind == PAT_RANGE) {
        fits = fits_number(g, p, place);
    } else if (p->kind == PAT_STR) {
        LLVMValueRef args[] = {gen_load(g, p->type, place), gen_str(g, p->text)};
        fits = LLVMBuildICmp(g->builder, LLVMIntEQ, gen_call_extern(g, "strcmp", "ipp", args),
                             gen_const(g, 32, 0), "");
    } else if (p->kind == PAT_VARIANT) {
        fits = LLVMBuildICmp(g->builder, LLVMIntEQ, gen_tag(g, p->type, place),
                             gen_const(g, 32, p->index), "");
    }
    if (fits != NULL) {
        LLVMBasicBlockRef next = gen_block(g, "fits");
        LLVMBuildCondBr(g->builder, fits, next, fail);
        gen_at(g, next);
    }
    for (uint32_t i = 0; i < p->parts.len; i++) {
        pat* part = p->parts.items[i];
        if (part->kind != PAT_WILD && part->kind != PAT_BIND) {
            test_pattern(g, part, part_place(g, p, i, place), fail);
        }
    }
}

/// Places for the locals; alternatives share those of the first.
static void declare_locals(gen* g, const pat* p) {
    if (p->kind == PAT_BIND) {
        local* l = p->local;
        l->slot = gen_alloca(g, gen_type(g, l->type), l->name);
        l->flag = l->is_ever_moved && ty_needs_drop(g->prog, l->type)
                      ? gen_alloca(g, gen_int(g, 1), "owned")
                      : NULL;
    }
    for (uint32_t i = 0; i < (p->kind == PAT_OR ? 1 : p->parts.len); i++) {
        declare_locals(g, p->parts.items[i]);
    }
}

/// A value with a Drop of its own, of which only copies are bound, is dropped as it is.
static bool ends_whole(gen* g, const pat* p) {
    return (p->kind == PAT_VARIANT || p->kind == PAT_STRUCT) && ty_needs_drop(g->prog, p->type) &&
           p->type->drop != NULL;
}

static bool has_work(gen* g, const pat* p, bool by_move) {
    if (p->kind == PAT_BIND) {
        return true;
    }
    if (p->kind == PAT_WILD || (by_move && ends_whole(g, p))) {
        return by_move && ty_needs_drop(g->prog, p->type);
    }
    for (uint32_t i = 0; i < p->parts.len; i++) {
        if (has_work(g, p->parts.items[i], by_move)) {
            return true;
        }
    }
    return false;
}

static void bind_pattern(gen* g, const pat* p, LLVMValueRef place, bool by_move);

static void bind_alternatives(gen* g, const pat* p, LLVMValueRef place, bool by_move) {
    LLVMBasicBlockRef end = gen_block(g, "bound"), other = gen_block(g, "never");
    LLVMValueRef which = LLVMBuildLoad2(g->builder, gen_int(g, 32), p->which, "");
    LLVMValueRef choice = LLVMBuildSwitch(g->builder, which, other, p->parts.len);
    for (uint32_t i = 0; i < p->parts.len; i++) {
        LLVMBasicBlockRef block = gen_block(g, "bind");
        LLVMAddCase(choice, gen_const(g, 32, i), block);
        gen_at(g, block);
        bind_pattern(g, p->parts.items[i], place, by_move);
        LLVMBuildBr(g->builder, end);
    }
    gen_at(g, other);
    LLVMBuildUnreachable(g->builder);
    gen_at(g, end);
}

/// Stores the parts that the pattern names; with `by_move` what it does not name is dropped.
static void bind_pattern(gen* g, const pat* p, LLVMValueRef place, bool by_move) {
    if (!has_work(g, p, by_move)) {
        return;
    }
    if (p->kind == PAT_BIND) {
        gen_store(g, p->by_ref ? place : gen_load(g, p->type, place), p->local->slot);
    } else if (p->kind == PAT_WILD) {
        gen_drop(g, p->type, place);
    } else if (p->kind == PAT_OR) {
        bind_alternatives(g, p, place, by_move);
    } else {
        bool whole = by_move && ends_whole(g, p);
        for (uint32_t i = 0; i < p->parts.len; i++) {
            bind_pattern(g, p->parts.items[i], part_place(g, p, i, place),
                         by_move && !whole && p->kind != PAT_DEREF);
        }
        if (whole) {
            gen_drop(g, p->type, place);
        }
    }
}

static void own_locals(gen* g, const pat* p) {
    if (p->kind == PAT_BIND && ty_needs_drop(g->prog, p->local->type)) {
        local* l = p->local;
        if (l->flag != NULL) {
            gen_store(g, gen_const(g, 1, 1), l->flag);
        }
        gen_own(g, l->type, l->slot, l->flag);
    }
    for (uint32_t i = 0; i < (p->kind == PAT_OR ? 1 : p->parts.len); i++) {
        own_locals(g, p->parts.items[i]);
    }
}

void gen_bind(gen* g, const pat* p, LLVMValueRef place) {
    declare_locals(g, p);
    bind_pattern(g, p, place, true);
    own_locals(g, p);
}

LLVMValueRef gen_match(gen* g, hir* node) {
    LLVMValueRef slot = gen_result_slot(g, node), place;
    if (node->by_move) { // taken apart: the arms own the parts
        LLVMValueRef value = gen_value(g, node->a);
        place = gen_alloca(g, gen_type(g, node->a->type), "scrutinee");
        gen_store(g, value, place);
    } else {
        place = gen_place(g, node->a); // a temporary ends with the statement around
    }
    LLVMBasicBlockRef end = gen_block(g, "end");
    for (uint32_t i = 0; i < node->arms.len; i++) {
        LLVMBasicBlockRef next = gen_block(g, "arm");
        uint32_t scope = gen_scope(g);
        pat* p = node->arms.items[i].pattern;
        test_pattern(g, p, place, next);
        declare_locals(g, p);
        bind_pattern(g, p, place, node->by_move);
        own_locals(g, p);
        gen_scoped(g, node->arms.items[i].body, slot);
        gen_scope_end(g, scope);
        gen_jump(g, end);
        gen_at(g, next);
    }
    LLVMBuildUnreachable(g->builder);
    gen_at(g, end);
    return slot == NULL ? NULL : gen_load(g, node->type, slot);
}

LLVMValueRef gen_try(gen* g, hir* node) {
    ty* type = node->a->type;
    LLVMValueRef place = gen_alloca(g, gen_type(g, type), "try");
    LLVMValueRef value = gen_value(g, node->a);
    gen_store(g, value, place);
    LLVMBasicBlockRef ok = gen_block(g, "ok"), fail = gen_block(g, "fail");
    LLVMValueRef good =
        LLVMBuildICmp(g->builder, LLVMIntEQ, gen_tag(g, type, place), gen_const(g, 32, 0), "");
    LLVMBuildCondBr(g->builder, good, ok, fail);
    gen_at(g, fail);
    if (node->index == 0) {
        gen_panic(g, node->span,
                  ty_is_named(g->prog, type, "Maybe") ? "'!' on Nothing" : "'!' on an Err");
    } else {
        ty* result = g->fn->result;
        bool has_error = type->variants.items[1].types.len > 0;
        LLVMValueRef error = has_error ? gen_load(g, type->variants.items[1].types.items[0],
                                                  gen_part(g, type, 1, 0, place))
                                       : NULL;
        LLVMValueRef answer = gen_alloca(g, gen_type(g, result), "answer");
        gen_store(g, LLVMConstNull(gen_type(g, result)), answer);
        gen_variant_store(g, result, 1, &error, answer);
        gen_clean(g, 0);
        LLVMBuildRet(g->builder, gen_load(g, result, answer));
    }
    gen_at(g, ok);
    return gen_load(g, node->type, gen_part(g, type, 0, 0, place));
}
