// SPDX-License-Identifier: Apache-2.0
// The frame meter: reads every frame head before nghttp2 does, and charges what nobody needs.
//
// Invariants: a frame is given to nghttp2 only after it was charged, so its cost is bounded by the
// ledger whatever nghttp2's version limits; the meter and nghttp2 agree on where frames begin,
// which is preface, then 9 bytes and the length in them. Nothing is stored but one frame head.
// Source: RFC 9113 4.1, 5.1.1, 6, 10.5; CVE-2019-9511 to 9518, CVE-2024-27316. Called by receive.c.
#include "std/http/h2/session.h"

#include <string.h>

enum { HEAD = 9, PRIORITY = 5, TINY_DATA = 9 }; // DATA with less in it than its own head has

static uint32_t frame_length(const trt_h2_meter* meter) {
    return (uint32_t)meter->head[0] << 16 | (uint32_t)meter->head[1] << 8 | meter->head[2];
}

static uint32_t frame_stream(const trt_h2_meter* meter) {
    return ((uint32_t)meter->head[5] << 24 | (uint32_t)meter->head[6] << 16 |
            (uint32_t)meter->head[7] << 8 | meter->head[8]) &
           0x7fffffffu;
}

static bool is_padded_data(const trt_h2_meter* meter) {
    return meter->head[3] == NGHTTP2_DATA && (meter->head[4] & NGHTTP2_FLAG_PADDED) != 0;
}

// A frame that only an open stream has. One that the peer itself has ended or reset is closed for
// it (RFC 9113 5.1), which nghttp2 passes over; one that we have reset may be open for it still.
static void check_open(trt_h2_conn* conn, uint32_t id) {
    const trt_h2_meter* meter = &conn->meter;
    bool was_opened = id % 2 == 1 && id <= meter->last_stream && !conn->last_goaway;
    if (was_opened && id > meter->own_reset &&
        nghttp2_session_find_stream(conn->session, (int32_t)id) == NULL) {
        trt_h2_end(conn, TRT_H2_STREAM_CLOSED);
    }
}

static void priority_begins(trt_h2_conn* conn, uint32_t length) {
    const trt_h2_meter* meter = &conn->meter;
    const uint8_t* on = &meter->head[HEAD];
    uint32_t id = frame_stream(meter), parent = 0;
    if (length == PRIORITY) {
        parent = ((uint32_t)on[0] << 24 | (uint32_t)on[1] << 16 | (uint32_t)on[2] << 8 | on[3]) &
                 0x7fffffffu;
    }
    if (id == 0 || id == parent) { // which nghttp2 does not look at any more
        trt_h2_end(conn, TRT_H2_PROTOCOL_ERROR);
    }
    trt_h2_judge(conn, trt_ledger_priority(&conn->ledger, conn->now_ns));
}

static void data_begins(trt_h2_conn* conn, uint32_t length) {
    const trt_h2_meter* meter = &conn->meter;
    uint32_t content = length;
    if (is_padded_data(meter) && length != 0) {
        uint32_t padding = meter->head[HEAD] + 1u;
        content = padding < length ? length - padding : 0;
    }
    bool last = (meter->head[4] & NGHTTP2_FLAG_END_STREAM) != 0;
    bool little = content < TINY_DATA || content < length - content;
    if (little && !(last && content == length)) {
        trt_h2_judge(conn, trt_ledger_excess(&conn->ledger, conn->now_ns));
    }
}

// Ids that were passed over are closed for good (RFC 9113 5.1.1), which nghttp2 does not hold
// against the peer.
static void headers_begin(trt_h2_conn* conn, uint32_t id) {
    trt_h2_meter* meter = &conn->meter;
    meter->num_continuation = 0;
    meter->block_stream = (meter->head[4] & NGHTTP2_FLAG_END_HEADERS) == 0 ? id : 0;
    for (uint32_t i = 0; i < meter->num_gaps; i++) {
        if (id >= meter->gaps[i].first && id <= meter->gaps[i].last) {
            trt_h2_end(conn, TRT_H2_PROTOCOL_ERROR);
        }
    }
    if (id <= meter->last_stream || id % 2 == 0) {
        check_open(conn, id);
        return;
    }
    uint32_t expected = meter->last_stream == 0 ? 1 : meter->last_stream + 2;
    if (id > expected) {
        // Few clients skip ids, and none often: the newest gaps are enough.
        meter->gaps[meter->num_gaps < TRT_H2_GAPS ? meter->num_gaps++ : TRT_H2_GAPS - 1] =
            (trt_h2_gap){expected, id - 2};
    }
    meter->last_stream = id;
    trt_ledger_stream(&conn->ledger);
}

