// SPDX-License-Identifier: Apache-2.0
// The entries of a lowered async function, thin wrappers around its body:
//   start   state 0 with arguments in registers, output in registers when it is small
//   resume  the state from the frame          poll  any state, for whoever holds only a descriptor
//   drop    any state, runs cleanup
// poll alone writes POISONED (before) and DONE (after READY): children polled through start and
// resume are covered by their parent's state. The code behind a resumption exists once, in an
// internal function that resume and poll share. Wrappers are artificial to a debugger.
#include "codegen-hooks/src/lower/body.h"

#include <tmlrt/abi/future.h>
#include <tmlrt/abi/poll.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/funcs.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/mutants.h"

#include <llvm-c/Comdat.h>
#include <llvm-c/DebugInfo.h>
#include <stddef.h>
#include <string.h>

void tcg_copy_attributes(tcg_ctx* ctx, LLVMValueRef to, LLVMValueRef from) {
    static const char* const kept[] = {
        "nounwind",
        "uwtable",
        "ssp",
        "sspreq",
        "sspstrong",
        "sanitize_address",
        "sanitize_thread",
        "sanitize_memory",
        "sanitize_hwaddress",
        "sanitize_memtag",
        "cold",
        "hot",
        "minsize",
        "optsize",
        "null_pointer_is_valid",
        "noredzone",
        "nocf_check",
        "shadowcallstack",
        "noimplicitfloat",
        "strictfp",
        "disable_sanitizer_instrumentation",
        "fn_ret_thunk_extern",
        "safestack",
    };
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        unsigned id = LLVMGetEnumAttributeKindForName(kept[i], strlen(kept[i]));
        LLVMAttributeRef attribute =
            id == 0 ? NULL : LLVMGetEnumAttributeAtIndex(from, LLVMAttributeFunctionIndex, id);
        if (attribute != NULL) {
            LLVMAddAttributeAtIndex(to, LLVMAttributeFunctionIndex, attribute);
        }
    }
    unsigned count = LLVMGetAttributeCountAtIndex(from, LLVMAttributeFunctionIndex);
    LLVMAttributeRef* all = tcg_alloc(ctx, (count + 1) * sizeof(LLVMAttributeRef));
    LLVMGetAttributesAtIndex(from, LLVMAttributeFunctionIndex, all);
    for (unsigned i = 0; i < count; i++) {
        unsigned len = 0;
        bool is_ours = !LLVMIsStringAttribute(all[i]) ||
                       strncmp(LLVMGetStringAttributeKind(all[i], &len), "tmlrt.", 6) == 0;
        if (!is_ours) {
            LLVMAddAttributeAtIndex(to, LLVMAttributeFunctionIndex, all[i]);
        }
    }
}

// like_original gives an entry the linkage and visibility of @f.
static void like_original(LLVMValueRef entry, LLVMValueRef original) {
    LLVMSetLinkage(entry, LLVMGetLinkage(original));
    LLVMSetVisibility(entry, LLVMGetVisibility(original));
    LLVMSetDLLStorageClass(entry, LLVMGetDLLStorageClass(original));
    if (LLVMGetComdat(original) != NULL) {
        LLVMSetComdat(entry, LLVMGetComdat(original));
    }
    if (LLVMIsAFunction(entry) && LLVMGetSection(original) != NULL &&
        LLVMGetSection(original)[0] != '\0') {
        LLVMSetSection(entry, LLVMGetSection(original));
    }
}

typedef struct {
    tcg_ctx* ctx;
    tcg_async* async;
    LLVMValueRef run; ///< resumption by a given state, NULL when nothing suspends
    bool is_inlined;
} wrapper;

// open starts an entry's first block, debug location set.
static void open(wrapper* w, LLVMValueRef function) {
    tcg_ctx* ctx = w->ctx;
    tcg_copy_attributes(ctx, function, w->async->fn);
    LLVMMetadataRef location = tcg_debug_artificial(ctx, function, w->async->subprogram);
    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(ctx->context, function, "entry");
    tcg_at_end(ctx, entry, location);
}

static LLVMBasicBlockRef add_block(wrapper* w, LLVMValueRef function, const char* name) {
    return LLVMAppendBasicBlockInContext(w->ctx->context, function, name);
}

// go_to continues at the end of a block with the same location.
static void go_to(wrapper* w, LLVMBasicBlockRef block) {
    LLVMPositionBuilderAtEnd(w->ctx->builder, block);
}

