// SPDX-License-Identifier: Apache-2.0
// Another protocol in place of HTTP/1.1 (RFC 9110 7.8): what a request asks for, and the head that
// takes it. Behind that head phase STREAM goes on as with any two bodies (conn_stream.c): input is
// the protocol's as it comes, its end is the end of request.stream; output has no framing, its end
// is a FIN. Thread: the connection's worker.
#include "std/http/server/conn_step.h"

#include "rt/base/log.h"
#include "std/http/core/chars.h"
#include "std/http/server/watch_call.h"

#include <string.h>

static bool is_upgrade(const trt_header* field) {
    return field->name.len == 7 && trt_equal_nocase(field->name.data, "upgrade", 7);
}

// Several fields are one list; without memory nothing is asked for, which is no error of anybody's.
static tmlrt_slice join(const tmlrt_request* request, size_t len) {
    char* text = trt_arena_alloc(request->arena, len + 1, 1);
    size_t at = 0;
    for (uint32_t i = 0; text != NULL && i < request->num_headers; i++) {
        const trt_header* field = &request->headers[i];
        if (is_upgrade(field)) {
            memcpy(text + at, field->value.data, (size_t)field->value.len);
            at += (size_t)field->value.len;
            text[at++] = ',';
        }
    }
    if (text == NULL) {
        return (tmlrt_slice){NULL, 0};
    }
    text[--at] = '\0';
    return (tmlrt_slice){text, at};
}

void trt_conn_note_upgrade(trt_http_conn* conn) {
    trt_exchange* exchange = &conn->ws->exchange;
    const tmlrt_request* request = &exchange->request;
    tmlrt_slice list = {NULL, 0};
    size_t num = 0, len = 0;
    for (uint32_t i = 0; i < request->num_headers; i++) {
        if (is_upgrade(&request->headers[i])) {
            list = request->headers[i].value;
            len += (size_t)list.len + 1;
            num++;
        }
    }
    list = num > 1 ? join(request, len) : list;
    if (list.len != 0) {
        (void)!trt_exchange_asks(exchange, list, false);
    }
}

static tmlrt_status encode(trt_workspace* ws, const trt_wire* wire) {
    size_t len = 0;
    tmlrt_status status = trt_h1_encode_switching(
        ws->out + ws->out_end, TRT_WS_OUT_CAP - ws->out_end, &len, wire->response, wire->protocol);
    ws->out_end += (uint32_t)len;
    if (status != TMLRT_E_FULL) {
        return status;
    }
    size_t bound = trt_h1_head_bound(wire->response, NULL) + (size_t)wire->protocol.len;
    char* head = trt_arena_alloc(&ws->arena, bound, 1);
    if (head == NULL) {
        return TMLRT_E_NOMEM;
    }
    TRT_TRY(trt_h1_encode_switching(head, bound, &len, wire->response, wire->protocol));
    ws->tail[0] = (tmlrt_slice){head, len};
    return TMLRT_OK;
}

bool trt_conn_put_switch(trt_http_conn* conn, const trt_wire* wire) {
    trt_http_exchange_leaves(conn->link.shard);
    tmlrt_status status = encode(conn->ws, wire);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http", "an answer could not be encoded: %s",
                tmlrt_status_text(status));
        return false;
    }
    conn->framing = TRT_H1_FRAMED_CLOSE;
    conn->shut = false;
    trt_h1_conn_upgrade(&conn->h1);
    return true;
}
