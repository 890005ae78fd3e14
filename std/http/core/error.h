// SPDX-License-Identifier: Apache-2.0
// Error: why a request is not answered as its handler would have it, as filters are told.
#ifndef TRT_HTTP_CORE_ERROR_H
#define TRT_HTTP_CORE_ERROR_H

#include "std/http/core/problem.h"

/// tmlrt_error lies in the request's arena, and so does everything it points to.
struct tmlrt_error {
    trt_arena* arena;
    trt_problem problem; ///< with the texts of a 5xx, which the answer does not tell
    const char* name;    ///< of the type of an Err; "" when it was none
    trt_header extra;    ///< a field of the answer (Allow, Accept), literal name; none: empty
    tmlrt_response*
        response; ///< the default answer; what stages made of it as long as they pass it
    bool asked;   ///< the filters have been asked
};

/// trt_error_init copies everything into `arena` and makes the default answer.
/// Shape:   status outside of 400..599 is 500; `name` NULL is "". extra.name is a literal or empty.
/// Errors:  NOMEM - *out is not to be used.
TMLRT_NODISCARD tmlrt_status trt_error_init(tmlrt_error* out, trt_arena* arena,
                                            const trt_problem* problem, const char* name,
                                            trt_header extra);

#endif
