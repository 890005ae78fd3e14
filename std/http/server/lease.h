// SPDX-License-Identifier: Apache-2.0
// What a request may ask for besides its memory: a token that tells why it ends early, and a scope
// for tasks that end with it. Both are made when they are asked for, and given up with the
// exchange.
#ifndef TRT_HTTP_SERVER_LEASE_H
#define TRT_HTTP_SERVER_LEASE_H

#include "std/http/server/service.h"

/// trt_exchange_cancel notes why an exchange ends early and cancels its token, if there is one; the
/// first reason stays.   Thread: the connection's worker.
void trt_exchange_cancel(trt_exchange* exchange, tmlrt_cancel_reason reason);
/// trt_exchange_settle_slowly is trt_exchange_settle for an exchange that has asked for something.
void trt_exchange_settle_slowly(trt_exchange* exchange);
/// trt_exchange_settle gives up token and scopes of an exchange whose frames are gone: what is left
/// of them is cancelled and aborted. An exchange that never asked pays two looks.
static inline void trt_exchange_settle(trt_exchange* exchange) {
    if (exchange->request.token != NULL || exchange->owner_id != 0) {
        trt_exchange_settle_slowly(exchange);
    }
}

#endif
