// SPDX-License-Identifier: Apache-2.0
// What a module tells its importers: one `declare` with "tmlrt.frame" per external async function.
//
// The lines are made when a function is lowered, because later neither its name nor its output type
// is there any more, and kept in the module as !tmlcg.interface. tmlcg_print_interface reads them;
// an unlowered module is lowered as a copy first.
#include "codegen-hooks/src/interface.h"

#include "codegen-hooks/src/ir.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char s_node[] = "tmlcg.interface";

// type_name returns a type as an operand writes it: a named struct by its name only.
static const char* type_name(tcg_ctx* ctx, LLVMTypeRef type) {
    char* text = LLVMPrintTypeToString(type);
    char* definition = strstr(text, " = type ");
    if (definition != NULL && text[0] == '%') {
        *definition = '\0';
    }
    const char* name = tcg_format(ctx, "%s", text);
    LLVMDisposeMessage(text);
    return name;
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
    LLVMAddNamedMetadataOperand(ctx->module, s_node, LLVMMetadataAsValue(ctx->context, node));
}

static bool is_unlowered(LLVMModuleRef module) {
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f != NULL; f = LLVMGetNextFunction(f)) {
        if (tcg_has_attr(f, TMLCG_ATTR_ASYNC) && LLVMCountBasicBlocks(f) != 0) {
            return true;
        }
    }
    return false;
}

// append adds text to a heap string; returns false without memory.
static bool append(char** text, size_t* text_len, const char* more, size_t more_len) {
    char* bigger = realloc(*text, *text_len + more_len + 1);
    if (bigger == NULL) {
        return false;
    }
    memcpy(bigger + *text_len, more, more_len);
    *text_len += more_len;
    bigger[*text_len] = '\0';
    *text = bigger;
    return true;
}

// read_lines joins the strings of the node, in order.
static bool read_lines(LLVMModuleRef module, char** out_text) {
    char* text = NULL;
    size_t text_len = 0;
    unsigned count = LLVMGetNamedMetadataNumOperands(module, s_node);
    LLVMValueRef* nodes = calloc((size_t)count + 1, sizeof(LLVMValueRef));
    bool ok = nodes != NULL && append(&text, &text_len, "", 0);
    if (ok) {
        LLVMGetNamedMetadataOperands(module, s_node, nodes);
    }
    for (unsigned i = 0; ok && i < count; i++) {
        LLVMValueRef string = NULL;
        unsigned len = 0;
        if (LLVMGetMDNodeNumOperands(nodes[i]) == 1) {
            LLVMGetMDNodeOperands(nodes[i], &string);
        }
        const char* line = string != NULL ? LLVMGetMDString(string, &len) : NULL;
        ok = line == NULL || append(&text, &text_len, line, len);
    }
    free(nodes);
    if (!ok) {
        free(text);
        return false;
    }
    *out_text = text;
    return true;
}

bool tmlcg_print_interface(LLVMModuleRef module, const tmlcg_options* options, char** out_text,
                           char** out_error) {
    LLVMModuleRef copy = NULL;
    if (is_unlowered(module)) {
        tmlcg_options changed = options != NULL ? *options : (tmlcg_options){0};
        changed.no_metadata = true;
        copy = LLVMCloneModule(module);
        if (!tmlcg_lower_module(copy, &changed, out_error)) {
            LLVMDisposeModule(copy);
            return false;
        }
    }
    bool ok = read_lines(copy != NULL ? copy : module, out_text);
    if (!ok && out_error != NULL) {
        *out_error = strdup("out of memory while printing the interface");
    }
    if (copy != NULL) {
        LLVMDisposeModule(copy);
    }
    return ok;
}