// call_body calls the body; `args` NULL: a resumption, whose arguments nobody reads.
static LLVMValueRef call_body(wrapper* w, LLVMValueRef frame, LLVMValueRef cx, LLVMValueRef out,
                              LLVMValueRef state, bool is_drop, LLVMValueRef* args) {
    tcg_ctx* ctx = w->ctx;
    uint32_t num_args = w->async->num_args;
    LLVMValueRef* all = tcg_alloc(ctx, (num_args + 5) * sizeof(LLVMValueRef));
    all[0] = frame;
    all[1] = cx;
    all[2] = out;
    all[3] = state;
    all[4] = LLVMConstInt(ctx->i1, is_drop, 0);
    for (uint32_t i = 0; i < num_args; i++) {
        all[5 + i] = args != NULL ? args[i] : LLVMGetPoison(w->async->args[i].type);
    }
    return LLVMBuildCall2(ctx->builder, w->async->body_type, w->async->body, all, 5 + num_args, "");
}

static void build_start(wrapper* w) {
    tcg_ctx* ctx = w->ctx;
    tcg_async* async = w->async;
    open(w, async->start);
    bool has_out = async->output != ctx->void_type && !async->in_registers;
    uint32_t first = has_out ? 3 : 2;
    LLVMValueRef out = has_out ? LLVMGetParam(async->start, 2) : tcg_null(ctx);
    if (async->in_registers) {
        out = LLVMBuildAlloca(ctx->builder, async->output, "out");
    }
    LLVMValueRef* args = tcg_alloc(ctx, (async->num_args + 1) * sizeof(*args));
    for (uint32_t i = 0; i < async->num_args; i++) {
        args[i] = LLVMGetParam(async->start, first + i);
    }
    LLVMValueRef status = call_body(w, LLVMGetParam(async->start, 0), LLVMGetParam(async->start, 1),
                                    out, tcg_i32(ctx, 0), false, args);
    if (async->in_registers) {
        LLVMTypeRef type = LLVMGetReturnType(async->start_type);
        LLVMValueRef value = LLVMBuildLoad2(ctx->builder, async->output, out, "");
        LLVMValueRef pair = LLVMBuildInsertValue(ctx->builder, LLVMGetPoison(type), status, 0, "");
        status = LLVMBuildInsertValue(ctx->builder, pair, value, 1, "");
    }
    LLVMBuildRet(ctx->builder, status);
}

// build_run adds the shared resumption, when the body is inlined at all.
static void build_run(wrapper* w) {
    tcg_ctx* ctx = w->ctx;
    LLVMTypeRef params[] = {ctx->ptr, ctx->ptr, ctx->ptr, ctx->i32};
    LLVMTypeRef type = LLVMFunctionType(ctx->i32, params, 4, 0);
    w->run = LLVMAddFunction(ctx->module, tcg_format(ctx, "%s.run", w->async->name), type);
    LLVMSetLinkage(w->run, LLVMInternalLinkage);
    tcg_add_attr(ctx, w->run, LLVMAttributeFunctionIndex, "inlinehint");
    open(w, w->run);
    LLVMValueRef state = LLVMGetParam(w->run, 3);
    LLVMBasicBlockRef unstarted = add_block(w, w->run, "unstarted");
    LLVMBasicBlockRef go = add_block(w, w->run, "go");
    // Says that the body's entry cannot be reached from here: what saves a test per level.
    LLVMValueRef is_first = LLVMBuildICmp(ctx->builder, LLVMIntEQ, state, tcg_i32(ctx, 0), "");
    LLVMBuildCondBr(ctx->builder, is_first, unstarted, go);
    go_to(w, unstarted);
    LLVMBuildUnreachable(ctx->builder);
    go_to(w, go);
    LLVMBuildRet(ctx->builder, call_body(w, LLVMGetParam(w->run, 0), LLVMGetParam(w->run, 1),
                                         LLVMGetParam(w->run, 2), state, false, NULL));
}

static LLVMValueRef call_run(wrapper* w, LLVMValueRef frame, LLVMValueRef cx, LLVMValueRef out,
                             LLVMValueRef state) {
    if (w->run == NULL) {
        return call_body(w, frame, cx, out, state, false, NULL);
    }
    LLVMValueRef args[] = {frame, cx, out, state};
    return LLVMBuildCall2(w->ctx->builder, LLVMGlobalGetValueType(w->run), w->run, args, 4, "");
}

