// SPDX-License-Identifier: Apache-2.0
// Events as bytes. A client takes one space behind the colon away, so one is written always: a
// value that begins with a space keeps it. A value is one line per field; only data and comments
// are split, name and id are refused before (a field that somebody else wrote is the injection
// that this format is known for).
//
// Called by body.c under a body's lock and by tests. Thread: any.
#include "std/http/core/sse.h"

#include <stdbool.h>
#include <string.h>

typedef struct writer {
    trt_sse_sink sink;
    void* context;
    uint64_t len;
} writer;

static void put(writer* w, const char* data, uint64_t len) {
    w->len += len;
    if (w->sink != NULL && len != 0) {
        w->sink(w->context, data, (size_t)len);
    }
}

static void put_field(writer* w, const char* head, const char* data, uint64_t len) {
    put(w, head, strlen(head));
    put(w, data, len);
    put(w, "\n", 1);
}

/// One field per line. What ends with a line break has an empty line behind it.
static void put_lines(writer* w, const char* head, tmlrt_slice text) {
    uint64_t start = 0;
    for (uint64_t at = 0; at < text.len; at++) {
        char c = text.data[at];
        if (c != '\n' && c != '\r') {
            continue;
        }
        put_field(w, head, text.data + start, at - start);
        bool both = c == '\r' && at + 1 < text.len && text.data[at + 1] == '\n';
        at += both;
        start = at + 1;
    }
    put_field(w, head, text.data + start, text.len - start);
}

static void put_retry(writer* w, uint64_t ms) {
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + ms % 10);
        ms /= 10;
    } while (ms != 0);
    put_field(w, "retry: ", digits + at, sizeof digits - at);
}

static bool is_line(tmlrt_slice text) {
    return text.data == NULL || text.len == 0 ||
           (memchr(text.data, '\n', (size_t)text.len) == NULL &&
            memchr(text.data, '\r', (size_t)text.len) == NULL &&
            memchr(text.data, '\0', (size_t)text.len) == NULL);
}

tmlrt_status trt_sse_check(const trt_sse_event* event) {
    return is_line(event->name) && is_line(event->id) ? TMLRT_OK : TMLRT_E_INVAL;
}

uint64_t trt_sse_write(const trt_sse_event* event, trt_sse_sink sink, void* context) {
    writer w = {sink, context, 0};
    if (event->comment.data != NULL) {
        put_lines(&w, ": ", event->comment);
    }
    if (event->name.data != NULL && event->name.len != 0) {
        put_field(&w, "event: ", event->name.data, event->name.len);
    }
    if (event->id.data != NULL) {
        put_field(&w, "id: ", event->id.data, event->id.len);
    }
    if (event->retry_ms != TRT_SSE_NO_RETRY) {
        put_retry(&w, event->retry_ms);
    }
    if (event->data.data != NULL) {
        put_lines(&w, "data: ", event->data);
    }
    put(&w, "\n", 1);
    return w.len;
}
