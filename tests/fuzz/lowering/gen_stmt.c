// SPDX-License-Identifier: Apache-2.0
// Statements without suspension: arithmetic, control flow, opaque calls. Each statement draws from
// a random stream of its own, derived from its place in the program, so that leaving one out (when
// a failing program is reduced) changes the others as little as possible.
#include "tests/fuzz/lowering/gen_int.h"

static uint64_t child_id(uint64_t id, unsigned index) {
    uint64_t z = (id ^ (index + 1) * UINT64_C(0xD6E8FEB86659FD93)) * UINT64_C(0xFF51AFD7ED558CCD);
    return z ^ (z >> 32);
}

static void stmt_arith(gen* g) {
    static const LLVMOpcode ops[] = {LLVMAdd, LLVMSub, LLVMMul, LLVMXor, LLVMAnd, LLVMOr};
    int t = gen_chance(g, 50) ? T_I64 : (int)gen_rnd(g, T_F32);
    LLVMValueRef a = gen_get(g, t), b = gen_get(g, t);
    switch (gen_rnd(g, 8)) {
    case 0:
        gen_put(g, T_I64, gen_mix(g, gen_get(g, T_I64), gen_get(g, T_I64)));
        break;
    case 1:
        gen_put(g, T_I1, LLVMBuildICmp(g->b, LLVMIntULT, a, b, ""));
        break;
    case 2:
        gen_put(g, t, LLVMBuildSelect(g->b, gen_cond(g), a, b, ""));
        break;
    case 3: {
        LLVMValueRef odd = LLVMBuildOr(g->b, gen_get(g, T_I64), gen_k64(g, 1), "");
        gen_put(g, T_I64, LLVMBuildUDiv(g->b, gen_get(g, T_I64), odd, ""));
        break;
    }
    default:
        gen_put(g, t, LLVMBuildBinOp(g->b, ops[gen_rnd(g, 6)], a, b, ""));
    }
}

static void stmt_float(gen* g) {
    int t = gen_chance(g, 50) ? T_F64 : T_F32;
    LLVMValueRef sum = LLVMBuildFAdd(g->b, gen_get(g, t), gen_get(g, t), "");
    gen_put(g, t, gen_get(g, t));
    gen_put(g, T_I64, gen_to_i64(g, t, sum));
}

static void stmt_convert(gen* g) {
    int t = gen_any_type(g);
    if (gen_chance(g, 50)) {
        gen_put(g, t, gen_from_i64(g, t, gen_get(g, T_I64)));
    } else {
        gen_put(g, T_I64, gen_to_i64(g, t, gen_get(g, t)));
    }
}

static void stmt_aggregate(gen* g) {
    int t = T_AGG + (int)gen_rnd(g, (unsigned)(g->num_types - T_AGG));
    const gen_type* type = &g->types[t];
    LLVMValueRef a = gen_get(g, t);
    unsigned at = gen_rnd(g, (unsigned)type->num_fields);
    switch (gen_rnd(g, 3)) {
    case 0:
        gen_put(g, type->fields[at], LLVMBuildExtractValue(g->b, a, at, ""));
        break;
    case 1:
        gen_put(g, t, LLVMBuildInsertValue(g->b, a, gen_get(g, type->fields[at]), at, ""));
        break;
    default:
        gen_put(g, t, LLVMBuildSelect(g->b, gen_cond(g), a, gen_get(g, t), ""));
    }
}

static void stmt_note(gen* g) {
    if (gen_chance(g, 50)) {
        gen_call(g, "ext_note", g->void_, 1, gen_get(g, T_I64));
    } else {
        gen_put(g, T_I64, gen_call(g, "ext_get", g->i64, 1, gen_get(g, T_I64)));
    }
}

// A phi of `n` incoming values; blocks that were closed (ret, unreachable) are left out.
typedef struct edge {
    LLVMBasicBlockRef from;
    LLVMValueRef v[2];
} edge;

static void join(gen* g, LLVMBasicBlockRef at, const int* types, edge* edges, unsigned n) {
    gen_at(g, at);
    if (n == 0) {
        LLVMBuildUnreachable(g->b);
        g->closed = true;
        return;
    }
    for (int k = 0; k < 2; k++) {
        LLVMValueRef phi = LLVMBuildPhi(g->b, gen_llvm(g, types[k]), "");
        for (unsigned i = 0; i < n; i++) {
            LLVMAddIncoming(phi, &edges[i].v[k], &edges[i].from, 1);
        }
        gen_put(g, types[k], phi);
    }
}