static void build_after_done(wrapper* w, LLVMValueRef frame) {
    LLVMValueRef args[] = {w->async->desc, frame};
    tcg_call_func(w->ctx, "tmlrt_poll_after_done", args, 2);
    LLVMBuildUnreachable(w->ctx->builder);
}

static LLVMValueRef load_state(wrapper* w, LLVMValueRef frame) {
    return tcg_load_at(w->ctx, w->ctx->i32, frame, offsetof(tmlrt_frame, state));
}

static void build_resume(wrapper* w, bool has_suspends) {
    tcg_ctx* ctx = w->ctx;
    LLVMValueRef fn = w->async->resume;
    open(w, fn);
    if (!has_suspends) {
        // Only a parent whose start of this child was PENDING comes here, which this one never is.
        // A trap, not poll's message: that would keep the descriptor of every inlined child alive.
        tcg_trap(ctx);
        return;
    }
    LLVMValueRef frame = LLVMGetParam(fn, 0);
    LLVMValueRef status =
        call_run(w, frame, LLVMGetParam(fn, 1), LLVMGetParam(fn, 2), load_state(w, frame));
    LLVMBuildRet(ctx->builder, status);
}

// load_args builds the arguments of an unstarted frame as start takes them. A byval one is copied
// out, because the slots of the body overlay the argument area.
static void load_args(wrapper* w, LLVMValueRef fn, LLVMValueRef frame, LLVMValueRef* out_args) {
    tcg_ctx* ctx = w->ctx;
    for (uint32_t i = 0; i < w->async->num_args; i++) {
        const tcg_arg* arg = &w->async->args[i];
        if (arg->by_value) {
            out_args[i] = tcg_entry_alloca(ctx, fn, arg->memory, arg->align, "byval");
            LLVMValueRef from = tcg_at(ctx, frame, arg->offset);
            tcg_copy(ctx, arg->memory, out_args[i], arg->align, from, arg->align);
        } else {
            out_args[i] = tcg_load_at(ctx, arg->type, frame, arg->offset);
        }
    }
}

// start_from_frame polls an unstarted frame: its arguments through start, the output to `out`.
static LLVMValueRef start_from_frame(wrapper* w, LLVMValueRef fn) {
    tcg_ctx* ctx = w->ctx;
    tcg_async* async = w->async;
    LLVMValueRef* args = tcg_alloc(ctx, (async->num_args + 3) * sizeof(*args));
    uint32_t count = 0;
    args[count++] = LLVMGetParam(fn, 0);
    args[count++] = LLVMGetParam(fn, 1);
    if (async->output != ctx->void_type && !async->in_registers) {
        args[count++] = LLVMGetParam(fn, 2);
    }
    load_args(w, fn, args[0], args + count);
    LLVMValueRef status = LLVMBuildCall2(ctx->builder, async->start_type, async->start, args,
                                         count + async->num_args, "");
    if (!async->in_registers) {
        return status;
    }
    LLVMValueRef value = LLVMBuildExtractValue(ctx->builder, status, 1, "");
    status = LLVMBuildExtractValue(ctx->builder, status, 0, "");
    LLVMBasicBlockRef store = add_block(w, fn, "first.ready");
    LLVMBasicBlockRef next = add_block(w, fn, "first.done");
    LLVMValueRef is_ready =
        LLVMBuildICmp(ctx->builder, LLVMIntEQ, status, tcg_i32(ctx, TMLRT_READY), "");
    LLVMBuildCondBr(ctx->builder, is_ready, store, next);
    go_to(w, store);
    LLVMBuildStore(ctx->builder, value, LLVMGetParam(fn, 2));
    LLVMBuildBr(ctx->builder, next);
    go_to(w, next);
    return status;
}

static void store_state(wrapper* w, LLVMValueRef frame, uint32_t state) {
    tcg_store_at(w->ctx, tcg_i32(w->ctx, state), frame, offsetof(tmlrt_frame, state));
}

static void poison(wrapper* w, LLVMValueRef frame) {
    if (!TCG_MUTANT(NOT_POISONED)) {
        store_state(w, frame, TMLRT_FRAME_POISONED);
    }
}

