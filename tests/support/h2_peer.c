// SPDX-License-Identifier: Apache-2.0
// Frames by hand and the handler that notes.
#include "tests/support/h2_peer.h"

#include "rt/base/alloc.h"
#include "std/http/core/date.h"

#include <nghttp2/nghttp2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void h2_raw(h2_bytes* b, const void* data, size_t len) {
    TRT_CHECK(b->len + len <= H2_BYTES);
    if (len != 0) {
        memcpy(b->data + b->len, data, len);
    }
    b->len += len;
}

void h2_u32(char out[4], uint32_t value) {
    for (int i = 0; i < 4; i++) {
        out[i] = (char)(value >> (24 - 8 * i));
    }
}

void h2_frame(h2_bytes* b, uint32_t len, uint8_t type, uint8_t flags, uint32_t stream,
              const void* payload) {
    char head[9] = {(char)(len >> 16), (char)(len >> 8), (char)len, (char)type, (char)flags};
    h2_u32(head + 5, stream);
    h2_raw(b, head, sizeof head);
    h2_raw(b, payload, len);
}

void h2_start(h2_bytes* b) {
    h2_raw(b, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    h2_frame(b, 0, H2_SETTINGS, 0, 0, NULL);
}

h2_bytes h2_fresh(char* data) {
    h2_bytes b = {data, 0};
    h2_start(&b);
    return b;
}

// A string of RFC 7541 5.2, without Huffman.
static void text(h2_bytes* block, const char* string) {
    size_t len = strlen(string);
    uint8_t first = len < 127 ? (uint8_t)len : 127;
    h2_raw(block, &first, 1);
    if (first == 127) {
        size_t rest = len - 127;
        for (; rest >= 128; rest /= 128) {
            uint8_t part = (uint8_t)(rest % 128 + 128);
            h2_raw(block, &part, 1);
        }
        uint8_t part = (uint8_t)rest;
        h2_raw(block, &part, 1);
    }
    h2_raw(block, string, len);
}

void h2_literal(h2_bytes* block, const char* name, const char* value) {
    h2_raw(block, "", 1);
    text(block, name);
    text(block, value);
}

void h2_request(h2_bytes* block, const char* method, const char* path) {
    h2_literal(block, ":method", method);
    h2_literal(block, ":scheme", "https");
    h2_literal(block, ":authority", "example.org");
    h2_literal(block, ":path", path);
}

void h2_headers(h2_bytes* b, uint32_t stream, uint8_t flags, const h2_bytes* block) {
    h2_frame(b, (uint32_t)block->len, H2_HEADERS, flags | H2_END_HEADERS, stream, block->data);
}

void h2_get(h2_bytes* b, uint32_t stream) {
    char data[256];
    h2_bytes block = {data, 0};
    h2_request(&block, "GET", "/");
    h2_headers(b, stream, H2_END_STREAM, &block);
}

static __attribute__((format(printf, 2, 3))) void note(h2_rig* rig, const char* format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(rig->log + rig->log_len, sizeof rig->log - rig->log_len, format, args);
    va_end(args);
    rig->log_len += (size_t)len;
    if (rig->log_len >= sizeof rig->log) {
        rig->log_len = sizeof rig->log - 1;
    }
}

static void exchange_free(h2_exchange* exchange) {
    trt_arena_fini(&exchange->arena);
    trt_free(exchange, sizeof *exchange);
}

static tmlrt_request* on_open(void* self, trt_h2_stream* stream) {
    h2_rig* rig = self;
    h2_exchange* exchange = trt_alloc_zero(sizeof *exchange);
    int place = 0;
    while (rig->exchanges[place] != NULL) {
        place++;
    }
    TRT_CHECK(place < H2_STREAMS - 1);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->rig = rig;
    exchange->stream = stream;
    exchange->request.headers = exchange->headers;
    exchange->request.arena = &exchange->arena;
    trt_arena_init(&exchange->arena, 1 << 20);
    stream->user = rig->exchanges[place] = rig->last = exchange;
    rig->num_opened++;
    return &exchange->request;
}

void h2_rig_done(h2_rig* rig, h2_exchange* exchange) {
    for (int i = 0; i < H2_STREAMS; i++) {
        if (rig->exchanges[i] == exchange) {
            rig->exchanges[i] = NULL;
        }
    }
    if (exchange->stream != NULL) {
        trt_h2_stream_done(exchange->stream);
    }
    rig->last = rig->last == exchange ? NULL : rig->last;
    exchange_free(exchange);
}

static const char s_date[] = "Sun, 06 Nov 1994 08:49:37 GMT";

static void answer(h2_rig* rig, trt_h2_stream* stream) {
    trt_header field = {{"X-Answer", 8}, {"yes", 3}};
    const trt_header hint = {{"Link", 4}, {"</a.css>", 8}};
    const char* body = rig->body != NULL ? rig->body : "hello";
    tmlrt_response response = {
        .status = 200, .headers = &field, .num_headers = 1, .body = {body, strlen(body)}};
    if (rig->num_fields != 0) {
        response.headers = rig->fields;
        response.num_headers = rig->num_fields;
    }
    if (rig->hints) {
        tmlrt_response early = {.status = 103, .headers = (trt_header*)&hint, .num_headers = 1};
        (void)!trt_h2_stream_interim(stream, &early); // as the stream has it
    }
    tmlrt_status status = rig->stream_body
                              ? trt_h2_stream_stream(stream, &response, s_date, UINT64_MAX)
                              : trt_h2_stream_answer(stream, &response, s_date);
    if (status != TMLRT_OK) {
        note(rig, "answer failed %d; ", status);
        trt_h2_stream_reset(stream, TRT_H2_INTERNAL_ERROR);
    }
}

static void on_head(void* self, trt_h2_stream* stream, bool ended) {
    h2_rig* rig = self;
    const tmlrt_request* request = stream->request;
    rig->num_heads++;
    note(rig, "head %s %s?%s at %.*s%s", request->method_text.data, request->path.data,
         request->query.data != NULL ? request->query.data : "", (int)request->authority.len,
         request->authority.data, ended ? " ended" : "");
    for (uint32_t i = 0; i < request->num_headers; i++) {
        note(rig, " [%.*s: %s]", (int)request->headers[i].name.len, request->headers[i].name.data,
             request->headers[i].value.data);
    }
    if (stream->protocol.len != 0) {
        note(rig, " protocol %s", stream->protocol.data);
    }
    note(rig, "%s; ", stream->expects_continue ? " expects" : "");
    if (rig->early || (ended && rig->answer)) {
        answer(rig, stream);
    }
}

static void on_data(void* self, trt_h2_stream* stream, tmlrt_slice piece) {
    h2_rig* rig = self;
    h2_exchange* exchange = stream->user;
    rig->body_bytes += piece.len;
    if (rig->hold_body) {
        exchange->unread += (size_t)piece.len;
    } else {
        trt_h2_stream_read(stream, (size_t)piece.len);
    }
}

static void on_end(void* self, trt_h2_stream* stream, const trt_header* trailers, uint32_t num) {
    h2_rig* rig = self;
    rig->num_ended++;
    note(rig, "end %llu", (unsigned long long)rig->body_bytes);
    for (uint32_t i = 0; i < num; i++) {
        note(rig, " [%s: %s]", trailers[i].name.data, trailers[i].value.data);
    }
    note(rig, "; ");
    if (rig->answer) {
        answer(rig, stream);
    }
}

static const trt_header s_trailer = {{"X-Sum", 5}, {"7", 1}};

static void on_pull(void* self, trt_h2_stream* stream, char* out, size_t cap,
                    trt_h2_pulled* pulled) {
    h2_rig* rig = self;
    h2_exchange* exchange = stream->user;
    if (rig->wait) {
        return;
    }
    size_t rest = rig->stream_len - exchange->pulled;
    pulled->len = rest < cap ? rest : cap;
    memset(out, 'x', pulled->len);
    exchange->pulled += pulled->len;
    if (exchange->pulled == rig->stream_len) {
        pulled->end = true;
        pulled->trailers = &s_trailer;
        pulled->num_trailers = 1;
    }
}

static void on_closed(void* self, trt_h2_stream* stream, uint32_t code) {
    h2_rig* rig = self;
    rig->num_closed++;
    rig->last_code = code;
    note(rig, "closed %u; ", code);
    if (!rig->keep) {
        h2_rig_done(rig, stream->user);
    }
}

static bool on_grow(void* self, int64_t bytes) {
    h2_rig* rig = self;
    if (bytes > 0 && rig->granted + bytes > rig->most_granted) {
        return false;
    }
    rig->granted += bytes;
    return true;
}

void h2_rig_start(h2_rig* rig) {
    trt_h2_handler handler = {.self = rig,
                              .open = on_open,
                              .head = on_head,
                              .data = on_data,
                              .end = on_end,
                              .pull = on_pull,
                              .closed = on_closed,
                              .grow = on_grow};
    trt_http_limits_resolve(&rig->limits);
    rig->options.limits = &rig->limits;
    rig->out = malloc(H2_BYTES);
    rig->status = trt_h2_conn_new(&rig->conn, &handler, &rig->options, rig->now_ns);
}

void h2_rig_stop(h2_rig* rig) {
    if (rig->status != TMLRT_OK && rig->conn == NULL) {
        free(rig->out);
        return;
    }
    trt_h2_conn_free(rig->conn);
    for (int i = 0; i < H2_STREAMS; i++) {
        if (rig->exchanges[i] != NULL) {
            exchange_free(rig->exchanges[i]);
        }
    }
    TRT_CHECK(rig->granted == 0);
    TRT_CHECK(rig->num_closed == rig->num_opened);
    free(rig->out);
}

void h2_rig_take(h2_rig* rig) {
    tmlrt_slice piece = {0};
    for (int i = 0; i < 100 && rig->status == TMLRT_OK; i++) {
        rig->status = trt_h2_conn_output(rig->conn, &piece, rig->now_ns);
        if (rig->status != TMLRT_OK || piece.len == 0) {
            return;
        }
        size_t len = piece.len < H2_BYTES - rig->out_len ? piece.len : H2_BYTES - rig->out_len;
        memcpy(rig->out + rig->out_len, piece.data, len);
        rig->out_len += len;
        trt_h2_conn_sent(rig->conn, (size_t)piece.len);
    }
}

void h2_rig_feed(h2_rig* rig, const char* data, size_t len, size_t step) {
    for (size_t at = 0; at < len && rig->status == TMLRT_OK; at += step) {
        size_t part = len - at < step ? len - at : step;
        char* piece = malloc(part); // nothing readable behind it
        memcpy(piece, data + at, part);
        rig->status = trt_h2_conn_feed(rig->conn, piece, part, rig->now_ns);
        free(piece);
        if (rig->status == TMLRT_OK) {
            h2_rig_take(rig);
        }
    }
}

bool h2_find(const h2_rig* rig, uint8_t type, uint32_t stream, uint32_t nth, h2_seen* out) {
    const uint8_t* p = (const uint8_t*)rig->out;
    for (size_t at = 0; at + 9 <= rig->out_len;) {
        h2_seen seen = {.len = (uint32_t)p[at] << 16 | (uint32_t)p[at + 1] << 8 | p[at + 2],
                        .type = p[at + 3],
                        .flags = p[at + 4],
                        .stream = (uint32_t)p[at + 5] << 24 | (uint32_t)p[at + 6] << 16 |
                                  (uint32_t)p[at + 7] << 8 | p[at + 8],
                        .payload = p + at + 9};
        at += 9 + (size_t)seen.len;
        if (seen.type == type && (stream == 0 || seen.stream == stream) && nth-- == 0) {
            *out = seen;
            return at <= rig->out_len;
        }
    }
    return false;
}

uint32_t h2_count(const h2_rig* rig, uint8_t type, uint32_t stream) {
    h2_seen seen;
    uint32_t num = 0;
    while (h2_find(rig, type, stream, num, &seen)) {
        num++;
    }
    return num;
}

static uint32_t last_u32(const h2_rig* rig, uint8_t type, uint32_t stream, uint32_t offset) {
    h2_seen seen;
    uint32_t num = h2_count(rig, type, stream);
    if (num == 0 || !h2_find(rig, type, stream, num - 1, &seen)) {
        return UINT32_MAX;
    }
    const uint8_t* p = seen.payload + offset;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint32_t h2_goaway(const h2_rig* rig) {
    return last_u32(rig, H2_GOAWAY, 0, 4);
}

uint32_t h2_reset(const h2_rig* rig, uint32_t stream) {
    return last_u32(rig, H2_RST, stream, 0);
}

// The value of a field, which the inflater keeps; NULL: the head has none of that name.
static const char* inflate(nghttp2_hd_inflater* inflater, const h2_seen* seen, const char* name,
                           char out[64]) {
    const uint8_t *p = seen->payload, *end = p + seen->len;
    const char* found = NULL;
    int flags = 0;
    while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
        nghttp2_nv nv = {0};
        ssize_t used = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, p, (size_t)(end - p), 1);
        if (used < 0) {
            return NULL;
        }
        p += used;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0 && nv.namelen == strlen(name) &&
            memcmp(nv.name, name, nv.namelen) == 0) {
            snprintf(out, 64, "%.*s", (int)nv.valuelen, (const char*)nv.value);
            found = out;
        }
    }
    nghttp2_hd_inflate_end_headers(inflater);
    return found;
}

