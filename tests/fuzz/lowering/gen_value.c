// SPDX-License-Identifier: Apache-2.0
// Random numbers, types and SSA values of the generator.
//
// Values live in one pool per type; a pool is cut back when the scope of its block is left, so that
// whatever is in it dominates the insertion point. Arithmetic is chosen so that no operation can be
// poison or a NaN: floating-point values are made from small integers and folded by their bits.
#include "tests/fuzz/lowering/gen_int.h"

#include <stdio.h>
#include <string.h>

static const char* const feature_names[] = {
#define GEN_FEATURE_NAME(name, text) text,
    GEN_FEATURES(GEN_FEATURE_NAME)
#undef GEN_FEATURE_NAME
};

const char* gen_feature_name(int feature) {
    return feature_names[feature];
}

unsigned gen_rnd(gen* g, unsigned n) {
    g->rng += 0x9E3779B97F4A7C15u;
    uint64_t z = g->rng;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (unsigned)((z ^ (z >> 31)) % n);
}

bool gen_chance(gen* g, unsigned percent) {
    return gen_rnd(g, 100) < percent;
}

void gen_has(gen* g, int feature) {
    g->prog->features |= UINT64_C(1) << feature;
}

// ---- types -----------------------------------------------------------------------------------

static void scalar(gen* g, int t, LLVMTypeRef llvm, unsigned bytes) {
    g->types[t] = (gen_type){.llvm = llvm, .leaves = 1, .bytes = bytes};
}

static unsigned small_type(gen* g) {
    static const uint8_t common[] = {T_I64, T_I64, T_I32, T_I32, T_I8,
                                     T_I16, T_I1,  T_F64, T_F32, T_I128};
    return common[gen_rnd(g, sizeof common)];
}

static void make_aggregate(gen* g) {
    gen_type* t = &g->types[g->num_types];
    memset(t, 0, sizeof *t);
    t->is_array = gen_chance(g, 30);
    int n = t->is_array ? 1 : 1 + (int)gen_rnd(g, gen_chance(g, 15) ? 10 : 4);
    LLVMTypeRef fields[24];
    for (int i = 0; i < n; i++) {
        int f = (int)small_type(g);
        if (g->num_types > T_AGG && gen_chance(g, 25)) {
            int inner = T_AGG + (int)gen_rnd(g, (unsigned)(g->num_types - T_AGG));
            f = g->types[inner].leaves < 10 ? inner : f;
        }
        t->fields[t->num_fields++] = f;
        fields[i] = g->types[f].llvm;
        t->leaves += g->types[f].leaves;
        t->bytes += g->types[f].bytes;
    }
    if (t->is_array) {
        unsigned len = gen_chance(g, 8) ? 24 + gen_rnd(g, 16) : 1 + gen_rnd(g, 9);
        t->llvm = LLVMArrayType2(fields[0], len);
        t->leaves *= len;
        t->bytes *= len;
        t->num_fields = (int)(len > 24 ? 24 : len);
        for (int i = 1; i < t->num_fields; i++) {
            t->fields[i] = t->fields[0];
        }
    } else {
        t->llvm = LLVMStructTypeInContext(g->c, fields, (unsigned)n, gen_chance(g, 5));
    }
    g->num_types++;
}

void gen_make_types(gen* g) {
    g->i1 = LLVMInt1TypeInContext(g->c);
    g->i8 = LLVMInt8TypeInContext(g->c);
    g->i16 = LLVMInt16TypeInContext(g->c);
    g->i32 = LLVMInt32TypeInContext(g->c);
    g->i64 = LLVMInt64TypeInContext(g->c);
    g->ptr = LLVMPointerTypeInContext(g->c, 0);
    g->void_ = LLVMVoidTypeInContext(g->c);
    scalar(g, T_I1, g->i1, 1);
    scalar(g, T_I8, g->i8, 1);
    scalar(g, T_I16, g->i16, 2);
    scalar(g, T_I32, g->i32, 4);
    scalar(g, T_I64, g->i64, 8);
    scalar(g, T_I128, LLVMInt128TypeInContext(g->c), 16);
    scalar(g, T_F32, LLVMFloatTypeInContext(g->c), 4);
    scalar(g, T_F64, LLVMDoubleTypeInContext(g->c), 8);
    scalar(g, T_PTR, g->ptr, 8);
    g->num_types = T_AGG;
    int n = 1 + (int)gen_rnd(g, 4);
    for (int i = 0; i < n; i++) {
        make_aggregate(g);
    }
}

LLVMTypeRef gen_llvm(gen* g, int type) {
    return type == T_VOID ? g->void_ : type == T_OWN ? g->ptr : g->types[type].llvm;
}

