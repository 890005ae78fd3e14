// SPDX-License-Identifier: Apache-2.0
// join, try_join, race, select: several futures awaited at one place.
//
// Each becomes polls of its branches around one plain suspension, before the split, which then
// sees nothing new: what a branch needs later is saved as any value is. Invariants:
//   - A branch is live from the start until it is READY or dropped; bit k of `live` says so, and
//     only live branches are polled or dropped. So each is dropped at most once.
//   - Every branch has an arena, and cx->arena is that one while it is polled: two suspended
//     children cannot share a stack. It is given back when the branch ends.
//   - The waker is the task's, and what budget one branch spends the others do not have.
//   - A branch that is always busy must not starve the others: each pass over them begins at
//     another one (tmlrt_turn). join and try_join begin with the first, once, so that what does
//     not wait costs no loop.
//   - Outputs of branches that ended are destroyed when the others fail (try_join) or are dropped.
//
// A cut:     head  -> first pass -> pass end -> wait: suspend -> again -> pick <-> poll.k
//                                      |          dropped |
//            cont <- finish <----------+<- release <------+   release: drop what is live
// Called by body.c on every async function; errors were found by check_many.c; one thread.
#include "codegen-hooks/src/lower/body.h"

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/future.h>
#include <tmlrt/abi/poll.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/marker.h"
#include "codegen-hooks/src/mutants.h"

#include <stddef.h>

typedef struct {
    LLVMValueRef frame, out, last; ///< last: what tells failures, or whether it takes part
    const tcg_async* async;        ///< NULL: by descriptor
    LLVMValueRef desc;
    LLVMValueRef arena;
} branch;

typedef struct {
    tcg_ctx* ctx;
    tcg_body* body;
    LLVMValueRef fn, marker;
    tcg_marker_kind kind;
    LLVMMetadataRef location;
    branch* branches;
    uint32_t count;
    bool is_first_wins;               ///< race, select
    LLVMValueRef live, at, left, won; ///< allocas of i32
    LLVMBasicBlockRef cont;           ///< the code behind the marker
    LLVMBasicBlockRef step, pass_end; ///< behind a poll that decided nothing; behind the last
    LLVMBasicBlockRef release, finish;
} many;

static LLVMBasicBlockRef add_block(many* m, const char* name) {
    LLVMBasicBlockRef block = LLVMAppendBasicBlockInContext(m->ctx->context, m->fn, name);
    LLVMMoveBasicBlockBefore(block, m->cont);
    return block;
}

static void go_to(many* m, LLVMBasicBlockRef block) {
    tcg_at_end(m->ctx, block, m->location);
}

static LLVMValueRef load_i32(many* m, LLVMValueRef from) {
    return LLVMBuildLoad2(m->ctx->builder, m->ctx->i32, from, "");
}

static LLVMValueRef bit(many* m, uint32_t index) {
    return tcg_i32(m->ctx, (uint32_t)1 << index);
}

static LLVMValueRef build_is_live(many* m, uint32_t index) {
    LLVMBuilderRef b = m->ctx->builder;
    LLVMValueRef masked = LLVMBuildAnd(b, load_i32(m, m->live), bit(m, index), "");
    return LLVMBuildICmp(b, LLVMIntNE, masked, tcg_i32(m->ctx, 0), "");
}

static void end_branch(many* m, uint32_t index) {
    LLVMBuilderRef b = m->ctx->builder;
    LLVMValueRef rest = LLVMBuildAnd(b, load_i32(m, m->live), LLVMConstNot(bit(m, index)), "");
    LLVMBuildStore(b, rest, m->live);
}

// free_arena gives back what a branch's children grew; nothing did as a rule.
static void free_arena(many* m, const branch* one) {
    tcg_ctx* ctx = m->ctx;
    LLVMValueRef base = tcg_load_at(ctx, ctx->ptr, one->arena, offsetof(tmlrt_arena, base));
    LLVMValueRef is_empty = LLVMBuildICmp(ctx->builder, LLVMIntEQ, base, tcg_null(ctx), "");
    LLVMBasicBlockRef some = add_block(m, "arena.free");
    LLVMBasicBlockRef none = add_block(m, "arena.empty");
    tcg_weigh(ctx, LLVMBuildCondBr(ctx->builder, is_empty, none, some), 2000, 1);
    go_to(m, some);
    LLVMValueRef arena = one->arena;
    tcg_call_func(ctx, "tmlrt_arena_fini", &arena, 1);
    LLVMBuildBr(ctx->builder, none);
    go_to(m, none);
}

