// SPDX-License-Identifier: Apache-2.0
// One async function @f becomes @f.body: parameters, by-value copies, future values and context are
// settled on @f, its blocks move over, suspensions are split and expanded, returns become READY.
//
// A function that never suspends keeps its blocks as they are: its start inlines to the plain
// function. The order of steps matters: addresses are pinned before liveness, so that pinned
// addresses are never saved; slots are placed after it. One thread; called by lower.c, callees
// first.
#include "codegen-hooks/src/lower/body.h"

#include <tmlrt/abi/poll.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/lower/interface.h"
#include "codegen-hooks/src/marker.h"
#include "codegen-hooks/src/mutants.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

enum { BODY_FRAME, BODY_CX, BODY_OUT, BODY_STATE, BODY_IS_DROP, BODY_ARGS };

// create_body adds the function of signature i32 (frame, cx, out, state, is_drop, args...).
static void create_body(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    tcg_async* async = body->async;
    LLVMTypeRef* params = tcg_alloc(ctx, (async->num_args + BODY_ARGS) * sizeof(*params));
    params[BODY_FRAME] = params[BODY_CX] = params[BODY_OUT] = ctx->ptr;
    params[BODY_STATE] = ctx->i32;
    params[BODY_IS_DROP] = ctx->i1;
    for (uint32_t i = 0; i < async->num_args; i++) {
        params[BODY_ARGS + i] = async->args[i].type;
    }
    async->body_type = LLVMFunctionType(ctx->i32, params, BODY_ARGS + async->num_args, 0);
    async->body =
        LLVMAddFunction(ctx->module, tcg_format(ctx, "%s.body", async->name), async->body_type);
    LLVMSetLinkage(async->body, LLVMInternalLinkage);
    tcg_name_as(ctx, async->body, async->fn);
    tcg_copy_attributes(ctx, async->body, async->fn);
    tcg_add_attr(ctx, async->body, BODY_OUT + 1, "noalias");
    body->fn = async->body;
    body->frame = LLVMGetParam(body->fn, BODY_FRAME);
    body->cx = LLVMGetParam(body->fn, BODY_CX);
    body->out = LLVMGetParam(body->fn, BODY_OUT);
    body->state = LLVMGetParam(body->fn, BODY_STATE);
    body->is_drop = LLVMGetParam(body->fn, BODY_IS_DROP);
    static const char* const names[] = {"frame", "cx", "out", "state", "isdrop"};
    for (uint32_t i = 0; i < BODY_ARGS; i++) {
        LLVMSetValueName2(LLVMGetParam(body->fn, i), names[i], strlen(names[i]));
    }
}

// copy_result writes a struct return to `out` before every return. It stands there before the
// allocas are looked at: this read keeps what was stored before a suspension alive.
static void copy_result(tcg_body* body, LLVMValueRef result) {
    tcg_ctx* ctx = body->ctx;
    LLVMTypeRef type = body->async->output;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(body->async->fn); b != NULL;
         b = LLVMGetNextBasicBlock(b)) {
        LLVMValueRef last = LLVMGetBasicBlockTerminator(b);
        if (LLVMGetInstructionOpcode(last) == LLVMRet) {
            tcg_before(ctx, last);
            tcg_copy(ctx, type, body->out, tcg_type_align(ctx, type), result,
                     LLVMGetAlignment(result));
        }
    }
}

// take_params lets the code of @f use the body's parameters. A byval argument and a struct return
// get storage of their own: the caller's is gone after the first suspension.
static void take_params(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    tcg_async* async = body->async;
    for (uint32_t i = 0; i < async->num_args; i++) {
        const tcg_arg* arg = &async->args[i];
        LLVMValueRef from = LLVMGetParam(async->fn, arg->param);
        LLVMValueRef to = LLVMGetParam(body->fn, BODY_ARGS + i);
        const char* name = tcg_name(from);
        LLVMSetValueName2(to, name, strlen(name));
        if (!arg->by_value || TCG_MUTANT(BYVAL_SHARED)) {
            LLVMReplaceAllUsesWith(from, to);
            continue;
        }
        uint32_t align = tcg_param_align(ctx, async->fn, arg->param, arg->memory);
        LLVMValueRef slot = tcg_entry_alloca(ctx, async->fn, arg->memory, align, "byval");
        LLVMReplaceAllUsesWith(from, slot);
        tcg_before(ctx, LLVMGetNextInstruction(slot));
        tcg_copy(ctx, arg->memory, slot, align, to, 1);
    }
    if (async->sret != TCG_ABSENT) {
        uint32_t align = tcg_param_align(ctx, async->fn, async->sret, async->output);
        LLVMValueRef result = tcg_entry_alloca(ctx, async->fn, async->output, align, "result");
        LLVMReplaceAllUsesWith(LLVMGetParam(async->fn, async->sret), result);
        copy_result(body, result);
    }
}

