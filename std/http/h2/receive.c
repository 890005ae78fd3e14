// SPDX-License-Identifier: Apache-2.0
// Input: frames one by one through the meter and nghttp2, and what they mean to the handler.
//
// Invariants: bytes reach nghttp2 only while the connection has not ended; every stream that was
// opened is closed once; a stream's bytes are credited to the connection as they come (an unread
// body never starves its siblings) and to the stream as the handler reads. Source: RFC 9113 5,
// 6, 8.
#include "std/http/h2/session.h"

#include <string.h>

trt_h2_stream* trt_h2_stream_new(trt_h2_conn* conn, int32_t id) {
    trt_h2_stream* stream = trt_h2_mem_alloc(sizeof *stream, conn);
    if (stream == NULL) {
        return NULL;
    }
    *stream = (trt_h2_stream){.conn = conn,
                              .id = id,
                              .content_length = UINT64_MAX,
                              .priority.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY,
                              .window = (int32_t)conn->options.limits->h2_window_bytes,
                              .next = conn->streams};
    stream->request = conn->handler.open(conn->handler.self, stream);
    if (stream->request == NULL) {
        trt_h2_mem_free(stream, conn);
        return NULL;
    }
    if (stream->next != NULL) {
        stream->next->prev = stream;
    }
    conn->streams = stream;
    conn->running++;
    return stream;
}

static void free_when_over(trt_h2_stream* stream) {
    trt_h2_conn* conn = stream->conn;
    if (!stream->closed || !stream->done) {
        return;
    }
    if (stream->prev != NULL) {
        stream->prev->next = stream->next;
    } else {
        conn->streams = stream->next;
    }
    if (stream->next != NULL) {
        stream->next->prev = stream->prev;
    }
    trt_h2_mem_free(stream, conn);
}

void trt_h2_stream_closed(trt_h2_stream* stream, uint32_t code) {
    trt_h2_conn* conn = stream->conn;
    if (stream->closed) {
        return;
    }
    conn->reading = conn->reading == stream ? NULL : conn->reading;
    conn->sending = conn->sending == stream ? NULL : conn->sending;
    int64_t grown = stream->window - (int64_t)stream->conn->options.limits->h2_window_bytes;
    if (grown > 0) {
        conn->grown -= grown;
        (void)conn->handler.grow(conn->handler.self, -grown);
    }
    conn->handler.closed(conn->handler.self, stream, code);
    stream->closed = true; // behind the call: done inside of it leaves the stream to us
    free_when_over(stream);
}

void trt_h2_stream_done(trt_h2_stream* stream) {
    if (!stream->done) {
        stream->done = true;
        stream->conn->running--;
        free_when_over(stream);
    }
}