// build_poll_end returns a status, and marks the frame DONE when it is READY. A PENDING body has
// written its state.
static void build_poll_end(wrapper* w, LLVMValueRef fn, LLVMValueRef status) {
    tcg_ctx* ctx = w->ctx;
    LLVMBasicBlockRef done = add_block(w, fn, "done");
    LLVMBasicBlockRef ret = add_block(w, fn, "return");
    LLVMValueRef is_ready =
        LLVMBuildICmp(ctx->builder, LLVMIntEQ, status, tcg_i32(ctx, TMLRT_READY), "");
    LLVMBuildCondBr(ctx->builder, is_ready, done, ret);
    go_to(w, done);
    if (!TCG_MUTANT(NO_DONE)) {
        store_state(w, LLVMGetParam(fn, 0), TMLRT_FRAME_DONE);
    }
    LLVMBuildBr(ctx->builder, ret);
    go_to(w, ret);
    LLVMBuildRet(ctx->builder, status);
}

static LLVMValueRef is_over(wrapper* w, LLVMValueRef state) {
    uint32_t least = TCG_MUTANT(POISON_IS_ALIVE) ? TMLRT_FRAME_DONE : TMLRT_FRAME_POISONED;
    return LLVMBuildICmp(w->ctx->builder, LLVMIntUGE, state, tcg_i32(w->ctx, least), "");
}

// build_again polls a suspended frame.
static void build_again(wrapper* w, LLVMValueRef fn, LLVMValueRef state) {
    LLVMValueRef frame = LLVMGetParam(fn, 0);
    poison(w, frame);
    build_poll_end(w, fn, call_run(w, frame, LLVMGetParam(fn, 1), LLVMGetParam(fn, 2), state));
}

static void build_poll(wrapper* w, bool has_suspends) {
    tcg_ctx* ctx = w->ctx;
    LLVMValueRef fn = w->async->poll;
    open(w, fn);
    LLVMValueRef frame = LLVMGetParam(fn, 0);
    LLVMValueRef state = load_state(w, frame);
    LLVMBasicBlockRef other = add_block(w, fn, "other");
    LLVMBasicBlockRef first = add_block(w, fn, "first");
    LLVMBasicBlockRef over = add_block(w, fn, "over");
    if (has_suspends) {
        // One comparison for the common case: 1 <= state < num_states.
        LLVMBasicBlockRef again = add_block(w, fn, "again");
        LLVMValueRef index = LLVMBuildSub(ctx->builder, state, tcg_i32(ctx, 1), "");
        LLVMValueRef is_suspended = LLVMBuildICmp(ctx->builder, LLVMIntULT, index,
                                                  tcg_i32(ctx, w->async->num_states - 1), "");
        LLVMBuildCondBr(ctx->builder, is_suspended, again, other);
        go_to(w, again);
        build_again(w, fn, state);
    } else {
        LLVMBuildBr(ctx->builder, other);
    }
    go_to(w, other);
    LLVMValueRef is_first = LLVMBuildICmp(ctx->builder, LLVMIntEQ, state, tcg_i32(ctx, 0), "");
    tcg_weigh(ctx, LLVMBuildCondBr(ctx->builder, is_first, first, over), 2000, 1);
    go_to(w, first);
    poison(w, frame);
    build_poll_end(w, fn, start_from_frame(w, fn));
    go_to(w, over);
    build_after_done(w, frame);
}

// drop_args calls the compiler's destructor of arguments that were never taken.
static void drop_args(wrapper* w, LLVMValueRef fn) {
    tcg_ctx* ctx = w->ctx;
    const char* symbol = tcg_attr_value(ctx, w->async->fn, TMLCG_ATTR_DROP_ARGS);
    if (symbol == NULL || TCG_MUTANT(ARGS_NOT_DROPPED)) {
        return;
    }
    uint32_t num_args = w->async->num_args;
    LLVMTypeRef* types = tcg_alloc(ctx, (num_args + 1) * sizeof(*types));
    LLVMValueRef* args = tcg_alloc(ctx, (num_args + 1) * sizeof(*args));
    for (uint32_t i = 0; i < num_args; i++) {
        types[i] = w->async->args[i].type;
    }
    LLVMTypeRef type = LLVMFunctionType(ctx->void_type, types, num_args, 0);
    LLVMValueRef destroy = tcg_user_function(ctx, w->async->fn, TMLCG_ATTR_DROP_ARGS, symbol, type);
    load_args(w, fn, LLVMGetParam(fn, 0), args);
    LLVMBuildCall2(ctx->builder, type, destroy, args, num_args, "");
}

