// SPDX-License-Identifier: Apache-2.0
// Suspending statements: awaits of functions, leaf suspends, leaves written in C, budget checks,
// and the things whose lifetime a suspension must respect (objects, context, thread-local address).
#include "tests/fuzz/lowering/gen_int.h"

enum { LEAF_BYTES = 192 };

/// gen_after_suspend follows every suspending marker: asks whether the frame is being dropped and,
/// if so, leaves through a cleanup. With nothing to destroy it sometimes asks nothing.
void gen_after_suspend(gen* g) {
    gen_has(g, GEN_F_SUSPEND);
    bool ask = g->num_live > 0 || gen_chance(g, 25), share = gen_chance(g, 60),
         undefined = gen_chance(g, 30);
    if (!ask) {
        return;
    }
    gen_has(g, GEN_F_CLEANUP);
    LLVMBasicBlockRef* cached =
        g->num_live > 0 ? &g->live[g->num_live - 1].cleanup : &g->empty_cleanup;
    bool shared = *cached != NULL && share;
    if (shared) {
        gen_has(g, GEN_F_SHARED_CLEANUP);
    } else if (g->sync) {
        *cached = LLVMGetEntryBasicBlock(g->f->v); // any mark: the async form has a block here
    }
    if (g->sync) {
        return;
    }
    LLVMBasicBlockRef on = gen_bb(g, "resumed"), out = shared ? *cached : gen_bb(g, "dropped");
    LLVMBuildCondBr(g->b, gen_marker(g, "tmlrt.dropped", g->i1, 0), out, on);
    if (!shared) {
        *cached = out;
        gen_at(g, out);
        gen_drop_exit(g, undefined);
    }
    gen_at(g, on);
}

gen_live* gen_push(gen* g, gen_live_kind kind, LLVMValueRef p) {
    gen_live* item = &g->live[g->num_live++];
    *item = (gen_live){.kind = kind, .p = p, .fn = -1};
    return item;
}

// Ends the scope of the thing on top of the stack.
static void pop_destroy(gen* g) {
    gen_live item = g->live[--g->num_live];
    if (!g->closed) {
        gen_destroy(g, &item);
    }
}

/// gen_object makes an object with a destructor, and a block of statements around its life.
void gen_object(gen* g, uint64_t id) {
    gen_has(g, GEN_F_OBJECT);
    LLVMValueRef tag = gen_get(g, T_I64);
    if (gen_chance(g, 30)) {
        gen_push(g, LIVE_OWN, gen_call(g, "ext_new", g->ptr, 1, tag));
    } else {
        LLVMValueRef p = gen_alloca(g, LLVMArrayType2(g->i64, 2 + gen_rnd(g, 3)), "object");
        gen_call(g, "ext_ctor", g->void_, 2, p, tag);
        gen_push(g, LIVE_OBJECT, p)->tag = tag;
    }
    LLVMValueRef p = g->live[g->num_live - 1].p;
    bool touch = gen_chance(g, 50);
    gen_scope s = gen_enter(g);
    gen_block(g, id ^ 0x61, 5);
    if (touch && !g->closed) {
        gen_call(g, "ext_note", g->void_, 1, gen_call(g, "ext_touch", g->i64, 1, p));
    }
    gen_leave(g, &s);
    pop_destroy(g);
}

// ---- calls -----------------------------------------------------------------------------------

/// gen_can_place says whether a future value of `f` may be a slot of this function: its frame's
/// size must be known here.
bool gen_can_place(const gen* g, const gen_fn* f) {
    return f->module == g->f->module || g->prog->known_frames;
}

/// gen_pick chooses a finished function to call whose suspensions fit what is left; -1: none.
int gen_pick(gen* g, bool async) {
    int start = (int)gen_rnd(g, FNS_MAX);
    for (int i = 0; i < FNS_MAX; i++) {
        int k = (start + i) % FNS_MAX;
        if (k >= g->num_fns || !g->fns[k].ready || g->fns[k].is_async != async ||
            g->fns[k].module < g->f->module) {
            continue;
        }
        unsigned cost = g->mult * (g->fns[k].cost + 1);
        if (g->cost + cost <= g->cost_limit) {
            g->cost += cost;
            return k;
        }
    }
    return -1;
}

/// gen_use_output puts an output to use; an owned one lives for a block.
void gen_use_output(gen* g, uint64_t id, const gen_fn* f, LLVMValueRef v) {
    if (f->ret == T_OWN) {
        gen_has(g, GEN_F_DROP_OUTPUT);
        gen_push(g, LIVE_OWN, v);
        gen_scope s = gen_enter(g);
        gen_block(g, id ^ 0x62, 2);
        gen_leave(g, &s);
        pop_destroy(g);
    } else if (f->ret != T_VOID && gen_chance(g, 15)) {
        gen_has(g, GEN_F_OUTPUT_UNUSED);
    } else if (f->ret != T_VOID) {
        gen_put(g, f->ret, v);
        if (f->ret >= T_AGG) {
            gen_has(g, GEN_F_AGG_RET);
        }
    }
}