// What nghttp2 calls a request's first field block.
static bool is_request(const nghttp2_frame* frame) {
    return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

static trt_h2_stream* stream_of(nghttp2_session* session, int32_t id) {
    return nghttp2_session_get_stream_user_data(session, id);
}

static int refuse(trt_h2_conn* conn, int32_t id) {
    trt_h2_judge(conn, trt_ledger_reset(&conn->ledger, conn->now_ns));
    (void)nghttp2_submit_rst_stream(conn->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    trt_h2_conn* conn = user;
    conn->reading = NULL;
    if (!is_request(frame)) {
        trt_h2_stream* stream = stream_of(session, frame->hd.stream_id);
        if (stream != NULL && !stream->whole) { // else of one that was refused
            conn->reading = stream;
            stream->in_trailers = stream->regular = true;
            stream->num_fields = stream->charged = 0;
        }
        return 0;
    }
    if (conn->ended || conn->running >= conn->options.limits->h2_streams) {
        return refuse(conn, frame->hd.stream_id);
    }
    trt_h2_stream* stream = trt_h2_stream_new(conn, frame->hd.stream_id);
    if (stream == NULL) {
        return refuse(conn, frame->hd.stream_id);
    }
    conn->reading = stream;
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
}

// The stream whose field block the frame is of; NULL: nobody's, or it is closed.
static trt_h2_stream* reading(const trt_h2_conn* conn, const nghttp2_frame* frame) {
    trt_h2_stream* stream = conn->reading;
    return stream != NULL && stream->id == frame->hd.stream_id ? stream : NULL;
}

static int malformed(trt_h2_stream* stream) {
    (void)nghttp2_submit_rst_stream(stream->conn->session, NGHTTP2_FLAG_NONE, stream->id,
                                    NGHTTP2_PROTOCOL_ERROR);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_header(nghttp2_session* session, const nghttp2_frame* frame, nghttp2_rcbuf* name,
                     nghttp2_rcbuf* value, uint8_t flags, void* user) {
    (void)session, (void)flags;
    const trt_h2_conn* conn = user;
    trt_h2_stream* stream = reading(conn, frame);
    nghttp2_vec n = nghttp2_rcbuf_get_buf(name), v = nghttp2_rcbuf_get_buf(value);
    trt_h2_input field = {.name = {(const char*)n.base, n.len},
                          .value = {(const char*)v.base, v.len},
                          .value_lasts = nghttp2_rcbuf_is_static(value) != 0};
    bool is_pseudo = n.len != 0 && n.base[0] == ':';
    field.name_lasts = !is_pseudo && nghttp2_rcbuf_is_static(name) != 0;
    if (stream == NULL || trt_h2_field(stream, &field, is_pseudo)) {
        return conn->ended ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
    }
    return malformed(stream);
}

static void too_large(trt_h2_conn* conn) {
    if (++conn->num_too_large >= TRT_H2_TOO_LARGE_LIMIT) {
        conn->abused = true;
        trt_h2_end(conn, TRT_H2_ENHANCE_YOUR_CALM);
    }
}

// Whether the body is as long as Content-Length said.
static bool has_all(const trt_h2_stream* stream) {
    return stream->content_length == UINT64_MAX || stream->received == stream->content_length ||
           stream->request->method == TRT_METHOD_CONNECT;
}

static void head_ends(trt_h2_stream* stream, bool ended) {
    trt_h2_conn* conn = stream->conn;
    stream->got_head = true;
    if (stream->refuse == 0 && (!trt_h2_head_complete(stream) || (ended && !has_all(stream)))) {
        (void)malformed(stream);
        return;
    }
    stream->whole = ended;
    if (stream->refuse != 0) {
        if (stream->refuse == 431) {
            too_large(conn);
        }
        if (conn->handler.refused != NULL && !conn->ended) {
            conn->handler.refused(conn->handler.self, stream, stream->refuse);
        } else {
            trt_h2_stream_refuse(stream);
        }
        return;
    }
    conn->handler.head(conn->handler.self, stream, ended);
}

static void request_ends(trt_h2_stream* stream, bool ended) {
    trt_h2_conn* conn = stream->conn;
    if (!ended || (stream->refuse == 0 && !has_all(stream))) {
        (void)malformed(stream); // trailers are the last, and bytes are not missing
        return;
    }
    stream->whole = true;
    if (stream->refuse == 431 && stream->in_trailers) {
        too_large(conn);
        trt_h2_stream_reset(stream, TRT_H2_ENHANCE_YOUR_CALM);
    } else if (stream->refuse == 0) {
        conn->handler.end(conn->handler.self, stream, stream->trailers, stream->num_trailers);
    }
}

static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    trt_h2_conn* conn = user;
    trt_h2_stream* stream;
    bool ended = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        stream = reading(conn, frame);
        if (stream != NULL && is_request(frame)) {
            head_ends(stream, ended);
        } else if (stream != NULL) {
            request_ends(stream, ended);
        }
        break;
    case NGHTTP2_DATA:
        stream = ended ? stream_of(session, frame->hd.stream_id) : NULL;
        if (stream != NULL && !stream->closed) {
            request_ends(stream, true);
        }
        break;
    case NGHTTP2_SETTINGS:
        for (size_t i = 0; i < frame->settings.niv; i++) { // an acknowledgement has none
            if (frame->settings.iv[i].settings_id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE) {
                trt_hpack_resize(&conn->hpack, frame->settings.iv[i].value);
            }
        }
        break;
    case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
            trt_h2_ponged(conn, frame->ping.opaque_data);
        }
        break;
    default:
        break;
    }
    return 0;
}

