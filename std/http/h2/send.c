// SPDX-License-Identifier: Apache-2.0
// Output: bodies of answers, and one buffer per batch that takes the frames of all streams (head.c
// has the heads).
//
// Invariants: the buffer is there only while it holds bytes, and takes no frame more once it holds
// TRT_H2_OUTPUT_BYTES; the order of DATA among streams is nghttp2's, by RFC 9218; an answer that
// ends before its request resets the rest with NO_ERROR. Source: RFC 9113 6, 8.1; RFC 9218.
#include "std/http/h2/session.h"

#include <string.h>

enum { OUT_CAP = TRT_H2_OUTPUT_BYTES + TRT_H2_FRAME_BYTES + 9 };

static ssize_t read_trailers(trt_h2_stream* stream, const trt_h2_pulled* pulled, uint32_t* flags) {
    bool any;
    int submitted = trt_h2_submit_trailers(stream, pulled->trailers, pulled->num_trailers, &any);
    *flags |= any ? NGHTTP2_DATA_FLAG_NO_END_STREAM : 0;
    return submitted == 0 ? (ssize_t)pulled->len : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static ssize_t pull(trt_h2_stream* stream, uint8_t* out, size_t cap, uint32_t* flags) {
    trt_h2_conn* conn = stream->conn;
    trt_h2_pulled pulled = {0};
    conn->handler.pull(conn->handler.self, stream, (char*)out, cap, &pulled);
    if (pulled.abort) {
        stream->own_reset = true;
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (pulled.end) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        return pulled.num_trailers != 0 ? read_trailers(stream, &pulled, flags)
                                        : (ssize_t)pulled.len;
    }
    stream->deferred = pulled.len == 0;
    return stream->deferred ? NGHTTP2_ERR_DEFERRED : (ssize_t)pulled.len;
}

static ssize_t read_body(nghttp2_session* session, int32_t id, uint8_t* out, size_t cap,
                         uint32_t* flags, nghttp2_data_source* source, void* user) {
    (void)session, (void)id, (void)user;
    trt_h2_stream* stream = source->ptr;
    stream->conn->sending = stream;
    if (stream->streamed) {
        return pull(stream, out, cap, flags);
    }
    size_t len = stream->body.len < cap ? (size_t)stream->body.len : cap;
    memcpy(out, stream->body.data, len);
    stream->body = (tmlrt_slice){stream->body.data + len, stream->body.len - len};
    *flags |= stream->body.len == 0 ? NGHTTP2_DATA_FLAG_EOF : 0;
    return (ssize_t)len;
}

static bool has_body(const trt_h2_stream* stream, int32_t status) {
    return stream->request->method != TRT_METHOD_HEAD && status != 204 && status != 304;
}

static tmlrt_status submit(trt_h2_stream* stream, const tmlrt_response* response, const char* date,
                           uint64_t length, bool body) {
    nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = read_body};
    return trt_h2_submit_head(stream, response, date, length, body ? &provider : NULL);
}

tmlrt_status trt_h2_stream_answer(trt_h2_stream* stream, const tmlrt_response* response,
                                  const char* date) {
    bool body = response->body.len != 0 && has_body(stream, response->status);
    TRT_TRY(submit(stream, response, date, response->body.len, body));
    stream->body = response->body; // nothing is read before the output is asked for
    return TMLRT_OK;
}

tmlrt_status trt_h2_stream_stream(trt_h2_stream* stream, const tmlrt_response* response,
                                  const char* date, uint64_t length) {
    TRT_TRY(submit(stream, response, date, length, has_body(stream, response->status)));
    stream->streamed = true;
    return TMLRT_OK;
}

// What is pushed has its head where others do not: it may be queued still.
bool trt_h2_stream_may_keep(const trt_h2_stream* stream, tmlrt_slice* out_rest) {
    bool ended = stream->conn->ended, is_whole = stream->answered && stream->whole;
    *out_rest = ended ? (tmlrt_slice){"", 0} : stream->body;
    return is_whole && !stream->streamed && !stream->closed && stream->id % 2 == 1 &&
           (ended || (stream->body.len != 0 && !stream->own_reset));
}

