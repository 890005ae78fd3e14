// SPDX-License-Identifier: Apache-2.0
// What a module tells its importers: one `declare` with "tmlrt.frame" per external async function.
//
// The lines are made when a function is lowered, because later neither its name nor its output type
// is there any more, and kept in the module as !tmlcg.interface, where tmlcg_print_interface reads
// them (print_interface.c). Called by body.c; one thread.
#include "codegen-hooks/src/lower/interface.h"

#include "codegen-hooks/src/ir.h"

#include <inttypes.h>
#include <string.h>

// type_name returns a type as an operand writes it: a named struct by its name only.
static const char* type_name(tcg_ctx* ctx, LLVMTypeRef type) {
    const char* text = tcg_type_text(ctx, type);
    const char* definition = strstr(text, " = type ");
    bool is_named = definition != NULL && text[0] == '%';
    return is_named ? tcg_format(ctx, "%.*s", (int)(definition - text), text) : text;
}

static const char* param_text(tcg_ctx* ctx, LLVMValueRef function, uint32_t index,
                              LLVMTypeRef type) {
    static const char* const kinds[] = {"byval", "sret"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        LLVMTypeRef memory = tcg_param_type_attr(function, index, kinds[i]);
        if (memory != NULL) {
            return tcg_format(ctx, "ptr %s(%s)", kinds[i], type_name(ctx, memory));
        }
    }
    return type_name(ctx, type);
}

// symbol returns a global's name as the text form writes it, quoted where it must be.
static const char* symbol(tcg_ctx* ctx, const char* name) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-$._";
    bool is_plain =
        name[strspn(name, plain)] == '\0' && name[0] != '\0' && (name[0] < '0' || name[0] > '9');
    if (is_plain) {
        return tcg_format(ctx, "@%s", name);
    }
    const char* out = "@\"";
    for (; *name != '\0'; name++) {
        bool is_safe = *name >= ' ' && *name < 127 && *name != '"' && *name != '\\';
        out = is_safe ? tcg_format(ctx, "%s%c", out, *name)
                      : tcg_format(ctx, "%s\\%02X", out, (unsigned)(unsigned char)*name);
    }
    return tcg_format(ctx, "%s\"", out);
}

static bool is_exported(LLVMLinkage linkage) {
    return linkage != LLVMInternalLinkage && linkage != LLVMPrivateLinkage &&
           linkage != LLVMAvailableExternallyLinkage;
}

void tcg_interface_note(tcg_ctx* ctx, const tcg_async* async) {
    if (!is_exported(LLVMGetLinkage(async->fn))) {
        return;
    }
    LLVMTypeRef type = LLVMGlobalGetValueType(async->fn);
    uint32_t num_params = LLVMCountParamTypes(type);
    LLVMTypeRef* params = tcg_alloc(ctx, (num_params + 1) * sizeof(*params));
    LLVMGetParamTypes(type, params);
    const char* list = "";
    for (uint32_t i = 0; i < num_params; i++) {
        list = tcg_format(ctx, "%s%s%s", list, i == 0 ? "" : ", ",
                          param_text(ctx, async->fn, i, params[i]));
    }
    const char* line = tcg_format(ctx,
                                  "declare %s %s(%s) \"" TMLCG_ATTR_ASYNC "\" \"" TMLCG_ATTR_FRAME
                                  "\"=\"%" PRIu64 ",%" PRIu64 ",%s\"\n",
                                  type_name(ctx, LLVMGetReturnType(type)), symbol(ctx, async->name),
                                  list, async->size, async->align, async->hash);
    LLVMMetadataRef text = LLVMMDStringInContext2(ctx->context, line, strlen(line));
    LLVMMetadataRef node = LLVMMDNodeInContext2(ctx->context, &text, 1);
    LLVMAddNamedMetadataOperand(ctx->module, TCG_INTERFACE_NODE,
                                LLVMMetadataAsValue(ctx->context, node));
}
