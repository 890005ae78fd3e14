// SPDX-License-Identifier: Apache-2.0
// The one place that knows differences between LLVM-C 17 and later. Everything else in this folder
// uses functions that all of them have. Developed with 19; lit and the lowering fuzzer also pass
// with 22.1.
#ifndef TCG_COMPAT_LLVM_H
#define TCG_COMPAT_LLVM_H

#include <llvm-c/Core.h>
#include <llvm/Config/llvm-config.h>
#include <stdbool.h>

#if LLVM_VERSION_MAJOR < 17
#error "codegen-hooks needs LLVM 17 or later (opaque pointers)"
#endif

/// tcg_debug_records_off rewrites debug records as calls of llvm.dbg.*, which travel with the
/// instructions when a block is split; LLVM-C cannot move records. Returns true when the module
/// had records, to be handed to tcg_debug_records_on at the end. LLVM 17 and 18 have no records;
/// from 22 on there is no way back to calls, and records of a split block stay in its first part.
static inline bool tcg_debug_records_off(LLVMModuleRef module) {
#if LLVM_VERSION_MAJOR >= 19 && LLVM_VERSION_MAJOR < 22
    bool had = LLVMIsNewDbgInfoFormat(module);
    LLVMSetIsNewDbgInfoFormat(module, false);
    return had;
#else
    (void)module;
    return false;
#endif
}

/// tcg_has_bundles returns true for a call with operand bundles. LLVM-C 17 cannot tell.
static inline bool tcg_has_bundles(LLVMValueRef call) {
#if LLVM_VERSION_MAJOR >= 18
    return LLVMGetNumOperandBundles(call) != 0;
#else
    (void)call;
    return false;
#endif
}

/// tcg_debug_records_on undoes tcg_debug_records_off.
static inline void tcg_debug_records_on(LLVMModuleRef module, bool had) {
#if LLVM_VERSION_MAJOR >= 19 && LLVM_VERSION_MAJOR < 22
    LLVMSetIsNewDbgInfoFormat(module, had);
#else
    (void)module;
    (void)had;
#endif
}

#endif
