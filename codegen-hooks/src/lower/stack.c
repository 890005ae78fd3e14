// SPDX-License-Identifier: Apache-2.0
// Addresses of the machine stack: dynamic allocas, saved stack pointers, frame addresses. The stack
// is another one after a suspension, so none may cross it. Liveness sees those that are SSA values;
// this file finds the dynamic allocas whose address goes where liveness cannot follow: memory, a
// call, an integer. Such a one must be given back (llvm.stackrestore) on every way to a suspension.
//
// Called by liveness.c, suspensions being block boundaries; errors leave by tcg_fail; one thread.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/lower/body.h"

bool tcg_is_stack_address(LLVMValueRef instruction) {
    static const char* const names[] = {"llvm.stacksave", "llvm.frameaddress", "llvm.sponentry",
                                        "llvm.addressofreturnaddress", "llvm.localaddress"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (tcg_intrinsic_is(instruction, names[i])) {
            return true;
        }
    }
    return false;
}

// escapes_at returns true for a use that puts the address out of sight.
static bool escapes_at(LLVMValueRef user, LLVMValueRef address) {
    if (LLVMIsALoadInst(user) || LLVMIsACmpInst(user)) {
        return false;
    }
    if (LLVMIsAStoreInst(user)) {
        return LLVMGetOperand(user, 0) == address;
    }
    return !LLVMIsAMemIntrinsic(user) && !tcg_intrinsic_is(user, "llvm.lifetime.") &&
           !tcg_is_debug(user);
}

static bool escapes(tcg_body* body, LLVMValueRef root) {
    tcg_map seen = {0};
    tcg_values todo = {0};
    tcg_map_put(body->ctx, &seen, root, 1);
    tcg_values_push(body->ctx, &todo, root);
    while (todo.count != 0) {
        LLVMValueRef value = todo.items[--todo.count];
        for (LLVMUseRef use = LLVMGetFirstUse(value); use != NULL; use = LLVMGetNextUse(use)) {
            LLVMValueRef user = LLVMGetUser(use);
            bool carries =
                LLVMIsAGetElementPtrInst(user) || LLVMIsAPHINode(user) || LLVMIsASelectInst(user);
            if (carries && tcg_map_get(&seen, user) == TCG_ABSENT) {
                tcg_map_put(body->ctx, &seen, user, 1);
                tcg_values_push(body->ctx, &todo, user);
            } else if (!carries && escapes_at(user, value)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_given_back(LLVMValueRef from) {
    for (LLVMValueRef i = from; i != NULL; i = LLVMGetNextInstruction(i)) {
        if (tcg_intrinsic_is(i, "llvm.stackrestore")) {
            return true;
        }
    }
    return false;
}

// reaches_suspend follows the blocks behind `root` until the stack is given back.
static bool reaches_suspend(tcg_body* body, const tcg_map* heads, LLVMValueRef root) {
    tcg_map seen = {0};
    tcg_values todo = {0};
    LLVMBasicBlockRef block = LLVMGetInstructionParent(root);
    LLVMValueRef from = LLVMGetNextInstruction(root);
    while (true) {
        if (!is_given_back(from)) {
            if (tcg_map_get(heads, block) != TCG_ABSENT) {
                return true;
            }
            LLVMValueRef terminator = LLVMGetBasicBlockTerminator(block);
            unsigned count = LLVMGetNumSuccessors(terminator);
            for (unsigned i = 0; i < count; i++) {
                LLVMBasicBlockRef next = LLVMGetSuccessor(terminator, i);
                if (tcg_map_get(&seen, next) == TCG_ABSENT) {
                    tcg_map_put(body->ctx, &seen, next, 1);
                    tcg_values_push(body->ctx, &todo, LLVMBasicBlockAsValue(next));
                }
            }
        }
        if (todo.count == 0) {
            return false;
        }
        block = LLVMValueAsBasicBlock(todo.items[--todo.count]);
        from = LLVMGetFirstInstruction(block);
    }
}

void tcg_body_refuse_stack(tcg_body* body) {
    tcg_map heads = {0};
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        tcg_map_put(body->ctx, &heads, body->suspends[k].head, k);
    }
    for (uint32_t i = 0; i < body->unstable_roots.count; i++) {
        LLVMValueRef root = body->unstable_roots.items[i];
        if (LLVMIsAAllocaInst(root) && escapes(body, root) && reaches_suspend(body, &heads, root)) {
            tcg_fail(body->ctx, root,
                     "the address of a dynamic alloca is handed on, and a suspension can be "
                     "reached before llvm.stackrestore: use a fixed size, or the heap");
        }
    }
}
