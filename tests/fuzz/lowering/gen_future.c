// SPDX-License-Identifier: Apache-2.0
// Futures as values, dyn pairs, boxes and tasks. In the sync form a future is its saved arguments
// and a flag; awaiting calls the function, dropping frees owned arguments that are still owed.
#include "tests/fuzz/lowering/gen_int.h"

// Saves the arguments the way an unstarted frame does: by value, byval structs copied.
static void save_args(gen* g, const gen_fn* f, gen_deferred* d, const LLVMValueRef* args) {
    for (int i = 0; i < f->num_params; i++) {
        if (f->pass[i] == PASS_BYVAL) {
            LLVMTypeRef t = gen_llvm(g, f->param[i]);
            d->args[i] = LLVMBuildAlloca(g->b, t, "saved");
            LLVMBuildStore(g->b, LLVMBuildLoad2(g->b, t, args[i], ""), d->args[i]);
        } else {
            d->args[i] = LLVMBuildAlloca(g->b, LLVMTypeOf(args[i]), "saved");
            LLVMBuildStore(g->b, args[i], d->args[i]);
        }
    }
    d->owed = LLVMBuildAlloca(g->b, g->i1, "owed");
    LLVMBuildStore(g->b, LLVMConstInt(g->i1, 1, 0), d->owed);
}

// Calls the variadic marker `name`(@f, args...).
static LLVMValueRef variadic(gen* g, const char* name, const gen_fn* f, const LLVMValueRef* args) {
    LLVMValueRef list[PARAMS_MAX + 1] = {gen_fn_ref(g, f)};
    for (int i = 0; i < f->num_params; i++) {
        list[i + 1] = args[i];
    }
    LLVMValueRef marker = gen_ext(g, name, g->ptr, 1, &g->ptr, true);
    return LLVMBuildCall2(g->b, LLVMGlobalGetValueType(marker), marker, list,
                          (unsigned)f->num_params + 1, "");
}

// A future that is dropped without having been polled destroys the arguments it owns.
static void note_unstarted(gen* g, int fn) {
    if (g->fns[fn].owns) {
        gen_has(g, GEN_F_UNSTARTED);
    }
}

static gen_deferred defer(gen* g, const char* marker, int k) {
    const gen_fn* f = &g->fns[k];
    gen_deferred d = {.fn = k};
    LLVMValueRef args[PARAMS_MAX];
    gen_args(g, f, false, args);
    if (f->owns) {
        gen_has(g, GEN_F_DROP_ARGS);
    }
    if (g->sync) {
        save_args(g, f, &d, args);
    } else {
        d.frame = variadic(g, marker, f, args);
    }
    for (int i = 0; i < f->num_params; i++) {
        if (f->pass[i] == PASS_BYVAL) { // the future has its own copy
            LLVMBuildStore(g->b, LLVMConstNull(gen_llvm(g, f->param[i])), args[i]);
        }
    }
    return d;
}

static LLVMValueRef sync_call(gen* g, const gen_deferred* d) {
    const gen_fn* f = &g->fns[d->fn];
    LLVMValueRef args[PARAMS_MAX];
    for (int i = 0; i < f->num_params; i++) {
        args[i] = f->pass[i] == PASS_BYVAL
                      ? d->args[i]
                      : LLVMBuildLoad2(g->b, LLVMGetAllocatedType(d->args[i]), d->args[i], "");
    }
    LLVMBuildStore(g->b, LLVMConstInt(g->i1, 0, 0), d->owed);
    return gen_direct_call(g, f, args, NULL);
}

static LLVMValueRef out_slot(gen* g, const gen_fn* f) {
    return f->ret == T_VOID ? LLVMConstNull(g->ptr) : gen_alloca(g, gen_llvm(g, f->ret), "out");
}

static LLVMValueRef read_out(gen* g, const gen_fn* f, LLVMValueRef out) {
    return f->ret == T_VOID ? NULL : LLVMBuildLoad2(g->b, gen_llvm(g, f->ret), out, "");
}

