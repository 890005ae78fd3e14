// SPDX-License-Identifier: Apache-2.0
// What follows a primary expression (calls, fields, await, !), and the primaries.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

ast_exprs parse_args(parser* p, tmlc_token_kind close) {
    ast_exprs args = {0};
    bool no_struct = p->no_struct;
    p->no_struct = false;
    p->parens++;
    while (!p->panicking && !parse_is(p, close) && !parse_is(p, TOK_END)) {
        TMLC_PUSH(p->arena, &args, parse_expr(p));
        if (!parse_take(p, TOK_COMMA)) {
            break;
        }
    }
    p->parens--;
    p->no_struct = no_struct;
    parse_expect(p, close, close == TOK_RPAREN ? "after the arguments" : "after the elements");
    return args;
}

static ast_expr* parse_member(parser* p, ast_expr* receiver) {
    ast_expr* e = parse_new(p, AST_FIELD, receiver->span);
    e->a = receiver;
    if (parse_take(p, TOK_AWAIT)) {
        e->kind = AST_AWAIT;
        e->span = parse_from(p, receiver->span);
        return e;
    }
    e->name = parse_name(p, "a field or method", &e->name_span);
    if (parse_at_type_args(p)) {
        e->types = parse_type_args(p);
    }
    if (parse_is(p, TOK_LPAREN) && parse_is_continued(p)) {
        parse_next(p);
        e->kind = AST_METHOD;
        e->list = parse_args(p, TOK_RPAREN);
    }
    e->span = parse_from(p, receiver->span);
    return e;
}

/// One step; NULL when nothing more belongs to the expression.
static ast_expr* parse_step(parser* p, ast_expr* e) {
    tmlc_token_kind kind = parse_peek(p, 0)->kind;
    if (kind == TOK_DOT) { // also on the next line: a chain
        parse_next(p);
        return parse_member(p, e);
    }
    if (!parse_is_continued(p) ||
        (kind != TOK_LPAREN && kind != TOK_LBRACKET && kind != TOK_BANG)) {
        return NULL;
    }
    parse_next(p);
    ast_expr* step = parse_new(p, AST_TRY, e->span);
    step->a = e;
    if (kind == TOK_LPAREN) {
        step->kind = AST_CALL;
        step->list = parse_args(p, TOK_RPAREN);
    } else if (kind == TOK_LBRACKET) {
        step->kind = AST_INDEX;
        p->parens++;
        step->b = parse_expr(p);
        p->parens--;
        parse_expect(p, TOK_RBRACKET, "after the index");
    }
    step->span = parse_from(p, e->span);
    return step;
}

ast_expr* parse_postfix(parser* p) {
    ast_expr* e = parse_primary(p);
    uint32_t entered = 0;
    for (ast_expr* next; !p->panicking && (next = parse_step(p, e)) != NULL; e = next) {
        if (!parse_enter(p)) {
            break;
        }
        entered++;
    }
    p->depth -= entered;
    return e;
}

/// `Name {` is a struct when fields follow and no block is wanted.
static bool at_struct(const parser* p) {
    const tmlc_token *first = parse_peek(p, 1), *second = parse_peek(p, 2);
    return !p->no_struct && parse_is(p, TOK_LBRACE) && !parse_peek(p, 0)->newline_before &&
           (first->kind == TOK_RBRACE || (first->kind == TOK_IDENT && second->kind == TOK_COLON));
}

void parse_skip_struct(parser* p) {
    for (uint32_t open = 0; !parse_is(p, TOK_END) && !parse_peek(p, 0)->newline_before;
         parse_next(p)) {
        if (parse_is(p, TOK_RBRACE) && open-- == 0) {
            parse_next(p);
            return;
        }
        open += parse_is(p, TOK_LBRACE);
    }
}

/// After an error in a field: to the next one, when that begins a line. False: there is none.
static bool recover_field(parser* p) {
    for (uint32_t open = 0; !parse_is(p, TOK_END); parse_next(p)) {
        const tmlc_token* token = parse_peek(p, 0);
        if (token->newline_before && open == 0) {
            p->panicking = !(token->kind == TOK_IDENT && parse_peek(p, 1)->kind == TOK_COLON) &&
                           token->kind != TOK_RBRACE;
            return !p->panicking;
        }
        if (token->kind == TOK_RBRACE && open-- == 0) {
            return false;
        }
        open += token->kind == TOK_LBRACE;
    }
    return false;
}

static void parse_struct(parser* p, ast_expr* e) {
    parse_next(p);
    e->kind = AST_STRUCT;
    p->parens++;
    while (!p->panicking && !parse_is(p, TOK_RBRACE)) {
        ast_field_value field = {0};
        field.name = parse_name(p, "a field", &field.span);
        parse_expect(p, TOK_COLON, "after the name of a field");
        field.value = parse_expr(p);
        TMLC_PUSH(p->arena, &e->fields, field);
        if (!p->panicking && !parse_take(p, TOK_COMMA) && !parse_peek(p, 0)->newline_before &&
            !parse_is(p, TOK_RBRACE)) {
            parse_expect(p, TOK_RBRACE, "after the fields");
        }
        if (p->panicking && !recover_field(p)) {
            break;
        }
    }
    p->parens--;
    if (p->panicking || !parse_expect(p, TOK_RBRACE, "after the fields")) {
        parse_skip_struct(p);
    }
}

