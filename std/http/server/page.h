// SPDX-License-Identifier: Apache-2.0
// Page: text that grows, for what the admin listener shows. Running out of memory is remembered, so
// that it is asked for once, at the end. Not thread-safe.
#ifndef TRT_HTTP_SERVER_PAGE_H
#define TRT_HTTP_SERVER_PAGE_H

#include <tmlrt/abi/slice.h>

#include <stdbool.h>
#include <stddef.h>

/// trt_page is all-zero at first.
typedef struct trt_page {
    char* data; ///< not NUL-terminated
    size_t len, cap;
    bool failed; ///< no memory: what follows is not added
} trt_page;

/// trt_page_add appends bytes.
void trt_page_add(trt_page* page, const char* text, size_t len);
/// trt_page_puts appends a NUL-terminated text.
void trt_page_puts(trt_page* page, const char* text);
/// trt_page_printf appends at most 255 bytes; what is beyond is cut.
void trt_page_printf(trt_page* page, const char* format, ...) __attribute__((format(printf, 2, 3)));
/// trt_page_fini frees; the page is empty again.
void trt_page_fini(trt_page* page);

#endif