// A function i1 (ptr) that always answers the same.
static LLVMValueRef predicate(gen* g, bool answer) {
    const char* name = answer ? "is_failure" : "is_none";
    LLVMValueRef fn = LLVMGetNamedFunction(g->m, name);
    if (fn == NULL) {
        fn = LLVMAddFunction(g->m, name, LLVMFunctionType(g->i1, &g->ptr, 1, 0));
        LLVMSetLinkage(fn, LLVMInternalLinkage);
        LLVMBuilderRef b = LLVMCreateBuilderInContext(g->c);
        LLVMPositionBuilderAtEnd(b, LLVMAppendBasicBlockInContext(g->c, fn, ""));
        LLVMBuildRet(b, LLVMConstInt(g->i1, answer, 0));
        LLVMDisposeBuilder(b);
    }
    return fn;
}

// How a future is awaited: beside another one, by the marker with this number, or alone.
typedef struct {
    unsigned marker;
    bool fails; ///< try_join: the output counts as a failure
} beside;
enum { MARKERS = 4 };

// The same choice in both forms.
static beside choose_beside(gen* g) {
    static const int features[MARKERS] = {GEN_F_MANY, GEN_F_TRY_JOIN, GEN_F_RACE, GEN_F_SELECT};
    beside how = {gen_rnd(g, 10), gen_chance(g, 50)};
    if (how.marker < MARKERS) {
        gen_has(g, features[how.marker]);
    }
    return how;
}

// Awaits the future beside a quiet leaf, which changes nothing that can be seen but keeps a frame
// on the arena: join and try_join wait for it too, race and select drop it.
static void await_beside(gen* g, beside choice, LLVMValueRef frame, LLVMValueRef driver,
                         LLVMValueRef out) {
    static const char* const names[MARKERS] = {"tmlrt.join", "tmlrt.try_join", "tmlrt.race",
                                               "tmlrt.select"};
    unsigned how = choice.marker;
    LLVMValueRef quiet = gen_alloca(g, LLVMArrayType2(g->i8, 192), "quiet");
    LLVMSetAlignment(quiet, 16);
    LLVMValueRef unread = gen_alloca(g, g->i64, "unread"), list[12];
    LLVMValueRef desc = gen_leaf_desc(g, "ext_quiet_desc"), null = LLVMConstNull(g->ptr);
    gen_call(g, "ext_quiet_init", g->void_, 2, quiet, LLVMConstInt(g->i32, how >= 2, 0));
    LLVMValueRef one[] = {frame, driver, out}, two[] = {quiet, desc, unread},
                 off[] = {null, desc, null}, yes = LLVMConstInt(g->i1, 1, 0);
    LLVMValueRef last[3] = {predicate(g, choice.fails), predicate(g, false), NULL};
    LLVMValueRef* parts[] = {one, two, off};
    if (how == 3) {
        last[0] = last[1] = yes;
        last[2] = LLVMConstInt(g->i1, 0, 0);
    }
    unsigned n = 0;
    for (int i = 0; i < (how == 3 ? 3 : 2); i++) {
        for (int k = 0; k < 3; k++) {
            list[n++] = parts[i][k];
        }
        if (how % 2 == 1) {
            list[n++] = last[i];
        }
    }
    LLVMValueRef marker = gen_ext(g, names[how], how == 0 ? g->void_ : g->i32, 1, &g->ptr, true);
    LLVMBuildCall2(g->b, LLVMGlobalGetValueType(marker), marker, list, n, "");
}

