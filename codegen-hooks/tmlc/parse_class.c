// SPDX-License-Identifier: Apache-2.0
// Classes, impls and behaviors: declarations whose members are functions too.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

static bool at_func(const parser* p) {
    return parse_is(p, TOK_FUNC) || parse_is(p, TOK_ASYNC) || parse_is(p, TOK_LOWLEVEL);
}

/// The words before a member of a class.
static void parse_modifiers(parser* p, ast_decl* member) {
    for (;; parse_next(p)) {
        switch (parse_peek(p, 0)->kind) {
        case TOK_PUB:
            member->is_pub = true;
            break;
        case TOK_PRIVATE:
            member->access = AST_PRIVATE;
            break;
        case TOK_PROTECTED:
            member->access = AST_PROTECTED;
            break;
        case TOK_STATIC:
            member->is_static = true;
            break;
        case TOK_VIRTUAL:
            member->is_virtual = true;
            break;
        case TOK_OVERRIDE:
            member->is_override = true;
            break;
        case TOK_ABSTRACT:
            member->is_abstract = true;
            break;
        default:
            return;
        }
    }
}

static bool at_new(const parser* p) {
    return parse_is(p, TOK_IDENT) && parse_peek(p, 0)->text[0] == 'n' &&
           parse_peek(p, 0)->text_len == 3 && parse_peek(p, 1)->kind == TOK_LPAREN;
}

/// prop name: T { get { } set { } }: said once, and left out with its block.
static bool skip_property(parser* p) {
    const tmlc_token *word = parse_peek(p, 0), *name = parse_peek(p, 1);
    if (word->kind != TOK_IDENT || strcmp(word->text, "prop") != 0 || name->kind != TOK_IDENT) {
        return false;
    }
    parse_wrong(p, "properties are not compiled", "a field or a function")->help = tmlc_format(
        p->arena, "write func get_%s(this) and func set_%s(this, value)", name->text, name->text);
    p->panicking = false;
    while (!parse_is(p, TOK_LBRACE) && !parse_is(p, TOK_RBRACE) && !parse_is(p, TOK_END)) {
        parse_next(p);
    }
    for (uint32_t open = 0; !parse_is(p, TOK_END);) {
        open += parse_is(p, TOK_LBRACE);
        open -= parse_is(p, TOK_RBRACE) && open > 0;
        if (open == 0) {
            parse_take(p, TOK_RBRACE);
            break;
        }
        parse_next(p);
    }
    return true;
}

static void parse_member(parser* p, ast_decl* decl) {
    ast_decl* member = TMLC_NEW(p->arena, ast_decl);
    member->span = parse_here(p);
    member->file = member->span.file;
    member->decorators = parse_decorators(p);
    parse_modifiers(p, member);
    if (decl->kind == AST_CLASS && skip_property(p)) {
        return;
    }
    if (at_func(p)) {
        parse_func(p, member);
    } else if (decl->kind == AST_CLASS && at_new(p)) { // new(...) { }
        member->kind = AST_FUNC;
        member->name = parse_name(p, "new", &member->name_span);
        parse_params(p, member);
        if (!p->panicking && parse_is(p, TOK_COLON)) {
            parse_wrong(p, "a constructor of the base is not called from here", "'{'")->help =
                "set the fields of the base in this constructor's block";
            p->panicking = false;
            while (!parse_is(p, TOK_LBRACE) && !parse_is(p, TOK_RBRACE) && !parse_is(p, TOK_END)) {
                parse_next(p);
            }
        }
        member->body = parse_block(p);
    } else if (decl->kind == AST_CLASS && parse_is(p, TOK_IDENT)) {
        ast_field field = {.decorators = member->decorators,
                           .is_pub = member->is_pub,
                           .is_static = member->is_static,
                           .access = member->access};
        parse_field(p, decl, field);
        if (!p->panicking && !parse_take(p, TOK_COMMA) && !parse_peek(p, 0)->newline_before &&
            !parse_is(p, TOK_SEMICOLON) && !parse_is(p, TOK_RBRACE)) {
            parse_error(p, "these are not separated", "',' or a new line");
        }
        return;
    } else {
        parse_lost(p,
                   tmlc_format(p->arena, "%s cannot begin a member",
                               tmlc_token_text(parse_peek(p, 0)->kind)),
                   decl->kind == AST_CLASS ? "a field or a function" : "a function");
        return;
    }
    member->span = parse_from(p, member->span);
    if (member->name != NULL && member->name[0] != '\0') {
        TMLC_PUSH(p->arena, &decl->members, member);
    }
}

