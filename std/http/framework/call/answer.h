// SPDX-License-Identifier: Apache-2.0
// Answers: what a handler returned, as a response.
#ifndef TRT_HTTP_FRAMEWORK_CALL_ANSWER_H
#define TRT_HTTP_FRAMEWORK_CALL_ANSWER_H

#include "std/http/framework/bind/bind.h"
#include "std/http/framework/call/handler.h"

/// trt_answer_value makes the response of a value of the route's type at `out`:
/// Response itself; Unit an empty answer (204, or 201 of a POST); Str and Text text/plain, copied;
/// Maybe its value or 404; Outcome its value or a problem by the error's type; all else JSON.
/// Returns NULL without memory (the server answers 500).
tmlrt_response* trt_answer_value(trt_arena* arena, const trt_json_keys* keys,
                                 const trt_handler* handler, const void* out);
/// trt_answer_error makes the answer of an error value, always problem+json but for a Response:
/// a struct by its `status` field (else by its name: `...NotFound` is 404) with `type`, `title`,
/// `detail` and `instance`, every other field an extension member, type and title from its name
/// when it has none; Str and Text 400 with that detail; an integer from 400 to 599 its status. What
/// says none of this, and every status from 500 up, is told without any text of the value. Returns
/// NULL without memory.
tmlrt_response* trt_answer_error(trt_arena* arena, const trt_json_keys* keys,
                                 const tmlrt_meta_type* type, const void* value);
/// trt_answer_read_error reads what trt_answer_error tells, with the texts of a status from 500 up
/// as well: `out` points into the value and the arena. Shape:   an error that is a Response is
/// *out_response, else it is NULL. Errors:  NOMEM.
TMLRT_NODISCARD tmlrt_status trt_answer_read_error(trt_problem* out, tmlrt_response** out_response,
                                                   trt_arena* arena, const trt_json_keys* keys,
                                                   const tmlrt_meta_type* type, const void* value);
/// trt_answer_problem makes a problem+json answer; `detail` may be NULL.
tmlrt_response* trt_answer_problem(trt_arena* arena, int32_t status, const char* detail);
/// trt_answer_bind_errors tells every error of a binding in one problem.
tmlrt_response* trt_answer_bind_errors(trt_arena* arena, const trt_bind_errors* errors);
/// trt_answer_bind_problem is the problem of trt_answer_bind_errors; it points into `errors`.
trt_problem trt_answer_bind_problem(trt_arena* arena, const trt_bind_errors* errors);
/// trt_answer_allowed writes the value of an Allow field to `out` (64 bytes); returns its length.
size_t trt_answer_allowed(char* out, uint32_t allow);
/// trt_answer_allow answers OPTIONS (204) or a wrong method (405) with the Allow field. `allow`:
/// TRT_METHOD_BIT of the routes' methods; HEAD goes with GET, OPTIONS always.
tmlrt_response* trt_answer_allow(trt_arena* arena, int32_t status, uint32_t allow);

#endif
