// SPDX-License-Identifier: Apache-2.0
// A program from its files: the prelude, the root, and what their `use` names.
#ifndef TMLC_LOAD_H
#define TMLC_LOAD_H

#include "codegen-hooks/tmlc/hir.h"

/// tmlc_load reads and parses a program. `use a::b::name` means declaration `name` of a/b.tml
/// beside the root, or a::b::name the file itself; std and core are the prelude. Errors: reported;
/// false when the root itself cannot be read, with why in `out_reason`.
bool tmlc_load(program* prog, const char* path, const char** out_reason);

/// tmlc_load_prelude begins a program with the prelude's module. tmlc_load and tmlc_load_text do it
/// themselves, the latter unless it was done.
void tmlc_load_prelude(program* prog);

/// tmlc_load_text is tmlc_load with the root's text in memory; what it uses is not looked for on
/// disk.
void tmlc_load_text(program* prog, const char* name, const char* text, uint32_t len);

/// tmlc_load_edited is tmlc_load as if the file at `path` held this text.
void tmlc_load_edited(program* prog, const char* path, const char* text, uint32_t len);

#endif
