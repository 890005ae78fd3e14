// SPDX-License-Identifier: Apache-2.0
// Collecting and printing start-up errors.
//
// One message is two lines:
//     users.tml:12: error META_DUPLICATE: class UserService: also declared at other.tml:3 ...
//         remedy: rename one of them
// The first 100 found are kept (a program with more has one cause), the others are counted. The
// closing line tells how many there were and that nothing was served. One thread, at start.
#include "std/http/framework/registry/diag.h"

#include <stdarg.h>
#include <string.h>

const char* trt_status_name(tmlrt_status status) {
    switch (status) {
#define STATUS_NAME(name, value, text)                                                             \
    case value:                                                                                    \
        return #name;
        TMLRT_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
    default:
        return status == TMLRT_OK ? "OK" : "UNKNOWN";
    }
}

static void put_record(trt_text* text, const trt_diag_at* at) {
    trt_text_puts(text, at->kind);
    if (at->name == NULL && at->cls == NULL) {
        return;
    }
    trt_text_puts(text, " ");
    if (at->cls != NULL) {
        trt_text_puts(text, at->cls);
        trt_text_puts(text, at->name != NULL ? "." : "");
    }
    if (at->name != NULL) {
        trt_text_puts(text, at->name);
    }
}

void trt_diags_add(trt_diags* diags, tmlrt_status code, const trt_diag_at* at, const char* remedy,
                   const char* format, ...) {
    diags->num_all++;
    if (diags->num == TRT_DIAG_MAX) {
        return;
    }
    trt_text* text = &diags->text;
    trt_diag* diag = &diags->items[diags->num];
    *diag = (trt_diag){.file = at->file != NULL ? at->file : "?", .line = at->line};
    diag->start = text->len;
    diag->num = diags->num;
    trt_text_puts(text, diag->file);
    if (diag->line != 0) { // a record without a position has its unit's name only
        trt_text_printf(text, ":%u", diag->line);
    }
    trt_text_printf(text, ": error %s: ", trt_status_name(code));
    put_record(text, at);
    trt_text_puts(text, ": ");
    va_list args;
    va_start(args, format);
    trt_text_vprintf(text, format, args);
    va_end(args);
    trt_text_printf(text, "\n    remedy: %s\n", remedy);
    diag->len = text->len - diag->start;
    if (text->failed) {
        text->len = diag->start; // a half message helps nobody
    } else {
        diags->num++;
    }
}

static int compare(const trt_diag* a, const trt_diag* b) {
    int order = strcmp(a->file, b->file);
    if (order != 0) {
        return order;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    return a->num < b->num ? -1 : 1;
}

void trt_diags_format(trt_diags* diags, trt_text* out) {
    for (uint32_t i = 1; i < diags->num; i++) { // at most 100: insertion sort
        trt_diag diag = diags->items[i];
        uint32_t at = i;
        for (; at > 0 && compare(&diag, &diags->items[at - 1]) < 0; at--) {
            diags->items[at] = diags->items[at - 1];
        }
        diags->items[at] = diag;
    }
    for (uint32_t i = 0; i < diags->num; i++) {
        trt_text_append(out, diags->text.data + diags->items[i].start, diags->items[i].len);
    }
    if (diags->num_all > diags->num) {
        trt_text_printf(out, "and %u more\n", diags->num_all - diags->num);
    }
    trt_text_printf(out, "tmlrt: %u error%s at start; nothing is served\n", diags->num_all,
                    diags->num_all == 1 ? "" : "s");
}

void trt_diags_fini(trt_diags* diags) {
    trt_text_fini(&diags->text);
    diags->num = diags->num_all = 0;
    diags->searched = 0;
}
