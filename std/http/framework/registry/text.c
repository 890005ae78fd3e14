// SPDX-License-Identifier: Apache-2.0
// The growing string behind start-up messages and the route table.
//
// Doubling growth through the process's allocator. Running out of memory is remembered, not
// returned at every append: the printers at the end look at `failed` once. One owner at a time.
#include "std/http/framework/registry/text.h"

#include "rt/base/alloc.h"

#include <stdio.h>
#include <string.h>

/// Makes room for `more` bytes and a NUL.
static bool reserve(trt_text* text, size_t more) {
    if (text->failed) {
        return false;
    }
    if (text->cap - text->len > more) {
        return true;
    }
    size_t cap = text->cap == 0 ? 256 : text->cap;
    while (cap - text->len <= more) {
        cap *= 2;
    }
    char* data = trt_realloc(text->data, text->cap, cap);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->cap = cap;
    return true;
}

void trt_text_append_grown(trt_text* text, const char* data, size_t len) {
    if (reserve(text, len)) {
        memcpy(text->data + text->len, data, len);
        text->len += len;
        text->data[text->len] = '\0';
    }
}

void trt_text_pad(trt_text* text, size_t line_start, size_t column) {
    size_t used = text->len - line_start;
    if (used < column && reserve(text, column - used)) {
        memset(text->data + text->len, ' ', column - used);
        text->len += column - used;
        text->data[text->len] = '\0';
    }
}

void trt_text_vprintf(trt_text* text, const char* format, va_list args) {
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len > 0 && reserve(text, (size_t)len)) {
        vsnprintf(text->data + text->len, (size_t)len + 1, format, again);
        text->len += (size_t)len;
    }
    va_end(again);
}

void trt_text_printf(trt_text* text, const char* format, ...) {
    va_list args;
    va_start(args, format);
    trt_text_vprintf(text, format, args);
    va_end(args);
}

void trt_text_fini(trt_text* text) {
    trt_free(text->data, text->cap);
    *text = (trt_text){0};
}