/// gen_note_byval traces byval arguments after a call: the callee has its own copies.
void gen_note_byval(gen* g, const gen_fn* f, const LLVMValueRef* args) {
    for (int i = 0; i < f->num_params; i++) {
        if (f->pass[i] == PASS_BYVAL) {
            gen_has(g, GEN_F_BYVAL_KEPT);
            LLVMValueRef v = LLVMBuildLoad2(g->b, gen_llvm(g, f->param[i]), args[i], "");
            gen_call(g, "ext_note", g->void_, 1, gen_to_i64(g, f->param[i], v));
        }
    }
}

static void await_static(gen* g, uint64_t id) {
    int k = gen_pick(g, true);
    if (k < 0) {
        return;
    }
    const gen_fn* f = &g->fns[k];
    LLVMValueRef args[PARAMS_MAX];
    gen_args(g, f, false, args);
    if (f->cost > 0) {
        gen_has(g, GEN_F_NESTED);
    }
    LLVMValueRef v = gen_direct_call(g, f, args, "tmlrt.await");
    gen_note_byval(g, f, args);
    gen_use_output(g, id, f, v);
}

/// gen_block_on runs an async function to its end from a synchronous one.
void gen_block_on(gen* g) {
    int k = gen_pick(g, true);
    for (int i = 0; k >= 0 && i < 4 && g->fns[k].ret == T_OWN; i++) {
        k = gen_pick(g, true);
    }
    if (k < 0 || g->fns[k].ret == T_OWN) {
        return;
    }
    gen_has(g, GEN_F_BLOCK_ON);
    LLVMValueRef args[PARAMS_MAX];
    gen_args(g, &g->fns[k], false, args);
    LLVMValueRef v = gen_direct_call(g, &g->fns[k], args, "tmlrt.block_on");
    gen_note_byval(g, &g->fns[k], args);
    gen_use_output(g, 0, &g->fns[k], v);
}

static void call_sync(gen* g, uint64_t id) {
    int k = gen_pick(g, false);
    if (k < 0) {
        return;
    }
    LLVMValueRef args[PARAMS_MAX];
    gen_args(g, &g->fns[k], false, args);
    gen_use_output(g, id, &g->fns[k], gen_direct_call(g, &g->fns[k], args, NULL));
}

// ---- leaves ----------------------------------------------------------------------------------

// Suspends as often as the schedule says, in a loop or once.
static void leaf_suspend(gen* g) {
    if (g->cost + 3 * g->mult > g->cost_limit) {
        return;
    }
    g->cost += 3 * g->mult;
    bool once = gen_chance(g, 40);
    if (g->sync) {
        gen_after_suspend(g);
        return;
    }
    LLVMBasicBlockRef from = LLVMGetInsertBlock(g->b), head = gen_bb(g, "pending");
    LLVMBasicBlockRef wait = gen_bb(g, "wait"), on = gen_bb(g, "on");
    LLVMValueRef n = gen_call(g, "ext_pend", g->i32, 0), zero = LLVMConstInt(g->i32, 0, 0);
    LLVMBuildBr(g->b, head);
    gen_at(g, head);
    LLVMValueRef i = LLVMBuildPhi(g->b, g->i32, "");
    LLVMAddIncoming(i, &zero, &from, 1);
    LLVMBuildCondBr(g->b, LLVMBuildICmp(g->b, LLVMIntULT, i, n, ""), wait, on);
    gen_at(g, wait);
    gen_marker(g, "tmlrt.suspend", g->void_, 0);
    gen_after_suspend(g);
    if (once) {
        LLVMBuildBr(g->b, on);
        gen_at(g, on);
        return;
    }
    LLVMValueRef next = LLVMBuildAdd(g->b, i, LLVMConstInt(g->i32, 1, 0), "");
    from = LLVMGetInsertBlock(g->b);
    LLVMAddIncoming(i, &next, &from, 1);
    LLVMBuildBr(g->b, head);
    gen_at(g, on);
}

static void await_partner(gen* g, uint64_t id) {
    if (g->f->partner < 0 || g->rec_used || g->mult > 1) {
        await_static(g, id);
        return;
    }
    const gen_fn* f = &g->fns[g->f->partner];
    gen_has(g, f == g->f ? GEN_F_RECURSION : GEN_F_MUTUAL);
    g->rec_used = true;
    g->cost++;
    LLVMBasicBlockRef deeper = gen_bb(g, "deeper"), on = gen_bb(g, "on");
    LLVMValueRef zero = LLVMConstInt(g->i32, 0, 0);
    LLVMBuildCondBr(g->b, LLVMBuildICmp(g->b, LLVMIntSGT, g->depth_param, zero, ""), deeper, on);
    gen_scope s = gen_enter(g);
    gen_at(g, deeper);
    LLVMValueRef args[PARAMS_MAX];
    gen_args(g, f, true, args);
    gen_use_output(g, id, f, gen_direct_call(g, f, args, "tmlrt.await"));
    if (!g->closed) {
        LLVMBuildBr(g->b, on);
    }
    gen_leave(g, &s);
    gen_at(g, on);
    if (gen_chance(g, 60)) {
        leaf_suspend(g); // with the inner frames popped and outer ones on the arena
    }
}

