// SPDX-License-Identifier: Apache-2.0
// What the smoke client prints of one request: whether the answer was as expected, the request
// (`>`), the answer (`<`), and what was wanted instead. Pure.
#include <tmlrt/log.h>

#include "std/http/core/status.h"
#include "std/http/framework/app/smoke.h"

#include <string.h>

enum { MAX_SHOWN = 4096 }; ///< bytes of a body

/// Writes a text, every line behind `mark`.
static void put_marked(trt_text* out, const char* mark, const char* text, size_t len) {
    size_t cut = len > MAX_SHOWN ? len - MAX_SHOWN : 0;
    len -= cut;
    while (len > 0) {
        const char* end = memchr(text, '\n', len);
        size_t line = end != NULL ? (size_t)(end - text) : len;
        size_t shown = line > 0 && text[line - 1] == '\r' ? line - 1 : line;
        trt_text_append(out, mark, strlen(mark) - (shown == 0)); // no space at the end
        trt_text_append(out, text, shown);
        trt_text_puts(out, "\n");
        text += line + (end != NULL);
        len -= line + (end != NULL);
    }
    if (cut != 0) {
        trt_text_printf(out, "%s... and %zu bytes more\n", mark, cut);
    }
}

static bool same_body(const char* want, tmlrt_slice body) {
    return body.len == strlen(want) && memcmp(body.data, want, (size_t)body.len) == 0;
}

/// Whether the answer is what was wanted.
static bool judge(const trt_smoke_case* want, const trt_smoke_answer* got) {
    if (got->status == 0) {
        return false;
    }
    bool right = want->status == 0 ? got->status < 500 : (uint32_t)got->status == want->status;
    return right && (want->body == NULL || same_body(want->body, got->body));
}

static void put_wanted(trt_text* out, const trt_smoke_case* want, const trt_smoke_answer* got) {
    if (got->status == 0) {
        trt_text_printf(out, "  no answer: %s\n",
                        got->error != TMLRT_OK ? tmlrt_status_text(got->error)
                                               : "what came back is not HTTP/1.1");
    } else if (want->status == 0) {
        trt_text_puts(out, "  expected: any status below 500\n");
    } else if ((uint32_t)got->status != want->status) {
        trt_text_printf(out, "  expected: %u %s\n", want->status,
                        trt_status_reason((int)want->status));
    }
    if (got->status != 0 && want->body != NULL && !same_body(want->body, got->body)) {
        trt_text_puts(out, "  expected body:\n");
        put_marked(out, "  < ", want->body, strlen(want->body));
    }
}

bool trt_smoke_report(trt_text* out, const trt_smoke_case* want, const trt_smoke_answer* got) {
    bool right = judge(want, got);
    trt_text_printf(out, "%s %s.%s: %s (%s:%u)\n", right ? "ok" : "FAILED", want->cls, want->name,
                    want->title, want->file, want->line);
    put_marked(out, "  > ", want->request, strlen(want->request));
    if (got->status != 0) {
        trt_text_printf(out, "  < %d %s\n", got->status, trt_status_reason(got->status));
        put_marked(out, "  < ", got->body.data, (size_t)got->body.len);
    }
    if (!right) {
        put_wanted(out, want, got);
    }
    return right;
}
