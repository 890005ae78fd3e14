// SPDX-License-Identifier: Apache-2.0
// Brackets that are missing or too many, found by indentation before anything is parsed.
//
// A parser notices a missing '}' where the file ends. People indent: a line that stands no deeper
// than the line which opened a block ends that block. Only a file whose brackets do not match is
// looked at, so indentation means nothing in a good one. What is missing is reported at its place
// and put into the tokens; what is too many is taken out, and the parser says what is wrong there.
#include "codegen-hooks/tmlc/parse.h"

enum { MAX_REPAIRS = 20 }; ///< more is no program

typedef struct {
    uint32_t token, indent, line_end; ///< line_end: the first token behind its line
    tmlc_token_kind kind;
} opened;

typedef struct {
    uint32_t at; ///< before this token
    tmlc_token_kind kind;
} insertion;

typedef struct {
    tmlc_files* files;
    tmlc_tokens* tokens;
    uint32_t missing_braces, missing_parens, extra_braces;
    uint32_t indent, line_end; ///< of the line that is being looked at
    TMLC_LIST(opened) stack;
    TMLC_LIST(insertion) insertions;
    TMLC_LIST(uint32_t) removals;
} balance;

static uint32_t column_of(const tmlc_files* files, tmlc_span span) {
    uint32_t column;
    tmlc_line(files, span, &column);
    return column;
}

static bool begins_line(const balance* b, uint32_t i) {
    return i == 0 || b->tokens->items[i].newline_before;
}

/// The first token behind the line that begins at token `i`.
static uint32_t find_line_end(const balance* b, uint32_t i) {
    do {
        i++;
    } while (i < b->tokens->len && !b->tokens->items[i].newline_before);
    return i;
}

static void count(balance* b) {
    uint32_t num[TOK_NUM_KINDS] = {0};
    for (uint32_t i = 0; i < b->tokens->len; i++) {
        num[b->tokens->items[i].kind]++;
    }
    b->missing_braces = num[TOK_LBRACE] > num[TOK_RBRACE] ? num[TOK_LBRACE] - num[TOK_RBRACE] : 0;
    b->extra_braces = num[TOK_RBRACE] > num[TOK_LBRACE] ? num[TOK_RBRACE] - num[TOK_LBRACE] : 0;
    b->missing_parens = num[TOK_LPAREN] > num[TOK_RPAREN] ? num[TOK_LPAREN] - num[TOK_RPAREN] : 0;
}

/// The block on top of the stack ends behind token `i - 1`.
static void miss_brace(balance* b, uint32_t i) {
    const opened* top = &b->stack.items[--b->stack.len];
    tmlc_span before = b->tokens->items[i - 1].span;
    tmlc_diag* diag = tmlc_error(b->files, (tmlc_span){before.end, before.end, before.file},
                                 "'}' is missing at the end of a block");
    diag->expected = "'}'";
    diag->note_span = b->tokens->items[top->token].span;
    diag->note = "the block begins here";
    TMLC_PUSH(b->files->arena, &b->insertions, ((insertion){i, TOK_RBRACE}));
    b->missing_braces--;
}

/// The '(' on top of the stack is closed nowhere: at the end of its line, before a '{' or ','.
static void miss_paren(balance* b) {
    const opened* top = &b->stack.items[--b->stack.len];
    uint32_t at = top->line_end;
    tmlc_token_kind last = b->tokens->items[at - 1].kind;
    if (at - 1 > top->token && (last == TOK_LBRACE || last == TOK_COMMA)) {
        at--;
    }
    tmlc_error(b->files, b->tokens->items[top->token].span, "this '(' is closed nowhere")
        ->expected = "')' on this line";
    TMLC_PUSH(b->files->arena, &b->insertions, ((insertion){at, TOK_RPAREN}));
    b->missing_parens--;
}

