// SPDX-License-Identifier: Apache-2.0
// Names: what a path means in a module, which impl fits a type, which instance of a function is
// meant.
#ifndef TMLC_RESOLVE_H
#define TMLC_RESOLVE_H

#include "codegen-hooks/tmlc/types.h"

/// resolver is where types are resolved: a module, type parameters, This, and the impl around.
typedef struct resolver {
    program* prog;
    module* mod;
    env* env;
    ty* self;
    const ast_decl* impl;
    bool may_infer; ///< unbound type parameters are TY_INFER
} resolver;

env* resolve_bind(program* prog, env* scope, const char* name, ty* type);
/// resolve_lookup returns the binding of a type parameter, NULL when there is none of that name.
env* resolve_lookup(env* scope, const char* name);
/// resolve_decl finds a declaration by name: the module's own, imported, or the prelude's.
const ast_decl* resolve_decl(const module* mod, const char* name);
/// resolve_path_decl finds what a path names, through modules. `num` segments of it are used.
const ast_decl* resolve_path_decl(const module* mod, const ast_path* path, uint32_t num);
/// resolve_no_behavior reports a path that names no behavior.
void resolve_no_behavior(const module* mod, const ast_path* path);
/// resolve_is_private reports a path to what is private to another file, and returns true.
bool resolve_is_private(const module* mod, const ast_path* path, const ast_decl* decl);
/// resolve_type returns a type, TY_ERROR (reported) when it does not exist.
ty* resolve_type(resolver* r, const ast_type* type);
/// resolve_decl_type returns the type of a struct, enum or class with arguments as written.
ty* resolve_decl_type(resolver* r, const ast_decl* decl, const ast_types* args, tmlc_span span);
/// resolve_check_bounds reports a type argument that lacks what the declaration asks of it.
bool resolve_check_bounds(program* prog, const ast_decl* decl, ty** types, tmlc_span span);
ty* resolve_base(resolver* r, const ast_path* path);
/// resolve_infer binds the unbound parameters of `scope` so that `pattern` means `type`.
/// Returns false when it cannot.
bool resolve_infer(resolver* r, const ast_type* pattern, ty* type, env* scope);
/// resolve_impl fits an impl to a type; writes the bindings of its parameters.
bool resolve_impl(program* prog, uint32_t impl, ty* type, env** out_env);
/// resolve_behavior returns the number of the impl of a behavior for a type, the number of all
/// impls when its class says 'implements', -1 for none.
int resolve_behavior(program* prog, ty* type, const ast_decl* behavior, env** out_env);
/// resolve_output returns what awaiting a value of the type gives, NULL when it is no future. A
/// join handle gives an Outcome[T, JoinError].
ty* resolve_output(program* prog, ty* type);
/// resolve_unmet returns the first behavior that a type parameter asks of `type` and it does not
/// have, NULL when there is none.
const ast_decl* resolve_unmet(program* prog, const module* mod, const ast_tparam* param, ty* type);
/// resolve_assoc returns an associated type of `type`, NULL when no impl has it.
ty* resolve_assoc(program* prog, ty* type, const char* name);

/// method is what a name means on a type.
typedef struct method {
    const ast_decl* decl;
    const ast_decl* impl; ///< the impl, class or behavior it is in
    module* mod;
    env* env; ///< bindings of the impl's parameters
    ty* self;
} method;

/// resolve_method finds a function of a type by name: the class's, its bases', an impl's, a
/// behavior's default.
bool resolve_method(program* prog, ty* type, const char* name, method* out);
/// resolve_method_from is resolve_method as the source of a module sees it (NULL: all there is).
bool resolve_method_from(program* prog, const module* from, ty* type, const char* name,
                         method* out);
/// resolve_sees returns whether a module sees a declaration of `mod`, or of an impl or a class in
/// it: what the prelude does not declare `pub` is its own, and its tests' (`use std::internal`).
bool resolve_sees(const module* from, const module* mod, const ast_decl* impl,
                  const ast_decl* decl);
/// resolve_suggest_method returns the closest name of a function or field of the type that the
/// module sees, or NULL.
const char* resolve_suggest_method(program* prog, const module* from, ty* type, const char* name);
/// resolve_instance returns the function with these bindings, new or known.
fn* resolve_instance(program* prog, const method* found, env* scope, tmlc_span span);
fn* resolve_drop(program* prog, ty* type);
/// resolve_prelude returns a declaration of the prelude.
const ast_decl* resolve_prelude(const program* prog, const char* name);
const ast_decorator* ast_find_decorator(const ast_decorators* all, const char* name);

#endif
