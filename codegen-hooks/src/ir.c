// SPDX-License-Identifier: Apache-2.0
// Questions and builders over LLVM-C. Nothing here keeps state; all build at ctx->builder, which
// the caller has positioned.
#include "codegen-hooks/src/ir.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

LLVMValueRef tcg_i32(tcg_ctx* ctx, uint32_t value) {
    return LLVMConstInt(ctx->i32, value, 0);
}

LLVMValueRef tcg_i64(tcg_ctx* ctx, uint64_t value) {
    return LLVMConstInt(ctx->i64, value, 0);
}

LLVMValueRef tcg_null(tcg_ctx* ctx) {
    return LLVMConstNull(ctx->ptr);
}

const char* tcg_name(LLVMValueRef value) {
    size_t len = 0;
    const char* name = LLVMGetValueName2(value, &len);
    return name != NULL ? name : "";
}

const char* tcg_take_message(tcg_ctx* ctx, char* message) {
    size_t size = strlen(message) + 1;
    char* copy = tcg_try_alloc(ctx, size);
    if (copy != NULL) {
        memcpy(copy, message, size);
    }
    LLVMDisposeMessage(message);
    if (copy == NULL) {
        tcg_fail_memory(ctx);
    }
    return copy;
}

const char* tcg_type_text(tcg_ctx* ctx, LLVMTypeRef type) {
    return tcg_take_message(ctx, LLVMPrintTypeToString(type));
}

bool tcg_has_attr(LLVMValueRef function, const char* name) {
    return LLVMGetStringAttributeAtIndex(function, LLVMAttributeFunctionIndex, name,
                                         (unsigned)strlen(name)) != NULL;
}

const char* tcg_attr_value(tcg_ctx* ctx, LLVMValueRef function, const char* name) {
    LLVMAttributeRef attribute = LLVMGetStringAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                                                               name, (unsigned)strlen(name));
    if (attribute == NULL) {
        return NULL;
    }
    unsigned len = 0;
    const char* value = LLVMGetStringAttributeValue(attribute, &len);
    return tcg_format(ctx, "%.*s", (int)len, value != NULL ? value : "");
}

bool tcg_has_call_attr(LLVMValueRef call, const char* name) {
    return LLVMGetCallSiteStringAttribute(call, LLVMAttributeFunctionIndex, name,
                                          (unsigned)strlen(name)) != NULL;
}

static unsigned attr_kind(const char* kind) {
    return LLVMGetEnumAttributeKindForName(kind, strlen(kind));
}

LLVMTypeRef tcg_param_type_attr(LLVMValueRef function, uint32_t index, const char* kind) {
    LLVMAttributeRef attribute = LLVMGetEnumAttributeAtIndex(function, index + 1, attr_kind(kind));
    return attribute != NULL ? LLVMGetTypeAttributeValue(attribute) : NULL;
}

void tcg_refuse_alias(tcg_ctx* ctx, LLVMValueRef owner, const char* name) {
    size_t len = strlen(name);
    if (LLVMGetNamedGlobalAlias(ctx->module, name, len) != NULL ||
        LLVMGetNamedGlobalIFunc(ctx->module, name, len) != NULL) {
        tcg_fail(ctx, owner, "needs the name @%s, which an alias has: rename the alias", name);
    }
}

uint32_t tcg_param_align(tcg_ctx* ctx, LLVMValueRef function, uint32_t index, LLVMTypeRef type) {
    LLVMAttributeRef attribute =
        LLVMGetEnumAttributeAtIndex(function, index + 1, attr_kind("align"));
    uint64_t stated = attribute != NULL ? LLVMGetEnumAttributeValue(attribute) : 0;
    uint32_t natural = tcg_type_align(ctx, type);
    if (stated > TCG_MAX_ALIGN) {
        tcg_fail(ctx, function, "parameter %u has an alignment over %d: pass a plain pointer",
                 index, TCG_MAX_ALIGN);
    }
    return stated > natural ? (uint32_t)stated : natural;
}

bool tcg_has_enum_attr(LLVMValueRef function, const char* kind) {
    return LLVMGetEnumAttributeAtIndex(function, LLVMAttributeFunctionIndex, attr_kind(kind)) !=
           NULL;
}

void tcg_add_attr(tcg_ctx* ctx, LLVMValueRef function, LLVMAttributeIndex index, const char* kind) {
    LLVMAddAttributeAtIndex(function, index,
                            LLVMCreateEnumAttribute(ctx->context, attr_kind(kind), 0));
}

const char* tcg_callee(LLVMValueRef instruction) {
    if (!LLVMIsACallInst(instruction)) {
        return "";
    }
    LLVMValueRef callee = LLVMGetCalledValue(instruction);
    return callee != NULL && LLVMIsAFunction(callee) ? tcg_name(callee) : "";
}

