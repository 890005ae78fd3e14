// SPDX-License-Identifier: Apache-2.0
// Rules: what @Timeout, @BodyLimit, @SetHeader, @Redirect, @StreamBody and @Sse say about a
// route. The first two hold for what is nearest to the handler: itself, its controller, its module,
// the root.
#ifndef TRT_HTTP_FRAMEWORK_PIPELINE_RULES_H
#define TRT_HTTP_FRAMEWORK_PIPELINE_RULES_H

#include "std/http/core/message.h"
#include "std/http/framework/pipeline/pipeline.h"

/// trt_rules is what one route has beside its stages. All texts are the records'.
typedef struct trt_rules {
    uint64_t timeout_ns;  ///< 0: the server's
    uint64_t body_bytes;  ///< 0: the server's
    const char* redirect; ///< NULL: none
    int32_t redirect_status;
    bool streams_body; ///< the handler reads it in pieces
    bool events;       ///< the answer is a stream of events (call/events.h)
    uint32_t num_headers;
    const trt_header* headers; ///< one per name
} trt_rules;

/// trt_rules_is_decorator tells whether a decorator of that name is a rule.
bool trt_rules_is_decorator(const char* name);
/// trt_rules_check looks at the rules among the decorators of one place, a class or a route.
/// Shape:   `ret`: what the handler returns; NULL for a class.
/// Returns true when there is any.
bool trt_rules_check(const trt_record* record, const tmlrt_meta_table* decos,
                     const tmlrt_meta_type* ret, trt_diags* diags);
/// trt_rules_make reads the rules of a route, which were checked; NULL when there is none.
/// Errors:  NOMEM.
TMLRT_NODISCARD tmlrt_status trt_rules_make(const trt_rules** out, trt_pipelines* pipelines,
                                            const trt_record* route);
/// trt_rules_answer changes what a handler's value became, errors aside: a redirect to the url of
/// the decorator, or to the Str that was returned if it is not empty; and the fields. `own`: the
/// answer is a Response that the handler made, whose own fields stay. NULL without memory.
tmlrt_response* trt_rules_answer(const trt_rules* rules, tmlrt_response* response, bool own);

#endif
