// SPDX-License-Identifier: Apache-2.0
// Problem details: written twice by the same code, first to measure, then to fill. Pure.
#include "std/http/core/problem.h"

#include "std/http/core/response.h"
#include "std/http/core/status.h"
#include "std/http/core/utf8.h"

#include <stdio.h>
#include <string.h>

typedef struct sink {
    char* out;
    size_t cap, len;
} sink;

static void put(sink* s, const char* data, size_t len) {
    if (s->len < s->cap) {
        size_t room = s->cap - s->len;
        memcpy(s->out + s->len, data, len < room ? len : room);
    }
    s->len += len;
}

static void put_text(sink* s, const char* text) {
    put(s, text, strlen(text));
}

static void put_json_byte(sink* s, char c, bool valid_utf8) {
    char escaped[8];
    if (c == '"' || c == '\\') {
        escaped[0] = '\\';
        escaped[1] = c;
        put(s, escaped, 2);
    } else if ((uint8_t)c < 0x20 || c == 0x7f) {
        put(s, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)(uint8_t)c));
    } else if ((uint8_t)c >= 0x80 && !valid_utf8) {
        put_text(s, "\\ufffd");
    } else {
        put(s, &c, 1);
    }
}

static void put_string(sink* s, const char* text) {
    size_t len = strlen(text);
    bool valid = trt_utf8_valid(text, len);
    put(s, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        put_json_byte(s, text[i], valid);
    }
    put(s, "\"", 1);
}

static void put_member(sink* s, const char* name, const char* text) {
    if (text != NULL) {
        put_text(s, ",\"");
        put_text(s, name);
        put_text(s, "\":");
        put_string(s, text);
    }
}

static void put_error(sink* s, const trt_problem_error* error) {
    put_text(s, error->pointer != NULL ? "{\"pointer\":" : "{\"name\":");
    put_string(s, error->pointer != NULL ? error->pointer : error->name != NULL ? error->name : "");
    put_member(s, "in", error->where);
    put_member(s, "detail", error->detail);
    put_text(s, "}");
}

size_t trt_problem_write(char* out, size_t cap, const trt_problem* problem) {
    sink s = {out, cap, 0};
    const char* title =
        problem->title != NULL ? problem->title : trt_status_reason(problem->status);
    char status[32];
    put_text(&s, "{\"type\":");
    put_string(&s, problem->type != NULL ? problem->type : "about:blank");
    put_member(&s, "title", title);
    put(&s, status,
        (size_t)snprintf(status, sizeof status, ",\"status\":%d", (int)problem->status));
    put_member(&s, "detail", problem->detail);
    put_member(&s, "instance", problem->instance);
    if (problem->num_errors != 0) {
        put_text(&s, ",\"errors\":[");
        for (uint32_t i = 0; i < problem->num_errors; i++) {
            put(&s, ",", i != 0);
            put_error(&s, &problem->errors[i]);
        }
        put_text(&s, "]");
    }
    if (problem->extension.len != 0) {
        put(&s, problem->extension.data, (size_t)problem->extension.len);
    }
    put_text(&s, "}");
    return s.len;
}

tmlrt_response* trt_problem_response(trt_arena* arena, const trt_problem* problem) {
    tmlrt_response* response =
        trt_response_new_typed(arena, problem->status, TRT_SLICE("application/problem+json"));
    size_t len = trt_problem_write(NULL, 0, problem);
    char* body = response != NULL ? trt_arena_alloc(arena, len, 1) : NULL;
    if (body == NULL) {
        return NULL;
    }
    trt_problem_write(body, len, problem);
    response->body = (tmlrt_slice){body, len};
    if (problem->challenge == NULL) {
        return response;
    }
    tmlrt_slice challenge = {problem->challenge, strlen(problem->challenge)};
    tmlrt_status status = trt_response_add(response, TRT_SLICE("WWW-Authenticate"), challenge);
    if (status == TMLRT_E_HTTP_HEADER) {
        return trt_problem_response(arena, &(trt_problem){.status = 500});
    }
    return status == TMLRT_OK ? response : NULL;
}
