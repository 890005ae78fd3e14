// SPDX-License-Identifier: Apache-2.0
// The lexer: names, words, punctuation, comments. Numbers, characters and strings are in
// lex_literal.c.
#include "codegen-hooks/tmlc/lex.h"

#include <string.h>

static const struct {
    const char* text;
    uint8_t kind;
} s_words[] =
    {
#define X(name, text) {text, TOK_##name},
        TMLC_KEYWORDS(X)
#undef X
},
  s_marks[] = {
#define X(name, text) {text, TOK_##name},
      TMLC_PUNCTUATION(X)
#undef X
};

const char* tmlc_token_text(tmlc_token_kind kind) {
    static const char* const texts[] = {[TOK_END] = "the end of the file",
                                        [TOK_IDENT] = "a name",
                                        [TOK_INT] = "a number",
                                        [TOK_FLOAT] = "a number",
                                        [TOK_CHAR] = "a character",
                                        [TOK_STR] = "a string",
                                        [TOK_STR_BEGIN] = "a string",
                                        [TOK_STR_MIDDLE] = "the rest of a string",
                                        [TOK_STR_END] = "the end of a string",
#define X(name, text) [TOK_##name] = "'" text "'",
                                        TMLC_KEYWORDS(X) TMLC_PUNCTUATION(X)
#undef X
    };
    return texts[kind];
}

static int word_kind(const char* name, size_t len) {
    for (size_t i = 0; i < sizeof s_words / sizeof s_words[0]; i++) {
        if (s_words[i].text[0] == name[0] && strncmp(s_words[i].text, name, len) == 0 &&
            s_words[i].text[len] == '\0') {
            return s_words[i].kind;
        }
    }
    return -1;
}

bool tmlc_is_keyword(const char* name) {
    return word_kind(name, strlen(name)) >= 0;
}

bool lex_is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool lex_is_digit(char c) {
    return c >= '0' && c <= '9';
}

void lex_push(lexer* lx, tmlc_token token, uint32_t start) {
    token.span = (tmlc_span){start, lx->at, lx->file};
    token.newline_before = lx->newline;
    lx->newline = false;
    TMLC_PUSH(lx->files->arena, lx->out, token);
}

tmlc_diag* lex_error(lexer* lx, uint32_t start, const char* message) {
    return tmlc_error(lx->files, (tmlc_span){start, lx->at > start ? lx->at : start + 1, lx->file},
                      "%s", message);
}

/// A byte of a character outside of ASCII. In a name it is an error, and part of the name.
static bool is_foreign(char c) {
    return (unsigned char)c >= 128;
}

static void lex_name(lexer* lx) {
    uint32_t start = lx->at;
    bool told = false;
    while (lx->at < lx->len && (lex_is_name_start(lx->text[lx->at]) ||
                                lex_is_digit(lx->text[lx->at]) || is_foreign(lx->text[lx->at]))) {
        uint32_t letter = lx->at++;
        while (is_foreign(lx->text[letter]) && lx->at < lx->len && is_foreign(lx->text[lx->at])) {
            lx->at++;
        }
        if (is_foreign(lx->text[letter]) && !told) {
            lex_error(lx, letter, "only strings and comments may hold letters outside of ASCII")
                ->help = "a name has a to z, A to Z, 0 to 9 and _";
            told = true;
        }
    }
    size_t len = lx->at - start;
    int kind = word_kind(lx->text + start, len);
    tmlc_token token = {.kind = (uint8_t)(kind < 0 ? TOK_IDENT : kind)};
    token.text = tmlc_intern(lx->names, lx->text + start, len);
    token.text_len = (uint32_t)len;
    lex_push(lx, token, start);
}

/// Braces are counted inside of an interpolation: its '}' goes on with the string.
static bool lex_brace(lexer* lx, char c) {
    if (lx->depth == 0) {
        return false;
    }
    uint32_t* open = &lx->braces[lx->depth - 1];
    if (c == '{') {
        ++*open;
    } else if (c == '}' && (*open)-- == 0) {
        lx->depth--;
        lx->at++;
        lex_string_rest(lx, lx->at - 1, false);
        return true;
    }
    return false;
}

