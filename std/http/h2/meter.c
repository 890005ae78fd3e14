// SPDX-License-Identifier: Apache-2.0
// The frame meter: reads every frame head before nghttp2 does, and charges what nobody needs.
//
// Invariants: a frame is given to nghttp2 only after it was charged, so its cost is bounded by the
// ledger whatever nghttp2's version limits; the meter and nghttp2 agree on where frames begin,
// which is preface, then 9 bytes and the length in them. Nothing is stored but one frame head.
// Source: RFC 9113 4.1, 5.1.1, 6, 10.5; CVE-2019-9511 to 9518, CVE-2024-27316. Called by receive.c.
#include "std/http/h2/session.h"

enum { HEAD = 9, TINY_DATA = 9 }; // DATA with less in it than its own head has

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
    if (++meter->num_continuation > TRT_H2_CONTINUATION_LIMIT) {
        conn->abused = true;
        trt_h2_end(conn, TRT_H2_ENHANCE_YOUR_CALM);
    }
}

static void frame_begins(trt_h2_conn* conn) {
    trt_h2_meter* meter = &conn->meter;
    uint32_t length = frame_length(meter);
    bool is_ack = (meter->head[4] & NGHTTP2_FLAG_ACK) != 0;
    meter->left = length;
    switch (meter->head[3]) {
    case NGHTTP2_DATA:
        data_begins(conn, length);
        break;
    case NGHTTP2_HEADERS:
        headers_begin(conn, frame_stream(meter));
        break;
    case NGHTTP2_CONTINUATION:
        continuation_begins(conn);
        break;
    case NGHTTP2_RST_STREAM:
        trt_h2_judge(conn, trt_ledger_reset(&conn->ledger, conn->now_ns));
        break;
    case NGHTTP2_WINDOW_UPDATE:
        trt_h2_judge(conn, trt_ledger_window(&conn->ledger, conn->now_ns));
        break;
    case NGHTTP2_PRIORITY:
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

// Where the padding's length is known with the frame's head, one byte more belongs to the head.
static size_t head_size(const trt_h2_meter* meter) {
    return HEAD + (meter->have >= HEAD && is_padded_data(meter) && frame_length(meter) != 0);
}

static size_t read_head(trt_h2_conn* conn, const uint8_t* data, size_t len) {
    trt_h2_meter* meter = &conn->meter;
    size_t used = 0;
    while (used < len && meter->have < head_size(meter)) {
        meter->head[meter->have++] = data[used++];
    }
    if (meter->have == head_size(meter) && meter->have >= HEAD) {
        size_t extra = meter->have - (size_t)HEAD;
        frame_begins(conn);
        meter->left -= (uint32_t)extra;
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
