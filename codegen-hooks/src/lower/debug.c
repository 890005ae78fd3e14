// SPDX-License-Identifier: Apache-2.0
// Debug info of lowered functions, through LLVM-C only.
//
// The user's subprogram moves to the body; wrappers get artificial ones, because one subprogram
// cannot serve two functions. A fresh DIBuilder knows no compile unit of a parsed module, so the
// unit of the user's subprogram is put into the operand that holds it. Every call of a body must
// carry a location, or it could not be inlined.
#include "codegen-hooks/src/lower/body.h"

#include "codegen-hooks/src/ir.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

// Operands of a DISubprogram node (llvm/IR/DebugInfoMetadata.h, the same since LLVM 4).
enum { SUBPROGRAM_NAME = 2, SUBPROGRAM_UNIT = 5 };

static LLVMValueRef node_operand(tcg_ctx* ctx, LLVMMetadataRef node, uint32_t index) {
    LLVMValueRef value = LLVMMetadataAsValue(ctx->context, node);
    unsigned count = LLVMGetMDNodeNumOperands(value);
    if (index >= count) {
        return NULL;
    }
    LLVMValueRef* operands = tcg_alloc(ctx, count * sizeof(*operands));
    LLVMGetMDNodeOperands(value, operands);
    return operands[index];
}

const char* tcg_debug_name(tcg_ctx* ctx, LLVMMetadataRef subprogram) {
    LLVMValueRef name = subprogram != NULL ? node_operand(ctx, subprogram, SUBPROGRAM_NAME) : NULL;
    unsigned len = 0;
    const char* text = name != NULL ? LLVMGetMDString(name, &len) : NULL;
    return text != NULL ? tcg_format(ctx, "%.*s", (int)len, text) : NULL;
}

LLVMMetadataRef tcg_debug_location(tcg_ctx* ctx, LLVMValueRef instruction,
                                   LLVMMetadataRef subprogram) {
    LLVMMetadataRef location = LLVMInstructionGetDebugLoc(instruction);
    if (location != NULL || subprogram == NULL) {
        return location;
    }
    return LLVMDIBuilderCreateDebugLocation(ctx->context, LLVMDISubprogramGetLine(subprogram), 0,
                                            subprogram, NULL);
}

LLVMMetadataRef tcg_debug_artificial(tcg_ctx* ctx, LLVMValueRef function, LLVMMetadataRef model) {
    LLVMValueRef unit = model != NULL ? node_operand(ctx, model, SUBPROGRAM_UNIT) : NULL;
    if (unit == NULL) {
        return NULL;
    }
    LLVMDIBuilderRef builder = LLVMCreateDIBuilderDisallowUnresolved(ctx->module);
    LLVMMetadataRef file = LLVMDIScopeGetFile(model);
    unsigned line = LLVMDISubprogramGetLine(model);
    const char* name = tcg_name(function);
    LLVMMetadataRef type =
        LLVMDIBuilderCreateSubroutineType(builder, file, NULL, 0, LLVMDIFlagZero);
    LLVMMetadataRef subprogram = LLVMDIBuilderCreateFunction(
        builder, file, name, strlen(name), name, strlen(name), file, line, type,
        LLVMGetLinkage(function) == LLVMInternalLinkage, 1, line, LLVMDIFlagArtificial, 0);
    LLVMDisposeDIBuilder(builder);
    LLVMReplaceMDNodeOperandWith(LLVMMetadataAsValue(ctx->context, subprogram), SUBPROGRAM_UNIT,
                                 LLVMValueAsMetadata(unit));
    LLVMSetSubprogram(function, subprogram);
    return LLVMDIBuilderCreateDebugLocation(ctx->context, line, 0, subprogram, NULL);
}
