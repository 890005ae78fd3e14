// SPDX-License-Identifier: Apache-2.0
// Functions of a random program: signatures, calls, cleanups, rets, and the module around them.
//
// Function k calls lower functions, and at most one partner (itself or a neighbour) with a smaller
// depth. `cost` bounds how often a call can suspend, so that every suspension can be dropped at.
#include "tests/fuzz/lowering/gen_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static LLVMAttributeRef text_attribute(gen* g, const char* key, const char* value) {
    return LLVMCreateStringAttribute(g->c, key, (unsigned)strlen(key), value,
                                     (unsigned)strlen(value));
}

static LLVMAttributeRef type_attribute(gen* g, const char* key, LLVMTypeRef type) {
    return LLVMCreateTypeAttribute(g->c, LLVMGetEnumAttributeKindForName(key, strlen(key)), type);
}

static void fn_attribute(gen* g, LLVMValueRef f, const char* key, const char* value) {
    LLVMAddAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                            text_attribute(g, key, value));
}

// byval and sret, on a function (call == false) or a call site.
static void abi_attributes(gen* g, const gen_fn* f, LLVMValueRef at, bool call, unsigned first) {
    unsigned index = first;
    if (f->sret) {
        LLVMAttributeRef a = type_attribute(g, "sret", gen_llvm(g, f->ret));
        call ? LLVMAddCallSiteAttribute(at, index, a) : LLVMAddAttributeAtIndex(at, index, a);
        index++;
    }
    for (int i = 0; i < f->num_params; i++, index++) {
        if (f->pass[i] == PASS_BYVAL) {
            LLVMAttributeRef a = type_attribute(g, "byval", gen_llvm(g, f->param[i]));
            call ? LLVMAddCallSiteAttribute(at, index, a) : LLVMAddAttributeAtIndex(at, index, a);
        }
    }
}

/// gen_fn_ref returns `f` as seen by the current module: its definition, or a declaration.
LLVMValueRef gen_fn_ref(gen* g, const gen_fn* f) {
    LLVMValueRef v = LLVMGetNamedFunction(g->m, f->name);
    if (v == NULL) {
        v = LLVMAddFunction(g->m, f->name, f->type);
        abi_attributes(g, f, v, false, 1);
        if (!g->sync && f->is_async) {
            fn_attribute(g, v, "tmlrt.async", "");
        }
    }
    return v;
}

// ---- signatures ------------------------------------------------------------------------------

static void choose_params(gen* g, gen_fn* f) {
    f->num_params = 1 + (int)gen_rnd(g, PARAMS_MAX - 1);
    for (int i = 0; i < f->num_params; i++) {
        f->pass[i] = PASS_VALUE;
        f->param[i] = gen_any_type(g);
        if (i == 0 && f->partner >= 0) {
            f->param[i] = T_I32;
        } else if (gen_chance(g, 12)) {
            f->param[i] = T_PTR;
        } else if (gen_chance(g, 10)) {
            f->param[i] = T_OWN;
            f->pass[i] = PASS_OWN;
            f->owns = true;
        } else if (gen_chance(g, 10)) {
            f->param[i] = T_AGG + (int)gen_rnd(g, (unsigned)(g->num_types - T_AGG));
            f->pass[i] = PASS_BYVAL;
        }
    }
}

static void choose_ret(gen* g, gen_fn* f) {
    f->ret = gen_any_type(g);
    if (f == g->fns && gen_chance(g, 35)) {
        f->ret = T_OWN; // the first one, which all others can call
    } else if (gen_chance(g, 15)) {
        f->ret = T_VOID;
    } else if (gen_chance(g, 18)) {
        f->ret = T_OWN;
    } else if (gen_chance(g, 20)) {
        f->ret = T_AGG + (int)gen_rnd(g, (unsigned)(g->num_types - T_AGG));
        f->sret = true;
    }
}

static void declare(gen* g, gen_fn* f) {
    LLVMTypeRef params[PARAMS_MAX + 1];
    unsigned n = 0;
    if (f->sret) {
        params[n++] = g->ptr;
    }
    for (int i = 0; i < f->num_params; i++) {
        params[n++] = f->pass[i] == PASS_VALUE ? gen_llvm(g, f->param[i]) : g->ptr;
    }
    f->type = LLVMFunctionType(f->sret ? g->void_ : gen_llvm(g, f->ret), params, n, 0);
    f->v = gen_fn_ref(g, f);
}

