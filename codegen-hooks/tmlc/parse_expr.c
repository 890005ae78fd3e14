// SPDX-License-Identifier: Apache-2.0
// Operators, from the weakest to the strongest:
//
//   to through < or < and < not < == != < <= > >= < | < ^ < & < << >> < + - < * / % < as
//   < - ~ ref await (prefix) < . () [] ! .await (parse_postfix.c)
//
// So `await f()!` is `await (f()!)`, while `f().await!` tries the result. An operator at the
// beginning of a line begins nothing: a line ends an expression, except within brackets or before
// 'and', 'or' and '.'.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

/// Binding strength of a binary operator, 0 for none. `not` stands between 3 and 4.
static int strength(const parser* p) {
    const tmlc_token* token = parse_peek(p, 0);
    if (token->kind == TOK_OR) {
        return 2;
    }
    if (token->kind == TOK_AND) {
        return 3;
    }
    if (!parse_is_continued(p)) {
        return 0;
    }
    switch (token->kind) {
    case TOK_IDENT:
        return strcmp(token->text, "to") == 0 || strcmp(token->text, "through") == 0 ? 1 : 0;
    case TOK_EQ:
    case TOK_NE:
    case TOK_LT:
    case TOK_LE:
    case TOK_GT:
    case TOK_GE:
        return 4;
    case TOK_PIPE:
        return 5;
    case TOK_CARET:
        return 6;
    case TOK_AMP:
        return 7;
    case TOK_SHL:
    case TOK_SHR:
        return 8;
    case TOK_PLUS:
    case TOK_MINUS:
        return 9;
    case TOK_STAR:
    case TOK_SLASH:
    case TOK_PERCENT:
        return 10;
    default:
        return 0;
    }
}

static ast_expr* parse_binary(parser* p, int weakest);

static ast_expr* parse_operand(parser* p, int weakest) {
    if (weakest <= 4 && parse_is(p, TOK_NOT)) {
        ast_expr* e = parse_new(p, AST_UNARY, parse_here(p));
        parse_next(p);
        e->op = TOK_NOT;
        e->a = parse_enter(p) ? parse_binary(p, 4) : parse_new(p, AST_ERROR, e->span);
        p->depth -= e->a->kind != AST_ERROR;
        e->span = parse_from(p, e->span);
        return e;
    }
    ast_expr* e = parse_unary(p);
    while (parse_is(p, TOK_AS) && parse_is_continued(p)) {
        parse_next(p);
        ast_expr* cast = parse_new(p, AST_CAST, e->span);
        cast->a = e;
        cast->type = parse_type(p);
        cast->span = parse_from(p, e->span);
        e = cast;
    }
    return e;
}

static ast_expr* parse_binary(parser* p, int weakest) {
    ast_expr* left = parse_operand(p, weakest);
    uint32_t entered = 0;
    for (int level = strength(p); level >= weakest && level > 0 && !p->panicking;
         level = strength(p)) {
        const tmlc_token* op = parse_next(p);
        ast_expr* e = parse_new(p, level == 1 ? AST_RANGE : AST_BINARY, left->span);
        e->op = op->kind;
        e->flag = level == 1 && op->text[1] == 'h';
        e->a = left;
        e->name_span = op->span;
        if (!parse_enter(p)) { // a long chain is a deep tree
            break;
        }
        entered++;
        e->b = parse_binary(p, level + 1);
        e->span = parse_from(p, left->span);
        left = e;
        if (level == 4 && strength(p) == 4 && parse_is_continued(p)) {
            parse_error(p, "comparisons cannot be chained", "'and' between two comparisons");
        }
    }
    p->depth -= entered;
    return left;
}

static ast_expr* parse_prefix(parser* p) {
    const tmlc_token* token = parse_next(p);
    ast_expr* e = parse_new(p, AST_UNARY, token->span);
    e->op = token->kind;
    if (token->kind == TOK_MUT || token->kind == TOK_REF) {
        e->kind = AST_REF;
        e->flag = token->kind == TOK_MUT;
        if (e->flag) {
            parse_expect(p, TOK_REF, "after 'mut'");
        }
    } else if (token->kind == TOK_AWAIT) {
        e->kind = AST_AWAIT;
    } else if (token->kind == TOK_STAR) {
        e->kind = AST_DEREF;
    }
    e->a = parse_unary(p);
    e->span = parse_from(p, e->span);
    return e;
}

ast_expr* parse_unary(parser* p) {
    ast_expr* e;
    if (!parse_enter(p)) {
        return parse_new(p, AST_ERROR, parse_here(p));
    }
    switch (parse_peek(p, 0)->kind) {
    case TOK_MINUS:
    case TOK_TILDE:
    case TOK_REF:
    case TOK_MUT:
    case TOK_AWAIT:
    case TOK_STAR:
    case TOK_NOT:
        e = parse_prefix(p);
        break;
    default:
        e = parse_postfix(p);
    }
    parse_leave(p);
    return e;
}

ast_expr* parse_expr(parser* p) {
    if (!parse_enter(p)) {
        return parse_new(p, AST_ERROR, parse_here(p));
    }
    ast_expr* e = parse_binary(p, 1);
    parse_leave(p);
    return e;
}

ast_expr* parse_condition(parser* p) {
    bool before = p->no_struct;
    p->no_struct = true;
    ast_expr* e = parse_expr(p);
    p->no_struct = before;
    return e;
}