/// At the first token of a line: ends the blocks that this line does not belong to.
static void look_at_line(balance* b, uint32_t i) {
    tmlc_token_kind kind = b->tokens->items[i].kind;
    b->indent = column_of(b->files, b->tokens->items[i].span);
    b->line_end = find_line_end(b, i);
    while (b->stack.len > 0 && kind != TOK_END) {
        const opened* top = &b->stack.items[b->stack.len - 1];
        bool outside = b->indent < top->indent || (b->indent == top->indent && kind != TOK_RBRACE &&
                                                   kind != TOK_RPAREN && kind != TOK_RBRACKET);
        if (!outside || (top->kind == TOK_LBRACE ? b->missing_braces : b->missing_parens) == 0) {
            return;
        }
        if (top->kind == TOK_LBRACE) {
            miss_brace(b, i);
        } else {
            miss_paren(b);
        }
    }
}

/// '}' on a line with other things that would end a block of several lines, which goes on below.
static bool is_extra(const balance* b, uint32_t i) {
    if (b->extra_braces == 0 || b->stack.len == 0) {
        return b->extra_braces > 0;
    }
    const opened* top = &b->stack.items[b->stack.len - 1];
    if (top->kind == TOK_LPAREN) {
        return true;
    }
    const tmlc_token* below = &b->tokens->items[b->line_end];
    if (begins_line(b, i) || top->line_end > i || b->line_end >= b->tokens->len ||
        below->kind == TOK_END) {
        return false;
    }
    uint32_t column = column_of(b->files, below->span);
    return column > top->indent || (column == top->indent && below->kind == TOK_RBRACE);
}

static void look_at_close(balance* b, uint32_t i) {
    tmlc_token_kind kind = b->tokens->items[i].kind;
    tmlc_token_kind wanted = kind == TOK_RBRACE ? TOK_LBRACE : TOK_LPAREN;
    while (kind == TOK_RBRACE && b->stack.len > 0 && b->missing_parens > 0 &&
           b->stack.items[b->stack.len - 1].kind == TOK_LPAREN) {
        miss_paren(b);
    }
    if (kind == TOK_RBRACE && is_extra(b, i)) {
        TMLC_PUSH(b->files->arena, &b->removals, i);
        b->extra_braces--;
        return;
    }
    if (b->stack.len > 0 && b->stack.items[b->stack.len - 1].kind == wanted) {
        b->stack.len--;
    }
}

static void walk(balance* b) {
    for (uint32_t i = 0; i < b->tokens->len && b->insertions.len < MAX_REPAIRS; i++) {
        tmlc_token_kind kind = b->tokens->items[i].kind;
        if (begins_line(b, i)) {
            look_at_line(b, i);
        }
        if (kind == TOK_LBRACE || kind == TOK_LPAREN) {
            opened one = {i, b->indent, b->line_end, kind};
            TMLC_PUSH(b->files->arena, &b->stack, one);
        } else if (kind == TOK_RBRACE || kind == TOK_RPAREN) {
            look_at_close(b, i);
        }
    }
}

static void rewrite(balance* b) {
    tmlc_tokens out = {0};
    tmlc_arena* arena = b->files->arena;
    uint32_t removed = 0;
    for (uint32_t i = 0; i < b->tokens->len; i++) {
        tmlc_token token = b->tokens->items[i];
        for (uint32_t k = 0; k < b->insertions.len; k++) { // few
            if (b->insertions.items[k].at == i) {
                uint32_t end = i == 0 ? 0 : b->tokens->items[i - 1].span.end;
                tmlc_token made = {.kind = (uint8_t)b->insertions.items[k].kind,
                                   .newline_before = false,
                                   .span = {end, end, token.span.file}};
                TMLC_PUSH(arena, &out, made);
            }
        }
        if (removed < b->removals.len && b->removals.items[removed] == i) {
            removed++;
        } else {
            TMLC_PUSH(arena, &out, token);
        }
    }
    *b->tokens = out;
}

tmlc_span parse_balance(tmlc_files* files, tmlc_tokens* tokens) {
    balance b = {.files = files, .tokens = tokens};
    tmlc_span removed = {0};
    count(&b);
    if (b.missing_braces == 0 && b.missing_parens == 0 && b.extra_braces == 0) {
        return removed;
    }
    walk(&b);
    if (b.removals.len > 0) {
        removed = tokens->items[b.removals.items[0]].span;
    }
    if (b.insertions.len > 0 || b.removals.len > 0) {
        rewrite(&b);
    }
    return removed;
}
