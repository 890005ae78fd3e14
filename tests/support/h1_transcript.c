// SPDX-License-Identifier: Apache-2.0
#include "tests/support/h1_transcript.h"

#include "std/http/core/chars.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The driver's side of a connection: the bytes that were handed over and are not consumed.
typedef struct feeder {
    h1_transcript* out;
    trt_h1_conn conn;
    tmlrt_request request;
    trt_header headers[100];
    const char* data; ///< the whole input
    size_t from, to;  ///< the window of it
    char* window;     ///< a copy of data[from, to), written to by the codec
    size_t window_cap, num_windows;
    bool relocate;
    char* trailers; ///< where the codec keeps trailer lines
} feeder;

static void note(h1_transcript* out, const char* format, ...) {
    va_list args;
    va_start(args, format);
    size_t room = H1_TRANSCRIPT_CAP - out->len;
    int len = vsnprintf(out->text + out->len, room, format, args);
    va_end(args);
    out->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void note_bytes(h1_transcript* out, tmlrt_slice bytes) {
    size_t room = H1_TRANSCRIPT_CAP - out->len - 1;
    size_t len = bytes.len < room ? (size_t)bytes.len : room;
    if (len != 0) {
        memcpy(out->text + out->len, bytes.data, len);
    }
    out->len += len;
    out->text[out->len] = '\0';
}

static void note_slice(h1_transcript* out, const char* label, tmlrt_slice slice, bool terminated) {
    note(out, "%s%llu:", label, (unsigned long long)slice.len);
    note_bytes(out, slice);
    if (terminated && slice.data != NULL && slice.data[slice.len] != '\0') {
        out->unterminated = true;
    }
}

static void note_head(feeder* f) {
    const tmlrt_request* request = &f->request;
    h1_transcript* out = f->out;
    note(out, "\nHEAD %u 1.%u ", request->method, request->version_minor);
    note_slice(out, "m", request->method_text, true);
    note_slice(out, " p", request->path, true);
    note_slice(out, " q", request->query, true);
    note_slice(out, " a", request->authority, false);
    for (uint32_t i = 0; i < request->num_headers; i++) {
        note_slice(out, "\n  ", request->headers[i].name, false);
        note_slice(out, "=", request->headers[i].value, true);
    }
    note(out, "\nkeep=%d BODY ", f->conn.keep_alive);
}

static void note_trailers(feeder* f) {
    trt_header field;
    for (uint32_t at = 0; trt_h1_conn_trailer(&f->conn, &at, &field);) {
        note_slice(f->out, "\n  trailer ", field.name, false);
        note_slice(f->out, "=", field.value, false);
    }
}

static void take(feeder* f, const trt_h1_result* result) {
    h1_transcript* out = f->out;
    if (result->events & TRT_H1_EV_HEAD) {
        note_head(f);
        note(out, result->events & TRT_H1_EV_UPGRADE ? "(upgrade)" : "");
        trt_h1_conn_keep_trailers(&f->conn, f->trailers);
    }
    if (result->events & TRT_H1_EV_CONTINUE) {
        out->continues = true;
        note(out, "(100)");
    }
    if (result->events & TRT_H1_EV_BODY) {
        note_bytes(out, result->body);
    }
    if (result->events & TRT_H1_EV_ERROR) {
        out->status = result->status;
        out->why = result->why;
        note(out, "\nERROR %u %s", result->status, result->why);
    }
    if (result->events & TRT_H1_EV_CLOSE) {
        note(out, "\nCLOSE");
    }
    if (result->events & TRT_H1_EV_COMPLETE) {
        out->num_answered++;
        note(out, " END");
        note_trailers(f);
        out->closed = !trt_h1_conn_next(&f->conn, 0);
        memset(&f->request, 0, sizeof f->request);
        f->request.headers = f->headers;
    }
}

// A window with bytes behind it that a scan may read and must not heed: others each time, and now
// and then what would go on with a line, or be one.
static char* window(feeder* f, size_t len) {
    static const char behind[] = {'a', ':', '\r', '\n', ' ', '\0', '-', '\t', '\x80', '\x7f'};
    static const char lines[][TRT_CHARS_SPARE] = {
        "a: b\r\nc: d\r\n\r\n", ": b\r\n\r\n",        "\r\n\r\n",
        "\nHost: h\r\n\r\n",    "/ HTTP/1.1\r\n\r\n", " HTTP/1.1\r\nHost: h\r\n\r\n"};
    enum { BYTES = sizeof behind, LINES = sizeof lines / sizeof lines[0] };
    char* fresh = malloc(len + TRT_CHARS_SPARE);
    size_t turn = f->num_windows++ % (BYTES + LINES);
    if (turn < BYTES) {
        memset(fresh + len, behind[turn], TRT_CHARS_SPARE);
    } else {
        memcpy(fresh + len, lines[turn - BYTES], TRT_CHARS_SPARE);
    }
    return fresh;
}

// A consumed prefix leaves the window; at another address when asked for.
static void drop(feeder* f, size_t consumed) {
    f->from += consumed;
    size_t left = f->to - f->from;
    if (f->relocate) {
        char* fresh = window(f, left);
        memcpy(fresh, f->window + consumed, left);
        free(f->window);
        f->window = fresh;
        f->window_cap = left;
    } else {
        memmove(f->window, f->window + consumed, left);
    }
}

static void add(feeder* f, size_t num) {
    size_t held = f->to - f->from;
    if (f->relocate || held + num > f->window_cap) {
        char* fresh = window(f, held + num);
        memcpy(fresh, f->window, held);
        free(f->window);
        f->window = fresh;
        f->window_cap = held + num;
    }
    memcpy(f->window + held, f->data + f->to, num);
    f->to += num;
}

static void drain(feeder* f) {
    for (;;) {
        trt_h1_result result;
        size_t held = f->to - f->from;
        trt_h1_conn_feed(&f->conn, &result, &f->request, f->window, held, 0);
        take(f, &result);
        if (result.consumed != 0) {
            drop(f, result.consumed);
        }
        bool progress = result.events != 0 || result.consumed != 0;
        if (f->out->status != 0 || f->out->closed || !progress || f->to == f->from) {
            return;
        }
    }
}

void h1_transcript_run(h1_transcript* out, const trt_http_limits* limits, const char* data,
                       size_t len, size_t first, size_t step, bool relocate, bool eof) {
    char* text = out->text;
    *out = (h1_transcript){.text = text};
    text[0] = '\0';
    feeder f = {.out = out, .data = data, .relocate = relocate};
    f.request.headers = f.headers;
    trt_h1_conn_init(&f.conn, limits, 0, 0);
    f.window = window(&f, 0);
    f.trailers = malloc(trt_h1_trailer_room(limits));
    for (size_t num = first == 0 ? step : first; f.to < len && out->status == 0 && !out->closed;
         num = step) {
        add(&f, num < len - f.to ? num : len - f.to);
        drain(&f);
        out->fed = f.to;
    }
    if (eof && out->status == 0 && !out->closed) {
        trt_h1_result result;
        trt_h1_conn_eof(&f.conn, &result);
        take(&f, &result);
    }
    free(f.trailers);
    free(f.window);
}
