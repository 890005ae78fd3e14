// SPDX-License-Identifier: Apache-2.0
// Chunked decoding: a byte-wise machine for everything around the data, which itself passes by
// reference. `overhead` counts every byte that is not data; the verdicts depend on positions alone,
// never on how the bytes were cut. Called by conn.c.
#include "std/http/h1/chunked.h"

#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/h1/head.h"

#include <string.h>

enum state {
    ST_SIZE,
    ST_EXT_START, ///< a name must follow
    ST_EXT_NAME,
    ST_EXT_VALUE, ///< a value must follow
    ST_EXT_TOKEN,
    ST_EXT_QUOTED,
    ST_EXT_ESCAPE,
    ST_EXT_AFTER_QUOTED,
    ST_SIZE_LF,
    ST_DATA,
    ST_DATA_CR,
    ST_DATA_LF,
    ST_TRAILER,
    ST_TRAILER_NAME,
    ST_TRAILER_VALUE,
    ST_TRAILER_LF,
    ST_END_LF,
};

enum { MAX_SIZE_DIGITS = 16 };

static int refuse(trt_h1_chunked* c, int status, const char* why) {
    c->why = why;
    return status;
}

static int next(trt_h1_chunked* c, uint8_t state) {
    c->state = state;
    return TRT_H1_MORE;
}

static int size_byte(trt_h1_chunked* c, char byte) {
    int digit = trt_hex_value(byte);
    if (digit >= 0) {
        if (c->num_digits == MAX_SIZE_DIGITS) {
            return refuse(c, 400, "a chunk size has more than 16 digits");
        }
        c->num_digits++;
        c->size = c->size << 4 | (uint64_t)digit;
        return TRT_H1_MORE;
    }
    if (c->num_digits != 0 && byte == '\r') {
        return next(c, ST_SIZE_LF);
    }
    if (c->num_digits != 0 && byte == ';') {
        return next(c, ST_EXT_START);
    }
    return refuse(c, 400, "a chunk size is not hexadecimal digits and CRLF");
}

// name [ "=" ( token / quoted-string ) ], as many as there are, between ';' and CR.
static int ext_byte(trt_h1_chunked* c, char byte) {
    bool token = trt_char_is(byte, TRT_CHAR_TOKEN);
    bool may_end = false;
    switch (c->state) {
    case ST_EXT_START:
    case ST_EXT_NAME:
        if (token || (byte == '=' && c->state == ST_EXT_NAME)) {
            return next(c, token ? ST_EXT_NAME : ST_EXT_VALUE);
        }
        may_end = c->state == ST_EXT_NAME;
        break;
    case ST_EXT_VALUE:
        if (token || byte == '"') {
            return next(c, token ? ST_EXT_TOKEN : ST_EXT_QUOTED);
        }
        break;
    case ST_EXT_TOKEN:
        if (token) {
            return TRT_H1_MORE;
        }
        may_end = true;
        break;
    case ST_EXT_QUOTED:
        if (byte == '"' || byte == '\\') {
            return next(c, byte == '"' ? ST_EXT_AFTER_QUOTED : ST_EXT_ESCAPE);
        }
        // fall through
    case ST_EXT_ESCAPE:
        if (trt_char_is(byte, TRT_CHAR_VALUE)) {
            return next(c, ST_EXT_QUOTED);
        }
        break;
    default:
        may_end = true;
        break;
    }
    if (may_end && (byte == '\r' || byte == ';')) {
        return next(c, byte == '\r' ? ST_SIZE_LF : ST_EXT_START);
    }
    return refuse(c, 400, "a chunk extension is malformed");
}

static int count_ext(trt_h1_chunked* c, const trt_http_limits* limits) {
    c->ext++;
    c->body_ext++;
    if (c->ext > limits->chunk_ext_bytes || c->body_ext > limits->body_ext_bytes) {
        return refuse(c, 400, "chunk extensions are too long");
    }
    return TRT_H1_MORE;
}

static int size_line_end(trt_h1_chunked* c, const trt_http_limits* limits, char byte) {
    if (byte != '\n') {
        return refuse(c, 400, "CR without LF after a chunk size");
    }
    c->num_digits = 0;
    c->ext = 0;
    uint64_t limit = c->data_limit != 0 ? c->data_limit : limits->body_bytes;
    if (c->size > limit - c->data) {
        return refuse(c, 413,
                      c->data_limit != 0 && limit != limits->body_bytes
                          ? "the body is larger than this route takes"
                          : "the body is larger than this server takes");
    }
    return next(c, c->size == 0 ? ST_TRAILER : ST_DATA);
}

static void keep(trt_h1_chunked* c, char byte) {
    if (c->text != NULL) {
        c->text[c->text_len++] = byte;
    }
}

// Trailer fields have the form of header fields; they are never merged with those of the head
// (RFC 9110 6.5.1).
static int trailer_byte(trt_h1_chunked* c, const trt_http_limits* limits, char byte) {
    if (byte != '\r' && byte != '\n' && ++c->trailer > limits->trailer_bytes) {
        return refuse(c, 400, "the trailer section is too long");
    }
    bool token = trt_char_is(byte, TRT_CHAR_TOKEN);
    switch (c->state) {
    case ST_TRAILER:
        if (byte == '\r') {
            return next(c, ST_END_LF);
        }
        if (c->num_trailers >= limits->num_trailers) {
            return refuse(c, 400, "too many trailer fields");
        }
        c->num_trailers++;
        c->state = ST_TRAILER_NAME;
        keep(c, byte);
        return token ? TRT_H1_MORE : refuse(c, 400, "a trailer line does not begin with a name");
    case ST_TRAILER_NAME:
        keep(c, byte);
        if (byte == ':') {
            return next(c, ST_TRAILER_VALUE);
        }
        return token ? TRT_H1_MORE : refuse(c, 400, "a trailer name has a forbidden byte");
    case ST_TRAILER_VALUE:
        keep(c, byte == '\r' ? '\n' : byte);
        if (byte == '\r') {
            return next(c, ST_TRAILER_LF);
        }
        return trt_char_is(byte, TRT_CHAR_VALUE)
                   ? TRT_H1_MORE
                   : refuse(c, 400, "a trailer value has a control byte");
    default:
        if (byte != '\n') {
            return refuse(c, 400, "CR without LF in the trailer section");
        }
        return next(c, ST_TRAILER);
    }
}