// One arm of a branch: its own block of statements, then a jump to `to` unless it left.
static unsigned arm(gen* g, uint64_t id, LLVMBasicBlockRef bb, LLVMBasicBlockRef to,
                    const int* types, edge* edges, unsigned n) {
    gen_scope s = gen_enter(g);
    gen_at(g, bb);
    gen_block(g, id, 3);
    if (!g->closed) {
        edges[n].v[0] = gen_get(g, types[0]);
        edges[n].v[1] = gen_get(g, types[1]);
        edges[n++].from = LLVMGetInsertBlock(g->b);
        LLVMBuildBr(g->b, to);
    }
    gen_leave(g, &s);
    return n;
}

static void stmt_if(gen* g, uint64_t id) {
    gen_has(g, GEN_F_IF);
    int types[2] = {gen_any_type(g), T_I64};
    edge edges[2];
    LLVMBasicBlockRef then = gen_bb(g, "then"), other = gen_bb(g, "else"), end = gen_bb(g, "join");
    LLVMBuildCondBr(g->b, gen_cond(g), then, other);
    unsigned n = arm(g, child_id(id, 100), then, end, types, edges, 0);
    n = arm(g, child_id(id, 101), other, end, types, edges, n);
    join(g, end, types, edges, n);
}

static void stmt_switch(gen* g, uint64_t id) {
    gen_has(g, GEN_F_SWITCH);
    int types[2] = {gen_any_type(g), T_I64};
    edge edges[4];
    unsigned cases = 2 + gen_rnd(g, 2), n = 0;
    LLVMBasicBlockRef end = gen_bb(g, "join"), bb[4];
    for (unsigned i = 0; i <= cases; i++) {
        bb[i] = gen_bb(g, "case");
    }
    LLVMValueRef v = LLVMBuildAnd(g->b, gen_get(g, T_I64), gen_k64(g, 3), "");
    LLVMValueRef sw = LLVMBuildSwitch(g->b, v, bb[cases], cases);
    for (unsigned i = 0; i < cases; i++) {
        LLVMAddCase(sw, gen_k64(g, i), bb[i]);
    }
    for (unsigned i = 0; i <= cases; i++) {
        n = arm(g, child_id(id, 110 + i), bb[i], end, types, edges, n);
    }
    join(g, end, types, edges, n);
}

static void stmt_loop(gen* g, uint64_t id) {
    gen_has(g, GEN_F_LOOP);
    unsigned trips = 2 + gen_rnd(g, 2);
    int types[2] = {gen_any_type(g), gen_scalar_type(g)};
    LLVMBasicBlockRef before = LLVMGetInsertBlock(g->b), head = gen_bb(g, "loop"),
                      end = gen_bb(g, "end");
    LLVMValueRef init[2] = {gen_get(g, types[0]), gen_get(g, types[1])}, phi[2];
    before = LLVMGetInsertBlock(g->b);
    LLVMBuildBr(g->b, head);
    gen_at(g, head);
    LLVMValueRef i = LLVMBuildPhi(g->b, g->i64, "i");
    LLVMValueRef zero = gen_k64(g, 0);
    LLVMAddIncoming(i, &zero, &before, 1);
    for (int k = 0; k < 2; k++) {
        phi[k] = LLVMBuildPhi(g->b, gen_llvm(g, types[k]), "");
        LLVMAddIncoming(phi[k], &init[k], &before, 1);
        gen_put(g, types[k], phi[k]);
    }
    gen_scope s = gen_enter(g);
    gen_put(g, T_I64, i);
    unsigned mult = g->mult;
    g->mult *= trips;
    g->loops++;
    gen_block(g, child_id(id, 120), 5);
    g->mult = mult;
    g->loops--;
    if (!g->closed) {
        LLVMValueRef next[2] = {gen_get(g, types[0]), gen_get(g, types[1])};
        LLVMValueRef i2 = LLVMBuildAdd(g->b, i, gen_k64(g, 1), "");
        LLVMValueRef more = LLVMBuildICmp(g->b, LLVMIntULT, i2, gen_k64(g, trips), "");
        LLVMBasicBlockRef latch = LLVMGetInsertBlock(g->b);
        LLVMBuildCondBr(g->b, more, head, end);
        LLVMAddIncoming(i, &i2, &latch, 1);
        LLVMAddIncoming(phi[0], &next[0], &latch, 1);
        LLVMAddIncoming(phi[1], &next[1], &latch, 1);
        gen_leave(g, &s);
        gen_at(g, end);
    } else {
        gen_leave(g, &s);
        gen_at(g, end);
        LLVMBuildUnreachable(g->b);
        g->closed = true;
    }
}