// Awaits a future value (`desc` NULL) or a frame with its descriptor.
static LLVMValueRef await_deferred(gen* g, const gen_deferred* d, LLVMValueRef frame,
                                   LLVMValueRef desc) {
    const gen_fn* f = &g->fns[d->fn];
    LLVMValueRef out = out_slot(g, f);
    beside how = choose_beside(g);
    if (g->sync) {
        LLVMValueRef v = sync_call(g, d);
        gen_after_suspend(g);
        return v;
    }
    if (f->sret) {
        gen_has(g, GEN_F_SRET);
    }
    if (how.marker < MARKERS) {
        await_beside(g, how, frame, desc != NULL ? desc : gen_fn_ref(g, f), out);
    } else if (desc == NULL) {
        gen_marker(g, "tmlrt.await.future", g->void_, 3, frame, gen_fn_ref(g, f), out);
    } else {
        gen_marker(g, "tmlrt.await.dyn", g->void_, 3, frame, desc, out);
    }
    gen_after_suspend(g);
    return read_out(g, f, out);
}

static void pop_destroy(gen* g, int n) {
    while (n-- > 0) {
        gen_live item = g->live[--g->num_live];
        if (!g->closed) {
            gen_destroy(g, &item);
        }
    }
}

static void push_deferred(gen* g, gen_live_kind kind, const gen_deferred* d) {
    gen_live* item = gen_push(g, kind, d->frame);
    item->fn = d->fn;
    item->d = *d;
}

static void inner_block(gen* g, uint64_t id) {
    gen_scope s = gen_enter(g);
    gen_block(g, id, 3);
    gen_leave(g, &s);
}

// The output of a conditional await stays in its branch.
static void await_maybe(gen* g, uint64_t id, const gen_deferred* d) {
    gen_has(g, GEN_F_FUTURE_MAYBE);
    LLVMBasicBlockRef yes = gen_bb(g, "yes"), on = gen_bb(g, "on");
    LLVMBuildCondBr(g->b, gen_cond(g), yes, on);
    gen_scope s = gen_enter(g);
    gen_at(g, yes);
    LLVMValueRef v = await_deferred(g, d, d->frame, NULL);
    gen_use_output(g, id ^ 0x71, &g->fns[d->fn], v);
    if (!g->closed) {
        LLVMBuildBr(g->b, on);
    }
    gen_leave(g, &s);
    gen_at(g, on);
}

/// gen_future makes a future value, lives with it for a block, then awaits it, perhaps, or not.
void gen_future(gen* g, uint64_t id) {
    int k = gen_pick(g, true);
    if (k < 0 || !gen_can_place(g, &g->fns[k])) {
        return;
    }
    gen_has(g, GEN_F_FUTURE);
    gen_deferred d = defer(g, "tmlrt.future", k);
    push_deferred(g, LIVE_FUTURE, &d);
    inner_block(g, id ^ 0x72);
    unsigned how = g->fns[k].owns && gen_chance(g, 50) ? 0 : gen_rnd(g, 4);
    if (!g->closed && how == 0) {
        gen_has(g, GEN_F_FUTURE_DROP);
        note_unstarted(g, k);
    } else if (!g->closed && how == 1) {
        await_maybe(g, id, &d);
    } else if (!g->closed) {
        bool keep = how == 2; // dropping it again in the cleanup is allowed and does nothing
        gen_live item = g->live[g->num_live - 1];
        g->num_live -= keep ? 0 : 1;
        LLVMValueRef v = await_deferred(g, &d, d.frame, NULL);
        if (!keep) {
            gen_use_output(g, id ^ 0x73, &g->fns[k], v);
            return;
        }
        g->num_live--;
        gen_destroy(g, &item);
        gen_use_output(g, id ^ 0x73, &g->fns[k], v);
        return;
    }
    pop_destroy(g, 1);
}

// In the sync form a choice of two futures is a branch.
static LLVMValueRef await_either(gen* g, LLVMValueRef which, const gen_deferred* d) {
    const gen_fn* f = &g->fns[d[0].fn];
    LLVMBasicBlockRef bb[2] = {gen_bb(g, "first"), gen_bb(g, "second")}, on = gen_bb(g, "on"),
                      from[2];
    LLVMValueRef v[2];
    LLVMBuildCondBr(g->b, which, bb[0], bb[1]);
    for (int i = 0; i < 2; i++) {
        gen_at(g, bb[i]);
        v[i] = sync_call(g, &d[i]);
        from[i] = LLVMGetInsertBlock(g->b);
        LLVMBuildBr(g->b, on);
    }
    gen_at(g, on);
    if (f->ret == T_VOID) {
        return NULL;
    }
    LLVMValueRef phi = LLVMBuildPhi(g->b, gen_llvm(g, f->ret), "");
    LLVMAddIncoming(phi, v, from, 2);
    return phi;
}

