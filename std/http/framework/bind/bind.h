// SPDX-License-Identifier: Apache-2.0
// Binding: a request into the args struct of a handler, by the slots of its route record.
#ifndef TRT_HTTP_FRAMEWORK_BIND_BIND_H
#define TRT_HTTP_FRAMEWORK_BIND_BIND_H

#include "std/http/core/message.h"
#include "std/http/core/problem.h"
#include "std/http/framework/value/json_read.h"

enum {
    TRT_QUERY_MAX = 256,      ///< parameters of a query; also the most that a limit can be
    TRT_FORM_MAX = 1000,      ///< fields of a form, when no limit says otherwise
    TRT_BIND_MAX_ERRORS = 32, ///< told in one answer
};

/// trt_bind_limits are a server's own limits; 0 is the default.
typedef struct trt_bind_limits {
    uint32_t query_params, form_fields;
    trt_json_limits json;
    uint64_t sse_heartbeat_ns; ///< of streams of events, which are begun with what was bound
} trt_bind_limits;

/// trt_query is a parsed query: decoded pairs in the arena, NUL-terminated.
typedef struct trt_query {
    trt_path_param* items;
    uint32_t num;
} trt_query;

/// trt_query_parse decodes every pair of a raw query (`+` is a space).
/// Errors:  HTTP_PARSE - bad escape, %00, not UTF-8. HTTP_LIMIT - more than `limits` (NULL: 256).
///          NOMEM. *out_reason is a sentence for the first two, in the arena or constant.
TMLRT_NODISCARD tmlrt_status trt_query_parse(trt_query* out, trt_arena* arena, tmlrt_slice raw,
                                             const trt_bind_limits* limits,
                                             const char** out_reason);

/// trt_bind_input is everything a slot may take its value from.
typedef struct trt_bind_input {
    tmlrt_request* request; ///< params are filled
    const trt_query* query;
    const uint8_t* path_index;     ///< per slot: its index among request->params
    const trt_json_keys* keys;     ///< the program's shapes; NULL: made anew
    const trt_bind_limits* limits; ///< NULL: the defaults
} trt_bind_input;

/// trt_bind_errors collects what is wrong with a request, for one problem answer.
typedef struct trt_bind_errors {
    trt_problem_error items[TRT_BIND_MAX_ERRORS];
    uint32_t num, num_all;
    int32_t status;     ///< 400, 413 or 415
    const char* detail; ///< for the answer; in the arena or constant
    trt_header hint;    ///< with 415: what is taken, as Accept or Accept-Encoding; constant
} trt_bind_errors;

/// trt_bind_args fills `args` (route->args_size bytes, zeroed but for the instance at offset 0).
/// Errors:  BIND - `errors` has every error; what was made is freed, args is not to be used. NOMEM.
/// Owns:    on success lists and texts in args are the handler's.
TMLRT_NODISCARD tmlrt_status trt_bind_args(const tmlrt_meta_route* route, char* args,
                                           const trt_bind_input* input, trt_bind_errors* errors);

/// trt_bind_numbers does the same for a route all of whose parameters are whole numbers in the
/// path, in a usual spelling. False: they are not, nothing that was written counts: trt_bind_args.
bool trt_bind_numbers(const tmlrt_meta_route* route, char* args, const tmlrt_request* request,
                      const uint8_t* path_index);

/// trt_bind_check_json tells why a type cannot be read from JSON, NULL when it can; what can be
/// read can be written.
const char* trt_bind_check_json(const tmlrt_meta_type* type);
/// trt_bind_check tells at start why a slot can never be bound, NULL when it can.
const char* trt_bind_check(const tmlrt_meta_slot* slot);

#endif
