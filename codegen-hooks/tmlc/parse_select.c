// SPDX-License-Identifier: Apache-2.0
// select { pattern = future => value, pattern = future if guard => value, else => value }.
//
// `select` is a word only in front of a block; anywhere else it is a name like any other.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

bool parse_at_select(const parser* p) {
    const tmlc_token *word = parse_peek(p, 0), *brace = parse_peek(p, 1);
    bool is_struct = parse_peek(p, 2)->kind == TOK_IDENT && parse_peek(p, 3)->kind == TOK_COLON;
    return !p->no_struct && word->kind == TOK_IDENT && strcmp(word->text, "select") == 0 &&
           brace->kind == TOK_LBRACE && !brace->newline_before && !is_struct;
}

/// `pattern = future [if guard]`, or `else`.
static void parse_branch_head(parser* p, ast_arm* arm) {
    if (parse_take(p, TOK_ELSE)) {
        return;
    }
    arm->pattern = parse_pattern(p);
    if (!p->panicking && parse_is(p, TOK_FAT_ARROW)) {
        parse_error(p, "this branch of a 'select' awaits nothing", "pattern = future => value")
            ->help = "where its output is not wanted: _ = future => value";
        return;
    }
    parse_expect(p, TOK_ASSIGN, "after the pattern of a branch");
    arm->future = p->panicking ? parse_new(p, AST_ERROR, parse_here(p)) : parse_expr(p);
    if (!p->panicking && parse_take(p, TOK_IF)) {
        arm->guard = parse_expr(p);
    }
}

static ast_arm parse_branch(parser* p) {
    ast_arm arm = {0};
    parse_branch_head(p, &arm);
    if (!p->panicking) {
        parse_expect(p, TOK_FAT_ARROW, "before the value of a branch");
    }
    arm.body = p->panicking ? parse_new(p, AST_ERROR, parse_here(p)) : parse_statement(p);
    return arm;
}

ast_expr* parse_select(parser* p) {
    ast_expr* e = parse_new(p, AST_SELECT, parse_next(p)->span);
    uint32_t parens = p->parens;
    if (!parse_enter(p)) {
        e->kind = AST_ERROR;
        return e;
    }
    parse_next(p); // the brace
    p->parens = 0;
    while (!parse_is(p, TOK_RBRACE) && !parse_is(p, TOK_END) && !parse_is_declaration(p)) {
        uint32_t before = p->at;
        ast_arm arm = parse_branch(p);
        TMLC_PUSH(p->arena, &e->arms, arm);
        if (!p->panicking && !parse_take(p, TOK_COMMA) && !parse_peek(p, 0)->newline_before &&
            !parse_is(p, TOK_RBRACE)) {
            parse_error(p, "the branches of a 'select' are not separated", "',' or a new line");
        }
        if (p->panicking) {
            parse_recover(p);
        }
        if (p->at == before) {
            parse_next(p);
        }
    }
    parse_expect(p, TOK_RBRACE, "after the branches of a 'select'");
    p->parens = parens;
    parse_leave(p);
    e->span = parse_from(p, e->span);
    return e;
}
