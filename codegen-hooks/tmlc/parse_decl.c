// SPDX-License-Identifier: Apache-2.0
// Declarations: use, type, const, func, and what every declaration has: decorators, visibility,
// type parameters. Classes, impls and behaviors are in parse_class.c.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

static void parse_decorator_arg(parser* p, ast_decorator* decorator) {
    const char* name = NULL;
    if (parse_is(p, TOK_IDENT) && parse_peek(p, 1)->kind == TOK_ASSIGN) {
        name = parse_next(p)->text;
        parse_next(p);
    }
    TMLC_PUSH(p->arena, &decorator->names, name);
    TMLC_PUSH(p->arena, &decorator->args, parse_expr(p));
    if (parse_is(p, TOK_COLON)) {
        parse_error(p, "a named argument is written with '='", "'='")->help =
            "write @Name(key = value)";
    }
}

ast_decorators parse_decorators(parser* p) {
    ast_decorators all = {0};
    while (parse_is(p, TOK_AT) && !p->panicking) {
        ast_decorator decorator = {.span = parse_next(p)->span};
        tmlc_span name_span;
        decorator.name = parse_name(p, "the name of a decorator", &name_span);
        if (p->panicking && parse_peek(p, 0)->newline_before) {
            p->panicking = false; // what it decorates is not lost
            continue;
        }
        if (parse_is(p, TOK_LPAREN) && !parse_peek(p, 0)->newline_before) {
            parse_next(p);
            p->parens++;
            while (!p->panicking && !parse_is(p, TOK_RPAREN)) {
                parse_decorator_arg(p, &decorator);
                if (!parse_take(p, TOK_COMMA)) {
                    break;
                }
            }
            p->parens--;
            parse_expect(p, TOK_RPAREN, "after the arguments of a decorator");
        }
        decorator.span = parse_from(p, decorator.span);
        TMLC_PUSH(p->arena, &all, decorator);
    }
    return all;
}

void parse_tparams(parser* p, ast_decl* decl) {
    if (!parse_take(p, TOK_LBRACKET)) {
        return;
    }
    if (parse_is(p, TOK_RBRACKET)) {
        parse_error(p, "the name of a type parameter is missing", "a name");
        p->panicking = false;
    }
    p->parens++;
    while (!p->panicking && !parse_is(p, TOK_RBRACKET)) {
        ast_tparam param = {0};
        param.name = parse_name(p, "the name of a type parameter", &param.span);
        if (parse_take(p, TOK_COLON)) {
            do {
                TMLC_PUSH(p->arena, &param.bounds, parse_path(p, true));
            } while (!p->panicking && parse_take(p, TOK_PLUS));
        }
        TMLC_PUSH(p->arena, &decl->tparams, param);
        if (!parse_take(p, TOK_COMMA)) {
            break;
        }
    }
    p->parens--;
    parse_expect(p, TOK_RBRACKET, "after the type parameters");
}

static bool parse_this(parser* p, ast_decl* decl) {
    bool is_mut = parse_is(p, TOK_MUT) && parse_peek(p, 1)->kind == TOK_THIS;
    if (!is_mut && !parse_is(p, TOK_THIS)) {
        return false;
    }
    decl->this_span = parse_here(p);
    parse_take(p, TOK_MUT);
    parse_next(p);
    decl->has_this = is_mut ? AST_MUT_THIS : AST_HAS_THIS;
    if (parse_take(p, TOK_COLON)) { // mut this: Pin[mut ref This], as upstream's Future has it
        decl->this_type = parse_type(p);
    }
    return true;
}

void parse_params(parser* p, ast_decl* decl) {
    if (!parse_expect(p, TOK_LPAREN, "before the parameters")) {
        return;
    }
    p->parens++;
    while (!p->panicking && !parse_is(p, TOK_RPAREN)) {
        if (decl->params.len > 0 || decl->has_this != AST_NO_THIS || !parse_this(p, decl)) {
            ast_param param = {.decorators = parse_decorators(p)};
            param.is_mut = parse_take(p, TOK_MUT);
            param.name = parse_name(p, "the name of a parameter", &param.span);
            if (parse_expect(p, TOK_COLON, "after the name of a parameter")) {
                param.type = parse_type(p);
                param.init = parse_take(p, TOK_ASSIGN) ? parse_expr(p) : NULL;
            }
            param.span = parse_from(p, param.span);
            if (param.type != NULL) {
                TMLC_PUSH(p->arena, &decl->params, param);
            }
        }
        if (!parse_take(p, TOK_COMMA)) {
            break;
        }
    }
    p->parens--;
    parse_expect(p, TOK_RPAREN, "after the parameters");
}