void trt_h2_stream_keep(trt_h2_stream* stream, tmlrt_slice rest) {
    stream->body = rest;
    stream->request = NULL;
    stream->head.waits = false; // of a connection that ends: its fields go with the request
    stream->kept = true;
}

void trt_h2_stream_resume(trt_h2_stream* stream) {
    if (stream->deferred && !stream->closed) {
        stream->deferred = false;
        int status = nghttp2_session_resume_data(stream->conn->session, stream->id);
        stream->conn->no_memory |= status == NGHTTP2_ERR_NOMEM;
    }
}

void trt_h2_stream_reset(trt_h2_stream* stream, uint32_t code) {
    if (!stream->closed && !stream->conn->ended) {
        stream->own_reset = true;
        stream->conn->no_memory |=
            nghttp2_submit_rst_stream(stream->conn->session, NGHTTP2_FLAG_NONE, stream->id, code) !=
            0;
    }
}

// A reset that nghttp2 or the codec chose is the peer's doing and is charged as its own would be.
static void reset_sent(trt_h2_conn* conn, const nghttp2_frame* frame) {
    uint32_t id = (uint32_t)frame->hd.stream_id;
    if (id % 2 == 1 && id > conn->meter.own_reset) {
        conn->meter.own_reset = id;
    }
    trt_h2_stream* stream =
        nghttp2_session_get_stream_user_data(conn->session, frame->hd.stream_id);
    bool ours = stream != NULL && stream->own_reset;
    if (!ours && frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
        frame->rst_stream.error_code != NGHTTP2_REFUSED_STREAM) { // that one was charged
        trt_h2_judge(conn, trt_ledger_reset(&conn->ledger, conn->now_ns));
    }
}

// The last frame of an answer is with the peer, or on its way.
static void answer_sent(trt_h2_stream* stream) {
    if (stream->whole) {
        if (stream->id % 2 == 1) { // a pushed one is no request of the peer's
            trt_ledger_completed(&stream->conn->ledger);
        }
    } else if (!stream->both_ways) { // the rest of the request is of no use (RFC 9113 8.1)
        trt_h2_stream_reset(stream, TRT_H2_NO_ERROR);
    }
}

static int on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    trt_h2_conn* conn = user;
    trt_h2_stream* stream = NULL;
    bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
    case NGHTTP2_RST_STREAM:
        reset_sent(conn, frame);
        break;
    case NGHTTP2_DATA:
        trt_ledger_data_sent(&conn->ledger);
        if (ends && conn->sending != NULL && conn->sending->id == frame->hd.stream_id) {
            stream = conn->sending;
        }
        break;
    case NGHTTP2_HEADERS:
        stream = ends ? nghttp2_session_get_stream_user_data(session, frame->hd.stream_id) : NULL;
        break;
    default:
        break;
    }
    if (stream != NULL) {
        answer_sent(stream);
    }
    return 0;
}

void trt_h2_set_send(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
}

// The output has a block of its size, and takes no more until that is out.
static bool is_packed(const trt_h2_conn* conn) {
    return conn->out != NULL && conn->out_cap != OUT_CAP;
}

static void free_output(trt_h2_conn* conn) {
    if (is_packed(conn)) {
        trt_h2_mem_free(conn->out, conn);
    } else {
        trt_h2_give(conn, TRT_H2_SPARE_OUT, conn->out);
    }
}

static bool has_room(trt_h2_conn* conn) {
    if (conn->out == NULL) {
        conn->out_cap = OUT_CAP;
        conn->out = trt_h2_borrow(conn, TRT_H2_SPARE_OUT, conn->out_cap);
        conn->no_memory |= conn->out == NULL;
    }
    return conn->out != NULL && !is_packed(conn) &&
           conn->out_len - conn->out_start < TRT_H2_OUTPUT_BYTES;
}

