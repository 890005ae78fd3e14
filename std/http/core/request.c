// SPDX-License-Identifier: Apache-2.0
// What a handler may read of its request (functions.def). Codecs and the router put a NUL behind
// every slice that is handed out here, so most accessors return a pointer they already have; a
// query parameter is decoded into the request's arena. Called by compiled code during a poll, on
// the connection's worker.
#include "std/http/core/message.h"

#include "std/http/core/header.h"
#include "std/http/core/uri.h"

#include <string.h>

const char* tmlrt_request_method(const tmlrt_request* request) {
    return request->method_text.data;
}

const char* tmlrt_request_path(const tmlrt_request* request) {
    return request->path.data;
}

const char* tmlrt_request_header(const tmlrt_request* request, const char* name) {
    const trt_header* found =
        trt_header_find(request->headers, request->num_headers, name, strlen(name));
    return found != NULL ? found->value.data : NULL;
}

const char* tmlrt_request_param(const tmlrt_request* request, const char* name) {
    size_t len = strlen(name);
    for (uint32_t i = 0; i < request->num_params; i++) {
        const trt_path_param* param = &request->params[i];
        if (param->name.len == len && memcmp(param->name.data, name, len) == 0) {
            return param->value.data;
        }
    }
    return NULL;
}

// Decodes `text` into the arena with a NUL behind it; NULL when it is malformed or without memory.
static char* decode(trt_arena* arena, tmlrt_slice text, size_t* out_len) {
    char* out = trt_arena_alloc(arena, (size_t)text.len + 1, 1);
    if (out == NULL || trt_percent_decode(out, out_len, text, true) != TMLRT_OK) {
        return NULL;
    }
    out[*out_len] = '\0';
    return out;
}

const char* tmlrt_request_query(const tmlrt_request* request, const char* name) {
    size_t len = strlen(name), found_len;
    tmlrt_slice rest = request->query, key, value;
    while (trt_query_next(&rest, &key, &value)) {
        bool encoded = key.len != 0 && (memchr(key.data, '%', key.len) != NULL ||
                                        memchr(key.data, '+', key.len) != NULL);
        if (encoded) {
            const char* decoded = decode(request->arena, key, &found_len);
            if (decoded == NULL) {
                continue;
            }
            key = (tmlrt_slice){decoded, found_len};
        }
        if (key.len == len && memcmp(key.data, name, len) == 0) {
            return decode(request->arena, value, &found_len);
        }
    }
    return NULL;
}

void tmlrt_request_body(const tmlrt_request* request, tmlrt_slice* out) {
    *out = request->body;
}