static int same_output(gen* g, int k) {
    int start = (int)gen_rnd(g, FNS_MAX);
    for (int i = 0; i < FNS_MAX; i++) {
        int j = (start + i) % FNS_MAX;
        if (j < g->num_fns && g->fns[j].ready && g->fns[j].is_async &&
            g->fns[j].ret == g->fns[k].ret && g->fns[j].module >= g->f->module &&
            gen_can_place(g, &g->fns[j])) {
            return j;
        }
    }
    return k;
}

/// gen_dyn makes two futures, stores one as a {frame, descriptor} pair and awaits it from there.
void gen_dyn(gen* g, uint64_t id) {
    int k = gen_pick(g, true);
    if (k < 0 || !gen_can_place(g, &g->fns[k])) {
        return;
    }
    int other = same_output(g, k);
    g->cost += g->mult * g->fns[other].cost;
    gen_has(g, GEN_F_DYN);
    gen_deferred d[2] = {defer(g, "tmlrt.future", k), {0}};
    push_deferred(g, gen_chance(g, 50) ? LIVE_DYN : LIVE_FUTURE, &d[0]);
    d[1] = defer(g, "tmlrt.future", other);
    push_deferred(g, gen_chance(g, 50) ? LIVE_DYN : LIVE_FUTURE, &d[1]);
    LLVMValueRef which = gen_cond(g), pair = NULL, v;
    LLVMTypeRef fields[2] = {g->ptr, g->ptr}, type = LLVMStructTypeInContext(g->c, fields, 2, 0);
    if (!g->sync) {
        LLVMValueRef desc[2], any = LLVMGetUndef(type);
        for (int i = 0; i < 2; i++) {
            desc[i] = gen_marker(g, "tmlrt.desc", g->ptr, 1, gen_fn_ref(g, &g->fns[d[i].fn]));
        }
        LLVMValueRef frame = LLVMBuildSelect(g->b, which, d[0].frame, d[1].frame, "");
        any = LLVMBuildInsertValue(g->b, any, frame, 0, "");
        any = LLVMBuildInsertValue(g->b, any, LLVMBuildSelect(g->b, which, desc[0], desc[1], ""), 1,
                                   "");
        pair = LLVMBuildAlloca(g->b, type, "pair");
        LLVMBuildStore(g->b, any, pair);
    }
    inner_block(g, id ^ 0x74);
    if (!g->closed) {
        if (g->sync) {
            out_slot(g, &g->fns[k]);
            (void)choose_beside(g);
            v = await_either(g, which, d);
            gen_after_suspend(g);
        } else {
            LLVMValueRef any = LLVMBuildLoad2(g->b, type, pair, "");
            v = await_deferred(g, &d[0], LLVMBuildExtractValue(g->b, any, 0, ""),
                               LLVMBuildExtractValue(g->b, any, 1, ""));
        }
        gen_use_output(g, id ^ 0x75, &g->fns[k], v);
    }
    note_unstarted(g, g->fns[k].owns ? k : other); // the one that was not chosen
    pop_destroy(g, 2);
}

