// SPDX-License-Identifier: Apache-2.0
// codegen-hooks: teaches a compiler that drives LLVM to emit the tmlrt ABI.
//
// Call tmlcg_lower_module between parsing (or building) a module and running passes; with no passes
// at all the result is still correct. The markers are in docs/abi/lowering.md, the metadata in
// docs/abi/metadata.md. Needs LLVM-C >= 17. Nothing here touches the runtime.
#ifndef TMLCG_HOOKS_H
#define TMLCG_HOOKS_H

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TMLCG_EXPORT __attribute__((visibility("default")))
#else
#define TMLCG_EXPORT
#endif

// Marker names, one constant each, so that a compiler that builds IR through LLVM-C cannot misspell
// one.
#define TMLCG_ATTR_ASYNC       "tmlrt.async"
#define TMLCG_ATTR_FRAME       "tmlrt.frame"
#define TMLCG_ATTR_DROP_ARGS   "tmlrt.drop.args"
#define TMLCG_ATTR_DROP_OUTPUT "tmlrt.drop.output"
#define TMLCG_ATTR_MAIN        "tmlrt.main"
#define TMLCG_ATTR_AWAIT       "tmlrt.await"
#define TMLCG_ATTR_BLOCK_ON    "tmlrt.block_on"
#define TMLCG_FN_DROPPED       "tmlrt.dropped"
#define TMLCG_FN_SUSPEND       "tmlrt.suspend"
#define TMLCG_FN_CONTEXT       "tmlrt.context"
#define TMLCG_FN_COOP          "tmlrt.coop"
#define TMLCG_FN_FUTURE        "tmlrt.future"
#define TMLCG_FN_AWAIT_FUTURE  "tmlrt.await.future"
#define TMLCG_FN_DROP_FUTURE   "tmlrt.drop.future"
#define TMLCG_FN_DESC          "tmlrt.desc"
#define TMLCG_FN_BOX           "tmlrt.box"
#define TMLCG_FN_AWAIT_DYN     "tmlrt.await.dyn"
#define TMLCG_FN_DROP_DYN      "tmlrt.drop.dyn"
#define TMLCG_FN_DROP_BOX      "tmlrt.drop.box"
#define TMLCG_FN_BLOCK_ON_DYN  "tmlrt.block_on.dyn"
#define TMLCG_FN_SPAWN         "tmlrt.spawn"
#define TMLCG_FN_SPAWN_LOCAL   "tmlrt.spawn.local"
#define TMLCG_FN_SPAWN_FUTURE  "tmlrt.spawn.future"
#define TMLCG_FN_JOIN          "tmlrt.join"
#define TMLCG_FN_TRY_JOIN      "tmlrt.try_join"
#define TMLCG_FN_RACE          "tmlrt.race"
#define TMLCG_FN_SELECT        "tmlrt.select"

/// tmlcg_options tunes one lowering. Zero-initialise, set what you need; NULL means all defaults.
typedef struct tmlcg_options {
    /// target_data: layouts are computed with it. NULL: the module's own data layout (set the
    /// module's triple and data layout to the target's first; upstream's text says Windows
    /// everywhere).
    LLVMTargetDataRef target_data;
    /// max_inline_body: instructions above which a body is called, not inlined, by its wrappers. 0:
    /// 400.
    uint32_t max_inline_body;
    /// no_metadata: leave the !tmlrt.* metadata alone (no records, no thunks).
    bool no_metadata;
} tmlcg_options;

/// tmlcg_lower_module lowers every marker and every !tmlrt.* metadata node of `module` in place,
/// then runs the verifier. Errors:  returns false and writes a message (function, instruction,
/// remedy) to `*out_error`; the
///          module is then half lowered and must be thrown away.
/// Owns:    the message is freed with tmlcg_message_free.   Thread: the module's context's.
TMLCG_EXPORT bool tmlcg_lower_module(LLVMModuleRef module, const tmlcg_options* options,
                                     char** out_error);

/// tmlcg_message_free frees a message of this library; takes NULL.
TMLCG_EXPORT void tmlcg_message_free(char* message);

/// tmlcg_print_interface writes one line per external async function of a lowered or unlowered
/// module: a `declare` with its "tmlrt.frame" attribute, to be pasted into importing modules.
/// Errors:  as tmlcg_lower_module; the module is not changed.   Owns: *out_text as a message.
TMLCG_EXPORT bool tmlcg_print_interface(LLVMModuleRef module, const tmlcg_options* options,
                                        char** out_text, char** out_error);

#ifdef __cplusplus
}
#endif

#endif
