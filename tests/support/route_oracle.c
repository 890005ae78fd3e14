// SPDX-License-Identifier: Apache-2.0
#include "tests/support/route_oracle.h"

#include "std/http/core/method.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 512, MAX_NUM = TRT_PATH_MAX_SEGMENTS + 1 };

typedef struct segment {
    char kind; ///< '0' static, '1' parameter, '2' wildcard
    char text[MAX_TEXT];
} segment;

/// Splits prefix and path of a pattern into decoded segments; returns their number.
static uint32_t split(segment* out, const trt_route_spec* spec) {
    char joined[2 * MAX_TEXT], *rest = joined, *part;
    uint32_t num = 0;
    snprintf(joined, sizeof joined, "%s/%s", spec->prefix != NULL ? spec->prefix : "",
             spec->path != NULL ? spec->path : "");
    while (num < MAX_NUM && (part = strsep(&rest, "/")) != NULL) {
        char* to = out[num].text;
        out[num].kind = part[0] == ':' ? '1' : part[0] == '*' ? '2' : '0';
        num += part[0] != '\0';
        for (; *part != '\0'; part++) {
            char hex[3] = {part[0], '\0', '\0'};
            if (*part == '%') {
                memcpy(hex, part + 1, 2);
                part += 2;
            }
            *to++ = hex[1] != '\0' ? (char)strtol(hex, NULL, 16) : hex[0];
        }
        *to = '\0';
    }
    return num;
}

/// Whether a pattern matches; `out` has the kinds of its segments: the smallest text is the most
/// specific.
static bool matches(char* out, const trt_route_spec* spec, const trt_path* path) {
    static segment segments[MAX_NUM];
    uint32_t num = split(segments, spec);
    memset(out, 0, MAX_NUM);
    for (uint32_t i = 0; i < num && i < path->num_segments; i++) {
        const char* text = segments[i].text;
        tmlrt_slice is = trt_path_segment(path, i);
        out[i] = segments[i].kind;
        if (out[i] == '2') {
            return true;
        }
        if (out[i] == '0' && (strlen(text) != is.len || memcmp(text, is.data, is.len) != 0)) {
            return false;
        }
    }
    return num == path->num_segments;
}

/// How a route answers a method: 0 as its own, 1 GET for HEAD, 2 ALL, 9 not.
static int answers(const trt_route_spec* spec, uint8_t method) {
    uint8_t own = (uint8_t)trt_method_lookup(spec->method, strlen(spec->method));
    if (strcmp(spec->method, "ALL") == 0) {
        return 2;
    }
    if (own == method) {
        return 0;
    }
    return own == TRT_METHOD_GET && method == TRT_METHOD_HEAD ? 1 : 9;
}

void oracle_routes(oracle_answer* out, const trt_route_spec* specs, const bool* skip, uint32_t num,
                   const trt_path* path) {
    char how[MAX_NUM + 1], best[TRT_NUM_METHODS][MAX_NUM + 1];
    out->allow = 0;
    for (uint32_t method = 0; method < TRT_NUM_METHODS; method++) {
        out->route[method] = TRT_ROUTE_NONE;
        strcpy(best[method], "9");
    }
    for (uint32_t i = 0; i < num; i++) {
        if ((skip != NULL && skip[i]) || !matches(how, &specs[i], path)) {
            continue;
        }
        // A lookup of "ALL" gives OTHER, whose bit says ALL.
        out->allow |= TRT_METHOD_BIT(trt_method_lookup(specs[i].method, strlen(specs[i].method)));
        size_t len = strlen(how);
        for (uint8_t method = 0; method < TRT_NUM_METHODS; method++) {
            int way = answers(&specs[i], method);
            how[len] = (char)('0' + way); // after the shape, which is the same for all ways
            if (way != 9 && strcmp(how, best[method]) < 0) {
                memcpy(best[method], how, sizeof how);
                out->route[method] = i;
            }
        }
    }
}

void oracle_shape(char out[512], const trt_route_spec* spec) {
    static segment segments[MAX_NUM];
    uint32_t num = split(segments, spec);
    size_t len = (size_t)snprintf(out, 512, "%s", spec->method);
    for (uint32_t i = 0; i < num && len < 512; i++) {
        len += (size_t)snprintf(out + len, 512 - len, "|%c%s", segments[i].kind,
                                segments[i].kind == '0' ? segments[i].text : "");
    }
}
