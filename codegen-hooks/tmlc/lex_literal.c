// SPDX-License-Identifier: Apache-2.0
// Numbers, characters and strings.
//
// A string with "{expression}" in it becomes STR_BEGIN, the tokens of the expression, STR_MIDDLE
// ..., STR_END: the lexer remembers the open strings, at most LEX_MAX_NESTED.
#include "codegen-hooks/tmlc/lex.h"

#include <stdlib.h>
#include <string.h>

static int digit_value(char c) {
    return lex_is_digit(c)        ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 99;
}

static bool read_digits(lexer* lx, unsigned base, uint64_t* out) {
    bool fits = true;
    *out = 0;
    while (lx->at < lx->len &&
           (digit_value(lx->text[lx->at]) < (int)base || lx->text[lx->at] == '_')) {
        if (lx->text[lx->at] != '_') {
            uint64_t digit = (uint64_t)digit_value(lx->text[lx->at]);
            fits = fits && *out <= (UINT64_MAX - digit) / base;
            *out = *out * base + digit;
        }
        lx->at++;
    }
    return fits;
}

/// True when a fraction or an exponent follows: `1.5`, not `1.method` and not `1..`.
static bool read_fraction(lexer* lx) {
    bool is_real = false;
    if (lx->at + 1 < lx->len && lx->text[lx->at] == '.' && lex_is_digit(lx->text[lx->at + 1])) {
        is_real = true;
        lx->at++;
        while (lx->at < lx->len && (lex_is_digit(lx->text[lx->at]) || lx->text[lx->at] == '_')) {
            lx->at++;
        }
    }
    uint32_t at = lx->at;
    if (at < lx->len && (lx->text[at] == 'e' || lx->text[at] == 'E')) {
        at++;
        at += at < lx->len && (lx->text[at] == '+' || lx->text[at] == '-');
        if (at < lx->len && lex_is_digit(lx->text[at])) {
            is_real = true;
            while (at < lx->len && lex_is_digit(lx->text[at])) {
                at++;
            }
            lx->at = at;
        }
    }
    return is_real;
}

static double real_value(lexer* lx, uint32_t start) {
    char digits[64];
    size_t len = 0;
    for (uint32_t i = start; i < lx->at && len < sizeof digits - 1; i++) {
        if (lx->text[i] != '_') {
            digits[len++] = lx->text[i];
        }
    }
    digits[len] = '\0';
    return strtod(digits, NULL);
}

static const char* read_suffix(lexer* lx) {
    static const char* const known[] = {"i8",  "i16", "i32", "i64", "u8",  "u16", "u32",
                                        "u64", "f32", "f64", "I8",  "I16", "I32", "I64",
                                        "U8",  "U16", "U32", "U64", "F32", "F64"};
    uint32_t start = lx->at;
    while (lx->at < lx->len &&
           (lex_is_name_start(lx->text[lx->at]) || lex_is_digit(lx->text[lx->at]))) {
        lx->at++;
    }
    if (lx->at == start) {
        return NULL;
    }
    char name[8] = "";
    size_t len = lx->at - start;
    for (size_t i = 0; i < sizeof known / sizeof known[0] && len < sizeof name; i++) {
        if (strncmp(known[i], lx->text + start, len) == 0 && known[i][len] == '\0') {
            memcpy(name, known[i], len);
            name[0] = (char)(name[0] & ~0x20); // as the type is written
            return tmlc_intern(lx->names, name, len);
        }
    }
    lex_error(lx, start, "this number ends with letters that are no type")->expected =
        "one of i8 i16 i32 i64 u8 u16 u32 u64 f32 f64, or nothing";
    return NULL;
}

void lex_number(lexer* lx) {
    uint32_t start = lx->at;
    tmlc_token token = {.kind = TOK_INT};
    char second = lx->at + 1 < lx->len ? lx->text[lx->at + 1] : '\0';
    unsigned base = lx->text[start] != '0' ? 10
                    : second == 'x'        ? 16
                    : second == 'b'        ? 2
                    : second == 'o'        ? 8
                                           : 10;
    lx->at += base == 10 ? 0 : 2;
    uint32_t digits = lx->at;
    bool fits = read_digits(lx, base, &token.value.integer);
    if (base == 10 && read_fraction(lx)) {
        token.kind = TOK_FLOAT;
        token.value.real = real_value(lx, start);
    } else if (lx->at == digits) {
        lex_error(lx, start, "a number without digits");
    } else if (!fits) {
        lex_error(lx, start, "this number needs more than 64 bits");
    }
    token.suffix = read_suffix(lx);
    if (token.kind == TOK_INT && token.suffix != NULL && token.suffix[0] == 'F') {
        token.value.real = (double)token.value.integer;
        token.kind = TOK_FLOAT;
    }
    lex_push(lx, token, start);
}

/// Appends a code point as UTF-8.
static size_t encode(char* out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6) {
        out[i] = (char)(0x80 | (c & 0x3f));
    }
    out[0] = (char)((len == 2 ? 0xc0 : len == 3 ? 0xe0 : 0xf0) | c);
    return len;
}

static bool read_unicode(lexer* lx, uint32_t start, uint32_t* out) {
    uint64_t value = 0;
    bool ok = lx->at < lx->len && lx->text[lx->at] == '{';
    lx->at += ok;
    ok = ok && read_digits(lx, 16, &value) && lx->at < lx->len && lx->text[lx->at] == '}';
    lx->at += ok;
    if (!ok || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        lex_error(lx, start, "not a character")->expected = "\\u{41}";
        value = '?';
    }
    *out = (uint32_t)value;
    return true;
}

