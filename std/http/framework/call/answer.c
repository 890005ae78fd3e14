// SPDX-License-Identifier: Apache-2.0
// From a returned value to a response, by the return record.
//
// The body is written straight into the request's arena. What an error value (Outcome's Err)
// becomes is in answer_error.c. Called on the connection's worker; the value stays its owner's.
#include "std/http/framework/call/answer.h"

#include "rt/base/bytes.h"
#include "std/http/core/response.h"
#include "std/http/framework/value/json_write.h"
#include "std/http/framework/value/value.h"

#include <stdio.h>
#include <string.h>

tmlrt_response* trt_answer_problem(trt_arena* arena, int32_t status, const char* detail) {
    trt_problem problem = {.status = status, .detail = detail};
    return trt_problem_response(arena, &problem);
}

/// Says how many errors there are when not all of them are told.
static const char* bind_detail(trt_arena* arena, const trt_bind_errors* errors) {
    char text[256];
    if (errors->num_all == errors->num) {
        return errors->detail;
    }
    int len = snprintf(text, sizeof text, "%s: %u errors, the first %u are listed", errors->detail,
                       (unsigned)errors->num_all, (unsigned)errors->num);
    return trt_arena_dup(arena, text, (size_t)len);
}

trt_problem trt_answer_bind_problem(trt_arena* arena, const trt_bind_errors* errors) {
    const char* detail = bind_detail(arena, errors);
    return (trt_problem){.status = errors->status,
                         .detail = detail != NULL ? detail : errors->detail,
                         .num_errors = errors->num,
                         .errors = errors->items};
}

tmlrt_response* trt_answer_bind_errors(trt_arena* arena, const trt_bind_errors* errors) {
    trt_problem problem = trt_answer_bind_problem(arena, errors);
    tmlrt_response* response = trt_problem_response(arena, &problem);
    if (response != NULL && errors->status == 415 &&
        trt_response_add(response, errors->hint.name, errors->hint.value) != TMLRT_OK) {
        return NULL;
    }
    return response;
}

size_t trt_answer_allowed(char* out, uint32_t allow) {
    static const struct {
        uint32_t bits;
        const char* name;
    } methods[] = {
        {TRT_METHOD_BIT(TRT_METHOD_GET), "GET"},
        {TRT_METHOD_BIT(TRT_METHOD_GET) | TRT_METHOD_BIT(TRT_METHOD_HEAD), "HEAD"},
        {TRT_METHOD_BIT(TRT_METHOD_POST), "POST"},
        {TRT_METHOD_BIT(TRT_METHOD_PUT), "PUT"},
        {TRT_METHOD_BIT(TRT_METHOD_PATCH), "PATCH"},
        {TRT_METHOD_BIT(TRT_METHOD_DELETE), "DELETE"},
        {UINT32_MAX, "OPTIONS"},
    };
    char* end = out;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if ((allow & methods[i].bits) != 0) {
            end = trt_bytes_copy(end, ", ", end != out ? 2 : 0);
            end = trt_bytes_copy(end, methods[i].name, strlen(methods[i].name));
        }
    }
    return (size_t)(end - out);
}

tmlrt_response* trt_answer_allow(trt_arena* arena, int32_t status, uint32_t allow) {
    char text[64];
    tmlrt_slice value = {text, trt_answer_allowed(text, allow)};
    tmlrt_response* response =
        status == 204 ? trt_response_new(arena, 204) : trt_answer_problem(arena, status, NULL);
    if (response == NULL || trt_response_add(response, TRT_SLICE("Allow"), value) != TMLRT_OK) {
        return NULL;
    }
    return response;
}

static __attribute__((noinline)) tmlrt_response* json(trt_arena* arena, const trt_json_keys* keys,
                                                      int32_t status, const tmlrt_meta_type* type,
                                                      const void* value) {
    tmlrt_response* response = trt_response_new_typed(arena, status, TRT_SLICE("application/json"));
    if (response == NULL) {
        return NULL;
    }
    trt_json_writer writer;
    trt_json_begin(&writer, arena, keys);
    trt_json_put_value(&writer, type, value);
    return trt_json_finish(&writer, &response->body) == TMLRT_OK ? response : NULL;
}

static __attribute__((noinline)) tmlrt_response* text(trt_arena* arena, int32_t status,
                                                      const char* data, size_t len) {
    tmlrt_response* response =
        trt_response_new_typed(arena, status, TRT_SLICE("text/plain; charset=utf-8"));
    const char* copy = trt_arena_dup(arena, data, len);
    if (response == NULL || copy == NULL) {
        return NULL;
    }
    response->body = (tmlrt_slice){copy, len};
    return response;
}

static const void* load_pointer(const void* place) {
    const void* pointer;
    memcpy(&pointer, place, sizeof pointer);
    return pointer;
}

static tmlrt_response* answer(trt_arena* arena, const trt_json_keys* keys, int32_t status,
                              const tmlrt_meta_type* type, const char* value) {
    const void* pointer;
    const tmlrt_meta_type* inner = type->ref;
    int32_t tag;
    switch (type->kind) {
    case TMLRT_TYPE_UNIT:
        return trt_response_new(arena, status == 200 ? 204 : status);
    case TMLRT_TYPE_RESPONSE:
        return (tmlrt_response*)(uintptr_t)load_pointer(value);
    case TMLRT_TYPE_STR:
        pointer = load_pointer(value);
        return pointer != NULL ? text(arena, status, pointer, strlen(pointer))
                               : text(arena, status, "", 0);
    case TMLRT_TYPE_TEXT:
        pointer = load_pointer(value);
        return pointer != NULL ? text(arena, status, ((const trt_tml_text*)pointer)->data,
                                      (size_t)((const trt_tml_text*)pointer)->len)
                               : text(arena, status, "", 0);
    case TMLRT_TYPE_MAYBE:
        pointer = trt_value_payload(type, value);
        return pointer != NULL ? answer(arena, keys, status, inner, pointer)
                               : trt_answer_problem(arena, 404, NULL);
    case TMLRT_TYPE_OUTCOME:
        memcpy(&tag, value, sizeof tag);
        return tag == 0 ? answer(arena, keys, status, &inner[0], value + type->payload_off)
                        : trt_answer_error(arena, keys, &inner[1], value + type->payload_off);
    default:
        return json(arena, keys, status, type, value);
    }
}

tmlrt_response* trt_answer_value(trt_arena* arena, const trt_json_keys* keys,
                                 const trt_handler* handler, const void* out) {
    return answer(arena, keys, handler->success, handler->route->ret, out);
}
