// SPDX-License-Identifier: Apache-2.0
// What a handler may read of its request (functions.def). Codecs and the router put a NUL behind
// every slice that is handed out here, so most accessors return a pointer they already have; a
// query parameter is decoded into the request's arena. Called by compiled code during a poll, on
// the connection's worker.
#include "std/http/core/message.h"

#include <tmlrt/http/body.h>

#include "std/http/core/chars.h"
#include "std/http/core/cookie.h"
#include "std/http/core/header.h"
#include "std/http/core/uri.h"

#include <stdalign.h>
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

int32_t tmlrt_request_num_headers(const tmlrt_request* request) {
    return (int32_t)request->num_headers;
}

static const trt_header* header_at(const tmlrt_request* request, int32_t index) {
    return index >= 0 && (uint32_t)index < request->num_headers ? &request->headers[index] : NULL;
}

const char* tmlrt_request_header_value(const tmlrt_request* request, int32_t index) {
    const trt_header* header = header_at(request, index);
    return header != NULL ? header->value.data : NULL;
}

const char* tmlrt_request_cookie(const tmlrt_request* request, const char* name) {
    size_t len = strlen(name);
    for (uint32_t i = 0; i < request->num_headers; i++) {
        const trt_header* header = &request->headers[i];
        if (header->name.len != 6 || !trt_equal_nocase(header->name.data, "cookie", 6)) {
            continue;
        }
        tmlrt_slice rest = header->value, key, value;
        while (trt_cookie_next(&rest, &key, &value)) {
            if (key.len == len && memcmp(key.data, name, len) == 0) {
                return trt_arena_dup(request->arena, value.data, (size_t)value.len);
            }
        }
    }
    return NULL;
}

// A copy with a NUL behind it, "" for nothing and without memory.
static const char* text_of(const tmlrt_request* request, tmlrt_slice slice) {
    const char* copy =
        slice.len != 0 ? trt_arena_dup(request->arena, slice.data, (size_t)slice.len) : NULL;
    return copy != NULL ? copy : "";
}

const char* tmlrt_request_header_name(const tmlrt_request* request, int32_t index) {
    const trt_header* header = header_at(request, index); // behind a name is its colon
    return header != NULL ? text_of(request, header->name) : NULL;
}

const char* tmlrt_request_ip(const tmlrt_request* request) {
    return text_of(request, request->peer_ip);
}

const char* tmlrt_request_host(const tmlrt_request* request) {
    return text_of(request, request->authority);
}

int32_t tmlrt_request_is_secure(const tmlrt_request* request) {
    return (request->flags & TRT_REQUEST_SECURE) != 0;
}

static trt_request_value* find_value(const tmlrt_request* request, const char* key) {
    trt_request_value* value = request->values;
    while (value != NULL && strcmp(value->key, key) != 0) {
        value = value->next;
    }
    return value;
}

int32_t tmlrt_request_set(tmlrt_request* request, const char* key, const char* value) {
    trt_request_value* found = find_value(request, key);
    const char* copy = trt_arena_dup(request->arena, value, strlen(value));
    if (copy == NULL) {
        return TMLRT_E_NOMEM;
    }
    if (found != NULL) {
        found->value = copy;
        return TMLRT_OK;
    }
    found = trt_arena_alloc(request->arena, sizeof *found, alignof(trt_request_value));
    const char* name = trt_arena_dup(request->arena, key, strlen(key));
    if (found == NULL || name == NULL) {
        return TMLRT_E_NOMEM;
    }
    *found = (trt_request_value){request->values, name, copy};
    request->values = found;
    return TMLRT_OK;
}

const char* tmlrt_request_get(const tmlrt_request* request, const char* key) {
    const trt_request_value* found = find_value(request, key);
    return found != NULL ? found->value : NULL;
}

const char* tmlrt_request_protocols(const tmlrt_request* request) {
    return request->protocols.len != 0 ? request->protocols.data : NULL;
}

int32_t tmlrt_request_is_early_data(const tmlrt_request* request) {
    return (request->flags & TRT_REQUEST_EARLY_DATA) != 0;
}

void tmlrt_request_peer_certificate(const tmlrt_request* request, tmlrt_slice* out) {
    *out = request->peer_certificate;
}

// Takes the text up to `end` off `rest`, without the spaces around it.
static tmlrt_slice take_until(tmlrt_slice* rest, char end) {
    const char* found = rest->len != 0 ? memchr(rest->data, end, (size_t)rest->len) : NULL;
    uint64_t len = found != NULL ? (uint64_t)(found - rest->data) : rest->len;
    tmlrt_slice part = {rest->data, len};
    len += found != NULL;
    *rest = (tmlrt_slice){rest->data + len, rest->len - len};
    while (part.len != 0 && part.data[0] == ' ') {
        part.data++;
        part.len--;
    }
    while (part.len != 0 && part.data[part.len - 1] == ' ') {
        part.len--;
    }
    return part;
}

// A member of the Priority field's dictionary; what is no urgency and no incremental is passed
// over, parameters too. The last of two counts (RFC 8941 3.2).
static void take_priority(tmlrt_slice member, int32_t* urgency, int32_t* incremental) {
    tmlrt_slice bare = take_until(&member, ';'), value = bare, key = take_until(&value, '=');
    bool flag = key.len == bare.len; // no '=': true
    if (key.len != 1) {
        return;
    }
    if (key.data[0] == 'u' && value.len == 1 && value.data[0] >= '0' && value.data[0] <= '7') {
        *urgency = value.data[0] - '0';
    } else if (key.data[0] == 'i' && flag) {
        *incremental = 1;
    } else if (key.data[0] == 'i' && value.len == 2 && value.data[0] == '?') {
        *incremental = value.data[1] == '1';
    }
}

int32_t tmlrt_request_priority(const tmlrt_request* request, int32_t* out_incremental) {
    int32_t urgency = 3;
    *out_incremental = 0;
    const trt_header* found =
        trt_header_find(request->headers, request->num_headers, "priority", 8);
    tmlrt_slice rest = found != NULL ? found->value : (tmlrt_slice){NULL, 0};
    while (rest.len != 0) {
        take_priority(take_until(&rest, ','), &urgency, out_incremental);
    }
    return urgency;
}
