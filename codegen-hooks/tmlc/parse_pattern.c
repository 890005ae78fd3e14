// SPDX-License-Identifier: Apache-2.0
// Patterns: literals and ranges of them, names, variants, structs, tuples, alternatives.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

static bool is_literal(tmlc_token_kind kind) {
    return kind == TOK_INT || kind == TOK_FLOAT || kind == TOK_CHAR || kind == TOK_STR ||
           kind == TOK_TRUE || kind == TOK_FALSE || kind == TOK_MINUS;
}

/// `to last` or `through last` behind the first bound.
static void parse_range(parser* p, ast_pattern* pattern, ast_expr* first) {
    const tmlc_token* token = parse_peek(p, 0);
    pattern->kind = AST_PATTERN_LITERAL;
    pattern->literal = first;
    if (token->kind == TOK_IDENT && parse_is_continued(p) &&
        (strcmp(token->text, "to") == 0 || strcmp(token->text, "through") == 0)) {
        parse_next(p);
        pattern->kind = AST_PATTERN_RANGE;
        pattern->through = token->text[1] == 'h';
        pattern->last = parse_unary(p);
    }
}

static void parse_parts(parser* p, ast_pattern* pattern, ast_pattern_kind kind) {
    pattern->kind = kind;
    p->parens++;
    while (!p->panicking && !parse_is(p, TOK_RPAREN)) {
        TMLC_PUSH(p->arena, &pattern->parts, parse_pattern(p));
        if (!parse_take(p, TOK_COMMA)) {
            break;
        }
    }
    p->parens--;
    parse_expect(p, TOK_RPAREN, "after the parts of a pattern");
}

/// `name: pattern`, or `name` alone: the field as a local of that name.
static void parse_field_pattern(parser* p, ast_pattern* pattern) {
    ast_segment field = {0};
    ast_pattern* part;
    field.name = parse_name(p, "a field", &field.span);
    if (parse_take(p, TOK_COLON)) {
        part = parse_pattern(p);
    } else {
        part = TMLC_NEW(p->arena, ast_pattern);
        part->kind = AST_PATTERN_NAME;
        part->span = part->path.span = field.span;
        TMLC_PUSH(p->arena, &part->path.segments, field);
    }
    TMLC_PUSH(p->arena, &pattern->names, field);
    TMLC_PUSH(p->arena, &pattern->parts, part);
}

static void parse_struct_pattern(parser* p, ast_pattern* pattern) {
    pattern->kind = AST_PATTERN_STRUCT;
    p->parens++;
    while (!p->panicking && !parse_is(p, TOK_RBRACE)) {
        if (parse_take(p, TOK_DOT)) {
            pattern->has_rest = true;
            parse_expect(p, TOK_DOT, "in the '..' of a pattern");
            break;
        }
        parse_field_pattern(p, pattern);
        if (!parse_take(p, TOK_COMMA)) {
            break;
        }
    }
    p->parens--;
    if (p->panicking || !parse_expect(p, TOK_RBRACE, "after the fields of a pattern")) {
        parse_skip_struct(p);
    }
}

static void parse_single(parser* p, ast_pattern* pattern) {
    const tmlc_token* token = parse_peek(p, 0);
    if (is_literal(token->kind)) {
        parse_range(p, pattern, parse_unary(p));
        return;
    }
    if (parse_take(p, TOK_LPAREN)) {
        parse_parts(p, pattern, AST_PATTERN_TUPLE);
        return;
    }
    if (token->kind != TOK_IDENT) {
        parse_error(
            p,
            tmlc_format(p->arena, "a pattern is missing, before %s", tmlc_token_text(token->kind)),
            "a pattern: a literal, a name, Variant(...), Type { ... }, or _");
        return;
    }
    if (strcmp(token->text, "_") == 0) {
        pattern->kind = AST_PATTERN_WILD;
        parse_next(p);
        return;
    }
    pattern->path = parse_path(p, true);
    pattern->kind = pattern->path.segments.len > 1 ? AST_PATTERN_VARIANT : AST_PATTERN_NAME;
    const tmlc_token* next = parse_peek(p, 0);
    if (parse_take(p, TOK_LPAREN)) {
        parse_parts(p, pattern, AST_PATTERN_VARIANT);
    } else if (parse_take(p, TOK_LBRACE)) {
        parse_struct_pattern(p, pattern);
    } else if (next->kind == TOK_IDENT && parse_is_continued(p)) { // FIRST to LAST
        ast_expr* first = parse_new(p, AST_PATH, pattern->path.span);
        first->path = pattern->path;
        parse_range(p, pattern, first);
    }
}

ast_pattern* parse_pattern(parser* p) {
    ast_pattern* pattern = TMLC_NEW(p->arena, ast_pattern);
    pattern->span = parse_here(p);
    if (!parse_enter(p)) {
        return pattern;
    }
    parse_single(p, pattern);
    while (!p->panicking && parse_is(p, TOK_PIPE)) {
        if (pattern->kind != AST_PATTERN_OR) {
            ast_pattern* all = TMLC_NEW(p->arena, ast_pattern);
            all->kind = AST_PATTERN_OR;
            all->span = pattern->span;
            TMLC_PUSH(p->arena, &all->parts, pattern);
            pattern = all;
        }
        parse_next(p);
        ast_pattern* next = TMLC_NEW(p->arena, ast_pattern);
        next->span = parse_here(p);
        parse_single(p, next);
        next->span = parse_from(p, next->span);
        TMLC_PUSH(p->arena, &pattern->parts, next);
    }
    parse_leave(p);
    pattern->span = parse_from(p, pattern->span);
    return pattern;
}
