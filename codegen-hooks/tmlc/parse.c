// SPDX-License-Identifier: Apache-2.0
// The parser's base: tokens, errors, recovery.
//
// One mistake should be one error. After one the parser is panicking, and silent until a statement,
// member or declaration begins anew; and a line gets one syntax error only.
#include "codegen-hooks/tmlc/parse.h"

#include <string.h>

const tmlc_token* parse_peek(const parser* p, uint32_t ahead) {
    uint32_t at = p->at + ahead;
    return &p->tokens[at < p->num ? at : p->num - 1];
}

bool parse_is(const parser* p, tmlc_token_kind kind) {
    return parse_peek(p, 0)->kind == kind;
}

const tmlc_token* parse_next(parser* p) {
    const tmlc_token* token = parse_peek(p, 0);
    if (token->kind != TOK_END) {
        p->at++;
    }
    return token;
}

bool parse_take(parser* p, tmlc_token_kind kind) {
    if (!parse_is(p, kind)) {
        return false;
    }
    parse_next(p);
    return true;
}

tmlc_span parse_here(const parser* p) {
    return parse_peek(p, 0)->span;
}

tmlc_span parse_from(const parser* p, tmlc_span start) {
    return p->at == 0 ? start : tmlc_span_join(start, p->tokens[p->at - 1].span);
}

static tmlc_diag* report(parser* p, tmlc_span span, const char* message, const char* expected) {
    uint32_t line = tmlc_line(p->files, span, NULL);
    bool silent = p->panicking || span.start > p->sure_until || line == p->last_error_line;
    for (uint32_t i = 0; i < p->num_balance_errors && !silent; i++) {
        silent = tmlc_line(p->files, p->files->diags.items[p->first_error + i]->span, NULL) == line;
    }
    p->panicking = true;
    if (silent) {
        return TMLC_NEW(p->arena, tmlc_diag); // said already
    }
    p->last_error_line = line;
    tmlc_diag* diag = tmlc_error(p->files, span, "%s", message);
    diag->expected = expected;
    return diag;
}

tmlc_diag* parse_error(parser* p, const char* message, const char* expected) {
    const tmlc_token* token = parse_peek(p, 0);
    tmlc_span span = token->span;
    if (p->at > 0 && (token->newline_before || token->kind == TOK_END)) {
        uint32_t end = p->tokens[p->at - 1].span.end;
        span = (tmlc_span){end, end, span.file};
    }
    return report(p, span, message, expected);
}

tmlc_diag* parse_at(parser* p, tmlc_span span, const char* message, const char* expected) {
    p->is_lost = true;
    return report(p, span, message, expected);
}

tmlc_diag* parse_wrong(parser* p, const char* message, const char* expected) {
    return report(p, parse_here(p), message, expected);
}

tmlc_diag* parse_lost(parser* p, const char* message, const char* expected) {
    p->panicking = p->panicking || p->is_lost;
    p->is_lost = true;
    return report(p, parse_here(p), message, expected);
}

bool parse_swapped(parser* p, tmlc_token_kind wanted) {
    const tmlc_token* next = parse_peek(p, 1);
    if (next->kind != wanted || parse_is(p, TOK_RBRACE) || parse_is(p, TOK_END)) {
        return false;
    }
    tmlc_token first = p->tokens[p->at];
    p->tokens[p->at] = p->tokens[p->at + 1];
    p->tokens[p->at + 1] = first;
    p->panicking = false;
    return true;
}

static bool is_bracket(tmlc_token_kind kind) {
    return kind == TOK_LBRACE || kind == TOK_RBRACE;
}

bool parse_expect(parser* p, tmlc_token_kind kind, const char* where) {
    if (parse_take(p, kind)) {
        return true;
    }
    const char* wanted = tmlc_token_text(kind);
    const tmlc_token* token = parse_peek(p, 0);
    bool at_line_end = token->newline_before && token->kind != TOK_END;
    p->panicking = p->panicking || (p->is_lost && is_bracket(kind));
    p->is_lost = p->is_lost || is_bracket(kind);
    bool silent = p->panicking;
    parse_error(p,
                at_line_end ? tmlc_format(p->arena, "%s is missing %s", wanted, where)
                            : tmlc_format(p->arena, "%s is missing %s, before %s", wanted, where,
                                          tmlc_token_text(token->kind)),
                wanted);
    if (!silent && !at_line_end && parse_swapped(p, kind)) {
        return parse_take(p, kind);
    }
    return false;
}

