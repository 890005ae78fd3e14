// SPDX-License-Identifier: Apache-2.0
// @Sse: before the handler and behind it. What is sent in between goes from the handler's writer to
// the answer's body without passing here (server/beat.h, server/body.h).
//
// Called by call.c and the pipeline, behind the guards. Thread: the exchange's.
#include "std/http/framework/call/events.h"

#include "std/http/core/accept.h"
#include "std/http/core/header.h"
#include "std/http/core/limits.h"
#include "std/http/core/method.h"
#include "std/http/core/response.h"
#include "std/http/framework/call/answer.h"

#include <string.h>

#define DEFAULT_HEARTBEAT_NS (15 * TRT_S)

/// Every Accept field is a part of one list.
static bool takes_events(const tmlrt_request* request) {
    bool any = false;
    for (uint32_t i = 0; i < request->num_headers; i++) {
        const trt_header* field = &request->headers[i];
        if (trt_header_find(field, 1, "Accept", 6) == NULL || field->value.len == 0) {
            continue;
        }
        any = true;
        if (trt_accept_takes(field->value, TRT_SLICE("text"), TRT_SLICE("event-stream"))) {
            return true;
        }
    }
    return !any;
}

bool trt_events_begin(const trt_handlers* handlers, const trt_handler* handler,
                      trt_exchange* exchange, tmlrt_context* cx, tmlrt_response** out_response) {
    trt_arena* arena = exchange->request.arena;
    if (handler->rules == NULL || !handler->rules->events) {
        return true;
    }
    if (!takes_events(&exchange->request)) {
        *out_response = trt_answer_problem(
            arena, 406, "the answer is text/event-stream, which Accept excludes");
        return false;
    }
    uint64_t beat_ns = handlers->limits.sse_heartbeat_ns;
    beat_ns = beat_ns != 0 ? beat_ns : DEFAULT_HEARTBEAT_NS;
    if (trt_exchange_begin_events(exchange, cx, beat_ns) != TMLRT_OK) {
        *out_response = trt_answer_problem(arena, 503, NULL);
        return false;
    }
    for (uint32_t i = 0; i < handler->rules->num_headers;
         i++) { // the head goes out before they are
        const trt_header* header = &handler->rules->headers[i];
        if (trt_response_set(exchange->events, header->name, header->value) != TMLRT_OK) {
            *out_response = trt_answer_problem(arena, 503, NULL);
            return false;
        }
    }
    if (exchange->request.method == TRT_METHOD_HEAD) { // the same head; the handler is not called
        exchange->events_taken = true;
        trt_exchange_end_events(exchange);
        *out_response = exchange->events;
        return false;
    }
    return true;
}

tmlrt_response* trt_events_answer(trt_exchange* exchange, tmlrt_response* response) {
    tmlrt_response* events = exchange->events;
    if (events == NULL || response == NULL || response->status >= 400) {
        return response;
    }
    if (!exchange->events_taken) {
        trt_exchange_end_events(exchange);
    }
    return events;
}