// The peer's window is doubled when all of it was used up and read: it is what holds the peer back.
static void grow(trt_h2_stream* stream) {
    trt_h2_conn* conn = stream->conn;
    int64_t room = (int64_t)conn->options.limits->h2_window_max_bytes - stream->window;
    int32_t more = stream->window < room ? stream->window : (int32_t)room;
    if (stream->unread != 0 || stream->since_grown < 2 * stream->window || more == 0 ||
        conn->handler.grow == NULL || !conn->handler.grow(conn->handler.self, more)) {
        return;
    }
    conn->grown += more;
    stream->window += more;
    stream->since_grown = 0;
    conn->no_memory |= nghttp2_session_set_local_window_size(conn->session, NGHTTP2_FLAG_NONE,
                                                             stream->id, stream->window) != 0;
}

void trt_h2_stream_read(trt_h2_stream* stream, size_t len) {
    trt_h2_conn* conn = stream->conn;
    TRT_ASSERT(len <= (size_t)stream->unread);
    stream->unread -= (int32_t)len;
    if (stream->closed || stream->whole || stream->last_data || conn->ended) {
        return; // no more than was announced, or nothing
    }
    conn->no_memory |= nghttp2_session_consume_stream(conn->session, stream->id, len) != 0;
    grow(stream);
}

static int on_data(nghttp2_session* session, uint8_t flags, int32_t id, const uint8_t* data,
                   size_t len, void* user) {
    trt_h2_conn* conn = user;
    trt_h2_stream* stream = stream_of(session, id);
    conn->no_memory |= nghttp2_session_consume_connection(session, len) != 0;
    if (stream == NULL || stream->closed) {
        return 0;
    }
    stream->received += len;
    if (stream->refuse == 0 && stream->received > stream->content_length) {
        (void)malformed(stream);
        return 0;
    }
    stream->last_data = (flags & NGHTTP2_FLAG_END_STREAM) != 0;
    stream->unread += (int32_t)len;
    stream->since_grown += stream->since_grown < INT32_MAX / 2 ? (int32_t)len : 0;
    if (stream->refuse != 0 || !stream->got_head) {
        trt_h2_stream_read(stream, len);
        return 0;
    }
    conn->handler.data(conn->handler.self, stream, (tmlrt_slice){(const char*)data, len});
    return 0;
}

static int on_close(nghttp2_session* session, int32_t id, uint32_t code, void* user) {
    const trt_h2_conn* conn = user;
    trt_h2_stream* stream = conn->sending; // nearly always: its answer has just ended
    if (stream == NULL || stream->id != id) {
        stream = stream_of(session, id);
    }
    if (stream != NULL) {
        trt_h2_stream_closed(stream, code); // nghttp2 forgets its own behind this call
    }
    return 0;
}

void trt_h2_set_receive(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
}

tmlrt_status trt_h2_conn_feed(trt_h2_conn* conn, const char* data, size_t len, uint64_t now_ns) {
    const uint8_t* input = (const uint8_t*)data;
    conn->now_ns = conn->heard_ns = now_ns;
    (void)trt_h2_ready(conn);
    while (len != 0 && !conn->ended && !conn->no_memory) {
        size_t step = trt_h2_meter_step(conn, input, len);
        if (conn->ended) {
            break;
        }
        ssize_t used = nghttp2_session_mem_recv(conn->session, input, step);
        if (used == NGHTTP2_ERR_CALLBACK_FAILURE && conn->ended) {
            // a field block that is not read to its end
        } else if (used == NGHTTP2_ERR_NOMEM || used == NGHTTP2_ERR_CALLBACK_FAILURE) {
            conn->no_memory = true;
        } else if (used == NGHTTP2_ERR_FLOODED) {
            conn->abused = true;
            trt_h2_end(conn, TRT_H2_ENHANCE_YOUR_CALM);
        } else if (used < 0) { // the preface is another's
            trt_h2_end(conn, TRT_H2_PROTOCOL_ERROR);
        }
        // Frames of ours that input caused are counted, and a GOAWAY among them ends the input.
        if (nghttp2_session_get_outbound_queue_size(conn->session) != 0) {
            trt_h2_pump(conn);
            conn->ended |= nghttp2_session_want_read(conn->session) == 0;
        }
        if (nghttp2_session_get_outbound_queue_size(conn->session) >
            conn->options.limits->h2_queued_frames) {
            conn->abused = true;
            trt_h2_end(conn, TRT_H2_ENHANCE_YOUR_CALM);
        }
        input += step;
        len -= step;
    }
    return conn->no_memory ? TMLRT_E_NOMEM : TMLRT_OK;
}