bool tcg_calls(LLVMValueRef instruction, const char* name) {
    return strcmp(tcg_callee(instruction), name) == 0;
}

bool tcg_intrinsic_is(LLVMValueRef instruction, const char* prefix) {
    return strncmp(tcg_callee(instruction), prefix, strlen(prefix)) == 0;
}

bool tcg_is_debug(LLVMValueRef instruction) {
    return tcg_intrinsic_is(instruction, "llvm.dbg.");
}

void tcg_trap(tcg_ctx* ctx) {
    static const char name[] = "llvm.trap";
    unsigned id = LLVMLookupIntrinsicID(name, sizeof(name) - 1);
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(ctx->module, id, NULL, 0);
    LLVMBuildCall2(ctx->builder, LLVMGlobalGetValueType(function), function, NULL, 0, "");
    LLVMBuildUnreachable(ctx->builder);
}

tcg_format_kind tcg_object_format(LLVMModuleRef module) {
    const char* triple = LLVMGetTarget(module);
    if (strstr(triple, "-macho") != NULL || strstr(triple, "-apple") != NULL ||
        strstr(triple, "-darwin") != NULL || strstr(triple, "-macos") != NULL ||
        strstr(triple, "-ios") != NULL) {
        return TCG_FORMAT_MACHO;
    }
    bool windows = strstr(triple, "-windows") != NULL || strstr(triple, "-win32") != NULL ||
                   strstr(triple, "-mingw") != NULL || strstr(triple, "-cygwin") != NULL ||
                   strstr(triple, "-uefi") != NULL;
    return windows && strstr(triple, "-elf") == NULL ? TCG_FORMAT_COFF : TCG_FORMAT_ELF;
}

void tcg_at_end(tcg_ctx* ctx, LLVMBasicBlockRef block, LLVMMetadataRef location) {
    LLVMPositionBuilderAtEnd(ctx->builder, block);
    LLVMSetCurrentDebugLocation2(ctx->builder, location);
}

void tcg_before(tcg_ctx* ctx, LLVMValueRef instruction) {
    LLVMPositionBuilderBefore(ctx->builder, instruction);
    LLVMSetCurrentDebugLocation2(ctx->builder, LLVMInstructionGetDebugLoc(instruction));
}

void tcg_at_top(tcg_ctx* ctx, LLVMBasicBlockRef block) {
    LLVMValueRef first = LLVMGetFirstInstruction(block);
    while (LLVMIsAPHINode(first)) {
        first = LLVMGetNextInstruction(first);
    }
    LLVMPositionBuilderBefore(ctx->builder, first);
    LLVMSetCurrentDebugLocation2(ctx->builder, NULL);
}

void tcg_move(tcg_ctx* ctx, LLVMValueRef instruction) {
    const char* name = tcg_name(instruction); // copied while the instruction still has an owner
    name = *name != '\0' ? tcg_format(ctx, "%s", name) : "";
    LLVMInstructionRemoveFromParent(instruction);
    LLVMInsertIntoBuilderWithName(ctx->builder, instruction, name);
}

void tcg_insert(tcg_ctx* ctx, LLVMValueRef clone) {
    LLVMInsertIntoBuilderWithName(ctx->builder, clone, "");
}

LLVMValueRef tcg_at(tcg_ctx* ctx, LLVMValueRef base, uint64_t offset) {
    if (offset == 0) {
        return base;
    }
    LLVMValueRef index = tcg_i64(ctx, offset);
    return LLVMBuildInBoundsGEP2(ctx->builder, ctx->i8, base, &index, 1, "");
}

LLVMValueRef tcg_load_at(tcg_ctx* ctx, LLVMTypeRef type, LLVMValueRef base, uint64_t offset) {
    return LLVMBuildLoad2(ctx->builder, type, tcg_at(ctx, base, offset), "");
}

void tcg_store_at(tcg_ctx* ctx, LLVMValueRef value, LLVMValueRef base, uint64_t offset) {
    LLVMBuildStore(ctx->builder, value, tcg_at(ctx, base, offset));
}

void tcg_weigh(tcg_ctx* ctx, LLVMValueRef branch, uint32_t if_true, uint32_t if_false) {
    LLVMMetadataRef nodes[] = {
        LLVMMDStringInContext2(ctx->context, "branch_weights", 14),
        LLVMValueAsMetadata(tcg_i32(ctx, if_true)),
        LLVMValueAsMetadata(tcg_i32(ctx, if_false)),
    };
    LLVMMetadataRef node = LLVMMDNodeInContext2(ctx->context, nodes, 3);
    LLVMSetMetadata(branch, LLVMGetMDKindIDInContext(ctx->context, "prof", 4),
                    LLVMMetadataAsValue(ctx->context, node));
}