static void build_drop(wrapper* w, bool has_suspends) {
    tcg_ctx* ctx = w->ctx;
    LLVMValueRef fn = w->async->drop;
    open(w, fn);
    LLVMValueRef frame = LLVMGetParam(fn, 0);
    LLVMValueRef out = has_suspends && w->async->output != ctx->void_type
                           ? LLVMBuildAlloca(ctx->builder, w->async->output, "unread")
                           : tcg_null(ctx);
    LLVMValueRef state = load_state(w, frame);
    if (!TCG_MUTANT(DROP_KEEPS_STATE)) {
        store_state(w, frame, TMLRT_FRAME_DONE);
    }
    LLVMBasicBlockRef unstarted = add_block(w, fn, "unstarted");
    LLVMBasicBlockRef started = add_block(w, fn, "started");
    LLVMBasicBlockRef done = add_block(w, fn, "done");
    LLVMValueRef is_first = LLVMBuildICmp(ctx->builder, LLVMIntEQ, state, tcg_i32(ctx, 0), "");
    LLVMBuildCondBr(ctx->builder, is_first, unstarted, started);
    go_to(w, done);
    LLVMBuildRetVoid(ctx->builder);
    go_to(w, unstarted);
    drop_args(w, fn);
    LLVMBuildBr(ctx->builder, done);
    go_to(w, started);
    if (!has_suspends) {
        LLVMBuildBr(ctx->builder, done);
        return;
    }
    LLVMBasicBlockRef suspended = add_block(w, fn, "suspended");
    LLVMBuildCondBr(ctx->builder, is_over(w, state), done, suspended);
    go_to(w, suspended);
    call_body(w, frame, tcg_null(ctx), out, state, true, NULL);
    LLVMBuildBr(ctx->builder, done);
}

LLVMValueRef tcg_user_function(tcg_ctx* ctx, LLVMValueRef owner, const char* attribute,
                               const char* symbol, LLVMTypeRef type) {
    if (symbol[0] == '\0' || LLVMGetNamedGlobal(ctx->module, symbol) != NULL) {
        tcg_fail(ctx, owner, "\"%s\"=\"%s\" does not name a function", attribute, symbol);
    }
    LLVMValueRef function = LLVMGetNamedFunction(ctx->module, symbol);
    if (function == NULL) {
        return LLVMAddFunction(ctx->module, symbol, type);
    }
    if (LLVMGlobalGetValueType(function) != type || tcg_async_of(ctx, function) != NULL) {
        tcg_fail(ctx, owner, "\"%s\"=\"%s\" must name a plain function of type %s", attribute,
                 symbol, tcg_type_text(ctx, type));
    }
    return function;
}

// own_section lets a linker that collects garbage leave a descriptor out, and what only it names,
// when nobody polls through it: most functions are awaited by name alone. Each would be relocated
// at start.
static void own_section(tcg_ctx* ctx, LLVMValueRef global, const char* prefix) {
    const char* section = LLVMGetSection(global);
    if (tcg_object_format(ctx->module) == TCG_FORMAT_ELF && (section == NULL || section[0] == 0)) {
        LLVMSetSection(global, tcg_format(ctx, "%s.%s", prefix, tcg_name(global)));
    }
}

void tcg_entries_build(tcg_ctx* ctx, tcg_async* async, bool has_suspends) {
    wrapper w = {.ctx = ctx, .async = async};
    w.is_inlined = tcg_has_enum_attr(async->body, "alwaysinline");
    build_start(&w);
    if (has_suspends && w.is_inlined) {
        build_run(&w);
    }
    build_resume(&w, has_suspends);
    build_poll(&w, has_suspends);
    build_drop(&w, has_suspends);
    LLVMValueRef entries[] = {async->start, async->resume, async->poll, async->drop};
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        like_original(entries[i], async->fn);
    }
    if (tcg_has_enum_attr(async->fn, "noinline")) {
        tcg_add_attr(ctx, async->start, LLVMAttributeFunctionIndex, "noinline");
        tcg_add_attr(ctx, async->resume, LLVMAttributeFunctionIndex, "noinline");
    }
    tcg_desc_define(ctx, async);
    like_original(async->desc, async->fn);
    own_section(ctx, async->poll, ".text");
    own_section(ctx, async->drop, ".text");
    own_section(ctx, async->desc, ".data.rel.ro");
}
