// SPDX-License-Identifier: Apache-2.0
// From the service's answer to bytes in the workspace's output. Small answers are copied behind
// each other, so that a batch of pipelined requests is one send; a long body is sent from where it
// lies, and its exchange ends when it is out. Thread: the connection's worker.
#include "std/http/server/watch_call.h"

#include "rt/base/assert.h"
#include "rt/base/bytes.h"
#include "rt/base/log.h"
#include "rt/os/clock.h"
#include "std/http/core/response.h"
#include "std/http/server/lease.h"

#include <string.h>

enum { COPIED_BODY_MAX = 8192 };
#define DATE_EVERY_NS 250000000ull

tmlrt_response* tmlrt_response_new(tmlrt_context* cx, int32_t status) {
    if ((cx->flags & TMLRT_CX_EXCHANGE) == 0) {
        return trt_response_new_detached(status);
    }
    return trt_response_new(((trt_exchange_context*)cx)->exchange->request.arena, status);
}

const char* trt_http_date(trt_http_shard* shard, uint64_t now_ns) {
    if (now_ns >= shard->date_until_ns) {
        trt_http_date_format(shard->date, trt_os_wall_s());
        shard->date_until_ns = now_ns + DATE_EVERY_NS;
    }
    return shard->date;
}

static inline trt_h1_answer_options answer_options(trt_http_conn* conn, uint64_t now_ns) {
    if (conn->h1.keep_alive &&
        trt_http_server_phase(conn->link.shard->server) != TRT_HTTP_RUNNING) {
        conn->h1.keep_alive = false;
    }
    return (trt_h1_answer_options){
        .date = trt_http_date(conn->link.shard, now_ns),
        .security = trt_http_link_security(&conn->link),
        .close = !conn->h1.keep_alive,
        .keep_alive = conn->h1.keep_alive && conn->h1.http10,
        .head = conn->ws->exchange.request.method == TRT_METHOD_HEAD,
    };
}

// A head longer than the output: it gets memory of the exchange's arena and is sent from there.
static tmlrt_status encode_long_head(trt_workspace* ws, const tmlrt_response* response,
                                     const trt_h1_answer_options* options) {
    size_t bound = trt_h1_head_bound(response, options), len;
    char* head = trt_arena_alloc(&ws->arena, bound, 1);
    if (head == NULL) {
        return TMLRT_E_NOMEM;
    }
    TRT_TRY(trt_h1_encode_head(head, bound, &len, response, options));
    ws->tail[0] = (tmlrt_slice){head, len};
    return TMLRT_OK;
}

static void put_body(trt_workspace* ws, const tmlrt_response* response, uint64_t len) {
    bool copied =
        len <= COPIED_BODY_MAX && len <= TRT_WS_OUT_CAP - ws->out_end && ws->tail[0].len == 0;
    if (copied) {
        (void)trt_bytes_copy(ws->out + ws->out_end, response->body.data, (size_t)len);
        ws->out_end += (uint32_t)len;
    } else {
        ws->tail[1] = (tmlrt_slice){response->body.data, len};
    }
}

// The head of an answer whose fields may be many. Nothing is put where it fails.
static tmlrt_status put_any_head(trt_workspace* ws, const tmlrt_response* response,
                                 const trt_h1_answer_options* options) {
    size_t len = 0;
    tmlrt_status status = trt_h1_encode_head(ws->out + ws->out_end, TRT_WS_OUT_CAP - ws->out_end,
                                             &len, response, options);
    if (status == TMLRT_E_FULL) {
        return encode_long_head(ws, response, options);
    }
    ws->out_end += (uint32_t)len;
    return status;
}

// False: there is no memory for the fields that stages have kept.
static bool put_error_with_fields(trt_http_conn* conn, const trt_h1_answer_options* options,
                                  uint32_t status, const char* why) {
    trt_workspace* ws = conn->ws;
    tmlrt_response* response = trt_exchange_own_answer(&ws->exchange, status, why);
    if (response == NULL || put_any_head(ws, response, options) != TMLRT_OK) {
        return false;
    }
    put_body(ws, response, trt_h1_body_len(response, options));
    return true;
}

