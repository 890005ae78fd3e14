// SPDX-License-Identifier: Apache-2.0
// The parser's state and its parts: recursive descent, one file per kind of node.
//
// After an error the parser is `panicking`: it says nothing more until it has found a place to go
// on: the next statement, member or declaration. Every function returns a node, never NULL.
#ifndef TMLC_PARSE_H
#define TMLC_PARSE_H

#include "codegen-hooks/tmlc/ast.h"

typedef struct parser {
    tmlc_files* files;
    tmlc_names* names;
    tmlc_arena* arena;
    tmlc_token* tokens;
    uint32_t at, num;
    uint32_t depth;  ///< nesting, at most TMLC_MAX_DEPTH
    uint32_t parens; ///< open ( and [ around here: newlines mean nothing
    bool no_struct;  ///< a '{' begins a block: the condition of an if
    bool panicking;
    uint32_t last_error_line;
    uint32_t first_error, num_balance_errors; ///< of parse_balance, among the diagnostics
    uint32_t sure_until; ///< a string is open there: errors behind it mean little
    bool is_lost; ///< an earlier error may be why a token fits nowhere: where blocks end is not
                  ///< known
} parser;

// ---- parse.c: tokens and errors
const tmlc_token* parse_peek(const parser* p, uint32_t ahead);
bool parse_is(const parser* p, tmlc_token_kind kind);
/// parse_take takes a token of that kind if it is next.
bool parse_take(parser* p, tmlc_token_kind kind);
/// parse_expect takes a token or reports that it is missing, with what it was for.
bool parse_expect(parser* p, tmlc_token_kind kind, const char* where);
const tmlc_token* parse_next(parser* p);
const char* parse_name(parser* p, const char* what, tmlc_span* out_span);
/// parse_error reports that something is missing: behind the last token when the next one stands on
/// another line, else at the next token. Silent when panicking. Never NULL.
tmlc_diag* parse_error(parser* p, const char* message, const char* expected);
/// parse_wrong reports the next token itself.
tmlc_diag* parse_wrong(parser* p, const char* message, const char* expected);
/// parse_at reports another place, where a bracket is missing.
tmlc_diag* parse_at(parser* p, tmlc_span span, const char* message, const char* expected);
/// parse_lost is parse_wrong for a token that fits into no level of the file: silent when an
/// earlier error may be why.
tmlc_diag* parse_lost(parser* p, const char* message, const char* expected);
/// parse_swapped puts the next token behind the one after it, when that one is what was wanted: two
/// that changed places are one error, which was reported.
bool parse_swapped(parser* p, tmlc_token_kind wanted);
/// parse_balance repairs brackets that do not match. Returns the place of the first one that it
/// took out (0 to 0: none): an error there is the parser's to find.
tmlc_span parse_balance(tmlc_files* files, tmlc_tokens* tokens);
tmlc_span parse_here(const parser* p);
tmlc_span parse_from(const parser* p, tmlc_span start);
/// parse_enter counts nesting; false, with an error, when there is too much. parse_leave ends it.
bool parse_enter(parser* p);
void parse_leave(parser* p);
/// parse_is_continued returns true when the next token goes on with this line or bracket.
bool parse_is_continued(const parser* p);
/// parse_end_of_statement wants a newline, ';', '}' or the end.
void parse_end_of_statement(parser* p);
/// parse_recover steps to the next statement of this block (or to its '}').
void parse_recover(parser* p);
/// parse_is_declaration returns true when the next token can only begin a declaration.
bool parse_is_declaration(const parser* p);

// ---- the nodes
ast_path parse_path(parser* p, bool with_args);
ast_types parse_type_args(parser* p);
/// parse_at_type_args returns true at a '[' whose contents look like types, not like an index.
bool parse_at_type_args(const parser* p);
ast_type* parse_type(parser* p);
ast_pattern* parse_pattern(parser* p);
ast_expr* parse_expr(parser* p);
/// parse_unary parses down to prefix operators, parse_postfix from a primary on.
ast_expr* parse_unary(parser* p);
ast_expr* parse_postfix(parser* p);
ast_expr* parse_primary(parser* p);
/// parse_condition parses an expression before a block: `Name {` is not a struct in it.
ast_expr* parse_condition(parser* p);
ast_expr* parse_statement(parser* p);
ast_expr* parse_block(parser* p);
/// parse_at_statement returns true when the next token can only begin a statement.
bool parse_at_statement(const parser* p);
ast_expr* parse_if(parser* p);
ast_expr* parse_when(parser* p);
/// parse_at_select returns true at the word `select` in front of its block.
bool parse_at_select(const parser* p);
ast_expr* parse_select(parser* p);
ast_expr* parse_loop(parser* p);
ast_expr* parse_closure(parser* p);
ast_exprs parse_args(parser* p, tmlc_token_kind close);
ast_decorators parse_decorators(parser* p);
ast_decl* parse_decl(parser* p);
void parse_tparams(parser* p, ast_decl* decl);
void parse_params(parser* p, ast_decl* decl);
ast_decl* parse_func(parser* p, ast_decl* decl);
void parse_class(parser* p, ast_decl* decl);
void parse_impl(parser* p, ast_decl* decl);
void parse_behavior(parser* p, ast_decl* decl);
void parse_fields(parser* p, ast_decl* decl);
/// parse_field parses `name: type [= value]` into the fields of `decl`.
void parse_field(parser* p, ast_decl* decl, ast_field field);

ast_expr* parse_new(parser* p, ast_kind kind, tmlc_span span);
/// parse_skip_struct goes to the '}' of a literal or pattern with an error in it, if that is on
/// this line, so that it closes nothing else.
void parse_skip_struct(parser* p);

#endif
