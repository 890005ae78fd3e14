// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the chunked coding, however it is cut. First byte: bit 7 small limits, the rest the
// seed of the cuts; then the body with its framing. Whole, byte by byte and in pieces of any size
// give one verdict at one byte, the same data and the same trailer fields; each piece lies at its
// own address, which is gone afterwards. Without small limits the grammar, written down a second
// time, says the same.
#include "rt/base/assert.h"
#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/h1/chunked.h"
#include "std/http/h1/head.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 50000 };

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/// What came out.
typedef struct outcome {
    int status;
    size_t consumed, num_data;
    char data[MOST];
    trt_h1_chunked state;
} outcome;

static outcome s_whole, s_cut, s_oracle;

// ---- the decoder --------------------------------------------------------------------------------

static void check_step(const trt_h1_chunked* c, const trt_http_limits* limits, const char* piece,
                       size_t len, size_t consumed, tmlrt_slice data, int status) {
    TRT_CHECK(consumed <= len);
    TRT_CHECK(data.data >= piece && data.data + data.len <= piece + len);
    TRT_CHECK(c->data <= limits->body_bytes && c->text_len <= trt_h1_trailer_room(limits));
    TRT_CHECK(status == TRT_H1_MORE || status == TRT_H1_DONE || status == 400 || status == 413);
    TRT_CHECK((status >= 400) == (c->why != NULL));
    TRT_CHECK(status != TRT_H1_MORE || consumed == len || data.len != 0);
}

// Feeds one piece; true: there is a verdict.
static bool feed(outcome* out, const trt_http_limits* limits, const char* bytes, size_t len) {
    char* piece = malloc(len); // exact, and gone afterwards
    size_t at = 0;
    memcpy(piece, bytes, len);
    while (at < len && out->status == TRT_H1_MORE) {
        size_t consumed;
        tmlrt_slice data;
        out->status =
            trt_h1_chunked_feed(&out->state, &consumed, &data, limits, piece + at, len - at);
        check_step(&out->state, limits, piece + at, len - at, consumed, data, out->status);
        memcpy(out->data + out->num_data, data.data, (size_t)data.len);
        out->num_data += (size_t)data.len;
        at += consumed;
    }
    out->consumed += at;
    free(piece);
    return out->status != TRT_H1_MORE;
}

// `step` 0: all at once; UINT32_MAX: pieces of up to 64 bytes as the seed says.
static void decode(outcome* out, const trt_http_limits* limits, const char* bytes, size_t len,
                   uint32_t step, uint32_t seed) {
    char* text = malloc(trt_h1_trailer_room(limits));
    out->status = TRT_H1_MORE;
    out->consumed = out->num_data = 0;
    out->state = (trt_h1_chunked){.text = text};
    for (size_t at = 0; at < len;) {
        seed = seed * 1664525 + 1013904223;
        size_t part = step == 0 ? len : step == UINT32_MAX ? 1 + (seed >> 26) : step;
        part = part < len - at ? part : len - at;
        if (feed(out, limits, bytes + at, part)) {
            break;
        }
        at += part;
    }
    TRT_CHECK(out->num_data == out->state.data);
}

// ---- the grammar (RFC 9112 7.1), a second time -------------------------------------------------

typedef struct reader {
    jmp_buf stop; // with TRT_H1_MORE at the end of the input, with 400 or 413 else
    const char* bytes;
    size_t at, len;
} reader;

static char peek(reader* r) {
    if (r->at == r->len) {
        longjmp(r->stop, TRT_H1_MORE);
    }
    return r->bytes[r->at];
}

static void expect(reader* r, bool well) {
    r->at++;
    if (!well) {
        longjmp(r->stop, 400);
    }
}

static void read_crlf(reader* r) {
    expect(r, peek(r) == '\r');
    expect(r, peek(r) == '\n');
}

static bool is_token(char c) {
    static const char marks[] = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr(marks, c) != NULL);
}

static bool is_text(char c) {
    return c == '\t' || ((unsigned char)c >= ' ' && c != 127);
}

static void read_token(reader* r) {
    expect(r, is_token(peek(r)));
    while (is_token(peek(r))) {
        r->at++;
    }
}

