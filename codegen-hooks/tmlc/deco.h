// SPDX-License-Identifier: Apache-2.0
// Decorators of the HTTP framework: which there are, where they stand, what they say.
//
// The checker (check_deco*.c) proves what the generator (gen_meta*.c) then reads through the same
// functions. A decorator that is in no row of the table belongs to the program: it is kept as
// metadata. Threading: one compilation, one thread.
#ifndef TMLC_DECO_H
#define TMLC_DECO_H

#include "codegen-hooks/tmlc/resolve.h"

/// Where a decorator may stand.
typedef enum {
    DECO_ON_CLASS = 1 << 0,
    DECO_ON_METHOD = 1 << 1, ///< of a class
    DECO_ON_PARAM = 1 << 2,  ///< of a method of a class
    DECO_ON_FIELD = 1 << 3,  ///< of a class
    DECO_ON_FUNC = 1 << 4,
    DECO_ON_FUNC_PARAM = 1 << 5,
    DECO_ON_CONST = 1 << 6,
    DECO_ON_TYPE = 1 << 7,
    DECO_ON_TYPE_FIELD = 1 << 8,
    DECO_ON_OTHER = 1 << 9, ///< impls, behaviors and what is in them
    DECO_ANYWHERE = (1 << 10) - 1,
} deco_place;

/// deco_row is a known decorator. `kinds` has a letter per positional argument, a '+' repeats the
/// last: s Str, i whole number, n class, t class or Str, e status or name of an error type. `named`
/// is "name=letter,...", with l list of providers and w scope.
typedef struct deco_row {
    const char *name, *kinds, *named, *usage;
    unsigned places;
    uint16_t min_args;
    bool repeats; ///< may be there more than once
} deco_row;

/// deco_find_row returns the row of a decorator, NULL when it is the program's own.
const deco_row* deco_find_row(const char* name);
/// deco_suggest returns the known name that may stand at `place` and that `name` seems to misspell:
/// other case, one letter off (two from six letters on, a swap being one). NULL: none.
const char* deco_suggest(const char* name, unsigned place);

/// deco_role is one kind of stage around handlers.
typedef struct deco_role {
    const char *decorator, *word, *method, *signature;
} deco_role;
enum { DECO_MIDDLEWARE, DECO_GUARD, DECO_INTERCEPTOR, DECO_PIPE, DECO_FILTER, DECO_NUM_ROLES };
extern const deco_role deco_roles[DECO_NUM_ROLES];
/// deco_role_of returns the role that a decorator attaches, -1 for none.
int deco_role_of(const ast_decorator* decorator);
/// deco_stage_fault says what is wrong with a method as a stage, NULL when nothing is.
const char* deco_stage_fault(program* prog, const fn* f, int role);
/// deco_stage_where returns where a stage's parameter of this type comes from: request, next,
/// error, or it is the value of a pipe.
const char* deco_stage_where(const program* prog, const ty* type);

/// deco_method returns a method of a class or its bases as a function, NULL when there is none of
/// that name.
fn* deco_method(program* prog, ty* self, const char* name);
/// deco_type returns the type of a class without type parameters.
ty* deco_type(program* prog, const ast_decl* decl);

/// deco_literal follows names of constants to what they are written as.
const ast_expr* deco_literal(program* prog, const module* mod, const ast_expr* e);
/// deco_text returns the string of a positional argument, NULL when there is none.
const char* deco_text(program* prog, const module* mod, const ast_decorator* d, uint32_t index);
/// deco_int returns the whole number of a positional argument; false when there is none.
bool deco_int(program* prog, const module* mod, const ast_decorator* d, uint32_t index,
              int64_t* out);
/// deco_named returns the argument `name = value`, NULL when it is not given.
const ast_expr* deco_named(const ast_decorator* d, const char* name);
/// deco_word returns the word of a named argument (`scope = "request"` or `scope = request`).
const char* deco_word(program* prog, const module* mod, const ast_decorator* d, const char* name);
/// deco_named_decl returns the declaration that an expression names, NULL for none.
const ast_decl* deco_named_decl(const module* mod, const ast_expr* e);

/// deco_verb returns the method of a route ("GET") and its decorator, NULL when it is no route.
const char* deco_verb(const ast_decl* decl, const ast_decorator** out);
/// deco_event returns the event of a lifecycle hook's decorator ("init"), NULL for any other.
const char* deco_event(const ast_decorator* decorator);
/// deco_path_has returns true when a path has the parameter: `:name` or `*name` as a segment.
bool deco_path_has(const char* path, const char* name);
/// deco_path_fault says why a path can never match, NULL when it can.
const char* deco_path_fault(const char* path);
/// deco_join returns the whole path of a route, without a slash at its end.
const char* deco_join(program* prog, const char* prefix, const char* path);
/// deco_path_span returns where a verb's path is written.
tmlc_span deco_path_span(const ast_decorator* d);
/// deco_is_name_byte returns true for what the name of a path parameter consists of.
bool deco_is_name_byte(char c);
/// deco_where returns where a route's parameter comes from: its decorator (also in *out), else its
/// type and the path. Writes its name on the wire.
const char* deco_where(program* prog, const ast_param* ast, const ty* type, const char* path,
                       const char** out_key, const ast_decorator** out);

