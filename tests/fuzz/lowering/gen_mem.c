// SPDX-License-Identifier: Apache-2.0
// Statements on memory: promotable variables, arrays, escaping and compared addresses, lifetimes,
// volatile and atomic accesses. Every byte is initialised before it is read, and no address is ever
// part of a value that is traced: only comparisons of addresses are.
#include "tests/fuzz/lowering/gen_int.h"

#include <llvm/Config/llvm-config.h>

static void add_var(gen* g, LLVMValueRef p, int type) {
    if (g->num_vars < VARS_MAX) {
        g->vars[g->num_vars++] = (gen_var){p, type};
    }
}

static void new_var(gen* g) {
    int t = gen_any_type(g);
    LLVMValueRef v = gen_get(g, t), p = gen_alloca(g, gen_llvm(g, t), "var");
    LLVMBuildStore(g->b, v, p);
    add_var(g, p, t);
}

static void use_var(gen* g) {
    if (g->num_vars == 0) {
        new_var(g);
        return;
    }
    bool first = g->sret_param != NULL && gen_chance(g, 50); // which is the sret storage
    const gen_var* var = &g->vars[first ? 0 : gen_rnd(g, (unsigned)g->num_vars)];
    if (var->p == g->sret_param && g->f->is_async) {
        gen_has(g, GEN_F_SRET_EARLY);
    }
    if (gen_chance(g, 50)) {
        gen_put(g, var->type, LLVMBuildLoad2(g->b, gen_llvm(g, var->type), var->p, ""));
    } else {
        LLVMBuildStore(g->b, gen_get(g, var->type), var->p);
    }
}

// One field of an aggregate variable, by address.
static void use_field(gen* g) {
    int t = T_AGG + (int)gen_rnd(g, (unsigned)(g->num_types - T_AGG));
    LLVMValueRef v = gen_get(g, t), p = gen_alloca(g, gen_llvm(g, t), "agg");
    LLVMBuildStore(g->b, v, p);
    add_var(g, p, t);
    const gen_type* type = &g->types[t];
    unsigned at = gen_rnd(g, (unsigned)type->num_fields);
    LLVMValueRef index[2] = {LLVMConstInt(g->i32, 0, 0), LLVMConstInt(g->i32, at, 0)};
    LLVMValueRef field = LLVMBuildInBoundsGEP2(g->b, type->llvm, p, index, 2, "");
    int ft = type->fields[at];
    LLVMBuildStore(g->b, gen_get(g, ft), field);
    gen_put(g, ft, LLVMBuildLoad2(g->b, gen_llvm(g, ft), field, ""));
    if (ft == T_I64 && !LLVMIsPackedStruct(type->llvm)) {
        gen_put(g, T_PTR, field);
    }
}

static void punned(gen* g) {
    LLVMValueRef v = gen_get(g, T_I64), p = gen_alloca(g, g->i64, "punned");
    LLVMBuildStore(g->b, v, p);
    int t = gen_chance(g, 50) ? T_I32 : T_I16;
    gen_put(g, t, LLVMBuildLoad2(g->b, gen_llvm(g, t), p, ""));
    LLVMBuildStore(g->b, gen_get(g, t), p);
    add_var(g, p, T_I64);
}

static void array(gen* g) {
    gen_has(g, GEN_F_ARRAY);
    int t = gen_scalar_type(g);
    unsigned len = 2u << gen_rnd(g, 3);
    LLVMTypeRef at = LLVMArrayType2(gen_llvm(g, t), len);
    LLVMValueRef p = gen_alloca(g, at, "array");
    LLVMBuildStore(g->b, LLVMConstNull(at), p);
    LLVMValueRef index[2] = {gen_k64(g, 0), NULL}, slot = NULL;
    for (int i = 0; i < 2; i++) {
        index[1] = LLVMBuildAnd(g->b, gen_get(g, T_I64), gen_k64(g, len - 1), "");
        slot = LLVMBuildInBoundsGEP2(g->b, at, p, index, 2, "");
        LLVMBuildStore(g->b, gen_get(g, t), slot);
    }
    index[1] = gen_k64(g, gen_rnd(g, len));
    LLVMValueRef other = LLVMBuildInBoundsGEP2(g->b, at, p, index, 2, "");
    gen_put(g, t, LLVMBuildLoad2(g->b, gen_llvm(g, t), other, ""));
    if (t == T_I64) {
        gen_put(g, T_PTR, slot);
        gen_put(g, T_PTR, other);
    }
}

