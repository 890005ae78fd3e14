// SPDX-License-Identifier: Apache-2.0
// Service: the seam between a server (connections, codecs) and what answers requests (the
// framework). Neither side sees more of the other than this.
#ifndef TRT_HTTP_SERVER_SERVICE_H
#define TRT_HTTP_SERVER_SERVICE_H

#include "std/http/core/message.h"

/// One request being answered. Made by the server in its connection; `call` is the service's own
/// state, allocated from the request's arena.
typedef struct trt_exchange {
    tmlrt_request request;
    tmlrt_response* response; ///< set by the service before READY; NULL is answered with 500
    void* call;
    void* scope;         ///< the service's too: what it made for this request alone
    uint64_t owner_id;   ///< of the scopes that are made while it is polled
    uint64_t timeout_ns; ///< set by start: how long the answer may take from then on; 0: handler_ns
} trt_exchange;

/// trt_exchange_context is the context handed to poll and by it to compiled handlers: base.flags
/// has TMLRT_CX_EXCHANGE, so that tmlrt_response_new finds the arena.
typedef struct trt_exchange_context {
    tmlrt_context base;
    trt_exchange* exchange;
} trt_exchange_context;

enum { TMLRT_CX_EXCHANGE = 1u << 0 };

/// trt_service is a vtable plus the service's own pointer.
typedef struct trt_service {
    void* self;
    /// start routes and binds; READY with a response when no handler has to run (404, 400 ...).
    /// `cx` is a trt_exchange_context.
    tmlrt_poll (*start)(void* self, trt_exchange* exchange, tmlrt_context* cx);
    /// poll runs the handler on; called after PENDING.
    tmlrt_poll (*poll)(void* self, trt_exchange* exchange, tmlrt_context* cx);
    /// drop ends the exchange in any state: after the answer was encoded (drops handler outputs),
    /// or before it is there (client gone, deadline: drops the handler's frame).
    void (*drop)(void* self, trt_exchange* exchange);
    /// body_limit is asked when the head of a request that has a body is there, before any of it is
    /// read: how many bytes it may have; 0, or a NULL here: body_bytes. Allocates from the
    /// request's arena only, which may be reset before start.
    uint64_t (*body_limit)(void* self, const tmlrt_request* request);
} trt_service;

#endif