ast_decl* parse_func(parser* p, ast_decl* decl) {
    decl->kind = AST_FUNC;
    decl->is_async = parse_take(p, TOK_ASYNC) || decl->is_async;
    decl->is_lowlevel = parse_take(p, TOK_LOWLEVEL);
    decl->is_async = parse_take(p, TOK_ASYNC) || decl->is_async;
    parse_expect(p, TOK_FUNC, "at the beginning of a function");
    decl->name = parse_name(p, "the name of a function", &decl->name_span);
    parse_tparams(p, decl);
    if (!p->panicking) {
        parse_params(p, decl);
    }
    if (parse_take(p, TOK_ARROW)) {
        decl->result = parse_type(p);
    }
    if (parse_is(p, TOK_LBRACE) || (!p->panicking && parse_at_statement(p))) {
        p->panicking = false; // the signature is lost, its body need not be
        decl->body = parse_block(p);
    }
    decl->span = parse_from(p, decl->span);
    return decl;
}

/// What a declaration of another language begins with here, NULL when it is no such word.
static const char* foreign_word(const char* name) {
    static const char* const s_words[][2] = {
        {"fn", "write 'func'"},        {"fun", "write 'func'"},
        {"function", "write 'func'"},  {"def", "write 'func'"},
        {"struct", "write 'type'"},    {"enum", "write 'type'"},
        {"trait", "write 'behavior'"}, {"interface", "write 'behavior'"},
        {"import", "write 'use'"},     {"export", "write 'pub'"},
    };
    for (size_t i = 0; name != NULL && i < sizeof s_words / sizeof s_words[0]; i++) {
        if (strcmp(s_words[i][0], name) == 0) {
            return s_words[i][1];
        }
    }
    return NULL;
}

void parse_field(parser* p, ast_decl* decl, ast_field field) {
    field.name = parse_name(p, "the name of a field", &field.span);
    const char* meant = parse_is(p, TOK_IDENT) ? foreign_word(field.name) : NULL;
    if (meant != NULL && !p->panicking) {
        parse_wrong(p, tmlc_format(p->arena, "'%s' begins nothing in TML", field.name), NULL)
            ->help = meant;
    } else if (parse_expect(p, TOK_COLON, "after the name of a field")) {
        field.type = parse_type(p);
        if (parse_take(p, TOK_ASSIGN)) {
            field.init = parse_expr(p);
        }
        TMLC_PUSH(p->arena, &decl->fields, field);
    }
}

static void parse_variant(parser* p, ast_decl* decl) {
    ast_variant variant = {0};
    variant.name = parse_name(p, "the name of a variant", &variant.span);
    if (parse_take(p, TOK_LPAREN)) {
        p->parens++;
        while (!p->panicking && !parse_is(p, TOK_RPAREN)) {
            TMLC_PUSH(p->arena, &variant.types, parse_type(p));
            if (!parse_take(p, TOK_COMMA)) {
                break;
            }
        }
        p->parens--;
        parse_expect(p, TOK_RPAREN, "after the types of a variant");
    }
    if (parse_is(p, TOK_LBRACE) && !p->panicking) {
        parse_error(p, "a variant holds its values in parentheses", "'('")->help =
            tmlc_format(p->arena, "write %s(Type, ...), or %s(Name) with a type of its own",
                        variant.name, variant.name);
    }
    TMLC_PUSH(p->arena, &decl->variants, variant);
}

/// Members one a line or with commas between; recovers at the next one.
void parse_fields(parser* p, ast_decl* decl) {
    while (!parse_is(p, TOK_RBRACE) && !parse_is(p, TOK_END)) {
        uint32_t before = p->at;
        ast_field field = {.decorators = parse_decorators(p)};
        if (parse_is(p, TOK_FUNC) || parse_is(p, TOK_CLASS) || parse_is(p, TOK_TYPE)) {
            break; // a '}' is missing
        }
        field.is_pub = parse_take(p, TOK_PUB);
        if (decl->kind == AST_ENUM) {
            parse_variant(p, decl);
        } else {
            parse_field(p, decl, field);
        }
        if (!p->panicking && !parse_take(p, TOK_COMMA) && !parse_peek(p, 0)->newline_before &&
            !parse_is(p, TOK_RBRACE)) {
            parse_error(p, "these are not separated", "',' or a new line");
        }
        if (p->panicking) {
            parse_recover(p);
        }
        if (p->at == before) {
            parse_next(p);
        }
    }
}

