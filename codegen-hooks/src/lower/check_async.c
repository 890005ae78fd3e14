// SPDX-License-Identifier: Apache-2.0
// What an async function must not contain, and what must not follow dropped() == true. Each refusal
// names the construct; none of them could be split correctly.
#include "codegen-hooks/src/lower/async.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/marker.h"

#include <string.h>

static void check_signature(tcg_ctx* ctx, LLVMValueRef function) {
    LLVMTypeRef type = LLVMGlobalGetValueType(function);
    if (LLVMIsFunctionVarArg(type)) {
        tcg_fail(ctx, function, "varargs are not supported in an async function: pass a slice");
    }
    static const char* const refused[] = {"inalloca", "preallocated", "swifterror", "swiftasync",
                                          "nest"};
    uint32_t num_params = LLVMCountParamTypes(type);
    for (uint32_t i = 0; i < num_params; i++) {
        for (size_t k = 0; k < sizeof(refused) / sizeof(refused[0]); k++) {
            unsigned id = LLVMGetEnumAttributeKindForName(refused[k], strlen(refused[k]));
            if (LLVMGetEnumAttributeAtIndex(function, i + 1, id) != NULL) {
                tcg_fail(ctx, function,
                         "%s parameters are not supported in an async function: pass "
                         "a pointer or a value",
                         refused[k]);
            }
        }
    }
    if (LLVMGetGC(function) != NULL) {
        tcg_fail(ctx, function,
                 "gc \"%s\" is not supported in an async function: its frame would hide roots",
                 LLVMGetGC(function));
    }
    if (tcg_has_enum_attr(function, "naked")) {
        tcg_fail(ctx, function, "a naked function cannot be async");
    }
    if (tcg_has_enum_attr(function, "presplitcoroutine")) {
        tcg_fail(ctx, function, "an LLVM coroutine cannot be async here: emit the markers only");
    }
}

// refused_opcode returns the name of an instruction that cannot be split, NULL for the others.
static const char* refused_opcode(LLVMValueRef instruction) {
    switch (LLVMGetInstructionOpcode(instruction)) {
    case LLVMInvoke:
        return "invoke";
    case LLVMCallBr:
        return "callbr (inline-asm goto)";
    case LLVMIndirectBr:
        return "indirectbr";
    case LLVMLandingPad:
        return "landingpad";
    case LLVMResume:
        return "resume";
    case LLVMCleanupPad:
    case LLVMCleanupRet:
    case LLVMCatchPad:
    case LLVMCatchRet:
    case LLVMCatchSwitch:
        return "exception handling";
    case LLVMVAArg:
        return "va_arg";
    default:
        return NULL;
    }
}

static bool call_has_enum(LLVMValueRef call, LLVMAttributeIndex index, const char* kind) {
    unsigned id = LLVMGetEnumAttributeKindForName(kind, strlen(kind));
    return LLVMGetCallSiteEnumAttribute(call, index, id) != NULL;
}

static void check_call(tcg_ctx* ctx, LLVMValueRef call) {
    if (LLVMGetTailCallKind(call) == LLVMTailCallKindMustTail) {
        tcg_fail(ctx, call, "musttail is not supported in an async function: use a plain call");
    }
    LLVMValueRef callee = LLVMGetCalledValue(call);
    bool is_function = callee != NULL && LLVMIsAFunction(callee);
    if (call_has_enum(call, LLVMAttributeFunctionIndex, "returns_twice") ||
        (is_function && tcg_has_enum_attr(callee, "returns_twice"))) {
        tcg_fail(ctx, call,
                 "a returns_twice callee (setjmp) is not supported in an async function: "
                 "call it from a plain function");
    }
    uint32_t num_args = LLVMGetNumArgOperands(call);
    for (uint32_t i = 0; i < num_args; i++) {
        if (call_has_enum(call, i + 1, "inalloca") || call_has_enum(call, i + 1, "preallocated") ||
            call_has_enum(call, i + 1, "swifterror")) {
            tcg_fail(ctx, call,
                     "inalloca, preallocated and swifterror arguments are not supported "
                     "in an async function: pass a pointer");
        }
    }
    if (tcg_intrinsic_is(call, "llvm.coro.") || tcg_intrinsic_is(call, "llvm.localescape") ||
        tcg_intrinsic_is(call, "llvm.eh.") ||
        tcg_intrinsic_is(call, "llvm.experimental.convergence.entry") ||
        tcg_intrinsic_is(call, "llvm.experimental.convergence.loop")) {
        tcg_fail(ctx, call, "this intrinsic is not supported in an async function");
    }
}

