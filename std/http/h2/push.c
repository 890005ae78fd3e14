// SPDX-License-Identifier: Apache-2.0
// Server push: a request of ours in the peer's name. Off unless the options say otherwise, and the
// peer may refuse it. A promised stream counts as a running one and is answered like any other.
//
// Invariant: a promise that never leaves (its parent ended first) closes its stream all the same.
// Source: RFC 9113 8.4. Called by the handler's owner while it answers the parent.
#include "std/http/h2/session.h"

#include "std/http/core/chars.h"
#include "std/http/core/header.h"

#include <stdalign.h>

static bool may_push(const trt_h2_stream* parent) {
    trt_h2_conn* conn = parent->conn;
    return conn->options.pushes != 0 && !conn->ended && !conn->draining && !parent->closed &&
           parent->id % 2 == 1 && parent->got_head && parent->request->authority.len != 0 &&
           nghttp2_session_get_remote_settings(conn->session, NGHTTP2_SETTINGS_ENABLE_PUSH) == 1;
}

// Pushes that go on, and whether another one may begin.
static bool has_room(const trt_h2_conn* conn) {
    uint32_t theirs =
        nghttp2_session_get_remote_settings(conn->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    uint32_t num = 0;
    for (const trt_h2_stream* stream = conn->streams; stream != NULL; stream = stream->next) {
        num += stream->id % 2 == 0;
    }
    return num < conn->options.pushes && num < theirs &&
           conn->running < conn->options.limits->h2_streams;
}

static bool is_left_out(const trt_header* field) {
    const char* name = field->name.data;
    return trt_header_is_framing(name, (size_t)field->name.len) ||
           (field->name.len == 4 && trt_equal_nocase(name, "host", 4)) ||
           (field->name.len == 6 && trt_equal_nocase(name, "expect", 6)) ||
           (field->name.len == 16 && trt_equal_nocase(name, "proxy-connection", 16));
}

static tmlrt_slice lower(trt_arena* arena, tmlrt_slice name) {
    char* made = trt_arena_dup(arena, name.data, (size_t)name.len);
    for (size_t i = 0; made != NULL && i < name.len; i++) {
        made[i] = made[i] >= 'A' && made[i] <= 'Z' ? (char)(made[i] | 0x20) : made[i];
    }
    return (tmlrt_slice){made, name.len};
}

typedef struct block {
    nghttp2_nv* fields;
    size_t num;
} block;

// Notes a field as if the peer had sent it, and for the frame.
static int take(trt_h2_stream* stream, block* out, tmlrt_slice name, tmlrt_slice value) {
    out->fields[out->num++] =
        (nghttp2_nv){(uint8_t*)name.data, (uint8_t*)value.data, (size_t)name.len, (size_t)value.len,
                     NGHTTP2_NV_FLAG_NO_INDEX}; // the peer's table is hpack.h's
    bool is_pseudo = name.len != 0 && name.data[0] == ':';
    trt_h2_input field = {.name = name, .value = value};
    bool good =
        trt_h2_field(stream, &field, is_pseudo) && (stream->refuse == 0 || stream->refuse == 503);
    return !good ? NGHTTP2_ERR_INVALID_ARGUMENT : stream->refuse != 0 ? NGHTTP2_ERR_NOMEM : 0;
}

static int take_all(trt_h2_stream* stream, const trt_h2_stream* parent, block* out,
                    const trt_promise* promise) {
    const tmlrt_slice scheme = parent->plain ? (tmlrt_slice){"http", 4} : (tmlrt_slice){"https", 5};
    const trt_header pseudo[4] = {{{":method", 7}, promise->method},
                                  {{":scheme", 7}, scheme},
                                  {{":authority", 10}, parent->request->authority},
                                  {{":path", 5}, promise->target}};
    int status = 0;
    for (int i = 0; i < 4 && status == 0; i++) {
        status = take(stream, out, pseudo[i].name, pseudo[i].value);
    }
    for (uint32_t i = 0; i < promise->num_headers && status == 0; i++) {
        const trt_header* field = &promise->headers[i];
        if (!is_left_out(field)) {
            tmlrt_slice name = lower(stream->request->arena, field->name);
            status = name.data == NULL ? NGHTTP2_ERR_NOMEM : take(stream, out, name, field->value);
        }
    }
    return status;
}

static int32_t submit(trt_h2_stream* stream, trt_h2_stream* parent, const trt_promise* promise) {
    size_t size = (4 + (size_t)promise->num_headers) * sizeof(nghttp2_nv);
    block made = {trt_arena_alloc(stream->request->arena, size, alignof(nghttp2_nv)), 0};
    if (made.fields == NULL) {
        return NGHTTP2_ERR_NOMEM;
    }
    int status = take_all(stream, parent, &made, promise);
    if (status != 0) {
        return status;
    }
    if (!trt_h2_head_complete(stream) || stream->refuse != 0) {
        return stream->refuse == 503 ? NGHTTP2_ERR_NOMEM : NGHTTP2_ERR_INVALID_ARGUMENT;
    }
    return nghttp2_submit_push_promise(parent->conn->session, NGHTTP2_FLAG_NONE, parent->id,
                                       made.fields, made.num, stream);
}

tmlrt_status trt_h2_stream_push(trt_h2_stream* parent, const trt_promise* promise) {
    trt_h2_conn* conn = parent->conn;
    if (!may_push(parent)) {
        return TMLRT_E_UNSUPPORTED;
    }
    if (!has_room(conn)) {
        return TMLRT_E_FULL;
    }
    trt_h2_stream* stream = trt_h2_stream_new(conn, 0);
    if (stream == NULL) {
        return TMLRT_E_NOMEM;
    }
    stream->whole = stream->got_head = true;
    int32_t id = submit(stream, parent, promise);
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