static void escape(gen* g) {
    gen_has(g, GEN_F_ESCAPE);
    LLVMValueRef p = gen_get(g, T_PTR);
    gen_call(g, "ext_escape", g->void_, 1, p);
    gen_put(g, T_PTR, p);
    gen_put(g, T_I64, LLVMBuildLoad2(g->b, g->i64, p, ""));
}

static void pointer(gen* g) {
    LLVMValueRef p = gen_get(g, T_PTR);
    switch (gen_rnd(g, 3)) {
    case 0:
        LLVMBuildStore(g->b, gen_get(g, T_I64), p);
        break;
    case 1:
        gen_put(g, T_I64, LLVMBuildLoad2(g->b, g->i64, p, ""));
        break;
    default:
        gen_put(g, T_PTR, LLVMBuildSelect(g->b, gen_cond(g), p, gen_get(g, T_PTR), ""));
    }
}

static void address(gen* g, uint64_t id) {
    gen_has(g, GEN_F_ADDRESS);
    LLVMValueRef p = gen_get(g, T_PTR);
    LLVMValueRef before = LLVMBuildPtrToInt(g->b, p, g->i64, "");
    gen_block(g, id ^ 0x51, 3);
    if (g->closed) {
        return;
    }
    LLVMValueRef after = LLVMBuildPtrToInt(g->b, p, g->i64, "");
    LLVMValueRef same = LLVMBuildICmp(g->b, LLVMIntEQ, before, after, "");
    gen_call(g, "ext_note", g->void_, 1, LLVMBuildZExt(g->b, same, g->i64, ""));
}

static void link_cell(gen* g, uint64_t id) {
    gen_has(g, GEN_F_LINK);
    LLVMValueRef cell = gen_get(g, T_PTR), link = gen_alloca(g, g->ptr, "link");
    LLVMBuildStore(g->b, cell, link);
    if (gen_chance(g, 40)) {
        gen_call(g, "ext_see", g->void_, 1, link);
    }
    gen_block(g, id ^ 0x52, 3);
    if (g->closed) {
        return;
    }
    LLVMValueRef back = LLVMBuildLoad2(g->b, g->ptr, link, "");
    gen_put(g, T_PTR, back);
    LLVMValueRef same = LLVMBuildICmp(g->b, LLVMIntEQ, back, cell, "");
    gen_put(g, T_I1, same);
    gen_put(g, T_I64, LLVMBuildLoad2(g->b, g->i64, back, ""));
}

static void lifetime_call(gen* g, const char* name, LLVMValueRef size, LLVMValueRef p) {
#if LLVM_VERSION_MAJOR >= 22 // without a size from then on
    (void)size;
    gen_call(g, name, g->void_, 1, p);
#else
    gen_call(g, name, g->void_, 2, size, p);
#endif
}

