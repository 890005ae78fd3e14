// SPDX-License-Identifier: Apache-2.0
// Blocks, statements and what has blocks in it: if, when, loops, closures.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

static ast_expr* parse_let(parser* p) {
    ast_expr* e = parse_new(p, AST_LET, parse_here(p));
    e->flag = parse_next(p)->kind == TOK_VAR;
    e->flag = parse_take(p, TOK_MUT) || e->flag;
    if (parse_is(p, TOK_LPAREN)) {
        e->name_span = parse_here(p);
        e->pattern = parse_pattern(p);
    } else {
        e->name = parse_name(p, "the name of a local", &e->name_span);
    }
    if (parse_take(p, TOK_COLON)) {
        e->type = parse_type(p);
    }
    if (parse_expect(p, TOK_ASSIGN, "after the name of a local")) {
        e->a = parse_expr(p);
    } else {
        e->a = parse_new(p, AST_ERROR, parse_here(p));
    }
    e->span = parse_from(p, e->span);
    return e;
}

static ast_expr* parse_return(parser* p) {
    ast_expr* e = parse_new(p, AST_RETURN, parse_next(p)->span);
    const tmlc_token* token = parse_peek(p, 0);
    if (!token->newline_before && token->kind != TOK_RBRACE && token->kind != TOK_SEMICOLON &&
        token->kind != TOK_COMMA && token->kind != TOK_END) {
        e->a = parse_expr(p);
    }
    e->span = parse_from(p, e->span);
    return e;
}

static uint8_t assignment_op(tmlc_token_kind kind) {
    switch (kind) {
    case TOK_ASSIGN:
        return TOK_ASSIGN;
    case TOK_ADD_ASSIGN:
        return TOK_PLUS;
    case TOK_SUB_ASSIGN:
        return TOK_MINUS;
    case TOK_MUL_ASSIGN:
        return TOK_STAR;
    case TOK_DIV_ASSIGN:
        return TOK_SLASH;
    case TOK_REM_ASSIGN:
        return TOK_PERCENT;
    case TOK_SHL_ASSIGN:
        return TOK_SHL;
    case TOK_SHR_ASSIGN:
        return TOK_SHR;
    default:
        return 0;
    }
}

ast_expr* parse_statement(parser* p) {
    const tmlc_token* token = parse_peek(p, 0);
    switch (token->kind) {
    case TOK_LET:
    case TOK_VAR:
        return parse_let(p);
    case TOK_RETURN:
        return parse_return(p);
    case TOK_BREAK:
    case TOK_CONTINUE:
        parse_next(p);
        return parse_new(p, token->kind == TOK_BREAK ? AST_BREAK : AST_CONTINUE, token->span);
    default:
        break;
    }
    ast_expr* e = parse_expr(p);
    uint8_t op = assignment_op(parse_peek(p, 0)->kind);
    if (op != 0 && parse_is_continued(p)) {
        ast_expr* assign = parse_new(p, AST_ASSIGN, e->span);
        assign->name_span = parse_next(p)->span;
        assign->op = op;
        assign->a = e;
        assign->b = parse_expr(p);
        assign->span = parse_from(p, e->span);
        return assign;
    }
    return e;
}

/// A statement that ends itself with its block needs nothing behind it.
static bool ends_with_block(const ast_expr* e) {
    return !e->in_paren && (e->kind == AST_IF || e->kind == AST_WHEN || e->kind == AST_LOOP ||
                            e->kind == AST_FOR || e->kind == AST_BLOCK || e->kind == AST_SELECT);
}

static void parse_statements(parser* p, ast_expr* block) {
    while (!parse_is(p, TOK_RBRACE) && !parse_is(p, TOK_END)) {
        if (parse_take(p, TOK_SEMICOLON)) {
            block->has_value = false;
            continue;
        }
        if (parse_is_declaration(p)) { // a '}' is missing before it
            break;
        }
        uint32_t before = p->at;
        ast_expr* e = parse_statement(p);
        TMLC_PUSH(p->arena, &block->list, e);
        block->has_value =
            !parse_is(p, TOK_SEMICOLON) && e->kind != AST_LET && e->kind != AST_ASSIGN;
        if (!p->panicking && !ends_with_block(e)) {
            parse_end_of_statement(p);
        }
        if (p->panicking) {
            parse_recover(p);
        }
        if (p->at == before) {
            parse_next(p);
        }
    }
}

bool parse_at_statement(const parser* p) {
    static const uint8_t words[] = {TOK_LET,  TOK_VAR,   TOK_RETURN,  TOK_IF,
                                    TOK_WHEN, TOK_LOOP,  TOK_FOR,     TOK_WHILE,
                                    TOK_THIS, TOK_BREAK, TOK_CONTINUE};
    for (size_t i = 0; i < sizeof words; i++) {
        if (parse_is(p, words[i])) {
            return true;
        }
    }
    tmlc_token_kind next = parse_peek(p, 1)->kind;
    return parse_is(p, TOK_IDENT) && (next == TOK_LPAREN || next == TOK_DOT || next == TOK_ASSIGN);
}

ast_expr* parse_block(parser* p) {
    ast_expr* block = parse_new(p, AST_BLOCK, parse_here(p));
    uint32_t parens = p->parens;
    bool no_struct = p->no_struct, was_panicking = p->panicking;
    if (!parse_expect(p, TOK_LBRACE, "at the beginning of a block")) {
        if (was_panicking || !parse_at_statement(p)) {
            return block;
        }
        p->panicking = false; // go on as if it were there: its '}' is
    }
    if (!parse_enter(p)) {
        return block;
    }
    p->parens = 0;
    p->no_struct = false;
    parse_statements(p, block);
    parse_expect(p, TOK_RBRACE, "at the end of a block");
    p->parens = parens;
    p->no_struct = no_struct;
    parse_leave(p);
    block->span = parse_from(p, block->span);
    return block;
}