static void read_extensions(reader* r) {
    while (peek(r) == ';') {
        r->at++;
        read_token(r);
        if (peek(r) != '=') {
            continue;
        }
        r->at++;
        if (peek(r) != '"') {
            read_token(r);
            continue;
        }
        for (r->at++; peek(r) != '"'; r->at++) {
            if (peek(r) == '\\') {
                r->at++;
            }
            if (!is_text(peek(r))) {
                expect(r, false);
            }
        }
        r->at++;
    }
}

static uint64_t read_size(reader* r, uint64_t left) {
    uint64_t size = 0;
    int digits = 0;
    for (int value; (value = trt_hex_value(peek(r))) >= 0; digits++) {
        expect(r, digits < 16);
        size = size * 16 + (uint64_t)value;
    }
    if (digits == 0) {
        expect(r, false);
    }
    read_extensions(r);
    read_crlf(r);
    if (size > left) {
        longjmp(r->stop, 413);
    }
    return size;
}

static void read_trailers(reader* r) {
    while (peek(r) != '\r') {
        read_token(r);
        for (expect(r, peek(r) == ':'); peek(r) != '\r';) {
            expect(r, is_text(peek(r)));
        }
        read_crlf(r);
    }
    read_crlf(r);
}

static void read_body(outcome* out, reader* r, uint64_t limit) {
    uint64_t size;
    while ((size = read_size(r, limit - out->num_data)) != 0) {
        for (uint64_t i = 0; i < size; i++) {
            out->data[out->num_data] = peek(r);
            out->num_data++;
            r->at++;
        }
        read_crlf(r);
    }
    read_trailers(r);
}

static void read_all(outcome* out, const trt_http_limits* limits, const char* bytes, size_t len) {
    static reader r;
    r = (reader){.bytes = bytes, .len = len};
    out->num_data = 0;
    out->status = TRT_H1_DONE;
    switch (setjmp(r.stop)) {
    case 0:
        read_body(out, &r, limits->body_bytes);
        break;
    case TRT_H1_MORE:
        out->status = TRT_H1_MORE;
        break;
    case 413:
        out->status = 413;
        break;
    default:
        out->status = 400;
        break;
    }
    out->consumed = r.at;
}

// ---- the target ---------------------------------------------------------------------------------

static void check_same(const outcome* a, const outcome* b) {
    TRT_CHECK(a->status == b->status && a->consumed == b->consumed);
    TRT_CHECK(a->num_data == b->num_data && memcmp(a->data, b->data, a->num_data) == 0);
}

static void check_trailers(const outcome* out) {
    trt_header field;
    for (uint32_t at = 0; trt_h1_trailer_next(&out->state, &at, &field);) {
        TRT_CHECK(at <= out->state.text_len);
        TRT_CHECK(trt_header_name_valid(field.name.data, (size_t)field.name.len));
        TRT_CHECK(trt_header_value_valid(field.value.data, (size_t)field.value.len));
        TRT_CHECK(trt_header_may_trail(field.name.data, (size_t)field.name.len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1 || size > MOST) {
        return 0;
    }
    bool small = (data[0] & 0x80) != 0;
    trt_http_limits limits = {.chunk_ext_bytes = small ? 8 : MOST,
                              .body_ext_bytes = small ? 20 : MOST,
                              .trailer_bytes = small ? 20 : MOST,
                              .num_trailers = small ? 2 : 255,
                              .chunk_overhead_bytes = small ? 60 : MOST,
                              .chunk_overhead_ratio = small ? 2 : 10,
                              .body_bytes = small ? 100 : 4000};
    trt_http_limits_resolve(&limits);
    const char* bytes = (const char*)data + 1;
    decode(&s_whole, &limits, bytes, size - 1, 0, 0);
    const uint32_t steps[] = {1, 2, UINT32_MAX};
    for (size_t i = 0; i < TRT_ARRAY_LEN(steps); i++) {
        decode(&s_cut, &limits, bytes, size - 1, steps[i], data[0]);
        check_same(&s_whole, &s_cut);
        TRT_CHECK(s_whole.state.text_len == s_cut.state.text_len);
        TRT_CHECK(memcmp(s_whole.state.text, s_cut.state.text, s_cut.state.text_len) == 0);
        TRT_CHECK(s_whole.state.why == s_cut.state.why);
        free(s_cut.state.text);
    }
    if (!small && s_whole.state.num_trailers < 255) {
        read_all(&s_oracle, &limits, bytes, size - 1);
        check_same(&s_whole, &s_oracle);
    }
    check_trailers(&s_whole);
    free(s_whole.state.text);
    return 0;
}
