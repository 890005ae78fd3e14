// SPDX-License-Identifier: Apache-2.0
// The answer of an HTTP/2 exchange to the codec: whole, or a head whose body is pulled; and answers
// of the server's own. Nothing is sent here: the connection collects what all streams have
// (h2_conn.c). Thread: the connection's worker.
#include "std/http/server/h2_conn.h"

#include "rt/base/log.h"
#include "std/http/server/body.h"
#include "std/http/server/lease.h"

enum { CHARGED_MIN = 8192 }; ///< answers below this are not worth counting

void trt_http2_begin_send(trt_http2_exchange* ex, const tmlrt_response* response) {
    ex->answered = true;
    if (response->body.len >= CHARGED_MIN) {
        ex->charged = response->body.len;
        trt_budget_charge(&trt_http2_server_of(ex)->budget, ex->charged);
    }
}

static const char* date_of(trt_http2_exchange* ex) {
    return trt_http_date(ex->conn->link.shard, ex->conn->now_ns);
}

// An answer of the server's own, instead of the service's, which is not polled any more.
void trt_http2_answer_own(trt_http2_exchange* ex, uint32_t status, const char* why) {
    tmlrt_response* response = trt_exchange_own_answer(&ex->exchange, status, why);
    ex->given_up = true;
    if (response == NULL || trt_h2_stream_answer(ex->stream, response, date_of(ex)) != TMLRT_OK) {
        trt_h2_stream_reset(ex->stream, TRT_H2_INTERNAL_ERROR);
        return;
    }
    trt_http2_begin_send(ex, response);
}

static void could_not(trt_http2_exchange* ex, tmlrt_status status) {
    trt_log(TMLRT_LOG_ERROR, "http", "an answer could not be encoded: %s",
            tmlrt_status_text(status));
    trt_http2_answer_own(ex, 500, NULL);
}

static void answer(trt_http2_exchange* ex, const tmlrt_response* response) {
    if (response == NULL) {
        trt_http2_answer_own(ex, 500, NULL);
        return;
    }
    tmlrt_status status = trt_h2_stream_answer(ex->stream, response, date_of(ex));
    if (status != TMLRT_OK) {
        could_not(ex, status);
        return;
    }
    trt_http2_begin_send(ex, response);
}

static void answer_head(trt_http2_exchange* ex, const trt_wire* wire) {
    tmlrt_status status =
        trt_h2_stream_stream(ex->stream, wire->response, date_of(ex), wire->length);
    if (status != TMLRT_OK) {
        trt_body_discard(wire->response->stream);
        could_not(ex, status);
        return;
    }
    trt_http2_begin_send(ex, wire->response);
}

void trt_http2_interim(trt_http2_exchange* ex, const tmlrt_response* response) {
    tmlrt_status status = trt_h2_stream_interim(ex->stream, response);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http", "an interim answer could not be encoded: %s",
                tmlrt_status_text(status));
    }
}

void trt_http2_abort_answer(trt_http2_exchange* ex) {
    ex->given_up = true;
    trt_exchange_cancel(&ex->exchange, TMLRT_CANCEL_ABORT);
    trt_h2_stream_reset(ex->stream, TRT_H2_INTERNAL_ERROR);
}

// Requests that the handler has promised begin as if the peer had sent them. One that cannot be
// made is asked for by the peer itself, should it want it.
static void put_promises(trt_http2_exchange* ex) {
    const trt_promise* promise;
    while ((promise = trt_exchange_next_promise(&ex->exchange)) != NULL) {
        if (trt_h2_stream_push(ex->stream, promise) == TMLRT_E_NOMEM) {
            trt_http_count(trt_http2_server_of(ex), TRT_HTTP_COUNT_no_memory);
        }
    }
}

// What the exchange sends up to its head; the body is pulled.
static void put_wire(trt_http2_exchange* ex) {
    trt_exchange* exchange = &ex->exchange;
    put_promises(ex);
    tmlrt_waker waker = trt_http2_waker(ex);
    trt_wire wire;
    char unused;
    while (exchange->sent == TRT_SENT_NOTHING && !ex->given_up) {
        trt_exchange_next(exchange, &waker, &unused, 1, &wire);
        switch (wire.kind) {
        case TRT_WIRE_INTERIM:
            trt_http2_interim(ex, wire.response);
            break;
        case TRT_WIRE_WHOLE:
            answer(ex, wire.response);
            break;
        case TRT_WIRE_HEAD:
            answer_head(ex, &wire);
            break;
        case TRT_WIRE_SWITCH:
            trt_http2_answer_switch(ex, &wire);
            break;
        case TRT_WIRE_ABORT:
            trt_http2_abort_answer(ex);
            return;
        default:
            return;
        }
    }
    if (exchange->sent == TRT_SENT_HEAD) {
        trt_h2_stream_resume(ex->stream);
    } else if (exchange->sent == TRT_SENT_ALL && exchange->done &&
               exchange->committed != exchange->response) {
        trt_http2_abort_answer(ex); // what was begun was then answered otherwise
    }
}

void trt_http2_put_output(trt_http2_exchange* ex) {
    if (ex->given_up) {
        return;
    }
    if (ex->exchange.wire) {
        put_wire(ex);
    } else if (ex->exchange.done && !ex->answered) {
        answer(ex, ex->exchange.response);
    }
}

void trt_http2_pull(void* self, trt_h2_stream* stream, char* out, size_t cap,
                    trt_h2_pulled* pulled) {
    trt_http2_conn* conn = self;
    trt_http2_exchange* ex = stream->user;
    tmlrt_waker waker = trt_http2_waker(ex);
    trt_wire wire;
    trt_exchange_next(&ex->exchange, &waker, out, cap, &wire);
    *pulled = (trt_h2_pulled){.len = wire.kind == TRT_WIRE_DATA ? wire.len : 0,
                              .end = wire.kind == TRT_WIRE_END,
                              .abort = wire.kind == TRT_WIRE_ABORT};
    if (pulled->end) {
        pulled->trailers = wire.trailers;
        pulled->num_trailers = wire.num_trailers;
    } else if (pulled->abort) {
        ex->given_up = true;
    }
    if (ex->switched) {
        trt_http2_switched_moved(ex);
        if (pulled->end) {
            trt_http2_queue(ex); // the peer's side may be next
        }
    }
    ex->num_pulled += pulled->len;
    ex->pulled = conn->any_pulled = true;
}
