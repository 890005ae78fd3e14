// SPDX-License-Identifier: Apache-2.0
// Validation of the whole module before anything is changed: every later part may then trust types,
// operands and places of markers. LLVM-C aborts on many misuses, so nothing malformed may pass.
//
// Also notes who awaits and who embeds whom. Called once by lower.c, after the records exist.
#include "codegen-hooks/src/lower/async.h"

#include "codegen-hooks/src/compat_llvm.h"
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/marker.h"

#include <string.h>

// check_function_operand returns the record of an operand that must name an async function.
static tcg_async* check_function_operand(tcg_ctx* ctx, LLVMValueRef call, LLVMValueRef operand) {
    tcg_async* async = LLVMIsAFunction(operand) ? tcg_async_of(ctx, operand) : NULL;
    if (async == NULL) {
        tcg_fail(ctx, call,
                 "needs an async function: give it the attribute \"tmlrt.async\", and "
                 "name it directly");
    }
    return async;
}

// check_argument holds one given argument against a record's.
static void check_argument(tcg_ctx* ctx, LLVMValueRef call, const tcg_async* async, uint32_t index,
                           LLVMValueRef given) {
    if (LLVMTypeOf(given) != async->args[index].type) {
        tcg_fail(ctx, call, "argument %u of @%s must be of type %s", index, async->name,
                 tcg_type_text(ctx, async->args[index].type));
    }
}

static void check_result(tcg_ctx* ctx, LLVMValueRef call, const tcg_marker* marker) {
    LLVMTypeRef expected = marker->ret == 'v'   ? ctx->void_type
                           : marker->ret == 'b' ? ctx->i1
                           : marker->ret == 'i' ? ctx->i32
                                                : ctx->ptr;
    if (LLVMTypeOf(call) != expected) {
        tcg_fail(ctx, call, "@%s returns %s: declare it as docs/abi/lowering.md does", marker->name,
                 tcg_type_text(ctx, expected));
    }
}

static void check_shape(tcg_ctx* ctx, LLVMValueRef call, const tcg_marker* marker) {
    check_result(ctx, call, marker);
    if (tcg_marker_is_many(marker->kind)) {
        tcg_check_branches(ctx, call, marker);
        return;
    }
    uint32_t num_args = LLVMGetNumArgOperands(call);
    uint32_t at = 0;
    const tcg_async* async = NULL;
    for (const char* param = marker->params; *param != '\0' && *param != '*'; param++, at++) {
        LLVMValueRef given = at < num_args ? LLVMGetOperand(call, at) : NULL;
        if (given == NULL || LLVMTypeOf(given) != ctx->ptr) {
            tcg_fail(ctx, call, "argument %u of @%s must be a ptr", at, marker->name);
        }
        async = *param == 'f' ? check_function_operand(ctx, call, given) : async;
    }
    uint32_t expected_args =
        at + (strchr(marker->params, '*') != NULL && async != NULL ? async->num_args : 0);
    if (num_args != expected_args) {
        tcg_fail(ctx, call, "@%s takes %u arguments here, not %u", marker->name, expected_args,
                 num_args);
    }
    for (uint32_t i = at; i < num_args; i++) {
        check_argument(ctx, call, async, i - at, LLVMGetOperand(call, i));
    }
}

// check_marked_call holds a call with an await or block_on attribute against its callee; `dyn` is
// the marker for one that is not known statically.
static tcg_async* check_marked_call(tcg_ctx* ctx, LLVMValueRef call, const char* attribute,
                                    const char* dyn) {
    if (!LLVMIsACallInst(call)) {
        tcg_fail(ctx, call, "\"%s\" is for a plain call: unwinding is not supported", attribute);
    }
    LLVMValueRef callee = LLVMGetCalledValue(call);
    if (callee == NULL || !LLVMIsAFunction(callee)) {
        tcg_fail(ctx, call,
                 "\"%s\" needs a direct call: use @%s for a future that is not known statically",
                 attribute, dyn);
    }
    tcg_async* async = check_function_operand(ctx, call, callee);
    if (LLVMGetCalledFunctionType(call) != LLVMGlobalGetValueType(callee)) {
        tcg_fail(ctx, call,
                 "called with another type than @%s has: make the declaration and the "
                 "call agree",
                 async->name);
    }
    if (LLVMGetTailCallKind(call) == LLVMTailCallKindMustTail) {
        tcg_fail(ctx, call, "musttail is not supported with \"%s\": use a plain call", attribute);
    }
    return async;
}

// previous returns the instruction before, debug calls skipped.
static LLVMValueRef previous(LLVMValueRef instruction) {
    do {
        instruction = LLVMGetPreviousInstruction(instruction);
    } while (instruction != NULL && tcg_is_debug(instruction));
    return instruction;
}

static void check_place(tcg_ctx* ctx, LLVMValueRef call, char place, bool in_async) {
    if (place == 'a' && !in_async) {
        tcg_fail(ctx, call,
                 "only an async function can do this: give the function the attribute "
                 "\"tmlrt.async\", or use block_on");
    }
    if (place == 's' && in_async) {
        tcg_fail(ctx, call, "block_on inside an async function would block its worker: use await");
    }
}