void tcg_copy(tcg_ctx* ctx, LLVMTypeRef type, LLVMValueRef to, uint32_t to_align, LLVMValueRef from,
              uint32_t from_align) {
    LLVMBuildMemCpy(ctx->builder, to, to_align, from, from_align,
                    tcg_i64(ctx, tcg_type_size(ctx, type)));
}

LLVMValueRef tcg_entry_alloca(tcg_ctx* ctx, LLVMValueRef function, LLVMTypeRef type, uint32_t align,
                              const char* name) {
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(ctx->context);
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(function);
    LLVMValueRef first = LLVMGetFirstInstruction(entry);
    if (first != NULL) {
        LLVMPositionBuilderBefore(builder, first);
    } else {
        LLVMPositionBuilderAtEnd(builder, entry);
    }
    LLVMValueRef slot = LLVMBuildAlloca(builder, type, name);
    LLVMSetAlignment(slot, align != 0 ? align : tcg_type_align(ctx, type));
    LLVMDisposeBuilder(builder);
    return slot;
}

// Structs that contain the same struct several times make a type exponential in its depth, so walks
// over types are counted.
enum { MAX_VISITS = 1 << 20 };

static bool is_fixed(LLVMTypeRef type, uint32_t* visits) {
    if (++*visits > MAX_VISITS) {
        return true; // tcg_fits_memory refuses it
    }
    switch (LLVMGetTypeKind(type)) {
    case LLVMScalableVectorTypeKind:
        return false;
    case LLVMArrayTypeKind:
        return is_fixed(LLVMGetElementType(type), visits);
    case LLVMStructTypeKind:
        for (unsigned i = 0; i < LLVMCountStructElementTypes(type); i++) {
            if (!is_fixed(LLVMStructGetTypeAtIndex(type, i), visits)) {
                return false;
            }
        }
        return LLVMTypeIsSized(type);
    default:
        return LLVMTypeIsSized(type);
    }
}

bool tcg_is_fixed_type(LLVMTypeRef type) {
    uint32_t visits = 0;
    return is_fixed(type, &visits);
}

// count_bytes returns the bytes of a fixed type without padding, anything over TCG_MAX_BYTES when
// it has more.
static uint64_t count_bytes(tcg_ctx* ctx, LLVMTypeRef type, uint32_t* visits) {
    const uint64_t many = (uint64_t)TCG_MAX_BYTES + 1;
    if (++*visits > MAX_VISITS) {
        return many;
    }
    uint64_t total = 0;
    switch (LLVMGetTypeKind(type)) {
    case LLVMArrayTypeKind: {
        uint64_t length = LLVMGetArrayLength2(type);
        uint64_t each = count_bytes(ctx, LLVMGetElementType(type), visits);
        return each != 0 && length > many / each ? many : each * length;
    }
    case LLVMStructTypeKind:
        for (unsigned i = 0; i < LLVMCountStructElementTypes(type) && total < many; i++) {
            total += count_bytes(ctx, LLVMStructGetTypeAtIndex(type, i), visits);
        }
        return total;
    default:
        return tcg_type_size(ctx, type);
    }
}

bool tcg_fits_memory(tcg_ctx* ctx, LLVMTypeRef type) {
    uint32_t visits = 0;
    return tcg_is_fixed_type(type) && count_bytes(ctx, type, &visits) <= TCG_MAX_BYTES &&
           tcg_type_size(ctx, type) <= TCG_MAX_BYTES;
}

// count_elements adds what code generation visits: scalars, and empty structs too.
static uint64_t count_elements(LLVMTypeRef type, uint64_t so_far) {
    const uint64_t many = (uint64_t)TCG_MAX_SCALARS + 1;
    switch (so_far < many ? LLVMGetTypeKind(type) : LLVMVoidTypeKind) {
    case LLVMArrayTypeKind: {
        uint64_t length = LLVMGetArrayLength2(type);
        uint64_t each = count_elements(LLVMGetElementType(type), 0);
        return each != 0 && length > many / each ? many : so_far + each * length;
    }
    case LLVMStructTypeKind:
        for (unsigned i = 0; i < LLVMCountStructElementTypes(type) && so_far < many; i++) {
            so_far = count_elements(LLVMStructGetTypeAtIndex(type, i), so_far);
        }
        return so_far + 1;
    default:
        return so_far + 1;
    }
}

bool tcg_fits_value(LLVMTypeRef type) {
    return tcg_is_fixed_type(type) && count_elements(type, 0) <= TCG_MAX_SCALARS;
}

uint64_t tcg_type_size(tcg_ctx* ctx, LLVMTypeRef type) {
    return LLVMABISizeOfType(ctx->target_data, type);
}

uint32_t tcg_type_align(tcg_ctx* ctx, LLVMTypeRef type) {
    return LLVMABIAlignmentOfType(ctx->target_data, type);
}
