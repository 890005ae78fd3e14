// SPDX-License-Identifier: Apache-2.0
// The fields that stages keep for whatever answers (core/answer_fields.h) on their way into a head:
// of the service's answer, and of one that a codec gives in its place (the handler took too long,
// the body was refused in the middle, an answer cannot be encoded).
//
// Called where a head is decided: exchange_poll.h for an answer that is whole when the service is
// done, exchange_output.c for every other one, the codecs for their own. Thread: the exchange's.
#include "std/http/server/service.h"

#include "std/http/core/answer_fields.h"
#include "std/http/core/method.h"
#include "std/http/core/problem.h"
#include "std/http/core/response.h"

bool trt_exchange_add_fields(trt_exchange* exchange, tmlrt_response* response) {
    if (trt_answer_fields_put(&exchange->request, response) == TMLRT_OK) {
        return true;
    }
    if (response->stream != NULL) {
        return false;
    }
    response->status = 503;
    response->num_headers = response->num_literal = 0;
    response->body = (tmlrt_slice){NULL, 0};
    return true;
}

tmlrt_response* trt_exchange_own_answer(trt_exchange* exchange, uint32_t status, const char* why) {
    trt_problem problem = {.status = (int32_t)status, .detail = why};
    tmlrt_response* response = trt_problem_response(exchange->request.arena, &problem);
    tmlrt_status made = response != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
    if (made == TMLRT_OK && status == 503) {
        made = trt_response_add_static(response, TRT_SLICE("Retry-After"), TRT_SLICE("1"));
    } else if (made == TMLRT_OK && status == 405) { // RFC 9110 15.5.6
        made =
            trt_response_add_static(response, TRT_SLICE("Allow"), TRT_SLICE(TRT_METHODS_ALLOWED));
    }
    if (made == TMLRT_OK) {
        made = trt_answer_fields_put(&exchange->request, response);
    }
    exchange->own_status = (uint16_t)status;
    exchange->own_len = made == TMLRT_OK ? (uint16_t)response->body.len : 0;
    return made == TMLRT_OK ? response : NULL;
}
