// SPDX-License-Identifier: Apache-2.0
// Fields that stages keep with a request for whatever answers it: a handler, an error, a stream
// whose head is out before any stage has it. Compiled code uses the tmlrt_request_*answer_header
// functions.
#ifndef TRT_HTTP_CORE_ANSWER_FIELDS_H
#define TRT_HTTP_CORE_ANSWER_FIELDS_H

#include "std/http/core/message.h"

/// trt_answer_fields_put gives a response whose head is about to go out the fields that are kept:
/// one that was added unless the same field is there, one that was set where none of its name is.
/// A second time changes nothing.
/// Errors:  NOMEM - the response is as it was.   Thread: the exchange's.
/// Cost:    fields of the response times those kept; allocates where its array has no room.
TMLRT_NODISCARD tmlrt_status trt_answer_fields_put(const tmlrt_request* request,
                                                   tmlrt_response* response);

#endif