// poll_branch builds one poll in the branch's own arena and returns its status.
static LLVMValueRef poll_branch(many* m, const branch* one) {
    tcg_ctx* ctx = m->ctx;
    LLVMValueRef cx = m->body->cx;
    size_t at = offsetof(tmlrt_context, arena);
    LLVMValueRef outer = tcg_load_at(ctx, ctx->ptr, cx, at);
    if (!TCG_MUTANT(ARENA_SHARED)) {
        tcg_store_at(ctx, one->arena, cx, at);
    }
    LLVMValueRef status = NULL;
    if (one->async != NULL) {
        LLVMValueRef args[] = {one->frame, cx, one->out};
        status = LLVMBuildCall2(ctx->builder, tcg_step_type(ctx), one->async->poll, args, 3, "");
    } else {
        status = tcg_poll_by_desc(ctx, one->desc, one->frame, cx, one->out);
    }
    tcg_store_at(ctx, outer, cx, at);
    return status;
}

// build_ready ends a branch whose output is there: the whole is decided, or goes on at `next`.
static void build_ready(many* m, uint32_t index, LLVMBasicBlockRef next) {
    tcg_ctx* ctx = m->ctx;
    const branch* one = &m->branches[index];
    end_branch(m, index);
    free_arena(m, one);
    if (m->kind == TCG_MARKER_JOIN) {
        LLVMBuildBr(ctx->builder, next);
        return;
    }
    if (m->kind == TCG_MARKER_TRY_JOIN) {
        LLVMTypeRef type = LLVMFunctionType(ctx->i1, &ctx->ptr, 1, 0);
        LLVMValueRef out = one->out;
        LLVMValueRef failed = LLVMBuildCall2(ctx->builder, type, one->last, &out, 1, "failed");
        LLVMBasicBlockRef stop = add_block(m, "failed");
        LLVMBuildCondBr(ctx->builder, failed, stop, next);
        go_to(m, stop);
    }
    LLVMBuildStore(ctx->builder, tcg_i32(ctx, index), m->won);
    LLVMBuildBr(ctx->builder, m->release);
}

// build_turn polls a branch that is live, then goes on at `next` unless that decided the whole.
static void build_turn(many* m, uint32_t index, LLVMBasicBlockRef next) {
    tcg_ctx* ctx = m->ctx;
    LLVMBasicBlockRef go = add_block(m, "poll");
    LLVMBasicBlockRef ready = add_block(m, "ready");
    LLVMBuildCondBr(ctx->builder, build_is_live(m, index), go, next);
    go_to(m, go);
    LLVMValueRef status = poll_branch(m, &m->branches[index]);
    LLVMValueRef is_ready =
        LLVMBuildICmp(ctx->builder, LLVMIntEQ, status, tcg_i32(ctx, TMLRT_READY), "");
    LLVMBuildCondBr(ctx->builder, is_ready, ready, next);
    go_to(m, ready);
    build_ready(m, index, next);
}

// build_straight is the first pass of join and try_join: every branch begins, in order.
static void build_straight(many* m) {
    for (uint32_t i = 0; i < m->count; i++) {
        LLVMBasicBlockRef next = i + 1 < m->count ? add_block(m, "next") : m->pass_end;
        build_turn(m, i, next);
        go_to(m, next);
    }
}