static void drop_function(gen* g, gen_fn* f, const char* attribute, const char* suffix,
                          bool output) {
    char name[48];
    snprintf(name, sizeof name, "%s_%s", f->name, suffix);
    LLVMTypeRef one = LLVMFunctionType(g->void_, &g->ptr, 1, 0);
    LLVMTypeRef params[PARAMS_MAX + 1];
    LLVMGetParamTypes(f->type, params);
    unsigned n = LLVMCountParamTypes(f->type);
    LLVMTypeRef all = LLVMFunctionType(g->void_, params + f->sret, n - f->sret, 0);
    LLVMValueRef drop = LLVMAddFunction(g->m, name, output ? one : all);
    LLVMPositionBuilderAtEnd(g->b, LLVMAppendBasicBlockInContext(g->c, drop, "entry"));
    LLVMSetCurrentDebugLocation2(g->b, NULL);
    if (output) {
        LLVMValueRef p = LLVMBuildLoad2(g->b, g->ptr, LLVMGetParam(drop, 0), "");
        gen_call(g, "ext_free", g->void_, 1, p);
    } else {
        for (int i = f->num_params - 1; i >= 0; i--) {
            if (f->pass[i] == PASS_OWN) {
                gen_call(g, "ext_free", g->void_, 1, LLVMGetParam(drop, (unsigned)i));
            }
        }
    }
    LLVMBuildRetVoid(g->b);
    if (!g->sync) {
        fn_attribute(g, f->v, attribute, name);
    }
}

static void drop_functions(gen* g, gen_fn* f) {
    if (!f->is_async) {
        return;
    }
    if (f->owns) {
        drop_function(g, f, "tmlrt.drop.args", "drop_args", false);
    }
    if (f->ret == T_OWN) {
        drop_function(g, f, "tmlrt.drop.output", "drop_output", true);
    }
}

// The root tells the world when its arguments are destroyed without a first poll.
static void root_drop_args(gen* g, gen_fn* root) {
    if (!g->sync) {
        LLVMTypeRef args[2] = {g->i64, g->i64};
        gen_ext(g, "ext_root_args", g->void_, 2, args, false);
        fn_attribute(g, root->v, "tmlrt.drop.args", "ext_root_args");
    }
}

// ---- calls -----------------------------------------------------------------------------------

/// gen_args evaluates arguments for `callee`; owned ones are created for it.
void gen_args(gen* g, const gen_fn* callee, bool recursive, LLVMValueRef* args) {
    for (int i = 0; i < callee->num_params; i++) {
        if (i == 0 && callee->partner >= 0) {
            args[i] = recursive ? LLVMBuildSub(g->b, g->depth_param, LLVMConstInt(g->i32, 1, 0), "")
                                : LLVMConstInt(g->i32, gen_rnd(g, 4), 0);
        } else if (callee->pass[i] == PASS_OWN) {
            args[i] = gen_call(g, "ext_new", g->ptr, 1, gen_get(g, T_I64));
        } else if (callee->pass[i] == PASS_BYVAL) {
            gen_has(g, GEN_F_BYVAL);
            LLVMValueRef v = gen_get(g, callee->param[i]);
            args[i] = gen_alloca(g, gen_llvm(g, callee->param[i]), "byval");
            LLVMBuildStore(g->b, v, args[i]);
        } else {
            args[i] = gen_get(g, callee->param[i]);
            if (callee->param[i] == T_PTR) {
                gen_has(g, GEN_F_POINTER);
            } else if (callee->param[i] >= T_AGG) {
                gen_has(g, GEN_F_AGG_ARG);
            }
        }
    }
}

/// gen_direct_call calls `callee` and returns its output (NULL for void); `attribute` is a
/// call-site marker of the async form, or NULL.
LLVMValueRef gen_direct_call(gen* g, const gen_fn* callee, const LLVMValueRef* args,
                             const char* attribute) {
    LLVMValueRef list[PARAMS_MAX + 1], out = NULL;
    unsigned n = 0;
    if (callee->sret) {
        gen_has(g, GEN_F_SRET);
        list[n++] = out = gen_alloca(g, gen_llvm(g, callee->ret), "sret");
    }
    memcpy(list + n, args, (size_t)callee->num_params * sizeof *args);
    n += (unsigned)callee->num_params;
    LLVMValueRef call = LLVMBuildCall2(g->b, callee->type, gen_fn_ref(g, callee), list, n, "");
    abi_attributes(g, callee, call, true, 1);
    if (attribute != NULL && !g->sync) {
        LLVMAddCallSiteAttribute(call, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                                 text_attribute(g, attribute, ""));
    }
    if (attribute != NULL && strcmp(attribute, "tmlrt.await") == 0) {
        gen_after_suspend(g);
    }
    if (callee->sret) {
        return LLVMBuildLoad2(g->b, gen_llvm(g, callee->ret), out, "");
    }
    return callee->ret == T_VOID ? NULL : call;
}

