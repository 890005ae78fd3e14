// SPDX-License-Identifier: Apache-2.0
// Another protocol on a stream of HTTP/2 (RFC 8441): an extended CONNECT, the head that takes it,
// and both ends behind that. DATA is the protocol's; END_STREAM ends one side. The window of what
// comes before the protocol was taken is credited when the handler reads it. A handler that is over
// while the peer's side is open ends that with a reset that is no error (RFC 9113 8.1).
//
// In place of the handler's time upgrade_idle_ns runs, anew with each byte either way.
// Thread: the connection's worker.
#include "std/http/server/h2_conn.h"

#include "rt/base/log.h"
#include "std/http/server/body.h"
#include "std/http/server/watch_call.h"

void trt_http2_begin_protocol(trt_http2_exchange* ex, bool ended) {
    trt_exchange* exchange = &ex->exchange;
    if (ex->stream->content_length != UINT64_MAX) {
        trt_http2_answer_own(ex, 400, "an extended CONNECT has no content that has a length");
        return;
    }
    if (trt_exchange_asks(exchange, ex->stream->protocol, true) != TMLRT_OK) {
        trt_http2_no_memory(ex);
        return;
    }
    exchange->offered->cap_max = trt_http2_room_for_window(ex);
    if (ended) {
        (void)!trt_body_end(exchange->offered); // it was just made
    }
    trt_http2_queue(ex);
}

void trt_http2_switched_moved(trt_http2_exchange* ex) {
    if (ex->exchange.timeout_ns == 0) {
        ex->handler_until_ns = ex->conn->now_ns + trt_http2_server_of(ex)->limits.upgrade_idle_ns;
    }
}

void trt_http2_answer_switch(trt_http2_exchange* ex, const trt_wire* wire) {
    trt_http_shard* shard = ex->conn->link.shard;
    trt_http_exchange_leaves(shard);
    tmlrt_status status = trt_h2_stream_stream(
        ex->stream, wire->response, trt_http_date(shard, ex->conn->now_ns), TRT_BODY_UNKNOWN);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http", "an answer could not be encoded: %s",
                tmlrt_status_text(status));
        trt_http2_abort_answer(ex);
        return;
    }
    ex->switched = ex->stream->both_ways = true;
    trt_http2_begin_send(ex, wire->response);
    trt_http2_switched_moved(ex);
}

void trt_http2_tend_switched(trt_http2_exchange* ex) {
    const trt_exchange* exchange = &ex->exchange;
    if (ex->handler_until_ns == UINT64_MAX && exchange->timeout_ns != 0) {
        ex->handler_until_ns = ex->conn->now_ns + exchange->timeout_ns;
    }
    if (ex->closed || !trt_http2_is_over(ex) || exchange->sent != TRT_SENT_ALL) {
        return;
    }
    if (!ex->stream->whole) {
        trt_h2_stream_reset(ex->stream, TRT_H2_NO_ERROR);
    }
}
