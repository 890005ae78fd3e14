// SPDX-License-Identifier: Apache-2.0
// Fields for an answer that is not there yet: a list in the request's arena, in the order in which
// they were kept. It is put into a response once, when its head goes out
// (server/exchange_fields.c), so a stage need not know who answers. A request for which nothing is
// kept has only a flag that is not set.
//
// A field is kept in one of two ways. One that is set stands in for a field that the answer lacks:
// there is one of its name, the last that was set, and what the handler writes itself counts more.
// One that is added stands beside others (Vary, Set-Cookie, Link). One that is removed is also left
// out of those that every answer gets (core/security.h), until it is kept anew.
//
// Invariants: a list has at most MAX_KEPT fields, each of them good for a head
// (trt_response_check).
// Thread: the exchange's.
#include "std/http/core/answer_fields.h"

#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/core/response.h"
#include "std/http/core/security.h"

#include <stdalign.h>
#include <string.h>

enum { MAX_KEPT = 100 };

static bool is_named(const trt_header* header, const char* name, size_t len) {
    return header->name.len == len && trt_equal_nocase(header->name.data, name, len);
}

static bool is_same(const trt_header* a, const trt_header* b) {
    return is_named(a, b->name.data, (size_t)b->name.len) && a->value.len == b->value.len &&
           memcmp(a->value.data, b->value.data, (size_t)b->value.len) == 0;
}

static trt_answer_field** list_of(tmlrt_request* request) {
    if ((request->flags & TRT_REQUEST_KEEPS) == 0) {
        request->answer_fields = NULL;
        request->left_out = 0;
    }
    return &request->answer_fields;
}

// Takes the fields of that name out; returns how many there were.
static int32_t remove_named(trt_answer_field** at, const char* name, size_t len) {
    int32_t num = 0;
    while (*at != NULL) {
        if (is_named(&(*at)->header, name, len)) {
            *at = (*at)->next;
            num++;
        } else {
            at = &(*at)->next;
        }
    }
    return num;
}

// A field with a copy of its texts, in no list yet; NULL without memory.
static trt_answer_field* copy_of(trt_arena* arena, tmlrt_slice name, tmlrt_slice value) {
    trt_answer_field* field = trt_arena_alloc(arena, sizeof *field, alignof(trt_answer_field));
    name.data = trt_arena_dup(arena, name.data, (size_t)name.len);
    value.data = trt_arena_dup(arena, value.data, (size_t)value.len);
    if (field == NULL || name.data == NULL || value.data == NULL) {
        return NULL;
    }
    *field = (trt_answer_field){.header = {name, value}};
    return field;
}

static tmlrt_status keep(tmlrt_request* request, const char* name, const char* value, bool beside) {
    tmlrt_slice name_text = {name, strlen(name)}, value_text = {value, strlen(value)};
    if ((request->flags & TRT_REQUEST_HEAD_OUT) != 0) {
        return TMLRT_E_CLOSED;
    }
    TRT_TRY(trt_response_check(name_text, value_text));
    trt_answer_field** list = list_of(request);
    uint32_t num = 0;
    for (const trt_answer_field* at = *list; at != NULL; at = at->next) {
        num += beside || !is_named(&at->header, name, (size_t)name_text.len);
    }
    if (num >= MAX_KEPT) {
        return TMLRT_E_FULL;
    }
    trt_answer_field* field = copy_of(request->arena, name_text, value_text);
    if (field == NULL) {
        return TMLRT_E_NOMEM;
    }
    field->beside = beside;
    if (!beside) {
        (void)remove_named(list, name, (size_t)name_text.len);
    }
    while (*list != NULL) {
        list = &(*list)->next;
    }
    *list = field;
    request->flags |= TRT_REQUEST_KEEPS;
    request->left_out &= (uint8_t)~trt_security_bit(name, (size_t)name_text.len);
    return TMLRT_OK;
}

int32_t tmlrt_request_answer_header(tmlrt_request* request, const char* name, const char* value) {
    return keep(request, name, value, true);
}

int32_t tmlrt_request_set_answer_header(tmlrt_request* request, const char* name,
                                        const char* value) {
    return keep(request, name, value, false);
}

int32_t tmlrt_request_remove_answer_header(tmlrt_request* request, const char* name) {
    size_t len = strlen(name);
    int32_t num = remove_named(list_of(request), name, len);
    uint32_t bit = trt_security_bit(name, len);
    request->left_out |= (uint8_t)bit;
    request->flags |= bit != 0 ? TRT_REQUEST_KEEPS : 0;
    return num;
}

static bool has_same(const tmlrt_response* response, const trt_header* header) {
    for (uint32_t i = 0; i < response->num_headers; i++) {
        if (is_same(&response->headers[i], header)) {
            return true;
        }
    }
    return false;
}

tmlrt_status trt_answer_fields_put(const tmlrt_request* request, tmlrt_response* response) {
    uint32_t own = response->num_headers, num = 0;
    if ((request->flags & TRT_REQUEST_KEEPS) == 0) {
        return TMLRT_OK;
    }
    response->left_out |= request->left_out;
    for (const trt_answer_field* at = request->answer_fields; at != NULL; at = at->next) {
        num++;
    }
    TRT_TRY(trt_response_reserve(response, num));
    for (const trt_answer_field* at = request->answer_fields; at != NULL; at = at->next) {
        tmlrt_slice name = at->header.name;
        bool there = at->beside ? has_same(response, &at->header)
                                : trt_header_find(response->headers, own, name.data,
                                                  (size_t)name.len) != NULL;
        if (!there) {
            response->headers[response->num_headers++] = at->header;
        }
    }
    return TMLRT_OK;
}
