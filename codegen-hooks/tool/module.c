// SPDX-License-Identifier: Apache-2.0
// Modules: read, lower, optimise, write.
//
// The target is set right after parsing, before anything computes a layout: the text of a compiler
// may name another machine's triple. Position-independent code always; the CPU is the target's
// baseline, so that what is built runs on every machine of that kind. An error diagnostic of LLVM
// would end the process by itself, so a handler turns it into this tool's error.
#include "codegen-hooks/tool/tool.h"

#include <tmlcg/hooks.h>

#include <llvm-c/BitWriter.h>
#include <llvm-c/Error.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Target.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool tool_is_opt(const char* arg) {
    return arg[0] == '-' && arg[1] == 'O' && arg[2] >= '0' && arg[2] <= '3' && arg[3] == '\0';
}

static void on_diagnostic(LLVMDiagnosticInfoRef info, void* context) {
    bool* failed = context;
    char* text = LLVMGetDiagInfoDescription(info);
    if (LLVMGetDiagInfoSeverity(info) == LLVMDSError) {
        *failed = true;
        tool_error("%s", text);
    } else if (LLVMGetDiagInfoSeverity(info) == LLVMDSWarning) {
        fprintf(stderr, "tmlcg: warning: %s\n", text);
    }
    LLVMDisposeMessage(text);
}

/// Set by the handler; read after every step that may diagnose.
static bool s_diagnosed;

static LLVMTargetMachineRef target_machine(const char* triple, const char* opt) {
    static bool initialised;
    if (!initialised) {
        LLVMInitializeAllTargetInfos();
        LLVMInitializeAllTargets();
        LLVMInitializeAllTargetMCs();
        LLVMInitializeAllAsmParsers();
        LLVMInitializeAllAsmPrinters();
        initialised = true;
    }
    LLVMTargetRef target;
    char* message = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &message)) {
        tool_error("target '%s': %s", triple, message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    static const LLVMCodeGenOptLevel levels[] = {LLVMCodeGenLevelNone, LLVMCodeGenLevelLess,
                                                 LLVMCodeGenLevelDefault,
                                                 LLVMCodeGenLevelAggressive};
    LLVMTargetMachineRef machine = LLVMCreateTargetMachine(
        target, triple, "", "", opt == NULL ? levels[0] : levels[opt[2] - '0'], LLVMRelocPIC,
        LLVMCodeModelDefault);
    if (machine == NULL) {
        tool_error("target '%s': no machine of that kind in this LLVM", triple);
    }
    return machine;
}

static bool parse(tool_module* out, const char* path) {
    LLVMMemoryBufferRef buffer;
    char* message = NULL;
    bool is_stdin = strcmp(path, "-") == 0;
    if (is_stdin ? LLVMCreateMemoryBufferWithSTDIN(&buffer, &message)
                 : LLVMCreateMemoryBufferWithContentsOfFile(path, &buffer, &message)) {
        tool_error("%s: %s", path, message);
        LLVMDisposeMessage(message);
        return false;
    }
    if (LLVMParseIRInContext(out->context, buffer, &out->module, &message)) {
        size_t len = strlen(message);
        while (len > 0 && message[len - 1] == '\n') {
            message[--len] = '\0';
        }
        tool_error("%s", message);
        LLVMDisposeMessage(message);
        out->module = NULL;
        return false;
    }
    return !s_diagnosed;
}

static void begin(tool_module* out) {
    memset(out, 0, sizeof *out);
    s_diagnosed = false;
    out->context = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(out->context, on_diagnostic, &s_diagnosed);
}

static bool set_target(tool_module* out, const char* target, const char* opt) {
    char* triple =
        target == NULL ? LLVMGetDefaultTargetTriple() : LLVMNormalizeTargetTriple(target);
    out->machine = target_machine(triple, opt);
    if (out->machine != NULL) {
        LLVMSetTarget(out->module, triple);
        LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(out->machine);
        LLVMSetModuleDataLayout(out->module, layout);
        LLVMDisposeTargetData(layout);
    }
    LLVMDisposeMessage(triple);
    return out->machine != NULL;
}

bool tool_module_read(tool_module* out, const char* path, const char* target, const char* opt) {
    begin(out);
    return parse(out, path) && set_target(out, target, opt);
}

bool tool_module_new(tool_module* out, const char* name, const char* target, const char* opt) {
    begin(out);
    out->module = LLVMModuleCreateWithNameInContext(name, out->context);
    return set_target(out, target, opt);
}

bool tool_module_lower(tool_module* m, const char* path) {
    char* error = NULL;
    bool done = tmlcg_lower_module(m->module, NULL, &error);
    if (!done) {
        tool_error("%s: %s", path, error == NULL ? "lowering failed" : error);
        tmlcg_message_free(error);
    }
    return done && !s_diagnosed;
}

static bool run_pipeline(tool_module* m, const char* opt) {
    char pipeline[] = "default<O0>";
    pipeline[9] = opt[2];
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failure = LLVMRunPasses(m->module, pipeline, m->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (failure != NULL) {
        char* message = LLVMGetErrorMessage(failure);
        tool_error("passes %s: %s", pipeline, message);
        LLVMDisposeErrorMessage(message);
        return false;
    }
    return true;
}

bool tool_module_optimise(tool_module* m, const char* opt, bool threads) {
    if (threads) {
        tool_module_mark_threads(m);
    }
    return (opt == NULL || run_pipeline(m, opt)) &&
           (!threads || tool_module_instrument_threads(m)) && !s_diagnosed;
}

static bool write_bytes(const char* path, const char* bytes, size_t len) {
    bool is_stdout = strcmp(path, "-") == 0;
    FILE* out = is_stdout ? stdout : fopen(path, "wb");
    bool ok = out != NULL && fwrite(bytes, 1, len, out) == len && fflush(out) == 0;
    if (out != NULL && !is_stdout && fclose(out) != 0) {
        ok = false;
    }
    if (!ok) {
        perror(path);
        tool_error("cannot write %s", path);
    }
    return ok;
}

bool tool_module_emit(tool_module* m, const char* path, tool_emit what) {
    if (what == TOOL_EMIT_LL) {
        char* text = LLVMPrintModuleToString(m->module);
        bool ok = write_bytes(path, text, strlen(text));
        LLVMDisposeMessage(text);
        return ok;
    }
    LLVMMemoryBufferRef buffer = NULL;
    if (what == TOOL_EMIT_BC) {
        buffer = LLVMWriteBitcodeToMemoryBuffer(m->module);
    } else {
        char* message = NULL;
        if (LLVMTargetMachineEmitToMemoryBuffer(m->machine, m->module, LLVMObjectFile, &message,
                                                &buffer)) {
            tool_error("%s: %s", path, message);
            LLVMDisposeMessage(message);
            return false;
        }
    }
    bool ok =
        !s_diagnosed && write_bytes(path, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer));
    LLVMDisposeMemoryBuffer(buffer);
    return ok;
}

void tool_module_fini(tool_module* m) {
    if (m->machine != NULL) {
        LLVMDisposeTargetMachine(m->machine);
    }
    if (m->module != NULL) {
        LLVMDisposeModule(m->module);
    }
    if (m->context != NULL) {
        LLVMContextDispose(m->context);
    }
    memset(m, 0, sizeof *m);
}
