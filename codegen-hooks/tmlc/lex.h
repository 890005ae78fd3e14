// SPDX-License-Identifier: Apache-2.0
// The lexer's state, shared by lex.c and lex_literal.c.
#ifndef TMLC_LEX_H
#define TMLC_LEX_H

#include "codegen-hooks/tmlc/token.h"

enum { LEX_MAX_NESTED = 16 }; ///< strings within strings

typedef struct lexer {
    tmlc_files* files;
    tmlc_names* names;
    tmlc_tokens* out;
    const char* text;
    uint32_t file, at, len;
    bool newline;        ///< one was seen since the last token
    uint32_t sure_until; ///< a string that begins here was never closed: what follows is not known
    uint32_t depth;      ///< interpolations that are open
    uint32_t braces[LEX_MAX_NESTED]; ///< '{' that are open inside of each
    uint32_t opened[LEX_MAX_NESTED]; ///< where its string begins
} lexer;

void lex_push(lexer* lx, tmlc_token token, uint32_t start);
tmlc_diag* lex_error(lexer* lx, uint32_t start, const char* message);
bool lex_is_digit(char c);
bool lex_is_name_start(char c);

/// lex_number reads 12, 1_000, 0xff, 0b1, 1.5, 1e9, each with a type as suffix: 1u8.
void lex_number(lexer* lx);
/// lex_char reads 'x' and its escapes.
void lex_char(lexer* lx);
/// lex_string_rest reads from behind a '"' (`is_first`) or a '}' to the next '"' or '{'.
void lex_string_rest(lexer* lx, uint32_t start, bool is_first);

#endif