static void continuation_begins(trt_h2_conn* conn) {
    trt_h2_meter* meter = &conn->meter;
    if ((meter->head[4] & NGHTTP2_FLAG_END_HEADERS) != 0) {
        meter->block_stream = 0;
    }
    if (++meter->num_continuation > conn->options.limits->h2_continuations) {
        conn->abused = true;
        trt_h2_end(conn, TRT_H2_ENHANCE_YOUR_CALM);
    }
}

// A promise that the peer has no use for: to refuse it is free, once.
static bool is_promised(const trt_h2_conn* conn, uint32_t id) {
    const trt_h2_stream* stream = id % 2 == 0 ? conn->streams : NULL;
    while (stream != NULL && (stream->id != (int32_t)id || id == 0)) {
        stream = stream->next;
    }
    return stream != NULL && !stream->closed;
}

static void frame_begins(trt_h2_conn* conn) {
    trt_h2_meter* meter = &conn->meter;
    uint32_t length = frame_length(meter);
    bool is_ack = (meter->head[4] & NGHTTP2_FLAG_ACK) != 0;
    meter->left = length;
    switch (meter->head[3]) {
    case NGHTTP2_DATA:
        check_open(conn, frame_stream(meter));
        data_begins(conn, length);
        break;
    case NGHTTP2_HEADERS:
        headers_begin(conn, frame_stream(meter));
        break;
    case NGHTTP2_CONTINUATION:
        continuation_begins(conn);
        break;
    case NGHTTP2_RST_STREAM:
        if (is_promised(conn, frame_stream(meter))) {
            break;
        }
        trt_h2_judge(conn, trt_ledger_reset(&conn->ledger, conn->now_ns));
        break;
    case NGHTTP2_WINDOW_UPDATE:
        trt_h2_judge(conn, trt_ledger_window(&conn->ledger, conn->now_ns));
        break;
    case NGHTTP2_PRIORITY:
        priority_begins(conn, length);
        break;
    case NGHTTP2_PRIORITY_UPDATE:
        trt_h2_judge(conn, trt_ledger_priority(&conn->ledger, conn->now_ns));
        break;
    case NGHTTP2_PING:
    case NGHTTP2_SETTINGS:
        if (is_ack && conn->num_asked != 0) {
            conn->num_asked--; // an answer to a frame of ours
            break;
        }
        // fall through
    default: // what nobody knows is ignored, and costs as much
        trt_h2_judge(conn, trt_ledger_excess(&conn->ledger, conn->now_ns));
        break;
    }
}

// What of the payload is looked at belongs to the head: the length of padding, whom a PRIORITY
// names.
static size_t head_size(const trt_h2_meter* meter) {
    if (meter->have < HEAD) {
        return HEAD;
    }
    if (meter->head[3] == NGHTTP2_PRIORITY && frame_length(meter) == PRIORITY) {
        return HEAD + 4;
    }
    return HEAD + (is_padded_data(meter) && frame_length(meter) != 0);
}

static size_t read_head(trt_h2_conn* conn, const uint8_t* data, size_t len) {
    trt_h2_meter* meter = &conn->meter;
    size_t used = 0;
    if (TRT_LIKELY(meter->have == 0 && len >= HEAD)) {
        memcpy(meter->head, data, HEAD);
        meter->have = HEAD;
        used = HEAD;
    }
    size_t size = head_size(meter);
    while (used < len && meter->have < size) {
        meter->head[meter->have++] = data[used++];
        size = head_size(meter);
    }
    if (meter->have == size && size >= HEAD) {
        frame_begins(conn);
        meter->left -= (uint32_t)(size - HEAD);
        meter->have = meter->left == 0 ? 0 : UINT8_MAX;
    }
    return used;
}

size_t trt_h2_meter_step(trt_h2_conn* conn, const uint8_t* data, size_t len) {
    trt_h2_meter* meter = &conn->meter;
    if (meter->preface != 0) {
        size_t used = len < meter->preface ? len : meter->preface;
        meter->preface -= (uint32_t)used;
        return used;
    }
    size_t used = 0;
    if (meter->have != UINT8_MAX) {
        used = read_head(conn, data, len);
    }
    if (meter->have == UINT8_MAX && !conn->ended) {
        size_t rest = len - used < meter->left ? len - used : meter->left;
        meter->left -= (uint32_t)rest;
        meter->have = meter->left == 0 ? 0 : UINT8_MAX;
        used += rest;
    }
    return used;
}
