// SPDX-License-Identifier: Apache-2.0
// What a handler promises: requests in its peer's name, kept until the codec takes them
// (trt_exchange_next_promise) or the exchange ends. Nothing is told about what becomes of one: the
// peer may refuse it at any time, and asks itself for what it wants and was not promised.
//
// Thread: the exchange's.
#include "std/http/core/chars.h"
#include "std/http/server/service.h"

#include <stdalign.h>
#include <string.h>

static bool is_target(const char* target) {
    size_t len = strlen(target);
    return target[0] == '/' && trt_target_span(target, target + len) == target + len;
}

static bool copy_fields(trt_arena* arena, trt_promise* promise, const tmlrt_response* fields) {
    uint32_t num = fields != NULL ? fields->num_headers : 0;
    trt_header* copies =
        num != 0 ? trt_arena_alloc(arena, num * sizeof *copies, alignof(trt_header)) : NULL;
    for (uint32_t i = 0; copies != NULL && i < num; i++) {
        const trt_header* field = &fields->headers[i];
        const char* name = trt_arena_dup(arena, field->name.data, (size_t)field->name.len);
        const char* value = trt_arena_dup(arena, field->value.data, (size_t)field->value.len);
        if (name == NULL || value == NULL) {
            return false;
        }
        copies[i] = (trt_header){{name, field->name.len}, {value, field->value.len}};
    }
    promise->headers = copies;
    promise->num_headers = num;
    return num == 0 || copies != NULL;
}

int32_t tmlrt_request_push(tmlrt_context* cx, const char* method, const char* target,
                           const tmlrt_response* fields) {
    trt_exchange* exchange =
        (cx->flags & TMLRT_CX_EXCHANGE) != 0 ? ((trt_exchange_context*)cx)->exchange : NULL;
    if (exchange == NULL || exchange->sent == TRT_SENT_ALL) {
        return TMLRT_E_CLOSED;
    }
    if (exchange->request.version_major < 2) {
        return TMLRT_E_UNSUPPORTED;
    }
    bool head = strcmp(method, "HEAD") == 0;
    if ((!head && strcmp(method, "GET") != 0) || !is_target(target)) {
        return TMLRT_E_INVAL;
    }
    trt_arena* arena = exchange->request.arena;
    trt_promise* promise = trt_arena_alloc(arena, sizeof *promise, alignof(trt_promise));
    const char* path = trt_arena_dup(arena, target, strlen(target));
    if (promise == NULL || path == NULL || !copy_fields(arena, promise, fields)) {
        return TMLRT_E_NOMEM;
    }
    promise->next = NULL;
    promise->method = head ? (tmlrt_slice){"HEAD", 4} : (tmlrt_slice){"GET", 3};
    promise->target = (tmlrt_slice){path, strlen(path)};
    trt_promise** last = &exchange->promises;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = promise;
    exchange->wire = true;
    return TMLRT_OK;
}