static void put_error(trt_http_conn* conn, uint64_t now_ns, uint32_t status, const char* why) {
    trt_workspace* ws = conn->ws;
    trt_h1_answer_options options = answer_options(conn, now_ns);
    if ((ws->exchange.request.flags & TRT_REQUEST_KEEPS) != 0 &&
        put_error_with_fields(conn, &options, status, why)) {
        return;
    }
    size_t body_len = 0;
    ws->exchange.own_status = (uint16_t)status;
    ws->out_end += (uint32_t)trt_h1_encode_error(ws->out + ws->out_end, TRT_H1_ERROR_CAP, &body_len,
                                                 (int)status, why, &options);
    ws->exchange.own_len = (uint16_t)body_len;
}

// An error in place of the service's answer; the connection goes on.
static bool answer_error(trt_http_conn* conn, uint64_t now_ns, uint32_t status, const char* why) {
    if (TRT_WS_OUT_CAP - conn->ws->out_end < TRT_H1_ERROR_CAP) {
        return false;
    }
    put_error(conn, now_ns, status, why);
    return true;
}

bool trt_http_answer(trt_http_conn* conn, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    const tmlrt_response* response = ws->exchange.response;
    if (conn->late || response == NULL) {
        return conn->late ? answer_error(conn, now_ns, 503, "the handler took too long")
               : conn->turned_away
                   ? answer_error(conn, now_ns, 503, "the server has too much to do")
                   : answer_error(conn, now_ns, 500, NULL);
    }
    trt_h1_answer_options options = answer_options(conn, now_ns);
    size_t len = 0;
    tmlrt_status status = trt_h1_encode_head(ws->out + ws->out_end, TRT_WS_OUT_CAP - ws->out_end,
                                             &len, response, &options);
    if (status == TMLRT_E_FULL) {
        if (ws->out_end != 0) {
            return false; // flushed first, then it may fit
        }
        status = encode_long_head(ws, response, &options);
    }
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http", "an answer could not be encoded: %s",
                tmlrt_status_text(status));
        return answer_error(conn, now_ns, 500, NULL);
    }
    ws->out_end += (uint32_t)len;
    uint64_t body_len = trt_h1_body_len(response, &options);
    if (body_len != 0) {
        put_body(ws, response, body_len);
    }
    return true;
}

bool trt_http_put_stream_head(trt_http_conn* conn, const tmlrt_response* response,
                              enum trt_h1_framing framing, uint64_t length, uint64_t now_ns) {
    trt_workspace* ws = conn->ws;
    trt_h1_answer_options options = answer_options(conn, now_ns);
    options.framing = (uint8_t)framing;
    options.length = length;
    tmlrt_status status = put_any_head(ws, response, &options);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http", "an answer could not be encoded: %s",
                tmlrt_status_text(status));
        trt_http_refuse(conn, now_ns, 500, NULL);
    }
    return status == TMLRT_OK;
}

void trt_http_put_interim(trt_http_conn* conn, const tmlrt_response* response) {
    trt_workspace* ws = conn->ws;
    size_t len = 0;
    tmlrt_status status =
        trt_h1_encode_interim(ws->out + ws->out_end, TRT_WS_OUT_CAP - ws->out_end, &len, response);
    if (status == TMLRT_E_FULL) {
        size_t bound = trt_h1_head_bound(response, NULL);
        char* head = trt_arena_alloc(&ws->arena, bound, 1);
        status = head != NULL ? trt_h1_encode_interim(head, bound, &len, response) : TMLRT_E_NOMEM;
        if (status == TMLRT_OK) {
            ws->tail[0] = (tmlrt_slice){head, len};
            return;
        }
    }
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http", "an interim answer could not be encoded: %s",
                tmlrt_status_text(status));
        return;
    }
    ws->out_end += (uint32_t)len;
}

void trt_http_refuse(trt_http_conn* conn, uint64_t now_ns, uint32_t status, const char* why) {
    conn->h1.keep_alive = false;
    put_error(conn, now_ns, status, why);
}

void trt_http_end_exchange(trt_http_conn* conn) {
    trt_workspace* ws = conn->ws;
    trt_http_server* server = conn->link.shard->server;
    trt_http_exchange_over(conn->link.shard, &ws->exchange,
                           (tmlrt_slice){conn->link.peer, conn->link.peer_len});
    if (conn->started) {
        tmlrt_response* response = ws->exchange.response;
        conn->started = false;
        trt_serving_clear(&conn->serving);
        server->service->drop(server->service->self, &ws->exchange);
        trt_exchange_settle(&ws->exchange);
        trt_response_free(response);
    }
    if (ws->exchange.wire) {
        trt_http_exchange_returns(conn->link.shard, &ws->exchange);
        trt_exchange_release(&ws->exchange);
    }
    trt_workspace_end_message(ws, server);
}
