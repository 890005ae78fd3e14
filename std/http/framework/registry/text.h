// SPDX-License-Identifier: Apache-2.0
// Text: a growing string for messages and tables that are printed once (not on the request path).
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_TEXT_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_TEXT_H

#include "rt/base/bytes.h"

#include <stdarg.h>

/// trt_text is NUL-terminated when not empty; all-zero is empty. `failed` stays set once memory ran
/// out: later appends do nothing, what was there stays readable.
typedef struct trt_text {
    char* data;
    size_t len, cap;
    bool failed;
} trt_text;

/// trt_text_append_grown is trt_text_append when there may be no room.
void trt_text_append_grown(trt_text* text, const char* data, size_t len);
/// trt_text_append adds `len` bytes.   Thread: owner.
static inline void trt_text_append(trt_text* text, const char* data, size_t len) {
    if (text->failed || text->cap - text->len <= len) {
        trt_text_append_grown(text, data, len);
        return;
    }
    *trt_bytes_copy(text->data + text->len, data, len) = '\0';
    text->len += len;
}
/// trt_text_puts adds a string.
static inline void trt_text_puts(trt_text* text, const char* string) {
    trt_text_append(text, string, strlen(string));
}
/// trt_text_pad adds spaces up to `column` bytes after `line_start`.
void trt_text_pad(trt_text* text, size_t line_start, size_t column);
/// trt_text_printf adds formatted text.
void trt_text_printf(trt_text* text, const char* format, ...) __attribute__((format(printf, 2, 3)));
/// trt_text_vprintf is trt_text_printf with the arguments in a list.
void trt_text_vprintf(trt_text* text, const char* format, va_list args)
    __attribute__((format(printf, 2, 0)));
/// trt_text_fini frees; all-zero is fine.
void trt_text_fini(trt_text* text);

#endif