/// Whether a ':' stands anywhere in this body: fields have one, variants have none.
static bool has_field(const parser* p) {
    enum { MAX_LOOK = 300 }; // what stands this far behind says nothing more
    uint32_t depth = 0;
    for (uint32_t i = 0; i < MAX_LOOK; i++) {
        tmlc_token_kind kind = parse_peek(p, i)->kind;
        if (kind == TOK_END || (kind == TOK_RBRACE && depth == 0)) {
            return false;
        }
        if (kind == TOK_COLON && depth == 0) {
            return true;
        }
        depth += kind == TOK_LPAREN || kind == TOK_LBRACKET || kind == TOK_LBRACE;
        depth -= depth > 0 && (kind == TOK_RPAREN || kind == TOK_RBRACKET || kind == TOK_RBRACE);
    }
    return false;
}

static void parse_type_decl(parser* p, ast_decl* decl) {
    decl->name = parse_name(p, "the name of a type", &decl->name_span);
    parse_tparams(p, decl);
    decl->kind = AST_STRUCT_DECL;
    if (!parse_expect(p, TOK_LBRACE, "after the name of a type")) {
        return;
    }
    if (parse_is(p, TOK_IDENT) && !has_field(p)) {
        decl->kind = AST_ENUM;
    }
    parse_fields(p, decl);
    parse_expect(p, TOK_RBRACE, "at the end of a type");
}

static void parse_use(parser* p, ast_decl* decl) {
    decl->kind = AST_USE;
    decl->path = parse_path(p, false);
    if (!p->panicking && parse_take(p, TOK_COLONS)) {
        decl->use_all = parse_take(p, TOK_STAR);
        if (!decl->use_all) {
            parse_expect(p, TOK_LBRACE, "in a 'use'");
            do {
                ast_segment segment = {0};
                segment.name = parse_name(p, "a name", &segment.span);
                TMLC_PUSH(p->arena, &decl->use_names, segment);
            } while (!p->panicking && parse_take(p, TOK_COMMA));
            parse_expect(p, TOK_RBRACE, "in a 'use'");
        }
    }
    if (!p->panicking) {
        parse_end_of_statement(p);
    }
}

static void parse_const(parser* p, ast_decl* decl) {
    decl->kind = AST_CONST;
    decl->name = parse_name(p, "the name of a constant", &decl->name_span);
    if (parse_expect(p, TOK_COLON, "after the name of a constant")) {
        decl->result = parse_type(p);
    }
    if (parse_expect(p, TOK_ASSIGN, "after the type of a constant")) {
        decl->body = parse_expr(p);
    }
}

static bool parse_decl_body(parser* p, ast_decl* decl) {
    switch (parse_peek(p, 0)->kind) {
    case TOK_USE:
        parse_next(p);
        parse_use(p, decl);
        return true;
    case TOK_TYPE:
        parse_next(p);
        parse_type_decl(p, decl);
        return true;
    case TOK_CONST:
        parse_next(p);
        parse_const(p, decl);
        return true;
    case TOK_SEALED:
    case TOK_ABSTRACT:
    case TOK_CLASS:
        parse_class(p, decl);
        return true;
    case TOK_IMPL:
        parse_impl(p, decl);
        return true;
    case TOK_BEHAVIOR:
        parse_behavior(p, decl);
        return true;
    case TOK_FUNC:
    case TOK_ASYNC:
    case TOK_LOWLEVEL:
        parse_func(p, decl);
        return true;
    default: {
        const tmlc_token* token = parse_peek(p, 0);
        tmlc_diag* diag = parse_lost(
            p, tmlc_format(p->arena, "%s cannot begin a declaration", tmlc_token_text(token->kind)),
            "use, type, class, behavior, impl, const or func");
        if (diag != NULL && token->kind == TOK_IDENT) {
            diag->help = foreign_word(token->text);
        }
        return false;
    }
    }
}

ast_decl* parse_decl(parser* p) {
    ast_decl* decl = TMLC_NEW(p->arena, ast_decl);
    decl->span = parse_here(p);
    decl->file = decl->span.file;
    decl->decorators = parse_decorators(p);
    decl->is_pub = parse_take(p, TOK_PUB);
    bool ok = !p->panicking && parse_decl_body(p, decl);
    decl->span = parse_from(p, decl->span);
    return ok && (decl->name == NULL || decl->name[0] != '\0') ? decl : NULL;
}
