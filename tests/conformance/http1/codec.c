// SPDX-License-Identifier: Apache-2.0
// Runs the rows of rows.txt against the codec. Each row is fed whole, byte by byte and cut in two
// at every place, at a fixed and at a moving address: same transcript each time. Fed byte by byte,
// the verdict must come exactly at the mark of the row. A row longer than LONG bytes is cut at the
// first and the last EDGE places and at every STRIDE-th in between.
//
// Prints "ID segmentations" for a row that holds and "FAILED ID reason" for one that does not.
// usage: conformance_http1_codec ROWS
#include "rt/base/assert.h"
#include "tests/support/h1_transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG = 2048, HUGE_ROW = 200000, EDGE = 64, STRIDE = 1021, MAX_ROW = 1 << 20 };

typedef struct row {
    char *id, *outcome;
    char* input;
    size_t len, shown; ///< shown: where the fault must show, 0: not said
    uint32_t num_answered, status;
    bool closed, eof;
} row;

static char s_line[1 << 16], s_input[MAX_ROW];
static char s_reference[H1_TRANSCRIPT_CAP], s_other[H1_TRANSCRIPT_CAP];

static bool append(row* r, char byte) {
    if (r->len == MAX_ROW) {
        return false;
    }
    r->input[r->len++] = byte;
    return true;
}

static const char* unescape(row* r, const char* p);

// "\{N:text}" at `p`, behind the brace. Returns what follows it, NULL when it is malformed.
static const char* repeat(row* r, const char* p) {
    char* colon;
    unsigned long num = strtoul(p, &colon, 10);
    size_t from = r->len;
    if (*colon != ':' || num == 0) {
        return NULL;
    }
    const char* end = unescape(r, colon + 1);
    if (end == NULL || *end != '}') {
        return NULL;
    }
    size_t len = r->len - from;
    if (len > (MAX_ROW - from) / num) {
        return NULL;
    }
    for (unsigned long i = 1; i < num; i++) {
        memcpy(r->input + r->len, r->input + from, len);
        r->len += len;
    }
    return end + 1;
}

static const char* escape(row* r, const char* p) {
    unsigned byte;
    switch (*p) {
    case 'r':
        return append(r, '\r') ? p + 1 : NULL;
    case 'n':
        return append(r, '\n') ? p + 1 : NULL;
    case 't':
        return append(r, '\t') ? p + 1 : NULL;
    case '\\':
        return append(r, '\\') ? p + 1 : NULL;
    case 'x':
        return sscanf(p + 1, "%2x", &byte) == 1 && append(r, (char)byte) ? p + 3 : NULL;
    case '|':
        r->shown = r->len;
        return p + 1;
    case '{':
        return repeat(r, p + 1);
    default:
        return NULL;
    }
}

// Up to the end of the text or to a brace that ends a repetition.
static const char* unescape(row* r, const char* p) {
    while (p != NULL && *p != '\0' && *p != '}') {
        p = *p == '\\' ? escape(r, p + 1) : append(r, *p) ? p + 1 : NULL;
    }
    return p;
}

static bool parse_outcome(row* r) {
    const char* p = r->outcome;
    char* end;
    if (*p == 'A') {
        r->num_answered = (uint32_t)strtoul(p + 1, &end, 10);
        p = *end == ' ' ? end + 1 : end;
    }
    if (*p >= '0' && *p <= '9') {
        r->status = (uint32_t)strtoul(p, &end, 10);
        p = *end == ' ' ? end + 1 : end;
    }
    r->closed = strcmp(p, "close") == 0;
    r->eof = strcmp(p, "eof") == 0;
    return *p == '\0' || r->closed || r->eof || strcmp(p, "head") == 0;
}

