// SPDX-License-Identifier: Apache-2.0
// Tokens of TML. A newline is not a token: each token says whether one lies before it, and the
// parser decides where that ends a statement.
#ifndef TMLC_TOKEN_H
#define TMLC_TOKEN_H

#include "codegen-hooks/tmlc/diag.h"

// Rows: enumerator, spelling. (clang-format does not settle on a layout of them.)
// clang-format off
#define TMLC_KEYWORDS(X) \
    X(ABSTRACT, "abstract") X(AND, "and") X(AS, "as") X(ASYNC, "async") X(AWAIT, "await") \
    X(BEHAVIOR, "behavior") X(BREAK, "break") X(CLASS, "class") X(CONST, "const") \
    X(CONTINUE, "continue") X(DO, "do") X(DYN, "dyn") X(ELSE, "else") X(EXTENDS, "extends") \
    X(FALSE, "false") X(FOR, "for") X(FUNC, "func") X(IF, "if") X(IMPL, "impl") \
    X(IMPLEMENTS, "implements") X(IN, "in") X(LET, "let") X(LOOP, "loop") \
    X(LOWLEVEL, "lowlevel") X(MUT, "mut") X(NOT, "not") X(NULL, "null") X(OR, "or") \
    X(OVERRIDE, "override") X(PRIVATE, "private") X(PROTECTED, "protected") X(PUB, "pub") \
    X(REF, "ref") X(RETURN, "return") X(SEALED, "sealed") X(STATIC, "static") X(THIS, "this") \
    X(TRUE, "true") X(TYPE, "type") X(USE, "use") X(VAR, "var") X(VIRTUAL, "virtual") \
    X(WHEN, "when") X(WHILE, "while")
#define TMLC_PUNCTUATION(X) \
    X(SHL_ASSIGN, "<<=") X(SHR_ASSIGN, ">>=") X(COLONS, "::") X(ARROW, "->") X(FAT_ARROW, "=>") \
    X(EQ, "==") X(NE, "!=") X(LE, "<=") X(GE, ">=") X(SHL, "<<") X(SHR, ">>") \
    X(ADD_ASSIGN, "+=") X(SUB_ASSIGN, "-=") X(MUL_ASSIGN, "*=") X(DIV_ASSIGN, "/=") \
    X(REM_ASSIGN, "%=") X(LPAREN, "(") X(RPAREN, ")") X(LBRACKET, "[") X(RBRACKET, "]") \
    X(LBRACE, "{") X(RBRACE, "}") X(COMMA, ",") X(COLON, ":") X(SEMICOLON, ";") X(DOT, ".") \
    X(ASSIGN, "=") X(PLUS, "+") X(MINUS, "-") X(STAR, "*") X(SLASH, "/") X(PERCENT, "%") \
    X(LT, "<") X(GT, ">") X(AMP, "&") X(PIPE, "|") X(CARET, "^") X(TILDE, "~") X(BANG, "!") \
    X(AT, "@")
// clang-format on

typedef enum {
    TOK_END,
    TOK_IDENT,
    TOK_INT,
    TOK_FLOAT,
    TOK_CHAR,
    TOK_STR,       ///< a whole string
    TOK_STR_BEGIN, ///< "text{   the tokens of an expression follow
    TOK_STR_MIDDLE,
    TOK_STR_END, ///< }text"
#define X(name, text) TOK_##name,
    TMLC_KEYWORDS(X) TMLC_PUNCTUATION(X)
#undef X
        TOK_NUM_KINDS
} tmlc_token_kind;

typedef struct tmlc_token {
    uint8_t kind;
    bool newline_before;
    tmlc_span span;
    const char* text;   ///< IDENT: the name, interned; strings: the bytes, escapes undone
    uint32_t text_len;  ///< strings may hold NUL only as an error
    const char* suffix; ///< numbers: "u8" ..., interned, or NULL
    union {
        uint64_t integer; ///< INT and CHAR
        double real;
    } value;
} tmlc_token;

typedef TMLC_LIST(tmlc_token) tmlc_tokens;

/// tmlc_lex reads a whole file; the last token is TOK_END. Bad bytes are errors and are stepped
/// over. Returns where a string begins that was never closed (UINT32_MAX: none): behind it quotes
/// may be the wrong way round. Cost: linear in the length.
uint32_t tmlc_lex(tmlc_files* files, tmlc_names* names, uint32_t file, tmlc_tokens* out);

/// tmlc_token_text returns how a kind is written in a message: "'=>'", "a name".
const char* tmlc_token_text(tmlc_token_kind kind);

/// tmlc_is_keyword returns true when the interned-or-not name is a word of the language.
bool tmlc_is_keyword(const char* name);

#endif
