// SPDX-License-Identifier: Apache-2.0
// Error bodies as application/problem+json (RFC 9457), the same for every layer that answers one.
#ifndef TRT_HTTP_CORE_PROBLEM_H
#define TRT_HTTP_CORE_PROBLEM_H

#include "std/http/core/message.h"

/// trt_problem_error is one item of the `errors` member: which input, and what is wrong with it.
typedef struct trt_problem_error {
    const char* name;  ///< "id", "email": a parameter or a field of the body
    const char* where; ///< "path", "query", "header", "body"; NULL leaves it out
    const char* detail;
    const char* pointer; ///< RFC 6901, told instead of `name`: a place inside the body
} trt_problem_error;

/// trt_problem is an error to be told; all-NULL texts are left out. `type` NULL is "about:blank",
/// `title` NULL the reason phrase of the status.
typedef struct trt_problem {
    int32_t status;
    uint32_t num_errors;
    const char *type, *title, *detail, *instance;
    const trt_problem_error* errors;
    tmlrt_slice extension; ///< more members, each with a comma before it, already JSON
    const char* challenge; ///< no member: the answer's WWW-Authenticate, which a 401 must have
} trt_problem;

/// trt_problem_write writes the JSON object and returns its whole length; what does not fit in
/// `cap` is not written (so cap 0 measures). Bytes that are not UTF-8 become U+FFFD.
size_t trt_problem_write(char* out, size_t cap, const trt_problem* problem);
/// trt_problem_response makes an answer with this body in `arena`; NULL without memory. A challenge
/// that no field can be is a 500.
tmlrt_response* trt_problem_response(trt_arena* arena, const trt_problem* problem);

#endif