// Writes what the peer has to know and nghttp2 has not: the first entry of our first frame.
static void tell_stream_limit(trt_h2_conn* conn) {
    static const size_t value = 9 + 2; // behind the frame's head and the entry's id
    conn->settings_sent = true;
    TRT_CHECK(conn->out[3] == NGHTTP2_SETTINGS &&
              conn->out[value - 1] == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    uint32_t limit = (uint32_t)conn->options.limits->h2_streams;
    const uint8_t bytes[4] = {(uint8_t)(limit >> 24), (uint8_t)(limit >> 16), (uint8_t)(limit >> 8),
                              (uint8_t)limit};
    memcpy(conn->out + value, bytes, sizeof bytes);
}

char* trt_h2_room(trt_h2_conn* conn, size_t size) {
    if (conn->out_cap - conn->out_len < size) { // what was sent makes room
        memmove(conn->out, conn->out + conn->out_start, conn->out_len - conn->out_start);
        conn->out_len -= conn->out_start;
        conn->out_start = 0;
    }
    TRT_CHECK(conn->out_cap - conn->out_len >= size);
    return conn->out + conn->out_len;
}

void trt_h2_pump(trt_h2_conn* conn) {
    while (!conn->no_memory && nghttp2_session_want_write(conn->session) != 0 &&
           trt_h2_ready(conn) && has_room(conn)) {
        const uint8_t* data;
        ssize_t len = nghttp2_session_mem_send(conn->session, &data);
        if (len <= 0) {
            conn->no_memory |= len < 0;
            break;
        }
        char* frame = memcpy(trt_h2_room(conn, (size_t)len), data, (size_t)len);
        conn->out_len += trt_h2_complete_head(conn, frame, (size_t)len);
        if (!conn->settings_sent) {
            tell_stream_limit(conn);
        }
    }
}

static void drop_empty_buffer(trt_h2_conn* conn) {
    if (conn->out_start == conn->out_len) {
        free_output(conn);
        conn->out = NULL;
        conn->out_start = conn->out_len = 0;
    }
}

// Nothing goes on any more: an idle connection does without the reserve.
static void drop_reserve(trt_h2_conn* conn) {
    if ((conn->out == NULL || is_packed(conn)) && conn->streams == NULL) {
        trt_h2_give(conn, TRT_H2_SPARE_RESERVE, conn->reserve);
        conn->reserve = NULL;
    }
}

tmlrt_status trt_h2_conn_output(trt_h2_conn* conn, tmlrt_slice* out, uint64_t now_ns) {
    conn->now_ns = now_ns;
    trt_h2_pump(conn);
    if (conn->no_memory) {
        return TMLRT_E_NOMEM;
    }
    drop_empty_buffer(conn);
    drop_reserve(conn);
    *out = conn->out == NULL
               ? (tmlrt_slice){"", 0}
               : (tmlrt_slice){conn->out + conn->out_start, conn->out_len - conn->out_start};
    return TMLRT_OK;
}

void trt_h2_conn_sent(trt_h2_conn* conn, size_t len) {
    TRT_ASSERT(len <= conn->out_len - conn->out_start);
    conn->out_start += len;
    drop_empty_buffer(conn);
}

void trt_h2_conn_pack(trt_h2_conn* conn) {
    size_t len = conn->out_len - conn->out_start;
    if (len == 0 || is_packed(conn) || len > OUT_CAP / 2) {
        return;
    }
    char* packed = trt_h2_mem_alloc(len, conn);
    if (packed == NULL) {
        return;
    }
    memcpy(packed, conn->out + conn->out_start, len);
    free_output(conn);
    conn->out = packed;
    conn->out_start = 0;
    conn->out_len = conn->out_cap = len;
    drop_reserve(conn);
}