/// Reads behind a backslash. False at the end of the text.
static bool read_escape(lexer* lx, uint32_t* out) {
    static const char from[] = "nrt0\\'\"{}", to[] = "\n\r\t\0\\'\"{}";
    uint32_t start = lx->at - 1;
    if (lx->at >= lx->len) {
        return false;
    }
    char c = lx->text[lx->at++];
    if (c == 'u') {
        return read_unicode(lx, start, out);
    }
    const char* found = c == '\0' ? NULL : strchr(from, c);
    if (found == NULL) {
        lex_error(lx, start, "an escape that is not known")->expected =
            "one of \\n \\r \\t \\0 \\\\ \\' \\\" \\{ \\} \\u{41}";
    }
    *out = found == NULL ? '?' : (unsigned char)to[found - from];
    return true;
}

/// Reads one UTF-8 character as it stands. A malformed one is one byte.
static uint32_t read_utf8(lexer* lx) {
    unsigned char first = (unsigned char)lx->text[lx->at++];
    uint32_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t value = more == 0 ? first : first & (0x3fU >> more);
    while (more-- > 0 && lx->at < lx->len && ((unsigned char)lx->text[lx->at] & 0xc0) == 0x80) {
        value = value << 6 | ((unsigned char)lx->text[lx->at++] & 0x3f);
    }
    return value;
}

void lex_char(lexer* lx) {
    uint32_t start = lx->at++;
    uint32_t value = '?';
    if (lx->at < lx->len && lx->text[lx->at] == '\\') {
        lx->at++;
        read_escape(lx, &value);
    } else if (lx->at < lx->len && lx->text[lx->at] != '\n') {
        value = read_utf8(lx);
    }
    if (lx->at < lx->len && lx->text[lx->at] == '\'') {
        lx->at++;
    } else {
        lex_error(lx, start, "this character is never closed")->help =
            "one character in single quotes; a string has double quotes";
    }
    lex_push(lx, (tmlc_token){.kind = TOK_CHAR, .value.integer = value}, start);
}

/// The token that ends a piece of string at '"' or '{'.
static uint8_t piece_kind(bool is_first, bool is_last) {
    return is_first ? (is_last ? TOK_STR : TOK_STR_BEGIN) : is_last ? TOK_STR_END : TOK_STR_MIDDLE;
}

static void open_expression(lexer* lx, uint32_t start) {
    if (lx->depth == LEX_MAX_NESTED) {
        lex_error(lx, start, "strings are nested too deeply");
        return;
    }
    lx->braces[lx->depth] = 0;
    lx->opened[lx->depth++] = start;
}

/// A '{' before a backslash begins no expression: it is JSON that was meant as text. Told once a
/// string.
static bool is_text_brace(lexer* lx, bool* told) {
    uint32_t at = lx->at;
    if (at + 1 >= lx->len || lx->text[at] != '{' || lx->text[at + 1] != '\\') {
        return false;
    }
    if (!*told) {
        lx->at++;
        lex_error(lx, at, "a '{' in a string begins an expression")->help =
            "write '\\{' and '\\}' for the characters themselves";
        lx->at--;
        *told = true;
    }
    return true;
}

/// A string that begins in the expression of another and is not closed: its quote was meant to
/// close the outer one, whose '{' was meant as text. What follows is read as if it were so.
static void close_outer(lexer* lx, uint32_t quote) {
    tmlc_tokens* out = lx->out;
    lx->at = quote + 1;
    lex_error(lx, lx->opened[--lx->depth], "a '{' in this string is closed nowhere")->help =
        "write '\\{' for the character itself";
    tmlc_token* before = &out->items[out->len - 1];
    if (before->kind == TOK_STR_BEGIN) { // nothing in between
        before->kind = TOK_STR;
        before->span.end = lx->at;
    } else {
        lex_push(lx, (tmlc_token){.kind = TOK_STR_END, .text = ""}, quote);
    }
}

void lex_string_rest(lexer* lx, uint32_t start, bool is_first) {
    uint32_t cap = 32;
    bool told = false;
    char* text = tmlc_alloc(lx->files->arena, cap);
    size_t len = 0;
    char c = '\n';
    while (lx->at < lx->len && (c = lx->text[lx->at]) != '"' && c != '\n' &&
           (c != '{' || is_text_brace(lx, &told))) {
        uint32_t value;
        lx->at++;
        if (len + 8 > cap) { // a character of 4 bytes and the end
            text = tmlc_grow(lx->files->arena, text, (uint32_t)len, &cap, 1);
        }
        if (c != '\\') {
            text[len++] = c;
        } else if (read_escape(lx, &value)) {
            len += encode(text + len, value);
        }
        c = '\n';
    }
    bool closed = c == '"' || c == '{';
    if (!closed && is_first && lx->depth > 0) {
        close_outer(lx, start);
        return;
    }
    lx->at += closed;
    if (!closed) {
        lx->sure_until = start < lx->sure_until ? start : lx->sure_until;
        lex_error(lx, start, "this string is never closed")->help =
            "a string ends on the line where it begins; write \\n for a line break";
    }
    if (memchr(text, '\0', len) != NULL) {
        lex_error(lx, start, "a Str ends at its first NUL, so it cannot hold one");
    }
    bool is_last = c != '{';
    tmlc_token token = {.kind = piece_kind(is_first, is_last), .text = text};
    token.text_len = (uint32_t)len;
    if (!is_last) {
        if (lx->depth == LEX_MAX_NESTED) {
            token.kind = piece_kind(is_first, true);
        }
        open_expression(lx, start);
    }
    lex_push(lx, token, start);
}
