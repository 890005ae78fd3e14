// SPDX-License-Identifier: Apache-2.0
// Types: interned, with their fields, and whether their values own something.
#ifndef TMLC_TYPES_H
#define TMLC_TYPES_H

#include "codegen-hooks/tmlc/hir.h"

/// ty_scalar returns the type of a kind below TY_STRUCT.
static inline ty* ty_scalar(const program* prog, ty_kind kind) {
    return prog->scalars[kind];
}
void ty_init(program* prog);
/// ty_make returns the one type of these parts; `args` is copied.
ty* ty_make(program* prog, ty_kind kind, bool is_mut, const ast_decl* decl, ty** args,
            uint32_t num_args, fn* function);
ty* ty_ref(program* prog, ty* inner, bool is_mut);
ty* ty_ptr(program* prog, ty* inner);
bool ty_is_int(const ty* type);
bool ty_is_signed(const ty* type);
bool ty_is_float(const ty* type);
uint32_t ty_bits(const ty* type);
/// ty_is_named returns true for a type of the prelude with that name: Maybe, Outcome, List ...
bool ty_is_named(const program* prog, const ty* type, const char* name);
/// ty_is_tuple returns true for the prelude's Tuple2, Tuple3, ...: what join gives.
bool ty_is_tuple(const program* prog, const ty* type);
/// ty_is_dyn_future returns true for dyn Future[T]: a future on the heap that the value owns.
bool ty_is_dyn_future(const program* prog, const ty* type);
/// ty_layout finds the fields or variants of a struct, class or enum. Called before they are read.
void ty_layout(program* prog, ty* type);
/// ty_needs_drop returns true when a value owns something: it is moved, not copied, and dropped.
bool ty_needs_drop(program* prog, ty* type);
bool ty_has_infer(const ty* type);
/// ty_has_future returns true for a future in somebody's frame, and for a type that holds one.
bool ty_has_future(const ty* type);
/// ty_decl_module returns the module that declares it.
module* ty_decl_module(const program* prog, const ast_decl* decl);
/// ty_deref returns what a ref or pointer points to, through any number of them.
ty* ty_deref(ty* type);

#endif