static void mark_type(gen* g, int type) {
    if (type == T_I1 || type == T_I8 || type == T_I16) {
        gen_has(g, GEN_F_NARROW);
    } else if (type == T_I128) {
        gen_has(g, GEN_F_I128);
    } else if (type == T_F32 || type == T_F64) {
        gen_has(g, GEN_F_FLOAT);
    } else if (type >= T_AGG && type < T_MAX) {
        gen_has(g, GEN_F_AGGREGATE);
        if (g->types[type].bytes > 64) {
            gen_has(g, GEN_F_BIG_AGGREGATE);
        }
    }
}

int gen_scalar_type(gen* g) {
    return gen_chance(g, 40) ? T_I64 : (int)gen_rnd(g, T_PTR);
}

int gen_any_type(gen* g) {
    return gen_chance(g, 30) ? T_AGG + (int)gen_rnd(g, (unsigned)(g->num_types - T_AGG))
                             : gen_scalar_type(g);
}

// ---- emit helpers ----------------------------------------------------------------------------

LLVMValueRef gen_k64(gen* g, uint64_t v) {
    return LLVMConstInt(g->i64, v, 0);
}

LLVMValueRef gen_ext(gen* g, const char* name, LLVMTypeRef ret, unsigned n, const LLVMTypeRef* args,
                     bool varargs) {
    LLVMValueRef f = LLVMGetNamedFunction(g->m, name);
    return f != NULL
               ? f
               : LLVMAddFunction(g->m, name, LLVMFunctionType(ret, (LLVMTypeRef*)args, n, varargs));
}

static LLVMValueRef call_list(gen* g, const char* name, LLVMTypeRef ret, unsigned n, va_list list) {
    LLVMValueRef args[8];
    LLVMTypeRef types[8];
    for (unsigned i = 0; i < n; i++) {
        args[i] = va_arg(list, LLVMValueRef);
        types[i] = LLVMTypeOf(args[i]);
    }
    LLVMValueRef f = gen_ext(g, name, ret, n, types, false);
    return LLVMBuildCall2(g->b, LLVMGlobalGetValueType(f), f, args, n, "");
}

LLVMValueRef gen_call(gen* g, const char* name, LLVMTypeRef ret, unsigned n, ...) {
    va_list list;
    va_start(list, n);
    LLVMValueRef v = call_list(g, name, ret, n, list);
    va_end(list);
    return v;
}

// A marker exists in the async form only.
LLVMValueRef gen_marker(gen* g, const char* name, LLVMTypeRef ret, unsigned n, ...) {
    if (g->sync) {
        return NULL;
    }
    va_list list;
    va_start(list, n);
    LLVMValueRef v = call_list(g, name, ret, n, list);
    va_end(list);
    return v;
}

LLVMBasicBlockRef gen_bb(gen* g, const char* name) {
    return LLVMAppendBasicBlockInContext(g->c, g->f->v, name);
}

void gen_at(gen* g, LLVMBasicBlockRef bb) {
    LLVMPositionBuilderAtEnd(g->b, bb);
    g->closed = false;
}

LLVMValueRef gen_alloca(gen* g, LLVMTypeRef t, const char* name) {
    if (LLVMGetInsertBlock(g->b) != LLVMGetEntryBasicBlock(g->f->v)) {
        gen_has(g, GEN_F_LATE_ALLOCA);
        if (g->loops > 0) {
            gen_has(g, GEN_F_LOOP_ALLOCA);
        }
    }
    return LLVMBuildAlloca(g->b, t, name);
}

// ---- pools -----------------------------------------------------------------------------------

void gen_put(gen* g, int type, LLVMValueRef v) {
    mark_type(g, type);
    gen_pool* p = &g->pool[type];
    if (p->n < POOL_MAX) {
        p->v[p->n++] = v;
    }
}

LLVMValueRef gen_get(gen* g, int type) {
    const gen_pool* p = &g->pool[type];
    if (p->n > 0 && gen_chance(g, type == T_I64 ? 95 : 70)) {
        return p->v[gen_rnd(g, (unsigned)p->n)];
    }
    if (type == T_I64) {
        return gen_k64(g, gen_rnd(g, 1u << 20));
    }
    mark_type(g, type);
    return gen_from_i64(g, type, gen_get(g, T_I64));
}

gen_scope gen_enter(gen* g) {
    gen_scope s = {.vars = g->num_vars};
    for (int i = 0; i < g->num_types; i++) {
        s.pool[i] = g->pool[i].n;
    }
    return s;
}

void gen_leave(gen* g, const gen_scope* s) {
    g->num_vars = s->vars;
    for (int i = 0; i < g->num_types; i++) {
        g->pool[i].n = s->pool[i];
    }
}

// ---- conversions -----------------------------------------------------------------------------

