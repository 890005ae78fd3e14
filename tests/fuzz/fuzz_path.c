// SPDX-License-Identifier: Apache-2.0
// Fuzz target: paths and queries. What is accepted must obey an oracle that is written from the
// rules alone, its canonical text must be a fixed point, and the router must find the same route
// for both spellings. Up to a '?' the input is a path, behind it a query.
#include "std/http/framework/bind.h"
#include "std/http/framework/path.h"
#include "std/http/framework/router.h"

#include <stdlib.h>
#include <string.h>

static const trt_route_spec s_specs[] = {
    {"/a", "", "GET"},        {"/a", "/:x", "GET"},   {"/a", "/b", "GET"},
    {"/a", "/:x/c", "GET"},   {"", "/admin", "GET"},  {"", "/f/*rest", "GET"},
    {"", "/:x/:y/:z", "GET"}, {"", "/a/b/*", "POST"}, {"", "/a/:q/c/d", "ALL"},
};

static trt_route_spec spec_at(const void* source, uint32_t index) {
    return ((const trt_route_spec*)source)[index];
}

static void ignore(void* context, int error, uint32_t route, uint32_t other, const char* detail) {
    (void)context, (void)error, (void)route, (void)other, (void)detail;
    abort();
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

static void check_path(trt_arena* arena, const trt_router* router, tmlrt_slice raw) {
    trt_path path, again;
    trt_route_match first, second;
    const char* reason = NULL;
    tmlrt_status status = trt_path_parse(&path, arena, raw, &reason);
    if (status != TMLRT_OK) {
        if (status != TMLRT_E_NOMEM && reason == NULL) {
            abort();
        }
        return;
    }
    for (uint32_t i = 0; i < path.num_segments; i++) {
        if (!segment_is_safe(path.segments[i].data, (size_t)path.segments[i].len)) {
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
    trt_router_find(router, &first, &path, TRT_METHOD_GET);
    trt_router_find(router, &second, &again, TRT_METHOD_GET);
    if (first.route != second.route) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    trt_arena arena;
    trt_router router;
    trt_query query;
    const char* reason;
    char* copy = malloc(size == 0 ? 1 : size);
    memcpy(copy, data, size);
    const char* mark = size == 0 ? NULL : memchr(copy, '?', size);
    size_t path_len = mark != NULL ? (size_t)(mark - copy) : size;
    trt_arena_init(&arena, 16 << 20);
    if (trt_router_init(&router, spec_at, s_specs, sizeof s_specs / sizeof s_specs[0], ignore,
                        NULL) != TMLRT_OK) {
        abort();
    }
    check_path(&arena, &router, (tmlrt_slice){copy, path_len});
    if (mark != NULL) {
        tmlrt_slice raw = {mark + 1, size - path_len - 1};
        if (trt_query_parse(&query, &arena, raw, &reason) == TMLRT_OK &&
            query.num > TRT_QUERY_MAX) {
            abort();
        }
    }
    trt_router_fini(&router);
    trt_arena_fini(&arena);
    free(copy);
    return 0;
}
