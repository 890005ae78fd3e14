// SPDX-License-Identifier: Apache-2.0
// The response builder: fields in an array that doubles in the arena (the old half stays behind
// until the arena is reset), bodies copied. A field that the wire must not see is refused here, at
// the call that made the mistake; the encoder checks all but literals once more. Thread: the
// exchange's.
#include "std/http/core/response.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/core/security.h"

#include <stdalign.h>
#include <string.h>

enum { FIRST_FIELDS = 8, MAX_FIELDS = 100, DETACHED_CAP = 16 << 20 };

typedef struct detached {
    tmlrt_response response;
    trt_arena arena;
    tmlrt_response* kept_next;
    bool kept;
} detached;

// The response and room for its first fields in one piece.
typedef struct first_piece {
    tmlrt_response response;
    trt_header fields[FIRST_FIELDS];
} first_piece;

tmlrt_response* trt_response_new(trt_arena* arena, int32_t status) {
    first_piece* made = trt_arena_alloc(arena, sizeof(first_piece), alignof(first_piece));
    if (made == NULL) {
        return NULL;
    }
    made->response = (tmlrt_response){
        .arena = arena, .status = status, .headers = made->fields, .cap_headers = FIRST_FIELDS};
    return &made->response;
}

tmlrt_response* trt_response_new_typed(trt_arena* arena, int32_t status, tmlrt_slice type) {
    tmlrt_response* response = trt_response_new(arena, status);
    if (response != NULL) {
        response->headers[0] = (trt_header){TRT_SLICE("Content-Type"), type};
        response->num_headers = response->num_literal = 1;
    }
    return response;
}

tmlrt_response* trt_response_new_detached(int32_t status) {
    detached* made = trt_alloc(sizeof(detached));
    if (made == NULL) {
        return NULL;
    }
    trt_arena_init(&made->arena, DETACHED_CAP);
    made->kept_next = NULL;
    made->kept = false;
    made->response = (tmlrt_response){.arena = &made->arena, .status = status, .detached = true};
    return &made->response;
}

void trt_response_free(tmlrt_response* response) {
    if (response != NULL && response->detached) {
        detached* made = TRT_CONTAINER_OF(response, detached, response);
        trt_arena_fini(&made->arena);
        trt_free(made, sizeof(detached));
    }
}

void trt_response_keep(tmlrt_response* response, tmlrt_response** list) {
    detached* made = TRT_CONTAINER_OF(response, detached, response);
    if (response->detached && !made->kept) {
        made->kept = true;
        made->kept_next = *list;
        *list = response;
    }
}

void trt_response_free_kept(tmlrt_response* list, const tmlrt_response* except) {
    while (list != NULL) {
        tmlrt_response* next = TRT_CONTAINER_OF(list, detached, response)->kept_next;
        if (list != except) {
            trt_response_free(list);
        }
        list = next;
    }
}

static tmlrt_status grow(tmlrt_response* response, uint32_t cap) {
    trt_header* grown =
        trt_arena_alloc(response->arena, cap * sizeof(trt_header), alignof(trt_header));
    if (grown == NULL) {
        return TMLRT_E_NOMEM;
    }
    if (response->num_headers != 0) {
        memcpy(grown, response->headers, response->num_headers * sizeof(trt_header));
    }
    response->headers = grown;
    response->cap_headers = cap;
    return TMLRT_OK;
}

static tmlrt_status reserve(tmlrt_response* response) {
    if (response->num_headers >= MAX_FIELDS) {
        return TMLRT_E_FULL;
    }
    if (response->num_headers < response->cap_headers) {
        return TMLRT_OK;
    }
    return grow(response, response->cap_headers == 0 ? FIRST_FIELDS : response->cap_headers * 2);
}

tmlrt_status trt_response_reserve(tmlrt_response* response, uint32_t num) {
    bool fits = response->cap_headers - response->num_headers >= num;
    return fits ? TMLRT_OK : grow(response, response->num_headers + num);
}

tmlrt_status trt_response_check(tmlrt_slice name, tmlrt_slice value) {
    bool good = trt_header_name_valid(name.data, name.len) &&
                trt_header_value_valid(value.data, value.len) &&
                !trt_header_is_framing(name.data, name.len);
    return good ? TMLRT_OK : TMLRT_E_HTTP_HEADER;
}

static tmlrt_status copy(trt_arena* arena, tmlrt_slice* slice) {
    const char* data = trt_arena_dup(arena, slice->data, (size_t)slice->len);
    if (data == NULL) {
        return TMLRT_E_NOMEM;
    }
    slice->data = data;
    return TMLRT_OK;
}

static tmlrt_status append(tmlrt_response* response, tmlrt_slice name, tmlrt_slice value) {
    TRT_TRY(reserve(response));
    response->headers[response->num_headers++] = (trt_header){name, value};
    return TMLRT_OK;
}

tmlrt_status trt_response_add_static(tmlrt_response* response, tmlrt_slice name,
                                     tmlrt_slice value) {
    TRT_ASSERT(trt_response_check(name, value) == TMLRT_OK);
    TRT_TRY(append(response, name, value));
    response->num_literal += response->num_literal + 1 == response->num_headers;
    return TMLRT_OK;
}

