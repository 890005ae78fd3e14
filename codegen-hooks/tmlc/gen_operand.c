// SPDX-License-Identifier: Apache-2.0
// Operands: values that wait for those behind them.
//
// An owned value that was evaluated (an argument, a field, an element) is nobody's until all of its
// neighbours are there. When one of them may leave the function meanwhile (an await that is
// dropped, a return, '!', break), the value lies in a place with a cleanup until then.
#include "codegen-hooks/tmlc/gen.h"

bool gen_may_leave(hir* node) {
    if (node == NULL) {
        return false;
    }
    if (node->leaves == 0) {
        bool leaves = node->kind == HIR_AWAIT || node->kind == HIR_MANY ||
                      node->kind == HIR_SELECT || node->kind == HIR_TRY ||
                      node->kind == HIR_RETURN || node->kind == HIR_BREAK ||
                      node->kind == HIR_CONTINUE || node->kind == HIR_LOOP ||
                      gen_may_leave(node->a) || gen_may_leave(node->b) || gen_may_leave(node->c);
        for (uint32_t i = 0; i < node->list.len && !leaves; i++) {
            leaves = gen_may_leave(node->list.items[i]);
        }
        for (uint32_t i = 0; i < node->arms.len && !leaves; i++) {
            leaves = gen_may_leave(node->arms.items[i].body);
        }
        node->leaves = leaves ? 2 : 1;
    }
    return node->leaves == 2;
}

gen_kept gen_keep(gen* g, hir* node, LLVMValueRef value) {
    gen_kept kept = {.value = value, .type = node->type};
    if (value == NULL || node->type->kind == TY_NEVER || gen_is_terminated(g)) {
        return kept;
    }
    if (ty_needs_drop(g->prog, node->type)) {
        kept.place = gen_alloca(g, gen_type(g, node->type), "kept");
        gen_store(g, value, kept.place);
        gen_own(g, node->type, kept.place, NULL);
    } else if (node->is_made) {
        gen_free_later(g, value);
    } else {
        return kept;
    }
    kept.cleanup = g->cleanups.len;
    return kept;
}

LLVMValueRef gen_unkeep(gen* g, gen_kept kept) {
    if (kept.cleanup != 0) {
        g->cleanups.items[kept.cleanup - 1].kind = CLEAN_NONE;
    }
    return kept.place != NULL ? gen_load(g, kept.type, kept.place) : kept.value;
}

/// Whether a value of the literal `whole` is evaluated behind another one: as they are written,
/// defaults last.
static bool is_behind(const hir* whole, const hir* a, const hir* b) {
    const hir* both[] = {a, b};
    uint32_t place[2];
    for (int i = 0; i < 2; i++) {
        bool written = both[i] != NULL && both[i]->span.file == whole->span.file &&
                       both[i]->span.start >= whole->span.start &&
                       both[i]->span.end <= whole->span.end;
        place[i] = written ? both[i]->span.start : UINT32_MAX;
    }
    return place[0] > place[1];
}

void gen_fields(gen* g, const hir* whole, hir* const* nodes, uint32_t num, LLVMValueRef* out) {
    uint32_t* order = tmlc_alloc(g->arena, (num + 1) * sizeof *order);
    hir** sorted = tmlc_alloc(g->arena, (num + 1) * sizeof *sorted);
    LLVMValueRef* values = tmlc_alloc(g->arena, (num + 1) * sizeof(LLVMValueRef));
    for (uint32_t i = 0; i < num; i++) { // few, and mostly in order
        uint32_t at = i;
        for (; at > 0 && is_behind(whole, nodes[order[at - 1]], nodes[i]); at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
    for (uint32_t i = 0; i < num; i++) {
        sorted[i] = nodes[order[i]];
    }
    gen_operands(g, sorted, num, values);
    for (uint32_t i = 0; i < num; i++) {
        out[order[i]] = values[i];
    }
}

void gen_operands(gen* g, hir* const* nodes, uint32_t num, LLVMValueRef* out) {
    gen_kept* kept = tmlc_alloc(g->arena, (num + 1) * sizeof *kept);
    uint32_t last = 0; // behind it nothing leaves
    for (uint32_t i = 0; i < num; i++) {
        last = gen_may_leave(nodes[i]) ? i : last;
    }
    for (uint32_t i = 0; i < num; i++) {
        LLVMValueRef value = nodes[i] == NULL ? NULL : gen_value(g, nodes[i]);
        kept[i] = i < last && nodes[i] != NULL ? gen_keep(g, nodes[i], value)
                                               : (gen_kept){.value = value};
    }
    for (uint32_t i = 0; i < num; i++) {
        out[i] = gen_unkeep(g, kept[i]);
    }
}