static ast_expr* parse_interp(parser* p) {
    ast_expr* e = parse_new(p, AST_INTERP, parse_here(p));
    bool no_struct = p->no_struct;
    p->no_struct = false;
    p->parens++;
    for (;;) {
        const tmlc_token* piece = parse_next(p);
        ast_expr* text = parse_new(p, AST_STR, piece->span);
        text->name = piece->text;
        text->value.integer = piece->text_len;
        if (piece->text_len > 0) {
            TMLC_PUSH(p->arena, &e->list, text);
        }
        if (piece->kind == TOK_STR_END) {
            break;
        }
        TMLC_PUSH(p->arena, &e->list, parse_expr(p));
        if (p->panicking || (!parse_is(p, TOK_STR_MIDDLE) && !parse_is(p, TOK_STR_END))) {
            parse_error(p, "this is not the end of an expression in a string", "'}'")->help =
                "write '\\{' for the character itself";
            break;
        }
    }
    p->parens--;
    p->no_struct = no_struct;
    e->span = parse_from(p, e->span);
    return e;
}

static ast_expr* parse_literal(parser* p) {
    static const ast_kind kinds[] = {
        [TOK_INT] = AST_INT,   [TOK_FLOAT] = AST_FLOAT, [TOK_CHAR] = AST_CHAR,
        [TOK_STR] = AST_STR,   [TOK_TRUE] = AST_BOOL,   [TOK_FALSE] = AST_BOOL,
        [TOK_NULL] = AST_NULL, [TOK_THIS] = AST_THIS};
    const tmlc_token* token = parse_next(p);
    ast_expr* e = parse_new(p, kinds[token->kind], token->span);
    e->suffix = token->suffix;
    e->name = token->text;
    if (token->kind == TOK_FLOAT) {
        e->value.real = token->value.real;
    } else {
        e->value.integer = token->kind == TOK_STR    ? token->text_len
                           : token->kind == TOK_TRUE ? 1
                                                     : token->value.integer;
    }
    return e;
}

static ast_expr* parse_paren(parser* p) {
    tmlc_span start = parse_next(p)->span;
    if (parse_take(p, TOK_RPAREN)) {
        return parse_new(p, AST_UNIT, parse_from(p, start));
    }
    bool no_struct = p->no_struct;
    p->no_struct = false;
    p->parens++;
    ast_expr* e = parse_expr(p);
    p->parens--;
    p->no_struct = no_struct;
    parse_expect(p, TOK_RPAREN, "after the expression");
    e->in_paren = true;
    return e;
}

static ast_expr* parse_path_expr(parser* p) {
    ast_expr* e = parse_new(p, AST_PATH, parse_here(p));
    e->path = parse_path(p, true);
    e->span = e->path.span;
    if (at_struct(p)) {
        parse_struct(p, e);
        e->span = parse_from(p, e->span);
    }
    return e;
}

ast_expr* parse_primary(parser* p) {
    const tmlc_token* token = parse_peek(p, 0);
    ast_expr* e;
    switch (token->kind) {
    case TOK_INT:
    case TOK_FLOAT:
    case TOK_CHAR:
    case TOK_STR:
    case TOK_TRUE:
    case TOK_FALSE:
    case TOK_NULL:
    case TOK_THIS:
        return parse_literal(p);
    case TOK_STR_BEGIN:
        return parse_interp(p);
    case TOK_IDENT:
        return parse_at_select(p) ? parse_select(p) : parse_path_expr(p);
    case TOK_LPAREN:
        return parse_paren(p);
    case TOK_LBRACKET:
        e = parse_new(p, AST_LIST, parse_next(p)->span);
        e->list = parse_args(p, TOK_RBRACKET);
        e->span = parse_from(p, e->span);
        return e;
    case TOK_LBRACE:
        if (p->no_struct) { // the block behind a condition
            parse_error(p, "an expression is missing, before '{'", "an expression");
            return parse_new(p, AST_ERROR, token->span);
        }
        return parse_block(p);
    case TOK_IF:
        return parse_if(p);
    case TOK_WHEN:
        return parse_when(p);
    case TOK_DO:
        return parse_closure(p);
    case TOK_LOOP:
    case TOK_WHILE:
    case TOK_FOR:
        return parse_loop(p);
    default:
        parse_error(p,
                    tmlc_format(p->arena, "an expression is missing, before %s",
                                tmlc_token_text(token->kind)),
                    "an expression");
        return parse_new(p, AST_ERROR, token->span);
    }
}