/// `&&` and `||`, which other languages write for `and` and `or`: told, and taken as those.
static bool lex_foreign_operator(lexer* lx) {
    uint32_t start = lx->at;
    char c = lx->text[start];
    if ((c != '&' && c != '|') || start + 1 >= lx->len || lx->text[start + 1] != c) {
        return false;
    }
    lx->at += 2;
    lex_error(lx, start, c == '&' ? "'&&' means nothing in TML" : "'||' means nothing in TML")
        ->help = c == '&' ? "write 'and'" : "write 'or'";
    lex_push(lx, (tmlc_token){.kind = c == '&' ? TOK_AND : TOK_OR}, start);
    return true;
}

static void lex_mark(lexer* lx) {
    uint32_t start = lx->at;
    if (lex_brace(lx, lx->text[start])) {
        return;
    }
    if (lex_foreign_operator(lx)) {
        return;
    }
    for (size_t i = 0; i < sizeof s_marks / sizeof s_marks[0]; i++) {
        if (s_marks[i].text[0] != lx->text[start]) {
            continue;
        }
        size_t len = strlen(s_marks[i].text);
        if (lx->len - start >= len && memcmp(lx->text + start, s_marks[i].text, len) == 0) {
            lx->at += (uint32_t)len;
            lex_push(lx, (tmlc_token){.kind = s_marks[i].kind}, start);
            return;
        }
    }
    unsigned char byte = (unsigned char)lx->text[start];
    lx->at++;
    if (byte < 32 || byte == 127) {
        lex_error(lx, start, "a control character in the source")->help =
            "take it out: only blanks, tabs and line ends stand between the words";
    } else {
        lex_error(lx, start, tmlc_format(lx->files->arena, "'%c' means nothing in TML", byte))
            ->help = byte == '?' ? "'!' hands an Err or a Nothing to the caller" : NULL;
    }
}

static void skip_comment(lexer* lx) {
    while (lx->at < lx->len && lx->text[lx->at] != '\n') {
        lx->at++;
    }
}

/// A comment of other languages, to its end, or to the end of the line when it has none.
static void skip_foreign_comment(lexer* lx) {
    uint32_t start = lx->at;
    lx->at += 2;
    lex_error(lx, start, "a comment begins with '//' and ends with its line")->help =
        "write '//' before each of its lines";
    for (uint32_t i = lx->at; i + 1 < lx->len; i++) {
        if (lx->text[i] == '*' && lx->text[i + 1] == '/') {
            lx->newline = lx->newline || memchr(lx->text + lx->at, '\n', i - lx->at) != NULL;
            lx->at = i + 2;
            return;
        }
    }
    skip_comment(lx);
}

static void lex_one(lexer* lx) {
    char c = lx->text[lx->at];
    if (c == '\n') {
        lx->newline = true;
        lx->at++;
    } else if (c == ' ' || c == '\t' || c == '\r') {
        lx->at++;
    } else if (c == '/' && lx->at + 1 < lx->len && lx->text[lx->at + 1] == '/') {
        skip_comment(lx);
    } else if (c == '/' && lx->at + 1 < lx->len && lx->text[lx->at + 1] == '*') {
        skip_foreign_comment(lx);
    } else if (lex_is_name_start(c) || is_foreign(c)) {
        lex_name(lx);
    } else if (lex_is_digit(c)) {
        lex_number(lx);
    } else if (c == '"') {
        lx->at++;
        lex_string_rest(lx, lx->at - 1, true);
    } else if (c == '\'') {
        lex_char(lx);
    } else {
        lex_mark(lx);
    }
}

uint32_t tmlc_lex(tmlc_files* files, tmlc_names* names, uint32_t file, tmlc_tokens* out) {
    const tmlc_source* source = &files->sources.items[file];
    lexer lx = {.files = files,
                .names = names,
                .file = file,
                .text = source->text,
                .len = source->len,
                .out = out,
                .sure_until = UINT32_MAX};
    if (!tmlc_source_is_text(source, &lx.at)) { // one error, whatever else it holds
        lex_error(&lx, lx.at, "the source is not UTF-8 text")->help =
            "name a TML file, and save it as UTF-8";
        lx.at = lx.len;
    }
    while (lx.at < lx.len) {
        lex_one(&lx);
    }
    if (lx.depth > 0) {
        lx.sure_until = lx.opened[0] < lx.sure_until ? lx.opened[0] : lx.sure_until;
        lex_error(&lx, lx.opened[lx.depth - 1], "this string is never closed")->help =
            "a '{' in a string begins an expression; write '\\{' for the character";
    }
    lx.newline = true;
    lex_push(&lx, (tmlc_token){.kind = TOK_END}, lx.at);
    return lx.sure_until;
}
