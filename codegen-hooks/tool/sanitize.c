// SPDX-License-Identifier: Apache-2.0
// -fsanitize=thread, as the C compiler takes it: compiled code is instrumented, not only linked.
//
// Every function of the module has the attribute before the pipeline runs (it keeps passes from
// inventing accesses), and LLVM's own pass runs at the very end, on the accesses that are left: the
// state machines of async functions, their frames and destructors included. What the runtime itself
// does is seen when it is built with the same flag. Called by tmlc and by the commands of tmlcg.
#include "codegen-hooks/tool/tool.h"

#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <string.h>

bool tool_wants_thread_sanitizer(const tool_link_options* options) {
    static const char option[] = "-fsanitize=", thread[] = "thread";
    bool wants = false;
    for (int i = 0; i < options->num_link; i++) {
        if (strncmp(options->extra[i], option, sizeof option - 1) != 0) {
            continue;
        }
        const char* kind = options->extra[i] + sizeof option - 1;
        while (*kind != '\0') {
            size_t len = strcspn(kind, ",");
            wants = wants || (len == sizeof thread - 1 && strncmp(kind, thread, len) == 0);
            kind += len + (kind[len] == ',');
        }
    }
    return wants;
}

void tool_module_mark_threads(tool_module* m) {
    unsigned kind = LLVMGetEnumAttributeKindForName("sanitize_thread", strlen("sanitize_thread"));
    LLVMAttributeRef attribute = LLVMCreateEnumAttribute(m->context, kind, 0);
    for (LLVMValueRef f = LLVMGetFirstFunction(m->module); f != NULL; f = LLVMGetNextFunction(f)) {
        if (!LLVMIsDeclaration(f)) {
            LLVMAddAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, attribute);
        }
    }
}

bool tool_module_instrument_threads(tool_module* m) {
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failure =
        LLVMRunPasses(m->module, "tsan-module,function(tsan)", m->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (failure != NULL) {
        char* message = LLVMGetErrorMessage(failure);
        tool_error("-fsanitize=thread: %s", message);
        LLVMDisposeErrorMessage(message);
        return false;
    }
    return true;
}