// ---- cleanup and rets ------------------------------------------------------------------------

static void sync_drop_args(gen* g, const gen_deferred* d) {
    const gen_fn* f = &g->fns[d->fn];
    LLVMBasicBlockRef owed = gen_bb(g, "owed"), on = gen_bb(g, "on");
    LLVMBuildCondBr(g->b, LLVMBuildLoad2(g->b, g->i1, d->owed, ""), owed, on);
    gen_at(g, owed);
    LLVMBuildStore(g->b, LLVMConstInt(g->i1, 0, 0), d->owed);
    for (int i = f->num_params - 1; i >= 0; i--) {
        if (f->pass[i] == PASS_OWN) {
            gen_call(g, "ext_free", g->void_, 1, LLVMBuildLoad2(g->b, g->ptr, d->args[i], ""));
        }
    }
    LLVMBuildBr(g->b, on);
    gen_at(g, on);
}

/// gen_destroy ends one live thing, whatever its state.
void gen_destroy(gen* g, const gen_live* item) {
    LLVMValueRef fn = item->fn >= 0 && !g->sync ? gen_fn_ref(g, &g->fns[item->fn]) : NULL;
    switch (item->kind) {
    case LIVE_OBJECT:
        gen_call(g, "ext_dtor", g->void_, 2, item->p, item->tag);
        return;
    case LIVE_OWN:
        gen_call(g, "ext_free", g->void_, 1, item->p);
        return;
    case LIVE_HANDLE:
        if (!g->sync) {
            gen_call(g, "tmlrt_task_detach", g->void_, 1, item->p);
        } else if (g->fns[item->fn].ret == T_OWN) {
            gen_call(g, "ext_free", g->void_, 1, item->p);
        }
        return;
    case LIVE_LEAF:
        gen_marker(g, "tmlrt.drop.dyn", g->void_, 2, item->p, gen_leaf_desc(g, "ext_leaf_desc"));
        return;
    default:
        break;
    }
    if (g->sync) {
        sync_drop_args(g, &item->d);
    } else if (item->kind == LIVE_FUTURE) {
        gen_marker(g, "tmlrt.drop.future", g->void_, 2, item->d.frame, fn);
    } else {
        LLVMValueRef desc = gen_marker(g, "tmlrt.desc", g->ptr, 1, fn);
        const char* name = item->kind == LIVE_BOX ? "tmlrt.drop.box" : "tmlrt.drop.dyn";
        gen_marker(g, name, g->void_, 2, item->d.frame, desc);
    }
}

static void cleanup(gen* g) {
    for (int i = g->num_live - 1; i >= 0; i--) {
        gen_destroy(g, &g->live[i]);
    }
}

/// gen_drop_exit writes the block a dropped frame leaves through.
void gen_drop_exit(gen* g, bool undefined) {
    cleanup(g);
    LLVMTypeRef ret = LLVMGetReturnType(g->f->type);
    if (ret == g->void_) {
        LLVMBuildRetVoid(g->b);
    } else {
        LLVMBuildRet(g->b, undefined ? LLVMGetUndef(ret) : LLVMConstNull(ret));
    }
}

/// gen_ret_any destroys what is live and returns some value.
void gen_ret_any(gen* g) {
    LLVMValueRef v = NULL;
    if (g->f->ret == T_OWN) {
        v = gen_call(g, "ext_new", g->ptr, 1, gen_get(g, T_I64));
    } else if (g->f->ret != T_VOID) {
        v = gen_get(g, g->f->ret);
    }
    cleanup(g);
    if (g->f->sret && !gen_chance(g, 50)) { // else what is there stays the output
        LLVMBuildStore(g->b, v, g->sret_param);
    }
    if (v == NULL || g->f->sret) {
        LLVMBuildRetVoid(g->b);
    } else {
        LLVMBuildRet(g->b, v);
    }
    g->closed = true;
}

// ---- bodies ----------------------------------------------------------------------------------

static void debug_function(gen* g, gen_fn* f) {
    g->di_sp = NULL;
    if (g->di == NULL || f->module != 0) {
        LLVMSetCurrentDebugLocation2(g->b, NULL);
        return;
    }
    gen_has(g, GEN_F_DEBUG);
    LLVMMetadataRef type =
        LLVMDIBuilderCreateSubroutineType(g->di, g->di_file, &g->di_type, 1, LLVMDIFlagZero);
    g->line += 10;
    size_t len = strlen(f->name);
    g->di_sp =
        LLVMDIBuilderCreateFunction(g->di, g->di_file, f->name, len, f->name, len, g->di_file,
                                    g->line, type, 0, 1, g->line, LLVMDIFlagZero, 0);
    LLVMSetSubprogram(f->v, g->di_sp);
    gen_location(g);
}

