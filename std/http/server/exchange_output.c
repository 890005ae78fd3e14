// SPDX-License-Identifier: Apache-2.0
// What an exchange sends, in which order: the rules that every codec shares.
//
//   NOTHING -> (INTERIM)* -> HEAD -> (DATA)* -> END | ABORT      sent: NOTHING, HEAD, ALL
//   NOTHING -> (INTERIM)* -> WHOLE
//   NOTHING -> (INTERIM)* -> SWITCH -> (DATA)* -> END | ABORT    another protocol takes over
//
// - An interim answer goes out before the final head or not at all, and never to HTTP/1.0.
// - 100 Continue is sent when the handler first reads a stream whose peer waits for it; an answer
//   that comes earlier makes it unnecessary.
// - The final head is that of the answer the service gave (READY), or, before that, of the answer
//   whose stream was begun. In the latter case the service must answer with the same one: another
//   (a handler that failed after it began) cannot be sent any more and aborts.
// - A message that has no body (HEAD, 204, 205, 304) takes what its stream is given and sends none.
// - The final head has the fields that stages keep (exchange_fields.c); a stream aborts that has no
//   memory for them.
// - A stream that failed (wrong length, its writer gone, abort) aborts.
// - A handler takes a protocol that the peer asks for before anything was sent; the head goes out
// at
//   once, since the peer says nothing before it. Then bytes flow both ways, each way with an end of
//   its own. A status of success that does not take it cannot be said to an extended CONNECT: 501.
//
// Thread: the exchange's; streams have locks of their own.
#include "std/http/server/service.h"

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "std/http/core/chars.h"
#include "std/http/core/response.h"
#include "std/http/core/status.h"
#include "std/http/server/beat.h"
#include "std/http/server/body.h"

#include <stdalign.h>
#include <string.h>

tmlrt_status trt_exchange_stream_body(trt_exchange* exchange, uint64_t length) {
    tmlrt_body* body = trt_body_new(length, exchange->budget);
    if (body == NULL) {
        return TMLRT_E_NOMEM;
    }
    exchange->request.stream = body;
    exchange->wire = true;
    return TMLRT_OK;
}

tmlrt_status trt_exchange_asks(trt_exchange* exchange, tmlrt_slice protocols, bool early) {
    if (early) {
        exchange->offered = trt_body_new(TRT_BODY_UNKNOWN, exchange->budget);
        if (exchange->offered == NULL) {
            return TMLRT_E_NOMEM;
        }
        exchange->offered->bare = true;
    }
    exchange->request.protocols = protocols;
    exchange->wire = true;
    return TMLRT_OK;
}

static bool has_interims(const tmlrt_request* request) {
    return request->version_major != 1 || request->version_minor != 0;
}

static bool put_interim(trt_exchange* exchange, trt_wire* wire) {
    static const tmlrt_response s_continue = {.status = 100};
    tmlrt_request* request = &exchange->request;
    bool wanted = has_interims(request);
    if ((request->flags & TRT_REQUEST_EXPECTS) != 0 && request->stream != NULL &&
        trt_body_wants(request->stream)) {
        request->flags &= (uint8_t)~TRT_REQUEST_EXPECTS;
        if (wanted) {
            *wire = (trt_wire){.kind = TRT_WIRE_INTERIM, .response = &s_continue};
            return true;
        }
    }
    trt_interim* interim = exchange->interims;
    if (interim == NULL || !wanted) {
        exchange->interims = NULL;
        return false;
    }
    exchange->interims = interim->next;
    *wire = (trt_wire){.kind = TRT_WIRE_INTERIM, .response = interim->response};
    return true;
}

// A success that takes nothing would be read as one that does.
static void put_not_taken(trt_exchange* exchange, const tmlrt_response* response, trt_wire* wire) {
    if (response->stream != NULL) {
        trt_body_discard(response->stream);
    }
    exchange->sent = TRT_SENT_ALL;
    *wire = (trt_wire){.kind = TRT_WIRE_WHOLE,
                       .response = trt_exchange_own_answer(
                           exchange, 501, "the protocol that was asked for is not spoken here")};
}

