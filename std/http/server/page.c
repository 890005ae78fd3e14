// SPDX-License-Identifier: Apache-2.0
// Text that doubles its room. Called by who renders a page, on one thread.
#include "std/http/server/page.h"

#include "rt/base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST = 4096 };

static bool reserve(trt_page* page, size_t len) {
    size_t cap = page->cap != 0 ? page->cap : FIRST;
    while (cap - page->len < len) {
        cap *= 2;
    }
    if (cap != page->cap) {
        char* grown = trt_realloc(page->data, page->cap, cap);
        if (grown == NULL) {
            page->failed = true;
            return false;
        }
        page->data = grown;
        page->cap = cap;
    }
    return true;
}

void trt_page_add(trt_page* page, const char* text, size_t len) {
    if (len != 0 && !page->failed && reserve(page, len)) {
        memcpy(page->data + page->len, text, len);
        page->len += len;
    }
}

void trt_page_puts(trt_page* page, const char* text) {
    trt_page_add(page, text, strlen(text));
}

void trt_page_printf(trt_page* page, const char* format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len > 0) {
        trt_page_add(page, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
    }
}

void trt_page_fini(trt_page* page) {
    trt_free(page->data, page->cap);
    *page = (trt_page){0};
}