static void begin(gen* g, gen_fn* f) {
    g->f = f;
    g->num_vars = g->num_live = g->nesting = g->loops = 0;
    g->cost = 0;
    g->mult = 1;
    g->rec_used = g->closed = false;
    g->empty_cleanup = NULL;
    g->sret_param = g->depth_param = NULL;
    memset(g->pool, 0, sizeof g->pool);
    gen_at(g, gen_bb(g, "entry"));
    debug_function(g, f);
    unsigned at = 0;
    if (f->sret) {
        g->sret_param = LLVMGetParam(f->v, at++);
        LLVMBuildStore(g->b, LLVMConstNull(gen_llvm(g, f->ret)), g->sret_param);
        g->vars[g->num_vars++] = (gen_var){g->sret_param, f->ret};
        if (gen_chance(g, 25)) {
            gen_call(g, "ext_see", g->void_, 1, g->sret_param);
        }
    }
    for (int i = 0; i < f->num_params; i++) {
        LLVMValueRef p = LLVMGetParam(f->v, at++);
        if (i == 0 && f->partner >= 0) {
            g->depth_param = p;
        } else if (f->pass[i] == PASS_OWN) {
            gen_has(g, GEN_F_OWNED);
            g->live[g->num_live++] = (gen_live){.kind = LIVE_OWN, .p = p, .fn = -1};
        } else if (f->pass[i] == PASS_BYVAL) {
            g->vars[g->num_vars++] = (gen_var){p, f->param[i]};
        } else {
            gen_put(g, f->param[i], p);
        }
    }
}

// The end of a function reads values of many places, so that they live across its suspensions.
static void finish(gen* g, gen_fn* f) {
    if (!g->closed) {
        LLVMValueRef sum = gen_get(g, T_I64);
        for (int t = 0; t < g->num_types; t++) {
            for (int k = gen_chance(g, 60) ? 0 : 1; k < 1 && g->pool[t].n > 0; k++) {
                LLVMValueRef v = g->pool[t].v[gen_rnd(g, (unsigned)g->pool[t].n)];
                sum = gen_mix(g, sum, gen_to_i64(g, t, v));
            }
        }
        for (int i = 0; i < g->num_vars && i < 2; i++) {
            const gen_var* var = &g->vars[gen_rnd(g, (unsigned)g->num_vars)];
            LLVMValueRef v = LLVMBuildLoad2(g->b, gen_llvm(g, var->type), var->p, "");
            sum = gen_mix(g, sum, gen_to_i64(g, var->type, v));
        }
        if (f->sret && gen_chance(g, 40)) { // what was stored before the suspensions
            LLVMValueRef v = LLVMBuildLoad2(g->b, gen_llvm(g, f->ret), g->sret_param, "");
            sum = gen_mix(g, sum, gen_to_i64(g, f->ret, v));
            if (f->is_async && g->cost > 0) {
                gen_has(g, GEN_F_SRET_EARLY);
            }
        }
        gen_call(g, "ext_note", g->void_, 1, sum);
        gen_pool* pool = f->ret < T_MAX ? &g->pool[f->ret] : &g->pool[T_I64];
        if (f->ret < T_MAX) {
            pool->v[0] = gen_from_i64(g, f->ret, sum);
            pool->n = 1;
        }
        gen_ret_any(g);
    }
    if (f->ret == T_VOID) {
        gen_has(g, GEN_F_VOID_OUT);
    } else if (f->ret >= T_AGG && f->ret < T_MAX) {
        gen_has(g, GEN_F_AGG_RET);
    }
    f->cost = f->partner >= 0 ? (g->cost + 3) * 4 : g->cost;
    f->ready = true;
}

static void body(gen* g, int k, uint64_t seed) {
    gen_fn* f = &g->fns[k];
    g->m = g->prog->modules[f->module];
    g->rng = seed;
    bool root = k == g->num_fns - 1;
    begin(g, f);
    g->cost_limit = f->partner >= 0 ? 6 : root ? 70 : 20;
    g->budget = root ? 11 : 3 + (int)gen_rnd(g, 8);
    gen_block(g, seed, root ? 9 : 6);
    finish(g, f);
    g->rng = seed + 1;
    if (LLVMGetNamedFunction(g->m, f->name) == f->v && !root) {
        unsigned linkage = gen_rnd(g, 3);
        bool split = g->prog->modules[1] != NULL;
        if (linkage == 0 || split) {
            LLVMSetLinkage(f->v, LLVMExternalLinkage);
        } else if (linkage == 1) {
            LLVMSetLinkage(f->v, LLVMInternalLinkage);
        } else {
            gen_has(g, GEN_F_WEAK);
            LLVMSetLinkage(f->v, LLVMWeakAnyLinkage);
        }
    }
}