LLVMValueRef gen_mix(gen* g, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef m = LLVMBuildMul(g->b, a, gen_k64(g, 0x9E3779B97F4A7C15u), "");
    return LLVMBuildXor(g->b, LLVMBuildAdd(g->b, m, b, ""),
                        LLVMBuildLShr(g->b, a, gen_k64(g, 31), ""), "");
}

static LLVMValueRef fold_aggregate(gen* g, const gen_type* t, LLVMValueRef v) {
    LLVMValueRef sum = gen_k64(g, t->leaves);
    int step = t->num_fields > 6 ? 3 : 1;
    int first = step > 1 ? (int)gen_rnd(g, 3) : 0;
    for (int i = first; i < t->num_fields; i += step) {
        LLVMValueRef field = LLVMBuildExtractValue(g->b, v, (unsigned)i, "");
        sum = gen_mix(g, sum, gen_to_i64(g, t->fields[i], field));
    }
    return sum;
}

LLVMValueRef gen_to_i64(gen* g, int type, LLVMValueRef v) {
    switch (type) {
    case T_I64:
        return v;
    case T_I128: {
        LLVMValueRef high = LLVMBuildLShr(g->b, v, LLVMConstInt(LLVMTypeOf(v), 64, 0), "");
        return LLVMBuildXor(g->b, LLVMBuildTrunc(g->b, v, g->i64, ""),
                            LLVMBuildTrunc(g->b, high, g->i64, ""), "");
    }
    case T_F32:
        return LLVMBuildZExt(g->b, LLVMBuildBitCast(g->b, v, g->i32, ""), g->i64, "");
    case T_F64:
        return LLVMBuildBitCast(g->b, v, g->i64, "");
    case T_PTR:
        return LLVMBuildLoad2(g->b, g->i64, v, "");
    default:
        return type < T_PTR ? LLVMBuildZExt(g->b, v, g->i64, "")
                            : fold_aggregate(g, &g->types[type], v);
    }
}

static LLVMValueRef build_aggregate(gen* g, int type, LLVMValueRef v) {
    const gen_type* t = &g->types[type];
    LLVMValueRef a = LLVMConstNull(t->llvm);
    int n = t->num_fields > 4 ? 4 : t->num_fields;
    for (int i = 0; i < n; i++) {
        int at = t->num_fields > 4 ? (int)gen_rnd(g, (unsigned)t->num_fields) : i;
        v = LLVMBuildAdd(g->b, v, gen_k64(g, 0x1234567u + (unsigned)i), "");
        a = LLVMBuildInsertValue(g->b, a, gen_from_i64(g, t->fields[at], v), (unsigned)at, "");
    }
    return a;
}

LLVMValueRef gen_from_i64(gen* g, int type, LLVMValueRef v) {
    LLVMTypeRef t = g->types[type].llvm;
    switch (type) {
    case T_I64:
        return v;
    case T_I128: {
        LLVMValueRef wide = LLVMBuildZExt(g->b, v, t, "");
        return LLVMBuildMul(g->b, wide, LLVMBuildShl(g->b, wide, LLVMConstInt(t, 37, 0), ""), "");
    }
    case T_F32:
        return LLVMBuildSIToFP(g->b, LLVMBuildTrunc(g->b, v, g->i16, ""), t, "");
    case T_F64:
        return LLVMBuildFMul(g->b,
                             LLVMBuildSIToFP(g->b, LLVMBuildTrunc(g->b, v, g->i32, ""), t, ""),
                             LLVMConstReal(t, 0.375), "");
    case T_PTR: {
        LLVMValueRef cell = gen_alloca(g, g->i64, "cell");
        LLVMBuildStore(g->b, v, cell);
        return cell;
    }
    default:
        return type < T_PTR ? LLVMBuildTrunc(g->b, v, t, "") : build_aggregate(g, type, v);
    }
}

LLVMValueRef gen_cond(gen* g) {
    if (g->pool[T_I1].n > 0 && gen_chance(g, 30)) {
        return gen_get(g, T_I1);
    }
    static const LLVMIntPredicate preds[] = {LLVMIntULT, LLVMIntSGT, LLVMIntEQ, LLVMIntNE};
    LLVMValueRef a = LLVMBuildAnd(g->b, gen_get(g, T_I64), gen_k64(g, 7), "");
    return LLVMBuildICmp(g->b, preds[gen_rnd(g, 4)], a, gen_k64(g, 1 + gen_rnd(g, 6)), "");
}

void gen_location(gen* g) {
    if (g->di_sp != NULL) {
        LLVMSetCurrentDebugLocation2(
            g->b, LLVMDIBuilderCreateDebugLocation(g->c, ++g->line, 1, g->di_sp, NULL));
    }
}