/// gen_box makes a boxed future and awaits it, or frees it unawaited.
void gen_box(gen* g, uint64_t id) {
    int k = gen_pick(g, true);
    if (k < 0) {
        return;
    }
    gen_has(g, GEN_F_BOX);
    gen_deferred d = defer(g, "tmlrt.box", k);
    push_deferred(g, LIVE_BOX, &d);
    inner_block(g, id ^ 0x76);
    bool awaited = gen_chance(g, 75);
    if (!awaited && !g->closed) {
        note_unstarted(g, k);
    }
    if (awaited && !g->closed) {
        LLVMValueRef desc = gen_marker(g, "tmlrt.desc", g->ptr, 1, gen_fn_ref(g, &g->fns[k]));
        gen_use_output(g, id ^ 0x77, &g->fns[k], await_deferred(g, &d, d.frame, desc));
    }
    pop_destroy(g, 1);
}

// ---- tasks -----------------------------------------------------------------------------------

static LLVMValueRef join_task(gen* g, const gen_fn* f, LLVMValueRef handle) {
    gen_has(g, GEN_F_JOIN);
    LLVMValueRef leaf = gen_alloca(g, LLVMArrayType2(g->i8, 192), "join");
    LLVMSetAlignment(leaf, 16);
    LLVMValueRef status = gen_alloca(g, g->i32, "status"), out = out_slot(g, f);
    LLVMBuildStore(g->b, LLVMConstInt(g->i32, 0, 0), status);
    if (!g->sync) {
        gen_call(g, "tmlrt_join_init", g->void_, 3, leaf, handle, out);
        gen_marker(g, "tmlrt.await.dyn", g->void_, 3, leaf, gen_leaf_desc(g, "tmlrt_join_desc"),
                   status);
    }
    gen_after_suspend(g);
    LLVMValueRef s = LLVMBuildLoad2(g->b, g->i32, status, "");
    gen_call(g, "ext_note", g->void_, 1, LLVMBuildZExt(g->b, s, g->i64, ""));
    return g->sync ? handle : read_out(g, f, out);
}

// A task with an output that must be destroyed, if there is one and half of the time.
static int pick_task(gen* g) {
    int k = gen_pick(g, true);
    if (k < 0 || gen_chance(g, 40)) {
        return k;
    }
    int other = gen_pick(g, true);
    for (int i = 0; other >= 0 && i < 3 && g->fns[other].ret != T_OWN; i++) {
        other = gen_pick(g, true);
    }
    return other >= 0 && g->fns[other].ret == T_OWN ? other : k;
}

/// gen_spawn starts a task (the runner's spawn runs it at once) and joins or detaches it.
void gen_spawn(gen* g, uint64_t id) {
    int k = pick_task(g);
    if (k < 0) {
        return;
    }
    const gen_fn* f = &g->fns[k];
    LLVMValueRef handle, args[PARAMS_MAX];
    gen_has(g, GEN_F_SPAWN);
    if (gen_chance(g, 30) && gen_can_place(g, f)) {
        gen_has(g, GEN_F_SPAWN_FUTURE);
        gen_deferred d = defer(g, "tmlrt.future", k);
        push_deferred(g, LIVE_FUTURE, &d);
        inner_block(g, id ^ 0x78);
        if (g->closed) {
            g->num_live--;
            return;
        }
        handle = g->sync
                     ? sync_call(g, &d)
                     : gen_marker(g, "tmlrt.spawn.future", g->ptr, 2, d.frame, gen_fn_ref(g, f));
        gen_live item = g->live[--g->num_live];
        if (gen_chance(g, 50)) {
            gen_destroy(g, &item); // moved out: nothing left to drop
        }
    } else {
        const char* marker = gen_chance(g, 50) ? "tmlrt.spawn" : "tmlrt.spawn.local";
        gen_args(g, f, false, args);
        handle = g->sync ? gen_direct_call(g, f, args, NULL) : variadic(g, marker, f, args);
    }
    gen_push(g, LIVE_HANDLE, handle)->fn = k;
    inner_block(g, id ^ 0x79);
    bool joined = gen_chance(g, f->ret == T_OWN ? 45 : 70);
    if (!g->closed && joined) {
        g->num_live--;
        gen_use_output(g, id ^ 0x7A, f, join_task(g, f, handle));
    } else {
        pop_destroy(g, 1);
    }
}