static int framing_byte(trt_h1_chunked* c, const trt_http_limits* limits, char byte) {
    int step;
    switch (c->state) {
    case ST_SIZE:
        step = size_byte(c, byte);
        return c->state == ST_EXT_START ? count_ext(c, limits) : step;
    case ST_EXT_START:
    case ST_EXT_NAME:
    case ST_EXT_VALUE:
    case ST_EXT_TOKEN:
    case ST_EXT_QUOTED:
    case ST_EXT_ESCAPE:
    case ST_EXT_AFTER_QUOTED:
        step = ext_byte(c, byte);
        return step == TRT_H1_MORE && c->state != ST_SIZE_LF ? count_ext(c, limits) : step;
    case ST_SIZE_LF:
        return size_line_end(c, limits, byte);
    case ST_DATA_CR:
        return byte == '\r' ? next(c, ST_DATA_LF)
                            : refuse(c, 400, "chunk data is longer than its size");
    case ST_DATA_LF:
        return byte == '\n' ? next(c, ST_SIZE) : refuse(c, 400, "CR without LF after chunk data");
    case ST_END_LF:
        return byte == '\n' ? TRT_H1_DONE
                            : refuse(c, 400, "CR without LF after the trailer section");
    default:
        return trailer_byte(c, limits, byte);
    }
}

// Framing may be `ratio` times the data and a fixed sum more: a body of tiny chunks costs a peer as
// much as it costs us, but not ten times as much work as bytes.
static uint64_t overhead_max(const trt_h1_chunked* c, const trt_http_limits* limits) {
    uint64_t max;
    bool huge = __builtin_mul_overflow(limits->chunk_overhead_ratio, c->data, &max) ||
                __builtin_add_overflow(max, limits->chunk_overhead_bytes, &max);
    return huge ? UINT64_MAX : max;
}

static int count_overhead(trt_h1_chunked* c, uint64_t max) {
    if (++c->overhead > max) {
        return refuse(c, 400, "the body is almost nothing but chunk framing");
    }
    return TRT_H1_MORE;
}

// The digits of a size, as far as size_byte would take them and count_overhead count them: what a
// peer can send most of is what is fastest.
static size_t take_digits(trt_h1_chunked* c, uint64_t max, const char* data, size_t len) {
    size_t at = 0;
    uint64_t size = c->size, digits = (uint64_t)(MAX_SIZE_DIGITS - c->num_digits);
    uint64_t room = c->overhead < max ? max - c->overhead : 0;
    room = room < len ? room : len;
    room = room < digits ? room : digits;
    for (int digit; at < room && (digit = trt_hex_value(data[at])) >= 0; at++) {
        size = size << 4 | (uint64_t)digit;
    }
    c->size = size;
    c->num_digits += (uint8_t)at;
    c->overhead += at;
    return at;
}

static void take_data(trt_h1_chunked* c, size_t* at, tmlrt_slice* out_data, const char* data,
                      size_t len) {
    uint64_t left = len - *at;
    uint64_t taken = c->size < left ? c->size : left;
    *out_data = (tmlrt_slice){data + *at, taken};
    *at += (size_t)taken;
    c->data += taken;
    c->size -= taken;
    if (c->size == 0) {
        c->state = ST_DATA_CR;
    }
}

int trt_h1_chunked_feed(trt_h1_chunked* chunked, size_t* out_consumed, tmlrt_slice* out_data,
                        const trt_http_limits* limits, const char* data, size_t len) {
    size_t at = 0;
    int step = TRT_H1_MORE;
    uint64_t max = overhead_max(chunked, limits); // no data comes before the end of this call
    *out_data = (tmlrt_slice){data, 0};
    while (at < len && step == TRT_H1_MORE) {
        if (chunked->state == ST_DATA) {
            take_data(chunked, &at, out_data, data, len);
            break;
        }
        if (chunked->state == ST_SIZE) {
            at += take_digits(chunked, max, data + at, len - at);
            if (at == len) {
                break;
            }
        }
        step = framing_byte(chunked, limits, data[at++]);
        if (step == TRT_H1_MORE) {
            step = count_overhead(chunked, max);
        }
    }
    *out_consumed = at;
    return step;
}

static tmlrt_slice trimmed(const char* p, const char* end) {
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    return (tmlrt_slice){p, (uint64_t)(end - p)};
}

bool trt_h1_trailer_next(const trt_h1_chunked* chunked, uint32_t* at, trt_header* out) {
    while (*at < chunked->text_len) {
        const char* line = chunked->text + *at;
        const char* end = memchr(line, '\n', chunked->text_len - *at);
        const char* colon = memchr(line, ':', chunked->text_len - *at);
        if (end == NULL || colon == NULL) {
            break; // the section has not ended
        }
        *at += (uint32_t)(end + 1 - line);
        if (trt_header_may_trail(line, (size_t)(colon - line))) {
            out->name = (tmlrt_slice){line, (uint64_t)(colon - line)};
            out->value = trimmed(colon + 1, end);
            return true;
        }
    }
    return false;
}