// take_markers settles the markers that need no split and counts those that do.
static void take_markers(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    LLVMValueRef fn = body->async->fn;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b != NULL;
         b = LLVMGetNextBasicBlock(b)) {
        LLVMValueRef next = NULL;
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL; i = next) {
            next = LLVMGetNextInstruction(i);
            tcg_marker_kind kind = tcg_marker_of(i);
            if (kind == TCG_MARKER_CONTEXT) {
                LLVMReplaceAllUsesWith(i, body->cx);
                LLVMInstructionEraseFromParent(i);
            } else if (kind == TCG_MARKER_FUTURE) {
                tcg_future_place(ctx, fn, i);
            } else if (tcg_marker_suspends(kind)) {
                body->num_suspends++;
            } else if (LLVMGetInstructionOpcode(i) == LLVMRet) {
                tcg_values_push(ctx, &body->returns, i);
            }
        }
    }
}

static void move_blocks(tcg_body* body) {
    LLVMBasicBlockRef last =
        LLVMAppendBasicBlockInContext(body->ctx->context, body->fn, "dispatch");
    body->dispatch = last;
    body->entry = LLVMGetEntryBasicBlock(body->async->fn);
    LLVMBasicBlockRef next = NULL;
    for (LLVMBasicBlockRef b = body->entry; b != NULL; b = next) {
        next = LLVMGetNextBasicBlock(b);
        LLVMMoveBasicBlockAfter(b, last);
        last = b;
    }
    if (body->async->subprogram != NULL) {
        LLVMSetSubprogram(body->async->fn, NULL);
        LLVMSetSubprogram(body->fn, body->async->subprogram);
    }
}

// replace_returns turns `ret T v` into a store to `out` and `ret READY`.
static void replace_returns(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    tcg_async* async = body->async;
    for (uint32_t i = 0; i < body->returns.count; i++) {
        LLVMValueRef ret = body->returns.items[i];
        tcg_before(ctx, ret);
        if (async->sret == TCG_ABSENT && async->output != ctx->void_type) {
            LLVMBuildStore(ctx->builder, LLVMGetOperand(ret, 0), body->out);
        }
        LLVMBuildRet(ctx->builder, tcg_i32(ctx, TMLRT_READY));
        LLVMInstructionEraseFromParent(ret);
    }
}

// finish_plain ends a function that never suspends: no dispatch, the frame holds only arguments.
static void finish_plain(tcg_body* body) {
    LLVMDeleteBasicBlock(body->dispatch);
    body->async->size = body->async->args_len;
}

static void finish_layout(tcg_ctx* ctx, tcg_async* async) {
    async->size = (async->size + async->align - 1) & ~(async->align - 1);
    async->is_sized = true;
    async->hash = tcg_async_hash(ctx, async);
    const char* name = tcg_async_start_name(ctx, async);
    if (LLVMGetNamedFunction(ctx->module, name) != NULL ||
        LLVMGetNamedGlobal(ctx->module, name) != NULL) {
        tcg_fail(ctx, async->fn, "the module already has @%s: rename it", name);
    }
    LLVMSetValueName2(async->start, name, strlen(name));
    tcg_interface_note(ctx, async);
}

static uint32_t count_instructions(LLVMValueRef function) {
    uint32_t count = 0;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL;
             i = LLVMGetNextInstruction(i)) {
            count++;
        }
    }
    return count;
}

void tcg_body_lower(tcg_ctx* ctx, tcg_async* async) {
    tcg_body body = {.ctx = ctx, .async = async};
    async->subprogram = LLVMGetSubprogram(async->fn);
    tcg_remove_unreachable(ctx, async->fn);
    create_body(&body);
    tcg_body_expand_many(&body);
    bool is_inlined = count_instructions(async->fn) <= ctx->options.max_inline_body;
    take_params(&body);
    take_markers(&body);
    move_blocks(&body);
    async->num_states = body.num_suspends + 1;
    if (body.num_suspends == 0) {
        finish_plain(&body);
    } else {
        tcg_body_split(&body);
        tcg_desc_note_lines(ctx, async, body.suspends, body.num_suspends);
        tcg_body_allocas(&body);
        tcg_body_note_operands(&body);
        tcg_body_liveness(&body);
        tcg_body_layout(&body);
        tcg_body_spill(&body);
        tcg_body_expand(&body);
    }
    replace_returns(&body);
    if (is_inlined) {
        tcg_add_attr(ctx, async->body, LLVMAttributeFunctionIndex, "alwaysinline");
    }
    finish_layout(ctx, async);
    tcg_entries_build(ctx, async, body.num_suspends != 0);
}
