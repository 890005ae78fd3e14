// SPDX-License-Identifier: Apache-2.0
// The trailer fields of a body: one block of fields and texts, made anew with each. Called as
// body.h says. Thread: any.
#include "std/http/server/body.h"

#include "rt/base/alloc.h"
#include "std/http/core/header.h"

#include <string.h>

enum { MAX_TRAILERS = 16 };

// One block: all fields, then all texts, each with a NUL.
static tmlrt_status add_trailer(tmlrt_body* body, tmlrt_slice name, tmlrt_slice value) {
    uint32_t num = body->num_trailers + 1;
    size_t size = num * sizeof(trt_header) + (size_t)(name.len + value.len) + 2;
    for (uint32_t i = 0; i < body->num_trailers; i++) {
        size += (size_t)(body->trailers[i].name.len + body->trailers[i].value.len) + 2;
    }
    trt_header* grown = trt_alloc(size);
    if (grown == NULL) {
        return TMLRT_E_NOMEM;
    }
    char* text = (char*)(grown + num);
    for (uint32_t i = 0; i < num; i++) {
        bool fresh = i == body->num_trailers;
        tmlrt_slice parts[2] = {fresh ? name : body->trailers[i].name,
                                fresh ? value : body->trailers[i].value};
        for (int k = 0; k < 2; k++) {
            if (parts[k].len != 0) {
                memcpy(text, parts[k].data, (size_t)parts[k].len);
            }
            text[parts[k].len] = '\0';
            parts[k].data = text;
            text += parts[k].len + 1;
        }
        grown[i] = (trt_header){parts[0], parts[1]};
    }
    trt_free(body->trailers, body->trailer_bytes);
    body->trailers = grown;
    body->trailer_bytes = size;
    body->num_trailers = num;
    return TMLRT_OK;
}

tmlrt_status trt_body_trailer(tmlrt_body* body, tmlrt_slice name, tmlrt_slice value) {
    if (!trt_header_name_valid(name.data, (size_t)name.len) ||
        !trt_header_value_valid(value.data, (size_t)value.len) ||
        !trt_header_may_trail(name.data, (size_t)name.len)) {
        return TMLRT_E_HTTP_HEADER;
    }
    trt_mutex_lock(&body->lock);
    bool none = body->bare || body->declared != TRT_BODY_UNKNOWN;
    tmlrt_status status = body->state == TRT_BODY_FAILED       ? body->why
                          : body->state == TRT_BODY_ENDED      ? TMLRT_E_CLOSED
                          : none                               ? TMLRT_E_UNSUPPORTED
                          : body->num_trailers == MAX_TRAILERS ? TMLRT_E_FULL
                                                               : TMLRT_OK;
    if (status == TMLRT_OK) {
        status = add_trailer(body, name, value);
    }
    trt_mutex_unlock(&body->lock);
    return status;
}