// Two blocks that jump to each other, entered at either one.
static void stmt_irreducible(gen* g, uint64_t id) {
    gen_has(g, GEN_F_IRREDUCIBLE);
    LLVMValueRef count = gen_alloca(g, g->i64, "count");
    LLVMBuildStore(g->b, gen_k64(g, 2 + gen_rnd(g, 2)), count);
    LLVMBasicBlockRef half[2] = {gen_bb(g, "left"), gen_bb(g, "right")}, end = gen_bb(g, "end");
    LLVMBuildCondBr(g->b, gen_cond(g), half[0], half[1]);
    unsigned mult = g->mult;
    g->mult *= 3;
    g->loops++;
    for (unsigned k = 0; k < 2; k++) {
        gen_scope s = gen_enter(g);
        gen_at(g, half[k]);
        gen_block(g, child_id(id, 130 + k), 3);
        if (!g->closed) {
            LLVMValueRef left = LLVMBuildLoad2(g->b, g->i64, count, "");
            left = LLVMBuildSub(g->b, left, gen_k64(g, 1), "");
            LLVMBuildStore(g->b, left, count);
            LLVMBuildCondBr(g->b, LLVMBuildICmp(g->b, LLVMIntEQ, left, gen_k64(g, 0), ""), end,
                            half[1 - k]);
        }
        gen_leave(g, &s);
    }
    g->mult = mult;
    g->loops--;
    gen_at(g, end);
    gen_put(g, T_I64, LLVMBuildLoad2(g->b, g->i64, count, ""));
}

static void stmt_early_ret(gen* g) {
    gen_has(g, GEN_F_MULTI_RET);
    LLVMBasicBlockRef leave = gen_bb(g, "leave"), stay = gen_bb(g, "stay");
    LLVMValueRef rare = LLVMBuildAnd(g->b, gen_get(g, T_I64), gen_k64(g, 15), "");
    LLVMBuildCondBr(g->b, LLVMBuildICmp(g->b, LLVMIntEQ, rare, gen_k64(g, gen_rnd(g, 16)), ""),
                    leave, stay);
    gen_at(g, leave);
    gen_ret_any(g);
    gen_at(g, stay);
}

static void stmt_panic(gen* g) {
    gen_has(g, GEN_F_PANIC);
    LLVMBasicBlockRef bad = gen_bb(g, "panic"), good = gen_bb(g, "ok");
    LLVMBuildCondBr(g->b, gen_call(g, "ext_never", g->i1, 0), bad, good);
    gen_at(g, bad);
    gen_call(g, "panic", g->void_, 1, LLVMConstNull(g->ptr));
    LLVMBuildUnreachable(g->b);
    gen_at(g, good);
}

static void statement(gen* g, uint64_t id) {
    bool nest = g->nesting < 4 && g->budget > 0;
    unsigned pick = gen_rnd(g, 100);
    if (pick < 14) {
        stmt_arith(g);
    } else if (pick < 16) {
        stmt_float(g);
    } else if (pick < 20) {
        stmt_convert(g);
    } else if (pick < 24) {
        stmt_aggregate(g);
    } else if (pick < 27) {
        stmt_note(g);
    } else if (pick < 42) {
        gen_memory(g, id);
    } else if (pick < 44) {
        stmt_early_ret(g);
    } else if (pick < 45) {
        stmt_panic(g);
    } else if (pick < 50 && nest) {
        stmt_if(g, id);
    } else if (pick < 53 && nest) {
        stmt_switch(g, id);
    } else if (pick < 59 && nest && g->mult < 9) {
        stmt_loop(g, id);
    } else if (pick < 61 && nest && g->mult < 6) {
        stmt_irreducible(g, id);
    } else if (pick < 68 && nest && g->num_live < LIVE_MAX - 4) {
        gen_object(g, id);
    } else if (g->f->is_async) {
        gen_suspending(g, id);
    } else if (pick > 80) {
        gen_block_on(g);
    } else {
        stmt_arith(g);
    }
}

static bool skipped(const gen* g, uint64_t id) {
    for (size_t i = 0; i < g->opt->num_skip; i++) {
        if (g->opt->skip[i] == id) {
            return true;
        }
    }
    return false;
}

void gen_block(gen* g, uint64_t id, int max) {
    g->rng = child_id(id, 7);
    int n = 1 + (int)gen_rnd(g, (unsigned)max);
    g->nesting++;
    for (int i = 0; i < n && g->budget > 0 && !g->closed; i++) {
        uint64_t sid = child_id(id, 1000u + (unsigned)i);
        if (g->prog->num_statements < GEN_MAX_STATEMENTS) {
            g->prog->statements[g->prog->num_statements++] = sid;
        }
        g->budget--;
        if (!skipped(g, sid)) {
            g->rng = sid;
            gen_location(g);
            statement(g, sid);
        }
    }
    g->nesting--;
    g->rng = child_id(id, 8);
}
