// SPDX-License-Identifier: Apache-2.0
// Errors: kept in order, printed with the line they are about.
//
//   file:line:column: error: message
//      12 | the line
//         |     ^~~~ expected ...
//         = note: file:line: ...
//         = help: ...
#include "codegen-hooks/tmlc/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/// What is missing is missed everywhere: after the second time nothing new is said.
static bool is_about_absence(const char* message) {
    return strstr(message, " has no ") != NULL || strstr(message, "there is no ") != NULL ||
           strstr(message, " cannot be moved out of ") != NULL;
}

static tmlc_diag* add(tmlc_files* files, tmlc_span span, const char* format, va_list args) {
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    tmlc_diag* diag = TMLC_NEW(files->arena, tmlc_diag);
    diag->span = span;
    diag->message = tmlc_format(files->arena, "%s", text);
    uint32_t repeats = 0;
    bool is_absence = is_about_absence(diag->message);
    for (uint32_t i = 0; i < files->diags.len; i++) {
        const tmlc_diag* other = files->diags.items[i];
        if (strcmp(other->message, diag->message) == 0) {
            repeats += is_absence;
            if (repeats >= TMLC_MAX_REPEATS ||
                (other->span.file == span.file && other->span.start == span.start)) {
                return diag; // said already: one cause, an instance of a generic, a second look
            }
        }
    }
    if (files->diags.len < TMLC_MAX_ERRORS * 4) {
        TMLC_PUSH(files->arena, &files->diags, diag);
    }
    return diag;
}

tmlc_diag* tmlc_error(tmlc_files* files, tmlc_span span, const char* format, ...) {
    va_list args;
    va_start(args, format);
    tmlc_diag* diag = add(files, span, format, args);
    va_end(args);
    files->num_errors++;
    return diag;
}

tmlc_diag* tmlc_warning(tmlc_files* files, tmlc_span span, const char* format, ...) {
    va_list args;
    va_start(args, format);
    tmlc_diag* diag = add(files, span, format, args);
    va_end(args);
    diag->is_warning = true;
    return diag;
}

/// Bytes that a terminal would act on are shown as '?', a tab as a blank.
static char shown(char c) {
    unsigned char byte = (unsigned char)c;
    return c == '\t' ? ' ' : byte < 32 || byte == 127 ? '?' : c;
}

static void print_line(const tmlc_files* files, FILE* out, tmlc_span span, const char* expected) {
    enum { WIDTH = 100 };
    const tmlc_source* source = &files->sources.items[span.file];
    uint32_t column, line = tmlc_line(files, span, &column);
    uint32_t start = source->lines[line - 1];
    uint32_t end = line < source->num_lines ? source->lines[line] - 1 : source->len;
    end -= end > start && source->text[end - 1] == '\r';
    uint32_t from = column > WIDTH ? start + column - WIDTH / 2 : start;
    uint32_t to = end - from > WIDTH + 20 ? from + WIDTH + 20 : end;
    fprintf(out, "%5u | ", line);
    for (uint32_t i = from; i < to; i++) {
        fputc(shown(source->text[i]), out);
    }
    fprintf(out, "\n      | %*s^", (int)(start + column - 1 - from), "");
    for (uint32_t i = span.start + 1; i < span.end && i < to; i++) {
        fputc('~', out);
    }
    fprintf(out, "%s%s\n", expected != NULL ? " expected " : "", expected != NULL ? expected : "");
}

static void print_diag(const tmlc_files* files, FILE* out, const tmlc_diag* diag) {
    uint32_t column, line = tmlc_line(files, diag->span, &column);
    fprintf(out, "%s:%u:%u: %s: %s\n", files->sources.items[diag->span.file].name, line, column,
            diag->is_warning ? "warning" : "error", diag->message);
    print_line(files, out, diag->span, diag->expected);
    if (diag->note != NULL) {
        fprintf(out, "      = note: %s:%u: %s\n", files->sources.items[diag->note_span.file].name,
                tmlc_line(files, diag->note_span, NULL), diag->note);
    }
    if (diag->help != NULL) {
        fprintf(out, "      = help: %s\n", diag->help);
    }
}

static int compare(const void* a, const void* b) {
    const tmlc_span *x = &(*(tmlc_diag* const*)a)->span, *y = &(*(tmlc_diag* const*)b)->span;
    if (x->file != y->file) {
        return x->file < y->file ? -1 : 1;
    }
    return x->start < y->start ? -1 : x->start > y->start;
}

static uint32_t num_warnings(const tmlc_files* files) {
    uint32_t num = 0;
    for (uint32_t i = 0; i < files->diags.len; i++) {
        num += files->diags.items[i]->is_warning;
    }
    return num;
}

void tmlc_diags_print(const tmlc_files* files, FILE* out) {
    uint32_t num = files->diags.len;
    tmlc_diag** sorted = tmlc_alloc(files->arena, (num + 1) * sizeof(tmlc_diag*));
    if (num > 0) {
        memcpy(sorted, files->diags.items, num * sizeof *sorted);
        qsort(sorted, num, sizeof(tmlc_diag*), compare);
    }
    for (uint32_t i = 0; i < num && i < TMLC_MAX_ERRORS; i++) {
        print_diag(files, out, sorted[i]);
    }
    if (num > TMLC_MAX_ERRORS) {
        fprintf(out, "%u more errors are not shown\n", num - TMLC_MAX_ERRORS);
    }
    uint32_t num_errors = num - num_warnings(files);
    if (num_errors > 0) {
        fprintf(out, "%u error%s\n", num_errors, num_errors == 1 ? "" : "s");
    }
}

static uint32_t distance(const char* a, const char* b) {
    enum { MAX = 40 };
    size_t a_len = strlen(a), b_len = strlen(b);
    uint32_t row[MAX + 1];
    if (a_len > MAX || b_len > MAX) {
        return UINT32_MAX;
    }
    for (uint32_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (uint32_t i = 1; i <= a_len; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= b_len; j++) {
            uint32_t above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
            best = above + 1 < best ? above + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = above;
        }
    }
    return row[b_len];
}

const char* tmlc_closest(const char* name, const char* best, const char* candidate) {
    uint32_t limit = (uint32_t)(strlen(name) + 2) / 3;
    uint32_t near = distance(name, candidate);
    bool good = near <= limit && (best == NULL || near < distance(name, best));
    return good && strcmp(name, candidate) != 0 ? candidate : best;
}