static void put_head(trt_exchange* exchange, tmlrt_response* response, trt_wire* wire) {
    exchange->committed = response;
    exchange->interims = NULL;
    exchange->request.flags |= TRT_REQUEST_HEAD_OUT;
    if (response != NULL && !trt_exchange_add_fields(exchange, response)) {
        exchange->sent = TRT_SENT_ALL;
        wire->kind = TRT_WIRE_ABORT;
        return;
    }
    if (response != NULL && response == exchange->switched) {
        exchange->sent = TRT_SENT_HEAD;
        *wire = (trt_wire){.kind = TRT_WIRE_SWITCH,
                           .response = response,
                           .length = TRT_BODY_UNKNOWN,
                           .protocol = exchange->protocol};
        return;
    }
    if ((exchange->request.flags & TRT_REQUEST_CONNECT) != 0 && response != NULL &&
        response->status / 100 == 2) {
        put_not_taken(exchange, response, wire);
        return;
    }
    if (response == NULL || response->stream == NULL) {
        exchange->sent = TRT_SENT_ALL;
        *wire = (trt_wire){.kind = TRT_WIRE_WHOLE, .response = response};
        return;
    }
    bool has_body = exchange->request.method != TRT_METHOD_HEAD && response->status != 205 &&
                    trt_status_has_body(response->status);
    bool unknown = !has_body && response == exchange->events; // it has ended, the GET's would not
    *wire = (trt_wire){.kind = TRT_WIRE_HEAD,
                       .response = response,
                       .length = unknown ? TRT_BODY_UNKNOWN : trt_body_length(response->stream)};
    wire->no_body = !has_body;
    exchange->sent = TRT_SENT_HEAD;
    if (!has_body) {
        trt_body_discard(response->stream);
    }
}

// The handler has answered with another response than the one that was begun.
static bool has_changed(const trt_exchange* exchange) {
    return exchange->done && exchange->response != exchange->committed;
}

// What the body has come to: bytes, its end, or why there is no more.
static void tell_data(trt_exchange* exchange, size_t len, tmlrt_status status, trt_wire* wire) {
    const tmlrt_body* body = exchange->committed->stream;
    if (status != TMLRT_OK) {
        wire->kind = TRT_WIRE_ABORT;
    } else if (len != 0) {
        *wire = (trt_wire){.kind = TRT_WIRE_DATA, .len = len};
        return;
    } else {
        *wire = (trt_wire){
            .kind = TRT_WIRE_END, .trailers = body->trailers, .num_trailers = body->num_trailers};
    }
    exchange->sent = TRT_SENT_ALL;
}

static void put_data(trt_exchange* exchange, const tmlrt_waker* waker, char* out, size_t cap,
                     trt_wire* wire) {
    tmlrt_status status = TMLRT_E_CANCELLED;
    size_t len = 0;
    if (has_changed(exchange) || trt_body_poll_take(exchange->committed->stream, waker, out, cap,
                                                    &len, &status) == TMLRT_READY) {
        tell_data(exchange, len, status, wire);
    }
}

void trt_exchange_lend(trt_exchange* exchange, const tmlrt_waker* waker, tmlrt_slice out[2],
                       trt_wire* wire) {
    tmlrt_status status = TMLRT_E_CANCELLED;
    size_t len = 0;
    TRT_ASSERT(exchange->sent == TRT_SENT_HEAD);
    *wire = (trt_wire){.kind = TRT_WIRE_NOTHING};
    if (has_changed(exchange) ||
        trt_body_poll_lend(exchange->committed->stream, waker, out, &len, &status) == TMLRT_READY) {
        tell_data(exchange, len, status, wire);
    }
}

void trt_exchange_next(trt_exchange* exchange, const tmlrt_waker* waker, char* out, size_t cap,
                       trt_wire* wire) {
    *wire = (trt_wire){.kind = TRT_WIRE_NOTHING};
    if (exchange->sent == TRT_SENT_HEAD) {
        put_data(exchange, waker, out, cap, wire);
        return;
    }
    if (exchange->sent == TRT_SENT_ALL) {
        // What was begun and then answered otherwise: the head is right, the rest is not.
        bool other = exchange->done && exchange->committed != exchange->response;
        wire->kind = other ? TRT_WIRE_ABORT : TRT_WIRE_NOTHING;
        return;
    }
    if (put_interim(exchange, wire)) {
        return;
    }
    if (exchange->done) {
        put_head(exchange, exchange->response, wire);
    } else if (exchange->streamed != NULL && trt_body_watch(exchange->streamed->stream, waker)) {
        put_head(exchange, exchange->streamed, wire);
    }
}

const trt_promise* trt_exchange_next_promise(trt_exchange* exchange) {
    const trt_promise* promise = exchange->promises;
    if (promise != NULL) {
        exchange->promises = promise->next;
    }
    return promise;
}

void trt_exchange_flushed(trt_exchange* exchange) {
    if (exchange->committed != NULL && exchange->committed->stream != NULL) {
        trt_body_mark_sent(exchange->committed->stream);
    }
}

void trt_exchange_release(trt_exchange* exchange) {
    tmlrt_body* body = exchange->bodies;
    while (body != NULL) {
        tmlrt_body* next = body->next;
        trt_body_detach(body);
        trt_body_unref(body);
        body = next;
    }
    if (exchange->request.stream != NULL) {
        trt_body_detach(exchange->request.stream);
        trt_body_unref(exchange->request.stream);
        exchange->request.stream = NULL;
    }
    if (exchange->offered != NULL) {
        trt_body_detach(exchange->offered);
        trt_body_unref(exchange->offered);
    }
    exchange->bodies = exchange->offered = NULL;
    exchange->streamed = exchange->committed = exchange->events = exchange->switched = NULL;
    exchange->request.protocols = (tmlrt_slice){NULL, 0};
    exchange->events_taken = false;
    exchange->interims = NULL;
    exchange->promises = NULL;
    exchange->wire = exchange->done = false;
    exchange->sent = TRT_SENT_NOTHING;
}