// build_rounds builds a pass that begins anywhere and goes round: `pick` for its caller.
static LLVMBasicBlockRef build_rounds(many* m) {
    tcg_ctx* ctx = m->ctx;
    LLVMBuilderRef b = ctx->builder;
    LLVMBasicBlockRef rounds = add_block(m, "rounds");
    LLVMBasicBlockRef pick = add_block(m, "pick");
    LLVMBasicBlockRef bad = add_block(m, "no.such.branch");
    go_to(m, rounds);
    LLVMValueRef count = tcg_i32(ctx, m->count);
    LLVMValueRef begin =
        m->count == 1 ? tcg_i32(ctx, 0) : tcg_call_func(ctx, "tmlrt_turn", &count, 1);
    LLVMBuildStore(b, begin, m->at);
    LLVMBuildStore(b, count, m->left);
    LLVMBuildBr(b, pick);
    go_to(m, bad);
    LLVMBuildUnreachable(b);
    go_to(m, pick);
    LLVMValueRef choice = LLVMBuildSwitch(b, load_i32(m, m->at), bad, m->count);
    for (uint32_t i = 0; i < m->count; i++) {
        LLVMBasicBlockRef turn = add_block(m, "turn");
        LLVMAddCase(choice, tcg_i32(ctx, i), turn);
        go_to(m, turn);
        build_turn(m, i, m->step);
    }
    go_to(m, m->step);
    LLVMValueRef next = LLVMBuildAdd(b, load_i32(m, m->at), tcg_i32(ctx, 1), "");
    LLVMValueRef is_end = LLVMBuildICmp(b, LLVMIntEQ, next, count, "");
    LLVMBuildStore(b, LLVMBuildSelect(b, is_end, tcg_i32(ctx, 0), next, ""), m->at);
    LLVMValueRef left = LLVMBuildSub(b, load_i32(m, m->left), tcg_i32(ctx, 1), "");
    LLVMBuildStore(b, left, m->left);
    LLVMValueRef is_over = LLVMBuildICmp(b, LLVMIntEQ, left, tcg_i32(ctx, 0), "");
    LLVMBuildCondBr(b, is_over, m->pass_end, pick);
    return rounds;
}

static LLVMValueRef call_marker(many* m, const char* name, LLVMTypeRef result) {
    LLVMTypeRef type = LLVMFunctionType(result, NULL, 0, 0);
    LLVMValueRef function = LLVMGetNamedFunction(m->ctx->module, name);
    function = function != NULL ? function : LLVMAddFunction(m->ctx->module, name, type);
    return LLVMBuildCall2(m->ctx->builder, type, function, NULL, 0, "");
}

// build_wait ends a pass: all have ended, or the task waits and begins another pass.
static void build_wait(many* m, LLVMBasicBlockRef rounds) {
    tcg_ctx* ctx = m->ctx;
    LLVMBasicBlockRef wait = add_block(m, "wait");
    go_to(m, m->pass_end);
    if (m->is_first_wins) {
        LLVMBuildBr(ctx->builder, wait);
    } else {
        LLVMValueRef is_over =
            LLVMBuildICmp(ctx->builder, LLVMIntEQ, load_i32(m, m->live), tcg_i32(ctx, 0), "");
        LLVMBuildCondBr(ctx->builder, is_over, m->finish, wait);
    }
    go_to(m, wait);
    call_marker(m, TMLCG_FN_SUSPEND, ctx->void_type);
    LLVMValueRef dropped = call_marker(m, TMLCG_FN_DROPPED, ctx->i1);
    LLVMBuildCondBr(ctx->builder, dropped, m->release, rounds);
}

static void drop_branch(many* m, const branch* one) {
    tcg_ctx* ctx = m->ctx;
    LLVMValueRef frame = one->frame;
    LLVMValueRef drop = one->async != NULL ? one->async->drop
                                           : tcg_desc_load(ctx, ctx->ptr, one->desc,
                                                           offsetof(tmlrt_future_desc, drop));
    LLVMBuildCall2(ctx->builder, tcg_drop_type(ctx), drop, &frame, 1, "");
    free_arena(m, one);
}

// drop_output destroys an output that nobody will read: by the name on the function, or by the
// descriptor, which may say that there is nothing to do.
static void drop_output(many* m, const branch* one) {
    tcg_ctx* ctx = m->ctx;
    LLVMValueRef out = one->out;
    if (one->async != NULL && one->async->is_defined) {
        const char* symbol = tcg_attr_value(ctx, one->async->fn, TMLCG_ATTR_DROP_OUTPUT);
        if (symbol != NULL && !TCG_MUTANT(BRANCH_OUTPUT_KEPT)) {
            LLVMTypeRef type = tcg_drop_type(ctx);
            LLVMValueRef destroy =
                tcg_user_function(ctx, one->async->fn, TMLCG_ATTR_DROP_OUTPUT, symbol, type);
            LLVMBuildCall2(ctx->builder, type, destroy, &out, 1, "");
        }
        return;
    }
    LLVMValueRef desc = one->async != NULL ? one->async->desc : one->desc;
    LLVMValueRef destroy =
        tcg_desc_load(ctx, ctx->ptr, desc, offsetof(tmlrt_future_desc, drop_output));
    LLVMBasicBlockRef some = add_block(m, "drop.output");
    LLVMBasicBlockRef none = add_block(m, "dropped.output");
    LLVMBuildCondBr(ctx->builder, LLVMBuildIsNull(ctx->builder, destroy, ""), none, some);
    go_to(m, some);
    LLVMBuildCall2(ctx->builder, tcg_drop_type(ctx), destroy, &out, 1, "");
    LLVMBuildBr(ctx->builder, none);
    go_to(m, none);
}