static bool take_then(parser* p) {
    const tmlc_token* token = parse_peek(p, 0);
    if (token->kind == TOK_IDENT && strcmp(token->text, "then") == 0) {
        parse_next(p);
        return true;
    }
    return false;
}

ast_expr* parse_if(parser* p) {
    ast_expr* e = parse_new(p, AST_IF, parse_next(p)->span);
    if (!parse_enter(p)) {
        e->kind = AST_ERROR;
        return e;
    }
    if (parse_take(p, TOK_LET)) {
        e->pattern = parse_pattern(p);
        parse_expect(p, TOK_ASSIGN, "after the pattern");
    }
    e->a = parse_condition(p);
    e->b = take_then(p) ? parse_statement(p) : parse_block(p);
    if (parse_take(p, TOK_ELSE)) {
        e->c = parse_is(p, TOK_IF)       ? parse_if(p)
               : parse_is(p, TOK_LBRACE) ? parse_block(p)
                                         : parse_statement(p);
    }
    parse_leave(p);
    e->span = parse_from(p, e->span);
    return e;
}

/// `pattern if condition =>`, as other languages have it.
static void parse_no_guard(parser* p) {
    if (p->panicking || !parse_is(p, TOK_IF) || parse_peek(p, 0)->newline_before) {
        return;
    }
    parse_wrong(p, "a pattern has no condition", "'=>'")->help =
        "write it in the arm: pattern => if condition { ... } else { ... }";
    parse_next(p);
    parse_condition(p);
}

ast_expr* parse_when(parser* p) {
    ast_expr* e = parse_new(p, AST_WHEN, parse_next(p)->span);
    uint32_t parens = p->parens;
    bool no_struct = p->no_struct;
    e->a = parse_condition(p);
    tmlc_span open_arrow = {0};
    if (!parse_expect(p, TOK_LBRACE, "after the value of a 'when'")) {
        return e;
    }
    p->parens = 0;
    p->no_struct = false;
    while (!parse_is(p, TOK_RBRACE) && !parse_is(p, TOK_END) && !parse_is_declaration(p)) {
        uint32_t before = p->at;
        ast_arm arm = {.pattern = parse_pattern(p)};
        parse_no_guard(p);
        if (!p->panicking && !parse_is(p, TOK_FAT_ARROW) && open_arrow.end > 0) {
            parse_at(p, open_arrow, "'{' is missing before the statements of an arm", "'{'");
        } else if (!p->panicking) {
            parse_expect(p, TOK_FAT_ARROW, "after a pattern");
        }
        open_arrow = (tmlc_span){0};
        if (!p->panicking && parse_peek(p, 0)->newline_before) { // one statement may stand below
            open_arrow = p->tokens[p->at - 1].span;
        }
        arm.body = p->panicking ? parse_new(p, AST_ERROR, parse_here(p)) : parse_statement(p);
        TMLC_PUSH(p->arena, &e->arms, arm);
        if (!p->panicking && !parse_take(p, TOK_COMMA) && !parse_peek(p, 0)->newline_before &&
            !parse_is(p, TOK_RBRACE)) {
            parse_error(p, "the arms of a 'when' are not separated", "',' or a new line");
        }
        if (p->panicking) {
            parse_recover(p);
        }
        if (p->at == before) {
            parse_next(p);
        }
    }
    parse_expect(p, TOK_RBRACE, "after the arms of a 'when'");
    p->parens = parens;
    p->no_struct = no_struct;
    e->span = parse_from(p, e->span);
    return e;
}

ast_expr* parse_loop(parser* p) {
    const tmlc_token* token = parse_next(p);
    ast_expr* e = parse_new(p, token->kind == TOK_FOR ? AST_FOR : AST_LOOP, token->span);
    if (token->kind == TOK_FOR) {
        e->name = parse_name(p, "the name of an element", &e->name_span);
        parse_expect(p, TOK_IN, "after the name of an element");
        e->a = parse_condition(p);
    } else if (token->kind == TOK_WHILE || (!parse_is(p, TOK_LBRACE) && parse_is_continued(p))) {
        e->a = parse_condition(p);
    }
    e->b = parse_block(p);
    e->span = parse_from(p, e->span);
    return e;
}

ast_expr* parse_closure(parser* p) {
    ast_expr* e = parse_new(p, AST_CLOSURE, parse_next(p)->span);
    parse_expect(p, TOK_LPAREN, "after 'do'");
    while (!p->panicking && !parse_is(p, TOK_RPAREN)) {
        ast_param param = {0};
        param.is_mut = parse_take(p, TOK_MUT);
        param.name = parse_name(p, "the name of a parameter", &param.span);
        if (parse_take(p, TOK_COLON)) {
            param.type = parse_type(p);
        }
        TMLC_PUSH(p->arena, &e->params, param);
        if (!parse_take(p, TOK_COMMA)) {
            break;
        }
    }
    parse_expect(p, TOK_RPAREN, "after the parameters");
    if (parse_take(p, TOK_ARROW)) {
        e->type = parse_type(p);
    }
    e->a = parse_is(p, TOK_LBRACE) ? parse_block(p) : parse_expr(p);
    e->span = parse_from(p, e->span);
    return e;
}