static void parse_assoc(parser* p, ast_decl* decl) {
    ast_assoc assoc = {0};
    parse_next(p);
    assoc.name = parse_name(p, "the name of an associated type", &assoc.span);
    if (decl->kind == AST_IMPL && parse_expect(p, TOK_ASSIGN, "after an associated type")) {
        assoc.type = parse_type(p);
    }
    TMLC_PUSH(p->arena, &decl->assocs, assoc);
}

/// True at something that cannot be a member: the '}' of this body is missing.
static bool at_outer(const parser* p, const ast_decl* decl) {
    tmlc_token_kind kind = parse_peek(p, 0)->kind;
    return kind == TOK_CLASS || kind == TOK_IMPL || kind == TOK_BEHAVIOR || kind == TOK_USE ||
           (kind == TOK_TYPE && decl->kind == AST_CLASS) ||
           (kind == TOK_PUB && parse_peek(p, 1)->kind == TOK_CLASS);
}

static void parse_body(parser* p, ast_decl* decl) {
    if (!parse_expect(p, TOK_LBRACE, "before the members")) {
        return;
    }
    while (!parse_is(p, TOK_RBRACE) && !parse_is(p, TOK_END) && !at_outer(p, decl)) {
        uint32_t before = p->at;
        if (parse_is(p, TOK_TYPE)) {
            parse_assoc(p, decl);
        } else if (!parse_take(p, TOK_SEMICOLON)) {
            parse_member(p, decl);
        }
        if (p->panicking) {
            parse_recover(p);
        }
        if (p->at == before) {
            parse_next(p);
        }
    }
    parse_expect(p, TOK_RBRACE, "after the members");
}

void parse_class(parser* p, ast_decl* decl) {
    decl->kind = AST_CLASS;
    decl->is_sealed = parse_take(p, TOK_SEALED);
    decl->is_abstract = parse_take(p, TOK_ABSTRACT);
    parse_expect(p, TOK_CLASS, "at the beginning of a class");
    decl->name = parse_name(p, "the name of a class", &decl->name_span);
    parse_tparams(p, decl);
    if (parse_take(p, TOK_EXTENDS)) {
        decl->path = parse_path(p, true);
    }
    if (parse_take(p, TOK_IMPLEMENTS)) {
        do {
            TMLC_PUSH(p->arena, &decl->behaviors, parse_path(p, true));
        } while (!p->panicking && parse_take(p, TOK_COMMA));
    }
    parse_body(p, decl);
}

void parse_impl(parser* p, ast_decl* decl) {
    decl->kind = AST_IMPL;
    decl->name_span = parse_next(p)->span;
    parse_tparams(p, decl);
    decl->target = parse_type(p);
    if (parse_take(p, TOK_FOR)) {
        decl->behavior = decl->target;
        decl->target = parse_type(p);
    }
    parse_body(p, decl);
}

void parse_behavior(parser* p, ast_decl* decl) {
    decl->kind = AST_BEHAVIOR;
    parse_next(p);
    decl->name = parse_name(p, "the name of a behavior", &decl->name_span);
    parse_tparams(p, decl);
    if (parse_take(p, TOK_COLON)) {
        TMLC_PUSH(p->arena, &decl->behaviors, parse_path(p, true));
    }
    parse_body(p, decl);
}
