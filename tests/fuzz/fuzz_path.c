// SPDX-License-Identifier: Apache-2.0
// Fuzz target: paths, queries and routes. A path that is accepted must obey rules that are written
// down here a second time, its canonical text must be a fixed point, and the router must find what
// the naive oracle finds, for both spellings and every method. The last line of the input is a path
// and, behind a '?', a query. Lines before it are routes: a byte that chooses the method, then
// `prefix|path` or just a path; without any there is a fixed set.
#include "std/http/framework/bind/bind.h"
#include "std/http/framework/route/path.h"
#include "std/http/framework/route/router.h"

#include "tests/support/route_oracle.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROUTES = 32, MAX_PATTERN = 400 };

/// The routes of one input, and which of them the router refused.
typedef struct table {
    trt_route_spec specs[MAX_ROUTES];
    bool skip[MAX_ROUTES];
    uint32_t num;
} table;

static const trt_route_spec s_specs[] = {
    {"/a", "", "GET"},        {"/a", "/:x", "GET"},   {"/a", "/b", "GET"},
    {"/a", "/:x/c", "GET"},   {"", "/admin", "GET"},  {"", "/f/*rest", "GET"},
    {"", "/:x/:y/:z", "GET"}, {"", "/a/b/*", "POST"}, {"", "/a/:q/c/d", "ALL"},
};

static trt_route_spec spec_at(const void* source, uint32_t index) {
    return ((const trt_route_spec*)source)[index];
}

/// An ambiguity must be one by the oracle too; what else is wrong is left out.
static void note(void* context, int error, uint32_t route, uint32_t other, const char* detail) {
    table* t = context;
    char shape[512], other_shape[512];
    if (error == TRT_ROUTER_AMBIGUOUS) {
        oracle_shape(shape, &t->specs[route]);
        oracle_shape(other_shape, &t->specs[other]);
        if (strcmp(shape, other_shape) != 0 || t->skip[other] || other >= route) {
            abort();
        }
    } else if (detail == NULL) {
        abort();
    }
    t->skip[route] = true;
}

/// No two of the accepted routes may be ambiguous.
static void check_accepted(const table* t) {
    static char shapes[MAX_ROUTES][512];
    for (uint32_t i = 0; i < t->num; i++) {
        if (t->skip[i]) {
            continue;
        }
        oracle_shape(shapes[i], &t->specs[i]);
        for (uint32_t k = 0; k < i; k++) {
            if (!t->skip[k] && strcmp(shapes[i], shapes[k]) == 0) {
                abort();
            }
        }
    }
}

/// Takes the lines of routes off the input; NUL-terminates them in place.
static char* read_routes(table* out, char* text, char* end) {
    static const char* const methods[] = {"GET",    "POST", "PUT",     "PATCH",
                                          "DELETE", "HEAD", "OPTIONS", "ALL"};
    char* line_end;
    out->num = 0;
    while ((line_end = memchr(text, '\n', (size_t)(end - text))) != NULL) {
        *line_end = '\0';
        if (*text != '\0' && out->num < MAX_ROUTES && line_end - text < MAX_PATTERN) {
            char* bar = strchr(text + 1, '|');
            trt_route_spec* spec = &out->specs[out->num++];
            *spec = (trt_route_spec){bar != NULL ? text + 1 : NULL,
                                     bar != NULL ? bar + 1 : text + 1, methods[*text & 7]};
            if (bar != NULL) {
                *bar = '\0';
            }
        }
        text = line_end + 1;
    }
    if (out->num == 0) {
        out->num = sizeof s_specs / sizeof s_specs[0];
        memcpy(out->specs, s_specs, sizeof s_specs);
    }
    return text;
}

/// The rules for one decoded segment, written down a second time.
static int segment_is_safe(const char* data, size_t len) {
    char part[TRT_PATH_MAX_BYTES + 1];
    size_t num = 0;
    if (len == 0 || memchr(data, '\0', len) != NULL || memchr(data, '\\', len) != NULL) {
        return 0;
    }
    for (size_t i = 0; i <= len; i++) {
        if (i == len || data[i] == '/') {
            part[num] = '\0';
            if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0) {
                return 0;
            }
            num = 0;
        } else {
            part[num++] = data[i];
        }
    }
    return 1;
}

static void check_route(const trt_router* router, const table* t, const trt_path* path,
                        const trt_path* again) {
    oracle_answer want;
    oracle_routes(&want, t->specs, t->skip, t->num, path);
    for (uint8_t method = 0; method < TRT_NUM_METHODS; method++) {
        trt_route_match first, second;
        trt_router_find(router, &first, path, method);
        trt_router_find(router, &second, again, method);
        bool same = first.route == want.route[method] && second.route == want.route[method];
        bool none = want.route[method] == TRT_ROUTE_NONE;
        if (!same || (none && (first.allow != want.allow || second.allow != want.allow))) {
            abort();
        }
    }
}

static void check_path(trt_arena* arena, const trt_router* router, const table* t,
                       tmlrt_slice raw) {
    trt_path path, again;
    const char* reason = NULL;
    tmlrt_status status = trt_path_parse(&path, arena, raw, &reason);
    if (status != TMLRT_OK) {
        if (status != TMLRT_E_NOMEM && reason == NULL) {
            abort();
        }
        return;
    }
    for (uint32_t i = 0; i < path.num_segments; i++) {
        tmlrt_slice segment = trt_path_segment(&path, i);
        if (!segment_is_safe(segment.data, (size_t)segment.len)) {
            abort();
        }
    }
    if (path.text.len > TRT_PATH_MAX_BYTES) {
        return; // escapes made it longer than a request may be
    }
    if (trt_path_parse(&again, arena, path.text, &reason) != TMLRT_OK ||
        again.text.len != path.text.len || again.num_segments != path.num_segments ||
        memcmp(again.text.data, path.text.data, (size_t)path.text.len) != 0) {
        abort();
    }
    check_route(router, t, &path, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    trt_arena arena;
    trt_router router;
    trt_query query;
    const char* reason;
    char* copy = malloc(size == 0 ? 1 : size);
    memcpy(copy, data, size);
    table routes = {.num = 0};
    char* text = read_routes(&routes, copy, copy + size);
    size_t left = size - (size_t)(text - copy);
    const char* mark = left == 0 ? NULL : memchr(text, '?', left);
    size_t path_len = mark != NULL ? (size_t)(mark - text) : left;
    trt_arena_init(&arena, 16 << 20);
    if (trt_router_init(&router, spec_at, routes.specs, routes.num, note, &routes) != TMLRT_OK) {
        abort();
    }
    check_accepted(&routes);
    check_path(&arena, &router, &routes, (tmlrt_slice){text, path_len});
    if (mark != NULL) {
        tmlrt_slice raw = {mark + 1, left - path_len - 1};
        if (trt_query_parse(&query, &arena, raw, NULL, &reason) == TMLRT_OK &&
            query.num > TRT_QUERY_MAX) {
            abort();
        }
    }
    trt_router_fini(&router);
    trt_arena_fini(&arena);
    free(copy);
    return 0;
}
