// SPDX-License-Identifier: Apache-2.0
// Where the values of a function's body go, for who owns a Str (check_str.c says the rule).
#ifndef TMLC_CHECK_STR_H
#define TMLC_CHECK_STR_H

#include "codegen-hooks/tmlc/check.h"

typedef TMLC_LIST(fn*) fn_list;

/// What is known of the whole program.
typedef struct strs {
    program* prog;
    fn_list tables;   ///< methods that are called through a table
    fn_list values;   ///< functions that are values, closures among them
    fn_list boxes;    ///< async functions whose call becomes a dyn Future
    fn* foreign;      ///< a C function whose Str result is not its caller's is a value
    bool values_make; ///< what a function value returns is the caller's
    bool values_loan; ///< what a function value is given may be somebody else's
    bool boxes_make;  ///< the output of a dyn Future is its owner's
    bool refs_loan;   ///< so is what a ref points to
    bool changed;
} strs;

typedef enum {
    STR_STATIC, ///< nobody frees it while this program can see it
    STR_LOAN,   ///< somebody else frees it
    STR_MADE,   ///< nobody else has it
} str_owner;

/// check_str_owner says whose the value of a node is; STR_STATIC when it is no Str.
str_owner check_str_owner(const strs* s, const hir* node);

typedef enum {
    USE_READ,  ///< and forgotten behind the statement
    USE_LOCAL, ///< becomes the value of a local
    USE_PARAM, ///< is lent to a function
    USE_TASK,  ///< goes to a function that outlives the statement
    USE_VALUE, ///< is lent to a function value
    USE_RESULT,
    USE_LEAF, ///< of branches, one of which makes a Str: all do
    USE_KEPT, ///< in a field, an element, by C
} use_kind;

typedef struct use {
    use_kind kind;
    local* to;   ///< LOCAL, PARAM, TASK
    const fn* f; ///< RESULT: of which function; PARAM, TASK: into which
} use;

typedef void (*check_use_fn)(strs* s, hir** place, use how);
/// check_str_each calls `visit` for every value in the body of a function, those inside first.
void check_str_each(strs* s, fn* f, check_use_fn visit);

/// check_str_named returns a method of that name which is called through a table, NULL: none.
fn* check_str_named(const strs* s, const char* name);
/// check_str_may_give returns whether callers may be made to give a function Strs of its own.
bool check_str_may_give(const strs* s, const fn* f);

/// check_str_wraps returns whether a function's result is a Str beside something else that the
/// runtime can free.
bool check_str_wraps(program* prog, const fn* f, bool is_route);
/// check_str_wrapped_made looks through what such a function returns: whether it made any.
bool check_str_wrapped_made(strs* s, fn* f);
/// check_str_wrapped_copy copies what it returns and did not make.
void check_str_wrapped_copy(strs* s, fn* f);
/// check_str_copy makes of a value a copy of its own.
void check_str_copy(program* prog, hir** place);

#endif
