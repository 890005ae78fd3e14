// SPDX-License-Identifier: Apache-2.0
// The checker: bodies of functions from the syntax tree to the typed tree.
//
// check_expr gives a node that may be a place; check_value makes a value of it, which moves what
// owns something. `expected` is the type that the place around wants, or NULL: literals, variants,
// closures and generic calls take their types from it. Threading: one compilation, one thread.
#ifndef TMLC_CHECK_H
#define TMLC_CHECK_H

#include "codegen-hooks/tmlc/resolve.h"

typedef struct checker {
    program* prog;
    tmlc_files* files;
    tmlc_arena* arena;
    fn* fn;
    resolver r;
    locals scope;        ///< visible locals, the innermost last
    uint32_t num_loops;  ///< around this place
    uint32_t loop_scope; ///< locals that are older than the innermost loop
    bool *loop_next,
        *loop_end; ///< which of them are moved where the next pass, or what follows, begins
    bool loop_has_break;
    uint32_t depth;
} checker;

/// tmlc_check checks every function that a program needs. The first two modules are the prelude and
/// the root. Errors: reported; the tree is good only when there is none.
void tmlc_check(program* prog);

/// check_str_owners gives every Str that was made on the way one owner, with copies where that
/// takes one, when all bodies are checked without an error.
void check_str_owners(program* prog);

/// check_say remembers an error about a use of `decl`; when it is made again, check_said moves it
/// to the declaration, where `message` is right, and returns true: one mistake there, one error.
void check_say(checker* ck, const ast_decl* decl, const char* what, tmlc_diag* diag,
               const char* message);
bool check_said(checker* ck, const ast_decl* decl, const char* what, tmlc_span span);
/// check_class checks the declaration of a class: overrides, what is abstract, what it extends.
void check_class(program* prog, ty* type);
bool check_is_virtual(const ast_decl* member);
/// check_access reports a member of a class that only the class, or what extends it, may use.
void check_access(checker* ck, const ty* owner, ast_access access, const char* name,
                  tmlc_span span);
/// check_slot returns the number of a virtual method in the table of a class.
uint32_t check_slot(program* prog, ty* type, const char* name);
/// check_table finds the methods of a class's table, for an object of it.
void check_table(program* prog, ty* type);
/// check_may_make reports an object of an abstract class.
bool check_may_make(checker* ck, const ty* type, tmlc_span span);
/// check_virtual_call makes a call of a virtual method one through the table.
hir* check_virtual_call(checker* ck, hir* call, const ast_decl* member);
/// check_escapes reports closures that would outlive what they borrow.
void check_escapes(program* prog);

/// check_const checks the value of a constant where it is used.
hir* check_const(checker* ck, const ast_decl* decl, tmlc_span span);
void check_closure_body(checker* ck, fn* f, const ast_expr* body, ty* result);

hir* check_new(checker* ck, hir_kind kind, tmlc_span span, ty* type);
hir* check_error(checker* ck, tmlc_span span);
ty* check_scalar(const checker* ck, ty_kind kind);
hir* check_expr(checker* ck, const ast_expr* e, ty* expected);
hir* check_value(checker* ck, const ast_expr* e, ty* expected);
/// check_coerce makes a value of `type` from a node; reports when it does not fit. NULL: as it is.
hir* check_coerce(checker* ck, hir* node, ty* type);
/// check_use makes a value of a node: a place that owns something is moved from.
hir* check_use(checker* ck, hir* node);
/// check_auto_deref reads through refs until there is none.
hir* check_auto_deref(checker* ck, hir* node);
bool check_is_place(const hir* node);

local* check_declare(checker* ck, const char* name, ty* type, tmlc_span span, bool is_mut);
hir* check_local(checker* ck, local* found, tmlc_span span);
local* check_find_local(checker* ck, const char* name);

/// check_moves_save remembers which locals are moved; _restore goes back to it and returns what is
/// moved now; _merge adds what is moved in `other` unless the branch never comes out.
bool* check_moves_save(checker* ck, uint32_t* out_num);
bool* check_moves_restore(checker* ck, const bool* saved, uint32_t num);
void check_moves_merge(checker* ck, const bool* other, uint32_t num);

hir* check_literal(checker* ck, const ast_expr* e, ty* expected);
hir* check_unary(checker* ck, const ast_expr* e, ty* expected);
hir* check_binary(checker* ck, const ast_expr* e, ty* expected);
hir* check_operator(checker* ck, tmlc_token_kind op, hir* a, hir* b, tmlc_span span);
hir* check_cast(checker* ck, const ast_expr* e);
/// check_unknown_name tells that there is no such name here; returns the node of an error.
hir* check_unknown_name(checker* ck, const char* name, tmlc_span span);
/// check_no_member tells that a type has no such member; returns the node of an error.
hir* check_no_member(checker* ck, ty* type, const char* name, tmlc_span span);
hir* check_path(checker* ck, const ast_expr* e, ty* expected);
hir* check_call(checker* ck, const ast_expr* e, ty* expected);
hir* check_method_call(checker* ck, const ast_expr* e, ty* expected);
/// check_call_value is the call of a function value.
hir* check_call_value(checker* ck, hir* callee, const ast_exprs* args, tmlc_span span);
/// check_call_dyn is the call of a method of a dyn, by name.
hir* check_call_dyn(checker* ck, hir* object, const ast_expr* e);
/// check_fn_value is a function as a value.
hir* check_fn_value(checker* ck, const ast_decl* decl, const ast_segment* segment);
hir* check_call_decl(checker* ck, const method* found, hir* self, const ast_exprs* args,
                     const ast_types* types, ty* expected, tmlc_span span);