const char* parse_name(parser* p, const char* what, tmlc_span* out_span) {
    const tmlc_token* token = parse_peek(p, 0);
    *out_span = token->span;
    if (token->kind == TOK_IDENT) {
        return parse_next(p)->text;
    }
    bool silent = p->panicking;
    if (token->kind >= TOK_ABSTRACT && token->kind <= TOK_WHILE && !token->newline_before) {
        parse_wrong(p,
                    tmlc_format(p->arena, "%s is a word of the language, not a name",
                                tmlc_token_text(token->kind)),
                    what)
            ->help = tmlc_format(p->arena, "call it '%s_'", token->text);
    } else {
        const char* text = token->newline_before ? tmlc_format(p->arena, "%s is missing", what)
                                                 : tmlc_format(p->arena, "%s is missing, before %s",
                                                               what, tmlc_token_text(token->kind));
        parse_error(p, text, what);
    }
    if (!silent && !token->newline_before && parse_swapped(p, TOK_IDENT)) {
        *out_span = parse_here(p);
        return parse_next(p)->text;
    }
    return tmlc_intern(p->names, "", 0);
}

bool parse_enter(parser* p) {
    if (p->depth >= TMLC_MAX_DEPTH) {
        parse_error(p, "this is nested too deeply", NULL)->help =
            tmlc_format(p->arena, "at most %d levels: name a part of it", TMLC_MAX_DEPTH);
        return false;
    }
    p->depth++;
    return true;
}

void parse_leave(parser* p) {
    p->depth--;
}

bool parse_is_continued(const parser* p) {
    return p->parens > 0 || !parse_peek(p, 0)->newline_before;
}

void parse_end_of_statement(parser* p) {
    const tmlc_token* token = parse_peek(p, 0);
    if (parse_take(p, TOK_SEMICOLON) || token->newline_before || token->kind == TOK_RBRACE ||
        token->kind == TOK_END || token->kind == TOK_COMMA) {
        return;
    }
    const char* message =
        tmlc_format(p->arena, "%s cannot follow here", tmlc_token_text(token->kind));
    const char* expected = "an operator, or the end of the line";
    if (token->kind == TOK_COLON) { // fields without their literal: one error for all of them
        parse_lost(p, message, expected);
    } else {
        parse_wrong(p, message, expected);
    }
}

bool parse_is_declaration(const parser* p) {
    switch (parse_peek(p, 0)->kind) {
    case TOK_USE:
    case TOK_PUB:
    case TOK_TYPE:
    case TOK_CLASS:
    case TOK_IMPL:
    case TOK_BEHAVIOR:
    case TOK_AT:
    case TOK_SEALED:
    case TOK_ABSTRACT:
    case TOK_CONST:
        return true;
    case TOK_ASYNC:
        return parse_peek(p, 1)->kind == TOK_FUNC;
    case TOK_FUNC:
        return parse_peek(p, 1)->kind == TOK_IDENT;
    default:
        return false;
    }
}

void parse_recover(parser* p) {
    uint32_t braces = 0;
    bool moved = false;
    for (;; moved = true) {
        const tmlc_token* token = parse_peek(p, 0);
        bool fresh = token->newline_before && (moved || !parse_is_continued(p));
        if (token->kind == TOK_END ||
            (braces == 0 && (token->kind == TOK_RBRACE || (fresh && p->panicking && moved)))) {
            break;
        }
        if (token->newline_before && moved && parse_is_declaration(p)) {
            break;
        }
        braces += token->kind == TOK_LBRACE;
        braces -= token->kind == TOK_RBRACE && braces > 0;
        parse_next(p);
    }
    p->panicking = false;
}

ast_expr* parse_new(parser* p, ast_kind kind, tmlc_span span) {
    ast_expr* e = TMLC_NEW(p->arena, ast_expr);
    e->kind = kind;
    e->span = span;
    return e;
}

ast_module* tmlc_parse(tmlc_files* files, tmlc_names* names, uint32_t file) {
    tmlc_tokens tokens = {0};
    uint32_t sure_until = tmlc_lex(files, names, file, &tokens);
    uint32_t errors = files->num_errors, first_error = files->diags.len;
    tmlc_span removed = sure_until == UINT32_MAX ? parse_balance(files, &tokens) : (tmlc_span){0};
    parser p = {.files = files,
                .names = names,
                .arena = files->arena,
                .tokens = tokens.items,
                .num = tokens.len,
                .sure_until = sure_until,
                .is_lost = files->num_errors != errors,
                .first_error = first_error,
                .num_balance_errors = files->diags.len - first_error};
    ast_module* module = TMLC_NEW(files->arena, ast_module);
    module->file = file;
    while (!parse_is(&p, TOK_END)) {
        uint32_t before = p.at;
        ast_decl* decl = parse_decl(&p);
        if (decl != NULL) {
            TMLC_PUSH(files->arena, &module->decls, decl);
        }
        if (p.panicking || p.at == before) {
            p.at += p.at == before && !parse_is(&p, TOK_END);
            while (!parse_is(&p, TOK_END) &&
                   !(parse_peek(&p, 0)->newline_before && parse_is_declaration(&p))) {
                parse_next(&p);
            }
            p.panicking = false;
        }
    }
    if (removed.end > 0 && files->num_errors == errors) {
        tmlc_error(files, removed, "this '}' closes nothing")->help = "take it out";
    }
    return module;
}
