// SPDX-License-Identifier: Apache-2.0
// tmlcg_print_interface: the lines that the lowering kept in the module, as one text.
//
// An unlowered module is lowered as a copy first. Thread: the module's context's.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/lower/interface.h"
#include "codegen-hooks/src/memory.h"

#include <string.h>

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
    char* bigger = tcg_resize(*text, *text_len + more_len + 1);
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
    unsigned count = LLVMGetNamedMetadataNumOperands(module, TCG_INTERFACE_NODE);
    LLVMValueRef* nodes = tcg_resize(NULL, ((size_t)count + 1) * sizeof(LLVMValueRef));
    bool ok = nodes != NULL && append(&text, &text_len, "", 0);
    if (ok) {
        LLVMGetNamedMetadataOperands(module, TCG_INTERFACE_NODE, nodes);
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
    tcg_release(nodes);
    if (!ok) {
        tcg_release(text);
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
        *out_error = tcg_no_memory_message();
    }
    if (copy != NULL) {
        LLVMDisposeModule(copy);
    }
    return ok;
}