/// gen_leaf_desc refers to a descriptor the runner defines.
LLVMValueRef gen_leaf_desc(gen* g, const char* name) {
    LLVMValueRef v = LLVMGetNamedGlobal(g->m, name);
    return v != NULL ? v : LLVMAddGlobal(g->m, g->ptr, name);
}

static void leaf_in_c(gen* g, uint64_t id) {
    if (g->cost + 3 * g->mult > g->cost_limit) {
        return;
    }
    g->cost += 3 * g->mult;
    gen_has(g, GEN_F_LEAF);
    LLVMValueRef seed = gen_get(g, T_I64), out = gen_alloca(g, g->i64, "out");
    LLVMBuildStore(g->b, seed, out);
    LLVMValueRef leaf = gen_alloca(g, LLVMArrayType2(g->i8, LEAF_BYTES), "leaf");
    LLVMSetAlignment(leaf, 16);
    if (!g->sync) {
        gen_call(g, "ext_leaf_init", g->void_, 2, leaf, seed);
    }
    gen_push(g, LIVE_LEAF, leaf);
    gen_scope s = gen_enter(g);
    gen_block(g, id ^ 0x63, 2);
    gen_leave(g, &s);
    bool awaited = gen_chance(g, 80);
    if (g->closed || !awaited) {
        pop_destroy(g);
        return;
    }
    g->num_live--;
    gen_marker(g, "tmlrt.await.dyn", g->void_, 3, leaf, gen_leaf_desc(g, "ext_leaf_desc"), out);
    gen_after_suspend(g);
    if (g->sync) {
        LLVMBuildStore(g->b, gen_call(g, "ext_leaf_sync", g->i64, 1, seed), out);
    }
    gen_put(g, T_I64, LLVMBuildLoad2(g->b, g->i64, out, ""));
}

static void coop(gen* g) {
    if (g->cost + g->mult > g->cost_limit) {
        return;
    }
    g->cost += g->mult;
    gen_has(g, GEN_F_COOP);
    gen_marker(g, "tmlrt.coop", g->void_, 0);
    gen_after_suspend(g);
}

static void context(gen* g) {
    gen_has(g, GEN_F_CONTEXT);
    LLVMValueRef cx = gen_marker(g, "tmlrt.context", g->ptr, 0);
    if (cx != NULL) {
        gen_call(g, "ext_cx", g->void_, 1, cx);
    }
}

static void thread_local_address(gen* g, uint64_t id) {
    gen_has(g, GEN_F_TLS);
    LLVMValueRef tls = LLVMGetNamedGlobal(g->m, "ext_tls_word");
    if (tls == NULL) {
        tls = LLVMAddGlobal(g->m, g->i64, "ext_tls_word");
        LLVMSetThreadLocal(tls, 1);
    }
    LLVMValueRef p = gen_call(g, "llvm.threadlocal.address.p0", g->ptr, 1, tls);
    gen_call(g, "ext_tls", g->void_, 1, p);
    gen_block(g, id ^ 0x64, 3);
    if (!g->closed) {
        gen_call(g, "ext_tls", g->void_, 1, p);
    }
}

/// gen_suspending writes one statement of the async part of the language.
void gen_suspending(gen* g, uint64_t id) {
    unsigned pick = gen_rnd(g, 100);
    bool nest = g->nesting < 5 && g->budget > 0 && g->num_live < LIVE_MAX - 4;
    if (pick < 26) {
        await_static(g, id);
    } else if (pick < 35) {
        await_partner(g, id);
    } else if (pick < 45) {
        leaf_suspend(g);
    } else if (pick < 49) {
        call_sync(g, id);
    } else if (pick < 53) {
        coop(g);
    } else if (pick < 57) {
        context(g);
    } else if (pick < 60 && nest) {
        thread_local_address(g, id);
    } else if (pick < 66 && nest) {
        leaf_in_c(g, id);
    } else if (pick < 77 && nest) {
        gen_future(g, id);
    } else if (pick < 84 && nest) {
        gen_dyn(g, id);
    } else if (pick < 91 && nest) {
        gen_box(g, id);
    } else if (nest) {
        gen_spawn(g, id);
    } else {
        await_static(g, id);
    }
}
