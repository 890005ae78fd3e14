// SPDX-License-Identifier: Apache-2.0
// What join, try_join, race and select may be given. A branch is a future's frame, its async
// function (or the descriptor of any future), and where its output goes; try_join has a function
// behind these that says whether an output is a failure, select whether the branch takes part.
//
// Called by check.c for every such marker, before anything is changed.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/lower/async.h"

// check_driver holds the second argument of a branch: an async function, or a descriptor.
static void check_driver(tcg_ctx* ctx, LLVMValueRef call, uint32_t branch, LLVMValueRef given) {
    if (LLVMIsAFunction(given) && tcg_async_of(ctx, given) == NULL) {
        tcg_fail(ctx, call,
                 "branch %u: @%s is not async: give it the attribute \"tmlrt.async\", or pass the "
                 "descriptor of a future",
                 branch, tcg_name(given));
    }
}

static void check_predicate(tcg_ctx* ctx, LLVMValueRef call, uint32_t branch, LLVMValueRef given) {
    LLVMTypeRef type = LLVMFunctionType(ctx->i1, &ctx->ptr, 1, 0);
    if (!LLVMIsAFunction(given) || LLVMGlobalGetValueType(given) != type ||
        tcg_async_of(ctx, given) != NULL) {
        tcg_fail(ctx, call,
                 "branch %u: needs a plain function `i1 (ptr)` behind the output, which says "
                 "whether that output is a failure",
                 branch);
    }
}

static void check_argument(tcg_ctx* ctx, LLVMValueRef call, uint32_t branch, uint32_t part,
                           char kind, LLVMValueRef given) {
    static const char* const parts[] = {"frame", "function", "place of the output"};
    LLVMTypeRef expected = kind == 'b' ? ctx->i1 : ctx->ptr;
    if (LLVMTypeOf(given) != expected) {
        tcg_fail(ctx, call, "branch %u: the %s must be %s, not %s", branch,
                 kind == 'b'   ? "word that lets it take part"
                 : kind == 'q' ? "function that tells failures"
                               : parts[part],
                 kind == 'b' ? "an i1" : "a ptr", tcg_type_text(ctx, LLVMTypeOf(given)));
    }
    if (kind == 'd') {
        check_driver(ctx, call, branch, given);
    } else if (kind == 'q') {
        check_predicate(ctx, call, branch, given);
    }
}

// refuse_same finds the same future, or (where all outputs are kept) the same place, twice.
static void refuse_same(tcg_ctx* ctx, LLVMValueRef call, const tcg_marker* marker, uint32_t count) {
    uint32_t stride = tcg_marker_stride(marker);
    bool keeps_all = marker->kind == TCG_MARKER_JOIN || marker->kind == TCG_MARKER_TRY_JOIN;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            LLVMValueRef place = LLVMGetOperand(call, i * stride + 2);
            if (LLVMGetOperand(call, i * stride) == LLVMGetOperand(call, k * stride)) {
                tcg_fail(ctx, call,
                         "branches %u and %u are the same future: a future is awaited "
                         "once; make one for each branch",
                         k, i);
            }
            if (keeps_all && !LLVMIsAConstantPointerNull(place) &&
                place == LLVMGetOperand(call, k * stride + 2)) {
                tcg_fail(ctx, call,
                         "branches %u and %u write their outputs to one place, and @%s keeps "
                         "both: give each its own",
                         k, i, marker->name);
            }
        }
    }
}

void tcg_check_branches(tcg_ctx* ctx, LLVMValueRef call, const tcg_marker* marker) {
    uint32_t stride = tcg_marker_stride(marker);
    uint32_t num_args = LLVMGetNumArgOperands(call);
    if (num_args == 0 || num_args % stride != 0) {
        tcg_fail(ctx, call,
                 "@%s takes %u arguments for each branch, and at least one branch: %u are none",
                 marker->name, stride, num_args);
    }
    if (num_args / stride > TCG_MAX_BRANCHES) {
        tcg_fail(ctx, call, "@%s takes at most %d branches, not %u: join some of them first",
                 marker->name, TCG_MAX_BRANCHES, num_args / stride);
    }
    for (uint32_t i = 0; i < num_args; i++) {
        check_argument(ctx, call, i / stride, i % stride, marker->params[1 + i % stride],
                       LLVMGetOperand(call, i));
    }
    refuse_same(ctx, call, marker, num_args / stride);
}