static bool parse_row(row* r, char* line) {
    char* fields[4];
    for (size_t i = 0; i < TRT_ARRAY_LEN(fields); i++) {
        fields[i] = line;
        line += strcspn(line, i < 3 ? "\t\n" : "\n");
        if (i < 3 && *line != '\t') {
            return false;
        }
        *line++ = '\0';
    }
    *r = (row){.id = fields[0], .outcome = fields[1], .input = s_input};
    if (strcmp(r->outcome, "elsewhere") == 0) {
        return true;
    }
    // A brace outside of a repetition is a byte like any other.
    const char* p = fields[3];
    while (p != NULL && *p != '\0') {
        p = unescape(r, p);
        if (p != NULL && *p == '}') {
            p = append(r, '}') ? p + 1 : NULL;
        }
    }
    return p != NULL && r->len != 0 && parse_outcome(r);
}

static bool fail(const row* r, const char* what, size_t at) {
    printf("FAILED %s %s %zu\n", r->id, what, at);
    return false;
}

static bool same(const row* r, const h1_transcript* a, const h1_transcript* b, const char* how,
                 size_t at) {
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0 ? true : fail(r, how, at);
}

static bool outcome_holds(const row* r, const h1_transcript* t) {
    if (t->status != r->status) {
        return fail(r, "has the status", t->status);
    }
    if (t->num_answered != r->num_answered) {
        return fail(r, "has so many answers:", t->num_answered);
    }
    // Where an error is, the end is the error's.
    if (t->closed != r->closed) {
        return fail(r, "closed:", t->closed);
    }
    return t->unterminated ? fail(r, "has a slice without a NUL", 0) : true;
}

// What a run costs grows with the square of a row of many messages: of a huge one few cuts do.
static size_t next_cut(const row* r, size_t cut) {
    size_t edge = r->len > HUGE_ROW ? 4 : EDGE, stride = r->len > HUGE_ROW ? 65521 : STRIDE;
    bool every = r->len <= LONG || cut < edge || cut + edge >= r->len;
    size_t next = cut + (every ? 1 : stride);
    return !every && next + edge > r->len ? r->len - edge : next;
}

// Returns whether the row holds, and counts the ways it was fed.
static bool run_row(const row* r, const trt_http_limits* limits, size_t* num) {
    h1_transcript whole = {.text = s_reference}, other = {.text = s_other};
    h1_transcript_run(&whole, limits, r->input, r->len, 0, r->len, true, r->eof);
    *num += 1;
    if (!outcome_holds(r, &whole)) {
        return false;
    }
    for (int relocate = 0; relocate < 2; relocate++) {
        h1_transcript_run(&other, limits, r->input, r->len, 0, 1, relocate, r->eof);
        *num += 1;
        if (!same(r, &whole, &other, "differs byte by byte", (size_t)relocate)) {
            return false;
        }
        if (r->shown != 0 && other.fed != r->shown) {
            return fail(r, "has its verdict after so many bytes:", other.fed);
        }
        for (size_t cut = 1; cut < r->len; cut = next_cut(r, cut)) {
            h1_transcript_run(&other, limits, r->input, r->len, cut, r->len, relocate, r->eof);
            *num += 1;
            if (!same(r, &whole, &other, "differs when cut at", cut)) {
                return false;
            }
        }
    }
    return true;
}

int main(int argc, char** argv) {
    FILE* rows = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (rows == NULL) {
        fprintf(stderr,
                "usage: conformance_http1_codec ROWS; ROWS is tests/conformance/http1/rows.txt\n");
        return 2;
    }
    trt_http_limits limits = {0};
    trt_http_limits_resolve(&limits);
    bool good = true;
    for (size_t number = 1; fgets(s_line, sizeof s_line, rows) != NULL; number++) {
        row r;
        size_t num = 0;
        if (s_line[0] == '#' || s_line[0] == '\n') {
            continue;
        }
        if (!parse_row(&r, s_line)) {
            fprintf(stderr, "%s:%zu: not id, outcome, title and input between tabs\n", argv[1],
                    number);
            good = false;
        } else if (strcmp(r.outcome, "elsewhere") != 0 && run_row(&r, &limits, &num)) {
            printf("%s %zu\n", r.id, num);
        } else {
            good &= num == 0;
        }
    }
    fclose(rows);
    return good ? 0 : 1;
}
