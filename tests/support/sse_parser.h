// SPDX-License-Identifier: Apache-2.0
// A client's parser of text/event-stream, written from the steps of the HTML standard (9.2.6) and
// from nothing of ours: line by line, then field by field, an event at every empty line.
#ifndef TESTS_SUPPORT_SSE_PARSER_H
#define TESTS_SUPPORT_SSE_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { SSE_TEXT_CAP = 1 << 17, SSE_EVENTS_CAP = 8 };

typedef struct sse_text {
    char* at; ///< into the parser's pool
    size_t len;
} sse_text;

typedef struct sse_parser {
    char pool[SSE_TEXT_CAP];
    size_t used;
    sse_text type, data, id; ///< buffers of the event that is being read; id is the last one
    bool has_data, has_id;
    long long retry; ///< the last one that was digits; -1: none
    struct {
        sse_text type, data, id;
    } events[SSE_EVENTS_CAP];
    size_t num_events;
} sse_parser;

static inline sse_text sse_keep(sse_parser* p, const char* text, size_t len) {
    sse_text kept = {p->pool + p->used, len};
    if (len > sizeof p->pool - p->used) {
        return (sse_text){p->pool, 0};
    }
    memcpy(kept.at, text, len);
    p->used += len;
    return kept;
}

static inline void sse_dispatch(sse_parser* p) {
    if (p->has_data && p->num_events < SSE_EVENTS_CAP) {
        p->events[p->num_events].type = p->type;
        p->events[p->num_events].data = p->data;
        p->events[p->num_events++].id = p->id;
    }
    p->has_data = false;
    p->type = p->data = (sse_text){0};
}

static inline void sse_field(sse_parser* p, const char* name, size_t name_len, const char* value,
                             size_t len) {
    if (name_len == 5 && memcmp(name, "event", 5) == 0) {
        p->type = sse_keep(p, value, len);
    } else if (name_len == 4 && memcmp(name, "data", 4) == 0) {
        // Lines are joined by LF, where the last one is if nothing was kept since.
        sse_text joined = p->data;
        if (joined.at == NULL || joined.at + joined.len != p->pool + p->used) {
            joined = sse_keep(p, joined.at != NULL ? joined.at : "", joined.len);
        }
        if (p->has_data) {
            sse_keep(p, "\n", 1);
            joined.len++;
        }
        sse_keep(p, value, len);
        joined.len += len;
        p->data = joined;
        p->has_data = true;
    } else if (name_len == 2 && memcmp(name, "id", 2) == 0) {
        if (len == 0 || memchr(value, '\0', len) == NULL) {
            p->id = sse_keep(p, value, len);
            p->has_id = true;
        }
    } else if (name_len == 5 && memcmp(name, "retry", 5) == 0) {
        long long number = 0;
        bool digits = len != 0 && len < 19;
        for (size_t i = 0; digits && i < len; i++) {
            digits = value[i] >= '0' && value[i] <= '9';
            number = number * 10 + (value[i] - '0');
        }
        p->retry = digits ? number : p->retry;
    }
}

static inline void sse_line(sse_parser* p, const char* line, size_t len) {
    if (len == 0) {
        sse_dispatch(p);
        return;
    }
    const char* colon = memchr(line, ':', len);
    if (colon == line) {
        return; // a comment
    }
    if (colon == NULL) {
        sse_field(p, line, len, "", 0);
        return;
    }
    const char* value = colon + 1;
    value += value < line + len && *value == ' ';
    sse_field(p, line, (size_t)(colon - line), value, (size_t)(line + len - value));
}

/// sse_parse reads a whole stream. An event that is not complete at its end is dropped.
static inline void sse_parse(sse_parser* p, const char* text, size_t len) {
    p->used = p->num_events = 0;
    p->type = p->data = p->id = (sse_text){0};
    p->has_data = p->has_id = false;
    p->retry = -1;
    size_t start = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] != '\n' && text[at] != '\r') {
            continue;
        }
        sse_line(p, text + start, at - start);
        at += text[at] == '\r' && at + 1 < len && text[at + 1] == '\n';
        start = at + 1;
    }
}

#endif