// build_release_one drops a branch that is live; the output of one that has ended, unless it is
// what the whole ends with.
static void build_release_one(many* m, uint32_t index) {
    tcg_ctx* ctx = m->ctx;
    const branch* one = &m->branches[index];
    LLVMBasicBlockRef drop = add_block(m, "drop");
    LLVMBasicBlockRef next = add_block(m, "released");
    LLVMBasicBlockRef ended = m->is_first_wins ? next : add_block(m, "ended");
    LLVMBuildCondBr(ctx->builder, build_is_live(m, index), drop, ended);
    go_to(m, drop);
    if (!TCG_MUTANT(LOSER_KEPT)) {
        drop_branch(m, one);
    }
    LLVMBuildBr(ctx->builder, next);
    if (!m->is_first_wins) {
        go_to(m, ended);
        LLVMBasicBlockRef unread = add_block(m, "unread");
        LLVMValueRef is_read =
            LLVMBuildICmp(ctx->builder, LLVMIntEQ, load_i32(m, m->won), tcg_i32(ctx, index), "");
        LLVMBuildCondBr(ctx->builder, is_read, next, unread);
        go_to(m, unread);
        drop_output(m, one);
        LLVMBuildBr(ctx->builder, next);
    }
    go_to(m, next);
}

// build_release drops what is left, for the code behind the marker or for the drop of the frame.
static void build_release(many* m, bool has_dropped) {
    tcg_ctx* ctx = m->ctx;
    go_to(m, m->release);
    for (uint32_t i = 0; i < m->count; i++) {
        build_release_one(m, i);
    }
    if (has_dropped) {
        LLVMBuildBr(ctx->builder, m->finish);
        return;
    }
    LLVMBasicBlockRef leave = add_block(m, "leave");
    LLVMBuildCondBr(ctx->builder, m->body->is_drop, leave, m->finish);
    go_to(m, leave);
    LLVMTypeRef result = LLVMGetReturnType(LLVMGlobalGetValueType(m->fn));
    if (result == ctx->void_type) {
        LLVMBuildRetVoid(ctx->builder);
    } else {
        LLVMBuildRet(ctx->builder, LLVMGetPoison(result));
    }
}

// read_branches takes the marker's arguments; arenas begin empty.
static void read_branches(many* m, const tcg_marker* marker) {
    tcg_ctx* ctx = m->ctx;
    uint32_t stride = tcg_marker_stride(marker);
    m->count = LLVMGetNumArgOperands(m->marker) / stride;
    m->branches = tcg_alloc(ctx, m->count * sizeof(*m->branches));
    LLVMTypeRef arena_type = LLVMArrayType2(ctx->ptr, sizeof(tmlrt_arena) / sizeof(void*));
    for (uint32_t i = 0; i < m->count; i++) {
        branch* one = &m->branches[i];
        one->frame = LLVMGetOperand(m->marker, i * stride);
        LLVMValueRef driver = LLVMGetOperand(m->marker, i * stride + 1);
        one->async = LLVMIsAFunction(driver) ? tcg_async_of(ctx, driver) : NULL;
        one->desc = one->async != NULL ? NULL : driver;
        one->out = LLVMGetOperand(m->marker, i * stride + 2);
        one->last = stride > 3 ? LLVMGetOperand(m->marker, i * stride + 3) : NULL;
        one->arena = tcg_entry_alloca(ctx, m->fn, arena_type, 8, "arena");
    }
}

