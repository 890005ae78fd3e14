// SPDX-License-Identifier: Apache-2.0
// Leases of a request: its cancellation token and its scope.
//
// The token is a root of its own: requests of different workers share no lock. It is told by the
// connection, in this order of what it finds out: the client is gone (client gone), the answer's
// time is up (deadline), the server drains (shutdown); and by the end of the exchange, whatever
// answered it (abort). A reason that came before anybody asked is kept, and told to the token that
// is made later.
// The request's scope is below the token. Scopes of the program that were made while the request
// was polled have the exchange for their owner and end with it too.
// Thread: the connection's worker; tokens and scopes may be handed anywhere.
#include "std/http/server/lease.h"

#include "rt/exec/group/scope.h"

tmlrt_cancel_token* tmlrt_request_cancel_token(tmlrt_request* request) {
    if (request->token == NULL) {
        request->token = trt_cancel_new(NULL);
        if (request->token != NULL && request->cancelled != TMLRT_CANCEL_NONE) {
            trt_cancel_fire(request->token, (tmlrt_cancel_reason)request->cancelled);
        }
    }
    return request->token;
}

tmlrt_scope* tmlrt_request_scope(tmlrt_request* request) {
    tmlrt_cancel_token* token = tmlrt_request_cancel_token(request);
    if (request->scope == NULL && token != NULL) {
        request->scope = trt_scope_new(UINT64_MAX, token, 0, NULL);
    }
    return request->scope;
}

void trt_exchange_cancel(trt_exchange* exchange, tmlrt_cancel_reason reason) {
    tmlrt_request* request = &exchange->request;
    if (exchange->wire) {
        trt_exchange_cut(exchange, reason);
    }
    if (request->cancelled == TMLRT_CANCEL_NONE) {
        request->cancelled = (uint8_t)reason;
        if (request->token != NULL) {
            trt_cancel_fire(request->token, reason);
        }
    }
}

void trt_exchange_settle_slowly(trt_exchange* exchange) {
    tmlrt_request* request = &exchange->request;
    trt_exchange_cancel(exchange, TMLRT_CANCEL_ABORT);
    if (request->scope != NULL) {
        (void)!trt_scope_end(request->scope); // a destructor that panicked was reported
    }
    if (exchange->owner_id != 0) {
        trt_scopes_cancel_of(exchange->owner_id, (tmlrt_cancel_reason)request->cancelled);
    }
    trt_cancel_unref(request->token);
    request->scope = NULL;
    request->token = NULL;
    exchange->owner_id = 0;
}