static void declare_all(gen* g) {
    g->num_fns = 3 + (int)gen_rnd(g, 2);
    bool split = gen_chance(g, 25);
    int border = 1 + (int)gen_rnd(g, (unsigned)g->num_fns - 2);
    for (int k = 0; k < g->num_fns; k++) {
        gen_fn* f = &g->fns[k];
        bool root = k == g->num_fns - 1;
        snprintf(f->name, sizeof f->name, root ? "root" : "f%d", k);
        f->is_async = root || !gen_chance(g, k == 0 ? 0 : 18);
        if (k == 0 || g->fns[k - 1].partner != k) {
            bool pair = k + 2 < g->num_fns && (!split || k + 1 != border) && gen_chance(g, 27);
            f->partner = root || !f->is_async ? -1 : pair ? k + 1 : gen_chance(g, 30) ? k : -1;
        } else {
            f->partner = k - 1;
            f->is_async = true;
        }
        f->module = split && k < border ? 1 : 0;
        g->m = g->prog->modules[f->module];
        if (root) {
            f->num_params = 2;
            f->param[0] = f->param[1] = f->ret = T_I64;
        } else {
            choose_params(g, f);
            choose_ret(g, f);
        }
    }
    if (split) {
        gen_has(g, g->prog->known_frames ? GEN_F_KNOWN_FRAME : GEN_F_UNKNOWN_FRAME);
    }
    g->prog->split = split;
}

static void debug_unit(gen* g) {
    g->di = LLVMCreateDIBuilder(g->prog->modules[0]);
    g->di_file = LLVMDIBuilderCreateFile(g->di, "fuzz.tml", 8, ".", 1);
    LLVMDIBuilderCreateCompileUnit(g->di, LLVMDWARFSourceLanguageC99, g->di_file, "tml", 3, 0, "",
                                   0, 0, "", 0, LLVMDWARFEmissionFull, 0, 0, 0, "", 0, "", 0);
    g->di_type = LLVMDIBuilderCreateBasicType(g->di, "I64", 3, 64, 5, LLVMDIFlagZero);
    LLVMAddModuleFlag(g->prog->modules[0], LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18,
                      LLVMValueAsMetadata(LLVMConstInt(g->i32, 3, 0)));
}

void gen_emit(LLVMContextRef context, const gen_options* options, gen_program* out_program) {
    gen* g = calloc(1, sizeof *g);
    memset(out_program, 0, sizeof *out_program);
    g->opt = options;
    g->prog = out_program;
    g->sync = options->sync;
    g->c = context;
    g->b = LLVMCreateBuilderInContext(context);
    g->rng = options->seed * UINT64_C(0x9E3779B97F4A7C15) + 11;
    for (int i = 0; i < GEN_MAX_MODULES; i++) {
        out_program->modules[i] =
            LLVMModuleCreateWithNameInContext(i == 0 ? "main" : "other", context);
        LLVMSetTarget(out_program->modules[i], options->triple);
        LLVMSetDataLayout(out_program->modules[i], options->data_layout);
    }
    gen_make_types(g);
    out_program->known_frames = gen_chance(g, 50);
    bool debug = gen_chance(g, 15);
    declare_all(g);
    if (!out_program->split) {
        LLVMDisposeModule(out_program->modules[1]);
        out_program->modules[1] = NULL;
    }
    if (debug) {
        debug_unit(g);
    }
    for (int k = 0; k < g->num_fns; k++) {
        g->m = out_program->modules[g->fns[k].module];
        declare(g, &g->fns[k]);
        drop_functions(g, &g->fns[k]);
    }
    g->m = out_program->modules[0];
    root_drop_args(g, &g->fns[g->num_fns - 1]);
    for (int k = 0; k < g->num_fns; k++) {
        body(g, k, options->seed * 977 + (uint64_t)k * UINT64_C(0x632BE59BD9B4E019) + 3);
    }
    if (g->di != NULL) {
        LLVMDIBuilderFinalize(g->di);
        LLVMDisposeDIBuilder(g->di);
    }
    LLVMDisposeBuilder(g->b);
    free(g);
}