// All heads up to the one that is asked for, as the peer's table changes with each.
const char* h2_field(const h2_rig* rig, uint32_t stream, const char* name) {
    static char s_value[64];
    nghttp2_hd_inflater* inflater;
    h2_seen seen;
    const char* value = NULL;
    TRT_CHECK(nghttp2_hd_inflate_new(&inflater) == 0);
    for (uint32_t i = 0; h2_find(rig, H2_HEADERS, 0, i, &seen); i++) {
        value = inflate(inflater, &seen, name, s_value);
        if (seen.stream == stream) {
            break;
        }
        value = NULL;
    }
    nghttp2_hd_inflate_del(inflater);
    return value;
}

uint32_t h2_status(const h2_rig* rig, uint32_t stream) {
    const char* status = h2_field(rig, stream, ":status");
    return status != NULL ? (uint32_t)atoi(status) : 0;
}

static bool read_part(nghttp2_hd_inflater* inflater, const uint8_t* p, size_t len, bool last) {
    int flags = 0;
    for (const uint8_t* end = p + len;;) {
        nghttp2_nv nv;
        ssize_t used = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, p, (size_t)(end - p), last);
        if (used < 0) {
            return false;
        }
        p += used;
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
            return nghttp2_hd_inflate_end_headers(inflater) == 0;
        }
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && p == end) {
            return !last;
        }
    }
}

bool h2_heads_readable(const h2_rig* rig) {
    nghttp2_hd_inflater* inflater;
    bool good = true;
    TRT_CHECK(nghttp2_hd_inflate_new(&inflater) == 0);
    const uint8_t *p = (const uint8_t*)rig->out, *end = p + rig->out_len;
    while (good && end - p >= 9) {
        size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
        size_t skipped = p[3] == H2_PUSH ? 4 : 0; // the promised stream
        if (p[3] == H2_HEADERS || p[3] == H2_PUSH || p[3] == H2_CONTINUATION) {
            if ((size_t)(end - p) < 9 + len) {
                break; // the room for output was full
            }
            good =
                read_part(inflater, p + 9 + skipped, len - skipped, (p[4] & H2_END_HEADERS) != 0);
        }
        p += 9 + len < (size_t)(end - p) ? 9 + len : (size_t)(end - p);
    }
    nghttp2_hd_inflate_del(inflater);
    return good;
}