tmlrt_status trt_response_add(tmlrt_response* response, tmlrt_slice name, tmlrt_slice value) {
    tmlrt_status status = trt_response_check(name, value);
    if (status == TMLRT_OK) {
        status = copy(response->arena, &name);
    }
    if (status == TMLRT_OK) {
        status = copy(response->arena, &value);
    }
    return status == TMLRT_OK ? append(response, name, value) : status;
}

tmlrt_status trt_response_set(tmlrt_response* response, tmlrt_slice name, tmlrt_slice value) {
    const trt_header* found =
        trt_header_find(response->headers, response->num_headers, name.data, (size_t)name.len);
    if (found == NULL) {
        return trt_response_add(response, name, value);
    }
    tmlrt_status status = trt_response_check(name, value);
    if (status == TMLRT_OK) {
        status = copy(response->arena, &value);
    }
    if (status == TMLRT_OK) {
        uint32_t index = (uint32_t)(found - response->headers);
        response->headers[index].value = value;
        response->num_literal = index < response->num_literal ? index : response->num_literal;
    }
    return status;
}

static bool is_protocol_list(tmlrt_slice text) {
    bool good = trt_header_value_valid(text.data, (size_t)text.len) && text.len != 0;
    for (uint64_t i = 0; good && i < text.len; i++) {
        char c = text.data[i];
        good = c == '/' || c == ',' || c == ' ' || trt_char_is(c, TRT_CHAR_TOKEN);
    }
    return good;
}

// Both fields are the server's to write, and stand in front as literals of ours do. HTTP/2 has none
// of them and leaves them out.
int32_t tmlrt_response_require_upgrade(tmlrt_response* response, const char* protocols) {
    tmlrt_slice list = {protocols, strlen(protocols)};
    if (!is_protocol_list(list)) {
        return TMLRT_E_HTTP_HEADER;
    }
    TRT_TRY(copy(response->arena, &list));
    uint32_t num = response->num_headers;
    tmlrt_status status = append(response, TRT_SLICE("Connection"), TRT_SLICE("upgrade"));
    if (status == TMLRT_OK) {
        status = append(response, TRT_SLICE("Upgrade"), list);
    }
    if (status != TMLRT_OK) {
        response->num_headers = num;
        return status;
    }
    trt_header fields[2] = {response->headers[num], response->headers[num + 1]};
    memmove(response->headers + 2, response->headers, num * sizeof(trt_header));
    memcpy(response->headers, fields, sizeof fields);
    response->num_literal += 2;
    response->status = 426;
    return TMLRT_OK;
}

int32_t tmlrt_response_header(tmlrt_response* response, const char* name, const char* value) {
    return trt_response_add(response, (tmlrt_slice){name, strlen(name)},
                            (tmlrt_slice){value, strlen(value)});
}

int32_t tmlrt_response_body(tmlrt_response* response, const char* content_type, const void* data,
                            uint64_t len) {
    if (content_type != NULL) {
        tmlrt_status status = trt_response_set(response, TRT_SLICE("Content-Type"),
                                               (tmlrt_slice){content_type, strlen(content_type)});
        if (status != TMLRT_OK) {
            return status;
        }
    }
    tmlrt_slice body = {data, len};
    if (len != 0) {
        tmlrt_status status = copy(response->arena, &body);
        if (status != TMLRT_OK) {
            return status;
        }
    }
    response->body = body;
    return TMLRT_OK;
}

int32_t tmlrt_response_status(const tmlrt_response* response) {
    return response->status;
}

void tmlrt_response_set_status(tmlrt_response* response, int32_t status) {
    response->status = status;
}

const char* tmlrt_response_get_header(const tmlrt_response* response, const char* name) {
    const trt_header* found =
        trt_header_find(response->headers, response->num_headers, name, strlen(name));
    return found != NULL ? found->value.data : NULL;
}

// Removes every field of that name from index `from` on; returns how many there were.
static uint32_t remove_from(tmlrt_response* response, uint32_t from, const char* name, size_t len) {
    uint32_t kept = from, num_literal = response->num_literal;
    for (uint32_t i = from; i < response->num_headers; i++) {
        const trt_header* header = &response->headers[i];
        if (header->name.len == len && trt_equal_nocase(header->name.data, name, len)) {
            response->num_literal -= i < num_literal; // those behind it move up
            continue;
        }
        response->headers[kept++] = *header;
    }
    uint32_t removed = response->num_headers - kept;
    response->num_headers = kept;
    return removed;
}

int32_t tmlrt_response_set_header(tmlrt_response* response, const char* name, const char* value) {
    size_t len = strlen(name);
    tmlrt_status status =
        trt_response_set(response, (tmlrt_slice){name, len}, (tmlrt_slice){value, strlen(value)});
    if (status == TMLRT_OK) {
        const trt_header* first =
            trt_header_find(response->headers, response->num_headers, name, len);
        remove_from(response, (uint32_t)(first - response->headers) + 1, name, len);
    }
    return status;
}

int32_t tmlrt_response_remove_header(tmlrt_response* response, const char* name) {
    size_t len = strlen(name);
    response->left_out |= (uint8_t)trt_security_bit(name, len);
    return (int32_t)remove_from(response, 0, name, len);
}

void tmlrt_response_body_slice(const tmlrt_response* response, tmlrt_slice* out) {
    *out = response->body;
}