// ---- deco_inherit.c: what a class has from its bases
typedef struct deco_member {
    const ast_decl* decl;
    ty* owner; ///< the class or base that declares it
} deco_member;
typedef TMLC_LIST(deco_member) deco_members;
typedef bool (*deco_test_fn)(const ast_decl* decl);
bool deco_is_route(const ast_decl* decl);
bool deco_is_hook(const ast_decl* decl);
bool deco_is_controller(const ast_decl* decl);
/// deco_inherited lists the methods of a class and its bases that are what `is_one` asks, its own
/// first; not those that a class between declares anew.
deco_members deco_inherited(program* prog, ty* cls, deco_test_fn is_one);
/// deco_heir returns the first class of the program that extends `base` and is one, or NULL.
const ast_decl* deco_heir(program* prog, const ast_decl* base, deco_test_fn is_one);
/// deco_passes_on returns whether a class's decorator says something about the routes of what
/// extends it too; deco_overrides whether a class between `cls` and `base` says that anew.
bool deco_passes_on(const ast_decorator* d);
bool deco_overrides(const ty* cls, const ast_decorator* d, const ty* base);

/// deco_use instantiates all of a class of the prelude that the program attaches or injects, and
/// what it injects; does nothing for the program's own. deco_is_used returns true behind it.
void deco_use(program* prog, const ast_decl* cls);
bool deco_is_used(const program* prog, const ast_decl* cls);
/// deco_is_managed returns true for a class of which the framework makes the objects.
bool deco_is_managed(const ast_decl* decl);
/// deco_opaque returns the word of a class of the prelude that C code makes, NULL for any other.
const char* deco_opaque(const ty* type);
/// deco_injected_type returns what a field or a factory's parameter of this type gets: T of T, of
/// Maybe[T] and of Provider[T], a class, a Str or the Request. NULL: such a type is not injected.
const ty* deco_injected_type(program* prog, const ty* type);
/// deco_inject_token returns the token of a class's field or a factory's parameter that is
/// injected: what @Inject says, else the class's name. NULL: not injected.
const char* deco_inject_token(program* prog, const module* mod, const ast_decorators* all,
                              const ty* type);
/// deco_is_optional returns true for an injection that may be missing: @Optional, or a Maybe.
bool deco_is_optional(program* prog, const ast_decorators* all, const ty* type);
/// deco_second_name returns the token of `@Injectable(token = "TOKEN")`, NULL when the class has
/// none beside its own name.
const char* deco_second_name(program* prog, const ast_decl* decl);

/// deco_token returns what a provider (function, constant or class) is known by.
const char* deco_token(program* prog, const ast_decl* decl, const ast_decorator* provider);
/// deco_module_item returns the name of an entry of a @Module's list: a class, the token of a
/// provider. NULL when it is neither.
const char* deco_module_item(program* prog, const module* mod, const ast_expr* e);

/// tmlc_check_decorators proves the decorators of the root and its modules. The functions of the
/// program are in prog->fns. Errors: reported, all of them.
void tmlc_check_decorators(program* prog);
/// What tmlc_check_decorators consists of; each is called for one class.
void check_deco_class(program* prog, module* mod, const ast_decl* decl);
/// check_deco_route checks a route of a class, which may be declared in a base (`mod` is its
/// file's).
void check_deco_route(program* prog, module* mod, const ast_decl* cls, const ast_decl* decl);
void check_deco_stages(program* prog, module* mod, const ast_decorators* all, const ty* value);
/// check_deco_needs_route reports decorators of routes on a method that is none.
void check_deco_needs_route(program* prog, const ast_decl* decl);
/// check_deco_common checks what stands on classes and routes alike: @Timeout, @BodyLimit,
/// @SetHeader.
void check_deco_common(program* prog, module* mod, const ast_decorators* all);
/// check_deco_provider checks a factory or a provided constant.
void check_deco_provider(program* prog, module* mod, const ast_decl* decl);
/// check_deco_module checks a class that may be a module.
void check_deco_module(program* prog, module* mod, const ast_decl* decl);
/// deco_is_provided returns true when the program has a provider or class of that token.
bool deco_is_provided(program* prog, const char* token);
/// check_deco_tokens checks what only the whole program knows: each token and route is there once.
void check_deco_tokens(program* prog);
void check_deco_same_routes(program* prog);
/// check_deco_bind says why a parameter of this type cannot be taken from there, NULL when it can.
const char* check_deco_bind(program* prog, ty* type, const char* where);
/// check_deco_default says why a field or parameter of this type cannot begin with `e`, NULL when
/// it can.
const char* check_deco_default(program* prog, const module* mod, const ty* type, const ast_expr* e);
/// check_deco_answer says why a value of this type cannot be answered, NULL when it can.
const char* check_deco_answer(program* prog, ty* type);

#endif
