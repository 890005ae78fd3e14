// SPDX-License-Identifier: Apache-2.0
// Paths and types.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

ast_types parse_type_args(parser* p) {
    ast_types args = {0};
    if (!parse_take(p, TOK_LBRACKET)) {
        return args;
    }
    if (parse_is(p, TOK_RBRACKET)) {
        parse_error(p, "a type is missing between '[' and ']'", "a type");
        p->panicking = false;
    }
    p->parens++;
    do {
        if (parse_is(p, TOK_RBRACKET)) {
            break;
        }
        if (parse_is(p, TOK_IDENT) && strcmp(parse_peek(p, 0)->text, "Output") == 0 &&
            parse_peek(p, 1)->kind == TOK_ASSIGN) { // dyn Future[Output = T]
            p->at += 2;
        }
        TMLC_PUSH(p->arena, &args, parse_type(p));
    } while (!p->panicking && parse_take(p, TOK_COMMA));
    p->parens--;
    parse_expect(p, TOK_RBRACKET, "after the types");
    return args;
}

bool parse_at_type_args(const parser* p) {
    if (!parse_is(p, TOK_LBRACKET) || !parse_is_continued(p)) {
        return false;
    }
    const tmlc_token* first = parse_peek(p, 1);
    return first->kind == TOK_REF || first->kind == TOK_MUT || first->kind == TOK_DYN ||
           first->kind == TOK_FUNC ||
           (first->kind == TOK_IDENT && first->text[0] >= 'A' && first->text[0] <= 'Z' &&
            parse_peek(p, 2)->kind != TOK_DOT) ||
           (first->kind == TOK_STAR && parse_peek(p, 2)->kind == TOK_IDENT) ||
           (first->kind == TOK_LPAREN && parse_peek(p, 2)->kind == TOK_RPAREN);
}

ast_path parse_path(parser* p, bool with_args) {
    ast_path path = {.span = parse_here(p)};
    do {
        ast_segment segment = {0};
        segment.name = parse_name(p, "a name", &segment.span);
        if (with_args && (parse_at_type_args(p))) {
            segment.args = parse_type_args(p);
        }
        TMLC_PUSH(p->arena, &path.segments, segment);
        // `use a::{b}` and `use a::*` end the path here
    } while (!p->panicking && parse_is(p, TOK_COLONS) && parse_peek(p, 1)->kind != TOK_LBRACE &&
             parse_peek(p, 1)->kind != TOK_STAR && parse_take(p, TOK_COLONS));
    path.span = parse_from(p, path.span);
    return path;
}

static void parse_func_type(parser* p, ast_type* type) {
    parse_expect(p, TOK_LPAREN, "after 'func'");
    p->parens++;
    while (!p->panicking && !parse_is(p, TOK_RPAREN)) {
        TMLC_PUSH(p->arena, &type->params, parse_type(p));
        if (!parse_take(p, TOK_COMMA)) {
            break;
        }
    }
    p->parens--;
    parse_expect(p, TOK_RPAREN, "after the parameter types");
    if (parse_take(p, TOK_ARROW)) {
        type->inner = parse_type(p);
    }
}

static void parse_type_into(parser* p, ast_type* type) {
    const tmlc_token* token = parse_peek(p, 0);
    if (!parse_is_continued(p)) {
        parse_error(p, "a type is missing", "a type");
        return;
    }
    type->is_mut = token->kind == TOK_MUT;
    if (token->kind == TOK_MUT || token->kind == TOK_REF) {
        parse_take(p, TOK_MUT);
        type->kind = AST_TYPE_REF;
        parse_expect(p, TOK_REF, "after 'mut' in a type");
        type->inner = parse_type(p);
    } else if (parse_take(p, TOK_STAR)) {
        type->kind = AST_TYPE_PTR;
        type->inner = parse_type(p);
    } else if (parse_take(p, TOK_LPAREN)) {
        type->kind = AST_TYPE_UNIT;
        parse_expect(p, TOK_RPAREN, "in the type '()'");
    } else if (parse_take(p, TOK_FUNC)) {
        type->kind = AST_TYPE_FUNC;
        parse_func_type(p, type);
    } else if (parse_take(p, TOK_DYN)) {
        type->kind = AST_TYPE_DYN;
        type->path = parse_path(p, true);
    } else if (token->kind == TOK_IDENT) {
        type->kind = AST_TYPE_PATH;
        type->path = parse_path(p, true);
        if (parse_is(p, TOK_LBRACKET) && parse_is_continued(p)) {
            ast_segment* last = &type->path.segments.items[type->path.segments.len - 1];
            last->args = parse_type_args(p);
        }
    } else {
        parse_error(
            p, tmlc_format(p->arena, "a type is missing, before %s", tmlc_token_text(token->kind)),
            "a type");
    }
}

ast_type* parse_type(parser* p) {
    ast_type* type = TMLC_NEW(p->arena, ast_type);
    type->span = parse_here(p);
    if (parse_enter(p)) {
        parse_type_into(p, type);
        parse_leave(p);
    }
    type->span = parse_from(p, type->span);
    return type;
}