static void check_operands(tcg_ctx* ctx, LLVMValueRef instruction) {
    int num_operands = LLVMGetNumOperands(instruction);
    for (int i = 0; i < num_operands; i++) {
        LLVMValueRef operand = LLVMGetOperand(instruction, (unsigned)i);
        if (operand != NULL && LLVMIsABlockAddress(operand)) {
            tcg_fail(ctx, instruction,
                     "blockaddress is not supported in an async function: blocks "
                     "move to another one");
        }
    }
}

void tcg_check_async(tcg_ctx* ctx, LLVMValueRef function) {
    check_signature(ctx, function);
    for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block != NULL;
         block = LLVMGetNextBasicBlock(block)) {
        if (LLVMGetFirstUse(LLVMBasicBlockAsValue(block)) != NULL) {
            for (LLVMUseRef use = LLVMGetFirstUse(LLVMBasicBlockAsValue(block)); use != NULL;
                 use = LLVMGetNextUse(use)) {
                if (!LLVMIsAInstruction(LLVMGetUser(use))) {
                    tcg_fail(ctx, function,
                             "blockaddress is not supported in an async function: "
                             "blocks move to another one");
                }
            }
        }
        for (LLVMValueRef i = LLVMGetFirstInstruction(block); i != NULL;
             i = LLVMGetNextInstruction(i)) {
            const char* refused = refused_opcode(i);
            if (refused != NULL) {
                tcg_fail(ctx, i,
                         "%s is not supported in an async function: nothing may unwind or "
                         "jump through a suspension; use a plain call or branch",
                         refused);
            }
            if (LLVMIsACallInst(i)) {
                check_call(ctx, i);
            }
            check_operands(ctx, i);
        }
    }
}

typedef struct {
    tcg_ctx* ctx;
    tcg_map seen;
    tcg_values todo; ///< blocks as values
} walk;

static void push_block(walk* w, LLVMBasicBlockRef block) {
    LLVMValueRef value = LLVMBasicBlockAsValue(block);
    if (tcg_map_get(&w->seen, value) == TCG_ABSENT) {
        tcg_map_put(w->ctx, &w->seen, value, 1);
        tcg_values_push(w->ctx, &w->todo, value);
    }
}

static void push_successors(walk* w, LLVMValueRef terminator) {
    unsigned count = LLVMGetNumSuccessors(terminator);
    for (unsigned i = 0; i < count; i++) {
        push_block(w, LLVMGetSuccessor(terminator, i));
    }
}

static void refuse_suspends(walk* w, LLVMValueRef from) {
    for (LLVMValueRef i = from; i != NULL; i = LLVMGetNextInstruction(i)) {
        if (tcg_marker_suspends(tcg_marker_of(i))) {
            tcg_fail(w->ctx, i,
                     "this suspension can be reached with dropped() == true, and a drop "
                     "has no context: branch on @tmlrt.dropped directly, and return "
                     "from the cleanup");
        }
    }
}

void tcg_check_drop_path(tcg_ctx* ctx, LLVMValueRef dropped) {
    walk w = {.ctx = ctx};
    LLVMBasicBlockRef block = LLVMGetInstructionParent(dropped);
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(block);
    refuse_suspends(&w, LLVMGetNextInstruction(dropped));
    if (LLVMIsABranchInst(terminator) && LLVMIsConditional(terminator) &&
        LLVMGetCondition(terminator) == dropped) {
        push_block(&w, LLVMGetSuccessor(terminator, 0));
    } else {
        push_successors(&w, terminator);
    }
    while (w.todo.count != 0) {
        LLVMBasicBlockRef next = LLVMValueAsBasicBlock(w.todo.items[--w.todo.count]);
        refuse_suspends(&w, LLVMGetFirstInstruction(next));
        push_successors(&w, LLVMGetBasicBlockTerminator(next));
    }
}
