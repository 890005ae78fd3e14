// SPDX-License-Identifier: Apache-2.0
// The Accept field: a list of ranges, each with parameters. A range that has parameters besides q
// asks for a variant that no caller makes, so it counts as the range without them.
//
// Called by the framework's event streams. Pure. Thread: any.
#include "std/http/core/accept.h"

#include "std/http/core/chars.h"

#include <string.h>

typedef struct cursor {
    const char *at, *end;
} cursor;

static void skip_blanks(cursor* c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t')) {
        c->at++;
    }
}

static bool is_delimiter(char c) {
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '/' || c == '=' || c == '"';
}

static tmlrt_slice take_token(cursor* c) {
    const char* start = c->at;
    while (c->at < c->end && !is_delimiter(*c->at)) {
        c->at++;
    }
    return (tmlrt_slice){start, (uint64_t)(c->at - start)};
}

static void skip_quoted(cursor* c) {
    for (c->at++; c->at < c->end && *c->at != '"'; c->at++) {
        c->at += *c->at == '\\' && c->at + 1 < c->end;
    }
    c->at += c->at < c->end;
}

/// To the end of the element, past quoted commas.
static void skip_element(cursor* c) {
    while (c->at < c->end && *c->at != ',') {
        if (*c->at == '"') {
            skip_quoted(c);
        } else {
            c->at++;
        }
    }
}

static bool is_text(tmlrt_slice a, const char* text, size_t len) {
    return a.len == len && trt_equal_nocase(a.data, text, len);
}

/// Whether a weight is above 0: it has a digit that is not.
static bool is_above_zero(tmlrt_slice weight) {
    for (uint64_t i = 0; i < weight.len; i++) {
        if (weight.data[i] >= '1' && weight.data[i] <= '9') {
            return true;
        }
    }
    return false;
}

/// The parameters of a range; false: its q is 0.
static bool take_parameters(cursor* c) {
    bool taken = true;
    skip_blanks(c);
    while (c->at < c->end && *c->at == ';') {
        c->at++;
        skip_blanks(c);
        tmlrt_slice name = take_token(c);
        if (c->at == c->end || *c->at != '=') {
            skip_blanks(c);
            continue;
        }
        c->at++;
        if (c->at < c->end && *c->at == '"') {
            skip_quoted(c);
        } else {
            tmlrt_slice value = take_token(c);
            taken = is_text(name, "q", 1) ? is_above_zero(value) : taken;
        }
        skip_blanks(c);
    }
    return taken;
}

bool trt_accept_takes(tmlrt_slice value, tmlrt_slice type, tmlrt_slice subtype) {
    if (value.len == 0) {
        return true;
    }
    cursor c = {value.data, value.data + value.len};
    int best = 0; // 1: */*, 2: type/*, 3: type/subtype
    bool taken = false;
    for (; c.at < c.end; c.at += c.at < c.end) {
        skip_blanks(&c);
        tmlrt_slice range[2] = {take_token(&c)};
        if (c.at < c.end && *c.at == '/') {
            c.at++;
            range[1] = take_token(&c);
            int fits = is_text(range[0], "*", 1) && is_text(range[1], "*", 1) ? 1
                       : !is_text(range[0], type.data, (size_t)type.len)      ? 0
                       : is_text(range[1], "*", 1)                            ? 2
                       : is_text(range[1], subtype.data, (size_t)subtype.len) ? 3
                                                                              : 0;
            bool wanted = take_parameters(&c);
            if (fits > best || (fits == best && fits != 0 && wanted)) {
                best = fits;
                taken = wanted;
            }
        }
        skip_element(&c);
    }
    return taken;
}