hir* check_field(checker* ck, const ast_expr* e);
hir* check_struct(checker* ck, const ast_expr* e, ty* expected);
/// check_blank builds an object of a class: fields are what they are initialised with, or blank.
hir* check_blank(checker* ck, ty* type, tmlc_span span);
/// check_default is the value that is written behind a field's type, with the names of its file.
hir* check_default(checker* ck, const ty* owner, const ty_field* field);
/// check_left_out is the value of a field that nobody gives one: "", Nothing ... NULL: zero bytes.
hir* check_left_out(checker* ck, const ty_field* field, tmlc_span span);
/// check_can_leave_out returns true when there is such a value for it.
bool check_can_leave_out(checker* ck, const ty_field* field);
/// check_constructor reports the fields that have no value when the constructor ends.
void check_constructor(checker* ck, const fn* f);
/// check_may_construct reports the call of a constructor that nobody wrote, when it would be so.
bool check_may_construct(checker* ck, const fn* f, tmlc_span span);
/// check_wants_value returns true when zero bytes may be no value of a written type, before types
/// are known. `depth` is 0.
bool check_wants_value(const program* prog, const module* mod, const ast_type* type,
                       unsigned depth);
hir* check_closure(checker* ck, const ast_expr* e, ty* expected);
hir* check_list(checker* ck, const ast_expr* e, ty* expected);
/// check_variant_form says how a variant with `num` values is written.
const char* check_variant_form(checker* ck, const char* name, uint32_t num);
/// check_variant finds a variant by name: the expected enum's, or any enum in sight.
const ast_decl* check_variant(checker* ck, const char* name, ty* expected, uint32_t* out_index);
hir* check_variant_value(checker* ck, const ast_decl* decl, uint32_t index, const ast_types* types,
                         const ast_exprs* args, ty* expected, tmlc_span span);
hir* check_block(checker* ck, const ast_expr* e, ty* expected);
hir* check_if(checker* ck, const ast_expr* e, ty* expected);
hir* check_when(checker* ck, const ast_expr* e, ty* expected);
hir* check_loop(checker* ck, const ast_expr* e);
hir* check_for(checker* ck, const ast_expr* e);
hir* check_let(checker* ck, const ast_expr* e);
hir* check_assign(checker* ck, const ast_expr* e);
hir* check_return(checker* ck, const ast_expr* e);
hir* check_try(checker* ck, const ast_expr* e);
hir* check_await(checker* ck, const ast_expr* e);
hir* check_select(checker* ck, const ast_expr* e, ty* expected);
/// check_arm checks the body of an arm of `node` with the locals of its pattern in scope, and gives
/// `node` its type.
void check_arm(checker* ck, const ast_arm* ast, hir* node, hir_arm arm, const locals* bound,
               ty* expected);
/// check_may_await returns true in an async function, else reports the await.
bool check_may_await(checker* ck, tmlc_span span);
/// check_await_any is the call of the prelude's `await_any` with what implements Future, or is one:
/// a future of it.
hir* check_await_any(checker* ck, hir* value);
/// check_own_many makes a join, try_join or race that is to outlive this frame own its futures:
/// each becomes a box. Any other call stays as it is.
hir* check_own_many(checker* ck, hir* call);
/// check_branch checks one of several futures that are awaited together, and makes a future value
/// of it. TY_ERROR, reported, when it is none; `what` (join, select) is for the message.
hir* check_branch(checker* ck, const ast_expr* e, const char* what);
/// check_many checks join, try_join and race: a call of the prelude's function for that many.
/// NULL: another marker.
hir* check_many(checker* ck, const char* name, const ast_expr* e, tmlc_span span);
/// check_needs_async reports, once per function, that it does what only an async one can.
void check_needs_async(checker* ck, const char* does, tmlc_span span);
/// check_future_stays reports a future in this frame that is handed to what may keep it: the result
/// of the function, or (`in_loop`) something that the next pass of the loop would find in use.
bool check_future_stays(checker* ck, const hir* node, bool in_loop);
/// check_no_task reports a local that is a future where a task's handle, or what awaiting one
/// gives, was meant: at its declaration. Returns false when the node is none of that.
bool check_no_task(checker* ck, const hir* node);
/// check_box makes a dyn Future of a node. NULL, nothing said: its output is another one.
hir* check_box(checker* ck, hir* node, ty* type);
/// check_spawn is the start of a task from what can be awaited: its join handle.
hir* check_spawn(checker* ck, hir* value, bool is_local, tmlc_span span);
/// check_marker checks spawn, block_on and spawn_blocking.
hir* check_marker(checker* ck, const char* name, const ast_expr* e, tmlc_span span);
/// check_matching is how the patterns of one `when` see its value.
typedef struct check_matching {
    checker* ck;
    const hir* value;
    bool by_ref;           ///< owning parts are bound as refs
    bool binds_owned;      ///< one was bound by value
    uint32_t first;        ///< locals of the scope that are older than this arm
    const locals* earlier; ///< in a later alternative: the locals of the first one
} check_matching;
/// check_pattern reads a pattern against a type, and declares its locals.
pat* check_pattern(check_matching* m, const ast_pattern* ast, ty* type);
/// check_taken_apart reports patterns that would take a value with a Drop of its own to pieces.
void check_taken_apart(checker* ck, const pat* p);
/// check_exhaustive reports what the arms of a when leave out.
void check_exhaustive(checker* ck, const hir* match, tmlc_span span);

#endif