// build_head sets what the passes count with, and returns what is live at first.
static void build_head(many* m) {
    tcg_ctx* ctx = m->ctx;
    LLVMBuilderRef b = ctx->builder;
    LLVMValueRef live = tcg_i32(ctx, (uint32_t)(((uint64_t)1 << m->count) - 1));
    if (m->kind == TCG_MARKER_SELECT) {
        live = tcg_i32(ctx, 0);
        for (uint32_t i = 0; i < m->count; i++) {
            LLVMValueRef one = LLVMBuildZExt(b, m->branches[i].last, ctx->i32, "");
            live = LLVMBuildOr(b, live, LLVMBuildShl(b, one, tcg_i32(ctx, i), ""), "");
        }
    }
    LLVMBuildStore(b, live, m->live);
    LLVMBuildStore(b, tcg_i32(ctx, m->count), m->won); // nobody: the marker's value too
    for (uint32_t i = 0; i < m->count; i++) {
        LLVMBuildMemSet(b, m->branches[i].arena, LLVMConstInt(ctx->i8, 0, 0),
                        tcg_i64(ctx, sizeof(tmlrt_arena)), 8);
    }
}

static void build_passes(many* m) {
    tcg_ctx* ctx = m->ctx;
    LLVMBasicBlockRef first = LLVMGetInsertBlock(ctx->builder);
    LLVMBasicBlockRef rounds = build_rounds(m);
    build_wait(m, rounds);
    go_to(m, first);
    if (m->kind == TCG_MARKER_SELECT) { // no branch takes part: nothing will ever be ready
        LLVMValueRef is_none =
            LLVMBuildICmp(ctx->builder, LLVMIntEQ, load_i32(m, m->live), tcg_i32(ctx, 0), "");
        LLVMBuildCondBr(ctx->builder, is_none, m->finish, rounds);
    } else if (m->is_first_wins) {
        LLVMBuildBr(ctx->builder, rounds);
    } else {
        build_straight(m);
    }
}

// take_dropped lets the code behind the marker ask whether it is being dropped.
static bool take_dropped(many* m) {
    LLVMValueRef next = LLVMGetFirstInstruction(m->cont);
    while (tcg_is_debug(next)) {
        next = LLVMGetNextInstruction(next);
    }
    if (tcg_marker_of(next) != TCG_MARKER_DROPPED) {
        return false;
    }
    LLVMReplaceAllUsesWith(next, m->body->is_drop);
    LLVMInstructionEraseFromParent(next);
    return true;
}

static void expand(tcg_body* body, LLVMValueRef marker) {
    tcg_ctx* ctx = body->ctx;
    many m = {.ctx = ctx, .body = body, .fn = body->async->fn, .marker = marker};
    m.kind = tcg_marker_of(marker);
    m.is_first_wins = m.kind == TCG_MARKER_RACE || m.kind == TCG_MARKER_SELECT;
    m.location = tcg_debug_location(ctx, marker, body->async->subprogram);
    read_branches(&m, tcg_marker_named(tcg_callee(marker)));
    LLVMValueRef* counters[] = {&m.live, &m.at, &m.left, &m.won};
    static const char* const names[] = {"live", "at", "left", "won"};
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        *counters[i] = tcg_entry_alloca(ctx, m.fn, ctx->i32, 4, names[i]);
    }
    m.cont = LLVMGetInstructionParent(marker);
    LLVMBasicBlockRef head = tcg_cut_after(ctx, marker);
    LLVMInstructionEraseFromParent(LLVMGetBasicBlockTerminator(head));
    bool has_dropped = take_dropped(&m);
    m.step = add_block(&m, "step");
    m.pass_end = add_block(&m, "pass.end");
    m.release = add_block(&m, "release");
    m.finish = add_block(&m, "finish");
    go_to(&m, head);
    build_head(&m);
    build_passes(&m);
    build_release(&m, has_dropped);
    go_to(&m, m.finish);
    if (m.kind != TCG_MARKER_JOIN) {
        LLVMReplaceAllUsesWith(marker, load_i32(&m, m.won));
    }
    LLVMBuildBr(ctx->builder, m.cont);
    LLVMInstructionEraseFromParent(marker);
}

void tcg_body_expand_many(tcg_body* body) {
    tcg_values markers = {0};
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(body->async->fn); b != NULL;
         b = LLVMGetNextBasicBlock(b)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL;
             i = LLVMGetNextInstruction(i)) {
            if (tcg_marker_is_many(tcg_marker_of(i))) {
                tcg_values_push(body->ctx, &markers, i);
            }
        }
    }
    for (uint32_t i = 0; i < markers.count; i++) {
        expand(body, markers.items[i]);
    }
}