static void check_named_marker(tcg_ctx* ctx, LLVMValueRef call, tcg_async* inside) {
    const tcg_marker* marker = tcg_marker_named(tcg_name(LLVMGetCalledValue(call)));
    if (!LLVMIsACallInst(call)) {
        tcg_fail(ctx, call, "a marker must be a plain call: unwinding is not supported");
    }
    check_place(ctx, call, marker->place, inside != NULL);
    check_shape(ctx, call, marker);
    if (marker->kind == TCG_MARKER_DROPPED) {
        LLVMValueRef before = previous(call);
        if (before == NULL || !tcg_marker_suspends(tcg_marker_of(before))) {
            tcg_fail(ctx, call,
                     "@tmlrt.dropped must come directly after the await, suspend or "
                     "coop it asks about");
        }
        tcg_check_drop_path(ctx, call);
    }
    if (marker->kind == TCG_MARKER_FUTURE) {
        LLVMValueRef target = LLVMGetOperand(call, 0);
        tcg_async* async = tcg_async_of(ctx, target);
        if (!async->is_defined && !async->is_sized) {
            tcg_fail(ctx, call,
                     "the frame size of @%s is not known here: paste its declaration "
                     "from `tmlcg interface`, or use @tmlrt.box",
                     async->name);
        }
        if (inside != NULL) {
            tcg_values_push(ctx, &inside->embeds, target);
        }
    }
}

static void check_bundles(tcg_ctx* ctx, LLVMValueRef call) {
    if (tcg_has_bundles(call)) {
        tcg_fail(ctx, call, "operand bundles are not supported on a marker: call it plainly");
    }
}

static void check_instruction(tcg_ctx* ctx, LLVMValueRef instruction, tcg_async* inside) {
    tcg_marker_kind kind = tcg_marker_of(instruction);
    if (kind != TCG_MARKER_NONE) {
        check_bundles(ctx, instruction);
    }
    if (kind == TCG_MARKER_AWAIT) {
        check_place(ctx, instruction, 'a', inside != NULL);
        tcg_async* async =
            check_marked_call(ctx, instruction, TMLCG_ATTR_AWAIT, TMLCG_FN_AWAIT_DYN);
        tcg_values_push(ctx, &inside->awaits, async->fn);
    } else if (kind == TCG_MARKER_BLOCK_ON) {
        check_place(ctx, instruction, 's', inside != NULL);
        check_marked_call(ctx, instruction, TMLCG_ATTR_BLOCK_ON, TMLCG_FN_BLOCK_ON_DYN);
    } else if (kind != TCG_MARKER_NONE) {
        check_named_marker(ctx, instruction, inside);
    }
}

// check_async_uses refuses an async function that is called or named outside the markers.
static void check_async_uses(tcg_ctx* ctx, const tcg_async* async) {
    for (LLVMUseRef use = LLVMGetFirstUse(async->fn); use != NULL; use = LLVMGetNextUse(use)) {
        LLVMValueRef user = LLVMGetUser(use);
        if (!LLVMIsAInstruction(user)) {
            bool is_named = LLVMIsAGlobalValue(user) != NULL;
            tcg_fail(ctx, async->fn,
                     "its address is taken by %s%s: an async function has no address; use its "
                     "descriptor (@tmlrt.desc, or !tmlrt.* metadata)",
                     is_named ? "@" : "a constant", is_named ? tcg_name(user) : "");
        }
        tcg_marker_kind kind = tcg_marker_of(user);
        bool is_callee = LLVMIsACallInst(user) && LLVMGetCalledValue(user) == async->fn;
        if (is_callee && kind == TCG_MARKER_NONE) {
            tcg_fail(ctx, user,
                     "a call of an async function needs the attribute \"tmlrt.await\" or "
                     "\"tmlrt.block_on\" (or @tmlrt.spawn)");
        }
        if (kind == TCG_MARKER_NONE) {
            tcg_fail(ctx, user, "the address of async function @%s is taken: use @tmlrt.desc",
                     async->name);
        }
        uint32_t num_args = LLVMIsACallInst(user) ? LLVMGetNumArgOperands(user) : 0;
        const tcg_marker* marker = is_callee ? NULL : tcg_marker_named(tcg_callee(user));
        for (uint32_t i = 0; i < num_args; i++) {
            bool is_named = marker != NULL && tcg_marker_names(marker, i);
            if (LLVMGetOperand(user, i) == async->fn && !is_named) {
                tcg_fail(ctx, user, "the address of async function @%s is taken: use @tmlrt.desc",
                         async->name);
            }
        }
    }
}

// check_marker_uses refuses a marker function that has a body or is used as a value.
static void check_marker_uses(tcg_ctx* ctx, LLVMValueRef function) {
    if (LLVMCountBasicBlocks(function) != 0) {
        tcg_fail(ctx, function, "names beginning with `tmlrt.` are markers: only declare them");
    }
    for (LLVMUseRef use = LLVMGetFirstUse(function); use != NULL; use = LLVMGetNextUse(use)) {
        LLVMValueRef user = LLVMGetUser(use);
        if (!LLVMIsACallInst(user) || LLVMGetCalledValue(user) != function) {
            tcg_fail(ctx, LLVMIsAInstruction(user) ? user : function,
                     "a marker can only be called directly");
        }
    }
}

void tcg_check_module(tcg_ctx* ctx) {
    for (LLVMValueRef f = LLVMGetFirstFunction(ctx->module); f; f = LLVMGetNextFunction(f)) {
        if (strncmp(tcg_name(f), "tmlrt.", 6) == 0) {
            check_marker_uses(ctx, f);
        }
        tcg_async* inside = tcg_async_of(ctx, f);
        if (inside != NULL) {
            check_async_uses(ctx, inside);
            tcg_check_async(ctx, f);
        }
        for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(f); block != NULL;
             block = LLVMGetNextBasicBlock(block)) {
            for (LLVMValueRef i = LLVMGetFirstInstruction(block); i != NULL;
                 i = LLVMGetNextInstruction(i)) {
                check_instruction(ctx, i, inside);
            }
        }
    }
}