// Markers as a careless compiler writes them: unknown sizes, ends on some paths only.
static void lifetime(gen* g, uint64_t id) {
    gen_has(g, GEN_F_LIFETIME);
    int t = gen_any_type(g);
    LLVMValueRef v = gen_get(g, t), p = gen_alloca(g, gen_llvm(g, t), "scoped");
    LLVMValueRef size = gen_k64(g, gen_chance(g, 50) ? UINT64_MAX : g->types[t].bytes);
    if (gen_chance(g, 70)) {
        lifetime_call(g, "llvm.lifetime.start.p0", size, p);
    }
    LLVMBuildStore(g->b, v, p);
    gen_block(g, id ^ 0x53, 3);
    if (g->closed) {
        return;
    }
    gen_put(g, t, LLVMBuildLoad2(g->b, gen_llvm(g, t), p, ""));
    if (gen_chance(g, 30)) {
        LLVMBasicBlockRef end = gen_bb(g, "ends"), on = gen_bb(g, "on");
        LLVMBuildCondBr(g->b, gen_cond(g), end, on);
        gen_at(g, end);
        lifetime_call(g, "llvm.lifetime.end.p0", size, p);
        LLVMBuildBr(g->b, on);
        gen_at(g, on);
    } else if (gen_chance(g, 60)) {
        lifetime_call(g, "llvm.lifetime.end.p0", size, p);
    }
}

static void volatile_access(gen* g) {
    gen_has(g, GEN_F_VOLATILE);
    LLVMValueRef v = gen_get(g, T_I64), p = gen_alloca(g, g->i64, "vol");
    LLVMSetVolatile(LLVMBuildStore(g->b, v, p), 1);
    LLVMValueRef load = LLVMBuildLoad2(g->b, g->i64, p, "");
    LLVMSetVolatile(load, 1);
    gen_put(g, T_I64, load);
    gen_put(g, T_PTR, p);
    add_var(g, p, T_I64);
}

static void atomic(gen* g) {
    gen_has(g, GEN_F_ATOMIC);
    LLVMValueRef v = gen_get(g, T_I64), p = gen_alloca(g, g->i64, "atomic");
    LLVMBuildStore(g->b, v, p);
    add_var(g, p, T_I64);
    LLVMAtomicOrdering order = LLVMAtomicOrderingSequentiallyConsistent;
    LLVMAtomicRMWBinOp op = gen_chance(g, 50) ? LLVMAtomicRMWBinOpAdd : LLVMAtomicRMWBinOpXchg;
    gen_put(g, T_I64, LLVMBuildAtomicRMW(g->b, op, p, gen_get(g, T_I64), order, 0));
    if (gen_chance(g, 50)) {
        LLVMValueRef old = LLVMBuildLoad2(g->b, g->i64, p, "");
        LLVMValueRef x = LLVMBuildAtomicCmpXchg(g->b, p, old, gen_get(g, T_I64), order, order, 0);
        gen_put(g, T_I64, LLVMBuildExtractValue(g->b, x, 0, ""));
    }
}

static void copy(gen* g) {
    int t = T_AGG + (int)gen_rnd(g, (unsigned)(g->num_types - T_AGG));
    LLVMTypeRef type = gen_llvm(g, t);
    LLVMValueRef v = gen_get(g, t), from = gen_alloca(g, type, "from"),
                 to = gen_alloca(g, type, "to");
    LLVMBuildStore(g->b, v, from);
    LLVMBuildMemCpy(g->b, to, 1, from, 1, LLVMSizeOf(type));
    add_var(g, to, t);
    add_var(g, from, t);
}

void gen_memory(gen* g, uint64_t id) {
    unsigned pick = gen_rnd(g, 100);
    bool nest = g->nesting < 5 && g->budget > 0;
    if (pick < 12) {
        new_var(g);
    } else if (pick < 30) {
        use_var(g);
    } else if (pick < 38) {
        use_field(g);
    } else if (pick < 42) {
        punned(g);
    } else if (pick < 50) {
        array(g);
    } else if (pick < 58) {
        escape(g);
    } else if (pick < 66) {
        pointer(g);
    } else if (pick < 72 && nest) {
        address(g, id);
    } else if (pick < 78 && nest) {
        link_cell(g, id);
    } else if (pick < 86 && nest) {
        lifetime(g, id);
    } else if (pick < 91) {
        volatile_access(g);
    } else if (pick < 96) {
        atomic(g);
    } else {
        copy(g);
    }
}
