// SPDX-License-Identifier: Apache-2.0
// Events: what @Sse adds to a call. The stream begins before the handler does, so that a client
// sees it open while the handler is still setting up.
#ifndef TRT_HTTP_FRAMEWORK_CALL_EVENTS_H
#define TRT_HTTP_FRAMEWORK_CALL_EVENTS_H

#include "std/http/framework/call/handler.h"
#include "std/http/server/service.h"

/// trt_events_begin begins the stream of an @Sse handler.
/// Returns  true - the handler is to be called. Else *out_response is the answer in its place, 406
/// for a client that takes no events, 503 without memory (NULL as well), 200 without a body to
/// HEAD.
bool trt_events_begin(const trt_handlers* handlers, const trt_handler* handler,
                      trt_exchange* exchange, tmlrt_context* cx, tmlrt_response** out_response);
/// trt_events_answer returns the stream in place of the empty answer of a handler that returned,
/// and ends it when the handler never asked for it; an error, and every other answer, stays.
tmlrt_response* trt_events_answer(trt_exchange* exchange, tmlrt_response* response);

#endif
