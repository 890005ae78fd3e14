// SPDX-License-Identifier: Apache-2.0
// Server push: a request of ours in the peer's name. Off unless the options say otherwise, and the
// peer may refuse it. A promised stream counts as a running one and is answered like any other.
//
// Invariant: a promise that never leaves (its parent ended first) closes its stream all the same.
// Source: RFC 9113 8.4. Called by the handler's owner while it answers the parent.
#include "std/http/h2/session.h"

static bool may_push(const trt_h2_stream* parent) {
    trt_h2_conn* conn = parent->conn;
    return conn->options.push && !conn->ended && !conn->draining && !parent->closed &&
           parent->id % 2 == 1 &&
           nghttp2_session_get_remote_settings(conn->session, NGHTTP2_SETTINGS_ENABLE_PUSH) == 1;
}

static int32_t submit(trt_h2_stream* stream, trt_h2_stream* parent, tmlrt_slice path) {
    tmlrt_slice values[4] = {{"GET", 3},
                             parent->plain ? (tmlrt_slice){"http", 4} : (tmlrt_slice){"https", 5},
                             parent->request->authority,
                             path};
    static const tmlrt_slice names[4] = {
        {":method", 7}, {":scheme", 7}, {":authority", 10}, {":path", 5}};
    nghttp2_nv fields[4];
    for (int i = 0; i < 4; i++) {
        fields[i] = (nghttp2_nv){(uint8_t*)names[i].data, (uint8_t*)values[i].data,
                                 (size_t)names[i].len, (size_t)values[i].len, NGHTTP2_NV_FLAG_NONE};
        if (!trt_h2_field(stream, names[i], values[i])) {
            return NGHTTP2_ERR_INVALID_ARGUMENT;
        }
    }
    if (stream->refuse == 503) {
        return NGHTTP2_ERR_NOMEM;
    }
    if (stream->refuse != 0 || !trt_h2_head_complete(stream)) {
        return NGHTTP2_ERR_INVALID_ARGUMENT;
    }
    return nghttp2_submit_push_promise(parent->conn->session, NGHTTP2_FLAG_NONE, parent->id, fields,
                                       4, stream);
}

tmlrt_status trt_h2_stream_push(trt_h2_stream* parent, tmlrt_slice path) {
    trt_h2_conn* conn = parent->conn;
    if (!may_push(parent)) {
        return TMLRT_E_UNSUPPORTED;
    }
    if (conn->running >= conn->options.limits->h2_streams) {
        return TMLRT_E_FULL;
    }
    trt_h2_stream* stream = trt_h2_stream_new(conn, 0);
    if (stream == NULL) {
        return TMLRT_E_NOMEM;
    }
    stream->whole = stream->got_head = true;
    int32_t id = submit(stream, parent, path);
    if (id < 0) {
        trt_h2_stream_closed(stream, TRT_H2_INTERNAL_ERROR);
        return id == NGHTTP2_ERR_NOMEM              ? TMLRT_E_NOMEM
               : id == NGHTTP2_ERR_INVALID_ARGUMENT ? TMLRT_E_INVAL
                                                    : TMLRT_E_UNSUPPORTED;
    }
    stream->id = id;
    conn->handler.head(conn->handler.self, stream, true);
    return TMLRT_OK;
}

static int on_not_sent(nghttp2_session* session, const nghttp2_frame* frame, int error,
                       void* user) {
    (void)error;
    trt_h2_conn* conn = user;
    if (frame->hd.type != NGHTTP2_PUSH_PROMISE) {
        return 0;
    }
    for (trt_h2_stream* stream = conn->streams; stream != NULL; stream = stream->next) {
        if (stream->id == frame->push_promise.promised_stream_id) {
            // Should nghttp2 have opened it already, it closes it next, and finds nobody to tell.
            (void)nghttp2_session_set_stream_user_data(session, stream->id, NULL);
            trt_h2_stream_closed(stream, TRT_H2_CANCEL);
            break;
        }
    }
    return 0;
}

void trt_h2_set_push(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_not_sent);
}