void trt_exchange_cut(trt_exchange* exchange, tmlrt_cancel_reason reason) {
    tmlrt_status why = reason == TMLRT_CANCEL_CLIENT_GONE ? TMLRT_E_CONNRESET
                       : reason == TMLRT_CANCEL_DEADLINE  ? TMLRT_E_TIMEDOUT
                                                          : TMLRT_E_CANCELLED;
    if (reason == TMLRT_CANCEL_SHUTDOWN) {
        if (exchange->events != NULL) {
            trt_events_stop(exchange->events->stream); // it would not end by itself
        }
        return; // the others may be completed
    }
    for (tmlrt_body* body = exchange->bodies; body != NULL; body = body->next) {
        trt_body_fail(body, why);
    }
    if (exchange->request.stream != NULL) {
        trt_body_fail(exchange->request.stream, why);
    }
}

// ---- what a handler calls -----------------------------------------------------------------------

static trt_exchange* exchange_of(tmlrt_context* cx) {
    return (cx->flags & TMLRT_CX_EXCHANGE) != 0 ? ((trt_exchange_context*)cx)->exchange : NULL;
}

tmlrt_body* tmlrt_response_stream(tmlrt_context* cx, tmlrt_response* response, uint64_t len) {
    trt_exchange* exchange = exchange_of(cx);
    if (exchange == NULL || response->stream != NULL || exchange->sent != TRT_SENT_NOTHING) {
        return NULL;
    }
    tmlrt_body* body = trt_body_new(len, exchange->budget);
    if (body == NULL) {
        return NULL;
    }
    trt_body_ref(body); // one is the exchange's
    body->next = exchange->bodies;
    exchange->bodies = body;
    exchange->streamed = response;
    exchange->wire = true;
    response->stream = body;
    return body;
}

// The element of the request's list that is `wanted`; empty: there is none.
static tmlrt_slice find_protocol(tmlrt_slice list, const char* wanted) {
    size_t len = strlen(wanted);
    if (len == 0 || list.len == 0) {
        return (tmlrt_slice){NULL, 0};
    }
    const char *at = list.data, *end = at + list.len;
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at)),
                   *next = comma != NULL ? comma : end;
        const char* last = next;
        while (at < last && (*at == ' ' || *at == '\t')) {
            at++;
        }
        while (last > at && (last[-1] == ' ' || last[-1] == '\t')) {
            last--;
        }
        if ((size_t)(last - at) == len && trt_equal_nocase(at, wanted, len)) {
            return (tmlrt_slice){at, len};
        }
        at = next + 1;
    }
    return (tmlrt_slice){NULL, 0};
}

tmlrt_body* tmlrt_response_upgrade(tmlrt_context* cx, tmlrt_response* response,
                                   const char* protocol) {
    trt_exchange* exchange = exchange_of(cx);
    if (exchange == NULL || exchange->request.stream != NULL) {
        return NULL;
    }
    tmlrt_slice found = find_protocol(exchange->request.protocols, protocol);
    if (found.len == 0) {
        return NULL;
    }
    tmlrt_body* in = exchange->offered;
    in = in != NULL ? in : trt_body_new(TRT_BODY_UNKNOWN, exchange->budget);
    tmlrt_body* out = in != NULL ? tmlrt_response_stream(cx, response, TRT_BODY_UNKNOWN) : NULL;
    if (out == NULL) {
        trt_body_unref(in != exchange->offered ? in : NULL);
        return NULL;
    }
    in->bare = out->bare = true;
    exchange->offered = NULL;
    exchange->request.stream = in;
    exchange->switched = response;
    exchange->protocol = found;
    response->status = exchange->request.version_major == 1 ? 101 : 200;
    trt_body_begin(out);
    return out;
}

int32_t tmlrt_response_early_hints(tmlrt_context* cx, tmlrt_response* hints) {
    trt_exchange* exchange = exchange_of(cx);
    if (exchange == NULL || exchange->sent != TRT_SENT_NOTHING) {
        return TMLRT_E_CLOSED;
    }
    trt_interim* interim = trt_arena_alloc(hints->arena, sizeof *interim, alignof(trt_interim));
    tmlrt_response* copy = trt_response_new(hints->arena, 103);
    if (interim == NULL || copy == NULL) {
        return TMLRT_E_NOMEM;
    }
    copy->headers = hints->headers;
    copy->num_headers = copy->cap_headers = hints->num_headers;
    *interim = (trt_interim){.response = copy};
    trt_interim** last = &exchange->interims;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = interim;
    exchange->wire = true;
    return TMLRT_OK;
}
